"""Placeholder text: as many words and characters as real text has, and none of its words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BeforeValidator, Field

from synthdiff.record import Word, as_tuple, numbers, require, restore

IntArray = npt.NDArray[np.int64]

MOST_SHAPES = 512
_VARIANTS = 8
_LONGEST = 14
_MOST_WORDS = 1 << 12
_LOREM = """
    lorem ipsum dolor sit amet consectetur adipiscing elit sed eiusmod tempor incididunt ut labore et dolore magna
    aliqua enim ad minim veniam quis nostrud exercitation ullamco laboris nisi aliquip ex ea commodo consequat
    duis aute irure in reprehenderit voluptate velit esse cillum fugiat nulla pariatur excepteur sint occaecat
    cupidatat non proident sunt culpa qui officia deserunt mollit anim id est laborum perspiciatis unde omnis iste
    natus error accusantium doloremque laudantium totam rem aperiam eaque ipsa quae ab illo inventore veritatis
"""
_SYLLABLES = ("lo", "ri", "mu", "ta", "ne", "qui", "sa", "do", "ve", "pe")


@dataclass(frozen=True)
class Placeholder:
    """Text without a meaning.

    Attributes
    ----------
    words : tuple of str
        What it is made of; for each length up to 14 there is one.
    shapes : (k, 2) int64
        Words and characters of some real cells.
    """

    words: Annotated[tuple[Word, ...], BeforeValidator(as_tuple), Field(min_length=1, max_length=1024)]
    shapes: Annotated[IntArray, numbers(2, most=4 * MOST_SHAPES, low=0, high=1 << 20, whole=True)]

    @classmethod
    def fit(cls, cells: pa.Array) -> Self:
        """Measure real text.

        Parameters
        ----------
        cells : pa.Array
            Without nulls, at least one.
        """
        texts = cells.cast(pa.large_string())
        n_words = pc.list_value_length(pc.utf8_split_whitespace(pc.utf8_trim_whitespace(texts))).to_numpy()
        shapes = np.column_stack([n_words, pc.utf8_length(texts).to_numpy()]).astype(np.int64)
        ranked = shapes[np.lexsort(shapes.T)]
        at = np.linspace(0, len(ranked) - 1, min(MOST_SHAPES, len(ranked))).round().astype(int)
        runs = pc.list_flatten(pc.split_pattern_regex(pc.unique(pc.utf8_lower(texts)), r"[^\p{L}]+"))
        return cls(_words_without(frozenset(pc.unique(runs).to_pylist())), ranked[at])

    @cached_property
    def _texts(self) -> pa.Array:
        """A few texts of each shape."""
        rng = np.random.default_rng(0)
        shapes = np.repeat(self.shapes, _VARIANTS, axis=0)
        return pa.array([self._text(int(words), int(signs), rng) for words, signs in shapes], pa.large_string())

    def draw(self, n: int, rng: np.random.Generator) -> pa.Array:
        """Draw n texts, large_string."""
        return self._texts.take(pa.array(rng.integers(0, len(self._texts), n)))

    def _text(self, n_words: int, n_signs: int, rng: np.random.Generator) -> str:
        """Write a text of `n_words` words and `n_signs` characters."""
        n_words = min(max(n_words, 1), max((n_signs + 1) // 2, 1), _MOST_WORDS)
        letters = max(min(n_signs, 16 * _MOST_WORDS) - (n_words - 1), 1)
        cuts = np.sort(rng.integers(0, letters - n_words + 1, n_words - 1))
        plain = np.diff(np.concatenate([[0], cuts, [letters - n_words]])) + 1
        even = np.full(n_words, letters // n_words) + (np.arange(n_words) < letters % n_words)
        # Half way between words of one length and of any length.
        lengths = (plain + even) // 2
        lengths[: letters - int(lengths.sum())] += 1
        text = " ".join(self._word(int(length), rng) for length in lengths)
        return text[:1].upper() + text[1:]

    def _word(self, length: int, rng: np.random.Generator) -> str:
        """A word of a length; longer ones are several, written together."""
        out = ""
        while length > _LONGEST:
            out += self._word(_LONGEST // 2, rng)
            length -= _LONGEST // 2
        known = self._by_length.get(length, self.words)
        return out + known[int(rng.integers(len(known)))][:length]

    @cached_property
    def _by_length(self) -> dict[int, list[str]]:
        return {n: found for n in range(1, _LONGEST + 1) if (found := [w for w in self.words if len(w) == n])}

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        return {"words": list(self.words), "shapes": self.shapes.tolist()}

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Restore what `to_dict` wrote."""
        return restore(cls, data)

    def check(self) -> None:
        """Refuse shapes that are none."""
        require(len(self.shapes) and self.shapes.shape[1] == 2, "pairs of words and characters are expected")


def _words_without(real: frozenset[str]) -> tuple[str, ...]:
    """Words of all lengths that are none of the real ones."""
    found = [word for word in _LOREM.split() if word not in real]
    for length in range(1, _LONGEST + 1):
        if not any(len(word) == length for word in found):
            made = (_made_word(length, turn) for turn in range(1000))
            found.append(next((word for word in made if word not in real), "x" * length))
    return tuple(found)


def _made_word(length: int, turn: int) -> str:
    digits = [turn // 10**place % 10 for place in range(length)]
    return "".join(_SYLLABLES[digit] for digit in digits)[:length] if length > 1 else chr(ord("a") + turn % 26)
