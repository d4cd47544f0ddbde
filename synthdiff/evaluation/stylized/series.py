"""A history and paths, checked, and cut so that they can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from synthdiff.codecs.token import BoolArray, FloatArray
from synthdiff.errors import DataError
from synthdiff.evaluation.stylized.sample import Kind
from synthdiff.evaluation.stylized.window import pieces, window_length, window_starts, windows


@dataclass(frozen=True)
class SeriesData:
    """What paths are scored against, and they themselves.

    Attributes
    ----------
    names : tuple of str
        Of the d assets.
    kinds : tuple of {"return", "difference"}
    complete : (T,) bool
        Steps of the history on which all assets are observed.
    real : (T', d) float64
        Those steps.
    whole : (n, L, d) float64
        The paths.
    paths : (m, length, d) float64
        The paths, cut into pieces where the history is short.
    holdout : (h, length, d) float64 or None
        Overlapping windows of what came after the history.
    notes : tuple of str
        What was left out or cut, in sentences.
    """

    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    complete: BoolArray
    real: FloatArray
    whole: FloatArray
    paths: FloatArray
    holdout: FloatArray | None
    notes: tuple[str, ...]

    @property
    def length(self) -> int:
        """Steps of a window."""
        return int(self.paths.shape[1])

    @property
    def n_assets(self) -> int:
        """D."""
        return len(self.names)

    @cached_property
    def scale(self) -> FloatArray:
        """Standard deviations of the history, (d,)."""
        return np.asarray(self.real.std(axis=0))


def series_data(
    real: Any,
    paths: Any,
    names: Sequence[str] | None = None,
    kinds: Sequence[Kind] | None = None,
    holdout: Any = None,
) -> SeriesData:
    """Check a history and paths, and cut them to a common length; see `score_paths`.

    Raises
    ------
    DataError
        They cannot be compared.
    WindowError
        They are too short.
    """
    history, whole = _array(real, 2, "the history"), _array(paths, 3, "the paths")
    n_assets = history.shape[1]
    labels = tuple(map(str, names)) if names is not None else tuple(f"asset {j + 1}" for j in range(n_assets))
    if not n_assets == whole.shape[2] == len(labels):
        raise DataError(
            f"the history has {n_assets} assets, the paths have {whole.shape[2]}, and {len(labels)} are named; "
            "give the same assets in the same order"
        )
    twice = next((name for name in labels if labels.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"{labels.count(twice)} assets are called {twice!r}; give each a name of its own", column=twice)
    _check_paths(whole, labels)
    complete = np.asarray(np.isfinite(history).all(axis=1))
    kept = history[complete]
    length = window_length(len(kept), whole.shape[1])
    _check_moving(kept, labels)
    later, notes = _holdout(holdout, n_assets, length)
    found = SeriesData(
        labels, tuple(kinds or ["return"] * n_assets), complete, kept, whole, pieces(whole, length), later, ()
    )
    return SeriesData(**{**vars(found), "notes": (*_notes(found), *notes)})


def _array(values: Any, n_axes: int, what: str) -> FloatArray:
    """Numbers with the axes wanted; a single asset may come without its own."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{what} are not numbers: {error}; give log returns, without dates") from error
    if array.ndim == n_axes - 1:
        array = array[..., None]
    if array.ndim != n_axes or not array.size:
        shape = "(steps, assets)" if n_axes == 2 else "(paths, steps, assets)"
        raise DataError(f"{what} have shape {array.shape}; give numbers of shape {shape}, at least one of each")
    return array


def _check_paths(paths: FloatArray, names: Sequence[str]) -> None:
    broken = ~np.isfinite(paths)
    if broken.any():
        path, step, asset = (int(k) for k in np.argwhere(broken)[0])
        n_broken = int(broken.any(axis=(1, 2)).sum())
        raise DataError(
            f"{n_broken} of {len(paths)} paths hold a value that is not finite; the first is "
            f"{paths[path, step, asset]} in path {path}, step {step} of {names[asset]!r}; leave such paths out, or "
            "sample again",
            column=names[asset],
            row=path,
            value=float(paths[path, step, asset]),
        )


def _check_moving(real: FloatArray, names: Sequence[str]) -> None:
    still = np.flatnonzero(np.ptp(real, axis=0) == 0)
    if len(still):
        name = names[int(still[0])]
        raise DataError(
            f"all {len(real)} returns of {name!r} are {real[0, still[0]]:g}: nothing can be scored; leave it out",
            column=name,
            value=float(real[0, still[0]]),
        )


def _holdout(holdout: Any, n_assets: int, length: int) -> tuple[FloatArray | None, tuple[str, ...]]:
    """Windows of what came after the history, and what there is to say about them."""
    if holdout is None:
        return None, ()
    later = _array(holdout, 2, "the held-out steps")
    if later.shape[1] != n_assets:
        raise DataError(f"the held-out steps have {later.shape[1]} assets, the history has {n_assets}; give the same")
    later = later[np.isfinite(later).all(axis=1)]
    if len(later) < length:
        note = f"The {len(later):,} held-out steps are fewer than the {length} of a window: they are left out."
        return None, (note,)
    return windows(later, window_starts(len(later), length), length), ()


def _notes(data: SeriesData) -> list[str]:
    notes = []
    n_left = int((~data.complete).sum())
    if n_left:
        notes.append(
            f"{n_left:,} of {len(data.complete):,} steps of the history lack a value of some asset and are left out: "
            f"{len(data.real):,} are scored against."
        )
    n_paths, n_steps, _ = data.whole.shape
    if data.length < n_steps:
        notes.append(
            f"The history holds {len(data.real):,} steps, fewer than four paths of {n_steps}: paths are cut into "
            f"pieces of {data.length} steps, and what takes longer is not scored."
        )
    if n_paths < 100:
        notes.append(f"{n_paths} paths are few: read the intervals; with 500 or more they are narrow.")
    return notes
