"""Paths that do what is asked of them, with the weights and the probability that go with it.

First some paths are drawn as they are by themselves: their share that meets the target is its probability. If it is
frequent enough, more of them are drawn until there are as many as asked for; else their noise is tilted towards the
target, and each path weighs what the tilt has made it too likely. Either way every path meets the target exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from synthdiff.data.interval import Interval, effective_size, exact_share_interval
from synthdiff.data.split import FloatArray
from synthdiff.data.target import Target
from synthdiff.errors import TooFewRowsError
from synthdiff.runtime import spawn_seed
from synthdiff.sampling.feasible import refuse_infeasible, unreachable
from synthdiff.sampling.pilot import Course, Guide, Pilot, draw_unguided, find_guide
from synthdiff.sampling.pool import CHUNK, DEFENCE, Pool, guided_noise
from synthdiff.sampling.screen import Screen
from synthdiff.sampling.tilt import NoiseSummary

UNGUIDED_CHUNKS = 4
"""2,048 untilted paths tell the probability of the target."""
EASY, FEW = 0.1, 4_096
"""Untilted paths are drawn on where so large a share of them is worth something, or so few are needed."""
GAIN = 1.5
"""Tilts must make a draw worth so many times more."""
DRAWS_PER_PATH, LEAST_BUDGET = 50, 10_000
PATIENCE = 8
"""Chunks after which it is foreseen whether the budget will do."""


Watch = Callable[[int, int], None]
"""Is told how many of the paths are found, and how many are wanted."""


@dataclass(frozen=True, eq=False)
class Steered:
    """Paths that meet a target.

    Attributes
    ----------
    target : Target
        Settled.
    paths : (n, L, K) float64
        As the course runs.
    weights : (n,) float64
        Sum to 1.
    n_draws : int
        All that it took.
    probability : float
        Share of the untilted paths that meet the target.
    interval : pair of float
        95 % of it, after Clopper and Pearson.
    n_unguided : int
        Untilted paths.
    reached : (2, k) float64
        Lowest and highest measures of untilted paths.
    estimate : tuple of float and pair of float, or None
        The probability by importance sampling and its 95 % interval; None where nothing was tilted.
    """

    target: Target
    paths: FloatArray
    weights: FloatArray
    n_draws: int
    probability: float
    interval: Interval
    n_unguided: int
    reached: FloatArray
    estimate: tuple[float, Interval] | None

    @property
    def effective_size(self) -> float:
        """Independent paths that these are worth."""
        return effective_size(self.weights)


@dataclass(frozen=True, eq=False)
class _Unguided:
    """Untilted paths: those that meet the target, and where the search begins."""

    pool: Pool
    noise: NoiseSummary
    values: FloatArray
    scale: FloatArray

    @property
    def worth(self) -> float:
        """Effective paths that one draw is worth."""
        return self.pool.size / self.pool.n_draws


def steer(
    course: Course,
    target: Target,
    n_paths: int,
    random_state: int,
    *,
    tolerance: float | None = None,
    min_effective: float | None = None,
    max_draws: int | None = None,
    watch: Watch | None = None,
) -> Steered:
    """Draw paths that meet a target.

    Parameters
    ----------
    course : Course
    target : Target
    n_paths : int
    random_state : int
        The same seed gives the same paths.
    tolerance : float or None
        Half of the band around a single value; see `Target.settled`.
    min_effective : float or None
        More paths than `n_paths` are given until they are worth so many independent ones.
    max_draws : int or None
        Paths that may be drawn at most, besides the search; None: 50 for each asked for, and 10,000.
    watch : callable or None
        Is told now and then how many of the paths are found, and how many are wanted.

    Returns
    -------
    Steered

    Raises
    ------
    ConditioningError
        No path that was drawn meets the target; it says how near they came.
    TooFewRowsError
        Too few do, within the budget.
    """
    budget = DRAWS_PER_PATH * n_paths + LEAST_BUDGET if max_draws is None else max_draws
    refuse_infeasible(course, target, tolerance, n_paths, budget, random_state)
    plain = _unguided(course, target, tolerance, random_state)
    settled, worth = plain.pool.target, plain.worth
    n_unguided, share = plain.pool.n_draws, plain.pool.share
    pool, guide, screen = plain.pool, None, None
    if not _is_enough(pool, n_paths, min_effective) and worth < EASY and worth * FEW < n_paths:
        pilot = Pilot.first(plain.noise, plain.values, settled, plain.scale)
        guide = find_guide(course, settled, plain.scale, pilot, DEFENCE, random_state)
        if not max(guide.worth, worth):
            raise unreachable(settled, guide, plain.values)
        if guide.worth > GAIN * worth:
            pool = Pool(settled)
            screen = _first_guided(pool, course, guide, plain.scale, random_state)
        else:
            guide = None
    _fill(pool, _source(course, guide, screen, random_state), course, n_paths, min_effective, budget, watch)
    paths, weights = pool.take(None if min_effective else n_paths)
    return Steered(
        target=settled,
        paths=paths,
        weights=weights,
        n_draws=pool.n_draws if guide is None else pool.n_draws + guide.n_draws,
        probability=share,
        interval=exact_share_interval(share, n_unguided),
        n_unguided=n_unguided,
        reached=np.stack([plain.values.min(axis=0), plain.values.max(axis=0)]),
        estimate=None if guide is None else pool.probability(),
    )


def _unguided(course: Course, target: Target, tolerance: float | None, random_state: int) -> _Unguided:
    """Draw the first chunks; the first of them says what is usual."""
    pool: Pool | None = None
    summaries, values = [], []
    for chunk in range(UNGUIDED_CHUNKS):
        noise, start = draw_unguided(course, CHUNK, _rng(random_state, chunk))
        paths = course.run(noise, start)
        measured = course.measure(paths, target)
        pool = Pool(target.settled(measured, tolerance)) if pool is None else pool
        pool.add(paths, measured, np.ones(CHUNK))
        summaries.append(NoiseSummary.of(noise, start))
        values.append(measured)
    assert pool is not None
    noise_summary = summaries[0]
    for summary in summaries[1:]:
        noise_summary = noise_summary.joined(summary)
    every = np.concatenate(values)
    spread = every.std(axis=0)
    return _Unguided(pool, noise_summary, every, np.where(spread > 0, spread, 1.0))


def _rng(random_state: int, chunk: int) -> np.random.Generator:
    return np.random.default_rng(spawn_seed(random_state, "paths", chunk))


def _first_guided(pool: Pool, course: Course, guide: Guide, scale: FloatArray, random_state: int) -> Screen | None:
    """Draw the first guided chunk, all of which is looked at, and find out whether others can be screened."""
    noise, start, weights = guided_noise(course, guide.mixture, 0, random_state)
    paths = course.run(noise, start)
    values = course.measure(paths, pool.target)
    pool.add(paths, values, weights)
    return Screen.fit(course.roughs, pool.target, scale, (noise, start), values)


def _source(
    course: Course, guide: Guide | None, screen: Screen | None, random_state: int
) -> Callable[[int], tuple[FloatArray, FloatArray]]:
    """Where chunks come from: paths and weights of the chunk-th, those that are looked at."""

    def unguided(chunk: int) -> tuple[FloatArray, FloatArray]:
        return course.run(*draw_unguided(course, CHUNK, _rng(random_state, chunk))), np.ones(CHUNK)

    if guide is None:
        return unguided
    mixture = guide.mixture

    def guided(chunk: int) -> tuple[FloatArray, FloatArray]:
        noise, start, weights = guided_noise(course, mixture, chunk, random_state)
        if screen is None:
            return course.run(noise, start), weights
        rng = np.random.default_rng(spawn_seed(random_state, "screen", chunk))
        kept, more = screen.choose(noise, start, rng)
        return course.run(noise[kept], start[kept]), weights[kept] * more

    return guided


def _is_enough(pool: Pool, n_paths: int, min_effective: float | None) -> bool:
    return pool.n_met >= n_paths and pool.covers and (min_effective is None or pool.size >= min_effective)


def _fill(
    pool: Pool,
    source: Callable[[int], tuple[FloatArray, FloatArray]],
    course: Course,
    n_paths: int,
    min_effective: float | None,
    budget: int,
    watch: Watch | None,
) -> None:
    """Draw chunks until there are enough paths."""
    while not _is_enough(pool, n_paths, min_effective):
        if watch is not None:
            watch(min(pool.n_met, n_paths), n_paths)
        foreseen = pool.n_draws * n_paths / max(pool.n_met, 1)
        late = pool.n_draws >= PATIENCE * CHUNK
        if pool.n_draws >= budget or (late and foreseen > 2 * budget):
            raise _too_few(pool, n_paths, min_effective, budget)
        paths, weights = source(pool.n_draws // CHUNK)
        pool.add(paths, course.measure(paths, pool.target), weights, CHUNK)


def _too_few(pool: Pool, n_paths: int, min_effective: float | None, budget: int) -> TooFewRowsError:
    text = pool.target.text
    if pool.n_met >= n_paths and not pool.covers:
        return TooFewRowsError(
            f"{pool.n_met:,} of {pool.n_draws:,} paths meet one of the values asked for ({text}), but none the value "
            f"{_case_text(pool.target, pool.missing())}; widen the tolerance, or leave it out",
            asked=n_paths,
            got=pool.n_met,
        )
    if min_effective is not None and pool.n_met >= n_paths:
        return TooFewRowsError(
            f"{pool.n_met:,} of {pool.n_draws:,} paths meet what was asked ({text}), but they are worth "
            f"{pool.size:,.0f} independent ones of {min_effective:,.0f}; raise max_draws, now {budget:,}",
            asked=n_paths,
            got=pool.n_met,
        )
    needed = pool.n_draws * n_paths / max(pool.n_met, 1)
    return TooFewRowsError(
        f"{pool.n_met:,} of {pool.n_draws:,} paths meet what was asked ({text}), {n_paths:,} were wanted, which takes "
        f"about {needed:,.0f}; raise max_draws, now {budget:,}, widen the tolerance, or ask for fewer paths",
        asked=n_paths,
        got=pool.n_met,
    )


def _case_text(target: Target, case: int) -> str:
    rows = zip(target.measures, target.low[case], target.high[case], strict=True)
    return ", ".join(f"{measure.format(low)} to {measure.format(high)}" for measure, low, high in rows)
