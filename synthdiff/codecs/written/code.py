"""The codes that patterns are made of: what each counts, how it is read and how it is written.

They are those of ``strftime`` with the flags ``-`` (no leading zeros) and ``^`` (capitals), as the GNU library has
them, ``~`` (small letters), a fraction of one to nine digits (``%3f``), ``%q`` for the quarter and ``%o`` for a day
such as ``1st``. Names in another language have it in brackets: ``%(de)B``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.codecs.column import IntArray
from synthdiff.codecs.written.words import ENGLISH, STYLES, words_of


@dataclass(frozen=True)
class Code:
    """One code.

    Attributes
    ----------
    counts : str
        What its number counts: ``"month"``.
    regex : str
        What is read.
    width : int
        Digits, filled with zeros on the left; 1 for none.
    words : tuple of str
        The words that are written in place of numbers, in their order; empty for digits.
    first : int
        Number of the first word.
    """

    counts: str
    regex: str
    width: int = 1
    words: tuple[str, ...] = ()
    first: int = 0

    @cached_property
    def _texts(self) -> pa.Array:
        """What is written of each number, those below the first one left empty."""
        if self.words:
            return pa.array([*[""] * self.first, *self.words])
        return pa.array([f"{number:0{self.width}d}" for number in range(10**4 if self.counts in _YEARS else 1000)])

    def read(self, texts: pa.Array) -> IntArray:
        """Numbers of texts that match, 0 of nulls; (n,) int64."""
        if self.words:
            found = pc.index_in(texts, value_set=pa.array(self.words, texts.type)).cast(pa.int64())
            return np.asarray(found.fill_null(0).to_numpy(zero_copy_only=False)) + self.first
        numbers = texts.cast(pa.int64())
        return np.asarray(numbers.fill_null(0).to_numpy(zero_copy_only=False), dtype=np.int64)

    def write(self, numbers: IntArray) -> pa.Array:
        """Texts of numbers, (n,) int64."""
        if self.counts == "fraction":
            return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), self.width, "0")
        return self._texts.take(pa.array(numbers))


_YEARS = ("year", "iso_year")
_TO_12, _TO_24, _TO_60 = "0[1-9]|1[0-2]", "[01][0-9]|2[0-3]", "[0-5][0-9]"
_TO_31, _TO_366 = "0[1-9]|[12][0-9]|3[01]", "00[1-9]|0[1-9][0-9]|[12][0-9][0-9]|3[0-5][0-9]|36[0-6]"


def _name(counts: str, words: tuple[str, ...], first: int) -> Code:
    regex = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return Code(counts, regex, words=words, first=first)


_NAMES = {"B": ("month", 1), "b": ("month", 1), "A": ("weekday", 0), "a": ("weekday", 0), "p": ("half", 0)}
"""What words count, and the number of the first one."""


def _in_all_cases(style: str, words: tuple[str, ...]) -> dict[str, Code]:
    """A code of words as they are, in capitals and in small letters."""
    counts, first = _NAMES[style[-1]]
    return {
        f"%{style}": _name(counts, words, first),
        f"%^{style}": _name(counts, tuple(word.upper() for word in words), first),
        f"%~{style}": _name(counts, tuple(word.lower() for word in words), first),
    }


def _with_ending(day: int) -> str:
    """A day as English speakers count it: ``1st``."""
    return f"{day}{'th' if 10 < day < 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


CODES: dict[str, Code] = {
    "%Y": Code("year", "[0-9]{4}", 4),
    "%y": Code("short_year", "[0-9]{2}", 2),
    "%m": Code("month", _TO_12, 2),
    "%-m": Code("month", "1[0-2]|[1-9]"),
    "%d": Code("day", _TO_31, 2),
    "%-d": Code("day", "[12][0-9]|3[01]|[1-9]"),
    "%e": _name("day", tuple(f"{day:2d}" for day in range(1, 32)), 1),
    "%j": Code("year_day", _TO_366, 3),
    "%-j": Code("year_day", "[12][0-9][0-9]|3[0-5][0-9]|36[0-6]|[1-9][0-9]|[1-9]"),
    "%q": Code("quarter", "[1-4]"),
    "%G": Code("iso_year", "[0-9]{4}", 4),
    "%V": Code("week", "0[1-9]|[1-4][0-9]|5[0-3]", 2),
    "%-V": Code("week", "[1-4][0-9]|5[0-3]|[1-9]"),
    "%u": Code("iso_weekday", "[1-7]"),
    "%H": Code("hour", _TO_24, 2),
    "%-H": Code("hour", "1[0-9]|2[0-3]|[0-9]"),
    "%I": Code("hour_of_12", _TO_12, 2),
    "%-I": Code("hour_of_12", "1[0-2]|[1-9]"),
    "%M": Code("minute", _TO_60, 2),
    "%-M": Code("minute", "[1-5][0-9]|[0-9]"),
    "%S": Code("second", _TO_60, 2),
    "%-S": Code("second", "[1-5][0-9]|[0-9]"),
    "%f": Code("fraction", "[0-9]{6}", 6),
    **{f"%{digits}f": Code("fraction", f"[0-9]{{{digits}}}", digits) for digits in range(1, 10)},
    "%o": _name("day", tuple(map(_with_ending, range(1, 32))), 1),
    "%(fr)d": _name("day", ("1er", *map(str, range(2, 32))), 1),
    **{
        code: word
        for style, words in ENGLISH.items()
        for code, word in _in_all_cases(style, tuple(words.split())).items()
    },
    **{code: word for style in STYLES for code, word in _in_all_cases(style, words_of(style)).items()},
}
"""Codes that count something."""

ALIASES = {
    "%F": "%Y-%m-%d", "%T": "%H:%M:%S", "%R": "%H:%M", "%D": "%m/%d/%y", "%h": "%b", "%r": "%I:%M:%S %p", "%P": "%~p",
}  # fmt: skip
"""Codes that stand for several."""

ZONES = {"%z": "[+-][0-9]{4}", "%:z": "[+-][0-9]{2}:[0-9]{2}", "%-z": "[+-][0-9]{2}"}
"""Codes of the distance from UTC. In a pattern that has been found, the distance itself stands in their place."""

NAMED_ZONES = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8,
    "HST": -10, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip
"""Abbreviations of time zones, in hours from UTC."""
ZONES["%Z"] = "|".join(sorted(NAMED_ZONES, key=len, reverse=True))
