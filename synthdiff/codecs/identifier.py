# ruff: noqa: D102 (what the methods do is said once, by the interface in column.py)
"""Identifiers: what tells rows apart. Never learnt; made up anew, distinct over a sample and in the same format."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from pydantic import PlainValidator

from synthdiff.codecs.column import (
    BoolArray,
    Claim,
    ColumnFacts,
    FreeCodec,
    IntArray,
    is_text,
    plain_values,
)
from synthdiff.codecs.counter import Counter, TextCounter
from synthdiff.codecs.template import Template
from synthdiff.codecs.tick import from_ticks, tick_zero, to_ticks
from synthdiff.data.schema import ColumnSchema
from synthdiff.errors import SchemaError
from synthdiff.record import Share, choose, read_as, require, without

_SURE = {"id", "ids", "uid", "uuid", "guid", "pid", "oid", "cid", "key", "pk", "rowid", "rownum", "ssn", "iban", "isbn"}
_SURE_IF_LAST = {
    "no",
    "nr",
    "num",
    "number",
    "code",
    "idx",
    "index",
    "ref",
    "reference",
    "serial",
    "sku",
    "hash",
    "token",
}
_INDEX_NAME = re.compile(r"__index_level_\d+__|Unnamed: \d+")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_MIN_VALUES = 20
_NEARLY = 0.98
_YEARS = (1800, 2200)
_FORMS: dict[str, type[TextCounter] | type[Template]] = {"counter": TextCounter, "template": Template}
# Whole numbers up to here have a float each.
_EXACT = {pa.float16(): 2**11, pa.float32(): 2**24, pa.float64(): 2**53}


def names_identifier(name: str) -> bool:
    """Say whether a column's name is that of an identifier.

    Examples
    --------
    >>> [names_identifier(name) for name in ("PassengerId", "order_no", "Unnamed: 0", "no_of_adults", "paid")]
    [True, True, True, False, False]
    """
    words = [word.casefold() for word in _WORDS.findall(name)]
    last = set(words[-1:])
    return bool(_SURE & set(words) or _SURE_IF_LAST & last or _INDEX_NAME.fullmatch(name))


@dataclass(frozen=True, eq=False)
class NumberIdentifierCodec(FreeCodec):
    """Identifiers stored as integers, as decimals without a fraction, or as whole floats.

    Attributes
    ----------
    counter : Counter
        The numbers to come.
    missing : float
        Share of missing cells in the real column.
    """

    word: ClassVar[str] = "number_identifier"
    kind: ClassVar[str] = "identifier"

    counter: Annotated[Counter, read_as(Counter)]
    missing: Share

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return bool(pt.is_integer(dtype) or pt.is_floating(dtype) or (pt.is_decimal(dtype) and dtype.scale == 0))

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        if not cls.accepts(facts.type):
            return Claim(False, f"{facts.type} is not a number")
        if facts.n_values < 2 or facts.n_distinct < _NEARLY * facts.n_values:
            return Claim(False, "numbers repeat")
        numbers = _whole_numbers(facts.distinct)
        if numbers is None:
            return Claim(False, "numbers have decimals")
        low, high = int(numbers.min()), int(numbers.max())
        is_named, is_distinct = names_identifier(facts.name), facts.n_distinct == facts.n_values
        are_years = _YEARS[0] <= low <= high <= _YEARS[1]
        counts_rows = is_distinct and high - low + 1 == facts.n_values
        if counts_rows and (is_named or (facts.n_values >= _MIN_VALUES and not are_years)):
            return Claim(True, "distinct consecutive numbers")
        if is_named and (is_distinct or facts.n_values >= _MIN_VALUES):
            return Claim(True, f"{_how_distinct(facts)} whole numbers, and the name of an identifier")
        return Claim(False, "neither consecutive numbers nor the name of an identifier")

    @classmethod
    def fit(cls, array: pa.ChunkedArray, column: ColumnSchema) -> Self:
        numbers = _whole_numbers(array.drop_null())
        if numbers is None:
            raise SchemaError(
                f"column {column.name!r} is declared identifier, but its numbers have decimals", column=column.name
            )
        return cls(column.name, array.type, Counter.fit(numbers, *_range(array.type)), _missing(array))

    @property
    def null_rate(self) -> float:
        return self.missing

    def generate(self, start: int, n: int, rng: np.random.Generator, present: BoolArray | None = None) -> pa.Array:
        numbers = self.counter.numbers(start, n, rng)
        present = _draw_present(n, self.missing, rng) if present is None else present
        if pt.is_floating(self.type):
            return pa.array(numbers.astype(np.float64), mask=~present).cast(self.type)
        return from_ticks(numbers, present, self.type)

    def to_dict(self) -> dict[str, Any]:
        return {**self.head(), "counter": asdict(self.counter), "missing": self.missing}

    def check(self) -> None:
        super().check()
        bounds = _range(self.type)
        require((self.counter.bottom, self.counter.top) == bounds, f"{self.type} holds numbers from {bounds}")


@dataclass(frozen=True, eq=False)
class TextIdentifierCodec(FreeCodec):
    """Identifiers stored as strings: numbers between fixed texts, or codes of one length.

    Attributes
    ----------
    form : TextCounter or Template
        The strings to come.
    missing : float
        Share of missing cells in the real column.
    """

    word: ClassVar[str] = "text_identifier"
    kind: ClassVar[str] = "identifier"

    form: Annotated[TextCounter | Template, PlainValidator(_read_form)]
    missing: Share

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return is_text(dtype)

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        if not facts.is_text:
            return Claim(False, f"{facts.type} is not text")
        if facts.n_values < 2 or facts.n_distinct < _NEARLY * facts.n_values:
            return Claim(False, "strings repeat")
        if facts.n_values < _MIN_VALUES and not names_identifier(facts.name):
            return Claim(False, f"too few to tell, and {facts.name!r} is not the name of an identifier")
        form = _find_form(facts.distinct)
        if form is None:
            return Claim(False, "strings have no common format")
        example = form.write(0, 1, np.random.default_rng(0))[0].as_py()
        return Claim(True, f"{_how_distinct(facts)} strings in one format, like the made-up {example!r}")

    @classmethod
    def fit(cls, array: pa.ChunkedArray, column: ColumnSchema) -> Self:
        cells = pc.unique(plain_values(array).drop_null())
        form = _find_form(cells) or TextCounter(f"{column.name}_", "", 6, Counter(0, 1, 0, 10**18 - 1))
        return cls(column.name, array.type, form, _missing(array))

    @property
    def null_rate(self) -> float:
        return self.missing

    def generate(self, start: int, n: int, rng: np.random.Generator, present: BoolArray | None = None) -> pa.Array:
        cells = self.form.write(start, n, rng)
        present = _draw_present(n, self.missing, rng) if present is None else present
        if not present.all():
            cells = pc.if_else(pa.array(present), cells, pa.scalar(None, cells.type))
        return cells.cast(self.type)

    def to_dict(self) -> dict[str, Any]:
        form = next(word for word, form in _FORMS.items() if isinstance(self.form, form))
        return {**self.head(), "form": form, **self.form.to_dict(), "missing": self.missing}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        own = ("codec", "name", "type", "missing")
        head = {key: data[key] for key in own if key in data}
        return super().from_dict({**head, "form": without(data, *own)})


def _read_form(data: dict[str, Any]) -> TextCounter | Template:
    return choose(_FORMS, data, "form", "form").from_dict(without(data, "form"))


def _find_form(cells: pa.Array) -> TextCounter | Template | None:
    return (TextCounter.fit(cells) if len(cells) > 1 else None) or (Template.fit(cells) if len(cells) else None)


def _whole_numbers(values: pa.Array | pa.ChunkedArray) -> IntArray | None:
    """Ticks of numbers without decimals."""
    if not pt.is_floating(values.type):
        return to_ticks(values)[0]
    floats = values.cast(pa.float64()).to_numpy()
    if not (np.abs(floats) <= _EXACT[values.type]).all() or (floats != np.floor(floats)).any():
        return None
    return np.asarray(floats, dtype=np.int64)


def _range(dtype: pa.DataType) -> tuple[int, int]:
    """The lowest and the highest tick that a type can hold."""
    if pt.is_floating(dtype):
        return -_EXACT[dtype], _EXACT[dtype]
    if pt.is_decimal(dtype):
        most = 10 ** min(dtype.precision, 18) - 1
        return -most, most
    limits = np.iinfo(dtype.to_pandas_dtype())
    return int(limits.min) + tick_zero(dtype), int(limits.max) + tick_zero(dtype)


def _missing(array: pa.ChunkedArray) -> float:
    return float(array.null_count / max(len(array), 1))


def _draw_present(n: int, missing: float, rng: np.random.Generator) -> BoolArray:
    return rng.random(n) >= missing if missing else np.ones(n, np.bool_)


def _how_distinct(facts: ColumnFacts) -> str:
    return "distinct" if facts.n_distinct == facts.n_values else "nearly all distinct"
