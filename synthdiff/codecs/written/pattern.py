"""One way to write dates and times, in codes: read as numbers, and written the same way again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from synthdiff.codecs.column import BoolArray, IntArray
from synthdiff.codecs.written.calendar import Amounts, DayParts, read_days
from synthdiff.codecs.written.code import ALIASES, CODES, NAMED_ZONES, ZONES, Code
from synthdiff.record import require, restore

_CODE = re.compile(r"%(?:[-^~]?(?:\([a-z]{2}[0-9]?\))?[A-Za-z]|:z|[1-9]f|%)")
_DISTANCE = re.compile(r"(?<=[A-Za-z 0])([+-])([0-9]{2}):?([0-9]{2})?(?=$|[ \[\])])")
_ZONE_NAME = re.compile(rf"\b({ZONES['%Z']})\b")
_DAY = 86_400
_MIDNIGHT = "24:00"
_MOST = 2**63 - 1
_BARE = "%0"
YEARS = -62_167_219_200, 253_402_300_799
"""Seconds of the years 0 to 9999, which have four digits."""
_DATES: tuple[set[str], ...] = (
    {"year", "month", "day"}, {"year", "month"}, {"year", "year_day"}, {"year", "quarter"}, {"year"},
    {"month", "day"},
    {"iso_year", "week", "iso_weekday"}, {"iso_year", "week"}, set(),
)  # fmt: skip
_CLOCKS: tuple[set[str], ...] = (
    {"hour", "minute", "second", "fraction"}, {"hour", "minute", "second"}, {"hour", "minute"}, {"hour"}, set(),
)  # fmt: skip


@dataclass(frozen=True)
class Pattern:
    """One way to write dates and times.

    Attributes
    ----------
    text : str
        Codes of `CODES`, and other letters as they are: a distance from UTC, too. After ``%0``, zeros at the beginning
        of the whole are left out, as integers leave them: ``930`` is written ``%0%H%M``.
    """

    text: Annotated[str, Field(max_length=128)]

    @classmethod
    def from_dict(cls, text: Any) -> Pattern:
        """Restore a pattern from its codes."""
        return restore(cls, {"text": text})

    @cached_property
    def parts(self) -> list[Code | str]:
        """Codes, and the letters between them."""
        parts: list[Code | str] = []
        at = 2 * self.is_bare
        for found in _CODE.finditer(self.text, at):
            parts += [self.text[at : found.start()]] * (found.start() > at)
            require(found[0] in CODES or found[0] == "%%", f"the code {found[0]} is not known")
            parts.append(CODES.get(found[0], "%"))
            at = found.end()
        parts += [self.text[at:]] * (at < len(self.text))
        require(not any(isinstance(part, str) and "%" in part and part != "%" for part in parts), "a % without a code")
        return parts

    @property
    def is_bare(self) -> bool:
        """Whether zeros at the beginning are left out."""
        return self.text.startswith(_BARE)

    @property
    def _codes(self) -> list[Code]:
        return [part for part in self.parts if isinstance(part, Code)]

    @cached_property
    def counts(self) -> set[str]:
        """What its numbers count."""
        return {code.counts for code in self._codes}

    def check(self) -> None:
        """Refuse codes that do not make a date, a time, or both.

        Raises
        ------
        ValueError
            They do not.
        """
        names = [code.counts for code in self._codes]
        twice = next((name for name in names if names.count(name) > 1), None)
        require(twice is None, f"{self.text!r} has two codes for the {str(twice).replace('_', ' ')}")
        counts = {"year" if name == "short_year" else name for name in names} - {"weekday"}
        require(counts, f"{self.text!r} has no code of a date or a time")
        if {"hour_of_12", "half"} <= counts:
            counts = counts - {"hour_of_12", "half"} | {"hour"}
        clock = counts & _CLOCKS[0]
        require(counts - clock in _DATES, f"{self.text!r} does not say which day is meant")
        require(clock in _CLOCKS, f"{self.text!r} does not say which time is meant")

    @property
    def kind(self) -> str:
        """``"date"``, ``"time"`` or ``"datetime"``."""
        has_date, has_time = bool(self.counts & {"year", "short_year", "iso_year", "month"}), self._has_time
        return "datetime" if has_date and has_time else "date" if has_date else "time"

    @property
    def _has_time(self) -> bool:
        return bool(self.counts & {"hour", "hour_of_12"}) or self._shift > 0

    @cached_property
    def digits(self) -> int:
        """Digits of the fraction of a second."""
        return next((code.width for code in self._codes if code.counts == "fraction"), 0)

    @property
    def unit(self) -> str:
        """Arrow's unit of what is written: ``"s"``, ``"ms"``, ``"us"`` or ``"ns"``."""
        return ("s", "ms", "us", "ns")[-(-self.digits // 3)]

    @property
    def per_second(self) -> int:
        """How many of the units of what is written a second has."""
        return int(10 ** (3 * -(-self.digits // 3)))

    @cached_property
    def offset(self) -> int:
        """Distance from UTC in seconds; 0 where none is written."""
        if not self._has_time:
            return 0
        if found := _DISTANCE.search(self.text):
            sign, hours, minutes = found.groups()
            return (1 if sign == "+" else -1) * (int(hours) * 3600 + int(minutes or 0) * 60)
        name = _ZONE_NAME.search(self.text)
        return NAMED_ZONES[name[1]] * 3600 if name else 0

    @property
    def _shift(self) -> int:
        """Seconds from the date that is written to the moment that is meant."""
        return _DAY if _MIDNIGHT in self.text else 0

    @cached_property
    def regex(self) -> str:
        """What is read, one group a code."""
        groups = (f"(?P<g{i}>{p.regex})" if isinstance(p, Code) else re.escape(p) for i, p in enumerate(self.parts))
        return f"^{''.join(groups)}$"

    def read(self, cells: pa.ChunkedArray | pa.Array) -> tuple[IntArray, BoolArray]:
        """Read text.

        Parameters
        ----------
        cells : pa.ChunkedArray or pa.Array
            n strings.

        Returns
        -------
        ticks : (n,) int64
            Units since 1970-01-01 00:00 on the clock of the place; of a time, since midnight.
        valid : (n,) bool
            False where the cell is null or not written like this.
        """
        if isinstance(cells, pa.ChunkedArray):
            cells = cells.combine_chunks()
        if self.is_bare:
            cells = self._fill_up(cells)
        found = pc.extract_regex(cells, self.regex)
        valid = np.array(found.is_valid().to_numpy(zero_copy_only=False))
        codes = self._codes
        amounts = {code.counts: code.read(pc.struct_field(found, i)) for i, code in enumerate(codes)}
        seconds = _read_seconds(amounts, valid) if self._has_time else np.zeros(len(cells), np.int64)
        if self.kind != "time":
            safe = {name: np.where(valid, numbers, 1) for name, numbers in amounts.items()}
            days = read_days(safe)
            # A day that there is not, such as February 30, would be written as another one.
            parts = DayParts(days)
            for name in self.counts & {"month", "day", "year_day", "week"}:
                valid &= safe[name] == parts[name]
            seconds = seconds + days * _DAY + self._shift
        valid &= np.abs(seconds) < _MOST // self.per_second
        ticks = seconds * self.per_second
        if self.digits:
            ticks = ticks + amounts["fraction"] * 10 ** (-self.digits % 3)
        return np.where(valid, ticks, 0), valid

    def write(self, ticks: IntArray) -> pa.Array:
        """Write text, the inverse of `read`: (n,) units to n strings; what is finer than the pattern is left out."""
        seconds, rest = np.divmod(ticks, np.int64(self.per_second))
        seconds = seconds - self._shift
        # A distance from UTC may lead out of the years that have four digits.
        days, second = np.divmod(seconds if self.kind == "time" else np.clip(seconds, *YEARS), _DAY)
        date = DayParts(days)
        hour = second // 3600
        clock: Amounts = {
            "hour": hour,
            "hour_of_12": (hour + 11) % 12 + 1,
            "half": hour // 12,
            "minute": second // 60 % 60,
            "second": second % 60,
            "fraction": rest // 10 ** (-self.digits % 3),
        }

        def amount_of(name: str) -> IntArray:
            return clock[name] if name in clock else date[name]

        texts = [
            part
            if isinstance(part, str)
            else part.write(clock[part.counts] if part.counts in clock else date[part.counts])
            for part in self.parts
        ]
        written = pc.binary_join_element_wise(*texts, "")
        if not self.is_bare:
            return written
        bare = pc.ascii_ltrim(written, "0")
        return pc.if_else(pc.equal(bare, ""), "0", bare)

    @cached_property
    def width(self) -> int:
        """Letters of a text whose numbers all have their zeros."""
        return sum(len(part) if isinstance(part, str) else part.width for part in self.parts)

    def _fill_up(self, cells: pa.Array) -> pa.Array:
        """Put zeros before digits that lack them; what has them already is not written so."""
        filled = pc.ascii_lpad(cells, self.width, "0")
        return pc.if_else(pc.match_substring_regex(cells, "^0."), pa.scalar(None, cells.type), filled)

    def restores(self, cells: pa.Array) -> bool:
        """Say whether all strings, without nulls, come back to the letter."""
        return bool(self.read_exactly(cells)[1].all())

    def read_exactly(self, cells: pa.Array) -> tuple[IntArray, BoolArray]:
        """Read as `read` does; only strings, without nulls, that come back to the letter are valid."""
        ticks, valid = self.read(cells)
        if "weekday" not in self.counts:
            return ticks, valid  # each number is written in one way only, and nothing is said twice
        same = pc.equal(self.write(ticks).cast(cells.type), cells)
        return ticks, np.asarray(same.to_numpy(zero_copy_only=False)) & valid


def plain_codes(text: str) -> str:
    """Replace codes that stand for several."""
    return re.sub("%[A-Za-z]", lambda found: ALIASES.get(found[0], found[0]), text)


def _read_seconds(amounts: Amounts, valid: BoolArray) -> IntArray:
    """Seconds since midnight."""
    zero = np.zeros(len(valid), np.int64)
    hour = amounts.get("hour", zero)
    if "hour_of_12" in amounts:
        hour = amounts["hour_of_12"] % 12 + 12 * amounts["half"]
    return hour * 3600 + amounts.get("minute", zero) * 60 + amounts.get("second", zero)
