# ruff: noqa: D102 (what the methods do is said once, by the interface in column.py)
"""Coordinates as text: learnt as places, written as they were, never beyond the rectangle of the real ones."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from functools import cache
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BeforeValidator, Field

from synthdiff.codecs.column import (
    BoolArray,
    Claim,
    ColumnFacts,
    IntArray,
    plain_values,
)
from synthdiff.codecs.coordinate.axis import DECIMAL, LETTERED, MINUTES, Axis
from synthdiff.codecs.coordinate.hilbert import BITS, to_number, to_place
from synthdiff.codecs.marked import PlacedCodec
from synthdiff.codecs.marks import NO_MARKS, Marks
from synthdiff.data.schema import ColumnSchema
from synthdiff.errors import SchemaError
from synthdiff.record import Count, Line, one_of, read_as, require

_PAIRS = (
    "{}, {}", "{},{}", "{} {}", "({}, {})", "({},{})", "[{}, {}]", "[{},{}]", "{};{}", "{}; {}", "{}|{}", "{} / {}",
    "{}/{}", "POINT({} {})", "POINT ({} {})", "SRID=4326;POINT({} {})", "SRID=4326;POINT ({} {})", "Point({} {})",
    "geo:{},{}",
)  # fmt: skip
"""How two coordinates are put together; another way is one more line."""
_NUMBERS = (DECIMAL, LETTERED, MINUTES)
_FORMS = (*((pair, number) for pair in _PAIRS for number in _NUMBERS), *(("{}", number) for number in _NUMBERS[1:]))
_HEAD = 50
_MIN_DISTINCT = 20
_MAX_ODD = 0.1
_FEW = 0.1
_MOST_LEVELS = 1_000


def _read_axes(data: Any) -> tuple[Axis, ...]:
    require(isinstance(data, list) and len(data) in (1, 2), "one axis or two")
    return tuple(map(Axis.from_dict, data))


@dataclass(frozen=True, eq=False)
class CoordinateCodec(PlacedCodec):
    """Places as text; encoded as their number along a curve that fills their rectangle.

    Attributes
    ----------
    form : str
        What stands around the coordinates, with braces in their places.
    axes : tuple of Axis
        One coordinate or two.
    low, high : int
        The lowest and the highest number seen.
    marks : Marks
        What stands where no place is.
    remarks : tuple of str
        What the fit has to say; not stored.
    decimal : str
        The decimal mark.
    """

    word: ClassVar[str] = "coordinate"
    kind: ClassVar[str] = "numeric"

    form: Annotated[str, Field(max_length=64)]
    axes: Annotated[tuple[Axis, ...], BeforeValidator(_read_axes)]
    low: Count
    high: Count
    marks: Annotated[Marks, read_as(Marks)] = NO_MARKS
    remarks: tuple[Line, ...] = ()
    decimal: Annotated[str, one_of(".", ",")] = "."

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        if not facts.is_text or facts.n_distinct < _MIN_DISTINCT:
            return Claim(False, "not text, or few enough values to be categories")
        if facts.n_distinct < min(_FEW * facts.n_values, _MOST_LEVELS):
            return Claim(False, "values repeat so often that they are categories")
        found = facts.find_once(_find)
        if found is None:
            return Claim(False, "values are no coordinates in one way of writing")
        return Claim(True, f"coordinates written {found[0].format(*_WORDS)}, {facts.n_distinct:,} distinct")

    @classmethod
    def fit_facts(cls, facts: ColumnFacts, column: ColumnSchema) -> Self:
        found, cells = facts.find_once(_find), facts.distinct
        if found is None:
            message = f"column {column.name!r} holds text (such as {cells[0].as_py()!r}) that is no coordinates"
            raise SchemaError(message, column=column.name)
        form, axes, odd, decimal = found
        numbers = _number(axes, form, _with_points(cells, decimal))[0][~odd]
        strays, often = cells.filter(pa.array(odd)), facts.counts[odd]
        marks = Marks.fit(strays, often, facts.array.null_count, column)
        remarks = marks.remarks(column.name, plain_values(facts.array), strays, "place")
        low, high = int(numbers.min()), int(numbers.max())
        return cls(column.name, facts.type, form, axes, low, high, marks, remarks, decimal)

    @property
    def resolution(self) -> float | None:
        return 1.0 if len(self.axes) == 1 else None

    @property
    def _example(self) -> str:
        return self.form.format(*_WORDS)

    def _read(self, cells: pa.Array) -> tuple[IntArray, BoolArray]:
        return _number(self.axes, self.form, _with_points(cells, self.decimal))

    def _write(self, places: IntArray) -> pa.Array:
        texts = _write(self.axes, self.form, places)
        return texts if self.decimal == "." else pc.replace_substring(texts, ".", self.decimal)

    def to_dict(self) -> dict[str, Any]:
        axes = [asdict(axis) | {"signs": list(axis.signs)} for axis in self.axes]
        data = {**self.head(), "form": self.form, "axes": axes, "low": self.low, "high": self.high}
        return data | {"decimal": self.decimal} | self._marks_to_dict()

    def check(self) -> None:
        super().check()
        require(self.form in {form for form, _ in _FORMS}, "no such way of writing coordinates")
        require(self.decimal == "." or "," not in self.form, "a comma cannot be two things")
        require(self.form.count("{}") == len(self.axes), "each coordinate needs an axis")
        require(len({len(axis.signs) for axis in self.axes}) == 1, "both coordinates are written alike")
        most = 1 << 2 * BITS if len(self.axes) == 2 else self.axes[0].n_steps
        require(self.low <= self.high < most, "numbers beyond the curve")


_WORDS = ("x", "y")


def _find(facts: ColumnFacts) -> tuple[str, tuple[Axis, ...], BoolArray, str] | None:
    """The form of distinct strings, their axes, which strings are written otherwise, and the decimal mark."""
    for decimal in ".,":
        found = _find_form(_with_points(facts.distinct, decimal), decimal)
        if found is not None:
            return (*found, decimal)
    return None


def _with_points(cells: pa.Array, decimal: str) -> pa.Array:
    """Cells with points in place of their decimal marks; those that have points already become none."""
    if decimal == ".":
        return cells
    has_point = pc.match_substring(cells, ".")
    return pc.if_else(has_point, "", pc.replace_substring(cells, decimal, "."))


def _find_form(cells: pa.Array, decimal: str) -> tuple[str, tuple[Axis, ...], BoolArray] | None:
    head = cells[:_HEAD].to_pylist()
    for form, number in _FORMS:
        if decimal in form:
            continue
        if sum(_regex(form, number).fullmatch(cell) is not None for cell in head) < (1 - _MAX_ODD) * len(head):
            continue
        found = pc.extract_regex(cells, f"^{_regex(form, number).pattern}$")
        odd = np.array(found.is_null().to_numpy(zero_copy_only=False))
        if odd.sum() > _MAX_ODD * len(cells):
            continue
        texts = [pc.struct_field(found, place).drop_null() for place in range(form.count("{}"))]
        axes = [Axis.fit(text) for text in texts]
        known = tuple(axis for axis in axes if axis is not None and (axis.most or axis.signs))
        if len(known) == len(axes):
            return form, known, odd
    return None


@cache
def _regex(form: str, number: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in form.split("{}")]
    groups = [f"(?P<{name}>{number})" for name in _WORDS]
    return re.compile("".join(part + group for part, group in zip(parts, [*groups[: len(parts) - 1], ""], strict=True)))


def _number(axes: tuple[Axis, ...], form: str, cells: pa.Array) -> tuple[IntArray, BoolArray]:
    """Numbers of cells along the curve, and which cells are places."""
    number = {0: DECIMAL, 1: LETTERED, 3: MINUTES}[len(axes[0].signs)]
    found = pc.extract_regex(cells, f"^{_regex(form, number).pattern}$")
    valid = np.array(found.is_valid().to_numpy(zero_copy_only=False))
    steps = []
    for place, axis in enumerate(axes):
        ticks, fits = axis.read(pc.struct_field(found, place))
        valid &= fits
        steps.append(axis.to_step(ticks))
    if len(axes) == 1:
        return steps[0], valid
    # Each axis is stretched to the side of the square, so that the curve never leaves the rectangle.
    x, y = (((2 * step + 1) << BITS) // (2 * axis.n_steps) for step, axis in zip(steps, axes, strict=True))
    return to_number(x, y), valid


def _write(axes: tuple[Axis, ...], form: str, numbers: IntArray) -> pa.Array:
    """Write the places of numbers along the curve."""
    steps = [numbers]
    if len(axes) == 2:
        steps = [step * axis.n_steps >> BITS for step, axis in zip(to_place(numbers), axes, strict=True)]
    texts: list[Any] = [form.split("{}")[0]]
    for axis, step, after in zip(axes, steps, form.split("{}")[1:], strict=True):
        texts += [axis.write(axis.to_ticks(step)), after]
    return pc.binary_join_element_wise(*texts, "")
