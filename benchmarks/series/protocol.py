"""The protocol of Diffusion-TS for synthdiff: windows of levels, each column from 0 to 1.

synthdiff learns how series move, not which windows there are, so a window has to begin somewhere: at the values of a
random moment of the history. Two ways to go on from there are scored: from the values and the volatility of the moment
alone, or with the steps before it shown as well, as in a forecast. The scores do not punish copying: windows that are
drawn from the history itself are scored beside them, so that everybody sees what the protocol rewards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.dataset import data_folder
from benchmarks.series.discriminative import ITERATIONS as TELLING
from benchmarks.series.discriminative import discriminative_scores
from benchmarks.series.market import facts
from benchmarks.series.predictive import ITERATIONS as PREDICTING
from benchmarks.series.predictive import predictive_scores
from benchmarks.series.published import published
from benchmarks.series.repetition import N_REPETITIONS, Repetition
from benchmarks.series.window import FILES, LENGTH, Scale, cut
from synthdiff.codecs.series.channel import fill_forward
from synthdiff.codecs.series.price import PriceCodec
from synthdiff.models.artifact import is_finished
from synthdiff.models.causal_track import start_at
from synthdiff.models.series import SeriesDiffusion
from synthdiff.models.series_fit import channel_places
from synthdiff.runtime import spawn_seed

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

SETTLED = 64
"""First steps of a history that no window starts in: volatility is not known yet."""
REACH = 400
"""Rows that the usual volume of a moment is taken from."""
BLOCK = 2_048
MINUTES = {"stocks": 6.0, "energy": 15.0, "etth": 15.0}
BARS = ("stocks",)
"""Series that are prices of one share; the others are levels."""
LEVEL_WINDOWS = 2
"""Length of the windows that levels are learnt on, in those that are scored: what is shown before these fits in."""
SHOWN, START, COPIED, REAL = "synthdiff", "synthdiff, start only", "history drawn again", "history itself"


@dataclass(frozen=True)
class Protocol:
    """How windows are made and scored.

    Attributes
    ----------
    length : int
        Steps of a window.
    repetitions : int
        Of each score.
    iterations : float
        Share of the papers' iterations of training the scores' networks: 1 for results that can be compared.
    preset, device : str
        Of synthdiff.
    """

    length: int = LENGTH
    repetitions: int = N_REPETITIONS
    iterations: float = 1.0
    preset: str = "balanced"
    device: str = "cpu"


def read_frame(name: str) -> pd.DataFrame:
    """The columns of one of `FILES` that the papers take, in the order of its file."""
    path = data_folder() / "series" / FILES[name]
    table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    return table.select_dtypes("number")


def measure_windows(
    name: str, frame: pd.DataFrame, minutes: float, protocol: Protocol, folder: Path, say: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Fit once, and score all ways to make windows: rows of the results.

    Parameters
    ----------
    name : str
        One of `FILES`.
    frame : pandas.DataFrame
        Its columns.
    minutes : float
        Of the fit.
    protocol : Protocol
    folder : Path
        Keeps the model.
    say : callable
        Is told what is being done.
    """
    values = frame.to_numpy(np.float64)
    model = fit(name, frame, minutes, protocol, folder, say)
    real, scale = cut(values, protocol.length), Scale.fit(values)
    again = np.random.default_rng(spawn_seed(0, "again")).integers(0, len(real), len(real))
    made: dict[str, Callable[[], FloatArray]] = {
        SHOWN: lambda: draw(model, values, len(real), protocol.length, memory(model)),
        START: lambda: draw(model, values, len(real), protocol.length, 0),
        COPIED: lambda: real[again],
        REAL: lambda: real,
    }
    rows = []
    for generator, make in made.items():
        say(f"{name}: windows of {generator}")
        scored = score(scale.to_unit(real), scale.to_unit(make()), protocol, tells=generator != REAL)
        fitted = facts(model) if generator in (SHOWN, START) else None
        rows.append({"generator": generator, "fit": fitted, "windows": len(real), **scored})
    return rows


def fit(
    name: str, frame: pd.DataFrame, minutes: float, protocol: Protocol, folder: Path, say: Callable[[str], None]
) -> SeriesDiffusion:
    """Fit a model and keep it, or load the one that is kept."""
    place = folder / f"windows-{name}.synthdiff"
    if is_finished(place):
        return SeriesDiffusion.load(place, protocol.device)
    say(f"{name}: fit synthdiff, {minutes:g} minutes")
    model = SeriesDiffusion(
        preset=protocol.preset,
        max_time=60 * minutes,
        device=protocol.device,
        values="auto" if name in BARS else "level",
        window=None if name in BARS else LEVEL_WINDOWS * protocol.length,
        volatility="auto" if name in BARS else "none",
        random_state=0,
    )
    model.fit(frame)
    model.save(place)
    return model


def memory(model: SeriesDiffusion) -> int:
    """Steps before a moment that the network can be shown."""
    return model.fitted_.sampler.memory


def draw(model: SeriesDiffusion, values: FloatArray, n: int, length: int, known: int, seed: int = 0) -> FloatArray:
    """Draw windows that begin after random moments of a history.

    Parameters
    ----------
    model : SeriesDiffusion
    values : (n_rows, n_columns) float64
        The history that it was fitted to.
    n, length : int
        Windows and their steps.
    known : int
        Steps before the moment that the network is shown.
    seed : int

    Returns
    -------
    (n, length, n_columns) float64
    """
    rng = np.random.default_rng(spawn_seed(seed, "moments"))
    rows = rng.integers(max(known, SETTLED) + 1, len(values) - length + 1, n)  # the first one of each window
    return draw_windows(model, values, rows, length, known, seed)


def draw_windows(
    model: SeriesDiffusion, values: FloatArray, rows: IntArray, length: int, known: int, seed: int = 0
) -> FloatArray:
    """Draw windows, (n, length, n_columns), that begin at some rows of the history, (n,)."""
    codec, sampler = model.fitted_.codec, model.fitted_.sampler
    own, _ = channel_places(codec)
    track = sampler.codec.follow(codec.history(values, None).take(own))
    starts, origins = start_values(codec, values, rows), rows - codec.lag
    rng = np.random.default_rng(spawn_seed(seed, "windows"))
    out = np.empty((len(rows), length, values.shape[1]))
    for at in range(0, len(rows), BLOCK):
        block = slice(at, min(at + BLOCK, len(rows)))
        noise = rng.standard_normal((block.stop - at, length, sampler.n_noise))
        steps = np.zeros((block.stop - at, length, len(codec.channels)))
        steps[..., own] = sampler.draw(noise, start_at(track, origins[block], known))
        out[block] = codec.decode(steps, starts[block])
    return out


def start_values(codec: PriceCodec, values: FloatArray, ends: IntArray) -> FloatArray:
    """What steps after the first rows of a history start from, (n, C + n_states), for several numbers of rows (n,)."""
    if codec.n_states == 0:
        return np.asarray(fill_forward(values)[ends - 1])
    return np.stack([codec.start(values[max(end - REACH, 0) : end]) for end in ends])


def score(real: FloatArray, made: FloatArray, protocol: Protocol, *, tells: bool) -> dict[str, Any]:
    """Discriminative and predictive scores of windows in [0, 1]; only the latter where both are the same."""
    seeds, share, device = range(protocol.repetitions), protocol.iterations, protocol.device
    found: dict[str, Any] = {"discriminative": None}
    if tells:
        telling = discriminative_scores(real, made, seeds, iterations=max(1, round(share * TELLING)), device=device)
        found["discriminative"] = Repetition.of(telling).to_dict()
    predicting = predictive_scores(real, made, seeds, iterations=max(1, round(share * PREDICTING)), device=device)
    return found | {"predictive": Repetition.of(predicting).to_dict()}


def beside(name: str, length: int) -> list[dict[str, Any]]:
    """Rows of what others have published."""
    return [
        {"generator": f"{model} (published)", "discriminative": {"mean": value}, "predictive": None}
        for model, value in published(name, length).items()
    ]
