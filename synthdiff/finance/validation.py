"""A model beside the classical simulators: what was measured, and where it is behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from synthdiff.errors import ConfigError
from synthdiff.evaluation.report import Finding
from synthdiff.evaluation.saved import Saved
from synthdiff.evaluation.stylized.report import SeriesReport
from synthdiff.finance.backtest import plain_value
from synthdiff.finance.candidate import Candidate

SCHEMA_VERSION = 1
KIND = "validation"


@dataclass(frozen=True, eq=False)
class Validation(Saved):
    """Simulators beside each other.

    Attributes
    ----------
    candidates : tuple of Candidate
        The first one is the model that is validated, the others its challengers.
    drift : SeriesReport or None
        Windows of the span that simulators were fitted to in the paths' place, where later steps are scored: how much
        the market itself has changed.
    notes : tuple of str
        What to know besides.
    about : dict
        Steps, spans, seeds, paths, days, versions.
    """

    candidates: tuple[Candidate, ...]
    drift: SeriesReport | None = None
    notes: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def model(self) -> Candidate:
        """The one that is validated."""
        return self.candidates[0]

    @property
    def challengers(self) -> tuple[Candidate, ...]:
        """The others."""
        return self.candidates[1:]

    @cached_property
    def verdict(self) -> tuple[Finding, ...]:
        """Where the model is behind, in plain words; the first sentence sums up."""
        from synthdiff.finance.shortcoming import judge

        return judge(self)

    def __getitem__(self, name: str) -> Candidate:
        for candidate in self.candidates:
            if candidate.name == name:
                return candidate
        raise KeyError(name)

    def __str__(self) -> str:
        from synthdiff.finance.validation_text import plain

        return plain(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; NaN is None."""
        drift = self.drift and {key: part for key, part in self.drift.to_dict().items() if key != "pictures"}
        out = {
            "schema_version": SCHEMA_VERSION,
            "kind": KIND,
            "verdict": [{"level": finding.level, "text": finding.text} for finding in self.verdict],
            "notes": list(self.notes),
            "about": dict(self.about),
            "drift": drift,
            "candidates": [candidate.to_dict() for candidate in self.candidates],
        }
        return {key: plain_value(value) for key, value in out.items()}

    def save_html(self, path: str | Path, force: bool = True) -> None:
        """Write the report on the model's own paths, of the first seed, as one page that opens without a network.

        Parameters
        ----------
        path : str or Path
            Where it goes.
        force : bool
            Whether to replace an existing file; True by default.

        Raises
        ------
        ConfigError
            Its pictures are not there, the path is no place for a file, or a file is there and `force` is not set.
        DataError
            The file cannot be written.
        """
        report = self.model.reports[0]
        if not report.pictures:
            raise ConfigError("the report on the model's paths has no pictures; validate again to draw it")
        report.save_html(path, force)
