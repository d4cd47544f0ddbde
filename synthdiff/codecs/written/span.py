"""One way to write lengths of time, such as ``37:15:00``, ``1 day, 02:03:04`` or ``P1DT2H30M``.

What a length is made of stands in braces: days, hours, minutes, seconds and the fraction of a second, each with the
digits that it is filled up to (``{m:2}``); the largest one is not bounded. ``{-}`` is the sign of the whole. A part in
brackets is written where one of its numbers is not zero. After a bar stands what is written for zero.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from synthdiff.codecs.column import BoolArray, IntArray
from synthdiff.record import require, restore

_SIZES = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_ABOVE = {"d": 0, "h": 24, "m": 60, "s": 60}
_PART = re.compile(r"\{[dhms](?::[1-9])?\}|\{f(?::[1-9])?\}|\{-\}|\{\+\}|\{es\}|\[|\]")
_MOST = 2**63 - 1
_LARGEST = 10**9
"""Most of the largest unit; more would overflow."""

SPANS = (
    "{-}{h:2}:{m:2}:{s:2}", "{-}{h}:{m:2}:{s:2}", "{-}{h:3}:{m:2}:{s:2}", "{-}{h:2}:{m:2}", "{-}{h}:{m:2}",
    *("{-}{h:2}:{m:2}:{s:2}" + f".{{f:{digits}}}" for digits in (3, 6, 1, 2, 9)),
    *("{-}{h}:{m:2}:{s:2}" + f".{{f:{digits}}}" for digits in (3, 6, 1, 2, 9)),
    "{-}{m}:{s:2}.{f:1}", "{-}{m:2}:{s:2}.{f:2}", "{-}{m:2}:{s:2}.{f:3}", "{-}{m}:{s:2}.{f:2}", "{-}{m}:{s:2}.{f:3}",
    "[{d} day{es}, ]{h}:{m:2}:{s:2}", "[{d} day{es}, ]{h:2}:{m:2}:{s:2}", "[{d} day{es}, ]{h}:{m:2}:{s:2}.{f:6}",
    "{d} day{es}, {h}:{m:2}:{s:2}", "{d} day{es}, {h:2}:{m:2}:{s:2}", "{d} day{es} {h:2}:{m:2}:{s:2}",
    "[{d} day{es} ]{h:2}:{m:2}:{s:2}",
    "{d} days {+}{h:2}:{m:2}:{s:2}", "{d} days {+}{h:2}:{m:2}:{s:2}.{f:3}", "{d} days {+}{h:2}:{m:2}:{s:2}.{f:6}",
    "{d} days {+}{h:2}:{m:2}:{s:2}.{f:9}", "{d} days", "{-}{d} {h:2}:{m:2}:{s:2}", "{-}{d}.{h:2}:{m:2}:{s:2}",
    "{-}[{d}.]{h:2}:{m:2}:{s:2}", "{-}{d}:{h:2}:{m:2}:{s:2}", "{-}{d}d {h:2}:{m:2}:{s:2}",
    *(f"{{-}}{text}|{zero}" for text in ("P[{d}D][T[{h}H][{m}M][{s}{f}S]]", "PT[{h}H][{m}M][{s}{f}S]")
      for zero in ("PT0S", "P0D")), "{-}P{d}DT{h}H{m}M{s}S",
    "{-}P{d}DT{h:2}H{m:2}M{s:2}S", "{-}PT{h}H{m}M{s}S", "{-}PT{h:2}H{m:2}M{s:2}S", "{-}P{d}DT{h}H{m}M", "{-}PT{h}H{m}M",
    "{-}[{d}d ]{h}h {m}m",
    "{-}{h}h {m}m", "{-}[{h}h ]{m}m", "{-}[{h}h ][{m}m ]{s}s", "{-}[{d}d ][{h}h ]{m}m {s}s", "{-}[{d}d ][{h}h ]{m}m",
    "{-}{h}h {m:2}m", "{-}{h}h{m:2}",
    "{-}{h}h{m}m", "{-}{h}h{m}m{s}s", "{-}{h}h{m:2}m{s:2}s", "{-}{m}m {s}s", "{-}{m}m{s}s", "{-}{m}m {s:2}s",
    "{-}{d}d {h}h", "{-}{d}d{h}h{m}m", "{-}{h} h {m} min", "{-}{h} h {m:2} min", "{-}{h}h {m}min", "{-}{m} min {s} s",
    "{-}{h} hours {m} minutes", "{-}{h} hr {m} min", "{-}{h} hrs {m} mins",
)  # fmt: skip
"""The ways of writing that are recognised; a new one is one more line."""


@dataclass(frozen=True)
class Span:
    """One way to write lengths of time.

    Attributes
    ----------
    text : str
        Numbers in braces, and other letters as they are.
    """

    text: Annotated[str, Field(max_length=128)]

    @classmethod
    def from_dict(cls, text: Any) -> Span:
        """Restore a way of writing from its text."""
        return restore(cls, {"text": text})

    kind = "duration"
    offset = 0

    @cached_property
    def _parts(self) -> list[str]:
        return [part for part in re.split(f"({_PART.pattern})", self.text.partition("|")[0]) if part]

    @cached_property
    def _units(self) -> str:
        """The units that are written, the largest first."""
        return "".join(part[1] for part in self._parts if part[0] == "{" and part[1] in _SIZES)

    @cached_property
    def digits(self) -> int:
        """Digits of the fraction of a second."""
        found = re.search(r"\{f(?::([1-9]))?\}", self.text)
        return int(found[1] or 6) if found else 0

    @property
    def unit(self) -> str:
        """Arrow's unit of what is written: ``"s"``, ``"ms"``, ``"us"`` or ``"ns"``."""
        return ("s", "ms", "us", "ns")[-(-self.digits // 3)]

    @property
    def per_second(self) -> int:
        """How many of the units of what is written a second has."""
        return int(10 ** (3 * -(-self.digits // 3)))

    def check(self) -> None:
        """Refuse what is no length of time."""
        require(self._units in ("dhms", "dhm", "dh", "d", "hms", "hm", "ms"), f"{self.text!r} is no length of time")
        require(all("{" not in part or _PART.fullmatch(part) for part in self._parts), "a brace is not closed")
        require(self.text.count("{f") <= 1 >= self.text.count("{-}"), "two signs, or two fractions of a second")
        try:
            self.write(np.zeros(1, np.int64))
        except LookupError:
            raise ValueError(f"{self.text!r}: brackets or units do not fit") from None

    @cached_property
    def regex(self) -> str:
        """What is read, one group a number."""
        return f"^{''.join(map(self._to_regex, self._parts))}$"

    def _to_regex(self, part: str) -> str:
        known = {"[": "(?:", "]": ")?", "{-}": "(?P<sign>-?)", "{+}": r"\+?", "{es}": "s?"}
        if part in known or part[0] != "{":
            return known.get(part, re.escape(part))
        name, width = part[1], int(part[3]) if ":" in part else 1
        if name == "f":
            return f"(?P<f>[0-9]{{{width}}})" if ":" in part else r"(?:\.(?P<f>[0-9]{1,6}))?"
        if name != self._units[0]:
            return f"(?P<{name}>[0-9]{{{width}}})" if width > 1 else f"(?P<{name}>[0-9]{{1,2}})"
        minus = "-?" if self._floors else ""
        return f"(?P<{name}>{minus}[0-9]{{{width},{max(width, 9)}}})"

    @property
    def _floors(self) -> bool:
        """Whether only days can be negative: minus one day and 23 hours is minus one hour."""
        return "{-}" not in self.text and self._units.startswith("d")

    def read(self, cells: pa.ChunkedArray | pa.Array) -> tuple[IntArray, BoolArray]:
        """Read text: (n,) strings to ticks in `unit`, and whether they are valid."""
        if isinstance(cells, pa.ChunkedArray):
            cells = cells.combine_chunks()
        found = pc.extract_regex(cells, self.regex)
        valid = np.array(found.is_valid().to_numpy(zero_copy_only=False))
        seconds = np.zeros(len(cells), np.int64)
        for unit in self._units:
            amount = _to_int(pc.struct_field(found, unit))
            if unit != self._units[0]:
                valid &= amount < _ABOVE[unit]
            seconds += amount * _SIZES[unit]
        valid &= np.abs(seconds) < _MOST // self.per_second
        ticks = np.where(valid, seconds, 0) * self.per_second
        if self.digits:
            fraction = pc.struct_field(found, "f")
            ticks += _to_int(pc.utf8_rpad(fraction, self.digits, "0")) * 10 ** (-self.digits % 3)
        if "{-}" in self.text:
            minus = pc.fill_null(pc.equal(pc.struct_field(found, "sign"), "-"), False)
            ticks = np.where(minus.to_numpy(zero_copy_only=False), -ticks, ticks)
        if zero := self.text.partition("|")[2]:
            valid |= np.asarray(pc.fill_null(pc.equal(cells, zero), False).to_numpy(zero_copy_only=False))
        return np.where(valid, ticks, 0), valid

    def write(self, ticks: IntArray) -> pa.Array:
        """Write text, the inverse of `read`: (n,) ticks in `unit` to n strings."""
        negative = ticks < 0
        seconds, rest = np.divmod(ticks if self._floors else np.abs(ticks), np.int64(self.per_second))
        fraction = rest // 10 ** (-self.digits % 3)
        amounts = {}
        for unit in self._units:
            amounts[unit], seconds = np.divmod(seconds, _SIZES[unit])
        written = ("{f" in self.text) * (fraction > 0) | np.any([amounts[unit] != 0 for unit in self._units], axis=0)
        amounts |= {"f": fraction, "-": negative & written, "+": negative}
        stack: list[list[pa.Array | str]] = [[]]
        used: list[list[IntArray]] = [[]]
        for part in self._parts:
            if part == "[":
                stack.append([])
                used.append([])
            elif part == "]":
                text, numbers = _join(stack.pop(), len(ticks)), used.pop()
                shown = np.any([number != 0 for number in numbers], axis=0)
                stack[-1].append(pc.if_else(pa.array(shown), text, ""))
                used[-1] += numbers
            else:
                stack[-1].append(self._text(part, amounts))
                used[-1] += [amounts[name] for name in part[1:2] if part[0] == "{" and name in "dhmsf"]
        text, zero = _join(stack[0], len(ticks)), self.text.partition("|")[2]
        return pc.if_else(pa.array(written), text, zero) if zero else text

    def _text(self, part: str, amounts: dict[str, IntArray]) -> pa.Array | str:
        if part[0] != "{":
            return part
        if part == "{es}":
            return pc.if_else(pa.array(np.abs(amounts["d"]) != 1), "s", "")
        if part in ("{-}", "{+}"):
            return pc.if_else(pa.array(amounts[part[1]]), part[1], "")
        number = pa.array(amounts[part[1]]).cast(pa.string())
        if part == "{f}":
            digits = pc.utf8_rtrim(pc.utf8_lpad(number, self.digits, "0"), "0")
            return pc.if_else(pc.equal(digits, ""), "", pc.binary_join_element_wise(".", digits, ""))
        return pc.utf8_lpad(number, int(part[3]), "0") if ":" in part else number

    def restores(self, cells: pa.Array) -> bool:
        """Say whether all strings, without nulls, come back to the letter."""
        return bool(self.read_exactly(cells)[1].all())

    def read_exactly(self, cells: pa.Array) -> tuple[IntArray, BoolArray]:
        """Read as `read` does; only strings, without nulls, that come back to the letter are valid."""
        ticks, valid = self.read(cells)
        same = pc.equal(self.write(ticks).cast(cells.type), cells)
        return ticks, np.asarray(same.to_numpy(zero_copy_only=False)) & valid


def find_spans(cell: str) -> list[str]:
    """Find the ways in which a length of time may be written, those that are preferred first."""
    return [text for text, regex, zero in _regexes() if regex.match(cell) or cell == zero]


@cache
def _regexes() -> list[tuple[str, re.Pattern[str], str]]:
    """Each way, what is written so, and what is written for zero."""
    return [(text, re.compile(Span(text).regex), text.partition("|")[2]) for text in SPANS]


def _to_int(texts: pa.Array) -> IntArray:
    empty = pc.equal(texts, "")
    numbers = pc.if_else(empty, "0", texts).cast(pa.int64()).fill_null(0)
    return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.int64)


def _join(parts: list[pa.Array | str], n: int) -> pa.Array:
    empty = pa.array([""]).take(pa.array(np.zeros(n, np.int64)))
    return pc.binary_join_element_wise(empty, *parts, "")
