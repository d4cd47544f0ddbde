"""The few cells of a column of numbers that are no numbers: ``na``, ``#DIV/0!``, ``<0.5``, one ``3.0M`` among counts.

Those that repeat are *markers* and come out as often as they are there; the others are left missing. All of them are
named, so that nobody has to find out later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from synthdiff.codecs.column import BoolArray, IntArray
from synthdiff.data.parse import MISSING
from synthdiff.record import Count, TupleOfParts, Word, require

_ERRORS = r"^#[A-Z0-9/_]+[!?]?$|^[-+]?inf(inity)?$|^-+$"
_MOST = 100
_SHOWN = 3
_LONGEST = 40


@dataclass(frozen=True)
class Others:
    """What cells without a number come out as.

    Attributes
    ----------
    markers : tuple of str
        Words that repeat, the most frequent first.
    counts : tuple of int
        How often each occurs.
    missing : int
        Cells that are to come out missing.
    unread : int
        Those of them that are text.
    """

    markers: Annotated[tuple[Word, ...], *TupleOfParts] = ()
    counts: Annotated[tuple[Annotated[Count, Field(ge=1)], ...], *TupleOfParts] = ()
    missing: Count = 0
    unread: Count = 0

    @classmethod
    def fit(cls, cells: pa.Array, counts: IntArray, is_word: BoolArray, n_null: int) -> Self:
        """Tell markers from the rest.

        Parameters
        ----------
        cells : (n,) pa.Array of string
            Distinct cells that are no numbers.
        counts : (n,) int64
            How often each occurs.
        is_word : (n,) bool
            Which stand for a missing number, see `are_words`: they are markers even where they occur once.
        n_null : int
            Cells that are missing.
        """
        short = pc.less_equal(pc.utf8_length(cells), 256).to_numpy(zero_copy_only=False)
        order = np.argsort(-counts, kind="stable")
        order = order[((counts > 1) | is_word)[order] & short[order]][:_MOST]
        unread = int(counts.sum() - counts[order].sum())
        markers = tuple(cells.take(pa.array(order)).to_pylist())
        return cls(markers, tuple(counts[order].tolist()), n_null + unread, unread)

    def dropped(self) -> Self:
        """The same without markers: what they marked is missing."""
        n_marked = sum(self.counts)
        return type(self)((), (), self.missing + n_marked, self.unread + n_marked)

    @property
    def are_there(self) -> bool:
        """Whether a cell was text and no number."""
        return bool(self.markers) or self.unread > 0

    def mark(self, cells: pa.Array, rng: np.random.Generator | None) -> pa.Array:
        """Put markers into missing cells, by their frequencies.

        Parameters
        ----------
        cells : pa.Array of string
        rng : np.random.Generator or None
            Draws which; None takes what is most frequent. Not used where there is no choice.
        """
        if not self.markers or not cells.null_count:
            return cells
        choices = pa.array([*self.markers, None], cells.type)
        weights = np.array([*self.counts, self.missing], dtype=np.float64)
        at = np.full(len(cells), np.argmax(weights))
        if rng is not None and np.count_nonzero(weights) > 1:
            at = rng.choice(len(weights), size=len(cells), p=weights / weights.sum())
        return pc.coalesce(cells, choices.take(pa.array(at)))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        lists = {"markers": list(self.markers), "counts": list(self.counts)}
        return {**lists, "missing": self.missing, "unread": self.unread}

    def check(self) -> None:
        """Refuse markers without counts.

        Raises
        ------
        ValueError
            Their numbers differ, or there are more than a fit keeps.
        """
        require(len(self.markers) == len(self.counts) <= _MOST, f"at most {_MOST} markers, each with a count")
        require(self.unread <= self.missing, "more cells are unread than missing")


def are_words(words: pa.Array, counts: IntArray) -> pa.Array:
    """Say which distinct cells stand for a number that is not there, rather than for one that cannot be read.

    Parameters
    ----------
    words : pa.Array of string
        Distinct cells that are no numbers.
    counts : (n,) int64
        How often each occurs.
    """
    trimmed = pc.utf8_lower(pc.utf8_trim_whitespace(words))
    known = pc.is_in(trimmed, value_set=pa.array(sorted({word.lower() for word in MISSING}), trimmed.type))
    errors = pc.match_substring_regex(trimmed, _ERRORS, ignore_case=True)
    # "Varies with device" and "Free" repeat, and hold no digit.
    frequent = np.zeros(len(counts), np.bool_)
    frequent[np.argsort(-counts, kind="stable")[:_SHOWN]] = True
    plain = pc.invert(pc.match_substring_regex(trimmed, "[0-9]"))
    return pc.or_(pc.or_(known, errors), pc.and_(pa.array(frequent & (counts > 1)), plain))


def name_cells(array: pa.ChunkedArray, words: pa.Array) -> str:
    """Name cells by their row: ``row 10,472 is '3.0M', row 17 is 'na'``.

    Parameters
    ----------
    array : pa.ChunkedArray
        The column.
    words : pa.Array
        Some of its distinct cells, the most important first; a few are named.
    """
    named = []
    for word in words[:_SHOWN].to_pylist():
        row = pc.index(array, pa.scalar(word, array.type)).as_py()
        named.append(f"row {row:,} is {word[:_LONGEST] + '...' * (len(word) > _LONGEST)!r}")
    return ", ".join(named)
