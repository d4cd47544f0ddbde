"""Numbers that look random and are not drawn: hashes of row numbers, and permutations of a range."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
_WordArray = npt.NDArray[np.uint64]

MOST = 1 << 31
"""Half of a permutation is no larger: sums of its numbers and hashes stay within 64 bits."""
_ROUNDS = 4


def mix(numbers: npt.NDArray[np.integer], salt: int) -> _WordArray:
    """Hash numbers to 64 bits (the finaliser of SplitMix64), differently for each salt."""
    words = (numbers.astype(np.uint64) + np.uint64(salt & 0xFFFFFFFF) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(words ^ (words >> np.uint64(31)))


def uniform(numbers: npt.NDArray[np.integer], salt: int) -> npt.NDArray[np.float64]:
    """Hash numbers to [0, 1)."""
    return np.asarray((mix(numbers, salt) >> np.uint64(11)).astype(np.float64) * 2.0**-53)


def below(numbers: npt.NDArray[np.integer], salt: int, size: int) -> IntArray:
    """Hash numbers to 0, ..., `size` - 1."""
    return np.asarray((mix(numbers, salt) % np.uint64(size)).astype(np.int64))


def permute(numbers: npt.NDArray[np.integer], left_size: int, right_size: int, salt: int) -> tuple[IntArray, IntArray]:
    """Permute the numbers below left_size x right_size: the two digits of what each becomes.

    Parameters
    ----------
    numbers : (n,) integer
        Not negative; beyond the last one they start anew.
    left_size, right_size : int
        At most 2**31.
    salt : int
        Chooses the permutation.

    References
    ----------
    Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002: a Feistel network of two numbers.
    """
    left_most, right_most = np.uint64(left_size), np.uint64(right_size)
    left, right = np.divmod(numbers.astype(np.uint64) % (left_most * right_most), right_most)
    for turn in range(_ROUNDS):
        left = (left + (mix(right, salt + 2 * turn) >> np.uint64(32))) % left_most
        right = (right + (mix(left, salt + 2 * turn + 1) >> np.uint64(32))) % right_most
    return left.astype(np.int64), right.astype(np.int64)


def scatter(numbers: npt.NDArray[np.integer], sizes: list[int], salt: int) -> list[IntArray]:
    """Choose one of each of several lists for each number, so that different numbers choose differently.

    Parameters
    ----------
    numbers : (n,) integer
        Not negative.
    sizes : list of int
        Lengths of the lists. Those whose product fits decide together; the rest is hashed.
    salt : int
        Chooses which way.

    Returns
    -------
    list of (n,) int64
        Positions in each list.
    """
    halves: tuple[list[int], list[int]] = ([], [])
    products = [1, 1]
    for place in sorted(range(len(sizes)), key=lambda place: -sizes[place]):
        side = int(products[1] < products[0])
        if sizes[place] > 1 and products[side] * sizes[place] <= MOST:
            halves[side].append(place)
            products[side] *= sizes[place]
    out = [below(numbers, salt + 97 * place, size) for place, size in enumerate(sizes)]
    for half, digits in zip(halves, permute(numbers, products[0], products[1], salt), strict=True):
        for place in half:
            digits, out[place] = np.divmod(digits, sizes[place])
    return out
