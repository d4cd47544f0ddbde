"""Columns two at a time: whether pairs go together as in the real rows, and how strongly they do within one table."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
from scipy.sparse import csr_array
from scipy.stats import rankdata

from synthdiff.codecs.token import FloatArray, IntArray
from synthdiff.evaluation.resample import MAX_CELLS, Agreement, WeightedRows, overlap
from synthdiff.evaluation.tables import EvaluationColumn, EvaluationTables

N_BINS = 10
N_WORST = 200
"""Pairs that the details of a score name."""
MAX_ROWS = 50_000
_NO_VARIANCE = 1e-13


def trend_agreement(tables: EvaluationTables, rows: WeightedRows) -> Agreement:
    """Mean over all pairs of columns of how well their link agrees with the real one.

    Of two columns of numbers or datetimes it is 1 - |r_real - r| / 2 with Pearson's correlations r of the rows in which
    both are known. Of any other pair it is what their joint distributions have in common, 1 - total variation distance,
    where numbers are cut at ten equal steps from the real column's least to its greatest; what is missing is in one
    cell with the greatest. These are SDMetrics' CorrelationSimilarity and ContingencySimilarity, which its own report
    computes only for pairs above a threshold, and with edges of each table's own.

    A pair of numbers whose correlation is not defined in the real rows does not count; one that is not defined in the
    others only scores 0.

    Parameters
    ----------
    tables : EvaluationTables
    rows : WeightedRows

    Returns
    -------
    Agreement
        Its details are the worst pairs, ``[column, column, score]``.
    """
    left, right = np.triu_indices(len(tables.columns), 1)
    numbers = np.flatnonzero(~tables.is_category)
    scores = np.full((len(left), rows.weights.shape[1]), np.nan)
    both = ~(tables.is_category[left] | tables.is_category[right])
    if both.any():
        agreement = _correlation_agreement(tables.real[:, numbers], rows, numbers)
        place = np.searchsorted(numbers, [left[both], right[both]])
        scores[both] = agreement[:, place[0], place[1]].T
    cells = [_cut(column, tables.real[:, j], rows.values[:, j]) for j, column in enumerate(tables.columns)]
    for i in np.flatnonzero(~both):
        (a, a_other, n_a), (b, b_other, n_b) = cells[left[i]], cells[right[i]]
        scores[i] = overlap(a * n_b + b, a_other * n_b + b_other, n_a * n_b, rows)
    known = np.flatnonzero(~np.isnan(scores).any(axis=1))
    if not len(known):
        return Agreement(note="no pair of columns can be compared")
    names = tables.names
    worst = known[np.argsort(scores[known, 0], kind="stable")][:N_WORST]
    pairs = [[names[left[i]], names[right[i]], round(float(scores[i, 0]), 6)] for i in worst]
    return rows.agreement(scores[known].mean(axis=0), {"pairs": pairs})


def _cut(column: EvaluationColumn, real: FloatArray, other: FloatArray) -> tuple[IntArray, IntArray, int]:
    """Cells of the real and the other values, and how many there are."""
    if column.scale == "category":
        return real.astype(np.int64), other.astype(np.int64), len(column.levels)
    known = real[~np.isnan(real)]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, N_BINS + 1)
    return np.digitize(real, edges), np.digitize(other, edges), len(edges) + 1


def _correlation_agreement(real: FloatArray, rows: WeightedRows, numbers: IntArray) -> FloatArray:
    """Agreement of the correlations of all pairs of number columns, (S, D, D)."""
    expected = correlations(WeightedRows.once(real))
    found = correlations(replace(rows, values=rows.values[:, numbers]))
    agreement = 1 - np.abs(expected - found) / 2
    return np.where(np.isnan(expected), np.nan, np.where(np.isnan(found), 0.0, agreement))


def correlations(rows: WeightedRows) -> FloatArray:
    """Pearson's correlations of all pairs of columns over the rows in which both are known.

    Returns
    -------
    (S, D, D) float64
        NaN where a column does not vary in these rows.
    """
    mask = ~np.isnan(rows.values)
    z = _standard(rows.values)
    known = mask.astype(np.float64)
    order = np.argsort(rows.group, kind="stable")
    ends = np.cumsum(np.bincount(rows.group, minlength=len(rows.weights)))[:-1]
    groups = np.split(order, ends)

    def moment(a: FloatArray, b: FloatArray) -> FloatArray:
        by_group = np.stack([a[group].T @ b[group] for group in groups])
        return np.tensordot(rows.weights.T, by_group, axes=1)

    n, total, cross, square = moment(known, known), moment(z, known), moment(z, z), moment(z * z, known)
    total_t, square_t = np.swapaxes(total, 1, 2), np.swapaxes(square, 1, 2)
    spread, spread_t = n * square - total * total, n * square_t - total_t * total_t
    varies = (spread > _NO_VARIANCE * n * square) & (spread_t > _NO_VARIANCE * n * square_t)
    scale = np.sqrt(np.where(varies, spread, 1.0)) * np.sqrt(np.where(varies, spread_t, 1.0))
    return np.where(varies, np.clip((n * cross - total * total_t) / scale, -1, 1), np.nan)


def _standard(values: FloatArray) -> FloatArray:
    """Columns of mean 0 and variance 1; those that do not vary, and what is missing, 0."""
    known = ~np.isnan(values)
    n = np.maximum(known.sum(axis=0), 1)
    varies = np.fmax.reduce(values, axis=0) > np.fmin.reduce(values, axis=0)
    centred = np.where(known & varies, values - np.where(known, values, 0.0).sum(axis=0) / n, 0.0)
    spread = np.sqrt((centred**2).sum(axis=0) / n)
    return centred / np.where(spread > 0, spread, 1.0)


def associations(tables: EvaluationTables, rows: FloatArray) -> FloatArray:
    """How strongly each pair of columns goes together within one table; what a heat map shows.

    Two columns of numbers or datetimes: the absolute correlation of their ranks (Spearman's). Two categories: Cramér's
    V with Bergsma's correction of its bias. One of each: the correlation ratio of the number's ranks over the levels,
    with Kelley's correction. Missing numbers are left out, a missing category is a level. At most `MAX_ROWS` rows are
    looked at, drawn by the seed.

    Parameters
    ----------
    tables : EvaluationTables
        What the columns are.
    rows : (n, D) float64
        Those of `tables`, or others of the same columns.

    Returns
    -------
    (D, D) float64
        In [0, 1], symmetric; 1 on the diagonal, 0 where a column does not vary.

    References
    ----------
    W. Bergsma, "A bias-correction for Cramér's V and Tschuprow's T", J. Korean Stat. Soc. 42 (2013), 323-328.
    T. Kelley, "An unbiased correlation ratio measure", PNAS 21 (1935), 554-559.
    """
    rows = tables.some(rows, MAX_ROWS, "associations")
    numbers, levels = np.flatnonzero(~tables.is_category), np.flatnonzero(tables.is_category)
    strength = np.zeros((len(tables.columns), len(tables.columns)))
    if len(numbers):
        ranks = rankdata(rows[:, numbers], axis=0, nan_policy="omit")
        strength[np.ix_(numbers, numbers)] = np.abs(np.nan_to_num(correlations(WeightedRows.once(ranks))[0]))
        for j in levels:
            strength[j, numbers] = strength[numbers, j] = _correlation_ratios(rows[:, j].astype(np.int64), ranks)
    codes = {j: np.unique(rows[:, j], return_inverse=True)[1] for j in levels}
    for a, b in combinations(levels, 2):
        strength[a, b] = strength[b, a] = cramers_v(codes[a], codes[b])
    np.fill_diagonal(strength, 1.0)
    return strength


def _correlation_ratios(codes: IntArray, ranks: FloatArray) -> FloatArray:
    """Root of the share of the variance of each column of ranks that lies between levels, (D,)."""
    codes = np.unique(codes, return_inverse=True)[1]
    indicator = csr_array((np.ones(len(codes)), (codes, np.arange(len(codes)))))
    z = _standard(ranks)
    known = (~np.isnan(ranks)).astype(np.float64)
    n_level, total = indicator @ known, indicator @ z
    n, n_levels, spread = known.sum(axis=0), (n_level > 0).sum(axis=0), (z * z).sum(axis=0)
    between = (total**2 / np.maximum(n_level, 1)).sum(axis=0)
    unexplained = 1 - between / np.where(spread > 0, spread, 1.0)
    corrected = 1 - unexplained * (n - 1) / np.maximum(n - n_levels, 1)
    return np.where((spread > 0) & (n > n_levels), np.sqrt(np.clip(corrected, 0, 1)), 0.0)


def cramers_v(a: IntArray, b: IntArray) -> float:
    """Cramér's V of two columns, corrected for its bias as in `associations`.

    Parameters
    ----------
    a, b : (n,) int64
        Codes; each from 0 to a column's largest occurs.

    Returns
    -------
    float
        In [0, 1]; 0 where a column does not vary.
    """
    n, n_a, n_b = len(a), int(a.max()) + 1, int(b.max()) + 1
    joint = a * n_b + b
    if n_a * n_b > MAX_CELLS:
        cells, counts = np.unique(joint, return_counts=True)
    else:
        counts = np.bincount(joint)
        cells = np.flatnonzero(counts)
        counts = counts[cells]
    expected = np.bincount(a)[cells // n_b] * (np.bincount(b)[cells % n_b] / n)
    phi = (counts**2 / expected).sum() / n - 1
    phi = max(phi - (n_a - 1) * (n_b - 1) / (n - 1), 0.0) if n > 1 else 0.0
    size = min(k - (k - 1) ** 2 / max(n - 1, 1) for k in (n_a, n_b))
    return float(min(np.sqrt(phi / (size - 1)), 1.0)) if size > 1 else 0.0
