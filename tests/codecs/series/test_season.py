"""What is usual at a time: hours of trading, the night's jump, lunch, weekends; and nothing where there is nothing."""

import json

import numpy as np
import pandas as pd
import pytest

from synthdiff.codecs.series.clock import DAY, Times, TradingHours, elapsed
from synthdiff.codecs.series.season import SeasonalVolatility


def moments(index):
    return index.to_numpy().astype("datetime64[ns]")


def sessions(n_days, minutes, start="2024-01-01"):
    days = pd.bdate_range(start, periods=n_days)
    return pd.DatetimeIndex([day + pd.Timedelta(minutes=m) for day in days for m in minutes])


def fit(returns, dates, is_open=None):
    is_open = np.ones(returns.shape, dtype=bool) if is_open is None else is_open
    times = Times.fit(dates)
    season = SeasonalVolatility.fit(returns, dates, is_open, times)
    return season, np.exp(season.log_scale(dates, is_open, times))


class TestHours:
    def test_a_stock_beside_a_coin_rests_at_weekends(self):
        dates = pd.date_range("2020-01-01", periods=400)
        moves = np.ones((400, 2), dtype=bool)
        moves[dates.weekday >= 5, 1] = False
        moves[10::37, 1] = False  # holidays
        hours = TradingHours.fit(moments(dates), moves)
        future = pd.date_range("2030-01-01", periods=14)
        found = hours.at(moments(future))
        assert found[:, 0].all()
        np.testing.assert_array_equal(found[:, 1], future.weekday < 5)
        assert not hours.is_always

    def test_currencies_beside_a_coin_by_the_hour(self):
        dates = pd.date_range("2023-01-02", periods=24 * 7 * 12, freq="h")
        week = dates.weekday * 24 + dates.hour
        is_open = (week < 4 * 24 + 17) | (week >= 6 * 24 + 17)
        moves = np.column_stack([np.ones(len(dates), dtype=bool), is_open])
        hours = TradingHours.fit(moments(dates), moves)
        np.testing.assert_array_equal(hours.at(moments(dates))[:, 1], is_open)

    def test_assets_that_are_missing_at_random_or_listed_late_are_open(self):
        rng = np.random.default_rng(0)
        dates = pd.bdate_range("2020-01-01", periods=800)
        moves = rng.random((800, 2)) > 0.5
        moves[:500, 1] = False
        assert TradingHours.fit(moments(dates), moves).is_always

    def test_it_survives_json(self):
        dates = pd.date_range("2020-01-01", periods=100)
        moves = np.column_stack([np.ones(100, dtype=bool), dates.weekday < 5])
        hours = TradingHours.fit(moments(dates), moves)
        back = TradingHours.from_dict(json.loads(json.dumps(hours.to_dict())))
        np.testing.assert_array_equal(back.at(moments(dates)), hours.at(moments(dates)))

    def test_time_since_the_last_open_step(self):
        dates = moments(pd.date_range("2024-01-05", periods=4))
        is_open = np.array([[True, False], [True, False], [True, True]])
        assert elapsed(dates, is_open).tolist() == [[1, 1], [1, 2], [1, 3]]


class TestSeason:
    def test_minutes_with_a_night_between(self):
        """20 days of 390 minutes: a time alone has a standard error of 17 %, and 15 neighbours one of 4 %."""
        dates = moments(sessions(20, range(570, 960)))
        rng = np.random.default_rng(0)
        shape = 1 + ((np.arange(390) - 195) / 195) ** 2
        truth = 0.0004 * np.tile(np.concatenate([[30.0], shape[1:]]), 20)
        returns = (rng.standard_normal(len(dates)) * truth)[1:, None]
        season, scale = fit(returns, dates)
        whitened = (returns / scale)[:, 0]
        slot = (np.arange(len(dates)) % 390)[1:]
        overall = whitened.std()
        assert whitened[slot == 0].std() / overall == pytest.approx(1.0, abs=0.6)
        for hour in range(6):
            inside = (slot > 65 * hour) & (slot <= 65 * hour + 65) & (slot > 0)
            assert whitened[inside].std() / overall == pytest.approx(1.0, abs=0.1)
        assert scale[slot == 0].mean() / scale[slot == 195].mean() == pytest.approx(30.0, rel=0.6)
        assert not season.is_flat

    def test_lunch(self):
        """Half-hours from 9:00 to 11:30 and from 12:30 to 15:00: the first after lunch moves twice as far."""
        minutes = [540, 570, 600, 630, 660, 690, 750, 780, 810, 840, 870, 900]
        dates = moments(sessions(250, minutes))
        usual = np.tile(np.array([3.0, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1]), 250)
        returns = (np.random.default_rng(0).standard_normal(len(dates)) * usual * 0.001)[1:, None]
        _, scale = fit(returns, dates)
        ratio = scale[11 : 11 + 12, 0] / scale[12, 0]  # the first row is 9:00 of the second day
        np.testing.assert_allclose(ratio, usual[:12] / usual[1], rtol=0.2)

    def test_a_weekend_is_longer_than_a_night(self):
        dates = moments(pd.bdate_range("2018-01-01", periods=2_000))
        monday = (np.diff(dates) > np.timedelta64(1, "D"))[:, None]
        returns = np.random.default_rng(0).standard_normal((1_999, 1)) * np.where(monday, 0.017, 0.01)
        season, scale = fit(returns, dates)
        assert scale[monday].mean() / scale[~monday].mean() == pytest.approx(1.7, rel=0.12)
        assert season.power[0] > 0

    def test_quiet_days_of_a_coin(self):
        dates = moments(pd.date_range("2020-01-01", periods=1_501))
        weekend = pd.DatetimeIndex(dates[1:]).weekday >= 5
        returns = np.random.default_rng(0).standard_normal((1_500, 1)) * np.where(weekend, 0.02, 0.04)[:, None]
        _, scale = fit(returns, dates)
        assert scale[weekend].mean() / scale[~weekend].mean() == pytest.approx(0.5, rel=0.12)

    @pytest.mark.parametrize("seed", range(10))
    def test_nothing_is_seen_where_there_is_nothing(self, seed):
        """Fat tails, clusters of volatility, weekends: Schwarz's criterion is wrong here once in some hundred times."""
        rng = np.random.default_rng(seed)
        dates = moments(pd.bdate_range("2018-01-01", periods=1_501))
        volatility = np.exp(np.convolve(rng.standard_normal(1_600), np.full(100, 0.05), "valid")[:1_500])
        returns = 0.01 * (rng.standard_t(5, 1_500) * volatility)[:, None]
        assert fit(returns, dates)[0].is_flat

    def test_it_survives_json(self):
        dates = moments(pd.date_range("2020-01-01", periods=1_501))
        weekend = pd.DatetimeIndex(dates[1:]).weekday >= 5
        returns = np.random.default_rng(0).standard_normal((1_500, 1)) * np.where(weekend, 0.02, 0.04)[:, None]
        season, _ = fit(returns, dates)
        back = SeasonalVolatility.from_dict(json.loads(json.dumps(season.to_dict())))
        np.testing.assert_array_equal(back.by_day, season.by_day)
        assert len(SeasonalVolatility.from_dict(SeasonalVolatility.flat(0).to_dict()).power) == 0

    def test_times_that_differ_each_day_share_half_hours(self):
        rng = np.random.default_rng(0)
        start = np.datetime64("2024-01-01", "ns")
        dates = np.sort(start + rng.integers(0, 30 * DAY, 2_000).astype("timedelta64[ns]"))
        times = Times.fit(dates)
        assert len(times) <= 48
        assert times.slots(dates)[1].max() < len(times)
