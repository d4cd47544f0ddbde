import math

import numpy as np
import pytest
from scipy.stats import norm

from synthdiff.finance.shortfall import excesses, shortfall_tests

LEVEL = 0.975
VAR = norm.ppf(LEVEL)
ES = norm.pdf(VAR) / (1 - LEVEL)


def ratios(losses):
    """Excesses of losses (R, T) of a standard normal variable."""
    return excesses(losses[..., None], np.array([[VAR]]), np.array([[ES]]))[..., 0, 0]


def test_excesses():
    found = excesses(np.array([[0.5, 3.0]]), np.array([[1.0, 2.0], [1.0, 4.0]]), np.array([[2.0, 3.0], [2.0, 5.0]]))
    np.testing.assert_array_equal(found, [[[0.0, 0.0], [1.5, 0.0]]])


def test_expected_to_be_zero_under_the_truth():
    losses = ratios(np.random.default_rng(0).standard_normal((4000, 250)))
    z2 = 1 - losses.sum(axis=1) / (250 * (1 - LEVEL))
    assert z2.mean() == pytest.approx(0, abs=4 * z2.std() / np.sqrt(4000))  # error .006
    counts = (losses > 0).sum(axis=1)
    z1 = 1 - losses[counts > 0].sum(axis=1) / counts[counts > 0]
    assert z1.mean() == pytest.approx(0, abs=4 * z1.std() / np.sqrt(4000))  # error .001


def null(rng, n=499, n_days=250):
    losses = ratios(rng.standard_normal((n, n_days)))
    return losses.sum(axis=1), (losses > 0).sum(axis=1).astype(float)


def test_size_and_power():
    rng = np.random.default_rng(1)
    under = [shortfall_tests(row, *null(rng, 99), LEVEL, rng) for row in ratios(rng.standard_normal((400, 250)))]
    for name in ("z1", "z2"):
        p = np.array([getattr(tests, name).p_monte_carlo for tests in under])
        p = p[np.isfinite(p)]
        # Standard error of the share sqrt(.05 * .95 / 400) = .011.
        assert (p <= 0.05).mean() == pytest.approx(0.05, abs=3.3 * 0.011), name
    wilder = ratios(1.3 * rng.standard_normal((50, 250)))
    over = [shortfall_tests(row, *null(rng, 99), LEVEL, rng) for row in wilder]
    assert np.mean([tests.z2.statistic for tests in over]) < -0.5
    assert np.mean([tests.z2.p_monte_carlo <= 0.05 for tests in over]) > 0.8
    assert np.mean([tests.z2.p_asymptotic <= 0.05 for tests in over]) > 0.3


def test_statistics_of_the_paper():
    rng = np.random.default_rng(2)
    losses = np.zeros(100)
    losses[[3, 50]] = [2.4, 3.0]
    tests = shortfall_tests(ratios(losses), *null(rng, 99, 100), LEVEL, rng)
    assert tests.z1.statistic == pytest.approx(1 - (2.4 + 3.0) / (2 * ES))
    assert tests.z2.statistic == pytest.approx(1 - (2.4 + 3.0) / (100 * (1 - LEVEL) * ES))


def test_no_exception():
    rng = np.random.default_rng(0)
    tests = shortfall_tests(np.zeros(100), *null(rng, 99, 100), LEVEL, rng)
    assert math.isnan(tests.z1.statistic)
    assert math.isnan(tests.z1.p_monte_carlo)
    assert tests.z2.statistic == 1
    assert tests.z2.p_monte_carlo > 0.8  # nothing speaks for losses that are too large
    assert math.isnan(tests.z2.p_asymptotic)
