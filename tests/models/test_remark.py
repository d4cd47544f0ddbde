"""What is said of a fit."""

from __future__ import annotations

import pytest

from synthdiff.models.remark import still_falling
from synthdiff.training.schedule import Plan
from synthdiff.training.state import TrainerState


def state_of(losses: list[float], plan: Plan | None = None) -> TrainerState:
    history = [{"step": 10 * i, "seconds": 5.0 + i, "valid_loss": loss} for i, loss in enumerate(losses)]
    return TrainerState(best=min(losses), history=history, plan=plan)


def test_a_loss_that_falls_to_the_end_is_said_with_what_more_time_may_bring() -> None:
    (words,) = still_falling(state_of([40.0, 33.0, 30.0, 29.0, 28.5]))
    assert "from 30.00 nats a row at step 20 to 28.50 at step 40" in words
    assert words.endswith("twice the time may lower it by about 1.50 more")


def test_two_evaluations_are_enough() -> None:
    assert "by about 3.00 more" in still_falling(state_of([40.0, 37.0]))[0]


@pytest.mark.parametrize(
    ("losses", "plan"),
    [
        pytest.param([40.0], None, id="one evaluation"),
        pytest.param([40.0, 30.0, 28.0, 28.02], None, id="it rises at the end"),
        pytest.param([40.0, 30.0, 28.05, 28.0, 27.99], None, id="it hardly falls"),
        pytest.param([40.0, 33.0, 30.0, 29.0], Plan(5, 10, 0.1), id="the length was planned"),
        pytest.param([40.0, 40.0], None, id="nothing was learnt"),
    ],
)
def test_otherwise_nothing_is_said(losses: list[float], plan: Plan | None) -> None:
    assert still_falling(state_of(losses, plan)) == []
