"""Tables to files, piece by piece: memory does not grow with the rows, and a file appears only when it is complete."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyarrow as pa

from synthdiff.data.frame import FrameKind
from synthdiff.data.sink import FORMATS, SEEKING_FORMATS, STREAM_FORMATS, TEXT_FORMATS, Sink
from synthdiff.errors import ConfigError, DataError
from synthdiff.output import check_output, open_output
from synthdiff.place import find_place
from synthdiff.reason import plain_system_errors

STDOUT = "-"
STDOUT_NAME = "the standard output"
_COMPRESSED = ".gz"
_GZIP_BITS = 31
"""What zlib takes for gzip, with its largest window."""
_SAME = {"pq": "parquet", "feather": "arrow", "ipc": "arrow", "ndjson": "jsonl", "txt": "csv", "tab": "tsv"}


class TableWriter:
    """Takes a table in pieces; made by `open_writer`.

    Attributes
    ----------
    n_rows : int
        Rows written so far.
    """

    def __init__(self, name: str, stream: BinaryIO, sink: type[Sink], kind: FrameKind | pa.Schema | None) -> None:
        self.n_rows = 0
        self._name = name
        self._stream = stream
        self._make_sink = sink
        self._kind = kind
        self._sink: Sink | None = None

    def write(self, table: pa.Table) -> None:
        """Add rows.

        Parameters
        ----------
        table : pa.Table
            The same columns each time.

        Raises
        ------
        SchemaError
            A column is missing, or does not fit the kind of frame to write.
        DataError
            The file cannot be written, or its format cannot hold a column.
        """
        if isinstance(self._kind, FrameKind):
            table = self._kind.restore_table(table)
        with plain_errors("write", self._name):
            self._open(table.schema).write(table)
        self.n_rows += table.num_rows

    def finish(self) -> None:
        """Write what comes last, also of a table without rows."""
        schema = self._kind.template.schema if isinstance(self._kind, FrameKind) else self._kind
        with plain_errors("write", self._name):
            self._open(schema or pa.schema([])).close()

    def abandon(self) -> None:
        """Write nothing any more."""
        if self._sink is not None:
            self._sink.abandon()

    def _open(self, schema: pa.Schema) -> Sink:
        if self._sink is None:
            self._sink = self._make_sink(self._stream, schema)
        return self._sink


@contextmanager
def open_writer(
    path: str | Path, fmt: str | None = None, kind: FrameKind | pa.Schema | None = None, force: bool = False
) -> Iterator[TableWriter]:
    """Open a file to write a table in pieces.

    A regular file appears, or is replaced, when the block ends. When it ends with an exception, nothing is left, and a
    file that was there before is untouched. Devices and FIFOs are written through, see `synthdiff.output`.

    Parameters
    ----------
    path : str or Path
        The file; ``"-"`` is the standard output.
    fmt : str or None
        ``"parquet"``, ``"csv"``, ``"jsonl"`` or ``"arrow"``, the middle two also with ``".gz"``; None goes by the
        ending of `path`; on the standard output, and on a stream without such an ending, it means CSV.
    kind : FrameKind, pa.Schema or None
        What the rows should look like in the file; None leaves them as they come.
    force : bool
        Whether to replace an existing file; False by default.

    Yields
    ------
    TableWriter

    Raises
    ------
    ConfigError
        The format is unknown, the file exists and `force` is not set, or nothing can be written there.
    DataError
        The file cannot be written.
    """
    fmt, sink, is_stdout = _choose(path, fmt)
    name = STDOUT_NAME if is_stdout else str(path)
    with _standard_output() if is_stdout else open_output(path, force) as stream:
        zipped = _Zipped(stream) if fmt.endswith(_COMPRESSED) else None
        writer = TableWriter(name, cast(BinaryIO, zipped or stream), sink, kind)
        try:
            yield writer
            writer.finish()
            if zipped is not None:
                with plain_errors("write", name):
                    zipped.finish()
        except BaseException:
            writer.abandon()
            raise


def check_writer(path: str | Path, fmt: str | None = None, force: bool = False) -> None:
    """Refuse a table's output that could not be written, before the long work.

    Parameters
    ----------
    path, fmt, force
        As `open_writer` takes them.

    Raises
    ------
    ConfigError
        The format is unknown, or cannot be written to a device or FIFO; or see `synthdiff.output.check_output`.
    """
    if not _choose(path, fmt)[2]:
        check_output(path, force)


def is_text_format(path: str | Path, fmt: str | None = None) -> bool:
    """Say whether a table would be written as text: CSV or JSON lines.

    Parameters
    ----------
    path, fmt
        As `open_writer` takes them.
    """
    return _choose(path, fmt)[0] in TEXT_FORMATS


def _choose(path: str | Path, fmt: str | None) -> tuple[str, type[Sink], bool]:
    """The format, how it is written, and whether that is to the standard output."""
    is_stdout = str(path) == STDOUT
    is_stream = is_stdout or find_place(path).is_stream
    if fmt is None:
        try:
            fmt = "csv" if is_stdout else format_of(path)
        except ConfigError:
            if not is_stream:
                raise
            fmt = "csv"
    if fmt not in FORMATS:
        raise ConfigError(f"{fmt!r} is not a format that can be written; choose one of {', '.join(FORMATS)}")
    if is_stream and fmt in SEEKING_FORMATS and not is_stdout:
        raise ConfigError(
            f"{path} is a stream, and {fmt} cannot be streamed; name a file, or choose csv, jsonl or arrow (--format)"
        )
    return fmt, STREAM_FORMATS.get(fmt, FORMATS[fmt]) if is_stream else FORMATS[fmt], is_stdout


def format_of(path: str | Path) -> str:
    """Tell the format of a file by its ending.

    Raises
    ------
    ConfigError
        The ending is unknown.

    Examples
    --------
    >>> format_of("rows.csv.gz"), format_of("rows.v2.feather")
    ('csv.gz', 'arrow')
    """
    name = Path(path).name.lower()
    zipped = _COMPRESSED if name.endswith(_COMPRESSED) else ""
    ending = name.removesuffix(zipped).rpartition(".")[2]
    fmt = _SAME.get(ending, ending) + zipped
    if fmt not in FORMATS:
        endings = ", ".join("." + known for known in FORMATS)
        raise ConfigError(f"{path}: the ending does not name a format that is known; choose one of {endings}")
    return fmt


@contextmanager
def plain_errors(verb: str, name: str) -> Iterator[None]:
    """Turn the errors of the operating system and of Arrow into one that says which file, and why.

    Parameters
    ----------
    verb : str
        What was tried: ``"read"`` or ``"write"``.
    name : str
        The file, as it is to be printed.

    Raises
    ------
    DataError
        In place of them. A closed pipe stays what it is: nobody is left to read the message.
    """
    try:
        with plain_system_errors(verb, name):
            yield
    except pa.ArrowException as error:
        raise DataError(f"cannot {verb} {name}: {error}") from error


@contextmanager
def _standard_output() -> Iterator[BinaryIO]:
    if sys.stdout is None:
        raise ConfigError("cannot write the standard output: it is closed; name a file")
    yield sys.stdout.buffer
    with plain_errors("write", STDOUT_NAME):
        sys.stdout.buffer.flush()


class _Zipped:
    """Compresses what is written. Neither a time nor a name is inside: the same rows give the same bytes."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._zip = zlib.compressobj(wbits=_GZIP_BITS)

    def write(self, data: Any) -> None:
        self._stream.write(self._zip.compress(data))

    def finish(self) -> None:
        self._stream.write(self._zip.flush())
