"""Histories as short as may be: the same number everywhere, something sensible, and a word on how little it says."""

import numpy as np
import pandas as pd
import pytest

from synthdiff import SeriesDiffusion
from synthdiff.data.market import MIN_ROWS, read_market
from synthdiff.errors import WindowError


def prices(n_rows: int, n_assets: int = 2) -> pd.DataFrame:
    steps = 0.01 * np.random.default_rng(0).standard_normal((n_rows, n_assets))
    index = pd.bdate_range("2024-01-01", periods=n_rows)
    return pd.DataFrame(100 * np.exp(steps.cumsum(axis=0)), index, [f"A{k}" for k in range(n_assets)])


def quick(frame: pd.DataFrame) -> SeriesDiffusion:
    return SeriesDiffusion(preset="fast", max_steps=20, random_state=0).fit(frame)


@pytest.mark.parametrize("n_assets", [1, 2])
def test_sixty_days_are_enough(n_assets: int) -> None:
    frame = prices(MIN_ROWS, n_assets)
    model = quick(frame)
    drawn = model.sample(500, 20, random_state=0).returns
    real = np.log(frame).diff().std().to_numpy()
    # a deviation of 60 values has an error of 9 %; what is drawn beyond them adds to it
    np.testing.assert_allclose(drawn.std((0, 1)), real, rtol=0.35)
    assert any("a history of 60 values is short" in text for text in model.warnings_)


def test_one_row_less_is_refused_alike_by_reading_and_fitting() -> None:
    frame = prices(MIN_ROWS - 1)
    for look in (read_market, quick):
        with pytest.raises(WindowError, match="the series have 59 rows; a market needs at least 60"):
            look(frame)


def test_an_asset_that_is_seen_at_first_only() -> None:
    frame = prices(300)
    frame.iloc[40:, 1] = np.nan
    model = quick(frame)
    drawn = model.sample(500, 20, random_state=0).returns
    # a deviation of 39 returns has an error of 11 %
    np.testing.assert_allclose(drawn[..., 1].std(), np.log(frame.A1).diff().std(), rtol=0.4)
    assert any(text.startswith("A1: a history of 40 values is short") for text in model.warnings_)


def test_a_long_history_is_not_called_short() -> None:
    assert not any("is short" in str(found) for found in read_market(prices(300)).findings)
