"""Gaps in a history: what is drawn leads from one side to the other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synthdiff import SeriesDiffusion
from synthdiff.errors import ConfigError, DataError
from tests.models.markets import bars, bars_model, frame, prices, quick, trained, walk

GAP = slice(300, 308)
N = 400


def parts(history: pd.DataFrame, gap: slice = GAP) -> tuple[pd.DataFrame, pd.DataFrame]:
    return history.iloc[: gap.start], history.iloc[gap.stop :]


@pytest.mark.parametrize("n_assets", [1, 2])
def test_paths_lead_from_the_last_prices_to_the_next(n_assets: int) -> None:
    """The middle of a Gaussian bridge has a standard deviation of sqrt(G + 1) / 2 steps, its ends of about one."""
    history = prices(n_assets)
    before, after = parts(history)
    paths = trained(n_assets).infill(before, after, n_paths=N, random_state=0)
    assert paths.returns.shape == (N, 8, n_assets)
    assert list(paths.dates) == list(history.index[GAP].to_numpy())
    np.testing.assert_allclose(paths.start, before.iloc[-1])
    last, first = np.log(before.iloc[-1].to_numpy()), np.log(after.iloc[0].to_numpy())
    straight = last + (first - last) * np.arange(1, 9)[:, None] / 9
    away = np.log(paths.values) - straight
    spread = np.sqrt(np.average(away**2, axis=0, weights=paths.weights))
    assert (spread[3] > 1.3 * spread[0]).all()
    assert (spread[4] > 1.3 * spread[-1]).all()
    mean = np.average(away, axis=0, weights=paths.weights)
    error = spread / np.sqrt(1 / (paths.weights**2).sum())
    assert (np.abs(mean) < 5 * error).all()


def test_a_total_that_is_large_is_spread_and_tells_of_turbulence() -> None:
    before, after = parts(prices(1))
    model = trained(1)
    usual = model.infill(before, after, n_paths=N, random_state=0)
    fallen = model.infill(before, 0.7 * after, n_paths=N, random_state=0)
    assert np.average(fallen.values[:, -1, 0], weights=fallen.weights) < 0.85 * before.iloc[-1, 0]

    def turbulence(paths):  # what each path moves by besides the way that it has to go
        moves = paths.returns - paths.returns.mean(axis=1, keepdims=True)
        return np.average(np.abs(moves).mean(axis=(1, 2)), weights=paths.weights)

    assert turbulence(fallen) > 1.05 * turbulence(usual)


def test_what_comes_after_tells_how_turbulent_the_gap_was() -> None:
    """Of several assets by weights, as the network is not shown it."""
    before, after = parts(prices(2))
    model = trained(2)
    wild = after.iloc[0] * np.exp(4 * np.log(after / after.iloc[0]))
    calm = after.iloc[0] * np.exp(0.25 * np.log(after / after.iloc[0]))
    size = [
        np.average(np.abs(p.returns).mean(axis=(1, 2)), weights=p.weights)
        for p in (model.infill(before, later, n_paths=N, random_state=0) for later in (calm, wild))
    ]
    assert size[1] > size[0]


def test_a_level_comes_out_near_what_it_was_on_both_sides() -> None:
    """A level that remembers: its last missing value is within a few steps of the next one that is known."""
    rng = np.random.default_rng(0)
    level = np.zeros(1_500)
    for t in range(1, len(level)):
        level[t] = 0.98 * level[t - 1] + rng.normal()
    history = frame(walk(1_500), 50 + level, names=["price", "level"])
    gap = slice(900, 912)
    model = quick(history, window=64, values={"price": "price", "level": "level"})
    paths = model.infill(*parts(history, gap), n_paths=N, random_state=0)
    ends = paths.values[:, [0, -1], 1].mean(axis=0)
    np.testing.assert_allclose(ends, history["level"].iloc[[gap.start - 1, gap.stop]], atol=1.0)
    assert paths.values[..., 1].max() <= history["level"].max() + 1e-9


def test_levels_that_are_kept_are_shown_on_both_sides() -> None:
    hour = np.arange(600)
    level = 10 + 3 * np.sin(hour / 4) + 0.1 * np.random.default_rng(0).normal(size=600)
    history = pd.DataFrame({"load": level, "other": level[::-1].copy()})
    model = SeriesDiffusion(
        preset="fast", window=64, max_steps=4, random_state=0, device="cpu", values="level", volatility="none"
    ).fit(history)
    gap = slice(300, 306)
    paths = model.infill(*parts(history, gap), n_steps=6, n_paths=50, random_state=0)
    assert paths.values.shape == (50, 6, 2)
    assert np.isfinite(paths.values).all()
    other = model.infill(history.iloc[:300], history.iloc[306:] + 1.0, n_steps=6, n_paths=50, random_state=0)
    assert not np.allclose(other.values, paths.values)


def test_returns_need_not_add_up_to_anything() -> None:
    returns = np.log(prices(2)).diff().dropna()
    paths = quick(returns, window=64, values="return").infill(*parts(returns), n_paths=200, random_state=0)
    assert paths.returns.shape == (200, 8, 2)
    total = paths.returns.sum(axis=1)
    assert total.std() > 0.5 * returns.to_numpy().std() * np.sqrt(8)


def test_the_same_seed_gives_the_same_paths() -> None:
    before, after = parts(prices(2))
    one, same, other = (trained(2).infill(before, after, n_paths=5, random_state=k) for k in (1, 1, 2))
    np.testing.assert_array_equal(one.values, same.values)
    assert not np.allclose(one.values, other.values)


def test_how_many_steps_are_missing_can_be_said() -> None:
    """Holidays are not in the calendar."""
    before, after = parts(prices(2))
    paths = trained(2).infill(before, after, n_steps=6, n_paths=5, random_state=0)
    assert paths.returns.shape[1] == 6
    with pytest.raises(ConfigError, match="9 steps are said to be missing, where the calendar has room for 8"):
        trained(2).infill(before, after, n_steps=9)
    numbered = [part.reset_index(drop=True) for part in (before, after)]
    with pytest.raises(ConfigError, match="without dates it is not known how many steps are missing; say n_steps"):
        trained(2).infill(*numbered)


def test_what_cannot_be_filled_is_refused_in_plain_words() -> None:
    before, after = parts(prices(2))
    with pytest.raises(DataError, match="what comes after begins at .*, before the first part ends"):
        trained(2).infill(after, before)
    with pytest.raises(ConfigError, match="0 steps are missing; this model fills gaps of 1 to"):
        trained(2).infill(prices(2).iloc[:300], prices(2).iloc[300:])
    with pytest.raises(ConfigError, match="200 steps are missing; this model fills gaps of 1 to"):
        trained(2).infill(prices(2).iloc[:200], prices(2).iloc[400:])
    with pytest.raises(DataError, match="gaps of such a series cannot be filled"):
        bars_model().infill(bars().iloc[:200], bars().iloc[205:])


def test_an_asset_that_is_not_known_afterwards_is_left_free() -> None:
    before, after = parts(prices(2))
    after = after.copy()
    after.iloc[:, 1] = np.nan
    after.iloc[-1, 1] = 1.0
    paths = trained(2).infill(before, after, n_paths=50, random_state=0)
    assert np.isfinite(paths.values).all()
