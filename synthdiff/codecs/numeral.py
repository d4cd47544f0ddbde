# ruff: noqa: D102 (what the methods do is said once, by the interface in column.py)
"""Numbers that are stored as text, such as ``$1,234.50`` or ``12.5%``: learnt as numbers, written as they were.

Only numbers that measure something: whole numbers without a unit are codes when somebody stores them as text.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from pydantic import PlainValidator

from synthdiff.codecs.column import Claim, ColumnFacts, FloatArray, NumberCodec, is_text, plain_values
from synthdiff.codecs.numeric import FloatCodec, IntegerCodec
from synthdiff.data.cell import CellStyle, float_text
from synthdiff.data.delimited import parse_cells
from synthdiff.data.schema import ColumnSchema
from synthdiff.errors import DataError, SchemaError
from synthdiff.record import Word, choose, read_as

_NUMERAL = re.compile(r"(?P<before>[$€£¥]? ?)-?[0-9][0-9,]*(\.[0-9]+)?(?P<after> ?[%$€£¥]| [A-Za-z°/²³]{1,8}|)")
_MIN_DISTINCT = 50
_HEAD = 50


@dataclass(frozen=True)
class Numeral:
    """One way to write numbers.

    Attributes
    ----------
    before, after : str
        What stands around every number: a currency, a unit.
    thousands : bool
        Whether commas part thousands.
    style : CellStyle
        Decimals, and what stands for a missing number.
    """

    before: Word
    after: Word
    thousands: bool
    style: Annotated[CellStyle, read_as(CellStyle)]

    def read(self, cells: pa.ChunkedArray | pa.Array, dtype: pa.DataType) -> pa.ChunkedArray | pa.Array:
        """Read text as numbers of a type.

        Raises
        ------
        pyarrow.ArrowInvalid
            A cell is not written like this.
        """
        digits = self.strip(cells)
        is_missing = pc.and_(pc.equal(digits, self.style.null), self.style.null != "")
        digits = pc.if_else(pc.fill_null(is_missing, False), pa.scalar(None, digits.type), digits)
        return pc.utf8_trim_whitespace(digits).cast(dtype)

    def strip(self, cells: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
        """Leave only digits, the sign and the point."""
        if self.before or self.after:
            cells = pc.replace_substring_regex(cells, rf"^{re.escape(self.before)}|{re.escape(self.after)}$", "")
        return pc.replace_substring(cells, ",", "") if self.thousands else cells

    def write(self, numbers: pa.Array) -> pa.Array:
        """Write numbers as text, the inverse of `read`."""
        text = float_text(numbers, self.style) if pt.is_floating(numbers.type) else numbers.cast(pa.string())
        for _ in range(6 * self.thousands):
            text = pc.replace_substring_regex(text, r"^(-?[0-9]+)([0-9]{3})($|[.,])", r"\1,\2\3")
        text = pc.binary_join_element_wise(self.before, text, self.after, "")
        return text.fill_null(self.style.null) if self.style.null else text


@dataclass(frozen=True, eq=False)
class NumeralCodec(NumberCodec):
    """Numbers written as text, all in one way.

    Attributes
    ----------
    numeral : Numeral
        How.
    number : FloatCodec or IntegerCodec
        The numbers.
    """

    word: ClassVar[str] = "numeral"
    kind: ClassVar[str] = "numeric"

    numeral: Annotated[Numeral, read_as(Numeral)]
    number: Annotated[FloatCodec | IntegerCodec, PlainValidator(_read_number)]

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return is_text(dtype)

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        if not facts.is_text or facts.n_distinct < _MIN_DISTINCT:
            return Claim(False, "not text, or few enough values to be categories")
        found = _find_numeral(facts.distinct)
        if found is None:
            return Claim(False, "not every value is a number in one way of writing")
        numeral, numbers = found
        unit = (numeral.before + numeral.after).strip()
        if pt.is_integer(numbers.type) and not unit and not numeral.thousands:
            return Claim(False, "whole numbers without a unit that are stored as text are codes")
        return Claim(True, f"text, every value a number{f' with {unit}' * bool(unit)}, {facts.n_distinct:,} distinct")

    @classmethod
    def fit(cls, array: pa.ChunkedArray, column: ColumnSchema) -> Self:
        cells = pc.unique(plain_values(array).drop_null())
        found = _find_numeral(cells)
        if found is None:
            raise SchemaError(
                f"column {column.name!r} is declared numeric, but its text (such as {cells[0].as_py()!r}) is not "
                "numbers in one way of writing",
                column=column.name,
            )
        numeral, numbers = found
        codec = IntegerCodec if pt.is_integer(numbers.type) else FloatCodec
        return cls(column.name, array.type, numeral, codec.fit(numbers, column))

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
        try:
            return self.number.encode(self.numeral.read(plain_values(array), self.number.type))
        except pa.ArrowInvalid as error:
            raise DataError(f"column {self.name!r}: {error}", column=self.name) from error

    def decode(self, values: FloatArray, rng: np.random.Generator | None = None) -> pa.Array:
        return self.numeral.write(self.number.decode(values, rng)).cast(self.type)

    def to_dict(self) -> dict[str, Any]:
        return {**self.head(), "numeral": asdict(self.numeral), "number": self.number.to_dict()}


def _read_number(data: dict[str, Any]) -> FloatCodec | IntegerCodec:
    codecs: dict[str, type[FloatCodec] | type[IntegerCodec]] = {c.word: c for c in (FloatCodec, IntegerCodec)}
    return choose(codecs, data, "codec", "codec of numbers").from_dict(data)


def _find_numeral(cells: pa.Array) -> tuple[Numeral, pa.ChunkedArray] | None:
    """How distinct strings write numbers, and the numbers; None where a string would not come back to the letter."""
    matches = [match for cell in cells[:_HEAD].to_pylist() if (match := _NUMERAL.fullmatch(cell))]
    if not matches:
        return None
    thousands = any("," in match[0] for match in matches)
    numeral = Numeral(matches[0]["before"], matches[0]["after"], thousands, CellStyle())
    column, style = parse_cells(pa.chunked_array([numeral.strip(cells)]))
    if not (pt.is_integer(column.type) or pt.is_floating(column.type)):
        return None
    numeral = Numeral(numeral.before, numeral.after, thousands, style)
    if not numeral.write(column.combine_chunks()).cast(cells.type).equals(cells):
        return None
    return numeral, column.drop_null()
