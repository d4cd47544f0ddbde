import numpy as np
import pytest

from synthdiff.data.drawdown import deepest_drawdowns, drawdown_paths
from synthdiff.data.portfolio import asset_losses, portfolio_values, resolve_weights
from synthdiff.errors import ConfigError

ASSETS, KINDS = ("SPX", "GOLD", "US10Y"), ("return", "return", "difference")


@pytest.fixture(scope="module")
def returns():
    return 0.03 * np.random.default_rng(0).normal(size=(40, 12, 3))


def test_hold_keeps_what_was_bought(returns):
    weights = np.array([0.6, 0.3, 0.0])
    expected = 0.1 + (weights * np.exp(np.cumsum(returns, axis=1))).sum(axis=2)
    assert portfolio_values(returns, weights, "hold") == pytest.approx(expected)


def test_daily_restores_the_weights(returns):
    weights = np.array([0.6, 0.6, 0.0])
    expected = np.cumprod(1 + np.expm1(returns) @ weights, axis=1)
    assert portfolio_values(returns, weights, "daily") == pytest.approx(expected)


@pytest.mark.parametrize("rebalance", ["daily", "hold"])
@pytest.mark.parametrize("weights", [[0.5, 0.5, 0.0], [1.5, -0.7, 0.0], [0.2, 0.0, 0.0]])
def test_losses_of_assets_sum_to_that_of_the_portfolio(returns, weights, rebalance):
    values = portfolio_values(returns, np.array(weights), rebalance)
    losses = asset_losses(returns, np.array(weights), rebalance)
    assert losses.sum(axis=1) == pytest.approx(1 - values[:, -1], abs=1e-14)
    assert (losses[:, 2] == 0).all()


@pytest.mark.parametrize("rebalance", ["daily", "hold"])
def test_a_ruined_portfolio_is_closed(rebalance):
    returns = np.log(np.array([[[0.5], [3.0], [3.0]]]))  # three times long: half is lost, so everything and more
    values = portfolio_values(returns, np.array([3.0]), rebalance)
    assert values == pytest.approx(np.full((1, 3), -0.5))


def test_weights_by_name_and_in_order():
    assert resolve_weights({"GOLD": 0.4}, ASSETS, KINDS).tolist() == [0, 0.4, 0]
    assert resolve_weights([0.6, 0.4, 0], ASSETS, KINDS).tolist() == [0.6, 0.4, 0]


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"SPY": 1.0}, "holds 'SPY', which is no asset here; there are 'SPX', 'GOLD', 'US10Y'; did you mean 'SPX'"),
        ([0.5, 0.5], r"weights of shape \(2,\)"),
        ({"SPX": float("nan")}, "weight of 'SPX' is nan"),
        ({"SPX": 0.5, "US10Y": 0.5}, "'US10Y', a level whose steps are differences"),
        ([0, 0, 0], "all weights of the portfolio are 0"),
    ],
)
def test_weights_that_make_no_sense(weights, message):
    with pytest.raises(ConfigError, match=message):
        resolve_weights(weights, ASSETS, KINDS)


def test_rebalancing_must_be_known(returns):
    with pytest.raises(ConfigError, match="rebalance is 'weekly'; say daily or hold"):
        portfolio_values(returns, np.array([1.0, 0, 0]), "weekly")


def test_drawdowns_count_from_the_start():
    returns = np.log(np.array([[[0.8], [1.5], [0.5]], [[1.1], [1.1], [1.1]]]))
    assert deepest_drawdowns(returns, ["return"]) == pytest.approx(np.array([[-0.5], [0.0]]))
    values = np.exp(np.cumsum(returns[..., 0], axis=1))
    assert drawdown_paths(values)[0] == pytest.approx([-0.2, 0.0, -0.5])


def test_drawdowns_of_differences_are_in_their_unit():
    steps = np.array([[[0.25], [-0.5], [-0.25], [1.0]]])
    assert deepest_drawdowns(steps, ["difference"]).tolist() == [[-0.75]]
