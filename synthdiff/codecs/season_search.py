"""Find out on which days moments lie, how frequent they are by weekday and day of the month, and at what time.

A restriction ("only on the first of a month", "never at weekends") is believed where that number of distinct days is
unlikely to keep it by chance: the nats that it saves, less those that it takes to say it. Frequencies and times of the
day are believed where they differ from even ones by more than chance.
"""

from __future__ import annotations

from math import lgamma

import numpy as np

from synthdiff.codecs.season import (
    FARTHEST,
    MOST_DAYS,
    PARTS,
    Calendar,
    FloatArray,
    IntArray,
    Season,
    day_weights,
    shifted,
)
from synthdiff.data.zone import ahead_of_utc

DAY, QUARTER = 86_400, 900
_MIN_GAIN = 14.0
"""Nats that tell a rule from chance."""
_FREQUENCIES = ("weekday", "day")
_FARTHEST_FROM_EVEN = 3.0
"""Largest distance of two distribution functions, times the root of the rows, that chance makes."""
_MOST_TIMES = 2_000
_QUANTILES = np.linspace(0, 1, 1_025)


def find_season(values: FloatArray, step: float, calendar: Calendar) -> Season | None:
    """Find the axis on which moments are spread evenly.

    Parameters
    ----------
    values : (n,) float64
        Encoded moments, none missing.
    step : float
        Between values that can occur, in encoded units.
    calendar : Calendar

    Returns
    -------
    Season or None
        None where nothing tells moments from evenly spread ones.
    """
    unit = calendar.unit
    if not len(values) or step > unit:
        return None
    shifts, changes = _find_shifts(values, calendar)
    values = shifted(values, shifts, changes)
    start = calendar.origin + (values.min() - calendar.origin) % step - step / 2
    along = (values - start) / unit
    days = np.floor(along).astype(np.int64)
    first, last = int(days.min()), int(days.max())
    if last - first >= MOST_DAYS or max(abs(first), abs(last)) >= FARTHEST:
        return None
    weights = _find_weights(days, first, last)
    clock, levels = _find_clock(along - days, step / unit)
    if not weights and len(clock) == 2:
        return None
    return Season(unit, float(start), step, first, last, weights, clock, levels, shifts, changes)


def _find_shifts(values: FloatArray, calendar: Calendar) -> tuple[FloatArray, FloatArray]:
    """What the clocks of a zone are ahead of UTC, and when they change; empty without a zone."""
    ends = np.array([values.min(), values.max()])
    first, last = ((ends - calendar.origin) / calendar.unit + (-2, 2)).astype(np.int64)
    if calendar.zone is None or last - first >= MOST_DAYS or max(abs(first), abs(last)) >= FARTHEST:
        return np.empty(0), np.empty(0)
    days = np.arange(first, last + 1) * DAY
    around = np.flatnonzero(np.diff(ahead_of_utc(days, calendar.zone)))
    quarters = (days[around][:, None] + np.arange(0, DAY + QUARTER, QUARTER)).ravel()
    moments = np.unique(np.concatenate([days[:1], quarters]))
    ahead = ahead_of_utc(moments, calendar.zone)
    at = np.append(0, np.flatnonzero(np.diff(ahead)) + 1)
    scale = calendar.unit / DAY
    return ahead[at] * scale, calendar.origin + moments[at[1:]] * scale


def _find_weights(days: IntArray, first: int, last: int) -> dict[str, tuple[float, ...]]:
    every = np.arange(first, last + 1)
    weights = _find_rules(np.unique(days), every)
    counts = np.bincount(days - first, minlength=len(every))[day_weights(every, weights) > 0]
    # Rows that share their day, as those of an order do, say no more than one of them.
    spread = max(float(counts.var() / counts.mean()), 1.0)
    for part in _FREQUENCIES:
        size, function = PARTS[part]
        expected = np.bincount(function(every), day_weights(every, weights), minlength=size)
        expected *= len(days) / expected.sum()
        seen = np.bincount(function(days), minlength=size)
        used = seen > 0
        gain = float((seen[used] * np.log(seen[used] / expected[used])).sum())
        if gain / spread > _MIN_GAIN + size:
            own = np.array(weights.get(part, np.ones(size)))
            weights[part] = tuple(np.where(own > 0, own * (seen + 1) / (expected + 1), 0.0).tolist())
    return weights


def _find_rules(days: IntArray, every: IntArray) -> dict[str, tuple[float, ...]]:
    """Parts of the calendar of which days take few values, best first; 1 for those that occur and 0 for others."""
    rules: dict[str, tuple[float, ...]] = {}
    left = np.ones(len(every), np.bool_)
    while True:
        gains = {part: _gain(part, days, every[left]) for part in PARTS.keys() - rules.keys()}
        best = max(sorted(gains), key=lambda part: gains[part], default=None)
        if best is None or gains[best] < _MIN_GAIN:
            return rules
        size, function = PARTS[best]
        occurs = np.bincount(function(days), minlength=size) > 0
        rules[best] = tuple(occurs.astype(float).tolist())
        left &= occurs[function(every)]


def _gain(part: str, days: IntArray, possible: IntArray) -> float:
    """Nats that days save that keep to the values that they take of a part of the calendar."""
    size, function = PARTS[part]
    occurs = np.bincount(function(days), minlength=size) > 0
    values = function(possible)
    n_values, n_used = len(np.unique(values)), int(occurs.sum())
    saved = len(days) * np.log(len(possible) / max(int(occurs[values].sum()), 1))
    return float(saved - lgamma(n_values + 1) + lgamma(n_used + 1) + lgamma(max(n_values - n_used, 0) + 1))


def _find_clock(shares: FloatArray, step: float) -> tuple[FloatArray, FloatArray]:
    """Distribution function of the time of the day, of shares of a day; two knots where it is even."""
    even = np.array([0.0, 1.0]), np.array([0.0, 1.0])
    ordered = np.sort(shares)
    n = len(ordered)
    distance = np.abs(ordered - (np.arange(n) + 0.5) / n).max()
    if step >= 1 or distance * np.sqrt(n) < _FARTHEST_FROM_EVEN + step * np.sqrt(n):
        return even
    times, counts = np.unique(np.round(ordered / step - 0.5), return_counts=True)
    if len(times) <= min(_MOST_TIMES, n // 2):
        edges = np.stack([times, times + 1], axis=1).ravel() * step
        levels = np.concatenate([[0.0], np.repeat(np.cumsum(counts), 2)[:-1] / n])
    else:
        edges, levels = np.quantile(ordered, _QUANTILES), _QUANTILES
        edges = edges + np.where(levels == 1, step / 2, np.where(levels == 0, -step / 2, 0))  # all of the outer steps
    return np.concatenate([[0.0], edges.clip(0, 1), [1.0]]), np.concatenate([[0.0], levels, [1.0]])
