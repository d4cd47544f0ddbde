"""Where to look for paths that do something rare: tilts of their noise, found by the cross-entropy method.

Rounds of draws come closer to the target step by step: each fits tilts to the paths that are nearest to it so far,
weighted so that they stand for what the paths do by themselves, and draws the next round from these tilts. All rounds
together count in each fit, with the density of the mixture of all of them ([2]_, section 2).

References
----------
.. [1] de Boer, Kroese, Mannor and Rubinstein (2005). A tutorial on the cross-entropy method. Annals of Operations
   Research 134, 19-67, algorithm 3.1.
.. [2] Cornuet, Marin, Mira and Robert (2012). Adaptive multiple importance sampling. Scandinavian Journal of Statistics
   39, 798-812.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from synthdiff.data.interval import effective_size
from synthdiff.data.split import FloatArray, IntArray
from synthdiff.data.target import BoolArray, Target
from synthdiff.runtime import spawn_seed
from synthdiff.sampling.tilt import NoiseSummary, TiltMixture, block_edges, defended_weights
from synthdiff.sampling.tiltfit import fit_mixture, start_features

ROUND, MAX_ROUNDS = 1_024, 10
ELITE = 0.1
"""Share of a round that the next one is fitted to, until enough paths meet the target itself."""
ENOUGH, LEAST_ENOUGH = 300.0, 10.0
"""Effective paths that a fit to the target itself needs, shared by its cases, but so many of each."""
EXTRA_ROUNDS = 2
"""Drawn from what was fitted to the target itself, to fit it better."""
ON_THE_WAY = 0.1
"""Share of the tilted draws that earlier rounds' tilts get in the end."""
STUCK, PROGRESS = 3, 0.98
"""So many rounds without coming closer by this factor end the search."""
LOOKED_AT, HOPELESS = 3, 2.0
"""Rounds after which a search ends that would need so many times the rounds that are left at the pace until then."""


class Course(Protocol):
    """What turns noise into paths: each path is a fixed function of its noise and of the state that it starts in."""

    @property
    def n_steps(self) -> int:
        """L."""

    @property
    def n_channels(self) -> int:
        """D: channels of noise."""

    @property
    def start_summary(self) -> FloatArray:
        """A few numbers about each of the N states that paths may start in, all equally likely, (N, S)."""

    @property
    def roughs(self) -> Sequence[RoughCourse]:
        """Cheaper versions, whose paths end near the real ones; none where there is nothing to gain."""

    def run(self, noise: FloatArray, start: IntArray) -> FloatArray:
        """Paths, (n, L, K), from (n, L, D) noise and the states that they start in."""

    def measure(self, paths: FloatArray, target: Target) -> FloatArray:
        """What the target is about, (n, k)."""


@dataclass(frozen=True, eq=False)
class RoughCourse:
    """A cheaper version of a course.

    Attributes
    ----------
    course : Course
    cost : float
        Of a path, as a share of that of a real one.
    """

    course: Course
    cost: float


def draw_unguided(course: Course, n: int, rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
    """Noise and starts as they are by themselves, (n, L, D) and (n,); the starts are spread evenly over all."""
    n_starts = len(course.start_summary)
    start = ((rng.permutation(n) + rng.random(n)) / n * n_starts).astype(np.int64).clip(max=n_starts - 1)
    return rng.standard_normal((n, course.n_steps, course.n_channels)), start


def case_weights(met: BoolArray, weights: FloatArray, share: FloatArray) -> FloatArray:
    """Weights with which each case has its share, (n,); they sum to 1.

    Parameters
    ----------
    met : (n, m) bool
        Which paths meet which cases; each case is met by some.
    weights : (n,) float64
    share : (m,) float64
        Sum to 1.
    """
    return np.asarray(weights * (met @ (share / (weights @ met))))


@dataclass(frozen=True, eq=False)
class Pilot:
    """All draws of the search so far.

    Attributes
    ----------
    noise : NoiseSummary
        Of n paths.
    values : (n, k) float64
        Their measures.
    distances : (n, m) float64
        From each case of the target.
    density : (n,) float64
        Of the mixture of all rounds, relative to the untilted law and times n.
    rounds : tuple of TiltMixture
        That later rounds were drawn from, `ROUND` draws each; the first, untilted one took the rest.
    """

    noise: NoiseSummary
    values: FloatArray
    distances: FloatArray
    density: FloatArray
    rounds: tuple[TiltMixture, ...] = ()

    @classmethod
    def first(cls, noise: NoiseSummary, values: FloatArray, target: Target, scale: FloatArray) -> Pilot:
        """A search that begins with untilted draws and their (n, k) measures."""
        n = len(noise)
        return cls(noise, values, target.distances(values, scale), np.full(n, float(n)))

    @property
    def weights(self) -> FloatArray:
        """What each draw stands for, (n,)."""
        return len(self.density) / self.density

    def nearest(self) -> FloatArray:
        """Measures of the path that is nearest to the case that is farthest from all paths, (k,)."""
        case = int(self.distances.min(axis=0).argmax())
        return np.asarray(self.values[self.distances[:, case].argmin()])

    def with_round(self, mixture: TiltMixture, noise: NoiseSummary, values: FloatArray, distances: FloatArray) -> Pilot:
        """The search with one more round."""
        n_first = len(self.density) - ROUND * len(self.rounds)
        own = np.full(len(noise), float(n_first))
        for earlier in (*self.rounds, mixture):
            own += ROUND * _exp(earlier.log_ratio(noise))
        before = self.density + ROUND * _exp(mixture.log_ratio(self.noise))
        return Pilot(
            self.noise.joined(noise),
            np.concatenate([self.values, values]),
            np.concatenate([self.distances, distances]),
            np.concatenate([before, own]),
            (*self.rounds, mixture),
        )


@dataclass(frozen=True, eq=False)
class Guide:
    """What the search has found.

    Attributes
    ----------
    mixture : TiltMixture
    worth : float
        Effective paths that one draw from it is worth, by its last round; 0 if none meets the target.
    share : float
        Share of the draws of the last round that meet a case of the target.
    n_draws : int
        All that the search took.
    nearest : (k,) float64
        Measures of the nearest path.
    """

    mixture: TiltMixture
    worth: float
    share: float
    n_draws: int
    nearest: FloatArray


def find_guide(
    course: Course, target: Target, scale: FloatArray, pilot: Pilot, defence: float, random_state: int
) -> Guide:
    """Search for tilts under which paths meet a target.

    Parameters
    ----------
    course : Course
    target : Target
        Settled.
    scale : (k,) float64
        Unit of the distance of each measure.
    pilot : Pilot
        Untilted draws.
    defence : float
        Share of untilted draws that the tilts will be used with.
    random_state : int
    """
    features = start_features(course.start_summary)
    settled: list[TiltMixture] = []
    stuck, closest, first, worth, share = 0, np.inf, np.inf, 0.0, 0.0
    for number in range(MAX_ROUNDS + 1):
        rng = np.random.default_rng(spawn_seed(random_state, "pilot", number))
        levels = _levels(pilot, target)
        rows, weights = _elite(pilot, target, levels)
        mixture = fit_mixture(pilot.noise.take(rows), weights, features, rng)
        if not levels.any():
            settled.append(mixture)
        stuck = 0 if levels.max() < PROGRESS * closest else stuck + 1
        closest = min(closest, float(levels.max()))
        first = closest if number == 0 else first
        is_hopeless = number >= LOOKED_AT and closest * number > HOPELESS * (first - closest) * (MAX_ROUNDS - number)
        if len(settled) > EXTRA_ROUNDS or stuck >= STUCK or is_hopeless or number == MAX_ROUNDS:
            break
        pilot, worth, share = _next_round(course, target, scale, pilot, mixture, defence, rng)
    return Guide(_final(settled or [mixture], pilot.rounds), worth, share, len(pilot.density), pilot.nearest())


def _final(settled: list[TiltMixture], rounds: tuple[TiltMixture, ...]) -> TiltMixture:
    """What to draw from in the end: the fits to the target, and for ways there that they miss, those on the way."""
    earlier = [mixture for mixture in rounds if not any(mixture is last for last in settled)]
    if not earlier:
        return TiltMixture.union(settled)
    return TiltMixture.union([TiltMixture.union(settled), TiltMixture.union(earlier)], [1 - ON_THE_WAY, ON_THE_WAY])


def _levels(pilot: Pilot, target: Target) -> FloatArray:
    """How near to each case paths must come to be fitted to, (m,): 0 where enough paths meet it."""
    met = pilot.distances <= 0
    weights = pilot.weights
    size = (weights @ met) ** 2 / np.maximum(weights**2 @ met, 1e-300)
    last = pilot.distances[-ROUND:] if pilot.rounds else pilot.distances
    needed = max(ENOUGH / target.n_cases, LEAST_ENOUGH)
    return np.where(size >= needed, 0.0, np.quantile(last, ELITE, axis=0))


def _elite(pilot: Pilot, target: Target, levels: FloatArray) -> tuple[IntArray, FloatArray]:
    """The paths that are fitted to, and their weights."""
    near = pilot.distances <= levels
    rows = np.flatnonzero(near.any(axis=1))
    return rows, case_weights(near[rows], pilot.weights[rows], target.share)


def _next_round(
    course: Course,
    target: Target,
    scale: FloatArray,
    pilot: Pilot,
    mixture: TiltMixture,
    defence: float,
    rng: np.random.Generator,
) -> tuple[Pilot, float, float]:
    """The search with one more round of draws, the effective paths that each of these is worth, and how many meet."""
    lengths = np.diff(block_edges(course.n_steps))
    parts = []
    for _ in range(0, ROUND, ROUND // 2):  # in two halves, as memory is limited
        noise, start = mixture.draw(ROUND // 2, lengths, rng)
        parts.append((NoiseSummary.of(noise, start), course.measure(course.run(noise, start), target)))
    drawn = parts[0][0].joined(parts[1][0])
    values = np.concatenate([part for _, part in parts])
    distances = target.distances(values, scale)
    met = distances <= 0
    worth = 0.0
    if met.any(axis=0).all():
        rows = np.flatnonzero(met.any(axis=1))
        weights = defended_weights(mixture.log_ratio(drawn.take(rows)), defence)
        worth = (1 - defence) * effective_size(case_weights(met[rows], weights, target.share)) / ROUND
    return pilot.with_round(mixture, drawn, values, distances), worth, float(met.any(axis=1).mean())


def _exp(log_ratio: FloatArray) -> FloatArray:
    """Of logarithms that may be too large: such a draw's weight is 0 anyway."""
    return np.exp(np.minimum(log_ratio, 700.0))
