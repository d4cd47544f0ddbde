"""Columns one at a time: distributions of values, and which cells are missing."""

from __future__ import annotations

import numpy as np

from synthdiff.codecs.token import BoolArray, FloatArray, IntArray
from synthdiff.evaluation.resample import Agreement, WeightedRows, overlap
from synthdiff.evaluation.tables import MISSING, EvaluationColumn, EvaluationTables


def shape_agreement(tables: EvaluationTables, rows: WeightedRows) -> Agreement:
    """Mean over the columns of how well their distributions agree with the real ones.

    Of numbers and datetimes it is the complement of the Kolmogorov-Smirnov statistic, 1 - sup |F_real - F|, over the
    values that are not missing; of categories that of the total variation distance, where a missing value is a level.
    These are SDMetrics' KSComplement and TVComplement. A column that is all missing scores 0.

    Parameters
    ----------
    tables : EvaluationTables
    rows : WeightedRows

    Returns
    -------
    Agreement
        Its details are the columns' scores, the worst first.
    """
    scores = np.stack([_column_agreement(c, tables.real[:, j], j, rows) for j, c in enumerate(tables.columns)])
    known = np.asarray(~np.isnan(scores).any(axis=1))
    if not known.any():
        return Agreement(note="no column has real values")
    order = [int(j) for j in np.argsort(scores[:, 0], kind="stable") if known[j]]
    columns = {tables.names[j]: round(float(scores[j, 0]), 6) for j in order}
    return rows.agreement(scores[known].mean(axis=0), {"columns": columns})


def _column_agreement(column: EvaluationColumn, real: FloatArray, j: int, rows: WeightedRows) -> FloatArray:
    values = rows.values[:, j]
    if column.scale == "category":
        return overlap(real.astype(np.int64), values.astype(np.int64), len(column.levels), rows)
    known = real[~np.isnan(real)]
    if not len(known):
        return np.full(rows.weights.shape[1], np.nan)
    return 1 - largest_gap(known, len(known), values, ~np.isnan(values), rows, rows.count(~np.isnan(values)))


def largest_gap(
    real: FloatArray, n_real: int, values: FloatArray, chosen: BoolArray, rows: WeightedRows, total: FloatArray
) -> FloatArray:
    """Largest distance of two distribution functions; of parts of them, where the numbers of rows say so.

    Parameters
    ----------
    real : (m,) float64
    n_real : int
        Real rows in all, at least m: the function ends at m / n_real.
    values : (n,) float64
        Of `rows`.
    chosen : (n,) bool
        Which of them to look at.
    rows : WeightedRows
    total : (S,) float64
        Rows in all, at least as many as are chosen.

    Returns
    -------
    (S,) float64
        sup |F_real - F|.
    """
    index = np.flatnonzero(chosen)
    index = index[np.argsort(values[index])]
    real, values, weights = np.sort(real), values[index], rows.weights_of(index)
    scale = np.maximum(total, 1)[:, None]  # a replicate without rows has F = 0
    weights /= scale
    reached = np.cumsum(weights, axis=1)
    # F steps up at its values only: it is furthest above the real one at a step, and furthest below it just before
    above = (reached - np.searchsorted(real, values, side="right") / n_real).max(axis=1, initial=0)
    below = (np.searchsorted(real, values, side="left") / n_real - (reached - weights)).max(axis=1, initial=0)
    at_the_end = np.abs(len(real) / n_real - rows.count(chosen) / scale[:, 0])
    return np.asarray(np.maximum(np.maximum(above, below), at_the_end))


def missing_cells(tables: EvaluationTables, values: FloatArray) -> BoolArray:
    """Which cells are missing, (n, D)."""
    missing = np.isnan(values)
    for j, column in enumerate(tables.columns):
        if MISSING in column.levels:
            missing[:, j] = values[:, j] == column.levels.index(MISSING)
    return missing


def missingness_agreement(tables: EvaluationTables, rows: WeightedRows) -> Agreement:
    """What the distributions of the pattern of missing cells in a row have in common: 1 - total variation distance.

    Returns
    -------
    Agreement
        Its details are the shares of missing cells of the columns, real and other.
    """
    real, other = missing_cells(tables, tables.real), missing_cells(tables, rows.values)
    if not (real.any() or other.any()):
        return Agreement(note="no cell is missing")
    pattern = _patterns(np.concatenate([real, other]))
    cells = pattern[: len(real)], pattern[len(real) :]
    shares = {
        name: [round(float(p), 6), round(float(q), 6)]
        for name, p, q in zip(tables.names, real.mean(axis=0), other.mean(axis=0), strict=True)
        if p or q
    }
    return rows.agreement(overlap(*cells, int(pattern.max()) + 1, rows), {"columns": shares})


def _patterns(missing: BoolArray) -> IntArray:
    """Number of each row's pattern, (n,), from 0."""
    packed = np.packbits(missing, axis=1)
    _, pattern = np.unique(packed, axis=0, return_inverse=True)
    return pattern.reshape(-1)
