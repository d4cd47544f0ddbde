"""How deeply JSON is nested, before a parser that calls itself for each level meets it and ends the process."""

from __future__ import annotations

import re
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from synthdiff.errors import DataError

MOST_LEVELS = 500
"""Arrow's parser survived 10,000 levels and crashed at 100,000; a table needs one."""
_CHUNK_BYTES = 1 << 20
_STEPS = np.zeros(256, dtype=np.int8)
_STEPS[[ord("["), ord("{")]] = 1
_STEPS[[ord("]"), ord("}")]] = -1
_ESCAPE = re.compile(rb"\\[^\n]")


def check_nesting(stream: BinaryIO, name: str) -> None:
    """Refuse JSON that is nested too deeply.

    Parameters
    ----------
    stream : BinaryIO
        JSON lines, which need not be valid; read to its end.
    name : str
        The file, for the message.

    Raises
    ------
    DataError
        It has more than `MOST_LEVELS` levels.
    """
    level = lowest = quotes = 0
    rest = b""
    while chunk := stream.read(_CHUNK_BYTES):
        text = _ESCAPE.sub(b"", rest + chunk)
        rest = b"\\" if text.endswith(b"\\") else b""
        codes = np.frombuffer(text, np.uint8)
        if not len(codes):
            continue
        in_string, quotes = _in_strings(codes, quotes)
        levels = level + np.cumsum(np.where(in_string, 0, _STEPS[codes]), dtype=np.int64)
        # Closing brackets without opening ones are no credit for what comes.
        floors = np.minimum(np.minimum.accumulate(levels), lowest)
        if int((levels - floors).max()) > MOST_LEVELS:
            raise DataError(f"cannot read {name}: its JSON is nested more than {MOST_LEVELS} levels deep; flatten it")
        level, lowest = int(levels[-1]), int(floors[-1])


def _in_strings(codes: npt.NDArray[np.uint8], before: int) -> tuple[npt.NDArray[np.bool_], int]:
    """Which characters are within a string, and the quotes since the last line began; no string goes over lines."""
    counts = before + np.cumsum(codes == ord('"'), dtype=np.int64)
    at_line = np.maximum.accumulate(np.where(codes == ord("\n"), counts, 0))
    since = counts - at_line
    return since % 2 == 1, int(since[-1])
