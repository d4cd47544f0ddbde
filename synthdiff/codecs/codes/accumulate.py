"""Check characters that are more than a weighted sum: each function goes over the characters of many codes at once.

Values are (n, length) int64, 0 to 35 for 0-9 and A-Z, with zeros in place of the check characters; results are
(n, check characters) int64.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from synthdiff.codecs.column import IntArray

_VERHOEFF_PERMUTATION = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
_DAMM = np.array(
    [
        [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
        [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
        [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
        [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
        [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
        [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
        [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
        [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
        [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
        [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
    ]
)
_VIN_VALUES = np.array([*range(10), *(1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 0, 7, 0, 9, 2, 3, 4, 5, 6, 7, 8, 9)])
_VIN_WEIGHTS = np.array([8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2])


def luhn(values: IntArray) -> IntArray:
    """ISO/IEC 7812: cards, IMEI, Swedish and Canadian persons."""
    return -_luhn_sum(values)[:, None] % 10


def npi(values: IntArray) -> IntArray:
    """American providers: Luhn's check behind the prefix 80840, which adds 24."""
    return -(_luhn_sum(values)[:, None] + 24) % 10


def isin(values: IntArray) -> IntArray:
    """ISO 6166: Luhn's check of the digits that letters stand for, two a letter."""
    total, is_odd = np.zeros(len(values), np.int64), np.ones(len(values), np.bool_)
    for column in values[:, -2::-1].T:
        tens, ones = np.divmod(column, 10)
        total += np.where(is_odd, _doubled(ones), ones)
        has_two = column >= 10
        total += np.where(has_two, np.where(is_odd, tens, _doubled(tens)), 0)
        is_odd ^= ~has_two
    return -total[:, None] % 10


def cusip(values: IntArray) -> IntArray:
    """CUSIP: every second value doubled from the left, the digits of all summed."""
    weighted = values[:, :-1] * (1 + np.arange(values.shape[1] - 1) % 2)
    return np.asarray(-(weighted // 10 + weighted % 10).sum(axis=1)[:, None] % 10)


def container(values: IntArray) -> IntArray:
    """ISO 6346: powers of two, and letters that leave out the multiples of 11."""
    letters = values[:, :-1]
    letters = letters + (letters >= 11) + (letters >= 21) + (letters >= 31)
    return np.asarray((letters << np.arange(letters.shape[1])).sum(axis=1)[:, None] % 11 % 10)


def mod_97_front(values: IntArray) -> IntArray:
    """ISO 13616 and ISO 11649: what makes the rearranged number 1 modulo 97."""
    return _two_digits(98 - _remainder_97(np.concatenate([values[:, 4:], values[:, :4]], axis=1)))


def mod_97_end(values: IntArray) -> IntArray:
    """ISO 7064 MOD 97-10: legal entities."""
    return _two_digits(98 - _remainder_97(values))


def complement_97(values: IntArray) -> IntArray:
    """French and Belgian persons: 97 less the remainder of the number before it."""
    return _two_digits(97 - _remainder_97(values[:, :-2]))


def mod_11_2(values: IntArray) -> IntArray:
    """ISO 7064 MOD 11-2: Chinese residents, ORCID; 10 stands for X."""
    total = np.zeros(len(values), np.int64)
    for column in values[:, :-1].T:
        total = (total + column) * 2 % 11
    return (12 - total)[:, None] % 11


def mod_11_10(values: IntArray) -> IntArray:
    """ISO 7064 MOD 11,10: German and Croatian taxpayers."""
    product = np.full(len(values), 10, np.int64)
    for column in values[:, :-1].T:
        total = (column + product) % 10
        product = np.where(total == 0, 10, total) * 2 % 11
    return (11 - product)[:, None] % 10


def verhoeff(values: IntArray) -> IntArray:
    """Verhoeff's check in the dihedral group of order 10: Indian residents."""
    permuted, total = np.arange(10), np.zeros(len(values), np.int64)
    for column in values[:, ::-1].T:
        total = _dihedral(total, permuted[column])
        permuted = np.array(_VERHOEFF_PERMUTATION)[permuted]
    return np.where(total < 5, -total % 5, total)[:, None]


def damm(values: IntArray) -> IntArray:
    """Damm's check."""
    total = np.zeros(len(values), np.int64)
    for column in values[:, :-1].T:
        total = _DAMM[total, column]
    return total[:, None]


def vin(values: IntArray) -> IntArray:
    """Vehicles, North America: 10 stands for X."""
    return np.asarray((_VIN_VALUES[values] @ _VIN_WEIGHTS)[:, None] % 11)


def remainder(modulus: int) -> Callable[[IntArray], IntArray]:
    """Make the rule of a check character that stands for the remainder of the number before it."""

    def compute(values: IntArray) -> IntArray:
        total = np.zeros(len(values), np.int64)
        for column in values[:, :-1].T:
            total = (total * 10 + column) % modulus
        return total[:, None]

    return compute


def _luhn_sum(values: IntArray) -> IntArray:
    """Sum of the digits, every second one doubled, counted from the check digit."""
    odd, even = values[:, -2::-2], values[:, -3::-2]
    return np.asarray(_doubled(odd).sum(axis=1) + even.sum(axis=1))


def _doubled(digits: IntArray) -> IntArray:
    return np.asarray(2 * digits - 9 * (digits > 4))


def _remainder_97(values: IntArray) -> IntArray:
    """The remainder of the number that letters and digits make, two digits a letter."""
    total = np.zeros(len(values), np.int64)
    for column in values.T:
        total = (total * np.where(column >= 10, 100, 10) + column) % 97
    return total


def _two_digits(numbers: IntArray) -> IntArray:
    return np.stack(np.divmod(numbers, 10), axis=1)


def _dihedral(a: IntArray, b: IntArray) -> IntArray:
    """Multiply in the dihedral group of order 10: rotations are 0 to 4, reflections 5 to 9."""
    turned = np.where(a < 5, a + b, a - b) % 5
    return np.asarray(turned + 5 * ((a < 5) != (b < 5)))
