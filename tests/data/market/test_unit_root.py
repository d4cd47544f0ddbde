import numpy as np
import pytest

from synthdiff.data.market.unit_root import critical_value, unit_root_test
from synthdiff.errors import WindowError


def autoregression(phi, n, seed=0):
    x = np.random.default_rng(seed).normal(size=n)
    for t in range(1, n):
        x[t] += phi * x[t - 1]
    return x


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e9])
@pytest.mark.parametrize("phi", [0.0, 0.9, 0.99, 1.0])
@pytest.mark.parametrize("n", [20, 100, 1000])
def test_is_that_of_statsmodels(n, phi, scale):
    stattools = pytest.importorskip("statsmodels.tsa.stattools")
    x = autoregression(phi, n, seed=n) * scale + 3.0 * scale
    statistic, _, n_lags, n_rows, values, _ = stattools.adfuller(x)
    test = unit_root_test(x)
    assert (test.n_lags, test.n_rows) == (n_lags, n_rows)
    assert test.statistic == pytest.approx(statistic, rel=1e-6)
    for level, name in ((0.01, "1%"), (0.05, "5%"), (0.10, "10%")):
        assert critical_value(level, n_rows) == pytest.approx(values[name], rel=1e-9)


def test_random_walks_are_rejected_as_often_as_the_level_says():
    n_walks = 400
    hits = sum(unit_root_test(autoregression(1.0, 200, seed)).rejects(0.05) for seed in range(n_walks))
    # The standard error of the share is sqrt(.05 x .95 / 400) = .011; the choice of lags makes the test a bit liberal.
    assert 0.05 - 3 * 0.011 < hits / n_walks < 0.06 + 3 * 0.012


def test_power_and_missing_values():
    x = autoregression(0.5, 300)
    assert unit_root_test(x).rejects(0.01)
    holes = np.insert(x, [0, 10, 300], np.nan)
    assert unit_root_test(holes) == unit_root_test(x)


def test_what_never_changes_or_always_by_the_same_step_has_a_unit_root():
    assert not unit_root_test(np.ones(50)).rejects()
    assert not unit_root_test(np.arange(50.0)).rejects(0.10)


def test_too_few_values_are_refused():
    with pytest.raises(WindowError, match="at least 8 values, got 7"):
        unit_root_test(np.arange(7.0))
