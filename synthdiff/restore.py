"""One guard around everything that is restored from files: whatever goes wrong there is a damaged model."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from synthdiff.errors import ArtifactError, CorruptError, MissingExtraError

_LONGEST_MESSAGE = 300
_SHOWN = 3


@contextlib.contextmanager
def restoring(place: str | Path, advice: str = "fit it again, or take a copy that is whole") -> Iterator[None]:
    """Turn what goes wrong while an object is built from files into an error that names the place.

    Choose what the caller asked for, such as the device, before: an error of that kind is no damage.

    Parameters
    ----------
    place : str or Path
        What is restored: the model's folder, or a part of it such as ``"adult.synthdiff: codecs.json: columns[3]"``.
        A guard within a guard keeps the inner place.
    advice : str
        What to do then.

    Raises
    ------
    CorruptError
        In place of every exception but ArtifactError and its kinds, and MissingExtraError, which pass; so do
        KeyboardInterrupt and SystemExit.

    Examples
    --------
    >>> with restoring("adult.synthdiff", "fit it again"):
    ...     {}["levels"]
    Traceback (most recent call last):
    ...
    synthdiff.errors.CorruptError: adult.synthdiff is damaged: 'levels' is missing; fit it again
    """
    try:
        yield
    except (ArtifactError, MissingExtraError):
        raise
    except Exception as error:
        raise CorruptError(f"{place} is damaged: {describe(error)}; {advice}") from error


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
    return _printable(message[:_LONGEST_MESSAGE] or type(error).__name__)


def in_fields(problems: list[dict[str, object]]) -> str:
    """Say which fields a pydantic model refused, and why.

    Parameters
    ----------
    problems : list of dict
        What ``ValidationError.errors()`` returns.
    """
    lines = []
    for problem in problems[:_SHOWN]:
        place, message = problem.get("loc", ()), str(problem.get("msg", "")).strip()
        field = ".".join(map(str, place)) if isinstance(place, tuple) else str(place)
        lines.append(_printable(f"{field or 'it'}: {message}")[:_LONGEST_MESSAGE])
    more = f" and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    return "; ".join(lines) + more


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text)
