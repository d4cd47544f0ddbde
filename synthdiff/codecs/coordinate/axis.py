"""How one coordinate is written: ``-73.9857``, ``40.7° N`` or ``40°26'46"N``; and its values as whole numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Annotated, Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from synthdiff.codecs.column import BoolArray, IntArray
from synthdiff.record import Tick, TupleOfParts, Word, one_of, require, restore

DECIMAL = r"-?[0-9]{1,3}(?:\.[0-9]{1,20})?"
LETTERED = r"[0-9]{1,3}(?:\.[0-9]{1,15})?° ?[NSEW]"
MINUTES = r"[0-9]{1,3}° ?[0-9]{1,2}['′] ?[0-9]{1,2}(?:\.[0-9]{1,6})?(?:\"|″|'') ?[NSEW]"
_SIGNS = re.compile(r"(° ?)|(['′] ?)|((?:\"|″|'') ?)")
_MOST_STEPS = 1 << 25
_WIDEST = 180
_MOST_DECIMALS = 15
_SHORT = 19
"""Letters of a number of degrees, sign and point included, so that its digits fit into 64 bits."""


@dataclass(frozen=True)
class Axis:
    """One coordinate.

    Attributes
    ----------
    signs : tuple of str
        What stands after degrees, minutes and seconds, the last before the letter; none for a plain number.
    letters : str
        The letters of positive and negative values, ``NS`` or ``EW``; empty for a minus sign.
    least, most : int
        Decimals of the last number at least and at most; zeros at the end beyond the least are left out.
    padded : bool
        Whether minutes and seconds have two digits.
    low, high : int
        The lowest and the highest value seen, in units of the last decimal.
    """

    signs: Annotated[tuple[Word, ...], *TupleOfParts]
    letters: Annotated[str, one_of("", "NS", "EW")]
    least: Annotated[int, Field(ge=0, le=_MOST_DECIMALS)]
    most: Annotated[int, Field(ge=0, le=_MOST_DECIMALS)]
    padded: bool
    low: Tick
    high: Tick

    @classmethod
    def fit(cls, texts: pa.Array) -> Self | None:
        """Find out how coordinates are written, from (n,) strings that all match; None where they are no degrees."""
        first = texts[0].as_py()
        signs = tuple(found[0] for found in _SIGNS.finditer(first))
        letters = ("NS" if first[-1] in "NS" else "EW") if signs else ""
        decimals = _decimals(texts if not signs else pc.extract_regex(texts, r"(?P<number>[0-9.]+)[^0-9.]*$").field(0))
        padded = len(signs) == 3 and not pc.any(pc.match_substring_regex(texts, r"[^0-9.][0-9](?:[^0-9]|$)")).as_py()
        axis = cls(
            signs,
            letters,
            min(int(decimals.min()), _MOST_DECIMALS),
            min(int(decimals.max()), _MOST_DECIMALS),
            padded,
            0,
            0,
        )
        ticks, valid = axis.read(texts)
        if not valid.all():
            return None
        axis = replace(axis, low=int(ticks.min()), high=int(ticks.max()))
        return axis if max(abs(axis.low), abs(axis.high)) <= axis.bound else None

    @property
    def _per(self) -> int:
        """Values in a degree."""
        return int(10**self.most) * (3600 if len(self.signs) == 3 else 1)

    @property
    def bound(self) -> int:
        """The largest value there is on earth."""
        return (90 if self.letters == "NS" else _WIDEST) * self._per

    @property
    def n_steps(self) -> int:
        """Values that are told apart."""
        return min(self.high - self.low + 1, _MOST_STEPS)

    def to_step(self, ticks: IntArray) -> IntArray:
        """Number the values that are told apart, from 0."""
        if self.high - self.low < _MOST_STEPS:
            return np.clip(ticks, self.low, self.high) - self.low
        shares = (np.clip(ticks, self.low, self.high) - self.low) / (self.high - self.low)
        return np.rint(shares * (_MOST_STEPS - 1)).astype(np.int64)

    def to_ticks(self, steps: IntArray) -> IntArray:
        """The values of numbers, the inverse of `to_step`."""
        if self.high - self.low < _MOST_STEPS:
            return steps + self.low
        shares = steps / (_MOST_STEPS - 1)
        return np.clip(np.rint(shares * (self.high - self.low)).astype(np.int64) + self.low, self.low, self.high)

    @property
    def _regex(self) -> str:
        number = r"(?P<whole>[0-9]{1,3})(?:\.(?P<fraction>[0-9]{0,20}))?"
        if not self.signs:
            return rf"^(?P<minus>-?){number}$"
        letter = f"(?P<letter>[{self.letters}])"
        signs = [re.escape(sign) for sign in self.signs]
        if len(signs) == 1:
            return f"^{number}{signs[0]}{letter}$"
        minutes, seconds = r"(?P<minute>[0-5]?[0-9])", number.replace("{1,3}", "{1,2}")
        return f"^(?P<degree>[0-9]{{1,3}}){signs[0]}{minutes}{signs[1]}{seconds}{signs[2]}{letter}$"

    def read(self, texts: pa.Array) -> tuple[IntArray, BoolArray]:
        """Read (n,) strings: values in units of the last decimal, and whether they are written like this."""
        if not self.signs and len(texts) and (pc.max(pc.binary_length(texts)).as_py() or 0) <= _SHORT:
            return self._read_short(texts)
        found = pc.extract_regex(texts, self._regex)
        valid = np.array(found.is_valid().to_numpy(zero_copy_only=False))
        names = [field.name for field in found.type]
        parts = {name: pc.struct_field(found, place).fill_null("") for place, name in enumerate(names)}
        fraction = parts["fraction"]
        valid &= (self.most == _MOST_DECIMALS) | (pc.utf8_length(fraction).to_numpy(zero_copy_only=False) <= self.most)
        fraction = pc.utf8_slice_codeunits(fraction, 0, self.most)
        ticks = _to_int(parts["whole"]) * 10**self.most + _to_int(pc.utf8_rpad(fraction, self.most, "0"))
        if len(self.signs) == 3:
            valid &= ticks < 60 * 10**self.most
            ticks += (_to_int(parts["degree"]) * 60 + _to_int(parts["minute"])) * 60 * 10**self.most
        minus = parts["letter"] if self.signs else parts["minus"]
        negative = pc.is_in(minus, value_set=pa.array(["-", "S", "W"]))
        return np.where(negative.to_numpy(zero_copy_only=False), -ticks, ticks), valid

    def _read_short(self, texts: pa.Array) -> tuple[IntArray, BoolArray]:
        """Read numbers of degrees whose digits fit into 64 bits, each null or matched by `DECIMAL`."""
        valid = np.asarray(texts.is_valid().to_numpy(zero_copy_only=False))
        decimals = _decimals(texts)
        whole = pc.replace_substring(texts, ".", "").cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
        if self.most < _MOST_DECIMALS:
            valid &= decimals <= self.most
        shift = self.most - decimals
        size = np.int64(10) ** np.abs(shift)
        # What is finer than the last decimal is cut off, towards zero.
        cut = np.sign(whole) * (np.abs(whole) // size)
        return np.where(shift < 0, cut, np.where(valid, whole, 0) * np.where(shift < 0, 1, size)), valid

    def write(self, ticks: IntArray) -> pa.Array:
        """Write values, the inverse of `read`."""
        whole, fraction = np.divmod(np.abs(ticks), np.int64(10**self.most))
        texts: list[Any] = []
        if len(self.signs) == 3:
            minutes, seconds = np.divmod(whole, 60)
            degrees, minutes = np.divmod(minutes, 60)
            texts = [_text(degrees), self.signs[0], self._two_digits(minutes), self.signs[1]]
            whole = seconds
        digits, point = self._write_decimals(fraction)
        texts += [self._two_digits(whole) if len(self.signs) == 3 else _text(whole), point, digits, *self.signs[-1:]]
        negative = pa.array(ticks < 0)
        if not self.letters:
            return pc.binary_join_element_wise(pc.if_else(negative, "-", ""), *texts, "")
        return pc.binary_join_element_wise(*texts, pc.if_else(negative, self.letters[1], self.letters[0]), "")

    def _write_decimals(self, fraction: IntArray) -> tuple[pa.Array | str, pa.Array | str]:
        """Decimals, and the point before them."""
        if self.most == 0:
            return "", ""
        digits = pc.ascii_lpad(_text(fraction), self.most, "0")
        if self.least < self.most:
            digits = pc.ascii_rpad(pc.ascii_rtrim(digits, "0"), self.least, "0")
        return digits, "." if self.least else pc.if_else(pc.equal(digits, ""), "", ".")

    def _two_digits(self, numbers: IntArray) -> pa.Array:
        return pc.utf8_lpad(_text(numbers), 2, "0") if self.padded else _text(numbers)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Restore an axis from its fields."""
        return restore(cls, data)

    def check(self) -> None:
        """Refuse what lies beyond the earth."""
        require(self.low <= self.high and max(abs(self.low), abs(self.high)) <= self.bound, "values beyond the earth")
        require(self.least <= self.most, "fewer decimals at most than at least")
        require(len(self.signs) in (0, 1, 3) and bool(self.signs) == bool(self.letters), "signs and letters do not fit")
        require(all(_SIGNS.fullmatch(sign) for sign in self.signs), "a sign that is none of degrees")


def _decimals(texts: pa.Array) -> IntArray:
    """Number of decimals of each number; 0 where there is none."""
    point = pc.find_substring(texts, ".").fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    length = pc.binary_length(texts).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    return np.where(point < 0, 0, length - point - 1)


def _to_int(texts: pa.Array) -> IntArray:
    numbers = pc.if_else(pc.equal(texts, ""), "0", texts).cast(pa.int64())
    return np.asarray(numbers.to_numpy(zero_copy_only=False), np.int64)


def _text(numbers: IntArray) -> pa.Array:
    return pa.array(numbers).cast(pa.string())
