import math

import numpy as np
import pytest
from scipy.stats import norm

from synthdiff.finance.calibration import interval_coverage, uniformity


def test_size_and_power_of_uniformity():
    rng = np.random.default_rng(0)
    p = np.array([uniformity(row) for row in rng.random((300, 200))])
    # Standard error of the share: sqrt(.05 * .95 / 300) = .013.
    assert (p <= 0.05).mean() == pytest.approx(0.05, abs=3.3 * 0.013)
    assert uniformity(rng.beta(0.5, 0.5, size=300)) < 0.01
    assert uniformity(rng.beta(2, 2, size=300)) < 0.01


def overlapping(rng, spread, n=400, horizon=5):
    steps = rng.standard_normal(n + horizon - 1)
    return norm.cdf(np.convolve(steps, np.ones(horizon), "valid") / np.sqrt(horizon) / spread)


def test_overlapping_forecasts_are_no_reason_to_reject():
    rng = np.random.default_rng(1)
    p = np.array([uniformity(overlapping(rng, 1.0), horizon=5) for _ in range(100)])
    assert (p <= 0.05).mean() <= 0.05 + 3.3 * 0.022
    assert np.mean([uniformity(overlapping(rng, 0.5), horizon=5) <= 0.05 for _ in range(20)]) > 0.8


def test_few_places_say_nothing():
    assert math.isnan(uniformity(np.linspace(0, 1, 24), horizon=5))


def test_coverage_of_intervals():
    places = np.concatenate([np.linspace(0.06, 0.94, 90), np.full(5, 0.01), np.full(5, 0.99)])
    assert interval_coverage(places, 0.9).value == pytest.approx(0.9)
    assert interval_coverage(places, 0.99).value == 1
    assert interval_coverage(places, 0.9, horizon=20).dof == 2
