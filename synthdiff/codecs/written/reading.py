"""The distinct strings of a column, read in the ways that were found: their moments, and how each is written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from synthdiff.codecs.column import BoolArray, IntArray
from synthdiff.codecs.lattice import Lattice
from synthdiff.codecs.tick import find_lattice, from_ticks
from synthdiff.codecs.written.mixture import Mixture, follows_time
from synthdiff.codecs.written.writing import Writing

DAY = 86_400
DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
"""Digits of a fraction of a second in Arrow's units."""
_MOST = 2**62


@dataclass(frozen=True)
class Reading:
    """Distinct strings as moments.

    Attributes
    ----------
    kind : str
        The kind of column.
    texts : tuple of str
        The ways of writing, the most frequent one first.
    unit : str
        Arrow's unit of the ticks.
    ticks : (n,) int64
        0 where a string is no moment.
    which : (n,) int64
        Position of each string's way; -1 where it is no moment.
    counts : (n,) int64
        How often each string occurs.
    utc : bool
        Whether ticks are in UTC rather than on the clock of the place.
    """

    kind: str
    texts: tuple[str, ...]
    unit: str
    ticks: IntArray
    which: IntArray
    counts: IntArray
    utc: bool

    @property
    def odd(self) -> BoolArray:
        """Strings that are no moments."""
        return self.which < 0

    def lattice(self) -> Lattice:
        """The moments that can occur: days of dates, and ticks of anything else."""
        ticks = self.ticks[~self.odd]
        if self.kind == "date":
            ticks, dtype = ticks // DAY, pa.date32()
        else:
            dtype = pa.duration(self.unit) if self.kind == "duration" else pa.timestamp(self.unit)
        return find_lattice(from_ticks(ticks, np.ones(len(ticks), np.bool_), dtype))

    def mixture(self, lattice: Lattice) -> Mixture | None:
        """Which way a moment takes; None where there is one."""
        if len(self.texts) == 1:
            return None
        used = ~self.odd
        values = lattice.to_values(self.ticks[used] // (DAY if self.kind == "date" else 1))
        return Mixture.fit(self.texts[1:], values, self.which[used], self.counts[used], utc=self.utc)


def read_writing(writing: Writing, counts: IntArray) -> Reading:
    """Bring the moments of distinct strings, (n,), to one unit; `counts` says how often each string occurs."""
    unit = max((way.unit for way in writing.ways), key=lambda name: DIGITS[name])
    ticks, which = np.zeros(len(writing.which), np.int64), writing.which.copy()
    for k, way in enumerate(writing.ways):
        rows = np.flatnonzero(which == k)
        read = writing.ticks[rows]
        factor = 10 ** (DIGITS[unit] - DIGITS[way.unit])
        ticks[rows] = read * factor
        which[rows[np.abs(read) > _MOST // factor]] = -1
    used = which >= 0
    offsets = np.array([way.offset for way in writing.ways])[which]
    utc = len(np.unique(offsets[used])) > 1 and not follows_time(ticks[used].astype(float), offsets[used])
    if utc:
        ticks -= offsets * 10 ** DIGITS[unit]
    texts = tuple(way.text for way in writing.ways)
    return Reading(writing.kind, texts, unit, np.where(used, ticks, 0), which, counts, utc)
