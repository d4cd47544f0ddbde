"""Bounds on what paths can do: nothing that is drawn goes beyond them, and what lies beyond is refused at once."""

from __future__ import annotations

import numpy as np
import pytest

from synthdiff.data.request import Subjects
from synthdiff.errors import ConditioningError
from synthdiff.models.reach import largest_steps, reachable
from synthdiff.models.scenario import Scenario
from tests.models.markets import trained

SUBJECTS = Subjects(("A", "B"), ("return", "difference"), {"A": 1.0}, per_year=252.0)


@pytest.mark.parametrize("n_assets", [1, 2])
@pytest.mark.parametrize("recalibrated", [True, False])
def test_no_step_that_is_drawn_is_larger_than_the_bound(n_assets: int, recalibrated: bool) -> None:
    fitted = trained(n_assets).fitted_
    course = Scenario.anywhere(fitted, 60, recalibrated=recalibrated).course
    drawn = np.concatenate([course.returns(steps) for steps in course.chunks(1_000, 0)])
    bound = largest_steps(course)
    assert bound.shape == (60, n_assets)
    assert (np.abs(drawn) <= bound).all()
    assert (bound < 2.0).all()


def test_measures_of_bounded_steps_have_closed_forms() -> None:
    steps = np.full((10, 2), 0.1)
    assert reachable(SUBJECTS.measure("A", "return"), steps) == pytest.approx((np.expm1(-1.0), np.expm1(1.0)))
    assert reachable(SUBJECTS.measure("B", "return"), steps) == pytest.approx((-1.0, 1.0))
    assert reachable(SUBJECTS.measure("A", "max_drawdown"), steps) == pytest.approx((np.expm1(-1.0), 0.0))
    assert reachable(SUBJECTS.measure("A", "volatility"), steps) == pytest.approx((0.0, 0.1 * np.sqrt(252)))
    portfolio = reachable(SUBJECTS.measure("portfolio", "return"), steps)
    assert portfolio == pytest.approx((np.expm1(-1.0), np.expm1(1.0)))


def test_a_short_position_loses_when_its_asset_rises() -> None:
    subjects = Subjects(("A", "B"), ("return", "return"), {"A": 2.0, "B": -1.0})
    low, high = reachable(subjects.measure("portfolio", "return"), np.full((1, 2), 0.1))
    assert low == pytest.approx(2 * np.expm1(-0.1) - np.expm1(0.1))
    assert high == pytest.approx(2 * np.expm1(0.1) - np.expm1(-0.1))


@pytest.mark.parametrize("asked", [-0.9999, 1e6, "<=-99.9%"])
def test_what_lies_beyond_is_refused(asked: object) -> None:
    model = trained(2)
    with pytest.raises(ConditioningError, match="no path of 2 steps does what was asked") as caught:
        model.sample(10, 2, {model.assets_[0]: asked})
    low, high = caught.value.support
    assert -1 < low < 0 < high
