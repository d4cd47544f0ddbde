"""Scores from distances: one a fact, over all assets, with interval and references."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from synthdiff.codecs.token import FloatArray
from synthdiff.evaluation.stylized.distance import Distance
from synthdiff.evaluation.stylized.fact import Fact, Gauge, Telling
from synthdiff.evaluation.stylized.outlier import outlying
from synthdiff.score import Score, bootstrap_interval, within

GOOD, BAD = 1.5, 3.0
"""Scores up to the first are right: of 20 stocks over 32 years, nine of ten resamples of their own years score less.
Scores from the second on are wrong: one resample in five hundred scores as much."""
FEW_ELEMENTS = 2
"""Elements of a vector up to which scores scatter so much that chance exceeds 1.5: such as those of a single pair."""
ALIKE = 1.0
"""What another history of the same length scores."""


def fact_scores(
    facts: Sequence[Fact[Any]], found: Mapping[str, Mapping[str, Distance]], names: Sequence[str] = ()
) -> dict[str, Score]:
    """One score a fact.

    Parameters
    ----------
    facts : sequence of Fact
    found : mapping of str to mapping of str to Distance
        By asset, then by fact.
    names : sequence of str
        Of the elements of facts across assets: pairs.

    Returns
    -------
    dict of str to Score
        The mean over the assets that the fact was measured on; facts that were measured on none are left out.
        ``details`` has ``assets`` (score of each), ``limit`` (what 95 of 100 resamples of the history stay below),
        ``later`` (score of what came after the history, or None) and ``gauge``: in which number the paths are furthest
        off, that number of history and paths, and what is wrong in words, empty up to 1.5. Facts that are told of
        single assets have ``outlying``, see `outlying`, and ``alone``. ``edge`` is what counts as right in the place
        of 1.5 where the fact is one or two numbers.
    """
    scores = {}
    for fact in facts:
        known = {name: own[fact.name] for name, own in found.items() if fact.name in own}
        if known:
            scores[fact.name] = _score(fact, known, names)
    return scores


def _score(fact: Fact[Any], of: Mapping[str, Distance], names: Sequence[str]) -> Score:
    known = {name: distance for name, distance in of.items() if np.isfinite(distance.score)}
    title = fact.name[:1].upper() + fact.name[1:]
    if not known:
        note = "no resample of the history differs from it in this"
        return Score(fact.name, "fidelity", title, fact.what, None, "lower", ceiling=ALIKE, note=note)
    value, shuffled = (float(np.mean([getattr(d, key) for d in known.values()])) for key in ("score", "shuffled"))
    later = [d.holdout for d in known.values() if d.holdout is not None]
    limit, edge = float(np.mean([distance.limit for distance in known.values()])), GOOD
    if max(len(distance.real) for distance in known.values()) <= FEW_ELEMENTS:
        edge = max(GOOD, limit)
    return Score(
        fact.name,
        "fidelity",
        title,
        fact.what,
        value,
        "lower",
        mean_interval(value, [distance.replicates for distance in known.values()]),
        floor=shuffled,
        ceiling=ALIKE,
        bad=max(shuffled, BAD),
        details={
            "assets": {name: distance.score for name, distance in known.items()},
            "limit": limit,
            "later": float(np.mean(later)) if later else None,
            "gauge": _gauge(fact, known, value > edge),
            "right": fact.right,
            **({"edge": edge} if edge > GOOD else {}),
            **({} if fact.telling is None else _told(fact.telling, known, names)),
        },
    )


def _told(telling: Telling, known: Mapping[str, Distance], names: Sequence[str]) -> dict[str, Any]:
    return {"outlying": outlying(telling, known, names), "alone": telling.alone}


def mean_interval(value: float, replicates: Sequence[FloatArray]) -> tuple[float, float] | None:
    """95 % interval of a mean of scores from the replicates of each, (R,), which share their paths."""
    known = [replicate for replicate in replicates if len(replicate)]
    if not known:
        return None
    return within(bootstrap_interval(np.mean(known, axis=0), value), 0.0, float("inf"))


def _gauge(fact: Fact[Any], known: Mapping[str, Distance], is_off: bool) -> dict[str, Any]:
    """In which number, and how, the assets that are off are furthest off; all assets where none is."""
    off = [distance for distance in known.values() if distance.score > GOOD] or list(known.values())

    def numbers(gauge: Gauge) -> tuple[float, float]:
        real, synthetic = (float(np.mean([gauge.of(getattr(d, key)) for d in off])) for key in ("real", "synthetic"))
        return real, synthetic

    def apart(gauge: Gauge) -> float:
        real, synthetic = numbers(gauge)
        return abs(synthetic - real)

    furthest = max(fact.gauges, key=apart)
    real, synthetic = numbers(furthest)
    return {
        "words": furthest.words,
        "real": furthest.shown(real),
        "synthetic": furthest.shown(synthetic),
        "fault": furthest.fault(real, synthetic) if is_off else "",
    }
