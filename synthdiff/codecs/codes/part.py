"""The parts of a code: each one numbers what it can be, from 0, and is read from and written to the code's columns."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field

from synthdiff.codecs.codes.check import ByteArray
from synthdiff.codecs.codes.shuffle import WordArray
from synthdiff.record import as_tuple, choose, require, restore, without

MAX_DIGITS = 18
MAX_WIDTH = 256
MAX_CHOICES = 4096
_ZERO = 48
_CENTURY = 2000
_EPOCH = int(np.datetime64("2000-01-01").astype(np.int64))
_LEAP = int(np.datetime64("2000-02-29").astype(np.int64))
CIRCLE = int(np.datetime64("2100-01-01").astype(np.int64)) - _EPOCH - 1
"""Dates with years of two digits."""
Column = Annotated[int, Field(ge=0, lt=MAX_WIDTH)]
Columns = Annotated[tuple[Column, ...], BeforeValidator(as_tuple), Field(min_length=1, max_length=MAX_WIDTH)]
Characters = Annotated[str, Field(min_length=1, max_length=95, pattern=r"^[ -~]+$")]
Choices = Annotated[tuple[Characters, ...], BeforeValidator(as_tuple), Field(min_length=1, max_length=MAX_CHOICES)]


@dataclass(frozen=True)
class Digits:
    """A number of fixed width.

    Attributes
    ----------
    columns : tuple of int
        Where its digits are.
    low, high : int
        The numbers that it can be.
    """

    columns: Columns
    low: Annotated[int, Field(ge=0, lt=10**MAX_DIGITS)]
    high: Annotated[int, Field(ge=0, lt=10**MAX_DIGITS)]

    @property
    def size(self) -> int:
        """How many there are."""
        return self.high - self.low + 1

    def read(self, codes: ByteArray) -> WordArray:
        """Read the positions of the numbers, (n,) uint64, from (n, width) codes."""
        return _read_digits(codes, self.columns) - np.uint64(self.low)

    def write(self, codes: ByteArray, positions: WordArray) -> None:
        """Write the numbers at positions, (n,) uint64, into (n, width) codes."""
        _write_digits(codes, self.columns, positions + np.uint64(self.low))

    def check(self) -> None:
        """Refuse numbers that are out of order, or too wide."""
        require(self.low <= self.high < 10 ** len(self.columns), "a number has more digits than columns")


@dataclass(frozen=True)
class Day:
    """A date.

    Attributes
    ----------
    columns : tuple of int
        Where its digits are.
    order : str
        What each digit belongs to, year, month or day: ``"YYYYMMDD"``, ``"DDMMYY"``. Short years go in a circle.
    shift : int
        What is added to the month, which some national numbers use to tell centuries or sexes apart.
    first : int
        The earliest date, in days since 1970; of two-digit years, since 2000.
    days : int
        Days from the earliest to the latest, both included.
    """

    columns: Columns
    order: Annotated[str, Field(pattern=r"^[YMD]{6,8}$")]
    shift: Annotated[int, Field(ge=0, le=80)]
    first: Annotated[int, Field(ge=-(10**6), le=10**7)]
    days: Annotated[int, Field(ge=1, le=10**7)]

    @property
    def size(self) -> int:
        """How many there are."""
        return self.days

    @cached_property
    def _is_short(self) -> bool:
        return self.order.count("Y") == 2

    def read_days(self, codes: ByteArray) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Read days since the epoch, (n,) int64, and which of them are dates, (n,) bool."""
        year, month, day = (_read_digits(codes, self._of(letter)).astype(np.int64) for letter in ("Y", "M", "D"))
        month = month - self.shift
        year = year + _CENTURY if self._is_short else year
        in_year = (month >= 1) & (month <= 12) & (year >= 1)
        months = np.where(in_year, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
        dates = months.astype("datetime64[D]") + (day - 1)
        valid = in_year & (day >= 1) & (dates.astype("datetime64[M]") == months)
        days = dates.astype(np.int64)
        if self._is_short:
            # 29 February of the year 00 is a date in one century and not in another: it is read, never written.
            days = days - _EPOCH - (days > _LEAP)
        return days, valid

    def read(self, codes: ByteArray) -> WordArray:
        """Read the positions of the dates, (n,) uint64, from (n, width) codes."""
        days = self.read_days(codes)[0] - self.first
        return np.asarray(days % CIRCLE if self._is_short else days, dtype=np.int64).view(np.uint64)

    def write(self, codes: ByteArray, positions: WordArray) -> None:
        """Write the dates at positions, (n,) uint64, into (n, width) codes."""
        days = positions.view(np.int64) + self.first
        if self._is_short:
            days = days % CIRCLE + _EPOCH
            days = days + (days >= _LEAP)
        dates = days.astype("datetime64[D]")
        months = dates.astype("datetime64[M]")
        years = months.astype("datetime64[Y]")
        month = (months - years.astype("datetime64[M]")).astype(np.int64) + 1 + self.shift
        day = (dates - months.astype("datetime64[D]")).astype(np.int64) + 1
        for letter, numbers in zip("YMD", (years.astype(np.int64) + 1970, month, day), strict=True):
            _write_digits(codes, self._of(letter), numbers.astype(np.uint64))

    def _of(self, letter: str) -> tuple[int, ...]:
        return tuple(column for column, other in zip(self.columns, self.order, strict=True) if other == letter)

    def check(self) -> None:
        """Refuse an order that is no date."""
        count = [self.order.count(letter) for letter in "YMD"]
        require(len(self.columns) == len(self.order) and count in ([2, 2, 2], [4, 2, 2]), "the order is no date")
        require(not self._is_short or self.days <= CIRCLE, "there are fewer dates with years of two digits")


@dataclass(frozen=True)
class Clock:
    """A time of day in six digits.

    Attributes
    ----------
    columns : tuple of int
        Where its digits are.
    first, last : int
        The earliest and the latest time, in seconds since midnight.
    """

    columns: Columns
    first: Annotated[int, Field(ge=0, lt=86_400)]
    last: Annotated[int, Field(ge=0, lt=86_400)]

    @property
    def size(self) -> int:
        """How many there are."""
        return self.last - self.first + 1

    def read_seconds(self, codes: ByteArray) -> tuple[WordArray, np.ndarray[Any, Any]]:
        """Read seconds since midnight, (n,) uint64, and which of them are times, (n,) bool."""
        hour, minute, second = (_read_digits(codes, self.columns[at : at + 2]) for at in (0, 2, 4))
        seconds = (hour * np.uint64(60) + minute) * np.uint64(60) + second
        return seconds, (hour < 24) & (minute < 60) & (second < 60)

    def read(self, codes: ByteArray) -> WordArray:
        """Read the positions of the times, (n,) uint64, from (n, width) codes."""
        return self.read_seconds(codes)[0] - np.uint64(self.first)

    def write(self, codes: ByteArray, positions: WordArray) -> None:
        """Write the times at positions, (n,) uint64, into (n, width) codes."""
        minutes, seconds = np.divmod(positions + np.uint64(self.first), np.uint64(60))
        hours, minutes = np.divmod(minutes, np.uint64(60))
        for at, numbers in ((0, hours), (2, minutes), (4, seconds)):
            _write_digits(codes, self.columns[at : at + 2], numbers)

    def check(self) -> None:
        """Refuse times that are out of order, or of other digits."""
        require(len(self.columns) == 6 and self.first <= self.last, "a time has six digits, and ends after it begins")


@dataclass(frozen=True)
class Letters:
    """One character.

    Attributes
    ----------
    columns : tuple of int
        Where it is.
    alphabet : str
        What it can be, in order.
    """

    columns: Columns
    alphabet: Characters

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.alphabet)

    @cached_property
    def _bytes(self) -> ByteArray:
        return np.frombuffer(self.alphabet.encode("ascii"), np.uint8)

    def read(self, codes: ByteArray) -> WordArray:
        """Read the positions of the characters, (n,) uint64, from (n, width) codes."""
        return np.searchsorted(self._bytes, codes[:, self.columns[0]]).astype(np.uint64)

    def write(self, codes: ByteArray, positions: WordArray) -> None:
        """Write the characters at positions, (n,) uint64, into (n, width) codes."""
        codes[:, self.columns[0]] = self._bytes[positions.astype(np.int64)]

    def check(self) -> None:
        """Refuse characters that are out of order."""
        require(list(self.alphabet) == sorted(set(self.alphabet)), "characters must increase")
        require(len(self.columns) == 1, "a character has one column")


@dataclass(frozen=True)
class Words:
    """One of a few texts.

    Attributes
    ----------
    columns : tuple of int
        Where it is.
    words : tuple of str
        What it can be, in order.
    """

    columns: Columns
    words: Choices

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.words)

    @cached_property
    def _bytes(self) -> ByteArray:
        return np.frombuffer("".join(self.words).encode("ascii"), np.uint8).reshape(len(self.words), -1)

    def read(self, codes: ByteArray) -> WordArray:
        """Read the positions of the texts, (n,) uint64, from (n, width) codes."""
        known = as_keys(self._bytes)
        order = np.argsort(known)
        return order[np.searchsorted(known[order], as_keys(codes[:, self.columns]))].astype(np.uint64)

    def write(self, codes: ByteArray, positions: WordArray) -> None:
        """Write the texts at positions, (n,) uint64, into (n, width) codes."""
        codes[:, self.columns] = self._bytes[positions.astype(np.int64)]

    def check(self) -> None:
        """Refuse texts that are out of order, or of another width."""
        require({len(word) for word in self.words} == {len(self.columns)}, "words must be as wide as their columns")
        require(list(self.words) == sorted(set(self.words)), "words must increase")


Part = Digits | Day | Clock | Letters | Words
_PARTS: dict[str, type[Part]] = {"digits": Digits, "day": Day, "clock": Clock, "letters": Letters, "words": Words}


def part_to_dict(part: Part) -> dict[str, Any]:
    """Plain JSON values that `part_from_dict` restores exactly."""
    word = next(word for word, kind in _PARTS.items() if isinstance(part, kind))
    lists = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(part).items()}
    return {"part": word, **lists}


def part_from_dict(data: Any) -> Part:
    """Restore what `part_to_dict` wrote."""
    return restore(choose(_PARTS, data, "part", "part"), without(data, "part"))


def as_keys(letters: ByteArray) -> np.ndarray[Any, Any]:
    """Make one comparable key of each row of (n, width) bytes."""
    rows = np.ascontiguousarray(letters)
    return rows.view(f"S{rows.shape[1]}")[:, 0]


def _read_digits(codes: ByteArray, columns: tuple[int, ...]) -> WordArray:
    numbers = np.zeros(len(codes), np.uint64)
    for column in columns:
        numbers = numbers * np.uint64(10) + (codes[:, column] - np.uint8(_ZERO))
    return numbers


def _write_digits(codes: ByteArray, columns: tuple[int, ...], numbers: WordArray) -> None:
    for column in reversed(columns):
        numbers, digits = np.divmod(numbers, np.uint64(10))
        codes[:, column] = digits.astype(np.uint8) + np.uint8(_ZERO)
