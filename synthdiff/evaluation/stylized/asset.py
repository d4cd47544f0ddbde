"""The stylised facts of one asset's returns.

References
----------
Cont (2001), Empirical properties of asset returns: stylized facts and statistical issues, section 2, lists them: heavy
tails, gain/loss asymmetry, aggregational Gaussianity, intermittency, volatility clustering, leverage effect, asymmetry
in time scales, absence of autocorrelations. Gain/loss asymmetry as first passages: Jensen, Johansen, Simonsen (2003),
Inverse statistics in economics. Asymmetry in time scales: Müller et al. (1997), Volatilities of different time
resolutions; Zumbach, Lynch (2001), Heterogeneous volatility cascade in financial markets.
"""

from __future__ import annotations

import numpy as np

from synthdiff.codecs.token import FloatArray
from synthdiff.evaluation.stylized.correlation import Spectrum, lag_range, pooled_correlation
from synthdiff.evaluation.stylized.fact import Axis, Fact, Gauge, at, half, mean, spread
from synthdiff.evaluation.stylized.order import inverse_tail_index, l_ratios, quantiles
from synthdiff.evaluation.stylized.sample import REACH, Sample, aggregated, worst_falls

OUTER = np.array([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05])
TAIL_LEVELS = np.concatenate([OUTER, 1 - OUTER])
BODY_LEVELS = np.linspace(0.05, 0.95, 37)
PATH_LEVELS = np.linspace(0.02, 0.98, 49)
HORIZONS = (1, 5, 20, 60)
COARSE, COARSE_LAGS = 5, 8
"""Steps of the coarse scale of time, and lags counted in them."""
BARRIER = 5.0
TINY = 1e-9


def tail_quantiles(sample: Sample) -> FloatArray:
    """Logarithms of the outer quantiles' sizes in real standard deviations, seven of each side."""
    return np.asarray(np.log(np.abs(quantiles(sample.ordered, TAIL_LEVELS)) + TINY))


def body_quantiles(sample: Sample) -> FloatArray:
    """Quantiles from 5 % to 95 %, in real standard deviations."""
    return quantiles(sample.ordered, BODY_LEVELS)


def tail_indices(sample: Sample) -> FloatArray:
    """Inverse tail indices of losses and of gains."""
    return np.array([inverse_tail_index(side) for side in (-sample.ordered[::-1], sample.ordered)])


def _horizon_ratios(sample: Sample, which: int) -> FloatArray:
    horizons = [h for h in HORIZONS if h <= sample.n_steps]
    sums = [sample.ordered if h == 1 else np.sort(aggregated(sample.scaled, h), axis=None) for h in horizons]
    return np.array([l_ratios(values)[which] for values in sums])


def horizon_kurtosis(sample: Sample) -> FloatArray:
    """L-kurtosis of returns over 1, 5, 20 and 60 steps; 0.123 of a normal distribution."""
    return _horizon_ratios(sample, 0)


def horizon_skewness(sample: Sample) -> FloatArray:
    """L-skewness of returns over 1, 5, 20 and 60 steps; 0 where both sides are alike."""
    return _horizon_ratios(sample, 1)


def autocorrelation(sample: Sample) -> FloatArray:
    """Correlation of returns with those 1 to 20 steps later."""
    return pooled_correlation(sample.return_spectrum, sample.return_spectrum, lag_range(20, sample.n_steps))


def clustering(sample: Sample) -> FloatArray:
    """Correlation of absolute returns with those 1 to 100 steps later."""
    return pooled_correlation(sample.magnitude_spectrum, sample.magnitude_spectrum, lag_range(REACH, sample.n_steps))


def leverage(sample: Sample) -> FloatArray:
    """Correlation of returns with absolute returns 1 to 40 steps later."""
    return pooled_correlation(sample.return_spectrum, sample.magnitude_spectrum, lag_range(40, sample.n_steps))


def time_reversal(sample: Sample) -> FloatArray:
    """How much better coarse volatility foretells fine one than fine one foretells coarse, 1 to 8 weeks ahead.

    The coarse one is the absolute return over five steps, the fine one the mean of the steps' absolute returns.
    """
    sides = np.abs(aggregated(sample.scaled, COARSE)), aggregated(sample.magnitude, COARSE) / COARSE
    lags = lag_range(COARSE_LAGS, sides[0].shape[1])
    coarse, fine = (Spectrum.of(side, len(lags)) for side in sides)
    return pooled_correlation(coarse, fine, lags) - pooled_correlation(fine, coarse, lags)


def barrier(n_steps: int) -> float:
    """Gain or loss to wait for: 5 standard deviations of a step, of short windows half of those of a whole one."""
    return min(BARRIER, 0.5 * float(np.sqrt(n_steps)))


def first_passage(sample: Sample) -> FloatArray:
    """Shares of windows that gained, and that lost, five standard deviations within 5, 10, 15, ... steps."""
    limit, n_steps = barrier(sample.n_steps), sample.n_steps
    grid = np.arange(5, n_steps + 1, 5)
    hits = [sample.level >= limit, sample.level <= -limit]
    first = [np.where(hit.any(axis=1), hit.argmax(axis=1) + 1, n_steps + 1) for hit in hits]
    shares = [np.searchsorted(np.sort(step), grid, side="right") / len(step) for step in first]
    return np.concatenate(shares)


def drawdown_quantiles(sample: Sample) -> FloatArray:
    """Quantiles over windows of the logarithm of the largest fall from an earlier peak."""
    falls = worst_falls(sample.returns, sample.kind) / (1.0 if sample.kind == "return" else sample.scale)
    return np.asarray(np.quantile(np.log(falls + 1e-6), PATH_LEVELS))


def volatility_quantiles(sample: Sample) -> FloatArray:
    """Quantiles over windows of the logarithm of their standard deviation."""
    return np.asarray(np.quantile(np.log(sample.scaled.std(axis=1) + TINY), PATH_LEVELS))


def terminal_quantiles(sample: Sample) -> FloatArray:
    """Quantiles over windows of the whole return, over the square root of the number of steps."""
    return np.asarray(np.quantile(sample.level[:, -1] / np.sqrt(sample.n_steps), PATH_LEVELS))


def _exp(value: float) -> float:
    return float(np.exp(value))


def _gain_lead(vector: FloatArray) -> float:
    return half(False)(vector) - half(True)(vector)


def _lags(most: int) -> Axis:
    return Axis("steps later", lambda n_steps: list(lag_range(most, n_steps)))


_SHARE = Axis("share of the windows below", lambda n_steps: PATH_LEVELS.tolist())

FACTS: tuple[Fact[Sample], ...] = (
    Fact(
        "tail quantiles",
        "How large the outer 5 % of the returns are, down to one in two thousand.",
        "the size of extreme returns",
        tail_quantiles,
        (Gauge("extreme returns, in standard deviations", mean, "tails are too thin", "tails are too fat", _exp),),
    ),
    Fact(
        "body quantiles",
        "How the other 90 % of the returns are distributed.",
        "ordinary returns",
        body_quantiles,
        (
            Gauge(
                "distance between quartiles, in standard deviations",
                spread(0.222, 0.778),
                "ordinary returns are too small",
                "ordinary returns are too large",
            ),
            Gauge("median return, in standard deviations", at(0.5), "returns lie too low", "returns lie too high"),
        ),
    ),
    Fact(
        "tail index",
        "How slowly extremes fall off: one over Hill's tail index, of losses and of gains.",
        "how slowly extremes fall off",
        tail_indices,
        (Gauge("inverse tail index", mean, "extremes fall off too fast", "extremes fall off too slowly"),),
    ),
    Fact(
        "aggregational gaussianity",
        "How returns over 5, 20 and 60 steps come closer to a normal distribution: L-kurtosis.",
        "how longer horizons come closer to normal",
        horizon_kurtosis,
        (
            Gauge(
                "mean L-kurtosis over 1 to 60 steps",
                mean,
                "returns over longer horizons are too close to normal",
                "returns over longer horizons are too far from normal",
            ),
        ),
    ),
    Fact(
        "skewness",
        "Whether losses reach further than gains, over 1 to 60 steps: L-skewness.",
        "the skew between gains and losses",
        horizon_skewness,
        (
            Gauge(
                "mean L-skewness over 1 to 60 steps",
                mean,
                "returns are skewed to losses too much",
                "returns are skewed to losses too little",
            ),
        ),
    ),
    Fact(
        "autocorrelation",
        "Whether a return foretells the returns of the next 20 steps; in liquid markets it hardly does.",
        "next to no memory of returns",
        autocorrelation,
        (
            Gauge(
                "mean autocorrelation of returns over 20 steps",
                mean,
                "returns reverse more than in the history",
                "returns follow trends that the history lacks",
            ),
            Gauge(
                "autocorrelation of returns from one step to the next",
                at(0.0),
                "returns reverse from one step to the next",
                "returns carry over from one step to the next",
            ),
        ),
        _lags(20),
    ),
    Fact(
        "volatility clustering",
        "How long large returns follow large ones: autocorrelation of absolute returns over 100 steps.",
        "volatility clustering",
        clustering,
        (
            Gauge(
                "mean autocorrelation of absolute returns over 100 steps",
                mean,
                "volatility clusters too little",
                "volatility clusters too much",
                absent="volatility does not cluster",
            ),
        ),
        _lags(REACH),
    ),
    Fact(
        "leverage",
        "How losses raise the volatility of the next 40 steps.",
        "the leverage effect",
        leverage,
        (
            Gauge(
                "mean correlation of returns with later volatility",
                mean,
                "losses raise volatility too much",
                "losses raise volatility too little",
                absent="losses do not raise volatility",
            ),
        ),
        _lags(40),
    ),
    Fact(
        "time-reversal asymmetry",
        "Whether volatility over weeks foretells that over days better than the other way round.",
        "the direction of time",
        time_reversal,
        (
            Gauge(
                "lead of weekly over daily volatility",
                mean,
                "weekly volatility foretells daily volatility too little",
                "weekly volatility foretells daily volatility too much",
            ),
        ),
    ),
    Fact(
        "gain/loss asymmetry",
        "How long it takes to gain, and to lose, five standard deviations.",
        "waiting times for gains and losses",
        first_passage,
        (
            Gauge(
                "lead of gains over losses, as a share of windows",
                _gain_lead,
                "gains come too late beside losses",
                "gains come too early beside losses",
            ),
            Gauge(
                "share of windows with a large gain or loss, over time",
                mean,
                "large gains and losses come too late",
                "large gains and losses come too early",
            ),
        ),
    ),
    Fact(
        "max drawdown",
        "How far paths fall below an earlier peak.",
        "drawdowns",
        drawdown_quantiles,
        (Gauge("typical maximum drawdown", mean, "drawdowns are too shallow", "drawdowns are too deep", _exp),),
        _SHARE,
    ),
    Fact(
        "realised volatility",
        "How volatility differs from path to path.",
        "calm and wild periods",
        volatility_quantiles,
        (
            Gauge("median volatility of a path", at(0.5), "volatility is too low", "volatility is too high", _exp),
            Gauge(
                "ratio of high to low volatility between paths",
                spread(0.1, 0.9),
                "paths are too alike in volatility",
                "paths differ too much in volatility",
                _exp,
            ),
        ),
        _SHARE,
    ),
    Fact(
        "terminal return",
        "How far paths have come at their end.",
        "the return of whole paths",
        terminal_quantiles,
        (
            Gauge("median return of a path, scaled", at(0.5), "paths drift down", "paths drift up"),
            Gauge(
                "spread of the paths' ends, scaled",
                spread(0.1, 0.9),
                "paths end too close to each other",
                "paths end too far apart",
            ),
        ),
        _SHARE,
    ),
)
