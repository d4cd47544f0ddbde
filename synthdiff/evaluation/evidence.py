"""What a verdict rests on, and the words in which scores are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from synthdiff.evaluation.problem import Problem
from synthdiff.score import Score

FEW_ROWS = 500
"""Below this the intervals are wider than the differences that matter: an area under the ROC curve is known to .04, and
a hundredth of the rows is a handful."""
Level = Literal["good", "warning", "bad"]


@dataclass(frozen=True)
class Symptom:
    """Something that the evidence shows.

    Attributes
    ----------
    level : {"good", "warning", "bad"}
    reason : str
        A clause for the sentence that sums up; what is good needs none.
    text : str
        A sentence or more, with the figures.
    """

    level: Level
    reason: str
    text: str


@dataclass(frozen=True)
class Evidence:
    """What a verdict rests on.

    Attributes
    ----------
    scores : mapping of str to Score
        Those that were measured, by name.
    problems : sequence of Problem
    facts : mapping of str to Any
        Of the report.
    """

    scores: Mapping[str, Score]
    problems: Sequence[Problem]
    facts: Mapping[str, Any]

    @property
    def is_unseen(self) -> bool:
        """Whether there are real rows that the generator has not seen."""
        return bool(self.facts.get("holdout_given"))

    def value(self, name: str) -> float | None:
        """A score's value; None where it was not measured."""
        score = self.scores.get(name)
        return None if score is None else score.value

    def is_referenced(self, name: str) -> bool:
        """Whether a score was measured, and on real rows as well."""
        score = self.scores.get(name)
        return score is not None and score.ceiling is not None

    def n_rows(self, table: str) -> int | None:
        """Rows of a table, "real", "synthetic" or "holdout"; None where nobody noted them."""
        n: int | None = self.facts.get("rows", {}).get(table)
        return n

    def few_rows(self) -> dict[str, int]:
        """How many rows there are of each table that has few."""
        counts = {table: self.n_rows(table) for table in ("real", "holdout", "synthetic")}
        return {table: n for table, n in counts.items() if n is not None and n < FEW_ROWS}


def may_reach(score: Score) -> bool:
    """Whether a score is as good as that of real rows, or may be by its interval."""
    if score.value is None or score.ceiling is None:
        return False
    low, high = score.interval or (score.value, score.value)
    return high >= score.ceiling if score.direction == "higher" else low <= score.ceiling


def number(value: float | None) -> str:
    """A score's value, as short as tables need it.

    Examples
    --------
    >>> number(0.97163), number(61.52), number(123456.7), number(None)
    ('0.972', '61.5', '123,457', '')
    """
    if value is None:
        return ""
    size = abs(value)
    digits = 3 if size < 10 else 1 if size < 1000 else 0
    return f"{value:,.{digits}f}" if size < 1e7 else f"{value:.3g}"


def beside(score: Score, reference: str = "real rows") -> str:
    """A score's value and its ceiling, which is that of real rows unless it is called otherwise.

    Examples
    --------
    >>> beside(Score("mle", "utility", "Downstream", "", 0.912, ceiling=0.927))
    '0.912, real rows 0.927'
    """
    ceiling = "" if score.ceiling is None else f", {reference} {number(score.ceiling)}"
    return number(score.value) + ceiling


def listed(texts: Sequence[str], n: int = 3, between: str = ", ") -> str:
    """The first texts, and how many more there are.

    Examples
    --------
    >>> listed(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    more = f" and {len(texts) - n} more" if len(texts) > n else ""
    return between.join(texts[:n]) + more
