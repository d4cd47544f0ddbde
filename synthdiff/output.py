"""The one way to write a file that a user named: whole or not at all; devices and FIFOs are written through.

A regular file is written beside its place and moved there when it is complete and durable, so that whoever looks sees
the old content or the new one. What is no regular file is never replaced.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from synthdiff.errors import ConfigError
from synthdiff.flock import what_is
from synthdiff.partial import clear_partials, create_partial, put_in_place, remove_quietly, sync_folder
from synthdiff.place import STDOUT_NUMBER, Place, find_place
from synthdiff.reason import plain_system_errors, reason

_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL})
_NO_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EBADF, errno.EACCES})
_BUFFER_BYTES = 1 << 16


def check_output(path: str | Path, force: bool = False) -> Place:
    """Refuse what could not be written, before the long work; remove what killed runs left of the same file.

    Parameters
    ----------
    path : str or Path
        Where the output shall go.
    force : bool
        Whether a regular file may be replaced; False by default.

    Returns
    -------
    Place
        What the path leads to.

    Raises
    ------
    ConfigError
        The file exists and `force` is not set; it is a folder, a socket, a disk or a link to nothing; its folder does
        not exist, or files cannot be made there.
    """
    place = find_place(path)
    if place.kind == "file" and not force:
        raise _exists(place)
    if not place.is_stream:
        clear_partials(place.path)
        try:
            stream, partial = create_partial(place.path)
        except OSError as error:
            raise ConfigError(f"cannot write {place.name}: {reason(error)}") from error
        with stream:
            remove_quietly(partial)
    return place


@contextlib.contextmanager
def open_output(path: str | Path, force: bool = False) -> Iterator[BinaryIO]:
    """Open a file that appears, or replaces another, when the block ends well; nothing is left when it does not.

    Parameters
    ----------
    path : str or Path
        Where the output goes. Links are followed. Devices and FIFOs are opened at the first write and written through.
    force : bool
        Whether a regular file may be replaced; False by default. Also a file that appears meanwhile is kept.

    Yields
    ------
    BinaryIO
        Open for writing; a stream cannot seek.

    Raises
    ------
    ConfigError
        See `check_output`.
    DataError
        The file cannot be written.
    """
    place = find_place(path)
    if place.kind == "file" and not force:
        raise _exists(place)
    with _through(place) if place.is_stream else _whole(place, force) as stream:
        yield stream


def write_output(path: str | Path, data: bytes | str, force: bool = True) -> None:
    """Write a file that a user named, whole or not at all.

    Parameters
    ----------
    path : str or Path
        Where it goes; devices and FIFOs are written through.
    data : bytes or str
        The content; text becomes UTF-8.
    force : bool
        Whether to replace a regular file; True by default.

    Raises
    ------
    ConfigError
        See `check_output`.
    DataError
        The file cannot be written.
    """
    content = data if isinstance(data, bytes) else data.encode("utf-8", "backslashreplace")
    with open_output(path, force) as stream, plain_system_errors("write", str(path)):
        stream.write(content)


@contextlib.contextmanager
def _whole(place: Place, force: bool) -> Iterator[BinaryIO]:
    """Write a regular file beside its place, and move it there."""
    clear_partials(place.path)
    with plain_system_errors("write", place.name):
        stream, partial = create_partial(place.path)
    try:
        yield stream
        with plain_system_errors("write", place.name):
            _keep_permissions(stream, place.path)
            _move(stream, partial, place, force)
    except BaseException:
        remove_quietly(partial)
        raise
    finally:
        # What it still holds is of no use; closing may meet the full disk again.
        with contextlib.suppress(OSError):
            stream.close()
    with plain_system_errors("write", place.name):
        _sync(place.path.parent)


def _keep_permissions(stream: BinaryIO, target: Path) -> None:
    """Give a file the owner, where allowed, and the permissions of the one that it replaces."""
    try:
        old = os.stat(target)
    except FileNotFoundError:
        return
    new = os.fstat(stream.fileno())
    if hasattr(os, "fchown") and (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        with contextlib.suppress(OSError):
            os.fchown(stream.fileno(), old.st_uid, old.st_gid)
    if os.chmod in os.supports_fd:
        os.chmod(stream.fileno(), stat.S_IMODE(old.st_mode))


def _move(stream: BinaryIO, partial: Path, place: Place, force: bool) -> None:
    if what_is(place.path) is not None:
        raise ConfigError(f"{place.name} has become {what_is(place.path)} meanwhile; name another file")
    if force or not _link(stream, partial, place):
        put_in_place(stream, partial, place.path)


def _link(stream: BinaryIO, partial: Path, place: Place) -> bool:
    """Give a complete file its name unless somebody else has taken it; say whether the file system can."""
    stream.flush()
    os.fsync(stream.fileno())
    try:
        os.link(partial, place.path)
    except FileExistsError:
        raise _exists(place) from None
    except (OSError, AttributeError) as error:
        if isinstance(error, OSError) and error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(place.path):
            raise _exists(place) from None
        return False
    os.unlink(partial)
    return True


def _sync(folder: Path) -> None:
    """Make the file's name durable, where the file system can."""
    try:
        sync_folder(folder)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise


@contextlib.contextmanager
def _through(place: Place) -> Iterator[BinaryIO]:
    """Write through a device or a FIFO."""
    raw = _Through(place)
    buffered = io.BufferedWriter(raw, _BUFFER_BYTES)
    try:
        yield cast(BinaryIO, buffered)
        with plain_system_errors("write", place.name):
            buffered.flush()
            raw.open()  # so that who reads an empty output meets its end
    finally:
        raw.abandon()
        with contextlib.suppress(OSError):
            buffered.close()


class _Through(io.RawIOBase):
    """A stream that is opened at the first write: a FIFO waits for its reader, and the input is checked before."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._handle: int | None = None
        self._is_abandoned = False

    def writable(self) -> bool:
        return True

    def open(self) -> int:
        """Open the device, or take the file that is open already with its position and mode."""
        if self._handle is None:
            place = self._place
            if place.descriptor is not None:
                if place.descriptor == STDOUT_NUMBER and sys.stdout is not None:
                    sys.stdout.flush()
                self._handle = os.dup(place.descriptor)
            else:
                flags = os.O_WRONLY | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_CLOEXEC", 0)
                self._handle = os.open(place.path, flags)
        return self._handle

    def write(self, data: Any) -> int:
        """Write some bytes; after `abandon`, pretend to."""
        if self._is_abandoned:
            return memoryview(data).nbytes
        return os.write(self.open(), data)

    def abandon(self) -> None:
        """Write nothing any more."""
        self._is_abandoned = True

    def close(self) -> None:
        if not self.closed:
            handle, self._handle = self._handle, None
            super().close()
            if handle is not None:
                os.close(handle)


def _exists(place: Place) -> ConfigError:
    return ConfigError(f"{place.name} exists; choose another name, or replace it with --force (force=True)")
