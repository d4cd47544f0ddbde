"""Volatility by the time of the day, the day of the week and the time since the last step.

A return is divided by what is usual at its time before its volatility is followed, and multiplied by it when it is
drawn: the night's jump stays at the open, lunch at its end, a weekend on Monday. Three parts multiply: a scale for each
time of the day, one for each weekday, and a power of the time since the last step, over what is usual at that time of
the day. Each is taken only where Schwarz's criterion ([1]_) says that the history shows it.

References
----------
.. [1] Schwarz, "Estimating the Dimension of a Model", Annals of Statistics, 1978. Andersen and Bollerslev, "Intraday
   Periodicity and Volatility Persistence in Financial Markets", Journal of Empirical Finance, 1997.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Self

import numpy as np

from synthdiff.codecs.series.channel import BoolArray, FloatArray, IntArray
from synthdiff.codecs.series.clock import DAY, N_DAYS, Times, elapsed
from synthdiff.data.market.moment import DateArray
from synthdiff.record import numbers, require, restore

SMOOTH = 26
"""Stretches of a day over which the scale of single times is averaged, where a day has more times."""
OUTLIER = 6.0
"""Squared deviation of a time's scale from its neighbours', beyond that of the largest of as many, to be its own."""
DAYS_AROUND = 5
"""Days to both sides that tell how volatile a day was by itself."""
POWERS = np.linspace(0.0, 0.6, 25)
MOST_GAP = np.log(100.0)
MIN_STEPS = 100
"""Returns of an asset below which no season is looked for."""
Logs = Annotated[FloatArray, numbers(2, low=-20.0, high=20.0)]


@dataclass(frozen=True, eq=False)
class SeasonalVolatility:
    """Logarithm of each asset's usual volatility at a time.

    Attributes
    ----------
    by_time : (A, H) float64
        For each time of the day.
    by_day : (A, 7) float64
    usual_gap : (A, H) float64
        Logarithm of the days since the last step that are usual at each time of the day: the shortest ones.
    power : (A,) float64
        Of the time since the last step over the usual one.
    """

    by_time: Logs
    by_day: Logs
    usual_gap: Logs
    power: Annotated[FloatArray, numbers(low=0.0, high=1.0)]

    @classmethod
    def fit(cls, returns: FloatArray, moments: DateArray, is_open: BoolArray, times: Times) -> Self:
        """Fit to a history.

        Parameters
        ----------
        returns : (T, A) float64
            Around zero; NaN where no return of one step was observed.
        moments : (T + 1,) datetime64
            Those of the steps, after the moment before the first of them.
        is_open : (T, A) bool
        times : Times
            H of them.
        """
        if not returns.shape[1]:
            return cls.flat(0)
        weekday, clock = times.slots(moments[1:])
        days = moments[1:].astype("datetime64[ns]").astype(np.int64) // DAY
        gaps = np.log(np.maximum(elapsed(moments, is_open), 1e-9))
        parts = [_fit_one(x, weekday, clock, days, gap, len(times)) for x, gap in zip(returns.T, gaps.T, strict=True)]
        by_time, by_day, usual_gap, power = (np.array(part) for part in zip(*parts, strict=True))
        return cls(by_time, by_day, usual_gap, power)

    @classmethod
    def flat(cls, n_assets: int) -> Self:
        """Return a season in which no time differs from another."""
        return cls(np.zeros((n_assets, 1)), np.zeros((n_assets, N_DAYS)), np.zeros((n_assets, 1)), np.zeros(n_assets))

    @property
    def is_flat(self) -> bool:
        """Whether no time differs from another."""
        return not (self.by_time.any() or self.by_day.any() or self.power.any())

    def log_scale(self, moments: DateArray | None, is_open: BoolArray, times: Times) -> FloatArray:
        """Return the logarithm of the usual volatility in T steps, (T, A).

        Parameters
        ----------
        moments : (T + 1,) datetime64 or None
            As of `fit`; None: not known, and all steps are alike.
        is_open : (T, A) bool
        times : Times
        """
        if moments is None or self.is_flat:
            return np.zeros(is_open.shape)
        weekday, clock = times.slots(moments[1:])
        gap = np.log(np.maximum(elapsed(moments, is_open), 1e-9)) - self.usual_gap[:, clock].T
        return np.asarray(self.by_time[:, clock].T + self.by_day[:, weekday].T + self.power * gap.clip(0.0, MOST_GAP))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {name: getattr(self, name).tolist() for name in self.__dataclass_fields__}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote."""
        found = restore(cls, data)
        return found if len(found.power) else cls.flat(0)

    def check(self) -> None:
        """Refuse scales of different assets."""
        n = len(self.power)
        if not n:  # no row tells how wide the tables are
            return
        require(self.by_time.shape == self.usual_gap.shape == (n, self.by_time.shape[1]), "times of other assets")
        require(self.by_day.shape == (n, N_DAYS), "a scale for each day of the week is expected")


def _fit_one(
    x: FloatArray, weekday: IntArray, clock: IntArray, days: IntArray, gap: FloatArray, n_times: int
) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    """Scales by time and by weekday, usual gaps, and the power of a gap, of the (T,) returns of one asset."""
    seen = ~np.isnan(x)
    usual_gap = _shortest(gap, clock, n_times)
    none = np.zeros(n_times), np.zeros(N_DAYS), usual_gap, 0.0
    if seen.sum() < MIN_STEPS or not np.abs(x[seen]).any():
        return none
    slot, day = clock[seen], weekday[seen]
    size = np.abs(x[seen]) / _size_of_days(np.abs(x[seen]), days[seen])
    spread = float(size.var() / size.mean() ** 2)
    by_time = _by_time(size, slot, n_times, spread) if n_times > 1 else np.zeros(1)
    size = size / np.exp(by_time[slot])
    power = _power(size, (gap[seen] - usual_gap[slot]).clip(0.0, MOST_GAP), spread)
    size = size / np.exp(power * (gap[seen] - usual_gap[slot]).clip(0.0, MOST_GAP))
    by_day = _ratios(size, day, N_DAYS)
    count = np.bincount(day, minlength=N_DAYS)
    if (count * by_day**2).sum() / spread <= ((count > 0).sum() - 1) * np.log(len(size)):
        by_day = np.zeros(N_DAYS)
    return by_time, by_day, usual_gap, power


def _shortest(gap: FloatArray, clock: IntArray, n_times: int) -> FloatArray:
    """Shortest gap but for a tenth of them, at each time of the day."""
    order = np.lexsort((gap, clock))
    count = np.bincount(clock, minlength=n_times)
    first = np.concatenate([[0], count.cumsum()[:-1]])
    place = (first + count // 10).clip(max=len(gap) - 1)
    return np.where(count > 0, gap[order][place], 0.0)


def _size_of_days(size: FloatArray, days: IntArray) -> FloatArray:
    """Mean size around each step's day, that of the whole history counted as one day more."""
    _, place, count = np.unique(days, return_inverse=True, return_counts=True)
    total = np.bincount(place, size)
    kernel = np.ones(2 * DAYS_AROUND + 1)
    sums, counts = (np.convolve(part, kernel, "full")[DAYS_AROUND:-DAYS_AROUND] for part in (total, count))
    usual = count.mean()
    return np.asarray(((sums + usual * size.mean()) / (counts + usual))[place])


def _ratios(size: FloatArray, slot: IntArray, n_slots: int) -> FloatArray:
    """Logarithm of the mean size of each slot over that of all; 0 where there is none."""
    count = np.bincount(slot, minlength=n_slots)
    mean = np.bincount(slot, size, n_slots) / np.maximum(count, 1)
    return np.where((count > 0) & (mean > 0), np.log(np.maximum(mean, 1e-300) / size.mean()), 0.0)


def _by_time(size: FloatArray, slot: IntArray, n_times: int, spread: float) -> FloatArray:
    """Scale of each time of the day: that of its neighbours, unless it clearly has its own; zeros if there is none."""
    count = np.bincount(slot, minlength=n_times)
    raw = _ratios(size, slot, n_times)
    width = 2 * (n_times // SMOOTH // 2) + 1
    smooth, error = raw, spread / np.maximum(count, 1)
    if width > 1:
        median = _windows(raw, width, np.median)
        is_own = (raw - median) ** 2 / error > OUTLIER + 2 * np.log(n_times)
        smooth = _windows(np.where(is_own, median, raw), width, np.mean)
        smooth = np.where(is_own, raw, smooth)
    evidence = (count * smooth**2).sum() / spread
    n_free = n_times / width - 1
    return smooth if evidence > n_free * np.log(len(size)) else np.zeros(n_times)


def _windows(x: FloatArray, width: int, reduce: Any) -> FloatArray:
    """Value of a function over the neighbours of each element, those at the ends mirrored."""
    padded = np.pad(x, width // 2, mode="reflect")
    return np.asarray(reduce(np.lib.stride_tricks.sliding_window_view(padded, width), axis=1))


def _power(size: FloatArray, gap: FloatArray, spread: float) -> float:
    """Power of the gap at which sizes are likeliest, as exponential ones are; 0 if that is not clearly better."""
    if not (gap > 0).any():
        return 0.0
    scale = np.exp(np.outer(POWERS, gap))
    scale /= scale.mean(axis=1, keepdims=True) / 1.0
    loss = np.log(scale * (size / scale).mean(axis=1, keepdims=True)).sum(axis=1)
    best = int(loss.argmin())
    return float(POWERS[best]) if 2 * (loss[0] - loss[best]) / spread > np.log(len(size)) else 0.0
