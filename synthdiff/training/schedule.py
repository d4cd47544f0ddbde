"""How far a fit is and how long it goes on: a number of steps, a time, or both."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """What a fit may spend.

    Attributes
    ----------
    max_steps : int
        Optimiser steps.
    max_time : float or None
        Seconds since the fit began; it plans the learning rate, and the fit ends on it.
    """

    max_steps: int
    max_time: float | None = None

    def progress(self, step: int, elapsed: float) -> float:
        """Share of the budget that is spent, in [0, 1]."""
        spent = step / self.max_steps
        if self.max_time is not None:
            spent = max(spent, elapsed / self.max_time)
        return min(spent, 1.0)


@dataclass(frozen=True)
class CoolDown:
    """The end of a fit that stops before its budget is spent: the learning rate goes to zero first.

    Attributes
    ----------
    start, end : float
        Progress at which it begins and at which the fit ends.
    """

    start: float
    end: float

    @classmethod
    def at(cls, progress: float) -> CoolDown:
        """Cool down from now, for a quarter of what was spent so far."""
        return cls(progress, min(1.0, 1.25 * progress))


def learning_rate(
    peak: float, step: int, progress: float, cool_down: CoolDown | None = None, warmup: int = 100
) -> float:
    """Linear warm-up over the first steps, then half a cosine to zero; a cool-down bends it to zero earlier.

    Parameters
    ----------
    peak : float
    step : int
        From 0.
    progress : float
        Share of the budget that is spent.
    cool_down : CoolDown or None
    warmup : int
        Steps of the warm-up.

    Examples
    --------
    >>> round(learning_rate(1e-3, 1000, 0.5), 6)
    0.0005
    """
    rise = min(1.0, (step + 1) / warmup)
    if cool_down is None or progress < cool_down.start:
        return peak * rise * _half_cosine(progress)
    share = (progress - cool_down.start) / max(cool_down.end - cool_down.start, 1e-9)
    return peak * rise * _half_cosine(cool_down.start) * _half_cosine(min(share, 1.0))


def _half_cosine(share: float) -> float:
    """1 at 0, 0 at 1."""
    return 0.5 * (1 + math.cos(math.pi * share))
