"""The standard streams, made safe: closed ones, ASCII ones, full and broken ones."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import Any

_ESCAPED = "backslashreplace"


def prepare_streams() -> None:
    """Make the standard streams safe to write to, whatever they are.

    A descriptor that is closed is opened, so that no file gets its number: what is read from it ends at once, writing
    results to it fails, and messages to it go nowhere. Characters that an encoding lacks are escaped. A failure to
    write a message is no failure of the command.
    """
    closed = [number for number in (0, 1, 2) if not _is_open(number)]
    for number in closed:
        # The lowest free number is taken, which is this one.
        os.open(os.devnull, os.O_WRONLY if number == 2 else os.O_RDONLY)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 (open as long as the program runs)
    if sys.stdout is None:
        raw = io.FileIO(os.open(os.devnull, os.O_WRONLY) if 1 not in closed else 1, "w", closefd=False)
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", errors=_ESCAPED)
    elif isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors=_ESCAPED)
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    raw = _Messages(2, "w", closefd=False)
    sys.stderr = io.TextIOWrapper(io.BufferedWriter(raw), encoding=encoding, errors=_ESCAPED, line_buffering=True)


def abandon_stdout() -> None:
    """Let what is still to be written go nowhere, without a word: a reader has what it wanted, or writing failed."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        number = sys.stdout.fileno()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, number)
        os.close(null)


def settle_stdout() -> None:
    """Write out what is buffered; where that fails, let it go."""
    try:
        flush_stdout()
    except OSError:
        abandon_stdout()


def flush_stdout() -> None:
    """Write out what is buffered, so that a failure is met while it can still be told.

    Raises
    ------
    OSError
        As the operating system says.
    """
    with contextlib.suppress(ValueError):  # it is closed
        if sys.stdout is not None:
            sys.stdout.flush()


def can_print(text: str) -> bool:
    """Say whether the standard output has all characters of a text."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


class _Messages(io.FileIO):
    """Where messages go; that nobody reads them, or the disk of a log is full, does not stop the work."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data) or 0
        except OSError:
            return memoryview(data).nbytes


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
