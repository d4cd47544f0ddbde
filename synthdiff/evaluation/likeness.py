"""Whether cells could stand among the real ones: their form, whether they are read, what they can be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from synthdiff.codecs.column import BoolArray, FloatArray, is_text
from synthdiff.evaluation.cells import Reading, is_number
from synthdiff.evaluation.chance import allowance, is_beyond_chance
from synthdiff.evaluation.check import Finding, Pair, all_or_fault, severity_of, shown_value
from synthdiff.evaluation.form import MIN_CELLS, Form
from synthdiff.evaluation.problem import Problem, Severity

CODED = ("iban", "card", "national_id", "phone", "ip")
"""Personal data of one form; made-up names and addresses of persons may look otherwise than real ones."""
ALL_ROUND, SOME_ROUND = 0.99, 0.5
"""Shares of synthetic and of real values that are round from which somebody has rounded."""
ROUND = {"number": tuple(10.0**k for k in range(6, -10, -1)), "datetime": (86_400, 3_600, 60, 1)}
"""Steps of round values, the coarsest first."""
NEW_LEVELS = 0.5


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
    allowed = allowance(expected * len(other), 4.0)
    if not learnt.is_regular:
        allowed = max(allowed, allowance(len(other) / len(pair.real_cells), 3.0))
    problem, invalid = None, None
    if other.sum() > allowed:
        row = int(pair.rows[np.argmax(other)])
        value, like = shown_value(pair.made, row), shown_value(pair.real_cells, 0)
        text = (
            f"column {pair.name!r}: {share:.1%} of the cells do not have the form of the real ones, such as {value} "
            f"(row {row:,}; a real one is {like})"
        )
        problem = Problem(severity_of(share), text, pair.name, share, value, row)
        invalid = pair.rows_of(other)
    yield Finding("form", 1 - share, learnt.coverage, problem, invalid)


def _grid(pair: Pair) -> Iterator[Finding]:
    """Whether numbers have the decimals of the real ones, and moments their steps."""
    if pair.reader is None or pair.made_reading is None or len(pair.real_counts) < MIN_CELLS:
        return
    yield from _coarse(pair)
    step, off = pair.reader.step, pair.reader.off_the_grid(pair.made_reading.values)
    if off is None or step is None:
        return
    share = float(off.sum() / len(pair.made_cells))
    words = f"{share:.1%} of the values lie between the steps of the real ones ({step:g})"
    yield all_or_fault("form", pair, off, share, words, "warning")


def _coarse(pair: Pair) -> Iterator[Finding]:
    """Whether values have been rounded that are not round in the real table."""
    if pair.real_reading is None or pair.made_reading is None or pair.scale is None:
        return
    known, values = (_known(reading) for reading in (pair.real_reading, pair.made_reading))
    if len(values) < MIN_CELLS:
        return
    for step in ROUND[pair.scale]:
        real, made = (float(_are_multiples(x, step).mean()) for x in (known, values))
        if made >= ALL_ROUND and real <= SOME_ROUND:
            steps = f"{step:g}" if pair.scale == "number" else f"{step:,} seconds"
            text = (
                f"column {pair.name!r}: {made:.1%} of the values are multiples of {steps}, of the real ones {real:.1%}"
            )
            yield Finding("form", 1 - made, 1 - real, Problem("warning", text, pair.name, made))
            return


def _are_multiples(values: FloatArray, step: float) -> BoolArray:
    with np.errstate(over="ignore", invalid="ignore"):
        places = values / step
        return np.asarray(np.abs(places - np.rint(places)) <= 1e-9 * np.fmax(np.abs(places), 1))


def readable(pair: Pair) -> Iterator[Finding]:
    """Whether cells are read as the real ones are; whether categories have levels that the real column has."""
    if pair.scale == "category":
        yield from _known_levels(pair)
    elif pair.made_reading is not None and len(pair.made_cells):
        lost = ~pair.made_reading.readable
        share = float(lost.sum() / len(pair.made_cells))
        words = f"{lost.sum():,} values cannot be read as the real ones can"
        yield all_or_fault("readable", pair, lost, share, words, "error")


def _known_levels(pair: Pair) -> Iterator[Finding]:
    if not len(pair.made_cells) or not len(pair.real_cells):
        return
    new = ~pair.are_real
    share, expected = float(new.mean()), pair.unseen_share
    problem, invalid = None, None
    if new.sum() > allowance(expected * len(new), 4.0):
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
    is_fault = is_beyond_chance(known, values, n_values)
    problem = None
    if is_fault:
        row = int(np.argmax(np.abs(np.where(outside, values - known.mean(), 0.0))))
        ends = (shown_value(pair.real, int(pick(pair.real_reading.values))) for pick in (np.nanargmin, np.nanargmax))
        value = shown_value(pair.made, row)
        text = (
            f"column {pair.name!r}: {share:.1%} of the values lie outside of the real range, {' to '.join(ends)}, such "
            f"as {value} (row {row:,})"
        )
        problem = Problem(severity_of(share), text, pair.name, share, value, row)
    yield Finding("inside", 1 - share, 1 - 2 / (len(known) + 1), problem, outside if is_fault else None)


def _known(reading: Reading) -> FloatArray:
    return reading.values[~np.isnan(reading.values)]
