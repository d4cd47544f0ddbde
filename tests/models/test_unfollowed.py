"""Series that are divided by no volatility."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthdiff import SeriesDiffusion
from tests.models.markets import QUICK


def test_what_moves_is_drawn_as_it_is(tmp_path: Path) -> None:
    """Waves: what moves is drawn as it is, and as far as it did. Deviations of 400 have an error of 4 %."""
    day = np.arange(600)
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"a": np.sin(day / 9) + 0.1 * rng.normal(size=600), "b": rng.normal(size=600).cumsum()})
    model = SeriesDiffusion(**QUICK, values="level", volatility="none").fit(data)
    assert model.fitted_.sampler.codec.followed == ()
    model.save(tmp_path / "m.synthdiff")
    paths = SeriesDiffusion.load(tmp_path / "m.synthdiff").sample(400, 20, random_state=0)
    np.testing.assert_array_equal(paths.values, model.sample(400, 20, random_state=0).values)
    drawn, real = np.diff(paths.values[:, :, 1], axis=1), np.diff(data["b"])
    assert drawn.std() == pytest.approx(real.std(), rel=0.15)
    up = model.sample(50, 20, {"b": (1.0, None)}, random_state=0)
    assert (up.values[:, -1, 1] >= up.values[:, 0, 1] + 1).all()
    assert np.isnan(up.start).all()
    assert model.forecast(horizon=3, n_paths=5, random_state=0).values.shape == (5, 3, 2)


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
