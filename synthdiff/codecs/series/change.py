# ruff: noqa: D102 (what the methods do is said once, by the interface in channel.py)
"""Series of a single column: prices by log returns, levels by differences or as they are, returns, covariates."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import Field

from synthdiff.codecs.series.channel import Channel, FloatArray, add_up, changes, drifting, fill_forward
from synthdiff.codecs.series.floor import bounded_exp
from synthdiff.data.market.convention import Convention, from_log, to_log
from synthdiff.record import Amount, Index, Name, Scale, restore, without


@dataclass(frozen=True)
class ColumnSeries:
    """What all series of a single column share.

    Attributes
    ----------
    name : str
        Of the column.
    asset : str
        Whose it is.
    column : int
        Its position in the market.
    """

    word: ClassVar[str]
    lag: ClassVar[int] = 1
    n_states: ClassVar[int] = 0

    name: Name
    asset: Name
    column: Index

    @property
    def columns(self) -> tuple[int, ...]:
        return (self.column,)

    def state(self, values: FloatArray) -> FloatArray:
        return np.asarray(fill_forward(values)[-1])

    def to_dict(self) -> dict[str, Any]:
        return {"codec": self.word, **asdict(self)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return restore(cls, without(data, "codec"))


@dataclass(frozen=True)
class MovingSeries(ColumnSeries):
    """A series whose mean step is taken away, and a drift put in its place.

    Attributes
    ----------
    mean, drift : float
        A step: what `encode` takes away, and what `decode` adds where the value changes.
    share : float
        Share of the steps in which it changes.
    """

    mean: Amount
    drift: Amount
    share: Annotated[float, Field(gt=0, le=1)] = 1.0

    def moves(self, steps: FloatArray, start: FloatArray) -> FloatArray:
        return drifting(steps[..., 0], self.mean, self.drift)


@dataclass(frozen=True)
class LogReturnCodec(MovingSeries):
    """A price, by its log returns."""

    word: ClassVar[str] = "price"

    @property
    def channels(self) -> tuple[Channel, ...]:
        return (Channel(self.name, self.asset, "return"),)

    def encode(self, values: FloatArray) -> FloatArray:
        return np.asarray(changes(np.log(values[:, 0]))[:, None] - self.mean)

    def decode(self, steps: FloatArray, start: FloatArray) -> FloatArray:
        return bounded_exp(add_up(self.moves(steps, start), np.log(start[:, 0])))[..., None]


@dataclass(frozen=True)
class DifferenceCodec(MovingSeries):
    """A level that wanders, by its differences."""

    word: ClassVar[str] = "difference"

    @property
    def channels(self) -> tuple[Channel, ...]:
        return (Channel(self.name, self.asset, "difference"),)

    def encode(self, values: FloatArray) -> FloatArray:
        return np.asarray(changes(values[:, 0])[:, None] - self.mean)

    def decode(self, steps: FloatArray, start: FloatArray) -> FloatArray:
        return add_up(self.moves(steps, start), start[:, 0])[..., None]


@dataclass(frozen=True)
class ReturnCodec(MovingSeries):
    """Returns, by their log returns; nothing comes before the first.

    Attributes
    ----------
    convention : {"log", "simple", "percent", "log percent"}
        How the returns of the column are written; default: log returns, as all were in older files.
    """

    word: ClassVar[str] = "return"
    lag: ClassVar[int] = 0

    convention: Convention = "log"

    def state(self, values: FloatArray) -> FloatArray:
        return np.full(1, np.nan)

    @property
    def channels(self) -> tuple[Channel, ...]:
        return (Channel(self.name, self.asset, "return"),)

    def encode(self, values: FloatArray) -> FloatArray:
        return to_log(values, self.convention) - self.mean

    def decode(self, steps: FloatArray, start: FloatArray) -> FloatArray:
        return from_log(self.moves(steps, start), self.convention)[..., None]


@dataclass(frozen=True)
class LevelCodec(ColumnSeries):
    """A level that returns to its mean, as it is, in standard deviations from the mean.

    Attributes
    ----------
    mean, deviation : float
        Of the fitted series, in its units.
    """

    word: ClassVar[str] = "level"
    lag: ClassVar[int] = 0

    mean: Amount
    deviation: Scale

    @property
    def channels(self) -> tuple[Channel, ...]:
        return (Channel(self.name, self.asset, "difference", persistent=True),)

    def encode(self, values: FloatArray) -> FloatArray:
        return np.asarray((values - self.mean) / self.deviation)

    def decode(self, steps: FloatArray, start: FloatArray) -> FloatArray:
        return np.asarray(steps * self.deviation + self.mean)

    def moves(self, steps: FloatArray, start: FloatArray) -> FloatArray:
        """Differences; the first from the start, or where there is none 0: it is where the path begins."""
        levels = self.decode(steps, start)[..., 0]
        first = np.where(np.isnan(start[:, 0]), levels[:, 0], start[:, 0])
        return np.diff(levels, axis=1, prepend=first[:, None])


@dataclass(frozen=True)
class CovariateCodec(ColumnSeries):
    """What comes along, in its own units."""

    word: ClassVar[str] = "covariate"
    lag: ClassVar[int] = 0

    @property
    def channels(self) -> tuple[Channel, ...]:
        return (Channel(self.name, self.asset, "covariate"),)

    def encode(self, values: FloatArray) -> FloatArray:
        return values

    def decode(self, steps: FloatArray, start: FloatArray) -> FloatArray:
        return steps

    def moves(self, steps: FloatArray, start: FloatArray) -> FloatArray:
        return np.asarray(steps[..., 0])
