"""Columns of text that hold numbers and nothing else: as numbers, and how they were written."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.data.cell import CellStyle
from synthdiff.data.options import ReadOptions

MISSING = (
    *("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", "none", "<NA>", "NaT", "?", "-", "."),
    *("na", "N.A.", "n.a.", "N/a", "Na", "Nan", "Null", "NONE", "-nan", "-NaN", "#NA", "#N/A N/A", "(null)", "\\N"),
    *("--", "---", "–", "—", "..", "...", "*", "missing", "Missing", "unknown", "Unknown", "nil", "NIL", "void"),
)
"""What stands for a missing value."""
_DATE = r"^[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}([ T]|$)"
_HEAD = 1000
_USUAL = 0.9
"""Share of the floats that must have one number of decimals for all to get it."""
_PLAIN = ReadOptions()


def parse_cells(cells: pa.ChunkedArray, options: ReadOptions = _PLAIN) -> tuple[pa.ChunkedArray, CellStyle]:
    """Turn text into numbers where nothing is lost.

    Parameters
    ----------
    cells : pa.ChunkedArray
        Strings, null where the cell was empty.
    options : ReadOptions
        Decimal mark, what parts thousands, and what stands for a missing value.

    Returns
    -------
    column : pa.ChunkedArray
        Integers, floats or the strings.
    style : CellStyle
        How they were written.
    """
    cells, named = _drop_named(cells, options.na_values)
    present = cells.drop_null()
    integer, real = _patterns(options)
    for pattern, is_text in ((integer, False), (real, False), (_DATE, True)):
        # The first cells rule most patterns out, and cost little.
        if _missing_marker(present[:_HEAD], pattern) is None:
            continue
        marker = _missing_marker(present, pattern)
        # An empty cell in quotes is text, and stands for a missing value in a column of numbers.
        is_all = marker == "" and not pc.any(pc.equal(present, "")).as_py()
        values = cells if is_all else _drop_others(cells, pattern)
        if marker is None or values.null_count == len(values):
            continue
        style = CellStyle(null=marker or named)
        if is_text:
            return values, style
        return _parse(values, style, options, is_whole=pattern == integer)
    return cells, CellStyle(null=named)


def mark_missing(cells: pa.ChunkedArray, options: ReadOptions) -> tuple[pa.ChunkedArray, CellStyle]:
    """Leave text as it is, but for what the user says is missing; parameters as of `parse_cells`."""
    cells, named = _drop_named(cells, options.na_values)
    return cells, CellStyle(null=named)


def _drop_named(cells: pa.ChunkedArray, names: tuple[str, ...]) -> tuple[pa.ChunkedArray, str]:
    """Make what the user says is missing null, and say which of it is the most frequent."""
    if not names:
        return cells, ""
    is_named = pc.fill_null(pc.is_in(pc.utf8_trim_whitespace(cells), value_set=pa.array(names, cells.type)), False)
    found = pc.value_counts(cells.filter(is_named)).to_pylist()
    if not found:
        return cells, ""
    most = max(found, key=lambda pair: pair["counts"])["values"]
    return pc.if_else(is_named, pa.scalar(None, cells.type), cells), str(most)


def _patterns(options: ReadOptions) -> tuple[str, str]:
    """What whole numbers look like, and what floats do."""
    whole = "(0|[1-9][0-9]*)"
    if options.thousands:
        whole = rf"([1-9][0-9]{{0,2}}({re.escape(options.thousands)}[0-9]{{3}})+|0|[1-9][0-9]*)"
    point = re.escape(options.decimal or ".")
    real = rf"({whole}({point}[0-9]*)?|{point}[0-9]+)([eE][-+]?[0-9]+)?"
    return rf"^\s*-?{whole}\s*$", rf"^\s*-?{real}\s*$"


def _missing_marker(present: pa.ChunkedArray, pattern: str) -> str | None:
    """The most frequent cell that does not match, "" if all do; None if one is no word for a missing value."""
    found = pc.value_counts(present.filter(pc.invert(pc.match_substring_regex(present, pattern))))
    others = found.field("values").to_pylist()
    if not others:
        return ""
    if not all(other.strip() in MISSING for other in others):
        return None
    counts = found.field("counts").to_pylist()
    return str(others[counts.index(max(counts))])


def _drop_others(cells: pa.ChunkedArray, pattern: str) -> pa.ChunkedArray:
    return pc.if_else(pc.match_substring_regex(cells, pattern), cells, pa.scalar(None, cells.type))


def _parse(
    cells: pa.ChunkedArray, style: CellStyle, options: ReadOptions, is_whole: bool
) -> tuple[pa.ChunkedArray, CellStyle]:
    digits = pc.utf8_trim_whitespace(cells)
    marks: dict[str, Any] = {}
    if options.thousands and pc.any(pc.match_substring(digits, options.thousands)).as_py():
        digits, marks = pc.replace_substring(digits, options.thousands, ""), {"thousands": options.thousands}
    if options.decimal == ",":
        digits, marks = pc.replace_substring(digits, ",", "."), {**marks, "decimal": ","}
    for dtype in (pa.int64(), pa.uint64()) if is_whole else ():
        try:
            return digits.cast(dtype), CellStyle(style.null, **marks)
        except pa.ArrowInvalid:  # more digits than the type holds
            continue
    if is_whole:
        return cells, style
    return digits.cast(pa.float64()), CellStyle(
        style.null, **_float_style(digits.drop_null()), **_zero(digits), **marks
    )


def _zero(digits: pa.ChunkedArray) -> dict[str, Any]:
    """Whether a zero stands before the point, where numbers below one say it."""
    has_none = pc.any(pc.match_substring_regex(digits, r"^-?\.")).as_py()
    return {"zero": False} if has_none and not pc.any(pc.match_substring_regex(digits, r"^-?0\.")).as_py() else {}


def _float_style(present: pa.ChunkedArray) -> dict[str, Any]:
    """Decimals, point and exponent of floats."""
    first = present[:_HEAD].to_pylist()
    exponents = [re.fullmatch(r"-?[0-9]\.([0-9]{1,15})([eE])[-+][0-9]{2}", cell) for cell in first]
    if exponents[0]:
        decimals, exponent = len(exponents[0][1]), exponents[0][2]
        same = rf"^-?[0-9]\.[0-9]{{{decimals}}}{exponent}[-+][0-9]{{2,3}}$"
        if pc.all(pc.match_substring_regex(present, same)).as_py():
            return {"decimals": decimals, "exponent": exponent}
    point = bool(pc.all(pc.match_substring_regex(present, "[.eE]")).as_py())
    places = Counter(len(found[1]) for cell in first if (found := re.search(r"\.([0-9]{1,15})$", cell)))
    if not places:
        return {"point": point}
    decimals = places.most_common(1)[0][0]
    has = pc.match_substring_regex(present, rf"\.[0-9]{{{decimals}}}$")
    share = pc.mean(has.cast(pa.int8())).as_py()
    # Where zeros are written at the end, decimals are fixed, whatever the few other cells look like.
    is_fixed = share == 1 or (
        share >= _USUAL and pc.any(pc.match_substring_regex(present, rf"\.[0-9]{{{decimals - 1}}}0$")).as_py()
    )
    return {"decimals": decimals if is_fixed else None, "point": point}
