"""What assets that do not share their steps do together: each pair on the steps in which both are known.

A pair is measured, and its noise floor made, as if it were a market of its own: its common steps one after the other,
and resamples of their blocks. Pairs count by the number of their common steps: the square of a pair's noise goes down
with it, so that all add alike to the noise of the whole, and a pair that is hardly known does not hide the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from synthdiff.codecs.token import BoolArray, FloatArray, IntArray
from synthdiff.evaluation.stylized import cross
from synthdiff.evaluation.stylized.cross import CrossSample
from synthdiff.evaluation.stylized.distance import Distance, Groups, Resampled, Subject, compared, resampled
from synthdiff.evaluation.stylized.fact import Fact, measured
from synthdiff.evaluation.stylized.known import LEAST_COMMON, common_steps
from synthdiff.evaluation.stylized.series import SeriesData
from synthdiff.evaluation.stylized.subject import N_SHUFFLED

BLOCKS = 8
"""Blocks that the common steps of a pair are drawn in, at least: its noise is known from them."""
FACTS: tuple[Fact[CrossSample], ...] = cross.FACTS[:-1]
"""Facts of pairs at one step: what lies between the steps does not matter to them."""


def pair_distances(data: SeriesData, groups: Groups, n_draws: int, rng: np.random.Generator) -> dict[str, Distance]:
    """Measure what pairs of assets do together.

    Parameters
    ----------
    data : SeriesData
        History and paths of at least two assets.
    groups : Groups
        Groups of the paths.
    n_draws : int
        Number of resamples of the history.
    rng : numpy.random.Generator

    Returns
    -------
    dict of str to Distance
        By the names of `FACTS`; vectors are those of all pairs, NaN and without weight where pairs are not known. Empty
        where none is.
    """
    history = _history(data, n_draws, int(rng.integers(2**63)))
    if history is None:
        return {}
    shuffled = np.stack(
        [rng.choice(data.steps(j), (N_SHUFFLED, data.whole.shape[1])) for j in range(data.n_assets)], axis=-1
    )
    sample = partial(_sample, data.scale)
    subject = Subject("", FACTS, sample, data.real, data.whole, shuffled, _later(data))
    return compared(subject, history, groups, rng)


def _sample(scale: FloatArray, x: FloatArray) -> CrossSample:
    return CrossSample(x, scale)


def _measure(scale: FloatArray, x: FloatArray) -> dict[str, FloatArray]:
    return measured(FACTS, CrossSample(x, scale))


def _later(data: SeriesData) -> FloatArray | None:
    """What came later, as one window of the steps in which all assets are known; None where they are few."""
    if data.later is None:
        return None
    later = data.later[np.isfinite(data.later).all(axis=1)]
    return later[None] if len(later) >= LEAST_COMMON else None


def _history(data: SeriesData, n_draws: int, seed: int) -> Resampled | None:
    """All pairs of the history; None where none is known."""
    n_pairs = data.n_assets * (data.n_assets - 1) // 2
    first, second = np.triu_indices(data.n_assets, 1)
    counts = common_steps(data.known)[first, second]
    weights = np.where(counts >= LEAST_COMMON, counts, 0).astype(np.float64)
    if not weights.any():
        return None
    parts = {fact.name: 2 if fact.name == "joint tails" else 1 for fact in FACTS}
    truth = {name: np.full(n * n_pairs, np.nan) for name, n in parts.items()}
    drawn = {name: np.full((n_draws, n * n_pairs), np.nan) for name, n in parts.items()}
    n_windows = np.zeros(n_pairs, dtype=np.int64)
    for pairs, rows in _shared(data.known, first, second, counts):
        columns, places = np.unique(np.stack([first[pairs], second[pairs]]), return_inverse=True)
        left, right = places.reshape(2, -1)
        inner = _place(left, right, len(columns))
        real = data.real[np.ix_(rows, columns)]
        length = max(1, min(data.whole.shape[1], len(rows) // BLOCKS))
        # One seed: pairs that share most of their steps are drawn alike, as pairs of a market without holes are.
        measure = partial(_measure, data.scale[columns])
        found = resampled(measure, real, length, n_draws, np.random.default_rng(seed))
        n_windows[pairs] = found.n_windows
        n_inner = len(columns) * (len(columns) - 1) // 2
        for name, n in parts.items():
            for part in range(n):
                truth[name][part * n_pairs + pairs] = found.truth[name][part * n_inner + inner]
                drawn[name][:, part * n_pairs + pairs] = found.drawn[name][:, part * n_inner + inner]
    shares = {name: np.tile(weights, n) for name, n in parts.items()}
    return Resampled(truth, drawn, n_windows, shares)


def _place(left: IntArray, right: IntArray, n: int) -> IntArray:
    """Places of pairs, left before right, among all pairs of n columns in the order of `numpy.triu_indices`."""
    return np.asarray(left * (2 * n - left - 1) // 2 + right - left - 1)


def _shared(
    known: BoolArray, first: IntArray, second: IntArray, counts: IntArray
) -> Iterator[tuple[IntArray, IntArray]]:
    """Places of the pairs that have the same common steps, and those steps."""
    found: dict[bytes, list[int]] = {}
    for pair in np.flatnonzero(counts >= LEAST_COMMON):
        both = known[:, first[pair]] & known[:, second[pair]]
        found.setdefault(np.packbits(both).tobytes(), []).append(int(pair))
    for pairs in found.values():
        rows = np.flatnonzero(known[:, first[pairs[0]]] & known[:, second[pairs[0]]])
        yield np.array(pairs), rows
