"""Conditioned paths scored against the windows of a history that did the same.

The facts of `synthdiff.evaluation.stylized.evaluate.score_paths`, measured on these windows alone. The noise floor is
made alike: the history's years are drawn again, and of each such history only the windows that meet the conditions
count. Of rare events there are few, so the floor is high, and a score of 1 promises less than of a whole history.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from synthdiff.codecs.token import BoolArray, FloatArray
from synthdiff.data.paths import Paths
from synthdiff.data.portfolio import HOLDINGS, Holdings
from synthdiff.data.request import Subjects, read_request
from synthdiff.errors import ConfigError, DataError, WindowError
from synthdiff.evaluation.stylized import asset, cross
from synthdiff.evaluation.stylized.cross import CrossSample
from synthdiff.evaluation.stylized.distance import TOO_STILL, gap
from synthdiff.evaluation.stylized.fact import measured
from synthdiff.evaluation.stylized.matched_scores import MatchedScores
from synthdiff.evaluation.stylized.sample import Kind, Sample
from synthdiff.evaluation.stylized.window import SHORTEST, drawn_starts, window_starts, windows
from synthdiff.parameter import checked
from synthdiff.rule import MOST_STEPS, SEED, Integer, Number, OrNone
from synthdiff.runtime import spawn_seed

PATIENCE = 50
"""Histories that are drawn for one in which it happens."""
BLOCK = 512
Vectors = dict[str, FloatArray]


@checked(
    draws=Integer(1, MOST_STEPS),
    random_state=SEED,
    tolerance=OrNone(Number(above=0)),
    per_year=Number(above=0),
    portfolio=OrNone(HOLDINGS),
)
def score_conditioned(
    real: FloatArray,
    paths: Paths,
    conditioning: Mapping[Any, Any],
    *,
    portfolio: Holdings | None = None,
    per_year: float = 252.0,
    tolerance: float | None = None,
    draws: int = 100,
    random_state: int = 0,
) -> MatchedScores:
    """Score conditioned paths against the windows of a history that meet the conditions.

    Parameters
    ----------
    real : (T, d) float64
        Log returns, or differences of levels, of the paths' assets in their order; rows with NaN are left out.
    paths : Paths
        Weighted ones are drawn again by their weights.
    conditioning, portfolio, per_year, tolerance
        As of `synthdiff.evaluation.stylized.matched.matched_windows`.
    draws : int
        Resamples of the history that make the noise floor.
    random_state : int

    Returns
    -------
    MatchedScores

    Raises
    ------
    DataError
        No window of the history meets the conditions, or hardly any resample has one.
    WindowError
        The paths are too short for facts of time, or longer than the history.
    ConfigError
        There is no condition.
    """
    known, length = real[~np.isnan(real).any(axis=1)], paths.n_steps
    if not SHORTEST <= length <= len(known):
        raise WindowError(f"paths have {length} steps; say {SHORTEST} to the {len(known)} of the history")
    met = _met(known, paths, conditioning, Subjects(paths.assets, paths.kinds, portfolio, per_year=per_year), tolerance)
    starts = window_starts(len(known), length)
    starts = starts[met[starts]]
    if not len(starts):
        raise DataError(f"no window of {length} steps of the history meets the conditions: nothing to compare with")
    even = paths.resample(len(paths.weights), random_state=spawn_seed(random_state, "weights"))
    rng = np.random.default_rng(spawn_seed(random_state, "resamples"))
    drawn = [windows(known, _again(met, len(known), length, rng), length) for _ in range(draws)]
    truth, scale = windows(known, starts, length), known.std(axis=0)
    facts = [_asset_scores(j, paths.kinds[j], float(scale[j]), truth, drawn, even.returns) for j in range(len(scale))]
    across = {}
    if len(scale) > 1:
        across = _scores(lambda x: measured(cross.FACTS, CrossSample(x, scale)), truth, drawn, even.returns)
    means = {name: float(np.nanmean([found[name] for found in facts])) for name in facts[0]}
    return MatchedScores(len(starts), _count_apart(np.flatnonzero(met), length), means, across)


def _met(
    known: FloatArray, paths: Paths, conditioning: Mapping[Any, Any], subjects: Subjects, tolerance: float | None
) -> BoolArray:
    """Whether the window that begins at each step meets the conditions, (T - L + 1,)."""
    target = read_request(conditioning, subjects, paths.n_steps).target
    if target is None:
        raise ConfigError("no condition is given, so that all windows meet it; name one, such as {'SPX': '<=-0.1'}")
    starts = np.arange(len(known) - paths.n_steps + 1)
    parts = (windows(known, starts[at : at + BLOCK], paths.n_steps) for at in range(0, len(starts), BLOCK))
    values = np.concatenate([target.values(part, paths.kinds) for part in parts])
    return np.asarray(target.settled(values, tolerance).met(values).any(axis=1))


def _again(met: BoolArray, n_rows: int, length: int, rng: np.random.Generator) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Starts of the windows of a drawn history that meet the conditions; another is drawn where none does."""
    for _ in range(PATIENCE):
        starts = drawn_starts(n_rows, length, rng)
        if met[starts].any():
            return np.asarray(starts[met[starts]])
    raise DataError(f"in {PATIENCE} histories of the same years it never happens: too rare for a noise floor")


def _asset_scores(
    j: int, kind: str, scale: float, truth: FloatArray, drawn: list[FloatArray], paths: FloatArray
) -> dict[str, float]:
    what: Kind = "difference" if kind == "difference" else "return"

    def measure(x: FloatArray) -> Vectors:
        return measured(asset.FACTS, Sample(np.ascontiguousarray(x[:, :, j]), scale, what))

    return _scores(measure, truth, drawn, paths)


def _scores(
    measure: Callable[[FloatArray], Vectors], truth: FloatArray, drawn: list[FloatArray], paths: FloatArray
) -> dict[str, float]:
    """Distance from the truth in units of its mean over drawn histories; NaN where those do not differ."""
    real, made = measure(truth), measure(paths)
    floors: dict[str, list[float]] = {name: [] for name in real}
    for x in drawn:
        for name, vector in measure(x).items():
            floors[name].append(float(gap(vector, real[name])))
    means = {name: float(np.mean(found)) for name, found in floors.items()}
    return {
        name: float(gap(made[name], real[name])) / means[name] if means[name] > TOO_STILL else np.nan for name in real
    }


def _count_apart(starts: np.ndarray[Any, np.dtype[np.int64]], length: int) -> int:
    """Most windows among those at sorted starts that do not overlap."""
    count, end = 0, -1
    for start in starts:
        if start >= end:
            count, end = count + 1, start + length
    return count
