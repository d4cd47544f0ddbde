"""Names as they are written in addresses on the net: small letters from a to z."""

from __future__ import annotations

import re

import pyarrow as pa

from synthdiff.codecs.personal.lexicon import fold

_ALPHABET = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґαβγδεζηθικλμνξοπρσςτυφχψω"
_SOUNDS = """
    a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya i yi ye g
    a v g d e z i th i k l m n x o p r s s t y f ch ps o
"""
_OTHERS = {"ø": "o", "æ": "ae", "å": "a", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "œ": "oe", "ı": "i"}
_LETTERS = dict(zip(_ALPHABET, _SOUNDS.split(), strict=True)) | _OTHERS
_SYLLABLE_WORDS = """
    li wang zhang chen lin mei yu hao jun min tao ken aki haru sato mori kim park seo jin
"""
_SYLLABLES = _SYLLABLE_WORDS.split()


def to_latin(name: str) -> str:
    """Write one name so; signs of no alphabet become syllables.

    Examples
    --------
    >>> to_latin("Zoë"), to_latin("Иван"), to_latin("O'Hara")
    ('zoe', 'ivan', 'ohara')
    """
    out = ""
    for sign in fold(name):
        if sign.isascii():
            out += sign if sign.isalnum() else ""
        else:
            out += _LETTERS.get(sign, "") or (_SYLLABLES[ord(sign) % len(_SYLLABLES)] if sign.isalpha() else "")
    return re.sub("_", "", out)


def plain_letters(cells: pa.Array) -> pa.Array:
    """Write names so; large_string."""
    encoded = cells.dictionary_encode()
    words = pa.array([to_latin(name or "") for name in encoded.dictionary.to_pylist()], pa.large_string())
    return words.take(encoded.indices)
