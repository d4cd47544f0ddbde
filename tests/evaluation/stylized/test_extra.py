"""Volume, bars and the clock: the facts on made-up assets that have them, and subjects that leave out what lacks."""

import numpy as np
import pytest

from synthdiff.errors import DataError
from synthdiff.evaluation.stylized import bar, volume
from synthdiff.evaluation.stylized.bar import Bars, BarSample
from synthdiff.evaluation.stylized.evaluate import score_paths
from synthdiff.evaluation.stylized.fact import measured
from synthdiff.evaluation.stylized.season import SeasonSample, clocks, profile
from synthdiff.evaluation.stylized.volume import VolumeSample
from tests.evaluation.stylized.example import L, make_history, make_market, make_paths

HISTORY, PATHS = make_history(2_000), make_paths(100)
DAY = np.timedelta64(1, "D")
DAYS = np.datetime64("2000-01-03", "ns") + np.arange(2_000) * DAY  # a Monday


def make_volume(returns, seed=0, tied=60.0):
    """Volume that grows, is high where moves are large, and remembers."""
    rng = np.random.default_rng(seed)
    busy = tied * np.abs(returns) + 0.2 * rng.normal(size=returns.shape)
    return np.exp(10 + busy)


def make_bars(returns, seed=0, width=0.006, axis=0):
    """Bars whose ranges follow the moves."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(returns.cumsum(axis=axis))
    gap = 0.3 * returns
    start = close / np.exp(returns) * np.exp(gap)
    wick = lambda: np.exp(width * np.abs(rng.normal(size=returns.shape)))  # noqa: E731
    return Bars(start, np.maximum(start, close) * wick(), np.minimum(start, close) / wick(), close)


def make_all(**options):
    return score_paths(HISTORY, PATHS, draws=20, **options)


def test_volume_that_follows_moves_is_told_from_volume_that_does_not():
    real = make_volume(HISTORY)
    right = make_all(volume=(real, make_volume(PATHS, 1)))
    wrong = make_all(volume=(real, make_volume(PATHS, 1, tied=0.0)))
    name = "volume-volatility correlation"
    assert right[name].value < 2
    assert wrong[name].value > 3
    assert wrong[name].details["gauge"]["fault"] == "large moves do not come with large volume"
    assert set(right.extra) == {"drift", *(fact.name for fact in volume.FACTS)}


def test_growth_of_volume_over_decades_does_not_matter():
    steps = make_market(20, L)
    channels = np.concatenate([steps, np.log(make_volume(steps))], axis=2)
    grown = channels.copy()
    grown[:, :, 1] += np.arange(20)[:, None]
    one, other = (measured(volume.FACTS, VolumeSample(x, 1.0)) for x in (channels, grown))
    assert all(one[name] == pytest.approx(other[name]) for name in one)


def test_steps_without_volume_take_that_of_the_step_before_unless_there_are_many():
    real, drawn = make_volume(HISTORY), make_volume(PATHS)
    real[[0, 7]], real[100] = 0, np.nan
    assert "volume changes" in make_all(volume=(real, drawn))
    real[:300] = 0
    assert "volume changes" not in make_all(volume=(real, drawn))


def test_bars_as_wide_as_in_the_history_are_told_from_wider_ones():
    real = make_bars(HISTORY)
    right = make_all(bars=(real, make_bars(PATHS, 1, axis=1)))
    wide = make_all(bars=(real, make_bars(PATHS, 1, width=0.03, axis=1)))
    assert right["range volatility"].value < 2
    assert wide["range volatility"].value > 3
    assert wide["range volatility"].details["gauge"]["fault"] == "bars are too wide for how far closes move"
    assert right["gap share"].details["gauge"]["real"] == pytest.approx(0.3)


def test_parkinson_is_close_to_the_standard_deviation_of_a_random_walk():
    # 400 steps within a bar miss the extremes by .6 / 20 of a deviation of the bar: the range is some 4 % too small.
    inner = np.random.default_rng(0).normal(size=(40, 50, 400)).cumsum(axis=2) * 0.001
    returns, spread = inner[:, :, -1], np.maximum(inner.max(axis=2), 0) - np.minimum(inner.min(axis=2), 0)
    sample = BarSample(np.stack([returns, spread, np.zeros_like(returns)], axis=2), 1e-6)
    assert np.median(bar.range_volatility(sample)) == pytest.approx(0, abs=0.06)


def test_assets_without_bars_or_volume_are_left_out():
    history, paths = make_history(2_000, 2), make_paths(60, 2)
    real, drawn = make_volume(history), make_volume(paths)
    real[:, 1] = np.nan
    found = score_paths(history, paths, draws=10, names=["A", "B"], volume=(real, drawn))
    assert set(found.extra["volume changes"].details["assets"]) == {"A"}


def test_shapes_must_fit():
    with pytest.raises(DataError, match="volume has shapes"):
        make_all(volume=(make_volume(HISTORY)[:-1], make_volume(PATHS)))


def test_weekdays():
    (clock,) = clocks(DAYS, DAYS[:L])
    assert clock.name == "weekday"
    assert clock.labels == ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    assert clock.real[:8].tolist() == [0, 1, 2, 3, 4, 5, 6, 0]
    assert not clocks(DAYS[::30], DAYS[::30][:50])


def test_times_of_day():
    hours = np.datetime64("2024-01-01", "ns") + np.arange(24 * 60) * np.timedelta64(1, "h")
    day, week = clocks(hours, hours[5 : 5 + 48])
    assert day.labels[:2] == ("00:00", "01:00")
    assert len(day.labels) == 24
    assert week.labels == ("Mon", "Tue", "Wed")
    assert (week.real[24 * 3 : 24 * 7] == -1).all()
    minutes = np.datetime64("2024-01-01", "ns") + np.arange(3 * 1440) * np.timedelta64(1, "m")
    assert len(clocks(minutes, minutes)[0].labels) == 96


def test_steps_after_a_gap_are_slots_of_their_own():
    days = np.busday_offset("2024-01-01", np.arange(80)).astype("datetime64[ns]")
    hours = np.array([9, 10, 11, 14, 15])  # a pause at noon
    dates = (days[:, None] + hours * np.timedelta64(1, "h")).ravel()
    clock, week = clocks(dates, dates[:50])
    labels = ("09:00 after a night", "09:00 after a weekend", "10:00", "11:00", "14:00 after a pause", "15:00")
    assert clock.labels == labels
    # Before the first step was a night, as before most at that time.
    assert clock.real[:5].tolist() == clock.path[:5].tolist() == [0, 2, 3, 4, 5]
    assert clock.real[25] == 1  # a Monday
    # What goes on after a Friday begins after a weekend.
    assert clocks(dates[:300], dates[300:])[0].path[0] == 1
    assert clock.when(0) == "at 09:00 after a night"
    assert (week.labels[0], week.when(0)) == ("Mon", "on Mon")


def test_a_gap_that_is_hardly_ever_there_is_no_slot():
    hours = np.datetime64("2024-01-01", "ns") + np.arange(24 * 60) * np.timedelta64(1, "h")
    without = np.delete(hours, slice(100, 105))
    assert clocks(without, hours[:48])[0].labels == clocks(hours, hours[:48])[0].labels


def test_the_open_is_told_from_the_quarter_of_an_hour_that_it_lies_in():
    days = np.datetime64("2024-01-01", "ns") + np.arange(20) * DAY
    minutes = (days[:, None] + (570 + np.arange(390)) * np.timedelta64(1, "m")).ravel()
    clock = clocks(minutes, minutes[:390])[0]
    assert clock.labels[:3] == ("09:30", "09:30 after a night", "09:45")
    assert (clock.real == 1).sum() == 20
    assert (clock.real == 0).sum() == 14 * 20


def test_profile_is_one_without_a_season_and_skips_steps_of_no_slot():
    channels = np.array([[[1.0, 0], [-3.0, 1], [2.0, -1], [2.0, 0]]])
    assert profile(SeasonSample(channels, 3)).tolist() == [0.75, 1.5, 1]


def test_volatility_by_the_clock_is_told_from_none():
    hours = np.datetime64("2024-01-01", "ns") + np.arange(2_000) * np.timedelta64(1, "h")
    wave = 1 + 0.8 * np.sin(np.arange(2_000) * 2 * np.pi / 24)[:, None]
    history = HISTORY * wave
    right = score_paths(history, PATHS * wave[:L], draws=20, dates=hours, path_dates=hours[:L])
    wrong = score_paths(history, PATHS, draws=20, dates=hours, path_dates=hours[:L])
    assert right["time of day volatility"].value < 2
    assert wrong["time of day volatility"].value > 3
    assert wrong["time of day volatility"].details["gauge"]["fault"] == "volatility does not follow the clock"
