import datetime as dt

import numpy as np
import pandas as pd
import pytest

from synthdiff.data.market import read_market
from synthdiff.errors import ConfigError, DataError
from synthdiff.finance.replay import WINDOWS, find_window, replay_window, windows_within
from tests.finance.stress_case import make_history


@pytest.fixture(scope="module")
def history():
    return make_history()


@pytest.fixture(scope="module")
def market(history):
    return read_market(history)


def test_windows_are_in_order_and_apart_by_name():
    starts = [window.start for window in WINDOWS]
    assert starts == sorted(starts)
    assert len({window.key for window in WINDOWS}) == len(WINDOWS)
    for window in WINDOWS:
        assert dt.date.fromisoformat(window.start) < dt.date.fromisoformat(window.end)


def test_a_window_is_what_happened_after_its_first_close(market):
    found = replay_window(market, "gfc")
    assert (found.first, found.last) == ("2007-10-09", "2009-03-09")
    assert found.title == "Global financial crisis 2007-09"
    assert found.paths.assets == ("SPX", "GOLD", "OIL")
    # all of the fall, and nothing of what was before or after
    assert np.exp(found.paths.terminal()[0]) == pytest.approx([0.5, np.sqrt(2.0), 1.0])
    assert found.paths.dates[0] == np.datetime64("2007-10-10")
    assert found.paths.dates[-1] == np.datetime64("2009-03-09")
    assert found.notes == ()


@pytest.mark.parametrize("name", ["gfc", "GFC", "gfc 2008", " Global Financial Crisis 2007-09", "global fin"])
def test_a_window_is_found_by_the_beginning_of_its_name(market, name):
    assert find_window(name, market.dates).key == "gfc"


def test_only_windows_within_the_dates_are_offered(market):
    dates = market.dates
    assert [window.key for window in windows_within(dates)] == ["gfc", "lehman"]
    with pytest.raises(ConfigError, match=r"Covid 2020 is from 2020-02-19 .* the history is from 2007-01-01 to 2010"):
        find_window("covid", dates)
    with pytest.raises(
        ConfigError, match=r"no window called 'gfk' \(did you mean 'gfc'\?\); the history holds gfc, le"
    ):
        find_window("gfk", dates)
    with pytest.raises(ConfigError, match="no window called ''"):
        find_window("", dates)
    with pytest.raises(ConfigError, match="holds none"):
        find_window("gfc", dates[-30:])


def test_a_window_may_end_with_the_last_day(market):
    dates = market.dates[market.dates <= np.datetime64("2009-03-09")]
    assert find_window("gfc", dates).key == "gfc"


def test_two_dates_make_a_window_of_their_own(market):
    for start, end in (
        ("2008-09-13", "2008-09-20"),  # Saturdays: the closes before them count
        (dt.date(2008, 9, 12), dt.datetime(2008, 9, 19, 18)),
        (np.datetime64("2008-09-12"), np.datetime64("2008-09-19")),
    ):
        found = replay_window(market, start, end)
        assert (found.title, found.first, found.last, found.paths.n_steps) == ("", "2008-09-12", "2008-09-19", 5)
    whole = replay_window(market, "2007-01-01", "2010-01-03")
    assert whole.paths.n_steps == len(market.values) - 1


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2006-12-29", "2007-02-01", "begins on 2006-12-29; the history is from 2007-01-01 to 2010-01-01"),
        ("2009-12-01", "2010-02-01", "ends on 2010-02-01; the history on 2010-01-01"),
        ("2008-09-12", "2008-09-14", "no steps between 2008-09-12 and 2008-09-14"),
        ("2008-09-12", "2008-09-10", "no steps between"),
        ("2008-13-12", "2008-09-10", "'2008-13-12' is no date"),
        ("soon", "2008-09-10", "'soon' is no date"),
        ("2008-09-12", "", "'' is no date"),
    ],
)
def test_a_window_elsewhere_is_refused(market, start, end, words):
    with pytest.raises(ConfigError, match=words):
        replay_window(market, start, end)


def test_numbered_steps_have_no_windows(history):
    with pytest.raises(ConfigError, match="no dates"):
        replay_window(history.reset_index(drop=True), "gfc")


def test_an_asset_that_is_younger_than_the_window_is_left_out_or_refused(history):
    young = history.copy()
    young.loc[:"2008-01-01", "OIL"] = np.nan
    young = read_market(young)
    assert replay_window(young, "gfc", held=("SPX",)).paths.assets == ("SPX", "GOLD")
    with pytest.raises(DataError, match="'OIL' is not observed on 2007-10-09, when the window begins: leave it out"):
        replay_window(young, "gfc", held=("SPX", "OIL"))


def test_gaps_are_taken_as_unchanged_and_said(history):
    gaps = history.copy()
    gaps.loc["2008-05-05":"2008-05-09", "SPX"] = np.nan
    gaps = read_market(gaps)
    found = replay_window(gaps, "gfc", held=("SPX",))
    assert np.exp(found.paths.terminal()[0, 0]) == pytest.approx(0.5)
    assert found.notes == ("'SPX' is not observed in 5 of the 369 steps; there it is taken as unchanged",)
    assert replay_window(gaps, "gfc", held=("OIL",)).notes == ()


def test_levels_move_by_differences_and_bars_by_their_closes(history):
    yields = pd.Series(4.0 + np.cumsum(np.random.default_rng(0).normal(0, 0.05, len(history))), history.index)
    frame = history[["SPX"]].assign(US10Y=yields)
    market = read_market(frame, values={"SPX": "price", "US10Y": "level"})
    found = replay_window(market, "gfc")
    assert found.paths.kinds == ("return", "difference")
    assert found.paths.terminal()[0, 1] == pytest.approx(yields["2009-03-09"] - yields["2007-10-09"])

    close = history["SPX"]
    bars = pd.DataFrame({"open": close, "high": close * 1.01, "low": close * 0.99, "close": close, "volume": 1e6})
    found = replay_window(bars, "gfc")
    assert found.paths.n_assets == 1
    assert np.exp(found.paths.terminal()[0, 0]) == pytest.approx(0.5)


def test_returns_are_taken_as_they_are(history):
    returns = np.log(history).diff().iloc[1:]
    found = replay_window(read_market(returns, values="return", returns="log"), "gfc")
    assert np.exp(found.paths.terminal()[0]) == pytest.approx([0.5, np.sqrt(2.0), 1.0])
