import numpy as np
import pandas as pd
import pytest

from synthdiff.data.market.calendar import next_dates, steps_per_year
from synthdiff.errors import DataError


def stamps(index):
    return index.to_numpy().astype("datetime64[ns]")


@pytest.mark.parametrize("n_known", [40, 200])
@pytest.mark.parametrize(
    "freq",
    [
        *("B", "D", "W-FRI", "W-SUN", "2W", "10D"),
        *("ME", "BME", "MS", "BMS", "QE", "BQE", "QS", "YE"),
        *("h", "30min", "3h", "7h"),
    ],
)
def test_regular_calendars_go_on(freq, n_known):
    dates = stamps(pd.date_range("2020-01-03 16:00", periods=n_known + 30, freq=freq))
    np.testing.assert_array_equal(next_dates(dates[:n_known], 30), dates[n_known:])


def sessions(days):
    clocks = pd.timedelta_range("9h30min", "16h", freq="30min")
    return pd.DatetimeIndex([day + clock for day in days for clock in clocks])


@pytest.mark.parametrize("n_known", [14 * 3, 14 * 30 - 5])
def test_sessions_of_trading_days_go_on(n_known):
    dates = stamps(sessions(pd.bdate_range("2024-03-04", periods=60)))
    np.testing.assert_array_equal(next_dates(dates[:n_known], 100), dates[n_known : n_known + 100])


def test_a_market_that_closes_over_the_weekend_goes_on():
    hours = pd.date_range("2020-01-05 17:00", "2020-06-01", freq="h")
    weekday, hour = hours.dayofweek, hours.hour
    is_open = (weekday < 4) | ((weekday == 4) & (hour < 17)) | ((weekday == 6) & (hour >= 17))
    dates = stamps(hours[is_open])
    np.testing.assert_array_equal(next_dates(dates[:-150], 150), dates[-150:])


def test_holidays_neither_close_a_day_of_the_week_nor_move_it():
    days = pd.bdate_range("2020-01-01", "2021-12-31")
    known = stamps(days[days.dayofyear % 37 != 0])  # every 37th day is free
    np.testing.assert_array_equal(next_dates(known, 5), stamps(pd.bdate_range("2022-01-03", periods=5)))
    fridays = pd.date_range("2020-01-03", periods=60, freq="W-FRI").to_series()
    fridays.iloc[-1] -= pd.Timedelta("1D")
    following = stamps(pd.date_range(fridays.index[-1] + pd.Timedelta("7D"), periods=3, freq="W-FRI"))
    np.testing.assert_array_equal(next_dates(stamps(pd.DatetimeIndex(fridays)), 3), following)


def test_months_keep_their_day_and_end_where_it_does_not_exist():
    dates = np.array(["2023-10-30", "2023-11-30", "2023-12-30"], "datetime64[ns]")
    following = np.array(["2024-01-30", "2024-02-29", "2024-03-30"], "datetime64[ns]")
    np.testing.assert_array_equal(next_dates(dates, 3), following)


def test_what_keeps_no_calendar_goes_on_by_its_median_spacing():
    rng = np.random.default_rng(0)
    dates = np.datetime64("2024-01-01", "ns") + np.cumsum(rng.integers(1, 10**13, 200)).astype("timedelta64[ns]")
    spacing = np.median(np.diff(dates).astype(np.int64)).astype(np.int64).astype("timedelta64[ns]")
    np.testing.assert_array_equal(next_dates(dates, 3), dates[-1] + spacing * np.arange(1, 4))


@pytest.mark.parametrize("n", [0, 1, 700])
def test_as_many_as_asked_and_increasing(n):
    following = next_dates(stamps(pd.bdate_range("2024-01-01", periods=50)), n)
    assert following.shape == (n,)
    assert following.dtype == "datetime64[ns]"
    assert (np.diff(following) > np.timedelta64(0)).all()


def test_a_single_date_is_no_calendar():
    with pytest.raises(DataError, match="two dates or more, got 1"):
        next_dates(np.array(["2024-01-01"], "datetime64[ns]"), 3)


@pytest.mark.parametrize(
    ("dates", "steps"),
    [
        (pd.bdate_range("2000-01-01", "2020-01-01"), 252.0),
        (pd.bdate_range("2024-01-01", periods=5), 252.0),
        (pd.date_range("2000-01-01", "2020-01-01"), 365.0),
        (pd.date_range("2024-01-05", periods=3), 365.0),
        (pd.date_range("2000-01-01", "2020-01-01", freq="W"), 52.0),
        (pd.date_range("2000-01-01", "2020-01-01", freq="ME"), 12.0),
        (pd.date_range("2000-01-01", "2020-01-01", freq="QE"), 4.0),
        (pd.date_range("2000-01-01", "2020-12-31 23:00", freq="h"), 24 * 365.0),
        (sessions(pd.bdate_range("2024-03-04", periods=3)), 14 * 252.0),
        (sessions(pd.bdate_range("2024-03-04", periods=1)), 14 * 252.0),
        (sessions(pd.bdate_range("2023-01-02", "2024-12-31")), 14 * 252.0),
    ],
)
def test_steps_a_year(dates, steps):
    assert steps_per_year(stamps(dates)) == pytest.approx(steps)


def test_steps_without_dates_are_trading_days():
    assert steps_per_year(None) == 252.0
