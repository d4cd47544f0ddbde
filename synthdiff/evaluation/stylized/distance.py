"""How far paths are from a history, in units of how far another history of the same length would be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from synthdiff.codecs.token import FloatArray, IntArray
from synthdiff.evaluation.stylized.fact import Fact, measured
from synthdiff.evaluation.stylized.window import drawn_starts, window_starts, windows

MOST_GROUPS, LEAST_GROUPS, N_REPLICATES = 20, 4, 200
BAND = (0.05, 0.95)
TOO_STILL = 1e-12
"""A noise floor below this is none: whatever the history's years, the estimate is the same."""


@dataclass(frozen=True)
class Groups:
    """Paths in groups, and how often each replicate draws each group.

    Estimates of a group cost a share of those of all paths. Replicates of the whole are its estimates, moved by what
    the drawn groups' mean departs from that of all groups (an estimate is taken to be linear in groups, as in the
    grouped jackknife): 200 replicates cost no more than two estimates.

    Attributes
    ----------
    member : (n,) int64
        Group of each piece of a path; pieces of a path share one.
    weights : (R, G) float64
        Rows sum to 1; (0, 0) where there are too few paths.
    """

    member: IntArray
    weights: FloatArray

    @classmethod
    def of(cls, n_paths: int, n_pieces: int, rng: np.random.Generator) -> Self:
        """Deal paths, each of so many pieces, into groups at random."""
        count = min(MOST_GROUPS, n_paths)
        member = np.repeat(rng.permutation(n_paths) % count, n_pieces)
        if count < LEAST_GROUPS:
            return cls(member, np.empty((0, 0)))
        return cls(member, rng.multinomial(count, np.full(count, 1 / count), size=N_REPLICATES) / count)

    def replicates(self, whole: FloatArray, parts: FloatArray) -> FloatArray:
        """Replicates (R, K) of estimates (K,) from those of the groups, (G, K)."""
        count = len(parts)
        return np.asarray(whole + (self.weights - 1 / count) @ parts * np.sqrt(count / (count - 1)))


@dataclass(frozen=True)
class Subject:
    """What a set of facts is measured on: one asset, or all of them together.

    Attributes
    ----------
    name : str
        The asset's, or empty.
    facts : tuple of Fact
    sample : callable
        Windows (n, L, C) as the facts want them.
    real : (T, C) float64
    paths : (n, L, C) float64
    shuffled : (m, L, C) float64
        Windows that know nothing of what the facts are about.
    holdout : (h, L, C) float64 or None
        Windows that came after the history.
    """

    name: str
    facts: tuple[Fact[Any], ...]
    sample: Callable[[FloatArray], Any]
    real: FloatArray
    paths: FloatArray
    shuffled: FloatArray
    holdout: FloatArray | None = None

    def measured(self, x: FloatArray) -> dict[str, FloatArray]:
        """The facts' vectors of windows (n, L, C)."""
        return measured(self.facts, self.sample(x))


@dataclass(frozen=True)
class Distance:
    """How far paths are from a history in one fact.

    Attributes
    ----------
    score : float
        Root mean square of the difference between the vectors, over its mean between the history and resamples of its
        own years: 1 is as far as another history would be. NaN where resamples do not differ.
    replicates : (R,) float64
        Of the score, with other paths and other resamples.
    limit : float
        What 95 of 100 resamples of the history stay below.
    shuffled : float
        Score of windows that know nothing of the fact.
    holdout : float or None
        Score of what came after the history.
    real, synthetic : (K,) float64
        Vectors of the history and of the paths.
    low, high : (K,) float64
        The vectors' 90 % band over resamples of the history.
    """

    score: float
    replicates: FloatArray
    limit: float
    shuffled: float
    holdout: float | None
    real: FloatArray
    synthetic: FloatArray
    low: FloatArray
    high: FloatArray


def distances(subject: Subject, groups: Groups, n_draws: int, rng: np.random.Generator) -> dict[str, Distance]:
    """Measure all facts of a subject.

    Parameters
    ----------
    subject : Subject
    groups : Groups
        Of its paths.
    n_draws : int
        Resamples of the history.
    rng : numpy.random.Generator

    Returns
    -------
    dict of str to Distance
        By the facts' names.
    """
    n_rows, length = len(subject.real), subject.paths.shape[1]
    truth = subject.measured(windows(subject.real, window_starts(n_rows, length), length))
    drawn = _stacked(
        [subject.measured(windows(subject.real, drawn_starts(n_rows, length, rng), length)) for _ in range(n_draws)]
    )
    whole = subject.measured(subject.paths)
    n_groups = groups.weights.shape[1]
    parts = _stacked([subject.measured(subject.paths[groups.member == g]) for g in range(n_groups)])
    shuffled = subject.measured(subject.shuffled)
    holdout = None if subject.holdout is None else subject.measured(subject.holdout)
    again = rng.integers(0, n_draws, (len(groups.weights), n_draws))
    found = {}
    for name, real in truth.items():
        noise = gap(drawn[name], real)
        floor = float(noise.mean()) if noise.mean() > TOO_STILL else float("nan")
        moved = groups.replicates(whole[name], parts[name]) if n_groups else np.empty((0, len(real)))
        found[name] = Distance(
            float(gap(whole[name], real)) / floor,
            gap(moved, real) / np.maximum(noise[again].mean(axis=1), TOO_STILL),
            float(np.quantile(noise, 0.95)) / floor,
            float(gap(shuffled[name], real)) / floor,
            None if holdout is None else float(gap(holdout[name], real)) / floor,
            real,
            whole[name],
            *np.quantile(drawn[name], BAND, axis=0),
        )
    return found


def gap(a: FloatArray, b: FloatArray) -> FloatArray:
    """Root mean square difference of vectors, over their last axis."""
    return np.asarray(np.sqrt(((a - b) ** 2).mean(axis=-1)))


def _stacked(vectors: list[dict[str, FloatArray]]) -> dict[str, FloatArray]:
    return {name: np.stack([vector[name] for vector in vectors]) for name in vectors[0]} if vectors else {}
