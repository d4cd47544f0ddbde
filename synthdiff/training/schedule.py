"""How far a fit is and how long it goes on: a number of steps, a time, or both."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

MOST_RESERVED = 0.2
"""Share of a time that is left for something else at most."""


WARMUP_SHARE = 0.1


@dataclass(frozen=True)
class Budget:
    """What a fit may spend.

    Attributes
    ----------
    max_steps : int
        Optimiser steps.
    max_time : float or None
        Seconds since the fit began; it plans the learning rate, and the fit ends on it.
    start : float
        Seconds since the fit began after which training can begin.
    """

    max_steps: int
    max_time: float | None = None
    start: float = 0.0

    def less(self, seconds: float) -> Budget:
        """Leave out of the time what something else needs, a fifth of it at most."""
        if self.max_time is None:
            return self
        return replace(self, max_time=self.max_time - min(seconds, MOST_RESERVED * self.max_time))

    def progress(self, step: int, elapsed: float) -> float:
        """Share of the budget that is spent, in [0, 1]."""
        spent = step / self.max_steps
        if self.max_time is not None:
            spent = max(spent, elapsed / self.max_time)
        return min(spent, 1.0)

    def trained(self, step: int, elapsed: float) -> float:
        """Share of the training that is done, in [0, 1]."""
        if self.max_time is None or not self.start <= elapsed < self.max_time:
            return self.progress(step, elapsed)
        return max(min(step / self.max_steps, 1.0), (elapsed - self.start) / (self.max_time - self.start))


@dataclass(frozen=True)
class Plan:
    """A fresh start whose length is known: the first one has shown when overfitting begins.

    Attributes
    ----------
    start_step : int
        Step at which it starts.
    n_steps : int
        Steps that it takes.
    start_progress : float
        Share of the budget that was spent before it.
    """

    start_step: int
    n_steps: int
    start_progress: float

    def progress(self, step: int) -> float:
        """Share of the plan that is done, in [0, 1]."""
        return min((step - self.start_step) / self.n_steps, 1.0) if self.n_steps else 1.0


def learning_rate(peak: float, step: int, progress: float, warmup: int = 100) -> float:
    """Linear warm-up over the first steps, in short fits over the first tenth, then half a cosine to zero.

    Parameters
    ----------
    peak : float
    step : int
        From 0.
    progress : float
        Share of the training that is done.
    warmup : int
        Steps of the warm-up at most.

    Examples
    --------
    >>> round(learning_rate(1e-3, 1000, 0.5), 6)
    0.0005
    """
    return peak * min(1.0, max((step + 1) / warmup, progress / WARMUP_SHARE)) * half_cosine(progress)


def half_cosine(share: float) -> float:
    """From 1 at 0 to 0 at 1."""
    return 0.5 * (1 + math.cos(math.pi * share))
