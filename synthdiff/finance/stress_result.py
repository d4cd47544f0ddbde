"""One scenario of a stress test: its paths, what they cost a portfolio, and how likely they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Self

import numpy as np
import pyarrow as pa

from synthdiff.data.paths import Event, Paths
from synthdiff.data.portfolio import Rebalance
from synthdiff.data.tail import LEVELS
from synthdiff.finance.outcome import Outcome
from synthdiff.finance.pooling import ViewResult
from synthdiff.finance.reverse import ReverseStress
from synthdiff.finance.risk import Risk, measure_risk
from synthdiff.finance.worst import worst_paths
from synthdiff.visible import shown

Kind = Literal["unstressed", "replay", "shock", "regime", "reverse", "views"]
FEW = 200
"""Paths of equal weight below which the outermost twentieth is less than ten of them."""

LEAST_WEIGHT = 0.01
"""Share of the mean weight below which a path is none of the scenario's worst: all such are 1 % of it at most."""


@dataclass(frozen=True, eq=False)
class StressResult:
    """What one scenario does to a portfolio; `of` measures it.

    Attributes
    ----------
    kind : {"unstressed", "replay", "shock", "regime", "reverse", "views"}
    name : str
        Short, such as ``"SPX -30 %"``.
    description : str
        What happens, as a clause: ``"SPX falls 30 % over 63 days"``.
    portfolio : dict of str to float
        Share of the start value in each asset.
    rebalance : {"daily", "hold"}
    paths : Paths
        The scenario, weighted; a single path for a replay. Not part of `to_dict`.
    outcome : Outcome
        Gain or loss in few numbers.
    risk : Risk
        VaR and ES, drawdowns, contributions, worst paths; of a single path there are no intervals.
    event : Event or None
        How likely the scenario is by itself.
    reverse : ReverseStress or None
        Of a reverse stress: the groups of paths; `ReverseStress.rows` count the paths that it was sought in.
    views : tuple of ViewResult
        What became of each view.
    notes : tuple of str
        What a reader must know besides.
    """

    kind: Kind
    name: str
    description: str
    portfolio: dict[str, float]
    rebalance: Rebalance
    paths: Paths
    outcome: Outcome
    risk: Risk
    event: Event | None = None
    reverse: ReverseStress | None = None
    views: tuple[ViewResult, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        kind: Kind,
        name: str,
        description: str,
        paths: Paths,
        portfolio: Mapping[str, float],
        *,
        rebalance: Rebalance = "daily",
        levels: Sequence[float] = LEVELS,
        event: Event | None = None,
        reverse: ReverseStress | None = None,
        views: Sequence[ViewResult] = (),
        notes: Sequence[str] = (),
    ) -> Self:
        """Measure the paths of a scenario.

        Raises
        ------
        ConfigError
            The weights or a level make no sense.
        """
        book = dict(portfolio)
        risk = measure_risk(paths, book, levels=levels, rebalance=rebalance)
        return cls(
            kind,
            name,
            description,
            book,
            rebalance,
            paths,
            Outcome.of(paths, book, rebalance),
            replace(risk, worst=worst_paths(_counting(paths), book, rebalance=rebalance)),
            event,
            reverse,
            tuple(views),
            (*notes, *_size_notes(paths, kind, event)),
        )

    @property
    def summary(self) -> tuple[str, ...]:
        """What it comes to, in sentences; the first one says it in one."""
        from synthdiff.finance.stress_summary import summarise

        return tuple(summarise(self))

    @property
    def shares(self) -> tuple[float, ...]:
        """Share of the losing paths that each way of a reverse stress has; they sum to 1."""
        if self.reverse is None:
            return ()
        rows = np.sort(self.reverse.rows)
        parts = self.reverse.scenarios
        return tuple(float(self.paths.weights[np.searchsorted(rows, part.rows)].sum()) for part in parts)

    def __str__(self) -> str:
        return "\n".join(map(shown, [*self.summary, *self.notes]))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, as `synthdiff.storage.to_json` writes them: all but the paths."""
        paths = self.paths
        return {
            "kind": self.kind,
            "name": self.name,
            "description": self.description,
            "summary": list(self.summary),
            "notes": list(self.notes),
            "kinds": dict(zip(paths.assets, paths.kinds, strict=True)),
            "n_paths": len(paths),
            "n_steps": paths.n_steps,
            "effective_size": paths.effective_size,
            "dates": None
            if paths.dates is None
            else [str(day) for day in paths.dates[[0, -1]].astype("datetime64[s]")],
            "outcome": self.outcome.to_dict(),
            "event": None if self.event is None else asdict(self.event),
            "tail": _rows(self.risk.tail.to_table()),
            "assets": _rows(self.risk.asset_tail.to_table()),
            "drawdown": _rows(self.risk.drawdown.to_table()),
            "drawdown_quantiles": dict(
                zip(map(str, self.risk.drawdown.levels), self.risk.drawdown.quantiles[0].tolist(), strict=True)
            ),
            "contribution_level": self.risk.contribution.level,
            "contribution": _rows(self.risk.contribution.to_table()),
            "worst": _worst(self.risk),
            "reverse": None if self.reverse is None else _reverse(self.reverse, self.shares),
            "views": [asdict(view) for view in self.views],
        }


def _counting(paths: Paths) -> Paths:
    """The paths, of which those that hardly count weigh nothing: they are not what is worst in a scenario."""
    least = LEAST_WEIGHT / len(paths)
    return paths.reweight(np.where(paths.weights < least, 0.0, paths.weights))


def _size_notes(paths: Paths, kind: Kind, event: Event | None) -> list[str]:
    """A warning where the paths are worth too few, unless the event says so already."""
    size, told = paths.effective_size, () if event is None else event.notes
    if kind == "replay" or size >= FEW or any("worth" in note for note in told):
        return []
    more = "draw more of them" if kind != "reverse" else "draw more paths to find them in"
    count = f"There are only {len(paths):,} paths"
    if size < 0.99 * len(paths):
        count = f"The {len(paths):,} paths are worth only {size:,.0f} of equal weight"
    return [f"{count}: the intervals tell how little their tails say; {more}."]


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    """A record a row."""
    found: list[dict[str, Any]] = table.to_pylist()
    return found


def _worst(risk: Risk) -> list[dict[str, Any]]:
    worst = risk.worst
    dates = None if worst.dates is None else worst.dates.astype("datetime64[s]").astype(str).tolist()
    return [
        {
            "path": int(worst.rows[i]),
            "loss": float(worst.losses[i]),
            "drawdown": float(worst.drawdowns[i]),
            "trough": int(worst.troughs[i]),
            "date": None if dates is None else dates[i],
            "weight": float(worst.weights[i]),
            "assets": dict(zip(worst.assets, worst.asset_losses[i].tolist(), strict=True)),
        }
        for i in range(len(worst.rows))
    ]


def _reverse(found: ReverseStress, shares: Sequence[float]) -> dict[str, Any]:
    return {
        "loss": found.loss,
        "probability": found.probability,
        "interval": list(found.interval),
        "n_paths": len(found.rows),
        "silhouette": found.silhouette,
        "given": found.given,
        "scenarios": [
            {
                "probability": part.probability,
                "interval": list(part.interval),
                "share": share,
                "n_paths": len(part.rows),
                "path": part.medoid,
                "loss": part.loss,
                "mean_loss": part.mean_loss,
                "returns": dict(zip(found.assets, np.asarray(part.returns).tolist(), strict=True)),
                "mean_returns": dict(zip(found.assets, np.asarray(part.mean_returns).tolist(), strict=True)),
                "trough": part.trough,
                "trough_range": list(part.trough_range),
                "distance": part.distance,
            }
            for part, share in zip(found.scenarios, shares, strict=True)
        ],
    }
