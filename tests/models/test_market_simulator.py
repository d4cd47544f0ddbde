"""A simulator that knows the market whose returns it is given: hours, seasons, holes, bars, levels, covariates."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pytest

from synthdiff import SeriesDiffusion
from synthdiff.data.market import Market, read_market
from synthdiff.errors import DataError
from synthdiff.finance.backtest import Backtest, backtest
from synthdiff.models.series_simulator import FittedSimulator, market_returns
from tests.models.markets import (
    bars,
    bars_model,
    dates,
    frame,
    mixed,
    mixed_model,
    prices,
    quick,
    trained,
    walk,
    with_covariates,
)


def market_of(model: SeriesDiffusion, data: pd.DataFrame) -> Market:
    return read_market(data, like=model.codec_.layout)


def rows_of(model: SeriesDiffusion, market: Market) -> np.ndarray:
    returns = market_returns(model.codec_, market)
    return returns[np.isfinite(returns).all(axis=1)]


def both(model: SeriesDiffusion, data: pd.DataFrame, **options) -> tuple[FittedSimulator, np.ndarray]:
    """A simulator that knows a market, and its rows."""
    market = market_of(model, data)
    return FittedSimulator(model, market=market, **options), rows_of(model, market)


def test_a_plain_market_is_its_returns() -> None:
    simulator, rows = both(trained(2), prices(2))
    origins = np.array([498, 3, 40, 450, 499])
    expected = FittedSimulator(trained(2)).forecast_many(rows, origins, 5, 10, 2)
    np.testing.assert_array_equal(simulator.forecast_many(rows, origins, 5, 10, 2), expected)
    np.testing.assert_array_equal(simulator.sample(5, 9, 1), FittedSimulator(trained(2)).sample(5, 9, 1))


def test_other_rows_than_the_markets_are_refused() -> None:
    simulator, rows = both(trained(2), prices(2))
    with pytest.raises(DataError, match="row 7 of the history is not that of the market"):
        simulator.forecast(np.where(np.arange(len(rows))[:, None] == 7, 0.0, rows), 2, 2, 0)
    with pytest.raises(DataError, match="the history has 500 rows of 2 assets, and the market 499 of 2"):
        simulator.forecast(np.concatenate([rows, rows[:1]]), 2, 2, 0)


class TestHoles:
    """A coin that trades each day, a stock that does not at weekends nor on some days, and a price that often stays."""

    def market(self) -> pd.DataFrame:
        data = mixed().copy()
        data.loc[data.index[700:703], "stock"] = np.nan
        data.loc[data.index[810], "coin"] = np.nan
        return data

    def test_steps_without_a_return_are_seen_and_no_rows(self) -> None:
        simulator, rows = both(mixed_model(), self.market())
        assert len(rows) < 900 * 5 / 7
        paths = simulator.forecast_many(rows, np.arange(490, 510), 3, 20, 0)
        assert np.isfinite(paths).all()
        assert (paths[..., 1] != 0).all()  # the stock trades in every row
        assert 0.3 < (paths[..., 2] == 0).mean() < 0.7

    def test_forecasts_do_not_see_what_comes_after(self) -> None:
        data = self.market()
        model = mixed_model()
        simulator, rows = both(model, data)
        returns = market_returns(model.codec_, market_of(model, data))
        step = np.flatnonzero(np.isfinite(returns).all(axis=1))
        origin = int(np.searchsorted(step, 701))  # the stock is missing before
        other = data.copy()
        later = other.index[step[origin] + 1 :]
        other.loc[later] = other.loc[later] * np.exp(np.random.default_rng(0).normal(0, 0.1, (len(later), 3)))
        changed, others = both(model, other)
        assert not np.array_equal(others[origin:], rows[origin:])
        for at in (origin - 1, origin):
            expected = simulator.forecast_many(rows, np.array([at]), 2, 10, 0)
            np.testing.assert_array_equal(changed.forecast_many(others, np.array([at]), 2, 10, 0), expected)
            np.testing.assert_allclose(simulator.forecast_many(rows, np.array([at, 500]), 2, 10, 0)[:1], expected)

    def test_the_return_after_a_hole_is_that_of_all_of_it(self) -> None:
        """B is observed on every other day: of two Gaussian steps, the first of which A tells something of. Deviations
        of 2,000 draws are known to 1.6 %, and the volatilities that a short fit has found to some 5 %."""
        rng = np.random.default_rng(0)
        returns = rng.multivariate_normal(np.zeros(2), [[1, 0.8], [0.8, 1]], 900) * 0.01
        data = pd.DataFrame(100 * np.exp(returns.cumsum(axis=0)), index=dates(900), columns=["A", "B"])
        model = quick(data)
        data.loc[data.index[1::2], "B"] = np.nan
        simulator, rows = both(model, data)
        assert len(rows) == 449
        paths = simulator.forecast_many(rows, np.array([400]), 2, 2_000, 0)[0]
        size = paths.std(axis=0)
        np.testing.assert_allclose(size[:, 0], 0.01, rtol=0.15)
        assert size[0, 1] == pytest.approx(0.01 * np.sqrt(1 + 1 - 0.8**2), rel=0.15)
        assert size[1, 1] == pytest.approx(0.01 * np.sqrt(2), rel=0.15)
        known = np.log(data["A"]).diff().iloc[2 * 400 + 1]
        assert paths[:, 0, 1].mean() == pytest.approx(0.8 * known, abs=0.003)

    def test_samples_have_the_steps_in_which_all_assets_trade(self) -> None:
        simulator, _ = both(mixed_model(), self.market())
        paths = simulator.sample(30, 20, 0)
        assert paths.shape == (30, 20, 3)
        assert (paths[..., 1] != 0).all()


@functools.cache
def sessions() -> pd.DataFrame:
    """Prices of four times a day: a loud open, a quiet noon."""
    days = pd.bdate_range("2022-01-03", periods=300)
    times = (days.to_numpy()[:, None] + pd.to_timedelta([10, 12, 14, 16], unit="h").to_numpy()).ravel()
    size = np.tile([3.0, 0.4, 1.0, 1.0], 300)
    moves = 0.002 * size * np.random.default_rng(1).standard_normal(1_200)
    return pd.DataFrame({"A": 100 * np.exp(moves.cumsum())}, index=pd.DatetimeIndex(times, name="date"))


def covered(result: Backtest, slot: int) -> float:
    """Share of the outcomes at a time of the day that lie in the middle 90 % of their forecasts."""
    places = result.track.places[0, :, 0]
    hours = pd.DatetimeIndex(sessions().index[1:])[-len(places) :].hour
    return float((np.abs(places[hours == slot] - 0.5) < 0.45).mean())


def test_a_loud_open_and_a_quiet_noon_are_covered_alike() -> None:
    """Of 90 days the share that 90 % intervals hold has an error of .032; without seasons it is near .6, and near 1."""
    model = quick(sessions().iloc[:840], window=32)
    quickly = {"memory": 0, "solver_steps": 2}
    simulator, rows = both(model, sessions(), **quickly)
    plan = {"first": len(rows) - 360, "horizons": (1,), "levels": (0.9,), "n_paths": 60}
    with_seasons, without = (backtest(which, rows, **plan) for which in (simulator, FittedSimulator(model, **quickly)))
    for slot in (10, 12):
        assert covered(with_seasons, slot) == pytest.approx(0.9, abs=3 * 0.032)
    assert covered(without, 10) < 0.9 - 4 * 0.032
    assert covered(without, 12) > 0.985


class TestMore:
    def test_bars_are_seen_by_the_network(self) -> None:
        simulator, rows = both(bars_model(), bars())
        assert rows.shape == (299, 1)
        paths = simulator.forecast_many(rows, np.array([250, 299]), 3, 20, 0)
        assert paths.shape == (2, 20, 3, 1)
        assert 0.2 < paths.std() / rows.std() < 5

    def test_covariates_of_the_past_are_seen_and_later_ones_if_they_are_known(self) -> None:
        data = with_covariates()
        model = quick(data, covariates=("VIX", "regime"), max_steps=20, window=130)
        found = [both(model, data, known_covariates=known) for known in (False, True)]
        rows = found[0][1]
        assert rows.shape == (399, 1)
        hidden, shown = (simulator.forecast(rows[:320], 4, 20, 0) for simulator, _ in found)
        assert not np.allclose(hidden, shown)
        other = data.copy()
        other.iloc[:321, 1] = 15.0
        unlike = both(model, other)[0].forecast(rows[:320], 4, 20, 0)
        assert not np.allclose(hidden, unlike)
        later = data.copy()
        later.iloc[321:, 1:] = np.nan
        np.testing.assert_array_equal(both(model, later)[0].forecast(rows[:320], 4, 20, 0), hidden)

    def test_levels_go_on_from_where_they_stand(self) -> None:
        rng = np.random.default_rng(0)
        level = np.zeros(600)
        for t in range(1, len(level)):
            level[t] = 0.97 * level[t - 1] + rng.normal()
        data = frame(walk(600), 50 + level, names=["price", "level"])
        simulator, rows = both(quick(data, values={"price": "price", "level": "level"}), data)
        np.testing.assert_allclose(rows[:, 1], np.diff(data["level"]))
        paths = simulator.forecast_many(rows, np.array([300, 500]), 30, 50, 0)
        assert paths[..., 1].std(axis=(1, 2)).min() > 0.5
        end = data["level"].to_numpy()[[300, 500], None] + paths[..., 1].sum(axis=2)
        assert ((end > 50 + level.min() - 1e-9) & (end < 50 + level.max() + 1e-9)).all()

    def test_a_model_is_fitted_to_the_market_up_to_a_row(self) -> None:
        market = market_of(bars_model(), bars())
        simulator = FittedSimulator(bars_model(), market=market)
        rows = rows_of(bars_model(), market)
        simulator.fit(rows[:200])
        assert simulator.model is not bars_model()
        assert simulator.model.fitted_.training["n_rows"] == 201
        assert simulator.model.names_ == bars_model().names_
        assert simulator.forecast(rows[:250], 2, 3, 0).shape == (3, 2, 1)
