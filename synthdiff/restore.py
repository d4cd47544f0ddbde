"""One guard around everything that is restored from files: whatever goes wrong there is a damaged file.

Hashes tell what was damaged, not who wrote it. So what a file says is checked before it is used, and whatever goes
wrong all the same is the file's fault: a `CorruptError` that names the file and, where it is known, the field.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from synthdiff.errors import ArtifactError, CorruptError, MissingExtraError, SynthdiffError

_LONGEST_MESSAGE = 300
_LONGEST_NAME = 200
_SHOWN = 3


@contextlib.contextmanager
def restoring(
    place: str | Path, part: str = "", advice: str = "fit it again, or take a copy that is whole"
) -> Iterator[None]:
    """Turn what goes wrong while an object is built from files into an error that names the place.

    Choose what the caller asked for, such as the device, before: an error of that kind is no damage.

    Parameters
    ----------
    place : str or Path
        What is restored, such as the model's folder. A guard within a guard keeps the inner place.
    part : str
        The file of it that is read, such as ``"codecs.json"``; the field is added where the error knows it.
    advice : str
        What to do then.

    Raises
    ------
    CorruptError
        In place of every exception but ArtifactError and its kinds, and MissingExtraError, which pass; so do
        KeyboardInterrupt and SystemExit.

    Examples
    --------
    >>> with restoring("adult.synthdiff", "codecs.json", "fit it again"):
    ...     {}["levels"]
    Traceback (most recent call last):
    ...
    synthdiff.errors.CorruptError: adult.synthdiff is damaged, or was not written by synthdiff: codecs.json: ...
    """
    try:
        yield
    except (ArtifactError, MissingExtraError):
        raise
    except Exception as error:
        what = f"{part}{': ' if part else ''}{describe(error)}"
        raise CorruptError(f"{place} is damaged, or was not written by synthdiff: {what}; {advice}") from error


def describe(error: Exception) -> str:
    """Say in one short line what is wrong, with the field where the error knows it."""
    found = getattr(error, "errors", None)
    if callable(found):  # pydantic's ValidationError
        return in_fields(found())
    if isinstance(error, KeyError) and len(error.args) == 1:
        return f"{error.args[0]!r} is missing"[:_LONGEST_MESSAGE]
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, MemoryError):
        return "it asks for more memory than there is"
    message = " ".join(str(error).split())
    if not isinstance(error, (ValueError, SynthdiffError)):
        message = f"{type(error).__name__} {message}".strip()
    return _printable(message[:_LONGEST_MESSAGE] or type(error).__name__)


def in_fields(problems: Sequence[Any]) -> str:
    """Say which fields a pydantic model refused, and why.

    Parameters
    ----------
    problems : sequence of dict
        What ``ValidationError.errors()`` returns.

    Examples
    --------
    >>> in_fields([{"loc": ("columns", 3, "digits"), "msg": "Input should be a valid integer"}])
    'columns[3].digits: Input should be a valid integer'
    """
    lines = []
    for problem in problems[:_SHOWN]:
        message = str(problem["msg"]).removeprefix("Value error, ").strip()
        lines.append(_printable(f"{_field(problem['loc'])}: {message}".removeprefix(": "))[:_LONGEST_MESSAGE])
    more = f" and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    return "; ".join(lines) + more


def _field(place: Sequence[int | str]) -> str:
    """A field as one would write it: ``columns[3].digits``."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key[:_LONGEST_NAME]}" for key in place)
    return text.removeprefix(".")


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text)
