"""One form of a code: fixed characters, parts that vary, and check characters that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Annotated, Any, Self

import numpy as np
from pydantic import BeforeValidator, Field, PlainValidator

from synthdiff.codecs.codes.check import CHECKS, DIGITS, ByteArray
from synthdiff.codecs.codes.part import MAX_WIDTH, Column, Digits, Letters, Part, Words, part_from_dict, part_to_dict
from synthdiff.codecs.codes.sequence import Sequence
from synthdiff.codecs.codes.shuffle import MOST, WordArray
from synthdiff.record import as_tuple, read_as, require, restore

# Codes in a row that are tried where some have no check character: one in eleven.
_TRIES = 8
_Part = Annotated[Part, PlainValidator(part_from_dict)]
_Parts = Annotated[tuple[_Part, ...], BeforeValidator(as_tuple), Field(max_length=MAX_WIDTH)]


@dataclass(frozen=True)
class Form:
    """Codes of one width.

    Attributes
    ----------
    text : str
        A code; its characters stay where no part is.
    parts : tuple of Part
        What tells codes apart, the most significant part first.
    drawn : tuple of Part
        Further parts, which are drawn at random; there are more codes than can be numbered.
    check : str
        The name of the check, or nothing.
    checked : tuple of int
        The columns that it is computed from, its own characters included.
    sequence : Sequence
        Which code each row gets.
    weight : int
        How many real codes have this form.
    """

    text: Annotated[str, Field(min_length=1, max_length=MAX_WIDTH, pattern=r"^[ -~]+$")]
    parts: _Parts
    drawn: _Parts
    check_name: Annotated[str, Field(max_length=32)]
    checked: Annotated[tuple[Column, ...], BeforeValidator(as_tuple), Field(max_length=MAX_WIDTH)]
    sequence: Annotated[Sequence, read_as(Sequence)]
    weight: Annotated[int, Field(ge=1, le=1 << 53)]

    def check(self) -> None:
        """Refuse parts outside the text, a sequence of other codes, and a check that there is not."""
        columns = [column for part in (*self.parts, *self.drawn) for column in part.columns]
        require(max((*columns, *self.checked), default=0) < len(self.text), "a part lies outside the text")
        require(self.sequence.size == prod(part.size for part in self.parts), "the sequence is of other codes")
        require(not self.check_name or self.check_name in CHECKS, "the check does not exist")
        require(bool(self.check_name) == bool(self.checked), "a check needs columns")
        if self.check_name:
            require(len(self.checked) in CHECKS[self.check_name].lengths, "the check is of other lengths")
        for part in (*self.parts, *self.drawn):
            part.check()

    @property
    def highest(self) -> int | None:
        """A number that no code exceeds; None where codes are not digits alone."""
        texts = [self.text, CHECKS[self.check_name].letters if self.check_name else ""]
        highest = list(self.text)
        for part in (*self.parts, *self.drawn):
            words = [part.alphabet] if isinstance(part, Letters) else part.words if isinstance(part, Words) else ()
            texts += words
            last = words[-1][-len(part.columns) :] if words else "9" * len(part.columns)
            last = str(part.high).zfill(len(part.columns)) if isinstance(part, Digits) else last
            for column, digit in zip(part.columns, last, strict=True):
                highest[column] = digit
        for at in CHECKS[self.check_name].at if self.check_name else ():
            highest[self.checked[at]] = "9"
        return int("".join(highest)) if set("".join(texts)) <= set(DIGITS) else None

    @cached_property
    def _tries(self) -> int:
        return _TRIES if self.check_name and CHECKS[self.check_name].is_partial else 1

    @property
    def room(self) -> int:
        """How many distinct codes rows can get."""
        return self.sequence.size // self._tries

    @property
    def fresh(self) -> int:
        """How many of them are no real ones."""
        return self.sequence.fresh // self._tries

    def write(self, rows: WordArray, rng: np.random.Generator) -> ByteArray:
        """The codes of rows, (n,) uint64: (n, width) bytes."""
        codes = np.empty((len(rows), len(self.text)), np.uint8)
        codes[:] = np.frombuffer(self.text.encode("ascii"), np.uint8)
        for part in self.drawn:
            part.write(codes, rng.integers(0, part.size, len(rows), dtype=np.uint64))
        tries = self._tries
        self._fill(codes, rows * np.uint64(tries))
        without = np.flatnonzero(~self._write_check(codes))
        for attempt in range(1, tries):
            again = codes[without]
            self._fill(again, rows[without] * np.uint64(tries) + np.uint64(attempt))
            found = self._write_check(again)
            codes[without] = again
            without = without[~found]
        return codes

    def _fill(self, codes: ByteArray, rows: WordArray) -> None:
        numbers = self.sequence.numbers(rows)
        for part in reversed(self.parts):
            numbers, positions = np.divmod(numbers, np.uint64(part.size))
            part.write(codes, positions)

    def _write_check(self, codes: ByteArray) -> np.ndarray[Any, np.dtype[np.bool_]]:
        if not self.check_name:
            return np.ones(len(codes), np.bool_)
        columns = list(self.checked)
        body = codes[:, columns]
        found = CHECKS[self.check_name].write(body)
        codes[:, columns] = body
        return found

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        return {
            "text": self.text,
            "parts": [part_to_dict(part) for part in self.parts],
            "drawn": [part_to_dict(part) for part in self.drawn],
            "check_name": self.check_name,
            "checked": list(self.checked),
            "sequence": self.sequence.to_dict(),
            "weight": self.weight,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote."""
        return restore(cls, data)


def numbers_of(parts: tuple[Part, ...], codes: ByteArray) -> WordArray:
    """Number codes by their parts, the first of which is the most significant: (n, width) bytes to (n,) uint64."""
    numbers = np.zeros(len(codes), np.uint64)
    for part in parts:
        numbers = numbers * np.uint64(part.size) + part.read(codes)
    return numbers


def numbered(parts: list[Part]) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Divide parts into those whose product can still be numbered, and the others, which are drawn."""
    kept: list[Part] = []
    drawn: list[Part] = []
    size = 1
    for part in parts:
        fits = size * part.size <= MOST // _TRIES
        (kept if fits else drawn).append(part)
        size *= part.size if fits else 1
    return tuple(kept), tuple(drawn)
