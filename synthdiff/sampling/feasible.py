"""Whether paths can be led to a target at all, found out on rough paths before any real one is drawn.

Rough paths, of a solver with one step, end near the real ones and take a fraction of the time. Where even the
cross-entropy method leads none of them near the target, real ones are not tried.
"""

from __future__ import annotations

import numpy as np

from synthdiff.data.split import FloatArray
from synthdiff.data.target import Target
from synthdiff.errors import ConditioningError, TooFewRowsError
from synthdiff.runtime import spawn_seed
from synthdiff.sampling.pilot import Course, Guide, Pilot, draw_unguided, find_guide
from synthdiff.sampling.pool import CHUNK, DEFENCE
from synthdiff.sampling.tilt import NoiseSummary

SLACK = 4.0
"""How many times more of the real paths may meet a target than of the rough ones."""
NEAR = 0.5
"""Standard deviations of a measure by which rough paths may miss the target where real ones are tried all the same."""


def refuse_infeasible(
    course: Course, target: Target, tolerance: float | None, n_paths: int, budget: int, random_state: int
) -> None:
    """Refuse a target that rough paths cannot be led near to, or that too few of them meet.

    Parameters
    ----------
    course : Course
        One without rough versions is not looked at.
    target : Target
        As asked for.
    tolerance : float or None
        Half width of the band around a single value; see `Target.settled`.
    n_paths, budget : int
        Paths that are wanted, and that may be drawn.
    random_state : int

    Raises
    ------
    ConditioningError
        No rough path comes near; it says how near they come.
    TooFewRowsError
        Far too few rough paths meet the target.
    """
    if not course.roughs:
        return
    rough = course.roughs[0].course
    rng = np.random.default_rng(spawn_seed(random_state, "feasible"))
    noise, start = draw_unguided(rough, CHUNK, rng)
    values = rough.measure(rough.run(noise, start), target)
    settled, spread = target.settled(values, tolerance), values.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    if settled.distances(values, scale).min(axis=0).max() <= NEAR:
        return
    pilot = Pilot.first(NoiseSummary.of(noise, start), values, settled, scale)
    guide = find_guide(rough, settled, scale, pilot, DEFENCE, spawn_seed(random_state, "feasible"))
    if not guide.worth and settled.distances(guide.nearest[None], scale).max() > NEAR:
        raise unreachable(settled, guide, values)
    if guide.worth and SLACK * guide.share * budget < n_paths:
        raise TooFewRowsError(
            f"about {guide.share:.2%} of the paths that are led there meet what was asked ({settled.text}), and "
            f"{n_paths:,} were wanted: that takes about {n_paths / guide.share:,.0f}; raise max_draws, now "
            f"{budget:,}, widen the tolerance, or ask for fewer paths",
            asked=n_paths,
            got=0,
        )


def unreachable(target: Target, guide: Guide, values: FloatArray) -> ConditioningError:
    """Return the error of a target beyond what paths can be led to.

    Parameters
    ----------
    target : Target
        Settled.
    guide : Guide
        What the search found.
    values : (n, k) float64
        Measures of unguided paths.
    """
    rows = zip(target.measures, guide.nearest, values.T, strict=True)
    near = " and ".join(
        f"the {measure.text} is {measure.format(float(value))}, and between {measure.format(float(own.min()))} and "
        f"{measure.format(float(own.max()))} on unguided ones"
        for measure, value, own in rows
    )
    return ConditioningError(
        f"none of {guide.n_draws:,} paths meets what was asked ({target.text}): on the nearest {near}; ask for less, "
        "or for a longer horizon",
        column=target.measures[0].name,
        value=target.text,
        support=[(float(own.min()), float(own.max())) for own in values.T],
    )
