"""Numbers between texts of several sorts, such as ``RE-1003`` and ``GS-77``, or ``117`` and ``N72``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BeforeValidator, Field

from synthdiff.codecs.codes.schedule import Schedule
from synthdiff.codecs.codes.shuffle import WordArray
from synthdiff.codecs.codes.text_counter import TextCounter
from synthdiff.codecs.interleave import interleave
from synthdiff.record import as_tuple, read_as, require, restore

MOST_SORTS = 16
_MIN_EACH, _NEARLY = 3, 0.98
_LETTERS, _WORDS = r"\pL", r"\pL{4}|\pL \pL"
_Sort = Annotated[TextCounter, read_as(TextCounter)]
_Weight = Annotated[int, Field(ge=1, le=1 << 53)]


@dataclass(frozen=True)
class Mixed:
    """Several sorts of numbers between fixed texts.

    Attributes
    ----------
    sorts : tuple of TextCounter
        At least two.
    weights : tuple of int
        How many real ones are of each sort; they come as often.
    """

    sorts: Annotated[tuple[_Sort, ...], BeforeValidator(as_tuple), Field(min_length=2, max_length=MOST_SORTS)]
    weights: Annotated[tuple[_Weight, ...], BeforeValidator(as_tuple)]

    @classmethod
    def fit(cls, cells: pa.Array, *, is_named: bool) -> Self | None:
        """Continue real identifiers of each sort; None where they are of one sort, of too many, or of none.

        Parameters
        ----------
        cells : pa.Array
            Distinct strings without nulls.
        is_named : bool
            Whether the column is named an identifier. In others sorts differ by letters, and not by words, which may be
            names of persons.
        """
        sorts = pc.replace_substring_regex(cells.cast(pa.string()), "[0-9]+", "#").dictionary_encode()
        counts = np.bincount(sorts.indices.to_numpy(), minlength=len(sorts.dictionary))
        large = np.flatnonzero(counts >= _MIN_EACH)
        if not 2 <= len(large) <= MOST_SORTS or counts[large].sum() < _NEARLY * len(cells):
            return None
        around = sorts.dictionary.take(large)
        if not is_named and not pc.all(pc.match_substring_regex(around, _LETTERS)).as_py():
            return None
        if not is_named and pc.any(pc.match_substring_regex(around, _WORDS)).as_py():
            return None
        found = [TextCounter.fit(cells.filter(pc.equal(sorts.indices, k))) for k in large.tolist()]
        if any(sort is None for sort in found):
            return None
        return cls(tuple(sort for sort in found if sort is not None), tuple(counts[large].tolist()))

    @property
    def highest(self) -> None:
        """No number, as at least one sort is none."""
        return None

    @property
    def room(self) -> int:
        """How many distinct identifiers there are."""
        return sum(sort.room for sort in self.sorts)

    @property
    def fresh(self) -> int:
        """How many of them are no real ones."""
        return sum(sort.fresh for sort in self.sorts)

    @cached_property
    def _schedule(self) -> Schedule:
        return Schedule(list(self.weights), [sort.fresh for sort in self.sorts], [sort.room for sort in self.sorts])

    def write(self, rows: WordArray, rng: np.random.Generator) -> pa.Array:
        """The identifiers of rows, (n,) uint64."""
        which, ranks = self._schedule.assign(rows)
        places = [np.flatnonzero(which == number) for number in range(len(self.sorts))]
        parts = [sort.write(ranks[rows], rng) for sort, rows in zip(self.sorts, places, strict=True)]
        return interleave(parts, places)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        return {"sorts": [sort.to_dict() for sort in self.sorts], "weights": list(self.weights)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote."""
        return restore(cls, data)

    def check(self) -> None:
        """Refuse weights of other sorts, and sorts that are one."""
        require(len(self.weights) == len(self.sorts), "each sort needs a weight")
        around = {(sort.prefix, sort.suffix) for sort in self.sorts}
        require(len(around) == len(self.sorts), "two sorts have the same text around their numbers")
