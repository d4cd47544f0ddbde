"""Writing a model: one process at a time, staged beside its place, and put in order after a kill."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from synthdiff.errors import ArtifactError, ConfigError
from synthdiff.lock import locked
from synthdiff.models.folder import (
    CHECKPOINT,
    aside,
    has_manifest,
    is_unfinished,
    remove_folder,
    resolve,
    staged,
    what_is_strange,
)
from synthdiff.partial import STAGED, random_beside, sync_folder
from synthdiff.storage import plain_errors, write_file
from synthdiff.training.checkpoint import remove_checkpoint

SAVE_SECONDS = 5.0
"""How long a save waits for another one to the same name: writing takes a moment, a fit does not."""


@contextlib.contextmanager
def writing(
    path: str | Path,
    *,
    seconds: float | None = SAVE_SECONDS,
    waiting: Callable[[str], None] | None = None,
    command: str | None = None,
) -> Iterator[Path]:
    """Hold the right to write a model, and first put in order what a kill has left there.

    A thread that holds it may ask for it again, as :func:`write_artifact` does.

    Parameters
    ----------
    path : str or Path
        The folder, ``NAME.synthdiff``. Parents are made; those that stay empty are removed.
    seconds : float or None
        How long to wait for whoever holds it; None waits until it is free.
    waiting : callable or None
        Is told in one line whom is waited for.
    command : str or None
        What runs, for whoever is refused meanwhile.

    Yields
    ------
    Path
        Where the folder lies when links are followed.

    Raises
    ------
    LockedError
        Another process, or thread, holds it for longer than that; the message says who.
    ConfigError
        The name cannot be one of a model.
    ArtifactError
        The operating system refuses.
    """
    target = resolve(path)
    with contextlib.ExitStack() as stack:
        with plain_errors("write the model", target):
            stack.enter_context(_parents(target.parent))
            stack.enter_context(locked(target, seconds=seconds, waiting=waiting, command=command))
        _recover(target)
        yield target


def recover(path: str | Path) -> None:
    """Put in order what a kill while a model was written has left; where there is nothing to do, do nothing.

    A previous model that had stepped aside comes back, staged files are removed. Call it before a fit that writes to
    this path; :func:`write_artifact` does so itself.

    Parameters
    ----------
    path : str or Path
        The folder, ``NAME.synthdiff``; it need not exist.

    Raises
    ------
    LockedError
        Another process writes to this path: what lies there may be its work.
    ConfigError
        Something that is no model stands where a previous model steps aside.
    ArtifactError
        The operating system refuses.
    """
    target = resolve(path)
    if target.parent.is_dir():
        with writing(target):
            pass


def replace_folder(target: Path, contents: Mapping[str, bytes]) -> None:
    """Put a model in its place in one step; its right to be written is held, and what is there may be replaced.

    Parameters
    ----------
    target : Path
        A resolved path.
    contents : mapping of str to bytes
        Each file of the model.

    Raises
    ------
    ConfigError
        Something that is no model has come there meanwhile.
    LockedError
        A fit is at work in the folder.
    OSError
        As the operating system says. What was there before stands.
    """
    stage = _stage(target, contents)
    try:
        _replace(target, stage)
    finally:
        remove_folder(stage)


def _stage(target: Path, contents: Mapping[str, bytes]) -> Path:
    stage = random_beside(target, STAGED)
    stage.mkdir()
    try:
        for name, data in contents.items():
            write_file(stage / name, data)
    except BaseException:
        remove_folder(stage)
        raise
    return stage


def _replace(target: Path, stage: Path) -> None:
    with _no_fit_in(target):
        if target.exists():
            os.rename(target, aside(target))
        try:
            # Somebody may have put something there since it was checked; what stands aside changes no more.
            if strange := what_is_strange(aside(target)):
                raise ConfigError(f"{target} {strange}: choose another name, or move it away")
            os.rename(stage, target)
        except BaseException:
            if aside(target).exists():
                os.rename(aside(target), target)
            raise
    sync_folder(target.parent)
    with contextlib.suppress(OSError):  # the new model is in its place; the next write removes the old one
        _discard(target)


@contextlib.contextmanager
def _no_fit_in(target: Path) -> Iterator[None]:
    """Keep fits out of the checkpoint that goes with the folder; refuse where one is at work."""
    if is_unfinished(target):
        with locked(target / CHECKPOINT, nested=False):
            yield
    else:
        yield


def _recover(target: Path) -> None:
    """Put the place in order, its lock being held: what is staged there is nobody's work any more."""
    with plain_errors("recover the model", target):
        if os.path.lexists(aside(target)):
            strange = what_is_strange(aside(target))
            if strange is not None:
                raise ConfigError(f"{aside(target)} {strange}, and stands where a model steps aside: move it away")
            _bring_back(target)
        for leftover in staged(target):
            remove_folder(leftover)


def _bring_back(target: Path) -> None:
    previous = aside(target)
    if what_is_strange(target) is not None:
        return  # whoever checks the target is told so
    if has_manifest(target) or not (has_manifest(previous) or is_unfinished(previous)):
        _discard(target)
        return
    with _no_fit_in(target):
        if is_unfinished(target):  # a fit that began meanwhile keeps its checkpoint
            remove_checkpoint(previous / CHECKPOINT)
            os.rename(target / CHECKPOINT, previous / CHECKPOINT)
    if target.exists() and not remove_folder(target):
        raise ArtifactError(f"{target} cannot be removed: move it away")
    os.rename(previous, target)
    sync_folder(target.parent)


def _discard(target: Path) -> None:
    """Remove the model that stands aside, where one does; under a name of leftovers, so that the next run goes on."""
    gone = random_beside(target, STAGED)
    with contextlib.suppress(FileNotFoundError):
        os.rename(aside(target), gone)
        remove_folder(gone)


@contextlib.contextmanager
def _parents(folder: Path) -> Iterator[None]:
    """Make a folder and those above it; in the end, those that were made and are empty go."""
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            for place in made:
                os.rmdir(place)
