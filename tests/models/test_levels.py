"""Levels that return to their mean: they go on from where they stand, alone or beside a price."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synthdiff import SeriesDiffusion
from tests.models.markets import QUICK

MEMORY = 0.97


@pytest.fixture(scope="module")
def history() -> pd.DataFrame:
    """A price, and a level of mean 20 and deviation 4 that ends where it was highest."""
    rng = np.random.default_rng(0)
    level = np.full(4_000, 20.0)
    for t in range(1, len(level)):
        level[t] = 20 + MEMORY * (level[t - 1] - 20) + rng.normal()
    end = 2_000 + int(level[2_000:].argmax())
    price = 100 * np.exp(0.01 * rng.normal(size=len(level)).cumsum())
    return pd.DataFrame({"price": price, "level": level})[end - 1_999 : end + 1]


@pytest.fixture(scope="module")
def model(history: pd.DataFrame) -> SeriesDiffusion:
    return SeriesDiffusion(**QUICK, values={"price": "price", "level": "level"}).fit(history)


def test_a_forecast_comes_back_to_the_mean(model: SeriesDiffusion, history: pd.DataFrame) -> None:
    """From three deviations above. Means of 400 paths have an error of .15, the fitted memory one of .005, which is .8
    after 40 steps, and the mean one of .7: together 1.1 at most.
    """
    codec = model.fitted_.sampler.codec
    assert (codec.followed, codec.levels, codec.reversion.places) == ((0,), (1,), (0,))
    ahead = model.forecast(horizon=40, n_paths=400, random_state=0).values[..., 1].mean(axis=0)
    above = history["level"].iloc[-1] - 20
    assert above > 10
    for step in (0, 9, 39):
        assert ahead[step] == pytest.approx(20 + above * MEMORY ** (step + 1), abs=2.5)


def test_paths_begin_at_all_levels_and_at_the_last_price(model: SeriesDiffusion, history: pd.DataFrame) -> None:
    """1,024 moments of 2,000, worth about 30 independent ones: the mean has an error of .7."""
    paths = model.sample(500, 20, random_state=0)
    first = paths.values[:, 0]
    assert paths.start[0] == history["price"].iloc[-1]
    assert np.isnan(paths.start[1])
    np.testing.assert_allclose(first[:, 0], history["price"].iloc[-1], rtol=0.1)
    assert first[:, 1].mean() == pytest.approx(history["level"].mean(), abs=0.7)
    assert first[:, 1].std() == pytest.approx(history["level"].std(), rel=0.15)
    assert paths.values[..., 1].max() <= history["level"].max() + 1e-9


def test_paths_begin_where_levels_stood() -> None:
    """Two seasons and nothing between: a path stays in the one that it begins in, and goes on from the end if asked."""
    rng = np.random.default_rng(1)
    season = np.repeat([10.0, 30.0], 400)
    data = pd.DataFrame({"a": season + rng.normal(size=800), "b": -season + rng.normal(size=800)})
    model = SeriesDiffusion(**QUICK, values="level", volatility="none").fit(data)
    paths = model.sample(200, 10, random_state=0)
    summer = paths.values[:, :, 0].mean(axis=1) > 20
    assert 0.3 < summer.mean() < 0.7
    assert (paths.values[summer, :, 1].mean(axis=1) < -20).mean() > 0.9
    assert (paths.values[~summer, :, 1].mean(axis=1) > -20).mean() > 0.9
    assert paths.values[..., 0].max() <= data["a"].max() + 1e-9
    np.testing.assert_array_equal(paths.returns[:, 0], 0.0)
    np.testing.assert_allclose(paths.returns[:, 1:], np.diff(paths.values, axis=1))
    ahead = model.forecast(horizon=5, n_paths=50, random_state=0)
    assert ahead.values[:, 0, 0].mean() > 20
    np.testing.assert_allclose(ahead.start, data.iloc[-1])
