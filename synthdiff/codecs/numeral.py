# ruff: noqa: D102 (what the methods do is said once, by the interface in column.py)
"""Numbers that are stored as text, such as ``$1,234.50`` or ``12.5%``: learnt as numbers, written as most of them are.

Only numbers that measure something: whole numbers without a unit are codes when somebody stores them as text. A few
cells that are no numbers do not matter, see `synthdiff.codecs.marks`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from pydantic import PlainValidator

from synthdiff.codecs.column import BoolArray, Claim, ColumnFacts, FloatArray, is_text, plain_values
from synthdiff.codecs.identifier import names_identifier
from synthdiff.codecs.marked import MarkedCodec
from synthdiff.codecs.marks import NO_MARKS, Marks, name_cells
from synthdiff.codecs.notation import Notation, Spelled
from synthdiff.codecs.numeric import FloatCodec, IntegerCodec
from synthdiff.codecs.reading import MIN_FEW, Reading
from synthdiff.codecs.variant import ONE_WAY, Variants
from synthdiff.data.schema import ColumnSchema
from synthdiff.errors import DataError, SchemaError
from synthdiff.record import Line, TupleOfParts, choose, read_as

_NONE_SPELLED = Spelled()


@dataclass(frozen=True, eq=False)
class NumeralCodec(MarkedCodec):
    """Numbers written as text, most in one way.

    Attributes
    ----------
    numeral : Notation
        How.
    number : FloatCodec or IntegerCodec
        The numbers.
    spelled : Spelled
        Numbers that are written otherwise.
    marks : Marks
        What cells without a number come out as.
    remarks : tuple of str
        The `notes`; they are not written.
    variants : Variants
        Several ways to write the numbers, where there are.
    """

    word: ClassVar[str] = "numeral"
    kind: ClassVar[str] = "numeric"

    numeral: Annotated[Notation, read_as(Notation)]
    number: Annotated[FloatCodec | IntegerCodec, PlainValidator(_read_number)]
    spelled: Annotated[Spelled, read_as(Spelled)] = _NONE_SPELLED
    marks: Annotated[Marks, read_as(Marks)] = NO_MARKS
    remarks: Annotated[tuple[Line, ...], *TupleOfParts] = ()
    variants: Annotated[Variants, read_as(Variants)] = ONE_WAY

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return is_text(dtype)

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        if not facts.is_text or facts.n_distinct < MIN_FEW:
            return Claim(False, "not text, or few enough values to be categories")
        found = Reading.of(facts.distinct, facts.counts)
        if found is None:
            return Claim(False, "hardly a value is a number")
        doubt = next(found.doubts(names_identifier(facts.name)), None)
        return Claim(False, doubt) if doubt else Claim(True, _in_words(facts, found))

    @classmethod
    def fit(cls, array: pa.ChunkedArray, column: ColumnSchema) -> Self:
        facts = ColumnFacts(column.name, array)
        found = Reading.of(facts.distinct, facts.counts)
        if found is None or not found.may_be_declared:
            raise SchemaError(_refusal(facts, found, column.kind), column=column.name)
        marks = Marks.fit(found.others, found.other_counts, array.null_count, column, found.is_word)
        codec = IntegerCodec if pt.is_integer(found.numbers.type) else FloatCodec
        number = codec.fit(pa.chunked_array([found.numbers.drop_null()]), column)
        remarks = (_remark(facts, found, marks),) if len(found.others) else ()
        if not found.variants.are_of_a_kind:
            remarks = (*remarks, _remark_on_ways(column.name, found.variants))
        return cls(column.name, array.type, found.notation, number, found.spelled(), marks, remarks, found.variants)

    @property
    def has_words(self) -> bool:
        return super().has_words or bool(self.numeral.style.null)

    def are_words(self, cells: pa.Array) -> BoolArray:
        null = self.numeral.style.null
        is_null = pc.fill_null(pc.equal(cells, null), False).to_numpy(zero_copy_only=False) if null else False
        return np.asarray(super().are_words(cells) | is_null)

    @property
    def resolution(self) -> float | None:
        return self.number.resolution

    @property
    def minimum(self) -> float:
        return self.number.minimum

    @property
    def maximum(self) -> float:
        return self.number.maximum

    def encode(self, array: pa.ChunkedArray | pa.Array) -> FloatArray:
        cells = plain_values(array)
        chunks = cells.chunks if isinstance(cells, pa.ChunkedArray) else [cells]
        return np.concatenate([np.empty(0), *(self._encode(chunk.cast(pa.string())) for chunk in chunks)])

    def _encode(self, cells: pa.Array) -> FloatArray:
        try:
            numbers = self._read(cells)
        except pa.ArrowInvalid as error:
            raise DataError(f"column {self.name!r}: {error}", column=self.name) from error
        strange = pc.and_(cells.is_valid(), numbers.is_null())
        if not self.has_words and pc.any(strange).as_py():
            value = cells.filter(strange)[0].as_py()
            message = f"column {self.name!r}: {value!r} is no number like {self._example!r}"
            raise DataError(message, column=self.name, value=value)
        return self.number.encode(numbers)

    def _read(self, cells: pa.Array) -> pa.Array:
        if self.variants.ways:
            return pa.array(self.variants.read(cells)[0], from_pandas=True)
        return self.numeral.read(cells, self.number.type)

    @cached_property
    def _example(self) -> str:
        return str(self.decode(np.array([self.maximum]))[0].as_py())

    def decode(self, values: FloatArray, rng: np.random.Generator | None = None) -> pa.Array:
        numbers = self.number.decode(values, rng)
        if self.variants.ways:
            values = numbers.fill_null(np.nan).to_numpy(zero_copy_only=False)
            cells = self.variants.write(values, rng)
        else:
            cells = self.spelled.write(numbers, self.numeral.write(numbers))
        return self.marks.write(cells, rng).cast(self.type)

    def to_dict(self) -> dict[str, Any]:
        written = {"numeral": asdict(self.numeral), "number": self.number.to_dict(), "spelled": self.spelled.to_dict()}
        ways = {"variants": self.variants.to_dict()} if self.variants.ways else {}
        return {**self.head(), **written, "marks": self.marks.to_dict(), **ways}


def _read_number(data: dict[str, Any]) -> FloatCodec | IntegerCodec:
    codecs: dict[str, type[FloatCodec] | type[IntegerCodec]] = {c.word: c for c in (FloatCodec, IntegerCodec)}
    return choose(codecs, data, "codec", "codec of numbers").from_dict(data)


def _in_words(facts: ColumnFacts, found: Reading) -> str:
    """What a column is taken for, to be read after "because"."""
    unit = (found.notation.before + found.notation.after).strip()
    with_unit, distinct = f" with {unit}" * bool(unit), f"{facts.n_distinct:,} distinct"
    n_others = int(found.other_counts.sum())
    if not n_others:
        return f"text, every value a number{with_unit}, {distinct}"
    cells = "cell" if n_others == 1 else "cells"
    return f"text, numbers{with_unit} like {found.example!r} but for {n_others:,} {cells}, {distinct}"


def _remark(facts: ColumnFacts, found: Reading, marks: Marks) -> str:
    """Which cells are no numbers, and what becomes of them."""
    n_others = int(found.other_counts.sum())
    words = pa.concat_arrays([found.unread, found.others.filter(pa.array(found.is_word))])
    are = "value is no number" if n_others == 1 else "values are no numbers"
    said = f"column {facts.name!r}: {n_others:,} {are} like {found.example!r} ({name_cells(facts.array, words)})"
    if not marks.words:
        return f"{said}: left missing"
    kept = ", ".join(repr(word) for word in marks.words[:3]) + ", ..." * (len(marks.words) > 3)
    rest = f", {marks.strays:,} left missing" * bool(marks.strays)
    return f"{said}: {kept} kept as often as they occur{rest}"


def _remark_on_ways(name: str, variants: Variants) -> str:
    """Which ways of writing are drawn."""
    units = ", ".join(repr(f"{way.notation.before}#{way.notation.after}") for way in variants.ways)
    return f"column {name!r}: numbers are written {units}; which one is drawn by the size of the number alone"


def _refusal(facts: ColumnFacts, found: Reading | None, kind: str) -> str:
    """Why a column cannot be of a kind, with a cell that is no number."""
    words = facts.distinct.cast(pa.string()) if found is None else found.unread
    few = "" if found is None else f" like {found.example!r}: {found.unread_share:.0%} of its values are none"
    where = name_cells(facts.array, words[:1])
    return f"column {facts.name!r} is declared {kind}, but its text ({where}) is not numbers in one way of writing{few}"
