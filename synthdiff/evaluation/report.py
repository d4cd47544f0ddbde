"""The report: every score with its references, what is wrong, and what the pictures show; plain data, no frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from synthdiff.errors import ConfigError
from synthdiff.evaluation.check import ColumnCheck
from synthdiff.evaluation.problem import Problem
from synthdiff.evaluation.saved import Page, check_version
from synthdiff.score import GROUPS, Group, Score

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Finding:
    """A sentence of the verdict.

    Attributes
    ----------
    level : {"good", "warning", "bad"}
    text : str
    """

    level: str
    text: str


@dataclass(frozen=True)
class Report(Page):
    """How good synthetic rows are.

    Attributes
    ----------
    scores : tuple of Score
    problems : tuple of Problem
        What is wrong with the table before anything is scored.
    verdict : tuple of Finding
        What follows, in plain words; the first sentence sums up.
    facts : dict
        Rows, columns, seed, target, what was sampled from what, versions.
    pictures : dict
        What the figures show, by figure: see `synthdiff.evaluation.picture`.
    checks : tuple of ColumnCheck
        What the cells of each column are like, learnt or not.
    """

    scores: tuple[Score, ...]
    problems: tuple[Problem, ...] = ()
    verdict: tuple[Finding, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    pictures: dict[str, Any] = field(default_factory=dict)
    checks: tuple[ColumnCheck, ...] = ()

    def __getitem__(self, name: str) -> Score:
        for score in self.scores:
            if score.name == name:
                return score
        raise KeyError(name)

    def __str__(self) -> str:
        from synthdiff.evaluation.text import plain

        return plain(self)

    def __contains__(self, name: object) -> bool:
        return any(score.name == name for score in self.scores)

    def group(self, name: Group) -> list[Score]:
        """The scores of a group."""
        return [score for score in self.scores if score.group == name]

    def standing(self, name: Group) -> float | None:
        """Mean standing of a group's scores, in [0, 1]; of privacy the worst one, as a chain is."""
        known = [s.standing for s in self.group(name) if s.standing is not None]
        if not known:
            return None
        return min(known) if name == "privacy" else float(np.mean(known))

    def failures(self, gates: Mapping[str, float]) -> list[str]:
        """What fails of some gates, in words.

        Parameters
        ----------
        gates : mapping of str to float
            The least standing of a group (``fidelity=0.9``), or the limit of a score in its own direction
            (``gbt_auc=0.6``: not above).

        Raises
        ------
        ConfigError
            A gate is neither a group nor a score of this report.
        """
        out = []
        for name, limit in gates.items():
            if name in GROUPS:
                standing = self.standing(name)
                if standing is None or standing < limit:
                    out.append(f"{name} stands at {_number(standing)}, below {limit:g}")
            elif name in self:
                score = self[name]
                if not score.at_least(limit):
                    side = "below" if score.direction == "higher" else "above"
                    out.append(f"{name} is {_number(score.value)}, {side} {limit:g}")
            else:
                known = ", ".join([*GROUPS, *(score.name for score in self.scores)])
                raise ConfigError(f"there is no gate {name!r}; there are {known}")
        return out

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores."""
        return {
            "schema_version": SCHEMA_VERSION,
            "verdict": [{"level": finding.level, "text": finding.text} for finding in self.verdict],
            "standings": {group: self.standing(group) for group in GROUPS},
            "scores": [score.to_dict() for score in self.scores],
            "problems": [problem.to_dict() for problem in self.problems],
            "facts": self.facts,
            "pictures": self.pictures,
            "checks": [check.to_dict() for check in self.checks],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read what `to_dict` wrote.

        Raises
        ------
        VersionError
            A newer version wrote it.
        """
        check_version(data, SCHEMA_VERSION)
        return cls(
            tuple(Score.from_dict(score) for score in data["scores"]),
            tuple(Problem(**problem) for problem in data["problems"]),
            tuple(Finding(**finding) for finding in data["verdict"]),
            data["facts"],
            data["pictures"],
            tuple(ColumnCheck.from_dict(check) for check in data.get("checks", ())),
        )

    def render_html(self) -> str:
        """Return one HTML page that opens without a network."""
        from synthdiff.evaluation.html import render_html

        return render_html(self)


def _number(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.3f}"
