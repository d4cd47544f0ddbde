"""Cells that are not written like the rest of a column: ``unknown`` among dates, ``#DIV/0!`` among numbers.

Those that repeat come out as often as they are there; the others are left missing. All are named, so that nobody has to
find out later.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BeforeValidator, Field

from synthdiff.codecs.column import BoolArray, IntArray
from synthdiff.data.schema import ColumnSchema
from synthdiff.record import Count, Word, as_tuple, require, restore

MOST_MARKS = 100
_SHOWN = 3
_LONGEST_WORD, _LONGEST_SHOWN = 256, 40


@dataclass(frozen=True)
class Marks:
    """What stands where no value is.

    Attributes
    ----------
    words : tuple of str
        Words that occur at least twice.
    counts : tuple of int
        How often each occurs.
    nulls : int
        How many other cells hold no value.
    strays : int
        How many of these hold text that no value is written like, and that comes out as null.
    """

    words: Annotated[tuple[Word, ...], BeforeValidator(as_tuple), Field(max_length=MOST_MARKS)] = ()
    counts: Annotated[tuple[Count, ...], BeforeValidator(as_tuple), Field(max_length=MOST_MARKS)] = ()
    nulls: Count = 0
    strays: Count = 0

    @classmethod
    def fit(
        cls, odd: pa.Array, counts: IntArray, nulls: int, column: ColumnSchema, kept: BoolArray | None = None
    ) -> Self:
        """Keep the words that repeat, unless the schema says that they are missing values.

        Parameters
        ----------
        odd : (n,) pa.Array of string
            Distinct cells that are not written like the others.
        counts : (n,) int64
            How often each occurs.
        nulls : int
            Number of cells that are null.
        column : ColumnSchema
            The user's options.
        kept : (n,) bool or None
            Which of the cells are kept even where they occur once; None for none.
        """
        stays = (counts > 1) | (False if kept is None else kept)
        stays &= pc.less_equal(pc.utf8_length(odd), _LONGEST_WORD).to_numpy(zero_copy_only=False)
        order = np.argsort(-counts, kind="stable")
        order = order[stays[order]][:MOST_MARKS]
        order = order[:0] if column.others == "null" else order
        strays = int(counts.sum() - counts[order].sum())
        return cls(tuple(odd.take(pa.array(order)).to_pylist()), tuple(counts[order].tolist()), nulls + strays, strays)

    @property
    def are_there(self) -> bool:
        """Whether a cell holds text that is no value."""
        return bool(self.words) or self.strays > 0

    def are_in(self, cells: pa.Array) -> BoolArray:
        """Say which cells hold one of the words, (n,) bool."""
        found = pc.is_in(cells, value_set=pa.array(self.words, cells.type))
        return np.asarray(found.to_numpy(zero_copy_only=False))

    def write(self, cells: pa.Array, rng: np.random.Generator | None) -> pa.Array:
        """Put words into cells that are null, as often as they occur; the most frequent one without a generator."""
        if not self.words or not cells.null_count:
            return cells
        shares = np.array([*self.counts, self.nulls], np.float64)
        places = np.flatnonzero(cells.is_null().to_numpy(zero_copy_only=False))
        drawn = np.full(len(places), int(shares.argmax()))
        if rng is not None:
            drawn = rng.choice(len(shares), size=len(places), p=shares / shares.sum())
        which = np.full(len(cells), len(self.words))
        which[places] = drawn
        words = pa.array([*self.words, None], cells.type).take(pa.array(which))
        return pc.coalesce(cells, words)

    def remarks(self, name: str, cells: pa.ChunkedArray, odd: pa.Array, what: str) -> tuple[str, ...]:
        """Say which words are kept and which cells are not, with the first row.

        Parameters
        ----------
        name : str
            Of the column.
        cells : pa.ChunkedArray
            The column as text.
        odd : pa.Array
            Distinct strings that are not written like the others.
        what : str
            What the others are: ``"moment"``.
        """
        remarks = []
        if self.words:
            words = ", ".join(map(repr, self.words[:_SHOWN])) + ", ..." * (len(self.words) > _SHOWN)
            remarks.append(f"column {name!r}: {words} is no {what}; it comes out as often as it is in the data")
        strays = odd.filter(pc.invert(pc.is_in(odd, value_set=pa.array(self.words, odd.type))))
        if len(strays):
            many = f"{len(strays):,} cells are" if len(strays) > 1 else "one cell is"
            remarks.append(f"column {name!r}: {many} no {what} and comes out missing: {name_cells(cells, strays)}")
        return tuple(remarks)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote."""
        return restore(cls, data)

    def check(self) -> None:
        """Refuse counts that do not belong to the words."""
        require(len(self.words) == len(self.counts) == len(set(self.words)), "each word needs a count")
        require(all(self.counts), "a word that does not occur")
        require(self.strays <= self.nulls, "more strays than cells without a value")


NO_MARKS = Marks()
"""Marks of a column where every cell that is not null holds a value."""


def name_cells(array: pa.ChunkedArray, words: pa.Array) -> str:
    """Name cells by their row: ``row 10,472 is '3.0M', row 17 is 'na'``.

    Parameters
    ----------
    array : pa.ChunkedArray
        The column.
    words : pa.Array
        Some of its distinct cells, the most important first; a few are named.
    """
    named = []
    for word in words[:_SHOWN].to_pylist():
        row = pc.index(array, pa.scalar(word, array.type)).as_py()
        named.append(f"row {row:,} is {word[:_LONGEST_SHOWN] + '...' * (len(word) > _LONGEST_SHOWN)!r}")
    return ", ".join(named)
