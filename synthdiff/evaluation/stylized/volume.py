"""What an asset's volume does, and how it goes with volatility.

References
----------
Cont (2001), section 2, fact 10 (volume and volatility); Karpoff (1987), The relation between price changes and trading
volume; Lobato, Velasco (2000), Long memory in stock-market trading volume.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from synthdiff.codecs.token import FloatArray
from synthdiff.evaluation.stylized.correlation import Spectrum, lag_range, pooled_correlation
from synthdiff.evaluation.stylized.fact import Axis, Fact, Gauge, at, mean, spread
from synthdiff.evaluation.stylized.sample import CLIP

REACH, LEAD = 40, 20
LEVELS = np.concatenate([[0.002, 0.01], np.linspace(0.05, 0.95, 19), [0.99, 0.998]])


class VolumeSample:
    """Windows of one asset's returns and volume.

    Parameters
    ----------
    channels : (n, L, 2) float64
        Returns, and logarithms of volume.
    scale : float
        Standard deviation of the history's changes of log volume.
    """

    def __init__(self, channels: FloatArray, scale: float) -> None:
        size = np.abs(channels[:, :, 0])
        self.magnitude = np.minimum(size, np.quantile(size, CLIP))
        # Volume grows over decades, and a path may start anywhere: each window is taken from its own mean.
        self.volume = channels[:, :, 1] - channels[:, :, 1].mean(axis=1, keepdims=True)
        self.changes = np.diff(channels[:, :, 1], axis=1) / scale
        self.n_steps = channels.shape[1]

    @cached_property
    def spectra(self) -> tuple[Spectrum, Spectrum]:
        """Of absolute returns and of volume."""
        return Spectrum.of(self.magnitude, REACH), Spectrum.of(self.volume, REACH)


def change_quantiles(sample: VolumeSample) -> FloatArray:
    """Quantiles of the changes of log volume, in real standard deviations."""
    return np.asarray(np.quantile(sample.changes, LEVELS))


def volume_autocorrelation(sample: VolumeSample) -> FloatArray:
    """Correlation of log volume with that 1 to 40 steps later."""
    volume = sample.spectra[1]
    return pooled_correlation(volume, volume, lag_range(REACH, sample.n_steps))


def volume_volatility(sample: VolumeSample) -> FloatArray:
    """Correlation of absolute returns with log volume at the same step, then 1 to 20 steps later."""
    magnitude, volume = sample.spectra
    return pooled_correlation(magnitude, volume, [0, *lag_range(LEAD, sample.n_steps)])


FACTS: tuple[Fact[VolumeSample], ...] = (
    Fact(
        "volume changes",
        "How much volume changes from step to step.",
        "changes of volume",
        change_quantiles,
        (
            Gauge(
                "distance between the 5 % and the 95 % quantile, in standard deviations",
                spread(0.1, 0.9),
                "volume changes too little from step to step",
                "volume changes too much from step to step",
            ),
        ),
    ),
    Fact(
        "volume autocorrelation",
        "How long busy steps follow busy ones.",
        "the memory of volume",
        volume_autocorrelation,
        (
            Gauge(
                "mean autocorrelation of log volume over 40 steps",
                mean,
                "volume forgets too fast",
                "volume remembers too long",
            ),
        ),
        Axis("steps later", lambda n_steps: list(lag_range(REACH, n_steps))),
    ),
    Fact(
        "volume-volatility correlation",
        "Whether large moves come with large volume, at once and later.",
        "volume that goes with volatility",
        volume_volatility,
        (
            Gauge(
                "correlation of absolute return and log volume",
                at(0.0),
                "large moves come with too little volume",
                "volume follows volatility too closely",
                absent="large moves do not come with large volume",
            ),
            Gauge(
                "mean correlation of absolute return and later volume",
                mean,
                "volume does not stay high after large moves",
                "volume stays high too long after large moves",
            ),
        ),
        Axis("steps later", lambda n_steps: [0, *lag_range(LEAD, n_steps)]),
    ),
)
