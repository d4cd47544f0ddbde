"""The form of text: which kinds of characters follow each other, and how many, told from real cells.

``"AB-0042"`` has the *shape* ``AA-9999``; runs taken together, ``A-9``. Where cells with the same runs have few shapes,
as codes of a fixed width do, their shapes are their form; elsewhere, as of names or numbers that count, the runs are.
Where letters and digits stand in for each other, as in hexadecimal codes, they count as one kind of character.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.codecs.column import BoolArray, IntArray

SURE = 0.95
"""Share of further real cells that must have a known form before a form says anything."""
MIN_CELLS = 20
MOST_CELLS = 50_000
"""Distinct cells that a form is told from."""
_LONGEST = 200
_REGULAR = 0.05
"""Share of the cells of the same runs that each shape must hold where shapes are the form."""
_SPARE = 30
"""Characters seen for each one of an alphabet, before others count as foreign to it."""
_FOREIGN = ((r"\p{Nd}", "9"), (r"\p{Lu}", "A"), (r"[\p{Ll}\p{Lt}\p{Lm}\p{Lo}]", "a"))
_ByteArray = npt.NDArray[np.uint8]


def _kinds(*kinds: tuple[str, str]) -> _ByteArray:
    """What each byte counts as: the letter of its kind, or itself."""
    table = np.arange(256, dtype=np.uint8)
    for members, letter in kinds:
        table[list(members.encode())] = ord(letter)
    return table


_SPLIT = _kinds((string.digits, "9"), (string.ascii_uppercase, "A"), (string.ascii_lowercase, "a"))
_MERGED = _kinds((string.digits + string.ascii_letters, "x"))
_IS_KIND = np.isin(np.arange(256), list(b"9Aax"))


@dataclass(frozen=True)
class Form:
    """What real cells look like.

    Attributes
    ----------
    shapes, runs : pa.Array
        A cell has the form if it has one of either.
    merged : bool
        Whether letters and digits are one kind of character.
    alphabet : str
        The characters that all cells are made of; empty where any may occur.
    coverage : float
        Share of further real cells that would have the form.
    is_regular : bool
        Whether all cells of the same runs have one shape, as codes of a fixed width do.
    """

    shapes: pa.Array
    runs: pa.Array
    merged: bool
    alphabet: str
    coverage: float
    is_regular: bool

    @classmethod
    def learn(cls, cells: pa.Array, has_width: bool = True) -> Form | None:
        """Tell the form of real cells; None where they have none in common.

        Parameters
        ----------
        cells : pa.Array
            Strings, without nulls.
        has_width : bool
            Whether how many characters there are may be a part of the form.
        """
        distinct = pc.unique(cells)[:MOST_CELLS]
        if len(distinct) < MIN_CELLS:
            return None
        forms = [cls._of(distinct, merged, has_width) for merged in (False, True)]
        likely = [form for form in forms if form.coverage >= SURE]
        return next((form for form in likely if form.is_regular), likely[0] if likely else None)

    @classmethod
    def _of(cls, cells: pa.Array, merged: bool, has_width: bool) -> Form:
        exact = shapes_of(cells, merged)
        together = pc.value_counts(exact)
        shape, count = together.field("values"), together.field("counts").to_numpy()
        runs = runs_of(shape).dictionary_encode()
        group = runs.indices.to_numpy()
        total = np.bincount(group, weights=count)
        rarest = np.full(len(total), np.inf)
        np.minimum.at(rarest, group, count)
        regular = (rarest >= _REGULAR * total) & (total >= MIN_CELLS) & has_width
        by_shape = regular[group]
        # Of what is seen once, about as much is still unseen (Good and Turing).
        once = int((count[by_shape] == 1).sum() + (total[~regular] == 1).sum())
        return cls(
            shape.filter(pa.array(by_shape)),
            runs.dictionary.filter(pa.array(~regular)),
            merged,
            _alphabet(cells) if merged else "",
            1 - once / len(cells),
            bool((regular & (np.bincount(group) == 1)).all()),
        )

    def holds(self, cells: pa.Array) -> BoolArray:
        """Say which strings, without nulls, have the form, (n,)."""
        coded = cells.dictionary_encode()
        exact = shapes_of(coded.dictionary, self.merged)
        found = pc.or_(pc.is_in(exact, value_set=self.shapes), pc.is_in(runs_of(exact), value_set=self.runs))
        if self.alphabet:
            own = f"^[{re.escape(self.alphabet)}]*$"
            found = pc.and_(found, pc.match_substring_regex(coded.dictionary, own))
        known = np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.bool_)
        return np.asarray(known[coded.indices.to_numpy()])


def shapes_of(cells: pa.Array, merged: bool = False) -> pa.Array:
    """Shapes of strings, from their first 200 characters.

    Examples
    --------
    >>> shapes_of(pa.array(["AB-0042", "Ümit 7"])).to_pylist()
    ['AA-9999', 'Aaaa 9']
    """
    start = pc.utf8_slice_codeunits(cells.cast(pa.large_string()), 0, _LONGEST)
    foreign = pc.match_substring_regex(start, r"[^\x00-\x7F]")
    if pc.any(foreign).as_py():
        folded = start.filter(foreign)
        for pattern, letter in _FOREIGN:
            folded = pc.replace_substring_regex(folded, pattern, letter)
        start = pc.replace_with_mask(start, foreign, folded)
    offsets, letters = _buffers(start)
    return _from_buffers(offsets, (_MERGED if merged else _SPLIT)[letters])


def runs_of(shapes: pa.Array) -> pa.Array:
    """Shapes, with equal characters that follow each other as one.

    Examples
    --------
    >>> runs_of(pa.array(["AA-9999", "Aaa 9"])).to_pylist()
    ['A-9', 'Aa 9']
    """
    offsets, letters = _buffers(shapes.cast(pa.large_string()))
    kept = np.ones(len(letters), np.bool_)
    kept[1:] = (letters[1:] != letters[:-1]) | ~_IS_KIND[letters[1:]]
    kept[offsets[:-1][offsets[:-1] < len(letters)]] = True
    before = np.concatenate([[0], np.cumsum(kept)])
    return _from_buffers(before[offsets], letters[kept])


def _buffers(cells: pa.Array) -> tuple[IntArray, _ByteArray]:
    """Where strings begin and end in their bytes."""
    _, ends, data = cells.buffers()
    offsets = np.frombuffer(ends, np.int64)[cells.offset : cells.offset + len(cells) + 1]
    letters = np.frombuffer(data or b"", np.uint8)[offsets[0] : offsets[-1]]
    return offsets - offsets[0], letters


def _from_buffers(offsets: IntArray, letters: _ByteArray) -> pa.Array:
    buffers = pa.py_buffer(offsets.astype(np.int64).tobytes()), pa.py_buffer(letters.tobytes())
    return pa.LargeStringArray.from_buffers(len(offsets) - 1, *buffers)


def _alphabet(cells: pa.Array) -> str:
    """The characters of codes that have so few of them that others would have been seen."""
    text = "".join(cells[:MOST_CELLS].to_pylist())
    letters = sorted(set(text))
    return "".join(letters) if len(text) >= _SPARE * len(letters) else ""
