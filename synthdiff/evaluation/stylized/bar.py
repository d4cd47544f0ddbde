"""What an asset's bars (open, high, low, close) tell beyond its returns.

References
----------
Parkinson (1980), The extreme value method for estimating the variance of the rate of return, equation 3; Alizadeh,
Brandt, Diebold (2002), Range-based estimation of stochastic volatility models (log ranges cluster and are near normal);
Yang, Zhang (2000), Drift-independent volatility estimation (the share of the gap between close and open).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from synthdiff.codecs.token import FloatArray
from synthdiff.evaluation.stylized.correlation import Spectrum, lag_range, pooled_correlation
from synthdiff.evaluation.stylized.fact import Axis, Fact, Gauge, at, mean, spread

REACH, LEAD = 40, 20
LEVELS = np.linspace(0.05, 0.95, 19)
TINY = 1e-9


@dataclass(frozen=True)
class Bars:
    """Prices of bars.

    Attributes
    ----------
    open, high, low, close : (T, d) or (n, L, d) float64
        Of each step of the history or of the paths, aligned with the returns; NaN where an asset has no bars.
    """

    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray

    def channels(self, returns: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Ranges log(high / low), and gaps log(open / close before), from the close-to-close returns of the steps."""
        with np.errstate(divide="ignore", invalid="ignore"):  # what is no price is left out by those who ask
            return np.log(self.high / self.low), np.log(self.open / self.close) + returns


class BarSample:
    """Windows of one asset's bars.

    Parameters
    ----------
    channels : (n, L, 3) float64
        Returns, ranges and gaps.
    floor : float
        Range below which all ranges are equal: of a step without trades it is 0, which has no logarithm.
    """

    def __init__(self, channels: FloatArray, floor: float) -> None:
        self.returns, self.range, self.gap = np.moveaxis(channels, 2, 0)
        self.floor = floor
        self.n_steps = channels.shape[1]

    @cached_property
    def volatility(self) -> FloatArray:
        """Close-to-close standard deviation of each window, (n,)."""
        return np.asarray(self.returns.std(axis=1) + TINY)

    @cached_property
    def spectra(self) -> tuple[Spectrum, Spectrum]:
        """Of returns and of log ranges."""
        return Spectrum.of(self.returns, REACH), Spectrum.of(np.log(np.maximum(self.range, self.floor)), REACH)


def range_volatility(sample: BarSample) -> FloatArray:
    """Quantiles over windows of the logarithm of Parkinson's volatility over the close-to-close one."""
    parkinson = np.sqrt((sample.range**2).mean(axis=1) / (4 * np.log(2))) + TINY
    return np.asarray(np.quantile(np.log(parkinson / sample.volatility), LEVELS))


def range_clustering(sample: BarSample) -> FloatArray:
    """Correlation of log ranges with those 1 to 40 steps later."""
    ranges = sample.spectra[1]
    return pooled_correlation(ranges, ranges, lag_range(REACH, sample.n_steps))


def range_leverage(sample: BarSample) -> FloatArray:
    """Correlation of returns with log ranges at the same step, then 1 to 20 steps later."""
    returns, ranges = sample.spectra
    return pooled_correlation(returns, ranges, [0, *lag_range(LEAD, sample.n_steps)])


def gap_share(sample: BarSample) -> FloatArray:
    """Quantiles over windows of the gaps' standard deviation over that of whole returns."""
    return np.asarray(np.quantile(sample.gap.std(axis=1) / sample.volatility, LEVELS))


def _exp(value: float) -> float:
    return float(np.exp(value))


FACTS: tuple[Fact[BarSample], ...] = (
    Fact(
        "range volatility",
        "How the range within bars goes with the moves from close to close: Parkinson's volatility over theirs.",
        "ranges beside closes",
        range_volatility,
        (
            Gauge(
                "volatility by ranges over that by closes",
                at(0.5),
                "bars are too narrow for how far closes move",
                "bars are too wide for how far closes move",
                _exp,
            ),
            Gauge(
                "its ratio between high and low windows",
                spread(0.1, 0.9),
                "ranges follow closes too rigidly",
                "ranges go with closes too loosely",
                _exp,
            ),
        ),
    ),
    Fact(
        "range clustering",
        "How long wide bars follow wide ones.",
        "the memory of ranges",
        range_clustering,
        (Gauge("mean autocorrelation of log ranges", mean, "ranges cluster too little", "ranges cluster too much"),),
        Axis("steps later", lambda n_steps: list(lag_range(REACH, n_steps))),
    ),
    Fact(
        "range leverage",
        "Whether bars are wide where prices fall, at once and later.",
        "wider bars after losses",
        range_leverage,
        (
            Gauge(
                "mean correlation of returns with log ranges",
                mean,
                "losses widen bars too much",
                "losses do not widen bars as they should",
            ),
        ),
        Axis("steps later", lambda n_steps: [0, *lag_range(LEAD, n_steps)]),
    ),
    Fact(
        "gap share",
        "How much of the volatility lies between a close and the next open.",
        "gaps between bars",
        gap_share,
        (
            Gauge(
                "standard deviation of gaps over that of returns",
                at(0.5),
                "gaps between bars are too small",
                "gaps between bars are too large",
            ),
        ),
    ),
)
