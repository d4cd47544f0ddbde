"""Measures and targets, against what they are by hand."""

from __future__ import annotations

import numpy as np
import pytest

from synthdiff.data.measure import MEASURES, Measure
from synthdiff.data.paths import Paths
from synthdiff.data.target import Target

KINDS = ("return", "difference")


@pytest.fixture(scope="module")
def paths() -> Paths:
    returns = 0.05 * np.random.default_rng(0).standard_normal((40, 30, 2))
    return Paths.of(returns, ["SPX", "US10Y"], kinds=KINDS)


def measure(kind: str, asset: int | None = 0, weights: tuple[float, ...] = (1.0, 0.0)) -> Measure:
    assert kind in MEASURES
    return Measure(kind, "it", asset, np.array(weights), asset == 1, 250.0)  # type: ignore[arg-type]


def test_measures_of_an_asset_are_those_of_paths(paths: Paths) -> None:
    assert measure("return").of(paths.returns, KINDS) == pytest.approx(-paths.losses()[:, 0])
    assert measure("max_drawdown").of(paths.returns, KINDS) == pytest.approx(paths.drawdowns()[:, 0])
    expected = np.sqrt(250 * (paths.returns[..., 0] ** 2).mean(axis=1))
    assert measure("volatility").of(paths.returns, KINDS) == pytest.approx(expected)


def test_measures_of_a_level_are_in_its_units(paths: Paths) -> None:
    assert measure("return", 1).of(paths.returns, KINDS) == pytest.approx(paths.returns[..., 1].sum(axis=1))
    assert measure("max_drawdown", 1).of(paths.returns, KINDS) == pytest.approx(paths.drawdowns()[:, 1])
    assert measure("return", 1).format(0.25) == "0.25"
    assert measure("return").format(0.25) == "25 %"


@pytest.mark.parametrize("share", [1.0, 0.4])
def test_measures_of_a_portfolio(paths: Paths, share: float) -> None:
    weights = (share, 0.0)
    values = paths.portfolio({"SPX": share})
    assert measure("return", None, weights).of(paths.returns, KINDS) == pytest.approx(values[:, -1] - 1)
    assert measure("max_drawdown", None, weights).of(paths.returns, KINDS) == pytest.approx(
        paths.drawdowns({"SPX": share})[:, 0]
    )
    moves = np.diff(np.log(np.c_[np.ones(len(values)), values]), axis=1)
    expected = np.sqrt(250 * (moves**2).mean(axis=1))
    assert measure("volatility", None, weights).of(paths.returns, KINDS) == pytest.approx(expected)


def test_a_portfolio_that_is_lost_has_a_volatility_all_the_same() -> None:
    returns = np.log([[[1.5], [1.5], [1.5]]])
    short = Measure("volatility", "it", None, np.array([-3.0]))
    assert np.isfinite(short.of(returns, ["return"])).all()


def test_a_single_value_gets_a_band() -> None:
    target = Target((measure("return"), measure("return", 1)), np.zeros((1, 2)), np.array([[0.0, 5.0]]), np.ones(1))
    usual = np.random.default_rng(0).normal(0, [1.0, 1.0], (500, 2))
    settled = target.settled(usual)
    assert settled.low[0].tolist() == [-0.01, 0.0]
    assert settled.high[0].tolist() == [0.01, 5.0]
    narrow = target.settled(usual * 0.01)
    assert 0.001 < narrow.high[0, 0] < 0.003
    assert target.settled(usual, 0.3).high[0].tolist() == [0.3, 5.0]


def test_distances_are_zero_where_the_target_is_met() -> None:
    target = Target(
        (measure("return"), measure("volatility")),
        np.array([[-0.1, 0.2], [0.3, -np.inf]]),
        np.array([[0.1, np.inf], [0.4, 0.1]]),
        np.array([0.5, 0.5]),
    )
    values = np.array([[0.0, 0.3], [0.35, 0.0], [0.0, 0.1], [0.2, 0.0]])
    distances = target.distances(values, np.array([0.1, 0.2]))
    assert np.array_equal(distances <= 0, target.met(values))
    assert distances[2].tolist() == pytest.approx([0.5, 3.0])
    assert distances[3].tolist() == pytest.approx([1.0, 1.0])
