"""How the text of a file is encoded: as its first bytes say, as UTF-8, or as charset-normalizer guesses."""

from __future__ import annotations

import codecs
import re
from itertools import pairwise
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
_MIN_NULS, _MOST_NULS = 0.2, 0.9
_WINDOWS = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1255", "cp1256", "cp1257")
"""The usual code pages of one byte a character, the more usual first."""
_OF_WINDOWS = {"mac_greek": "cp1253", "mac_cyrillic": "cp1251", "mac_latin2": "cp1250", "mac_turkish": "cp1254"}
"""Code pages that are taken for each other."""
_SHOWN = 60
_SIGN_IN_WORD = re.compile(r"(?<=\w)[^\w\s\x00-\x7f’](?=\w)|\ufffd|[¡-¿](?=\w)|[ºª³²¹](?=[^\W\d_])")
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
    # Text in two or four bytes a character without a mark: the other bytes of plain text are zero.
    zeros = [head[place::4].count(0) > _MOST_NULS * len(head) / 4 for place in range(4)]
    if zeros in ([False, True, True, True], [True, True, True, False]):
        return "utf-32-be" if zeros[0] else "utf-32-le"
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
    _check_mixed(path, lines)
    text = b"\n".join(lines)[: 2 * _ENOUGH]
    matches = from_bytes(text)
    alike = [name for match in matches for name in (match.encoding, *match.could_be_from_charset)]
    found = [name for name in alike if _PLAIN.decode(name, "replace") == _PLAIN.decode()]
    if not found:
        raise DataError(f"{path} is not text in any encoding that is known; name it (encoding, --encoding)")
    usual = [name for name in _WINDOWS if name in found]
    # Few names do not tell the code pages apart, and by far the most files are in those of Windows.
    usual += ["cp1252"] if "latin_1" in found and not usual else []
    usual = usual or [_OF_WINDOWS.get(found[0], found[0]), found[0]]
    return min(usual, key=lambda name: _strange(text, name))


def _check_mixed(path: Path, lines: list[bytes]) -> None:
    """Refuse UTF-8 with a few lines that are not."""
    bad = [line for line in lines if not _is_utf8(line)]
    if lines and 2 * len(bad) < len(lines):
        shown = bad[0].decode("utf-8", "replace")[:_SHOWN]
        raise DataError(f"{path} is UTF-8 but for some lines such as {shown!r}; correct them, or name the encoding")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _strange(text: bytes, encoding: str) -> int:
    """How many signs stand within words, and how many capitals behind small letters."""
    decoded = text.decode(encoding, "replace")
    return len(_SIGN_IN_WORD.findall(decoded)) + sum(
        one.islower() and other.isupper() for one, other in pairwise(decoded) if not other.isascii()
    )


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
