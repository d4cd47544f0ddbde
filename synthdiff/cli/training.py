"""A fit that the person can watch, stop and continue."""

from __future__ import annotations

import contextlib
import shlex
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from synthdiff.cli.interrupt import stop_between
from synthdiff.cli.main import ARGUMENTS, BEGAN
from synthdiff.cli.progress import Bar, fit_facts
from synthdiff.cli.screen import messages
from synthdiff.errors import ConfigError, CorruptError
from synthdiff.lock import LockedError
from synthdiff.models.artifact import check_target
from synthdiff.models.folder import CHECKPOINT
from synthdiff.models.replacement import writing
from synthdiff.storage import plain_errors, read_file, write_file
from synthdiff.training.checkpoint import COMMAND, load_checkpoint, remove_checkpoint
from synthdiff.visible import shell_words

if TYPE_CHECKING:
    import pyarrow as pa

    from synthdiff.models.series import SeriesDiffusion
    from synthdiff.models.tabular import TabularDiffusion

    Model = TabularDiffusion | SeriesDiffusion

_COMMAND_BYTES = 1 << 16


class Interrupted(KeyboardInterrupt):
    """A fit that was stopped; the message says what was kept and how to go on."""


@contextlib.contextmanager
def claimed(target: Path, *, command: str, force: bool = False, wait: bool = False) -> Iterator[None]:
    """Hold the right to write a model from before its data are read until it is saved.

    Parameters
    ----------
    target : Path
        The model's folder.
    command : str
        What runs, for whoever is refused meanwhile.
    force : bool
        A finished model may be replaced.
    wait : bool
        Wait for another fit to the same name, saying so; otherwise it is refused at once.

    Raises
    ------
    ConfigError
        Somebody else writes it, a finished model is there, or something that is no model.
    ArtifactError
        The operating system refuses.
    """
    console = messages()

    def say(text: str) -> None:
        console.print(text, soft_wrap=True)

    with writing(target, seconds=None if wait else 0.0, waiting=say, command=command):
        check_target(target, force=force)
        yield


def train(
    model: Model, table: pa.Table, target: Path, bar: Bar, *, command: str, force: bool = False, spent: float = 0.0
) -> None:
    """Run a fit to its end, showing how far it is.

    Parameters
    ----------
    model : TabularDiffusion or SeriesDiffusion
        Fitted in place.
    table : pyarrow.Table
        The rows, or series.
    target : Path
        The model's folder; its checkpoint is continued where it holds one of the same fit.
    bar : Bar
        Shows the progress.
    command : str
        The command that continues this fit, for when it is stopped.
    force : bool
        Give up a checkpoint that cannot be continued: of another fit, or damaged.
    spent : float
        Seconds of the time limit that are over already.

    Raises
    ------
    Interrupted
        When Ctrl-C or SIGTERM stopped it.
    """
    folder = target / CHECKPOINT
    if force:
        _give_up_other_fit(model, table, folder)
    steps = model.fit_steps(table, checkpoint=folder, spent=spent)
    try:
        bar.show("encode", next(steps).fraction, "")  # a checkpoint of another fit is refused here, and stays as it is
        with _noted(folder, command):
            for progress in stop_between(steps, too_late=lambda progress: progress.phase == "done"):
                if progress.message:
                    bar.say(progress.message)
                bar.show(progress.phase, progress.fraction, fit_facts(progress))
    except KeyboardInterrupt:
        raise Interrupted(_how_to_go_on(folder, command)) from None


def command_line(ctx: click.Context) -> str:
    """The command that was typed, quoted so that a shell reads it the same way again."""
    root = ctx.find_root()
    return f"{root.info_name} {shell_words(root.meta[ARGUMENTS])}"


def seconds_so_far(ctx: click.Context) -> float:
    """Seconds since the command began: for imports and reading, which a time limit counts too."""
    return time.monotonic() - float(ctx.find_root().meta[BEGAN])


def remembered_command(target: Path) -> str | None:
    """The command that goes on with an unfinished fit, from any folder; None where nobody noted it."""
    try:
        text = read_file(target / CHECKPOINT / COMMAND, _COMMAND_BYTES).decode(errors="replace").strip()
    except (OSError, ValueError):
        return None
    return "".join(sign if sign.isprintable() else "?" for sign in text)


@contextlib.contextmanager
def _noted(folder: Path, command: str) -> Iterator[None]:
    """Note the command beside the checkpoint; a fit that fails before its first checkpoint leaves no folder behind."""
    with plain_errors("write into", folder):
        folder.mkdir(parents=True, exist_ok=True)
        words = f"cd {shlex.quote(str(Path.cwd()))} && {command}\n"
        write_file(folder / COMMAND, words.encode(errors="surrogateescape"))
    try:
        yield
    except BaseException:
        if load_checkpoint(folder) is None:
            remove_checkpoint(folder)
            with contextlib.suppress(OSError):  # folders that hold something else stay
                folder.parent.rmdir()
        raise


def _give_up_other_fit(model: Model, table: pa.Table, folder: Path) -> None:
    """Remove a checkpoint that this fit cannot go on from; errors that are not the checkpoint's stay errors."""
    try:
        _plan(model.fit_steps(table, checkpoint=folder))
    except LockedError:
        raise
    except (ConfigError, CorruptError):
        _plan(model.fit_steps(table))
        remove_checkpoint(folder)


def _plan(steps: Any) -> None:
    next(steps)
    steps.close()


def _how_to_go_on(folder: Path, command: str) -> str:
    kept = load_checkpoint(folder)
    if kept is None:
        return "Interrupted before there was anything to keep."
    step = kept.part("state").get("step")
    return f"Interrupted; the checkpoint of step {step:,} is saved. Go on with:\n  {command}"
