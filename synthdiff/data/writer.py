"""Tables to files, piece by piece: memory does not grow with the rows, and a file appears only when it is complete."""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from synthdiff.data.frame import FrameKind
from synthdiff.data.sink import FORMATS, STREAM_FORMATS, Sink
from synthdiff.errors import ConfigError, DataError

STDOUT = "-"
_COMPRESSED = ".gz"
_SAME = {"pq": "parquet", "feather": "arrow", "ipc": "arrow", "ndjson": "jsonl"}


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

    Rows go to ``.NAME.partial-PID`` beside the file, which is moved into its place when the block ends. When it ends
    with an exception, nothing is left, and a file that was there before is untouched.

    Parameters
    ----------
    path : str or Path
        The file; ``"-"`` is the standard output.
    fmt : str or None
        ``"parquet"``, ``"csv"``, ``"jsonl"`` or ``"arrow"``, the middle two also with ``".gz"``; None goes by the
        ending of `path`, and means CSV on the standard output.
    kind : FrameKind, pa.Schema or None
        What the rows should look like in the file; None leaves them as they come.
    force : bool
        Whether to replace an existing file.

    Yields
    ------
    TableWriter

    Raises
    ------
    ConfigError
        The format is unknown, or the file exists and `force` is not set.
    DataError
        The file cannot be written.
    """
    name = "the standard output" if str(path) == STDOUT else str(path)
    fmt = fmt or ("csv" if str(path) == STDOUT else format_of(path))
    if fmt not in FORMATS:
        raise ConfigError(f"{fmt!r} is not a format that can be written; choose one of {', '.join(FORMATS)}")
    is_stdout = str(path) == STDOUT
    sink = STREAM_FORMATS.get(fmt, FORMATS[fmt]) if is_stdout else FORMATS[fmt]
    opened = _standard_output() if is_stdout else _replacing(Path(path), force)
    with opened as file, _compressed(file, fmt) as stream:
        writer = TableWriter(name, stream, sink, kind)
        try:
            yield writer
            writer.finish()
        except BaseException:
            writer.abandon()
            raise


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

    Raises
    ------
    DataError
        In place of them. A closed pipe stays what it is: nobody is left to read the message.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise DataError(f"cannot {verb} {name}: {error.strerror or error}") from error
    except pa.ArrowException as error:
        raise DataError(f"cannot {verb} {name}: {error}") from error


@contextmanager
def _replacing(target: Path, force: bool) -> Iterator[BinaryIO]:
    """Open a file that takes the place of the target when the block ends well."""
    partial = target.with_name(f".{target.name}.partial-{os.getpid()}")
    _refuse_existing(target, force)
    try:
        with plain_errors("write", str(target)):
            stream = open(partial, "wb")  # noqa: SIM115 (closed below; only opening it may fail in these words)
        with stream:
            yield stream
            with plain_errors("write", str(target)):
                stream.flush()
                os.fsync(stream.fileno())
        _refuse_existing(target, force)
        with plain_errors("write", str(target)):
            os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _standard_output() -> Iterator[BinaryIO]:
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


def _refuse_existing(target: Path, force: bool) -> None:
    if target.is_dir():
        raise ConfigError(f"{target} is a folder; name a file")
    if target.exists() and not force:
        raise ConfigError(f"{target} exists; choose another name, or replace it with --force (force=True)")


@contextmanager
def _compressed(stream: BinaryIO, fmt: str) -> Iterator[BinaryIO]:
    if not fmt.endswith(_COMPRESSED):
        yield stream
        return
    # Neither a time nor a name inside: the same rows give the same bytes.
    with gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0) as zipped:
        packed: Any = zipped
        yield packed
