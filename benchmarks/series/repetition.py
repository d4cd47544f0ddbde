"""A score of several repetitions: their mean, and what is not known about it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.stats import t

N_REPETITIONS = 5
"""What the papers take."""


@dataclass(frozen=True)
class Repetition:
    """Scores of the same windows under several seeds.

    Attributes
    ----------
    values : tuple of float
        One a seed.
    """

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: npt.ArrayLike) -> Self:
        """Of an array, (n_seeds,)."""
        return cls(tuple(float(value) for value in np.asarray(values, dtype=np.float64)))

    @property
    def mean(self) -> float:
        """Over the seeds."""
        return float(np.mean(self.values))

    @property
    def half_width(self) -> float | None:
        """Of the 95 % interval, by Student's law as Diffusion-TS prints it; None of one repetition.

        It holds what another seed of the score would change: not another fit, nor another sample.
        """
        n = len(self.values)
        return float(t.ppf(0.975, n - 1) * np.std(self.values, ddof=1) / math.sqrt(n)) if n > 1 else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % interval of the mean; None of one repetition."""
        half = self.half_width
        return None if half is None else (self.mean - half, self.mean + half)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"mean": self.mean, "interval": self.interval, "values": list(self.values)}

    def __str__(self) -> str:
        half = self.half_width
        return f"{self.mean:.3f}" + ("" if half is None else f" ± {half:.3f}")
