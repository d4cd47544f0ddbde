"""Correlations over time, pooled over many windows, all lags at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, next_fast_len, rfft

from synthdiff.codecs.token import FloatArray


@dataclass(frozen=True)
class Spectrum:
    """Windows as their Fourier transforms, after mean and standard deviation of all of them together.

    Attributes
    ----------
    values : (n, F) complex128
    n_steps : int
        L, of a window.
    size : int
        Points of the transform: enough that no lag wraps around.
    """

    values: npt.NDArray[np.complex128]
    n_steps: int
    size: int

    @classmethod
    def of(cls, x: FloatArray, reach: int) -> Self:
        """Transform windows x, (n, L), for lags up to `reach`."""
        size = int(next_fast_len(x.shape[1] + reach, real=True))
        scaled = (x - x.mean()) / (x.std() or 1.0)
        return cls(rfft(scaled, size, axis=1), x.shape[1], size)


def pooled_correlation(x: Spectrum, y: Spectrum, lags: Sequence[int]) -> FloatArray:
    """Correlation of x(t) with y(t + k), (K,); moments are pooled, so that differences between windows count.

    c_k = mean over windows and t of x(t) y(t + k), x and y standardised over all windows; by the correlation theorem
    it is the inverse transform of the windows' summed cross spectra.

    Parameters
    ----------
    x, y : Spectrum
        Of the same windows, for lags up to the largest one.
    lags : sequence of int
        Not negative, below L.
    """
    summed = np.einsum("nf,nf->f", x.values.conj(), y.values)
    lag = np.asarray(lags, dtype=np.int64)
    return np.asarray(irfft(summed, x.size)[lag] / (len(x.values) * (x.n_steps - lag)))


def lag_range(most: int, n_steps: int) -> range:
    """Lags from 1 to `most`, at most half a window: beyond, too few pairs of steps are left.

    Examples
    --------
    >>> lag_range(100, 252), lag_range(100, 60)
    (range(1, 101), range(1, 31))
    """
    return range(1, max(1, min(most, n_steps // 2)) + 1)
