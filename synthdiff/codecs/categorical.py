# ruff: noqa: D102 (what the methods do is said once, by the interface in column.py)
"""Categories: each level is a code, and rare levels may share one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.codecs.column import Claim, ColumnFacts, IntArray, LevelCodec, plain_values
from synthdiff.codecs.level import Levels, require_plain, take_levels, with_levels
from synthdiff.data.level import level_words, levels_to_json
from synthdiff.data.schema import ColumnSchema, near_match
from synthdiff.errors import UnseenCategoryError
from synthdiff.record import Count, numbers, require

MAX_LEVELS = 1000


@dataclass(frozen=True, eq=False)
class CategoricalCodec(LevelCodec):
    """Levels of any type.

    Attributes
    ----------
    levels : pa.Array
        The levels: those of a dictionary type in its own order, unused ones too; otherwise sorted.
    counts : (L,) int64
        How often each level occurs.
    min_count : int
        Levels rarer than this share the last code.
    """

    word: ClassVar[str] = "categorical"
    kind: ClassVar[str] = "categorical"

    levels: Levels
    counts: Annotated[IntArray, numbers(low=0, high=1 << 53, whole=True)]
    min_count: Count

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return not pt.is_null(dtype)

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        n_levels = f"{facts.n_distinct:,} level" + ("s" if facts.n_distinct != 1 else "")
        if pt.is_dictionary(facts.type):
            return Claim(True, f"stored as categories, {n_levels}")
        return Claim(True, f"strings that repeat, {n_levels}" if facts.is_text else f"{facts.type}, {n_levels}")

    @classmethod
    def fit(cls, array: pa.ChunkedArray, column: ColumnSchema) -> Self:
        found = pc.value_counts(plain_values(array).drop_null())
        values, counts = found.field("values"), found.field("counts")
        if pt.is_dictionary(array.type):
            dictionary = array.unify_dictionaries().chunk(0).dictionary
            levels = plain_values(dictionary)
            counts = counts.take(pc.index_in(levels, value_set=values)).fill_null(0)
        else:
            order = pc.array_sort_indices(values)
            levels, counts = values.take(order), counts.take(order)
        counts = np.asarray(counts.to_numpy(zero_copy_only=False), dtype=np.int64)
        return cls(column.name, array.type, levels, counts, _min_count(counts, column.min_count))

    @cached_property
    def _rare(self) -> IntArray:
        """Positions of the levels that share the last code."""
        rare = np.flatnonzero((self.counts > 0) & (self.counts < self.min_count))
        return rare if len(rare) > 1 else rare[:0]

    @cached_property
    def _own(self) -> IntArray:
        """Positions of the levels that have a code each, in the order of the codes."""
        own = self.counts > 0
        own[self._rare] = False
        return np.flatnonzero(own)

    @cached_property
    def _code_of(self) -> IntArray:
        """The code of each level; -1 where it has none, since it never occurs."""
        codes = np.full(len(self.levels) + 1, -1)
        codes[self._own] = np.arange(len(self._own))
        codes[self._rare] = len(self._own)
        return codes

    @property
    def n_levels(self) -> int:
        return len(self._own) + (len(self._rare) > 0)

    @property
    def level_names(self) -> list[str]:
        names = level_words(self.levels.take(pa.array(self._own)))
        return names + [f"{len(self._rare):,} rare levels"] * (len(self._rare) > 0)

    @property
    def ordered(self) -> bool:
        """Whether the levels have an order that the user gave."""
        return bool(pt.is_dictionary(self.type) and self.type.ordered)

    def encode(self, array: pa.ChunkedArray | pa.Array) -> IntArray:
        cells = plain_values(array).cast(self.levels.type)
        positions = pc.index_in(cells, value_set=self.levels).fill_null(len(self.levels)).to_numpy()
        codes: IntArray = self._code_of[positions]
        unseen = (codes < 0) & cells.is_valid().to_numpy(zero_copy_only=False)
        if unseen.any():
            row = int(np.argmax(unseen))
            value = cells[row].as_py()
            raise UnseenCategoryError(
                f"column {self.name!r}, row {row} is {value!r}, a level that the fitted data did not have"
                + near_match(str(value), self.level_names),
                column=self.name,
                row=row,
                value=value,
            )
        return codes

    def decode(self, codes: IntArray, rng: np.random.Generator) -> pa.Array:
        positions = np.append(self._own, -1)[np.minimum(codes, len(self._own))]
        is_rare = codes == len(self._own)
        if len(self._rare) and is_rare.any():
            shares = self.counts[self._rare] / self.counts[self._rare].sum()
            positions[is_rare] = rng.choice(self._rare, size=int(is_rare.sum()), p=shares)
        return take_levels(self.levels, pa.array(positions, mask=positions < 0), self.type)

    def to_dict(self) -> dict[str, Any]:
        levels = {"level_type": str(self.levels.type), "levels": levels_to_json(self.levels)}
        return {**self.head(), **levels, "counts": self.counts.tolist(), "min_count": self.min_count}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return super().from_dict(with_levels(data, "levels", "level_type"))

    def check(self) -> None:
        super().check()
        require_plain(self.levels, self.type)
        require(len(self.levels) == len(self.counts), "each level needs a count")
        require(len(pc.unique(self.levels)) == len(self.levels), "levels must be distinct")
        require(0 < self.counts.astype(float).sum() < 2**53, "counts must add up to a number of rows")


def _min_count(counts: IntArray, asked: int | None) -> int:
    """The user's threshold, or one that leaves at most `MAX_LEVELS` codes."""
    if asked is not None:
        return asked
    if np.count_nonzero(counts) <= MAX_LEVELS:
        return 1
    return int(np.sort(counts)[-MAX_LEVELS]) + 1
