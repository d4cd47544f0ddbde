"""Values that a column repeats and that a float cannot tell from their neighbours, kept exactly.

A float64 has 53 bits, an integer up to 64 and a decimal up to 126: a key such as 1234567890123456789 shares its float
with 255 others. Where that happens, each value that occurs more than once (and each end of the range) *owns* a float:
the nearest one, or the next that is free, in the order of the values. Encoding gives the value its float, and that
float, as atoms and copies bring it back, is decoded as the value. Any other float is a value of the lattice nearby.

A column of which cells occur twice on average holds keys, or categories, rather than measurements: it keeps all its
values, and every float is decoded as the nearest of them. Columns that hold the same values are fitted together
(`synthdiff.codecs.shared`), so that a value has the same float in all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.codecs.column import BoolArray, FloatArray, IntArray
from synthdiff.codecs.level import Levels, with_levels
from synthdiff.data.level import levels_to_json
from synthdiff.record import numbers, require, restore

MAX_CLOSED = 1 << 20
"""Values of a column of keys."""
MAX_OWNERS = 1 << 12
"""Values that own a float in a column of other values too: those that occur most often."""
_SIGN = np.int64(np.iinfo(np.int64).min)


@dataclass(frozen=True, eq=False)
class ExactCells:
    """The values that own a float.

    Attributes
    ----------
    points : (A,) float64
        Their floats, increasing.
    cells : pa.Array
        The values, increasing; the first and the last are the ends of the range.
    closed : bool
        Whether no other value occurs.
    """

    points: Annotated[FloatArray, numbers(rising=True)]
    cells: Levels
    closed: bool

    @classmethod
    def fit(cls, cells: pa.Array, counts: IntArray, near: FloatArray, ends: pa.Array) -> Self:
        """Choose the values, and give each its float.

        Parameters
        ----------
        cells : pa.Array
            The distinct values of a column, increasing.
        counts : (n,) int64
            How often each occurs.
        near : (n,) float64
            The float of each.
        ends : pa.Array
            Those that are kept in any case.
        """
        closed = bool(len(cells) <= MAX_CLOSED and counts.sum() >= 2 * len(cells))
        keep = np.ones(len(cells), np.bool_)
        if not closed:
            least = max(2, int(np.partition(counts, -MAX_OWNERS)[-MAX_OWNERS])) if len(counts) > MAX_OWNERS else 2
            keep = counts >= least
        keep[pc.index_in(ends, value_set=cells).to_numpy()] = True
        return cls(apart(near[keep]), cells.filter(pa.array(keep)), closed)

    def between(self, low: float, high: float) -> Self:
        """Those from one point to another."""
        inside = (self.points >= low) & (self.points <= high)
        return type(self)(self.points[inside], self.cells.filter(pa.array(inside)), self.closed)

    def encode(self, cells: pa.ChunkedArray | pa.Array, near: FloatArray) -> FloatArray:
        """Give the cells that own a float theirs, and the others the one that is near, (n,) float64."""
        at = pc.index_in(cells, value_set=self.cells)
        owns = at.is_valid().to_numpy(zero_copy_only=False) if isinstance(at, pa.Array) else at.is_valid().to_numpy()
        return np.where(owns, self.points[at.fill_null(0).to_numpy()], near)

    def decode(self, values: FloatArray, valid: BoolArray, others: pa.Array | None = None) -> pa.Array:
        """Turn floats into cells.

        Parameters
        ----------
        values : (n,) float64
            Without NaN.
        valid : (n,) bool
            False where missing.
        others : pa.Array or None
            Cells for the floats that nobody owns; None takes the nearest owner.
        """
        at = np.searchsorted((self.points[1:] + self.points[:-1]) / 2, values)
        own = self.cells.take(pa.array(at, mask=None if valid.all() else ~valid))
        if others is None:
            return own
        return pc.if_else(pa.array(self.points[at] == values), own, others)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        cells = {"cells": levels_to_json(self.cells), "cell_type": str(self.cells.type)}
        return {"points": self.points.tolist(), **cells, "closed": self.closed}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote."""
        return restore(cls, with_levels(data, "cells", "cell_type"))

    def check(self) -> None:
        """Refuse values without a float, and floats without a value."""
        require(len(self.points) == len(self.cells) > 0, "each exact value needs its float")
        require(len(pc.unique(self.cells)) == len(self.cells), "exact values must be distinct")


def apart(near: FloatArray) -> FloatArray:
    """Move floats up to the next free ones, so that at least one lies between any two: their middle is neither."""
    bits = near.view(np.int64)
    rank = np.where(bits < 0, _SIGN - bits, bits)  # consecutive integers for consecutive floats
    place = 2 * np.arange(len(rank))
    rank = np.maximum.accumulate(rank - place) + place
    return np.where(rank < 0, _SIGN - rank, rank).view(np.float64)
