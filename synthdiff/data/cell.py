"""Cells as text, column by column: what a CSV file and a JSON line hold.

How a column of a CSV file was written (two decimals, ``NA`` for missing) is remembered in the metadata of its field, so
that what is written looks like what was read.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, astuple, dataclass
from typing import Annotated, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from pydantic import Field

from synthdiff.data.form import CsvForm
from synthdiff.errors import DataError
from synthdiff.record import Word

_STYLE = b"synthdiff.style"
_MOST_DECIMALS = 15
GROUPS = (",", ".", " ", "'", "’", "\u00a0", "\u202f")
"""What may part thousands."""
_CONTROL = r"[\x00-\x1f]"


@dataclass(frozen=True)
class CellStyle:
    """How the cells of a column are written.

    Attributes
    ----------
    null : str
        What stands for a missing value.
    decimals : int or None
        Decimals of every float; None writes as many as it takes.
    point : bool
        Whether whole floats have a point: ``22.0`` rather than ``22``.
    exponent : {"", "e", "E"}
        What stands before the exponent where every float has one, as in ``1.50E-03``; none by default.
    decimal : {".", ","}
        The decimal mark, a point by default.
    thousands : str
        What parts thousands; nothing by default.
    zero : bool
        Whether a zero stands before the point: ``0.5`` rather than ``.5``; True by default.
    """

    null: Word = ""
    decimals: Annotated[int, Field(ge=1, le=18)] | None = None
    point: bool = True
    exponent: Literal["", "e", "E"] = ""
    decimal: Literal[".", ","] = "."
    thousands: Annotated[str, Field(max_length=1)] = ""
    zero: bool = True


def style_of(field: pa.Field) -> CellStyle:
    """The style that was remembered for a column, or the default one."""
    stored = (field.metadata or {}).get(_STYLE)
    if stored is None:
        return CellStyle()
    try:
        style = CellStyle(**json.loads(stored))
    except (TypeError, ValueError, RecursionError):
        return CellStyle()
    return style if _is_sound(style) else CellStyle()


def _is_sound(style: CellStyle) -> bool:
    """Whether a style says what it may; a file of anybody's may say anything."""
    null, decimals, point, exponent, decimal, thousands, zero = astuple(style)
    has_decimals = type(decimals) is int and 0 < decimals <= _MOST_DECIMALS
    is_plain = (
        isinstance(null, str) and isinstance(point, bool) and isinstance(zero, bool) and exponent in ("", "e", "E")
    )
    has_marks = decimal in (".", ",") and thousands in ("", *GROUPS) and thousands != decimal
    return is_plain and has_marks and (decimals is None or has_decimals)


def with_style(field: pa.Field, style: CellStyle) -> pa.Field:
    """Remember the style of a column."""
    return field.with_metadata({**(field.metadata or {}), _STYLE: json.dumps(asdict(style)).encode()})


def csv_cells(column: pa.ChunkedArray, field: pa.Field, form: CsvForm) -> pa.Array:
    """Write the cells of a column for a CSV file.

    Parameters
    ----------
    column : pa.ChunkedArray
        n cells.
    field : pa.Field
        Its name, its type and perhaps its style.
    form : CsvForm
        What separates columns, and how cells are quoted.

    Returns
    -------
    pa.Array
        n strings, none null; quoted where they have to be.

    Raises
    ------
    DataError
        The column holds bytes.
    """
    style = style_of(field)
    array = _plain(column, field)
    text = with_marks(_text(array, style), style)
    if _holds_strings(array) or style.thousands or style.decimal != ".":
        # An empty string is quoted, to tell it from a missing value.
        signs = re.escape(form.quote + form.delimiter + form.escape)
        special = pc.match_substring_regex(text, rf"[\r\n{signs}]|^$")
        inner = pc.replace_substring(text, form.escape, form.escape * 2) if form.escape else text
        inner = pc.replace_substring(inner, form.quote, (form.escape or form.quote) + form.quote)
        quoted = pc.binary_join_element_wise(form.quote, inner, form.quote, "")
        text = pc.if_else(special, quoted, text)
    return text.fill_null(style.null)


def json_cells(column: pa.ChunkedArray, field: pa.Field) -> pa.Array:
    """Write the cells of a column as JSON.

    Parameters
    ----------
    column : pa.ChunkedArray
        n cells.
    field : pa.Field
        Its name and type.

    Returns
    -------
    pa.Array
        n strings, none null.

    Raises
    ------
    DataError
        The column holds bytes.
    """
    array = _plain(column, field)
    text = _text(array, CellStyle())
    if pt.is_boolean(array.type):
        text = pc.utf8_lower(text)
    elif not (pt.is_integer(array.type) or pt.is_floating(array.type) or pt.is_decimal(array.type)):
        text = _json_strings(text)
    return text.fill_null("null")


def _plain(column: pa.ChunkedArray, field: pa.Field) -> pa.Array:
    array = column.combine_chunks()
    array = array.chunk(0) if isinstance(array, pa.ChunkedArray) else array
    if pt.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if pt.is_binary(array.type) or pt.is_large_binary(array.type) or pt.is_fixed_size_binary(array.type):
        raise DataError(f"column {field.name!r} holds bytes, which text cannot hold; write parquet", column=field.name)
    return array


def _holds_strings(array: pa.Array) -> bool:
    return bool(pt.is_string(array.type) or pt.is_large_string(array.type) or pt.is_string_view(array.type))


def _text(array: pa.Array, style: CellStyle) -> pa.Array:
    if pt.is_boolean(array.type):
        return pc.if_else(array, "True", "False")
    if pt.is_floating(array.type):
        return float_text(array, style)
    if pt.is_timestamp(array.type):
        # Arrow writes all digits of the unit; trailing zeros say nothing.
        return pc.replace_substring_regex(array.cast(pa.string()), r"(:\d\d)\.0+($|[-+Z])", r"\1\2")
    return array.cast(pa.string())


def float_text(array: pa.Array, style: CellStyle) -> pa.Array:
    """Write floats in a style; null where they are missing or NaN."""
    text = _float_text(array, style)
    return text if style.zero else pc.replace_substring_regex(text, r"^(-?)0\.", r"\1.")


def _float_text(array: pa.Array, style: CellStyle) -> pa.Array:
    array = pc.if_else(pc.is_nan(array), pa.scalar(None, array.type), array)
    if style.exponent:
        values = array.fill_null(0.0).to_numpy(zero_copy_only=False)
        written = pa.array(np.char.mod(f"%.{style.decimals or 0}{style.exponent}", values), pa.string())
        return pc.if_else(array.is_valid(), written, pa.scalar(None, pa.string()))
    text = array.cast(pa.string())
    if style.decimals is not None:
        # Beyond 15 digits, further decimals would be noise, and their integer would overflow.
        limit = 10.0 ** (15 - style.decimals)
        return pc.if_else(pc.less(pc.abs(array), limit), _fixed(array, style.decimals, limit), text)
    if style.point:
        is_bare = pc.match_substring_regex(text, r"^-?\d+$")
        return pc.if_else(is_bare, pc.binary_join_element_wise(text, ".0", ""), text)
    return text


def _fixed(array: pa.Array, decimals: int, limit: float) -> pa.Array:
    """Write floats below the limit with that many decimals, at least one."""
    values = array.cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False)
    digits = np.rint(np.minimum(np.abs(values), limit) * 10**decimals).astype(np.int64)
    whole, rest = np.divmod(digits, 10**decimals)
    sign = pa.array(np.where((values < 0) & (digits > 0), "-", ""))
    padded = pc.utf8_lpad(pa.array(rest).cast(pa.string()), decimals, "0")
    return pc.binary_join_element_wise(sign, pa.array(whole).cast(pa.string()), ".", padded, "")


def with_marks(text: pa.Array, style: CellStyle) -> pa.Array:
    """Give numbers the decimal mark of a style, and part their thousands."""
    if style.decimal != ".":
        text = pc.replace_substring(text, ".", style.decimal)
    return part_thousands(text, style.thousands, style.decimal) if style.thousands else text


def part_thousands(text: pa.Array, group: str, decimal: str, step: int = 3) -> pa.Array:
    """Part the digits before the decimal mark.

    Parameters
    ----------
    text : pa.Array of string
        Numbers, perhaps with a minus before them.
    group : str
        What parts them.
    decimal : str
        The decimal mark.
    step : int
        Digits of all groups but the last, which has three; 3 by default.
    """
    place, length = pc.find_substring(text, decimal), pc.utf8_length(text)
    most = pc.max(pc.if_else(pc.less(place, 0), length, place)).as_py() or 0
    for j in range(max(0, -(-(most - 3) // step))):
        width, behind = (step, re.escape(group)) if j else (3, f"$|[{re.escape(decimal)}]")
        pattern = rf"^(-?[0-9]+)([0-9]{{{width}}})({behind})"
        text = pc.replace_substring_regex(text, pattern, rf"\1{group}\2\3")
    return text


def _json_strings(text: pa.Array) -> pa.Array:
    if pc.any(pc.match_substring_regex(text, _CONTROL)).as_py():
        return pa.array([None if value is None else json.dumps(value) for value in text.to_pylist()], pa.string())
    escaped = pc.replace_substring(pc.replace_substring(text, "\\", "\\\\"), '"', '\\"')
    return pc.binary_join_element_wise('"', escaped, '"', "")
