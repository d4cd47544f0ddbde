"""Words to a terminal that may be gone: what nobody can read is not worth an error."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any, TextIO


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
    if stream is None:
        return
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


def say_last(text: str) -> None:
    """Print what a command ends with on the standard error; a stream that is gone does not change the exit code."""
    with contextlib.suppress(OSError, AttributeError):
        errors = LastingErrors()
        errors.write(text + "\n")
        errors.flush()
    try:
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError):  # there is none where it was closed at the start
        silence(sys.stdout)
