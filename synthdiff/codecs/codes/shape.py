"""Codes of one shape: of one length, with the same separators, and letters and digits at the same places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.codecs.codes.check import CHECKS, ByteArray, find_check
from synthdiff.codecs.codes.group import group
from synthdiff.codecs.codes.part import MAX_WIDTH

_MOST_SHAPES = 32
_MOST_SPLITS, _MOST_SEPARATORS = 16, 12
_MOST_LENGTHS = 3
_MIN_SHARE = 0.9
_MIN_LENGTH = 4
_MIN_CODES = 4
_SKIPPED = 3
_FIRST = 1000
_DIGIT, _UPPER, _LOWER = 1, 2, 3


@dataclass(frozen=True)
class Shape:
    """Codes of one shape.

    Attributes
    ----------
    codes : (n, width) uint8
        ASCII.
    check : str
        The check that all pass, or nothing.
    checked : tuple of int
        The columns that it is computed from.
    is_mixed : bool
        Whether letters and digits stand at the same places.
    """

    codes: ByteArray
    check: str
    checked: tuple[int, ...]
    is_mixed: bool


def find_shapes(cells: pa.Array) -> list[Shape]:
    """Sort codes by their shapes; none where the cells are no codes, or have too many shapes.

    Parameters
    ----------
    cells : pa.Array
        Distinct strings without nulls.
    """
    n_cells = len(cells)
    cells = _only_codes(cells)
    if len(cells) < max(1, _MIN_SHARE * n_cells):
        return []
    lengths = pc.binary_length(cells).to_numpy()
    if not _are_regular(cells, lengths, _MIN_SHARE * n_cells):
        return []
    shapes: list[Shape] = []
    for letters, same in _same_separators(cells, lengths):
        shapes += _split(letters, same)
    shapes = [shape for shape in shapes if len(shape.codes) >= min(_MIN_CODES, n_cells)]
    loose = {shape.codes.shape[1] for shape in shapes if shape.is_mixed and not shape.check}
    n_codes = sum(len(shape.codes) for shape in shapes)
    is_found = n_codes >= _MIN_SHARE * n_cells and len(shapes) <= _MOST_SHAPES and len(loose) <= _MOST_LENGTHS
    return shapes if is_found else []


def _are_regular(cells: pa.Array, lengths: npt.NDArray[np.int32], n_most: float) -> bool:
    """Say whether most cells are of one length, are capitals of two lengths, or have digits; words are not."""
    counts = np.bincount(lengths)
    ranked = np.sort(counts)[::-1]
    has_digit, has_small = (pc.match_substring_regex(cells, letters) for letters in ("[0-9]", "[a-z]"))
    n_digit, n_capital = int(pc.sum(has_digit).as_py()), len(cells) - int(pc.sum(has_small).as_py())
    most = max(ranked[0], n_digit, min(ranked[:2].sum(), n_capital))
    return bool(np.argmax(counts) >= _MIN_LENGTH and most >= n_most)


def _only_codes(cells: pa.Array) -> pa.Array:
    """Leave out what is not printable ASCII, and prose and addresses."""
    is_code = pc.match_substring_regex(cells, f"^[ -?A-~]{{1,{MAX_WIDTH}}}$")
    is_prose = pc.and_(pc.match_substring(cells, " "), pc.match_substring_regex(cells, "[a-z]"))
    return cells.filter(pc.and_not(is_code, is_prose))


def _same_separators(cells: pa.Array, lengths: npt.NDArray[np.int32]) -> Iterator[tuple[ByteArray, bool]]:
    """Matrices of the codes of one length, (n, length) bytes, and whether they have the same separators."""
    for length in np.flatnonzero(np.bincount(lengths)).tolist():
        letters = as_letters(cells.filter(pa.array(lengths == length)), length)
        classes = _CLASSES[letters]
        groups = _groups(letters, np.where(classes <= _LOWER, 0, classes), _MOST_SEPARATORS)
        if groups:
            yield from ((group, True) for group in groups)
        elif len(np.unique((classes > _LOWER).sum(axis=1))) > 1:  # they are signs of an alphabet, as in base64
            yield letters, False
        # As many separators everywhere, at other places: parts of other widths, as in network addresses.


def as_letters(texts: pa.Array, width: int) -> ByteArray:
    """View ASCII texts of one width as their letters, (n, width) bytes, read-only."""
    joined = pa.concat_arrays([texts.cast(pa.large_string())])
    begin = joined.offset * width
    return np.frombuffer(joined.buffers()[2], np.uint8)[begin : begin + len(joined) * width].reshape(-1, width)


def _split(letters: ByteArray, same: bool) -> list[Shape]:
    """Divide codes by where they have letters and digits, if they have the same separators and few shapes are told."""
    check, checked, own = look_for_check(letters) if same else ("", (), [])
    classes = _CLASSES[letters]
    classes[:, own] = 0
    groups = _groups(letters, classes, _MOST_SPLITS) if same else []
    n_possible = np.prod([np.count_nonzero(np.bincount(column)) for column in classes.T], dtype=np.float64)
    large = sum(len(group) for group in groups if len(group) >= _MIN_CODES)
    if groups and large >= _MIN_SHARE * len(letters) and (len(groups) == 1 or len(groups) < n_possible):
        return [Shape(group, check, checked, False) for group in groups]
    is_upper, is_lower = (classes == _UPPER).any(axis=1), (classes == _LOWER).any(axis=1)
    # Codes that are all capitals or all small letters stay so.
    keys = (is_upper & is_lower.any() & ~(is_upper & is_lower).any())[:, None].astype(np.uint8)
    return [Shape(group, check, checked, True) for group in _groups(letters, keys)]


def look_for_check(letters: ByteArray) -> tuple[str, tuple[int, ...], list[int]]:
    """Find a check among all letters and digits, or the digits alone: its name, its columns, and those it writes."""
    classes = _CLASSES[letters]
    body = np.flatnonzero((classes <= _LOWER).all(axis=0))
    digits = np.flatnonzero((classes == _DIGIT).all(axis=0))
    with_last = np.union1d(digits, body[-1:])
    for columns in (body, digits, with_last):
        for skipped in range(_SKIPPED):
            some = columns[skipped:]
            name = find_check(letters[:_FIRST, some]) if len(some) else None
            if name is not None and CHECKS[name].holds(letters[:, some]):
                return name, tuple(some.tolist()), [int(some[at]) for at in CHECKS[name].at]
    return "", (), []


def _groups(letters: ByteArray, keys: ByteArray, most: int = 4 * _MOST_SHAPES) -> list[ByteArray]:
    """Divide codes, (n, width), by their keys, (n, any); nothing where there are more than `most` groups."""
    n_groups, groups = group(keys, most)
    return [letters[groups == number] for number in range(n_groups)]


_CLASSES = np.arange(256).astype(np.uint8)
_CLASSES[ord("0") : ord("9") + 1] = _DIGIT
_CLASSES[ord("A") : ord("Z") + 1] = _UPPER
_CLASSES[ord("a") : ord("z") + 1] = _LOWER
