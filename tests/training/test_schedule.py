"""Budgets and learning rates."""

from __future__ import annotations

import pytest

from synthdiff.training.schedule import MOST_RESERVED, Budget, learning_rate


@pytest.mark.parametrize(
    ("budget", "step", "elapsed", "progress", "trained"),
    [
        pytest.param(Budget(100), 25, 7.0, 0.25, 0.25, id="steps alone"),
        pytest.param(Budget(10**9, 60.0), 5, 15.0, 0.25, 0.25, id="time alone"),
        pytest.param(Budget(10**9, 60.0, start=20.0), 0, 20.0, 1 / 3, 0.0, id="training begins late"),
        pytest.param(Budget(10**9, 60.0, start=20.0), 9, 40.0, 2 / 3, 0.5, id="half of the training"),
        pytest.param(Budget(10, 60.0, start=20.0), 9, 40.0, 0.9, 0.9, id="steps end first"),
        pytest.param(Budget(10**9, 60.0, start=20.0), 9, 70.0, 1.0, 1.0, id="time is over"),
        pytest.param(Budget(10**9, 60.0, start=80.0), 0, 80.0, 1.0, 1.0, id="preparing took it all"),
    ],
)
def test_progress(budget: Budget, step: int, elapsed: float, progress: float, trained: float) -> None:
    assert budget.progress(step, elapsed) == pytest.approx(progress)
    assert budget.trained(step, elapsed) == pytest.approx(trained)


def test_time_is_kept_for_what_follows_but_not_too_much() -> None:
    assert Budget(10, 60.0, start=5.0).less(3.0) == Budget(10, 57.0, start=5.0)
    assert Budget(10, 60.0).less(1e6).max_time == 60.0 * (1 - MOST_RESERVED)
    assert Budget(10).less(3.0) == Budget(10)


def test_a_short_fit_warms_up_in_its_first_tenth() -> None:
    rates = [learning_rate(1.0, step, step / 40) for step in range(40)]
    assert max(rates) > 0.97
    assert rates.index(max(rates)) == 4
    long = [learning_rate(1.0, step, step / 4_000) for step in range(200)]
    assert long[49] == pytest.approx(0.5, abs=1e-3)
