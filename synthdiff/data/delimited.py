"""CSV files: read so that they can be written again as they were.

Every cell is read as text first, and a column becomes numbers only where nothing is lost: ``007`` stays text, and how
many decimals were written is remembered. Dates stay text too; their codecs read them, and write them back in the same
pattern.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from synthdiff.data.cell import CellStyle, with_style
from synthdiff.data.check import check_names
from synthdiff.errors import DataError
from synthdiff.restore import describe

_FORMAT = b"synthdiff.csv"
_DELIMITERS = ",;\t|"
MISSING = (
    *("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", "none", "<NA>", "NaT", "?", "-", "."),
    *("na", "N.A.", "n.a.", "N/a", "Na", "Nan", "Null", "NONE", "-nan", "-NaN", "#NA", "#N/A N/A", "(null)", "\\N"),
    *("--", "---", "–", "—", "..", "...", "*", "missing", "Missing", "unknown", "Unknown", "nil", "NIL", "void"),
)
"""What stands for a missing value."""
_INTEGER = r"^\s*-?(0|[1-9][0-9]*)\s*$"
_FLOAT = r"^\s*-?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?\s*$"
_DATE = r"^[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}([ T]|$)"
_HEAD = 1000
_LONGEST_HEADER = 1 << 24


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
    with open_bytes(path, is_text=True) as stream, _plain_errors(path):
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
    try:
        delimiter = json.loads((schema.metadata or {})[_FORMAT])["delimiter"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return ","
    return delimiter if isinstance(delimiter, str) and delimiter in tuple(_DELIMITERS) else ","


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
    return str(others[0]) if all(other.strip() in MISSING for other in others) else None


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


def open_bytes(file: Path, is_text: bool = False) -> Any:
    """Open a file for Arrow, whatever bytes its name has.

    Parameters
    ----------
    file : Path
        A regular file.
    is_text : bool
        Whether it is text, which is compressed where the name ends in ``.gz``; False by default.

    Returns
    -------
    pa.NativeFile
        Closed by its caller.
    """
    stream = pa.OSFile(os.fsencode(file))
    return pa.CompressedInputStream(stream, "gzip") if is_text and file.name.lower().endswith(".gz") else stream


def _read_header(path: Path) -> tuple[str, list[str]]:
    """The delimiter and the names of the columns."""
    with open_bytes(path, is_text=True) as stream, _plain_errors(path):
        text = io.TextIOWrapper(io.BufferedReader(_Bytes(stream)), encoding="utf-8-sig", newline="")
        line = text.readline(_LONGEST_HEADER)
        if not line.strip():
            raise DataError(f"{path} does not begin with the names of its columns")
        # Names in quotes may go over lines.
        while line.count('"') % 2 and len(line) < _LONGEST_HEADER and (more := text.readline(_LONGEST_HEADER)):
            line += more
        if len(line) >= _LONGEST_HEADER:
            raise DataError(f"{path} begins with {_LONGEST_HEADER:,} characters of column names; is it CSV?")
        outside = re.sub(r'"[^"]*"', "", line)
        delimiter = max(_DELIMITERS, key=outside.count)
        names = next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter))
    return delimiter, names


class _Bytes(io.RawIOBase):
    """Bytes of an Arrow stream, which closes itself at its end where a text wrapper still asks."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def _plain_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowInvalid, UnicodeDecodeError, csv.Error) as error:
        if "UTF" in str(error).upper():
            raise DataError(f"{path} is not UTF-8 text; convert it: {_converted(path)}") from error
        raise DataError(f"{path} cannot be read as CSV: {what_is_wrong(error)}") from error


def what_is_wrong(error: Exception) -> str:
    """Say what a reader of Arrow found, and what to do.

    Parameters
    ----------
    error : Exception
        What the reader raised.
    """
    if "straddling" in str(error):
        return "a row has more than 1,048,576 bytes; shorten its cells"
    if isinstance(error, MemoryError):
        return "there is not enough memory; read fewer files or columns"
    return f"{describe(error)}; correct it, or write it again in another format"


def _converted(path: Path) -> str:
    with open_bytes(path, is_text=True) as stream:
        encoding = "utf16" if stream.read(2) in (b"\xff\xfe", b"\xfe\xff") else "latin1"
    return f"iconv -f {encoding} -t utf8 {shlex.quote(str(path))}"
