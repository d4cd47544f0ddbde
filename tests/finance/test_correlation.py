import numpy as np
import pytest

from synthdiff.finance.correlation import BLOCK_CELLS, CorrelationRecursion, correlate, filter_products, filter_states

TARGET = np.array([[1.0, 0.6, 0.3], [0.6, 1.0, -0.2], [0.3, -0.2, 1.0]])


def recursion(a=0.06, b=0.9, scale=1.0):
    return CorrelationRecursion(TARGET, np.full(3, scale), a, b)


def correlations(states):
    size = np.sqrt(np.diagonal(states, axis1=-2, axis2=-1))
    return states / size[..., :, None] / size[..., None, :]


def test_a_step_is_engles_equation():
    state = TARGET + 0.1 * np.eye(3)
    shock = np.array([1.0, -2.0, 0.5])
    expected = 0.04 * TARGET + 0.06 * np.outer(shock, shock) + 0.9 * state
    np.testing.assert_allclose(recursion().advance(state, shock), expected, rtol=1e-14)
    many = recursion().advance(np.stack([state, TARGET]), np.stack([shock, 2 * shock]))
    np.testing.assert_allclose(many[0], expected, rtol=1e-14)


def test_a_shock_out_of_this_world_counts_as_twenty():
    wild, cut = (recursion().advance(TARGET, np.array([size, 1.0, 0.0])) for size in (1e6, 20.0))
    np.testing.assert_array_equal(wild, cut)


def test_states_of_a_history():
    shocks = np.random.default_rng(0).standard_normal((40, 3))
    state, expected = TARGET, [TARGET]
    for shock in shocks:
        state = recursion().advance(state, shock)
        expected.append(state)
    found = filter_states(recursion(scale=2.0), 2 * shocks, np.array([40, 0, 7, 7]))
    np.testing.assert_allclose(found, np.stack(expected)[[40, 0, 7, 7]], rtol=1e-12)
    i, j = np.triu_indices(3)
    cells = filter_products((shocks[:, i] * shocks[:, j]).T, TARGET[i, j], 0.06, 0.9)
    np.testing.assert_allclose(cells, np.stack(expected)[:-1, i, j].T, rtol=1e-12)


def test_the_first_shocks_have_the_correlations_of_their_state():
    state = TARGET + 0.3 * np.outer([1, -1, 2], [1, -1, 2])
    n = 40_000
    shocks = correlate(
        recursion(), np.repeat(state[None], n, axis=0), np.random.default_rng(0).standard_normal((n, 1, 3))
    )
    # A correlation r of n normal pairs has an error of (1 - r^2) / sqrt(n), at most .005.
    np.testing.assert_allclose(np.corrcoef(shocks[:, 0].T), correlations(state), atol=4 * 0.005)
    np.testing.assert_allclose(shocks.var(axis=(0, 1)), 1, atol=4 * np.sqrt(2 / n))


def test_without_news_correlations_are_constant():
    n = 20_000
    shocks = np.random.default_rng(0).standard_normal((n, 6, 3))
    drawn = correlate(recursion(a=0.0, b=0.9), np.repeat(TARGET[None], n, axis=0), shocks.copy())
    np.testing.assert_allclose(drawn, shocks @ np.linalg.cholesky(TARGET).T, rtol=1e-9, atol=1e-12)


def test_correlations_return_to_their_target():
    n, state = 20_000, np.repeat(np.ones((1, 3, 3)) + 0.01 * np.eye(3), 20_000, axis=0)
    drawn = correlate(recursion(a=0.02, b=0.8), state, np.random.default_rng(0).standard_normal((n, 30, 3)))
    first, last = np.corrcoef(drawn[:, 0].T), np.corrcoef(drawn[:, -1].T)
    assert first[1, 2] > 0.98
    # After 29 steps .82^29 or .3 % of the distance is left; errors of .007, and Q is moved about by its own shocks.
    np.testing.assert_allclose(last, TARGET, atol=0.04)


def test_a_common_shock_draws_correlations_together_and_an_opposite_one_apart():
    n = 20_000
    start = np.repeat(TARGET[None], n, axis=0)
    drawn = correlate(recursion(a=0.2, b=0.7), start, np.random.default_rng(0).standard_normal((n, 2, 3)))
    product = drawn[:, 0, 0] * drawn[:, 0, 1]
    high = product > np.quantile(product, 0.9)
    low = product < np.quantile(product, 0.1)
    after = [np.corrcoef(drawn[chosen, 1, :2].T)[0, 1] for chosen in (high, low)]
    # 2,000 pairs each: errors of .02.
    assert after[0] > 0.6 > after[1] + 0.1


def test_paths_do_not_depend_on_those_beside_them():
    n = BLOCK_CELLS // 9 + 3
    shocks = np.random.default_rng(0).standard_normal((n, 2, 3))
    states = np.repeat(TARGET[None], n, axis=0)
    drawn = correlate(recursion(), states, shocks.copy())
    np.testing.assert_allclose(drawn[-2:], correlate(recursion(), states[-2:], shocks[-2:].copy()), rtol=1e-12)
    assert (states == TARGET).all()


@pytest.mark.parametrize("size", [1e3, 1e9])
def test_shocks_out_of_this_world_stop_nothing(size):
    shocks = np.random.default_rng(0).standard_normal((50, 20, 3))
    shocks[:, 3] *= size
    drawn = correlate(recursion(a=0.3, b=0.6999), np.repeat(TARGET[None], 50, axis=0), shocks)
    assert np.isfinite(drawn).all()
