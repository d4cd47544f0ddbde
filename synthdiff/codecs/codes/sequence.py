"""Which number each row of a sample gets: numbers that no real row has come first, and none comes twice."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Annotated, Any, NamedTuple

import numpy as np
from pydantic import Field, PlainValidator

from synthdiff.codecs.codes.shuffle import MOST, Shuffle, WordArray, mix
from synthdiff.record import require

MOST_STRETCHES = 1 << 14
_MARGIN = 50
_MAX_GAP = 1 << 16
# New numbers that are more than anybody asks for, as a number, and for each real one.
_AMPLE, _TIMES = 1e7, 100
Size = Annotated[int, Field(ge=1, le=MOST)]
Place = Annotated[int, Field(ge=0, le=MOST)]


class Stretch(NamedTuple):
    """Consecutive numbers.

    Attributes
    ----------
    begin, length : int
        The first number, and how many there are.
    gap : int
        Numbers a row, of which it gets one; the others are for later rows.
    """

    begin: int
    length: int
    gap: int = 1


def _read_stretches(value: Any) -> tuple[Stretch, ...]:
    """Read what JSON has of stretches: lists of three whole numbers."""
    require(isinstance(value, list) and len(value) <= 2 * MOST_STRETCHES, "a list of stretches is expected")
    for part in value:
        require(isinstance(part, list) and list(map(type, part)) == [int] * 3, "three numbers a stretch are expected")
    return tuple(Stretch(*part) for part in value)


@dataclass(frozen=True)
class Sequence:
    """The numbers below a size, each once.

    Attributes
    ----------
    size : int
        How many numbers there are, up to 2**64 - 1.
    stretches : tuple of Stretch
        The numbers without a real one, in the order in which rows get them. All other numbers come after them.
    window : int
        Where the shuffled numbers begin.
    shuffled : int
        How many numbers from there on stand for others among themselves, in an order that looks random.
    """

    size: Size
    stretches: Annotated[tuple[Stretch, ...], PlainValidator(_read_stretches)]
    window: Place = 0
    shuffled: Place = 0

    def check(self) -> None:
        """Refuse stretches that meet, or that lie outside."""
        require(self.window + self.shuffled <= self.size, "more numbers are shuffled than there are")
        end = 0
        for begin, length, gap in sorted(self.stretches):
            require(end <= begin and length >= 1, "stretches must not meet")
            require(1 <= gap <= min(length, _MAX_GAP), "a gap is too wide for its stretch")
            end = begin + length
        require(end <= self.size, "a stretch lies outside")

    @property
    def fresh(self) -> int:
        """How many rows get a number that no real row has."""
        return sum(stretch.length for stretch in self.stretches)

    @cached_property
    def _all(self) -> tuple[Stretch, ...]:
        """The stretches, and behind them the numbers that they leave out."""
        rest, end = [], 0
        for begin, length, _ in sorted(self.stretches):
            rest.append(Stretch(end, begin - end))
            end = begin + length
        rest.append(Stretch(end, self.size - end))
        return (*self.stretches, *(stretch for stretch in rest if stretch.length))

    @cached_property
    def _tables(self) -> tuple[WordArray, WordArray, WordArray, WordArray]:
        """The first row, the first number, the gap, and the rows before later ones begin, of each stretch."""
        begins, lengths, gaps = (np.array(part, np.uint64) for part in zip(*self._all, strict=True))
        rows = np.concatenate([np.zeros(1, np.uint64), np.cumsum(lengths[:-1], dtype=np.uint64)])
        return rows, begins, gaps, lengths // gaps

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that restore it exactly."""
        return {**asdict(self), "stretches": [list(stretch) for stretch in self.stretches]}

    def numbers(self, rows: WordArray) -> WordArray:
        """Find the numbers of rows, (n,) uint64 below the size."""
        firsts, begins, gaps, blocks = self._tables
        at = np.searchsorted(firsts, rows, side="right") - 1
        offsets = rows - firsts[at]
        if (gaps > 1).any():
            gap, n_blocks = gaps[at], blocks[at]
            turn, block = np.divmod(offsets, n_blocks)
            jittered = block * gap + (mix(block, 0) + turn) % gap
            offsets = np.where((gap > 1) & (turn < gap), jittered, offsets)
        return self._shuffle(begins[at] + offsets)

    def _shuffle(self, numbers: WordArray) -> WordArray:
        """Exchange the numbers of the window among themselves."""
        if self.shuffled < 2:
            return numbers
        if self.shuffled == self.size:
            return Shuffle(self.size).permute(numbers)
        window = np.uint64(self.window)
        inside = np.flatnonzero((numbers >= window) & (numbers - window < np.uint64(self.shuffled)))
        numbers[inside] = window + Shuffle(self.shuffled).permute(numbers[inside] - window)
        return numbers


def spread(taken: WordArray, window: int, shuffled: int, most: int = MOST_STRETCHES) -> list[Stretch]:
    """Find the shuffled numbers of a window that no real row has, the longest stretches first.

    Parameters
    ----------
    taken : (n,) uint64
        The real numbers.
    window, shuffled : int
        As of the `Sequence`.
    most : int
        Stretches at most.
    """
    begin = np.uint64(window)
    inside = taken[(taken >= begin) & (taken <= np.uint64(window + shuffled - 1))] - begin
    free = longest_free(np.sort(Shuffle(shuffled).invert(inside)), shuffled, most)
    held = np.cumsum([float(stretch.length) for stretch in free])
    free = free[: int(np.searchsorted(held, max(_AMPLE, _TIMES * len(taken)))) + 1]
    # Not right beside a real number, which would give that number away.
    edges = [stretch.length // _MARGIN for stretch in free]
    return [Stretch(window + s.begin + edge, s.length - 2 * edge) for s, edge in zip(free, edges, strict=True)]


def longest_free(taken: WordArray, size: int, most: int) -> list[Stretch]:
    """Find the longest stretches below a size that hold none of the numbers, the longest first.

    Parameters
    ----------
    taken : (n,) uint64
        Sorted numbers.
    size : int
    most : int
        Stretches at most.
    """
    if not len(taken):
        return [Stretch(0, size)]
    begins = np.concatenate([np.zeros(1, np.uint64), taken + np.uint64(1)])
    lengths = np.concatenate([taken, np.array([size - 1], np.uint64)])
    lengths[1:-1] -= begins[1:-1]
    lengths[-1] -= taken[-1]
    # Where a number occurs twice, the difference is below nothing.
    lengths[1:-1][np.diff(taken) == 0] = 0
    order = np.argsort(lengths, kind="stable")[::-1][:most]
    pairs = zip(begins[order].tolist(), lengths[order].tolist(), strict=True)
    return [Stretch(begin, length) for begin, length in pairs if length]
