"""Whole numbers that tell rows apart: counted on, or drawn from those that are free, as wide as the real ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field

from synthdiff.codecs.codes.group import distinct
from synthdiff.codecs.codes.sequence import MOST_STRETCHES, Sequence, Stretch, longest_free, spread
from synthdiff.codecs.codes.shuffle import MOST, WordArray
from synthdiff.record import read_as, require, restore

NumberArray = npt.NDArray[np.integer[Any]]

_WORD = 1 << 64
# Fewer numbers say neither how wide all are, nor what divides the distances between them.
_MIN_EVIDENT = 10
MAX_GAP = 10
"""Rarer numbers are drawn between the lowest and the highest; others are counted on."""


@dataclass(frozen=True)
class Counter:
    """Distinct numbers on a grid, one for each row of a sample.

    Attributes
    ----------
    bottom : int
        The lowest number of the grid.
    step : int
        Distance between numbers of the grid.
    sequence : Sequence
        Which of them each row gets, counted from the lowest.
    """

    bottom: Annotated[int, Field(ge=-(1 << 63), lt=_WORD)]
    step: Annotated[int, Field(ge=1, lt=_WORD)]
    sequence: Annotated[Sequence, read_as(Sequence)]

    @classmethod
    def fit(cls, numbers: NumberArray, bottom: int, top: int, *, grows: bool = True, padded: bool = False) -> Self:
        """Continue real numbers.

        Parameters
        ----------
        numbers : (n,) int64 or uint64
            Real numbers, at least one.
        bottom, top : int
            The numbers that the type can hold.
        grows : bool
            Whether consecutive numbers get more digits once all numbers of their width are used.
        padded : bool
            Whether numbers are filled up with zeros, so that all within the bounds are equally wide.
        """
        numbers = distinct(numbers)
        step = _step(numbers)
        low, high = int(numbers[0]), int(numbers[-1])
        floor, ceiling = (bottom, top) if padded else _bounds(low, high, len(numbers), bottom, top)
        is_dense = (high - low) // step + 1 < MAX_GAP * len(numbers)
        is_full = (high - low) // step + 1 == len(numbers)
        if is_dense and not padded and (len(str(low)) < len(str(high)) or len(numbers) < _MIN_EVIDENT):
            ceiling = top  # it has grown before
        end = top if is_full and grows else ceiling
        first = low - (low - floor) // step * step
        size, width = (min((stop - first) // step + 1, MOST) for stop in (end, ceiling))
        words = numbers.view(np.uint64) - np.uint64(first % _WORD)
        taken = words // np.uint64(step)
        taken = taken[taken < np.uint64(size)]
        if is_dense:
            return cls(first, step, count_on(taken, width, size))
        window = int(taken[0])
        return cls(first, step, draw_within(taken, window, int(taken[-1]) - window + 1, size))

    def check(self) -> None:
        """Refuse numbers that no type of 64 bits holds."""
        require(self.top < (_WORD if self.bottom >= 0 else _WORD >> 1), "the highest number has more than 64 bits")

    @property
    def top(self) -> int:
        """The highest number of the grid."""
        return self.bottom + self.step * (self.sequence.size - 1)

    @property
    def room(self) -> int:
        """How many distinct numbers there are."""
        return self.sequence.size

    @property
    def fresh(self) -> int:
        """How many of them are no real ones."""
        return self.sequence.fresh

    def write(self, rows: WordArray) -> WordArray:
        """The numbers of rows, (n,) uint64; negative ones as their complement, to be viewed as int64."""
        return np.uint64(self.bottom % _WORD) + np.uint64(self.step) * self.sequence.numbers(rows)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        return {"bottom": self.bottom, "step": self.step, "sequence": self.sequence.to_dict()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote."""
        return restore(cls, data)


def _step(numbers: NumberArray) -> int:
    """The largest number that divides all distances between sorted distinct numbers."""
    if len(numbers) < _MIN_EVIDENT:
        return 1
    return int(np.gcd.reduce(np.diff(numbers.view(np.uint64))))


def _bounds(low: int, high: int, n: int, bottom: int, top: int) -> tuple[int, int]:
    """The lowest and the highest number with as many digits as the real ones have."""
    if low < 0:
        return bottom, top
    narrowest = 0 if low == 0 or n < _MIN_EVIDENT else 10 ** (len(str(low)) - 1)
    return max(bottom, narrowest), min(top, 10 ** len(str(high)) - 1)


def count_on(taken: WordArray, width: int, size: int, most: int = MOST_STRETCHES) -> Sequence:
    """Continue above the highest number, then use what is free below it, then more digits.

    Parameters
    ----------
    taken : (n,) uint64
        Real numbers, sorted.
    width : int
        The numbers with as many digits as the real ones are below it.
    size : int
        All numbers are below it.
    most : int
        Stretches at most, apart from four.
    """
    low, high = int(taken[0]), int(taken[-1])
    gap = (high - low + 1) // len(taken)
    above = Stretch(high + 1, width - high - 1)
    free = longest_free(taken - np.uint64(low), high - low + 1, most)
    inside = [stretch._replace(begin=low + stretch.begin) for stretch in free]
    parts = [above._replace(gap=max(1, min(gap, above.length))), *inside, Stretch(0, low), Stretch(width, size - width)]
    return Sequence(size, tuple(part for part in parts if part.length > 0))


def draw_within(taken: WordArray, window: int, shuffled: int, size: int, most: int = MOST_STRETCHES) -> Sequence:
    """Draw from a window, then use what is above, then what is below.

    Parameters
    ----------
    taken : (n,) uint64
        Real numbers, sorted.
    window, shuffled : int
        Where the window begins, and how many numbers it has.
    size : int
        All numbers are below it.
    most : int
        Stretches at most, apart from two.
    """
    end = window + shuffled
    parts = [*spread(taken, window, shuffled, most), Stretch(end, size - end), Stretch(0, window)]
    return Sequence(size, tuple(part for part in parts if part.length > 0), window, shuffled)
