"""A table whose cells rules look at and change: each column as codes and as numbers, made once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.types as pt

from synthdiff.codecs.agreement import codes_of
from synthdiff.codecs.column import BoolArray, ColumnCodec, FloatArray, IntArray, NumberCodec, plain_values

LEVEL_KINDS = ("categorical", "boolean")
"""Kinds of columns of levels whose cells may be kept with a rule."""


class Draft:
    """A table and the codecs of its columns.

    Parameters
    ----------
    table : pa.Table
        Null where missing; columns as the codecs decode them.
    codecs : mapping of str to ColumnCodec
        One a column.
    """

    def __init__(self, table: pa.Table, codecs: Mapping[str, ColumnCodec]) -> None:
        self.table, self.codecs = table, codecs
        self._codes: dict[str, IntArray] = {}
        self._numbers: dict[str, FloatArray] = {}

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def column(self, name: str) -> pa.ChunkedArray:
        """The cells of a column, in its own type."""
        return self.table.column(name)

    def cells(self, name: str) -> pa.Array:
        """The cells of a column, as plain values without a dictionary."""
        cells = plain_values(self.column(name))
        return cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells

    def codes(self, name: str) -> IntArray:
        """The position of each cell among the distinct ones as they appear, (n,) int64; null is one of them."""
        if name not in self._codes:
            self._codes[name] = codes_of(self.column(name))
        return self._codes[name]

    def numbers(self, name: str) -> FloatArray:
        """The cells of a column of numbers as its codec encodes them, (n,) float64; NaN where missing."""
        if name not in self._numbers:
            codec = self.codecs[name]
            assert isinstance(codec, NumberCodec)
            self._numbers[name] = codec.encode(self.column(name))
        return self._numbers[name]

    def replace(self, name: str, cells: pa.Array) -> None:
        """Give a column other cells."""
        at = self.table.schema.get_field_index(name)
        self.table = self.table.set_column(at, name, cells)
        self._codes.pop(name, None)
        self._numbers.pop(name, None)

    def put(self, name: str, rows: BoolArray, cells: pa.Array) -> None:
        """Give some rows of a column other cells, one for each row that is True; the others stay as they are.

        Parameters
        ----------
        name : str
        rows : (n,) bool
        cells : pa.Array
            m cells of the column's type.
        """
        at = np.arange(len(self))
        at[rows] = len(self) + np.arange(len(cells))
        self.replace(name, pa.chunked_array([*self.column(name).chunks, cells]).take(pa.array(at)))

    def write(self, name: str, rows: BoolArray, numbers: FloatArray) -> None:
        """Give some rows of a column of numbers other cells, by their numbers, (m,) float64; see `put`."""
        codec = self.codecs[name]
        assert isinstance(codec, NumberCodec)
        if rows.any():
            self.put(name, rows, codec.decode(numbers))

    def some_rows(self, rng: np.random.Generator, n_rows: int) -> IntArray:
        """Draw at most `n_rows` rows to look at first, in their order."""
        return np.sort(rng.choice(len(self), min(len(self), n_rows), replace=False))

    def take(self, rows: IntArray) -> Draft:
        """Some of the rows."""
        return Draft(self.table.take(pa.array(rows)), self.codecs)

    def is_level(self, name: str) -> bool:
        """Whether the column has levels whose cells may be kept."""
        return self.codecs[name].kind in LEVEL_KINDS

    def is_number(self, name: str) -> bool:
        """Whether the column has the face of a number, one that a few cells do not break."""
        return isinstance(self.codecs[name], NumberCodec)

    def words(self, name: str, row: int) -> str:
        """A cell as a message shows it."""
        cell = self.cells(name)[row]
        try:
            return repr(cell.as_py()) if not pt.is_temporal(cell.type) else str(cell.as_py())
        except (ValueError, OverflowError):
            return str(cell)
