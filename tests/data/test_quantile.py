import numpy as np
import pytest

from synthdiff.data.quantile import is_uniform, weighted_quantiles
from synthdiff.errors import ConfigError

LEVELS = (0.0, 0.05, 0.25, 0.5, 0.9, 0.95, 0.99, 1.0)


@pytest.mark.parametrize("n", [1, 2, 10, 100, 1000])
def test_equal_weights_agree_with_numpy(n):
    values = np.random.default_rng(n).normal(size=(n, 3, 2))
    expected = np.quantile(values, LEVELS, axis=0, method="inverted_cdf")
    assert np.array_equal(weighted_quantiles(values, np.full(n, 1 / n), LEVELS), expected)


def test_whole_weights_are_repetitions():
    rng = np.random.default_rng(0)
    values, counts = rng.normal(size=(60, 4)), rng.integers(0, 5, size=60)
    repeated = np.repeat(values, counts, axis=0)
    expected = np.quantile(repeated, LEVELS, axis=0, method="inverted_cdf")
    assert np.array_equal(weighted_quantiles(values, counts / counts.sum(), LEVELS), expected)


def test_cases_without_weight_do_not_count():
    values = np.array([[-9.0], [1.0], [2.0], [9.0]])
    assert weighted_quantiles(values, np.array([0.0, 0.5, 0.5, 0.0]), (0.0, 1.0)).ravel().tolist() == [1.0, 2.0]


def test_blocks_do_not_change_the_result(monkeypatch):
    rng = np.random.default_rng(1)
    values, weights = rng.normal(size=(50, 7)), rng.random(50)
    whole = weighted_quantiles(values, weights, LEVELS)
    monkeypatch.setattr("synthdiff.data.quantile.BLOCK_CELLS", 100)
    assert np.array_equal(weighted_quantiles(values, weights, LEVELS), whole)


def test_a_level_is_a_share():
    with pytest.raises(ConfigError, match="level 95 is not in"):
        weighted_quantiles(np.ones((2, 1)), np.ones(2), (95,))


def test_uniform_up_to_rounding():
    assert is_uniform(np.array([0.1, 0.1 + 1e-17, 0.1]))
    assert not is_uniform(np.array([0.5, 0.4, 0.1]))
