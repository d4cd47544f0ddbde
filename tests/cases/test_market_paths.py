"""What paths say of histories as they are met: ragged, suspended, pegged, of two calendars, of minutes."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pytest

from synthdiff import SeriesDiffusion
from tests.models.markets import QUICK

N = 900
N_PATHS, HORIZON = 256, 64


def prices(n_assets: int = 2, n: int = N, correlation: float = 0.0, seed: int = 0) -> pd.DataFrame:
    """Prices of Student's t returns of 1 % a day."""
    rng = np.random.default_rng(seed)
    common, own = rng.standard_normal((n, 1)), rng.standard_normal((n, n_assets))
    tails = np.sqrt(3 / (rng.chisquare(5, (n, n_assets))))
    returns = 0.01 * tails * (np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own)
    names = [f"A{k}" for k in range(n_assets)]
    return pd.DataFrame(
        100 * np.exp(returns.cumsum(axis=0)), index=pd.bdate_range("2018-01-01", periods=n), columns=names
    )


def fit(data: pd.DataFrame, **options: object) -> SeriesDiffusion:
    return SeriesDiffusion(**{**QUICK, "window": 64, "values": "price", **options}).fit(data)


def correlation(returns: np.ndarray) -> float:
    return float(np.corrcoef(returns.reshape(-1, returns.shape[-1]).T)[0, 1])


@functools.cache
def whole(rho: float) -> float:
    return correlation(fit(prices(correlation=rho)).sample(N_PATHS, HORIZON, random_state=1).returns)


class TestRagged:
    @pytest.mark.parametrize(
        ("pattern", "rho"),
        [
            ("late", 0.4),
            ("early", 0.0),
            pytest.param("holes", 0.4, marks=pytest.mark.long),
            pytest.param("random", 0.0, marks=pytest.mark.long),
            ("random", 0.4),
        ],
    )
    def test_correlation_is_that_of_the_whole_history(self, pattern: str, rho: float) -> None:
        """With 300 of 900 days the correlation has a standard error of .058, with all of them of .033."""
        data = prices(correlation=rho)
        if pattern == "late":
            data.iloc[:600, 1] = np.nan
        elif pattern == "early":
            data.iloc[300:, 1] = np.nan
        elif pattern == "holes":
            data.iloc[200:500, 0] = data.iloc[600:800, 1] = np.nan
        else:
            data = data.mask(np.random.default_rng(1).random(data.shape) < 0.3)
        paths = fit(data).sample(N_PATHS, HORIZON, random_state=1)
        assert correlation(paths.returns) == pytest.approx(whole(rho), abs=2 * 0.058)
        # 25,600 returns; those of the history have a deviation of 1 % with a standard error of 4 % or 6 %.
        np.testing.assert_allclose(paths.returns.std(axis=(0, 1)), 0.01, rtol=0.2)


class TestStill:
    def test_a_suspended_asset_moves_nobody(self) -> None:
        data = prices(seed=1)
        suspended = data.copy()
        suspended.iloc[600:, 1] = suspended.iloc[600, 1]
        model = fit(suspended)
        ahead = model.forecast(horizon=20, n_paths=500, random_state=1)
        assert (ahead.returns[..., 1] == 0).mean() > 0.95
        alone = fit(data[["A0"]]).forecast(horizon=20, n_paths=500, random_state=1)
        deviations = [paths.returns[..., 0].sum(axis=1).std() for paths in (ahead, alone)]
        # Each has a standard error of 3 %, and the forecast of a volatility one of some 8 %.
        assert deviations[0] == pytest.approx(deviations[1], rel=0.3)
        paths = model.sample(1_000, HORIZON, random_state=1)
        real = np.log(suspended.iloc[-1] / suspended.iloc[0]).to_numpy() / (N - 1)
        error = paths.returns.sum(axis=1).std(axis=0) / np.sqrt(1_000) / HORIZON
        assert (np.abs(paths.returns.mean(axis=(0, 1)) - real) < 3 * error).all()
        assert abs(correlation(paths.returns)) < 0.1
        assert (paths.returns[..., 1] == 0).mean() == pytest.approx(1 / 3, abs=0.08)

    def test_a_peg(self) -> None:
        """Seven of ten days have no change, the others one of a fifth of a basis point."""
        data = prices(seed=2)
        rng = np.random.default_rng(3)
        moves = np.where(rng.random(N) < 0.7, 0.0, 2e-5 * rng.standard_normal(N))
        data["A1"] = 7.8 * np.exp(moves.cumsum())
        paths = fit(data, drift=0.1).sample(1_000, HORIZON, random_state=1)
        error = paths.returns.sum(axis=1).std(axis=0) / np.sqrt(1_000) / HORIZON
        assert (np.abs(paths.returns.mean(axis=(0, 1)) - 0.1 / 252) < 3 * error).all()
        assert (paths.returns[..., 1] == 0).mean() == pytest.approx(0.7, abs=0.03)


class TestCalendars:
    @pytest.mark.parametrize("weekend", ["missing", "filled forward"])
    def test_a_stock_beside_a_coin(self, weekend: str) -> None:
        """Weekdays correlate at .5; the deviation of 261 steps a year is a year's, with a standard error of 3 %."""
        days = pd.date_range("2019-01-01", periods=1_000)
        rng = np.random.default_rng(0)
        z = rng.standard_normal((len(days), 2))
        z[:, 1] = 0.5 * z[:, 0] + np.sqrt(0.75) * z[:, 1]
        works = days.weekday < 5
        stock = 100 * np.exp((0.0136 * z[:, 1] * works).cumsum())
        data = pd.DataFrame({"COIN": 1e4 * np.exp((0.04 * z[:, 0]).cumsum()), "STOCK": stock}, index=days)
        if weekend == "missing":
            data.loc[~works, "STOCK"] = np.nan
        paths = fit(data).sample(N_PATHS, 56, random_state=1)
        rests = pd.DatetimeIndex(paths.dates).weekday >= 5
        assert (paths.returns[:, rests, 1] == 0).all()
        assert paths.returns[:, ~rests, 1].std() == pytest.approx(0.0136, rel=0.12)
        assert correlation(paths.returns[:, ~rests]) == pytest.approx(0.5, abs=0.1)

    def test_the_night_stays_at_the_open(self) -> None:
        """Sixty days of half-hours: the night's jump of 60 draws has a standard error of 9 %."""
        days = pd.bdate_range("2024-01-01", periods=60)
        index = pd.DatetimeIndex([day + pd.Timedelta(minutes=570 + 30 * k) for day in days for k in range(13)])
        usual = np.tile(np.array([0.012] + [0.001] * 12), 60)
        data = pd.DataFrame(
            {"SPY": 400 * np.exp((usual * np.random.default_rng(0).standard_normal(780)).cumsum())}, index
        )
        paths = fit(data).sample(N_PATHS, 52, random_state=1)
        opens = pd.DatetimeIndex(paths.dates).strftime("%H:%M") == "09:30"
        assert paths.returns[:, opens].std() == pytest.approx(0.012, rel=0.3)
        assert paths.returns[:, ~opens].std() == pytest.approx(0.001, rel=0.15)


class TestTails:
    def test_paths_go_beyond_the_worst_day_as_often_as_the_tail_says(self) -> None:
        """A new day is the worst of n + 1 with probability 1 / (n + 1): of 64,000 days some 70, on average over
        histories; of one history between a fifth and five times of that. Days of a path are nearly independent."""
        data = prices(1, seed=4)
        worst = np.log(data["A0"]).diff().min()
        found = [
            (fit(data, tail=tail).sample(1_000, HORIZON, random_state=1).returns < worst).sum()
            for tail in ("pareto", "empirical")
        ]
        assert 14 < found[0] < 350
        assert found[1] == 0


def test_a_fit_says_how_its_paths_compare() -> None:
    model = fit(prices(correlation=0.4))
    said = model.fitted_.training["check"]
    assert all(word in said for word in ("deviation", "drift", "correlation", "zero share", "kurtosis"))
    assert not any("more than chance" in warning for warning in model.warnings_)
