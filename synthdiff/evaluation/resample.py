"""Rows that count once, and differently often in every bootstrap replicate: a score and its error in one computation.

Rows are drawn again in groups. Whatever is counted, is counted a group at a time, and the replicates are one product of
these counts with how often each group was drawn: many replicates cost little more than one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from synthdiff.codecs.token import FloatArray, IntArray

N_GROUPS, N_REPLICATES = 50, 30
MAX_CELLS = 20_000
"""Joint distributions with more cells are counted only where there are rows."""


@dataclass(frozen=True)
class Agreement:
    """A score of rows against the real ones, once and in replicates.

    Attributes
    ----------
    values : (1 + R,) float64
        The score, and its replicates; NaN where it cannot be measured.
    parts : dict
        What it is made of, as JSON holds it.
    note : str
        What a reader must know besides.
    """

    values: FloatArray
    parts: dict[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class WeightedRows:
    """Rows and how often each counts.

    Attributes
    ----------
    values : (n, D) float64
    group : (n,) int64
        The group that a row is drawn with, in [0, G).
    weights : (G, 1 + R) float64
        How often a group counts: once at first, then as often as the replicate drew it.
    """

    values: FloatArray
    group: IntArray
    weights: FloatArray

    @classmethod
    def once(cls, values: FloatArray) -> Self:
        """Every row once, without replicates."""
        return cls(values, np.zeros(len(values), dtype=np.int64), np.ones((1, 1)))

    @classmethod
    def drawn(cls, values: FloatArray, rng: np.random.Generator) -> Self:
        """Every row once, and `N_REPLICATES` times drawn again, in up to `N_GROUPS` groups of about equal size."""
        n_groups = min(N_GROUPS, len(values))
        group = rng.permutation(len(values)) % n_groups
        again = rng.multinomial(n_groups, np.full(n_groups, 1 / n_groups), size=N_REPLICATES).T
        return cls(values, group, np.column_stack([np.ones(n_groups), again]))

    def counts(self, cells: IntArray, n_cells: int) -> FloatArray:
        """How many rows lie in each cell, (n_cells, 1 + R); `cells` is the cell of each row, (n,)."""
        n_groups = len(self.weights)
        by_group = np.bincount(cells * n_groups + self.group, minlength=n_cells * n_groups)
        return np.asarray(by_group.reshape(n_cells, n_groups) @ self.weights)

    def weights_of(self, rows: IntArray) -> FloatArray:
        """How often some rows count, (1 + R, k)."""
        return np.ascontiguousarray(self.weights[self.group[rows]].T)


def overlap(real: IntArray, cells: IntArray, n_cells: int, rows: WeightedRows) -> FloatArray:
    """What two discrete distributions have in common: 1 - sum |p - q| / 2, the complement of the total variation.

    Parameters
    ----------
    real, cells : (m,), (n,) int64
        Cells of the real rows and of the others, in [0, n_cells).
    n_cells : int
    rows : WeightedRows
        The others.

    Returns
    -------
    (1 + R,) float64
        In [0, 1].
    """
    if n_cells > MAX_CELLS:
        found, index = np.unique(np.concatenate([real, cells]), return_inverse=True)
        real, cells, n_cells = index[: len(real)], index[len(real) :], len(found)
    p = np.bincount(real, minlength=n_cells) / len(real)
    counts = rows.counts(cells, n_cells)
    return np.asarray(1 - np.abs(p[:, None] - counts / counts.sum(axis=0)).sum(axis=0) / 2)
