"""Dates as they are met in files of prices: read as what they are, or said to be doubtful."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synthdiff.data.market import read_market
from synthdiff.data.market.calendar import name_calendar, next_dates, steps_per_year
from synthdiff.data.market.moment import read_dates
from synthdiff.errors import ConfigError, DataError


def stamps(index):
    return pd.DatetimeIndex(index).tz_localize(None).as_unit("ns").to_numpy()


def read(cells, name="when", **options):
    return read_dates(name, pa.chunked_array([list(cells)]), **options)


DAYS = pd.bdate_range("2023-01-02", "2024-06-28")
MONTHS = pd.date_range("2010-01-01", periods=120, freq="MS")


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y"])
@pytest.mark.parametrize(
    "dates",
    [
        DAYS,
        MONTHS,
        MONTHS[::-1],
        MONTHS + pd.Timedelta(days=4),
        pd.date_range("2010-01-01", periods=60, freq="BMS"),
        pd.date_range("2010-01-01", periods=60, freq="QS"),
        pd.date_range("2014-01-01", periods=90, freq="W-WED"),
        pd.date_range("1992-01-31", periods=200, freq="ME"),
        pd.bdate_range("2024-01-01", periods=9),
    ],
)
def test_days_and_months_are_told_apart_by_how_regular_the_dates_are(form, dates):
    found = read(dates.strftime(form))
    np.testing.assert_array_equal(found.dates, stamps(dates))
    assert not found.findings


def test_rows_of_a_panel_and_shuffled_rows_are_read_alike():
    dates = MONTHS.append(MONTHS).to_series().sample(frac=1.0, random_state=0)
    np.testing.assert_array_equal(read(dates.dt.strftime("%d/%m/%Y")).dates, dates.to_numpy().astype("datetime64[ns]"))


def test_what_can_be_read_both_ways_is_said_and_can_be_decided():
    cells = [f"01/02/{year}" for year in range(1980, 2024)]
    found = read(cells)
    assert str(found.findings[0]) == (
        "when: '01/02/1980' is read as 1980-01-02, and could as well be 1980-02-01; say which with --date-format "
        "dayfirst or monthfirst, or as %d/%m/%Y"
    )
    for said, first in (("dayfirst", "1980-02-01"), ("monthfirst", "1980-01-02"), ("%d/%m/%Y", "1980-02-01")):
        decided = read(cells, date_format=said)
        assert decided.dates[0] == np.datetime64(first)
        assert not decided.findings


@pytest.mark.parametrize(
    ("cells", "first"),
    [
        (["31.01.24", "01.02.24"], "2024-01-31"),
        (["31.12.68", "02.01.69"], "1968-12-31"),
        (["24-01-31", "24-02-01", "24-02-02"], "2024-01-31"),
        (["24/01/31", "24/02/01", "24/02/02", "24/03/01"], "2024-01-31"),
        (["240131", "240201"], "2024-01-31"),
        (["1/31/2024 4:00:00 PM", "2/1/2024 4:00:00 PM"], "2024-01-31T16:00"),
        (["01/31/2024 04:00 pm", "02/01/2024 04:00 pm"], "2024-01-31T16:00"),
        (["31.01.2024 16:30", "01.02.2024 09:00"], "2024-01-31T16:30"),
        (["31.01.2024, 16:30:05", "01.02.2024, 09:00:00"], "2024-01-31T16:30:05"),
        (["31.01.2024 16:30:05.250", "01.02.2024 09:00:00.000"], "2024-01-31T16:30:05.25"),
        (["2024.01.31 16:30", "2024.02.01 09:00"], "2024-01-31T16:30"),
        (["20240131 163000", "20240201 090000"], "2024-01-31T16:30"),
        (["2024-01-31T16:30:00.000Z", "2024-02-01T16:30:00.000Z"], "2024-01-31T16:30"),
        (["2024-01-31 16:30:00+00:00", "2024-02-01 16:30:00+00:00"], "2024-01-31T16:30"),
        (["31 January 2024", "1 February 2024"], "2024-01-31"),
        (["31-Jan-2024", "01-Feb-2024"], "2024-01-31"),
        (["31JAN2024", "01FEB2024"], "2024-01-31"),
        (["Jan 31, 2024", "Feb 01, 2024"], "2024-01-31"),
        (["Wednesday, January 31, 2024", "Thursday, February 1, 2024"], "2024-01-31"),
        (["31st Jan 2024", "1st Feb 2024"], "2024-01-31"),
        (["31. Januar 2024", "1. März 2024"], "2024-01-31"),
        (["Mi, 31. Jan. 2024", "Fr, 1. Mär. 2024"], "2024-01-31"),
        (["31 janv. 2024", "1 août 2024"], "2024-01-31"),
        (["31 de enero de 2024", "1 de diciembre de 2024"], "2024-01-31"),
        (["31-ene-2024", "01-dic-2024"], "2024-01-31"),
        (["31 gen 2024", "1 lug 2024"], "2024-01-31"),
        (["31 jan. 2024", "1 dez. 2024"], "2024-01-31"),
        (["31 mrt 2024", "1 mei 2024"], "2024-03-31"),
        (["31 sty 2024", "1 paź 2024"], "2024-01-31"),
        (["31 янв. 2024", "1 мая 2024"], "2024-01-31"),
        (["31 Oca 2024", "1 Ağu 2024"], "2024-01-31"),
        (["2024年1月31日", "2024年2月1日"], "2024-01-31"),
        (["2024년 1월 31일", "2024년 2월 1일"], "2024-01-31"),
        (["2024M01", "2024M02"], "2024-01-01"),
        (["2024Q1", "2024Q2"], "2024-01-01"),
        (["2024-Q1", "2024-Q2"], "2024-01-01"),
        (["Q1 2024", "Q2 2024"], "2024-01-01"),
        (["2024/01", "2024/02"], "2024-01-01"),
        (["01/2024", "02/2024"], "2024-01-01"),
        (["Jan-24", "Feb-24"], "2024-01-01"),
        (["Januar 2024", "März 2024"], "2024-01-01"),
    ],
)
def test_dates_are_read_as_people_and_programs_write_them(cells, first):
    found = read(cells)
    assert found is not None
    assert found.dates[0] == np.datetime64(first)
    assert found.dates[1] > found.dates[0]


@pytest.mark.parametrize("cells", [["Marseille", "Mayor"], ["May Corp", "June AG"], ["Q1", "Q2"], ["AAPL", "MSFT"]])
def test_words_are_no_dates(cells):
    assert read(cells) is None


@pytest.mark.parametrize(
    ("cells", "first"),
    [
        ([192607, 192608], "1926-07-01"),
        ([45322, 45323], "2024-01-31"),
        ([20240131.0, 20240201.0], "2024-01-31"),
        ([1706659200.0, 1706745600.0], "2024-01-31"),
    ],
)
def test_numbers_are_dates_where_the_name_says_so(cells, first):
    assert read(cells, "date").dates[0] == np.datetime64(first)
    assert read(cells) is None


def test_a_date_format_that_is_none_or_does_not_fit_is_refused():
    with pytest.raises(ConfigError, match=r"date_format is 'day'; say 'dayfirst', 'monthfirst' or"):
        read(["2024-01-31"], date_format="day")
    with pytest.raises(
        DataError, match=r"'31.01.2024', which is no date; it is not written as date_format '%Y-%m-%d' says"
    ):
        read(["31.01.2024"], "date", date_format="%Y-%m-%d")
    with pytest.raises(DataError, match=r"row 1: '2024-02-31' is not written like the other dates"):
        read(["2024-02-28", "2024-02-31"], "date", date_format="%Y-%m-%d")
    with pytest.raises(DataError, match=r"row 1: .31/02/2024. is not written like the other dates"):
        read(["31/01/2024", "31/02/2024", "31/03/2024"], "date")


def prices(index, *names, seed=0):
    rng = np.random.default_rng(seed)
    values = 100.0 * np.exp(rng.normal(0.0, 0.01, (len(index), len(names))).cumsum(0))
    return pd.DataFrame(values, index=index, columns=list(names))


def abroad(zone, days=DAYS, clock="0h"):
    """Days of a place, as universal time has its clock."""
    return (days + pd.Timedelta(clock)).tz_localize(zone).tz_convert("UTC")


@pytest.mark.parametrize("is_naive", [True, False])
@pytest.mark.parametrize(
    ("zone", "clock"),
    [
        *(("America/New_York", clock) for clock in ("0h", "9h30min", "16h")),
        *((zone, "0h") for zone in ("America/Chicago", "Europe/Berlin", "Europe/London", "Asia/Tokyo")),
        *((zone, "0h") for zone in ("Asia/Hong_Kong", "Asia/Kolkata", "Australia/Sydney", "Europe/Helsinki")),
        ("Europe/Berlin", "17h30min"),
    ],
)
def test_midnights_of_a_place_in_universal_time_are_its_dates(zone, clock, is_naive):
    index = abroad(zone, clock=clock)
    frame = prices(index.tz_localize(None) if is_naive else index, "SPX", "NDX")
    market = read_market(frame)
    np.testing.assert_array_equal(market.dates.astype("datetime64[D]"), stamps(DAYS).astype("datetime64[D]"))
    np.testing.assert_array_equal(market.values, frame.to_numpy())
    assert name_calendar(market.dates) == "business days"
    assert steps_per_year(market.dates) == 252.0
    ahead = pd.DatetimeIndex(next_dates(market.dates, 300))
    assert (ahead.dayofweek < 5).all()


def test_midnights_of_berlin_are_no_last_days_of_months():
    months = pd.date_range("2018-01-01", periods=72, freq="MS")
    market = read_market(prices(abroad("Europe/Berlin", months), "DAX"))
    np.testing.assert_array_equal(market.dates, stamps(months))
    assert name_calendar(market.dates) == "months, on the first day"


def test_days_of_crypto_at_midnight_of_berlin_are_its_dates():
    days = pd.date_range("2023-01-01", "2024-06-30")
    market = read_market(prices(abroad("Europe/Berlin", days), "BTC"))
    np.testing.assert_array_equal(market.dates, stamps(days))
    assert "midnights of another time zone" in market.findings[0].text


@pytest.mark.parametrize("clock", ["0h", "16h", "9h30min"])
def test_the_clock_of_daily_rows_stays(clock):
    index = DAYS + pd.Timedelta(clock)
    market = read_market(prices(index, "SPX"))
    np.testing.assert_array_equal(market.dates, stamps(index))
    assert not market.findings


def test_sundays_to_thursdays_at_midnight_stay():
    days = pd.bdate_range("2022-01-02", "2023-06-30", freq="C", weekmask="Sun Mon Tue Wed Thu")
    market = read_market(prices(days, "TASI"))
    np.testing.assert_array_equal(market.dates, stamps(days))
    assert not market.findings


def test_a_last_row_at_the_time_of_its_last_trade_is_a_day():
    index = abroad("America/New_York").tz_localize(None)
    index = index[:-1].append(pd.DatetimeIndex([index[-1].normalize() + pd.Timedelta("19h59min")]))
    market = read_market(prices(index, "SPX"))
    np.testing.assert_array_equal(market.dates, stamps(DAYS))


def test_dates_of_openings_and_closings_stand_beside_those_of_the_rows():
    frame = prices(DAYS, "BTC").rename_axis("timestamp").reset_index()
    frame = frame.assign(timeOpen=DAYS.strftime("%Y-%m-%dT00:00:00.000Z"), timeClose=DAYS + pd.Timedelta("23h59min"))
    market = read_market(frame)
    assert market.names == ("BTC",)
    assert str(market.findings[0]) == (
        "'timeOpen', 'timeClose' hold dates beside 'timestamp' and are left out; name the one to go by with "
        "--time-column"
    )
    given = frame.assign(timeOpen=DAYS, date="unknown")[["timestamp", "timeOpen", "date", "BTC"]]
    assert read_market(given, time_column="timeOpen", value_columns=["BTC"]).names == ("BTC",)


def panel(*frames):
    return pd.concat(
        frame[name].rename("y").rename_axis("ds").reset_index().assign(unique_id=name)
        for frame in frames
        for name in frame
    )


def alternating(*frames):
    return pd.concat(frames, axis=1).sort_index()


@pytest.mark.parametrize("join", [panel, alternating])
@pytest.mark.parametrize(
    ("index", "other"),
    [
        (DAYS, DAYS + pd.Timedelta("5h")),
        (DAYS, DAYS + pd.Timedelta("21h")),
        (DAYS + pd.Timedelta("16h"), DAYS + pd.Timedelta("17h30min")),
        (DAYS, abroad("America/New_York").tz_localize(None)),
        (DAYS, abroad("Europe/Berlin").tz_localize(None)),
        (abroad("Asia/Tokyo").tz_localize(None), abroad("America/New_York").tz_localize(None)),
    ],
)
def test_days_of_two_exchanges_are_one_row_each(join, index, other):
    first, second = prices(index, "A", "B"), prices(other, "C", seed=1)
    market = read_market(join(first, second))
    np.testing.assert_array_equal(market.dates, stamps(DAYS))
    order = [market.names.index(name) for name in "ABC"]
    np.testing.assert_array_equal(market.values[:, order], np.column_stack([first, second]))
    assert steps_per_year(market.dates) == 252.0
    assert any("the rows of a day are put together" in finding.text for finding in market.findings)


def test_covariates_go_along_with_the_rows_of_their_day():
    frame = alternating(prices(DAYS, "A"), prices(DAYS + pd.Timedelta("5h"), "B", seed=1))
    frame["mood"] = np.repeat(np.arange(len(DAYS)) % 3, 2)
    market = read_market(frame, covariates=["mood"])
    np.testing.assert_array_equal(market.dates, stamps(DAYS))
    np.testing.assert_array_equal(market.values[:, 2], np.arange(len(DAYS)) % 3)


@pytest.mark.parametrize("join", [panel, alternating])
def test_ends_and_beginnings_of_months_are_one_row_each(join):
    first, second = prices(MONTHS, "A"), prices(pd.date_range("2010-01-01", periods=120, freq="BME"), "B", seed=1)
    market = read_market(join(first, second))
    assert name_calendar(market.dates) == "months, on the last working day"
    np.testing.assert_array_equal(market.values, np.column_stack([first, second]))
    assert "(240 dates became 120)" in market.findings[0].text


@pytest.mark.parametrize("join", [panel, alternating])
def test_weeks_on_other_days_are_one_row_each(join):
    weeks = pd.date_range("2020-01-01", periods=100, freq="W-WED")
    first, second = prices(weeks, "A"), prices(weeks + pd.Timedelta("2D"), "B", seed=1)
    market = read_market(join(first, second))
    np.testing.assert_array_equal(market.dates, stamps(weeks + pd.Timedelta("2D")))
    np.testing.assert_array_equal(market.values, np.column_stack([first, second]))


def test_several_rows_a_day_are_never_put_together():
    hours = pd.date_range("2024-01-01", periods=24 * 60, freq="h")
    market = read_market(panel(prices(hours, "BTC"), prices(pd.bdate_range("2024-01-01", periods=40), "SPX")))
    np.testing.assert_array_equal(market.dates, stamps(hours))
    halves = DAYS.append(DAYS + pd.Timedelta("12h")).sort_values()
    market = read_market(prices(halves, "A", "B"))
    np.testing.assert_array_equal(market.dates, stamps(halves))
    assert not market.findings


def test_days_beside_weeks_and_months_stay():
    frame = alternating(prices(DAYS, "A"), prices(DAYS[DAYS.dayofweek == 2], "B", seed=1))
    np.testing.assert_array_equal(read_market(frame).dates, stamps(DAYS))
