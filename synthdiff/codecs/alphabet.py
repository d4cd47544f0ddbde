"""The alphabets of a whole table: which tokens each column has, and a table as arrays of tokens and exact values.

`TableAlphabet` numbers the tokens of all columns consecutively. A column's segment holds, in this order, its base
tokens (missing, atoms and bins; or missing and levels) and then the tokens of its relations.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import torch
from pydantic import PlainValidator
from scipy.special import ndtri

from synthdiff.batch import Cells
from synthdiff.codecs.relation import Relation, coordinate
from synthdiff.codecs.token import N_PIECES, FloatArray, IntArray, LevelTokens, NumberTokens
from synthdiff.record import TupleOfParts, choose, read_as, require, restore, without

N_COORDINATES = 3
"""Coordinates of a number cell: rank in [-1, 1], normal score, signed log."""

Float32Array = npt.NDArray[np.float32]
Column = NumberTokens | LevelTokens
MOST_RELATIONS = 64
"""More relations than a column can have."""
MOST_PAIRS = 1 << 29
"""Tokens times relations: a network holds a number for each pair, 2 GiB of them here."""


def read_column(data: Any) -> Column:
    """Restore the tokens of a column of either face."""
    faces: dict[str, type[NumberTokens] | type[LevelTokens]] = {"number": NumberTokens, "level": LevelTokens}
    return choose(faces, data, "face", "face").from_dict(without(data, "face"))


@dataclass(frozen=True)
class TableAlphabet:
    """Alphabets of all learnt columns.

    Attributes
    ----------
    columns : tuple of NumberTokens or LevelTokens
        One per learnt column.
    relations : tuple of Relation
        Best first within a target.
    """

    columns: Annotated[tuple[Annotated[Column, PlainValidator(read_column)], ...], *TupleOfParts]
    relations: Annotated[tuple[Annotated[Relation, read_as(Relation)], ...], *TupleOfParts]

    @cached_property
    def numbers(self) -> list[int]:
        """Positions of the number columns."""
        return [j for j, c in enumerate(self.columns) if isinstance(c, NumberTokens)]

    @cached_property
    def sizes(self) -> list[int]:
        """Tokens of each column, relations included."""
        out = [c.n_tokens for c in self.columns]
        for r in self.relations:
            out[r.target] += r.n_tokens
        return out

    @cached_property
    def offsets(self) -> list[int]:
        """First token of each column; the last entry is the number of tokens of the table."""
        return [0, *(int(x) for x in np.cumsum(self.sizes))]

    @cached_property
    def relation_offsets(self) -> list[int]:
        """First token of each relation."""
        after = [o + c.n_tokens for o, c in zip(self.offsets, self.columns, strict=False)]
        out = []
        for r in self.relations:
            out.append(after[r.target])
            after[r.target] += r.n_tokens
        return out

    def encode(self, values: FloatArray) -> EncodedTable:
        """Tokens and coordinates of a table.

        Parameters
        ----------
        values : (n, D) float64
            Numbers, or level codes; NaN = missing.
        """
        base = np.empty(values.shape, dtype=np.int32)
        density = np.zeros(values.shape, dtype=np.float32)
        coordinates = np.zeros((len(values), len(self.numbers), N_COORDINATES), dtype=np.float32)
        for j, column in enumerate(self.columns):
            base[:, j] = column.encode(values[:, j]) + self.offsets[j]
        for i, j in enumerate(self.numbers):
            column = self.columns[j]
            assert isinstance(column, NumberTokens)
            coordinates[:, i] = number_coordinates(column, values[:, j])
            bins = base[:, j].astype(np.int64) - self.offsets[j] - column.first_bin
            density[:, j] = base_log_density(column, bins, values[:, j])
        relative = np.empty((len(values), len(self.relations)), dtype=np.int32)
        relative_density = np.zeros(relative.shape, dtype=np.float32)
        for r, relation in enumerate(self.relations):
            token = self._relative(relation, values, base[:, relation.target] - self.offsets[relation.target])
            relative[:, r] = np.where(token >= 0, token + self.relation_offsets[r], token)
            relative_density[:, r] = relation_log_density(relation, self.columns[relation.target], values, token)
        return EncodedTable(base, coordinates, relative, density, relative_density)

    def column_tokens(self, j: int, values: FloatArray) -> IntArray:
        """Token of each cell of a column by what is revealed before it, (n,) int64, counted from its first one.

        Parameters
        ----------
        j : int
            Position of the column.
        values : (n, D) float64
            NaN where missing or hidden.
        """
        base = np.asarray(self.columns[j].encode(values[:, j]))
        out = base.astype(np.int64)
        for relation, first in reversed(list(zip(self.relations, self.relation_offsets, strict=True))):
            if relation.target == j:
                token = self._relative(relation, values, base)
                out = np.where(token >= 0, token + (first - self.offsets[j]), out)
        return out

    def _relative(self, relation: Relation, values: FloatArray, base: npt.NDArray[np.integer[Any]]) -> IntArray:
        """Token of a relation in each row, by the base tokens of its target."""
        column = self.columns[relation.target]
        if isinstance(column, LevelTokens):
            return relation.encode(values, None)
        token = relation.encode(values, column.resolution)
        if relation.before_atoms:
            return token
        return np.where((base < column.first_bin) & (token >= 0), -1, token)

    def token_ranks(self) -> Float32Array:
        """Rank of each token's value in its column, (T,); NaN where it has none."""
        out = np.full(self.offsets[-1], np.nan, dtype=np.float32)
        for j in self.numbers:
            column = self.columns[j]
            assert isinstance(column, NumberTokens)
            out[self.offsets[j] : self.offsets[j] + column.n_tokens] = column.token_ranks()
        return out

    def log_frequencies(self, encoded: EncodedTable) -> Float32Array:
        """Log frequency of each token within its column, (T,): the logits to start from.

        A relation's tokens are on top of the base tokens: with that relation alone open, the probabilities are the
        shares of the rows that it codes and of those that it leaves to the base tokens.
        """
        n_rows = len(encoded.base)
        out = np.bincount(encoded.base.ravel(), minlength=self.offsets[-1]) + 0.5
        for a, column in zip(self.offsets, self.columns, strict=False):
            out[a : a + column.n_tokens] /= out[a : a + column.n_tokens].sum()
        for r, (relation, first) in enumerate(zip(self.relations, self.relation_offsets, strict=True)):
            token = encoded.relative[:, r]
            counts = np.bincount(token[token >= 0] - first, minlength=relation.n_tokens) + 0.5
            left = max(n_rows - counts.sum(), 0.0) + 0.5
            out[first : first + relation.n_tokens] = counts / left
        return np.asarray(np.log(out), dtype=np.float32)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        columns = [{"face": "number" if isinstance(c, NumberTokens) else "level"} | c.to_dict() for c in self.columns]
        return {"columns": columns, "relations": [r.to_dict() for r in self.relations]}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> TableAlphabet:
        """Restore what `to_dict` wrote."""
        return restore(cls, data)

    def check(self) -> None:
        """Refuse relations of columns that there are not, or that are of another kind."""
        found = [0] * len(self.columns)
        for r, relation in enumerate(self.relations):
            places = (relation.target, *relation.reference.partners)
            where = f"relation {r}"
            require(max(places) < len(self.columns), f"{where} is of a column that there is not")
            require(relation.target not in places[1:], f"{where} is of a column and itself")
            faces = {isinstance(self.columns[place], NumberTokens) for place in places}
            require(len(faces) == 1, f"{where} is of a number and of levels")
            column = self.columns[relation.target]
            n_grids = len(column.grids) if isinstance(column, NumberTokens) else 0
            require(relation.heaps.shape[1] in (0, n_grids), f"{where} has shares of other grids")
            copies = relation.equal and relation.reference.operation == "same"
            require(copies or isinstance(column, NumberTokens), f"{where}: levels can only equal others")
            found[relation.target] += 1
        require(max(found, default=0) <= MOST_RELATIONS, f"a column has more than {MOST_RELATIONS} relations")
        pairs = self.offsets[-1] * len(self.relations)
        require(pairs <= MOST_PAIRS, f"{self.offsets[-1]:,} tokens and {len(self.relations):,} relations are too many")


@dataclass(frozen=True)
class EncodedTable:
    """A table as arrays.

    Attributes
    ----------
    base : (n, D) int32
        Base token of each cell, numbered over the whole table.
    coordinates : (n, N, 3) float32
        Coordinates of the number cells, 0 where missing.
    relative : (n, R) int32
        Token of each relation; -1 outside its window, -2 where its reference has no value.
    base_density : (n, D) float32
        Log density of the value given its base token.
    relative_density : (n, R) float32
        The same given its relation token.
    """

    base: npt.NDArray[np.int32]
    coordinates: Float32Array
    relative: npt.NDArray[np.int32]
    base_density: Float32Array
    relative_density: Float32Array

    def cells(self, device: torch.device) -> Cells:
        """The same as tensors on a device."""
        names = ("base", "coordinates", "relative", "base_density", "relative_density")
        return Cells(*(torch.from_numpy(getattr(self, name)).to(device) for name in names))


def number_coordinates(column: NumberTokens, values: FloatArray) -> Float32Array:
    """Rank, normal score and signed log of each value, (n, 3); 0 where missing."""
    rank = column.rank(values)
    signed_log = np.arcsinh(values / column.scale) / 3
    out = np.stack([2 * rank - 1, ndtri(np.clip(rank, 1e-4, 1 - 1e-4)) / 2, signed_log], axis=1)
    return np.asarray(np.nan_to_num(out, nan=0.0), dtype=np.float32)


def piece_widths(knots: FloatArray, token: IntArray, at: FloatArray) -> FloatArray:
    """Width of the linear piece that holds `at` in its token's inverse distribution, (n,)."""
    row = knots[np.maximum(token, 0)]
    piece = np.clip((row <= np.nan_to_num(at)[:, None]).sum(1) - 1, 0, N_PIECES - 1)[:, None]
    return np.asarray(np.take_along_axis(row, piece + 1, 1) - np.take_along_axis(row, piece, 1))[:, 0]


def log_density(width: FloatArray, x: FloatArray, resolution: float | None) -> FloatArray:
    """Log density of values in pieces of that width; where values are rounded, the log probability of their cell."""
    if resolution is None:
        return np.asarray(-np.log(N_PIECES * np.maximum(width, 1e-9 * np.maximum(np.abs(x), 1e-9))))
    return np.asarray(np.log(resolution) - np.log(N_PIECES * np.maximum(width, resolution / N_PIECES)))


def base_log_density(column: NumberTokens, bins: IntArray, x: FloatArray) -> Float32Array:
    """Log density of each value given its bin; 0 where `bins` < 0 (atoms and missing values)."""
    if not column.n_bins:
        return np.zeros(len(x), dtype=np.float32)
    out = log_density(piece_widths(column.knots, bins, x), x, column.resolution)
    return np.where(bins >= 0, out, 0.0).astype(np.float32)


def relation_log_density(relation: Relation, column: Column, values: FloatArray, token: IntArray) -> Float32Array:
    """Log density of each target value given its relation token; 0 for *equal* and outside the window."""
    if relation.equal or not isinstance(column, NumberTokens):
        return np.zeros(len(values), dtype=np.float32)
    x = values[:, relation.target]
    width = piece_widths(relation.knots, token, coordinate(x, relation.reference.evaluate(values), relation.ratio))
    # d x = |x| d log(x / q)
    scale = np.maximum(np.abs(x), 1e-300) if relation.ratio else 1.0
    return np.where(token >= 0, log_density(width * scale, x, column.resolution), 0.0).astype(np.float32)
