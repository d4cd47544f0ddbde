"""Markets and their paths: columns are found by their roles."""

import numpy as np
import pytest

from synthdiff.data.market import Market
from synthdiff.data.paths import Event, Paths
from synthdiff.errors import DataError
from synthdiff.evaluation.stylized.evaluate import score_paths
from synthdiff.evaluation.stylized.market import evaluate_series
from synthdiff.evaluation.stylized.report import SeriesReport
from tests.evaluation.stylized.example import L, make_history, make_paths
from tests.evaluation.stylized.test_extra import DAYS, make_bars, make_volume

HISTORY, PATHS = make_history(1_500, 2), make_paths(60, 2)
PRICES = 100 * np.exp(np.vstack([np.zeros(2), HISTORY]).cumsum(axis=0))
MARKET = Market(("A", "B"), PRICES, None, ("A", "B"), ("price", "price"))


def make(returns=PATHS, assets=("A", "B"), **options):
    return Paths.of(returns, assets, **options)


def test_prices_are_scored_by_their_log_returns():
    found, plain = evaluate_series(MARKET, make(), draws=10), score_paths(HISTORY, PATHS, names=["A", "B"], draws=10)
    assert found.mean == pytest.approx(plain.mean)
    assert found.cross_mean == pytest.approx(plain.cross_mean)


def test_assets_are_matched_by_name():
    found = evaluate_series(MARKET, make(PATHS[:, :, ::-1], ("B", "A")), draws=10)
    assert found.about["assets"] == ["B", "A"]
    assert found.mean == pytest.approx(evaluate_series(MARKET, make(), draws=10).mean, rel=0.2)
    with pytest.raises(DataError, match="the paths hold 'C', the history does not; it holds A, B"):
        evaluate_series(MARKET, make(PATHS[:, :, :1], ("C",)))


def test_returns_are_taken_as_they_are_and_levels_by_differences():
    returns = Market(("A",), HISTORY[:, :1], None, ("A",), ("return",))
    found = evaluate_series(returns, make(PATHS[:, :, :1], ("A",)), draws=10)
    assert found.about["steps"] == 1_500
    levels = Market(("A",), HISTORY[:, :1].cumsum(axis=0), None, ("A",), ("level",))
    found = evaluate_series(levels, make(PATHS[:, :, :1], ("A",), kinds=("difference",)), draws=10)
    assert found.about["steps"] == 1_499
    assert found.drawdown["A"].kind == "difference"
    with pytest.raises(DataError, match="of which there are no log returns"):
        evaluate_series(levels, make(PATHS[:, :, :1], ("A",)))


def test_bars_volume_and_dates_are_scored_where_both_hold_them():
    real, drawn = make_bars(HISTORY[:, :1]), make_bars(PATHS[:, :, :1], axis=1)
    parts = ("open", "high", "low", "close")
    table = np.column_stack([*(getattr(real, part)[:, 0] for part in parts), make_volume(HISTORY[:, 0])])
    values = np.stack([*(getattr(drawn, part)[:, :, 0] for part in parts), make_volume(PATHS[:, :, 0])], axis=2)
    names = (*(f"A {part}" for part in parts), "A volume")
    market = Market(names, table, DAYS[:1_500], ("A",) * 5, (*parts, "volume"))
    paths = make(PATHS[:, :, :1], ("A",), values=values, names=names, start=table[-1], dates=DAYS[1_500 : 1_500 + L])
    found = evaluate_series(market, paths, draws=10)
    assert {"volume changes", "range volatility", "weekday volatility"} <= set(found.extra)
    assert found["range volatility"].value < 2.5
    assert set(evaluate_series(market, make(PATHS[:, :, :1], ("A",)), draws=10).extra) == {"drift"}


def test_weights_and_conditions_are_said():
    weights = np.r_[np.full(30, 2.0), np.zeros(30)] / 60
    event = Event("A falls by 30 %", 0.01, (0.005, 0.02), 1_000, 30.0)
    found = evaluate_series(MARKET, make(weights=weights, event=event), draws=10)
    assert found.notes[0].startswith("The paths are conditioned (A falls by 30 %)")
    assert "worth 30 independent ones" in found.notes[1]
    # Half of the paths, each about twice: the score of those.
    alone = evaluate_series(MARKET, make(PATHS[:30]), draws=10)
    assert found.mean == pytest.approx(alone.mean, rel=0.2)


def test_what_came_later_may_be_a_market():
    later = Market(("A", "B"), PRICES[-500:], None, ("A", "B"), ("price", "price"))
    assert evaluate_series(MARKET, make(), holdout=later, draws=10).mean_later is not None


def test_levels_that_fall_to_zero_are_told_where_the_history_stayed_above():
    levels = 50 + HISTORY[:, :1].cumsum(axis=0)
    market = Market(("A",), levels, None, ("A",), ("level",))
    paths = PATHS[:, :, :1].copy()
    paths[:6, 50] -= 60
    values = levels[-1] + paths.cumsum(axis=1)
    sunk = make(paths, ("A",), kinds=("difference",), values=values, start=levels[-1])
    found = evaluate_series(market, sunk, draws=10)
    assert found.below_zero == {"A": pytest.approx(0.1)}
    assert "Do not use these paths: A falls to zero or below" in found.verdict[0].text
    assert "reaches zero or falls below it: A in 10.0% of the paths." in found.verdict[1].text
    assert SeriesReport.from_dict(found.to_dict()).below_zero == found.below_zero
    # Without a start, the paths' returns stand where values would: they are no levels.
    assert evaluate_series(market, make(PATHS[:, :, :1], ("A",), kinds=("difference",)), draws=10).below_zero == {}
    both = Market(("A",), levels - 60, None, ("A",), ("level",))
    assert evaluate_series(both, sunk, draws=10).below_zero == {}


def test_assets_with_holes_are_scored_on_returns_of_one_step():
    prices = PRICES.copy()
    prices[1200:1210, 0], prices[:900, 1] = np.nan, np.nan
    found = evaluate_series(Market(("A", "B"), prices, DAYS[:1_501], ("A", "B"), ("price", "price")), make(), draws=10)
    assert found.about["steps"] == 1_500
    # Ten returns are not known, and the one after them is that of eleven steps.
    assert "911 of 1,500 steps of the history lack a value" in found.notes[0]
    assert np.isfinite(found.cross_mean)
