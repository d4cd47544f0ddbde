"""Most draws of a rare scenario miss it: which of them to look at, by a rough version of their paths.

A rough path, of a solver with a step or two, costs a tenth of the real one and ends near it. Each draw is looked at
with a probability that falls with how far its rough path is from what is asked, and counts for as much more as it was
unlikely to be looked at. So no path is lost for certain and all expectations stay what they were, whatever the rough
paths are worth; where they are worth little, nothing is screened. The probability of each draw is the square root of
that of meeting the target, which wastes least for a given cost (the optimal allocation of [1]_, section 5.5).

References
----------
.. [1] Cochran, W. G. (1977). Sampling Techniques. Wiley.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from synthdiff.data.split import FloatArray, IntArray
from synthdiff.data.target import Target
from synthdiff.sampling.pilot import RoughCourse

TINY = 1e-12
LEAST = 0.05
"""Probability of a draw that looks hopeless: no weight grows by more than 20."""
WORTHWHILE = 0.7
"""Share of the cost of looking at everything up to which screening is worth its trouble."""


@dataclass(frozen=True, eq=False)
class Screen:
    """Which draws to look at.

    Attributes
    ----------
    rough : RoughCourse
    target : Target
    scale : (k,) float64
        Unit of the distance of each measure.
    intercept, slope : (k,) float64
        What measures of rough paths say of the real ones.
    error : float
        Standard deviation of what they leave open, in units of `scale`.
    """

    rough: RoughCourse
    target: Target
    scale: FloatArray
    intercept: FloatArray
    slope: FloatArray
    error: float

    @classmethod
    def fit(
        cls,
        roughs: Sequence[RoughCourse],
        target: Target,
        scale: FloatArray,
        drawn: tuple[FloatArray, IntArray],
        values: FloatArray,
    ) -> Self | None:
        """The best of several rough versions, by draws whose real measures are known; None where none is worth it.

        Parameters
        ----------
        roughs : sequence of RoughCourse
        target : Target
            Settled.
        scale : (k,) float64
        drawn : (n, L, D) float64, (n,) int64
            Noise and starts, as they will be screened.
        values : (n, k) float64
            Measures of their real paths.
        """
        best, least = None, WORTHWHILE
        for rough in roughs:
            found = rough.course.measure(rough.course.run(*drawn), target)
            spread = found.var(axis=0)
            slope = ((found - found.mean(0)) * (values - values.mean(0))).mean(0) / np.where(spread > 0, spread, 1.0)
            intercept = values.mean(0) - slope * found.mean(0)
            error = float(np.sqrt(np.mean(((values - intercept - slope * found) / scale) ** 2, axis=0)).max())
            screen = cls(rough, target, scale, intercept, slope, error)
            cost = rough.cost + float(screen._chances(found).mean())
            if cost < least:
                best, least = screen, cost
        return best

    def choose(self, noise: FloatArray, start: IntArray, rng: np.random.Generator) -> tuple[IntArray, FloatArray]:
        """Which draws, of (n, L, D) noise and (n,) starts, are looked at, and how much more each of them counts."""
        course = self.rough.course
        chances = self._chances(course.measure(course.run(noise, start), self.target))
        kept = np.flatnonzero(rng.random(len(chances)) < chances)
        return kept, 1 / chances[kept]

    def _chances(self, rough: FloatArray) -> FloatArray:
        """Probability of each draw to be looked at, (n,), from (n, k) measures of its rough path."""
        distance = self.target.distances(self.intercept + self.slope * rough, self.scale).min(axis=1)
        return np.asarray(np.maximum(np.exp(-((distance / max(self.error, TINY)) ** 2) / 4), LEAST))
