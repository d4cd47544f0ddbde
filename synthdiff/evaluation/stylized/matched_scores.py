"""How far conditioned paths are from windows that did the same: the numbers, as a gate or a file takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthdiff.errors import ConfigError
from synthdiff.evaluation.saved import Saved

SCHEMA_VERSION, KIND = 1, "conditioned series"
RIGHT = 1.5
"""A fact scores up to so much where it counts as right."""


@dataclass(frozen=True)
class MatchedScores(Saved):
    """How far conditioned paths are from windows that did the same.

    Attributes
    ----------
    n_windows : int
        Windows of the history that meet the conditions; they overlap.
    n_apart : int
        How many of them do not overlap: what they are worth.
    facts : dict of str to float
        Score of each fact, the mean over assets.
    cross : dict of str to float
        Scores of what assets do together; empty of one asset.
    """

    n_windows: int
    n_apart: int
    facts: dict[str, float]
    cross: dict[str, float]

    @property
    def mean(self) -> float:
        """Mean score of the facts."""
        return float(np.mean(list(self.facts.values())))

    @property
    def cross_mean(self) -> float | None:
        """Mean score of what assets do together."""
        return float(np.mean(list(self.cross.values()))) if self.cross else None

    @property
    def n_right(self) -> int:
        """Facts that score at most 1.5."""
        return sum(value <= RIGHT for value in self.facts.values())

    def failures(self, gates: Mapping[str, float]) -> list[str]:
        """What fails of some gates, in words: the highest value of ``mean``, ``cross_mean`` or of a fact by its name.

        Raises
        ------
        ConfigError
            A gate is none of them.
        """
        cross = {} if self.cross_mean is None else {"cross_mean": self.cross_mean}
        values = {"mean": self.mean, **cross, **self.facts, **self.cross}
        unknown = [name for name in gates if name not in values]
        if unknown:
            raise ConfigError(f"there is no gate {unknown[0]!r}; there are {', '.join(values)}")
        return [
            f"{name} is {values[name]:.3f}, above {limit:g}"
            for name, limit in gates.items()
            if not values[name] <= limit
        ]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "schema_version": SCHEMA_VERSION,
            "kind": KIND,
            "windows": self.n_windows,
            "windows_apart": self.n_apart,
            "mean": self.mean,
            "below_1_5": self.n_right,
            "cross_mean": self.cross_mean,
            "facts": self.facts,
            "cross": self.cross,
        }
