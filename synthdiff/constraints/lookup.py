"""Columns that another one determines: city and state, a product and its price, a code and its label.

What is determined is looked up once a row is drawn. A number that no real row has takes the cells of the nearest
number; where numbers are codes (neighbours have nothing in common) it becomes that number itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BeforeValidator, Field

from synthdiff.codecs.column import BoolArray, ColumnCodec, FloatArray, IntArray, NumberCodec
from synthdiff.codecs.level import Levels, require_plain, take_levels, with_levels
from synthdiff.constraints.draft import LEVEL_KINDS, Draft
from synthdiff.constraints.rule import Rule
from synthdiff.data.level import levels_to_json
from synthdiff.record import MAX_CELLS, Name, as_tuple, numbers, read_as, require, restore, without


@dataclass(frozen=True, eq=False)
class Target:
    """A column that is determined.

    Attributes
    ----------
    name : str
    levels : pa.Array
        Its distinct cells.
    positions : (K + 1,) int64
        For each key, which of them; -1 where missing. The last is that of a missing key.
    """

    name: Name
    levels: Levels
    positions: Annotated[IntArray, numbers(low=-1, high=MAX_CELLS, whole=True)]

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Restore what `to_dict` wrote."""
        return restore(cls, with_levels(data, "levels", "level_type"))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        levels = {"level_type": str(self.levels.type), "levels": levels_to_json(self.levels)}
        return {"name": self.name, **levels, "positions": self.positions.tolist()}

    def cells(self, at: IntArray, dtype: pa.DataType) -> pa.Array:
        """The cells of keys, by their positions."""
        positions = self.positions[at]
        return take_levels(self.levels, pa.array(positions, mask=positions < 0), dtype)


@dataclass(frozen=True, eq=False)
class Lookup(Rule):
    """One column determines others.

    Attributes
    ----------
    key : str
        The column that determines.
    keys : pa.Array
        Its K distinct cells, missing ones left out.
    is_code : bool
        Whether numbers between two keys mean nothing.
    found : tuple of Target
        What it determines.
    """

    word: ClassVar[str] = "determines"

    key: Name
    keys: Levels
    is_code: bool
    found: Annotated[
        tuple[Annotated[Target, read_as(Target)], ...], BeforeValidator(as_tuple), Field(min_length=1, max_length=4096)
    ]

    @classmethod
    def learn(cls, draft: Draft, key: str, targets: tuple[str, ...]) -> Self:
        """Read from a table, where it holds, what goes with each key."""
        cells = draft.cells(key)
        keys = pc.unique(cells).drop_null()
        at = _positions(cells, keys)
        found = []
        for name in targets:
            own = draft.cells(name)
            levels = pc.unique(own).drop_null()
            positions = np.full(len(keys) + 1, -1)
            positions[at] = pc.index_in(own, value_set=levels).fill_null(-1).to_numpy(zero_copy_only=False)
            found.append(Target(name, levels, positions))
        is_code = draft.is_number(key) and _jumps(draft.numbers(key), at, found)
        return cls(key, keys, is_code, tuple(found))

    @property
    def sources(self) -> tuple[str, ...]:  # noqa: D102
        return (self.key,)

    @property
    def targets(self) -> tuple[str, ...]:  # noqa: D102
        return tuple(target.name for target in self.found)

    def describe(self) -> list[str]:  # noqa: D102
        out = []
        for target in self.found:
            used = target.positions[target.positions >= 0]
            is_one_to_one = len(np.unique(used)) == len(used) == len(self.keys)
            out.append(f"{self.key} {'and ' if is_one_to_one else 'determines '}{target.name}")
            if is_one_to_one:
                out[-1] += " determine each other"
        return out

    def parts(self) -> tuple[Rule, ...]:  # noqa: D102
        return tuple(replace(self, found=(target,)) for target in self.found)

    def tells(self, draft: Draft) -> BoolArray:  # noqa: D102
        return np.asarray(_positions(draft.cells(self.key), self.keys) < len(self.keys))

    def holds(self, draft: Draft) -> BoolArray:  # noqa: D102
        at, known = self._at(draft)
        out = known | np.array(not self.is_code and not draft.is_level(self.key))
        for target in self.found:
            cells = draft.cells(target.name)
            own = pc.index_in(cells, value_set=target.levels).fill_null(-1).to_numpy(zero_copy_only=False)
            own = np.where(cells.is_null().to_numpy(zero_copy_only=False), -1, np.where(own < 0, -2, own))
            out &= own == target.positions[at]
        return np.asarray(out)

    def apply(self, draft: Draft, rng: np.random.Generator) -> None:  # noqa: D102
        at, known = self._at(draft)
        if self.is_code and not known.all():
            missing = pa.array(at, mask=at == len(self.keys))
            draft.replace(self.key, take_levels(self.keys, missing, draft.codecs[self.key].type))
        for target in self.found:
            draft.replace(target.name, target.cells(at, draft.codecs[target.name].type))

    def _at(self, draft: Draft) -> tuple[IntArray, BoolArray]:
        """The key of each row, K where it is missing, and whether it is there itself; the nearest one otherwise."""
        cells = draft.cells(self.key)
        at = _positions(cells, self.keys)
        known = (at < len(self.keys)) | cells.is_null().to_numpy(zero_copy_only=False)
        if not known.all() and draft.is_number(self.key):
            order, values = self._sorted(draft)
            x = draft.numbers(self.key)[~known]
            above = np.searchsorted(values, x).clip(1, max(len(values) - 1, 1))
            below = above - 1
            above = above.clip(max=len(values) - 1)
            at[~known] = order[np.where(x - values[below] <= values[above] - x, below, above)]
        return at, known

    def _sorted(self, draft: Draft) -> tuple[IntArray, FloatArray]:
        codec = draft.codecs[self.key]
        assert isinstance(codec, NumberCodec)
        values = codec.encode(self.keys.cast(draft.cells(self.key).type))
        order = np.argsort(values)
        return order, values[order]

    def to_dict(self) -> dict[str, Any]:  # noqa: D102
        keys = {"key_type": str(self.keys.type), "keys": levels_to_json(self.keys)}
        found = [target.to_dict() for target in self.found]
        return {"rule": self.word, "key": self.key, **keys, "is_code": self.is_code, "found": found}

    @classmethod
    def from_dict(cls, data: Any) -> Self:  # noqa: D102
        return restore(cls, with_levels(without(data, "rule"), "keys", "key_type"))

    def check(self) -> None:
        """Refuse positions that are not those of the levels, and keys that repeat."""
        require(0 < len(self.keys) == len(pc.unique(self.keys)), "keys must be distinct")
        for target in self.found:
            require(len(target.positions) == len(self.keys) + 1, "each key needs a cell")
            require(target.positions.max(initial=-1) < len(target.levels), "a key has a cell that is not there")

    def check_columns(self, codecs: Mapping[str, ColumnCodec]) -> None:  # noqa: D102
        for name, levels in ((self.key, self.keys), *((target.name, target.levels) for target in self.found)):
            codec = codecs.get(name)
            require(codec is not None, f"there is no column {name!r}")
            assert codec is not None
            may = isinstance(codec, NumberCodec) or codec.kind in LEVEL_KINDS
            require(may, f"column {name!r} is {codec.kind} and determines nothing")
            require_plain(levels, codec.type)


def _positions(cells: pa.Array, keys: pa.Array) -> IntArray:
    """The position of each cell among the keys; one past the last where it is none of them."""
    found = pc.index_in(cells.cast(keys.type), value_set=keys).fill_null(len(keys))
    return np.array(found.to_numpy(zero_copy_only=False), dtype=np.int64)


def _jumps(values: FloatArray, at: IntArray, found: list[Target]) -> bool:
    """Whether neighbouring numbers have different cells, as codes have."""
    first = np.unique(at[~np.isnan(values)], return_index=True)[1]
    order = np.argsort(values[~np.isnan(values)][first])
    keys = at[~np.isnan(values)][first][order]
    n_runs = max(1 + int((np.diff(target.positions[keys]) != 0).sum()) for target in found)
    return n_runs > len(keys) / 2
