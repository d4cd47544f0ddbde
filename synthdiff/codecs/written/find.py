"""Find out how the cells of a column are written: in one way or in several, and which cells are written in none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from synthdiff.codecs.column import BoolArray, IntArray
from synthdiff.codecs.written.belief import DAY, is_believed, is_plausible
from synthdiff.codecs.written.calendar import DayParts
from synthdiff.codecs.written.form import PARTIAL, find_digits, find_patterns, find_within
from synthdiff.codecs.written.mixture import MOST_WAYS
from synthdiff.codecs.written.span import Span, find_spans
from synthdiff.codecs.written.writing import Way, Writing, way_of

Candidates = Callable[[str], Iterable[str]]
"""What says in which ways a string may be written."""

_SAMPLE, _LOOK = 50, 1000
_MOST_PROBES = 300
_MIN_SHARE = 0.5
_MIN_DIGITS = 0.9
_CLEARLY, _MANY_DAYS = 0.5, 10


@dataclass
class _Search:
    """The search for ways of writing, the cells that are left, and what was found."""

    cells: pa.Array
    candidates: Candidates
    most_ways: int = MOST_WAYS
    ways: list[Way] = field(default_factory=list)
    unsure: tuple[str, ...] = ()

    def run(self) -> Writing:
        which, ticks = np.full(len(self.cells), -1), np.zeros(len(self.cells), np.int64)
        left = np.arange(len(self.cells))
        skip = probes = 0
        while skip < len(left) and probes < _MOST_PROBES and len(self.ways) <= self.most_ways:
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
        if not self.most_ways:  # digits: most of the candidates are of other numbers
            ways = [way for way in ways if is_plausible(way, _ticks(way, look))]
            if not ways:
                return None
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
        """Put ways that agree with what was found, with regular steps or with whole months before others.

        All of them write the same cells: 21/07/09 may be in 2021 or in 2009. Where the days of the month would all lie
        between 19 and 23 they are years.
        """
        ways = [way for way in ways if _counts(way) == _counts(ways[0])]
        if len(ways) == 1:
            return ways
        known = {_order(way) for way in self.ways}
        agreeing = [way for way in ways if _order(way) in known]
        if agreeing:
            return agreeing
        steps = [_irregularity(way, rest) for way in ways]
        best = int(np.argmin(steps))
        others = [step for place, step in enumerate(steps) if place != best]
        if steps[best] < _CLEARLY * min(others):
            return [ways[best]]
        days = [_n_days(way, rest) for way in ways]
        best = int(np.argmax(days))
        if days[best] >= _MANY_DAYS and all(n <= _CLEARLY * days[best] for at, n in enumerate(days) if at != best):
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
    are_digits = all(cell.isdecimal() for cell in head)
    patterns = (find_digits,) if are_digits else (find_patterns, find_within(head))
    searches = {"duration": (find_spans,), None: (patterns[0], find_spans, *patterns[1:])}.get(declared, patterns)
    n_readable = [sum(any(True for _ in candidates(cell)) for cell in head) for candidates in searches]
    for sure in (False, True)[: 1 + (declared is not None)]:
        least = 1 if sure else (_MIN_DIGITS if are_digits else _MIN_SHARE) * len(head)
        most_ways = 0 if are_digits and not sure else MOST_WAYS
        able = [candidates for candidates, n in zip(searches, n_readable, strict=True) if n >= least]
        best = _find_best(cells, able, most_ways)
        if best is not None and is_believed(cells, best, sure=sure):
            return best
    return None


def _find_best(cells: pa.Array, searches: list[Candidates], most_ways: int) -> Writing | None:
    """The writing that leaves the fewest strings out."""
    best: Writing | None = None
    for candidates in searches:
        writing = _of_one_kind(_Search(cells, candidates, most_ways).run())
        if writing is not None and (best is None or writing.odd.sum() < best.odd.sum()):
            best = writing
        if best is not None and not best.odd.any():
            break  # text that is a time of the day throughout is no length of time
    return best


def search_writing(cells: pa.Array, candidates: Candidates) -> Writing:
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


def _different(ways: list[Way], cells: pa.Array) -> list[Way]:
    """Leave out ways that read the same as one before."""
    seen: list[bytes] = []
    kept = []
    for way in ways:
        ticks, valid = way.read(cells)
        key = (ticks / way.per_second).tobytes() + valid.tobytes()
        if key not in seen:
            seen.append(key)
            kept.append(way)
    return kept


def _ticks(way: Way, cells: pa.Array) -> IntArray:
    """What is read of the cells that are written in a way."""
    ticks, valid = way.read_exactly(cells)
    return ticks[valid]


def _counts(way: Way) -> set[str]:
    """What is counted; ways that count other things come after the first one."""
    return set() if isinstance(way, Span) else way.counts


def _order(way: Way) -> tuple[str, ...]:
    """In which order year, month and day are written."""
    if isinstance(way, Span):
        return ()
    return tuple(code.counts for code in way.parts if not isinstance(code, str) and code.counts in _DATE)


def _n_days(way: Way, cells: pa.Array) -> int:
    """How many days of the month there are."""
    if isinstance(way, Span) or "day" not in way.counts:
        return 0
    return len(np.unique(DayParts(_ticks(way, cells) // way.per_second // DAY)["day"]))


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
