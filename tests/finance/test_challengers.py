import numpy as np
import pytest

from synthdiff.errors import ConfigError, DataError, NotFittedError
from synthdiff.finance.backtest import backtest
from synthdiff.finance.challengers import CHALLENGERS, make_challenger
from synthdiff.finance.comparison import compare
from synthdiff.finance.simulator import CHUNK
from tests.finance.history import WORDS, fitted, require, returns

ALONE = ("garch_t", "egarch_t")


@pytest.mark.parametrize("word", WORDS)
def test_samples_are_finite_and_repeat(word):
    simulator = fitted(word)
    paths = simulator.sample(CHUNK + 5, 3, random_state=1)
    assert paths.shape == (CHUNK + 5, 3, 2)
    assert paths.dtype == np.float64
    assert np.isfinite(paths).all()
    np.testing.assert_array_equal(paths, simulator.sample(CHUNK + 5, 3, random_state=1))
    assert not np.array_equal(simulator.sample(CHUNK + 5, 3, random_state=2), paths)


@pytest.mark.parametrize("word", WORDS)
def test_samples_are_as_volatile_as_the_history(word):
    # The standard deviation of 100,000 returns of such a recursion is known to about 3 %, that of 600 to about 15 %.
    paths = fitted(word).sample(2000, 50, random_state=0)
    assert paths.std(axis=(0, 1)) == pytest.approx(returns()[:600].std(axis=0), rel=0.4)
    # The mean of 600 returns has an error of 1 / 24 standard deviations.
    assert np.abs(paths.mean(axis=(0, 1)) - returns()[:600].mean(axis=0)).max() < 0.1 * 0.02


@pytest.mark.parametrize("word", WORDS)
def test_links_between_assets_on_a_day(word):
    # Correlations of 40,000 heavy-tailed pairs: error below .02.
    paths = fitted(word).sample(2000, 20, random_state=0).reshape(-1, 2)
    truth = np.corrcoef(returns()[:600].T)[0, 1]
    assert np.corrcoef(paths.T)[0, 1] == pytest.approx(0.0 if word in ALONE else truth, abs=0.08)


@pytest.mark.parametrize("word", WORDS)
def test_forecasts_from_many_origins_are_the_single_ones(word):
    simulator, origins = fitted(word), np.array([800, 30, 601])
    many = simulator.forecast_many(returns(), origins, 4, 6, random_state=3)
    assert many.shape == (3, 6, 4, 2)
    for paths, origin in zip(many, origins, strict=True):
        np.testing.assert_allclose(simulator.forecast(returns()[:origin], 4, 6, 3), paths, rtol=1e-12)
    np.testing.assert_allclose(simulator.forecast_many(returns(), origins[2:], 4, 6, 3)[0], many[2], rtol=1e-12)
    assert not np.allclose(many[0], many[2])


@pytest.mark.parametrize("word", WORDS)
def test_forecasts_do_not_see_what_comes_after_their_origin(word):
    simulator, other = fitted(word), returns().copy()
    other[650:] *= -7
    origins = np.array([640, 650])
    expected = simulator.forecast_many(returns(), origins, 3, 5, 0)
    np.testing.assert_array_equal(simulator.forecast_many(other, origins, 3, 5, 0), expected)


@pytest.mark.parametrize("word", WORDS)
def test_what_cannot_be_done_is_said(word):
    require(word)
    blank = CHALLENGERS[word]()
    for use in (lambda: blank.sample(1, 1, 0), lambda: blank.forecast(returns(), 1, 1, 0)):
        with pytest.raises(NotFittedError, match="has not been fitted"):
            use()
    with pytest.raises(DataError, match="is inf"):
        blank.fit(np.array([[0.1], [np.inf]]))
    with pytest.raises(DataError, match="has 1 assets; give the 2"):
        fitted(word).forecast(returns()[:, :1], 1, 1, 0)


@pytest.mark.parametrize("word", WORDS)
def test_backtest_of_a_challenger(word):
    result = backtest(fitted(word), returns(), 700, (1, 5), levels=(0.95,), n_paths=100, weights=[0.5, 0.5])
    assert result.simulator == fitted(word).name
    (risk,) = result.risks
    # 5 exceptions of 100 days are expected, with an error of 2.2 and a good deal more for estimates of 600 days.
    assert risk.coverage.n_exceptions <= 15
    assert all(np.isfinite(forecast.crps.value) for forecast in result.forecasts)
    again = compare(result, backtest(fitted(word), returns(), 700, (1, 5), (0.95,), 100, 1, weights=[0.5, 0.5]))
    # Another seed is no other simulator: fair scores of 100 paths differ by a few percent of themselves at most.
    assert max(abs(difference.relative) for difference in again.differences) < 0.05


def test_unknown_challenger():
    with pytest.raises(ConfigError, match="no challenger 'arma'; there are iid_bootstrap"):
        make_challenger("arma")
