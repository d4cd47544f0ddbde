"""Bounds on what paths can do, from the model's volatility filter and tails: what lies beyond is refused at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from synthdiff.codecs.series.channel import FloatArray
from synthdiff.data.measure import Measure
from synthdiff.data.target import BAND, Target
from synthdiff.errors import ConditioningError

if TYPE_CHECKING:
    from synthdiff.models.course import SeriesCourse


def refuse_unreachable(course: SeriesCourse, target: Target, tolerance: float | None = None) -> None:
    """Refuse a target that no path reaches even if each of its steps is as large as the model allows.

    Parameters
    ----------
    course : SeriesCourse
    target : Target
    tolerance : float or None
        Half width of the band around a single value, in units of the measure; None: one point.

    Raises
    ------
    ConditioningError
        A bound of the target lies beyond what paths can do; `support` holds what they can.
    """
    steps = largest_steps(course)
    for k, measure in enumerate(target.measures):
        low, high = reachable(measure, steps)
        point = target.low[:, k] == target.high[:, k]
        half = np.where(point, BAND if tolerance is None else tolerance, 0.0)
        if (target.low[:, k] - half > high).any() or (target.high[:, k] + half < low).any():
            n = course.n_steps
            raise ConditioningError(
                f"no path of {n} step{'s' if n > 1 else ''} does what was asked ({target.text}): even if each step is "
                f"as large as the model allows, the {measure.text} is between {measure.format(low)} and "
                f"{measure.format(high)}; ask for less, or for a longer horizon",
                column=measure.name,
                value=target.text,
                support=(low, high),
            )


def largest_steps(course: SeriesCourse) -> FloatArray:
    """Bound the log returns, or differences, of each asset in each step.

    Returns
    -------
    (n_steps, n_assets) float64
        Infinite for levels that are drawn as they are.
    """
    fitted = course.fitted
    sampler, codec = fitted.sampler, fitted.codec
    windows = sampler.codec
    volatility, followed = windows.filter, list(windows.followed)
    bounds = np.full((course.n_steps, codec.n_assets), np.inf)
    if not followed:
        return bounds
    ends = np.array([score.values[[0, -1]] for score in windows.scores[: volatility.n_series]])
    centre = 0.0 if sampler.centre is None else sampler.centre[:, None]
    series = np.minimum(volatility.furthest, np.exp(volatility.highest) * np.abs(ends - centre).max(axis=1))
    moves = series[1:] + np.abs(volatility.loadings) * series[0] if len(volatility.loadings) else series
    if course.recalibrated:
        moves = np.minimum(moves, fitted.output.largest)
    sessions, shift = course.sessions, course.finish.shift
    usual = np.where(sessions.is_open, np.exp(sessions.log_scale), 0.0)
    constant = np.abs(windows.returns.means) + np.abs(codec.drifts[followed])
    bounds[:, followed] = moves * usual + constant + (0.0 if shift is None else np.abs(shift))
    return bounds


def reachable(measure: Measure, steps: FloatArray) -> tuple[float, float]:
    """Bound a measure of paths whose steps are bounded.

    Parameters
    ----------
    measure : Measure
    steps : (n_steps, n_assets) float64
        Largest absolute log returns, or differences.

    Returns
    -------
    low, high : float
    """
    if measure.asset is not None:
        moves = steps[:, measure.asset]
        total = float(moves.sum())
        least, most = (-total, total) if measure.is_level else (float(np.expm1(-total)), float(_expm1(total)))
        largest = float(moves.max())
    else:
        held = np.flatnonzero(measure.weights)
        weights, moves = measure.weights[held], steps[:, held]
        falls = (weights * _expm1(-np.sign(weights) * moves)).sum(axis=1).clip(min=-1.0)
        rises = (weights * _expm1(np.sign(weights) * moves)).sum(axis=1)
        with np.errstate(over="ignore", divide="ignore"):
            least, most = float(np.prod(1 + falls) - 1), float(np.prod(1 + rises) - 1)
            largest = float(max(-np.log1p(falls).min(), np.log1p(rises).max()))
    if measure.kind == "max_drawdown":
        return least, 0.0
    return (0.0, largest * float(np.sqrt(measure.per_year))) if measure.kind == "volatility" else (least, most)


def _expm1(x: FloatArray | float) -> FloatArray:
    with np.errstate(over="ignore"):
        return np.asarray(np.expm1(x))
