"""Arithmetic between int64 ticks and float64: which values occur, and the way back to them.

The values of a column lie on a lattice ``low, low + step, low + 2 step, ..., high``. A float64 holds 53 bits, a tick
64: encoding divides whole units off first, and counts from the lowest value only where that makes all ticks fit, so
that two columns (of dates, say) normally share their origin and can be compared. Where nothing makes them fit, values
share floats, and what comes back is a value of the lattice nearby; `synthdiff.codecs.exact` keeps those that repeat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow.types as pt
from pydantic import Field

from synthdiff.codecs.column import FloatArray, IntArray, NumberCodec
from synthdiff.codecs.season import Calendar
from synthdiff.record import Tick, read_as, require, restore

# A step coarser than a tick is believed when this many distinct values agree on it.
MIN_DISTINCT = 20
# Rounding of the division and of the product must stay below half a step: 52 bits less one to spare.
_MAX_STEPS = 2**51
_WORD = 1 << 64
_DAYS = {"date": 1.0, "datetime": 86_400.0}
"""A day in encoded units, of kinds of columns that hold moments."""


@dataclass(frozen=True)
class Lattice:
    """The values of a column.

    Attributes
    ----------
    low, high : int
        The lowest and the highest tick seen.
    step : int
        Ticks between values that can occur.
    per : int
        Ticks in one encoded unit.
    zero : int
        The tick that is encoded as 0.
    """

    low: Tick
    high: Tick
    step: Annotated[int, Field(ge=1, lt=1 << 64)]
    per: Annotated[int, Field(ge=1, le=10**18)]
    zero: Tick

    @classmethod
    def fit(cls, ticks: IntArray, per: int, zero: int = 0, natural: Sequence[int] = ()) -> Self:
        """Find the lattice of the ticks seen.

        Parameters
        ----------
        ticks : (n,) int64
            At least one; none missing.
        per : int
            Ticks in one encoded unit.
        zero : int
            The tick that should be encoded as 0.
        natural : sequence of int
            Steps that need no evidence, such as a second or a day, the coarsest first.
        """
        low, high = int(ticks.min()), int(ticks.max())
        offsets = ticks.view(np.uint64) - np.uint64(low % _WORD)
        common = int(np.gcd.reduce(offsets))  # 0 where all values are the same
        step = common
        if common != 1 and not _are_many(offsets):
            step = next((size for size in natural if common % size == 0 and low % size == 0), 1)
        if max(abs(low - zero), abs(high - zero)) > _MAX_STEPS * step >= high - low:
            zero = low
        return cls(low, high, step, per, zero)

    @property
    def resolution(self) -> float:
        """The step in encoded units."""
        return self.step / self.per

    @property
    def minimum(self) -> float:
        """The lowest encoded value."""
        return float(self.to_values(np.array([self.low]))[0])

    @property
    def maximum(self) -> float:
        """The highest encoded value."""
        return float(self.to_values(np.array([self.high]))[0])

    def to_values(self, ticks: IntArray) -> FloatArray:
        """Encode ticks, (n,) int64, as float64."""
        whole: Any
        if self.zero == 0:
            whole, rest = np.divmod(ticks, np.int64(self.per))
        else:
            # Unsigned, since the difference of two int64 needs 64 bits; what lies below the lowest value counts as it.
            above = np.maximum(ticks, np.int64(self.zero)).view(np.uint64) - np.uint64(self.zero % _WORD)
            whole, rest = np.divmod(above, np.uint64(self.per))
        return np.asarray(whole.astype(np.float64) + rest / self.per)

    def to_ticks(self, values: FloatArray) -> IntArray:
        """Decode float64, (n,) and without NaN: clip to the range seen, round to the lattice."""
        inside = np.clip(values, self.minimum, self.maximum)
        above: Any
        if self.zero == 0:
            inside = np.clip(inside, -(2.0**63), np.nextafter(2.0**63, 0))
            whole = np.floor(inside)
            above = whole.astype(np.int64) * np.int64(self.per) + self._rest(inside - whole).astype(np.int64)
            offsets = np.maximum(above, np.int64(self.low)).view(np.uint64) - np.uint64(self.low % _WORD)
        else:
            inside = np.minimum(inside, np.nextafter(2.0**64, 0))
            whole = np.floor(inside)
            above = whole.astype(np.uint64) * np.uint64(self.per) + self._rest(inside - whole).astype(np.uint64)
            base = np.uint64(self.low - self.zero)
            offsets = np.maximum(above, base) - base
        steps, rest = np.divmod(offsets, np.uint64(self.step))
        steps += rest >= np.uint64(self.step - self.step // 2)
        most = np.uint64((self.high - self.low) // self.step)
        # The floats of the ends may lie beyond them, and their ticks wrap around.
        steps = np.where(values >= self.maximum, most, np.where(values <= self.minimum, 0, np.minimum(steps, most)))
        return np.asarray(np.uint64(self.low % _WORD) + steps.astype(np.uint64) * np.uint64(self.step)).view(np.int64)

    def _rest(self, share: FloatArray) -> FloatArray:
        """Ticks in a part of a unit."""
        return np.asarray(np.rint(share * self.per))

    def to_dict(self) -> dict[str, int]:
        """Plain JSON values that `from_dict` restores exactly."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, int]) -> Self:
        """Restore what `to_dict` wrote."""
        return restore(cls, data)

    def check(self) -> None:
        """Refuse bounds that contradict each other.

        Raises
        ------
        ValueError
            They are the wrong way round, or lie below what is encoded as 0.
        """
        require(self.low <= self.high, "the lowest value lies above the highest")
        require(self.zero == 0 or self.zero <= self.low, "values lie below their zero")


@dataclass(frozen=True, eq=False)
class LatticeCodec(NumberCodec):
    """A column whose values lie on a lattice.

    Attributes
    ----------
    lattice : Lattice
        The ticks that can occur.
    """

    lattice: Annotated[Lattice, read_as(Lattice)]

    @property
    def resolution(self) -> float | None:  # noqa: D102 (said by the interface)
        return self.lattice.resolution

    @property
    def calendar(self) -> Calendar | None:  # noqa: D102
        if self.kind not in _DAYS:
            return None
        zone = self.type.tz if pt.is_timestamp(self.type) else None
        return Calendar(_DAYS[self.kind], -self.lattice.zero / self.lattice.per, zone)

    @property
    def minimum(self) -> float:  # noqa: D102
        return self.lattice.minimum

    @property
    def maximum(self) -> float:  # noqa: D102
        return self.lattice.maximum


def _are_many(offsets: npt.NDArray[np.uint64]) -> bool:
    """Say whether there are enough distinct values to believe in a step; the first ones usually settle it."""
    return any(len(np.unique(part)) >= MIN_DISTINCT for part in (offsets[:10_000], offsets))
