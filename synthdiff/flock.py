"""Locks of the kernel on open files: they end with the process that holds them, however it ends."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from synthdiff.errors import CorruptError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_UNSUPPORTED = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a link",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class NoLocksError(OSError):
    """The file system, or the operating system, has no such locks."""


def try_lock(handle: int) -> bool:
    """Lock an open file for this descriptor alone; also other descriptors of the same process are kept out.

    Parameters
    ----------
    handle : int
        Descriptor of an open file. Closing it frees the lock.

    Returns
    -------
    bool
        False if somebody else holds the lock.

    Raises
    ------
    NoLocksError
        There are no locks here.
    """
    if fcntl is None:
        raise NoLocksError(errno.ENOTSUP, "no file locks")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno in _UNSUPPORTED:
            raise NoLocksError(error.errno, error.strerror) from error
        raise
    return True


def open_regular(path: Path, flags: int = os.O_RDONLY, mode: int = 0o666) -> int:
    """Open a regular file and nothing else; a FIFO or a device is refused at once and never waited for.

    Parameters
    ----------
    path : Path
        A link in its last part is refused.
    flags : int
        Those of ``os.open``.
    mode : int
        Permissions of a file that is made, before the umask.

    Returns
    -------
    int
        A descriptor that child programs do not inherit.

    Raises
    ------
    CorruptError
        Something that is not a regular file is there.
    OSError
        As the operating system says.
    """
    safe = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        handle = os.open(path, flags | safe | getattr(os, "O_BINARY", 0), mode)
    except OSError as error:
        # A link, a socket, a FIFO without a reader, a folder: each has an error of its own.
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.EISDIR, errno.EMLINK) and (what := what_is(path)):
            raise CorruptError(f"{path} is {what}, not a regular file") from error
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise CorruptError(f"{path} is {what_is(path) or 'a folder'}, not a regular file")
    return handle


def what_is(path: Path) -> str | None:
    """Name the kind of thing at a path, such as ``"a FIFO"``; None for a regular file, and where nothing is."""
    try:
        return _KINDS.get(stat.S_IFMT(os.lstat(path).st_mode))
    except OSError:
        return None


def is_at(handle: int, path: Path) -> bool:
    """Say whether an open file still is the one at a path."""
    try:
        return os.path.samestat(os.fstat(handle), os.lstat(path))
    except OSError:
        return False
