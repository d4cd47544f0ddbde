"""Look at every column of a synthetic table, learnt or not, and say what no real row would have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from synthdiff.codecs.column import BoolArray
from synthdiff.evaluation.calendar import seasons
from synthdiff.evaluation.check import ColumnCheck, Finding, Pair
from synthdiff.evaluation.check_digit import check_digits
from synthdiff.evaluation.dependency import rules_kept
from synthdiff.evaluation.likeness import form, inside, readable
from synthdiff.evaluation.presence import constant, missing
from synthdiff.evaluation.problem import Problem
from synthdiff.evaluation.repetition import counted, distinct, lost_levels, real_values
from synthdiff.evaluation.trait import traits
from synthdiff.score import Score, share_interval

RULES: tuple[Callable[[Pair], Iterator[Finding]], ...] = (counted, lost_levels, readable, inside, seasons, real_values)


@dataclass(frozen=True)
class Examination:
    """What was found in all columns.

    Attributes
    ----------
    checks : tuple of ColumnCheck
        One a column that both tables have.
    problems : tuple of Problem
    valid : (n,) bool
        Which synthetic rows have no cell at fault.
    """

    checks: tuple[ColumnCheck, ...]
    problems: tuple[Problem, ...]
    valid: BoolArray

    def score(self, lacking: Sequence[str] = ()) -> Score:
        """Share of the rows that could stand among the real ones, by their cells.

        Parameters
        ----------
        lacking : sequence of str
            Columns that the synthetic table does not have: without them no row could.

        Returns
        -------
        Score
            ``validity``. Real rows have 1, as a fault is what real cells have by chance at most.
        """
        n, n_valid = len(self.valid), 0 if lacking else int(self.valid.sum())
        share = n_valid / n
        columns = {check.column: check.invalid for check in self.checks if check.invalid}
        return Score(
            name="validity",
            group="fidelity",
            title="Valid rows",
            what="Share of rows without a cell that no real row could have: unreadable, in another form, out of range, "
            "missing or repeated where real ones are not, against a rule between columns, or an identifier, text or "
            "personal value of a real row.",
            value=share,
            interval=share_interval(n_valid, n),
            floor=1.0,
            ceiling=1.0,
            bad=0.0,
            note=f"no row is whole without {', '.join(map(repr, lacking))}" if lacking else "",
            details={"columns": dict(sorted(columns.items(), key=lambda item: -item[1]))},
        )


def examine(pairs: Sequence[Pair], n_rows: int, rng: np.random.Generator) -> Examination:
    """Examine the columns that two tables share, and what holds between them.

    Parameters
    ----------
    pairs : sequence of Pair
    n_rows : int
        Rows of the synthetic table.
    rng : np.random.Generator
        Draws cells where one table has more than the other.

    Returns
    -------
    Examination
    """
    checks, problems, valid = [], [], np.ones(n_rows, np.bool_)
    kept = rules_kept(pairs)
    for pair in pairs:
        findings = [*_findings(pair, rng), *kept.get(pair.name, ())]
        invalid = np.zeros(n_rows, np.bool_)
        for finding in findings:
            if finding.invalid is not None:
                invalid |= finding.invalid
        problems += [finding.problem for finding in findings if finding.problem is not None]
        checks.append(_check(pair, findings, invalid))
        valid &= ~invalid
    return Examination(tuple(checks), tuple(problems), valid)


def _findings(pair: Pair, rng: np.random.Generator) -> Iterator[Finding]:
    yield from missing(pair)
    if not len(pair.made_cells) or not len(pair.real_cells):
        return
    stuck = list(constant(pair))
    yield from stuck or distinct(pair, rng)
    shape = [*form(pair)]
    yield from shape
    if not any(finding.problem for finding in shape):
        yield from check_digits(pair)
        yield from traits(pair)
    for rule in RULES:
        yield from rule(pair)


def _check(pair: Pair, findings: Sequence[Finding], invalid: BoolArray) -> ColumnCheck:
    shares: dict[str, tuple[float | None, float | None]] = {
        f.aspect: (round(f.made, 6), None if f.real is None else round(f.real, 6)) for f in findings
    }
    faults = tuple(dict.fromkeys(f.aspect for f in findings if f.problem is not None))
    return ColumnCheck(pair.name, pair.column.kind, pair.personal, shares, faults, round(float(invalid.mean()), 6))
