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
