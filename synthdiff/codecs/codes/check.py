"""Check characters of well-known numbers: which ones real codes have, and what they are for a new code.

No library computes them for whole columns. Each entry of `CHECKS` is tested against published numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthdiff.codecs.codes import accumulate
from synthdiff.codecs.column import IntArray

Rule = Callable[[IntArray], IntArray]
ByteArray = npt.NDArray[np.uint8]

DIGITS = "0123456789"
LETTERS = DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BLOCK = 1 << 16
_FIRST = 1000
_MIN_CODES = 10
_MIN_DISTINCT = 5


@dataclass(frozen=True)
class Check:
    """A rule for check characters.

    Attributes
    ----------
    compute : callable
        From values, (n, length) int64 with zeros in place of the check characters, to the positions of the check
        characters in `letters`, (n, characters) int64; -1 where such a code does not exist. The values of 0-9 and A-Z
        are 0 to 35.
    lengths : sequence of int
        Characters that a code may have, the check characters included.
    at : tuple of int
        Where the check characters are; negative positions count from the end.
    letters : str
        What a check character can be.
    has_letters : bool
        Whether other characters may be letters.
    is_partial : bool
        Whether there are codes without check characters, which do not exist.
    """

    compute: Rule
    lengths: Sequence[int] = range(5, 35)
    at: tuple[int, ...] = (-1,)
    letters: str = DIGITS
    has_letters: bool = False
    is_partial: bool = False

    def write(self, codes: ByteArray) -> npt.NDArray[np.bool_]:
        """Write the check characters into codes, (n, length) in place; False where there are none, (n,) bool."""
        values = _VALUES[codes]
        values[:, list(self.at)] = 0
        found = self.compute(values)
        characters = np.frombuffer(self.letters.encode("ascii"), np.uint8)
        codes[:, list(self.at)] = characters[np.maximum(found, 0)]
        return np.asarray((found >= 0).all(axis=1))

    def passes(self, codes: ByteArray) -> npt.NDArray[np.bool_]:
        """Say which codes, (n, length), have the right check characters, (n,) bool."""
        length = codes.shape[1]
        if length not in self.lengths:
            return np.zeros(len(codes), np.bool_)
        others = np.delete(codes, [at % length for at in self.at], axis=1)
        passed = np.asarray((_VALUES[others] < len(LETTERS if self.has_letters else DIGITS)).all(axis=1))
        own = codes[passed]
        computed = own.copy()
        passed[passed] = self.write(computed) & (computed == own).all(axis=1)
        return passed

    def holds(self, codes: ByteArray) -> bool:
        """Say whether all codes, (n, length), have the right check characters."""
        blocks = (codes[start : start + _BLOCK] for start in range(0, len(codes), _BLOCK))
        return codes.shape[1] in self.lengths and all(self.passes(block).all() for block in blocks)


def find_check(codes: ByteArray) -> str | None:
    """Find the check that all codes pass; None where there is none, or too few codes to exclude chance.

    Parameters
    ----------
    codes : (n, length) uint8
        Digits and capital letters in ASCII.
    """
    if len(codes) < _MIN_CODES:
        return None
    for name, check in CHECKS.items():
        if check.holds(codes[:_FIRST]) and check.holds(codes):
            last = codes[:, check.at[-1] % codes.shape[1]]
            return name if np.count_nonzero(np.bincount(last)) >= _MIN_DISTINCT else None
    return None


def _weighted(weights: Sequence[int], modulus: int, fold: Sequence[int] | None = None, sign: int = -1) -> Rule:
    """Make the rule ``fold[sign * sum(weights * values) mod modulus]``; shorter codes have the last weights."""
    table = np.array(range(modulus) if fold is None else fold)

    def compute(values: IntArray) -> IntArray:
        factors = np.array(weights[len(weights) - values.shape[1] + 1 :])
        return np.asarray(table[sign * (values[:, :-1] @ factors) % modulus])[:, None]

    return compute


def _two(first: Rule, second: Rule) -> Rule:
    """Make the rule of two check characters, the second of which checks the first one too."""

    def compute(values: IntArray) -> IntArray:
        head = first(values[:, :-1])
        values = np.concatenate([values[:, :-2], np.maximum(head, 0), values[:, -1:]], axis=1)
        return np.concatenate([head, second(values)], axis=1)

    return compute


_ELEVEN = range(11)
_TEN_IS_NONE = (*range(10), -1)
_TEN_IS_ZERO = (*range(10), 0)
_TEN_IS_ONE = (*range(10), 1)
_DESCENDING = range(34, 1, -1)
_EAN = (1, 3) * 9
_CNPJ = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)

CHECKS: dict[str, Check] = {
    "luhn": Check(accumulate.luhn),
    "ean": Check(_weighted(_EAN, 10), (8, 12, 13, 14, 17, 18)),
    "mod 11": Check(_weighted(_DESCENDING, 11, _TEN_IS_NONE), range(8, 12), is_partial=True),
    "isbn10": Check(_weighted(_DESCENDING, 11), (8, 10), letters=DIGITS + "X"),
    "iban": Check(accumulate.mod_97_front, range(5, 35), (2, 3), has_letters=True),
    "lei": Check(accumulate.mod_97_end, range(8, 35), (-2, -1), has_letters=True),
    "97 complement": Check(accumulate.complement_97, range(9, 16), (-2, -1)),
    "aba": Check(_weighted((3, 7, 1, 3, 7, 1, 3, 7), 10), (9,)),
    "verhoeff": Check(accumulate.verhoeff),
    "damm": Check(accumulate.damm),
    "mod 11-2": Check(accumulate.mod_11_2, (9, 16, 18), letters=DIGITS + "X"),
    "mod 11,10": Check(accumulate.mod_11_10, range(8, 15)),
    "vin": Check(accumulate.vin, (17,), (8,), DIGITS + "X", has_letters=True),
    "isin": Check(accumulate.isin, (12,), has_letters=True),
    "cusip": Check(accumulate.cusip, (9,), has_letters=True),
    "sedol": Check(_weighted((1, 3, 1, 7, 3, 9), 10), (7,), has_letters=True),
    "container": Check(accumulate.container, (11,), has_letters=True),
    "hetu": Check(accumulate.remainder(31), (10,), letters=DIGITS + "ABCDEFHJKLMNPRSTUVWXY"),
    "dni": Check(accumulate.remainder(23), (9,), letters="TRWAGMYFPDXBNJZSQVHLCKE"),
    "pesel": Check(_weighted((1, 3, 7, 9, 1, 3, 7, 9, 1, 3), 10), (11,)),
    "bsn": Check(_weighted(range(9, 1, -1), 11, _TEN_IS_NONE, 1), (9,), is_partial=True),
    "cpf": Check(
        _two(_weighted(range(10, 1, -1), 11, _TEN_IS_ZERO), _weighted(range(11, 1, -1), 11, _TEN_IS_ZERO)),
        (11,),
        (-2, -1),
    ),
    "cnpj": Check(_two(_weighted(_CNPJ[1:], 11, _TEN_IS_ZERO), _weighted(_CNPJ, 11, _TEN_IS_ZERO)), (14,), (-2, -1)),
    "norway": Check(
        _two(
            _weighted((3, 7, 6, 1, 8, 9, 4, 5, 2), 11, _TEN_IS_NONE),
            _weighted((5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 11, _TEN_IS_NONE),
        ),
        (11,),
        (-2, -1),
        is_partial=True,
    ),
    "korea": Check(_weighted((2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), 11, (*range(10), 0)), (13,)),
    "cnp": Check(_weighted((2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9), 11, _TEN_IS_ONE, 1), (13,)),
    "egn": Check(_weighted((2, 4, 8, 5, 10, 9, 7, 3, 6), 11, _TEN_IS_ZERO, 1), (10,)),
    "npi": Check(accumulate.npi, (10,)),
}
"""Checks by their names; of several that hold, the first counts."""

_VALUES = np.full(256, 99, np.int64)
_VALUES[np.frombuffer(LETTERS.encode("ascii"), np.uint8)] = np.arange(len(LETTERS))
