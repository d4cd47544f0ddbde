import numpy as np
import pytest

from synthdiff.errors import ConfigError, DataError
from synthdiff.finance.simulator import CHUNK, OriginByOrigin, check_returns, chunks, origin_seed


class LastReturn(OriginByOrigin):
    """Goes on with the last return for ever; remembers what it was shown."""

    def __init__(self):
        self.seen = []

    def forecast(self, history, n_steps, n_paths, random_state):
        self.seen.append((len(history), random_state))
        return np.broadcast_to(history[-1], (n_paths, n_steps, history.shape[1]))


def test_many_forecasts_one_by_one():
    history = np.arange(20.0).reshape(10, 2)
    simulator = LastReturn()
    paths = simulator.forecast_many(history, np.array([3, 10]), 4, 5, random_state=7)
    assert paths.shape == (2, 5, 4, 2)
    np.testing.assert_array_equal(paths[:, 0, 0], history[[2, 9]])
    assert simulator.seen == [(3, origin_seed(7, 3)), (10, origin_seed(7, 10))]


@pytest.mark.parametrize("origin", [0, 11])
def test_origin_outside_the_history(origin):
    with pytest.raises(ConfigError, match=f"origin {origin} is not in a history of 10 rows"):
        LastReturn().forecast_many(np.zeros((10, 2)), np.array([4, origin]), 1, 1, 0)


def test_returns_that_cannot_be_used():
    bad = np.zeros((5, 2))
    bad[3, 1] = np.nan
    with pytest.raises(DataError, match="asset 1 in row 3 is nan") as caught:
        check_returns(bad)
    assert caught.value.row == 3
    with pytest.raises(DataError, match=r"shape \(5,\)"):
        check_returns(np.zeros(5))
    with pytest.raises(DataError, match="has 2 assets; give the 3"):
        check_returns(np.zeros((5, 2)), 3)


def test_chunks_cover_all_paths_with_numbers_of_their_own():
    found = list(chunks(CHUNK + 3, 0))
    assert [chosen for chosen, _ in found] == [slice(0, CHUNK), slice(CHUNK, CHUNK + 3)]
    assert found[0][1].random() != found[1][1].random()
