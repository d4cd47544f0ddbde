"""Steps in which an asset is shut while others of the same table trade, and steps in which it is merely not known."""

from __future__ import annotations

import numpy as np

from synthdiff.codecs.series.clock import TradingHours
from synthdiff.codecs.series.history import spans_of
from synthdiff.codecs.token import BoolArray, FloatArray, IntArray
from synthdiff.data.market.moment import DateArray
from synthdiff.evaluation.stylized.window import PERIODS, SHORTEST


def rest_when_shut(real: FloatArray, dates: DateArray, path_dates: DateArray) -> FloatArray:
    """Fill in zero returns where an asset is not known because it is shut, if paths have such steps.

    A stock beside a coin is not known at weekends; its paths stay where they are. Without this, steps of the paths
    that the history does not have would be compared with it.

    Parameters
    ----------
    real : (T, d) float64
        Returns or differences; NaN where not known.
    dates : (T,) datetime64
    path_dates : (L,) datetime64

    Returns
    -------
    (T, d) float64
        NaN where an asset that is open is not known, before its first step and after its last one.
    """
    known = np.isfinite(real)
    if known.all():
        return real
    hours = TradingHours.fit(dates, known & (real != 0))
    if hours.is_always:
        return real
    reached = ~hours.at(path_dates).all(axis=0)
    alive = np.maximum.accumulate(known, axis=0) & np.maximum.accumulate(known[::-1], axis=0)[::-1]
    return np.where(~known & alive & ~hours.at(dates) & reached, 0.0, real)


def open_hours(real: FloatArray, dates: DateArray, path_dates: DateArray) -> tuple[BoolArray, BoolArray]:
    """Find the steps of the history, (T, d), and of the paths, (L, d), in which each asset is open.

    Parameters
    ----------
    real : (T, d) float64
        Returns or differences; NaN where not known.
    dates : (T,) datetime64
    path_dates : (L,) datetime64
    """
    hours = TradingHours.fit(dates, np.isfinite(real) & (real != 0))
    return hours.at(dates), hours.at(path_dates)


def single_steps(returns: FloatArray, spans: IntArray) -> FloatArray:
    """Leave out the returns that cover several steps, after a hole.

    Parameters
    ----------
    returns : (T, d) float64
        Since the value observed last; NaN where none is observed.
    spans : (T, d) int64
        Steps in which the asset trades that each return covers.

    Returns
    -------
    (T, d) float64
        As they were of assets that have hardly any return of one step.
    """
    single = np.where(spans > 1, np.nan, returns)
    enough = np.isfinite(single).sum(axis=0) >= PERIODS * SHORTEST
    return np.where(enough, single, returns)


def open_spans(returns: FloatArray, observed: BoolArray, dates: DateArray | None) -> IntArray:
    """Count the steps in which each asset trades since it was observed last, (T, d).

    Parameters
    ----------
    returns : (T, d) float64
        NaN where not known.
    observed : (T, d) bool
    dates : (T,) datetime64 or None
        Tell when an asset is shut; None: never.
    """
    moves = np.isfinite(returns) & (returns != 0)
    is_open = np.ones(returns.shape, dtype=bool) if dates is None else TradingHours.fit(dates, moves).at(dates) | moves
    return spans_of(observed, is_open)
