"""Numbers that are zero or positive, as real numbers: logarithms with a floor that zero sits on.

With a knee k, y = 1 + log(x / k) from the knee on and y = x / k below it. The two meet with the same value and the same
slope; zero is 0, and every y at or below 0 is zero again. So zeros survive, each real number means something, small
values keep all their digits, and what a tobit model would say of the values below zero is left to whoever draws them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

MOST = 300.0
"""The largest logarithm; what is drawn beyond is cut, so that nothing overflows and no price becomes zero."""


def floored_log(x: FloatArray, knee: float) -> FloatArray:
    """Encode numbers.

    Parameters
    ----------
    x : array of float64
        At least 0, or NaN.
    knee : float
        Where the logarithm begins; positive.

    Examples
    --------
    >>> floored_log(np.array([0.0, 0.5, 1.0, np.e]), 1.0).tolist()
    [0.0, 0.5, 1.0, 2.0]
    """
    share = x / knee
    return np.where(share < 1.0, share, 1.0 + np.log(np.maximum(share, 1.0)))


def floored_exp(y: FloatArray, knee: float) -> FloatArray:
    """Decode numbers, the inverse of `floored_log`; any real number is fine, and gives 0 or a positive one."""
    return np.asarray(knee * np.where(y < 1.0, np.maximum(y, 0.0), np.exp(np.clip(y, 1.0, MOST) - 1.0)))


def bounded_exp(x: FloatArray) -> FloatArray:
    """Exponential of any real number: finite and positive, from exp(-`MOST`) to exp(`MOST`)."""
    return np.asarray(np.exp(np.clip(x, -MOST, MOST)))
