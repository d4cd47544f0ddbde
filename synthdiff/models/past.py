"""What a fit keeps of its history besides the network: extremes of its windows, and what came along.

The history itself is not kept. That a scenario has never happened can be said all the same, as can which of the states
that paths start in belong to a regime.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from pydantic import PlainValidator

from synthdiff.codecs.series.channel import FloatArray, IntArray
from synthdiff.codecs.series.covariate import CovariateBlock
from synthdiff.codecs.series.price import PriceCodec
from synthdiff.codecs.series.volatility import burn_in
from synthdiff.data.market import Market
from synthdiff.data.measure import MEASURES, Measure
from synthdiff.data.request import MARKET, PORTFOLIO, Subjects
from synthdiff.models.series_fit import N_STARTS, SeriesFit
from synthdiff.record import LARGEST, Name, numbers, read_array, require, restore

N_HORIZONS, LONGEST = 12, 512
"""Lengths of the windows whose extremes are kept, up to a third of the history."""
OVERLAP = 20
"""Windows begin a twentieth of their length apart."""
NEAREST, LEAST_NEAREST = 0.1, 50
"""Share and number of the starts whose amounts are nearest to what is asked for."""
LEAST_STARTS = 20
MOST_VALUES = 1 << 24
Horizons = Annotated[FloatArray, numbers(most=1 << 10, low=1.0, high=1e9, rising=True)]
Extremes = Annotated[FloatArray, numbers(2, most=1 << 11, low=-1e300, high=1e300, unknown=True)]


@dataclass(frozen=True, eq=False)
class Past:
    """What is kept.

    Attributes
    ----------
    horizons : (H,) float64
        Steps of windows.
    extremes : dict of str to (2, H) float64
        Lowest and highest measures of the windows, by keys such as ``"SPX.return"``.
    starts : (N, C) float64
        Covariates in the step after each moment that paths may start at.
    end : (P, C) float64
        Covariates of the last steps.
    """

    horizons: Horizons = field(default_factory=lambda: np.empty(0))
    extremes: dict[Name, Extremes] = field(default_factory=dict)
    starts: Table = field(default_factory=lambda: np.empty((0, 0)))
    end: Table = field(default_factory=lambda: np.empty((0, 0)))

    @classmethod
    def of(cls, market: Market, codec: PriceCodec, subjects: Subjects, moments: IntArray, memory: int) -> Self:
        """Look at a history.

        Parameters
        ----------
        market : Market
        codec : PriceCodec
        subjects : Subjects
        moments : (N,) int64
            Steps that paths may start before.
        memory : int
            P.
        """
        channels = codec.encode(market.values)
        shown = [k for k, channel in enumerate(codec.channels) if channel.kind == "covariate"]
        covariates = channels[:, shown]
        returns = _real_returns(market, codec, channels)
        n_steps = len(returns)
        horizons = np.unique(np.geomspace(1, max(min(LONGEST, n_steps // 3), 1), N_HORIZONS).round().astype(np.int64))
        extremes = {
            f"{measure.name}.{measure.kind}": _extremes(measure, returns, codec.kinds, horizons)
            for measure in _measures(subjects)
        }
        last = moments.clip(max=n_steps - 1)
        return cls(horizons.astype(np.float64), extremes, covariates[last], covariates[-memory:])

    def extreme(self, measure: Measure, n_steps: int) -> tuple[float, float] | None:
        """Lowest and highest value of a measure in windows of the history, about; None where it is not known."""
        found = self.extremes.get(f"{measure.name}.{measure.kind}")
        if found is None or not len(self.horizons) or n_steps > self.horizons[-1]:
            return None
        at, grid = np.log(n_steps), np.log(self.horizons)
        low, high = (float(np.interp(at, grid, side)) for side in found)
        return low, high

    def matching_starts(self, given: dict[str, FloatArray], block: CovariateBlock) -> IntArray:
        """Starts at which covariates were what is asked for in the first step, the nearest ones of amounts.

        Returns
        -------
        (n,) int64
            All of them where too few match.
        """
        every = np.arange(len(self.starts))
        distance = np.zeros(len(every))
        has_amount = False
        for name, course in given.items():
            place = block.names.index(name)
            known, asked = self.starts[:, place], float(course[0])
            if len(block.levels[place]):
                distance[known != asked] = np.inf
            else:
                score = block.scores[place]
                gap = np.abs(score.encode(known) - score.encode(np.array([asked])))
                distance += np.where(np.isnan(gap), np.inf, gap)
                has_amount = True
        fits = np.flatnonzero(np.isfinite(distance))
        if len(fits) < LEAST_STARTS:
            return every
        if has_amount:
            n = max(int(NEAREST * len(every)), LEAST_NEAREST)
            fits = np.sort(fits[np.argsort(distance[fits], kind="stable")[:n]])
        return np.asarray(fits)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "horizons": self.horizons.tolist(),
            "extremes": {key: np.round(value, 6).tolist() for key, value in self.extremes.items()},
            "starts": _listed(self.starts),
            "end": _listed(self.end),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any] | None) -> Self:
        """Restore what `to_dict` wrote; None: nothing is kept.

        Raises
        ------
        ValueError
            It is nothing that `to_dict` writes; pydantic's ValidationError says where.
        """
        return cls() if data is None else restore(cls, data)

    def check(self) -> None:
        """Refuse extremes of other lengths of windows."""
        n_horizons = len(self.horizons)
        require(all(x.shape == (2, n_horizons) for x in self.extremes.values()), f"two times {n_horizons} extremes")
        require(self.starts.shape[1] == self.end.shape[1], "tables of other covariates")


def keep_past(fitted: SeriesFit, market: Market, subjects: Subjects) -> None:
    """Note in a fit's record what of its history is kept."""
    n_steps = len(market.values) - fitted.codec.lag
    moments = np.unique(np.linspace(burn_in(n_steps), n_steps, N_STARTS).round().astype(np.int64))
    fitted.training["past"] = Past.of(market, fitted.codec, subjects, moments, fitted.sampler.memory).to_dict()


def _measures(subjects: Subjects) -> list[Measure]:
    """All that extremes are kept of."""
    names = list(subjects.assets)
    if "return" in subjects.kinds:
        names += [name for name in (MARKET, PORTFOLIO) if name not in names]
    return [subjects.measure(name, kind) for name in names for kind in MEASURES]


def _real_returns(market: Market, codec: PriceCodec, channels: FloatArray) -> FloatArray:
    """Returns and differences of the assets as they were, (T, n_assets): the drift is that of the history."""
    first = market.values[max(codec.lag - 1, 0)]
    returns: FloatArray = codec.returns(channels[None], first)[0]
    for a, series in enumerate(codec.series[: codec.n_assets]):
        returns[:, a] += getattr(series, "mean", 0.0) - getattr(series, "drift", getattr(series, "mean", 0.0))
    return returns


def _extremes(measure: Measure, returns: FloatArray, kinds: tuple[Any, ...], horizons: IntArray) -> FloatArray:
    """Lowest and highest value over windows of each length, (2, H)."""
    about = [a for a, kind in enumerate(kinds) if kind == "return"] if measure.asset is None else [measure.asset]
    observed = ~np.isnan(returns[:, about])
    first = int(observed.argmax(axis=0).max())
    filled = np.nan_to_num(returns[first:])
    found = np.full((2, len(horizons)), np.nan)
    for h, horizon in enumerate(horizons):
        if horizon > len(filled):
            found[:, h] = found[:, h - 1]
            continue
        every = sliding_window_view(filled, int(horizon), axis=0)[:: max(1, int(horizon) // OVERLAP)]
        values = measure.of(every.transpose(0, 2, 1), kinds)
        found[:, h] = values.min(), values.max()
    return found


def _listed(table: FloatArray) -> dict[str, Any]:
    """A table as JSON holds it: None where nothing is known."""
    return {"shape": list(table.shape), "values": [None if np.isnan(x) else float(x) for x in table.ravel()]}


def _array(data: Any) -> FloatArray:
    """Restore what `_listed` wrote.

    Raises
    ------
    ValueError
        It is no table of numbers.
    """
    require(isinstance(data, dict) and data.keys() == {"shape", "values"}, "a shape and values are expected")
    require(isinstance(data["values"], list), "a list of numbers is expected")
    values = read_array([np.nan if x is None else x for x in data["values"]], 1, MOST_VALUES)
    shape = read_array(data["shape"], 1, 2, whole=True)
    require(len(shape) == 2 and bool(((shape >= 0) & (shape <= MOST_VALUES)).all()), "a table is expected")
    require(int(shape[0]) * int(shape[1]) == len(values), "the values do not fit the shape")
    require((np.isnan(values) | (np.abs(values) <= LARGEST)).all(), f"numbers up to {LARGEST:g} are expected")
    return np.asarray(values.reshape(shape), dtype=np.float64)


Table = Annotated[FloatArray, PlainValidator(_array)]
