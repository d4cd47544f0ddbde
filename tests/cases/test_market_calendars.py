"""Calendars as they are met: each goes on as it really did, has its name, and its steps a year."""

import numpy as np
import pandas as pd
import pytest

from synthdiff.data.market.calendar import name_calendar, next_dates, steps_per_year


def stamps(index):
    return pd.DatetimeIndex(index).as_unit("ns").to_numpy()


def days(first="2015-01-01", last="2024-12-31", weekmask="Mon Tue Wed Thu Fri"):
    return pd.bdate_range(first, last, freq="C", weekmask=weekmask)


def every_month(rule, first="2010-01", periods=180):
    return pd.DatetimeIndex([rule(month) for month in pd.period_range(first, periods=periods, freq="M")])


def nth(number, weekday):
    def rule(month):
        span = pd.date_range(month.start_time, month.end_time)
        return span[span.weekday == weekday][number]

    return rule


def several(*rules):
    return lambda: pd.DatetimeIndex(np.sort(np.concatenate([every_month(rule).to_numpy() for rule in rules])))


def day(number):
    return lambda month: month.start_time + pd.Timedelta(days=number - 1)


def end(month):
    return month.end_time.normalize()


def working(number, way):
    def rule(month):
        when = end(month) if number == 0 else day(number)(month)
        return pd.Timestamp(np.busday_offset(when.to_numpy().astype("datetime64[D]"), 0, roll=way))

    return rule


DAILY = {
    "business days": (days, 252.0),
    "every day": (lambda: pd.date_range("2015-01-01", "2024-12-31"), 365.0),
    "Mondays, Wednesdays and Fridays": (lambda: days(weekmask="Mon Wed Fri"), 156.0),
    "Tuesdays and Thursdays": (lambda: days(weekmask="Tue Thu"), 104.0),
    "Sundays to Thursdays": (lambda: days(weekmask="Sun Mon Tue Wed Thu"), 252.0),
    "Mondays to Saturdays": (lambda: days(weekmask="Mon Tue Wed Thu Fri Sat"), 312.0),
    "weeks, on Fridays": (lambda: pd.date_range("2015-01-01", "2024-12-31", freq="W-FRI"), 52.0),
    "every second week, on Wednesdays": (lambda: pd.date_range("2015-01-07", periods=200, freq="14D"), 26.0),
    "every second week, on Mondays and Thursdays": (
        lambda: pd.date_range("2015-01-05", periods=90, freq="14D").union(
            pd.date_range("2015-01-08", periods=90, freq="14D")
        ),
        52.0,
    ),
    "every fourth week, on Tuesdays": (lambda: pd.date_range("2015-01-06", periods=100, freq="28D"), 13.0),
    "months, on the third Friday": (lambda: every_month(nth(2, 4)), 12.0),
    "months, on the last Friday": (lambda: every_month(nth(-1, 4)), 12.0),
    "months, on the first Monday": (lambda: every_month(nth(0, 0)), 12.0),
    "months, on the last day": (lambda: every_month(end), 12.0),
    "months, on the first day": (lambda: every_month(day(1)), 12.0),
    "months, on the 15th": (lambda: every_month(day(15)), 12.0),
    "months, on the last working day": (lambda: every_month(working(0, "backward")), 12.0),
    "months, on the first working day": (lambda: every_month(working(1, "forward")), 12.0),
    "months, on the 15th or the working day before": (lambda: every_month(working(15, "backward")), 12.0),
    "months, on the 20th or the working day after": (lambda: every_month(working(20, "forward")), 12.0),
    "months, on the first day and the 15th": (several(day(1), day(15)), 24.0),
    "months, on the 15th and the last day": (several(day(15), end), 24.0),
    "months, on the 15th or the working day before and the last working day": (
        several(working(15, "backward"), working(0, "backward")),
        24.0,
    ),
    "months, on the 10th and the 20th and the last day": (several(day(10), day(20), end), 36.0),
    "months, on the first Friday and the third Friday": (several(nth(0, 4), nth(2, 4)), 24.0),
    "quarters, on the last day": (lambda: pd.date_range("1980-01-01", periods=120, freq="QE"), 4.0),
    "quarters, on the last working day": (lambda: pd.date_range("1980-01-01", periods=120, freq="BQE-JAN"), 4.0),
    "quarters, on the third Friday": (lambda: every_month(nth(2, 4), periods=300)[2::3], 4.0),
    "quarters, on the first day": (lambda: pd.date_range("1980-01-01", periods=120, freq="QS-FEB"), 4.0),
    "every second month, on the last day": (lambda: every_month(end, periods=160)[::2], 6.0),
    "every fourth month, on the first day": (lambda: every_month(day(1), periods=240)[::4], 3.0),
    "half-years, on the last day": (lambda: every_month(end, "1950-06", 600)[::6], 2.0),
    "years, on the last day": (lambda: pd.date_range("1900-01-01", periods=110, freq="YE-MAR"), 1.0),
    "years, on the last Saturday": (lambda: every_month(nth(-1, 5), "1950-01", 1200)[::12], 1.0),
    "every 10 days": (lambda: pd.date_range("2015-01-01", periods=200, freq="10D"), 365.2425 / 10),
}


@pytest.mark.parametrize("n_known", [32, 60, -30])
@pytest.mark.parametrize("name", DAILY)
def test_days_go_on_and_have_a_name(name, n_known):
    make, rate = DAILY[name]
    dates = stamps(make())
    known = dates[:n_known]
    ahead = dates[len(known) :][:25]
    np.testing.assert_array_equal(next_dates(known, len(ahead)), ahead)
    assert name_calendar(known) == name
    assert steps_per_year(known) == pytest.approx(rate)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", [name for name in DAILY if "every 10" not in name])
def test_holidays_break_no_calendar(name, seed):
    make, rate = DAILY[name]
    dates = stamps(make())
    known = dates[:-20]
    kept = np.random.default_rng(seed).random(len(known)) > 0.04
    kept[-1] = True
    np.testing.assert_array_equal(next_dates(known[kept], 20), dates[-20:])
    assert name_calendar(known[kept]) == name
    assert steps_per_year(known[kept]) == pytest.approx(rate, rel=0.06)


def test_weeks_whose_fridays_are_put_forward_by_holidays_go_on_with_fridays():
    fridays = stamps(pd.date_range("2020-01-03", periods=120, freq="W-FRI"))
    known = fridays[:100].copy()
    known[[10, 30, 31, 60, 99]] -= np.timedelta64(1, "D")
    np.testing.assert_array_equal(next_dates(known, 20), fridays[100:])
    assert name_calendar(known) == "weeks, on Fridays"


def test_a_last_month_end_that_a_holiday_put_forward_is_over():
    ends = stamps(pd.date_range("2014-01-01", "2024-06-30", freq="BME"))
    known = ends[ends < np.datetime64("2024-04-01")].copy()
    known[-1] = np.datetime64("2024-03-28")  # Good Friday
    np.testing.assert_array_equal(next_dates(known, 3), ends[-3:])


def test_a_week_that_an_exchange_has_changed_goes_on_as_it_is_now():
    old, new = days("2022-01-01", "2024-01-04", "Sun Mon Tue Wed Thu"), days("2024-01-08", "2024-12-31")
    known = stamps(old.append(new))
    np.testing.assert_array_equal(next_dates(known, 5), stamps(days("2025-01-01", "2025-01-07")))


def test_years_that_were_not_recorded_make_a_year_no_shorter():
    known = stamps(days("2005-01-01", "2010-01-01").append(days("2015-01-01", "2020-01-01")))
    assert steps_per_year(known) == 252.0


def test_dates_without_a_rule_have_as_many_a_year_as_there_are():
    months = pd.date_range("1990-01-01", periods=24, freq="YS")
    bursts = stamps(pd.DatetimeIndex(sorted(day for first in months for day in pd.date_range(first, periods=12))))
    assert steps_per_year(bursts) == pytest.approx(12.0, rel=0.05)
    assert name_calendar(bursts) == ""


def test_closing_times_of_half_days_are_daily_dates():
    known = stamps(days("2023-01-02", "2024-11-29")) + np.timedelta64(16, "h")
    known[[225, -1]] -= np.timedelta64(3, "h")
    ahead = stamps(days("2024-12-02", "2024-12-31")) + np.timedelta64(16, "h")
    np.testing.assert_array_equal(next_dates(known, len(ahead)), ahead)


def sessions(on, *hours, freq="1min"):
    """Rows of each day from one time to another, without the last."""
    ends = [(first, pd.Timedelta(last) - pd.Timedelta("1s")) for first, last in hours]
    clocks = [clock for first, last in ends for clock in pd.timedelta_range(first, last, freq=freq)]
    return stamps((on.to_numpy()[:, None] + pd.TimedeltaIndex(clocks).to_numpy()).ravel())


def forex(first, last, freq="h"):
    hours = pd.date_range(first, last, freq=freq)
    weekday, hour = hours.dayofweek, hours.hour
    return stamps(hours[(weekday < 4) | ((weekday == 4) & (hour < 17)) | ((weekday == 6) & (hour >= 17))])


NEW_YORK, TOKYO = [("9h30min", "16h")], [("9h", "11h30min"), ("12h30min", "15h")]
FUTURES = [("0h", "16h"), ("17h", "24h")]
SPANS = {"1 day": 1, "3 days": 3, "2 weeks": 14, "1 year": 365}


def span(last_of):
    return lambda n_days: days("2024-01-03", pd.Timestamp("2024-01-03") + pd.Timedelta(days=n_days - 1), last_of)


WORKING = span("Mon Tue Wed Thu Fri")
INTRADAY = {
    "New York, minutes": (lambda n: sessions(WORKING(n), *NEW_YORK), 390 * 252),
    "New York, 5 minutes": (lambda n: sessions(WORKING(n), *NEW_YORK, freq="5min"), 78 * 252),
    "New York, hours": (lambda n: sessions(WORKING(n + 2), *NEW_YORK, freq="60min"), 7 * 252),
    "Tokyo, minutes": (lambda n: sessions(WORKING(n), *TOKYO), 300 * 252),
    "Riyadh, minutes": (lambda n: sessions(span("Sun Mon Tue Wed Thu")(n), ("10h", "15h")), 300 * 252),
    "crypto, minutes": (lambda n: stamps(pd.date_range("2024-01-03", periods=1440 * n, freq="min")), 525_600),
    "crypto, hours": (lambda n: stamps(pd.date_range("2024-01-03", periods=24 * n + 12, freq="h")), 8_760),
    "crypto, 4 hours": (lambda n: stamps(pd.date_range("2024-01-03", periods=6 * n + 6, freq="4h")), 2_190),
}


@pytest.mark.parametrize("cut", [0, 0.37])
@pytest.mark.parametrize("length", SPANS)
@pytest.mark.parametrize("name", INTRADAY)
def test_steps_a_year_of_a_span_that_begins_and_ends_within_a_day(name, length, cut):
    make, rate = INTRADAY[name]
    dates = make(SPANS[length])
    if cut and SPANS[length] > 1:
        part = int(cut * rate / (365 if "crypto" in name else 252))
        dates = dates[part:-part]
    assert steps_per_year(dates) == pytest.approx(rate, rel=0.002)


@pytest.mark.parametrize("n_minutes", [17 * 60, 1_000, 1_500, 4_000])
@pytest.mark.parametrize("first", ["2024-03-06 00:00", "2024-03-06 10:13", "2024-03-08 23:50"])
def test_minutes_day_and_night_have_all_minutes_of_a_year(first, n_minutes):
    dates = stamps(pd.date_range(first, periods=n_minutes, freq="min"))
    assert steps_per_year(dates) == 525_600.0
    assert steps_per_year(np.delete(dates, [100, 101, 500])) == 525_600.0  # three minutes without a trade
    assert name_calendar(dates) == "day and night"
    np.testing.assert_array_equal(next_dates(dates[:-100], 100), dates[-100:])


@pytest.mark.parametrize(
    ("first", "last"),
    [("2024-01-03 05:00", "2024-01-17 11:00"), ("2024-01-05", "2024-01-20"), ("2023-01-03 05:00", "2024-01-17 11:00")],
)
def test_currencies_close_from_friday_to_sunday(first, last):
    dates = forex(first, last)
    assert steps_per_year(dates) == pytest.approx(52 * 120, rel=0.04)
    ahead = forex(pd.Timestamp(last) + pd.Timedelta("1h"), pd.Timestamp(last) + pd.Timedelta("20D"))
    np.testing.assert_array_equal(next_dates(dates, len(ahead)), ahead)


@pytest.mark.parametrize("hours", [NEW_YORK, TOKYO, FUTURES])
@pytest.mark.parametrize(("n_days", "part"), [(1, 0), (3, 100), (12, 77), (60, 200)])
def test_sessions_go_on_with_their_breaks(hours, n_days, part):
    dates = sessions(days("2024-01-03", periods_end(n_days)), *hours)
    n_known = len(sessions(days("2024-01-03", periods_end(n_days - 1)), *hours)) + part if n_days > 1 else len(dates)
    whole = sessions(days("2024-01-03", periods_end(n_days + 8)), *hours)
    np.testing.assert_array_equal(next_dates(dates[:n_known], 1_500), whole[n_known : n_known + 1_500])


def periods_end(n_days):
    return pd.bdate_range("2024-01-03", periods=n_days)[-1]


def test_half_days_are_no_usual_days():
    dates = sessions(days("2023-10-02", "2023-12-29"), *NEW_YORK)
    late = pd.DatetimeIndex(dates)
    kept = dates[~((late.normalize() == "2023-11-24") & (late.hour >= 13))]
    ahead = sessions(days("2024-01-01", "2024-01-05"), *NEW_YORK)
    np.testing.assert_array_equal(next_dates(kept, len(ahead)), ahead)
    assert name_calendar(kept) == "390 a day, 09:30 to 15:59, business days"
