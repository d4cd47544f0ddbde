"""Whether a column has cells at all: what is missing, empty or always the same where the real one is not."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pyarrow.compute as pc

from synthdiff.evaluation.check import Finding, Pair, shown_value
from synthdiff.evaluation.problem import Problem, Severity

CHANCE = 1e-3
"""What happens less often than this is no accident."""
N_ERRORS = 4.0
"""Standard errors beyond which a difference of shares is no accident, in one of hundreds of columns."""
NOTABLE, GREAT = 0.01, 0.5
"""Difference of shares that is worth a word, and that breaks a column."""


def missing(pair: Pair) -> Iterator[Finding]:
    """Whether as many cells are missing as in the real column."""
    n_real, n_made = len(pair.real), len(pair.made)
    real, made = pair.real.null_count / max(n_real, 1), pair.made.null_count / max(n_made, 1)
    problem = _missing_problem(pair, real, made)
    invalid = ~pair.is_present if problem is not None and made > real and not pair.purpose.is_empty else None
    yield Finding("missing", made, real, problem, invalid)


def _missing_problem(pair: Pair, real: float, made: float) -> Problem | None:
    name, where = f"column {pair.name!r}", "" if real == 0 else f", of the real ones {real:.1%}"
    if real == 1.0:
        if made == 1.0:
            return None
        row = int(pair.rows[0])
        value = shown_value(pair.made, row)
        text = f"{name} holds values where the real one is empty, such as {value} (row {row:,})"
        return Problem("warning", text, pair.name, 1 - made, value, row)
    gap = made - real
    error = math.sqrt(max(real * (1 - real), 0.25 / len(pair.real)) * (1 / len(pair.real) + 1 / len(pair.made)))
    if abs(gap) <= N_ERRORS * error and not (real == 0 and gap > 0):
        return None
    first = int(np.argmin(pair.is_present)) if made else None
    severity: Severity = "error" if gap > GREAT else "warning"
    if made == 1.0:
        if real ** len(pair.made) > CHANCE:
            return None
        text, severity = f"{name} is all missing{where}", "error"
        if pair.purpose.is_empty:
            text, severity = f"{text}: it is left empty on purpose", "warning"
        elif pair.column.kind == "text":
            text += "; where free text was left empty on purpose, name the model that did"
        return Problem(severity, text, pair.name, made, None, first)
    if real == 0:
        text = f"{name}: {made:.1%} missing where the real one is complete (row {first:,})"
        return Problem(severity, text, pair.name, made, None, first)
    if abs(gap) <= NOTABLE:
        return None
    return Problem(severity, f"{name}: {made:.1%} of the cells are missing{where}", pair.name, made, None, first)


def constant(pair: Pair) -> Iterator[Finding]:
    """Whether all cells are the same where the real ones vary."""
    n = len(pair.made_cells)
    if n < 2 or len(pair.real_counts) < 2 or len(pair.made_counts) > 1:
        return
    if (pair.real_counts.max() / len(pair.real_cells)) ** n > CHANCE:
        return
    row = int(pair.rows[0])
    value = shown_value(pair.made, row)
    text = f"column {pair.name!r} is constant where the real one varies: {value} in every row"
    share = float(pc.count(pair.made).as_py() / len(pair.made))
    problem = Problem("error", text, pair.name, share, value, row)
    yield Finding("distinct", 1 / n, _distinct_share(pair, n), problem, pair.is_present)


def _distinct_share(pair: Pair, n: int) -> float:
    return min(len(pair.real_counts), n) / n
