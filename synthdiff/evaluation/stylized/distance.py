"""How far paths are from a history, in units of how far another history of the same length would be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
        Group of each path.
    weights : (R, G) float64
        Rows sum to 1; (0, 0) where there are too few paths.
    """

    member: IntArray
    weights: FloatArray

    @classmethod
    def of(cls, n_paths: int, rng: np.random.Generator) -> Self:
        """Deal paths into groups at random."""
        count = min(MOST_GROUPS, n_paths)
        member = rng.permutation(n_paths) % count
        if count < LEAST_GROUPS:
            return cls(member, np.empty((0, 0)))
        return cls(member, rng.multinomial(count, np.full(count, 1 / count), size=N_REPLICATES) / count)

    def of_pieces(self, n: int) -> IntArray:
        """Return the groups of n pieces of paths, (n,); pieces of a path follow each other and share its group."""
        return np.repeat(self.member, n // len(self.member))

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
    length : int or None
        Steps of the history's windows; None: as many as `paths` have.
    least : mapping of str to float
        What the noise floor of a fact is at least, by name: a history in which something never happened says nothing
        of how often it happens in another.
    """

    name: str
    facts: tuple[Fact[Any], ...]
    sample: Callable[[FloatArray], Any]
    real: FloatArray
    paths: FloatArray
    shuffled: FloatArray
    holdout: FloatArray | None = None
    length: int | None = None
    least: Mapping[str, float] = field(default_factory=dict)

    def measured(self, x: FloatArray) -> dict[str, FloatArray]:
        """The facts' vectors of windows (n, L, C)."""
        return measured(self.facts, self.sample(x))


@dataclass(frozen=True)
class Resampled:
    """The facts of a history, and of resamples of its own years.

    Attributes
    ----------
    truth : dict of str to (K,) float64
        By the facts' names.
    drawn : dict of str to (n_draws, K) float64
    n_windows : int or (P,) int64
        Windows of the history that do not overlap; of P pairs that are not known on the same steps, those of each.
    weights : dict of str to (K,) float64
        How much each element counts where they do not count alike.
    """

    truth: dict[str, FloatArray]
    drawn: dict[str, FloatArray]
    n_windows: int | IntArray
    weights: dict[str, FloatArray] = field(default_factory=dict)


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
    errors : (K,) float64
        Standard deviations of the difference of the vectors, over other histories and other paths.
    weights : (K,) float64 or None
        How much each element counts; None: all alike.
    n_windows : (K,) int64
        What the errors are known from: windows of the history that do not overlap, or resamples where they are fewer.
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
    errors: FloatArray
    weights: FloatArray | None
    n_windows: IntArray


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
    length = subject.length or subject.paths.shape[1]
    return compared(subject, resampled(subject.measured, subject.real, length, n_draws, rng), groups, rng)


def resampled(
    measure: Callable[[FloatArray], dict[str, FloatArray]],
    real: FloatArray,
    length: int,
    n_draws: int,
    rng: np.random.Generator,
) -> Resampled:
    """Measure a history, and resamples of it.

    Parameters
    ----------
    measure : callable
        The facts' vectors of windows (w, length, C), by name.
    real : (T, C) float64
    length : int
        Steps of a window.
    n_draws : int
    rng : numpy.random.Generator
    """
    n_rows = len(real)
    truth = measure(windows(real, window_starts(n_rows, length), length))
    drawn = [measure(windows(real, drawn_starts(n_rows, length, rng), length)) for _ in range(n_draws)]
    return Resampled(truth, stacked(drawn), n_rows // length)


def compared(subject: Subject, history: Resampled, groups: Groups, rng: np.random.Generator) -> dict[str, Distance]:
    """Compare a subject's paths with a history that was measured; elements that are NaN in the history do not count."""
    whole, shuffled = subject.measured(subject.paths), subject.measured(subject.shuffled)
    holdout = None if subject.holdout is None else subject.measured(subject.holdout)
    n_groups, member = groups.weights.shape[1], groups.of_pieces(len(subject.paths))
    parts = stacked([subject.measured(subject.paths[member == g]) for g in range(n_groups)])
    n_draws = len(next(iter(history.drawn.values())))
    again = rng.integers(0, n_draws, (len(groups.weights), n_draws))
    found = {}
    for name, real in history.truth.items():
        drawn, weights = history.drawn[name], history.weights.get(name)
        least = subject.least.get(name, 0.0)
        noise = np.maximum(gap(drawn, real, weights), least)
        floor = float(noise.mean()) if noise.mean() > TOO_STILL else float("nan")
        moved = groups.replicates(whole[name], parts[name]) if n_groups else np.empty((0, len(real)))
        low, high = np.quantile(drawn, BAND, axis=0)
        found[name] = Distance(
            float(gap(whole[name], real, weights)) / floor,
            gap(moved, real, weights) / np.maximum(noise[again].mean(axis=1), TOO_STILL),
            float(np.quantile(noise, 0.95)) / floor,
            float(gap(shuffled[name], real, weights)) / floor,
            None if holdout is None else float(gap(holdout[name], real, weights)) / floor,
            real,
            whole[name],
            low,
            high,
            np.hypot(np.maximum(drawn.std(axis=0), least), moved.std(axis=0) if n_groups else 0.0),
            weights,
            np.minimum(np.resize(history.n_windows, len(real)), n_draws),
        )
    return found


def gap(a: FloatArray, b: FloatArray, weights: FloatArray | None = None) -> FloatArray:
    """Root mean square difference of vectors, over their last axis; weighted means where weights (K,) are given."""
    if weights is None:
        return np.asarray(np.sqrt(((a - b) ** 2).mean(axis=-1)))
    counts = weights > 0
    return np.asarray(np.sqrt((((a - b) ** 2)[..., counts] * weights[counts]).sum(axis=-1) / weights.sum()))


def stacked(vectors: list[dict[str, FloatArray]]) -> dict[str, FloatArray]:
    """Put vectors of many samples under each other, by name."""
    return {name: np.stack([vector[name] for vector in vectors]) for name in vectors[0]} if vectors else {}
