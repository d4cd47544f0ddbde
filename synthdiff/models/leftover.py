"""What killed processes have left in a folder, found by name and by content, and removed when nobody alive holds it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from synthdiff.errors import SynthdiffError
from synthdiff.flock import what_is
from synthdiff.lock import LOCK, LockedError, clear_lock, locked
from synthdiff.models.folder import CHECKPOINT, aside, has_manifest, is_unfinished, remove_folder, what_is_strange
from synthdiff.models.replacement import recover
from synthdiff.partial import PARTIAL, STAGED, discard, hidden_beside, hidden_files, is_abandoned
from synthdiff.storage import plain_errors
from synthdiff.training.checkpoint import leftovers


@dataclass(frozen=True)
class Leftover:
    """Something that a killed process has left.

    Attributes
    ----------
    path : Path
        Where it lies.
    what : str
        ``"partial file"``, ``"staged model"``, ``"previous model"`` or ``"lock"``.
    done : bool
        Whether it was removed, or put back.
    """

    path: Path
    what: str
    done: bool


def clean_folder(folder: Path, *, dry_run: bool = False) -> list[Leftover]:
    """Remove the leftovers of nobody alive in a folder and in the models that lie in it.

    Parameters
    ----------
    folder : Path
        A folder, or a model's folder.
    dry_run : bool
        Only look.

    Returns
    -------
    list of Leftover
        What was found, in order.

    Raises
    ------
    ArtifactError
        The folder cannot be read.
    """
    with plain_errors("clean", folder):
        names = sorted(os.listdir(folder))
    models = [path for path in (folder, *(folder / name for name in names)) if _is_model(path)]
    partial = [path for path in hidden_files(folder, PARTIAL) if is_abandoned(path)]
    partial += [path for model in models for path in leftovers(model / CHECKPOINT)]
    places = dict.fromkeys([folder, *models])
    return [
        *(lock for place in places for lock in _locks(place, dry_run)),
        *_previous_models(folder, names, dry_run),
        *_staged_models(folder, dry_run),
        *(Leftover(path, "partial file", not dry_run and discard(path)) for path in partial),
    ]


def _previous_models(folder: Path, names: list[str], dry_run: bool) -> Iterator[Leftover]:
    """Put back, or remove, models that stepped aside when their writer was killed."""
    for name in names:
        path, target = folder / name, _owner_of(folder / name, ".old")
        if target is None or path != aside(target) or not _holds_a_model(path) or not _is_free(target):
            continue
        if not dry_run:
            with contextlib.suppress(SynthdiffError):
                recover(target)
        yield Leftover(path, "previous model", not os.path.lexists(path))


def _staged_models(folder: Path, dry_run: bool) -> Iterator[Leftover]:
    for path in hidden_files(folder, STAGED):
        target = _owner_of(path, f".{STAGED}")
        if target is None or what_is(path) != "a folder" or not _is_free(target):
            continue
        if dry_run:
            yield Leftover(path, "staged model", False)
            continue
        with contextlib.suppress(LockedError, OSError), locked(target):
            yield Leftover(path, "staged model", remove_folder(path))


def _locks(folder: Path, dry_run: bool) -> Iterator[Leftover]:
    with contextlib.suppress(OSError):
        for name in sorted(os.listdir(folder)):
            if name.startswith(".") and name.endswith(f".{LOCK}") and clear_lock(folder / name, dry_run=dry_run):
                yield Leftover(folder / name, "lock", not dry_run)


def _owner_of(path: Path, ending: str) -> Path | None:
    """Name the model that a hidden file lies beside; None where the name is not one of those."""
    stem, found, _ = path.name[1:].rpartition(ending)
    is_hidden = path.name.startswith(".") and found and stem not in ("", ".", "..")
    return path.with_name(stem) if is_hidden else None


def _is_free(target: Path) -> bool:
    """Say whether nobody writes a model; a name that was cut when it was hidden is its own lock's."""
    lock = hidden_beside(target, LOCK)
    return not os.path.lexists(lock) or clear_lock(lock, dry_run=True)


def _holds_a_model(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return what_is_strange(path) is None and (has_manifest(path) or is_unfinished(path))
    return False


def _is_model(path: Path) -> bool:
    return what_is(path) == "a folder" and (has_manifest(path) or is_unfinished(path))
