"""Gaps in a history: what is drawn leads from one side to the other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synthdiff import SeriesDiffusion
from synthdiff.errors import ConditioningError, ConfigError, DataError, SchemaError
from synthdiff.models.gap import Gap
from tests.models.markets import (
    bars,
    bars_model,
    frame,
    mixed,
    mixed_model,
    prices,
    quick,
    trained,
    walk,
    with_covariates,
)

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
    with pytest.raises(ConfigError, match="are those of a gap; give what comes after it, too"):
        trained(2).infill(prices(2), n_steps=3)


def test_an_asset_that_is_not_known_afterwards_is_left_free() -> None:
    before, after = parts(prices(2))
    after = after.copy()
    after.iloc[:, 1] = np.nan
    after.iloc[-1, 1] = 1.0
    paths = trained(2).infill(before, after, n_paths=50, random_state=0)
    assert np.isfinite(paths.values).all()


def led(model: SeriesDiffusion, before: pd.DataFrame, after: pd.DataFrame, n: int = 50) -> tuple[Gap, np.ndarray]:
    """A gap, and the returns and differences of steps that lead to the first known values, (n, L, n_assets)."""
    gap = Gap.between(model.fitted_, model._read(before), model._read(after, 1))
    steps, _, _ = gap.lead(n, np.random.default_rng(0))
    codec = model.codec_
    whole = np.zeros((n, steps.shape[1], len(codec.channels)))
    whole[..., : steps.shape[2]] = steps
    return gap, codec.returns(whole, codec.start(gap.before.values))


class TestBars:
    GAP = slice(200, 206)

    def paths(self) -> dict[str, np.ndarray]:
        found = bars_model().infill(*parts(bars(), self.GAP), n_paths=N, random_state=0)
        return dict(zip(found.names, np.moveaxis(found.values, -1, 0), strict=True))

    def test_the_close_leads_to_the_next_one(self) -> None:
        before, after = parts(bars(), self.GAP)
        _, returns = led(bars_model(), before, after)
        total = np.log(after["close"].iloc[0] / before["close"].iloc[-1])
        np.testing.assert_allclose(returns[..., 0].sum(axis=1), total, atol=1e-12)

    def test_bars_are_bars(self) -> None:
        found = self.paths()
        assert found["close"].shape == (N, 6)
        low, high = np.minimum(found["open"], found["close"]), np.maximum(found["open"], found["close"])
        assert (found["low"] <= low).all()
        assert (high <= found["high"]).all()
        assert (found["volume"] > 0).mean() > 0.99

    def test_bars_have_the_shape_that_their_return_asks_for(self) -> None:
        """A gap that falls by 30 % opens lower: in the history, the open tells of the close."""
        before, after = parts(bars(), self.GAP)
        fallen = bars_model().infill(before, 0.7 * after, n_paths=N, random_state=0)
        opened = fallen.values[..., fallen.names.index("open")]
        close = np.concatenate([np.full((N, 1), before["close"].iloc[-1]), fallen.values[..., 3]], axis=1)
        night = np.log(opened / close[:, :-1]).mean()
        usual = np.log(bars()["open"] / bars()["close"].shift()).dropna()
        assert night < usual.mean() - usual.std() / 2

    def test_volumes_lead_to_what_is_usual_afterwards(self) -> None:
        """Ten times the volume afterwards: it grows over the gap, to more than twice what it is else."""
        before, after = parts(bars(), self.GAP)
        more = after.assign(volume=10 * after["volume"])
        paths = [bars_model().infill(before, part, n_paths=N, random_state=0) for part in (after, more)]
        usual, larger = (np.log(found.values[..., 4].clip(1)).mean(axis=0) for found in paths)
        assert (np.diff(larger - usual) > 0.1).all()
        assert (larger - usual)[-1] > np.log(2)

    def test_a_dividend_falls_into_one_step(self) -> None:
        history = bars()[["open", "high", "low", "close"]].copy()
        history["adj_close"] = history["close"] * np.where(np.arange(len(history)) < 203, 0.98, 1.0)
        model = quick(history)
        before, after = parts(history, self.GAP)
        found = model.infill(before, after, n_paths=N, random_state=0)
        ratio = found.values[..., found.names.index("adj_close")] / found.values[..., found.names.index("close")]
        steps = np.diff(np.log(ratio), axis=1)
        assert set(np.round(ratio.ravel(), 6)) == {0.98, 1.0}
        assert ((np.abs(steps) > 1e-9).sum(axis=1) <= 1).all()


class TestHours:
    """A coin that trades each day, a stock that does not at weekends, and a price that stays on half of the days."""

    def test_shut_assets_do_not_move_and_all_arrive(self) -> None:
        history = mixed()
        before, after = history.iloc[:600], history.iloc[612:]  # a Monday to a Friday, and the next row is a Saturday
        found = mixed_model().infill(before, after, n_paths=N, random_state=0)
        is_open = pd.DatetimeIndex(found.dates).dayofweek < 5
        np.testing.assert_array_equal(found.returns[:, ~is_open, 1], 0.0)
        assert (found.returns[:, is_open, 1] != 0).all()
        gap, returns = led(mixed_model(), before, after)
        assert gap.arrivals.tolist() == [0, 2, 0]
        for k, name in enumerate(history):
            total = np.log(after[name].dropna().iloc[0] / before[name].dropna().iloc[-1])
            np.testing.assert_allclose(returns[:, : 13 + gap.arrivals[k], k].sum(axis=1), total, atol=1e-12)

    def test_zero_returns_are_as_frequent_as_in_the_history(self) -> None:
        """In a gap of twelve steps the error of a share of one half is at most .03 of 300 paths that weigh the same."""
        history = mixed()
        found = mixed_model().infill(history.iloc[:600], history.iloc[612:], n_paths=N, random_state=0)
        rests = (found.returns[..., 2] == 0).mean(axis=1)
        assert np.average(rests, weights=found.weights) == pytest.approx(0.5, abs=0.06)

    def test_a_price_that_has_changed_has_moved(self) -> None:
        history = mixed()
        before, after = history.iloc[:601], history.iloc[602:].copy()
        after.loc[after.index[0], "peg"] = before["peg"].iloc[-1] * 1.01
        _, returns = led(mixed_model(), before, after, 200)
        np.testing.assert_allclose(returns[:, :2, 2].sum(axis=1), np.log(1.01), atol=1e-12)

    def test_a_price_that_is_where_it_was_has_mostly_rested(self) -> None:
        history = mixed()
        before, after = history.iloc[:601], history.iloc[602:].copy()
        after.loc[after.index[0], "peg"] = before["peg"].iloc[-1]
        found = mixed_model().infill(before, after, n_paths=N, random_state=0)
        assert found.weights[found.returns[:, 0, 2] == 0].sum() > 0.4


def test_steps_have_the_volatility_of_their_time() -> None:
    """Mondays move more, and all of the gap's steps add up: step t of usual size s_t has then the deviation
    s_t sqrt(1 - s_t^2 / sum s^2), which the deviation of 400 paths gives to 5 %."""
    rng = np.random.default_rng(0)
    days = pd.bdate_range("2018-01-01", periods=900, name="date")
    moves = np.where(days.dayofweek == 0, 0.03, 0.01) * rng.standard_normal(900)
    history = pd.DataFrame({"A": 100 * np.exp(moves.cumsum())}, index=days)
    model = quick(history, window=64)
    found = model.infill(*parts(history, slice(601, 608)), n_paths=N, random_state=0)
    dates = days[600:609].to_numpy()
    size = np.exp(model.fitted_.sessions(dates[1:], dates[:1], 8).log_scale[:, 0])
    expected = size * np.sqrt(1 - size**2 / (size**2).sum())
    assert size.max() > 1.5 * size.min()
    away = found.returns[..., 0] - np.average(found.returns[..., 0], axis=0, weights=found.weights)
    spread = np.sqrt(np.average(away**2, axis=0, weights=found.weights)) / expected[:7]
    np.testing.assert_allclose(spread / spread.mean(), 1, atol=0.2)


class TestCovariates:
    def test_what_is_known_of_the_gap_is_shown(self) -> None:
        history = with_covariates()
        model = quick(history, window=32, covariates=("VIX", "regime"), max_steps=20)
        before, after = parts(history, slice(300, 306))
        unknown = model.infill(before, after, n_paths=20, random_state=0)
        known = history[["VIX", "regime"]].iloc[298:310]  # by their dates
        shown = model.infill(before, after, n_paths=20, covariates=known, random_state=0)
        assert shown.names == ("SPX",)
        assert shown.values.shape == (20, 6, 1)
        assert np.isfinite(unknown.values).all()
        partly = model.infill(before, after, n_paths=20, covariates=known[["regime"]], random_state=0)
        assert not np.allclose(shown.values, unknown.values)
        assert not np.allclose(shown.values, partly.values)

    def test_what_is_no_covariate_of_the_gap_is_refused(self) -> None:
        history = with_covariates()
        model = quick(history, covariates=("VIX", "regime"))
        before, after = parts(history, slice(300, 303))
        known = history[["VIX", "regime"]].iloc[300:303]
        with pytest.raises(SchemaError, match="covariates has the columns .* the covariates of the model are 'VIX'"):
            model.infill(before, after, covariates=known.add_suffix("?"))
        with pytest.raises(DataError, match="covariates has no row of 2021-02-26; give one for each of the 3 steps"):
            model.infill(before, after, covariates=known.iloc[:2])
        with pytest.raises(DataError, match="covariates has 2 rows; give one for each of the 3 steps"):
            model.infill(before, after, covariates=known.iloc[:2].reset_index(drop=True))
        with pytest.raises(ConditioningError, match="covariate 'regime' never was 7 in the history"):
            model.infill(before, after, covariates=known.assign(regime=7))
