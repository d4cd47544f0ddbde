"""Hilbert's curve through a square: places that are near each other mostly have numbers that are.

A model learns one number a column. The number of a place along the curve is one, and says both of its coordinates.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from synthdiff.codecs.column import IntArray

BITS = 26
"""Bits of each coordinate: a number has 52, which a float holds exactly."""

_PIECES = (2, 6, 6, 6, 6)
"""Bits of each coordinate that are looked up at once, the highest first."""


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
    number, turn, left = np.zeros_like(x), np.zeros_like(x), BITS
    for bits in _PIECES:
        left -= bits
        below = (1 << bits) - 1
        at = (turn << bits | x >> left & below) << bits | y >> left & below
        steps, turns = _tables(bits)[:2]
        number = number << 2 * bits | steps[at]
        turn = turns[at]
    return number


def to_place(number: IntArray) -> tuple[IntArray, IntArray]:
    """Find the places of numbers, the inverse of `to_number`."""
    x, y, turn, left = np.zeros_like(number), np.zeros_like(number), np.zeros_like(number), BITS
    for bits in _PIECES:
        left -= bits
        _, turns, places = _tables(bits)
        at = places[turn << 2 * bits | number >> 2 * left & (1 << 2 * bits) - 1]
        x, y = x << bits | at >> bits & (1 << bits) - 1, y << bits | at & (1 << bits) - 1
        turn = turns[at]
    return x, y


@cache
def _tables(bits: int) -> tuple[IntArray, IntArray, IntArray]:
    """Steps along the curve of each turn and place of a few bits, the turn behind them, and the way back.

    A turn is a sum: 1 where coordinates are exchanged, 2 where they are mirrored.
    """
    at = np.arange(4 << 2 * bits)
    turn, x, y = at >> 2 * bits, at >> bits, at
    steps = np.zeros_like(at)
    for bit in reversed(range(bits)):
        swapped, mirrored = turn & 1 == 1, turn >> 1
        right = (np.where(swapped, y, x) >> bit & 1) ^ mirrored
        up = (np.where(swapped, x, y) >> bit & 1) ^ mirrored
        steps = steps << 2 | (3 * right ^ up)
        # The curve runs through the lower quarters sideways.
        turn = turn ^ np.where(up == 0, 1 + 2 * right, 0)
    places = np.empty_like(at)
    places[at >> 2 * bits << 2 * bits | steps] = at
    return steps, turn, places
