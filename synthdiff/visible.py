"""Show text from data, paths and models on a terminal without obeying what is in it."""

from __future__ import annotations

import shlex
import unicodedata
from collections.abc import Iterable

_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
"""Unicode categories that a terminal obeys or hides: control, format (bidi, zero width), surrogate, separators."""


def shown(text: object, keep: str = "") -> str:
    r"""Write control characters as escapes.

    Parameters
    ----------
    text : object
        Converted by ``str`` first: a name, a value, a path.
    keep : str
        Characters that stay as they are, such as ``"\n"``; default: none.

    Returns
    -------
    str
        C0 and C1 controls, DEL, bidirectional overrides, zero-width characters, line and paragraph separators and
        lone surrogates as ``\x1b``, ``\n`` or ``\u202e``; everything else unchanged.

    Examples
    --------
    >>> print(shown("a\x1b[31mb\u202ec"))
    a\x1b[31mb\u202ec
    >>> print(shown("Größe 数 ½"))
    Größe 数 ½
    """
    text = str(text)
    if text.isprintable():
        return text
    return "".join(_escape(char) if _is_hidden(char) and char not in keep else char for char in text)


def shown_json(text: str) -> str:
    r"""Write characters that a terminal obeys as JSON escapes; the text stays the same JSON.

    Parameters
    ----------
    text : str
        JSON, in which such characters occur in strings alone; line breaks between values stay.

    Examples
    --------
    >>> print(shown_json('{"a": "\x9b\u202e\udcff"}'))
    {"a": "\u009b\u202e\udcff"}
    """
    if text.isprintable():
        return text
    return "".join(_units(char) if _is_hidden(char) and char != "\n" else char for char in text)


def shell_words(words: Iterable[str]) -> str:
    r"""Join words into a command that bash and zsh read the same way again, with control characters as escapes.

    Examples
    --------
    >>> print(shell_words(["fit", "my table.csv", "a\x1b'b.csv"]))
    fit 'my table.csv' $'a\x1b\'b.csv'
    """
    return " ".join(map(_shell_word, words))


def _shell_word(word: str) -> str:
    if word.isprintable():
        return shlex.quote(word)
    data = word.encode("utf-8", "surrogateescape").decode("latin-1")
    return "$'" + "".join(char if " " <= char <= "~" and char not in "\\'" else _quoted(char) for char in data) + "'"


def _quoted(char: str) -> str:
    return f"\\{char}" if char in "\\'" else f"\\x{ord(char):02x}"


def _is_hidden(char: str) -> bool:
    return not char.isprintable() and unicodedata.category(char) in _HIDDEN


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def _units(char: str) -> str:
    """Return the escapes of a character's UTF-16 units."""
    data = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{data[i] << 8 | data[i + 1]:04x}" for i in range(0, len(data), 2))
