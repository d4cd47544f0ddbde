"""When in the week, in the month and in the day moments lie: the axis on which they are spread evenly.

Few bins cover years, so that a position inside one says little about the day, and nothing about the time of the day: on
a straight axis orders of an office would come out at night and on Sundays, and the first days of months on any day.
A `Season` bends the axis: a day is as long on it as rows are frequent on such days, and a part of the day as rows are
frequent then; days that never occur have no length.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from pydantic import BeforeValidator, Field

from synthdiff.record import Tick, numbers, read_array, require, restore

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

MOST_DAYS = 1 << 18
"""Days between the first and the last one: seven centuries."""
FARTHEST = 4_000_000
"""Days before or after 1970 that lie beyond the years 0 to 9999."""
_MOST_KNOTS, _MOST_WEIGHT = 1 << 13, 1e9


def _weekday(days: IntArray) -> IntArray:
    return (days + 3) % 7


def _month(days: IntArray) -> IntArray:
    return np.asarray(days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12)


def _from_start(days: IntArray) -> IntArray:
    return days - _months(days, 0)


def _to_end(days: IntArray) -> IntArray:
    return _months(days, 1) - days - 1


def _working_from_start(days: IntArray) -> IntArray:
    return _working(_months(days, 0), days, days)


def _working_to_end(days: IntArray) -> IntArray:
    return _working(days + 1, _months(days, 1), days)


def _months(days: IntArray, later: int) -> IntArray:
    """The first day of each day's month, or of the month that many months later."""
    return np.asarray(
        (days.astype("datetime64[D]").astype("datetime64[M]") + later).astype("datetime64[D]").astype(np.int64)
    )


def _working(first: IntArray, behind: IntArray, days: IntArray) -> IntArray:
    """Days from Monday to Friday between two days; 31 where the day itself is none of them."""
    count = np.busday_count(first.astype("datetime64[D]"), behind.astype("datetime64[D]"))
    return np.where(_weekday(days) < 5, count, 31)


PARTS: dict[str, tuple[int, Callable[[IntArray], IntArray]]] = {
    "weekday": (7, _weekday),
    "day": (31, _from_start),
    "days left": (31, _to_end),
    "month": (12, _month),
    "working day": (32, _working_from_start),
    "working days left": (32, _working_to_end),
}
"""What may be said of a day, counted from 0: how many different things, and which, of days since 1970."""


def _read_weights(data: Any) -> dict[str, tuple[float, ...]]:
    require(isinstance(data, dict) and data.keys() <= PARTS.keys(), "weights of parts of the calendar are expected")
    found = {part: read_array(weights, 1, most=32) for part, weights in data.items()}
    require(all(len(found[part]) == PARTS[part][0] for part in found), "a part of the calendar has other weights")
    require(all(((own >= 0) & (own <= _MOST_WEIGHT)).all() for own in found.values()), "weights are at least 0")
    return {part: tuple(own.tolist()) for part, own in found.items()}


class Calendar(NamedTuple):
    """How a column of moments is encoded.

    Attributes
    ----------
    unit : float
        A day in encoded units.
    origin : float
        The encoded value of 1970-01-01 00:00, in UTC where there is a zone.
    zone : str or None
        The time zone whose clocks people read; None where values are what clocks show.
    """

    unit: float
    origin: float
    zone: str | None


@dataclass(frozen=True)
class Season:
    """The bent axis of one column of moments.

    Attributes
    ----------
    unit : float
        A day in encoded units.
    start : float
        Where the day 1970-01-01 begins, in encoded units.
    step : float
        Between values that can occur, in encoded units; at most a day.
    first, last : int
        The first and the last day that can occur, since 1970.
    weights : dict of str to tuple of float
        By part of the calendar, how frequent its values are; those of the parts are multiplied.
    clock, levels : (K,) float64
        Distribution function of the time of the day, as shares of a day.
    shifts : (S,) float64
        Of a time zone, what its clocks are ahead of UTC, in encoded units; empty where values are read off clocks.
    changes : (S - 1,) float64
        Encoded values at which the clocks change from one shift to the next.
    """

    unit: Annotated[float, Field(gt=0)]
    start: float
    step: Annotated[float, Field(gt=0)]
    first: Tick
    last: Tick
    weights: Annotated[dict[str, tuple[float, ...]], BeforeValidator(_read_weights)]
    clock: Annotated[FloatArray, numbers(most=_MOST_KNOTS, low=0.0, high=1.0, rising=False)]
    levels: Annotated[FloatArray, numbers(most=_MOST_KNOTS, low=0.0, high=1.0, rising=False)]
    shifts: Annotated[FloatArray, numbers(most=_MOST_KNOTS)]
    changes: Annotated[FloatArray, numbers(most=_MOST_KNOTS, rising=True)]

    @property
    def lengths(self) -> FloatArray:
        """Length of each day from the first to the last one on the bent axis, (n,) float64."""
        return day_weights(np.arange(self.first, self.last + 1), self.weights)

    def local(self, values: FloatArray) -> FloatArray:
        """What the clocks of the place show at encoded values, in days since 1970; NaN where missing."""
        return (shifted(values, self.shifts, self.changes) - self.start) / self.unit

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        plain = {name: getattr(self, name) for name in ("unit", "start", "step", "first", "last")}
        weights = {part: list(weights) for part, weights in self.weights.items()}
        arrays = {name: getattr(self, name).tolist() for name in ("clock", "levels", "shifts", "changes")}
        return plain | {"weights": weights} | arrays

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Restore what `to_dict` wrote."""
        return restore(cls, data)

    def check(self) -> None:
        """Refuse what is no axis.

        Raises
        ------
        ValueError
            No day has a length, there are too many of them, or the time of the day has no distribution.
        """
        require(0 <= self.last - self.first < MOST_DAYS, "too many days between the first and the last")
        require(self.step <= self.unit, "a step is longer than a day")
        require(len(self.clock) == len(self.levels) > 1, "times of the day and their levels do not fit")
        require(self.levels[0] == 0 and self.levels[-1] == 1, "levels run from 0 to 1")
        require(max(abs(self.first), abs(self.last)) < FARTHEST, "a day outside the years 0 to 9999")
        require(max(len(self.shifts) - 1, 0) == len(self.changes), "clocks and their changes do not fit")
        require(float(self.lengths.sum()) > 0, "a day must be able to occur")


def shifted(values: FloatArray, shifts: FloatArray, changes: FloatArray) -> FloatArray:
    """What clocks show at encoded values, which they are ahead of by `shifts`, (n,) float64; arrays as in `Season`."""
    return values + shifts[np.searchsorted(changes, values, side="right")] if len(shifts) else values


def day_weights(days: IntArray, weights: dict[str, tuple[float, ...]]) -> FloatArray:
    """How frequent days since 1970 are, (n,) float64: the product over parts of the calendar."""
    out = np.ones(len(days))
    for part, own in weights.items():
        out *= np.array(own)[PARTS[part][1](days)]
    return out
