"""A fit that the person can watch, stop and continue."""

from __future__ import annotations

import shlex
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from synthdiff.cli.interrupt import stop_between
from synthdiff.cli.main import ARGUMENTS
from synthdiff.cli.progress import Bar, fit_facts
from synthdiff.models.artifact import CHECKPOINT

if TYPE_CHECKING:
    import pyarrow as pa

    from synthdiff.models.tabular import TabularDiffusion
    from synthdiff.training.trainer import FitProgress


class Interrupted(KeyboardInterrupt):
    """A fit that was stopped; the message says what was kept and how to go on."""


def train(model: TabularDiffusion, table: pa.Table, target: Path, bar: Bar, resume: str) -> None:
    """Run a fit to its end, showing how far it is.

    Parameters
    ----------
    model : TabularDiffusion
        Fitted in place.
    table : pyarrow.Table
        The rows.
    target : Path
        The model's folder; its checkpoint is continued where it holds one of the same fit.
    bar : Bar
        Shows the progress.
    resume : str
        The command that continues this fit, for the message when it is stopped.

    Raises
    ------
    Interrupted
        When Ctrl-C or SIGTERM stopped it.
    """
    steps = cast("Generator[FitProgress, None, None]", model.fit_steps(table, checkpoint=target / CHECKPOINT))
    step = 0
    try:
        for progress in stop_between(steps):
            step = progress.step
            if progress.message:
                bar.say(progress.message)
            bar.show(progress.phase, progress.fraction, fit_facts(progress))
    except KeyboardInterrupt:
        raise Interrupted(_how_to_go_on(target / CHECKPOINT, step, resume)) from None


def command_line(ctx: click.Context) -> str:
    """The command that was typed, quoted so that a shell reads it the same way again."""
    root = ctx.find_root()
    return f"{root.info_name} {shlex.join(root.meta[ARGUMENTS])}"


def _how_to_go_on(checkpoint: Path, step: int, resume: str) -> str:
    if not any(checkpoint.glob("*")):
        return "Interrupted before the first checkpoint; nothing was kept."
    return f"Interrupted at step {step:,}; the checkpoint is saved. Go on with:\n  {resume}"
