"""How the program ends: what an error says, and the code that it exits with."""

from __future__ import annotations

import os
import traceback

from synthdiff import errors
from synthdiff.reason import reason

EXIT_CODES: dict[type[BaseException], int] = {
    Exception: 1,
    OSError: 3,
    MemoryError: 3,
    RecursionError: 3,
    errors.DataError: 3,
    errors.ConfigError: 3,
    errors.MissingExtraError: 3,
    errors.ConstraintError: 4,
    errors.SamplingError: 4,
    errors.QualityGateError: 5,
    errors.ArtifactError: 6,
    errors.StorageError: 3,
    KeyboardInterrupt: 130,
}
"""The exit code of an error: that of the nearest class above it. Usage errors exit with 2, by click."""

DEBUG = "SYNTHDIFF_DEBUG"
MOST_CHARACTERS = 2_000
"""Length of a message that is printed."""


def exit_code(error: BaseException) -> int:
    """Return the code that the program exits with after an error.

    Parameters
    ----------
    error : BaseException
        What stopped the program.
    """
    if _is_out_of_memory(error):
        return EXIT_CODES[MemoryError]
    return next((EXIT_CODES[cls] for cls in type(error).__mro__ if cls in EXIT_CODES), 1)


def describe(error: BaseException) -> str:
    """Say what stopped the program, in a line; with its traceback where SYNTHDIFF_DEBUG is set.

    Parameters
    ----------
    error : BaseException
        What stopped the program.
    """
    if os.environ.get(DEBUG):
        return "".join(traceback.format_exception(error)).rstrip()
    if isinstance(error, KeyboardInterrupt):
        return str(error) or "Interrupted."
    if isinstance(error, errors.SynthdiffError):
        return f"Error: {_shortened(str(error))}"
    if isinstance(error, OSError):
        # Files are named by their own errors; what has no name is a standard stream.
        what = f"use {error.filename}" if isinstance(error.filename, str) else "write to the standard output"
        return f"Error: cannot {what}: {reason(error)}"
    if _is_out_of_memory(error):
        words = f": {str(error).splitlines()[0]}" if str(error) else ""
        return f"Error: there is not enough memory{words}; use fewer rows, a smaller --batch-size or --preset fast"
    if isinstance(error, RecursionError):
        return "Error: the input is nested too deeply; flatten it"
    return (
        f"Unexpected error: {type(error).__name__}: {error}\n"
        f"This should not have happened. {DEBUG}=1 before the same command shows where it did."
    )


def _shortened(text: str) -> str:
    """Leave out the middle of a message that quotes more than anybody reads, such as a name of 5,000 characters."""
    half = MOST_CHARACTERS // 2
    return text if len(text) <= MOST_CHARACTERS else f"{text[:half]} ... {text[-half:]}"


def _is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out; torch says so by a class of its own on a device, and in words on the CPU."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
