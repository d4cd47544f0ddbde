"""What a fit's own paths say beside its history: deviation, drift, correlation, zero returns, kurtosis.

Returns are compared over what is usual at their time, in steps in which the assets trade. A measure's noise is that of
its values in parts of the history.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from synthdiff.codecs.series.channel import FloatArray
from synthdiff.codecs.series.history import StepHistory
from synthdiff.codecs.series.window import WindowCodec, WindowState
from synthdiff.models.series_output import RealReturns

N_PATHS, N_STEPS = 512, 64
"""Windows that are looked at, and steps of each."""
N_BLOCKS = 16
"""Parts of the history that tell how much a measure varies by chance."""
CHANCE = 0.001
"""Probability that the furthest of all assets, or pairs, is called beyond chance where it is not."""
MIN_STEPS = 10 * N_BLOCKS
"""Steps of a history below which its noise is not known."""


@dataclass(frozen=True)
class Agreement:
    """A measure of the asset in which paths are furthest from the history.

    Attributes
    ----------
    measure : str
        Such as ``"deviation"``.
    name : str
        The asset, or two of them.
    real, drawn : float
    errors, limit : float
        Their difference in standard errors of the history's, and what it may be by chance.
    """

    measure: str
    name: str
    real: float
    drawn: float
    errors: float
    limit: float

    @property
    def agrees(self) -> bool:
        """Whether the difference may be chance."""
        return abs(self.errors) <= self.limit

    def __str__(self) -> str:
        """The measure in words."""
        return f"{self.measure} {self.drawn:.3g} ({self.real:.3g})"


def check_returns(
    windows: WindowCodec,
    history: StepHistory,
    returns: RealReturns,
    drawn: FloatArray,
    starts: WindowState,
    drifts: FloatArray,
    names: list[str],
) -> list[Agreement]:
    """Compare returns that were drawn with the history that was fitted.

    Parameters
    ----------
    windows : WindowCodec
    history : StepHistory
        Of the A assets that are followed.
    returns : RealReturns
        Its returns.
    drawn : (n, L, A) float64
        Returns over what is usual at their time, of assets that move in each step.
    starts : WindowState
        Moments of the history.
    drifts : (A,) float64
        What is added to each return of an asset that moves.
    names : list of str
        Of the assets.

    Returns
    -------
    list of Agreement
        One a measure; none where the history is too short to know its noise, or nothing is followed.
    """
    if len(history) < MIN_STEPS or not names:
        return []
    zeros = windows.returns.zeros
    real = np.where(returns.rests, 0.0, returns.returns + drifts)
    drawn = drawn[:N_PATHS, :N_STEPS]
    rng = np.random.default_rng(0)
    runs = starts.runs[rng.integers(0, len(starts), len(drawn))]
    noise = rng.standard_normal((*drawn.shape[:2], len(zeros)))
    is_zero, _ = zeros.run(noise, runs, np.ones(drawn.shape[1:], dtype=bool))
    drawn = np.where(is_zero, 0.0, drawn + drifts)
    return [_furthest(word, names, real, drawn) for word in MEASURES if word != "correlation" or len(names) > 1]


def _deviation(x: FloatArray) -> FloatArray:
    return np.asarray(np.nanstd(x, axis=0))


def _drift(x: FloatArray) -> FloatArray:
    return np.asarray(np.nanmean(x, axis=0))


def _zeros(x: FloatArray) -> FloatArray:
    return np.asarray(np.nansum(x == 0, axis=0) / np.maximum((~np.isnan(x)).sum(axis=0), 1))


def _kurtosis(x: FloatArray) -> FloatArray:
    """Kurtosis of the middle 99.8 %: a few returns decide that of all."""
    low, high = np.nanquantile(x, [0.001, 0.999], axis=0)
    x = np.clip(x, low, high)
    x = x - np.nanmean(x, axis=0)
    return np.asarray(np.nanmean(x**4, axis=0) / np.maximum(np.nanmean(x**2, axis=0) ** 2, 1e-300))


def _correlation(x: FloatArray) -> FloatArray:
    """Correlation of each pair, over the steps that have both."""
    x = x - np.nanmean(x, axis=0)
    seen, filled = (~np.isnan(x)).astype(np.float64), np.nan_to_num(x)
    squares = (filled**2).T @ seen
    both = filled.T @ filled / np.sqrt(np.maximum(squares * squares.T, 1e-300))
    return np.asarray(both[np.triu_indices(x.shape[1], 1)])


MEASURES = {
    "deviation": _deviation,
    "drift": _drift,
    "correlation": _correlation,
    "zero share": _zeros,
    "kurtosis": _kurtosis,
}


def _furthest(word: str, names: list[str], real: FloatArray, drawn: FloatArray) -> Agreement:
    """The asset, or pair, in which a measure differs most, in standard errors of the history."""
    measure = MEASURES[word]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # an asset may be missing in a part of the history
        whole, ours = measure(real), measure(drawn.reshape(-1, drawn.shape[-1]))
        blocks = np.stack([measure(block) for block in np.array_split(real, N_BLOCKS)])
        error = np.nanstd(blocks, axis=0, ddof=1) / np.sqrt(N_BLOCKS)
    # of a year or two a deviation or a kurtosis tells little of the next, however alike the parts are
    least = {"zero share": 0.01, "correlation": 0.02, "drift": 0.02 * float(np.nanstd(real))}
    floor = least[word] if word in least else {"kurtosis": 0.3, "deviation": 0.03}[word] * whole
    errors = np.nan_to_num((ours - whole) / np.hypot(error, floor))
    at = int(np.abs(errors).argmax())
    first, second = np.triu_indices(len(names), 1)
    name = f"{names[first[at]]} and {names[second[at]]}" if word == "correlation" else names[at]
    limit = float(student.isf(CHANCE / (2 * len(errors)), N_BLOCKS - 1))
    return Agreement(word, name, float(whole[at]), float(ours[at]), float(errors[at]), limit)


def warnings_of(found: list[Agreement]) -> list[str]:
    """Say what is beyond chance."""
    return [
        f"paths differ from the history by more than chance: the {a.measure} of {a.name} is {a.drawn:.3g} in paths and "
        f"{a.real:.3g} in the history"
        for a in found
        if not a.agrees
    ]
