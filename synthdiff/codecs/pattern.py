"""How dates and times are written as text: found out, read, and written the same way again.

A pattern is in the codes of ``strftime``, with two additions for its ends: a fraction of a second (``%3f``, ``%f`` for
six digits, ``%9f``) that closes the time, and ``%-d``, ``%-m``, ``%-H``, ``%-I`` for numbers without a leading zero.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from synthdiff.codecs.column import BoolArray, IntArray
from synthdiff.record import require, restore

_DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%m/%d/%Y", "%d/%m/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y",
    "%-m/%-d/%Y", "%-d/%-m/%Y", "%-d.%-m.%Y", "%m/%d/%y", "%d/%m/%y", "%-m/%-d/%y", "%d.%m.%y",
    "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%B %d, %Y",
)  # fmt: skip
_MONTHS = ("%Y-%m", "%b %Y", "%B %Y")
# Plain digits are dates only where many of them are, and all are of our time.
_DIGITS = {"%Y%m%d": ("19000101", "21001231"), "%Y%m": ("190001", "210012")}
_MIN_DIGITS = 12
_TIMES = (
    "%H:%M:%S", "%H:%M", "%H:%M:%S.%3f", "%H:%M:%S.%f", "%H:%M:%S.%9f", "%-H:%M", "%-H:%M:%S",
    "%I:%M:%S %p", "%I:%M %p", "%-I:%M %p", "%-I:%M:%S %p",
)  # fmt: skip
_ZONES = ("", "Z", "+00:00", " UTC")
PATTERNS: tuple[str, ...] = (
    *_DATES,
    *_MONTHS,
    *_TIMES,
    *(date + gap + time + zone for date, gap, time, zone in product(_DATES, "T ", _TIMES, _ZONES)),
)
"""The patterns that are recognised in text with separators, those that are preferred first."""

_FRACTION = re.compile(r"\.%(\d?)f")
_NO_ZERO = "~"
_SAMPLE = 50


@dataclass(frozen=True)
class Pattern:
    """One way to write dates and times.

    Attributes
    ----------
    text : str
        The codes.
    """

    text: Annotated[str, Field(max_length=128)]

    @classmethod
    def from_dict(cls, text: Any) -> Pattern:
        """Restore a pattern from its codes."""
        return restore(cls, {"text": text})

    def check(self) -> None:
        """Refuse a fraction of a second that Arrow has no unit for."""
        require(self._digits in (0, 3, 6, 9), "a fraction of a second has 3, 6 or 9 digits")

    @property
    def kind(self) -> str:
        """``"date"``, ``"time"`` or ``"datetime"``."""
        has_date, has_time = "%Y" in self.text or "%y" in self.text, ":" in self.text or "%H" in self.text
        return "datetime" if has_date and has_time else "date" if has_date else "time"

    @property
    def unit(self) -> str:
        """Arrow's unit of what is written: ``"s"``, ``"ms"``, ``"us"`` or ``"ns"``."""
        return {0: "s", 3: "ms", 6: "us", 9: "ns"}[self._digits]

    @cached_property
    def _digits(self) -> int:
        fraction = _FRACTION.search(self.text)
        return int(fraction[1] or 6) if fraction else 0

    @cached_property
    def _ends(self) -> tuple[str, str]:
        """The codes before the fraction, and the letters after it."""
        head, _, tail = _FRACTION.sub("\0", self.text).partition("\0")
        return head, tail

    def read(self, cells: pa.ChunkedArray | pa.Array) -> tuple[IntArray, BoolArray]:
        """Read text.

        Parameters
        ----------
        cells : pa.ChunkedArray or pa.Array
            n strings.

        Returns
        -------
        ticks : (n,) int64
            Units since 1970-01-01 00:00; of a time, since midnight.
        valid : (n,) bool
            False where the cell is null or not written like this.
        """
        head, tail = self._ends
        fraction = None
        if self._digits:
            stop = -len(tail) if tail else None
            start = -len(tail) - self._digits
            matches = pc.match_substring_regex(cells, rf"\.[0-9]{{{self._digits}}}{re.escape(tail)}$")
            digits = pc.utf8_slice_codeunits(cells, start, stop)
            fraction = pc.if_else(matches, digits, pa.scalar(None, digits.type)).cast(pa.int64())
            cells = pc.utf8_slice_codeunits(cells, 0, start - 1)
        seconds = pc.strptime(cells, format=head.replace("%-", "%"), unit="s", error_is_null=True).cast(pa.int64())
        ticks = seconds if fraction is None else pc.add(pc.multiply(seconds, 10**self._digits), fraction)
        valid = ticks.is_valid().to_numpy(zero_copy_only=False) if ticks.null_count else np.ones(len(ticks), np.bool_)
        numbers = np.asarray(ticks.fill_null(0).to_numpy(zero_copy_only=False), dtype=np.int64)
        if self.kind == "time":
            numbers = numbers % (86_400 * 10**self._digits)
        return numbers, np.asarray(valid)

    def write(self, ticks: IntArray) -> pa.Array:
        """Write text, the inverse of `read`: (n,) units to n strings."""
        # The same day or second often occurs many times, and writing costs more than counting.
        distinct, positions = np.unique(ticks, return_inverse=True)
        head, tail = self._ends
        seconds, rest = np.divmod(distinct, np.int64(10**self._digits))
        codes = head.replace("%-", f"{_NO_ZERO}%")
        written = pc.strftime(pa.array(seconds).cast(pa.timestamp("s")), format=codes, locale="C")
        if "%-" in head:
            written = pc.replace_substring_regex(written, f"{_NO_ZERO}0?", "")
        if self._digits:
            fraction = pc.utf8_lpad(pa.array(rest).cast(pa.string()), self._digits, "0")
            written = pc.binary_join_element_wise(written, ".", pc.binary_join_element_wise(fraction, tail, ""), "")
        return written.take(pa.array(positions))

    def restores(self, cells: pa.Array) -> bool:
        """Say whether all strings, without nulls, come back to the letter."""
        ticks, valid = self.read(cells)
        return bool(valid.all()) and self.write(ticks).cast(cells.type).equals(cells)


def find_pattern(cells: pa.Array, kind: str) -> Pattern | None:
    """Find out how text is written.

    Parameters
    ----------
    cells : pa.Array
        Distinct strings, at least one, without nulls.
    kind : str
        Which patterns to try: ``"date"``, ``"time"`` or ``"datetime"``.

    Returns
    -------
    Pattern or None
        The first that gives every string back to the letter; None if the strings are nothing of that kind.
    """
    if not pc.all(
        pc.match_substring_regex(cells[:_SAMPLE], r"^[0-9A-Z][A-Za-z,.:/ +-]*[0-9][0-9A-Za-z,.:/ +-]{1,35}$")
    ).as_py():
        return None
    # A single value rules nearly all patterns out; all values are read for the few that are left.
    candidates = PATTERNS
    if cells[0].as_py().isdecimal():
        candidates = tuple(text for text, limits in _DIGITS.items() if _are_between(cells, *limits))
    for text in candidates:
        pattern = Pattern(text)
        if pattern.kind == kind and all(pattern.restores(cells[:size]) for size in (1, _SAMPLE, len(cells))):
            return pattern
    return None


def _are_between(cells: pa.Array, earliest: str, latest: str) -> bool:
    first, last = pc.min_max(cells).as_py().values()
    return len(cells) >= _MIN_DIGITS and earliest <= first <= last <= latest
