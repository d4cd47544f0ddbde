"""Find out how the cells of a column are written: in one way or in several, and which cells are written in none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.codecs.column import BoolArray, IntArray
from synthdiff.codecs.written.form import DIGITS, PARTIAL, YEARS, find_patterns
from synthdiff.codecs.written.mixture import MOST_WAYS
from synthdiff.codecs.written.pattern import Pattern
from synthdiff.codecs.written.span import Span, find_spans
from synthdiff.record import require

Way = Pattern | Span

_SAMPLE, _LOOK = 50, 1000
_MOST_PROBES = 300
_MIN_SHARE = 0.5
_MIN_MOMENTS = 5
_MAX_ODD = 0.1
_MAX_MARKS = 2
_MAX_SLIPS = 0.05
_HALF_YEAR = 183
_CLEARLY = 0.5


def way_of(text: str) -> Way:
    """The way of writing that a text describes."""
    require(isinstance(text, str), "a way of writing is a text")
    return _compile(text)


@lru_cache(4096)
def _compile(text: str) -> Way:
    return Span.from_dict(text) if "{" in text else Pattern.from_dict(text)


@dataclass
class Writing:
    """How distinct strings are written.

    Attributes
    ----------
    ways : list of Way
        The most frequent one first.
    which : (n,) int64
        Position of each string's way; -1 where it is written in none.
    ticks : (n,) int64
        What is read, in the unit of the way.
    unsure : tuple of str
        A string and the two ways between which nothing in the column decides; empty where all is clear.
    """

    ways: list[Way]
    which: IntArray
    ticks: IntArray
    unsure: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """``"date"``, ``"time"``, ``"datetime"`` or ``"duration"``."""
        kinds = {way.kind for way in self.ways}
        return "datetime" if "datetime" in kinds else self.ways[0].kind

    @property
    def odd(self) -> BoolArray:
        """Strings that are written in no way."""
        return self.which < 0


@dataclass
class _Search:
    """The search for ways of writing, the cells that are left, and what was found."""

    cells: pa.Array
    candidates: Callable[[str], Iterable[str]]
    ways: list[Way] = field(default_factory=list)
    unsure: tuple[str, ...] = ()

    def run(self) -> Writing:
        which, ticks = np.full(len(self.cells), -1), np.zeros(len(self.cells), np.int64)
        left = np.arange(len(self.cells))
        skip = probes = 0
        while skip < len(left) and probes < _MOST_PROBES and len(self.ways) <= MOST_WAYS:
            probes += 1
            rest = self.cells if len(left) == len(self.cells) else self.cells.take(pa.array(left))
            found = self._best(rest[skip].as_py(), rest)
            if found is None:
                skip += 1
                continue
            way, read, restored = found
            which[left[restored]], ticks[left[restored]] = len(self.ways), read[restored]
            self.ways.append(way)
            left = left[~restored]
        return self._in_order(which, ticks)

    def _best(self, cell: str, rest: pa.Array) -> tuple[Way, IntArray, BoolArray] | None:
        """The way that writes a cell and most of the rest."""
        ways = [way_of(text) for text in self.candidates(cell)]
        ways = [way for way in ways if way.restores(pa.array([cell], rest.type))]
        if not ways:
            return None
        look = rest.take(pa.array(np.unique(np.linspace(0, len(rest) - 1, _LOOK).astype(np.int64))))
        shares = [way.read_exactly(look)[1].mean() for way in ways]
        ways = [way for way, share in zip(ways, shares, strict=True) if share == max(shares)]
        ways = _different(ways, look)
        if len(ways) > 1:
            masks = [way.read_exactly(rest)[1] for way in ways]
            most = max(mask.sum() for mask in masks)
            ways = [way for way, mask in zip(ways, masks, strict=True) if mask.sum() == most]
        if len(ways) > 1:
            ways = self._prefer(ways, rest, cell)
        return ways[0], *ways[0].read_exactly(rest)

    def _prefer(self, ways: list[Way], rest: pa.Array, cell: str) -> list[Way]:
        """Put ways that agree with what was found, or with regular steps, before others that write the same cells."""
        known = {_order(way) for way in self.ways}
        agreeing = [way for way in ways if _order(way) in known]
        if agreeing:
            return agreeing
        steps = [_irregularity(way, rest) for way in ways]
        best = int(np.argmin(steps))
        others = [step for place, step in enumerate(steps) if place != best]
        if steps[best] < _CLEARLY * min(others):
            return [ways[best]]
        self.unsure = self.unsure or (cell, ways[0].text, ways[1].text)
        return ways

    def _in_order(self, which: IntArray, ticks: IntArray) -> Writing:
        """Put the most frequent way first."""
        counts = np.bincount(which[which >= 0], minlength=len(self.ways))
        order = np.argsort(-counts, kind="stable")
        place = np.empty(len(order) + 1, np.int64)
        place[order], place[-1] = np.arange(len(order)), -1
        return Writing([self.ways[k] for k in order], place[which], ticks, self.unsure)


def find_writing(cells: pa.Array, declared: str | None = None) -> Writing | None:
    """Find out how text is written.

    Parameters
    ----------
    cells : pa.Array
        Distinct strings, at least one, without nulls.
    declared : str or None
        The kind of column that somebody said they are: then fewer need to be.

    Returns
    -------
    Writing or None
        None if the strings are neither moments nor lengths of time.
    """
    head = cells[:_SAMPLE].to_pylist()
    best: Writing | None = None
    searches = {"duration": (find_spans,), None: (find_patterns, find_spans)}
    for candidates in searches.get(declared, (find_patterns,)):
        n_readable = sum(any(True for _ in candidates(cell)) for cell in head)
        if n_readable < (1 if declared else _MIN_SHARE * len(head)):
            continue
        writing = _of_one_kind(_Search(cells, candidates).run())
        if writing is not None and (best is None or writing.odd.sum() < best.odd.sum()):
            best = writing
        if best is not None and not best.odd.any():
            break  # text that is a time of the day throughout is no length of time
    return best if best is not None and _is_believed(cells, best, sure=declared is not None) else None


def search_writing(cells: pa.Array, candidates: Callable[[str], Iterable[str]]) -> Writing:
    """Write strings in the ways of a function that says in which ways a string may be written."""
    return _Search(cells, candidates).run()


def _of_one_kind(writing: Writing) -> Writing | None:
    """Leave out times of the day among dates, dates among times, and years that stand alone."""
    counts = np.bincount(writing.which[writing.which >= 0], minlength=len(writing.ways))
    n_times = sum(int(n) for way, n in zip(writing.ways, counts, strict=True) if way.kind == "time")
    wanted = {"time"} if 2 * n_times > counts.sum() else {"date", "datetime", "duration"}
    keep = [k for k, way in enumerate(writing.ways) if way.kind in wanted]
    if all(writing.ways[k].text in PARTIAL for k in keep):
        return None
    place = np.full(len(writing.ways) + 1, -1)
    place[keep] = np.arange(len(keep))
    return Writing([writing.ways[k] for k in keep], place[writing.which], writing.ticks, writing.unsure)


def _is_believed(cells: pa.Array, writing: Writing, *, sure: bool) -> bool:
    n_odd = int(writing.odd.sum())
    n_moments = len(cells) - n_odd
    if any(way.text in DIGITS for way in writing.ways) and not _are_our_years(cells, writing):
        return False
    if sure:
        return n_odd <= n_moments
    if all(way.text in DIGITS for way in writing.ways):
        odd = cells.filter(pa.array(writing.odd))
        return (
            len(writing.ways) == 1
            and n_moments >= DIGITS.get(writing.ways[0].text, len(cells) + 1)
            and n_odd <= _MAX_MARKS
            and all(len(set(cell) - {"-"}) == 1 or cell.startswith("9999") for cell in odd.to_pylist())
        )
    if writing.ways[0].text == "%Y-%j" and not _reach_summer(cells, writing):
        return False
    one = len(writing.ways) == 1 and not n_odd
    return one or (n_moments >= _MIN_MOMENTS and n_odd <= max(_MAX_MARKS, _MAX_ODD * n_moments))


def _are_our_years(cells: pa.Array, writing: Writing) -> bool:
    """Say whether plain digits are of years that people write so, but for a few slips."""
    for k, way in enumerate(writing.ways):
        if way.text in DIGITS and "%Y" in way.text:
            years = pc.utf8_slice_codeunits(cells.filter(pa.array(writing.which == k)), 0, 4)
            usual = pc.and_(pc.greater_equal(years, YEARS[0]), pc.less_equal(years, YEARS[1]))
            if pc.mean(usual.cast(pa.float64())).as_py() < 1 - _MAX_SLIPS:
                return False
    return True


def _reach_summer(cells: pa.Array, writing: Writing) -> bool:
    """Say whether days are counted up to half a year, rather than files within a year."""
    numbers = [int(cell[-3:]) for cell in cells.filter(pa.array(writing.which == 0)).to_pylist()]
    return len(numbers) >= DIGITS["%Y%m%d"] and max(numbers) >= _HALF_YEAR


def _different(ways: list[Way], cells: pa.Array) -> list[Way]:
    """Leave out ways that read the same as one before."""
    seen: list[bytes] = []
    kept = []
    for way in ways:
        ticks, valid = way.read(cells)
        key = (ticks / 10 ** (3 * -(-way.digits // 3))).tobytes() + valid.tobytes()
        if key not in seen:
            seen.append(key)
            kept.append(way)
    return kept


def _order(way: Way) -> tuple[str, ...]:
    """In which order year, month and day are written."""
    if isinstance(way, Span):
        return ()
    return tuple(code.counts for code in way.parts if not isinstance(code, str) and code.counts in _DATE)


_DATE = ("year", "short_year", "month", "day")


def _irregularity(way: Way, cells: pa.Array) -> float:
    """How much the steps between moments vary, relative to their mean: 0 for regular ones."""
    ticks, valid = way.read(cells)
    steps = np.diff(ticks[valid])
    if len(steps) < 2:
        return np.inf
    # What is in order as it stands was written down in time.
    in_order = bool((steps >= 0).all() or (steps <= 0).all())
    steps = np.diff(np.unique(ticks[valid]))
    spread = float(steps.std() / steps.mean()) if len(steps) else np.inf
    return spread / 4 if in_order else spread
