"""Score market paths against a history: everything that can be said about them, in one report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np

from synthdiff.codecs.token import FloatArray
from synthdiff.data.market.moment import DateArray
from synthdiff.evaluation.stylized import asset, bar, cross, volume
from synthdiff.evaluation.stylized.bar import Bars
from synthdiff.evaluation.stylized.distance import Distance, Groups, Subject, distances
from synthdiff.evaluation.stylized.drawdown import drawdown
from synthdiff.evaluation.stylized.fact import Fact
from synthdiff.evaluation.stylized.memory import memory_scores
from synthdiff.evaluation.stylized.picture import pictures
from synthdiff.evaluation.stylized.report import SeriesReport
from synthdiff.evaluation.stylized.sample import Kind
from synthdiff.evaluation.stylized.season import clocks, season_fact
from synthdiff.evaluation.stylized.series import SeriesData, series_data
from synthdiff.evaluation.stylized.subject import (
    asset_subjects,
    bar_subjects,
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
) -> SeriesReport:
    """Score simulated market paths by the stylised facts of a history, whoever made them.

    Every fact is a vector of estimates, pooled over windows as long as a path. Its score is the root mean square
    difference between paths and history, over the mean of that difference between the history and resamples of its own
    years: 1 is as far as another history of the same length would be; up to 1.5 counts as right.

    Parameters
    ----------
    real : (T, d) array_like of float
        The history: log returns, as fractions, a row a step. Rows in which an asset is not observed (NaN) are left out.
        A history shorter than four paths is scored on shorter windows; the report says so.
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
        Of the history's steps. With `path_dates`, volatility is compared by time of day and weekday.
    path_dates : (L,) datetime64 or None
        Of the steps of all paths.
    volume : pair of (T, d) and (n, L, d) float64, or None
        Volume of each step of the history and of the paths; NaN of assets that have none.
    bars : pair of Bars or None
        Open, high, low and close of the history and of the paths; NaN of assets that have none.

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
    data = series_data(real, paths, names, kinds, holdout)
    measure = _Measure(data, random_state, draws)
    found = measure.of(asset_subjects(data, measure.rng("shuffled")), draws)
    across = {}
    if data.n_assets > 1:
        fewer = max(draws // FEWER_ACROSS, LEAST_DRAWS)
        across = measure.of([cross_subject(data, measure.rng("apart"))], fewer, "across")
    extra = _extra(measure, dates, path_dates, volume, bars)
    falls = {
        name: drawdown(data.real[:, j], data.paths[:, :, j], data.kinds[j], measure.rng("drawdown", name))
        for j, name in enumerate(data.names)
    }
    scores = fact_scores(asset.FACTS, found)
    cross_scores = fact_scores(cross.FACTS, across) if across else {}
    more = {key: score for facts, by in extra for key, score in fact_scores(facts, by).items()}
    memory = memory_scores(data, random_state)
    depths = {name: fall for name, (fall, _) in falls.items()}
    report = SeriesReport(scores, cross_scores, more, memory, depths)
    grids = {name: grid for name, (_, grid) in falls.items()}
    return replace(
        report,
        mean_interval=_interval(report.mean, found),
        cross_mean_interval=None if report.cross_mean is None else _interval(report.cross_mean, across),
        verdict=judge(scores, cross_scores, more, memory, depths),
        notes=data.notes,
        about=_about(data, random_state, draws),
        pictures=pictures(data, asset.FACTS, found, across.get("", {}), extra, grids, random_state),
    )


class _Measure:
    """Distances of subjects of the same paths.

    Parameters
    ----------
    data : SeriesData
    seed, n_draws : int
    """

    def __init__(self, data: SeriesData, seed: int, n_draws: int) -> None:
        self.data, self.seed, self.n_draws = data, seed, n_draws
        n_paths = len(data.whole)
        self.groups = Groups.of(n_paths, len(data.paths) // n_paths, self.rng("groups"))

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


def _extra(
    measure: _Measure,
    dates: DateArray | None,
    path_dates: DateArray | None,
    volumes: tuple[FloatArray, FloatArray] | None,
    bars: tuple[Bars, Bars] | None,
) -> Extra:
    """What volume, bars and the clock add, where they are given."""
    data = measure.data
    out: Extra = []
    if volumes is not None:
        found = measure.of(volume_subjects(data, *volumes, measure.rng("shuffled volume")), use="volume")
        out.append((volume.FACTS, found))
    if bars is not None:
        found = measure.of(bar_subjects(data, *bars, measure.rng("shuffled bars")), use="bars")
        out.append((bar.FACTS, found))
    if dates is not None and path_dates is not None:
        for clock in clocks(np.asarray(dates), np.asarray(path_dates)):
            subjects = season_subjects(data, clock, measure.rng("shuffled", clock.name))
            out.append(((season_fact(clock),), measure.of(subjects, use=clock.name)))
    return [(facts, found) for facts, found in out if found]


def _interval(value: float, found: Mapping[str, Mapping[str, Distance]]) -> tuple[float, float] | None:
    """95 % interval of the mean over all assets and facts."""
    replicates = [d.replicates for facts in found.values() for d in facts.values() if np.isfinite(d.score)]
    return mean_interval(value, replicates)


def _about(data: SeriesData, seed: int, draws: int) -> dict[str, Any]:
    return {
        "steps": len(data.real),
        "paths": len(data.whole),
        "steps of a path": data.whole.shape[1],
        "steps of a window": data.length,
        "assets": list(data.names),
        "differences": [name for name, kind in zip(data.names, data.kinds, strict=True) if kind == "difference"]
        or None,
        "held-out windows": None if data.holdout is None else len(data.holdout),
        "draws": draws,
        "seed": seed,
        "versions": {"synthdiff": __version__, "numpy": version("numpy"), "scipy": version("scipy")},
    }
