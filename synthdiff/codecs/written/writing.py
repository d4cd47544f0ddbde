"""How distinct strings are written: the ways, and which string is written in which."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from synthdiff.codecs.column import BoolArray, IntArray
from synthdiff.codecs.written.pattern import Pattern
from synthdiff.codecs.written.span import Span
from synthdiff.record import require

Way = Pattern | Span


def way_of(text: str) -> Way:
    """The way of writing that a text describes."""
    require(isinstance(text, str), "a way of writing is a text")
    return _compile(text)


@lru_cache(4096)
def _compile(text: str) -> Way:
    return Span.from_dict(text) if "{" in text else Pattern.from_dict(text)


@dataclass
class Writing:
    """How distinct strings are written.

    Attributes
    ----------
    ways : list of Way
        The most frequent one first.
    which : (n,) int64
        Position of each string's way; -1 where it is written in none.
    ticks : (n,) int64
        What is read, in the unit of the way.
    unsure : tuple of str
        A string and the two ways between which nothing in the column decides; empty where all is clear.
    """

    ways: list[Way]
    which: IntArray
    ticks: IntArray
    unsure: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """``"date"``, ``"time"``, ``"datetime"`` or ``"duration"``."""
        kinds = {way.kind for way in self.ways}
        return "datetime" if "datetime" in kinds else self.ways[0].kind

    @property
    def odd(self) -> BoolArray:
        """Strings that are written in no way."""
        return self.which < 0
