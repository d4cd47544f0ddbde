"""Numbers between two fixed texts, such as ``INV-00017``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from synthdiff.codecs.codes.counter import Counter
from synthdiff.codecs.codes.shuffle import WordArray
from synthdiff.record import read_as, require, restore

_DIGITS = "0123456789"
_MAX_DIGITS = 18
_MAX_AROUND = 1 << 12
Around = Annotated[str, Field(max_length=_MAX_AROUND)]


@dataclass(frozen=True)
class TextCounter:
    """Numbers between two fixed texts.

    Attributes
    ----------
    prefix, suffix : str
        What stands before and after each number.
    width : int
        Digits of all numbers, filled up with zeros; 0 where the real ones have no leading zeros.
    counter : Counter
        The numbers.
    """

    prefix: Around
    suffix: Around
    width: Annotated[int, Field(ge=0, le=_MAX_DIGITS)]
    counter: Annotated[Counter, read_as(Counter)]

    @classmethod
    def fit(cls, cells: pa.Array) -> Self | None:
        """Continue real identifiers; None where they are not numbers between fixed texts.

        Parameters
        ----------
        cells : pa.Array
            Strings, at least two distinct ones, without nulls.
        """
        prefix = _common_start(cells)
        suffix = _common_start(pc.utf8_reverse(cells))[::-1].lstrip(_DIGITS)
        lengths = pc.min_max(pc.utf8_length(cells)).as_py()
        is_fixed = lengths["min"] == lengths["max"]
        cut = lengths["max"] - len(suffix) - _MAX_DIGITS if is_fixed else 0
        prefix = prefix[: max(cut, len(prefix.rstrip(_DIGITS)))]
        digits = pc.utf8_slice_codeunits(cells, len(prefix), -len(suffix) if suffix else None)
        if not pc.all(pc.match_substring_regex(digits, rf"^[0-9]{{1,{_MAX_DIGITS}}}$")).as_py():
            return None
        width = lengths["max"] - len(prefix) - len(suffix)
        has_zeros = prefix.endswith(tuple(_DIGITS)) or pc.any(pc.match_substring_regex(digits, "^0[0-9]")).as_py()
        if has_zeros and not is_fixed:
            return None
        numbers = np.asarray(digits.cast(pa.int64()).to_numpy(), dtype=np.int64)
        if has_zeros:
            return cls(prefix, suffix, width, Counter.fit(numbers, 0, 10**width - 1, padded=True))
        starts = int(numbers.min()) <= 10 ** (width - 1) + 1
        return cls(prefix, suffix, 0, Counter.fit(numbers, 0, 10**_MAX_DIGITS - 1, grows=starts))

    @property
    def highest(self) -> int | None:
        """A number that no identifier exceeds, a sign apart; None where they are not digits alone."""
        prefix = self.prefix.removeprefix("-")
        if not set(prefix + self.suffix) <= set(_DIGITS):
            return None
        return int(f"{prefix}{self.counter.top}{self.suffix}")

    @property
    def room(self) -> int:
        """How many distinct identifiers there are."""
        return self.counter.room

    @property
    def fresh(self) -> int:
        """How many of them are no real ones."""
        return self.counter.fresh

    def write(self, rows: WordArray, rng: np.random.Generator) -> pa.Array:
        """The identifiers of rows, (n,) uint64."""
        digits = pa.array(self.counter.write(rows)).cast(pa.string())
        if self.width:
            digits = pc.utf8_lpad(digits, self.width, "0")
        return pc.binary_join_element_wise(self.prefix, digits, self.suffix, "")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        around = {"prefix": self.prefix, "suffix": self.suffix, "width": self.width}
        return {**around, "counter": self.counter.to_dict()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote."""
        return restore(cls, data)

    def check(self) -> None:
        """Refuse numbers that have more digits than text is given."""
        most = self.width or _MAX_DIGITS
        require(self.counter.bottom >= 0 and self.counter.top < 10**most, f"numbers of {most} digits are expected")


def _common_start(cells: pa.Array) -> str:
    # What the first and the last in the alphabet have in common, all between them have too.
    first, last = pc.min_max(cells).as_py().values()
    length = next(
        (at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last))
    )
    return str(first[:length])
