"""Distinct codes of one length, such as UUIDs: at each position, the characters that real codes have there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Annotated, Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BeforeValidator, Field

from synthdiff.record import Count, as_tuple, require, restore

_ByteArray = npt.NDArray[np.uint8]
_WordArray = npt.NDArray[np.uint64]

_MIN_SHARE = 0.9
_MIN_LENGTH = 4
_MAX_LENGTH = 128
_MIN_CODES = 10**5
_MIN_SPARE = 20
_HALF = 2**31
_ROUNDS = 4
Alphabet = Annotated[str, Field(min_length=1, max_length=94, pattern=r"^[!-~]+$")]


@dataclass(frozen=True)
class Template:
    """Codes made of one alphabet a position.

    Codes are numbered by P, a permutation of the numbers of as many positions as fit into two 31-bit halves; further
    positions are drawn. Row i gets the code of number ``first + i``, so codes are distinct over a sample and look
    random. The real codes lie scattered over the numbers, and `first` is where the longest stretch without one begins.

    Attributes
    ----------
    alphabets : tuple of str
        The characters at each position, in order.
    first : int
        Number of the first row's code.

    References
    ----------
    Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002: the permutation, a Feistel network whose
    halves are numbers of positions.
    """

    alphabets: Annotated[tuple[Alphabet, ...], BeforeValidator(as_tuple), Field(min_length=1, max_length=_MAX_LENGTH)]
    first: Count = 0

    @classmethod
    def fit(cls, cells: pa.Array) -> Self | None:
        """Read the alphabets off real codes; None where lengths differ too often, or there are too few possible codes.

        Parameters
        ----------
        cells : pa.Array
            Strings, at least one, without nulls.
        """
        lengths = pc.binary_length(cells)
        length, count = pc.mode(lengths)[0].as_py().values()
        is_code = pc.all(pc.match_substring_regex(cells, "^[!-~]+$")).as_py()
        if count < _MIN_SHARE * len(cells) or not _MIN_LENGTH <= length <= _MAX_LENGTH or not is_code:
            return None
        usual = cells.filter(pc.equal(lengths, length)).to_pylist()
        letters = np.frombuffer("".join(usual).encode("ascii"), np.uint8).reshape(len(usual), length)
        alphabets = tuple(
            bytes(np.flatnonzero(np.bincount(position)).tolist()).decode("ascii") for position in letters.T
        )
        if prod(map(len, alphabets)) < max(_MIN_CODES, _MIN_SPARE * len(cells)):
            return None
        template = cls(alphabets)
        return replace(template, first=template._first_free(letters))

    @cached_property
    def _halves(self) -> tuple[list[int], list[int]]:
        """Positions that the row's number decides, in two halves of about equal size."""
        halves: tuple[list[int], list[int]] = ([], [])
        sizes = [1, 1]
        for position, alphabet in enumerate(self.alphabets):
            side = int(sizes[1] < sizes[0])
            if len(alphabet) > 1 and sizes[side] * len(alphabet) <= _HALF:
                halves[side].append(position)
                sizes[side] *= len(alphabet)
        return halves

    @cached_property
    def _sizes(self) -> tuple[np.uint64, np.uint64]:
        """How many numbers each half has."""
        left, right = (prod(len(self.alphabets[position]) for position in half) for half in self._halves)
        return np.uint64(left), np.uint64(right)

    @cached_property
    def _letters(self) -> list[_ByteArray]:
        return [np.frombuffer(alphabet.encode("ascii"), np.uint8) for alphabet in self.alphabets]

    @property
    def room(self) -> int:
        """How many distinct codes there are."""
        left_size, right_size = self._sizes
        return int(left_size) * int(right_size)

    @property
    def fresh(self) -> int:
        """How many of them are no real ones."""
        return self.room

    def write(self, rows: _WordArray, rng: np.random.Generator) -> pa.Array:
        """The codes of rows, (n,) uint64."""
        (left_size, right_size), first, n = self._sizes, np.uint64(self.first), len(rows)
        left, right = np.divmod((first + rows) % (left_size * right_size), right_size)
        for turn in range(_ROUNDS):
            left = (left + _mix(right, 2 * turn)) % left_size
            right = (right + _mix(left, 2 * turn + 1)) % right_size
        cells = np.empty((n, len(self.alphabets)), np.uint8)
        for position, letters in enumerate(self._letters):
            cells[:, position] = letters[rng.integers(0, len(letters), n)]
        for half, numbers in zip(self._halves, (left, right), strict=True):
            for position in half:
                numbers, digits = np.divmod(numbers, np.uint64(len(self.alphabets[position])))
                cells[:, position] = self._letters[position][digits.astype(np.int64)]
        offsets = pa.array(np.arange(n + 1, dtype=np.int64) * len(self.alphabets))
        return pa.LargeStringArray.from_buffers(n, offsets.buffers()[1], pa.py_buffer(cells.tobytes()))

    def _first_free(self, letters: _ByteArray) -> int:
        """Where the longest stretch of numbers without a real code begins, from real codes, (n, positions) bytes."""
        left_size, right_size = self._sizes
        if prod(map(len, self.alphabets)) > int(left_size) * int(right_size):
            return 0  # so many codes that none is drawn twice
        halves = []
        for half in self._halves:
            number = np.zeros(len(letters), np.uint64)
            for position in reversed(half):
                digit_of = np.zeros(256, np.uint64)
                digit_of[self._letters[position]] = np.arange(len(self.alphabets[position]))
                number = number * np.uint64(len(self.alphabets[position])) + digit_of[letters[:, position]]
            halves.append(number)
        left, right = halves
        for turn in reversed(range(_ROUNDS)):
            right = (right + right_size - _mix(left, 2 * turn + 1) % right_size) % right_size
            left = (left + left_size - _mix(right, 2 * turn) % left_size) % left_size
        taken = np.unique(left * right_size + right)
        after = np.append(taken[1:], taken[0] + left_size * right_size)
        longest = int(np.argmax(after - taken))
        # Not right behind a real code, which would give that code away.
        begin = int(taken[longest]) + 1 + int(after[longest] - taken[longest]) // 50
        return begin % int(left_size * right_size)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        return {"alphabets": list(self.alphabets), "first": self.first}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote."""
        return restore(cls, data)

    def check(self) -> None:
        """Refuse an alphabet that is not in order, and a first code that there is not."""
        require(all(list(text) == sorted(set(text)) for text in self.alphabets), "characters must increase")
        left, right = self._sizes
        require(self.first < int(left) * int(right), "there are fewer codes than the first one's number")


def _mix(numbers: _WordArray, turn: int) -> _WordArray:
    """Hash 64-bit words to 32 bits (the finaliser of SplitMix64), differently at each turn."""
    words = (numbers + np.uint64(turn + 1)) * np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(words >> np.uint64(32))
