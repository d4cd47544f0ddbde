"""The standard streams: closed ones, ASCII ones, full ones, and those of a terminal that is gone."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import Any, TextIO

_ESCAPED = "backslashreplace"


class LastingErrors:
    """The standard error, also after its terminal was closed: then what is written goes nowhere."""

    def write(self, text: str) -> int:
        """Write text; return its length."""
        stream = _real_errors()
        try:
            return stream.write(text) if stream is not None else len(text)
        except OSError:
            silence(stream)
            return len(text)

    def flush(self) -> None:
        """Hand on what was written."""
        stream = _real_errors()
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            silence(stream)

    def __getattr__(self, name: str) -> Any:
        if name == "rich_proxied_file":  # rich would write to what is behind, and fail where this does not
            raise AttributeError(name)
        return getattr(_real_errors(), name)


def _real_errors() -> TextIO | None:
    """Find the standard error of this moment, below what a moving bar of rich puts over it."""
    found: TextIO | None = getattr(sys.stderr, "rich_proxied_file", sys.stderr)
    return found


def silence(stream: TextIO | None) -> None:
    """Let a stream that can no longer be written end in the null device; what it still holds then goes there."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        number = stream.fileno()  # type: ignore[union-attr]
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, number)
        os.close(null)


def say_last(text: str) -> None:
    """Print what a command ends with on the standard error; a stream that is gone does not change the exit code."""
    with contextlib.suppress(OSError, AttributeError):
        errors = LastingErrors()
        errors.write(text + "\n")
        errors.flush()
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except (OSError, ValueError):
        silence(sys.stdout)


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
