import numpy as np
import pytest

from synthdiff.evaluation.stylized.correlation import Spectrum, lag_range, pooled_correlation


def naive(x, y, lag):
    """The definition, term by term."""
    x, y = (x - x.mean()) / x.std(), (y - y.mean()) / y.std()
    return (x[:, : x.shape[1] - lag] * y[:, lag:]).mean()


@pytest.mark.parametrize("n_steps", [30, 64, 101])
def test_all_lags_at_once_are_the_definition(n_steps):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(7, n_steps)).cumsum(axis=1)
    y = x + rng.normal(size=x.shape)
    lags = [0, *lag_range(20, n_steps)]
    found = pooled_correlation(Spectrum.of(x, 20), Spectrum.of(y, 20), lags)
    assert found == pytest.approx([naive(x, y, lag) for lag in lags], abs=1e-12)


def test_differences_between_windows_count():
    x = np.repeat([[0.0], [1.0]], 50, axis=1)
    spectrum = Spectrum.of(x, 10)
    assert pooled_correlation(spectrum, spectrum, range(1, 11)) == pytest.approx(np.ones(10))


def test_constant_values_are_not_correlated():
    spectrum = Spectrum.of(np.ones((3, 20)), 5)
    assert pooled_correlation(spectrum, spectrum, [1, 5]).tolist() == [0, 0]


def test_lags_reach_half_a_window():
    assert list(lag_range(100, 20)) == list(range(1, 11))
    assert list(lag_range(8, 1)) == [1]
