"""Whether paths can be led to a target: found out before real ones are drawn."""

from __future__ import annotations

import pytest

from synthdiff.errors import ConditioningError, TooFewRowsError
from synthdiff.sampling.feasible import refuse_infeasible
from tests.sampling.walk import RoughWalk, Walk, target


def test_what_rough_paths_are_not_led_near_to_is_refused_without_a_real_one() -> None:
    walk = RoughWalk(n_steps=2)
    with pytest.raises(ConditioningError, match=r"none of .* on the nearest the annual volatility of A is"):
        refuse_infeasible(walk, target(A_to_volatility=(60.0, None)), None, 10, 10_000, 0)
    assert not walk.seen


def test_what_far_too_few_rough_paths_meet_is_refused_without_a_real_one() -> None:
    walk = RoughWalk()
    with pytest.raises(TooFewRowsError, match="raise max_draws, now 2,000") as caught:
        refuse_infeasible(walk, target(A=25.0), 0.2, 100_000, 2_000, 0)
    assert caught.value.asked == 100_000
    assert not walk.seen


@pytest.mark.parametrize("asked", [{"A": -3.0}, {"A": 15.0}, {"A_to_max_drawdown": "<=-12"}])
def test_what_can_be_reached_is_not_refused(asked: dict[str, object]) -> None:
    refuse_infeasible(RoughWalk(), target(**asked), None, 200, 20_000, 0)


def test_paths_without_a_rough_version_are_not_looked_at() -> None:
    refuse_infeasible(Walk(), target(A=1e9), None, 200, 20_000, 0)
