"""Holes of returns drawn many times: given the other assets, with the volatility of their time, exactly to the sum.

The law is that of `imputation`: returns of a step are normal, up to the volatility of its time, and those of a hole add
up to the change of the price over it. What is missing of a step is first drawn jointly given what is known; then each
hole is drawn given all other assets and moved to its sum, each return by its share of the variance, asset after asset.
Where an asset has zero returns, its chain says in which steps of a hole its price moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from synthdiff.codecs.series.channel import BoolArray, FloatArray, IntArray
from synthdiff.codecs.series.history import StepHistory
from synthdiff.codecs.series.imputation import ObservedReturns, ReturnImputation, regression
from synthdiff.codecs.series.missing import complete
from synthdiff.codecs.series.zero_return import ZeroReturnChain
from synthdiff.data.draw import draw_rows

SWEEPS = 8
"""Draws of each hole given the other assets."""
POOL = 64
"""Ways to rest and move through a hole that are drawn at least, where the price is back where it was."""


@dataclass(frozen=True)
class Hole:
    """Steps of an asset of which the returns are missing.

    Attributes
    ----------
    asset : int
    first, stop : int
        Its steps, and the one after the last: that in which the price is known again counts.
    change : float
        What the returns add up to; NaN where that is not known.
    """

    asset: int
    first: int
    stop: int
    change: float


def find_holes(history: StepHistory, adds_up: BoolArray, begun: BoolArray) -> list[Hole]:
    """Find the holes of a history.

    Parameters
    ----------
    history : StepHistory
        Of A assets.
    adds_up : (A,) bool
        Assets whose return after a hole is that of all of its steps.
    begun : (A,) bool
        Assets that are known before the first step.

    Returns
    -------
    list of Hole
        One asset after the other, in order of time.
    """
    found = []
    for asset, values in enumerate(history.values.T):
        missing = np.concatenate([[False], np.isnan(values), [False]])
        edges = np.flatnonzero(missing[1:] != missing[:-1])
        for first, stop in edges.reshape(-1, 2).tolist():
            is_led = bool(adds_up[asset] and (first > 0 or begun[asset])) and stop < len(values)
            change = float(values[stop] + history.means[asset]) if is_led else np.nan
            if history.is_open[first:stop, asset].any():
                found.append(Hole(asset, first, stop + is_led, change))
    return found


@dataclass(frozen=True, eq=False)
class HoleDraws:
    """Draws of the holes of A assets.

    Attributes
    ----------
    law : ReturnImputation
    zeros : ZeroReturnChain
    history : StepHistory
        T steps.
    observed : ObservedReturns
        What is known of its returns.
    runs : (T + 1, C) int64
        As of `ZeroReturnChain.follow`.
    holes : list of Hole
    """

    law: ReturnImputation
    zeros: ZeroReturnChain
    history: StepHistory
    observed: ObservedReturns
    runs: IntArray
    holes: list[Hole]

    @cached_property
    def rows(self) -> IntArray:
        """Steps that are in a hole of some asset, (R,)."""
        within = np.zeros(len(self.history), dtype=bool)
        for hole in self.holes:
            within[hole.first : hole.stop] = True
        return np.flatnonzero(within)

    def draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Draw returns of the steps in `rows`, (n, R, A), their means included; NaN outside of the holes."""
        size = self.law.size(self.observed)[self.rows]
        correlation = self.law.correlation
        scores = np.broadcast_to(self.observed.single[self.rows] / size, (n, *size.shape))
        noise = rng.standard_normal(scores.shape) @ np.linalg.cholesky(correlation).T
        n_assets = size.shape[1]
        filled = complete(scores.reshape(-1, n_assets), noise.reshape(-1, n_assets), correlation).reshape(scores.shape)
        groups = [self._group(asset, size, n, rng) for asset in sorted({hole.asset for hole in self.holes})]
        for group in groups:
            group.add_up(filled)
        if np.bincount(np.concatenate([group.places for group in groups])).max() > 1:
            precision = np.asarray(np.linalg.inv(correlation), dtype=np.float64)
            for _ in range(SWEEPS):
                for group in groups:
                    group.draw_again(filled, precision, rng)
        returns = np.full(filled.shape, np.nan)
        for group in groups:
            at = group.places, group.asset
            moved = filled[:, *at] * group.size + group.mean
            returns[:, *at] = np.where(group.moving, moved, 0.0)
        return returns

    def _group(self, asset: int, size: FloatArray, n: int, rng: np.random.Generator) -> _AssetHoles:
        """The holes of one asset."""
        holes = [hole for hole in self.holes if hole.asset == asset]
        lengths = np.array([hole.stop - hole.first for hole in holes])
        places = np.concatenate([np.searchsorted(self.rows, np.arange(hole.first, hole.stop)) for hole in holes])
        moving = np.concatenate([self._moving(hole, n, rng) for hole in holes], axis=1)
        changes = np.array([hole.change for hole in holes])
        mean = float(self.history.means[asset])
        return _AssetHoles(asset, places, lengths, changes, mean, size[places, asset], moving)

    def _moving(self, hole: Hole, n: int, rng: np.random.Generator) -> BoolArray:
        """Steps of a hole in which its price moves, (n, L)."""
        rows, asset = slice(hole.first, hole.stop), hole.asset
        is_open = self.history.is_open[rows]
        staying = float(self.zeros.staying()[asset])
        if not staying:
            return np.broadcast_to(is_open[:, asset], (n, len(is_open)))
        n_drawn = max(n, POOL) if hole.change == 0 else n
        noise = rng.standard_normal((n_drawn, len(is_open), len(self.zeros)))
        if self.zeros.chains[0] == self.zeros.n_assets:  # where one is seen to move, not all rest
            moved = (self.history.known & ~self.history.is_zero)[rows].any(axis=1)
            noise[:, moved, 0] = np.inf
        runs = np.broadcast_to(self.runs[hole.first], (n_drawn, len(self.zeros)))
        within = np.zeros(is_open.shape, dtype=bool)
        within[:, asset] = abs(hole.change) > 0
        zero = self.zeros.run_to(noise, runs, is_open, within, rng)[..., asset]
        moving = is_open[:, asset] & ~zero
        if hole.change == 0:
            weights = weights_of_return(moving.sum(axis=1), staying)
            if not weights.any():
                return np.zeros((n, len(is_open)), dtype=bool)
            moving = moving[draw_rows(weights, n, rng)]
        return np.asarray(moving)


def weights_of_return(n_moves: IntArray, staying: float | FloatArray) -> FloatArray:
    """Return how likely it is that a price is to the digit where it was, beside 1 for one that has rested.

    Where prices have ticks, one that moves comes back to the digit as often as one that has just moved stays there,
    over the root of its moves; a single move leads away.

    Parameters
    ----------
    n_moves : (...) int64
        Moves that it has made.
    staying : (...) float64
        Probability that it stays where it is after a move.
    """
    return np.where(n_moves > 1, staying / np.sqrt(np.maximum(n_moves, 1)), n_moves == 0)


@dataclass(frozen=True, eq=False)
class _AssetHoles:
    """The holes of one asset, their N steps one after the other.

    Attributes
    ----------
    asset : int
    places : (N,) int64
        Positions of the steps among the drawn rows.
    lengths : (H,) int64
    changes : (H,) float64
        NaN where not known.
    mean : float
        Of a step in which the price moves.
    size : (N,) float64
        Volatility of the steps.
    moving : (n, N) bool
        Whether the price moves.
    """

    asset: int
    places: IntArray
    lengths: IntArray
    changes: FloatArray
    mean: float
    size: FloatArray
    moving: BoolArray

    def add_up(self, filled: FloatArray) -> None:
        """Move scores, (n, R, A), so that the steps of each hole add up to its change, in place."""
        starts = np.concatenate([[0], self.lengths.cumsum()[:-1]])
        scale = self.moving * self.size
        own = filled[:, self.places, self.asset]
        total, variance, n_moves = (
            np.add.reduceat(part, starts, axis=1) for part in (own * scale, scale**2, self.moving.astype(np.float64))
        )
        missed = np.nan_to_num(self.changes - n_moves * self.mean - total)
        pull = np.where(variance > 0, missed / np.where(variance > 0, variance, 1.0), 0.0)
        filled[:, self.places, self.asset] = own + scale * np.repeat(pull, self.lengths, axis=1)

    def draw_again(self, filled: FloatArray, precision: FloatArray, rng: np.random.Generator) -> None:
        """Draw the steps given all other assets, in place."""
        noise = rng.standard_normal((len(filled), len(self.places)))
        expected = filled[:, self.places] @ regression(precision, self.asset)
        filled[:, self.places, self.asset] = expected + noise / np.sqrt(precision[self.asset, self.asset])
        self.add_up(filled)
