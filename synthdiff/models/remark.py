"""What must be said of a fit, in words: overfitting, time that ran out, frequencies that were not put right."""

from __future__ import annotations

from typing import Any

from synthdiff.errors import ConfigError
from synthdiff.models.duration import format_duration

OVERFITTED = 0.01
"""Rise of the held-out loss above its minimum, as a share of it, that is worth a word."""
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
