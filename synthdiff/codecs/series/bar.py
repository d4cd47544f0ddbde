# ruff: noqa: D102 (what the methods do is said once, by the interface in channel.py)
"""Price bars by channels of which any real numbers make a bar: low <= open, close <= high.

With the close before, c', the channels of a bar (o, h, l, c), adjusted close a and volume v are

- the asset's log return, log(c / c'), less its mean: what risk is computed on;
- gap: log(o / c');
- upper wick: floored_log(log(h / max(o, c))), and lower wick: floored_log(log(min(o, c) / l)), each with a knee of its
  own, so that a high that is the close itself, as on one day in six, comes back as that;
- adjustment: the change of log(a / c), which is a dividend's share of the price on the days that pay one and 0 on
  others; an adjusted close that always equals the close is a copy of it, and has no channel;
- volume: as of `synthdiff.codecs.series.volume`.

Whatever the channels, h = max(o, c) exp(wick) with a wick of at least 0, and likewise below: it is always a bar.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import Field

from synthdiff.codecs.series.channel import Channel, FloatArray, add_up, before, changes, drifting, fill_forward
from synthdiff.codecs.series.floor import MOST, bounded_exp, floored_exp, floored_log
from synthdiff.codecs.series.volume import absolute_volumes, initial_level, relative_volumes
from synthdiff.record import Amount, Index, Name, TupleOfParts, Word, require, restore, without

PARTS = ("open", "high", "low", "close", "price", "volume")
KNEE_SHARE = 0.25
"""Share of the wicks that are shorter than the knee; with a quarter the channels are hardly skewed."""


Knee = Annotated[float, Field(gt=0, le=MOST)]


@dataclass(frozen=True)
class BarCodec:
    """An asset of bars, or of a close with a volume or an adjusted close.

    Attributes
    ----------
    asset : str
        Its name.
    parts : dict of str to int
        Positions in the market of its ``open``, ``high``, ``low``, ``close``, ``price`` (the adjusted close) and
        ``volume``, in the order of its columns; some may be absent, the close is not.
    mean, drift : float
        Of a log return a step: what `encode` takes away, and what `decode` adds where the close changes.
    knees : (float, float)
        Of the upper and the lower wick, as log ratios.
    is_copy : bool
        Whether the adjusted close equals the close.
    typical : float
        Log volume to begin with where there is none: the median of the fitted ones.
    share : float
        Share of the steps in which the close changes.
    """

    word: ClassVar[str] = "bar"
    lag: ClassVar[int] = 1

    asset: Name
    parts: dict[Word, Index]
    mean: Amount
    drift: Amount
    knees: Annotated[tuple[Knee, Knee], TupleOfParts[0]]
    is_copy: bool
    typical: Annotated[float, Field(ge=-MOST, le=MOST)]
    share: Annotated[float, Field(gt=0, le=1)] = 1.0

    @classmethod
    def fit(
        cls, asset: str, parts: dict[str, int], values: FloatArray, mean: float, drift: float, share: float = 1.0
    ) -> Self:
        """Fit to (T, c) values of the asset's columns; mean, drift and share as of the class."""
        column = dict(zip(parts, values.T, strict=True))
        knees = (1.0, 1.0)
        if "high" in parts:
            knees = (_knee(_wicks(column)[0]), _knee(_wicks(column)[1]))
        is_copy = "price" in parts and np.array_equal(column["price"], column["close"], equal_nan=True)
        volumes = column.get("volume", np.array([]))
        traded = volumes[volumes > 0.0]
        typical = float(np.median(np.log(traded))) if len(traded) else 0.0
        return cls(asset, parts, mean, drift, knees, is_copy, typical, share)

    @property
    def columns(self) -> tuple[int, ...]:
        return tuple(self.parts.values())

    @property
    def n_states(self) -> int:
        return int("volume" in self.parts)

    @property
    def channels(self) -> tuple[Channel, ...]:
        shapes = ["gap", "upper wick", "lower wick"] if "high" in self.parts else []
        shapes += ["adjustment"] if "price" in self.parts and not self.is_copy else []
        found = [Channel(f"{self.asset} {word}", self.asset, "shape") for word in shapes]
        if "volume" in self.parts:
            found.append(Channel(f"{self.asset} volume", self.asset, "volume"))
        return (Channel(self.asset, self.asset, "return"), *found)

    def encode(self, values: FloatArray) -> FloatArray:
        column = dict(zip(self.parts, values.T, strict=True))
        logs = np.log(column["close"])
        previous = np.concatenate([[np.nan], fill_forward(logs)[:-1]])
        channels = [logs - previous - self.mean]
        if "high" in self.parts:
            upper, lower = _wicks(column)
            channels.append(np.log(column["open"]) - previous)
            channels += [floored_log(upper, self.knees[0]), floored_log(lower, self.knees[1])]
        if "price" in self.parts and not self.is_copy:
            channels.append(changes(np.log(column["price"]) - logs))
        if "volume" in self.parts:
            channels.append(relative_volumes(column["volume"], self.typical)[0])
        encoded = np.column_stack(channels)
        encoded[np.isnan(previous)] = np.nan
        return encoded

    def decode(self, steps: FloatArray, start: FloatArray) -> FloatArray:
        at = {part: position for position, part in enumerate(self.parts)}
        channels = list(np.moveaxis(steps, -1, 0))
        first = np.log(start[:, at["close"]])
        logs = add_up(drifting(channels.pop(0), self.mean, self.drift), first)
        found = {"close": bounded_exp(logs)}
        if "high" in self.parts:
            found["open"] = bounded_exp(before(logs, first) + channels.pop(0))
            top, bottom = np.maximum(found["open"], found["close"]), np.minimum(found["open"], found["close"])
            found["high"] = top * bounded_exp(floored_exp(channels.pop(0), self.knees[0]))
            found["low"] = bottom * bounded_exp(-floored_exp(channels.pop(0), self.knees[1]))
        if self.is_copy:
            found["price"] = found["close"]
        elif "price" in self.parts:
            ratio = add_up(channels.pop(0), np.log(start[:, at["price"]]) - first)
            found["price"] = found["close"] * bounded_exp(ratio)
        if "volume" in self.parts:
            has_state = start.shape[1] > len(self.parts)
            level = start[:, -1] if has_state else initial_level(start[:, at["volume"]], self.typical)
            found["volume"] = absolute_volumes(channels.pop(0), level)
        return np.stack([found[part] for part in self.parts], axis=-1)

    def state(self, values: FloatArray) -> FloatArray:
        last = fill_forward(values)[-1]
        if "volume" not in self.parts:
            return np.asarray(last)
        volumes = values[:, list(self.parts).index("volume")]
        return np.append(last, relative_volumes(volumes, self.typical)[1])

    def moves(self, steps: FloatArray, start: FloatArray) -> FloatArray:
        return drifting(steps[..., 0], self.mean, self.drift)

    def to_dict(self) -> dict[str, Any]:
        return {"codec": self.word, **asdict(self)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return restore(cls, without(data, "codec"))

    def check(self) -> None:
        """Refuse parts that make no bar."""
        ranges = {"open", "high", "low"} & self.parts.keys()
        require(
            self.parts.keys() <= set(PARTS) and "close" in self.parts, "the parts of a bar with a close are expected"
        )
        require(len(ranges) in (0, 3), "open, high and low belong together")
        require(len(set(self.parts.values())) == len(self.parts), "two parts are one column")
        require(not self.is_copy or "price" in self.parts, "there is no price that the close could be copied to")


def _wicks(column: dict[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """How far high and low lie beyond open and close, as log ratios of at least 0."""
    top = np.maximum(column["open"], column["close"])
    bottom = np.minimum(column["open"], column["close"])
    return np.maximum(np.log(column["high"] / top), 0.0), np.maximum(np.log(bottom / column["low"]), 0.0)


def _knee(wicks: FloatArray) -> float:
    positive = wicks[wicks > 0.0]
    return float(np.quantile(positive, KNEE_SHARE)) if len(positive) else 1.0
