import numpy as np
import pytest

from synthdiff.errors import ConfigError
from synthdiff.finance.bootstrap import IidBootstrap, StationaryBootstrap

N = 40
ROWS = np.column_stack([np.arange(N), -np.arange(N)]).astype(np.float64)  # a row says which one it is


def drawn(simulator, n_paths=1000, n_steps=50):
    paths = simulator.fit(ROWS).sample(n_paths, n_steps, random_state=0)
    np.testing.assert_array_equal(paths[..., 0], -paths[..., 1])
    return paths[..., 0].astype(int)


@pytest.mark.parametrize("simulator", [IidBootstrap(), StationaryBootstrap(8)])
def test_all_rows_are_as_likely_at_every_step(simulator):
    rows = drawn(simulator)
    for step in (0, 30):
        counts = np.bincount(rows[:, step], minlength=N)
        # Pearson's statistic has mean 39 and standard deviation sqrt(2 * 39) = 8.8.
        assert ((counts - 1000 / N) ** 2 / (1000 / N)).sum() < 39 + 4 * 8.8


@pytest.mark.parametrize(
    ("simulator", "length"), [(IidBootstrap(), 1), (StationaryBootstrap(1), 1), (StationaryBootstrap(), 20)]
)
def test_rows_follow_each_other_as_often_as_blocks_last(simulator, length):
    rows = drawn(simulator)
    follows = rows[:, 1:] == (rows[:, :-1] + 1) % N
    share = 1 - (1 - 1 / N) / length  # a fresh block may by chance begin where the last one ended
    error = np.sqrt(share * (1 - share) / follows.size)
    assert follows.mean() == pytest.approx(share, abs=4 * error)


def test_block_lengths_are_geometric():
    rows = drawn(StationaryBootstrap(5), n_paths=4000, n_steps=30)
    lasts = (np.diff(rows, axis=1) % N == 1).all(axis=1)[:, None]
    assert lasts.mean() == pytest.approx((1 - 0.2 * (1 - 1 / N)) ** 29, abs=4 * np.sqrt(0.002 / 4000))


def test_rows_are_those_that_were_fitted():
    later = ROWS + 1000
    paths = IidBootstrap().fit(ROWS).forecast(later, 5, 7, random_state=0)
    assert paths.max() < N


def test_fit_keeps_a_copy():
    rows = ROWS.copy()
    simulator = IidBootstrap().fit(rows)
    rows[:] = 0
    assert simulator.sample(10, 5, 0).max() > 0


@pytest.mark.parametrize("length", [0.5, float("nan")])
def test_blocks_shorter_than_a_row(length):
    with pytest.raises(ConfigError, match="block_length"):
        StationaryBootstrap(length).fit(ROWS)
