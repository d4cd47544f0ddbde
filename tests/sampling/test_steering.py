"""Steered paths against closed forms: a walk of normal steps, whose sum is normal."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from synthdiff.data.interval import effective_size
from synthdiff.errors import ConditioningError, TooFewRowsError
from synthdiff.sampling.pool import DEFENCE
from synthdiff.sampling.steering import steer
from tests.sampling.walk import RoughWalk, Walk, target

N = 400


@pytest.mark.parametrize("probability", [0.3, 0.02, 1e-4, 1e-6])
def test_probabilities_and_means_of_rare_sums(probability: float) -> None:
    """Above a threshold, the sum has the mean of a truncated normal; errors are 4 standard ones at most."""
    walk = Walk()
    scale = np.sqrt(walk.n_steps)
    level = float(norm.isf(probability)) * scale
    found = steer(walk, target(A=(level, None)), N, 0)
    total = found.paths[..., 0].sum(axis=1)
    assert len(total) == N
    assert (total >= level).all()
    mean = scale * norm.pdf(level / scale) / probability
    error = np.sqrt(found.weights**2 @ (total - mean) ** 2)
    assert found.weights @ total == pytest.approx(mean, abs=4 * error)
    low, high = found.interval
    assert low <= probability <= high
    assert found.n_unguided == 2_048
    if probability < 0.1:
        assert found.estimate is not None
        assert found.estimate[0] == pytest.approx(probability, rel=0.2)
        assert found.estimate[1][0] < found.estimate[0] < found.estimate[1][1]
        assert effective_size(found.weights) > 0.3 * N
        assert found.n_draws < 20_000
    else:
        assert found.estimate is None
        assert found.weights == pytest.approx(1 / N)


@pytest.mark.parametrize("error", [0.05, 0.3])
def test_screened_draws_have_the_same_law_at_less_cost(error: float) -> None:
    """A band that .1 % of the sums end in: its mean, and what is not asked for, within 4 standard errors."""
    low, high = 12.0, 12.5
    walk = RoughWalk(error=error)
    found = steer(walk, target(A=(low, high)), 2_000, 0)
    scale = np.sqrt(walk.n_steps)
    probability = norm.sf(low / scale) - norm.sf(high / scale)
    total, other = found.paths.sum(axis=1).T
    assert ((total >= low) & (total <= high)).all()
    mean = scale * (norm.pdf(low / scale) - norm.pdf(high / scale)) / probability
    assert found.weights @ total == pytest.approx(mean, abs=4 * np.sqrt(found.weights**2 @ (total - mean) ** 2))
    assert found.weights @ other == pytest.approx(0, abs=4 * np.sqrt(found.weights**2 @ other**2))
    assert found.estimate is not None
    (estimate, interval), width = found.estimate, found.estimate[1][1] - found.estimate[1][0]
    assert estimate == pytest.approx(probability, abs=width)
    assert width < 0.2 * probability
    assert interval[0] < estimate < interval[1]
    exact = steer(Walk(), target(A=(low, high)), 2_000, 0)
    assert sum(walk.seen) < 0.8 * (exact.n_draws + exact.n_unguided)
    assert effective_size(found.weights) > 0.5 * effective_size(exact.weights)


def test_rough_paths_that_tell_nothing_are_not_used() -> None:
    found, exact = (steer(walk, target(A=(12.0, 12.5)), 500, 0) for walk in (RoughWalk(error=50.0), Walk()))
    np.testing.assert_array_equal(found.paths, exact.paths)


def test_the_interval_of_the_estimate_covers() -> None:
    """12 seeds at 95 %: at least 9 inside has a probability above .99."""
    walk = Walk(n_steps=6)
    level = float(norm.isf(1e-3)) * np.sqrt(6)
    inside = 0
    for seed in range(12):
        estimate = steer(walk, target(A=(level, None)), 100, seed).estimate
        assert estimate is not None
        inside += estimate[1][0] <= 1e-3 <= estimate[1][1]
    assert inside >= 9


def test_what_is_not_asked_for_stays_as_it_is() -> None:
    """The second walk is independent of the first: mean 0, variance 20; standard errors from the weights."""
    found = steer(Walk(), target(A=(12.0, None)), N, 1)
    other = found.paths[..., 1].sum(axis=1)
    error = np.sqrt(20 / found.effective_size)
    assert abs(found.weights @ other) < 4 * error
    assert found.weights @ other**2 == pytest.approx(20, abs=4 * 20 * np.sqrt(2 / found.effective_size))


def test_starts_are_preferred_and_weighed_back() -> None:
    """Half of the starts drift by +.5 a step, a tenth of which reach the level: Bayes says how many of these."""
    walk = Walk(n_steps=10, drifts=(0.0,) * 50 + (0.5,) * 50)
    level = 14.0
    found = steer(walk, target(A=(level, None)), N, 2)
    reach = norm.sf((level - np.array([0.0, 5.0])) / np.sqrt(10))
    share = reach[1] / reach.sum()
    steps = found.paths[..., 0]
    weight = 1 / (1 + np.exp(-(0.5 * steps.sum(axis=1) - 10 * 0.125)))  # of the drift, given the path
    error = np.sqrt(found.weights**2 @ (weight - share) ** 2)
    assert found.weights @ weight == pytest.approx(share, abs=4 * error + 0.01)
    assert found.estimate is not None
    assert found.estimate[0] == pytest.approx(reach.mean(), rel=0.25)


def test_bands_around_single_values_and_several_of_them() -> None:
    values = [-13.0, 0.0, 0.0, 13.0]
    found = steer(Walk(), target(A=values), N, 3, tolerance=0.5)
    total = found.paths[..., 0].sum(axis=1)
    shares = [found.weights[np.abs(total - value) <= 0.5].sum() for value in (-13.0, 0.0, 13.0)]
    assert shares == pytest.approx([0.25, 0.5, 0.25])
    assert found.target.text == "return of A one of 3 values between -13.5 and 13.5"
    everything = norm.cdf(13.5 / np.sqrt(20)) - norm.cdf(12.5 / np.sqrt(20))
    assert found.estimate is not None
    middle = norm.cdf(0.5 / np.sqrt(20)) - norm.cdf(-0.5 / np.sqrt(20))
    assert found.estimate[0] == pytest.approx(2 * everything + middle, rel=0.15)


def test_several_conditions_hold_together() -> None:
    found = steer(Walk(), target(A=(8.0, None), B_to_max_drawdown=(None, -9.0)), 200, 4)
    total, other = found.paths[..., 0].sum(axis=1), found.paths[..., 1].cumsum(axis=1)
    assert (total >= 8).all()
    deepest = (other - np.maximum(np.maximum.accumulate(other, axis=1), 0)).min(axis=1)
    assert (deepest <= -9).all()


def test_weights_are_bounded() -> None:
    """No draw weighs more than 1 / defence times the mean draw, so no path more than that over the draws that met."""
    found = steer(Walk(), target(A=(16.0, None)), N, 5)
    assert found.estimate is not None
    probability = found.estimate[0]
    n_final = N / found.effective_size  # at least
    assert found.weights.max() <= 1 / DEFENCE / (N * probability) * n_final


def test_the_same_seed_gives_the_same_paths_and_more_begin_alike() -> None:
    asked = target(A=(12.0, None))
    first, again, more = steer(Walk(), asked, 50, 6), steer(Walk(), asked, 50, 6), steer(Walk(), asked, 90, 6)
    assert np.array_equal(first.paths, again.paths)
    assert np.array_equal(first.weights, again.weights)
    assert np.array_equal(first.paths, more.paths[:50])
    assert not np.array_equal(first.paths, steer(Walk(), asked, 50, 7).paths)


def test_paths_are_counted_while_they_are_found() -> None:
    seen: list[tuple[int, int]] = []
    steer(Walk(), target(A=(8.0, None)), 2_000, 6, watch=lambda found, wanted: seen.append((found, wanted)))
    found, wanted = zip(*seen, strict=True)
    assert set(wanted) == {2_000}
    assert list(found) == sorted(found)
    assert len(set(found)) > 2
    assert found[-1] < 2_000


def test_effective_size_can_be_asked_for() -> None:
    found = steer(Walk(), target(A=(14.0, None)), 100, 8, min_effective=600)
    assert len(found.weights) > 600
    assert found.effective_size >= 600


def test_what_cannot_be_reached_is_said() -> None:
    with pytest.raises(ConditioningError, match=r"none of .* on the nearest the annual volatility of A is") as caught:
        steer(Walk(n_steps=2, drifts=(0.0,)), target(A_to_volatility=(30.0, None)), 10, 9)
    assert caught.value.column == "A"
    assert caught.value.support[0][1] < 10


def test_too_small_a_budget_is_said() -> None:
    with pytest.raises(TooFewRowsError, match="raise max_draws, now 3,000") as caught:
        steer(Walk(), target(A=14.0), 5_000, 10, tolerance=0.1, max_draws=3_000)
    assert caught.value.asked == 5_000
    assert caught.value.got is not None
    assert 0 < caught.value.got < 5_000
