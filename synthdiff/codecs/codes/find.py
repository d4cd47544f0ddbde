"""The parts of codes of one shape: dates, words that repeat, numbers, and characters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from math import prod

import numpy as np

from synthdiff.codecs.codes.check import CHECKS, ByteArray
from synthdiff.codecs.codes.counter import MAX_GAP, count_on, draw_within
from synthdiff.codecs.codes.date import FoundDay, find_clocks, find_days
from synthdiff.codecs.codes.form import Form, numbered, numbers_of
from synthdiff.codecs.codes.group import count_distinct, distinct, group, some_rows
from synthdiff.codecs.codes.part import MAX_CHOICES, MAX_DIGITS, Day, Digits, Letters, Part, Words
from synthdiff.codecs.codes.sequence import MOST_STRETCHES, Sequence
from synthdiff.codecs.codes.shape import Shape

_MOST_FORMS = 64
_MANY_TIMES, _SOME_TIMES = 10, 2
_FEW = 5
_ENOUGH = 20
_LONGEST = 8
_MOST_PERIODS, _EACH = 24, 30
# Of this many codes, numbers stay between those that are there.
_AMPLE = 10**9
Segment = tuple[int, ...]


def find_forms(shape: Shape, n_shapes: int) -> list[Form]:
    """Find the forms of the codes of one shape: one for each combination of words that repeat.

    Parameters
    ----------
    shape : Shape
    n_shapes : int
        How many shapes all codes have; they share what a model may hold.
    """
    codes = shape.codes
    own = [shape.checked[at] for at in CHECKS[shape.check].at] if shape.check else []
    days = find_days(codes, own)
    busy = {*own, *(column for day in days for column in day.columns)}
    clocks = find_clocks(codes, busy) if days else []
    busy.update(column for clock in clocks for column in clock.columns)
    segments = [part for segment in _segments(shape, busy) for part in _divide(some_rows(codes), segment)]
    sizes = {segment: count_distinct(some_rows(codes)[:, segment]) for segment in segments}
    words = _choose_words(codes, sizes, days, _MOST_FORMS // n_shapes + 1)
    n_leaves, leaf_of = group(_word_keys(codes, words, days), 4 * _MOST_FORMS)
    if not n_leaves:
        words, n_leaves, leaf_of = [], *group(_word_keys(codes, [], days), 4 * _MOST_FORMS)
    parts = [part for segment in segments if segment not in words for part in _describe(codes, segment, sizes)]
    parts.sort(key=lambda part: (not isinstance(part, Digits), -part.size))
    leaves = [codes[leaf_of == number] for number in range(n_leaves)]
    counts = not days and len(parts) == 1 and isinstance(parts[0], Digits) and _are_dense(leaves, parts[0])
    periods = []
    for leaf in leaves:
        dates = [day.part(leaf if len(leaf) >= _ENOUGH or day.shift else codes) for day in days]
        periods += _periods(leaf, dates, _MOST_FORMS // (n_shapes * n_leaves))
    most = MOST_STRETCHES // (n_shapes * len(periods)) + 1
    return [_make(some, [*parts, *dates, *clocks], shape, counts, most) for some, dates in periods]


def _periods(codes: ByteArray, dates: list[Day], most: int) -> list[tuple[ByteArray, list[Day]]]:
    """Divide codes with a date into periods with as many codes each: how often a date occurs shows in their lengths."""
    n_periods = min(most, _MOST_PERIODS, len(codes) // _EACH)
    if len(dates) != 1 or n_periods < 2:
        return [(codes, dates)]
    places = dates[0].read(codes).astype(np.int64)
    edges = distinct(np.quantile(places, np.arange(1, n_periods) / n_periods, method="nearest"))
    found = []
    for number in range(len(edges) + 1):
        rows = np.searchsorted(edges, places, side="right") == number
        if rows.any():
            low, high = int(places[rows].min()), int(places[rows].max())
            found.append((codes[rows], [replace(dates[0], first=dates[0].first + low, days=high - low + 1)]))
    return found


def _segments(shape: Shape, busy: set[int]) -> Iterator[Segment]:
    """Columns in a row that are not busy, vary as a whole, and hold digits, capitals, or small letters alone."""

    def kind(column: int) -> str:
        letters = codes[:, column]
        if column in busy or not _IS_ALNUM[letters].any():
            return ""
        return next((name for name, table in _KINDS.items() if table[letters].all() and not shape.is_mixed), "x")

    codes = shape.codes
    for name, columns in groupby(range(codes.shape[1]), kind):
        segment = tuple(columns)
        if name and (codes[:, segment] != codes[0, segment]).any():
            yield segment


def _divide(codes: ByteArray, segment: Segment) -> Iterator[Segment]:
    """Take out of a segment what repeats as a whole: few of the combinations of its characters are there."""
    numbers = Digits(segment[-MAX_DIGITS:], 0, 0).read(codes) if _KINDS["digits"][codes[:, segment]].all() else None
    counts = numbers is not None and int(numbers.max() - numbers.min()) < MAX_GAP * len(codes)
    begin = at = 0
    while at < len(segment) - 1 and not counts:
        end = _end_of_word(codes[:, segment[at : at + _LONGEST]])
        if not end:
            at += 1
            continue
        if begin < at:
            yield segment[begin:at]
        yield segment[at : at + end]
        begin = at = at + end
    if begin < len(segment):
        yield segment[begin:]


def _end_of_word(codes: ByteArray) -> int:
    """How many of the first characters depend on each other: few of their combinations occur, each of them often."""
    sizes = [int(np.count_nonzero(np.bincount(column))) for column in codes.T]
    end, before = 0, sizes[0]
    for stop in range(2, len(sizes) + 1):
        n_distinct = count_distinct(codes[:, :stop]) if len(codes) >= _MANY_TIMES * before else len(codes)
        if sizes[0] < 2 or len(codes) < _MANY_TIMES * n_distinct or (end and sizes[stop - 1] < 2):
            break
        if 2 * n_distinct <= before * sizes[stop - 1] or (not end and 2 * n_distinct <= prod(sizes[:stop])):
            end = stop
        elif end:
            break
        before = n_distinct
    return end


def _choose_words(codes: ByteArray, sizes: dict[Segment, int], days: list[FoundDay], most: int) -> list[Segment]:
    """Choose the segments that are drawn together from what the real codes have there, by their distinct values."""
    some = some_rows(codes)
    ranked = sorted(sizes, key=lambda segment: sizes[segment])
    # What has most values is what tells codes apart.
    if ranked and (not days or _KINDS["digits"][some[:, ranked[-1]]].all()):
        ranked.pop()
    chosen: list[Segment] = []
    for segment in ranked:
        is_few = sizes[segment] <= (_MOST_FORMS if len(segment) > 1 else _FEW)
        if is_few and len(some) >= _MANY_TIMES * sizes[segment]:
            n_forms = count_distinct(_word_keys(some, [*chosen, segment], days))
            if n_forms <= most and len(some) >= _MANY_TIMES * n_forms:
                chosen.append(segment)
    return chosen


def _word_keys(codes: ByteArray, words: list[Segment], days: list[FoundDay]) -> ByteArray:
    """What tells the forms of codes apart, (n, any) bytes."""
    shifts = [day.shifts(codes) for day in days if day.shift]
    columns = [column for word in words for column in word]
    return np.concatenate([codes[:, columns], *(shift[:, None] for shift in shifts)], axis=1)


def _describe(codes: ByteArray, segment: Segment, sizes: dict[Segment, int]) -> list[Part]:
    """Say what a segment can be: a word, a number, or any of the characters at each place."""
    alphabets = {column: _alphabet(codes[:, column]) for column in segment}
    is_number = set("".join(alphabets.values())) <= set("0123456789") and len(segment) <= MAX_DIGITS
    number = Digits(segment, 0, 10 ** min(len(segment), MAX_DIGITS) - 1)
    if is_number:
        values = number.read(codes)
        number = Digits(segment, int(values.min()), int(values.max()))
    n_possible = number.size if is_number else prod(map(len, alphabets.values()))
    repeats = len(some_rows(codes)) >= _SOME_TIMES * sizes[segment] and sizes[segment] < max(sizes.values())
    if repeats and sizes[segment] < n_possible / 2:
        n_words, groups = group(codes[:, segment], MAX_CHOICES)
        if n_words:
            firsts = np.zeros(n_words, np.int64)
            firsts[groups] = np.arange(len(codes))
            return [Words(segment, tuple(sorted(bytes(word).decode() for word in codes[firsts][:, segment])))]
    if is_number:
        return [number]
    return [Letters((column,), text) for column, text in alphabets.items() if len(text) > 1]


def _alphabet(letters: ByteArray) -> str:
    return bytes(np.flatnonzero(np.bincount(letters)).tolist()).decode("ascii")


def _are_dense(leaves: list[ByteArray], part: Digits) -> bool:
    """Say whether numbers count: most of those between the lowest and the highest of a form are there."""
    spans = 0
    for leaf in leaves:
        numbers = part.read(leaf)
        spans += int(numbers.max() - numbers.min()) + 1
    return spans < MAX_GAP * sum(map(len, leaves))


def _make(codes: ByteArray, parts: list[Part], shape: Shape, counts: bool, most: int) -> Form:
    """Make the form of codes that differ in these parts alone; numbers may become as wide as their columns."""
    low, high = 0, 0
    first = parts[0] if parts else None
    if isinstance(first, Digits) and prod(part.size for part in parts) < _AMPLE:
        width = len(first.columns)
        wide = Digits(first.columns, 0 if first.low < 10 ** (width - 1) else 10 ** (width - 1), 10**width - 1)
        low, high = first.low - wide.low, first.high - wide.low
        parts = [wide, *parts[1:]]
    kept, drawn = numbered(parts)
    size = prod(part.size for part in kept)
    taken = distinct(numbers_of(kept, codes))
    if counts:
        sequence = count_on(taken, size, size, most)
    elif high:
        rest = size // kept[0].size
        sequence = draw_within(taken, low * rest, (high - low + 1) * rest, size, most)
    elif size > 1:
        sequence = draw_within(taken, 0, size, size, most)
    else:
        sequence = Sequence(1, ())
    text = bytes(codes[0].tolist()).decode("ascii")
    return Form(text, kept, drawn, shape.check, shape.checked, sequence, len(codes))


def _table(characters: bytes) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    table = np.zeros(256, np.bool_)
    table[list(characters)] = True
    return table


_KINDS = {
    "digits": _table(b"0123456789"),
    "capitals": _table(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "small": _table(b"abcdefghijklmnopqrstuvwxyz"),
}
_IS_ALNUM = np.logical_or.reduce(list(_KINDS.values()))
