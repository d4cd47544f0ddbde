"""Returns of assets as series whose volatility is followed, and back: zero returns, seasons and holes taken care of.

A return is first told from what is none: steps in which an asset is shut, or its price did not change, have no return,
and holes are filled in by draws (`imputation`). It is divided by what is usual at its time (`season`). So every asset
has a return in every step, the common factor always means the same, and what was not observed is marked. On the way
back, assets that do not move keep their price to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Self

import numpy as np

from synthdiff.codecs.series.channel import BoolArray, FloatArray, IntArray
from synthdiff.codecs.series.clock import Times
from synthdiff.codecs.series.history import StepHistory
from synthdiff.codecs.series.imputation import ObservedReturns, ReturnImputation
from synthdiff.codecs.series.season import SeasonalVolatility
from synthdiff.codecs.series.volatility import VolatilityFilter, VolatilityState
from synthdiff.codecs.series.zero_return import ZeroReturnChain
from synthdiff.data.market.moment import DateArray
from synthdiff.record import LARGEST, numbers, read_as, require, restore


@dataclass(frozen=True, eq=False)
class FollowedHistory:
    """A history of returns whose volatility was followed.

    Attributes
    ----------
    series : (T, K) float64
        The market, where there is one, and what it leaves of each asset, over what is usual at the time; no holes.
    observed : (T, K) bool
        Where a series was observed; elsewhere it is drawn.
    state : VolatilityState
        Before each step and after the last, T + 1.
    runs : (T + 1, C) int64
        As of `ZeroReturnChain.follow`.
    """

    series: FloatArray
    observed: BoolArray
    state: VolatilityState
    runs: IntArray


@dataclass(frozen=True, eq=False)
class FollowedReturns:
    """Between returns of A assets and K series with a volatility.

    Attributes
    ----------
    means : (A,) float64
        As of `StepHistory`.
    zeros : ZeroReturnChain
    times : Times
    season : SeasonalVolatility
    imputation : ReturnImputation
    filter : VolatilityFilter
    """

    means: Annotated[FloatArray, numbers(low=-LARGEST, high=LARGEST)]
    zeros: Annotated[ZeroReturnChain, read_as(ZeroReturnChain)]
    times: Annotated[Times, read_as(Times)]
    season: Annotated[SeasonalVolatility, read_as(SeasonalVolatility)]
    imputation: Annotated[ReturnImputation, read_as(ReturnImputation)]
    filter: Annotated[VolatilityFilter, read_as(VolatilityFilter)]

    @classmethod
    def fit(cls, history: StepHistory) -> Self:
        """Fit to the history of A assets."""
        zeros = ZeroReturnChain.fit(history.is_zero, history.known)
        times, season = Times(np.zeros(1, dtype=np.int64)), SeasonalVolatility.flat(len(history.means))
        idle = _idle(history, zeros)
        if history.moments is not None:
            times = Times.fit(history.moments)
            single = np.where(idle | (history.spans > 1), np.nan, history.values)
            season = SeasonalVolatility.fit(single, history.moments, history.is_open, times)
        observed = _observed(history, idle, season, times)
        imputation = ReturnImputation.fit(observed)
        returns, seen = imputation.complete(observed) / observed.usual, observed.seen
        volatility = VolatilityFilter.fit(returns, seen, ~idle & ~np.isnan(history.values) | seen, idle)
        return cls(history.means, zeros, times, season, imputation, volatility)

    def follow(self, history: StepHistory) -> FollowedHistory:
        """Follow the volatility of a history of the same assets."""
        observed, returns = self._completed(history)
        series = self.filter.split(returns)
        state = self.filter.follow(np.where(self.filter.moving(~observed.idle), series, np.nan))
        seen = self.filter.moving(observed.seen)
        return FollowedHistory(series, seen, state, self.zeros.follow(history.is_zero, history.known))

    def scaled(self, history: StepHistory) -> FloatArray:
        """Return the returns of single steps over what is usual at their time, (T, A); NaN where there is none."""
        observed, returns = self._completed(history)
        return np.where(observed.seen, returns, np.nan)

    def observed(self, history: StepHistory) -> ObservedReturns:
        """Return what is known of the returns of a history."""
        return _observed(history, _idle(history, self.zeros), self.season, self.times)

    def _completed(self, history: StepHistory) -> tuple[ObservedReturns, FloatArray]:
        """What is known of the returns, and returns over what is usual without holes, (T, A)."""
        observed = self.observed(history)
        return observed, self.imputation.complete(observed) / observed.usual

    def log_scale(self, moments: DateArray | None, is_open: BoolArray) -> FloatArray:
        """Return the logarithm of what is usual in L steps, (L, A).

        Parameters
        ----------
        moments : (L + 1,) datetime64 or None
            As of `StepHistory`.
        is_open : (L, A) bool
        """
        return self.season.log_scale(moments, is_open, self.times)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        parts = {name: getattr(self, name).to_dict() for name in self.__dataclass_fields__ if name != "means"}
        return {"means": self.means.tolist(), **parts}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote."""
        return restore(cls, data)

    def check(self) -> None:
        """Refuse parts that are of other assets."""
        n = len(self.means)
        sizes = {self.zeros.n_assets, len(self.season.power), len(self.imputation.scale)}
        require(sizes == {n}, f"parts of {n} assets are expected")
        require(
            not n or self.season.by_time.shape[1] == len(self.times), "a scale for each time of the day is expected"
        )
        require(self.filter.n_series == n + (n > 1), "the filter is of other assets")


def _idle(history: StepHistory, zeros: ZeroReturnChain) -> BoolArray:
    """Cells without a return, (T, A): the asset is shut, or it has a zero return."""
    return np.asarray(~history.is_open | zeros.taken(history.is_zero, history.known))


def _observed(history: StepHistory, idle: BoolArray, season: SeasonalVolatility, times: Times) -> ObservedReturns:
    return ObservedReturns(
        history.totals, history.spans, idle, np.exp(season.log_scale(history.moments, history.is_open, times))
    )
