# ruff: noqa: D102 (what the methods do is said once, by the interface in column.py)
"""Dates, times and timestamps that are stored as text or as digits: learnt as moments, written as they were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.codecs.column import Claim, ColumnFacts, FloatArray, IntArray, is_text, plain_values
from synthdiff.codecs.datetime import step_in_words
from synthdiff.codecs.lattice import Lattice, LatticeCodec
from synthdiff.codecs.pattern import Pattern, find_pattern
from synthdiff.codecs.tick import find_lattice, from_ticks, ticks_per_unit
from synthdiff.data.schema import ColumnSchema
from synthdiff.errors import DataError, SchemaError
from synthdiff.record import read_as, require

_DAY = 86_400
_YEARS = -62_167_219_200, 253_402_300_799
"""Seconds of the years 0 to 9999, which have four digits."""


@dataclass(frozen=True, eq=False)
class WrittenCodec(LatticeCodec):
    """Moments written as text, all in one pattern.

    Attributes
    ----------
    pattern : Pattern
        How.
    lattice : Lattice
        The moments that can occur.
    """

    pattern: Annotated[Pattern, read_as(Pattern)]

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return is_text(dtype)

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        if pt.is_dictionary(facts.type) or not cls.accepts(facts.type) or facts.n_distinct == 0:
            return Claim(False, f"{facts.type} is not text")
        cells = _as_text(facts.distinct)
        pattern = find_pattern(cells, cls.kind)
        if pattern is None:
            return Claim(False, f"not every value is a {cls.kind} in one way of writing")
        steps = step_in_words(_lattice(pattern, pattern.read(cells)[0]), _DAY if cls.kind == "date" else 1)
        stored = "text" if facts.is_text else "integers"
        return Claim(True, f"{stored}, every value a {cls.kind} written {pattern.text}{steps}")

    @classmethod
    def fit(cls, array: pa.ChunkedArray, column: ColumnSchema) -> Self:
        cells = _as_text(pc.unique(array.drop_null()))
        pattern = find_pattern(cells, cls.kind) if column.format is None else Pattern(column.format)
        if pattern is None:
            raise SchemaError(
                f"column {column.name!r} is declared {cls.kind}, but its values (such as {cells[0].as_py()!r}) are in "
                'no single known way of writing; name it, for example "format": "%d/%m/%Y"',
                column=column.name,
            )
        ticks, valid = pattern.read(cells)
        if not valid.all():
            value = cells[int(np.argmin(valid))].as_py()
            raise SchemaError(f"column {column.name!r}: {value!r} is not written {pattern.text}", column=column.name)
        return cls(column.name, array.type, _lattice(pattern, ticks), pattern)

    def encode(self, array: pa.ChunkedArray | pa.Array) -> FloatArray:
        cells = _as_text(array)
        ticks, valid = self.pattern.read(cells)
        present = (
            cells.is_valid().to_numpy(zero_copy_only=False)
            if isinstance(cells, pa.Array)
            else cells.is_valid().to_numpy()
        )
        if (valid != present).any():
            row = int(np.argmax(valid != present))
            value = cells[row].as_py()
            message = f"column {self.name!r}, row {row} is {value!r}, which is not written {self.pattern.text}"
            raise DataError(message, column=self.name, row=row, value=value)
        return np.where(valid, self.lattice.to_values(ticks // _scale(self.pattern)), np.nan)

    def decode(self, values: FloatArray, rng: np.random.Generator | None = None) -> pa.Array:
        valid = ~np.isnan(values)
        ticks = self.lattice.to_ticks(np.where(valid, values, self.minimum)) * _scale(self.pattern)
        written = self.pattern.write(ticks)
        return pc.if_else(pa.array(valid), written, pa.scalar(None, written.type)).cast(self.type)

    def to_dict(self) -> dict[str, Any]:
        return {**self.head(), "pattern": self.pattern.text, "lattice": self.lattice.to_dict()}

    def check(self) -> None:
        super().check()
        require(self.pattern.kind == self.kind, f"{self.pattern.text!r} does not write a {self.kind}")
        per = 1 if self.kind == "date" else ticks_per_unit(pa.timestamp(self.pattern.unit))
        require(self.lattice.per == per, f"{self.pattern.text!r} has other ticks a unit")
        earliest, latest = (second * per // _scale(self.pattern) for second in _YEARS)
        require(earliest <= self.lattice.low <= self.lattice.high <= latest, "a moment outside the years 0 to 9999")


@dataclass(frozen=True, eq=False)
class WrittenDateCodec(WrittenCodec):
    """Calendar days as text, or as integers such as 20240131; encoded in days."""

    word: ClassVar[str] = "written_date"
    kind: ClassVar[str] = "date"

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return is_text(dtype) or bool(pt.is_integer(dtype))


@dataclass(frozen=True, eq=False)
class WrittenDatetimeCodec(WrittenCodec):
    """Timestamps as text; encoded in seconds."""

    word: ClassVar[str] = "written_datetime"
    kind: ClassVar[str] = "datetime"


@dataclass(frozen=True, eq=False)
class WrittenTimeCodec(WrittenCodec):
    """Times of the day as text; encoded in seconds."""

    word: ClassVar[str] = "written_time"
    kind: ClassVar[str] = "time"


def _scale(pattern: Pattern) -> int:
    """Seconds of the pattern in a tick of the lattice: dates are counted in days."""
    return _DAY if pattern.kind == "date" else 1


def _lattice(pattern: Pattern, ticks: IntArray) -> Lattice:
    dtype = pa.date32() if pattern.kind == "date" else pa.timestamp(pattern.unit)
    return find_lattice(from_ticks(ticks // _scale(pattern), np.ones(len(ticks), np.bool_), dtype))


def _as_text(cells: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    return cells.cast(pa.string()) if pt.is_integer(cells.type) else plain_values(cells)
