"""A fixed permutation of the whole numbers below a size, without a table."""

from __future__ import annotations

from collections.abc import Callable
from math import isqrt

import numpy as np
import numpy.typing as npt

WordArray = npt.NDArray[np.uint64]

MOST = (1 << 64) - 1
"""Size at most."""

_ROUNDS = 4


class Shuffle:
    """A permutation P of 0, ..., size - 1 that looks random: the same for everybody, so that it needs no storage.

    Parameters
    ----------
    size : int
        From 1 to 2**64 - 1.

    References
    ----------
    Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002: a Feistel network over two halves whose
    product is slightly larger than the size; what falls outside is permuted again.
    """

    def __init__(self, size: int) -> None:
        left = isqrt(max(size - 1, 0)) + 1
        self._left, self._right = np.uint64(left), np.uint64(-(-size // left))
        self._last = np.uint64(size - 1)

    def permute(self, numbers: WordArray) -> WordArray:
        """Compute P of each number, (n,) uint64 below the size."""
        return self._walk(numbers, self._forward)

    def invert(self, numbers: WordArray) -> WordArray:
        """Compute the numbers whose P these are, (n,) uint64 below the size."""
        return self._walk(numbers, self._backward)

    def _walk(self, numbers: WordArray, step: Callable[[WordArray], WordArray]) -> WordArray:
        numbers = step(numbers)
        outside = np.flatnonzero(numbers > self._last)
        while len(outside):
            numbers[outside] = step(numbers[outside])
            outside = outside[numbers[outside] > self._last]
        return numbers

    def _forward(self, numbers: WordArray) -> WordArray:
        left, right = np.divmod(numbers, self._right)
        for turn in range(_ROUNDS):
            left = (left + mix(right, 2 * turn)) % self._left
            right = (right + mix(left, 2 * turn + 1)) % self._right
        return left * self._right + right

    def _backward(self, numbers: WordArray) -> WordArray:
        left, right = np.divmod(numbers, self._right)
        for turn in reversed(range(_ROUNDS)):
            right = (right + self._right - mix(left, 2 * turn + 1) % self._right) % self._right
            left = (left + self._left - mix(right, 2 * turn) % self._left) % self._left
        return left * self._right + right


def mix(numbers: WordArray, turn: int) -> WordArray:
    """Hash 64-bit words to 32 bits (the finaliser of SplitMix64), differently at each turn."""
    words = (numbers + np.uint64(turn + 1)) * np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(words >> np.uint64(32))
