"""Scores of whether paths repeat the history."""

from __future__ import annotations

import numpy as np

from synthdiff.codecs.token import FloatArray
from synthdiff.evaluation.stylized.novelty import CHUNK, chosen, closeness, copied, own_closeness
from synthdiff.evaluation.stylized.series import SeriesData
from synthdiff.evaluation.stylized.window import pieces
from synthdiff.runtime import spawn_seed
from synthdiff.score import CONFIDENCE_Z, Score, share_interval, within


def memory_scores(data: SeriesData, seed: int) -> dict[str, Score]:
    """Measure how close paths come to windows of the history, and what they copy.

    Where assets do not share their steps, closeness is that of the largest table without a hole.

    Returns
    -------
    dict of str to Score
        ``novelty``: mean over up to 200 paths of the highest correlation with any window; its ceiling is that of
        windows of the history with windows that do not overlap them, and ``details["later"]`` that of later windows.
        ``copies``: share of ten-step stretches that occur to the digit.
    """
    scores = {} if data.together is None else {"novelty": _novelty(data.together, seed)}
    return scores | {"copies": _copies(data)}


def _novelty(data: SeriesData, seed: int) -> Score:
    paths = pieces(data.whole, data.length)
    rng = np.random.default_rng(spawn_seed(seed, "novelty"))
    own = float(own_closeness(data.real, data.length, rng).mean())
    near = closeness(data.real, paths[chosen(len(paths))])
    holdout = data.later_windows(list(range(data.n_assets)))
    later = None if holdout is None else float(closeness(data.real, holdout[chosen(len(holdout))]).mean())
    return Score(
        "novelty",
        "privacy",
        "Closeness to the history",
        "Highest correlation of a path with any window of the history, mean over paths. Real windows reach the "
        "marked value with other parts of the history; far above it, paths repeat.",
        float(near.mean()),
        "lower",
        _interval(near),
        ceiling=own,
        bad=1.0,
        details={"later": later},
    )


def _copies(data: SeriesData) -> Score:
    paths = pieces(data.whole, data.length)
    copies = copied([data.steps(j) for j in range(data.n_assets)], paths[chosen(len(paths))])
    share = float(copies.mean())
    return Score(
        "copies",
        "privacy",
        "Copied stretches",
        f"Share of {CHUNK}-step stretches that occur to the digit in the history.",
        share,
        "lower",
        _interval(copies) if share > 0 else share_interval(0, len(copies)),
        ceiling=0.0,
        bad=1.0,
    )


def _interval(values: FloatArray) -> tuple[float, float] | None:
    """95 % interval of the mean of one value a path."""
    if len(values) < 2:
        return None
    half = CONFIDENCE_Z * float(values.std(ddof=1)) / float(np.sqrt(len(values)))
    return within((float(values.mean()) - half, float(values.mean()) + half))
