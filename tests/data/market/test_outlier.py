import numpy as np
import pytest

from synthdiff.data.market.outlier import level_outliers, price_outliers
from synthdiff.data.market.stock_split import find_splits

T = 2_000


@pytest.mark.parametrize("df", [2.5, 5.0])
@pytest.mark.parametrize("scale", [0.01, 0.06])
def test_clustered_volatility_with_fat_tails_makes_no_outliers_and_no_splits(df, scale):
    rng = np.random.default_rng(0)
    for _ in range(20):
        volatility = np.exp(0.025 * rng.normal(size=T).cumsum())
        steps = scale * volatility / np.median(volatility) * rng.standard_t(df, T)
        prices = np.exp(np.clip(steps, -3.0, 3.0).cumsum())
        assert not price_outliers(prices).any()
        assert not level_outliers(steps.cumsum()).any()
        # With tails so fat, a lone jump of 12 deviations is near a simple ratio once in 80,000 steps.
        assert df < 3.0 or not find_splits(prices)


def test_a_bid_that_lifts_a_price_for_a_week_is_no_mistake():
    steps = 0.01 * np.random.default_rng(1).normal(size=T)
    steps[500], steps[507] = 0.4, -0.4
    assert not price_outliers(100.0 * np.exp(steps.cumsum())).any()


def test_missing_cells_and_short_columns():
    assert not price_outliers(np.full(10, np.nan)).any()
    assert not price_outliers(np.array([1.0, 2.0, np.nan])).any()
    prices = 100.0 * np.exp(0.01 * np.random.default_rng(2).normal(size=100).cumsum())
    prices[[49, 51, 52]] = np.nan
    prices[50] = 1_000.0
    assert np.flatnonzero(price_outliers(prices)).tolist() == [50]


def test_what_happens_often_is_a_habit():
    rng = np.random.default_rng(3)
    prices = 100.0 * np.exp(0.01 * rng.normal(size=T).cumsum())
    prices[::15] *= 3.0
    assert not price_outliers(prices).any()


def test_rain_and_wind_jump_by_habit():
    rng = np.random.default_rng(4)
    rain = np.where(rng.random(T) < 0.05, rng.gamma(1.0, 5.0, T), 0.0)
    assert not level_outliers(rain).any()
    wind = 5.0 + 0.1 * rng.normal(size=T)
    wind[700] = -999.0
    assert np.flatnonzero(level_outliers(wind)).tolist() == [700]
