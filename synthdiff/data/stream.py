"""Bytes of a file for Arrow, whatever bytes its name has and however it is compressed: its content says that."""

from __future__ import annotations

import io
import lzma
import os
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa

from synthdiff.errors import DataError

_MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\x28\xb5\x2f\xfd": "zstd", b"\x04\x22\x4d\x18": "lz4"}
_XZ = b"\xfd7zXZ\0"
_ZIP = b"PK\x03\x04"
_TABLES = (".csv", ".tsv", ".jsonl", ".ndjson")
_SHEET = "xl/workbook.xml"
COMPRESSED = (".gz", ".bz2", ".zst", ".xz", ".lz4", ".zip")
"""Endings of names that say how a file is compressed; what is inside decides."""


def open_bytes(file: Path, is_text: bool = False) -> Any:
    """Open a file for Arrow.

    Parameters
    ----------
    file : Path
        A regular file.
    is_text : bool
        Whether it is text, which may be compressed; False by default.

    Returns
    -------
    pa.NativeFile
        Closed by its caller.

    Raises
    ------
    DataError
        A zip archive does not hold exactly one file.
    """
    stream = pa.OSFile(os.fsencode(file))
    if not is_text:
        return stream
    head = stream.read(len(_XZ))
    stream.seek(0)
    if head.startswith(_ZIP):
        return _open_zip(file, stream)
    if head == _XZ:
        return pa.PythonFile(lzma.open(stream), mode="r")
    method = next((method for magic, method in _MAGIC.items() if head.startswith(magic)), None)
    if method is None and file.name.lower().endswith(".gz"):
        method = "gzip"  # whose reader says what is wrong
    return stream if method is None else pa.CompressedInputStream(stream, method)


def _open_zip(file: Path, stream: Any) -> Any:
    archive = zipfile.ZipFile(stream)
    if _SHEET in archive.namelist():
        raise DataError(f"{file} is an Excel workbook; save the sheet as CSV, or read it with pandas.read_excel")
    members = [name for name in archive.namelist() if not name.endswith("/") and not name.startswith("__MACOSX")]
    tables = [name for name in members if Path(name).suffix.lower() in _TABLES]
    members = tables if len(tables) == 1 else members  # beside a read-me or a licence
    if len(members) != 1:
        raise DataError(f"{file} is a zip archive of {len(members)} files; unpack it, and name those to read")
    return pa.PythonFile(archive.open(members[0]), mode="r")


class Bytes(io.RawIOBase):
    """Bytes of an Arrow stream, which closes itself at its end where a text wrapper still asks."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, as far as there are bytes."""
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
