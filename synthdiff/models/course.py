"""How a fitted model turns noise into paths: where they start, what the network is shown, what they are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from synthdiff.codecs.series.bar_channel import bar_places, shut_bars
from synthdiff.codecs.series.change import ReturnCodec
from synthdiff.codecs.series.channel import FloatArray, IntArray
from synthdiff.data.market.convention import from_log
from synthdiff.data.market.moment import DateArray
from synthdiff.data.paths import Event, Paths
from synthdiff.data.target import Target
from synthdiff.models.past import Past
from synthdiff.models.series_fit import SeriesFit, channel_places
from synthdiff.runtime import spawn_seed
from synthdiff.sampling.path import Finish, PathStart, Sessions
from synthdiff.sampling.pilot import RoughCourse
from synthdiff.sampling.pool import CHUNK, unguided_chunk

ROUGH_STEPS = (1, 2, 4)
"""Of the solver, for rough versions of paths. Where the network has little to say, one step is nearly right: of 20
stocks, returns over 63 days are within 1.4 points of the real ones; of the S&P 500, whose volatility is the network's,
7 with one step and 3 with two."""
N_RESTS = 1_000
"""Paths that tell how often assets move in them."""
MOST_DRIFT = 5.0
"""Times that the drift of a move is raised, at most, where an asset is expected to rest."""


@dataclass(frozen=True, eq=False)
class SeriesCourse:
    """What `synthdiff.sampling.pilot.Course` asks for, of a fitted model.

    Attributes
    ----------
    fitted : SeriesFit
    n_steps : int
    starts : PathStart
        N states, all equally likely.
    start_values : (C + n_states,) float64
        What the steps start from.
    dates : (n_steps,) datetime64[ns] or None
    before : (n,) datetime64[ns] or None
        Dates of the history that the steps go on from.
    shown : (P + n_steps, W) float64 or None
        Covariates as the network is shown them, of the past that `starts` hold and of the steps; None: not known.
    recalibrated : bool
        Whether each asset gets the distribution of steps that it had over the history.
    """

    fitted: SeriesFit
    n_steps: int
    starts: PathStart
    start_values: FloatArray
    dates: DateArray | None
    before: DateArray | None = None
    shown: FloatArray | None = None
    recalibrated: bool = False

    @property
    def n_channels(self) -> int:
        """D: channels of noise."""
        return self.fitted.sampler.n_noise

    @property
    def start_summary(self) -> FloatArray:
        """Where the market stands in each of the states, (N, S)."""
        return self.fitted.sampler.codec.summary(self.starts.state)

    @property
    def roughs(self) -> tuple[RoughCourse, ...]:
        """The same with fewer steps of the solver."""
        sampler = self.fitted.sampler
        fewer = ((n, replace(sampler, n_steps=n)) for n in ROUGH_STEPS if 2 * n < sampler.n_steps)
        return tuple(
            RoughCourse(replace(self, fitted=replace(self.fitted, sampler=rough)), n / sampler.n_steps)
            for n, rough in fewer
        )

    def run(self, noise: FloatArray, start: IntArray) -> FloatArray:
        """Channels, (n, n_steps, K), those that come along 0, from noise and the states that paths start in."""
        codec, sampler = self.fitted.codec, self.fitted.sampler
        own, _ = channel_places(codec)
        shown = None if self.shown is None else np.broadcast_to(self.shown, (len(noise), *self.shown.shape))
        steps = np.zeros((len(noise), self.n_steps, len(codec.channels)))
        steps[..., own] = sampler.draw(noise, self.starts.take(start), shown, self.sessions, self.finish)
        return steps

    @cached_property
    def sessions(self) -> Sessions:
        """When the assets trade in the steps of the paths."""
        return self.fitted.sessions(self.dates, self.before, self.n_steps)

    @cached_property
    def finish(self) -> Finish:
        """What is done to returns that were drawn: their quantiles, and their drift where assets rest more often."""
        recalibrate = self.fitted.output.apply if self.recalibrated else None
        return Finish(recalibrate, self.drift_of_moves(self.sessions))

    def drift_of_moves(self, sessions: Sessions) -> FloatArray | None:
        """What a move needs to drift as asked for where paths rest more or less often than the history did, (A,)."""
        sampler = self.fitted.sampler
        zeros, followed = sampler.codec.returns.zeros, sampler.codec.followed
        if not len(zeros):
            return None
        rng = np.random.default_rng(spawn_seed(0, "rest"))
        at = rng.integers(0, len(self.starts), N_RESTS)
        noise = rng.standard_normal((N_RESTS, self.n_steps, len(zeros)))
        is_zero, _ = zeros.run(noise, self.starts.state.runs[at], sessions.is_open)
        moving = (sessions.is_open & ~is_zero).mean(axis=(0, 1))
        usual, drift = (x[list(followed)] for x in (self.fitted.codec.shares, self.fitted.codec.drifts))
        return np.asarray(drift * ((usual / np.maximum(moving, 1e-9)).clip(0.0, MOST_DRIFT) - 1))

    def returns(self, steps: FloatArray) -> FloatArray:
        """Log returns or differences of the assets, (n, n_steps, n_assets), of channels."""
        return self.fitted.codec.returns(steps, self.start_values)

    def measure(self, paths: FloatArray, target: Target) -> FloatArray:
        """What a target is about, (n, k), of channels."""
        return target.values(self.returns(paths), self.fitted.codec.kinds)

    def chunks(self, n_paths: int, random_state: int) -> Iterator[FloatArray]:
        """Channels of paths as they are by themselves, some at a time."""
        for chunk in range(-(-n_paths // CHUNK)):
            yield unguided_chunk(self, chunk, random_state)[: n_paths - chunk * CHUNK]

    def paths(self, steps: FloatArray, weights: FloatArray | None = None, event: Event | None = None) -> Paths:
        """Channels as paths, in the units that went in."""
        codec = self.fitted.codec
        is_open = codec.is_open(self.dates, self.n_steps)
        steps = steps if is_open.all() else shut_bars(bar_places(codec), steps.copy(), is_open)
        values = codec.decode(steps, self.start_values)
        kept = [c for c, role in enumerate(codec.layout.roles) if role != "covariate"]
        volumes = [c for c, role in enumerate(codec.layout.roles) if role == "volume"]
        values[..., volumes] = np.nan_to_num(values[..., volumes])  # where nothing is traded
        return Paths.of(
            self.returns(steps),
            codec.assets,
            values=values[..., kept],
            names=[codec.names[c] for c in kept],
            start=self.start_values[: len(codec.names)][kept],
            dates=self.dates,
            weights=weights,
            kinds=codec.kinds,
            event=event,
        )

    def rows(self, steps: FloatArray) -> FloatArray:
        """Steps, (n, n_assets), of channels (n, n_steps, K), as other libraries take returns.

        Simple returns of prices, returns as they went in, differences of levels.
        """
        codec = self.fitted.codec
        returns = self.returns(steps)
        for a, kind in enumerate(codec.kinds):
            series = codec.series[a]
            convention = series.convention if isinstance(series, ReturnCodec) else "simple"
            returns[..., a] = from_log(returns[..., a], convention) if kind == "return" else returns[..., a]
        return np.asarray(returns.reshape(-1, returns.shape[-1]))


def nowhere(fitted: SeriesFit, rows: Any) -> PathStart:
    """Starts at moments of the history, where nothing of the past is shown."""
    states = fitted.starts.take(rows)
    n, n_series = len(states), fitted.sampler.codec.n_series
    return PathStart(states, np.empty((n, 0, n_series)), np.empty((n, 0, states.magnitude.shape[1])))


def values_anywhere(fitted: SeriesFit) -> FloatArray:
    """What paths that start at moments of the history start from, (C + n_states,).

    The last values of the history; of levels that are kept as they are nothing, as each path begins where they stood
    at its moment.
    """
    values = fitted.start_values.copy()
    kept = [column for series in fitted.codec.series if series.channels[0].persistent for column in series.columns]
    values[kept] = np.nan
    return values


def covariate_course(
    fitted: SeriesFit, given: dict[str, FloatArray], past: FloatArray, n_steps: int
) -> FloatArray | None:
    """Covariates as the network is shown them, (P + n_steps, W).

    Parameters
    ----------
    fitted : SeriesFit
    given : dict of str to (n_steps,) float64
        Those that are not named are not known.
    past : (P, C) float64
        Of the steps before; NaN where not known, as are codes that the fitted history does not have.
    n_steps : int

    Raises
    ------
    ConditioningError
        A code that the history does not have.
    """
    past = fitted.covariates.recognised(past)
    if not given and np.isnan(past).all():
        return None
    names = fitted.covariates.names
    ahead = np.full((n_steps, len(names)), np.nan)
    for name, course in given.items():
        ahead[:, names.index(name)] = course
    return fitted.covariates.encode(np.concatenate([past, ahead]))


def past_of(fitted: SeriesFit) -> Past:
    """What a fit keeps of its history; nothing of those that were saved before there was such a thing."""
    return Past.from_dict(fitted.training.get("past"))
