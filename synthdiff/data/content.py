"""Files that are named as CSV and hold something else: refused with words that say what to do."""

from __future__ import annotations

from pathlib import Path

from synthdiff.data.stream import open_bytes
from synthdiff.errors import DataError

_HEAD = 512
_UNPACK = "unpack it, and name the files inside"
_BYTES: dict[bytes, tuple[str, str]] = {
    b"PAR1": ("parquet", "name the file so, or save it as CSV"),
    b"ARROW1": ("an Arrow file", "name the file so, or save it as CSV"),
    b"%PDF": ("PDF", "save the table as CSV"),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", "save the sheet as CSV"),
    b"SQLite format 3": ("a SQLite database", "export a table as CSV"),
    b"\x89HDF": ("HDF5", "save the table as CSV"),
    b"\x89PNG": ("a picture", "save the table as CSV"),
    b"7z\xbc\xaf": ("a 7z archive", _UNPACK),
    b"Rar!": ("a RAR archive", _UNPACK),
    b"{\\rtf": ("rich text", "save it as plain text"),
    b"version https://git-lfs": ("a pointer of Git LFS, without the data", "run git lfs pull"),
    b"\x1f\x8b": ("compressed twice", "unpack it once"),
}
_TEXT: dict[str, tuple[str, str]] = {
    '{"': ("JSON", "name the file .jsonl if each line is an object, or save it as CSV"),
    "[{": ("JSON", "write one object a line into a .jsonl file, or save it as CSV"),
    "<?xml": ("XML", "save the table as CSV"),
    **dict.fromkeys(("<!doctype", "<html", "<head", "<table"), ("HTML", "save the table as CSV")),
    "404: not found": ("an error message of a server", "download the file again"),
}


def check_content(path: Path) -> None:
    """Refuse what has the name of a CSV file, and the content of another.

    Raises
    ------
    DataError
        It is no CSV; the message says what it is.
    """
    with open_bytes(path, is_text=True) as stream:
        head = bytes(stream.read(_HEAD))
    found = next((kind for magic, kind in _BYTES.items() if head.startswith(magic)), None)
    if found is None:
        text = "".join(head.decode("utf-8-sig", "replace").lower().split())
        found = next((kind for start, kind in _TEXT.items() if text.startswith(start.replace(" ", ""))), None)
    if found is not None:
        raise DataError(f"{path} is {found[0]} and no CSV; {found[1]}")
