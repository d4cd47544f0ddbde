"""CSV files: read so that they can be written again as they were.

Every cell is read as text first, and a column becomes numbers only where nothing is lost: ``007`` stays text, and how
many decimals were written is remembered. Dates stay text too; their codecs read them, and write them back in the same
pattern.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from synthdiff.data.cell import CellStyle, with_style
from synthdiff.data.check import check_names
from synthdiff.errors import DataError

_FORMAT = b"synthdiff.csv"
_DELIMITERS = ",;\t|"
_MISSING = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", "none", "<NA>", "NaT", "?", "-", ".")
_INTEGER = r"^\s*-?(0|[1-9][0-9]*)\s*$"
_FLOAT = r"^\s*-?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?\s*$"
_DATE = r"^[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}([ T]|$)"
_HEAD = 1000


def read_csv(path: Path) -> pa.Table:
    """Read a CSV file with a header, compressed or not.

    Parameters
    ----------
    path : Path
        The file; its ending says how it is compressed.

    Returns
    -------
    pa.Table
        int64 (uint64 where they are too large), double and string columns, null where missing.

    Raises
    ------
    DataError
        The file is empty, is not UTF-8, or a row has more or fewer cells than the header.
    """
    delimiter, names = _read_header(path)
    check_names(names)
    with pa.input_stream(str(path)) as stream, _plain_errors(path):
        table = pa.csv.read_csv(
            stream,
            parse_options=pa.csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=len(names) > 1
            ),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=True,
                null_values=[""],
                quoted_strings_can_be_null=False,
            ),
        )
    columns, fields = [], []
    for name, cells in zip(names, table.columns, strict=True):
        column, style = parse_cells(cells)
        columns.append(column)
        fields.append(with_style(pa.field(name, column.type), style))
    schema = pa.schema(fields, metadata={_FORMAT: json.dumps({"delimiter": delimiter})})
    return pa.Table.from_arrays(columns, schema=schema)


def delimiter_of(schema: pa.Schema) -> str:
    """What separated the columns of the CSV file that a table was read from; a comma for other tables."""
    stored = (schema.metadata or {}).get(_FORMAT)
    return str(json.loads(stored)["delimiter"]) if stored else ","


def is_from_csv(schema: pa.Schema) -> bool:
    """Say whether a table was read from a CSV file."""
    return _FORMAT in (schema.metadata or {})


def parse_cells(cells: pa.ChunkedArray) -> tuple[pa.ChunkedArray, CellStyle]:
    """Turn text into numbers where nothing is lost.

    Parameters
    ----------
    cells : pa.ChunkedArray
        Strings, null where the cell was empty.

    Returns
    -------
    column : pa.ChunkedArray
        Integers, floats or the strings.
    style : CellStyle
        How they were written.
    """
    present = cells.drop_null()
    for pattern, parse in ((_INTEGER, _parse_integers), (_FLOAT, _parse_floats), (_DATE, _keep_text)):
        # The first cells rule most patterns out, and cost little.
        if _missing_marker(present[:_HEAD], pattern) is None:
            continue
        marker = _missing_marker(present, pattern)
        values = _drop_others(cells, pattern) if marker else cells
        if marker is not None and values.null_count < len(values):
            return parse(values, marker)
    return cells, CellStyle()


def _missing_marker(present: pa.ChunkedArray, pattern: str) -> str | None:
    """What stands for a missing value: the first cell that does not match, "" if all do; None if it is no marker."""
    others = pc.unique(present.filter(pc.invert(pc.match_substring_regex(present, pattern)))).to_pylist()
    if not others:
        return ""
    return str(others[0]) if all(other.strip() in _MISSING for other in others) else None


def _drop_others(cells: pa.ChunkedArray, pattern: str) -> pa.ChunkedArray:
    return pc.if_else(pc.match_substring_regex(cells, pattern), cells, pa.scalar(None, cells.type))


def _parse_integers(cells: pa.ChunkedArray, marker: str) -> tuple[pa.ChunkedArray, CellStyle]:
    trimmed = pc.utf8_trim_whitespace(cells)
    for dtype in (pa.int64(), pa.uint64()):
        try:
            return trimmed.cast(dtype), CellStyle(null=marker)
        except pa.ArrowInvalid:  # more digits than the type holds
            continue
    return _keep_text(cells, marker)


def _parse_floats(cells: pa.ChunkedArray, marker: str) -> tuple[pa.ChunkedArray, CellStyle]:
    trimmed = pc.utf8_trim_whitespace(cells)
    present = trimmed.drop_null()
    first = re.search(r"\.([0-9]{1,15})$", present[0].as_py())
    decimals = len(first[1]) if first else None
    if decimals is not None and not pc.all(pc.match_substring_regex(present, rf"\.[0-9]{{{decimals}}}$")).as_py():
        decimals = None
    point = bool(pc.all(pc.match_substring_regex(present, "[.eE]")).as_py())
    return trimmed.cast(pa.float64()), CellStyle(null=marker, decimals=decimals, point=point)


def _keep_text(cells: pa.ChunkedArray, marker: str) -> tuple[pa.ChunkedArray, CellStyle]:
    return cells, CellStyle(null=marker)


def _read_header(path: Path) -> tuple[str, list[str]]:
    """The delimiter and the names of the columns."""
    with pa.input_stream(str(path)) as stream, _plain_errors(path):
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        line = text.readline()
        if not line.strip():
            raise DataError(f"{path} does not begin with the names of its columns")
        outside = re.sub(r'"[^"]*"', "", line)
        delimiter = max(_DELIMITERS, key=outside.count)
        names = next(csv.reader(_lines(line, text), delimiter=delimiter))
        text.detach()
    return delimiter, names


def _lines(first: str, rest: io.TextIOWrapper) -> Iterator[str]:
    yield first
    yield from rest


@contextmanager
def _plain_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        if "UTF" in str(error).upper():
            raise DataError(f"{path} is not UTF-8 text; convert it: iconv -f latin1 -t utf8 {path}") from error
        raise DataError(f"{path} cannot be read as CSV: {error}") from error
