"""The augmented Dickey-Fuller test: whether a series wanders without end, or returns to a mean.

Model, with a constant and p lagged differences: Δx_t = α + γ x_{t-1} + Σ δ_i Δx_{t-i} + e_t. The null hypothesis is a
unit root, γ = 0; the statistic is the t ratio of γ.

References
----------
Said, S. E. and Dickey, D. A. (1984), Testing for unit roots in autoregressive-moving average models of unknown order,
Biometrika 71. Schwert, G. W. (1989), Tests for unit roots: a Monte Carlo investigation, Journal of Business & Economic
Statistics 7: the most lags looked at, 12 (T / 100)^(1/4). MacKinnon, J. G. (2010), Critical values for cointegration
tests, Queen's Economics Department working paper 1227, table 2 (one variable, constant): the critical values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthdiff.errors import WindowError

FloatArray = npt.NDArray[np.float64]

# Response surfaces b_0 + b_1 / T + b_2 / T² + b_3 / T³ of the critical values with a constant.
_SURFACES = {
    0.01: (-3.43035, -6.5393, -16.786, -79.433),
    0.05: (-2.86154, -2.8903, -4.234, -40.040),
    0.10: (-2.56677, -1.5384, -2.809, 0.0),
}
MAX_ROWS = 20_000
"""Longer series are tested by their last rows: more say nothing new, and cost memory."""
MIN_ROWS = 8
_FLAT = 1e-10


@dataclass(frozen=True)
class UnitRootTest:
    """Outcome of an augmented Dickey-Fuller test.

    Attributes
    ----------
    statistic : float
        The t ratio; far below zero where the series returns to its mean.
    n_lags : int
        Lagged differences, chosen by Akaike's criterion.
    n_rows : int
        Rows of the regression.
    """

    statistic: float
    n_lags: int
    n_rows: int

    def rejects(self, level: float = 0.05) -> bool:
        """Whether a unit root is rejected at a level: 0.01, 0.05 or 0.10."""
        return self.statistic < critical_value(level, self.n_rows)


def critical_value(level: float, n_rows: int) -> float:
    """Critical value of the statistic.

    Examples
    --------
    >>> round(critical_value(0.05, 250), 3)
    -2.873
    """
    return float(sum(b / n_rows**power for power, b in enumerate(_SURFACES[level])))


def unit_root_test(x: FloatArray) -> UnitRootTest:
    """Test a series for a unit root.

    Parameters
    ----------
    x : (T,) float64
        In order; NaN is left out. Of more than `MAX_ROWS` rows the last are taken.

    Returns
    -------
    UnitRootTest
        A series that never changes, or changes by the same step for ever, has statistic 0.

    Raises
    ------
    WindowError
        Fewer than `MIN_ROWS` values.
    """
    x = x[~np.isnan(x)][-MAX_ROWS:]
    if len(x) < MIN_ROWS:
        raise WindowError(f"a unit-root test needs at least {MIN_ROWS} values, got {len(x)}")
    most = min(int(np.ceil(12.0 * (len(x) / 100.0) ** 0.25)), len(x) // 2 - 2)
    n_lags = _choose_lags(x, most)
    y, design = _regression(x, n_lags)
    # γ comes last, so that its t ratio can be read off the triangle.
    triangle = _triangle(np.column_stack([design[:, :1], design[:, 2:], design[:, 1]]), y)
    shares, r = triangle[:, -1], np.abs(np.diag(triangle))
    is_flat = r <= _FLAT * np.linalg.norm(triangle, axis=0)
    if is_flat.any():
        return UnitRootTest(0.0, n_lags, len(y))
    deviation = r[-1] / np.sqrt(len(y) - design.shape[1])
    return UnitRootTest(float(shares[-2] * np.sign(triangle[-2, -2]) / deviation), n_lags, len(y))


def _choose_lags(x: FloatArray, most: int) -> int:
    """Lags with the least Akaike criterion, all compared on the same rows; one QR serves all nested regressions."""
    y, design = _regression(x, most)
    n = len(y)
    # Each column takes its share of the sum of squares: what those behind it would take is the rest.
    rests = np.cumsum(_triangle(design, y)[::-1, -1] ** 2)[::-1][2:]
    return int(np.argmin(n * np.log(np.maximum(rests, np.finfo(np.float64).tiny) / n) + 2.0 * np.arange(2, most + 3)))


def _triangle(design: FloatArray, y: FloatArray) -> FloatArray:
    """R of the QR decomposition of the regressors and, behind them, what is regressed."""
    return np.asarray(np.linalg.qr(np.column_stack([design, y]), mode="r"))


def _regression(x: FloatArray, n_lags: int) -> tuple[FloatArray, FloatArray]:
    """Δx_t, and beside it 1, x_{t-1}, Δx_{t-1} .. Δx_{t-p}."""
    windows = np.lib.stride_tricks.sliding_window_view(np.diff(x), n_lags + 1)
    design = np.column_stack([np.ones(len(windows)), x[n_lags:-1], windows[:, :-1][:, ::-1]])
    return windows[:, -1], design
