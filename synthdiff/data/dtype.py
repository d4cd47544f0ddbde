"""Arrow types as words: ``str(type)`` and its inverse, so that a schema file says what it means."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.types as pt
from pydantic import PlainValidator

from synthdiff.errors import SchemaError

MAX_TEXT = 512
MAX_WIDTH = 1 << 16
"""Bytes of a cell of fixed size: missing cells take them too."""

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
            try:
                return make(match)
            except (ValueError, OverflowError) as error:
                raise SchemaError(f"{text!r} is not a type: {error}") from error
    try:
        return pa.type_for_alias(text)
    except ValueError:
        raise SchemaError(f"{text!r} is not a type; write it as Arrow does, for example 'int64' or 'string'") from None


def read_type(text: Any) -> pa.DataType:
    """Read a type from a file that anybody may have written.

    Raises
    ------
    ValueError
        It is no text, Arrow has no such type, or its cells are too wide.
    """
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        raise ValueError(f"the name of an Arrow type, of at most {MAX_TEXT} characters, is expected")
    try:
        dtype = parse_type(text)
    except (pa.ArrowException, OverflowError, TypeError) as error:
        raise ValueError(f"{text!r} is not a type: {error}") from error
    value_type = dtype.value_type if pt.is_dictionary(dtype) else dtype
    if pt.is_nested(value_type) or (pt.is_fixed_size_binary(value_type) and value_type.byte_width > MAX_WIDTH):
        raise ValueError(f"{text!r} is no type of a column")
    return dtype


ArrowType = Annotated[pa.DataType, PlainValidator(read_type)]
"""The type of a column, as a field that is restored."""
