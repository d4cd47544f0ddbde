"""The stated law of the market holds, within five standard errors, and its risk is what independent draws show.

A statistic of a path with volatility that clusters has no simple standard error: 24 independent paths give one.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from synthdiff.datasets import MarketTruth, make_market
from synthdiff.datasets.market import simulate
from synthdiff.datasets.market_bar import OVERNIGHT
from synthdiff.datasets.market_law import (
    DAYS,
    FAST,
    MARKET_ANNUAL,
    MARKET_JUMP,
    OWN,
    OWN_JUMP,
    SLOW,
    MarketLaw,
)
from synthdiff.errors import ConfigError

N_PATHS, N_STEPS, N_ASSETS = 24, 5_000, 3


@pytest.fixture(scope="module")
def paths():
    return [simulate(N_STEPS, N_ASSETS, seed) for seed in range(N_PATHS)]


@pytest.fixture(scope="module")
def market():
    return make_market(4_000, bars=True, random_state=7, return_truth=True)


def over(paths, statistic):
    """A statistic's mean over the paths and its standard error; elementwise if it is an array."""
    values = np.array([statistic(path) for path in paths])
    return values.mean(axis=0), values.std(axis=0, ddof=1) / np.sqrt(len(values))


def assert_is(paths, statistic, truth):
    mean, error = over(paths, statistic)
    assert (np.abs(mean - truth) < 5 * error).all(), (mean, error, truth)


def lagged(x, y, lag=1):
    """Correlation of x with y some steps later, by column."""
    x, y = x[:-lag] - x[:-lag].mean(axis=0), y[lag:] - y[lag:].mean(axis=0)
    return (x * y).mean(axis=0) / np.sqrt((x**2).mean(axis=0) * (y**2).mean(axis=0))


class TestStylisedFacts:
    def test_heavy_tails(self, paths):
        # Its logarithm: a kurtosis has no variance under laws with as few moments as these.
        mean, error = over(paths, lambda path: np.log(stats.kurtosis(path.returns, axis=0, fisher=False)))
        assert (mean - 5 * error > np.log(5)).all()

    def test_common_jumps_and_leverage_skew_the_market_to_losses(self, paths):
        mean, error = over(paths, lambda path: stats.skew(path.returns @ np.full(N_ASSETS, 1 / N_ASSETS)))
        assert mean + 2 * error < 0

    @pytest.mark.parametrize("lag", [1, 5, 20])
    def test_returns_are_not_autocorrelated(self, paths, lag):
        assert_is(paths, lambda path: lagged(path.returns, path.returns, lag), 0)

    @pytest.mark.parametrize(("lag", "least"), [(1, 0.10), (20, 0.05), (60, 0.02)])
    def test_volatility_clusters(self, paths, lag, least):
        mean, error = over(paths, lambda path: lagged(np.abs(path.returns), np.abs(path.returns), lag))
        assert (mean - 2 * error > least).all()

    @pytest.mark.parametrize("lag", [1, 5, 20])
    def test_losses_raise_volatility(self, paths, lag):
        mean, error = over(paths, lambda path: lagged(path.returns, np.abs(path.returns), lag))
        assert (mean + 5 * error < 0).all()

    def test_volatility_does_not_lead_returns(self, paths):
        assert_is(paths, lambda path: lagged(np.abs(path.returns - path.law.drift), path.returns), 0)


class TestLaw:
    def test_covariances_follow_from_the_betas(self, paths):
        law = MarketLaw.make(N_ASSETS)
        centred = [path.returns - law.drift for path in paths]
        assert_is(centred, lambda returns: returns.T @ returns / N_STEPS, law.covariance)
        assert law.covariance[0, 1] == pytest.approx(law.beta[0] * law.beta[1] * MARKET_ANNUAL**2 / DAYS)

    def test_correlations(self, paths):
        # That of a path is biased by about its squared standard error: a hundredth of five of them.
        assert_is(paths, lambda path: np.corrcoef(path.returns.T)[0, 1:], MarketLaw.make(N_ASSETS).correlation[0, 1:])

    def test_drift(self, paths):
        assert_is(paths, lambda path: path.returns.mean(axis=0), MarketLaw.make(N_ASSETS).drift)

    def test_realistic_for_each_of_many_assets(self):
        law = MarketLaw.make(50)
        annual = np.sqrt(np.diag(law.covariance) * DAYS)
        assert 0.15 < annual.min() < 0.20
        assert 0.30 < annual.max() < 0.35
        assert len(np.unique(law.beta.round(6))) == 50
        assert 0.2 < law.correlation[np.triu_indices(50, 1)].mean() < 0.5

    def test_common_volatility_has_a_fast_and_a_slow_part(self, paths):
        def covariances(path):
            state = np.log(path.market_volatility / path.law.market_level)
            return [np.mean(state[: N_STEPS - lag] * state[lag:]) for lag in (0, 21, 252)]

        truth = [FAST.spread**2 * 0.5 ** (lag / 21) + SLOW.spread**2 * 0.5 ** (lag / 252) for lag in (0, 21, 252)]
        assert_is(paths, covariances, truth)

    def test_own_volatility_is_partly_the_common_one(self, paths):
        def parts(path):
            common = np.log(path.market_volatility / path.law.market_level)[:, None]
            own = np.log(path.own_volatility / path.law.own_level) - path.law.load * common
            return [(own * common).mean(axis=0), (own**2).mean(axis=0)]

        assert_is(paths, parts, [[0] * N_ASSETS, [OWN.spread**2] * N_ASSETS])

    def test_jumps(self, paths):
        assert_is(paths, lambda path: (path.market_jumps != 0).mean(), -np.expm1(-MARKET_JUMP.rate))
        assert_is(paths, lambda path: path.market_jumps.mean(), MARKET_JUMP.rate * MARKET_JUMP.mean)
        assert_is(paths, lambda path: (path.market_jumps**2).mean(), MARKET_JUMP.variance)  # but for its mean squared
        assert_is(paths, lambda path: (path.own_jumps**2).mean(axis=0), OWN_JUMP.variance)
        assert_is(paths, lambda path: path.jump_days.mean(), -np.expm1(-MARKET_JUMP.rate - OWN_JUMP.rate))


class TestRisk:
    def test_against_draws(self):
        truth, day, n_draws = simulate(40, 3, 5), 17, 400_000
        rng = np.random.default_rng(0)
        weights = np.array([0.6, 0.5, -0.3])
        market = np.sqrt(7 / 9) * rng.standard_t(9, n_draws) * truth.market_volatility[day]
        own = np.sqrt(3 / 5) * rng.standard_t(5, (n_draws, 3)) * truth.own_volatility[day]
        for part, jump in ((market, MARKET_JUMP), (own, OWN_JUMP)):
            n = rng.poisson(jump.rate, part.shape)
            part += n * jump.mean + np.sqrt(n) * jump.spread * rng.standard_normal(part.shape) - jump.rate * jump.mean
        drawn = (market[:, None] * truth.beta + own + truth.law.drift) @ weights
        for level in (0.95, 0.99, 0.999):
            loss = truth.value_at_risk(level, weights)[day]
            error = np.sqrt(level * (1 - level) / n_draws)
            assert np.mean(-drawn > loss) == pytest.approx(1 - level, abs=4 * error)
            beyond = -drawn[-drawn > loss]
            error = beyond.std() / np.sqrt(len(beyond))
            assert truth.expected_shortfall(level, weights)[day] == pytest.approx(beyond.mean(), abs=4 * error)
        assert truth.probability(np.full(40, drawn[0]), weights)[day] == pytest.approx(
            np.mean(drawn <= drawn[0]), abs=4 * 0.5 / np.sqrt(n_draws)
        )

    def test_state_tells_the_law_of_each_day(self):
        truth = simulate(1_500, 1, 3)
        places = truth.probability(truth.returns)[:, 0]
        assert stats.kstest(places, "uniform").pvalue > 1e-3
        # Nor do they tell anything of one another: a correlation has a standard error of 1 / sqrt(1500) = .026.
        assert abs(lagged(np.abs(places - 0.5), np.abs(places - 0.5))) < 0.1
        assert truth.value_at_risk(0.9)[:, 0].std() > 0.003

    def test_value_at_risk_and_probability_agree(self):
        truth = simulate(200, 2, 1)
        for level in (0.5, 0.99, 0.9999):
            assert truth.probability(-truth.value_at_risk(level)) == pytest.approx(1 - level, abs=1e-8)

    def test_alone_is_all_weight_on_one(self):
        truth = simulate(150, 2, 1)
        assert truth.value_at_risk().shape == (150, 2)
        np.testing.assert_allclose(truth.value_at_risk()[:, 1], truth.value_at_risk(weights=[0, 1]))
        np.testing.assert_allclose(truth.value_at_risk(weights=[0, 3]), 3 * truth.value_at_risk(weights=[0, 1]), 1e-6)
        assert (truth.expected_shortfall(0.99) > truth.value_at_risk(0.99)).all()

    def test_volatility_is_the_spread_of_the_law(self):
        # The spread of standardised returns, whose kurtosis is about 8: its standard error is sqrt(7 / n) / 2.
        truth = simulate(20_000, 2, 2)
        standard = (truth.returns - truth.law.drift) / truth.volatility
        assert standard.std(axis=0) == pytest.approx(1, abs=5 * np.sqrt(7 / 20_000) / 2)

    @pytest.mark.parametrize("level", [0, 1, 99, float("nan")])
    def test_level(self, level):
        with pytest.raises(ConfigError, match=f"level is {level}; say a probability"):
            simulate(3, 1, 0).value_at_risk(level)

    @pytest.mark.parametrize("weights", [[1.0], 1.0, [[1.0, 1.0]], [0, 0], [1, np.inf]])
    def test_weights(self, weights):
        with pytest.raises(ConfigError, match="say 2 finite numbers, one an asset"):
            simulate(3, 2, 0).expected_shortfall(0.9, weights)

    def test_returns_of_another_market(self):
        with pytest.raises(ConfigError, match=r"returns have the shape \(4, 2\); the market's is \(3, 2\)"):
            simulate(3, 2, 0).probability(np.zeros((4, 2)))


class TestPrices:
    def test_frame(self):
        prices, truth = make_market(return_truth=True)
        assert prices.shape == (2_520, 5)
        assert list(prices) == ["A1", "A2", "A3", "A4", "A5"] == list(truth.assets)
        assert set(prices.dtypes.astype(str)) == {"float64"}
        assert str(prices.index.dtype) == "datetime64[ns]"
        assert prices.index[0] == pd.Timestamp("2010-01-04")
        assert prices.index.dayofweek.max() == 4
        assert isinstance(truth, MarketTruth)
        np.testing.assert_allclose(np.diff(np.log(prices), axis=0, prepend=np.log(100)), truth.returns, atol=1e-12)

    def test_seeds(self):
        pd.testing.assert_frame_equal(make_market(50, 2, random_state=5), make_market(50, 2, random_state=5))
        assert not make_market(50, 2, random_state=5).equals(make_market(50, 2, random_state=6))

    def test_an_asset_is_the_same_in_every_market(self):
        pd.testing.assert_frame_equal(make_market(80, 2), make_market(80, 7)[["A1", "A2"]])

    @pytest.mark.parametrize("n_steps", [1, 2])
    @pytest.mark.parametrize("bars", [False, True])
    def test_short(self, n_steps, bars):
        assert np.isfinite(make_market(n_steps, 1, bars=bars)).all(axis=None)

    def test_calendar(self):
        prices = make_market(30, 1, frequency="h", start="2024-02-29 12:00")
        assert prices.index[-1] == pd.Timestamp("2024-03-01 17:00")
        np.testing.assert_array_equal(prices, make_market(30, 1))

    def test_errors(self):
        with pytest.raises(ConfigError, match="n_steps is 0; give an integer from 1"):
            make_market(0)
        with pytest.raises(ConfigError, match="n_assets is -1; give an integer from 1"):
            make_market(5, -1)
        with pytest.raises(ConfigError, match="in the calendar 'fortnight'.*pandas frequency such as 'B'"):
            make_market(5, frequency="fortnight")
        with pytest.raises(ConfigError, match="no 5 dates from 'then' on"):
            make_market(5, start="then")
        with pytest.raises(ConfigError, match="ends before 2262"):
            make_market(5, frequency="YE", start="2259-01-01")


class TestBars:
    def test_columns(self, market):
        bars, truth = market
        assert list(bars) == ["open", "high", "low", "close", "volume"]
        assert [str(dtype) for dtype in bars.dtypes] == ["float64"] * 4 + ["int64"]
        assert truth.returns.shape == (4_000, 1)

    def test_valid(self, market):
        bars, _ = market
        assert (bars["low"] <= bars[["open", "close"]].min(axis=1)).all()
        assert (bars["high"] >= bars[["open", "close"]].max(axis=1)).all()
        assert (bars["low"] > 0).all()
        assert (bars["volume"] > 0).all()
        inside = (bars["high"] > bars[["open", "close"]].max(axis=1)).mean()
        assert 0.5 < inside < 1

    def test_closes_are_the_first_asset(self, market):
        np.testing.assert_array_equal(market[0]["close"], make_market(4_000, 3, random_state=7)["A1"])

    def test_a_fifth_of_the_variance_falls_overnight(self, market):
        bars, truth = market
        gap = np.log(bars["open"] / bars["close"].shift(fill_value=100.0)) / truth.volatility[:, 0]
        # Squares of standardised gaps have a kurtosis of about 8 or less: a standard error of sqrt(7 / n) of the mean.
        assert (gap**2).mean() == pytest.approx(OVERNIGHT, rel=5 * np.sqrt(7 / 4_000))

    def test_ranges_and_volume_know_the_volatility(self, market):
        bars, truth = market
        spread = np.log(truth.volatility[:, 0])
        size = np.log(np.log(bars["high"] / bars["low"]))
        assert np.corrcoef(size, spread)[0, 1] > 0.5
        assert np.corrcoef(np.log(bars["volume"]), spread)[0, 1] > 0.4
        surprise = np.abs(truth.returns[:, 0]) / truth.volatility[:, 0]
        assert np.corrcoef(np.log(bars["volume"]), surprise)[0, 1] > 0.1

    def test_seeds(self):
        pd.testing.assert_frame_equal(make_market(20, bars=True), make_market(20, bars=True))
        assert not make_market(20, bars=True).equals(make_market(20, bars=True, random_state=1))
