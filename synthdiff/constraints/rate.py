"""The simplest numbers that rounded values allow: 0.19, not 0.1900003."""

from __future__ import annotations

import numpy as np

from synthdiff.codecs.column import FloatArray

MAX_DIGITS, MOST_DIGITS, MAX_CONSTANT_DIGITS = 7, 11, 3
NATURAL = (7, 12, 24, 60, 100, 3_600, 86_400)
"""Whole numbers that are divided by often, where rounding hides them."""
FITTING = 0.98
"""Share of the rows that must fit; others may break a rule that nearly holds."""
MIN_ROWS = 20


def snap_rate(x: FloatArray, y: FloatArray, step: float | None) -> tuple[float, float] | None:
    """Find a rate and a constant with x = rate y + constant, rounded to a step.

    Parameters
    ----------
    x, y : (n,) float64
        NaN where missing.
    step : float or None
        Of x; None where it is not rounded.

    Returns
    -------
    tuple of float, or None
        The simplest that fit.

    Examples
    --------
    >>> y = np.arange(100) / 4
    >>> snap_rate((0.19 * y).round(2), y, 0.01)
    (0.19, 0.0)
    """
    both = ~np.isnan(x + y)
    x, y = x[both], y[both]
    if len(x) < MIN_ROWS or not y.any():
        return None
    rate = single_rate(x, y, step)
    if rate is not None:
        return rate, 0.0
    spread = float(y.max() - y.min())
    if not spread:
        return None
    slope = float(np.polyfit((y - y.mean()) / spread, x, 1)[0]) / spread
    for digits in range(1, MAX_DIGITS):
        guess = float(f"{slope:.{digits}g}")
        rest = x - guess * y
        middle = float(np.median(rest))
        for shift in (0.0, 0.5 * (step or 0.0)):
            for places in range(MAX_CONSTANT_DIGITS + 1):
                constant = round(middle + shift, places)
                if guess and _fits(rest - constant, step):
                    return guess, constant
    return None


def single_rate(x: FloatArray, y: FloatArray, step: float | None) -> float | None:
    """Find the simplest rate with x = rate y, rounded to a step; nothing is missing."""
    large = np.abs(y) >= np.quantile(np.abs(y), 0.75)
    large &= y != 0
    if not large.any():
        return None
    ratio = float(np.median(x[large] / y[large]))
    guesses = [float(f"{ratio:.{digits}g}") for digits in range(1, MAX_DIGITS + 1)]
    guesses += [1 / whole for whole in NATURAL]
    guesses += [1 / round(1 / ratio)] if ratio and 1 <= abs(1 / ratio) < 1e9 else []
    guesses += _in_all_rows(x, y, step)
    fitting = [guess for guess in guesses if guess and _fits(x - guess * y, step)]
    # The simplest that all rows allow; the simplest of all where some rows break it.
    return next((guess for guess in fitting if _fits(x - guess * y, step, 1.0)), fitting[0] if fitting else None)


def _in_all_rows(x: FloatArray, y: FloatArray, step: float | None) -> list[float]:
    """Find the simplest rates that rounding to the nearest step, down or up allows in all rows."""
    if step is None:
        return []
    x, y, found = x[y != 0], y[y != 0], list[float]()
    for low, high in ((-step / 2, step / 2), (0.0, step), (-step, 0.0)):
        ends = np.sort([(x + low) / y, (x + high) / y], axis=0)
        least, most = float(ends[0].max()), float(ends[1].min())
        guesses = [float(f"{(least + most) / 2:.{digits}g}") for digits in range(1, MOST_DIGITS)]
        found += [guess for guess in guesses if least <= guess <= most][:1]
    return found


def _fits(rest: FloatArray, step: float | None, share: float = FITTING) -> bool:
    """Whether rests are what rounding leaves, to the nearest step, down or up."""
    if step is None:
        return bool((np.abs(rest) <= 1e-9 * max(float(np.abs(rest).max()), 1.0)).mean() >= share)
    nearest = np.abs(rest) <= 0.5 * step * (1 + 1e-6)
    down = (rest <= 1e-6 * step) & (rest > -step * (1 + 1e-6))
    up = (rest >= -1e-6 * step) & (rest < step * (1 + 1e-6))
    return any(bool(kept.mean() >= share) for kept in (nearest, down, up))
