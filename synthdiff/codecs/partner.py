"""Which columns of a wide table may be related: the pairs worth a close look, from a coarse look at all of them.

The search for relations costs about a millisecond a pair of columns, so all pairs of 500 columns would take minutes.
A relation makes its two columns dependent, and dependence shows in a coarse table of their joint frequencies: the
mutual information of all pairs, each column cut at its quantiles, is one product of matrices ([1]_, section 2.3).

References
----------
.. [1] Cover and Thomas, "Elements of Information Theory", second edition, Wiley, 2006.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from synthdiff.codecs.token import FloatArray, IntArray

MAX_PARTNERS = 39
"""Partners of a column up to which all are looked at."""
MIN_PARTNERS = 2
MAX_PAIRS = 20_000
"""Pairs that are looked at in a wide table: about 50 seconds."""
SECONDS_PER_PAIR = 2.5e-3
SCREEN_ROWS = 1_000
N_BUCKETS = 8
SIGNIFICANT = 3.0
"""Standard deviations by which a pair's mutual information must exceed that of independent columns."""
_BLOCK = 16


def most_pairs(seconds: float | None) -> int:
    """Number of pairs of columns that may be looked at in `seconds`; None for the default."""
    return MAX_PAIRS if seconds is None else min(MAX_PAIRS, int(seconds / SECONDS_PER_PAIR))


def is_wide(columns: list[int]) -> bool:
    """Say whether there are more columns than can all be compared with each other."""
    return len(columns) > MAX_PARTNERS + 1


def likely_partners(values: FloatArray, columns: list[int], n_pairs: int = MAX_PAIRS) -> dict[int, list[int]]:
    """Choose the partners of each column with which a relation is searched.

    Parameters
    ----------
    values : (n, D) float64
        A random sample of rows, NaN where missing.
    columns : list of int
        Positions of columns that may be related with each other.
    n_pairs : int
        Pairs of a column and a partner over all columns, where there are more than `MAX_PARTNERS` partners.

    Returns
    -------
    dict of int to list of int
        Partners of each column: in narrow tables all of them, in the table's order; in wide ones those with more mutual
        information than chance explains, the most informative first.
    """
    if not is_wide(columns):
        return {j: [k for k in columns if k != j] for j in columns}
    most = max(MIN_PARTNERS, min(MAX_PARTNERS, n_pairs // len(columns)))
    excess = _excess_information(buckets(values[:SCREEN_ROWS, columns]))
    np.fill_diagonal(excess, -np.inf)
    out = {}
    for j, row in zip(columns, excess, strict=True):
        best = np.argsort(-row, kind="stable")[:most]
        out[j] = [columns[k] for k in best if row[k] > 0.0]
    return out


def buckets(values: FloatArray) -> npt.NDArray[np.int8]:
    """Cut each column at its quantiles, (n, D): 0 for missing, then up to `N_BUCKETS`; equal values share a bucket."""
    out = np.zeros(values.shape, np.int8)
    for j, x in enumerate(values.T):
        known = x[~np.isnan(x)]
        if len(known):
            edges = np.unique(np.quantile(known, np.linspace(0, 1, N_BUCKETS + 1)[1:-1], method="lower"))
            out[:, j] = np.where(np.isnan(x), 0, 1 + np.searchsorted(edges, x))
    return out


def _excess_information(codes: npt.NDArray[np.int8]) -> FloatArray:
    """Mutual information of all pairs beyond what `SIGNIFICANT` deviations of chance explain, (D, D), in nats."""
    n, d = codes.shape
    size = N_BUCKETS + 1
    hot = (codes[:, :, None] == np.arange(size)).reshape(n, d * size).astype(np.float32)
    share = hot.mean(0)
    # Of independent columns 2 n times the information is chi-squared with that many degrees of freedom.
    free = (share.reshape(d, size) > 0).sum(1) - 1.0
    freedom = np.outer(free, free)
    by_chance = (freedom + SIGNIFICANT * np.sqrt(2 * freedom)) / (2 * n)
    out = np.empty((d, d))
    for start in range(0, d, _BLOCK):
        part = slice(start * size, (start + _BLOCK) * size)
        joint = hot[:, part].T @ hot / n
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where(joint > 0, joint * np.log(joint / (share[part, None] * share)), 0.0)
        out[start : start + _BLOCK] = terms.reshape(-1, size, d, size).sum((1, 3))
    return np.asarray(out - by_chance)


def equal_partners(values: FloatArray, columns: list[int], min_share: float) -> dict[int, list[int]]:
    """Choose the partners that a column of levels equals in at least `min_share` of some rows."""
    if not is_wide(columns):
        return {j: [k for k in columns if k != j] for j in columns}
    part = values[:SCREEN_ROWS, columns]
    out = {}
    for at, j in enumerate(columns):
        equal: IntArray = np.flatnonzero((part == part[:, at, None]).mean(0) >= min_share)
        out[j] = [columns[k] for k in equal if k != at]
    return out
