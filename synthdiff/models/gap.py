"""What may have happened between two parts of a history: paths that start where one ends and lead to the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeGuard

import numpy as np

from synthdiff.codecs.series.bar import BarCodec
from synthdiff.codecs.series.change import MovingSeries, ReturnCodec
from synthdiff.codecs.series.channel import BoolArray, FloatArray, IntArray, SeriesCodec
from synthdiff.codecs.series.history import StepHistory
from synthdiff.codecs.series.hole import weights_of_return
from synthdiff.codecs.series.window import Decoded, Track, WindowState
from synthdiff.data.market import Market
from synthdiff.data.market.calendar import next_dates
from synthdiff.data.market.moment import DateArray
from synthdiff.data.paths import Paths
from synthdiff.errors import ConfigError, DataError
from synthdiff.models.bar_gap import BarGap
from synthdiff.models.course import SeriesCourse
from synthdiff.models.gap_covariate import shown_covariates
from synthdiff.models.series_fit import SeriesFit, channel_places, end_of
from synthdiff.runtime import spawn_seed
from synthdiff.sampling.bridge import bridge_moves, covariance_of_sums, log_likelihood
from synthdiff.sampling.path import STRIDE, PathStart, Sessions

IMPOSSIBLE = 1e-12
"""Weight of what cannot have been, so that something is drawn where nothing else was."""
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
    covariates : (G, C) float64
        Covariates of the missing steps; NaN where not known.
    """

    fitted: SeriesFit
    before: Market
    after: Market
    n_steps: int
    dates: DateArray | None
    covariates: FloatArray

    @classmethod
    def between(cls, fitted: SeriesFit, before: Market, after: Market, n_steps: int | None = None) -> Gap:
        """Find the gap between two parts of a history; the calendar counts its steps where nobody says how many.

        Raises
        ------
        DataError
            The second part does not come after the first.
        ConfigError
            It is not known how many steps are missing, or there cannot be so many.
        """
        n_steps, dates = _dates(before, after, n_steps)
        gap = cls(fitted, before, after, n_steps, dates, np.full((n_steps, len(fitted.covariates.names)), np.nan))
        most = fitted.sampler.window - fitted.sampler.memory - gap.unknown
        if not 1 <= n_steps <= most:
            raise ConfigError(f"{n_steps} steps are missing; this model fills gaps of 1 to {most}")
        return gap

    def draw(self, n_paths: int, random_state: int) -> Paths:
        """Draw what may have happened, with weights."""
        codec, rng = self.fitted.codec, np.random.default_rng(spawn_seed(random_state, "infill"))
        steps, weights, drawn = self.lead(n_paths, rng)
        values, is_open = codec.start(self.before.values), codec.is_open(self.dates, self.n_steps)
        own, _ = channel_places(codec)
        whole = np.zeros((n_paths, self.n_steps, len(codec.channels)))
        bars = BarGap(self.fitted, self.after, self.known, self.arrivals, is_open, self._size)
        whole[..., own] = bars.along(steps, drawn, values, rng)
        course = SeriesCourse(self.fitted, self.n_steps, self._start, values, self.dates, self.before.dates)
        return course.paths(whole, weights / weights.sum())

    def lead(self, n_paths: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray, Decoded]:
        """Draw steps that lead to the first known values.

        Returns
        -------
        steps : (n_paths, n_led, K) float64
            Channels, but for covariates, of the gap and of the steps up to the last first known value.
        weights : (n_paths,) float64
            What each path weighs, in any unit.
        drawn : Decoded
            The steps as they were before they were led.
        """
        sampler, n_series = self.fitted.sampler, self.fitted.sampler.codec.n_series
        start = self._start.take(np.zeros(n_paths, dtype=np.int64))
        noise = rng.standard_normal((n_paths, self.n_drawn, sampler.n_noise))
        moving = self._moving(noise[..., n_series:], start, rng)
        shown = self._shown()
        along = self._shown_covariates(start.past.shape[1], len(shown))
        drawn = sampler.between(noise[..., :n_series], start, shown, along, None if moving.all() else moving)
        steps, moving = self._arrived(drawn.steps[:, : self.n_led]), moving[:, : self.n_led]
        codec, weights = sampler.codec, np.full(n_paths, 1 / n_paths)
        if codec.filter.n_series:
            series = drawn.series[:, : self.n_led, : codec.filter.n_series]
            moves, log_weights = self._bridged(series, moving, start.state)
            returns = codec.filter.join(moves) * self._size
            steps[..., list(codec.followed)] = np.where(moving, returns, -codec.returns.means)
            weights = np.exp(log_weights - log_weights.max())
        return steps, weights, drawn

    @cached_property
    def track(self) -> Track:
        """The first part, followed."""
        return self.fitted.follow(self.before)[0]

    @cached_property
    def later(self) -> StepHistory:
        """The second part; its first known steps are those since the first part."""
        codec, n_rows = self.fitted.codec, len(self.after.values)
        values = np.concatenate([self.before.values, self.after.values])
        dates = None if self.dates is None else np.concatenate([self.before.dates, self.after.dates])
        whole = codec.history(values, dates)
        own, _ = channel_places(codec)
        part = whole.take(own)
        spans, moments = part.spans[-n_rows:].copy(), part.moments
        is_open = codec.is_open(self.dates, self.n_steps)
        for k, series in enumerate(codec.series[: codec.n_assets]):
            if _adds_up(series):
                spans[: int(self.arrivals[k]) + 1, k] += is_open[:, k].sum()
        if self.dates is not None and moments is not None:
            moments = np.concatenate([self.dates[-1:], moments[-n_rows:]])
        return StepHistory(part.values[-n_rows:], spans, part.is_open[-n_rows:], part.means, moments)

    @cached_property
    def known(self) -> FloatArray:
        """Channels of the second part, (M, K); in the first row, those of the whole gap."""
        codec = self.fitted.codec
        own, _ = channel_places(codec)
        return codec.encode(np.concatenate([self.before.values, self.after.values]))[-len(self.after.values) :, own]

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
    def arrivals(self) -> IntArray:
        """First row of the second part in which each asset is known, (n_assets,); 0 where it is too late to matter."""
        seen = ~np.isnan(self.known[:, : self.fitted.codec.n_assets])
        room = self.fitted.sampler.window - self.fitted.sampler.memory - self.n_steps
        first = np.where(seen.any(axis=0), seen.argmax(axis=0), 0)
        return np.where(first < room, first, 0)

    @property
    def n_drawn(self) -> int:
        """Steps that are drawn: the gap, and those that lead to the first known values."""
        first = int(self.arrivals.max(initial=0))
        least = self.unknown if self.is_shown else min(self.unknown, 1)
        return self.n_steps + (max(least, first + 1) if first else least)

    @property
    def n_led(self) -> int:
        """Steps, of those that are drawn, up to the last first known value."""
        return min(self.n_steps + 1 + int(self.arrivals.max(initial=0)), self.n_drawn)

    @cached_property
    def targets(self) -> FloatArray:
        """Step to each asset's first known value, since the last one before the gap, (n_assets,); NaN if not known."""
        n_assets = self.fitted.codec.n_assets
        return np.asarray(self.known[self.arrivals, np.arange(n_assets)])

    @cached_property
    def totals(self) -> FloatArray:
        """What the moves to the first known values add up to, drift included, (n_assets,); NaN if not known."""
        series = self.fitted.codec.series[: self.fitted.codec.n_assets]
        return np.array([x + s.mean if _adds_up(s) else np.nan for x, s in zip(self.targets, series, strict=True)])

    @cached_property
    def sessions(self) -> Sessions:
        """When the followed assets trade in the steps that are drawn; one that has moved did so in some step."""
        found = self.fitted.sessions(self._dates_after(self.n_drawn), self.before.dates, self.n_drawn)
        is_open = found.is_open.copy()
        for place, k in enumerate(self.fitted.sampler.codec.followed):
            last = self.n_steps + int(self.arrivals[k])
            if abs(self.totals[k]) > 0 and not is_open[: last + 1, place].any():
                is_open[last, place] = True
        return replace(found, is_open=is_open)

    @cached_property
    def within(self) -> BoolArray:
        """Steps up to each followed asset's first known value, (n_drawn, F)."""
        last = self.n_steps + self.arrivals[list(self.fitted.sampler.codec.followed)]
        return np.arange(self.n_drawn)[:, None] <= last

    @cached_property
    def _start(self) -> PathStart:
        """Where the first part ends, for one path."""
        return end_of(self.track, self.fitted.sampler.memory)

    def _dates_after(self, n: int) -> DateArray | None:
        """Dates of the first steps after the first part, (n,)."""
        if self.dates is None or self.before.dates is None or self.after.dates is None:
            return None
        found = np.concatenate([self.dates, self.after.dates])
        if n > len(found):
            found = np.concatenate([found, next_dates(np.concatenate([self.before.dates, found]), n - len(found))])
        return found[:n]

    def _moving(self, noise: FloatArray, start: PathStart, rng: np.random.Generator) -> BoolArray:
        """Steps in which followed assets move, (n, n_drawn, F); those whose price changed do so at least once."""
        zeros, is_open = self.fitted.sampler.codec.returns.zeros, self.sessions.is_open
        changed = np.abs(self.totals[list(self.fitted.sampler.codec.followed)]) > 0
        zero = zeros.run_to(noise, start.state.runs, is_open, self.within & changed, rng)
        return np.asarray(is_open & ~zero)

    def _shown(self) -> FloatArray:
        """z_0 of what comes after the steps that are drawn, (A, D)."""
        codec = self.fitted.sampler.codec
        late = np.empty((0, codec.n_series))
        if self.is_shown:
            late = codec.follow(self.later).series[max(self.unknown, self.n_drawn - self.n_steps) :]
        n_known = self.fitted.sampler.memory + self.n_drawn
        n_fitting = min(-n_known % STRIDE or STRIDE, self.fitted.sampler.window - n_known)
        scale = codec.filter.log_volatility(self.track.states.take(slice(-1, None)))[:, None]
        rng = np.random.default_rng(0)  # only where among the scores of a frequent value one lies
        return np.asarray(codec.encode_series(late[None, :n_fitting], scale, rng)[0])

    def _shown_covariates(self, n_past: int, n_shown: int) -> FloatArray | None:
        """Covariates from the past that is shown to the last step that is, (P + L + A, W); None: not known."""
        codec = self.fitted.codec
        _, along = channel_places(codec)
        known = self.fitted.covariates.recognised
        past, later = (known(codec.encode(part.values)[:, along]) for part in (self.before, self.after))
        parts = [past[len(past) - n_past :], self.covariates, later]
        return shown_covariates(self.fitted, np.concatenate(parts), n_past + self.n_drawn + n_shown)

    def _arrived(self, steps: FloatArray) -> FloatArray:
        """Steps, (n, n_led, K), of the assets that are not followed moved evenly so that they arrive."""
        codec, n_assets = self.fitted.sampler.codec, self.fitted.codec.n_assets
        for k in (k for k in codec.others if k < n_assets):
            n_steps = min(self.n_steps + 1 + int(self.arrivals[k]), steps.shape[1])
            part = steps[:, :n_steps, k]
            if k in codec.reverting:
                share = np.arange(1, n_steps + 1) / n_steps
                part += np.nan_to_num(self.targets[k] - part[:, -1])[:, None] * share
            elif k not in codec.levels:
                total = self.totals[k] - n_steps * getattr(self.fitted.codec.series[k], "drift", 0.0)
                part += np.nan_to_num(total - part.sum(1))[:, None] / n_steps
        steps[..., list(codec.levels)] = codec.reversion.bounded(steps[..., list(codec.levels)])
        return steps

    def _bridged(self, moves: FloatArray, moving: BoolArray, state: WindowState) -> tuple[FloatArray, FloatArray]:
        """Followed series that arrive, and the logarithms of what each path weighs."""
        codec = self.fitted.sampler.codec
        volatility, n_series = codec.filter, codec.filter.n_series
        totals, shares = self._totals_of(moving), self._shares(moving)
        reached = ~np.isnan(self.totals[list(codec.followed)])
        loadings = volatility.join(np.eye(n_series))[:, reached]
        mixing = codec.mixing[:, :n_series]
        correlation = mixing.T @ mixing
        goes_on = None if moving.all() else volatility.moving(moving)
        log_volatility = volatility.trace(moves, state, goes_on)
        shares = None if shares is None else shares[..., reached]
        moved, log_weights = bridge_moves(moves, log_volatility, correlation, loadings, totals[..., reached], shares)
        if shares is not None:
            covariance = covariance_of_sums(np.exp(log_volatility), correlation, loadings, shares)
            log_weights = log_weights + self._weights_of_return(covariance, shares, reached)
        if not self.is_shown:
            first = moves.shape[1] - self.n_steps  # what leads to the first known prices is among the moves
            track = codec.follow(self.later)
            after = np.where(track.observed, track.series, np.nan)[first : first + AFTERWARDS, :n_series]
            ended = volatility.advance(moved if goes_on is None else np.where(goes_on, moved, np.nan), state)
            log_weights = log_weights + log_likelihood(after, ended, volatility)[0]
        return moved, log_weights

    @cached_property
    def _size(self) -> FloatArray:
        """Volatility that is usual at the time of each step, (n_led, F)."""
        return np.exp(self.sessions.log_scale[: self.n_led])

    def _shares(self, moving: BoolArray) -> FloatArray | None:
        """How much each step counts in the total of its asset, (n, n_led, F); None: all the same."""
        within = self.within[: self.n_led]
        if moving.all() and within.all() and (self._size == 1.0).all():
            return None
        return np.asarray(moving * within * self._size)

    def _totals_of(self, moving: BoolArray) -> FloatArray:
        """What the followed steps of each path add up to, drift left out, (F,) or (n, F)."""
        followed = list(self.fitted.sampler.codec.followed)
        drift = self.fitted.codec.drifts[followed]
        within = self.within[: self.n_led]
        if moving.all() and within.all():
            return np.asarray(self.totals[followed] - self.n_led * drift)
        return np.asarray(self.totals[followed] - (moving & within).sum(axis=1) * drift)

    def _weights_of_return(self, covariance: FloatArray, shares: FloatArray, reached: BoolArray) -> FloatArray:
        """Logarithm of how likely prices are back to the digit, in place of their density there, (n,)."""
        codec = self.fitted.sampler.codec
        staying = codec.returns.zeros.staying()[reached]
        counted = (self.totals[list(codec.followed)][reached] == 0) & (staying > 0)
        n_moves = (shares > 0).sum(axis=1)
        likely = np.maximum(weights_of_return(n_moves, staying), IMPOSSIBLE)
        density = np.diagonal(covariance, axis1=1, axis2=2)
        log_odds = np.log(likely) + np.log(np.where(n_moves > 0, density, 1.0)) / 2
        return np.asarray(np.where(counted, log_odds, 0.0).sum(axis=1))


def _adds_up(series: SeriesCodec) -> TypeGuard[MovingSeries | BarCodec]:
    """Whether values are sums of steps: of prices and levels that wander, not of returns."""
    return isinstance(series, MovingSeries | BarCodec) and not isinstance(series, ReturnCodec)


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
