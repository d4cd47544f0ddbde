# ruff: noqa: D102 (what the methods do is said once, by the interface in column.py)
"""Identifiers: what tells rows apart. Never learnt; made up anew, distinct over a sample and in the same format."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from pydantic import BeforeValidator, Field, PlainValidator

from synthdiff.codecs.address.network import Network
from synthdiff.codecs.codes.code import Code
from synthdiff.codecs.codes.counter import Counter
from synthdiff.codecs.codes.earlier import counter_as_today, text_as_today
from synthdiff.codecs.codes.group import distinct
from synthdiff.codecs.codes.mixed import Mixed
from synthdiff.codecs.codes.sequence import Sequence, Stretch
from synthdiff.codecs.codes.shuffle import MOST, WordArray
from synthdiff.codecs.codes.text_counter import TextCounter
from synthdiff.codecs.codes.whole import holds_whole, read_text, read_whole, whole_range, write_text, write_whole
from synthdiff.codecs.column import (
    BoolArray,
    Claim,
    ColumnFacts,
    FreeCodec,
    is_text,
    plain_values,
)
from synthdiff.data.schema import ColumnSchema
from synthdiff.errors import SchemaError
from synthdiff.record import Count, Line, Share, as_tuple, choose, require, without

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
_MEANT = {"code", "codes", "sku", "zip", "postal", "postcode"}
_INDEX_NAME = re.compile(r"__index_level_\d+__|Unnamed: \d+")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_MIN_VALUES = 20
_NEARLY = 0.98
_MOSTLY = 0.5
_AMPLE = 10
_MAX_DIGITS = 18
# Strings that say what all are like.
_ENOUGH = 20_000
_MILLION = Sequence(10**6, (Stretch(0, 10**6),))
_YEARS = (1800, 2200)
Form: TypeAlias = TextCounter | Code | Network | Mixed
"""What strings are made by."""
_FORMS: dict[str, type[Form]] = {"counter": TextCounter, "code": Code, "network": Network, "mixed": Mixed}


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


def names_code(name: str) -> bool:
    """Say whether a column's name is that of a code, which means something: of a product, of a place.

    Examples
    --------
    >>> [names_code(name) for name in ("zip_code", "SKU", "Order ID")]
    [True, True, False]
    """
    return bool(_MEANT & {word.casefold() for word in _WORDS.findall(name)})


@dataclass(frozen=True, eq=False)
class NumberIdentifierCodec(FreeCodec):
    """Identifiers stored as integers, as decimals without a fraction, or as whole floats.

    Attributes
    ----------
    counter : Counter, Code or TextCounter
        The numbers to come; in text where dates or check digits are in them, or more than 18 digits.
    missing : float
        Share of missing cells in the real column.
    n_real : int
        Distinct real identifiers.
    lacks : tuple of str
        What real ones hold of other columns in all rows and there is no room to keep, in words.
    """

    word: ClassVar[str] = "number_identifier"
    kind: ClassVar[str] = "identifier"

    counter: Annotated[Counter | Code | TextCounter, PlainValidator(_read_numbers)]
    missing: Share
    n_real: Count = 0
    lacks: Annotated[tuple[Line, ...], BeforeValidator(as_tuple), Field(max_length=256)] = ()

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return holds_whole(dtype)

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        if not cls.accepts(facts.type):
            return Claim(False, f"{facts.type} is not a number")
        if facts.n_values < 2 or facts.n_distinct < _NEARLY * facts.n_values:
            return Claim(False, "numbers repeat")
        numbers = read_whole(facts.distinct)
        is_named, is_distinct = names_identifier(facts.name), facts.n_distinct == facts.n_values
        if numbers is None:
            is_code = is_named and pt.is_decimal(facts.type) and facts.n_values >= _MIN_VALUES
            return Claim(is_code, "whole numbers of many digits" if is_code else "numbers have decimals")
        low, high = int(numbers.min()), int(numbers.max())
        are_years = _YEARS[0] <= low <= high <= _YEARS[1]
        counts_rows = is_distinct and high - low + 1 == facts.n_values
        if counts_rows and (is_named or (facts.n_values >= _MIN_VALUES and not are_years)):
            return Claim(True, "distinct consecutive numbers")
        if is_named and (is_distinct or facts.n_values >= _MIN_VALUES):
            return Claim(True, f"{_how_distinct(facts)} whole numbers, and the name of an identifier")
        code = _find_code(_some(facts.distinct)) if facts.n_values >= _MIN_VALUES and low >= 0 else None
        if code is not None and code.check_name:
            return Claim(True, f"{_how_distinct(facts)} whole numbers with check digits ({code.check_name})")
        return Claim(False, "neither consecutive numbers nor the name of an identifier")

    @classmethod
    def fit(cls, array: pa.ChunkedArray, column: ColumnSchema) -> Self:
        cells = array.drop_null()
        numbers = read_whole(cells)
        if numbers is None and not pt.is_decimal(array.type):
            raise SchemaError(
                f"column {column.name!r} is declared identifier, but its numbers have decimals", column=column.name
            )
        if numbers is None:
            cells = pc.unique(read_text(cells))
            form = _find_digits(cells)
            form = form if form is not None and _fits(form, array.type) else _named("")
            return cls(column.name, array.type, form, _missing(array), len(cells))
        numbers = distinct(numbers)
        lowest, highest = whole_range(array.type)
        if len(numbers) and numbers[0] > -(10**_MAX_DIGITS) and numbers[-1] < 0:
            # Counted away from zero, and the sign stays.
            most = min(highest, 10**_MAX_DIGITS - 1)
            counter: Counter | Code | TextCounter = TextCounter("-", "", 0, Counter.fit(-numbers[::-1], 0, most))
        else:
            counter = _find_code(cells) or Counter.fit(numbers, lowest, highest)
        return cls(column.name, array.type, counter, _missing(array), len(numbers))

    @property
    def null_rate(self) -> float:
        return self.missing

    @property
    def notes(self) -> tuple[str, ...]:
        return _notes(self.name, self.counter, self.n_real) + _lacking(self.lacks)

    @property
    def room(self) -> int:
        return self.counter.room

    def generate(self, start: int, n: int, rng: np.random.Generator, present: BoolArray | None = None) -> pa.Array:
        present = _draw_present(n, self.missing, rng) if present is None else present
        if isinstance(self.counter, Counter):
            return write_whole(self.counter.write(_rows(start, n, self.counter)), present, self.type)
        return write_text(self.counter.write(_rows(start, n, self.counter), rng), present, self.type)

    def to_dict(self) -> dict[str, Any]:
        form = {} if isinstance(self.counter, Counter) else {"form": form_word(self.counter)}
        return {
            **self.head(),
            "counter": {**form, **self.counter.to_dict()},
            "missing": self.missing,
            "n_real": self.n_real,
            "lacks": list(self.lacks),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        unsigned = data.get("type") == str(pa.uint64())
        counter = counter_as_today(data.get("counter"), unsigned=unsigned)
        return super().from_dict({"n_real": 0, **data, "counter": counter})

    def check(self) -> None:
        super().check()
        bottom, top = whole_range(self.type)
        if not isinstance(self.counter, Counter):
            require(_fits(self.counter, self.type), f"texts that are whole numbers of {self.type} are expected")
            return
        is_within = bottom <= self.counter.bottom and self.counter.top <= top
        require(is_within, f"{self.type} holds numbers from {bottom} to {top}")


@dataclass(frozen=True, eq=False)
class TextIdentifierCodec(FreeCodec):
    """Identifiers stored as strings: numbers between fixed texts, or codes of one length.

    Attributes
    ----------
    form : TextCounter, Code, Network or Mixed
        The strings to come.
    missing : float
        Share of missing cells in the real column.
    n_real : int
        Distinct real identifiers.
    lacks : tuple of str
        What real ones hold of other columns in all rows and there is no room to keep, in words.
    """

    word: ClassVar[str] = "text_identifier"
    kind: ClassVar[str] = "identifier"

    form: Annotated[Form, PlainValidator(read_form)]
    missing: Share
    n_real: Count = 0
    lacks: Annotated[tuple[Line, ...], BeforeValidator(as_tuple), Field(max_length=256)] = ()

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return is_text(dtype)

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        if not facts.is_text:
            return Claim(False, f"{facts.type} is not text")
        if facts.n_values < 2 or (facts.n_distinct < _NEARLY * facts.n_values and not _are_addresses(facts)):
            return Claim(False, "strings repeat")
        if facts.n_values < _MIN_VALUES and not names_identifier(facts.name):
            return Claim(False, f"too few to tell, and {facts.name!r} is not the name of an identifier")
        some = _some(facts.distinct)
        is_named = names_identifier(facts.name)
        form = find_form(some) or Mixed.fit(some, is_named=is_named) or (_tight(some) if is_named else None)
        if form is None:
            return Claim(False, "strings have no common format")
        example = form.write(_rows(0, 1, form), np.random.default_rng(0))[0].as_py()
        return Claim(True, f"{_how_distinct(facts)} strings in one format, like the made-up {example!r}")

    @classmethod
    def fit(cls, array: pa.ChunkedArray, column: ColumnSchema) -> Self:
        cells = pc.unique(plain_values(array).drop_null())
        form = find_form(cells) or Mixed.fit(cells, is_named=True) or _tight(cells) or _named(f"{column.name}_")
        return cls(column.name, array.type, form, _missing(array), len(cells))

    @property
    def null_rate(self) -> float:
        return self.missing

    @property
    def notes(self) -> tuple[str, ...]:
        return _notes(self.name, self.form, self.n_real) + _lacking(self.lacks)

    @property
    def room(self) -> int:
        return self.form.room

    def generate(self, start: int, n: int, rng: np.random.Generator, present: BoolArray | None = None) -> pa.Array:
        cells = self.form.write(_rows(start, n, self.form), rng)
        present = _draw_present(n, self.missing, rng) if present is None else present
        if not present.all():
            cells = pc.if_else(pa.array(present), cells, pa.scalar(None, cells.type))
        return cells.cast(self.type)

    def to_dict(self) -> dict[str, Any]:
        return {
            **self.head(),
            "form": form_word(self.form),
            **self.form.to_dict(),
            "missing": self.missing,
            "n_real": self.n_real,
            "lacks": list(self.lacks),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        data = text_as_today(data)
        own = ("codec", "name", "type", "missing", "n_real", "lacks")
        head = {"n_real": 0, **{key: data[key] for key in own if key in data}}
        return super().from_dict({**head, "form": without(data, *own)})


def read_form(data: dict[str, Any]) -> Form:
    """Restore a form from what its `to_dict` wrote, beside its word."""
    return choose(_FORMS, data, "form", "form").from_dict(without(data, "form"))


def _read_numbers(data: Any) -> Counter | TextCounter | Code:
    form = read_form(data) if isinstance(data, dict) and "form" in data else Counter.from_dict(data)
    if isinstance(form, Network | Mixed):
        raise ValueError("numbers are no addresses, and have no texts around them")
    return form


def _are_addresses(facts: ColumnFacts) -> bool:
    """Say whether strings that repeat now and then are addresses of networks, which are neither text nor categories."""
    return facts.n_distinct > _MOSTLY * facts.n_values and Network.fit(_some(facts.distinct)) is not None


def form_word(form: Form) -> str:
    """Name the kind of a form, as files have it."""
    return next(word for word, kind in _FORMS.items() if isinstance(form, kind))


def find_form(cells: pa.Array) -> Form | None:
    """Find the form that distinct strings have in common: addresses, or digits and codes; None where they have none."""
    return (Network.fit(cells) if len(cells) else None) or _find_digits(cells)


def _tight(cells: pa.Array) -> Code | None:
    """The form of codes that leaves little room for others; None where they have none."""
    return Code.fit(cells, 1.0) if len(cells) else None


def _find_digits(cells: pa.Array) -> TextCounter | Code | None:
    """Numbers between fixed texts, unless dates or check characters are in them; else codes."""
    counter = TextCounter.fit(cells) if len(cells) > 1 else None
    code = Code.fit(cells) if len(cells) else None
    return code if counter is None or (code is not None and code.has_structure) else counter


def _find_code(cells: pa.Array | pa.ChunkedArray) -> Code | None:
    """Whole numbers with dates, check digits, or heads that repeat, in them."""
    code = Code.fit(pc.unique(read_text(cells)))
    return code if code is not None and code.has_structure and _fits(code, cells.type) else None


def _fits(form: TextCounter | Code, dtype: pa.DataType) -> bool:
    """Say whether all texts are whole numbers that a type holds."""
    top = 10**dtype.precision - 1 if pt.is_decimal(dtype) else whole_range(dtype)[1]
    return form.highest is not None and form.highest <= top


def _named(prefix: str) -> TextCounter:
    """What is counted where the real identifiers have no format."""
    return TextCounter(prefix, "", 6, Counter(0, 1, _MILLION))


def _some(cells: pa.Array) -> pa.Array:
    return cells.take(pa.array(np.arange(0, len(cells), 1 + len(cells) // _ENOUGH)))


def _rows(start: int, n: int, form: Counter | Form) -> WordArray:
    """Rows of a sample; those of a chunk that lie beyond the room, which nobody asked for, become the last one."""
    return np.minimum(np.arange(start, start + n, dtype=np.uint64), np.uint64(min(form.room, MOST) - 1))


def _notes(name: str, form: Counter | Form, n_real: int) -> tuple[str, ...]:
    if form.fresh >= _AMPLE * n_real:
        return ()
    return (
        f"column {name!r}: its format has room for {form.fresh:,} identifiers beside the {n_real:,} real ones; "
        f"a sample of more rows holds real ones too, and one of more than {form.room:,} rows is refused",
    )


def _lacking(lacks: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        f"{words} in all real rows; in new ones it does not: its format has too little room" for words in lacks
    )


def _missing(array: pa.ChunkedArray) -> float:
    return float(array.null_count / max(len(array), 1))


def _draw_present(n: int, missing: float, rng: np.random.Generator) -> BoolArray:
    return rng.random(n) >= missing if missing else np.ones(n, np.bool_)


def _how_distinct(facts: ColumnFacts) -> str:
    return "distinct" if facts.n_distinct == facts.n_values else "nearly all distinct"
