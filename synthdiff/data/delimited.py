"""CSV files: read so that they can be written again as they were.

Every cell is read as text first, and a column becomes numbers only where nothing is lost: ``007`` stays text, and how
many decimals were written is remembered. Dates stay text too; their codecs read them, and write them back in the same
pattern.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

from synthdiff.data.body import Say, rows_only
from synthdiff.data.cell import with_style
from synthdiff.data.check import check_names
from synthdiff.data.content import check_content
from synthdiff.data.encoding import declared_encoding, guess_encoding, open_utf8
from synthdiff.data.form import CsvForm
from synthdiff.data.header import Header, check_header, find_header
from synthdiff.data.options import ReadOptions
from synthdiff.data.parse import mark_missing, parse_cells
from synthdiff.data.stream import Bytes
from synthdiff.errors import DataError
from synthdiff.restore import describe

_HEAD = 1 << 18
_LONGEST_HEADER = 1 << 24
_FEW_LINES = 2
_MOST_BELOW = 20
"""Lines below the last row that are passed over."""
_UTF8 = ("utf-8", "utf-8-sig")
_NONE = ReadOptions()
_SHOWN = 60


def read_csv(path: Path, options: ReadOptions = _NONE, text: Collection[str] = (), say: Say | None = None) -> pa.Table:
    """Read a CSV file with a header, compressed or not.

    Parameters
    ----------
    path : Path
        The file; its first bytes say how it is compressed and encoded.
    options : ReadOptions
        What is known of it; the rest is found out.
    text : collection of str
        Columns that stay text even where all cells are numbers.
    say : callable or None
        Is told what was guessed or passed over.

    Returns
    -------
    pa.Table
        int64 (uint64 where they are too large), double and string columns, null where missing.

    Raises
    ------
    DataError
        The file is empty, is in no known encoding, or a row has more or fewer cells than the header.
    """
    say = say or (lambda words: None)
    check_content(path)
    encoding = options.encoding or declared_encoding(path)
    try:
        header, table = _read_text(path, encoding, options, say)
    except _WrongEncodingError:
        if options.encoding is not None or encoding not in _UTF8:
            raise DataError(f"{path} is not {encoding} text; name its encoding (encoding, --encoding)") from None
        encoding = guess_encoding(path)
        say(f"{path} is not UTF-8; it is read as {encoding} (--encoding says another)")
        header, table = _read_text(path, encoding, options, say)
    columns, fields = [], []
    for name, cells in zip(table.column_names, table.columns, strict=True):
        column, style = mark_missing(cells, options) if name in text else parse_cells(cells, options)
        columns.append(column)
        fields.append(with_style(pa.field(name, column.type), style))
    marks = (header.quote, header.escape, header.first, header.trailing)
    form = CsvForm(header.delimiter, header.spaced, header.newline, encoding, *marks)
    return pa.Table.from_arrays(columns, schema=pa.schema(fields, metadata=form.remember()))


class _WrongEncodingError(Exception):
    """The bytes of a file are no text in the encoding that was tried."""


def _read_text(path: Path, encoding: str, options: ReadOptions, say: Say) -> tuple[Header, pa.Table]:
    """Read all cells as text, rows that are none left out."""
    with _plain_errors(path, encoding):
        head, is_all = _read_head(path, encoding)
        try:
            header = find_header(head, is_all, options.delimiter)
            check_header(header.names[:-1] if header.trailing else header.names)
        except DataError as error:
            raise DataError(f"{path} {error}") from None
        rows = _read_spaced if header.spaced else _read_rows
        table = rows(path, encoding, header, len(head[: header.offset].encode()), say)
    for note in header.notes:
        say(f"{path}: {note}")
    table = _named(path, header.names, table)
    return header, rows_only(path, table, say)


def _read_head(path: Path, encoding: str) -> tuple[str, bool]:
    """How a file begins, and whether that is all of it."""
    with open_utf8(path, encoding) as stream:
        data = bytes(stream.read(_HEAD))
        is_all = len(data) < _HEAD
        if not is_all and len(data.splitlines()) <= _FEW_LINES:
            data += bytes(stream.read(_LONGEST_HEADER))
            is_all = len(data) < _HEAD + _LONGEST_HEADER
    text = codecs.getincrementaldecoder("utf-8")().decode(data, final=is_all)
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise DataError(f"{path} has a zero byte in line {line}: it is no text, or damaged; write it again as CSV")
    if len(text) >= _LONGEST_HEADER:
        raise DataError(f"{path} begins with {_LONGEST_HEADER:,} characters of column names; is it CSV?")
    return text, is_all


def _read_rows(path: Path, encoding: str, header: Header, offset: int, say: Say) -> pa.Table:
    """Read the rows behind the header."""
    names = [str(place) for place in range(len(header.names))]
    bad: list[Any] = []
    comments: list[Any] = []
    short: list[Any] = []

    def judge(row: Any) -> str:
        if row.text.lstrip().startswith("#"):
            comments.append(row)
        elif row.actual_columns <= max(1, row.expected_columns // 2) and len(short) < _MOST_BELOW:
            short.append(row)
        else:
            bad.append(row)
            return "error"
        return "skip"

    with open_utf8(path, encoding) as stream:
        stream.read(offset)
        try:
            table = pa.csv.read_csv(stream, **_csv_options(header, names, judge))
        except pa.ArrowInvalid as error:
            if "Empty CSV" in str(error):
                return pa.table({name: pa.array([], pa.string()) for name in names})
            if not bad:
                raise
            raise _ragged_row(path, encoding, header, bad[0]) from error
    if short:
        _check_below(path, encoding, header, short, say)
    if comments:
        say(f"{path}: {len(comments):,} comment lines were passed over")
    return table


def _check_below(path: Path, encoding: str, header: Header, short: list[Any], say: Say) -> None:
    """Say that lines with few cells stand below the last row; refuse them anywhere else."""
    with open_utf8(path, encoding) as stream:
        lines = io.TextIOWrapper(io.BufferedReader(Bytes(stream)), encoding="utf-8", errors="replace")
        given = (line.rstrip("\r\n") for line in lines if line.strip())
        last = deque(given, maxlen=sum(len(row.text.splitlines()) for row in short))
    if "".join(last) != "".join("".join(row.text.splitlines()) for row in short):
        raise _ragged_row(path, encoding, header, short[0])
    say(f"{path}: {len(short)} lines below the last row ({short[0].text[:_SHOWN]!r}) were passed over")


def _csv_options(header: Header, names: list[str], judge: Callable[[Any], str]) -> dict[str, Any]:
    """What Arrow is to know: all cells are text, and only those that are empty and not quoted are missing."""
    return {
        "read_options": pa.csv.ReadOptions(column_names=names),
        "parse_options": pa.csv.ParseOptions(
            delimiter=header.delimiter,
            quote_char=header.quote,
            escape_char=header.escape or False,
            newlines_in_values=True,
            ignore_empty_lines=len(names) > 1,
            invalid_row_handler=judge,
        ),
        "convert_options": pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=True,
            null_values=[""],
            quoted_strings_can_be_null=False,
        ),
    }


def _read_spaced(path: Path, encoding: str, header: Header, offset: int, say: Say) -> pa.Table:
    """Read rows with a space behind each delimiter, which Arrow takes for a part of the cell."""
    rows: list[list[str]] = []
    with open_utf8(path, encoding) as stream:
        stream.read(offset)
        lines = io.TextIOWrapper(io.BufferedReader(Bytes(stream)), encoding="utf-8", newline="")
        marks: dict[str, Any] = {"delimiter": header.delimiter, "quotechar": header.quote}
        marks["escapechar"] = header.escape or None
        reader = csv.reader(lines, skipinitialspace=True, **marks)
        for row in reader:
            if len(row) == len(header.names):
                rows.append(row)
            elif row and not row[0].startswith("#") and any(row):
                line = header.line + reader.line_num
                raise _ragged(path, header, line, len(header.names), len(row), header.delimiter.join(row))
    columns = list(zip(*rows, strict=True)) or [()] * len(header.names)
    return pa.table(
        {
            str(place): pa.chunked_array([[cell or None for cell in cells]], pa.string())
            for place, cells in enumerate(columns)
        }
    )


def _ragged_row(path: Path, encoding: str, header: Header, row: Any) -> DataError:
    line = _line_of(path, encoding, row.text)
    return _ragged(path, header, line, row.expected_columns, row.actual_columns, row.text)


def _ragged(path: Path, header: Header, line: int | None, expected: int, found: int, text: str) -> DataError:
    where = "a row" if line is None else f"line {line:,}"
    return DataError(
        f"{path} cannot be read as CSV: Expected {expected} columns, got {found} in {where} ({text[:_SHOWN]!r}); put "
        f"cells that hold {header.delimiter!r} in double quotes, correct the line, or name the delimiter (--delimiter)"
    )


def _line_of(path: Path, encoding: str, text: str) -> int | None:
    """The line in which a row begins."""
    first = text.splitlines()[0] if text else ""
    with open_utf8(path, encoding) as stream:
        lines = io.TextIOWrapper(io.BufferedReader(Bytes(stream)), encoding="utf-8", errors="replace")
        return next((number for number, line in enumerate(lines, 1) if line.rstrip("\r\n") == first), None)


def _named(path: Path, names: list[str], table: pa.Table) -> pa.Table:
    """Name the columns; those that have neither a name nor a cell are left out.

    Raises
    ------
    SchemaError
        Two columns have one name.
    DataError
        Several columns have none.
    """
    kept = [j for j, name in enumerate(names) if name or table.column(j).null_count < table.num_rows or not j]
    unnamed = [str(j + 1) for j in kept if not names[j]]
    if len(unnamed) > 1:
        raise DataError(f"{path}: columns {', '.join(unnamed)} have no name; write one for each into the header")
    check_names([names[j] for j in kept])
    return table.select([str(j) for j in kept]).rename_columns([names[j] for j in kept])


@contextmanager
def _plain_errors(path: Path, encoding: str) -> Iterator[None]:
    try:
        yield
    except UnicodeError as error:
        raise _WrongEncodingError from error
    except (pa.ArrowInvalid, csv.Error) as error:
        if "UTF" in str(error).upper():
            raise _WrongEncodingError from error
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
