"""The rows of a comparison: one for each table, generator and seed, which a later run goes on with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.result import beside

Row = dict[str, Any]
"""``data``, ``generator``, ``seed``, ``commit``, ``date``; ``costs`` and ``scores``, or ``failed`` with the reason."""


@dataclass
class Comparison:
    """What was asked, where, and what came out.

    Attributes
    ----------
    settings, machine : dict
    rows : list of dict
    """

    settings: dict[str, Any]
    machine: dict[str, Any]
    rows: list[Row] = field(default_factory=list)

    @classmethod
    def resume(cls, stem: Path, settings: dict[str, Any], machine: dict[str, Any]) -> Comparison:
        """Go on with what is saved there, or begin.

        Raises
        ------
        ValueError
            What is saved there was asked for otherwise, so that its rows cannot stand beside new ones.
        """
        file = beside(stem, "json")
        if not file.exists():
            return cls(settings, machine)
        saved = json.loads(file.read_text())
        if saved.get("settings") != settings:
            raise ValueError(f"{file} holds results of other settings, {saved.get('settings')}; name another --output")
        return cls(settings, saved["machine"], saved["rows"])

    def has(self, data: str, generator: str, seed: int) -> bool:
        """Whether a row is there, failed or not."""
        return any(self._is(row, data, generator, seed) for row in self.rows)

    def forget_failures(self) -> None:
        """Leave out rows that failed, so that they are tried again."""
        self.rows = [row for row in self.rows if "failed" not in row]

    def of(self, data: str, generator: str) -> list[Row]:
        """The rows of all seeds."""
        return [row for row in self.rows if row["data"] == data and row["generator"] == generator]

    def names(self, key: str, order: Sequence[str] = ()) -> list[str]:
        """The tables, or the generators, that occur; those of `order` first."""
        found = dict.fromkeys(row[key] for row in self.rows)
        return [name for name in order if name in found] + [name for name in found if name not in order]

    @staticmethod
    def _is(row: Row, data: str, generator: str, seed: int) -> bool:
        return (row["data"], row["generator"], row["seed"]) == (data, generator, seed)


def middle(rows: Sequence[Row], name: str) -> float | None:
    """Mean of a score over the seeds; None where no row has it."""
    values = [row["scores"][name]["value"] for row in rows if name in row.get("scores", {})]
    known = [float(value) for value in values if value is not None]
    return sum(known) / len(known) if known else None


def half_width(rows: Sequence[Row], name: str) -> float | None:
    """Half of a score's 95 % interval; of several seeds, half of the span that all their values cover."""
    scores = [row["scores"][name] for row in rows if name in row.get("scores", {})]
    values = [score["value"] for score in scores if score["value"] is not None]
    if len(values) > 1:
        return float(max(values) - min(values)) / 2
    interval = scores[0]["interval"] if values else None
    return None if interval is None else float(interval[1] - interval[0]) / 2


def cost(rows: Sequence[Row], name: str) -> float | None:
    """Mean of a cost over the seeds."""
    known = [float(row["costs"][name]) for row in rows if name in row.get("costs", {})]
    return sum(known) / len(known) if known else None
