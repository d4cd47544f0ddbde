"""Regression of a log scale: what it estimates, how well, and what it does where there is little to estimate from."""

import numpy as np
import pytest

from synthdiff.codecs.series.student import RIDGE, fit_log_scale

FREEDOM = 6.0


def draw(n, coefficients, seed=0, freedom=FREEDOM):
    """Features, and values of Student's law whose standard deviation is exp(features @ coefficients)."""
    rng = np.random.default_rng(seed)
    features = np.column_stack([np.ones(n), rng.standard_normal((n, len(coefficients) - 1))])
    shocks = rng.standard_t(freedom, n) * np.sqrt((freedom - 2) / freedom)
    return features, shocks * np.exp(features @ coefficients)


def test_coefficients_come_back():
    """Fisher's information of a log scale is 2 k / (k + 3) an observation: the standard error of a slope is .0137."""
    truth = np.array([-4.0, 0.3, -0.2, 0.0])
    features, values = draw(4_000, truth)
    error = fit_log_scale(features, values, truth * [0, 1, 1, 1]) - truth
    assert np.abs(error[1:]).max() < 4 * np.sqrt((FREEDOM + 3) / (2 * FREEDOM) / 4_000)
    # The deviation's own one is larger, as it is that of the kurtosis, too.
    assert abs(error[0]) < 0.1


def test_it_is_the_standard_deviation():
    """Of 5,000 normal values the standard error of a log deviation is .01."""
    values = 0.02 * np.random.default_rng(0).standard_normal(5_000)
    fitted = fit_log_scale(np.ones((5_000, 1)), values, np.zeros(1))
    assert fitted[0] == pytest.approx(np.log(values.std()), abs=0.01)
    assert fitted[0] == pytest.approx(np.log(0.02), abs=0.04)


def test_few_data_are_drawn_to_the_prior():
    prior = np.array([0.0, 0.9, -0.5])
    features, values = draw(6, np.array([-2.0, -3.0, 3.0]))
    fitted = fit_log_scale(features, values, prior)
    many = fit_log_scale(*draw(6_000, np.array([-2.0, -3.0, 3.0])), prior)
    assert np.abs(fitted - prior)[1:].max() < 0.5
    # The ridge weighs as much as so many observations.
    assert np.abs(many - [-2.0, -3.0, 3.0])[1:].max() < 0.05 + 4 * RIDGE / 6_000


def test_what_is_not_observed_does_not_count():
    features, values = draw(300, np.array([-4.0, 0.3]))
    hole = np.arange(300) % 3 == 0
    values[hole] = np.nan
    expected = fit_log_scale(features[~hole], values[~hole], np.zeros(2))
    np.testing.assert_array_equal(fit_log_scale(features, values, np.zeros(2)), expected)


def test_units_only_move_the_constant():
    features, values = draw(500, np.array([-4.0, 0.3, 0.1]))
    a, b = (fit_log_scale(features, values * unit, np.zeros(3)) for unit in (1.0, 1e6))
    np.testing.assert_allclose(b - a, [np.log(1e6), 0.0, 0.0], atol=2e-3)


@pytest.mark.parametrize("outlier", [1e2, 1e4])
def test_a_crash_does_not_decide(outlier):
    """Normal likelihood would move the log deviation by 1.5 and 6."""
    features, values = draw(500, np.array([-4.0, 0.3]))
    before = fit_log_scale(features, values, np.zeros(2))
    values[100] = outlier * np.exp(-4.0)
    after = fit_log_scale(features, values, np.zeros(2))
    assert np.isfinite(after).all()
    assert abs(after - before)[1] < 0.15


def test_a_feature_that_never_varies_changes_nothing():
    features, values = draw(400, np.array([-4.0, 0.3]))
    more = np.column_stack([features, np.full(400, 0.7)])
    fitted = fit_log_scale(more, values, np.array([0.0, 0.2, 0.1]))
    without = fit_log_scale(features, values, np.array([0.0, 0.2]))
    np.testing.assert_allclose(more @ fitted, features @ without, atol=0.01)
