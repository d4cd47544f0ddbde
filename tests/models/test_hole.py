"""Holes of a history: filled with what the other assets say, and all that is known left as it is."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pytest

from synthdiff import SeriesDiffusion
from synthdiff.errors import DataError
from tests.models.markets import bars, bars_model, dates, frame, mixed, mixed_model, quick, walk

N, RHO = 128, 0.8


@functools.cache
def pair() -> pd.DataFrame:
    """Two prices whose Gaussian returns of 1 % and 2 % have a correlation of .8."""
    returns = np.random.default_rng(0).multivariate_normal(np.zeros(2), [[1, RHO], [RHO, 1]], 900) * [0.01, 0.02]
    return pd.DataFrame(100 * np.exp(returns.cumsum(axis=0)), index=dates(900), columns=["A", "B"])


@functools.cache
def pair_model() -> SeriesDiffusion:
    return quick(pair())


def holed(*holes: tuple[int, int, str], history: pd.DataFrame | None = None) -> pd.DataFrame:
    """A history without some cells, from one row to another of a column."""
    history = (pair() if history is None else history).copy()
    for first, stop, name in holes:
        history.loc[history.index[first:stop], name] = np.nan
    return history


def values(found, name: str) -> np.ndarray:
    return found.values[..., found.names.index(name)]


class TestPair:
    def test_known_cells_are_as_they_were_and_paths_arrive_exactly(self) -> None:
        history = holed((300, 305, "B"), (310, 311, "A"), (310, 313, "B"))
        history.loc[history.index[310], "B"] = pair()["B"].iloc[310]
        found = pair_model().infill(history, n_paths=N, random_state=0)
        rows = history.iloc[300:313]
        assert list(found.dates) == list(rows.index.to_numpy())
        np.testing.assert_array_equal(found.start, history.iloc[299])
        known = rows.notna().to_numpy()
        np.testing.assert_array_equal(found.values[:, known], np.tile(rows.to_numpy()[known], (N, 1)))
        whole = np.concatenate([np.tile(found.start, (N, 1, 1)), found.values], axis=1)
        np.testing.assert_allclose(found.returns, np.diff(np.log(whole), axis=1), atol=1e-15)
        assert (found.values[:, ~known].std(axis=0) > 0).all()
        assert found.effective_size == pytest.approx(N)

    def test_filled_returns_are_correlated_as_the_assets_are(self) -> None:
        """A step of B alone is drawn in each of 150 holes of two steps: what A says of it, rho sB / sA times A's
        return, is in the draws but for what the sum of two takes back. So their covariance with A, over that of the
        real returns, is 1; of 150 pairs of returns its error is sqrt((1 + rho^2) / 150) / rho = .13 for each, and about
        .07 for the difference of two that share A's returns and their sums."""
        first = np.arange(100, 850, 5)
        history = holed(*((row, row + 1, "B") for row in first))
        found = pair_model().infill(history, n_paths=N, random_state=0)
        rows = first - first[0]
        a, b = np.moveaxis(found.returns[:, rows], -1, 0)
        real = np.log(pair()).diff().to_numpy()[first]
        assert (a * b).mean() / (real[:, 0] * real[:, 1]).mean() == pytest.approx(1, abs=4 * 0.07)
        within = b.std(axis=0).mean()  # half of the variance that A leaves: the sum of two steps is known
        assert within == pytest.approx(0.02 * np.sqrt((1 - RHO**2) / 2), rel=0.1)

    def test_a_late_asset_and_an_early_one_are_drawn_as_well(self) -> None:
        """What B may have been before its first price, and may have become after its last one; rho is known to .02 of
        128 paths of 40 steps."""
        history = holed((0, 40, "B"), (860, 900, "A"))
        found = pair_model().infill(history, n_paths=N, random_state=0)
        assert found.values.shape == (N, 899, 2)
        assert np.isnan(found.start[1])
        for rows in (slice(0, 40), slice(859, 899)):
            together = found.returns[:, rows].reshape(-1, 2)
            assert np.corrcoef(together.T)[0, 1] == pytest.approx(RHO, abs=0.08)
        np.testing.assert_allclose(
            values(found, "B")[:, 38] * np.exp(found.returns[:, 39, 1]), history["B"].iloc[40], rtol=1e-12
        )

    def test_more_paths_begin_with_the_same(self) -> None:
        history = holed((300, 305, "B"))
        few, many = (pair_model().infill(history, n_paths=n, random_state=1).values for n in (3, 70))
        np.testing.assert_array_equal(few, many[:3])
        assert not np.allclose(few, pair_model().infill(history, n_paths=3, random_state=2).values)

    def test_a_history_without_holes_is_refused(self) -> None:
        with pytest.raises(DataError, match="no cell of the history is missing while its asset trades"):
            pair_model().infill(pair())


def test_returns_need_add_up_to_nothing() -> None:
    history = np.log(pair()).diff().dropna()
    model = quick(history, values="return")
    found = model.infill(holed((300, 303, "B"), history=history), n_paths=N, random_state=0)
    assert found.values.shape == (N, 3, 2)
    np.testing.assert_array_equal(values(found, "A")[0], history["A"].iloc[300:303])
    assert found.returns.sum(axis=1)[:, 1].std() > 0.01


class TestBars:
    """Of the first one, all is missing; of others the volume, the open and the high, the low, or the close."""

    def found(self) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
        history = bars().astype(float).add_prefix("X ")
        history["Y close"] = walk(len(history))  # without it, rows in which nothing is known are no steps
        model = quick(history)
        history.iloc[100:103, :5] = np.nan
        history.iloc[120, 4] = history.iloc[130, 0] = history.iloc[130, 1] = history.iloc[135, 2] = np.nan
        history.iloc[140, 3] = np.nan
        paths = model.infill(history, n_paths=N, random_state=0)
        history.columns = [name.removeprefix("X ") for name in history]
        return history.iloc[100:141], {name.removeprefix("X "): values(paths, name) for name in paths.names}

    def test_bars_are_bars_around_what_is_known(self) -> None:
        history, found = self.found()
        low, high = np.minimum(found["open"], found["close"]), np.maximum(found["open"], found["close"])
        assert (found["low"] <= low).all()
        assert (high <= found["high"]).all()
        assert (found["volume"] >= 0).all()
        for name, x in found.items():
            known = history[name].notna().to_numpy()
            np.testing.assert_array_equal(x[:, known], np.tile(history[name].to_numpy()[known], (N, 1)))
            assert (x[:, ~known].std(axis=0) > 0).all()
        assert found["volume"][:, 20].mean() == pytest.approx(history["volume"].mean(), rel=0.7)


def test_a_dividend_in_a_hole_falls_into_one_of_its_steps() -> None:
    history = frame(walk(300), walk(300, 1), names=["A close", "B"]).rename(columns={"A close": "close"})
    history["adj close"] = history["close"] * np.where(np.arange(300) < 103, 0.98, 1.0)
    model = quick(history)
    found = model.infill(holed((101, 105, "close"), (101, 105, "adj close"), history=history), n_paths=N)
    ratio = values(found, "adj close") / values(found, "close")
    assert set(np.round(ratio.ravel(), 9)) == {0.98, 1.0}
    assert (np.diff(ratio, axis=1) > -1e-9).all()


class TestLevels:
    def test_a_level_goes_from_what_it_was_to_what_comes(self) -> None:
        """A level that remembers, of which five steps are missing, has the deviation of a bridge: 1.2 in their
        middle, and each end is within one step of what is known."""
        rng = np.random.default_rng(0)
        level = np.zeros(900)
        for t in range(1, len(level)):
            level[t] = 0.98 * level[t - 1] + rng.normal()
        history = frame(walk(900), 50 + level, names=["price", "level"])
        model = quick(history, values={"price": "price", "level": "level"})
        found = values(model.infill(holed((500, 505, "level"), history=history), n_paths=N, random_state=0), "level")
        assert found[:, 2].std() == pytest.approx(1.2, rel=0.3)
        straight = np.interp(np.arange(500, 505), [499, 505], history["level"].iloc[[499, 505]])
        np.testing.assert_allclose(found.mean(axis=0), straight, atol=5 * 1.3 / np.sqrt(N))

    def test_levels_that_are_kept_are_drawn_given_the_others(self) -> None:
        """Without volatility there are levels and returns as they are: the correlation of .9 is known to .02."""
        noise = np.random.default_rng(1).multivariate_normal(np.zeros(2), [[1, 0.9], [0.9, 1]], 600)
        history = pd.DataFrame(10 + noise, columns=["load", "heat"])
        model = quick(history, values="level", volatility="none")
        first = np.arange(100, 500, 4)
        found = model.infill(holed(*((row, row + 1, "heat") for row in first), history=history), n_paths=N)
        drawn = found.values[:, first - first[0]].reshape(-1, 2)
        assert np.corrcoef(drawn.T)[0, 1] == pytest.approx(0.9, abs=0.06)


class TestHours:
    def test_shut_assets_stay_and_zero_returns_are_zero(self) -> None:
        history = holed((502, 509, "stock"), (522, 525, "peg"), (530, 532, "coin"), history=mixed())
        found = mixed_model().infill(history, n_paths=N, random_state=0)
        shut = pd.DatetimeIndex(found.dates).dayofweek >= 5
        np.testing.assert_array_equal(found.returns[:, shut, 1], 0.0)
        whole = np.concatenate([np.tile(found.start, (N, 1, 1)), found.values], axis=1)
        np.testing.assert_array_equal(np.diff(whole[..., 1], axis=1)[:, shut], 0.0)  # to the last digit
        rests = found.returns[:, 20:23, 2] == 0
        assert rests.mean() == pytest.approx(0.5, abs=0.1)
        np.testing.assert_array_equal((np.diff(whole[..., 2], axis=1) == 0)[:, 20:23], rests)
        total = np.log(mixed()["peg"].iloc[525] / mixed()["peg"].iloc[521])
        np.testing.assert_allclose(found.returns[:, 20:24, 2].sum(axis=1), total, atol=1e-12)

    def test_what_is_missing_at_weekends_is_no_hole(self) -> None:
        with pytest.raises(DataError, match="while its asset trades"):
            mixed_model().infill(mixed(), n_paths=2)
        found = mixed_model().infill(holed((500, 501, "coin"), history=mixed()), n_paths=2)
        assert found.values.shape == (2, 1, 3)


def test_bars_of_a_single_asset_with_a_hole_in_its_volume() -> None:
    history = holed((100, 103, "volume"), history=bars().astype(float))
    found = bars_model().infill(history, n_paths=N, random_state=0)
    assert (values(found, "volume") > 0).mean() > 0.95
    np.testing.assert_array_equal(values(found, "close")[0], history["close"].iloc[100:103])
