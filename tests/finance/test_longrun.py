import math

import numpy as np
import pytest

from synthdiff.finance.longrun import long_run_mean


def test_independent_values():
    values = np.random.default_rng(0).normal(3, 2, size=8000)
    mean = long_run_mean(values)
    assert mean.value == pytest.approx(values.mean())
    assert mean.dof == 160
    # A variance of 160 degrees of freedom has an error of sqrt(2 / 160), its root half of that.
    assert mean.standard_error == pytest.approx(2 / np.sqrt(8000), rel=4 * 0.056)
    low, high = mean.interval
    assert mean.value - low == pytest.approx(high - mean.value)
    assert high - mean.value == pytest.approx(1.975 * mean.standard_error, rel=1e-3)


def sums(values, n):
    return np.lib.stride_tricks.sliding_window_view(values, n, axis=1).sum(axis=2)


def autoregression(shocks):
    out = np.empty_like(shocks)
    out[:, 0] = shocks[:, 0] / np.sqrt(1 - 0.5**2)
    for t in range(1, shocks.shape[1]):
        out[:, t] = 0.5 * out[:, t - 1] + shocks[:, t]
    return out


@pytest.mark.parametrize(("make", "overlap", "least"), [(autoregression, 1, 0.91), (lambda x: sums(x, 20), 20, 0.90)])
def test_interval_holds_the_mean_of_dependent_values(make, overlap, least):
    # An error of 1 / sqrt(n) standard deviations would hold it in 75 % and 33 % of the cases.
    shocks = np.random.default_rng(1).standard_normal((400, 1000))
    held = [low <= 0 <= high for low, high in (long_run_mean(row, overlap).interval for row in make(shocks))]
    # Standard error of the share: sqrt(.95 * .05 / 400) = .011.
    assert least < np.mean(held) < 0.95 + 3 * 0.011


def test_p_value_is_the_one_of_the_interval():
    values = np.random.default_rng(2).normal(size=200)
    mean = long_run_mean(values)
    edge = long_run_mean(values - mean.interval[0])
    assert edge.p_value == pytest.approx(0.05)


def test_values_that_say_nothing():
    assert math.isnan(long_run_mean(np.array([1.0])).standard_error)
    assert math.isnan(long_run_mean(np.empty(0)).value)
    still = long_run_mean(np.ones(50))
    assert still.standard_error == pytest.approx(0, abs=1e-12)
    assert long_run_mean(np.zeros(50)).interval == (0.0, 0.0)
    assert math.isnan(long_run_mean(np.zeros(50)).p_value)
