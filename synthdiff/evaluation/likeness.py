"""Whether cells could stand among the real ones: their form, whether they are read, what they can be."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from synthdiff.codecs.column import BoolArray, FloatArray, is_text
from synthdiff.evaluation.cells import Reading, is_number
from synthdiff.evaluation.check import Aspect, Finding, Pair, shown_value
from synthdiff.evaluation.form import MIN_CELLS, Form
from synthdiff.evaluation.problem import Problem, Severity

BROKEN = 0.05
"""Share of cells in another form, or outside of the real range, from which a column is broken."""
CODED = ("iban", "card", "national_id", "phone", "ip")
"""Personal data of one form; made-up names and addresses of persons may look otherwise than real ones."""
NEW_LEVELS = 0.5
BEYOND = 6.0
"""Upper bound of how many of as many real cells lie beyond an end of the range, in 399 of 400 tables."""
PILED, STEEP = 5, 0.6
"""Real cells at an end of the range, and how many times those at the next two values, from which the end is a limit."""
LOWEST, FAR_BELOW = 10, 2.0
"""How many times as far below the lowest real value as the lowest ten are apart no value may be negative where no real
one is."""


def form(pair: Pair) -> Iterator[Finding]:
    """Whether cells look like the real ones."""
    if not len(pair.made_cells) or pair.scale == "category":
        return
    if pair.scale is not None and not is_text(pair.real.type):
        yield from _grid(pair)
        return
    is_prose = pair.personal is not None and pair.personal not in CODED
    if is_prose or not (is_text(pair.real.type) or is_number(pair.real.type)):
        return
    if pair.scale is not None and not is_text(pair.made.type):
        return  # numbers and moments of their own types: they are read, and another type is a word of its own
    learnt = Form.learn(pair.real_texts, has_width=pair.scale != "number")
    if learnt is None:
        return
    other = ~learnt.holds(pair.made_texts)
    share, expected = float(other.mean()), 1 - learnt.coverage
    allowed = _allowance(expected * len(other), 4.0)
    if not learnt.is_regular:
        allowed = max(allowed, _allowance(len(other) / len(pair.real_cells), 3.0))
    problem, invalid = None, None
    if other.sum() > allowed:
        row = int(pair.rows[np.argmax(other)])
        value, like = shown_value(pair.made, row), shown_value(pair.real_cells, 0)
        text = (
            f"column {pair.name!r}: {share:.1%} of the cells do not have the form of the real ones, such as {value} "
            f"(row {row:,}; a real one is {like})"
        )
        problem = Problem(_severity(share), text, pair.name, share, value, row)
        invalid = pair.rows_of(other)
    yield Finding("form", 1 - share, learnt.coverage, problem, invalid)


def _grid(pair: Pair) -> Iterator[Finding]:
    """Whether numbers have the decimals of the real ones, and moments their steps."""
    if pair.reader is None or pair.made_reading is None or len(pair.real_counts) < MIN_CELLS:
        return
    step, off = pair.reader.step, pair.reader.off_the_grid(pair.made_reading.values)
    if off is None or step is None:
        return
    share = float(off.sum() / len(pair.made_cells))
    words = f"{share:.1%} of the values lie between the steps of the real ones ({step:g})"
    yield _all_or_fault("form", pair, off, share, "warning", words)


def _all_or_fault(
    aspect: Aspect, pair: Pair, at_fault: BoolArray, share: float, severity: Severity, words: str
) -> Finding:
    """A check that no cell may fail: the finding, with the first cell that does."""
    if not at_fault.any():
        return Finding(aspect, 1 - share, 1.0, None, None)
    row = int(np.argmax(at_fault))
    value = shown_value(pair.made, row)
    text = f"column {pair.name!r}: {words}, such as {value} (row {row:,})"
    return Finding(aspect, 1 - share, 1.0, Problem(severity, text, pair.name, share, value, row), at_fault)


def readable(pair: Pair) -> Iterator[Finding]:
    """Whether cells are read as the real ones are; whether categories have levels that the real column has."""
    if pair.scale == "category":
        yield from _known_levels(pair)
    elif pair.made_reading is not None and len(pair.made_cells):
        lost = ~pair.made_reading.readable
        share = float(lost.sum() / len(pair.made_cells))
        words = f"{lost.sum():,} values cannot be read as the real ones can"
        yield _all_or_fault("readable", pair, lost, share, "error", words)


def _known_levels(pair: Pair) -> Iterator[Finding]:
    if not len(pair.made_cells) or not len(pair.real_cells):
        return
    new = ~pair.are_real
    share, expected = float(new.mean()), pair.unseen_share
    problem, invalid = None, None
    if new.sum() > _allowance(expected * len(new), 4.0):
        row = int(pair.rows[np.argmax(new)])
        value = shown_value(pair.made, row)
        text = f"column {pair.name!r}: {share:.1%} of the values are not in the real one ({value}), as in row {row:,}"
        severity: Severity = "error" if share > NEW_LEVELS else "warning"
        problem, invalid = Problem(severity, text, pair.name, share, value, row), pair.rows_of(new)
    yield Finding("readable", 1 - share, 1 - expected, problem, invalid)


def inside(pair: Pair) -> Iterator[Finding]:
    """Whether numbers and moments lie between the lowest and the highest real one, but for chance."""
    if pair.made_reading is None or pair.real_reading is None:
        return
    known, values = _known(pair.real_reading), pair.made_reading.values
    n_values = int((~np.isnan(values)).sum())
    if len(known) < MIN_CELLS or not n_values:
        return
    low, high = float(known.min()), float(known.max())
    below, above = values < low, values > high
    outside = below | above
    share = float(outside.sum() / n_values)
    is_fault = _impossible(known, values) or any(
        beyond.sum() > _allowance(0.0 if is_limit else BEYOND * n_values / len(known), 3.0)
        for beyond, is_limit in zip((below, above), _limits(known), strict=True)
    )
    problem = None
    if is_fault:
        row = int(np.argmax(np.abs(np.where(outside, values - known.mean(), 0.0))))
        ends = (shown_value(pair.real, int(pick(pair.real_reading.values))) for pick in (np.nanargmin, np.nanargmax))
        value = shown_value(pair.made, row)
        text = (
            f"column {pair.name!r}: {share:.1%} of the values lie outside of the real range, {' to '.join(ends)}, such "
            f"as {value} (row {row:,})"
        )
        problem = Problem(_severity(share), text, pair.name, share, value, row)
    yield Finding("inside", 1 - share, 1 - 2 / (len(known) + 1), problem, outside if is_fault else None)


def _limits(known: FloatArray) -> tuple[bool, bool]:
    """Whether the values end where they are as frequent as before: not in a tail, which goes on."""
    counts = np.unique(known, return_counts=True)[1]
    low, high = (part[0] >= max(PILED, STEEP * part[1:3].sum() / 2) for part in (counts, counts[::-1]))
    return bool(low), bool(high)


def _impossible(known: FloatArray, values: FloatArray) -> bool:
    """Whether values are negative, and far from the lowest real one, where no real one is negative."""
    lowest = np.partition(known, LOWEST)[: LOWEST + 1]
    low, spread = lowest.min(), lowest.max() - lowest.min()
    return bool(low >= 0 and np.nanmin(values) < min(0.0, low - FAR_BELOW * spread))


def _known(reading: Reading) -> FloatArray:
    return reading.values[~np.isnan(reading.values)]


def _allowance(expected: float, n_errors: float) -> float:
    """How many cells chance explains."""
    return expected + n_errors * math.sqrt(expected)


def _severity(share: float) -> Severity:
    return "error" if share > BROKEN else "warning"
