"""Scores of whether paths repeat the history."""

from __future__ import annotations

import numpy as np

from synthdiff.codecs.token import FloatArray
from synthdiff.evaluation.stylized.novelty import CHUNK, chosen, closeness, copied, own_closeness
from synthdiff.evaluation.stylized.series import SeriesData
from synthdiff.runtime import spawn_seed
from synthdiff.score import CONFIDENCE_Z, Score, share_interval, within


def memory_scores(data: SeriesData, seed: int) -> dict[str, Score]:
    """Measure how close paths come to windows of the history, and what they copy.

    Returns
    -------
    dict of str to Score
        ``novelty``: mean over up to 200 paths of the highest correlation with any window; its ceiling is that of
        windows of the history with windows that do not overlap them, and ``details["later"]`` that of later windows.
        ``copies``: share of ten-step stretches that occur to the digit.
    """
    paths = data.paths[chosen(len(data.paths))]
    rng = np.random.default_rng(spawn_seed(seed, "novelty"))
    own = float(own_closeness(data.real, data.length, rng).mean())
    near = closeness(data.real, paths)
    later = None
    if data.holdout is not None:
        later = float(closeness(data.real, data.holdout[chosen(len(data.holdout))]).mean())
    copies = copied(data.real, paths)
    share = float(copies.mean())
    return {
        "novelty": Score(
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
        ),
        "copies": Score(
            "copies",
            "privacy",
            "Copied stretches",
            f"Share of {CHUNK}-step stretches that occur to the digit in the history.",
            share,
            "lower",
            _interval(copies) if share > 0 else share_interval(0, len(copies)),
            ceiling=0.0,
            bad=1.0,
        ),
    }


def _interval(values: FloatArray) -> tuple[float, float] | None:
    """95 % interval of the mean of one value a path."""
    if len(values) < 2:
        return None
    half = CONFIDENCE_Z * float(values.std(ddof=1)) / float(np.sqrt(len(values)))
    return within((float(values.mean()) - half, float(values.mean()) + half))
