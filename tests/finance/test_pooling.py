import math

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import rel_entr

from synthdiff.data.paths import Paths
from synthdiff.data.tail import Tail
from synthdiff.errors import ConditioningError, ConfigError, DataError
from synthdiff.finance.entropy import Demands, conflicting, tilt
from synthdiff.finance.pooling import pool_views
from synthdiff.finance.view import View
from tests.finance.market import ASSETS, make_paths

N = 4_000
NAMES = ("A", "B", "C")
COVARIANCE = np.array([[0.04, 0.01, 0.0], [0.01, 0.09, 0.0], [0.0, 0.0, 0.01]])


@pytest.fixture(scope="module")
def sample():
    return np.random.default_rng(0).multivariate_normal(np.zeros(3), COVARIANCE, size=N)


def after(pooled):
    return [result.after for result in pooled.results]


def test_a_mean_view_is_an_exponential_tilt(sample):
    """p is exp(theta x) / Z exactly; of a normal x with mean m and variance s, theta is (t - m) / s in the limit."""
    pooled = pool_views(sample, [View.mean("A", "=", 0.1)], names=NAMES)
    x = sample[:, 0]
    slope, constant = np.polyfit(x, np.log(pooled.weights), 1)
    assert np.log(pooled.weights) == pytest.approx(slope * x + constant, abs=1e-8)
    assert pooled.weights @ x == pytest.approx(0.1, abs=1e-9)
    # in the limit 2.5 and nats t^2 / 2 s = .125; both have a relative standard error of about sqrt(2 / n) = .022
    assert slope == pytest.approx((0.1 - x.mean()) / x.var(), rel=0.07)
    assert pooled.divergence == pytest.approx((0.1 - x.mean()) ** 2 / (2 * x.var()), rel=0.07)
    assert pooled.effective_size == pytest.approx(N * math.exp(-(0.1**2) / 0.04), rel=0.07)


def test_what_is_correlated_moves_too(sample):
    pooled = pool_views(sample, [View.mean("A", "=", -0.2)], names=NAMES)
    # regression of B on A has the slope .25; 500 paths in effect, so a standard error of .3 / sqrt(500) = .013
    assert pooled.weights @ sample[:, 1] == pytest.approx(-0.05, abs=0.05)
    assert pooled.weights @ sample[:, 2] == pytest.approx(0.0, abs=0.02)


@pytest.mark.parametrize(
    "view",
    [
        View.mean("A", ">=", -0.1),
        View.volatility("A", "<=", 0.5),
        View.quantile("B", "<=", 0.0, 0.05),
        View.shortfall("A", ">=", 0.1),
        View.ranking("A", "A"),
    ],
)
def test_views_that_are_true_already_change_nothing(sample, view):
    pooled = pool_views(sample, [view], names=NAMES)
    assert pooled.weights == pytest.approx(np.full(N, 1 / N), rel=1e-9)
    assert pooled.divergence == pytest.approx(0, abs=1e-12)
    assert pooled.effective_size == pytest.approx(N)


@pytest.mark.parametrize(
    ("view", "value"),
    [
        (View.mean({"A": 0.5, "B": 0.5}, "<=", -0.1), -0.1),
        (View.volatility("A", "=", 0.3), 0.3),
        (View.volatility("A", "<=", 0.1), 0.1),
        (View.volatility("B", ">=", 0.4), 0.4),
        (View.shortfall("A", "=", 0.55), 0.55),
        (View.shortfall("A", "=", 0.3), 0.3),
        (View.shortfall("A", ">=", 0.5, 0.975), 0.5),
        (View.shortfall("A", "<=", 0.2, 0.99), 0.2),
    ],
)
def test_views_hold_at_their_edge(sample, view, value):
    assert after(pool_views(sample, [view], names=NAMES)) == pytest.approx([value], abs=1e-5)


@pytest.mark.parametrize(("relation", "value"), [("=", -0.5), ("<=", -0.5), (">=", -0.2)])
def test_quantiles_hold_up_to_the_next_path(sample, relation, value):
    pooled = pool_views(sample, [View.quantile("A", relation, value, 0.05)], names=NAMES)
    assert after(pooled) == pytest.approx([value], abs=0.01)
    assert pooled.weights @ (sample[:, 0] <= value) == pytest.approx(0.05, abs=1e-5)


def test_rankings_hold_for_all_neighbours(sample):
    pooled = pool_views(sample, [View.ranking("C", "B", "A"), View.mean("A", "=", 0.05)], names=NAMES)
    means = pooled.weights @ sample
    assert means[2] >= means[1] - 1e-7
    assert means[1] >= means[0] - 1e-7
    assert pooled.results[0].after == pytest.approx(0, abs=1e-6)


def test_the_volatility_is_about_the_mean_of_the_other_views(sample):
    views = [View.mean("A", "=", -0.1), View.volatility("A", "=", 0.25), View.shortfall("C", ">=", 0.25)]
    pooled = pool_views(sample, views, names=NAMES)
    assert after(pooled) == pytest.approx([-0.1, 0.25, 0.25], abs=1e-5)


def test_several_tails_at_once(sample):
    views = [View.shortfall("A", "<=", 0.3), View.shortfall("B", "<=", 0.5), View.shortfall("C", ">=", 0.25)]
    assert after(pool_views(sample, views, names=NAMES)) == pytest.approx([0.3, 0.5, 0.25], abs=1e-4)


@pytest.mark.parametrize(("relation", "target"), [(">=", 0.6), ("<=", 0.3)])
def test_shortfalls_are_met_at_the_least_entropy(relation, target):
    """Nothing that a general solver finds from many starts on twelve scenarios is closer to the prior."""
    rng = np.random.default_rng(5)
    x, level = rng.normal(size=12) * 0.5, 0.7
    prior = rng.dirichlet(np.full(12, 5.0))
    pooled = pool_views(x[:, None], [View.shortfall("x", relation, target, level)], names=["x"], weights=prior)
    sign = 1 if relation == ">=" else -1

    def gap(p):
        return sign * (Tail.of(-x, p / p.sum()).es(level) - target)

    best = math.inf
    for _ in range(12):
        found = minimize(
            lambda p: rel_entr(p / p.sum(), prior).sum(),
            rng.dirichlet(np.ones(12)),
            bounds=[(1e-9, 1)] * 12,
            constraints=[{"type": "ineq", "fun": gap}, {"type": "eq", "fun": lambda p: p.sum() - 1}],
            method="SLSQP",
        )
        if gap(found.x) > -1e-6:
            best = min(best, found.fun)
    assert gap(pooled.weights) == pytest.approx(0, abs=1e-6)
    assert 0.99 * best <= pooled.divergence <= best + 1e-6


def test_confidence_keeps_some_of_the_given_weights(sample):
    view = [View.mean("A", "=", 0.1)]
    full, half = (pool_views(sample, view, names=NAMES, confidence=c) for c in (1.0, 0.5))
    assert half.weights == pytest.approx((full.weights + 1 / N) / 2)
    assert half.effective_size > full.effective_size


def test_views_on_paths_are_about_simple_returns():
    paths = make_paths(2_000)
    views = [View.mean("SPX", "<=", -0.05), View.mean({"SPX": 0.5, "GOLD": 0.5}, ">=", -0.02)]
    pooled = pool_views(paths, views, rebalance="hold")
    stressed = pooled.apply(paths)
    assert stressed.weights @ -stressed.losses()[:, 0] == pytest.approx(-0.05, abs=1e-8)
    assert -stressed.losses({"SPX": 0.5, "GOLD": 0.5}, "hold")[:, 0] @ stressed.weights >= -0.02 - 1e-8
    assert stressed.effective_size == pytest.approx(pooled.effective_size)
    assert pooled.results[0].text == "mean return of SPX at most -0.05"
    assert pooled.results[1].text == "mean return of 0.5 SPX + 0.5 GOLD at least -0.02"
    short = pool_views(paths, [View.mean("SPX", "=", -0.01)], horizon=1)
    assert short.weights @ np.expm1(paths.returns[:, 0, 0]) == pytest.approx(-0.01, abs=1e-8)


def test_given_weights_are_the_prior():
    paths = make_paths(500, weights=np.r_[np.zeros(100), np.ones(400)])
    assert np.array_equal(pool_views(paths, []).weights, paths.weights)
    pooled = pool_views(paths, [View.mean("SPX", "=", -0.05)])
    assert (pooled.weights[:100] == 0).all()
    tilted = pool_views(paths, [View.mean("SPX", "=", -0.05)], weights=np.ones(500))
    assert (tilted.weights[:100] > 0).all()


def test_a_view_beyond_all_paths_is_refused_by_name(sample):
    with pytest.raises(ConditioningError, match="'mean return of A equal to 2' cannot be met: in the 4,000") as caught:
        pool_views(sample, [View.mean("C", "=", 0.0), View.mean("A", "=", 2.0)], names=NAMES)
    assert (caught.value.column, caught.value.value) == ("A", 2.0)
    assert caught.value.support == pytest.approx((sample[:, 0].min(), sample[:, 0].max()))
    for view in (
        View.volatility("A", "=", 5.0),
        View.shortfall("A", "<=", -3.0),
        View.shortfall("A", ">=", 3.0),
        View.quantile("A", ">=", 2.0, 0.05),
    ):
        with pytest.raises(ConditioningError, match="cannot be met: in the"):
            pool_views(sample, [view], names=NAMES)


def test_contradictions_are_named(sample):
    views = [View.mean("B", "=", 0.0), View.mean("A", ">=", 0.1), View.mean("A", "<=", -0.1)]
    with pytest.raises(ConditioningError, match="the view 'mean return of A at .* cannot be met together") as caught:
        pool_views(sample, views, names=NAMES)
    assert caught.value.column == "A"
    with pytest.raises(ConditioningError, match="cannot be met together"):
        pool_views(sample, [View.quantile("A", "=", 0.3, 0.05), View.mean("A", "<=", 0.1)], names=NAMES)


def test_only_the_views_in_the_way_are_at_fault():
    prior = np.full(100, 0.01)
    x = np.linspace(-1, 1, 100)
    demands = Demands.none(100).add(x**2, "=", 0.2, 0).add(x, ">=", 0.5, 1).add(x, "<=", 0.4, 2)
    assert conflicting(prior, demands) in ([1], [2])
    assert conflicting(prior, Demands.none(100).add(x, "=", 0.3, 0)) == []
    assert not tilt(prior, demands).is_met


def test_multipliers_say_what_binds():
    prior = np.full(200, 1 / 200)
    x = np.linspace(-1, 1, 200)
    found = tilt(prior, Demands.none(200).add(x, ">=", 0.2, 0).add(x**2, "<=", 0.9, 1))
    assert found.multipliers[0] > 0
    assert found.multipliers[1] == 0
    assert found.divergence == pytest.approx(rel_entr(found.weights, prior).sum())


def test_demands_that_say_the_same_do_no_harm():
    prior = np.full(500, 1 / 500)
    x = np.random.default_rng(1).normal(size=500)
    once = tilt(prior, Demands.none(500).add(x, "=", 0.5, 0))
    twice = tilt(prior, Demands.none(500).add(x, "=", 0.5, 0).add(x, ">=", 0.5, 1).add(2 * x, "=", 1.0, 2))
    assert twice.is_met
    assert twice.weights == pytest.approx(once.weights, abs=1e-7)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: View.mean("A", ">", 0.1), "relation is '>'; say =, >= or <="),
        (lambda: View.mean("A", "=", math.nan), "value is nan"),
        (lambda: View.volatility("A", "=", -0.1), "volatility of -0.1"),
        (lambda: View.shortfall("A", "=", 0.1, 95), "level is 95"),
        (lambda: View.ranking("A"), "two assets"),
        (lambda: pool_views(np.ones((3, 1)), [View.mean("B", "=", 1)], names=["A"]), "about 'B', which is not here"),
        (lambda: pool_views(np.ones((3, 1)), [], names=["A"], confidence=0), "confidence is 0"),
        (lambda: pool_views(make_paths(5), [View.mean("A", "=", 0)]), f"there are '{ASSETS[0]}'"),
    ],
)
def test_what_makes_no_sense(make, message):
    with pytest.raises(ConfigError, match=message):
        make()


def test_shapes_that_do_not_fit():
    with pytest.raises(DataError, match="2 names"):
        pool_views(np.ones((3, 1)), [], names=["A", "B"])
    with pytest.raises(DataError, match="one for each of the 3 paths"):
        pool_views(np.ones((3, 1)), [], names=["A"], weights=[1, 2])


def test_levels_are_about_differences():
    steps = 0.1 * np.random.default_rng(2).normal(size=(500, 4, 1))
    paths = Paths.of(steps, ["US10Y"], kinds=["difference"])
    pooled = pool_views(paths, [View.mean("US10Y", "=", 0.05)])
    assert pooled.weights @ paths.terminal()[:, 0] == pytest.approx(0.05, abs=1e-8)
