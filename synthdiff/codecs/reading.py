"""The distinct cells of a text column, read as numbers by the notation that fits most of them; and what speaks against.

Cells that are no numbers are of two sorts. *Words* stand for a number that is missing, and may be many. Cells that are
*unread* should have been numbers: they must be few, or the column is not one of numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.codecs.column import BoolArray, IntArray
from synthdiff.codecs.notation import MOST_SPELLED, Notation, Spelled
from synthdiff.codecs.notation_search import find_notation, number_type
from synthdiff.codecs.unit import is_known
from synthdiff.codecs.variant import ONE_WAY, Variants
from synthdiff.data.parse import MISSING

MIN_FEW = 10
"""Distinct numbers below which text is categories."""
_MIN_DISTINCT = 50
_MOST_UNREAD, _FEW_UNREAD, _FEW_WORDS, _FEW_SHARE = 0.1, 0.02, 5, 0.005
_MIN_SAME = 0.8
_MIN_DECLARED = 0.5
_LONGEST = 256
_ERRORS = r"^#[A-Z0-9/_]+[!?]?$|^[-+]?inf(inity)?$|^-+$"
_FREQUENT = 3


@dataclass(frozen=True, eq=False)
class Reading:
    """Distinct cells and what they are as numbers.

    Attributes
    ----------
    cells : (n,) pa.Array of string
    counts : (n,) int64
        How often each occurs.
    notation : Notation
    numbers : (n,) pa.Array
        Integers or floats, null where a cell is no number.
    variants : Variants
        Several ways to write the numbers, where there are.
    """

    cells: pa.Array
    counts: IntArray
    notation: Notation
    numbers: pa.Array
    variants: Variants = ONE_WAY

    @classmethod
    def of(cls, distinct: pa.Array, counts: IntArray) -> Self | None:
        """Read distinct cells.

        Parameters
        ----------
        distinct : (n,) pa.Array
            Text.
        counts : (n,) int64
            How often each occurs.

        Returns
        -------
        Reading or None
            None where hardly any cell looks like a number.
        """
        cells = distinct.cast(pa.string())
        notation = find_notation(cells)
        if notation is None:
            return None
        numbers = notation.read(cells, number_type(notation, cells))
        if numbers.null_count == len(numbers):
            return None
        found = cls(cells, counts, notation, numbers)
        variants = Variants.fit(cells, counts, notation) if numbers.null_count else None
        if variants is None:
            return found
        return cls(cells, counts, notation, pa.array(variants.read(cells)[0], from_pandas=True), variants)

    @cached_property
    def is_number(self) -> BoolArray:
        """Which cells are numbers, (n,)."""
        return np.asarray(self.numbers.is_valid().to_numpy(zero_copy_only=False))

    @cached_property
    def others(self) -> pa.Array:
        """The m cells that are no numbers."""
        return self.cells.filter(pa.array(~self.is_number))

    @property
    def other_counts(self) -> IntArray:
        """How often each of them occurs, (m,)."""
        return self.counts[~self.is_number]

    @cached_property
    def is_word(self) -> BoolArray:
        """Which of them stand for a missing number, (m,)."""
        return np.asarray(_are_words(self.others, self.other_counts).to_numpy(zero_copy_only=False))

    @property
    def unread(self) -> pa.Array:
        """Those that should have been numbers."""
        return self.others.filter(pa.array(~self.is_word))

    @property
    def unread_share(self) -> float:
        """Their share of the values that are not words."""
        unread = int(self.other_counts[~self.is_word].sum())
        return unread / (unread + int(self.counts[self.is_number].sum()))

    @property
    def may_be_declared(self) -> bool:
        """Whether enough cells are numbers for somebody to call the column one."""
        return self.unread_share <= _MIN_DECLARED

    @property
    def are_whole(self) -> bool:
        """Whether the numbers are whole, without a known unit, a sign or groups: they may be codes."""
        return bool(pt.is_integer(self.numbers.type)) and self.notation.is_bare

    @property
    def has_unknown(self) -> bool:
        """Whether something unknown stands around the numbers."""
        return not is_known(self.notation.before, self.notation.after)

    @cached_property
    def written(self) -> pa.Array:
        """The numbers as they would come out."""
        if self.variants.ways:
            return self.variants.written(*self.variants.read(self.cells))
        return self.notation.write(self.numbers)

    @cached_property
    def is_same(self) -> BoolArray:
        """Which cells would come out to the letter, (n,)."""
        same = pc.fill_null(pc.equal(self.written, self.cells), False)
        return np.asarray(same.to_numpy(zero_copy_only=False))

    @property
    def example(self) -> str:
        """A cell as most are."""
        usual = np.flatnonzero(self.is_same) if self.is_same.any() else np.flatnonzero(self.is_number)
        return str(self.cells[int(usual[0])].as_py())

    def spelled(self) -> Spelled:
        """Cells that repeat and are mostly written otherwise than the notation says, with their numbers."""
        if self.variants.ways:
            return Spelled()
        rows = np.flatnonzero(self.is_number & ~self.is_same & (self.counts > 1))
        rows = rows[np.argsort(-self.counts[rows], kind="stable")][:MOST_SPELLED]
        usual = pc.index_in(self.written.take(pa.array(rows)), value_set=self.cells).fill_null(-1).to_numpy()
        rows = rows[(usual < 0) | (self.counts[usual] < self.counts[rows])]
        numbers = self.numbers.take(pa.array(rows)).cast(pa.float64()).to_pylist()
        first: dict[float, str] = {}
        for cell, number in zip(self.cells.take(pa.array(rows)).to_pylist(), numbers, strict=True):
            if len(cell) <= _LONGEST:
                first.setdefault(number, cell)
        return Spelled(tuple(first.values()), tuple(first))

    def doubts(self, is_named: bool) -> Iterator[str]:
        """What speaks against numbers, where nobody declared them.

        Parameters
        ----------
        is_named : bool
            Whether the column has the name of an identifier.
        """
        n_numbers, n_distinct = int(self.counts[self.is_number].sum()), int(self.is_number.sum())
        if self.unread_share > _MOST_UNREAD:
            yield "too many values are no numbers in one way of writing"
        if np.count_nonzero(self.is_same) < _MIN_SAME * n_distinct:
            yield "not every value is a number in one way of writing"
        is_few = len(self.others) > 0 and self.unread_share <= _FEW_UNREAD
        if n_distinct < _MIN_DISTINCT and not (n_distinct >= MIN_FEW and (is_few or n_distinct > n_numbers / 2)):
            yield "few enough values to be categories"
        if not self.variants.are_of_a_kind and 2 * len(self.cells) <= self.counts.sum():
            yield "values that repeat, in several ways of writing numbers"
        if self.are_whole:
            yield from self._doubts_of_codes(is_named)

    def _doubts_of_codes(self, is_named: bool) -> Iterator[str]:
        if not len(self.others) or self.has_unknown:
            yield "whole numbers without a unit that are stored as text are codes"
            return
        if is_named:
            yield "whole numbers with the name of an identifier"
        if len(self.unread) > max(_FEW_WORDS, _FEW_SHARE * self.counts.sum()):
            yield "whole numbers and too many other values"
        if pc.any(pc.match_substring_regex(self.unread, "^0[0-9]+$")).as_py():
            yield "whole numbers with leading zeros are codes"


def _are_words(words: pa.Array, counts: IntArray) -> pa.Array:
    """Say which distinct cells stand for a number that is not there, rather than for one that cannot be read.

    Parameters
    ----------
    words : pa.Array of string
        Distinct cells that are no numbers.
    counts : (n,) int64
        How often each occurs.
    """
    trimmed = pc.utf8_lower(pc.utf8_trim_whitespace(words))
    known = pc.is_in(trimmed, value_set=pa.array(sorted({word.lower() for word in MISSING}), trimmed.type))
    errors = pc.match_substring_regex(trimmed, _ERRORS, ignore_case=True)
    # "Varies with device" and "Free" repeat, and hold no digit.
    frequent = np.zeros(len(counts), np.bool_)
    frequent[np.argsort(-counts, kind="stable")[:_FREQUENT]] = True
    plain = pc.invert(pc.match_substring_regex(trimmed, "^[^<>≤≥]*[0-9]"))  # "<0.5" is below what can be measured
    return pc.or_(pc.or_(known, errors), pc.and_(pa.array(frequent & (counts > 1)), plain))
