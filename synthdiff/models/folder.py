"""What stands at the place of a model: ours, by content, or somebody else's, which is never replaced or removed."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from synthdiff.errors import ArtifactError, ConfigError, CorruptError
from synthdiff.flock import what_is
from synthdiff.lock import clear_lock, lock_file
from synthdiff.models.envelope import LIMITS, MANIFEST, MANIFEST_LIMIT, Envelope, parse_manifest
from synthdiff.partial import PARTIAL, STAGED, discard, hidden_beside, hidden_files
from synthdiff.storage import digest, read_file
from synthdiff.training.checkpoint import remove_checkpoint, what_is_not_ours

CHECKPOINT = "checkpoint"


def resolve(path: str | Path) -> Path:
    """Follow links and ``~`` to where a model's folder lies, or would lie.

    Raises
    ------
    ConfigError
        The name cannot be one of a folder: its user is unknown, its links go round in circles, it is too long.
    """
    try:
        target = Path(path).expanduser().resolve()
        with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            os.lstat(target)
    except (RuntimeError, ValueError, OSError) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"{str(path)!r} cannot be the name of a model: {words}; choose another name") from error
    if not target.name or what_is(target) == "a link":
        what = "a link that leads to itself" if target.name else "the root of the file system"
        raise ConfigError(f"{str(path)!r} is {what}; choose another name")
    return target


def aside(target: Path) -> Path:
    """Name where the previous model stands while a new one takes its place."""
    return hidden_beside(target, "old")


def staged(target: Path) -> list[Path]:
    """List what was being written, or removed, when a kill came; call it with the target's lock held."""
    prefix = hidden_beside(target, STAGED).name
    return [path for path in hidden_files(target.parent, STAGED) if path.name.startswith(prefix) and _is_folder(path)]


def is_unfinished(target: Path) -> bool:
    """Say whether a folder holds the checkpoint of a fit."""
    return _is_folder(target / CHECKPOINT)


def has_manifest(target: Path) -> bool:
    """Say whether a folder holds a regular file where a manifest belongs."""
    return what_is(target / MANIFEST) is None and os.path.isfile(target / MANIFEST)


def what_is_strange(target: Path) -> str | None:
    """Say what stands at the place of a model and is not ours, as a verb and its object; None for nothing or ours.

    A finished model is ours when its manifest is and every file agrees with it; an unfinished one when its checkpoint
    is; an empty folder is free.

    Raises
    ------
    OSError
        The folder cannot be read.
    """
    kind = what_is(target)
    if kind != "a folder":
        return None if not os.path.lexists(target) else f"is {kind or 'a file'}; a model is a folder"
    names = sorted(os.listdir(target))
    known = (MANIFEST, *LIMITS)
    for name in names:
        if name in known and (found := what_is(target / name)):
            return f"holds {name}, which is {found}, not a regular file"
        if name not in (*known, CHECKPOINT) and not _is_passing(target / name):
            return f"holds {name}, which is no part of a model"
    if MANIFEST in names:
        try:
            read_folder(target, read_file(target / MANIFEST, MANIFEST_LIMIT))
        except ArtifactError as error:
            return f"is damaged, or no model of synthdiff ({error})"
    elif files := [name for name in names if name in LIMITS]:
        return f"holds {files[0]} without a manifest of synthdiff"
    if CHECKPOINT not in names:
        return None
    if not is_unfinished(target):
        return f"holds {CHECKPOINT}, which is {what_is(target / CHECKPOINT) or 'a file'}, not a folder"
    found = what_is_not_ours(target / CHECKPOINT)
    return None if found is None else f"holds {found}, which is no part of a model"


def read_folder(folder: Path, text: bytes) -> tuple[dict[str, Any], Envelope, dict[str, bytes]]:
    """Read the files that a manifest names, and check each against its size and its hash.

    Parameters
    ----------
    folder : Path
        The model.
    text : bytes
        Its manifest.

    Raises
    ------
    CorruptError, VersionError, ArtifactError
        As :func:`synthdiff.models.envelope.parse_manifest` says, or a file is missing, truncated or edited.
    """
    manifest, envelope = parse_manifest(text, folder / MANIFEST)
    contents = {}
    for name, limit in LIMITS.items():
        file, mark = folder / name, envelope.files[name]
        try:
            contents[name] = read_file(file, limit, mark.bytes)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise CorruptError(f"{file} is missing") from error
        if digest(contents[name]) != mark.sha256:
            raise CorruptError(f"{file} was edited: its content does not match its hash in {MANIFEST}")
    return manifest, envelope, contents


def remove_folder(folder: Path) -> bool:
    """Remove a model's folder by the names that a model has; where something else is in it, that stays.

    Returns
    -------
    bool
        Whether the folder is gone.
    """
    with contextlib.suppress(OSError, ArtifactError):
        lock = lock_file(folder / CHECKPOINT)
        if os.path.lexists(lock) and not clear_lock(lock, empty=True):
            return False  # a fit is at work there
        for name in (MANIFEST, *LIMITS):  # the manifest first: half a folder must not look like a finished model
            if what_is(folder / name) is None:
                (folder / name).unlink(missing_ok=True)
        for path in hidden_files(folder, PARTIAL):
            if _is_passing(path):
                discard(path)
        if is_unfinished(folder):
            remove_checkpoint(folder / CHECKPOINT)
        os.rmdir(folder)
        return True
    return False


def _is_passing(path: Path) -> bool:
    """Say whether a file is a lock of the checkpoint or a partial file of the model."""
    if what_is(path):
        return False
    own = [hidden_beside(path.with_name(name), PARTIAL).name for name in (MANIFEST, *LIMITS)]
    is_partial = path in hidden_files(path.parent, PARTIAL) and any(path.name.startswith(name) for name in own)
    return is_partial or path == lock_file(path.with_name(CHECKPOINT))


def _is_folder(path: Path) -> bool:
    return what_is(path) == "a folder"
