"""Files that are being written: under a random name beside the target, locked until they take its place.

A partial file whose lock is free belongs to nobody alive: a kill has left it, and anybody may remove it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from synthdiff.errors import ArtifactError
from synthdiff.flock import NoLocksError, is_at, open_regular, try_lock

PARTIAL = "partial-"
STAGED = "new-"
_LONGEST_NAME = 255
_ROOM = 32
"""Bytes that are kept for what is added to a name."""
_RANDOM_BYTES, _HASH_DIGITS = 8, 8
_TRIES = 100
_ABANDONED_SECONDS = 86_400.0
"""A file system without locks does not tell who is alive; there, age decides."""


def hidden_beside(target: Path, ending: str) -> Path:
    """Name a hidden file beside a target, ``.NAME.ENDING``; a long NAME is cut so that the whole is a valid name.

    Parameters
    ----------
    target : Path
        What the file belongs to; it need not exist.
    ending : str
        At most 30 ASCII characters.

    Examples
    --------
    >>> hidden_beside(Path("models/adult.synthdiff"), "lock")
    PosixPath('models/.adult.synthdiff.lock')
    """
    stem, limit = target.name, _longest_name(target.parent) - _ROOM
    if len(os.fsencode(stem)) > limit:
        # The hash keeps apart what begins alike.
        mark = "~" + hashlib.sha256(os.fsencode(stem)).hexdigest()[:_HASH_DIGITS]
        while stem and len(os.fsencode(stem)) > limit - len(mark):
            stem = stem[:-1]
        stem += mark
    return target.with_name(f".{stem}.{ending}")


def random_beside(target: Path, kind: str) -> Path:
    """Name a hidden file beside a target that nobody else uses, ``.NAME.KIND`` and 16 random hexadecimal digits."""
    return hidden_beside(target, kind + secrets.token_hex(_RANDOM_BYTES))


def is_hidden(name: str, kind: str) -> bool:
    """Say whether a file's name is one that :func:`random_beside` gives."""
    return re.fullmatch(rf"\..+\.{re.escape(kind)}[0-9a-f]{{{2 * _RANDOM_BYTES}}}", name, re.DOTALL) is not None


def create_partial(target: Path) -> tuple[BinaryIO, Path]:
    """Create the file to write in place of a target, ``.NAME.partial-RANDOM`` beside it, and lock it.

    Parameters
    ----------
    target : Path
        The file that is to be written in the end; it is not touched.

    Returns
    -------
    stream : BinaryIO
        Open for writing and reading. The lock is free when it is closed: rename first, close after.
    partial : Path
        Where it lies; the caller renames or removes it.

    Raises
    ------
    OSError
        As the operating system says; nothing is left behind.
    """
    for _ in range(_TRIES):
        partial = random_beside(target, PARTIAL)
        try:
            handle = open_regular(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        except FileExistsError:
            continue
        try:
            with contextlib.suppress(NoLocksError):
                # Somebody who cleans up may have seen the file before it was locked.
                if not try_lock(handle) or not is_at(handle, partial):
                    os.close(handle)
                    continue
            return os.fdopen(handle, "w+b"), partial
        except BaseException:
            os.close(handle)
            remove_quietly(partial)
            raise
    raise ArtifactError(f"cannot make a file beside {target}: {_TRIES} random names are all taken")


def put_in_place(stream: BinaryIO, partial: Path, target: Path) -> None:
    """Make a partial file durable, let it take the place of its target in one step, and close it.

    Parameters
    ----------
    stream, partial
        What :func:`create_partial` returned.
    target : Path
        The file that is replaced.

    Raises
    ------
    OSError
        As the operating system says; the stream and the partial file are left to the caller.
    """
    stream.flush()
    os.fsync(stream.fileno())
    if os.name == "nt":  # Windows does not rename an open file
        stream.close()
    os.replace(partial, target)
    stream.close()


def clear_partials(target: Path) -> list[Path]:
    """Remove the partial files of a target that nobody alive is writing.

    Parameters
    ----------
    target : Path
        The file that they were to become.

    Returns
    -------
    list of Path
        What was removed. Files that cannot be removed stay, without an error.
    """
    prefix = hidden_beside(target, PARTIAL).name
    return [path for path in hidden_files(target.parent, PARTIAL) if path.name.startswith(prefix) and discard(path)]


def hidden_files(folder: Path, kind: str) -> list[Path]:
    """List what :func:`random_beside` may have named in a folder, in order; empty where it cannot be read."""
    try:
        return sorted(folder / name for name in os.listdir(folder) if is_hidden(name, kind))
    except OSError:
        return []


def is_abandoned(path: Path) -> bool:
    """Say whether a file is a regular one that nobody alive holds."""
    with _claimed(path) as claimed:
        return claimed


def discard(path: Path) -> bool:
    """Remove a partial file that nobody alive holds; say whether it was removed."""
    with contextlib.suppress(OSError), _claimed(path) as claimed:
        if claimed:
            os.unlink(path)
            return True
    return False


def remove_quietly(path: Path) -> None:
    """Remove a file of this process; where that fails, the next run removes it."""
    with contextlib.suppress(OSError):
        os.unlink(path)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable; a file's own fsync does not cover its name."""
    if os.name == "nt":  # Windows cannot open a folder, and its file system journals names
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _claimed(path: Path) -> Iterator[bool]:
    """Hold a file's lock where it is free: whoever made the file a moment ago then takes another name."""
    try:
        handle = open_regular(path, os.O_RDWR)
    except OSError:
        yield False
        return
    try:
        yield _is_free(handle) and is_at(handle, path)
    finally:
        os.close(handle)


def _is_free(handle: int) -> bool:
    try:
        return try_lock(handle)
    except NoLocksError:
        return time.time() - os.fstat(handle).st_mtime > _ABANDONED_SECONDS
    except OSError:
        return False


def _longest_name(folder: Path) -> int:
    try:
        return int(os.pathconf(folder, "PC_NAME_MAX"))
    except (AttributeError, OSError, ValueError):
        return _LONGEST_NAME
