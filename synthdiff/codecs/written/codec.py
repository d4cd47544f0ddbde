# ruff: noqa: D102 (what the methods do is said once, by the interface in column.py)
"""Moments and durations that are stored as text or as digits: learnt as numbers, written as they were."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar, Self, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from pydantic import PlainValidator

from synthdiff.codecs.column import Claim, ColumnFacts, FloatArray, IntArray, is_text, plain_values
from synthdiff.codecs.datetime import step_in_words
from synthdiff.codecs.interleave import interleave
from synthdiff.codecs.lattice import LatticeCodec
from synthdiff.codecs.marked import MarkedCodec
from synthdiff.codecs.marks import NO_MARKS, Marks
from synthdiff.codecs.written.belief import DAYS
from synthdiff.codecs.written.declared import read_declared
from synthdiff.codecs.written.find import find_writing
from synthdiff.codecs.written.mixture import Mixture
from synthdiff.codecs.written.pattern import YEARS, Pattern
from synthdiff.codecs.written.reading import DAY, DIGITS, read_writing
from synthdiff.codecs.written.span import Span
from synthdiff.codecs.written.writing import Way, Writing, way_of
from synthdiff.data.schema import ColumnSchema
from synthdiff.errors import DataError, SchemaError
from synthdiff.record import Line, read_as, require


def _restore_mixture(data: Any) -> Mixture | None:
    return None if data is None else Mixture.from_dict(data)


@dataclass(frozen=True, eq=False)
class WrittenCodec(MarkedCodec, LatticeCodec):
    """Moments or lengths of time written as text.

    Attributes
    ----------
    pattern : Pattern or Span
        How most of them are written.
    mixture : Mixture or None
        How the others are; None where all are written in one way.
    marks : Marks
        What stands where no moment is.
    remarks : tuple of str
        What the fit has to say; not stored.
    """

    pattern: Annotated[Pattern | Span, PlainValidator(way_of)]
    mixture: Annotated[Mixture | None, PlainValidator(_restore_mixture)] = None
    marks: Annotated[Marks, read_as(Marks)] = NO_MARKS
    remarks: tuple[Line, ...] = ()

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return is_text(dtype)

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        if pt.is_dictionary(facts.type) or not cls.accepts(facts.type) or facts.n_distinct == 0:
            return Claim(False, f"{facts.type} is not text")
        writing = facts.find_once(find_moments)
        if writing is None or writing.kind != cls.kind:
            return Claim(False, f"not every value is a {cls.kind} in one way of writing")
        reading = read_writing(writing, facts.counts)
        steps = step_in_words(reading.lattice(), DAY if cls.kind == "date" else 1)
        stored = "text" if facts.is_text else "integers" if pt.is_integer(facts.type) else "whole floats"
        n_odd, n_more = int(reading.odd.sum()), len(writing.ways) - 1
        values = f"every value a {cls.kind}" if not n_odd else f"all but {n_odd:,} distinct values a {cls.kind}"
        more = f" or in {n_more} other way{'s' * (n_more > 1)}" if n_more else ""
        return Claim(True, f"{stored}, {values} written {writing.ways[0].text}{more}{steps}")

    @classmethod
    def fit(cls, array: pa.ChunkedArray, column: ColumnSchema) -> Self:
        text = _as_text(array)
        if text is None:
            raise SchemaError(
                f"column {column.name!r} holds {array.type}, which cannot be {cls.kind}", column=column.name
            )
        found = pc.value_counts(text.drop_null())
        cells, counts = found.field("values"), found.field("counts").to_numpy()
        if column.format is not None:
            writing: Writing | None = read_declared(
                cells, column.format, column.name, lambda cell: int(pc.index(text, cell).as_py())
            )
        else:
            writing = find_writing(cells, declared=cls.kind)
        kind = None if writing is None else writing.kind
        made = next((made for made in _CODECS if made.kind == kind and made.accepts(array.type)), None)
        if writing is None or made is None or not (kind == cls.kind or (kind, cls.kind) == ("date", "datetime")):
            raise SchemaError(
                f"column {column.name!r} is declared {cls.kind}, but its values (such as {cells[0].as_py()!r}) are in "
                'no known way of writing; name it, for example "format": "%d/%m/%Y"',
                column=column.name,
            )
        reading = read_writing(writing, counts)
        odd = pa.array(reading.odd)
        marks = Marks.fit(cells.filter(odd), counts[reading.odd], text.null_count, column)
        remarks = (*_remark_order(column.name, writing), *marks.remarks(column.name, text, cells.filter(odd), "moment"))
        lattice = reading.lattice()
        mixture = reading.mixture(lattice)
        return cast(Self, made(column.name, array.type, lattice, writing.ways[0], mixture, marks, remarks))

    @property
    def has_days(self) -> bool:
        """Whether days are written, rather than months or years alone."""
        return isinstance(self.pattern, Span) or bool(self.pattern.counts & DAYS) or self.kind != "date"

    @cached_property
    def _ways(self) -> list[Way]:
        """All ways of writing, the most frequent one first."""
        return [self.pattern, *map(way_of, self.mixture.others if self.mixture else ())]

    @property
    def _per_second(self) -> int:
        return int(10 ** max(DIGITS[way.unit] for way in self._ways))

    @property
    def _scale(self) -> int:
        """Ticks of the ways of writing in a tick of the lattice: dates are counted in days."""
        return DAY if self.kind == "date" else 1

    def encode(self, array: pa.ChunkedArray | pa.Array) -> FloatArray:
        text = _as_text(array)
        if text is None:
            raise DataError(
                f"column {self.name!r} holds numbers with decimals, which are no {self.kind}", column=self.name
            )
        cells = text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
        ticks, valid = np.zeros(len(cells), np.int64), np.zeros(len(cells), np.bool_)
        for way in self._ways:
            left = np.flatnonzero(~valid)
            if len(left):
                read, fits = way.read(cells if len(left) == len(cells) else cells.take(pa.array(left)))
                factor = self._per_second // 10 ** DIGITS[way.unit]
                shift = way.offset * self._per_second if self.mixture and self.mixture.utc else 0
                ticks[left[fits]] = read[fits] * factor - shift
                valid[left[fits]] = True
        self._check_read(cells, valid, self.pattern.text)
        return np.where(valid, self.lattice.to_values(ticks // self._scale), np.nan)

    def decode(self, values: FloatArray, rng: np.random.Generator | None = None) -> pa.Array:
        valid = ~np.isnan(values)
        ticks = self.lattice.to_ticks(np.where(valid, values, self.minimum))
        return self._with_marks(self._write(ticks, rng), valid, rng)

    def _write(self, ticks: IntArray, rng: np.random.Generator | None) -> pa.Array:
        if self.mixture is None:
            return self.pattern.write(ticks * self._scale)
        which = self.mixture.choose(self.lattice.to_values(ticks), rng)
        parts, places = [], []
        for k, way in enumerate(self._ways):
            rows = np.flatnonzero(which == k)
            shift = way.offset * self._per_second if self.mixture.utc else 0
            factor = self._per_second // 10 ** DIGITS[way.unit]
            parts.append(way.write((ticks[rows] * self._scale + shift) // factor))
            places.append(rows)
        return interleave(parts, places)

    def to_dict(self) -> dict[str, Any]:
        data = {**self.head(), "pattern": self.pattern.text, "lattice": self.lattice.to_dict()}
        if self.mixture is not None:
            data["mixture"] = self.mixture.to_dict()
        return data | self._marks_to_dict()

    def check(self) -> None:
        super().check()
        kinds = {way.kind for way in self._ways}
        allowed = {"date", "datetime"} if self.kind == "datetime" else {self.kind}
        require(self.kind in kinds <= allowed, f"{self.pattern.text!r} does not write a {self.kind}")
        per = 1 if self.kind == "date" else self._per_second
        require(self.lattice.per == per, f"{self.pattern.text!r} has other ticks a unit")
        if self.kind != "duration":
            earliest, latest = (second * self._per_second // self._scale for second in YEARS)
            require(earliest <= self.lattice.low <= self.lattice.high <= latest, "a moment outside the years 0 to 9999")


@dataclass(frozen=True, eq=False)
class WrittenDateCodec(WrittenCodec):
    """Calendar days as text, or as integers such as 20240131; encoded in days."""

    word: ClassVar[str] = "written_date"
    kind: ClassVar[str] = "date"

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return _holds_digits(dtype)


@dataclass(frozen=True, eq=False)
class WrittenDatetimeCodec(WrittenCodec):
    """Timestamps as text, or as integers such as 20240131235959; encoded in seconds."""

    word: ClassVar[str] = "written_datetime"
    kind: ClassVar[str] = "datetime"

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return _holds_digits(dtype)


@dataclass(frozen=True, eq=False)
class WrittenTimeCodec(WrittenCodec):
    """Times of the day as text, or as integers such as 930; encoded in seconds."""

    word: ClassVar[str] = "written_time"
    kind: ClassVar[str] = "time"

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return _holds_digits(dtype)


@dataclass(frozen=True, eq=False)
class WrittenDurationCodec(WrittenCodec):
    """Lengths of time as text; encoded in seconds."""

    word: ClassVar[str] = "written_duration"
    kind: ClassVar[str] = "duration"


_CODECS: tuple[type[WrittenCodec], ...] = (
    WrittenDateCodec,
    WrittenDatetimeCodec,
    WrittenTimeCodec,
    WrittenDurationCodec,
)


def find_moments(facts: ColumnFacts) -> Writing | None:
    """Find out how the distinct cells of a column are written; None where they are no moments."""
    cells = _as_text(facts.distinct)
    return None if cells is None else find_writing(cells)


def _holds_digits(dtype: pa.DataType) -> bool:
    return is_text(dtype) or bool(pt.is_integer(dtype) or pt.is_floating(dtype))


def _as_text(cells: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array | None:
    """The cells as strings; None where they are numbers with decimals."""
    if pt.is_floating(cells.type):
        try:
            cells = cells.cast(pa.int64())
        except pa.ArrowInvalid:
            return None
    return cells.cast(pa.string()) if pt.is_integer(cells.type) else plain_values(cells)


def _remark_order(name: str, writing: Writing) -> tuple[str, ...]:
    if not writing.unsure:
        return ()
    cell, chosen, other = writing.unsure
    return (
        f"column {name!r}: {cell!r} may be written {chosen} or {other}, and no value decides; it is read as the first "
        f'(name another in the schema: "format": "{other}")',
    )
