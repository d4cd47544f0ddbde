"""Draws of holes: exactly to the sum, with the law that a Gaussian has given the other assets, moved as chains say."""

import numpy as np
import pytest

from synthdiff.codecs.series.history import StepHistory
from synthdiff.codecs.series.hole import Hole, HoleDraws, find_holes
from synthdiff.codecs.series.imputation import ObservedReturns, ReturnImputation
from synthdiff.codecs.series.zero_return import EDGES, ZeroReturnChain

N, STEPS, RHO, SIZE = 8_000, 12, 0.8, np.array([0.01, 0.03])
CORRELATION = np.array([[1.0, RHO], [RHO, 1.0]])


class KnownSize(ReturnImputation):
    """A law whose volatility is known, so that all else is in closed form."""

    def size(self, observed):
        return np.broadcast_to(self.scale, observed.values.shape)


def history(holes, seed=0, means=(0.0, 0.0)):
    """Gaussian returns of two assets; each hole is (asset, first, stop), its last step the one where it is known."""
    returns = np.random.default_rng(seed).multivariate_normal(np.zeros(2), CORRELATION, STEPS) * SIZE
    values, spans = returns.copy(), np.ones(returns.shape, dtype=np.int64)
    for asset, first, stop in holes:
        values[first : stop - 1, asset] = np.nan
        values[stop - 1, asset] = returns[first:stop, asset].sum()
        spans[first:stop, asset] = np.arange(1, stop - first + 1)
    means = np.array(means)
    return StepHistory(values - means, spans, np.ones(returns.shape, dtype=bool), means), returns


def draws_of(steps, zeros=None, correlation=CORRELATION):
    zeros = ZeroReturnChain.none(2) if zeros is None else zeros
    idle = ~steps.is_open | zeros.taken(steps.is_zero, steps.known)
    observed = ObservedReturns(steps.totals, steps.spans, idle, np.ones(steps.values.shape))
    runs = zeros.follow(steps.is_zero, steps.known)
    holes = find_holes(steps, np.ones(2, dtype=bool), np.ones(2, dtype=bool))
    return HoleDraws(KnownSize(SIZE, correlation), zeros, steps, observed, runs, holes)


def test_holes_end_where_the_price_is_known_again():
    steps, _ = history([(1, 3, 6), (0, 9, 12)])
    steps.values[:2, 1] = np.nan
    steps.values[-1, 0] = np.nan
    found = find_holes(steps, np.array([True, True]), np.array([True, False]))
    assert [(hole.asset, hole.first, hole.stop) for hole in found] == [(0, 9, 12), (1, 0, 2), (1, 3, 6)]
    assert [bool(np.isnan(hole.change)) for hole in found] == [True, True, False]
    assert find_holes(history([])[0], np.ones(2, dtype=bool), np.ones(2, dtype=bool)) == []


@pytest.mark.parametrize("means", [(0.0, 0.0), (0.004, -0.002)])
def test_what_is_drawn_adds_up(means):
    steps, returns = history([(1, 2, 5), (0, 4, 8), (1, 9, 11)], means=means)
    draws = draws_of(steps)
    drawn = draws.draw(50, np.random.default_rng(0))
    for hole in draws.holes:
        rows = np.searchsorted(draws.rows, np.arange(hole.first, hole.stop))
        total = returns[hole.first : hole.stop, hole.asset].sum()
        np.testing.assert_allclose(drawn[:, rows, hole.asset].sum(axis=1), total, atol=1e-15)
        assert hole.change == pytest.approx(total, abs=1e-15)
        assert drawn[:, rows[0], hole.asset].std() > 0.001


def test_a_hole_has_the_law_that_the_other_asset_and_its_sum_leave_it():
    """Given the other asset, returns of the hole are rho s1 / s0 times its, with deviation s1 sqrt(1 - rho^2); given
    the sum, they have the mean of a bridge. Means of 8,000 draws have an error of s1 / sqrt(8,000), covariances one of
    sqrt(2 / 8,000) = 1.6 % of the variance."""
    steps, returns = history([(1, 3, 7)])
    drawn = draws_of(steps).draw(N, np.random.default_rng(0))[:, :, 1]
    free = RHO * SIZE[1] / SIZE[0] * returns[3:7, 0]
    expected = free + (returns[3:7, 1].sum() - free.sum()) / 4
    variance = SIZE[1] ** 2 * (1 - RHO**2)
    np.testing.assert_allclose(drawn.mean(axis=0), expected, atol=5 * np.sqrt(variance / N))
    np.testing.assert_allclose(np.cov(drawn.T), variance * (np.eye(4) - 0.25), atol=5 * 0.016 * variance)


def test_over_many_histories_the_covariance_with_the_other_asset_is_that_of_the_law():
    """One draw of each of 1,000 histories of a step whose sum is not known: the covariance rho s0 s1 has an error of
    s0 s1 sqrt((1 + rho^2) / 1,000) = 4.0 % of s0 s1, the deviation one of s1 / sqrt(2,000) = 2.2 %."""
    pairs = []
    for seed in range(1_000):
        steps, returns = history([], seed)
        steps.values[5, 1] = np.nan
        draws = draws_of(steps)
        draws.holes[:] = [Hole(1, 5, 6, np.nan)]
        pairs.append((returns[5, 0], draws.draw(1, np.random.default_rng(seed))[0, 0, 1]))
    first, filled = np.array(pairs).T
    scale = SIZE[0] * SIZE[1]
    assert (first * filled).mean() / scale == pytest.approx(RHO, abs=4 * 0.040)
    assert filled.std() == pytest.approx(SIZE[1], rel=4 * 0.022)


def test_holes_that_overlap_have_their_joint_law():
    """Beside the law of Gaussian steps given linear facts; errors of covariances are 1.6 % of the variances."""
    holes = [(0, 2, 6), (1, 4, 9)]
    steps, returns = history(holes)
    draws = draws_of(steps)
    drawn = draws.draw(N, np.random.default_rng(1))
    n_rows = len(draws.rows)
    free = np.kron(np.eye(n_rows), np.outer(SIZE, SIZE) * CORRELATION)
    facts, known = [], []
    for row, step in enumerate(draws.rows):
        for asset in range(2):
            if not any(first <= step < stop and a == asset for a, first, stop in holes):
                facts.append(np.eye(2 * n_rows)[2 * row + asset])
                known.append(returns[step, asset])
    for asset, first, stop in holes:
        fact = np.zeros((n_rows, 2))
        fact[np.isin(draws.rows, np.arange(first, stop)), asset] = 1.0
        facts.append(fact.ravel())
        known.append(returns[first:stop, asset].sum())
    facts = np.array(facts)
    gain = free @ facts.T @ np.linalg.inv(facts @ free @ facts.T)
    mean, covariance = gain @ np.array(known), free - gain @ facts @ free
    flat = drawn.reshape(N, -1)
    inside = ~np.isnan(flat[0])
    np.testing.assert_allclose(flat.mean(axis=0)[inside], mean[inside], atol=6 * SIZE[1] / np.sqrt(N))
    np.testing.assert_allclose(
        np.cov(flat[:, inside].T), covariance[np.ix_(inside, inside)], atol=6 * 0.016 * SIZE[1] ** 2
    )


def chain(after_move, after_rest):
    """Asset 1 stays where it is with probabilities that do not depend on how long it has moved, or has not."""
    probability = np.repeat([after_move, after_rest], len(EDGES))[None]
    return ZeroReturnChain(2, (1,), probability)


def test_zero_returns_lie_among_those_that_add_up():
    """Half of the steps are zero returns; that at least one of four is none leaves them (8 - 1 / 2) / 15 of the steps.
    The error of a share of 8,000 paths of four steps is .003."""
    steps, returns = history([(1, 3, 7)], means=(0.0, 0.001))
    drawn = draws_of(steps, chain(0.5, 0.5)).draw(N, np.random.default_rng(0))[:, :, 1]
    np.testing.assert_allclose(drawn.sum(axis=1), returns[3:7, 1].sum(), atol=1e-15)
    assert (drawn == 0).mean() == pytest.approx((0.5 - 1 / 16) / (1 - 1 / 16), abs=5 * 0.003)


def test_a_price_that_is_where_it_was_has_rested_or_come_back():
    """It rests for all four steps with probability 1/16; else it is back to the digit with .5 over the root of the
    two moves or more that it made. Of 8,000 ways that are weighed and drawn again, the share has an error of .007."""
    steps, _ = history([(1, 3, 7)])
    steps.values[6, 1] = 0.0
    drawn = draws_of(steps, chain(0.5, 0.5)).draw(N, np.random.default_rng(0))[:, :, 1]
    np.testing.assert_allclose(drawn.sum(axis=1), 0.0, atol=1e-15)
    ways = np.array([1, 4, 6, 4, 1]) / 16
    odds = ways * np.array([1.0, 0.0, *(0.5 / np.sqrt([2, 3, 4]))])
    assert (drawn == 0).all(axis=1).mean() == pytest.approx(odds[0] / odds.sum(), abs=5 * 0.007)
