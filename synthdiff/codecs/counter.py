"""Distinct numbers, one for each row of a sample, that no real row has: bare, or inside text such as ``INV-00017``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from synthdiff.codecs.column import IntArray
from synthdiff.errors import SamplingError
from synthdiff.record import INT64, read_as, require, restore

_WORD = 1 << 64
# Numbers are spread as widely as the real ones, as long as this many rows still get distinct ones.
_ROOM = 10**8
_MAX_DIGITS = 18
_MAX_AROUND = 1 << 12
Tick = Annotated[int, Field(ge=int(INT64.min), le=int(INT64.max))]
Around = Annotated[str, Field(max_length=_MAX_AROUND)]


@dataclass(frozen=True)
class Counter:
    """Row i owns the numbers ``last + 1 + i gap, ..., last + (i + 1) gap``; which of them it gets is drawn.

    Attributes
    ----------
    last : int
        The highest real number.
    gap : int
        Numbers a row; 1 where the real numbers are consecutive.
    bottom, top : int
        The numbers that the type can hold; beyond the top, counting goes on from the bottom.
    """

    last: Tick
    gap: Annotated[int, Field(ge=1, le=int(INT64.max))]
    bottom: Tick
    top: Tick

    @classmethod
    def fit(cls, numbers: IntArray, bottom: int, top: int) -> Self:
        """Continue the real numbers, (n,) int64 with n > 0."""
        low, high = int(numbers.min()), int(numbers.max())
        gap = (high - low) // max(len(numbers) - 1, 1)
        return cls(high, max(1, min(gap, (top - high) // _ROOM)), bottom, top)

    def check(self) -> None:
        """Refuse a last number, or a gap, that does not lie within the bounds."""
        require(self.bottom <= self.last <= self.top, "the last number must lie between bottom and top")
        require(
            self.gap <= max(1, (self.top - self.last) // _ROOM), "the gap is too wide for the numbers that are left"
        )

    def numbers(self, start: int, n: int, rng: np.random.Generator) -> IntArray:
        """The numbers of rows start to start + n, (n,) int64.

        Raises
        ------
        SamplingError
            The type cannot hold that many distinct numbers.
        """
        span = self.top - self.bottom + 1
        if (start + n) * self.gap > span:
            raise SamplingError(
                f"a column of identifiers has room for {span // self.gap:,} rows, and {start + n:,} are asked for; "
                "store it in a wider type, or declare it integer"
            )
        rows = np.arange(start, start + n, dtype=np.uint64)
        jitter = rng.integers(0, self.gap, n, dtype=np.uint64) if self.gap > 1 else np.uint64(0)
        above = np.uint64((self.last + 1 - self.bottom) % span) + rows * np.uint64(self.gap) + jitter
        if span < _WORD:
            above %= np.uint64(span)
        return np.asarray(np.uint64(self.bottom % _WORD) + above).view(np.int64)


@dataclass(frozen=True)
class TextCounter:
    """Numbers between two fixed texts.

    Attributes
    ----------
    prefix, suffix : str
        What stands before and after each number.
    width : int
        Digits at least, filled up with zeros; 0 where the real ones have no leading zeros.
    counter : Counter
        The numbers.
    """

    prefix: Around
    suffix: Around
    width: Annotated[int, Field(ge=0, le=_MAX_DIGITS)]
    counter: Annotated[Counter, read_as(Counter)]

    @classmethod
    def fit(cls, cells: pa.Array) -> Self | None:
        """Continue real identifiers; None where they are not numbers between fixed texts.

        Parameters
        ----------
        cells : pa.Array
            Strings, at least two distinct ones, without nulls.
        """
        prefix = _common_start(cells).rstrip("0123456789")
        suffix = _common_start(pc.utf8_reverse(cells))[::-1].lstrip("0123456789")
        digits = pc.utf8_slice_codeunits(cells, len(prefix), -len(suffix) if suffix else None)
        if not pc.all(pc.match_substring_regex(digits, rf"^[0-9]{{1,{_MAX_DIGITS}}}$")).as_py():
            return None
        shortest, longest = pc.min_max(pc.utf8_length(digits)).as_py().values()
        has_zeros = pc.any(pc.match_substring_regex(digits, "^0[0-9]")).as_py()
        if has_zeros and shortest < longest:
            return None
        numbers = np.asarray(digits.cast(pa.int64()).to_numpy(), dtype=np.int64)
        counter = Counter.fit(numbers, 0, 10**_MAX_DIGITS - 1)
        return cls(prefix, suffix, longest if has_zeros else 0, counter)

    def write(self, start: int, n: int, rng: np.random.Generator) -> pa.Array:
        """The identifiers of rows start to start + n."""
        digits = pa.array(self.counter.numbers(start, n, rng)).cast(pa.string())
        if self.width:
            digits = pc.utf8_lpad(digits, self.width, "0")
        return pc.binary_join_element_wise(self.prefix, digits, self.suffix, "")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote."""
        return restore(cls, data)

    def check(self) -> None:
        """Refuse numbers that have more digits than text is given."""
        bounds = self.counter.bottom, self.counter.top
        require(bounds == (0, 10**_MAX_DIGITS - 1), f"numbers of {_MAX_DIGITS} digits are expected")


def _common_start(cells: pa.Array) -> str:
    # What the first and the last in the alphabet have in common, all between them have too.
    first, last = pc.min_max(cells).as_py().values()
    length = next(
        (at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last))
    )
    return str(first[:length])
