"""A scenario of a fitted model: where its paths start, what they are shown and what they must do; and its paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self, TypedDict

import numpy as np

from synthdiff.codecs.series.channel import FloatArray
from synthdiff.data.draw import draw_rows
from synthdiff.data.market import Market
from synthdiff.data.market.calendar import next_dates
from synthdiff.data.paths import Paths
from synthdiff.data.portfolio import Holdings
from synthdiff.data.request import Request, read_request
from synthdiff.errors import ConfigError
from synthdiff.models.course import SeriesCourse, covariate_course, nowhere, past_of, values_anywhere
from synthdiff.models.event import amount_notes, event_of, given_event, subjects_of
from synthdiff.models.reach import refuse_unreachable
from synthdiff.models.series_fit import SeriesFit, channel_places, end_of
from synthdiff.rule import RandomState
from synthdiff.runtime import spawn_seed
from synthdiff.sampling.steering import Steered, Watch, steer

MANY_ROWS = 200
"""Paths at least, if so many rows are asked for, that rows of longer paths are taken from."""


class SampleOptions(TypedDict, total=False):
    """Options of `SeriesDiffusion.sample` that its results' types do not depend on."""

    history: Any
    portfolio: Holdings | None
    recalibrate: bool
    resample: bool
    tolerance: float | None
    min_effective: float | None
    max_draws: int | None
    watch: Watch | None
    random_state: RandomState


@dataclass(frozen=True)
class Effort:
    """How hard to try.

    Attributes
    ----------
    tolerance : float or None
        Half of the band around a single value, in its own unit; None: one point, and at most a fifth of the standard
        deviation that the measure usually has.
    min_effective : float or None
        Draw until the paths are worth so many independent ones, at the price of more paths than were asked for.
    max_draws : int or None
        Paths that may be drawn at most; None: 50 for each asked for, and 10,000.
    watch : callable or None
        Is told now and then how many of the paths there are, and how many are wanted.
    """

    tolerance: float | None = None
    min_effective: float | None = None
    max_draws: int | None = None
    watch: Watch | None = None


@dataclass(frozen=True, eq=False)
class Scenario:
    """What is to be drawn.

    Attributes
    ----------
    course : SeriesCourse
    request : Request
    notes : tuple of str
        What must be said about the covariates.
    """

    course: SeriesCourse
    request: Request
    notes: tuple[str, ...]

    @classmethod
    def anywhere(
        cls,
        fitted: SeriesFit,
        n_steps: int,
        conditioning: Mapping[Any, Any] | None = None,
        portfolio: Holdings | None = None,
        recalibrated: bool = True,
    ) -> Self:
        """Paths that start in states of the history, with prices from its last ones.

        Where covariates are given, the states are those of moments at which they were so.

        Parameters
        ----------
        fitted : SeriesFit
        n_steps : int
        conditioning : mapping or None
            See `synthdiff.data.request`.
        portfolio : mapping, array or None
        recalibrated : bool
            See `SeriesCourse`.

        Raises
        ------
        ConditioningError
            A condition that is not known or cannot be.
        """
        request = read_request(conditioning or {}, subjects_of(fitted, portfolio), n_steps)
        given, past = request.covariates, past_of(fitted)
        rows = np.arange(len(fitted.starts))
        if given and len(past.starts) == len(rows):
            rows = past.matching_starts(given, fitted.covariates)
        dates = None if fitted.dates is None else next_dates(fitted.dates, n_steps)
        course = SeriesCourse(
            fitted,
            n_steps,
            nowhere(fitted, rows),
            values_anywhere(fitted),
            dates,
            fitted.dates,
            covariate_course(fitted, given, np.empty((0, len(fitted.covariates.names))), n_steps),
            recalibrated,
        )
        return cls(course, request, amount_notes(fitted, given))

    @classmethod
    def at_end(
        cls,
        fitted: SeriesFit,
        n_steps: int,
        conditioning: Mapping[Any, Any] | None = None,
        portfolio: Holdings | None = None,
        *,
        history: Market | None = None,
    ) -> Self:
        """Paths that go on from the end of a history; None: the fitted one.

        Raises
        ------
        ConditioningError
            A condition that is not known or cannot be.
        """
        request = read_request(conditioning or {}, subjects_of(fitted, portfolio), n_steps)
        start, values, dates, known = fitted.end, fitted.start_values, fitted.dates, past_of(fitted).end
        if history is not None:
            _, along = channel_places(fitted.codec)
            track, channels = fitted.follow(history)
            start = end_of(track, fitted.sampler.memory)
            values, dates, known = fitted.codec.start(history.values), history.dates, channels[:, along]
        n_past, n_covariates = start.past.shape[1], len(fitted.covariates.names)
        past = np.full((n_past, n_covariates), np.nan)
        if n_past and len(known):
            past[-len(known) :] = known[-n_past:]
        course = SeriesCourse(
            fitted,
            n_steps,
            start,
            values,
            None if dates is None else next_dates(dates, n_steps),
            dates,
            covariate_course(fitted, request.covariates, past, n_steps),
        )
        return cls(course, request, amount_notes(fitted, request.covariates))

    def draw(self, n_paths: int, random_state: int, effort: Effort) -> Paths:
        """Draw paths.

        Raises
        ------
        ConditioningError
            What was asked for lies beyond what paths can be led to.
        TooFewRowsError
            Too few paths meet it.
        """
        if self.request.target is None:
            event = given_event(self.request, self.course, n_paths, self.notes) if self.request.covariates else None
            return self.course.paths(self._plain(n_paths, random_state, effort.watch), event=event)
        found = self._steered(n_paths, random_state, effort)
        return self.course.paths(found.paths, found.weights, event_of(found, self.request, self.course, self.notes))

    def draw_rows(self, n_rows: int, random_state: int, effort: Effort) -> FloatArray:
        """Draw steps of equal weight, (n_rows, n_assets), as other libraries take returns; see `SeriesCourse.rows`."""
        n_steps = self.course.n_steps
        n_paths = max(-(-n_rows // n_steps), min(n_rows, MANY_ROWS))
        if self.request.target is None:
            steps, weights = self._plain(n_paths, random_state, effort.watch), np.full(n_paths, 1 / n_paths)
        else:
            n_cases = self.request.target.n_cases
            found = self._steered(max(n_paths, n_cases), random_state, effort)
            steps, weights = found.paths, found.weights
        rng = np.random.default_rng(spawn_seed(random_state, "rows"))
        return self.course.rows(steps)[draw_rows(np.repeat(weights / n_steps, n_steps), n_rows, rng)]

    def pieces(self, n_paths: int, random_state: int) -> Iterator[Paths]:
        """Paths as they are by themselves, some at a time."""
        for steps in self.course.chunks(n_paths, random_state):
            yield self.course.paths(steps)

    def _plain(self, n_paths: int, random_state: int, watch: Watch | None) -> FloatArray:
        chunks: list[FloatArray] = []
        for chunk in self.course.chunks(n_paths, random_state):
            chunks.append(chunk)
            if watch is not None:
                watch(sum(map(len, chunks)), n_paths)
        return np.concatenate(chunks)

    def _steered(self, n_paths: int, random_state: int, effort: Effort) -> Steered:
        target = self.request.target
        assert target is not None
        if target.n_cases > n_paths:
            raise ConfigError(f"{target.n_cases} different values are asked for; ask for at least as many paths")
        refuse_unreachable(self.course, target, effort.tolerance)
        return steer(
            self.course,
            target,
            n_paths,
            random_state,
            tolerance=effort.tolerance,
            min_effective=effort.min_effective,
            max_draws=effort.max_draws,
            watch=effort.watch,
        )
