"""One writer at a time: a lock file beside what is written, which says who writes, where, and since when.

The kernel's lock on the file decides, so a process that was killed holds nothing. Where there are no such locks, the
file itself is the lock, and its record decides whether its owner is still alive. Readers need no lock.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from synthdiff.errors import ArtifactError, ConfigError
from synthdiff.flock import NoLocksError, is_at, open_regular, try_lock
from synthdiff.partial import hidden_beside

LOCK = "lock"
POLL_SECONDS = 0.2
_RECORD_BYTES = 4096
_TRIES = 100
_OWN_EMPTY = ".synthdiff.lock"
"""How the name of a file ends that a kill before its record has left empty: only then is it known to be a lock."""


@dataclass(frozen=True)
class Owner:
    """Who holds a lock, as its file says.

    Attributes
    ----------
    user : str
        Name of the user, or the user's number.
    pid : int
        Number of the process.
    host : str
        Name of the machine, or of the container.
    start : str
        When the lock was taken, in UTC, by ISO 8601.
    command : str or None
        What runs there.
    """

    user: str
    pid: int
    host: str
    start: str
    command: str | None = None

    def __str__(self) -> str:
        what = f" ({self.command})" if self.command else ""
        return f"process {self.pid} of {self.user} on {self.host} since {self.start}{what}"


class LockedError(ConfigError):
    """Somebody else writes there.

    Parameters
    ----------
    message : str
        What is locked, by whom, and what to do.
    owner : Owner or None
        Who holds it, where the lock says so.
    """

    def __init__(self, message: str, *, owner: Owner | None = None) -> None:
        super().__init__(message)
        self.owner = owner


class _Held(threading.local):
    """The lock files that this thread of this process holds."""

    def __init__(self) -> None:
        self.files: set[tuple[int, Path]] = set()


_held = _Held()


def lock_file(target: Path) -> Path:
    """Name the lock file of a target, ``.NAME.lock`` beside it."""
    return hidden_beside(target, LOCK)


@contextlib.contextmanager
def locked(
    target: Path,
    *,
    seconds: float | None = 0.0,
    waiting: Callable[[str], None] | None = None,
    command: str | None = None,
    nested: bool = True,
) -> Iterator[None]:
    """Hold the lock of a target; threads of one process exclude one another too.

    Parameters
    ----------
    target : Path
        A resolved path; its folder must exist.
    seconds : float or None
        How long to wait for somebody else; None waits until the lock is free.
    waiting : callable or None
        Is told once, in one line, whom is waited for.
    command : str or None
        What runs, for whoever is refused meanwhile.
    nested : bool
        Whether a thread that holds the lock already may go on; it then keeps the lock.

    Raises
    ------
    LockedError
        Somebody else holds it for longer than that.
    ArtifactError
        The lock file is no regular file.
    OSError
        As the operating system says.
    """
    path = lock_file(target)
    mark = os.getpid(), path  # a forked child inherits the set, but not the lock
    if nested and mark in _held.files:
        yield
        return
    release = _wait(path, target, seconds, waiting, command)
    if nested:
        _held.files.add(mark)
    try:
        yield
    finally:
        _held.files.discard(mark)
        release()


def clear_lock(path: Path, *, empty: bool = False, dry_run: bool = False) -> bool:
    """Remove a lock file whose owner is dead; anything else, and what cannot be removed, stays.

    Parameters
    ----------
    path : Path
        ``.NAME.lock``.
    empty : bool
        Whether an empty file, which a kill before the record leaves, is a lock whatever it is named.
    dry_run : bool
        Only look.

    Returns
    -------
    bool
        Whether it was, or would be, removed.
    """
    try:
        handle = open_regular(path)
    except OSError:
        return False
    try:
        owner, is_empty = _owner(handle), os.fstat(handle).st_size == 0
        if owner is None and not (is_empty and (empty or path.name.endswith(_OWN_EMPTY))):
            return False
        free = try_lock(handle) if _has_locks(handle) else owner is not None and not _may_be_alive(owner)
        if free and is_at(handle, path) and not dry_run:
            os.unlink(path)
        return free
    except OSError:
        return False
    finally:
        os.close(handle)


def _wait(
    path: Path, target: Path, seconds: float | None, waiting: Callable[[str], None] | None, command: str | None
) -> Callable[[], None]:
    end = None if seconds is None else time.monotonic() + seconds
    told = False
    while True:
        try:
            return _acquire(path, command)
        except LockedError as error:
            if end is not None and time.monotonic() >= end:
                raise LockedError(
                    f"{target} is being written by {error.owner or 'another process'}: choose another name, or wait "
                    f"until it is done (fit --wait){error}",
                    owner=error.owner,
                ) from None
            if waiting is not None and not told:
                waiting(f"waiting for {target.name}, which is being written by {error.owner or 'another process'}")
                told = True
        time.sleep(POLL_SECONDS)


def _has_locks(handle: int) -> bool:
    try:
        try_lock(handle)
    except NoLocksError:
        return False
    return True


def _acquire(path: Path, command: str | None) -> Callable[[], None]:
    """Take the lock now, or raise LockedError; what is returned gives it back."""
    for _ in range(_TRIES):
        handle, is_new = _open(path)
        try:
            if not try_lock(handle):
                raise LockedError("", owner=_owner(handle))
            is_mine = _is_mine(handle, path, command)
        except NoLocksError:
            is_mine = is_new
            if is_new:  # then whoever makes the file holds the lock
                _write_or_remove(handle, path, command)
            else:
                _make_way(handle, path)
        except BaseException:
            os.close(handle)
            raise
        if is_mine:
            return lambda: _release(handle, path)
        os.close(handle)  # its last owner has removed it meanwhile, or was dead
    raise ArtifactError(f"{path} is replaced again and again by other processes: try once more")


def _is_mine(handle: int, path: Path, command: str | None) -> bool:
    """Write the record into a lock that was just taken, if its file still is in its place."""
    if not is_at(handle, path):
        return False
    if os.fstat(handle).st_size and _owner(handle) is None:
        raise ArtifactError(f"{path} stands where a lock belongs, and is none: move it away")
    if not os.access(path, os.W_OK):  # a dead one of another user makes way
        os.unlink(path)
        return False
    with contextlib.suppress(OSError):  # the kernel's lock counts, not the record
        _write(handle, command)
    return True


def _open(path: Path) -> tuple[int, bool]:
    """Open the lock file; say whether it was made here."""
    for _ in range(_TRIES):
        with contextlib.suppress(FileExistsError):
            return open_regular(path, os.O_RDWR | os.O_CREAT | os.O_EXCL), True
        try:
            return open_regular(path, os.O_RDWR), False
        except FileNotFoundError:
            continue
        except PermissionError:  # another user's can be locked, and removed if the folder allows, but not written
            return open_regular(path), False
    raise ArtifactError(f"{path} is replaced again and again by other processes: try once more")


def _release(handle: int, path: Path) -> None:
    """Remove the file while it is locked, so that nobody can remove the next owner's."""
    try:
        if is_at(handle, path):
            with contextlib.suppress(OSError):
                os.unlink(path)
    finally:
        os.close(handle)


def _write_or_remove(handle: int, path: Path, command: str | None) -> None:
    """Write the record; where it decides, a lock without one would bar everybody."""
    try:
        _write(handle, command)
    except BaseException:
        _release(handle, path)
        raise


def _make_way(handle: int, path: Path) -> None:
    """Remove the open lock file of an owner that is dead; close it and raise LockedError where it may be alive."""
    try:
        owner = _owner(handle)
        if owner is None or _may_be_alive(owner):
            raise LockedError(f"; if that process is gone, delete {path}", owner=owner)
        gone = path.with_name(f"{path.name}-{secrets.token_hex(8)}")
        with contextlib.suppress(FileNotFoundError):
            os.rename(path, gone)  # of two that see a dead owner, one moves the new owner's file: it comes back
            if not is_at(handle, gone):
                with contextlib.suppress(FileExistsError):
                    os.link(gone, path)
            os.unlink(gone)
    except BaseException:
        os.close(handle)
        raise


def _write(handle: int, command: str | None) -> None:
    start = datetime.now(UTC).isoformat(timespec="milliseconds")
    text = json.dumps(asdict(Owner(_user(), os.getpid(), socket.gethostname(), start, command and command[:200])))
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    os.write(handle, text.encode())


def _owner(handle: int) -> Owner | None:
    """Read who wrote the record; None where it is not whole, as while it is being written."""
    try:
        os.lseek(handle, 0, os.SEEK_SET)
        found = json.loads(os.read(handle, _RECORD_BYTES))
        command = found.get("command")
        words = [_shown(found[name]) for name in ("user", "host", "start")]
        return Owner(words[0], int(found["pid"]), words[1], words[2], None if command is None else _shown(command))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return None


def _shown(value: Any) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in str(value)[:200])


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user without a name, as in a container
        return str(os.getuid()) if hasattr(os, "getuid") else "somebody"


def _may_be_alive(owner: Owner) -> bool:
    """Say whether the owner may still run; only this machine's processes can be told dead."""
    if owner.host != socket.gethostname() or os.name == "nt" or owner.pid <= 0:
        return True
    try:
        os.kill(owner.pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    began, taken = _process_start(owner.pid), _seconds(owner.start)
    return began is None or taken is None or began <= taken + 1.0


def _process_start(pid: int) -> float | None:
    """When a process began, in seconds since 1970; None where the system does not tell."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            ticks = int(file.read().rpartition(b")")[2].split()[19])
        with open("/proc/stat", "rb") as file:
            booted = next(int(line.split()[1]) for line in file if line.startswith(b"btime"))
    except (OSError, ValueError, IndexError, StopIteration):
        return None
    return booted + ticks / os.sysconf("SC_CLK_TCK")


def _seconds(start: str) -> float | None:
    try:
        return datetime.fromisoformat(start).timestamp()
    except ValueError:
        return None
