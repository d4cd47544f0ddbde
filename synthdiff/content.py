"""Small files read whole: schemas and reports; nothing that is endless, and nothing that is too large."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from synthdiff.errors import DataError
from synthdiff.place import expand_home
from synthdiff.reason import plain_system_errors

MOST_BYTES = 1 << 28
"""A schema of a million columns has 100 MB."""
_READABLE = (stat.S_IFREG, stat.S_IFIFO)


def read_content(path: str | Path, verb: str = "read", most_bytes: int = MOST_BYTES) -> bytes:
    """Read a file that a user named.

    Parameters
    ----------
    path : str or Path
        A regular file or a FIFO; ``~`` is the home folder.
    verb : str
        What messages say was tried; ``"read"`` by default.
    most_bytes : int
        Largest size in bytes; 2**28 by default.

    Raises
    ------
    DataError
        It cannot be read, is a folder, a socket or a device, or is too large.
    """
    full = expand_home(path)
    with plain_system_errors(verb, str(path)):
        mode = os.stat(full).st_mode
        if stat.S_IFMT(mode) not in _READABLE:
            what = "a folder" if stat.S_ISDIR(mode) else "no regular file"
            raise DataError(f"cannot {verb} {path}: it is {what}; name a file")
        with open(full, "rb") as stream:
            data = stream.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise DataError(f"cannot {verb} {path}: it has more than {most_bytes:,} bytes")
    return data


def parse_json(data: bytes, name: str | Path, hook: Callable[[dict[str, Any]], Any] | None = None) -> Any:
    """Parse JSON in UTF-8, with or without a byte-order mark.

    Parameters
    ----------
    data : bytes
        The text.
    name : str or Path
        Where it is from, for messages.
    hook : callable or None
        What each object becomes, as in `json.loads`; None leaves it a dict.

    Raises
    ------
    DataError
        It is not JSON, not UTF-8, or nested too deeply.
    """
    try:
        return json.loads(data.decode("utf-8-sig"), object_hook=hook)
    except RecursionError:
        raise DataError(f"{name} is not usable JSON: it is nested too deeply") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{name} is not UTF-8 text: byte {error.start:,} is invalid") from None
    except ValueError as error:
        message = "a number has too many digits" if "int_max_str_digits" in str(error) else error
        raise DataError(f"{name} is not JSON: {message}") from None
