"""Decimals of up to 38 digits as ticks of 64 bits: from where they are counted, and in which decimal.

Most columns use few of the digits that their type has: ``1234.50`` in a ``decimal(38, 18)`` is 123450 ticks of 0.01,
since the digits after them are zeros everywhere. Numbers that use more than 18 digits are counted from the lowest, and
only where the range is too wide for that do ticks become coarser than the numbers are.
"""

from __future__ import annotations

import decimal
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from synthdiff.codecs.column import BoolArray, IntArray
from synthdiff.record import require, restore

_MAX_DIGITS = 38
_MAX_TICK = (1 << 63) - 1
_WIDE = 40
"""Digits of a difference, with room for a sign."""


@dataclass(frozen=True)
class Digits:
    """How the decimals of a column become ticks.

    Attributes
    ----------
    origin : str
        The number, in units of the last decimal of the type, from which ticks are counted; ``"0"`` where they fit so.
    shift : int
        Decimals of the type that ticks leave out at the end.
    """

    origin: Annotated[str, Field(pattern=r"^-?[0-9]{1,38}$")] = "0"
    shift: Annotated[int, Field(ge=0, le=_MAX_DIGITS)] = 0

    @classmethod
    def fit(cls, cells: pa.ChunkedArray | pa.Array) -> Self:
        """Find the ticks that tell numbers apart.

        Parameters
        ----------
        cells : pa.ChunkedArray or pa.Array
            Decimals, at least one, without nulls.
        """
        ends = pc.min_max(cells)
        low, high = (unscaled(ends[end].as_py(), cells.type.scale) for end in ("min", "max"))
        shift = _shift(max(abs(low), abs(high)))
        if shift == 0 or _ends_in_zeros(cells, shift):
            return cls("0", shift)
        return cls(str(low), _shift(high - low))

    def to_ticks(self, cells: pa.ChunkedArray | pa.Array) -> IntArray:
        """Count ticks, (n,) int64; 0 where missing. What lies beyond 64 bits counts as the last of them."""
        scale = cells.type.scale
        wide = cells.cast(pa.decimal256(_WIDE, scale))
        if self.origin != "0":
            wide = pc.subtract(wide, pa.scalar(scaled(self.origin, scale), wide.type))
        wide = wide.cast(pa.decimal256(_WIDE + 1, scale - self.shift), safe=False)
        chunks = wide.chunks if isinstance(wide, pa.ChunkedArray) else [wide]
        return np.concatenate([np.zeros(0, np.int64), *map(_low_words, chunks)])

    def from_ticks(self, ticks: IntArray, valid: BoolArray, dtype: pa.DataType) -> pa.Array:
        """Make decimals of ticks, the inverse of `to_ticks`."""
        words = np.stack([ticks, ticks >> 63], axis=1)
        counted = pa.decimal128(_MAX_DIGITS, dtype.scale - self.shift)
        cells = pa.Array.from_buffers(counted, len(ticks), [None, pa.py_buffer(words.tobytes())])
        if not valid.all():
            missing = pa.array(np.zeros(len(valid), bool), mask=~valid)
            cells = pc.if_else(missing.is_valid(), cells, pa.scalar(None, cells.type))
        if self.origin != "0":
            wide = cells.cast(pa.decimal256(_WIDE, dtype.scale))
            cells = pc.add(wide, pa.scalar(scaled(self.origin, dtype.scale), wide.type))
        return cells.cast(dtype)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote."""
        return restore(cls, data)

    def check_type(self, dtype: pa.DataType, *ticks: int) -> None:
        """Refuse ticks that stand for numbers with more digits than a type has.

        Raises
        ------
        ValueError
            One does.
        """
        counts = [int(self.origin) + tick * 10**self.shift for tick in ticks]
        require(max(map(abs, counts)) < 10**dtype.precision, f"{dtype} has fewer digits than the values")


def unscaled(value: decimal.Decimal, scale: int) -> int:
    """Count the last decimals of a number; Python's own arithmetic would round it to 28 digits."""
    sign, digits, exponent = value.as_tuple()
    count: int = int("".join(map(str, digits))) * 10 ** (int(exponent) + scale)
    return -count if sign else count


def scaled(count: str, scale: int) -> decimal.Decimal:
    """Make a number of a count of its last decimals."""
    digits = tuple(map(int, count.lstrip("-")))
    return decimal.Decimal((int(count.startswith("-")), digits, -scale))


def _shift(size: int) -> int:
    """Digits to leave out of a number until 64 bits hold it."""
    return next(shift for shift in range(_MAX_DIGITS + 2) if size // 10**shift <= _MAX_TICK)


def _ends_in_zeros(cells: pa.ChunkedArray | pa.Array, shift: int) -> bool:
    narrow = pa.decimal256(_WIDE, cells.type.scale - shift)
    try:
        cells.cast(pa.decimal256(_WIDE, cells.type.scale)).cast(narrow)
    except pa.ArrowInvalid:
        return False
    return True


def _low_words(chunk: pa.Array) -> IntArray:
    words = np.frombuffer(chunk.buffers()[1], np.int64).reshape(-1, 4)[chunk.offset :][: len(chunk)]
    fits = words[:, 1] == words[:, 0] >> 63
    ticks = np.where(fits, words[:, 0], np.where(words[:, 3] < 0, -_MAX_TICK - 1, _MAX_TICK))
    return np.where(chunk.is_null().to_numpy(zero_copy_only=False), 0, ticks)
