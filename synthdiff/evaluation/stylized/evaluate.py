"""Score market paths against a history: everything that can be said about them, in one report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from itertools import combinations
from typing import Any

import numpy as np

from synthdiff.codecs.token import FloatArray
from synthdiff.data.market.calendar import steps_per_year
from synthdiff.data.market.moment import DateArray
from synthdiff.errors import DataError
from synthdiff.evaluation.stylized import asset, bar, cross, drift, volume, zero
from synthdiff.evaluation.stylized.bar import Bars
from synthdiff.evaluation.stylized.distance import Distance, Groups, Subject, distances
from synthdiff.evaluation.stylized.drawdown import drawdown
from synthdiff.evaluation.stylized.fact import Fact
from synthdiff.evaluation.stylized.memory import memory_scores
from synthdiff.evaluation.stylized.pairwise import pair_distances
from synthdiff.evaluation.stylized.picture import pictures
from synthdiff.evaluation.stylized.reach import below_zero
from synthdiff.evaluation.stylized.report import SeriesReport
from synthdiff.evaluation.stylized.sample import Kind
from synthdiff.evaluation.stylized.season import clocks, season_fact
from synthdiff.evaluation.stylized.series import SeriesData, series_data
from synthdiff.evaluation.stylized.shut import open_hours, rest_when_shut
from synthdiff.evaluation.stylized.subject import (
    asset_subjects,
    bar_subjects,
    check_shapes,
    cross_subject,
    season_subjects,
    volume_subjects,
)
from synthdiff.evaluation.stylized.tally import fact_scores, mean_interval
from synthdiff.evaluation.stylized.verdict import judge
from synthdiff.parameter import checked
from synthdiff.rule import MOST_STEPS, SEED, Choice, Integer, OrNone, Several, Text
from synthdiff.runtime import spawn_seed
from synthdiff.version import __version__

LEAST_DRAWS = 10
FEWER_ACROSS = 4
"""Facts across assets are drawn a quarter as often: each is a mean over many pairs."""
Found = dict[str, dict[str, Distance]]
Extra = list[tuple[tuple[Fact[Any], ...], Found]]


@checked(
    draws=Integer(LEAST_DRAWS, MOST_STEPS),
    random_state=SEED,
    names=OrNone(Several(Text())),
    kinds=OrNone(Several(Choice("return", "difference"))),
)
def score_paths(
    real: Any,
    paths: Any,
    *,
    names: Sequence[str] | None = None,
    random_state: int = 0,
    draws: int = 100,
    holdout: Any = None,
    kinds: Sequence[Kind] | None = None,
    dates: DateArray | None = None,
    path_dates: DateArray | None = None,
    volume: tuple[FloatArray, FloatArray] | None = None,
    bars: tuple[Bars, Bars] | None = None,
    levels: tuple[FloatArray, FloatArray] | None = None,
) -> SeriesReport:
    """Score simulated market paths by the stylised facts of a history, whoever made them.

    Every fact is a vector of estimates, pooled over windows as long as a path. Its score is the root mean square
    difference between paths and history, over the mean of that difference between the history and resamples of its own
    years: 1 is as far as another history of the same length would be; up to 1.5 counts as right.

    Parameters
    ----------
    real : (T, d) array_like of float
        The history: log returns, as fractions, a row a step; NaN where an asset is not known. Each asset is scored on
        its own known steps, each pair on those that both have. A history shorter than four paths is scored on shorter
        windows; the report says so.
    paths : (n, L, d) array_like of float
        Log returns of the simulated paths; of one asset also (n, L).
    names : sequence of str or None
        Of the assets.
    random_state : int
        The same seed gives the same report.
    draws : int
        Resamples of the history that make the noise floor, at least 10. With 100 it is known to some 4 %.
    holdout : (T', d) array_like of float or None
        What came after the history: what it scores in the paths' place tells how much the market itself has changed.
    kinds : sequence of {"return", "difference"} or None
        What the steps of each asset are; drawdowns of differences are falls, not shares of a peak.
    dates : (T,) datetime64 or None
        Of the history's steps. With `path_dates`, volatility and zero returns are compared by time of day and weekday,
        and an asset that is shut while others trade has returns of zero, as in its paths.
    path_dates : (L,) datetime64 or None
        Of the steps of all paths.
    volume : pair of (T, d) and (n, L, d) float64, or None
        Volume of each step of the history and of the paths; NaN of assets that have none.
    bars : pair of Bars or None
        Open, high, low and close of the history and of the paths; NaN of assets that have none.
    levels : pair of (T, d) and (n, L, d) float64, or None
        Values in their own units, of the history and of the paths; NaN where there are none. What was always above zero
        must stay there.

    Returns
    -------
    SeriesReport

    Raises
    ------
    DataError
        History and paths cannot be compared; the message says what to do.
    WindowError
        The history is shorter than four windows of 20 steps, or a path than one.
    ConfigError
        There are too few draws.
    """
    if dates is not None and path_dates is not None:
        real = _rested(real, dates, path_dates)
    data = series_data(real, paths, names, kinds, holdout)
    measure = _Measure(data, random_state, draws)
    found = measure.of(asset_subjects(data, measure.rng("shuffled")), draws)
    across = measure.across() if data.n_assets > 1 else {}
    extra = list(_extra(measure, dates, path_dates, volume, bars))
    falls = {
        data.names[j]: drawdown(
            data.steps(j), data.pieces(j)[:, :, 0], data.kinds[j], measure.rng("drawdown", data.names[j])
        )
        for j in data.alone
    }
    scores = fact_scores(asset.FACTS, found)
    pairs = [f"{first} and {second}" for first, second in combinations(data.names, 2)]
    cross_scores = fact_scores(cross.FACTS, across, pairs)
    more = {key: score for facts, by in extra for key, score in fact_scores(facts, by).items()}
    memory = memory_scores(data, random_state)
    depths = {name: fall for name, (fall, _) in falls.items()}
    sunk = {} if levels is None else _sunk(data, *levels)
    report = SeriesReport(scores, cross_scores, more, memory, depths, sunk)
    grids = {name: grid for name, (_, grid) in falls.items()}
    return replace(
        report,
        mean_interval=_interval(report.mean, found),
        cross_mean_interval=None if report.cross_mean is None else _interval(report.cross_mean, across),
        verdict=judge(scores, cross_scores, more, memory, depths, sunk),
        notes=data.notes,
        about=_about(data, random_state, draws),
        pictures=pictures(data, asset.FACTS, found, across.get("", {}), extra, grids, random_state),
    )


def _rested(real: Any, dates: DateArray, path_dates: DateArray) -> Any:
    """The history with returns of zero where an asset is shut; what is no table of numbers as it is."""
    try:
        table = np.asarray(real, dtype=np.float64)
    except (TypeError, ValueError):
        return real
    if table.ndim and len(dates) != len(table):
        raise DataError(f"there are {len(dates)} dates for {len(table)} steps of the history; give one for each")
    return rest_when_shut(table, np.asarray(dates), np.asarray(path_dates)) if table.ndim == 2 else real


def _sunk(data: SeriesData, real: FloatArray, paths: FloatArray) -> dict[str, float]:
    check_shapes(data, real, paths, "levels")
    return below_zero(data.names, real, paths)


class _Measure:
    """Distances of subjects of the same paths.

    Parameters
    ----------
    data : SeriesData
    seed, n_draws : int
    """

    def __init__(self, data: SeriesData, seed: int, n_draws: int) -> None:
        self.data, self.seed, self.n_draws = data, seed, n_draws
        self.groups = Groups.of(len(data.whole), self.rng("groups"))

    def rng(self, *keys: str) -> np.random.Generator:
        """Random numbers for one use."""
        return np.random.default_rng(spawn_seed(self.seed, *keys))

    def of(self, subjects: Iterable[Subject], n_draws: int | None = None, use: str = "facts") -> Found:
        """Distances by subject and fact."""
        return {
            subject.name: distances(
                subject, self.groups, n_draws or self.n_draws, self.rng("resamples", use, subject.name)
            )
            for subject in subjects
        }

    def across(self) -> Found:
        """Distances of what assets do together; of a history with holes by pairs, and on what all of them know."""
        data, n_draws = self.data, max(self.n_draws // FEWER_ACROSS, LEAST_DRAWS)
        if data.is_complete:
            return self.of([cross_subject(data, self.rng("apart"))], n_draws, "across")
        found = pair_distances(data, self.groups, n_draws, self.rng("resamples", "pairs"))
        whole = data.together
        if whole is not None and whole.n_assets > 1:
            subject = cross_subject(whole, self.rng("apart"), cross.FACTS[-1:])
            found |= self.of([subject], n_draws, "across")[""]
        return {"": found} if found else {}


def _extra(
    measure: _Measure,
    dates: DateArray | None,
    path_dates: DateArray | None,
    volumes: tuple[FloatArray, FloatArray] | None,
    bars: tuple[Bars, Bars] | None,
) -> Iterator[tuple[tuple[Fact[Any], ...], Found]]:
    """Drift and zero returns, and what volume, bars and the clock add, where they are given."""
    data = measure.data
    per_year = steps_per_year(None if dates is None else np.asarray(dates))
    for kind, fact in drift.FACTS.items():
        yield from _measured((fact,), measure.of(drift.drift_subjects(data, kind, per_year), use=fact.name))
    hours = _hours(data, dates, path_dates)
    resting = zero.zero_subjects(data, measure.rng("shuffled zeros"), hours)
    yield from _measured(zero.FACTS, measure.of(resting, use="zeros"))
    if volumes is not None:
        found = measure.of(volume_subjects(data, *volumes, measure.rng("shuffled volume")), use="volume")
        yield from _measured(volume.FACTS, found)
    if bars is not None:
        found = measure.of(bar_subjects(data, *bars, measure.rng("shuffled bars")), use="bars")
        yield from _measured(bar.FACTS, found)
    if dates is None or path_dates is None:
        return
    for clock in clocks(np.asarray(dates), np.asarray(path_dates)):
        seasons = season_subjects(data, clock, measure.rng("shuffled", clock.name))
        yield from _measured((season_fact(clock),), measure.of(seasons, use=clock.name))
        resting = zero.clock_subjects(data, clock, measure.rng("shuffled zeros", clock.name))
        yield from _measured((zero.clock_fact(clock),), measure.of(resting, use=f"{clock.name} zeros"))


def _hours(data: SeriesData, dates: DateArray | None, path_dates: DateArray | None) -> zero.Hours | None:
    """Steps of the history and of the paths in which each asset is open; None: not known."""
    if dates is None or path_dates is None:
        return None
    n_steps = data.whole.shape[1]
    if len(path_dates) != n_steps:
        raise DataError(f"there are {len(path_dates)} dates for the {n_steps} steps of a path; give one for each")
    return open_hours(data.real, np.asarray(dates)[data.rows], np.asarray(path_dates))


def _measured(facts: tuple[Fact[Any], ...], found: Found) -> Extra:
    """What was measured, where anything was."""
    return [(facts, found)] if found else []


def _interval(value: float, found: Mapping[str, Mapping[str, Distance]]) -> tuple[float, float] | None:
    """95 % interval of the mean over all assets and facts."""
    replicates = [d.replicates for facts in found.values() for d in facts.values() if np.isfinite(d.score)]
    return mean_interval(value, replicates)


def _about(data: SeriesData, seed: int, draws: int) -> dict[str, Any]:
    n_later = max((len(later) for j in data.alone if (later := data.later_windows([j])) is not None), default=None)
    return {
        "steps": len(data.real),
        "paths": len(data.whole),
        "steps of a path": data.whole.shape[1],
        "steps of a window": data.length,
        "assets": list(data.names),
        "differences": [name for name, kind in zip(data.names, data.kinds, strict=True) if kind == "difference"]
        or None,
        "held-out windows": n_later,
        "draws": draws,
        "seed": seed,
        "versions": {"synthdiff": __version__, "numpy": version("numpy"), "scipy": version("scipy")},
    }
