"""Splits of shares that prices were not adjusted for: the price jumps by a simple ratio, and nothing else happens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# New shares for one old share; from old ones to one new share, the other way round.
_WHOLE = (2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 100.0)
RATIOS = np.sort([ratio for whole in (1.5, *_WHOLE) for ratio in (whole, 1.0 / whole)])
DEVIATIONS = 12.0
"""Least jump of a split, in robust standard deviations of a log return before and after it."""
TOLERANCE = (0.02, 0.05)
"""How far a jump may be from its ratio, as a log return: the day has a return of its own, of usual size."""
RISE_TOLERANCE = 0.01
"""The same of a rise by half, as good news makes it (AMD in April 2016: 52 %) more often than a reverse split."""
MOST_BURST = 3.0
"""Volatility after a split over that before; after a crash it is many times as high."""
_AROUND = 20
_MIN_AROUND = 5
_LEAST_MOVING = 0.5
_TO_DEVIATION = 1.4826


@dataclass(frozen=True)
class Split:
    """A jump that looks like a split.

    Attributes
    ----------
    row : int
        The first row after it.
    ratio : float
        New shares for each old one; below 1 where shares were put together.
    """

    row: int
    ratio: float

    def __str__(self) -> str:
        """The ratio in words.

        Examples
        --------
        >>> str(Split(5, 2.0)), str(Split(5, 1.5)), str(Split(5, 0.1))
        ('2:1', '3:2', '1:10')
        """
        if self.ratio == 1.5:
            return "3:2"
        if self.ratio < 1.0:
            return "2:3" if np.isclose(self.ratio, 1.0 / 1.5) else f"1:{1.0 / self.ratio:.0f}"
        return f"{self.ratio:.0f}:1"


def find_splits(x: FloatArray) -> list[Split]:
    """Find jumps of a price that look like splits.

    Parameters
    ----------
    x : (T,) float64
        Positive prices without outliers; NaN where not observed.

    Returns
    -------
    list of Split
        In order. Each jump is near a simple ratio, far beyond the volatility on both sides, does not come back, and is
        followed by no burst of volatility.
    """
    seen = np.flatnonzero(~np.isnan(x))
    steps = np.diff(np.log(x[seen]))
    places = np.flatnonzero(np.abs(steps) > np.log(1.5) - TOLERANCE[1])
    found = []
    for place in places.tolist():  # a handful of jumps by half or more
        nearest = RATIOS[np.abs(np.log(RATIOS) + steps[place]).argmin()]
        if _is_split(steps, place, float(nearest)):
            found.append(Split(int(seen[place + 1]), float(nearest)))
    return found


def adjust_splits(x: FloatArray, splits: list[Split]) -> FloatArray:
    """Divide the prices before each split by its ratio, so that the jump is gone.

    Parameters
    ----------
    x : (T,) float64
        Prices.
    splits : list of Split
        As `find_splits` gives them.

    Examples
    --------
    >>> adjust_splits(np.array([100.0, 102.0, 51.0]), [Split(2, 2.0)]).tolist()
    [50.0, 51.0, 51.0]
    """
    factors = np.ones(len(x))
    for split in splits:
        factors[: split.row] /= split.ratio
    return np.asarray(x * factors)


def _is_split(steps: FloatArray, place: int, ratio: float) -> bool:
    before = np.abs(steps[max(place - _AROUND, 0) : place])
    after = np.abs(steps[place + 1 : place + 1 + _AROUND])
    if min(np.count_nonzero(before), np.count_nonzero(after)) < _MIN_AROUND:
        return False
    if min((before > 0.0).mean(), (after > 0.0).mean()) < _LEAST_MOVING:
        return False  # a peg that is given up, or a share that is hardly traded
    usual = float(np.median(np.abs(steps[steps != 0.0])))
    calm, excited = (max(float(np.median(part)), 0.25 * usual) for part in (before, after))
    deviation = _TO_DEVIATION * max(calm, excited)
    tolerance = min(max(TOLERANCE[0], 3.0 * deviation), TOLERANCE[1])
    if np.isclose(ratio, 1.0 / 1.5):
        tolerance = RISE_TOLERANCE
    jump = abs(float(steps[place]))
    is_near = abs(float(steps[place]) + np.log(ratio)) <= tolerance
    is_calm = excited <= MOST_BURST * calm and max(before.max(), after.max()) < 0.5 * jump
    return bool(is_near and jump >= DEVIATIONS * deviation and is_calm)
