"""Rows of which parts are missing: their correlation, and what is missing drawn given what is there.

Correlations taken pair by pair, each over the rows that have both, need not be the correlation of anything: where one
channel is nearly a sum of others, as a market is of its assets, rows whitened by them come out a hundred times too
large. So the correlation is that of the EM algorithm for normal data ([1]_, section 11.2), and what is missing of a row
is drawn from it given the rest of that row: a draw of the whole row, moved by what is seen to be wrong with it ([2]_).

References
----------
.. [1] Little and Rubin, "Statistical Analysis with Missing Data", second edition, Wiley, 2002.
.. [2] Hoffman and Ribak, "Constrained Realizations of Gaussian Fields: A Simple Algorithm", Astrophysical Journal
   Letters, 1991.
"""

from __future__ import annotations

import numpy as np

from synthdiff.codecs.series.channel import BoolArray, FloatArray, IntArray

MAX_ROUNDS = 20
ENOUGH = 1e-4
"""Change of a correlation below which another round is not worth it."""
MIN_EIGENVALUE = 1e-4


def estimate_correlation(rows: FloatArray) -> FloatArray:
    """Correlation of (n, D) normal scores, NaN where missing; positive definite.

    Parameters
    ----------
    rows : (n, D) float64
        Of mean 0.

    Returns
    -------
    (D, D) float64
        Pairs that are never observed together have what follows from the others, or none.
    """
    observed = ~np.isnan(rows)
    filled, groups = np.where(observed, rows, 0.0), _groups(observed)
    correlation = np.eye(rows.shape[1])
    for _ in range(MAX_ROUNDS):
        total = np.zeros_like(correlation)
        for seen, which in groups:
            weights = _regression(correlation, seen)
            expected = filled[which][:, seen] @ weights
            total += expected.T @ expected + len(which) * (correlation - correlation[:, seen] @ weights)
        before, correlation = correlation, nearest_correlation(total)
        if np.abs(correlation - before).max(initial=0.0) < ENOUGH:
            break
    return correlation


def complete(rows: FloatArray, draws: FloatArray, correlation: FloatArray) -> FloatArray:
    """Draw what is missing.

    Parameters
    ----------
    rows : (n, D) float64
        NaN where missing.
    draws : (n, D) float64
        Whole rows, drawn with the correlation.
    correlation : (D, D) float64

    Returns
    -------
    (n, D) float64
    """
    observed = ~np.isnan(rows)
    if observed.all():
        return rows
    out = draws.copy()
    for seen, which in _groups(observed):
        wrong = rows[which][:, seen] - draws[which][:, seen]
        out[which] += wrong @ _regression(correlation, seen)
    return np.where(observed, rows, out)


def _regression(correlation: FloatArray, seen: BoolArray) -> FloatArray:
    """What all channels are expected to be of those that are seen, (n_seen, D)."""
    return np.asarray(np.linalg.solve(correlation[np.ix_(seen, seen)], correlation[seen]), dtype=np.float64)


def _groups(observed: BoolArray) -> list[tuple[BoolArray, IntArray]]:
    """Rows by what is observed of them."""
    _, first, group = np.unique(np.packbits(observed, axis=1), axis=0, return_index=True, return_inverse=True)
    group = group.ravel()
    members = np.split(np.argsort(group, kind="stable"), np.bincount(group).cumsum()[:-1])
    return list(zip(observed[first], members, strict=True))


def nearest_correlation(covariance: FloatArray) -> FloatArray:
    """Scale a covariance, (D, D), to a correlation with eigenvalues that can be divided by."""
    scale = np.sqrt(np.maximum(np.diag(covariance), 1e-12))
    values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    bounded = (vectors * np.maximum(values, MIN_EIGENVALUE)) @ vectors.T
    scale = np.sqrt(np.diag(bounded))
    return np.asarray(bounded / np.outer(scale, scale))
