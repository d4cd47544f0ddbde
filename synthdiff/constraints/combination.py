"""A column that two columns determine together, or a part of a date: a price by product and year, a day's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BeforeValidator, Field

from synthdiff.codecs.column import BoolArray, ColumnCodec, IntArray, NumberCodec
from synthdiff.codecs.level import Levels, require_plain, with_levels
from synthdiff.constraints.calendar import PARTS, date_part, on_the_clock
from synthdiff.constraints.draft import LEVEL_KINDS, Draft
from synthdiff.constraints.lookup import Target
from synthdiff.constraints.order import family_of
from synthdiff.constraints.rule import Rule
from synthdiff.data.level import levels_to_json
from synthdiff.record import Name, as_tuple, numbers, one_of, read_as, require, restore

MOST = 1 << 40


@dataclass(frozen=True, eq=False)
class View:
    """What is looked at of a column.

    Attributes
    ----------
    name : str
    part : str
        A part of its dates; empty for its cells as they are.
    levels : pa.Array
        The distinct cells, or the distinct numbers of parts.
    """

    name: Name
    part: Annotated[str, one_of("", *PARTS)]
    levels: Levels

    @classmethod
    def learn(cls, draft: Draft, name: str, part: str = "") -> Self:
        """Look at a real column."""
        return cls(name, part, pc.unique(_cells(draft, name, part)).drop_null())

    def codes(self, draft: Draft) -> IntArray:
        """The position of each cell among the levels, (n,) int64; one past the last where missing, -1 where new."""
        cells = _cells(draft, self.name, self.part).cast(self.levels.type)
        at = pc.index_in(cells, value_set=self.levels).fill_null(-1).to_numpy(zero_copy_only=False)
        return np.where(cells.is_null().to_numpy(zero_copy_only=False), len(self.levels), at)

    def __str__(self) -> str:
        return f"the {self.part} of {self.name}" if self.part else self.name

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        levels = {"level_type": str(self.levels.type), "levels": levels_to_json(self.levels)}
        return {"name": self.name, "part": self.part, **levels}

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Restore what `to_dict` wrote."""
        return restore(cls, with_levels(data, "levels", "level_type"))


@dataclass(frozen=True, eq=False)
class Combination(Rule):
    """What is seen of one or two columns determines another column.

    Attributes
    ----------
    views : tuple of View
    keys : (K,) int64
        The combinations that there are: codes of the views, the last one counting fastest.
    target : Target
        Its cells by combination.
    """

    word: ClassVar[str] = "combination"

    views: Annotated[
        tuple[Annotated[View, read_as(View)], ...], BeforeValidator(as_tuple), Field(min_length=1, max_length=2)
    ]
    keys: Annotated[IntArray, numbers(low=0, high=MOST, rising=True, whole=True)]
    target: Annotated[Target, read_as(Target)]

    @classmethod
    def learn(cls, draft: Draft, views: tuple[View, ...], name: str) -> Self:
        """Read from a table, where it holds, what goes with each combination."""
        keys, first = np.unique(_joined(draft, views), return_index=True)
        own = draft.cells(name)
        levels = pc.unique(own).drop_null()
        positions = pc.index_in(own, value_set=levels).fill_null(-1).to_numpy(zero_copy_only=False)[first]
        return cls(views, keys, Target(name, levels, np.append(positions, -1).astype(np.int64)))

    @property
    def sources(self) -> tuple[str, ...]:  # noqa: D102
        return tuple(view.name for view in self.views)

    @property
    def targets(self) -> tuple[str, ...]:  # noqa: D102
        return (self.target.name,)

    def describe(self) -> list[str]:  # noqa: D102
        verb = "determine" if len(self.views) > 1 else "determines"
        return [f"{' and '.join(map(str, self.views))} {verb} {self.target.name}"]

    def tells(self, draft: Draft) -> BoolArray:  # noqa: D102
        return self._at(draft)[1]

    def holds(self, draft: Draft) -> BoolArray:  # noqa: D102
        at, known = self._at(draft)
        cells = draft.cells(self.target.name)
        own = pc.index_in(cells, value_set=self.target.levels).fill_null(-1).to_numpy(zero_copy_only=False)
        return np.asarray(known & (own == self.target.positions[at]))

    def apply(self, draft: Draft, rng: np.random.Generator) -> None:  # noqa: D102
        at, known = self._at(draft)
        draft.put(self.target.name, known, self.target.cells(at[known], draft.codecs[self.target.name].type))

    def _at(self, draft: Draft) -> tuple[IntArray, BoolArray]:
        """Which combination each row has, and whether it is a known one."""
        joined = _joined(draft, self.views)
        at = np.searchsorted(self.keys, joined).clip(max=len(self.keys) - 1)
        return at, self.keys[at] == joined

    def to_dict(self) -> dict[str, Any]:  # noqa: D102
        views = [view.to_dict() for view in self.views]
        return {"rule": self.word, "views": views, "keys": self.keys.tolist(), "target": self.target.to_dict()}

    def check(self) -> None:
        """Refuse combinations without cells."""
        require(0 < len(self.keys) == len(self.target.positions) - 1, "each combination needs a cell")
        require(self.target.positions.max(initial=-1) < len(self.target.levels), "a cell is not there")
        require(self.target.name not in self.sources, "a column determines itself")

    def check_columns(self, codecs: Mapping[str, ColumnCodec]) -> None:  # noqa: D102
        for view in self.views:
            codec = codecs.get(view.name)
            require(codec is not None, f"there is no column {view.name!r}")
            assert codec is not None
            if view.part:
                require(family_of(codec)[0] == "moment", f"column {view.name!r} is no date")
                require(view.levels.type == pa.int64(), "parts of dates are numbers")
            else:
                _require_cells(codec, view.levels)
        require(self.target.name in codecs, f"there is no column {self.target.name!r}")
        _require_cells(codecs[self.target.name], self.target.levels)


def _require_cells(codec: ColumnCodec, levels: pa.Array) -> None:
    may = isinstance(codec, NumberCodec) or codec.kind in LEVEL_KINDS
    require(may, f"column {codec.name!r} is {codec.kind} and determines nothing")
    require_plain(levels, codec.type)


def _cells(draft: Draft, name: str, part: str) -> pa.Array:
    if not part:
        return draft.cells(name)
    codec = draft.codecs[name]
    found = date_part(part, on_the_clock(draft.numbers(name) * family_of(codec)[1], codec.type))
    return pa.array(np.nan_to_num(found).astype(np.int64), mask=np.isnan(found))


def _joined(draft: Draft, views: tuple[View, ...]) -> IntArray:
    """One number for what is seen of all views; -1 where something is new."""
    out, is_new = np.zeros(len(draft), dtype=np.int64), np.zeros(len(draft), dtype=np.bool_)
    for view in views:
        codes = view.codes(draft)
        out, is_new = out * (len(view.levels) + 1) + codes, is_new | (codes < 0)
    return np.where(is_new, -1, out)
