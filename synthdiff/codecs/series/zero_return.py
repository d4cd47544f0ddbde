"""Zero returns as a state of their own: suspensions, pegs, forward-filled holidays, prices that move by whole ticks.

A price that stays the same to the last digit has not made a small move. Whether an asset moves in a step is a Markov
chain that remembers how long it has moved, or has not: the probability of a zero return depends on the state and on
the length of the run so far ([1]_, a Markov renewal process). Days on which no asset moves, as holidays that were
filled forward, have a chain that comes first.

References
----------
.. [1] Cinlar, "Introduction to Stochastic Processes", Prentice-Hall, 1975, chapter 10.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Self

import numpy as np
from scipy.special import ndtr

from synthdiff.codecs.series.channel import BoolArray, FloatArray, IntArray
from synthdiff.record import Indices, numbers, require, restore

EDGES = np.array([1, 2, 3, 4, 5, 6, 11, 21, 51])
"""First lengths of the runs that share a probability."""
MIN_COUNT, MIN_SHARE = 5, 0.005
"""Number and share of zero returns from which on an asset has a state of them; fewer are small moves."""
SURPRISE = 3.0
"""Steps without any move, in those expected of independent assets, from which on they have a chain of their own."""
PRIOR = 1.0
"""Weight of the probability over runs of all lengths, in observations."""
ENDED = 5
"""Longest run of zero returns that was over, in which one that goes on to the end of the history is an end."""
LONGEST = 1 << 20
MOST_TRIES = 100
"""Draws of a path in which an asset must move, before it is made to move in its last step."""


@dataclass(frozen=True, eq=False)
class ZeroReturnChain:
    """Chains of zero returns of A assets.

    Attributes
    ----------
    n_assets : int
        A.
    chains : tuple of int
        Asset of each of the C chains; A: the chain of steps in which no asset moves, which comes first.
    probability : (C, 2 R) float64
        Of a zero return in the next step, after R lengths of runs of moves, then of zero returns.
    """

    n_assets: int
    chains: Indices
    probability: Annotated[FloatArray, numbers(2, low=0.0, high=1.0)]

    @classmethod
    def none(cls, n_assets: int) -> Self:
        """Return chains of assets that always move."""
        return cls(n_assets, (), np.empty((0, 2 * len(EDGES))))

    @classmethod
    def fit(cls, is_zero: BoolArray, known: BoolArray) -> Self:
        """Fit to a history.

        Parameters
        ----------
        is_zero : (T, A) bool
        known : (T, A) bool
            Cells in which it was observed whether the asset moved.
        """
        n_assets = is_zero.shape[1]
        common = _common(is_zero, known)
        own = known & ~common[:, None]
        counts = (is_zero & own).sum(axis=0)
        assets = np.flatnonzero((counts >= MIN_COUNT) & (counts >= MIN_SHARE * own.sum(axis=0)))
        chains = ([n_assets] if common.any() else []) + assets.tolist()
        rows = [_fit_one(common) if k == n_assets else _fit_one(is_zero[own[:, k], k]) for k in chains]
        return cls(n_assets, tuple(chains), np.array(rows).reshape(len(rows), 2 * len(EDGES)))

    def __len__(self) -> int:
        return len(self.chains)

    def taken(self, is_zero: BoolArray, known: BoolArray) -> BoolArray:
        """Return the zero returns that are a state, (T, A); the others are small moves."""
        own = np.zeros(self.n_assets + 1, dtype=bool)
        own[list(self.chains)] = True
        return np.asarray(is_zero & known & (own[:-1] | (own[-1:] & _still(is_zero, known)[:, None])))

    def follow(self, is_zero: BoolArray, known: BoolArray) -> IntArray:
        """Return runs before each of T steps and after the last, (T + 1, C): positive of zero returns."""
        runs = np.ones((len(is_zero) + 1, len(self)), dtype=np.int64) * -1
        if not len(self):
            return runs
        common = _still(is_zero, known)
        has_common = self.chains[0] == self.n_assets
        for place, k in enumerate(self.chains):
            if k == self.n_assets:
                runs[1:, place] = _runs(common, np.asarray(known.any(axis=1)))
            else:
                runs[1:, place] = _runs(is_zero[:, k], known[:, k] & ~(common & has_common))
        return runs

    def run(self, noise: FloatArray, runs: IntArray, is_open: BoolArray) -> tuple[BoolArray, IntArray]:
        """Draw which assets move.

        Parameters
        ----------
        noise : (n, L, C) float64
            Standard normal.
        runs : (n, C) int64
            Before the first step.
        is_open : (L, A) bool
            Steps in which an asset trades.

        Returns
        -------
        (n, L, A) bool, (n, C) int64
            Which assets have a zero return, and the runs after the last step.
        """
        n, n_steps = noise.shape[:2]
        zero = np.zeros((n, n_steps, self.n_assets + 1), dtype=bool)
        has_common = bool(len(self)) and self.chains[0] == self.n_assets
        counted = np.concatenate([is_open, is_open.any(axis=1, keepdims=True)], axis=1)[:, list(self.chains)]
        share = ndtr(noise)
        for step in range(n_steps if len(self) else 0):
            now = share[:, step] < self._next(runs)
            lives = np.broadcast_to(counted[step], now.shape)
            if has_common:
                lives = lives & np.concatenate([np.ones((n, 1), dtype=bool), ~now[:, :1].repeat(len(self) - 1, 1)], 1)
            zero[:, step, list(self.chains)] = now & lives
            runs = np.where(lives, np.where(now, np.maximum(runs, 0) + 1, np.minimum(runs, 0) - 1), runs)
        return zero[..., :-1] | zero[..., -1:], runs.clip(-LONGEST, LONGEST)

    def run_to(
        self, noise: FloatArray, runs: IntArray, is_open: BoolArray, within: BoolArray, rng: np.random.Generator
    ) -> BoolArray:
        """Draw which assets have a zero return, (n, L, A), where some are known to have moved by the end.

        Parameters
        ----------
        noise, runs, is_open
            As of `run`; noise that is infinite says that there is no zero return, and stays.
        within : (L, A) bool
            Steps in one of which an asset moves at least, all of them drawn again until it does; none: it need not.
        rng : numpy.random.Generator
            For draws after the first.
        """
        zero, _ = self.run(noise, runs, is_open)
        may_move = is_open & within
        for _ in range(MOST_TRIES):
            stuck = np.asarray(within.any(axis=0) & ~(may_move & ~zero).any(axis=1))
            if not stuck.any():
                break
            again = np.concatenate([stuck, stuck.any(axis=1, keepdims=True)], axis=1)[:, list(self.chains)]
            noise = np.where(again[:, None] & np.isfinite(noise), rng.standard_normal(noise.shape), noise)
            zero, _ = self.run(noise, runs, is_open)
        stuck = np.asarray(within.any(axis=0) & ~(may_move & ~zero).any(axis=1))
        last = np.arange(len(within))[:, None] == len(within) - 1 - may_move[::-1].argmax(axis=0)
        return np.asarray(zero & ~(stuck[:, None] & last))

    def staying(self) -> FloatArray:
        """Return the probability that an asset which has just moved stays where it is, (A,); 0 without a chain."""
        found = np.zeros(self.n_assets + 1)
        found[list(self.chains)] = self.probability[:, 0]
        return np.where(found[:-1] > 0, found[:-1], found[-1])

    def _next(self, runs: IntArray) -> FloatArray:
        """Probability of a zero return, (n, C), after runs."""
        length = np.searchsorted(EDGES, np.abs(runs).clip(1), side="right") - 1
        column = length + len(EDGES) * (runs > 0)
        return np.asarray(self.probability[np.arange(len(self)), column])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "n_assets": self.n_assets,
            "chains": list(self.chains),
            "probability": self.probability.tolist(),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote."""
        found = restore(cls, data)
        return found if len(found) else cls.none(found.n_assets)

    def check(self) -> None:
        """Refuse chains of other assets."""
        require(self.n_assets >= 0 and max(self.chains, default=0) <= self.n_assets, "chains are of other assets")
        require(self.n_assets not in self.chains[1:], "the chain of all assets comes first")
        require(len(set(self.chains)) == len(self.chains), "two chains are of one asset")
        shape = (len(self.chains), 2 * len(EDGES))
        require(not self.chains or self.probability.shape == shape, f"probabilities of shape {shape} are expected")


def _still(is_zero: BoolArray, known: BoolArray) -> BoolArray:
    """Steps in which none of several known assets moves, (T,)."""
    return np.asarray((is_zero | ~known).all(axis=1) & (known.sum(axis=1) > 1))


def _common(is_zero: BoolArray, known: BoolArray) -> BoolArray:
    """Steps in which none of several assets moves, (T,); none where that is what independent assets would do."""
    still = _still(is_zero, known)
    share = (is_zero & known).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    expected = np.where(known, np.log(np.maximum(share, 1e-12)), 0.0).sum(axis=1)
    by_chance = np.exp(expected)[known.sum(axis=1) > 1].sum()
    is_much = still.sum() >= max(MIN_COUNT, MIN_SHARE * len(still), SURPRISE * by_chance)
    return np.asarray(still & is_much)


def _runs(zero: BoolArray, seen: BoolArray) -> IntArray:
    """Length of the run after each of T steps, (T,): positive of zero returns; steps that are not seen do not count."""
    rows = np.flatnonzero(seen)
    if not len(rows):
        return np.full(len(zero), -1)
    state = zero[rows]
    first = np.flatnonzero(np.concatenate([[True], state[1:] != state[:-1]]))
    length = np.arange(len(rows)) - np.repeat(first, np.diff(np.append(first, len(rows)))) + 1
    signed = np.where(state, length, -length)
    place = np.searchsorted(rows, np.arange(len(zero)), side="right") - 1
    return np.where(place >= 0, signed[place.clip(0)], -1)


def _fit_one(zero: BoolArray) -> FloatArray:
    """Probabilities of a zero return after runs of moves and of zero returns, (2 R,)."""
    every = _runs(zero, np.ones(len(zero), dtype=bool))
    before, after = every[:-1], zero[1:]
    column = np.searchsorted(EDGES, np.abs(before), side="right") - 1 + len(EDGES) * (before > 0)
    counted = np.ones(len(after), dtype=bool)
    finished = before[(before > 0) & ~after].max(initial=1)
    if len(every) and every[-1] > ENDED * finished:  # the asset has ended, which happens to none that lives
        counted[max(len(after) - every[-1], 0)] = False
    total = np.bincount(column, counted, 2 * len(EDGES))
    hits = np.bincount(column, counted & after, 2 * len(EDGES))
    usual = [
        (hits[half].sum() + 0.5) / (total[half].sum() + 1.0) for half in (slice(0, len(EDGES)), slice(len(EDGES), None))
    ]
    return np.asarray((hits + PRIOR * np.repeat(usual, len(EDGES))) / (total + PRIOR))
