"""The mean return of each asset, a year.

It is the least certain number of a history: over ten years, that of an asset of 20 % volatility is known to 6 %.
Another one may have been asked for, so it is told, but paths are not judged by it as they are by other facts.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from synthdiff.codecs.token import FloatArray
from synthdiff.evaluation.stylized.distance import Subject
from synthdiff.evaluation.stylized.fact import Fact, Gauge, Telling, mean
from synthdiff.evaluation.stylized.sample import Kind
from synthdiff.evaluation.stylized.series import SeriesData
from synthdiff.evaluation.stylized.window import SHORTEST

BLOCKS = 16
"""Blocks that a history is drawn in, at least: what remains of its autocorrelation beyond them is little."""
MATERIAL = 0.02
"""Log return a year that is worth a word."""


def _drift(x: FloatArray) -> FloatArray:
    return np.array([x.mean()])


def _percent(value: float) -> str:
    return f"{value:+.1%} a year"


def _amount(value: float) -> str:
    return f"{value:+.3g} a year"


_NUMBER = Gauge("drift", mean, "paths drift down", "paths drift up")
FACTS: dict[Kind, Fact[FloatArray]] = {
    "return": Fact(
        "drift",
        "Mean log return a year. Another one may have been asked for.",
        "the drift",
        _drift,
        (_NUMBER,),
        telling=Telling(("drift",), _percent, MATERIAL, "warning"),
    ),
    "difference": Fact(
        "drift of levels",
        "Mean change a year. Another one may have been asked for.",
        "the drift of levels",
        _drift,
        (_NUMBER,),
        telling=Telling(("drift",), _amount, 0.0, "warning"),
    ),
}
"""By what the steps of an asset are."""


def drift_subjects(data: SeriesData, kind: Kind, per_year: float) -> Iterator[Subject]:
    """Yield each asset whose steps are of a kind, with its mean over `per_year` steps."""
    for j, name in enumerate(data.names):
        own = data.steps(j)
        if data.kinds[j] != kind or len(own) < BLOCKS:
            continue
        length = min(data.whole.shape[1], max(SHORTEST, len(own) // BLOCKS))
        later = None if data.later is None else data.later[:, j]
        later = None if later is None else later[np.isfinite(later)]
        yield Subject(
            name,
            (FACTS[kind],),
            partial(_yearly, per_year),
            own[:, None],
            data.whole[:, :, j : j + 1],
            np.zeros((1, 1, 1)),
            None if later is None or not len(later) else later[None, :, None],
            min(length, len(own) // 2),
        )


def _yearly(per_year: float, x: FloatArray) -> FloatArray:
    return np.asarray(x[:, :, 0] * per_year)
