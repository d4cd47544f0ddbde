"""What chance explains: cells and rows beyond those that were seen."""

from __future__ import annotations

import math

import numpy as np

from synthdiff.codecs.column import FloatArray

ERRORS_BEYOND = 3.0
"""Standard errors of a count that chance explains."""
BEYOND = 6.0
"""Upper bound of how many of as many real cells lie beyond an end of the range, in 399 of 400 tables."""
PILED, STEEP = 5, 0.6
"""Real cells at an end of the range, and how many times those at the next two values, from which the end is a limit."""
LOWEST, FAR_BELOW = 10, 2.0
"""How many times as far below the lowest real value as the lowest ten are apart no value may be negative where no real
one is."""
LIGHT, FAR_OUT = 2.5, 1.5
"""How many times as far from the outermost tenth as that is from the middle a light tail ends, and how many real ranges
beyond it no value lies."""


def allowance(expected: float, n_errors: float) -> float:
    """How many cells chance explains."""
    return expected + n_errors * math.sqrt(expected)


def limits(known: FloatArray) -> tuple[bool, bool]:
    """Whether values end where they are as frequent as before: not in a tail, which goes on."""
    counts = np.unique(known, return_counts=True)[1]
    low, high = (part[0] >= max(PILED, STEEP * part[1:3].sum() / 2) for part in (counts, counts[::-1]))
    return bool(low), bool(high)


def is_impossible(known: FloatArray, values: FloatArray) -> bool:
    """Whether values are negative, and far from the lowest real one, where no real one is negative."""
    if len(known) <= LOWEST:
        return False
    lowest = np.partition(known, LOWEST)[: LOWEST + 1]
    low, spread = lowest.min(), lowest.max() - lowest.min()
    return bool(low >= 0 and np.nanmin(values, initial=np.inf) < min(0.0, low - FAR_BELOW * spread))


def far_out(known: FloatArray, values: FloatArray) -> bool:
    """Whether a value lies farther out than the whole real range is wide, and no heavy tail leads there."""
    with np.errstate(all="ignore"):
        if known.min() > 0:  # sizes, whose tails are long
            known, values = np.log(known), np.log(np.where(values > 0, values, np.nan))
        return _is_far_out(known, values)


def _is_far_out(known: FloatArray, values: FloatArray) -> bool:
    low, inner, middle, outer, high = np.quantile(known, (0, 0.1, 0.5, 0.9, 1))
    far = FAR_OUT * (high - low)
    is_light = (high - outer <= LIGHT * (outer - middle), inner - low <= LIGHT * (middle - inner))
    beyond = (np.nanmax(values, initial=high) - high, low - np.nanmin(values, initial=low))
    return any(light and gap > max(far, 0.0) for light, gap in zip(is_light, beyond, strict=True))


def is_beyond_chance(known: FloatArray, values: FloatArray, n_values: int) -> bool:
    """Say whether values below the lowest real one, or above the highest, are more than a sample has by chance.

    Parameters
    ----------
    known : (m,) float64
        Real values, NaN where missing.
    values : (n,) float64
    n_values : int
        How many values there are in all, those among them that do not lie outside.
    """
    known = known[~np.isnan(known)]
    if not len(known):
        return False
    ends = (values < known.min(), values > known.max())
    return (
        is_impossible(known, values)
        or far_out(known, values)
        or any(
            bool(beyond.sum() > allowance(0.0 if is_limit else BEYOND * n_values / len(known), ERRORS_BEYOND))
            for beyond, is_limit in zip(ends, limits(known), strict=True)
        )
    )
