"""Hilbert's curve through a square: places that are near each other mostly have numbers that are.

A model learns one number a column. The number of a place along the curve is one, and says both of its coordinates.
"""

from __future__ import annotations

import numpy as np

from synthdiff.codecs.column import IntArray

BITS = 26
"""Bits of each coordinate: a number has 52, which a float holds exactly."""


def to_number(x: IntArray, y: IntArray) -> IntArray:
    """Number places along the curve.

    Parameters
    ----------
    x, y : (n,) int64
        From 0 to 2**26 - 1.

    Returns
    -------
    (n,) int64
        From 0 to 2**52 - 1.

    References
    ----------
    Warren, "Hacker's Delight", second edition, Addison-Wesley, 2012, chapter 16.
    """
    x, y = x.copy(), y.copy()
    number = np.zeros_like(x)
    for bit in reversed(range(BITS)):
        right, up = x >> bit & 1, y >> bit & 1
        number = number << 2 | (3 * right ^ up)
        x, y = _turn(x, y, right, up, bit)
    return number


def to_place(number: IntArray) -> tuple[IntArray, IntArray]:
    """Find the places of numbers, the inverse of `to_number`."""
    x, y = np.zeros_like(number), np.zeros_like(number)
    for bit in range(BITS):
        pair = number >> 2 * bit & 3
        right = pair >> 1
        up = (pair ^ right) & 1
        x, y = _turn(x, y, right, up, bit)
        x, y = x | right << bit, y | up << bit
    return x, y


def _turn(x: IntArray, y: IntArray, right: IntArray, up: IntArray, bit: int) -> tuple[IntArray, IntArray]:
    """Turn the lower bits of places in the lower quarters of a square: the curve runs through these sideways."""
    below = (1 << bit) - 1
    x, y = x & below, y & below
    mirrored = (up == 0) & (right == 1)
    x, y = np.where(mirrored, below - x, x), np.where(mirrored, below - y, y)
    return np.where(up == 0, y, x), np.where(up == 0, x, y)
