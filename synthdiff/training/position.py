"""Where real cells lie within their tokens: the inverse of decoding, for training the stage within bins.

A token's inverse distribution function has linear pieces; a value's position is read off it backwards. A rounded
value stands for all that rounds to it, so its position is an interval, as it is where a piece has no width; values on
a grid that the token heaps on stand for all that snaps to the grid. Positions are drawn inside these intervals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from synthdiff.codecs.alphabet import TableAlphabet
from synthdiff.codecs.axis import BentAxis
from synthdiff.codecs.relation import Relation, coordinate
from synthdiff.codecs.season import Season
from synthdiff.codecs.token import N_PIECES, BoolArray, FloatArray, IntArray, NumberTokens, on_grid

EDGE = 1e-4
"""Positions stay this far from the ends of a token, where the normal score is infinite."""


@dataclass(frozen=True)
class PositionTable:
    """Intervals of the positions of a table's cells within their tokens.

    Attributes
    ----------
    low, high : (n, D) float32
        NaN where the token is exact or missing: there is no position.
    """

    low: Tensor
    high: Tensor

    def take(self, rows: Tensor | slice) -> PositionTable:
        """The given rows."""
        return PositionTable(self.low[rows], self.high[rows])

    def scores(self, column: Tensor, uniform: Tensor) -> Tensor:
        """Normal scores of one cell a row, (B,): its column, and where in the interval; NaN without a position."""
        low = self.low.gather(1, column[:, None])[:, 0]
        high = self.high.gather(1, column[:, None])[:, 0]
        out: Tensor = torch.special.ndtri((low + (high - low) * uniform).clamp(EDGE, 1 - EDGE))
        return out


def position_table(
    alphabet: TableAlphabet, values: FloatArray, tokens: IntArray, device: torch.device
) -> PositionTable:
    """Positions of all cells.

    Parameters
    ----------
    alphabet : TableAlphabet
    values : (n, D) float64
        Values of the learnt columns.
    tokens : (n, D) int64
        The resolved token of each cell, numbered over the whole table.
    device : torch.device
    """
    low = np.full(values.shape, np.nan, dtype=np.float32)
    high = low.copy()
    for j in alphabet.numbers:
        column = alphabet.columns[j]
        assert isinstance(column, NumberTokens)
        bins = tokens[:, j] - alphabet.offsets[j] - column.first_bin
        rows = (bins >= 0) & (bins < column.n_bins)
        _fill(low, high, j, rows, _within_bins(column, values[rows, j], bins[rows]))
    for relation, first in zip(alphabet.relations, alphabet.relation_offsets, strict=True):
        column, j = alphabet.columns[relation.target], relation.target
        bins = tokens[:, j] - first
        rows = (bins >= 0) & (bins < relation.n_tokens)
        if isinstance(column, NumberTokens) and not relation.equal:
            _fill(low, high, j, rows, _within_window(relation, column, values[rows], bins[rows]))
    return PositionTable(torch.from_numpy(low).to(device), torch.from_numpy(high).to(device))


def _fill(
    low: npt.NDArray[np.float32],
    high: npt.NDArray[np.float32],
    j: int,
    rows: BoolArray,
    found: tuple[FloatArray, FloatArray],
) -> None:
    low[rows, j], high[rows, j] = found


def _within_bins(column: NumberTokens, x: FloatArray, bins: IntArray) -> tuple[FloatArray, FloatArray]:
    low, high = _rounding_cell(column, x, column.heaps[bins])
    return _invert_bent(column.season, column.knots[bins], low, high)


def _within_window(
    relation: Relation, column: NumberTokens, values: FloatArray, bins: IntArray
) -> tuple[FloatArray, FloatArray]:
    x, q = values[:, relation.target], relation.reference.evaluate(values)
    ends = _rounding_cell(column, x, relation.heaps[bins])
    a, b = (coordinate(end, q, relation.ratio) for end in ends)
    # An end of the cell may lie across zero, where the ratio has no logarithm: that end is open.
    first, last = np.fmin(a, b), np.fmax(a, b)
    if column.season is None or relation.ratio:
        return invert(relation.knots[bins], first, last)
    return _invert_bent(column.season, q[:, None] + relation.knots[bins], q + first, q + last)


def _invert_bent(
    season: Season | None, knots: FloatArray, low: FloatArray, high: FloatArray
) -> tuple[FloatArray, FloatArray]:
    if season is None:
        return invert(knots, low, high)
    axis = BentAxis(season, torch.device("cpu"))
    return invert(*(axis.bend_array(part) for part in (knots, low, high)))


def _rounding_cell(column: NumberTokens, x: FloatArray, heaps: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Ends of what decoding would turn into each value."""
    if len(column.lattice) > 1:
        middle = (column.lattice[1:] + column.lattice[:-1]) / 2
        at = np.searchsorted(middle, x)
        ends = np.concatenate([[-np.inf], middle, [np.inf]])
        return ends[at], ends[at + 1]
    half = np.full(len(x), 0.0 if column.resolution is None else column.resolution / 2)
    if heaps.shape[1]:
        left = np.ones(len(x), dtype=bool)
        for g, step in enumerate(column.grids):
            hit = on_grid(x, step) & (heaps[:, g] > 0) & left
            half[hit] = step / 2
            left &= ~hit
    return x - half, x + half


def invert(knots: FloatArray, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Interval of positions whose values lie from `low` to `high`.

    Parameters
    ----------
    knots : (n, N_PIECES + 1) float64
        Each row's inverse distribution function.
    low, high : (n,) float64
        NaN at neither, or one, end; ends beyond the knots are cut.

    Examples
    --------
    >>> knots = np.linspace(0.0, 16.0, 17)[None]
    >>> invert(knots, np.array([4.0]), np.array([6.0]))
    (array([0.25]), array([0.375]))
    """
    return _position(knots, low, "first"), _position(knots, high, "last")


def _position(knots: FloatArray, x: FloatArray, of_ties: str) -> FloatArray:
    """Position of each value; of the positions that share it, the first or the last."""
    x = np.clip(x, knots[:, 0], knots[:, -1])[:, None]
    below = (knots < x if of_ties == "first" else knots <= x).sum(1)
    piece = np.clip(below - 1, 0, N_PIECES - 1)[:, None]
    left = np.take_along_axis(knots, piece, 1)
    width = np.take_along_axis(knots, piece + 1, 1) - left
    share = np.clip((x - left) / np.where(width > 0, width, 1.0), 0, 1)
    return np.asarray(((piece + share) / N_PIECES)[:, 0])
