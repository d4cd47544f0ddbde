"""JSON lines that are null, before a parser that expects an object in a block's first line ends the process."""

from __future__ import annotations

import re
from typing import BinaryIO

import numpy as np

from synthdiff.errors import DataError

_CHUNK_BYTES = 1 << 20
_BLANK = b" \t\xef\xbb\xbf"
"""Spaces, tabs, and the bytes of a byte order mark."""
_NULL = re.compile(rb"(?:\A|[\r\n])[ \t\xef\xbb\xbf]*null")
_FIRST = np.frombuffer(_BLANK + b"n", np.uint8)
_GOES_ON = b"x"
"""Stands for the line that a chunk has cut in the middle."""


def check_null_lines(stream: BinaryIO, name: str) -> None:
    """Refuse JSON lines of which one begins with null.

    Parameters
    ----------
    stream : BinaryIO
        JSON lines, which need not be valid; read to its end.
    name : str
        Name of the file, for the message.

    Raises
    ------
    DataError
        A line begins with null; the message says which.
    """
    n_lines, begun = 0, b""
    while chunk := stream.read(_CHUNK_BYTES):
        text = begun + chunk
        if _may_hold(text) and (found := _NULL.search(text)):
            line = n_lines + text.count(b"\n", 0, found.end()) + 1
            raise DataError(f"cannot read {name}: line {line:,} is null, where an object is expected; remove the line")
        n_lines += text.count(b"\n")
        last = text[max(text.rfind(b"\n"), text.rfind(b"\r")) + 1 :].lstrip(_BLANK)
        begun = last if b"null".startswith(last) else _GOES_ON


def _may_hold(text: bytes) -> bool:
    """Whether a line begins with n or a blank: told several times as fast as the pattern is searched for."""
    codes = np.frombuffer(text, np.uint8)
    starts = np.flatnonzero((codes[:-1] == ord("\n")) | (codes[:-1] == ord("\r"))) + 1
    return bool(np.isin(codes[np.append(starts, 0)], _FIRST).any())
