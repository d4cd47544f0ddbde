"""Score the paths of simulators by the stylised facts of a history."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from synthdiff.data.market.calendar import next_dates
from synthdiff.data.market.moment import DateArray
from synthdiff.data.split import FloatArray
from synthdiff.errors import DataError
from synthdiff.evaluation.stylized.evaluate import score_paths
from synthdiff.evaluation.stylized.memory import memory_scores
from synthdiff.evaluation.stylized.report import SeriesReport
from synthdiff.evaluation.stylized.sample import Kind
from synthdiff.evaluation.stylized.series import series_data
from synthdiff.evaluation.stylized.verdict import judge
from synthdiff.evaluation.stylized.window import window_length, window_starts, windows
from synthdiff.finance.observed import Observed


@dataclass(frozen=True, eq=False)
class PathScoring:
    """What paths are scored against, and how.

    Attributes
    ----------
    observed : Observed
        The history.
    names : tuple of str
    kinds : tuple of {"return", "difference"}
    cut : int or None
        Complete rows that simulators are fitted to, where what comes after is scored; None: all is.
    draws : int
        Resamples of the history that make the noise floor.
    path_dates : (L,) datetime64 or None
        Dates of the steps of all paths.
    """

    observed: Observed
    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    cut: int | None
    draws: int
    path_dates: DateArray | None

    def score(self, paths: FloatArray, seed: int) -> SeriesReport:
        """Score facts of paths by what is scored, and whether they copy by what was fitted to."""
        return self._score(paths, seed, self.path_dates)

    def drift(self, horizon: int, seed: int) -> SeriesReport:
        """Score windows of what was fitted to in the paths' place; their dates differ, so that no clock is scored."""
        assert self.cut is not None
        before, after = (part.complete for part in self.observed.split(self.cut))
        length = min(window_length(len(after), horizon), len(before))
        earlier = windows(before, window_starts(len(before), length), length)
        return replace(self._score(earlier, seed, None), pictures={})

    def _score(self, paths: FloatArray, seed: int, path_dates: DateArray | None) -> SeriesReport:
        before, scored = (None, self.observed) if self.cut is None else self.observed.split(self.cut)
        report = score_paths(
            scored.returns,
            paths,
            names=self.names,
            kinds=self.kinds,
            random_state=seed,
            draws=self.draws,
            dates=scored.dates,
            path_dates=path_dates,
        )
        if before is None:
            return report
        memory = memory_scores(series_data(before.returns, paths, self.names, self.kinds), seed)
        verdict = judge(report.facts, report.cross, report.extra, memory, report.drawdown, report.below_zero)
        return replace(report, memory=memory, verdict=verdict)


def dates_of_paths(given: DateArray | None, dates: DateArray | None, n_fitted: int, horizon: int) -> DateArray | None:
    """Return the dates of the steps of paths: those given, or the ones after the rows that simulators are fitted to.

    Parameters
    ----------
    given : (horizon,) datetime64 or None
    dates : (T,) datetime64 or None
        Dates of the complete rows.
    n_fitted, horizon : int
        Number of rows that simulators are fitted to; steps of a path.

    Raises
    ------
    DataError
        There is not one date for each step.
    """
    if given is not None:
        if len(given) != horizon:
            raise DataError(f"there are {len(given)} dates of paths, and a path has {horizon} steps; give one for each")
        return np.asarray(given)
    if dates is None or n_fitted < 2:
        return None
    return next_dates(dates[:n_fitted], horizon)
