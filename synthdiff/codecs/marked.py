# ruff: noqa: D102 (what the methods do is said once, by the interface in column.py)
"""Numbers that are stored as text in which a few cells are not written like the rest."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.codecs.column import BoolArray, ColumnFacts, FloatArray, IntArray, NumberCodec, is_text, plain_values
from synthdiff.codecs.marks import NO_MARKS, Marks
from synthdiff.data.schema import ColumnSchema
from synthdiff.errors import DataError


class MarkedCodec(NumberCodec):
    """A column of numbers in text, with marks; its subclasses have the fields.

    Attributes
    ----------
    marks : Marks
        Cells that hold no number, and what becomes of them.
    remarks : tuple of str
        What the fit has to say; not stored.
    """

    marks: Marks
    remarks: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        return self.remarks

    @property
    def has_words(self) -> bool:
        return self.marks.are_there

    @property
    def drops_cells(self) -> bool:
        return self.marks.strays > 0

    def are_words(self, cells: pa.Array) -> BoolArray:
        """Say which strings, (n,), are words that the fitted data had in place of numbers."""
        return self.marks.are_in(cells)

    def _check_read(self, cells: pa.Array, valid: BoolArray, form: str) -> None:
        """Refuse a cell that was not read and stands for no missing number, where the fitted data had no such cell."""
        if self.marks.strays:
            return
        known = valid | cells.is_null().to_numpy(zero_copy_only=False) | self.marks.are_in(cells)
        if not known.all():
            row = int(np.argmin(known))
            value = cells[row].as_py()
            message = f"column {self.name!r}, row {row} is {value!r}, which is not written {form}"
            raise DataError(message, column=self.name, row=row, value=value)

    def _with_marks(self, written: pa.Array, valid: BoolArray, rng: np.random.Generator | None) -> pa.Array:
        """Numbers as they are written, with marks where they are missing, in the type of the column."""
        cells = pc.if_else(pa.array(valid), written, pa.scalar(None, written.type))
        return self.marks.write(cells, rng).cast(self.type)

    def _marks_to_dict(self) -> dict[str, Any]:
        """The marks for a file, where there are any."""
        return {} if self.marks == NO_MARKS else {"marks": self.marks.to_dict()}


class PlacedCodec(MarkedCodec):
    """Text that is learnt as its place among all that its form allows; its subclasses have the fields.

    Attributes
    ----------
    low, high : int
        The lowest and the highest place seen.
    """

    low: int
    high: int

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return is_text(dtype)

    @classmethod
    def fit(cls, array: pa.ChunkedArray, column: ColumnSchema) -> Self:
        return cls.fit_facts(ColumnFacts(column.name, array), column)

    @property
    def minimum(self) -> float:
        return float(self.low)

    @property
    def maximum(self) -> float:
        return float(self.high)

    @property
    @abstractmethod
    def _example(self) -> str:
        """How most cells are written, for messages."""

    @abstractmethod
    def _read(self, cells: pa.Array) -> tuple[IntArray, BoolArray]:
        """Places of (n,) strings, and which strings have one."""

    @abstractmethod
    def _write(self, places: IntArray) -> pa.Array:
        """Write (n,) places, the inverse of `_read`."""

    def encode(self, array: pa.ChunkedArray | pa.Array) -> FloatArray:
        text = plain_values(array)
        cells = text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
        places, valid = self._read(cells)
        self._check_read(cells, valid, self._example)
        return np.where(valid, places.astype(np.float64), np.nan)

    def decode(self, values: FloatArray, rng: np.random.Generator | None = None) -> pa.Array:
        valid = ~np.isnan(values)
        places = np.rint(np.clip(np.where(valid, values, self.low), self.low, self.high)).astype(np.int64)
        return self._with_marks(self._write(places), valid, rng)
