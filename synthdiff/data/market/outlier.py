"""Single cells of a series that cannot be right: a decimal slip, a sentinel, a price of another column.

A cell is an outlier where the series jumps away and comes back at once to about where it was. Crashes do not come back;
violent days come among other violent days. So a jump is measured by the volatility around it, before and after, and
must be large in itself. Of 255,000 daily prices of 21 stocks, 5 funds, an index and 8 currencies, the rule flags one:
the yuan, pegged at 0.161 dollars, at 0.238 for a day. Of 720,000 simulated steps with tails of 2.2 to 5 degrees of
freedom and clustered volatility of 1 to 10 % a step, it flags one as well.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

PRICE_DEVIATIONS = 12.0
"""Least jump of a price into and out of an outlier, in robust standard deviations of a log return around it."""
LEVEL_DEVIATIONS = 25.0
"""The same of a level, in those of a difference; levels have no least jump in their own units."""
LEAST_JUMP = float(np.log(1.25))
"""Least jump of a price, as a log return: an outlier is off by 25 % or more."""
LONGER_JUMP = float(np.log(1.8))
"""The same where several cells in a row are off: a bid for a company may lift its price for a week."""
MOST_CELLS = 10
"""Distinct values of a stretch of outliers; a value that is repeated counts once."""
MOST_SHARE = 0.05
"""Share of outliers from which on they are no mistakes but a habit of the series."""
_AROUND = 20
_TO_DEVIATION = 1.4826
_BACK_DEVIATIONS = 5.0
_BACK_SHARE = 0.4


def price_outliers(x: FloatArray) -> BoolArray:
    """Find the outliers of a column of prices.

    Parameters
    ----------
    x : (T,) float64
        Prices; NaN where not observed. Those that are not positive must be NaN.

    Returns
    -------
    (T,) bool

    Examples
    --------
    >>> x = np.array([100.0, 101.0, 99.0, 100.0, 1000.0, 101.0, 102.0, 100.0])
    >>> np.flatnonzero(price_outliers(x)).tolist()
    [4]
    """
    return log_price_outliers(np.log(x))


def log_price_outliers(y: FloatArray) -> BoolArray:
    """Find the outliers of the logarithms of prices, (T,) float64 with NaN where not observed."""
    return _outliers(y, PRICE_DEVIATIONS, LEAST_JUMP, LONGER_JUMP)


def level_outliers(x: FloatArray) -> BoolArray:
    """Find the outliers of a column of levels, (T,) float64 with NaN where not observed."""
    found = _outliers(x, LEVEL_DEVIATIONS, 0.0, 0.0)
    rest = x[~found & ~np.isnan(x)]
    if not found.any() or not len(rest):
        return found
    # Levels of few values, such as wind and rain, jump by habit; mistakes lie where the series never is.
    low, high = np.quantile(rest, (0.01, 0.99))
    spread = high - low
    is_outside = (x < low - spread) | (x > high + spread) | ((x <= 0.0) & (rest.min() > 0.0))
    return np.asarray(found & is_outside)


def _outliers(y: FloatArray, deviations: float, least: float, longer: float) -> BoolArray:
    """Cells between a jump away and a jump back, in units of `y`."""
    found = np.zeros(len(y), dtype=bool)
    seen = np.flatnonzero(~np.isnan(y))
    observed = y[seen]
    if len(observed) < 4:
        return found
    starts = np.flatnonzero(np.concatenate([[True], np.diff(observed) != 0.0]))
    values, lengths = observed[starts], np.diff(np.append(starts, len(observed)))
    steps = np.diff(values)
    usual = float(np.median(np.abs(steps))) if len(steps) else 0.0
    bad = np.zeros(len(values), dtype=bool)
    for n_cells in range(1, min(MOST_CELLS, len(values) - 2) + 1):
        floor = least if n_cells == 1 else longer
        bad |= _stretches(values, steps, lengths, n_cells, (deviations, floor, usual))
    found[seen] = np.repeat(bad, lengths)
    return found if found.sum() <= max(1.0, MOST_SHARE * len(seen)) else np.zeros_like(found)


def _stretches(
    values: FloatArray, steps: FloatArray, lengths: IntArray, n_cells: int, rule: tuple[float, float, float]
) -> BoolArray:
    """Values that belong to a stretch of a length, between a jump away and one back."""
    deviations, floor, usual = rule
    away, back = steps[:-n_cells], steps[n_cells:]
    least = np.maximum(deviations * _TO_DEVIATION * usual, floor)
    is_jump = (np.sign(away) == -np.sign(back)) & (np.minimum(np.abs(away), np.abs(back)) >= least)
    places = np.flatnonzero(is_jump)
    bad = np.zeros(len(values), dtype=bool)
    if not len(places):
        return bad
    scale = _TO_DEVIATION * np.maximum(_volatility(steps, places, n_cells), usual)
    jump = np.minimum(np.abs(away[places]), np.abs(back[places]))
    inside = places[:, None] + np.arange(1, n_cells + 1)
    offset = np.sign(away[places])[:, None] * (values[inside] - values[places][:, None])
    waits = lengths[inside].sum(axis=1) + 1
    gap = np.abs(values[places + n_cells + 1] - values[places])
    is_back = gap <= np.minimum(_BACK_DEVIATIONS * scale * np.sqrt(waits), _BACK_SHARE * jump)
    is_off = (jump >= np.maximum(deviations * scale, floor)) & (offset.min(axis=1) >= 0.5 * jump)
    bad[inside[is_back & is_off].ravel()] = True
    return bad


def _volatility(steps: FloatArray, places: IntArray, n_cells: int) -> FloatArray:
    """Median size of the steps around each stretch, of those before or of those after, whichever is larger."""
    padded = np.concatenate([np.full(_AROUND, np.nan), np.abs(steps), np.full(_AROUND, np.nan)])
    before = padded[places[:, None] + np.arange(_AROUND)]
    after = padded[places[:, None] + n_cells + 1 + _AROUND + np.arange(_AROUND)]
    return np.fmax(_median(before), _median(after))


def _median(rows: FloatArray) -> FloatArray:
    """Median of what is known in each row; 0 where nothing is."""
    ordered = np.sort(rows, axis=1)  # NaN comes last
    count = (~np.isnan(rows)).sum(axis=1)
    at = np.maximum(count - 1, 0)[:, None]
    low, high = (np.take_along_axis(ordered, half, axis=1)[:, 0] for half in (at // 2, (at + 1) // 2))
    return np.where(count > 0, (low + high) / 2.0, 0.0)
