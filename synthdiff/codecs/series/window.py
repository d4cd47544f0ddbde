"""A history as what the network of a series sees, and back: innovations of unit variance, nearly white.

Each asset's return is divided by a volatility that its past gives (`volatility`), mapped to a standard
normal (`normal`), and the channels are made uncorrelated. Two ways to divide:

- ``"start"``: a whole window by the volatility forecast at its *reference*, the first step that is not seen. How
  volatility goes on from there is left to the network.
- ``"running"``: each step by the forecast for that step, and the filter runs forward over what was drawn. The network
  has only to learn what the filter leaves. With many assets their common volatility is a thin thread among many noisy
  channels, and this is what keeps it.

Either way the inverse is exact given the state before the window. Levels, such as temperatures, are divided by nothing:
what is new in them at each step is drawn, and they go on from where they stand (`synthdiff.codecs.series.reversion`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, Self

import numpy as np
import numpy.typing as npt

from synthdiff.codecs.series.channel import BoolArray, FloatArray, IntArray
from synthdiff.codecs.series.followed import FollowedReturns
from synthdiff.codecs.series.history import StepHistory
from synthdiff.codecs.series.missing import complete, estimate_correlation
from synthdiff.codecs.series.normal import TAIL, NormalScore
from synthdiff.codecs.series.reversion import LevelFilter
from synthdiff.codecs.series.volatility import MIN_FITTED, VolatilityFilter, VolatilityState, burn_in
from synthdiff.record import Indices, TupleOfParts, numbers, read_as, require, restore

Scaling = Literal["start", "running"]
POOLED_WINDOWS = 2_000
MAX_CONDITION = 1e7
"""Bound of mixing: that of a correlation is at most the root of its size over `MIN_EIGENVALUE`."""
NARROW = 0.3
"""Share of the scores of a frequent value of a level that it is put among, in their middle: so far from those of the
next value that what a network draws a little wrong stays the same value."""


@dataclass(frozen=True)
class WindowState(VolatilityState):
    """Where n paths stand: their volatility, and their levels.

    Attributes
    ----------
    levels : (n, n_rows, F) float64
        The last ones, as of `LevelFilter.follow`.
    runs : (n, C) int64
        Since when each asset has moved, or not, as of `ZeroReturnChain.follow`.
    """

    levels: FloatArray
    runs: IntArray

    def take(self, rows: Any) -> WindowState:
        """The given paths."""
        return WindowState(self.magnitude[rows], self.signed[rows], self.levels[rows], self.runs[rows])


@dataclass(frozen=True, eq=False)
class Track:
    """A history that a `WindowCodec` has followed.

    Attributes
    ----------
    series : (T, D) float64
        Followed series, drawn where not observed, then the other channels, of levels their innovations; NaN where those
        are not observed.
    observed : (T, D) bool
    states : WindowState
        Before each step and after the last, T + 1.
    log_volatility : (T + 1, K) float64
    summary : (T + 1, S) float64
    """

    series: FloatArray
    observed: BoolArray
    states: WindowState
    log_volatility: FloatArray
    summary: FloatArray

    def __len__(self) -> int:
        return len(self.series)


@dataclass(frozen=True, eq=False)
class Decoded:
    """What windows of scores stand for.

    Attributes
    ----------
    series : (n, L, D) float64
        As of `Track`.
    steps : (n, L, K) float64
        The same as channels, in their order; of followed ones over what is usual at the time, whether they move or not.
    log_volatility : (n, 1 or L, K) float64
        What the followed series were divided by.
    after : WindowState
        Where the paths end.
    """

    series: FloatArray
    steps: FloatArray
    log_volatility: FloatArray
    after: WindowState


@dataclass(frozen=True, eq=False)
class WindowCodec:
    """Between steps of channels and windows of scores.

    Attributes
    ----------
    followed : tuple of int
        Channels that are divided by their volatility.
    others : tuple of int
        Channels that are not.
    levels : tuple of int
        Those of the others that are levels: none leaves the range that it had.
    scaling : {"start", "running"}
    returns : FollowedReturns
    reversion : LevelFilter
        Of the levels.
    scores : tuple of NormalScore
        One a series, D of them.
    mixing : (D, D) float64
        What uncorrelated scores are multiplied by, ``scores = z @ mixing``; symmetric but for the deviations of levels'
        scores, so that each z stays close to its own series.
    """

    followed: Indices
    others: Indices
    levels: Indices
    scaling: Scaling
    returns: Annotated[FollowedReturns, read_as(FollowedReturns)]
    reversion: Annotated[LevelFilter, read_as(LevelFilter)]
    scores: Annotated[tuple[Annotated[NormalScore, read_as(NormalScore)], ...], *TupleOfParts]
    mixing: Annotated[FloatArray, numbers(2, low=-1e6, high=1e6)]

    @classmethod
    def fit(
        cls,
        history: StepHistory,
        followed: tuple[int, ...],
        scaling: Scaling,
        window: int,
        rng: np.random.Generator,
        levels: tuple[int, ...] = (),
        tail: float = TAIL,
    ) -> Self:
        """Fit to a history.

        Parameters
        ----------
        history : StepHistory
            Of K channels.
        followed : tuple of int
            Channels with a volatility of their own; the rest is kept as it is.
        scaling : {"start", "running"}
        window : int
            Steps of a window.
        rng : numpy.random.Generator
        levels : tuple of int
            Those of the rest that are levels.
        tail : float
            As of `NormalScore.fit`; 0: no step goes beyond those of the history.
        """
        others = tuple(k for k in range(history.values.shape[1]) if k not in followed)
        returns = FollowedReturns.fit(history.take(list(followed)))
        reversion = LevelFilter.fit(history.values[:, list(levels)])
        bare = cls(followed, others, levels, scaling, returns, reversion, (), np.empty((0, 0)))
        track = bare.follow(history)
        pooled = bare._pooled(track, window, rng)
        distinct = track.observed[_first_step(track) :].sum(axis=0)
        kept = bare._is_kept
        scores = tuple(
            NormalScore.bounded(x) if is_kept else NormalScore.fit(x, float(n), tail)
            for x, n, is_kept in zip(pooled.T, distinct, kept, strict=True)
        )
        place = bare._placed(np.stack([rng.random(len(pooled)) for _ in scores], axis=1))
        z = np.stack([score.encode(pooled[:, k], place[:, k]) for k, score in enumerate(scores)], axis=1)
        deviation = np.array([np.nanstd(x) if is_kept else 1.0 for x, is_kept in zip(z.T, kept, strict=True)])
        mixing = _root(estimate_correlation(z / deviation)) * deviation
        return cls(followed, others, levels, scaling, returns, reversion, scores, mixing)

    @property
    def filter(self) -> VolatilityFilter:
        """Volatility of the followed series."""
        return self.returns.filter

    @property
    def n_series(self) -> int:
        """D: channels that the network sees."""
        return self.filter.n_series + len(self.others)

    def follow(self, history: StepHistory) -> Track:
        """Follow the volatility of a history of the same channels."""
        found, rest = self.returns.follow(history.take(list(self.followed))), history.values.copy()
        rest[:, list(self.levels)], levels = self.reversion.follow(rest[:, list(self.levels)])
        rest = rest[:, list(self.others)]
        states = WindowState(found.state.magnitude, found.state.signed, levels, found.runs)
        series = np.concatenate([found.series, rest], axis=1)
        observed = np.concatenate([found.observed, ~np.isnan(rest)], axis=1)
        return Track(series, observed, states, self.filter.log_volatility(states), self.summary(states))

    def summary(self, state: WindowState) -> FloatArray:
        """Where paths stand, for a network, (n, S): volatilities, then levels."""
        return np.concatenate([self.filter.summary(state), self.reversion.summary(state.levels)], axis=1)

    @property
    def reverting(self) -> tuple[int, ...]:
        """Those of the levels that an autoregression is taken out of."""
        return tuple(self.levels[place] for place in self.reversion.places)

    @property
    def n_states(self) -> int:
        """S."""
        return min(self.filter.n_series, 2) + len(self.reversion.places)

    def encode(
        self, track: Track, starts: IntArray, references: IntArray, length: int, rng: np.random.Generator
    ) -> tuple[FloatArray, BoolArray]:
        """Windows of a history.

        Parameters
        ----------
        track : Track
        starts : (n,) int64
            First step of each window.
        references : (n,) int64
            Step whose volatility forecast a window is divided by, where the scaling is ``"start"``.
        length : int
        rng : numpy.random.Generator
            For where among the scores of a frequent value one lies, and for what is not observed.

        Returns
        -------
        (n, length, D) float64, (n, length, D) bool
            The windows, and where something was observed; elsewhere they are white noise, given the rest of the step.
        """
        rows = starts[:, None] + np.arange(length)
        scale = track.log_volatility[references[:, None] if self.scaling == "start" else rows]
        return self.encode_series(track.series[rows], scale, rng), track.observed[rows]

    def encode_series(
        self, series: FloatArray, log_scale: FloatArray, rng: np.random.Generator, *, alike: bool = False
    ) -> FloatArray:
        """Windows of series, as of `encode`, from (n, L, D) series and (n, 1 or L, K) logarithms of their scales.

        With `alike` the same is drawn for each of them, however many there are.
        """
        n_followed = self.filter.n_series
        scaled = np.concatenate([series[..., :n_followed] / np.exp(log_scale), series[..., n_followed:]], axis=-1)
        shape = series.shape[1:] if alike else series.shape
        place, noise = self._placed(rng.random(shape)), rng.standard_normal(shape)
        scores = np.stack([score.encode(scaled[..., k], place[..., k]) for k, score in enumerate(self.scores)], axis=-1)
        draws = np.broadcast_to(noise @ self.mixing, scores.shape)
        flat, drawn = (part.reshape(-1, self.n_series) for part in (scores, draws))
        whole = complete(flat, drawn, self.mixing.T @ self.mixing).reshape(scores.shape)
        return np.asarray(whole @ np.linalg.inv(self.mixing))

    def decode(
        self, scores: FloatArray, state: WindowState, centre: FloatArray | None = None, moving: BoolArray | None = None
    ) -> Decoded:
        """Series of windows that begin where a state ends.

        Parameters
        ----------
        scores : (n, L, D) float64
            ``z @ mixing``; the reference is the first step.
        state : WindowState
            Of n paths, before the first step; its runs are kept.
        centre : (K,) float64 or None
            What is taken away of the innovations of the followed series. None: nothing.
        moving : (n, L, A) bool or None
            Steps in which followed assets move; the volatility of others stays. None: all.
        """
        raw = np.stack([score.decode(scores[..., k]) for k, score in enumerate(self.scores)], axis=-1)
        n_followed = self.filter.n_series
        innovations = raw[..., :n_followed] if centre is None else raw[..., :n_followed] - centre
        goes_on = None if moving is None else self.filter.moving(moving)
        if self.scaling == "running":
            moves, log_volatility, after = self.filter.run(innovations, state, goes_on)
        else:
            log_volatility = self.filter.log_volatility(state)[:, None]
            moves = self.filter.bounded(innovations * np.exp(log_volatility))
            after = self.filter.advance(moves if goes_on is None else np.where(goes_on, moves, np.nan), state)
        series = np.concatenate([moves, raw[..., n_followed:]], axis=-1)
        steps = np.empty((*scores.shape[:2], len(self.followed) + len(self.others)))
        steps[..., list(self.followed)] = self.filter.join(moves)
        steps[..., list(self.others)] = raw[..., n_followed:]
        steps[..., list(self.levels)], levels = self.reversion.run(steps[..., list(self.levels)], state.levels)
        return Decoded(series, steps, log_volatility, WindowState(after.magnitude, after.signed, levels, state.runs))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "followed": list(self.followed),
            "others": list(self.others),
            "levels": list(self.levels),
            "scaling": self.scaling,
            "returns": self.returns.to_dict(),
            "reversion": self.reversion.to_dict(),
            "scores": [score.to_dict() for score in self.scores],
            "mixing": self.mixing.tolist(),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote."""
        return restore(cls, data)

    def check(self) -> None:
        """Refuse channels, filters and tables that do not belong together."""
        n_followed, n_channels = len(self.followed), len(self.followed) + len(self.others)
        require(sorted(self.followed + self.others) == list(range(n_channels)), "channels are missing, or there twice")
        require(set(self.levels) <= set(self.others), "levels are among the others")
        require(len(set(self.levels)) == len(self.levels), "a level is there twice")
        require(len(self.returns.means) == n_followed, "returns of other channels")
        require(max(self.reversion.places, default=-1) < len(self.levels), "a level is followed that there is not")
        require(len(self.scores) == self.n_series > 0, f"tables of {self.n_series} series are expected")
        require(self.mixing.shape == (self.n_series, self.n_series), f"mixing of {self.n_series} series is expected")
        require(np.linalg.cond(self.mixing) <= MAX_CONDITION, "mixing cannot be undone")

    @cached_property
    def _is_kept(self) -> npt.NDArray[np.bool_]:
        """Series that are levels as they are, which nothing is taken out of, (D,)."""
        others = [k in self.levels and k not in self.reverting for k in self.others]
        return np.array([False] * self.filter.n_series + others, dtype=bool)

    def _placed(self, place: FloatArray) -> FloatArray:
        """Where among the scores of a frequent value one of them lies, of numbers from 0 to 1, (..., D)."""
        return np.where(self._is_kept, 0.5 + NARROW * (place - 0.5), place)

    def _pooled(self, track: Track, window: int, rng: np.random.Generator) -> FloatArray:
        """Scaled series that scores are fitted to, (n, D): of windows after their reference, or of all steps."""
        n_followed, n = self.filter.n_series, len(track)
        first = _first_step(track)
        series = np.where(track.observed, track.series, np.nan)
        if self.scaling == "running":
            series[:, :n_followed] /= np.exp(track.log_volatility[:-1])
            return series[first:]
        starts = rng.integers(first, max(n - window, first) + 1, POOLED_WINDOWS)
        rows = (starts[:, None] + np.arange(window)).clip(max=n - 1)
        scaled = series[rows]
        scaled[..., :n_followed] /= np.exp(track.log_volatility[starts])[:, None]
        return np.asarray(scaled.reshape(-1, scaled.shape[-1]))


def _first_step(track: Track) -> int:
    """Return the first step that scores are fitted to: after the burn-in, if each series is observed then."""
    first = burn_in(len(track))
    return first if track.observed[first:].sum(axis=0).min() >= MIN_FITTED else 0


def _root(correlation: FloatArray) -> FloatArray:
    """Symmetric square root."""
    values, vectors = np.linalg.eigh(correlation)
    return np.asarray(vectors * np.sqrt(values) @ vectors.T)
