"""Files to tables and back.

`read_table` is here; `open_writer` is in `synthdiff.data.writer`, and offered here too.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.json
import pyarrow.parquet

from synthdiff.data.body import Say
from synthdiff.data.check import check_names
from synthdiff.data.delimited import read_csv, what_is_wrong
from synthdiff.data.find import check_regular, find_files, input_format
from synthdiff.data.nesting import check_nesting
from synthdiff.data.null_line import check_null_lines
from synthdiff.data.options import ReadOptions
from synthdiff.data.parse import parse_cells
from synthdiff.data.schema import near_match
from synthdiff.data.sink import TEXT_FORMATS
from synthdiff.data.stream import open_bytes
from synthdiff.data.writer import TableWriter, open_writer
from synthdiff.errors import ConfigError, DataError, SchemaError, SynthdiffError
from synthdiff.reason import plain_system_errors
from synthdiff.restore import describe

__all__ = ["TableWriter", "open_writer", "read_table", "reading"]

_ARROW_FILE = b"ARROW1"
_PANDAS = b"pandas"
_INT64_END, _LARGEST_END = 2.0**63, 1e38
_LARGEST = pa.decimal128(38, 0)


def read_table(
    paths: str | Path | Sequence[str | Path],
    *,
    na_values: Sequence[str] = (),
    decimal: str | None = None,
    thousands: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    like: pa.Table | None = None,
    say: Say | None = None,
) -> pa.Table:
    """Read files into one table.

    Parameters
    ----------
    paths : str, Path or sequence of them
        Parquet, CSV, JSON lines or Arrow files (``.parquet .pq .csv .tsv .txt .jsonl .ndjson .arrow .feather .ipc``),
        folders of them, or patterns such as ``"data/*.parquet"``. Text may be compressed (gzip, bz2, zstd, a zip
        archive of one file). Folders named ``key=value`` are columns.
    na_values : sequence of str
        CSV: cells that stand for a missing value, beside the usual ones such as ``NA``; none by default.
    decimal : {".", ","} or None
        CSV: the decimal mark. None reads a point, and leaves columns with other marks as text; their numbers are
        learnt all the same.
    thousands : str or None
        CSV: what parts thousands.
    encoding, delimiter : str or None
        CSV: None finds them out.
    like : pa.Table or None
        A table that was read before: columns that are text there stay text.
    say : callable or None
        Is told what was guessed or passed over; None issues a warning.

    Returns
    -------
    pa.Table
        The rows of all files, in the order of `paths` and by name within a folder or pattern. The columns and
        types are those of the first file; integers of one text file and floats of another become floats, and numbers
        of one CSV file and text of another become text. What is read is remembered: it is written in the same form.

    Raises
    ------
    DataError
        There is no such file, or it cannot be read.
    SchemaError
        The files have different columns.
    ConfigError
        An option is not one of those allowed.
    """
    named = [paths] if isinstance(paths, str | Path) else paths
    options = ReadOptions(tuple(na_values), decimal, thousands, encoding, delimiter)
    files = [(file, base) for path in named for file, base in find_files(str(path))]
    if not files:
        raise DataError("no file was named to read")
    text = set() if like is None else _text_columns(like)
    notes: list[str] = []
    tables = [_read_file(file, base, options, text, notes.append) for file, base in files]
    for note in dict.fromkeys(notes):
        (say or _warn)(note)
    tables = _with_same_text(files, tables, options)
    first = files[0][0]
    for (file, _), table in zip(files[1:], tables[1:], strict=True):
        _check_same(first, tables[0].schema, file, table.schema)
    tables = [table.select(tables[0].column_names) for table in tables]
    with reading(first):
        joined = pa.concat_tables(tables, promote_options="permissive") if len(tables) > 1 else tables[0]
    return joined.replace_schema_metadata(tables[0].schema.metadata)


def _warn(words: str) -> None:
    warnings.warn(words, stacklevel=3)


def _text_columns(table: pa.Table) -> set[str]:
    return {field.name for field in table.schema if pa.types.is_string(field.type)}


def _with_same_text(files: list[tuple[Path, Path]], tables: list[pa.Table], options: ReadOptions) -> list[pa.Table]:
    """Read CSV files again whose numbers are text in another file."""
    text: set[str] = set().union(*map(_text_columns, tables))
    out = []
    for (file, base), table in zip(files, tables, strict=True):
        differ = text & set(table.column_names) - _text_columns(table)
        is_csv = bool(differ) and input_format(file) == "csv"
        out.append(_read_file(file, base, options, text, lambda words: None) if is_csv else table)
    return out


@contextmanager
def reading(file: str | Path) -> Iterator[None]:
    """Turn whatever goes wrong while a file is read into an error that names the file.

    Parameters
    ----------
    file : str or Path
        The file, as it is to be printed.

    Raises
    ------
    DataError
        In place of every exception; SchemaError where names or types of columns are at fault.
    """
    try:
        with plain_system_errors("read", str(file)):
            yield
    except SchemaError as error:
        raise SchemaError(f"{file}: {error}", column=error.column) from error
    except SynthdiffError:
        raise
    except Exception as error:
        raise DataError(f"cannot read {file}: {what_is_wrong(error)}") from error


def _read_file(file: Path, base: Path, options: ReadOptions, text: Collection[str], say: Say) -> pa.Table:
    try:
        fmt = input_format(file)
    except ConfigError as error:
        raise DataError(str(error)) from None
    with reading(file):
        check_regular(file, file)
        table = read_csv(file, options, text, say) if fmt == "csv" else _READERS[fmt](file)
        check_names(table.column_names)
        for part in file.relative_to(base).parts[:-1]:
            key, is_column, value = part.partition("=")
            if is_column and key not in table.column_names:
                column, _ = parse_cells(pa.chunked_array([pa.repeat(pa.scalar(value), table.num_rows)]))
                table = table.append_column(key, column)
    return table


def _read_parquet(file: Path) -> pa.Table:
    # A ParquetFile, since read_table would also make columns of the folders above.
    with open_bytes(file) as stream, pa.parquet.ParquetFile(stream) as reader:
        return _checked(file, reader.read())


def _read_arrow(file: Path) -> pa.Table:
    with open_bytes(file) as stream:
        is_file = stream.read(len(_ARROW_FILE)) == _ARROW_FILE
        stream.seek(0)
        table = (pa.ipc.open_file(stream) if is_file else pa.ipc.open_stream(stream)).read_all()
        return _checked(file, table)


def _checked(file: Path, table: pa.Table) -> pa.Table:
    """Refuse columns whose buffers disagree: what reads them would read beyond; drop notes of pandas that are none."""
    for name, column in zip(table.column_names, table.columns, strict=True):
        try:
            column.validate(full=True)
        except pa.ArrowException as error:
            words = f"cannot read {file}: column {name!r} is damaged: {describe(error)}; write the file again"
            raise DataError(words, column=name) from error
    metadata = dict(table.schema.metadata or {})
    if _PANDAS in metadata and not _is_note(metadata[_PANDAS]):
        del metadata[_PANDAS]
        table = table.replace_schema_metadata(metadata or None)
    return table


def _is_note(stored: bytes) -> bool:
    try:
        facts = json.loads(stored)
    except (ValueError, RecursionError):
        return False
    return isinstance(facts, dict) and isinstance(facts.get("index_columns", []), list)


def _read_json(file: Path) -> pa.Table:
    with open_bytes(file, is_text=True) as stream:
        lines = pa.py_buffer(stream.read())
    check_nesting(pa.BufferReader(lines), str(file))
    check_null_lines(pa.BufferReader(lines), str(file))
    table = _parse_json(file, lines, [])
    # Arrow reads text that looks like a time as a time; it stays text here, as in a CSV file.
    moments = [pa.field(field.name, pa.string()) for field in table.schema if pa.types.is_timestamp(field.type)]
    table = _parse_json(file, lines, moments).select(table.column_names) if moments else table
    return _with_large_integers(file, lines, table, moments)


def _with_large_integers(file: Path, lines: pa.Buffer, table: pa.Table, known: list[pa.Field]) -> pa.Table:
    """Read integers of over 63 bits as such: Arrow takes them for floats, and loses their last digits."""
    for position, (name, column) in enumerate(zip(table.column_names, table.columns, strict=True)):
        if pa.types.is_floating(column.type) and _may_be_large(column):
            for dtype in (pa.uint64(), _LARGEST):
                with suppress(DataError, pa.ArrowInvalid):  # it has a sign, a point, an exponent or more digits
                    again = _parse_json(file, lines, [*known, pa.field(name, dtype)]).column(name)
                    if dtype != _LARGEST or again != column.cast(pa.string()).cast(dtype):
                        table = table.set_column(position, name, again)
                    break
    return table


def _may_be_large(column: pa.ChunkedArray) -> bool:
    values = np.abs(column.drop_null().to_numpy())
    return bool(_INT64_END <= values.max(initial=0) < _LARGEST_END and (values == np.floor(values)).all())


def _parse_json(file: Path, lines: pa.Buffer, known: list[pa.Field]) -> pa.Table:
    options = pa.json.ParseOptions(explicit_schema=pa.schema(known) if known else None)
    return _checked(file, pa.json.read_json(pa.BufferReader(lines), parse_options=options))


def _check_same(first: Path, expected: pa.Schema, file: Path, found: pa.Schema) -> None:
    for name in [*expected.names, *found.names]:
        if name not in found.names or name not in expected.names:
            has, lacks = (first, file) if name not in found.names else (file, first)
            hint = near_match(name, found.names if lacks == file else expected.names)
            raise SchemaError(f"{has} has a column {name!r} that {lacks} lacks{hint}", column=name)
        pair = (expected.field(name).type, found.field(name).type)
        if pair[0] != pair[1] and not _can_join(file, *pair):
            raise SchemaError(f"column {name!r} holds {pair[0]} in {first} and {pair[1]} in {file}", column=name)


def _can_join(file: Path, *types: pa.DataType) -> bool:
    """Say whether two types differ only by what the rows of a file happened to be."""
    if any(pa.types.is_null(dtype) for dtype in types):
        return True
    is_text = input_format(file) in TEXT_FORMATS
    return is_text and all(pa.types.is_integer(dtype) or pa.types.is_floating(dtype) for dtype in types)


_READERS: dict[str, Callable[[Path], pa.Table]] = {
    "parquet": _read_parquet,
    "jsonl": _read_json,
    "arrow": _read_arrow,
}
