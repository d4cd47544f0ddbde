"""The report on market paths: every fact with its references, what is wrong, what the pictures show; plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from synthdiff.errors import ArtifactError, ConfigError
from synthdiff.evaluation.report import Finding
from synthdiff.evaluation.saved import Page, check_version
from synthdiff.evaluation.stylized.drawdown import Drawdown
from synthdiff.score import Score

SCHEMA_VERSION = 1
KIND = "series"
PARTS = ("facts", "cross", "extra", "memory")


@dataclass(frozen=True)
class SeriesReport(Page):
    """How good simulated market paths are.

    Attributes
    ----------
    facts : dict of str to Score
        The stylised facts of single assets, mean over assets; 1 is as far from the history as another history of the
        same length would be, lower is better. A score's floor is what steps in random order score.
    cross : dict of str to Score
        What assets do together; empty for one asset. The floor is what independent assets score.
    extra : dict of str to Score
        Drift; zero returns, where there are any; volume, bars and the clock, where they were given.
    memory : dict of str to Score
        ``novelty`` and ``copies``: whether paths repeat the history.
    drawdown : dict of str to Drawdown
        Of each asset.
    below_zero : dict of str to float
        Share of the paths that reach zero or fall below it, of assets that never did; only where there are such paths.
    mean_interval, cross_mean_interval : pair of float or None
        95 % intervals of `mean` and `cross_mean`.
    verdict : tuple of Finding
        What follows, in plain words; the first sentence sums up.
    notes : tuple of str
        What was left out or cut, in sentences.
    about : dict
        Steps, paths, assets, seed, versions.
    pictures : dict
        What the figures show: see `synthdiff.evaluation.stylized.picture`.
    """

    facts: dict[str, Score]
    cross: dict[str, Score] = field(default_factory=dict)
    extra: dict[str, Score] = field(default_factory=dict)
    memory: dict[str, Score] = field(default_factory=dict)
    drawdown: dict[str, Drawdown] = field(default_factory=dict)
    below_zero: dict[str, float] = field(default_factory=dict)
    mean_interval: tuple[float, float] | None = None
    cross_mean_interval: tuple[float, float] | None = None
    verdict: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    about: dict[str, Any] = field(default_factory=dict)
    pictures: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Score:
        for part in PARTS:
            if name in getattr(self, part):
                score: Score = getattr(self, part)[name]
                return score
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return any(name in getattr(self, part) for part in PARTS)

    def __str__(self) -> str:
        from synthdiff.evaluation.stylized.text import plain

        return plain(self)

    @property
    def mean(self) -> float:
        """Mean score of the facts of single assets; NaN where none could be measured."""
        return _mean(self.facts)

    @property
    def cross_mean(self) -> float | None:
        """Mean score of the facts across assets; None for one asset."""
        return _mean(self.cross) if self.cross else None

    @property
    def mean_later(self) -> float | None:
        """Mean score of what came after the history, in the paths' place; None where it was not given."""
        later = [score.details.get("later") for score in self.facts.values() if score.value is not None]
        known = [value for value in later if value is not None]
        return float(np.mean(known)) if known else None

    @property
    def novelty(self) -> float:
        """Mean over paths of the highest correlation with any window of the history."""
        return _value(self.memory.get("novelty"))

    @property
    def novelty_real(self) -> float:
        """The same of windows of the history with windows that do not overlap them."""
        score = self.memory.get("novelty")
        return float("nan") if score is None or score.ceiling is None else score.ceiling

    @property
    def copies(self) -> float:
        """Share of ten-step stretches that occur to the digit in the history."""
        return _value(self.memory.get("copies"))

    def below(self, limit: float = 1.5) -> int:
        """How many of the facts of single assets score below a limit."""
        return sum(score.value is not None and score.value < limit for score in self.facts.values())

    def failures(self, gates: Mapping[str, float]) -> list[str]:
        """What fails of some gates, in words.

        Parameters
        ----------
        gates : mapping of str to float
            The highest value of ``mean``, ``cross_mean`` or of any score by its name.

        Raises
        ------
        ConfigError
            A gate is none of them.
        """
        values: dict[str, float | None] = {"mean": self.mean}
        if self.cross:
            values["cross_mean"] = self.cross_mean
        values |= {name: score.value for part in PARTS for name, score in getattr(self, part).items()}
        unknown = [name for name in gates if name not in values]
        if unknown:
            raise ConfigError(f"there is no gate {unknown[0]!r}; there are {', '.join(values)}")
        out = []
        for name, limit in gates.items():
            value = values[name]
            if value is None or not value <= limit:
                out.append(f"{name} is {'not measured' if value is None else f'{value:.3f}'}, above {limit:g}")
        return out

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores."""
        return {
            "schema_version": SCHEMA_VERSION,
            "kind": KIND,
            "verdict": [{"level": finding.level, "text": finding.text} for finding in self.verdict],
            "notes": list(self.notes),
            "mean": self.mean,
            "mean_interval": self.mean_interval,
            "below_1_5": self.below(1.5),
            "cross_mean": self.cross_mean,
            "cross_mean_interval": self.cross_mean_interval,
            "novelty_real": self.novelty_real,
            **{part: {name: score.to_dict() for name, score in getattr(self, part).items()} for part in PARTS},
            "drawdown": {name: drawdown.to_dict() for name, drawdown in self.drawdown.items()},
            "below_zero": self.below_zero,
            "about": self.about,
            "pictures": self.pictures,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read what `to_dict` wrote.

        Raises
        ------
        ArtifactError
            It is no report on series.
        VersionError
            A newer version wrote it.
        """
        if data.get("kind") != KIND:
            raise ArtifactError(f"this is no report on market paths: its kind is {data.get('kind')!r}, not {KIND!r}")
        check_version(data, SCHEMA_VERSION)
        return cls(
            **{part: {name: Score.from_dict(score) for name, score in data[part].items()} for part in PARTS},
            drawdown={name: Drawdown.from_dict(item) for name, item in data["drawdown"].items()},
            below_zero=data.get("below_zero", {}),
            mean_interval=_pair(data["mean_interval"]),
            cross_mean_interval=_pair(data["cross_mean_interval"]),
            verdict=tuple(Finding(**finding) for finding in data["verdict"]),
            notes=tuple(data["notes"]),
            about=data["about"],
            pictures=data["pictures"],
        )

    def render_html(self) -> str:
        """Return one HTML page that opens without a network."""
        from synthdiff.evaluation.stylized.html import render_html

        return render_html(self)


def _mean(scores: Mapping[str, Score]) -> float:
    known = [score.value for score in scores.values() if score.value is not None]
    return float(np.mean(known)) if known else float("nan")


def _value(score: Score | None) -> float:
    return float("nan") if score is None or score.value is None else score.value


def _pair(values: Any) -> tuple[float, float] | None:
    return None if values is None else (values[0], values[1])
