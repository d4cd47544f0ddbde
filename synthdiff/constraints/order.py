"""Bounds between columns: an end that never lies before its start, a mean between a minimum and a maximum.

A row that breaks a bound gets another difference, drawn from those of real rows whose reference is near, and cut so
that all bounds of the column hold on its own steps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import BeforeValidator, Field

from synthdiff.codecs.column import BoolArray, ColumnCodec, FloatArray, NumberCodec
from synthdiff.constraints.draft import Draft
from synthdiff.constraints.rule import Rule
from synthdiff.record import Name, as_tuple, numbers, read_as, require

N_BINS, N_QUANTILES = 12, 33
SLACK = 1e-9
SECONDS = 86_400.0
Finite = Annotated[float, Field(ge=-1e300, le=1e300)]


@dataclass(frozen=True, eq=False)
class Bound:
    """How far a column lies from another one.

    Attributes
    ----------
    name : str
        The other column.
    scale : float
        Its unit in units of the bounded column: 86,400 for a date beside a timestamp.
    low, high : float or None
        The least and the greatest difference; None where there is none.
    edges : (B - 1,) float64
        Between groups of values of the other column.
    quantiles : (B, Q) float64
        Differences of real rows in each group, in equal steps of their distribution.
    """

    name: Name
    scale: Annotated[float, Field(gt=0, le=1e6)]
    low: Finite | None
    high: Finite | None
    edges: Annotated[FloatArray, numbers(most=1 << 10, rising=False)]
    quantiles: Annotated[FloatArray, numbers(2, most=1 << 16)]

    @classmethod
    def learn(
        cls, name: str, scale: float, low: float | None, high: float | None, y: FloatArray, gap: FloatArray
    ) -> Bound:
        """Learn the differences `gap` of rows whose reference is `y`."""
        n_bins = int(min(N_BINS, max(len(y) // 100, 1)))
        edges = np.quantile(y, np.arange(1, n_bins) / n_bins)
        at = np.searchsorted(edges, y, side="right")
        levels = (np.arange(N_QUANTILES) + 0.5) / N_QUANTILES
        whole = np.quantile(gap, levels)
        parts = [np.quantile(gap[at == b], levels) if (at == b).any() else whole for b in range(n_bins)]
        return cls(name, scale, low, high, edges, np.stack(parts))

    def draw(self, y: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw differences for rows whose reference is `y`."""
        at = np.searchsorted(self.edges, y, side="right")
        place = rng.random(len(y)) * (self.quantiles.shape[1] - 1)
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, self.quantiles.shape[1] - 1)
        low, high = self.quantiles[at, below], self.quantiles[at, above]
        return np.asarray(low + (place - below) * (high - low))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that restore it exactly."""
        return asdict(self) | {"edges": self.edges.tolist(), "quantiles": self.quantiles.tolist()}

    def check(self) -> None:
        """Refuse a bound that bounds nothing, or groups that do not match."""
        require(self.low is not None or self.high is not None, "a bound is expected")
        require(self.quantiles.shape[0] == len(self.edges) + 1, "each group needs its differences")
        require(self.quantiles.shape[1] > 0, "differences are expected")


@dataclass(frozen=True, eq=False)
class Order(Rule):
    """A column between bounds that other columns set.

    Attributes
    ----------
    target : str
    bounds : tuple of Bound
    unit : str
        What differences are counted in; empty where they are plain numbers.
    is_fixed : bool
        Whether another rule makes the column: this one then only says which rows are to be drawn again.
    """

    word: ClassVar[str] = "order"

    target: Name
    bounds: Annotated[
        tuple[Annotated[Bound, read_as(Bound)], ...], BeforeValidator(as_tuple), Field(min_length=1, max_length=4096)
    ]
    unit: Annotated[str, Field(max_length=16)]
    is_fixed: bool

    @property
    def sources(self) -> tuple[str, ...]:  # noqa: D102
        names = tuple(bound.name for bound in self.bounds)
        return (*names, self.target) if self.is_fixed else names

    @property
    def targets(self) -> tuple[str, ...]:  # noqa: D102
        return () if self.is_fixed else (self.target,)

    def describe(self) -> list[str]:  # noqa: D102
        return [self._words(bound) for bound in self.bounds]

    def _words(self, bound: Bound) -> str:
        x, y = self.target, bound.name
        if bound.low is not None and bound.high is not None:
            return f"{x} - {y} lies within {self._gap(bound.low)} and {self._gap(bound.high)}"
        if bound.low is None:
            x, y = y, x
        gap = bound.low if bound.low is not None else -(bound.high or 0.0)
        return f"{x} >= {y}" + (f" {'+' if gap > 0 else '-'} {self._gap(abs(gap))}" if gap else "")

    def _gap(self, gap: float) -> str:
        """A difference in words."""
        gap, unit = (gap / SECONDS, "days") if self.unit == "seconds" and gap % SECONDS == 0 else (gap, self.unit)
        return f"{gap:g}{unit and ' ' + (unit.removesuffix('s') if abs(gap) == 1 else unit)}"

    def parts(self) -> tuple[Rule, ...]:  # noqa: D102
        return tuple(replace(self, bounds=(bound,)) for bound in self.bounds)

    def holds(self, draft: Draft) -> BoolArray:  # noqa: D102
        x = draft.numbers(self.target)
        low, high = self._limits(draft)
        with np.errstate(invalid="ignore"):
            slack = SLACK * np.maximum(np.abs(x), 1)
            return ~((x < low - slack) | (x > high + slack))

    def apply(self, draft: Draft, rng: np.random.Generator) -> None:  # noqa: D102
        broken = ~self.holds(draft)
        if self.is_fixed or not broken.any():
            return
        low, high = (limit[broken] for limit in self._limits(draft))
        made = np.full(len(low), np.nan)
        for bound in self.bounds:
            y = draft.numbers(bound.name)[broken] * bound.scale
            made = np.where(np.isnan(made), y + bound.draw(np.nan_to_num(y / bound.scale), rng), made)
        draft.write(self.target, broken, self._inside(draft.codecs[self.target], made, low, high))

    def _limits(self, draft: Draft) -> tuple[FloatArray, FloatArray]:
        """The least and the greatest value of each row."""
        low, high = np.full(len(draft), -np.inf), np.full(len(draft), np.inf)
        for bound in self.bounds:
            y = draft.numbers(bound.name) * bound.scale
            if bound.low is not None:
                low = np.fmax(low, y + bound.low)
            if bound.high is not None:
                high = np.fmin(high, y + bound.high)
        return low, high

    @staticmethod
    def _inside(codec: ColumnCodec, x: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
        """Move values between limits, on the steps of their column."""
        assert isinstance(codec, NumberCodec)
        step, first = codec.resolution, codec.minimum
        if step is not None:
            low = first + np.ceil((low - first) / step - SLACK) * step
            high = first + np.floor((high - first) / step + SLACK) * step
        return np.asarray(np.fmax(np.fmin(x, high), low))

    def to_dict(self) -> dict[str, Any]:  # noqa: D102
        bounds = [bound.to_dict() for bound in self.bounds]
        own = {"target": self.target, "bounds": bounds, "unit": self.unit, "is_fixed": self.is_fixed}
        return {"rule": self.word, **own}

    def check_columns(self, codecs: Mapping[str, ColumnCodec]) -> None:  # noqa: D102
        for name in (self.target, *(bound.name for bound in self.bounds)):
            require(isinstance(codecs.get(name), NumberCodec), f"there is no column of numbers {name!r}")


def family_of(codec: ColumnCodec) -> tuple[str, float]:
    """What a column can be compared with, and its unit in that of its family; an empty word for nothing.

    Parameters
    ----------
    codec : ColumnCodec
    """
    if not isinstance(codec, NumberCodec):
        return "", math.nan
    if codec.kind in ("date", "datetime"):
        return "moment", SECONDS if codec.kind == "date" else 1.0
    return ("number" if codec.kind in ("numeric", "integer") else codec.kind), 1.0
