"""Which form each row of a sample has: as often as in the real codes, and each form no more often than it has codes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from synthdiff.codecs.codes.shuffle import WordArray, mix

IndexArray = npt.NDArray[np.int64]

_CYCLE = 4096
# More rows of one form than anybody draws.
_FURTHEST = 1 << 50
_TURN = 99


class _Phase(NamedTuple):
    """Rows over which the shares of the forms stay the same: cycles with the same counts."""

    begin: int
    counts: IndexArray
    before: IndexArray


class Schedule:
    """Shares out the rows of a sample among forms.

    Rows come in cycles, each with a fixed number of rows of each form in an order that looks random. A form whose new
    codes are used up gives its share to the others; when all are, the real codes follow.

    Parameters
    ----------
    weights : list of int
        How often each form is wanted.
    freshes, rooms : list of int
        New codes, and all codes, of each form.
    """

    def __init__(self, weights: list[int], freshes: list[int], rooms: list[int]) -> None:
        self._phases: list[_Phase] = []
        used = [0] * len(weights)
        begin = 0
        for limits in (freshes, rooms):
            limits = [min(limit, _FURTHEST) for limit in limits]
            while any(limit > n for limit, n in zip(limits, used, strict=True)):
                left = [limit - n for limit, n in zip(limits, used, strict=True)]
                counts = _apportion([w if n else 0 for w, n in zip(weights, left, strict=True)])
                cycles = min(n // c for n, c in zip(left, counts, strict=True) if c)
                if not cycles:
                    counts, cycles = [min(n, c) for n, c in zip(left, counts, strict=True)], 1
                self._phases.append(_Phase(begin, np.array(counts), np.array(used, np.int64)))
                used = [n + cycles * c for n, c in zip(used, counts, strict=True)]
                begin += cycles * sum(counts)
        self._n_forms = len(weights)

    def assign(self, rows: WordArray) -> tuple[IndexArray, WordArray]:
        """Find the form of each of consecutive rows, (n,) int64, and its position among the rows of that form."""
        if self._n_forms == 1:
            return np.zeros(len(rows), np.int64), rows
        begins = np.array([phase.begin for phase in self._phases], np.uint64)
        at = np.searchsorted(begins, rows, side="right") - 1
        forms, ranks = np.empty(len(rows), np.int64), np.empty(len(rows), np.uint64)
        for number in np.flatnonzero(np.bincount(at)).tolist():
            here = at == number
            forms[here], ranks[here] = _assign(self._phases[number], rows[here])
        return forms, ranks


def _assign(phase: _Phase, rows: WordArray) -> tuple[IndexArray, WordArray]:
    ends = np.cumsum(phase.counts)
    size = int(ends[-1])
    cycles, places = np.divmod(rows - np.uint64(phase.begin), np.uint64(size))
    first, last = int(cycles[0]), int(cycles[-1])
    numbers = np.arange(first * size, (last + 1) * size, dtype=np.uint64) + np.uint64(phase.begin)
    slots = np.argsort(mix(numbers, _TURN).reshape(-1, size), axis=1, kind="stable")
    forms = np.searchsorted(ends, slots, side="right")
    # Rows of one form are numbered as they come.
    order = np.argsort(forms, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(size) - np.repeat(ends - phase.counts, phase.counts)[None, :], axis=1)
    at = (cycles - np.uint64(first)).astype(np.int64), places.astype(np.int64)
    form = forms[at]
    within = (phase.before[form] + ranks[at]).astype(np.uint64)
    return form, within + cycles * phase.counts[form].astype(np.uint64)


def _apportion(weights: list[int]) -> list[int]:
    """Share a cycle out by weights: at least one row each, none where the weight is 0."""
    total = sum(weights)
    shares = [max(1, weight * _CYCLE // total) if weight else 0 for weight in weights]
    largest = shares.index(max(shares))
    shares[largest] += max(0, _CYCLE - sum(shares))
    return shares
