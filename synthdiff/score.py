"""A measured value between two references: what independent columns would score and what real held-out rows would.

Evaluation and privacy speak in scores; so do gates, reports and tables of results.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

Direction = Literal["higher", "lower"]
Group = Literal["fidelity", "detection", "utility", "privacy"]
GROUPS: tuple[Group, ...] = ("fidelity", "detection", "utility", "privacy")
CONFIDENCE_Z = 1.959964
"""Half width of all intervals, in standard errors: they hold the true value in 95 of 100 cases."""


@dataclass(frozen=True)
class Score:
    """One score.

    Attributes
    ----------
    name : str
        For programs and gates: ``"gbt_auc"``.
    group : str
        One of `GROUPS`.
    title : str
        For people, a few words.
    what : str
        What is measured, in a sentence.
    value : float or None
        None where it cannot be measured; the note says why.
    direction : {"higher", "lower"}
        Which values are better.
    interval : pair of float or None
        95 %; None where it is not known.
    floor, ceiling : float or None
        What independent columns, and what real held-out rows, score.
    bad : float or None
        The value that counts as nothing; None: the floor. Privacy gives its worst case, as independent columns are
        perfectly private.
    note : str
        What a reader must know besides.
    details : dict
        Parts of the score, as JSON holds them.
    """

    name: str
    group: Group
    title: str
    what: str
    value: float | None
    direction: Direction = "higher"
    interval: tuple[float, float] | None = None
    floor: float | None = None
    ceiling: float | None = None
    bad: float | None = None
    note: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def standing(self) -> float | None:
        """Share of the way from the bad value to the ceiling, in [0, 1]; None where either is not known.

        Where real held-out rows do no better than the bad value, everything at least as good as they are is 1.
        """
        bad = self.floor if self.bad is None else self.bad
        if self.value is None or bad is None or self.ceiling is None:
            return None
        sign = 1.0 if self.direction == "higher" else -1.0
        way, done = sign * (self.ceiling - bad), sign * (self.value - bad)
        if way <= 0:
            return float(sign * (self.value - self.ceiling) >= 0)
        return min(max(done / way, 0.0), 1.0)

    def at_least(self, limit: float) -> bool:
        """Whether the value is as good as a limit, or better; an unknown one is not."""
        if self.value is None:
            return False
        return self.value >= limit if self.direction == "higher" else self.value <= limit

    def beside(self, floor: float | None, ceiling: float | None) -> Self:
        """The same with references."""
        return replace(self, floor=floor, ceiling=ceiling)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, the standing among them; NaN and infinities are None."""
        return {**asdict(self), "standing": self.standing}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read what `to_dict` wrote."""
        known = {k: v for k, v in data.items() if k != "standing"}
        interval = known.get("interval")
        return cls(**{**known, "interval": None if interval is None else (interval[0], interval[1])})


def share_interval(n_hits: float, n: int) -> tuple[float, float]:
    """95 % interval of a share, after Wilson (1927); half hits are welcome.

    Examples
    --------
    >>> [round(x, 3) for x in share_interval(5, 10)]
    [0.237, 0.763]
    """
    if n == 0:
        return 0.0, 1.0
    p, z2 = n_hits / n, CONFIDENCE_Z**2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = CONFIDENCE_Z / (1 + z2 / n) * math.sqrt(max(p * (1 - p), 0.0) / n + z2 / (4 * n * n))
    return within((centre - half, centre + half))


def within(interval: tuple[float, float], low: float = 0.0, high: float = 1.0) -> tuple[float, float]:
    """An interval, cut to the values that are possible.

    Examples
    --------
    >>> within((-0.1, 0.3))
    (0.0, 0.3)
    """
    return max(interval[0], low), min(interval[1], high)


def normal_interval(value: float, error: float) -> tuple[float, float]:
    """95 % interval of a value with a standard error."""
    return value - CONFIDENCE_Z * error, value + CONFIDENCE_Z * error


def bootstrap_interval(replicates: npt.NDArray[np.float64], value: float) -> tuple[float, float]:
    """95 % interval of a value from replicates of it, (R,): their spread, around the value.

    Many scores shrink when rows are repeated, so that replicates lie beside the value rather than around it; their
    spread is still right.
    """
    spread = float(np.nanstd(replicates, ddof=1)) if len(replicates) > 1 else float("nan")
    return normal_interval(value, spread)
