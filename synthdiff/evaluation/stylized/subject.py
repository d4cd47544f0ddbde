"""What is measured of a history and paths: each asset, all together, volume, bars, the clock."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from synthdiff.codecs.token import FloatArray, IntArray
from synthdiff.errors import DataError
from synthdiff.evaluation.stylized import asset, bar, cross, volume
from synthdiff.evaluation.stylized.bar import Bars, BarSample
from synthdiff.evaluation.stylized.cross import CrossSample
from synthdiff.evaluation.stylized.distance import Subject
from synthdiff.evaluation.stylized.fact import Fact
from synthdiff.evaluation.stylized.sample import Kind, Sample
from synthdiff.evaluation.stylized.season import Clock, SeasonSample, season_fact
from synthdiff.evaluation.stylized.series import SeriesData
from synthdiff.evaluation.stylized.volume import VolumeSample
from synthdiff.evaluation.stylized.window import pieces, windows

N_SHUFFLED = 200
"""Windows that know nothing of a fact."""
LEAST_SHARE = 0.9
"""Share of the history's steps with a positive volume, or with a range, that a series of them needs."""


def asset_subjects(data: SeriesData, rng: np.random.Generator) -> Iterator[Subject]:
    """Each asset's returns; its steps in random order know nothing of time."""
    orders: dict[tuple[int, int], IntArray] = {}
    for j in data.alone:
        own, size = data.steps(j), data.lengths[j]
        if (len(own), size) not in orders:
            orders[len(own), size] = rng.integers(0, len(own), (N_SHUFFLED, size))
        yield Subject(
            data.names[j],
            asset.FACTS,
            partial(_sample, float(data.scale[j]), data.kinds[j]),
            own[:, None],
            data.pieces(j),
            own[orders[len(own), size]][:, :, None],
            data.later_windows([j]),
        )


def _sample(scale: float, kind: Kind, x: FloatArray) -> Sample:
    return Sample(np.ascontiguousarray(x[:, :, 0]), scale, kind)


def cross_subject(data: SeriesData, rng: np.random.Generator, facts: tuple[Fact[Any], ...] = cross.FACTS) -> Subject:
    """All assets of a history without holes; windows that each takes from its own time know nothing of the others."""
    starts = rng.integers(0, len(data.real) - data.length + 1, (data.n_assets, N_SHUFFLED))
    apart = [windows(data.real[:, j : j + 1], starts[j], data.length) for j in range(data.n_assets)]
    return Subject(
        "",
        facts,
        partial(_cross_sample, data.scale),
        data.real,
        pieces(data.whole, data.length),
        np.concatenate(apart, axis=2),
        data.later_windows(list(range(data.n_assets))),
    )


def _cross_sample(scale: FloatArray, x: FloatArray) -> CrossSample:
    return CrossSample(x, scale)


def volume_subjects(
    data: SeriesData, real: FloatArray, paths: FloatArray, rng: np.random.Generator
) -> Iterator[Subject]:
    """Returns and volume of each asset that has one.

    Parameters
    ----------
    data : SeriesData
    real : (T, d) float64
        Volume of each step of the history; of an asset without one NaN or 0.
    paths : (n, L, d) float64
    rng : numpy.random.Generator
    """
    check_shapes(data, real, paths, "volume")
    for j in data.alone:
        own, drawn = _logarithms(data.steps(j, real[data.rows, j])), _logarithms(paths[:, :, j])
        if own is None or drawn is None:
            continue
        channels = [data.steps(j), own], [data.whole[:, :, j], drawn]
        scale = float(np.diff(own).std()) or 1.0
        yield _subject(data, j, volume.FACTS, lambda x, scale=scale: VolumeSample(x, scale), channels, rng)


def bar_subjects(data: SeriesData, real: Bars, paths: Bars, rng: np.random.Generator) -> Iterator[Subject]:
    """Returns, ranges and gaps of each asset that has bars, of all steps of the history and of the paths."""
    for key in ("open", "high", "low", "close"):
        check_shapes(data, getattr(real, key), getattr(paths, key), key)
    padded = np.full((len(data.rows), data.n_assets), np.nan)
    padded[data.rows] = data.real
    own, drawn = real.channels(padded), paths.channels(data.whole)
    for j in data.alone:
        kept = [data.steps(j), *(data.steps(j, x[data.rows, j]) for x in own)]
        channels = [data.whole[:, :, j], *(x[:, :, j] for x in drawn)]
        ranges = kept[1]
        if not all(np.isfinite(channel).all() for channel in (*kept, *channels)):
            continue
        if not (ranges > 0).mean() >= LEAST_SHARE:
            continue
        floor = 1e-2 * float(np.median(ranges))
        yield _subject(data, j, bar.FACTS, lambda x, floor=floor: BarSample(x, floor), (kept, channels), rng)


def season_subjects(data: SeriesData, clock: Clock, rng: np.random.Generator) -> Iterator[Subject]:
    """Returns of each asset with their slots of a clock; returns in random order know nothing of it."""
    n_slots = len(clock.labels)
    for j in data.alone:
        real, paths = clock_channels(data, clock, j)
        shuffled = paths[: min(N_SHUFFLED, len(paths))].copy()
        shuffled[:, :, 0] = rng.choice(real[:, 0], shuffled.shape[:2])
        yield Subject(data.names[j], (season_fact(clock),), lambda x: SeasonSample(x, n_slots), real, paths, shuffled)


def clock_channels(data: SeriesData, clock: Clock, j: int) -> tuple[FloatArray, FloatArray]:
    """Pair an asset's returns with the slots of its steps: of the history, (T_j, 2), and of paths, (m, length, 2)."""
    slots = np.broadcast_to(clock.path.astype(np.float64), data.whole.shape[:2])
    real = np.stack([data.steps(j), data.steps(j, clock.real[data.rows].astype(np.float64))], axis=-1)
    return real, data.pieces(j, np.stack([data.whole[:, :, j], slots], axis=-1))


def _subject(data: SeriesData, j: int, facts: Any, sample: Any, channels: Any, rng: np.random.Generator) -> Subject:
    """A subject with several channels; steps in random order know nothing of time."""
    real = np.stack(channels[0], axis=-1)
    paths = data.pieces(j, np.stack(channels[1], axis=-1))
    shuffled = real[rng.integers(0, len(real), (N_SHUFFLED, data.lengths[j]))]
    return Subject(data.names[j], facts, sample, real, paths, shuffled)


def check_shapes(data: SeriesData, real: FloatArray, paths: FloatArray, what: str) -> None:
    """Refuse values that are not one for each return of the history and of the paths.

    Raises
    ------
    DataError
        Their shapes are others.
    """
    wanted = (len(data.rows), data.n_assets), data.whole.shape
    if (real.shape, paths.shape) != wanted:
        raise DataError(
            f"{what} has shapes {real.shape} and {paths.shape}; the returns have {wanted[0]} and {wanted[1]}; "
            "give one value for each return, NaN where there is none"
        )


def _logarithms(values: FloatArray) -> FloatArray | None:
    """Logarithms of volume; of the few steps without one, that of the step before. None where there are many."""
    traded = np.isfinite(values) & (values > 0)
    if traded.mean() < LEAST_SHARE:
        return None
    place = np.maximum.accumulate(np.where(traded, np.arange(values.shape[-1]), -1), axis=-1)
    # What no step comes before takes the first value that there is.
    first = traded.argmax(axis=-1)[..., None]
    place = np.where(place < 0, first, place)
    known = np.take_along_axis(values, place, axis=-1)
    return np.log(np.where(known > 0, known, 1.0))
