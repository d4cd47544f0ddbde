"""Steps that arrive: exactly, and as Gaussian ones that are known to do so."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal, t

from synthdiff.codecs.series.volatility import VolatilityFilter
from synthdiff.sampling.bridge import FREEDOM, bridge_moves, log_likelihood

N, L = 20_000, 4
CORRELATION = np.array([[1.0, 0.6], [0.6, 1.0]])
LOADINGS = np.array([[1.0, 0.5], [0.0, 2.0]])
SCALE = np.array([0.5, 1.0, 1.0, 2.0])


def drawn(scale: np.ndarray, n: int = N) -> tuple[np.ndarray, np.ndarray]:
    """Gaussian steps of two series, (n, L, 2), and their log volatilities."""
    rng = np.random.default_rng(0)
    moves = rng.multivariate_normal(np.zeros(2), CORRELATION, (n, L)) * scale[:, None]
    return moves, np.broadcast_to(np.log(scale)[:, None], moves.shape)


def test_steps_add_up_to_the_totals_of_all_or_some_assets() -> None:
    moves, log_volatility = drawn(SCALE, 50)
    for loadings, totals in ((LOADINGS, np.array([1.0, -8.0])), (LOADINGS[:, 1:], np.array([3.0]))):
        moved, log_weights = bridge_moves(moves, log_volatility, CORRELATION, loadings, totals)
        np.testing.assert_allclose(moved.sum(axis=1) @ loadings, np.tile(totals, (50, 1)), atol=1e-9)
        assert np.ptp(log_weights) == pytest.approx(0, abs=1e-9)  # all have the same volatilities


def test_without_totals_nothing_moves() -> None:
    moves, log_volatility = drawn(SCALE, 50)
    moved, log_weights = bridge_moves(moves, log_volatility, CORRELATION, LOADINGS[:, :0], np.empty(0))
    np.testing.assert_array_equal(moved, moves)
    np.testing.assert_array_equal(log_weights, np.zeros(50))


def test_gaussian_steps_have_the_law_that_the_total_leaves_them() -> None:
    """The conditional mean and covariance of a Gaussian, in closed form; variances of 20,000 draws are within 3 %."""
    moves, log_volatility = drawn(SCALE)
    totals = np.array([2.0, -3.0])
    moved = bridge_moves(moves, log_volatility, CORRELATION, LOADINGS, totals)[0].reshape(N, -1)
    free = np.kron(np.diag(SCALE**2), CORRELATION)
    added = np.tile(LOADINGS, (L, 1))
    gain = free @ added @ np.linalg.inv(added.T @ free @ added)
    expected = free - gain @ added.T @ free
    np.testing.assert_allclose(moved.mean(axis=0), gain @ totals, atol=5 * 2 / np.sqrt(N))
    np.testing.assert_allclose(np.cov(moved.T), expected, atol=0.03 * SCALE.max() ** 2 * 1.5)


def test_weights_are_the_likelihoods_of_the_totals() -> None:
    totals = np.array([2.0, -3.0])
    found, expected = [], []
    for factor in (0.5, 1.0, 3.0):
        moves, log_volatility = drawn(factor * SCALE, 1)
        found.append(bridge_moves(moves, log_volatility, CORRELATION, LOADINGS, totals)[1][0])
        covariance = (factor**2 * SCALE**2).sum() * LOADINGS.T @ CORRELATION @ LOADINGS
        expected.append(multivariate_normal.logpdf(totals, cov=covariance))
    np.testing.assert_allclose(np.diff(found), np.diff(expected))


def test_steps_count_as_much_as_their_shares_say() -> None:
    """The second asset rests in the first step, and counts double in the last: the law given what adds up so."""
    moves, log_volatility = drawn(SCALE)
    shares = np.ones((N, L, 2))
    shares[:, 0, 1], shares[:, -1, 1] = 0.0, 2.0
    totals = np.array([2.0, -3.0])
    moved, log_weights = bridge_moves(moves, log_volatility, CORRELATION, LOADINGS, totals, shares)
    np.testing.assert_allclose((shares * (moved @ LOADINGS)).sum(axis=1), np.tile(totals, (N, 1)), atol=1e-8)
    free = np.kron(np.diag(SCALE**2), CORRELATION)
    added = np.concatenate([LOADINGS * share for share in shares[0, :, None]])
    gain = free @ added @ np.linalg.inv(added.T @ free @ added)
    flat = moved.reshape(N, -1)
    np.testing.assert_allclose(flat.mean(axis=0), gain @ totals, atol=5 * 2 / np.sqrt(N))
    np.testing.assert_allclose(np.cov(flat.T), free - gain @ added.T @ free, atol=0.03 * SCALE.max() ** 2 * 1.5)
    expected = multivariate_normal.logpdf(totals, cov=added.T @ free @ added) + np.log(2 * np.pi)
    np.testing.assert_allclose(log_weights, expected, atol=1e-6)


def test_shares_of_one_change_nothing_and_an_asset_at_rest_says_nothing() -> None:
    moves, log_volatility = drawn(SCALE, 50)
    totals, shares = np.array([2.0, -3.0]), np.ones((50, L, 2))
    plain = bridge_moves(moves, log_volatility, CORRELATION, LOADINGS, totals)
    same = bridge_moves(moves, log_volatility, CORRELATION, LOADINGS, np.tile(totals, (50, 1)), shares)
    for one, other in zip(plain, same, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)
    shares[..., 1] = 0.0
    rest = bridge_moves(moves, log_volatility, CORRELATION, LOADINGS, totals, shares)
    alone = bridge_moves(moves, log_volatility, CORRELATION, LOADINGS[:, :1], totals[:1])
    for one, other in zip(rest, alone, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)


def test_assets_that_are_copies_of_each_other_arrive_together() -> None:
    moves, log_volatility = drawn(SCALE, 50)
    twice = np.array([[1.0, 1.0], [0.0, 0.0]])
    moved, log_weights = bridge_moves(moves, log_volatility, CORRELATION, twice, np.array([1.5, 1.5]))
    np.testing.assert_allclose(moved[..., 0].sum(axis=1), 1.5, atol=1e-5)
    assert np.isfinite(log_weights).all()


def test_the_likelihood_is_that_of_students_t_at_the_forecast_volatility() -> None:
    rng = np.random.default_rng(1)
    returns = 0.01 * np.exp(np.repeat([-1.0, 0.0, 1.0], 200))[:, None] * rng.normal(size=(600, 1))
    volatility = VolatilityFilter.fit(returns)
    states = volatility.follow(volatility.split(returns)).take(np.array([190, 590]))
    later = np.array([[0.03], [np.nan], [-0.02]])
    likelihood, after = log_likelihood(later, states, volatility)
    first = np.exp(volatility.log_volatility(states))[:, 0]
    state = states.after(np.full((2, 1), 0.03), volatility.usual)
    last = np.exp(volatility.log_volatility(state))[:, 0]
    stretch = np.sqrt(FREEDOM / (FREEDOM - 2))
    expected = sum(t.logpdf(x, FREEDOM, scale=s / stretch) for x, s in ((0.03, first), (-0.02, last)))
    np.testing.assert_allclose(likelihood, expected)
    assert likelihood[1] > likelihood[0]  # large returns tell of turbulence
    assert len(after) == 2
