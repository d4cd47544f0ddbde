"""What must be said of a fit, in words: overfitting, time that ran out, frequencies that were not put right."""

from __future__ import annotations

from typing import Any

from synthdiff.errors import ConfigError
from synthdiff.models.duration import format_duration
from synthdiff.training.state import TrainerState

OVERFITTED = 0.01
"""Rise of the held-out loss above its minimum, as a share of it, that is worth a word."""
STILL_FALLING = 0.01
"""Fall of the held-out loss over the last half of a fit, as a share of all that it fell, that is worth a word."""
NOT_CALIBRATED = (
    "no time was left to put the frequencies of values right: give more, so that rare values come out as often as "
    "they should"
)


def refuse_without_step(n_steps: int, seconds: float, limit: float) -> None:
    """Refuse a fit that has learnt nothing.

    Parameters
    ----------
    n_steps : int
        Optimiser steps that were made.
    seconds : float
        Time that reading and encoding took.
    limit : float
        Time limit of the fit, in seconds.

    Raises
    ------
    ConfigError
        No step was made.
    """
    if n_steps == 0:
        enough = format_duration(max(4 * seconds, 2 * limit))
        raise ConfigError(
            f"the time limit of {format_duration(limit)} was over before the first training step: encoding the table "
            f"took {format_duration(seconds)}; allow {enough} at least, or fit fewer columns"
        )


def overfitting(history: list[dict[str, Any]]) -> list[str]:
    """Say where the held-out loss was lowest, if it has clearly risen since."""
    losses = [record["valid_loss"] for record in history]
    if not losses or losses[-1] <= min(losses) + OVERFITTED * abs(min(losses)):
        return []
    step = history[losses.index(min(losses))]["step"]
    return [
        f"overfitting: the held-out loss was lowest, {min(losses):.2f} nats a row, at step {step:,}, "
        f"and is {losses[-1]:.2f} at the end"
    ]


def still_falling(state: TrainerState) -> list[str]:
    """Say that more time would help, where the held-out loss fell to the end, and by how much.

    Twice the time lowers the loss by about as much as the last half of it did: of five pairs of fits of two tables, in
    25 to 800 steps, by .9 to 1.9 times as much (adult: .82 and .73, .27 and .25, .19 and .18 nats a row).

    Parameters
    ----------
    state : TrainerState
        At the end of a fit that ran out of time.
    """
    history = state.history
    if len(history) < 2 or state.plan is not None or state.fade is not None:
        return []
    first, last = history[0], history[-1]
    middle = (first["seconds"] + last["seconds"]) / 2
    half = [record for record in history if record["seconds"] <= middle][-1]
    fall, whole = half["valid_loss"] - last["valid_loss"], first["valid_loss"] - last["valid_loss"]
    if last["valid_loss"] > state.best or fall <= STILL_FALLING * whole:
        return []
    return [
        f"the held-out loss was still falling when the time ended, from {half['valid_loss']:.2f} nats a row at step "
        f"{half['step']:,} to {last['valid_loss']:.2f} at step {last['step']:,}: twice the time may lower it by about "
        f"{fall:.2f} more"
    ]
