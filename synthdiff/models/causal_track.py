"""A history followed up to many of its moments, each from what was known then.

What a history lacks is drawn given what comes before and after, up to the next price that is known. A forecast must not
see that: where cells are missing, the last steps before a moment are followed anew, as if the history ended there. What
goes on from is followed the same way at moments of a fixed grid, so that nothing later is ever used.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from synthdiff.codecs.series.channel import BoolArray, FloatArray, IntArray
from synthdiff.codecs.series.history import StepHistory
from synthdiff.codecs.series.volatility import VolatilityState
from synthdiff.codecs.series.window import Track, WindowCodec, WindowState
from synthdiff.sampling.path import PathStart

GRID = 64
"""Steps between moments that later ones are followed from."""
TAIL = 256
"""Steps before a moment that tell what is missing: volatilities forget half in ten steps."""


@dataclass(frozen=True, eq=False)
class CausalTrack:
    """A history, followed.

    Attributes
    ----------
    codec : WindowCodec
    history : StepHistory
        T steps.
    """

    codec: WindowCodec
    history: StepHistory
    _grid: dict[int, VolatilityState] = field(default_factory=dict, repr=False)

    @cached_property
    def whole(self) -> Track:
        """The whole history, followed."""
        return self.codec.follow(self.history)

    @cached_property
    def followed(self) -> StepHistory:
        """The history of the followed assets."""
        return self.history.take(list(self.codec.followed))

    @cached_property
    def is_complete(self) -> bool:
        """Whether all followed assets have a return in all steps."""
        observed = self.codec.returns.observed(self.followed)
        return not bool(np.isnan(observed.single).any())

    def starts(self, steps: IntArray, known: int) -> PathStart:
        """Find where paths start.

        Parameters
        ----------
        steps : (m,) int64
            First steps of the paths, each at least `known`; T for the end.
        known : int
            Steps of the past that each shows.
        """
        if self.is_complete:
            return start_at(self.whole, steps, known)
        found = [self._start(int(step), known) for step in steps]
        states = [start.state for start in found]
        names = ("magnitude", "signed", "levels", "runs")
        state = WindowState(*(np.concatenate([getattr(one, name) for one in states]) for name in names))
        past, scale = (np.concatenate([getattr(start, name) for start in found]) for name in ("past", "past_scale"))
        return PathStart(state, past, scale)

    def _start(self, step: int, known: int) -> PathStart:
        first = max(step - known, 0) // GRID * GRID
        series, states, log_volatility = self._followed(first, step)
        start = start_at(self.whole, np.array([step]), known)
        n_series, rows = self.codec.filter.n_series, slice(step - known - first, step - first)
        past = start.past.copy()
        past[0, :, :n_series] = series[rows]
        ended = states.take(slice(-1, None))
        state = replace(start.state, magnitude=ended.magnitude, signed=ended.signed)
        return PathStart(state, past, log_volatility[None, rows])

    def _state(self, step: int) -> VolatilityState:
        """Volatility before a step of the grid, from what was known then."""
        if not self._grid:
            self._grid[0] = self.codec.filter.follow(np.empty((0, self.codec.filter.n_series)))
        for stop in range(max(self._grid) + GRID, step + 1, GRID):
            self._grid[stop] = self._followed(stop - GRID, stop)[1].take(slice(-1, None))
        return self._grid[step]

    def _followed(self, first: int, stop: int) -> tuple[FloatArray, VolatilityState, FloatArray]:
        """Series, (n, K), of steps from one of the grid on, as known at their end; n + 1 states; volatilities."""
        volatility, state = self.codec.filter, self._state(first)
        series, moving = self._series(first, stop)
        log_volatility = volatility.trace(series[None], state, moving[None])[0]
        states = [state]
        for step, moves in zip(series, moving, strict=True):
            states.append(states[-1].after(np.where(moves, step, np.nan)[None], volatility.usual))
        both = (np.concatenate([getattr(one, name) for one in states]) for name in ("magnitude", "signed"))
        return series, VolatilityState(*both), log_volatility

    def _series(self, first: int, stop: int) -> tuple[FloatArray, BoolArray]:
        """Series of some steps without holes, drawn from what was known at their end, and where they move."""
        returns = self.codec.returns
        begin = self.tail(first, stop)
        observed = returns.observed(self.followed.rows(begin, stop))
        filled = returns.imputation.complete(observed) / observed.usual
        rows = slice(first - begin, stop - begin)
        return returns.filter.split(filled[rows]), returns.filter.moving(~observed.idle[rows])

    def tail(self, first: int, stop: int) -> int:
        """Return the first step of what tells of those from `first` to `stop`: no hole is cut there."""
        begin = min(first, max(stop - TAIL, 0))
        while begin > 0 and (self._reach[begin:stop] < begin).any():
            begin = max(int(self._reach[begin:stop].min()), 0)
        return begin

    @cached_property
    def _reach(self) -> IntArray:
        """First step that the returns of each step cover, (T,)."""
        missing = np.isnan(self.followed.values)
        steps = np.arange(len(missing))[:, None]
        before = np.maximum.accumulate(np.where(missing, -1, steps), axis=0)
        before = np.concatenate([np.full((1, missing.shape[1]), -1), before[:-1]])
        return np.asarray(np.where(before >= 0, before + 1, steps).min(axis=1, initial=len(missing)))


def start_at(track: Track, steps: IntArray, known: int) -> PathStart:
    """Find where paths from some moments of a history start, each showing so many steps of its past.

    Parameters
    ----------
    track : Track
    steps : (n,) int64
        Steps before each start; at least `known`.
    known : int
    """
    rows = steps[:, None] - known + np.arange(known)
    return PathStart(track.states.take(steps), track.series[rows], track.log_volatility[rows])
