"""Paths that meet a target, drawn until there are enough of them, with exact weights."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from synthdiff.data.interval import Interval, effective_size, skewed_interval
from synthdiff.data.split import FloatArray, IntArray
from synthdiff.data.target import BoolArray, Target
from synthdiff.runtime import spawn_seed
from synthdiff.sampling.pilot import Course, case_weights, draw_unguided
from synthdiff.sampling.tilt import NoiseSummary, TiltMixture, block_edges, defended_weights

CHUNK = 512
"""Paths that share a seed of their own: path i depends on the model, the seed and its chunk alone."""
DEFENCE = 76 / CHUNK
"""Share of guided draws that are untilted, about 15 %: no weight is more than 6.7 times the mean."""


@dataclass(eq=False)
class Pool:
    """Draws that are kept if they meet a target.

    Attributes
    ----------
    target : Target
        Settled.
    n_draws : int
        All that were looked at.
    """

    target: Target
    n_draws: int = 0
    _paths: list[FloatArray] = field(default_factory=list)
    _met: list[BoolArray] = field(default_factory=list)
    _weights: list[FloatArray] = field(default_factory=list)

    def add(self, paths: FloatArray, values: FloatArray, weights: FloatArray, n_draws: int | None = None) -> None:
        """Look at draws: (n, L, K) paths, their (n, k) measures and (n,) weights; all there are of `n_draws`."""
        met = self.target.met(values)
        kept = met.any(axis=1)
        self.n_draws += len(paths) if n_draws is None else n_draws
        self._paths.append(paths[kept])
        self._met.append(met[kept])
        self._weights.append(weights[kept])

    @property
    def n_met(self) -> int:
        """Paths that meet the target."""
        return sum(len(part) for part in self._weights)

    @property
    def share(self) -> float:
        """Share of the draws that meet the target, whatever their weights."""
        return self.n_met / self.n_draws

    @property
    def size(self) -> float:
        """Effective paths among those that meet the target; 0 if a case of it is not met."""
        if not self.covers:
            return 0.0
        return effective_size(case_weights(self._all_met, np.concatenate(self._weights), self.target.share))

    @property
    def covers(self) -> bool:
        """Whether each case of the target is met."""
        return bool(self.n_met) and bool(self._all_met.any(axis=0).all())

    def missing(self) -> int:
        """The first case that is not met."""
        return int((~self._all_met.any(axis=0)).argmax())

    def probability(self) -> tuple[float, Interval]:
        """How probable the target is by itself, and its 95 % interval, from weighted draws."""
        weights = np.concatenate(self._weights)
        found = float(weights.sum()) / self.n_draws
        terms = np.zeros(self.n_draws)
        terms[: len(weights)] = weights
        low, high = skewed_interval(found, (terms - found) / self.n_draws, effective_size(weights))
        return found, (max(low, 0.0), min(high, 1.0))

    def take(self, n_paths: int | None) -> tuple[FloatArray, FloatArray]:
        """The first paths that meet the target, some for each case, and weights that sum to 1.

        Parameters
        ----------
        n_paths : int or None
            None: all.

        Returns
        -------
        (n, L, K) float64, (n,) float64
        """
        met, weights = self._all_met, np.concatenate(self._weights)
        rows = np.arange(len(met))
        if n_paths is not None and n_paths < len(met):
            cover = np.unique(met.argmax(axis=0))
            others = np.setdiff1d(rows, cover)
            rows = np.sort(np.concatenate([cover, others[: max(n_paths - len(cover), 0)]]))
        paths = np.concatenate(self._paths)
        return paths[rows], case_weights(met[rows], weights[rows], self.target.share)

    @property
    def _all_met(self) -> BoolArray:
        return np.concatenate(self._met)


def unguided_chunk(course: Course, chunk: int, random_state: int) -> FloatArray:
    """The paths of a chunk as they are by themselves, (512, L, K)."""
    rng = np.random.default_rng(spawn_seed(random_state, "paths", chunk))
    return course.run(*draw_unguided(course, CHUNK, rng))


def guided_noise(
    course: Course, mixture: TiltMixture, chunk: int, random_state: int
) -> tuple[FloatArray, IntArray, FloatArray]:
    """A chunk of tilted noise, some of it untilted, in random order: (512, L, D), its starts and weights, (512,)."""
    rng = np.random.default_rng(spawn_seed(random_state, "guided", chunk))
    n_plain = round(DEFENCE * CHUNK)
    plain = draw_unguided(course, n_plain, rng)
    tilted = mixture.draw(CHUNK - n_plain, np.diff(block_edges(course.n_steps)), rng)
    order = rng.permutation(CHUNK)
    noise, start = (np.concatenate(parts)[order] for parts in zip(plain, tilted, strict=True))
    return noise, start, defended_weights(mixture.log_ratio(NoiseSummary.of(noise, start)), n_plain / CHUNK)
