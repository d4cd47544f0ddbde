import numpy as np
import pytest

from synthdiff.data.paths import Paths
from synthdiff.errors import ConfigError, DataError

DATES = np.datetime64("2024-01-02") + np.arange(20)
RETURNS = 0.01 * np.random.default_rng(0).normal(size=(200, 20, 2))


def make(**options):
    return Paths.of(RETURNS, ["SPX", "US10Y"], **{"start": [100.0, 4.0], "kinds": ["return", "difference"], **options})


def line(axis, label):
    return next(line for line in axis.lines if line.get_label() == label)


def test_median_and_drawdowns_are_those_of_the_paths():
    paths = make()
    upper, lower = paths.plot("SPX").axes
    assert np.array_equal(line(upper, "median").get_ydata(), np.r_[100, paths.fan((0.5,)).quantiles[0, :, 0]])
    assert line(upper, "median").get_xdata().tolist() == list(range(21))
    bands = [band.get_label() for band in upper.collections]
    assert bands == ["99 % of the paths", "90 % of the paths", "50 % of the paths"]
    assert lower.get_ylabel() == "drawdown, %"
    lowest = min(line.get_ydata().min() for line in lower.lines)
    assert 100 * paths.drawdowns()[:, 0].min() <= lowest < 0


def test_history_runs_up_to_the_start():
    upper, _ = make(dates=DATES).plot(history=[98, 99, 100.0], history_dates=DATES[:3] - np.timedelta64(3, "D")).axes
    assert line(upper, "history").get_ydata().tolist() == [98, 99, 100]
    assert line(upper, "median").get_xdata()[0] == line(upper, "history").get_xdata()[-1]


def test_history_without_dates_is_numbered():
    upper, _ = make(dates=DATES).plot(history=[98, 99, 100.0]).axes
    assert line(upper, "history").get_xdata().tolist() == [-2, -1, 0]
    assert line(upper, "median").get_xdata()[-1] == 20


def test_dates_without_history():
    upper, _ = make(dates=DATES).plot().axes
    assert line(upper, "median").get_xdata()[0] == DATES[0] - np.timedelta64(1, "D")


@pytest.mark.parametrize(
    ("options", "label", "falls"),
    [
        ({"portfolio": {"SPX": 0.5}}, "value", "drawdown, %"),
        ({"name": "US10Y"}, "US10Y", "drawdown, US10Y"),
    ],
)
def test_portfolios_and_levels(options, label, falls):
    upper, lower = make().plot(**options).axes
    assert (upper.get_ylabel(), lower.get_ylabel()) == (label, falls)


def test_steps_are_drawn_summed_up():
    paths = make(start=None)
    upper, lower = paths.plot("US10Y").axes
    assert upper.get_ylabel() == "US10Y"
    assert line(upper, "median").get_ydata()[0] == 0
    upper, lower = paths.plot("SPX").axes
    assert upper.get_ylabel() == "SPX, 1 at the start"
    assert lower.get_ylabel() == "drawdown, %"


def test_weights_are_told_and_decide_the_single_paths():
    paths = make(weights=np.eye(200)[3] + np.eye(200)[4])
    upper, _ = paths.plot().axes
    assert upper.get_title("left") == "SPX: 200 paths, 20 steps, worth 2 of equal weight"
    assert sum(line.get_linewidth() == 0.7 for line in upper.lines) == 2


def test_what_cannot_be_drawn():
    with pytest.raises(ConfigError, match="no column 'DAX'; there are 'SPX', 'US10Y'"):
        make().plot("DAX")
    with pytest.raises(DataError, match=r"history has the shape \(2, 2\)"):
        make().plot(history=np.ones((2, 2)))
    with pytest.raises(DataError, match="3 values and dates of shape"):
        make().plot(history=np.ones(3), history_dates=DATES[:2])
