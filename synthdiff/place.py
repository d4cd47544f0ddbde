"""What an output path leads to: a new file, a file to replace, or a device or FIFO to write through."""

from __future__ import annotations

import errno
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from synthdiff.errors import ConfigError
from synthdiff.reason import reason

STDOUT_NUMBER = 1
_MOST_LINKS = 40
_DESCRIPTORS = re.compile(r"(/proc/[0-9]+(/task/[0-9]+)?|/dev)/fd")
_REFUSED = {
    stat.S_IFDIR: "is a folder; name a file",
    stat.S_IFSOCK: "is a socket, which cannot be written to as a file; name a file",
    stat.S_IFBLK: "is a disk, which would be destroyed; name a file",
}


@dataclass(frozen=True)
class Place:
    """Where an output goes.

    Attributes
    ----------
    name : str
        The path as it was given, for messages.
    path : Path
        The file itself, without links in its last part.
    kind : {"new", "file", "stream"}
        Whether nothing is there yet, a regular file is, or something that is written through and never replaced.
    descriptor : int or None
        The number of this process's open file that the path names, as /dev/stdout and /dev/fd/63 do.
    """

    name: str
    path: Path
    kind: Literal["new", "file", "stream"]
    descriptor: int | None = None

    @property
    def is_stream(self) -> bool:
        """Whether it is written through, without a way back."""
        return self.kind == "stream"


def find_place(path: str | Path) -> Place:
    """Find what an output path leads to; links are followed, and nothing is opened.

    Parameters
    ----------
    path : str or Path
        Where the output shall go; ``~`` is the home folder.

    Raises
    ------
    ConfigError
        It is a folder, a socket, a disk, a link to nothing or a path that the operating system refuses.
    """
    name = str(path)
    try:
        return _find(name, expand_home(path))
    except OSError as error:
        raise ConfigError(f"cannot write {name}: {reason(error)}") from error


def expand_home(path: str | Path) -> Path:
    """Replace ``~`` or ``~user`` at the beginning of a path.

    Parameters
    ----------
    path : str or Path
        Any path.

    Raises
    ------
    ConfigError
        There is no such user or home folder, or the path holds what no path can.
    """
    text = os.fspath(path)
    try:
        is_valid = b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        is_valid = False
    if not is_valid:
        raise ConfigError(f"{text!r} is no path: it holds a character that no file name can hold")
    full = os.path.expanduser(text)
    if full == text and text.startswith("~") and not os.path.lexists(text):
        user = text[1:].partition("/")[0]
        whose = f"there is no home folder of a user {user!r}" if user else "there is no home folder"
        raise ConfigError(f"{text}: {whose}; a file of that name is written ./{text}")
    return Path(full)


def is_same(first: str | Path, second: str | Path) -> bool:
    """Say whether two output paths lead to the same file; the null device may be named twice.

    Raises
    ------
    ConfigError
        As `find_place` does.
    """
    one, two = find_place(first), find_place(second)
    if one.path == Path(os.devnull):
        return False
    try:
        return one.path == two.path or os.path.samefile(one.path, two.path)
    except OSError:
        return False


def _find(name: str, path: Path) -> Place:
    here, descriptor = _follow(path)
    if descriptor is not None:
        _check_descriptor(name, descriptor)
        return Place(name, here, "stream", descriptor)
    try:
        mode = os.stat(here).st_mode
    except FileNotFoundError:
        return _new(name, path, here)
    kind = stat.S_IFMT(mode)
    if kind in _REFUSED:
        raise ConfigError(f"{name} {_REFUSED[kind]}")
    if kind == stat.S_IFREG and _DESCRIPTORS.fullmatch(str(here.parent)) is None:
        return Place(name, here, "file")
    if not os.access(here, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return Place(name, here, "stream")


def _follow(path: Path) -> tuple[Path, int | None]:
    """The end of a chain of links, and the number of the own open file that it may be."""
    for _ in range(_MOST_LINKS):
        folder = Path(os.path.realpath(path.parent))
        here = folder / path.name if path.name not in ("", "..") else Path(os.path.realpath(path))
        if _is_own(folder) and path.name.isdecimal():
            return here, int(path.name)
        # What another process has open is no path to follow: /proc/7/fd/1 may read "pipe:[4026]".
        if not here.is_symlink() or _DESCRIPTORS.fullmatch(str(folder)):
            return here, None
        path = folder / os.readlink(here)
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def _is_own(folder: Path) -> bool:
    return re.fullmatch(rf"/proc/{os.getpid()}(/task/[0-9]+)?/fd|/dev/fd", str(folder)) is not None


def _check_descriptor(name: str, number: int) -> None:
    try:
        kind = stat.S_IFMT(os.fstat(number).st_mode)
    except (OSError, OverflowError):
        raise ConfigError(f"cannot write {name}: no such file is open; name a file") from None
    if kind == stat.S_IFDIR:
        raise ConfigError(f"{name} {_REFUSED[kind]}")
    if not can_write(number):
        raise ConfigError(f"cannot write {name}: it is open for reading only; name a file")


def can_write(descriptor: int) -> bool:
    """Say whether an open file was opened for writing; True where the system does not tell."""
    try:
        import fcntl
    except ImportError:  # Windows
        return True
    return fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY


def _new(name: str, asked: Path, here: Path) -> Place:
    if asked.is_symlink():
        raise ConfigError(f"{name} is a link to {here}, which does not exist; remove the link, or name another file")
    if not here.parent.is_dir():
        raise ConfigError(f"cannot write {name}: there is no folder {asked.parent}; make it first")
    return Place(name, here, "new")
