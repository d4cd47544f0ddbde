"""How the rows of each file format are written, piece by piece."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, BinaryIO, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc
import pyarrow.parquet

from synthdiff.data.cell import csv_cells, json_cells
from synthdiff.data.form import CsvForm
from synthdiff.errors import DataError

_GROUP_ROWS = 65_536


class Sink(Protocol):
    """Where the rows of one format go."""

    def __init__(self, stream: BinaryIO, schema: pa.Schema) -> None: ...

    def write(self, table: pa.Table) -> None:
        """Add rows."""

    def close(self) -> None:
        """Write what comes last; the stream stays open."""

    def abandon(self) -> None:
        """Write nothing any more."""


class ParquetSink:
    """Parquet with row groups of one size, however the rows come in."""

    def __init__(self, stream: BinaryIO, schema: pa.Schema) -> None:
        self._writer = pa.parquet.ParquetWriter(stream, schema)
        self._waiting: list[pa.Table] = []
        self._n_waiting = 0

    def write(self, table: pa.Table) -> None:
        """Add rows."""
        self._waiting.append(table)
        self._n_waiting += table.num_rows
        if self._n_waiting >= _GROUP_ROWS:
            joined = pa.concat_tables(self._waiting)
            n_whole = self._n_waiting - self._n_waiting % _GROUP_ROWS
            self._writer.write_table(joined.slice(0, n_whole), row_group_size=_GROUP_ROWS)
            self._waiting = [joined.slice(n_whole)]
            self._n_waiting -= n_whole

    def close(self) -> None:
        """Write the last row group and the footer."""
        if self._n_waiting:
            self._writer.write_table(pa.concat_tables(self._waiting), row_group_size=_GROUP_ROWS)
        self._writer.close()

    def abandon(self) -> None:
        """Keep the garbage collector from writing a footer into a stream that is closed by then."""
        self._writer.is_open = False


class ArrowSink:
    """Arrow's IPC file format."""

    def __init__(self, stream: BinaryIO, schema: pa.Schema) -> None:
        self._writer = self._open(stream, schema)

    def _open(self, stream: BinaryIO, schema: pa.Schema) -> Any:
        return pa.ipc.new_file(stream, schema)

    def write(self, table: pa.Table) -> None:
        """Add rows."""
        self._writer.write_table(table, max_chunksize=_GROUP_ROWS)

    def close(self) -> None:
        """Write the footer."""
        self._writer.close()

    def abandon(self) -> None:
        """Nothing is left to write."""


class ArrowStreamSink(ArrowSink):
    """Arrow's IPC stream format, for readers that cannot seek."""

    def _open(self, stream: BinaryIO, schema: pa.Schema) -> Any:
        return pa.ipc.new_stream(stream, schema)


class CsvSink:
    """CSV with a header; separated, encoded and written as the file that the table was read from, if it was one."""

    delimiter: str | None = None
    """What separates cells in any case; None goes by the table."""

    def __init__(self, stream: BinaryIO, schema: pa.Schema) -> None:
        form = CsvForm.of(schema)
        self._form = form if self.delimiter is None else replace(form, delimiter=self.delimiter, first="")
        self._stream = stream if form.encoding == "utf-8" else _Encoded(stream, form.encoding)
        names = csv_cells(pa.chunked_array([schema.names]), pa.field("names", pa.string()), self._form)
        first = self._form.first + form.newline if self._form.first else ""
        self._stream.write((first + self._form.between.join(names.to_pylist()) + self._form.end).encode())

    def write(self, table: pa.Table) -> None:
        """Add rows."""
        for part in _pieces(table):
            cells = [csv_cells(part.column(field.name), field, self._form) for field in part.schema]
            between = [self._form.between] * (len(cells) - 1) + [self._form.end]
            _write_lines(self._stream, [piece for pair in zip(cells, between, strict=True) for piece in pair])

    def close(self) -> None:
        """Nothing comes last."""

    def abandon(self) -> None:
        """Nothing is left to write."""


class TsvSink(CsvSink):
    """The same with tabs."""

    delimiter = "\t"


class _Encoded:
    """Writes UTF-8 in another encoding, with the mark that it begins with."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._encoder = codecs.getincrementalencoder(encoding)()

    def write(self, data: bytes | memoryview) -> None:
        try:
            self._stream.write(self._encoder.encode(bytes(data).decode()))
        except UnicodeEncodeError as error:
            sign, encoding = error.object[error.start], error.encoding
            message = f"{sign!r} has no place in {encoding}, the encoding of the data; write jsonl or parquet"
            raise DataError(message) from None


class JsonSink:
    """One JSON object a line."""

    def __init__(self, stream: BinaryIO, schema: pa.Schema) -> None:
        self._stream = stream
        keys = [f"{json.dumps(name)}: " for name in schema.names]
        self._before = ["{" + keys[0], *(", " + key for key in keys[1:])]

    def write(self, table: pa.Table) -> None:
        """Add rows."""
        for part in _pieces(table):
            cells = [json_cells(part.column(field.name), field) for field in part.schema]
            pieces = [piece for pair in zip(self._before, cells, strict=True) for piece in pair]
            _write_lines(self._stream, [*pieces, "}\n"])

    def close(self) -> None:
        """Nothing comes last."""

    def abandon(self) -> None:
        """Nothing is left to write."""


FORMATS: dict[str, type[Sink]] = {
    "parquet": ParquetSink,
    "csv": CsvSink,
    "csv.gz": CsvSink,
    "tsv": TsvSink,
    "tsv.gz": TsvSink,
    "jsonl": JsonSink,
    "jsonl.gz": JsonSink,
    "arrow": ArrowSink,
}
"""What can be written; those that end in ``.gz`` go through gzip."""

STREAM_FORMATS: dict[str, type[Sink]] = {"arrow": ArrowStreamSink}
"""What is written instead where the reader cannot seek."""

SEEKING_FORMATS = frozenset({"parquet"})
"""What cannot be read without seeking: its index comes last."""

TEXT_FORMATS = frozenset({"csv", "csv.gz", "tsv", "tsv.gz", "jsonl", "jsonl.gz"})
"""What holds text, compressed or not."""


def _pieces(table: pa.Table) -> Iterator[pa.Table]:
    for start in range(0, table.num_rows, _GROUP_ROWS):
        yield table.slice(start, _GROUP_ROWS)


def _write_lines(stream: BinaryIO | _Encoded, pieces: Sequence[pa.Array | str]) -> None:
    """Write the pieces of n lines side by side."""
    lines = pc.binary_join_element_wise(
        *(pa.scalar(piece) if isinstance(piece, str) else piece for piece in pieces), ""
    )
    _, offsets, text = lines.buffers()
    width = np.int64 if pa.types.is_large_string(lines.type) else np.int32
    stream.write(memoryview(text)[: int(np.frombuffer(offsets, width)[len(lines)])])
