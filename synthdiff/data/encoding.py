"""How the text of a file is encoded: as its first bytes say, as UTF-8, or as charset-normalizer guesses."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any

import pyarrow as pa
from charset_normalizer import from_bytes

from synthdiff.data.stream import open_bytes
from synthdiff.errors import ConfigError, DataError

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""What text may begin with; longer marks before those that they begin with."""
_HEAD = 1 << 16
_BLOCK = 1 << 20
_ENOUGH = 1 << 14
"""Bytes of lines with foreign characters that a guess is made from."""
_MIN_NULS = 0.2
_PLAIN = b"Az09,;|\t\n"
"""What means the same in all encodings that CSV is written in."""


def check_encoding(name: str) -> str:
    """Give an encoding the name that Python has for it.

    Raises
    ------
    ConfigError
        There is no such encoding of text.
    """
    try:
        found = codecs.lookup(name)
        if not found._is_text_encoding:
            raise LookupError
    except (LookupError, ValueError):
        raise ConfigError(f"there is no encoding {name!r}; use utf-8, latin-1, cp1252, utf-16, ...") from None
    return found.name


def declared_encoding(path: Path) -> str:
    """Tell the encoding by the first bytes of a file; UTF-8 where they say nothing."""
    with open_bytes(path, is_text=True) as stream:
        head = bytes(stream.read(_HEAD))
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return encoding
    # Text in two bytes a character without a mark: every other byte of plain text is zero.
    even, odd = head[::2].count(0), head[1::2].count(0)
    if even + odd > _MIN_NULS * len(head):
        return "utf-16-be" if even > odd else "utf-16-le"
    return "utf-8"


def guess_encoding(path: Path) -> str:
    """Guess the encoding of a file that is not UTF-8, from its lines that are not ASCII.

    Raises
    ------
    DataError
        Nothing fits.
    """
    lines: list[bytes] = []
    with open_bytes(path, is_text=True) as stream:
        while sum(map(len, lines)) < _ENOUGH and (block := bytes(stream.read(_BLOCK))):
            lines += [line for line in block.splitlines() if not line.isascii()]
    matches = from_bytes(b"\n".join(lines)[: 2 * _ENOUGH])
    alike = [name for match in matches for name in (match.encoding, *match.could_be_from_charset)]
    found = [name for name in alike if _PLAIN.decode(name, "replace") == _PLAIN.decode()]
    if not found:
        raise DataError(f"{path} is not text in any encoding that is known; name it (encoding, --encoding)")
    # Few names do not tell the code pages apart; by far the most files are in this one.
    return "cp1252" if {"cp1252", "latin_1"} & set(found) else found[0]


def open_utf8(path: Path, encoding: str) -> Any:
    """Open a file of text as UTF-8, without a mark at its beginning.

    Parameters
    ----------
    path : Path
        Compressed or not.
    encoding : str
        Its encoding.

    Returns
    -------
    pa.NativeFile
        Closed by its caller.
    """
    stream = open_bytes(path, is_text=True)
    if encoding not in ("utf-8", "utf-8-sig"):
        return pa.transcoding_input_stream(stream, encoding, "utf-8")
    if bytes(stream.read(3)) == codecs.BOM_UTF8:
        return stream
    stream.close()
    return open_bytes(path, is_text=True)
