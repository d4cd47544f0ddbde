# ruff: noqa: D102 (what the methods do is said once, by the interface in column.py)
"""Text of numbers between letters that repeat, which would otherwise not be learnt: learnt as one number."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BeforeValidator

from synthdiff.codecs.column import BoolArray, Claim, ColumnFacts, IntArray, plain_values
from synthdiff.codecs.interleave import interleave
from synthdiff.codecs.marked import PlacedCodec
from synthdiff.codecs.marks import NO_MARKS, Marks
from synthdiff.codecs.parts.layout import MOST_STEPS, Layout
from synthdiff.codecs.text import TextCodec
from synthdiff.codecs.written.codec import find_moments
from synthdiff.data.schema import ColumnSchema
from synthdiff.errors import SchemaError
from synthdiff.record import Count, Line, read_as, require

_MOST_LAYOUTS = 64
_MIN_CELLS = 5
_MAX_ODD = 0.05
_HEAD = 100
_LONGEST = 128
_WORD = re.compile(r"@|(?!(?:year|month|week|day|hour|minute|second)s?\b|(?:mon|min|sec|hr)s\b)[^\W\d_]{4,}")
"""What tells words from units: text that holds several of them may name persons."""


def _read_layouts(data: Any) -> tuple[Layout, ...]:
    require(isinstance(data, list) and 0 < len(data) <= _MOST_LAYOUTS, f"one layout to {_MOST_LAYOUTS}")
    return tuple(map(Layout.from_dict, data))


@dataclass(frozen=True, eq=False)
class PartsCodec(PlacedCodec):
    """Text such as ``1.10.2``, ``3:2`` or ``5 ft 11 in``; encoded as its place among all that its parts allow.

    Attributes
    ----------
    layouts : tuple of Layout
        Where the numbers stand, the most frequent layout first.
    low, high : int
        The lowest and the highest place seen.
    marks : Marks
        What stands where no such text is.
    remarks : tuple of str
        What the fit has to say; not stored.
    """

    word: ClassVar[str] = "parts"
    kind: ClassVar[str] = "numeric"

    layouts: Annotated[tuple[Layout, ...], BeforeValidator(_read_layouts)]
    low: Count
    high: Count
    marks: Annotated[Marks, read_as(Marks)] = NO_MARKS
    remarks: tuple[Line, ...] = ()

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        if not facts.is_text or facts.n_distinct == 0 or not TextCodec.claim(facts).mine:
            return Claim(False, "not text, or text that is learnt otherwise")
        if facts.find_once(find_moments) is not None:
            return Claim(False, "values are moments")
        found = facts.find_once(_find)
        if found is None:
            return Claim(False, "values are not made of numbers and of letters that repeat")
        example = "#".join(found[0][0].letters)
        more = f" or in {len(found[0]) - 1} other ways" if len(found[0]) > 1 else ""
        return Claim(True, f"numbers between letters that repeat, written {example!r}{more}")

    @classmethod
    def fit_facts(cls, facts: ColumnFacts, column: ColumnSchema) -> Self:
        found, cells = facts.find_once(_find), facts.distinct
        if found is None:
            message = f"column {column.name!r} holds text (such as {cells[0].as_py()!r}) that is no number"
            raise SchemaError(message, column=column.name)
        layouts, odd = found
        cells = cells.cast(pa.string())
        strays, often = cells.filter(pa.array(odd)), facts.counts[odd]
        marks = Marks.fit(strays, often, facts.array.null_count, column)
        remarks = marks.remarks(column.name, plain_values(facts.array), strays, "text of such parts")
        if any(len(layout.lows) > 1 for layout in layouts):
            remarks = (
                f"column {column.name!r} is text of several numbers: each comes out within its range, but no other "
                "rule between them is promised",
                *remarks,
            )
        numbers = _number(layouts, cells.filter(pa.array(~odd)))[0]
        return cls(column.name, facts.type, layouts, int(numbers.min()), int(numbers.max()), marks, remarks)

    @property
    def resolution(self) -> float | None:
        return 1.0

    @property
    def _example(self) -> str:
        return "#".join(self.layouts[0].letters)

    def _read(self, cells: pa.Array) -> tuple[IntArray, BoolArray]:
        return _number(self.layouts, cells.cast(pa.string()))

    def _write(self, places: IntArray) -> pa.Array:
        starts = _starts(self.layouts)
        which = np.searchsorted(starts, places, side="right") - 1
        rows = [np.flatnonzero(which == number) for number in range(len(self.layouts))]
        return interleave([layout.write(places[rows[k]] - starts[k]) for k, layout in enumerate(self.layouts)], rows)

    def to_dict(self) -> dict[str, Any]:
        layouts = [
            {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(layout).items()}
            for layout in self.layouts
        ]
        return {**self.head(), "layouts": layouts, "low": self.low, "high": self.high} | self._marks_to_dict()

    def check(self) -> None:
        super().check()
        n_steps = sum(layout.n_steps for layout in self.layouts)
        require(self.low <= self.high < n_steps <= MOST_STEPS, "places beyond the last one, or beyond floats")


def _starts(layouts: tuple[Layout, ...]) -> IntArray:
    """The first place of each layout, and one behind the last."""
    return np.cumsum([0, *(layout.n_steps for layout in layouts)])


def _number(layouts: tuple[Layout, ...], cells: pa.Array) -> tuple[IntArray, BoolArray]:
    """Places of strings among all that the layouts allow, and which strings have one."""
    numbers, valid = np.zeros(len(cells), np.int64), np.zeros(len(cells), np.bool_)
    for layout, start in zip(layouts, _starts(layouts), strict=False):
        left = np.flatnonzero(~valid)
        steps, fits = layout.read(cells if len(left) == len(cells) else cells.take(pa.array(left)))
        numbers[left[fits]] = start + steps[fits]
        valid[left[fits]] = True
    return numbers, valid


def _find(facts: ColumnFacts) -> tuple[tuple[Layout, ...], BoolArray] | None:
    """The layouts of distinct strings, and which strings have none."""
    cells = facts.distinct.cast(pa.string())
    if pc.mean(pc.match_substring_regex(cells[:_HEAD], "[0-9]").cast(pa.int8())).as_py() < 1 - _MAX_ODD:
        return None
    shapes = pc.replace_substring_regex(cells, "[0-9]+", "#").dictionary_encode()
    which = shapes.indices.to_numpy()
    counts = np.bincount(which, minlength=len(shapes.dictionary))
    order = np.argsort(-counts, kind="stable")[:_MOST_LAYOUTS]
    order = order[counts[order] >= _MIN_CELLS]
    if counts[order].sum() < (1 - _MAX_ODD) * len(cells):
        return None
    if len(order) > 1 and any(_WORD.search(shapes.dictionary[int(shape)].as_py()) for shape in order):
        return None
    layouts, odd = [], np.ones(len(cells), np.bool_)
    for shape in order:
        skeleton, rows = shapes.dictionary[int(shape)].as_py(), which == shape
        mine = cells.filter(pa.array(rows))
        is_plain = len(skeleton) <= _LONGEST and "#" in skeleton and not pc.any(pc.match_substring(mine, "#")).as_py()
        layout = Layout.fit(skeleton, mine) if is_plain else None
        if layout is not None:
            layouts.append(layout)
            odd &= ~rows
    if odd.sum() > _MAX_ODD * len(cells) or sum(layout.n_steps for layout in layouts) > MOST_STEPS:
        return None
    return tuple(layouts), odd
