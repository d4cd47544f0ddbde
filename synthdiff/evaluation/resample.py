"""Rows that count once, and differently often in every bootstrap replicate: a score and its error in one computation.

Rows are drawn again in groups. Whatever is counted, is counted a group at a time, and the replicates are one product of
these counts with how often each group was drawn: many replicates cost little more than one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from synthdiff.codecs.token import BoolArray, FloatArray, IntArray

N_GROUPS, N_REPLICATES = 50, 20
MAX_PARTS, MAX_PIECES = 20, 200
MAX_CELLS = 20_000
"""Joint distributions with more cells are counted only where there are rows."""


@dataclass(frozen=True)
class WeightedRows:
    """Rows and how often each counts.

    Attributes
    ----------
    values : (n, D) float64
    group : (n,) int64
        The group that a row is drawn with, in [0, G).
    weights : (G, 1 + P + R) float64
        How often a group counts: once in all; once in one of P disjoint parts; and as often as each of R replicates
        drew it. Below, S = 1 + P + R.
    n_parts : int
        P.
    """

    values: FloatArray
    group: IntArray
    weights: FloatArray
    n_parts: int = 0

    @classmethod
    def once(cls, values: FloatArray) -> Self:
        """Every row once, without parts and replicates."""
        return cls(values, np.zeros(len(values), dtype=np.int64), np.ones((1, 1)))

    @classmethod
    def drawn(cls, values: FloatArray, rng: np.random.Generator, part: int | None = None) -> Self:
        """Every row once, in parts of about so many rows, and in replicates drawn in groups of equal size."""
        n_pieces = min(max(round(len(values) / part), 1), MAX_PIECES) if part else 1
        n_parts = min(n_pieces, MAX_PARTS) if n_pieces > 1 else 0
        n_groups = n_pieces * max(min(N_GROUPS, len(values)) // n_pieces, 1)
        group = rng.permutation(len(values)) % n_groups
        parts = np.arange(n_groups)[:, None] % n_pieces == np.arange(n_parts)
        again = rng.multinomial(n_groups, np.full(n_groups, 1 / n_groups), size=N_REPLICATES).T
        return cls(values, group, np.hstack([np.ones((n_groups, 1)), parts, again]), n_parts)

    def counts(self, cells: IntArray, n_cells: int) -> FloatArray:
        """How many rows lie in each cell, (n_cells, S); `cells` is the cell of each row, (n,)."""
        n_groups = len(self.weights)
        by_group = np.bincount(cells * n_groups + self.group, minlength=n_cells * n_groups)
        return np.asarray(by_group.reshape(n_cells, n_groups) @ self.weights)

    def weights_of(self, rows: IntArray) -> FloatArray:
        """How often some rows count, (S, k)."""
        return np.take(np.ascontiguousarray(self.weights.T), self.group[rows], axis=1)

    def count(self, chosen: BoolArray) -> FloatArray:
        """How many of the chosen rows there are, (S,); `chosen` is (n,)."""
        return np.asarray(np.bincount(self.group[chosen], minlength=len(self.weights)) @ self.weights)

    def agreement(self, scores: FloatArray, details: dict[str, Any]) -> Agreement:
        """What the scores (S,) come to."""
        value, parts, replicates = np.split(scores, [1, 1 + self.n_parts])
        size_effect = float(value[0] - parts.mean()) if self.n_parts else 0.0
        return Agreement(float(value[0]), size_effect, replicates, details)


@dataclass(frozen=True)
class Agreement:
    """A score of rows against the real ones.

    Attributes
    ----------
    value : float or None
        None where it cannot be measured; the note says why.
    size_effect : float
        How much better all rows score than they do in parts, because fewer rows depart further by chance.
    replicates : (R,) float64
    details : dict
        What it is made of, as JSON holds it.
    note : str
        What a reader must know besides.
    """

    value: float | None = None
    size_effect: float = 0.0
    replicates: FloatArray = field(default_factory=lambda: np.empty(0))
    details: dict[str, Any] = field(default_factory=dict)
    note: str = ""


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
    (S,) float64
        In [0, 1].
    """
    if n_cells > MAX_CELLS:
        found, index = np.unique(np.concatenate([real, cells]), return_inverse=True)
        real, cells, n_cells = index[: len(real)], index[len(real) :], len(found)
    p = np.bincount(real, minlength=n_cells) / len(real)
    counts = rows.counts(cells, n_cells)
    return np.asarray(1 - np.abs(p[:, None] - counts / counts.sum(axis=0)).sum(axis=0) / 2)
