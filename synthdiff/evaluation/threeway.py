"""Columns three at a time, which pairs do not determine."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np

from synthdiff.codecs.token import FloatArray, IntArray
from synthdiff.evaluation.resample import Agreement, WeightedRows, overlap
from synthdiff.evaluation.tables import EvaluationColumn, EvaluationTables

N_CELLS = 6
"""Of a number: five quantile steps and *missing*; of a category: its four commonest levels and the others."""
N_STEPS, N_LEVELS = 5, 4
MAX_TRIPLES, N_WORST = 100, 20


def threeway_agreement(tables: EvaluationTables, rows: WeightedRows) -> Agreement:
    """Mean over triples of columns of what their joint distributions have in common: 1 - total variation distance.

    Numbers and datetimes are cut at the real column's quintiles, categories to their commonest levels. All triples
    count, or `MAX_TRIPLES` drawn by the seed. With up to 216 cells even real rows stay clearly below 1, by chance
    alone; the ceiling says where.

    Parameters
    ----------
    tables : EvaluationTables
    rows : WeightedRows

    Returns
    -------
    Agreement
        Its details are the number of triples and the worst, ``[column, column, column, score]``.
    """
    if len(tables.columns) < 3:
        return Agreement(note="there are fewer than three columns")
    cells = [_cut(column, tables.real[:, j], rows.values[:, j]) for j, column in enumerate(tables.columns)]
    real, other = ([pair[i] for pair in cells] for i in (0, 1))
    triples = _triples(tables)
    scores = np.stack([overlap(_join(real, t), _join(other, t), N_CELLS**3, rows) for t in triples])
    worst = np.argsort(scores[:, 0], kind="stable")[:N_WORST]
    named = [[*(tables.names[j] for j in triples[i]), round(float(scores[i, 0]), 6)] for i in worst]
    return rows.agreement(scores.mean(axis=0), {"n_triples": len(triples), "triples": named})


def _triples(tables: EvaluationTables) -> list[tuple[int, ...]]:
    n = len(tables.columns)
    if comb(n, 3) <= MAX_TRIPLES:
        return list(combinations(range(n), 3))
    rng = tables.generator("triples")
    chosen: set[tuple[int, ...]] = set()
    while len(chosen) < MAX_TRIPLES:
        chosen.add(tuple(sorted(int(j) for j in rng.choice(n, 3, replace=False))))
    return sorted(chosen)


def _join(cells: list[IntArray], triple: tuple[int, ...]) -> IntArray:
    a, b, c = triple
    return (cells[a] * N_CELLS + cells[b]) * N_CELLS + cells[c]


def _cut(column: EvaluationColumn, real: FloatArray, other: FloatArray) -> tuple[IntArray, IntArray]:
    """Cells of the real and the other values, in [0, N_CELLS)."""
    if column.scale == "category":
        counts = np.bincount(real.astype(np.int64), minlength=len(column.levels))
        cell_of = np.full(len(column.levels), N_LEVELS)
        common = np.argsort(-counts, kind="stable")[:N_LEVELS]
        cell_of[common] = np.arange(len(common))
        return cell_of[real.astype(np.int64)], cell_of[other.astype(np.int64)]
    known = real[~np.isnan(real)]
    edges = np.quantile(known, np.arange(1, N_STEPS) / N_STEPS) if len(known) else np.zeros(N_STEPS - 1)
    real_cells, other_cells = (
        np.where(np.isnan(values), N_STEPS, np.searchsorted(edges, values, side="right")) for values in (real, other)
    )
    return real_cells, other_cells
