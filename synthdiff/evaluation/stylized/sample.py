"""Windows of one asset's returns, and what several facts read off them."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

import numpy as np

from synthdiff.codecs.token import FloatArray
from synthdiff.evaluation.stylized.correlation import Spectrum, lag_range

Kind = Literal["return", "difference"]
REACH = 100
"""Largest lag."""
CLIP = 0.999
"""Quantile that absolute returns are cut at, so that one crash does not decide a correlation."""


class Sample:
    """Windows of one asset; what is computed once is kept.

    Parameters
    ----------
    returns : (n, L) float64
        Log returns, or differences of a level.
    scale : float
        Standard deviation of the history.
    kind : {"return", "difference"}
        What the steps are.
    """

    def __init__(self, returns: FloatArray, scale: float, kind: Kind = "return") -> None:
        self.returns = returns
        self.scaled = returns / scale
        self.scale = scale
        self.kind: Kind = kind
        self.n_steps = returns.shape[1]

    @cached_property
    def ordered(self) -> FloatArray:
        """All returns in standard deviations, sorted, (n L,)."""
        return np.sort(self.scaled, axis=None)

    @cached_property
    def magnitude(self) -> FloatArray:
        """Absolute returns in standard deviations, the highest thousandth cut, (n, L)."""
        size = np.abs(self.scaled)
        return np.asarray(np.minimum(size, np.quantile(size, CLIP)))

    @cached_property
    def return_spectrum(self) -> Spectrum:
        """Of returns."""
        return Spectrum.of(self.scaled, len(lag_range(REACH, self.n_steps)))

    @cached_property
    def magnitude_spectrum(self) -> Spectrum:
        """Of absolute returns."""
        return Spectrum.of(self.magnitude, len(lag_range(REACH, self.n_steps)))

    @cached_property
    def level(self) -> FloatArray:
        """Returns summed from the start of each window, in standard deviations of a step, (n, L)."""
        return self.scaled.cumsum(axis=1)


def aggregated(x: FloatArray, n_steps: int) -> FloatArray:
    """Sums over stretches that do not overlap: (n, L) becomes (n, L // n_steps)."""
    return np.asarray(x[:, : x.shape[1] // n_steps * n_steps].reshape(len(x), -1, n_steps).sum(axis=2))


def worst_falls(returns: FloatArray, kind: Kind = "return") -> FloatArray:
    """Largest fall from an earlier peak of each path, (n,), not negative.

    Parameters
    ----------
    returns : (n, L) float64
    kind : {"return", "difference"}
        Log returns give a share of the peak; differences the fall itself, in their unit.
    """
    level = np.zeros((len(returns), returns.shape[1] + 1))
    np.cumsum(returns, axis=1, out=level[:, 1:])
    below = (level - np.maximum.accumulate(level, axis=1)).min(axis=1)
    return np.asarray(-np.expm1(below) if kind == "return" else -below)
