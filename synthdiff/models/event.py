"""What must be said about paths that do what was asked: how probable it is, and whether it ever happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from synthdiff.codecs.series.channel import FloatArray
from synthdiff.data.market.calendar import steps_per_year
from synthdiff.data.measure import Measure
from synthdiff.data.paths import Event
from synthdiff.data.portfolio import Holdings, resolve_weights
from synthdiff.data.request import Request, Subjects
from synthdiff.models.course import SeriesCourse, past_of
from synthdiff.models.series_fit import SeriesFit
from synthdiff.sampling.steering import Steered

FEW, FEW_SHARE = 100, 0.1
"""Effective paths, and share of the paths, below which it is said that they are few."""


def subjects_of(fitted: SeriesFit, portfolio: Holdings | None = None) -> Subjects:
    """What a request to a fitted model may be about.

    Raises
    ------
    ConfigError
        The portfolio holds what is no asset, whether the request is about it or not.
    """
    codec = fitted.codec
    if portfolio is not None:
        resolve_weights(portfolio, codec.assets, codec.kinds)
    return Subjects(
        assets=codec.assets,
        kinds=codec.kinds,
        portfolio=portfolio,
        market=_market_weights(fitted),
        covariates=fitted.covariates.names,
        labels=codec.layout.labels,
        per_year=steps_per_year(fitted.dates),
    )


def event_of(found: Steered, request: Request, course: SeriesCourse, notes: tuple[str, ...] = ()) -> Event:
    """What was asked of steered paths, and what must be said about it; some notes come last."""
    text = f"{found.target.text} over {course.n_steps} step{'s' if course.n_steps > 1 else ''}"
    given = given_text(request, course.fitted)
    return Event(
        text=f"{text}, given {given}" if given else text,
        probability=found.probability,
        interval=found.interval,
        n_unguided=found.n_unguided,
        effective_size=found.effective_size,
        notes=(*_support_notes(found, course), *_draw_notes(found), *notes),
    )


def given_event(request: Request, course: SeriesCourse, n_paths: int, notes: tuple[str, ...] = ()) -> Event:
    """Of paths for which covariates are given and nothing else: how probable those are the model does not know."""
    given = given_text(request, course.fitted)
    return Event(f"given {given}", np.nan, (0.0, 1.0), 0, float(n_paths), notes)


def amount_notes(fitted: SeriesFit, given: Mapping[str, FloatArray]) -> tuple[str, ...]:
    """Which covariates are asked for beyond what they were in the history."""
    notes = []
    block = fitted.covariates
    for name, course in given.items():
        place = block.names.index(name)
        low, high = float(block.scores[place].values[0]), float(block.scores[place].values[-1])
        if not len(block.levels[place]) and (course.min() < low or course.max() > high):
            notes.append(
                f"Outside the data's support: {name} was between {low:g} and {high:g} in the history; the network is "
                "shown the nearest of these."
            )
    return tuple(notes)


def _draw_notes(found: Steered) -> list[str]:
    notes = []
    if found.estimate is not None:
        probability, (low, high) = found.estimate
        notes.append(
            f"By importance sampling the probability is {probability:.2g}, 95 % interval {low:.2g} to {high:.2g}: the "
            f"noise of the paths was tilted, and their weights undo it ({found.n_draws:,} draws)."
        )
    n = len(found.weights)
    if round(found.effective_size) < max(min(FEW, n), FEW_SHARE * n):
        notes.append(
            f"The {n:,} paths have unequal weights and are worth {found.effective_size:,.0f} independent ones; ask for "
            "min_effective, or for more paths."
        )
    return notes


def _support_notes(found: Steered, course: SeriesCourse) -> list[str]:
    """Whether what was asked has ever happened, in the history and without a tilt."""
    target, notes = found.target, []
    past = past_of(course.fitted)
    for k, measure in enumerate(target.measures):
        low, high = float(target.low[:, k].min()), float(target.high[:, k].max())
        real = past.extreme(measure, course.n_steps) if _is_usual(measure, course.fitted) else None
        if real is not None and (low > real[1] or high < real[0]):
            notes.append(
                f"Outside the data's support: in windows of {course.n_steps} steps of the history the {measure.text} "
                f"was between {measure.format(real[0])} and {measure.format(real[1])}."
            )
        least, most = (float(x) for x in found.reached[:, k])
        if low > most or high < least:
            notes.append(
                f"None of {found.n_unguided:,} unguided paths came there: their {measure.text} was between "
                f"{measure.format(least)} and {measure.format(most)}."
            )
    return notes


def _is_usual(measure: Measure, fitted: SeriesFit) -> bool:
    """Whether the past was looked at with this very measure: any but one of a portfolio of the user's own."""
    if measure.asset is not None:
        return True
    usual = replace(subjects_of(fitted), portfolio=None).measure(measure.name, measure.kind)
    return np.array_equal(usual.weights, measure.weights)


def given_text(request: Request, fitted: SeriesFit) -> str:
    """The covariates that are given, in words."""
    return " and ".join(_covariate_text(name, course, fitted) for name, course in request.covariates.items())


def _covariate_text(name: str, course: FloatArray, fitted: SeriesFit) -> str:
    labels = fitted.codec.layout.labels.get(name)

    def word(value: Any) -> str:
        return labels[int(value)] if labels is not None else f"{value:g}"

    if np.ptp(course) == 0:
        return f"{name} is {word(course[0])}"
    return f"{name} goes from {word(course[0])} to {word(course[-1])}"


def _market_weights(fitted: SeriesFit) -> FloatArray | None:
    """Weights of the market in each asset: those of the volatility filter, of what can be held; None: equal ones."""
    codec, windows = fitted.codec, fitted.sampler.codec
    weights = np.zeros(codec.n_assets)
    if len(windows.filter.weights):
        weights[list(windows.followed)] = windows.filter.weights
    weights[[kind != "return" for kind in codec.kinds]] = 0.0
    return weights / weights.sum() if weights.sum() > 0 else None
