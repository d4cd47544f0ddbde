"""One way to put numbers between letters, such as ``#.#.#`` or ``#-# of #``, and a number for the whole."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from synthdiff.codecs.column import BoolArray, IntArray
from synthdiff.record import TupleOfParts, Word, require, restore

MOST_STEPS = 1 << 51
"""Values that a float tells apart, with a bit to spare."""
_MOST_PARTS = 12
_MOST_DIGITS = 15
_DECIMALS = re.compile(r"(?<![#.])#\.#(?![#.])")
_NUMBER, _POINT = "\x00", "\x01"
Digits = Annotated[int, Field(ge=0, le=_MOST_DIGITS)]
Value = Annotated[int, Field(ge=0, lt=1 << 53)]


@dataclass(frozen=True)
class Layout:
    """Numbers between letters.

    Attributes
    ----------
    letters : tuple of str
        What stands before, between and after the numbers: one more than there are numbers.
    widths : tuple of int
        Digits before the point that each number is filled up to; 1 for none.
    least, most : tuple of int
        Decimals of each number at least and at most; zeros at the end beyond the least are left out.
    lows, highs : tuple of int
        The lowest and the highest value of each number, in units of the last decimal.
    rise : tuple of int
        By how much the second of two numbers lies above the first, at least and at most; none where it may lie below.
    """

    letters: Annotated[tuple[Word, ...], *TupleOfParts]
    widths: Annotated[tuple[Digits, ...], *TupleOfParts]
    least: Annotated[tuple[Digits, ...], *TupleOfParts]
    most: Annotated[tuple[Digits, ...], *TupleOfParts]
    lows: Annotated[tuple[Value, ...], *TupleOfParts]
    highs: Annotated[tuple[Value, ...], *TupleOfParts]
    rise: Annotated[tuple[Value, ...], *TupleOfParts] = ()

    @classmethod
    def fit(cls, skeleton: str, cells: pa.Array) -> Self | None:
        """Find the layout of strings.

        Parameters
        ----------
        skeleton : str
            The letters that all strings have, with ``#`` in place of digits.
        cells : (n,) pa.Array of string
            Distinct strings of that skeleton, at least one.

        Returns
        -------
        Layout or None
            None where no layout writes all of them again.
        """
        with_decimals = _DECIMALS.sub(f"{_NUMBER}{_POINT}", skeleton).replace("#", _NUMBER)
        for marked in dict.fromkeys((with_decimals, skeleton.replace("#", _NUMBER))):
            found = cls._fit(marked, cells)
            if found is not None:
                return found
        return None

    @classmethod
    def _fit(cls, marked: str, cells: pa.Array) -> Self | None:
        letters = tuple(re.split(f"{_NUMBER}{_POINT}?", marked))
        fractional = [found.endswith(_POINT) for found in re.findall(f"{_NUMBER}{_POINT}?", marked)]
        n = len(fractional)
        if not 0 < n <= _MOST_PARTS:
            return None
        any_decimals = tuple(_MOST_DIGITS * part for part in fractional)
        found = cls(letters, (1,) * n, (0,) * n, any_decimals, (0,) * n, (0,) * n)
        texts = pc.extract_regex(cells, found._regex)
        if texts.null_count:
            return None
        widths: list[int] = []
        least: list[int] = []
        most: list[int] = []
        for place in range(n):
            whole, decimals = (pc.struct_field(texts, 2 * place + side) for side in (0, 1))
            sizes = pc.utf8_length(whole)
            is_padded = pc.any(pc.match_substring_regex(whole, "^0[0-9]")).as_py()
            widths.append(pc.min(sizes).as_py() if is_padded else 1)
            lengths = pc.utf8_length(decimals)
            least.append(pc.min(lengths).as_py())
            most.append(pc.max(lengths).as_py())
            if pc.max(sizes).as_py() + most[-1] > _MOST_DIGITS:
                return None
        found = replace(found, widths=tuple(widths), least=tuple(least), most=tuple(most))
        values = found._read_values(texts)
        lows, highs = values.min(axis=1), values.max(axis=1)
        found = replace(found, lows=tuple(lows.tolist()), highs=tuple(highs.tolist()))
        if n == 2 and found.most[0] == found.most[1] and highs[0] > lows[1] and (values[0] <= values[1]).all():
            rise = values[1] - values[0]
            found = replace(found, rise=(int(rise.min()), int(rise.max())))
        return found if found.n_steps <= MOST_STEPS and pc.all(pc.equal(found._join(values), cells)).as_py() else None

    @property
    def _ranges(self) -> list[tuple[int, int]]:
        """The range of each number; of a second one that lies above the first, of the difference."""
        ranges = list(zip(self.lows, self.highs, strict=True))
        return [ranges[0], (self.rise[0], self.rise[1])] if self.rise else ranges

    @cached_property
    def n_steps(self) -> int:
        """Strings that are told apart."""
        steps = 1
        for low, high in self._ranges:
            steps *= high - low + 1
        return steps

    @cached_property
    def _regex(self) -> str:
        text = re.escape(self.letters[0])
        for place, (letters, most) in enumerate(zip(self.letters[1:], self.most, strict=True)):
            decimals = rf"\.(?P<d{place}>[0-9]{{1,{most}}})" if most else f"(?P<d{place}>)"
            text += f"(?P<n{place}>[0-9]{{1,{_MOST_DIGITS}}}){decimals}" + re.escape(letters)
        return f"^{text}$"

    def _read_values(self, texts: pa.StructArray) -> IntArray:
        """Numbers of strings, (k, n), in units of their last decimals."""
        values = []
        for place, most in enumerate(self.most):
            whole, decimals = (pc.struct_field(texts, 2 * place + side).fill_null("0") for side in (0, 1))
            digits = pc.binary_join_element_wise(whole, pc.ascii_rpad(decimals, most, "0"), "") if most else whole
            values.append(digits.cast(pa.int64()).to_numpy(zero_copy_only=False))
        return np.asarray(values, np.int64)

    def read(self, cells: pa.Array) -> tuple[IntArray, BoolArray]:
        """Read (n,) strings: the step of each, and whether it is written like this."""
        texts = pc.extract_regex(cells, self._regex)
        fits = np.array(texts.is_valid().to_numpy(zero_copy_only=False))
        values = self._read_values(texts)
        same = pc.fill_null(pc.equal(self._join(values), cells), False).to_numpy(zero_copy_only=False)
        if self.rise:
            values[1] = values[1] - values[0]
        steps = np.zeros(len(cells), np.int64)
        for value, (low, high) in zip(values, self._ranges, strict=True):
            steps = steps * (high - low + 1) + np.clip(value, low, high) - low
        return steps, fits & same

    def write(self, steps: IntArray) -> pa.Array:
        """Write the strings of steps, the inverse of `read`."""
        values: list[IntArray] = []
        for low, high in reversed(self._ranges):
            steps, value = np.divmod(steps, np.int64(high - low + 1))
            values.insert(0, value + low)
        if self.rise:
            values[1] = np.clip(values[0] + values[1], self.lows[1], self.highs[1])
        return self._join(np.asarray(values))

    def _join(self, values: IntArray) -> pa.Array:
        texts: list[Any] = [self.letters[0]]
        for place, value in enumerate(values):
            whole, fraction = np.divmod(value, np.int64(10 ** self.most[place]))
            texts.append(_pad(whole, self.widths[place]))
            if self.most[place]:
                digits = pc.ascii_rtrim(_pad(fraction, self.most[place]), "0")
                texts += [".", pc.ascii_rpad(digits, max(1, self.least[place]), "0")]
            texts.append(self.letters[place + 1])
        return pc.binary_join_element_wise(*texts, "")

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Restore a layout from its fields."""
        return restore(cls, data)

    def check(self) -> None:
        """Refuse fields that do not belong together."""
        n = len(self.letters) - 1
        fields = (self.widths, self.least, self.most, self.lows, self.highs)
        require(0 < n <= _MOST_PARTS and all(len(field) == n for field in fields), "each number needs all fields")
        require(
            all(low <= high for low, high in zip(self.lows, self.highs, strict=True)), "a range the wrong way round"
        )
        require(all(low <= high for low, high in zip(self.least, self.most, strict=True)), "fewer decimals than least")
        if self.rise:
            above = n == 2 and self.highs[1] >= self.highs[0]
            require(
                above and len(self.rise) == 2 and self.rise[0] <= self.rise[1], "only the second of two numbers rises"
            )
        require(self.n_steps <= MOST_STEPS, "more values than a float tells apart")


def _pad(numbers: IntArray, width: int) -> pa.Array:
    text = pa.array(numbers).cast(pa.string())
    return pc.ascii_lpad(text, width, "0") if width > 1 else text
