# ruff: noqa: D102 (what the methods do is said once, by the interface in column.py)
"""Dates, timestamps, times of the day and durations of Arrow's own types.

Encoded in days (dates) or seconds (the others) since Arrow's zero, so that columns can be compared: a drop-off minus a
pick-up is a duration, whatever units the two are stored in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa
import pyarrow.types as pt

from synthdiff.codecs.column import Claim, ColumnFacts
from synthdiff.codecs.lattice import Lattice
from synthdiff.codecs.tick import TickCodec, find_lattice

_NAMES = {604_800: "week", 86_400: "day", 3_600: "hour", 60: "minute", 1: "second"}


@dataclass(frozen=True, eq=False)
class DatetimeCodec(TickCodec):
    """Timestamps, with or without a time zone."""

    word: ClassVar[str] = "datetime"
    kind: ClassVar[str] = "datetime"

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return bool(pt.is_timestamp(dtype))

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        if not cls.accepts(facts.type):
            return Claim(False, f"{facts.type} is not a timestamp type")
        return Claim(True, f"timestamps{step_in_words(find_lattice(facts.distinct), 1)}")


@dataclass(frozen=True, eq=False)
class DateCodec(TickCodec):
    """Calendar days."""

    word: ClassVar[str] = "date"
    kind: ClassVar[str] = "date"

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return bool(pt.is_date(dtype))

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        if not cls.accepts(facts.type):
            return Claim(False, f"{facts.type} is not a date type")
        return Claim(True, f"dates{step_in_words(find_lattice(facts.distinct), 86_400)}")


@dataclass(frozen=True, eq=False)
class TimeCodec(TickCodec):
    """Times of the day."""

    word: ClassVar[str] = "time"
    kind: ClassVar[str] = "time"

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return bool(pt.is_time(dtype))

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        if not cls.accepts(facts.type):
            return Claim(False, f"{facts.type} is not a time type")
        return Claim(True, f"times of the day{step_in_words(find_lattice(facts.distinct), 1)}")


@dataclass(frozen=True, eq=False)
class DurationCodec(TickCodec):
    """Lengths of time."""

    word: ClassVar[str] = "duration"
    kind: ClassVar[str] = "duration"

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return bool(pt.is_duration(dtype))

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        if not cls.accepts(facts.type):
            return Claim(False, f"{facts.type} is not a duration type")
        return Claim(True, f"durations{step_in_words(find_lattice(facts.distinct), 1)}")


def step_in_words(lattice: Lattice, unit: int) -> str:
    """Say how far apart values are.

    Parameters
    ----------
    lattice : Lattice
        Of a temporal column.
    unit : int
        Seconds in an encoded unit.

    Returns
    -------
    str
        Such as ``" in steps of 15 minutes"``; empty below a second, and for days of dates.
    """
    seconds = lattice.resolution * unit
    if seconds == unit > 1:
        return ""
    for size, name in _NAMES.items():
        if seconds >= size and seconds % size == 0:
            count = int(seconds // size)
            return f" in steps of {count:,} {name}s" if count > 1 else f" in steps of a {name}"
    return ""
