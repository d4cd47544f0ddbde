"""What paths are asked to do: one or several measures within bounds, all of them at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from synthdiff.data.measure import Measure
from synthdiff.data.split import FloatArray

BAND, BAND_SHARE = 0.01, 0.2
"""Half the width of the band around a single value: one point of a return, drawdown or volatility, and at most a fifth
of the standard deviation that it usually has, which is what a level gets."""
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Target:
    """Bounds on k measures; m cases of them, of which a path meets one.

    Attributes
    ----------
    measures : tuple of Measure
        k.
    low, high : (m, k) float64
        Infinite where there is no bound. Where both are the same, a single value is meant, and `settled` puts a band
        around it.
    share : (m,) float64
        Of the paths that shall meet each case; sum to 1.
    """

    measures: tuple[Measure, ...]
    low: FloatArray
    high: FloatArray
    share: FloatArray

    @property
    def n_cases(self) -> int:
        """How many there are: m."""
        return len(self.share)

    def values(self, returns: FloatArray, kinds: Sequence[str]) -> FloatArray:
        """Measure (n, n_steps, n_assets) paths: (n, k)."""
        return np.stack([measure.of(returns, kinds) for measure in self.measures], axis=1)

    def settled(self, usual: FloatArray, tolerance: float | None = None) -> Target:
        """With a band around each single value.

        Parameters
        ----------
        usual : (n, k) float64
            Measures of paths as they usually are.
        tolerance : float or None
            Half of its width, in units of the measure; None: one point, and at most a fifth of the standard deviation
            of what is usual.
        """
        half = np.empty(len(self.measures))
        for k, measure in enumerate(self.measures):
            spread = BAND_SHARE * float(usual[:, k].std())
            half[k] = tolerance if tolerance is not None else spread if measure.is_level else min(BAND, spread)
        point = self.low == self.high
        return replace(
            self, low=np.where(point, self.low - half, self.low), high=np.where(point, self.high + half, self.high)
        )

    def distances(self, values: FloatArray, scale: FloatArray) -> FloatArray:
        """How far paths are from each case: the largest of the measures' distances from their bounds.

        Parameters
        ----------
        values : (n, k) float64
        scale : (k,) float64
            Unit of each measure's distance.

        Returns
        -------
        (n, m) float64
            0 where a path meets the case.
        """
        found = np.zeros((len(values), self.n_cases))
        for k, unit in enumerate(scale):
            x = values[:, k, None]
            outside = np.maximum(np.maximum(self.low[:, k] - x, x - self.high[:, k]), 0.0)
            np.maximum(found, outside / unit, out=found)
        return found

    def met(self, values: FloatArray) -> BoolArray:
        """Which paths meet which cases, (n, m) bool, from (n, k) measures."""
        x = values[:, None, :]
        return np.asarray(((x >= self.low) & (x <= self.high)).all(axis=2))

    @property
    def text(self) -> str:
        """What is asked, in words."""
        return " and ".join(self._bounds_text(k) for k in range(len(self.measures)))

    def _bounds_text(self, k: int) -> str:
        measure = self.measures[k]
        low, high = float(self.low[:, k].min()), float(self.high[:, k].max())
        if self.n_cases > 1 and np.ptp(self.low[:, k]) + np.ptp(self.high[:, k]) > 0:
            return (
                f"{measure.text} one of {self.n_cases} values between {measure.format(low)} and {measure.format(high)}"
            )
        if math.isinf(low):
            return f"{measure.text} at most {measure.format(high)}"
        if math.isinf(high):
            return f"{measure.text} at least {measure.format(low)}"
        return f"{measure.text} between {measure.format(low)} and {measure.format(high)}"
