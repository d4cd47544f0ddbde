"""What may have happened between two parts of a history: paths that start where one ends and lead to the other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeGuard

import numpy as np

from synthdiff.codecs.series.change import LevelCodec, MovingSeries, ReturnCodec
from synthdiff.codecs.series.channel import FloatArray, SeriesCodec
from synthdiff.codecs.series.history import StepHistory
from synthdiff.codecs.series.window import Track, WindowState
from synthdiff.data.market import Market
from synthdiff.data.market.calendar import next_dates
from synthdiff.data.market.moment import DateArray
from synthdiff.data.paths import Paths
from synthdiff.errors import ConfigError, DataError
from synthdiff.models.course import SeriesCourse
from synthdiff.models.series_fit import SeriesFit, end_of
from synthdiff.runtime import spawn_seed
from synthdiff.sampling.bridge import bridge_moves, log_likelihood
from synthdiff.sampling.path import STRIDE

AFTERWARDS = 16
"""Known steps after the gap that say how volatile it was."""


@dataclass(frozen=True, eq=False)
class Gap:
    """A gap in a history.

    Attributes
    ----------
    fitted : SeriesFit
    before, after : Market
    n_steps : int
        G: missing steps.
    dates : (G,) datetime64[ns] or None
    """

    fitted: SeriesFit
    before: Market
    after: Market
    n_steps: int
    dates: DateArray | None

    @classmethod
    def between(cls, fitted: SeriesFit, before: Market, after: Market, n_steps: int | None = None) -> Gap:
        """The gap between two parts of a history; its steps are counted on the calendar where nobody says how many.

        Raises
        ------
        DataError
            The model is of bars, volumes or covariates; the second part does not come after the first.
        ConfigError
            It is not known how many steps are missing, or there cannot be so many.
        """
        for series in fitted.codec.series:
            if not isinstance(series, MovingSeries | LevelCodec):
                name = series.channels[0].asset
                raise DataError(
                    f"{name!r} is more than a price, a return or a level (its kind is {series.word!r}), and gaps of "
                    "such a series cannot be filled; fit a model of its close or price alone",
                    column=name,
                )
        n_steps, dates = _dates(before, after, n_steps)
        gap = cls(fitted, before, after, n_steps, dates)
        most = fitted.sampler.window - fitted.sampler.memory - gap.unknown
        if not 1 <= n_steps <= most:
            raise ConfigError(f"{n_steps} steps are missing; this model fills gaps of 1 to {most}")
        return gap

    def draw(self, n_paths: int, random_state: int) -> Paths:
        """Draw what may have happened, with weights."""
        sampler, codec = self.fitted.sampler, self.fitted.sampler.codec
        start = end_of(self.track, sampler.memory).take(np.zeros(n_paths, dtype=np.int64))
        rng = np.random.default_rng(spawn_seed(random_state, "infill"))
        n_drawn = self.n_steps + (self.unknown if self.is_shown else min(self.unknown, 1))
        noise = rng.standard_normal((n_paths, n_drawn, codec.n_series))
        drawn = sampler.between(noise, start, self._shown(n_drawn))
        ends = min(self.n_steps + 1, n_drawn)
        steps, weights = self._arrived(drawn.steps[:, :ends]), np.full(n_paths, 1 / n_paths)
        if codec.filter.n_series:
            moves, log_weights = self._bridged(drawn.series[:, :ends, : codec.filter.n_series], start.state)
            steps[..., list(codec.followed)] = codec.filter.join(moves)
            weights = np.exp(log_weights - log_weights.max())
        values = self.fitted.codec.start(self.before.values)
        course = SeriesCourse(self.fitted, self.n_steps, start, values, self.dates, self.before.dates)
        return course.paths(steps[:, : self.n_steps], weights / weights.sum())

    @cached_property
    def track(self) -> Track:
        """The first part, followed."""
        return self.fitted.follow(self.before)[0]

    @cached_property
    def known(self) -> FloatArray:
        """Channels of the second part, (M, K); in the first row, those of the whole gap."""
        codec = self.fitted.codec
        last = codec.start(self.before.values)[: len(codec.names)]
        return codec.encode(np.concatenate([last[None], self.after.values]))[-len(self.after.values) :]

    @property
    def unknown(self) -> int:
        """First steps of the second part whose series are not known: what they start from is in the gap."""
        moving = any(map(_adds_up, self.fitted.codec.series))
        return max(int(moving), self.fitted.sampler.codec.reversion.n_rows)

    @property
    def is_shown(self) -> bool:
        """Whether the network can be shown what comes after: not if that is divided by volatilities of the gap."""
        codec = self.fitted.sampler.codec
        return codec.scaling == "start" or not codec.followed

    @cached_property
    def totals(self) -> FloatArray:
        """What the steps from the last known values to the next ones add up to, (K,); NaN where that is not known."""
        totals = np.full(len(self.fitted.codec.series), np.nan)
        for k, series in enumerate(self.fitted.codec.series):
            if _adds_up(series):
                totals[k] = self.known[0, k] + series.mean - (self.n_steps + 1) * series.drift
        return totals

    def _plain(self, steps: FloatArray) -> StepHistory:
        """Steps of all channels, (M, K), of assets that trade in each of them."""
        means = np.array([getattr(series, "mean", 0.0) for series in self.fitted.codec.series])
        return StepHistory.plain(steps, means)

    def _shown(self, n_drawn: int) -> FloatArray:
        """z_0 of what comes after the steps that are drawn, (A, D)."""
        codec = self.fitted.sampler.codec
        late = (
            codec.follow(self._plain(self.known)).series[self.unknown :]
            if self.is_shown
            else np.empty((0, codec.n_series))
        )
        n_known = self.fitted.sampler.memory + n_drawn
        n_fitting = min(-n_known % STRIDE or STRIDE, self.fitted.sampler.window - n_known)
        scale = codec.filter.log_volatility(self.track.states.take(slice(-1, None)))[:, None]
        rng = np.random.default_rng(0)  # only where among the scores of a frequent value one lies
        return np.asarray(codec.encode_series(late[None, :n_fitting], scale, rng)[0])

    def _arrived(self, steps: FloatArray) -> FloatArray:
        """Steps, (n, G + 1, K), of all channels but the followed ones moved evenly so that they arrive."""
        codec, n_steps = self.fitted.sampler.codec, steps.shape[1]
        share = np.arange(1, n_steps + 1) / n_steps
        for k in codec.others:
            if k in codec.reverting:
                steps[..., k] += np.nan_to_num(self.known[0, k] - steps[:, -1, k])[:, None] * share
            elif k not in codec.levels:
                steps[..., k] += np.nan_to_num(self.totals[k] - steps[..., k].sum(1))[:, None] / n_steps
        steps[..., list(codec.levels)] = codec.reversion.bounded(steps[..., list(codec.levels)])
        return steps

    def _bridged(self, moves: FloatArray, state: WindowState) -> tuple[FloatArray, FloatArray]:
        """Followed series that arrive, and the logarithms of what each path weighs."""
        codec = self.fitted.sampler.codec
        volatility, n_series = codec.filter, codec.filter.n_series
        totals = self.totals[list(codec.followed)]
        reached = ~np.isnan(totals)
        loadings = volatility.join(np.eye(n_series))[:, reached]
        mixing = codec.mixing[:, :n_series]
        log_volatility = volatility.trace(moves, state)
        moved, log_weights = bridge_moves(moves, log_volatility, mixing.T @ mixing, loadings, totals[reached])
        if not self.is_shown:
            first = moves.shape[1] - self.n_steps  # what leads to the first known prices is among the moves
            after = volatility.split(self.known[first : first + AFTERWARDS, list(codec.followed)])
            log_weights = log_weights + log_likelihood(after, volatility.advance(moved, state), volatility)[0]
        return moved, log_weights


def _adds_up(series: SeriesCodec) -> TypeGuard[MovingSeries]:
    """Whether values are sums of steps: of prices and levels that wander, not of returns."""
    return isinstance(series, MovingSeries) and not isinstance(series, ReturnCodec)


def _dates(before: Market, after: Market, n_steps: int | None) -> tuple[int, DateArray | None]:
    """How many steps are missing, and their dates."""
    if before.dates is None or after.dates is None:
        if n_steps is None:
            raise ConfigError("without dates it is not known how many steps are missing; say n_steps")
        return n_steps, None
    first = after.dates[0]
    if first <= before.dates[-1]:
        raise DataError(
            f"what comes after begins at {first.astype('datetime64[s]')}, "
            f"before the first part ends at {before.dates[-1].astype('datetime64[s]')}"
        )
    spacing = np.median(np.diff(before.dates[-1000:]).astype(np.int64))
    most = int(2 * (first - before.dates[-1]).astype(np.int64) / spacing) + 2
    dates = next_dates(before.dates, most)
    dates = dates[dates < first]
    n_steps = len(dates) if n_steps is None else n_steps
    if n_steps > len(dates):
        raise ConfigError(f"{n_steps} steps are said to be missing, where the calendar has room for {len(dates)}")
    return n_steps, dates[:n_steps]
