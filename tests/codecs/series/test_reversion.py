"""Levels that a vector autoregression is taken out of: what is left is new, and leads back to them."""

import json

import numpy as np
import pytest

from synthdiff.codecs.series.reversion import N_LAGS, LevelFilter

N = 4_000
SHOCKS = np.array([0.3, 0.1, 2.0])


def levels(n=N, seed=0):
    """One that comes back to 20, one that follows it and goes on as it went, and one of noise; and their shocks."""
    shocks = SHOCKS * np.random.default_rng(seed).standard_normal((n, 3))
    out = np.zeros((n, 3))
    out[:2] = [20.0, 20.0, 0.0]
    for t in range(2, n):
        a, b = out[t - 1, 0], out[t - 1, 1]
        out[t] = a - 0.03 * (a - 20), b + 0.6 * (b - out[t - 2, 1]) - 0.05 * (b - a), 0.0
        out[t] += shocks[t]
    return out, shocks


@pytest.fixture(scope="module")
def fitted():
    x, shocks = levels()
    return LevelFilter.fit(x), x, shocks


class TestInnovations:
    def test_they_are_the_shocks(self, fitted):
        """Of 4,000 steps: the standard error of each of 15 coefficients costs a correlation about 1/8,000."""
        found, x, shocks = fitted
        series, _ = found.follow(x)
        for k in range(2):
            assert np.corrcoef(series[10:, k], shocks[10:, k])[0, 1] > 0.995
            np.testing.assert_allclose(series[10:, k].std() * found.deviation[k], SHOCKS[k], rtol=0.02)

    def test_what_is_new_at_each_step_is_left_as_it_is(self, fitted):
        found, x, _ = fitted
        assert found.places == (0, 1)
        np.testing.assert_array_equal(found.follow(x)[0][:, 2], x[:, 2])

    def test_another_history_is_explained_as_well(self, fitted):
        found, _, _ = fitted
        x, shocks = levels(seed=1)
        assert np.corrcoef(found.follow(x)[0][10:, 1], shocks[10:, 1])[0, 1] > 0.995

    def test_nothing_is_followed_where_nothing_persists(self):
        noise = np.random.default_rng(0).standard_normal((200, 2))
        found = LevelFilter.fit(noise)
        series, states = found.follow(noise)
        assert found.places == ()
        assert series is noise
        assert states.shape == (201, 0, 0)
        np.testing.assert_array_equal(found.run(noise[None], states[:1])[0][0], noise)
        assert found.summary(states).shape == (201, 0)


class TestInverse:
    def test_levels_come_back(self, fitted):
        found, x, _ = fitted
        series, states = found.follow(x)
        starts = np.array([0, 7, 500, N - 50])
        windows = np.stack([series[at : at + 50] for at in starts])
        back, after = found.run(windows, states[starts])
        np.testing.assert_allclose(back, np.stack([x[at : at + 50] for at in starts]), rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(after, states[starts + 50], rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(found.summary(after)[:, 0], (back[:, -1, 0] - x[:, 0].mean()) / x[:, 0].std())

    def test_no_path_leaves_the_range_of_the_history(self, fitted):
        found, x, _ = fitted
        wild = 5 * np.random.default_rng(2).standard_normal((20, 300, 3))
        back, _ = found.run(wild, np.zeros((20, found.n_rows, 2)))
        low, high = x[:, :2].min(axis=0), x[:, :2].max(axis=0)
        np.testing.assert_allclose(back[..., :2].min(axis=(0, 1)), low)
        np.testing.assert_allclose(back[..., :2].max(axis=(0, 1)), high)

    def test_white_innovations_move_as_the_history_does(self, fitted):
        """Autocovariances of 40 paths of 1,000 steps, worth about 1,200 independent values: standard error .04."""
        found, x, _ = fitted
        noise = np.random.default_rng(3).standard_normal((40, 1_200, 3)) * SHOCKS / [*found.deviation, 1.0]
        paths, _ = found.run(noise, np.zeros((40, found.n_rows, 2)))
        late = (paths[:, 200:, :2] - x[:, :2].mean(axis=0)) / x[:, :2].std(axis=0)
        lagged = [np.mean(late[:, lag:, k] * late[:, : 1_000 - lag, k]) for k in (0, 1) for lag in (0, 1, 10)]
        real = (x[:, :2] - x[:, :2].mean(axis=0)) / x[:, :2].std(axis=0)
        expected = [np.mean(real[lag:, k] * real[: N - lag, k]) for k in (0, 1) for lag in (0, 1, 10)]
        np.testing.assert_allclose(lagged, expected, atol=0.2)

    def test_it_survives_json(self, fitted):
        found, x, _ = fitted
        again = LevelFilter.from_dict(json.loads(json.dumps(found.to_dict())))
        np.testing.assert_array_equal(again.follow(x)[0], found.follow(x)[0])
        assert LevelFilter.from_dict(LevelFilter.none().to_dict()).places == ()


class TestHardData:
    def test_what_is_not_observed_stays_so_and_moves_nothing(self, fitted):
        _, x, _ = fitted
        gaps = x.copy()
        gaps[:30, 0] = np.nan
        gaps[np.random.default_rng(4).random(x.shape) < 0.05] = np.nan
        found = LevelFilter.fit(gaps)
        series, states = found.follow(gaps)
        assert found.places == (0, 1)
        np.testing.assert_array_equal(np.isnan(series), np.isnan(gaps))
        assert np.isfinite(states).all()

    @pytest.mark.parametrize("n", [64, 100, 300])
    def test_few_steps_of_many_levels(self, n):
        """Fewer steps than coefficients: drawn to random walks, and kept in the range."""
        walks = np.random.default_rng(5).standard_normal((n, 20)).cumsum(axis=0)
        found = LevelFilter.fit(walks)
        assert 1 <= found.n_rows <= N_LAGS + 1
        noise = np.random.default_rng(6).standard_normal((10, 500, 20))
        paths, _ = found.run(noise, np.zeros((10, found.n_rows, len(found.places))))
        assert np.isfinite(paths).all()
        series, _ = found.follow(walks)
        places = list(found.places)
        moves = np.diff(walks[:, places], axis=0) / found.deviation
        assert (series[1:, places].std(axis=0) < 1.2 * moves.std(axis=0)).all()

    def test_levels_that_hang_together_stay_together(self):
        """Three walks that are one but for noise of a tenth of a step: 300 steps do not take them apart."""
        rng = np.random.default_rng(8)
        x = rng.standard_normal((800, 1)).cumsum(axis=0) + 0.1 * rng.standard_normal((800, 3))
        found = LevelFilter.fit(x)
        series, states = found.follow(x)
        noise = series[rng.integers(10, 800, (50, 300))]
        paths, _ = found.run(noise, states[rng.integers(10, 800, 50)])
        apart = paths - paths.mean(axis=2, keepdims=True)
        real = x - x.mean(axis=1, keepdims=True)
        assert apart[:, 100:].std() < 1.3 * real.std()

    def test_copies_stay_copies(self):
        walk = np.random.default_rng(9).standard_normal((500, 1)).cumsum(axis=0)
        found = LevelFilter.fit(np.repeat(walk, 2, axis=1))
        series, _ = found.follow(np.repeat(walk, 2, axis=1))
        np.testing.assert_allclose(series[:, 0], series[:, 1], atol=1e-6)
        assert np.isfinite(found.coefficients).all()
        assert np.abs(found.coefficients).max() < 1
