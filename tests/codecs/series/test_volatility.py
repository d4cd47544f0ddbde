"""Volatility that follows from the past: exactly there and back, close to the truth, never without bounds."""

import json

import numpy as np
import pytest

from synthdiff.codecs.series.volatility import ABOVE, BELOW, BURN, VolatilityFilter, VolatilityState
from synthdiff.runtime import spawn_seed
from tests.codecs.series.history import completed, market, with_gaps


def student_log_density(values, log_volatility, freedom=6.0):
    """Of Student's t with the standard deviation exp(log_volatility), but for a constant."""
    squares = values**2 * np.exp(-2 * log_volatility) / (freedom - 2)
    return -log_volatility - (freedom + 1) / 2 * np.log1p(squares)


def equal_states(a, b, rtol=1e-12):
    np.testing.assert_allclose(a.magnitude, b.magnitude, rtol=rtol)
    np.testing.assert_allclose(a.signed, b.signed, rtol=rtol, atol=1e-16)


@pytest.fixture(scope="module")
def three():
    """Three assets with gaps, one of them late, and their filter."""
    returns, observed = completed(with_gaps(market(700, 3)[0]))
    return returns, VolatilityFilter.fit(returns, observed)


@pytest.fixture(scope="module")
def one():
    returns, truth = market(2_500, 1, seed=2)
    return returns, truth, VolatilityFilter.fit(returns)


class TestSplit:
    def test_join_is_the_inverse(self, three):
        returns, fitted = three
        series = fitted.split(returns)
        assert series.shape == (700, 4)
        np.testing.assert_allclose(fitted.join(series), returns, atol=1e-16)

    def test_split_is_the_inverse_of_join_for_any_rests(self, three):
        """What is drawn need not add up to the market: joined, it is a market of its own."""
        _, fitted = three
        series = np.random.default_rng(0).normal(size=(5, 8, 4))
        returns = fitted.join(series)
        np.testing.assert_allclose(fitted.join(fitted.split(returns)), returns, atol=1e-14)

    def test_the_market_is_a_portfolio(self, three):
        returns, fitted = three
        assert fitted.weights.sum() == pytest.approx(1.0)
        assert (fitted.weights > 0).all()
        np.testing.assert_allclose(fitted.split(returns)[:, 0], returns @ fitted.weights)

    def test_each_asset_has_as_much_volatility_in_the_market(self):
        returns = market(700, 3)[0] * [1.0, 2.0, 5.0]
        contribution = VolatilityFilter.fit(returns).weights * returns.std(axis=0)
        np.testing.assert_allclose(contribution, contribution[0], rtol=1e-3)

    def test_an_asset_that_no_longer_moves_has_no_part_in_it(self):
        returns = market(700, 3)[0]
        alive = np.ones(returns.shape, dtype=bool)
        alive[500:, 1] = False
        fitted = VolatilityFilter.fit(returns, alive, alive, ~alive)
        assert fitted.weights[1] == 0
        assert fitted.weights.sum() == pytest.approx(1.0)
        assert fitted.moving(np.array([[True, True, True], [False, True, False]])).tolist() == [
            [True, True, True, True],
            [False, False, True, False],
        ]

    def test_a_single_asset_is_its_own_series(self, one):
        returns, _, fitted = one
        assert fitted.n_series == 1
        assert fitted.split(returns) is returns
        assert fitted.join(returns) is returns

    def test_rests_are_less_alike_than_assets(self):
        returns, _ = market(1_500, 8)
        rests = VolatilityFilter.fit(returns).split(returns)[:, 1:]
        others = ~np.eye(8, dtype=bool)
        assert np.corrcoef(returns.T)[others].mean() > 0.3
        # Eight rests around their own market have a mean correlation of -1 / 7; the standard error is 1 / sqrt(1500).
        assert np.corrcoef(rests.T)[others].mean() == pytest.approx(-1 / 7, abs=4 / np.sqrt(1_500))


class TestLoadings:
    def test_they_are_those_of_a_market_that_is_known(self):
        """4,000 steps of beta .5, 1 and 1.5: relative to their mean, each has a standard error of .02."""
        rng = np.random.default_rng(0)
        beta = np.array([0.5, 1.0, 1.5])
        returns = 0.01 * (rng.normal(size=(4_000, 1)) * beta + 0.5 * rng.normal(size=(4_000, 3)))
        loadings = VolatilityFilter.fit(returns).loadings
        assert loadings / loadings.mean() == pytest.approx(beta, abs=0.1)

    def test_the_day_on_which_a_peg_breaks_does_not_make_a_follower(self):
        rng = np.random.default_rng(1)
        returns = 0.01 * (rng.normal(size=(2_000, 1)) + 0.5 * rng.normal(size=(2_000, 4)))
        returns[:, 3] = 1e-5 * rng.normal(size=2_000)
        returns[500, 3] = 0.4
        assert abs(VolatilityFilter.fit(returns).loadings[3]) < 0.02


class TestInverse:
    def test_what_a_history_leaves_runs_back_into_it(self, three):
        returns, fitted = three
        series = fitted.split(returns)
        states = fitted.follow(series)
        log_volatility = fitted.log_volatility(states)
        assert len(states) == 701
        innovations = series / np.exp(log_volatility[:-1])
        again, scale, end = fitted.run(innovations[None], states.take([0]))
        np.testing.assert_allclose(again[0], series, rtol=1e-11, atol=1e-16)
        np.testing.assert_allclose(scale[0], log_volatility[:-1], rtol=1e-11)
        equal_states(end, states.take([-1]), rtol=1e-10)

    def test_from_any_state_one_path_beside_the_other(self, three):
        returns, fitted = three
        states = fitted.follow(fitted.split(returns)).take([650, 0, 300, 650])
        innovations = np.random.default_rng(1).standard_normal((4, 50, 4))
        innovations[0, 10:20, 2] = np.nan
        series, scale, end = fitted.run(innovations, states)
        for path in range(4):
            at = states.take([path])
            for step in range(50):
                np.testing.assert_allclose(fitted.log_volatility(at)[0], scale[path, step], rtol=1e-12)
                at = at.after(series[path, step][None], fitted.usual)
            equal_states(at, end.take([path]))
        np.testing.assert_array_equal(np.isnan(series), np.isnan(innovations))
        observed = ~np.isnan(series)
        np.testing.assert_allclose((series / np.exp(scale))[observed], innovations[observed], rtol=1e-12)
        equal_states(fitted.advance(series, states), end)

    def test_what_is_not_observed_changes_nothing(self, three):
        _, fitted = three
        before = VolatilityState(np.full((2, 4, 5), 0.01), np.full((2, 4, 4), -0.002))
        missing = np.array([[0.05, np.nan, 0.0, np.nan], [np.nan] * 4])
        after = before.after(missing, fitted.usual)
        moved = ~np.isnan(missing)
        np.testing.assert_array_equal(after.magnitude[~moved], before.magnitude[~moved])
        np.testing.assert_array_equal(after.signed[~moved], before.signed[~moved])
        assert (after.magnitude[moved] != before.magnitude[moved]).all()

    def test_a_gap_is_as_if_the_step_had_not_been(self, one):
        returns, _, fitted = one
        gap = np.insert(returns, 1_000, np.full((30, 1), np.nan), axis=0)
        with_gap, without = fitted.follow(gap), fitted.follow(returns)
        equal_states(with_gap.take(slice(1_030, None)), without.take(slice(1_000, None)))

    def test_it_survives_json(self, three):
        returns, fitted = three
        back = VolatilityFilter.from_dict(json.loads(json.dumps(fitted.to_dict())))
        states = fitted.follow(fitted.split(returns))
        assert np.array_equal(back.log_volatility(states), fitted.log_volatility(states))
        assert np.array_equal(back.split(returns), fitted.split(returns), equal_nan=True)


class TestTruth:
    @pytest.mark.parametrize("seed", [0, 1, 2])
    def test_one_asset(self, seed):
        """Over ten seeds the correlation is .83 on average, sd .03: the threshold is five of them below."""
        returns, truth = market(2_500, 1, seed)
        fitted = VolatilityFilter.fit(returns)
        log_volatility = fitted.log_volatility(fitted.follow(returns))[BURN:-1, 0]
        assert np.corrcoef(log_volatility, np.log(truth.volatility[BURN:, 0]))[0, 1] > 0.68

    def test_it_is_a_standard_deviation(self, one):
        """Innovations have unit variance; with kurtosis about 6 of 2,440 the standard error of it is .045."""
        returns, _, fitted = one
        log_volatility = fitted.log_volatility(fitted.follow(returns))[BURN:-1]
        assert (returns[BURN:] / np.exp(log_volatility)).var() == pytest.approx(1.0, abs=0.2)

    def test_of_several_assets_that_of_the_market(self):
        """Over six seeds the correlation is .84 on average, sd .04."""
        returns, truth = market(1_500, 5)
        fitted = VolatilityFilter.fit(returns)
        log_volatility = fitted.log_volatility(fitted.follow(fitted.split(returns)))[BURN:-1, 0]
        assert np.corrcoef(log_volatility, np.log(truth.market_volatility[BURN:]))[0, 1] > 0.68

    @pytest.mark.parametrize("n_assets", [1, 4])
    def test_later_time_is_likelier_than_under_a_constant(self, n_assets):
        returns, _ = market(2_500, n_assets, seed=2)
        fitted = VolatilityFilter.fit(returns[:1_600])
        series = fitted.split(returns)
        log_volatility = fitted.log_volatility(fitted.follow(series))[1_600:-1]
        constant = np.log(series[:1_600].std(axis=0))
        late = series[1_600:]
        gain = (student_log_density(late, log_volatility) - student_log_density(late, constant)).mean(axis=1)
        # Nats a step; blocks of 50 steps for a standard error that knows of the clusters.
        blocks = gain.reshape(-1, 50).mean(axis=1)
        assert blocks.mean() > 2 * blocks.std(ddof=1) / np.sqrt(len(blocks))

    def test_falls_raise_it_more_than_rises(self, one):
        returns, _, fitted = one
        states = fitted.follow(returns)
        usual = states.take(np.full(2, 2_000))
        shock = 3 * fitted.usual[0] * np.array([[-1.0], [1.0]])
        fall, rise = fitted.log_volatility(usual.after(shock, fitted.usual))[:, 0]
        assert fall > rise

    def test_turbulence_lasts_and_is_shared(self):
        """Two weeks of shocks, most of them the market's: a month later it and the rests are more volatile."""
        returns, _ = market(1_500, 5)
        fitted = VolatilityFilter.fit(returns)
        start = fitted.follow(fitted.split(returns)).take(np.full(200, 1_000))
        innovations = np.random.default_rng(0).standard_normal((200, 30, 6))
        shocks = innovations.copy()
        shocks[:, :10, 0] *= 4
        shocks[:, :10, 1:] *= 2
        calm, turbulent = fitted.run(innovations, start)[1], fitted.run(shocks, start)[1]
        rise = (turbulent - calm)[:, -1].mean(axis=0)
        assert rise[0] > 0.1
        assert rise[1:].mean() > 0.1

    def test_units_do_not_matter(self):
        returns, _ = market(700, 2)
        small, large = VolatilityFilter.fit(returns), VolatilityFilter.fit(1_000 * returns)
        a = small.log_volatility(small.follow(small.split(returns)))
        b = large.log_volatility(large.follow(large.split(1_000 * returns)))
        # The optimiser stops a little before the top, where a hundredth of log volatility changes next to nothing.
        np.testing.assert_allclose(b - np.log(1_000), a, atol=0.01)


class TestBounds:
    @pytest.mark.parametrize("size", [0.0, 1e-300, 1.0, 50.0, 1e9])
    def test_absurd_innovations_stay_finite(self, three, size):
        returns, fitted = three
        states = fitted.follow(fitted.split(returns)).take([0, 400])
        signs = np.random.default_rng(spawn_seed(0, "signs")).choice([-1.0, 1.0], (2, 400, 4))
        series, scale, end = fitted.run(size * signs, states)
        assert np.isfinite(series).all()
        assert np.isfinite(end.magnitude).all()
        assert (scale >= fitted.lowest).all()
        assert (scale <= fitted.highest).all()

    def test_the_bounds_are_little_more_than_what_was(self, one):
        returns, _, fitted = one
        log_volatility = fitted.log_volatility(fitted.follow(returns))[BURN:-1, 0]
        assert fitted.lowest[0] == pytest.approx(log_volatility.min() - BELOW)
        assert fitted.highest[0] == pytest.approx(log_volatility.max() + ABOVE)

    def test_months_without_a_trade(self):
        returns = market(900, 2)[0].copy()
        returns[300:420, 1] = 0.0
        returns[500:560] = 0.0
        fitted = VolatilityFilter.fit(returns)
        log_volatility = fitted.log_volatility(fitted.follow(fitted.split(returns)))
        assert np.isfinite(log_volatility).all()
        assert np.isfinite(fitted.coefficients).all()
        innovations = fitted.split(returns) / np.exp(log_volatility[:-1])
        # The first trade after months is a shock, but no absurd one: all that is drawn later is drawn from these.
        assert np.abs(innovations).max() < 20
        # Then it is what it was; with kurtosis about 6 of 240 the standard error of a spread is .07.
        np.testing.assert_allclose(innovations[60:300].std(axis=0), 1.0, atol=0.3)
        np.testing.assert_allclose(innovations[600:].std(axis=0), 1.0, atol=0.3)

    def test_an_asset_that_is_seen_only_at_first(self):
        returns = market(400, 3)[0].copy()
        returns[50:, 2] = np.nan
        returns, observed = completed(returns)
        fitted = VolatilityFilter.fit(returns, observed, observed)
        assert np.isfinite(fitted.coefficients).all()
        assert np.isfinite(fitted.log_volatility(fitted.follow(fitted.split(returns)))).all()

    def test_two_assets_that_are_the_same_stay_the_same(self):
        returns, _ = market(400, 1)
        fitted = VolatilityFilter.fit(np.repeat(returns, 2, axis=1))
        states = fitted.follow(fitted.split(np.repeat(returns, 2, axis=1)))
        series, _, _ = fitted.run(np.random.default_rng(0).standard_normal((3, 40, 3)), states.take([400] * 3))
        drawn = fitted.join(series)
        assert np.isfinite(drawn).all()
        np.testing.assert_allclose(drawn[..., 0], drawn[..., 1], rtol=1e-5, atol=1e-8)

    def test_assets_that_are_never_seen_together(self):
        returns = market(400, 2)[0].copy()
        returns[:200, 0], returns[200:, 1] = np.nan, np.nan
        returns, observed = completed(returns)
        fitted = VolatilityFilter.fit(returns, observed, observed)
        assert np.isfinite(fitted.coefficients).all()
        np.testing.assert_allclose(fitted.join(fitted.split(returns)), returns, atol=1e-16)

    def test_thirty_assets(self):
        returns, _ = market(400, 30)
        fitted = VolatilityFilter.fit(returns)
        assert fitted.coefficients.shape[0] == fitted.n_series == 31
        np.testing.assert_allclose(fitted.join(fitted.split(returns)), returns, atol=1e-15)
        assert np.isfinite(fitted.log_volatility(fitted.follow(fitted.split(returns)))).all()

    def test_as_short_as_a_fit_may_be(self):
        returns, _ = market(64, 2)
        fitted = VolatilityFilter.fit(returns)
        log_volatility = fitted.log_volatility(fitted.follow(fitted.split(returns)))
        np.testing.assert_allclose(np.exp(log_volatility).mean(0), fitted.split(returns).std(0), rtol=0.5)

    def test_nothing_to_follow(self):
        fitted = VolatilityFilter.fit(np.empty((100, 0)))
        back = VolatilityFilter.from_dict(json.loads(json.dumps(fitted.to_dict())))
        states = back.follow(np.empty((100, 0)))
        assert back.n_series == 0
        assert back.log_volatility(states).shape == (101, 0)
        assert back.summary(states).shape == (101, 0)


class TestSummary:
    def test_one_number_for_an_asset_and_two_for_a_market(self, one, three):
        returns, _, fitted = one
        assert fitted.summary(fitted.follow(returns)).shape == (2_501, 1)
        returns, fitted = three
        assert fitted.summary(fitted.follow(fitted.split(returns))).shape == (701, 2)

    def test_it_is_log_volatility_around_its_middle(self, one):
        returns, _, fitted = one
        states = fitted.follow(returns)
        summary, log_volatility = fitted.summary(states)[:, 0], fitted.log_volatility(states)[:, 0]
        np.testing.assert_allclose(np.diff(summary), np.diff(log_volatility), atol=1e-12)
        assert np.abs(summary).max() <= (fitted.highest - fitted.lowest)[0] / 2 + 1e-12
