"""Arrow types as words: ``str(type)`` and its inverse, so that a schema file says what it means."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyarrow as pa

from synthdiff.errors import SchemaError

_PATTERNS: dict[str, Callable[[re.Match[str]], pa.DataType]] = {
    r"timestamp\[(s|ms|us|ns), tz=([^\]]+)\]": lambda match: pa.timestamp(match[1], match[2]),
    r"decimal(32|64|128|256)\((\d+), (-?\d+)\)": lambda match: _DECIMALS[match[1]](int(match[2]), int(match[3])),
    r"fixed_size_binary\[(\d+)\]": lambda match: pa.binary(int(match[1])),
    r"dictionary<values=(.+), indices=(\w+), ordered=([01])>": lambda match: pa.dictionary(
        parse_type(match[2]), parse_type(match[1]), ordered=match[3] == "1"
    ),
}
# decimal32 and decimal64 are younger than the oldest pyarrow that we support.
_DECIMALS: dict[str, Callable[[int, int], pa.DataType]] = {
    width: getattr(pa, f"decimal{width}") for width in ("32", "64", "128", "256") if hasattr(pa, f"decimal{width}")
}


def parse_type(text: str) -> pa.DataType:
    """Read a type as Arrow prints it.

    Parameters
    ----------
    text : str
        ``str(type)`` of any type that a column may have.

    Returns
    -------
    pa.DataType

    Raises
    ------
    SchemaError
        Arrow has no such type.

    Examples
    --------
    >>> parse_type("timestamp[ns, tz=Europe/Paris]")
    TimestampType(timestamp[ns, tz=Europe/Paris])
    """
    for pattern, make in _PATTERNS.items():
        if match := re.fullmatch(pattern, text):
            return make(match)
    try:
        return pa.type_for_alias(text)
    except ValueError:
        raise SchemaError(f"{text!r} is not a type; write it as Arrow does, for example 'int64' or 'string'") from None
