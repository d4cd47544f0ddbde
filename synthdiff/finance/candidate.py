"""What one simulator scores in a validation, over several seeds, and how it differs from another."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np
from scipy.special import stdtrit

from synthdiff.data.split import FloatArray
from synthdiff.evaluation.stylized.report import SeriesReport
from synthdiff.evaluation.stylized.tally import GOOD
from synthdiff.finance.backtest import Backtest, plain_value
from synthdiff.finance.comparison import Comparison

WHOLES = ("mean", "cross_mean", "right", "outside", "novelty", "copies")
"""What is counted over a whole report: see `Candidate.values`."""


@dataclass(frozen=True)
class Estimate:
    """A number and its 95 % interval.

    Attributes
    ----------
    value : float
    interval : pair of float or None
        None where nothing is known about it.
    """

    value: float
    interval: tuple[float, float] | None = None

    @classmethod
    def over_seeds(cls, values: FloatArray, own: tuple[float, float] | None = None) -> Self:
        """Mean of (n_seeds,) values, with Student's interval; of a single one, its own interval."""
        value, n = float(np.mean(values)) if len(values) else math.nan, len(values)
        if n < 2:
            return cls(value, own)
        half = float(stdtrit(n - 1, 0.975) * values.std(ddof=1) / math.sqrt(n))
        return cls(value, (value - half, value + half))

    @property
    def half(self) -> float | None:
        """Half of the interval's width."""
        return None if self.interval is None else (self.interval[1] - self.interval[0]) / 2

    @property
    def is_above_zero(self) -> bool:
        """Whether the whole interval is."""
        return self.interval is not None and self.interval[0] > 0

    @property
    def is_below_zero(self) -> bool:
        """Whether the whole interval is."""
        return self.interval is not None and self.interval[1] < 0


@dataclass(frozen=True, eq=False)
class Candidate:
    """A simulator in a validation.

    Attributes
    ----------
    name : str
    reports : tuple of SeriesReport
        Stylised facts of its paths, one a seed.
    backtest : Backtest or None
        Of its forecasts.
    comparison : Comparison or None
        CRPS of the first candidate less that of this one; None for the first one itself, and without a backtest.
    seconds : dict of str to float
        That ``fit``, ``sample`` (a seed) and ``backtest`` took; only what was done.
    notes : tuple of str
        What it has to say about its estimates.
    """

    name: str
    reports: tuple[SeriesReport, ...]
    backtest: Backtest | None = None
    comparison: Comparison | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def values(self, name: str) -> FloatArray:
        """A score of every seed, (n_seeds,); those that have none are left out.

        Parameters
        ----------
        name : str
            The name of a fact; ``"mean"`` and ``"cross_mean"`` of the facts; ``"right"``, the number of facts of single
            assets up to 1.5; ``"outside"``, that of depths at which drawdowns are outside of the history's band, over
            all assets; ``"novelty"``; ``"copies"``.
        """
        found = [_value(report, name) for report in self.reports]
        return np.array([value for value in found if value is not None and math.isfinite(value)])

    def estimate(self, name: str) -> Estimate:
        """Mean of a score over the seeds."""
        return Estimate.over_seeds(self.values(name), _interval(self.reports[0], name))

    @property
    def facts(self) -> list[str]:
        """Names of the facts of the mean scores, of single assets and across them."""
        return [*self.reports[0].facts, *self.reports[0].cross]

    @property
    def more(self) -> list[str]:
        """Names of the other facts: drift, zero returns, the clock."""
        return list(dict.fromkeys(name for report in self.reports for name in report.extra))

    @property
    def outlying(self) -> list[dict[str, Any]]:
        """Single assets and pairs that leave the history's noise in a fact, in the paths of every seed.

        Rows as of `synthdiff.evaluation.stylized.outlier.outlying`, of the first seed.
        """
        by_seed = [_outlying(report) for report in self.reports]
        return [row for key, row in by_seed[0].items() if all(key in rows for rows in by_seed[1:])]

    @property
    def n_depths(self) -> int:
        """Depths of drawdowns that are looked at, over all assets."""
        return sum(len(item.depths) for item in self.reports[0].drawdown.values())

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; NaN is None."""
        names = (*WHOLES, *self.facts, *self.more)
        scores = {name: asdict(self.estimate(name)) for name in names if len(self.values(name))}
        reports = [
            {key: part for key, part in report.to_dict().items() if key != "pictures"} for report in self.reports
        ]
        out = {
            "name": self.name,
            "scores": scores,
            "seconds": dict(self.seconds),
            "notes": list(self.notes),
            "reports": reports,
            "backtest": None if self.backtest is None else self.backtest.to_dict(days=False),
            "comparison": None if self.comparison is None else self.comparison.to_dict(),
        }
        return {key: plain_value(value) for key, value in out.items()}


def difference(a: Candidate, b: Candidate, name: str) -> Estimate:
    """A score of one candidate less that of another: above 0 it is worse, as low scores are good.

    Seeds are paired, as the history is drawn again in the same way for both; of a single seed the intervals of both
    are added as if they were independent.
    """
    first, second = a.values(name), b.values(name)
    if len(first) != len(second) or not len(first):
        return Estimate(math.nan)
    halves = [estimate.half for estimate in (a.estimate(name), b.estimate(name))]
    value = float((first - second).mean())
    own = None
    if None not in halves:
        half = math.hypot(*(half for half in halves if half is not None))
        own = (value - half, value + half)
    return Estimate.over_seeds(first - second, own)


def _value(report: SeriesReport, name: str) -> float | None:
    if name in ("mean", "cross_mean", "novelty", "copies"):
        value: float | None = getattr(report, name)
        return value
    if name == "right":
        return float(report.below(GOOD))
    if name == "outside":
        return float(sum(len(item.outside) for item in report.drawdown.values()))
    return report[name].value if name in report else None


def _outlying(report: SeriesReport) -> dict[tuple[str, str], dict[str, Any]]:
    """Rows of single assets and pairs by fact and name."""
    scores = {**report.cross, **report.extra}
    return {
        (fact, row["name"]): {"fact": fact, **row}
        for fact, score in scores.items()
        for row in score.details.get("outlying", [])
    }


def _interval(report: SeriesReport, name: str) -> tuple[float, float] | None:
    if name in ("mean", "cross_mean"):
        whole: tuple[float, float] | None = getattr(report, f"{name}_interval")
        return whole
    return report[name].interval if name in report else None
