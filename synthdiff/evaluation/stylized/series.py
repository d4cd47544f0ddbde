"""A history and paths, checked, and cut so that they can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from synthdiff.codecs.token import BoolArray, FloatArray, IntArray
from synthdiff.errors import DataError
from synthdiff.evaluation.evidence import listed
from synthdiff.evaluation.stylized.hole import see, seen_steps
from synthdiff.evaluation.stylized.known import MOST_NAMED, largest_block, ragged_notes
from synthdiff.evaluation.stylized.sample import Kind
from synthdiff.evaluation.stylized.window import PERIODS, SHORTEST, pieces, window_length, window_starts, windows


@dataclass(frozen=True)
class SeriesData:
    """What paths are scored against, and they themselves.

    Attributes
    ----------
    names : tuple of str
        Of the d assets.
    kinds : tuple of {"return", "difference"}
    rows : (T,) bool
        Steps of the history in which some asset is known.
    real : (T', d) float64
        Those steps; NaN where an asset is not known.
    whole : (n, L, d) float64
        The paths.
    seen : tuple of (n, k) int64 or None
        Steps of the paths that are seen through the holes of each asset; None: all of them.
    lengths : tuple of int
        Steps of the windows of each asset; 0 of one that is known on too few steps to be scored alone.
    later : (T'', d) float64 or None
        What came after the history; NaN where an asset is not known.
    notes : tuple of str
        What was left out or cut, in sentences.
    """

    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    rows: BoolArray
    real: FloatArray
    whole: FloatArray
    seen: tuple[IntArray | None, ...]
    lengths: tuple[int, ...]
    later: FloatArray | None
    notes: tuple[str, ...]

    @property
    def length(self) -> int:
        """Steps of the longest windows."""
        return max(self.lengths)

    @property
    def n_assets(self) -> int:
        """Number of assets."""
        return len(self.names)

    @property
    def alone(self) -> list[int]:
        """Places of the assets that are known on enough steps to be scored alone."""
        return [j for j, length in enumerate(self.lengths) if length]

    @cached_property
    def known(self) -> BoolArray:
        """Steps in which each asset is known, (T', d)."""
        return np.isfinite(self.real)

    @cached_property
    def is_complete(self) -> bool:
        """Whether all assets are known in all steps."""
        return bool(self.known.all())

    @cached_property
    def scale(self) -> FloatArray:
        """Standard deviations of the history, (d,)."""
        if self.is_complete:
            return np.asarray(self.real.std(axis=0))
        return np.array([self.steps(j).std() for j in range(self.n_assets)])

    @cached_property
    def together(self) -> SeriesData | None:
        """The assets and steps that make the largest table without a hole; None where it is too small to score."""
        if self.is_complete:
            return self
        columns, rows = largest_block(self.known)
        length = _fitting(len(rows), self.whole.shape[1])
        if not length:
            return None
        used = self.rows.copy()
        used[used] = np.isin(np.arange(len(self.real)), rows)
        return SeriesData(
            tuple(self.names[j] for j in columns),
            tuple(self.kinds[j] for j in columns),
            used,
            self.real[rows][:, columns],
            self.whole[:, :, columns],
            (None,) * len(columns),
            (length,) * len(columns),
            None if self.later is None else self.later[:, columns],
            (),
        )

    def steps(self, j: int, values: FloatArray | None = None) -> FloatArray:
        """Take the steps in which an asset is known: its returns, or rows of values (T', ...)."""
        return np.asarray((self.real[:, j] if values is None else values)[self.known[:, j]])

    def pieces(self, j: int, paths: FloatArray | None = None) -> FloatArray:
        """Cut paths to windows of an asset: its returns, or channels (n, L, C), as (m, length, C)."""
        paths = self.whole[:, :, j : j + 1] if paths is None else paths
        return pieces(see(paths, self.seen[j]), self.lengths[j])

    def later_windows(self, columns: list[int]) -> FloatArray | None:
        """Windows (h, length, C) of what came later, of steps in which all these assets are known; None: too few."""
        if self.later is None:
            return None
        later, length = self.later[:, columns], min(self.lengths[j] for j in columns)
        later = later[np.isfinite(later).all(axis=1)]
        if len(later) < length:
            return None
        return windows(later, window_starts(len(later), length), length)


def series_data(
    real: Any,
    paths: Any,
    names: Sequence[str] | None = None,
    kinds: Sequence[Kind] | None = None,
    holdout: Any = None,
) -> SeriesData:
    """Check a history and paths, and cut them to common lengths; see `score_paths`.

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
    known = np.isfinite(history)
    rows = np.asarray(known.any(axis=1))
    _check_moving(history, known, labels)
    n_paths, n_steps, _ = whole.shape
    seen = tuple(seen_steps(own, n_paths, n_steps, np.random.default_rng(j)) for j, own in enumerate(known.T))
    sights = [n_steps if steps is None else steps.shape[1] for steps in seen]
    lengths = tuple(_fitting(int(n), sight) for n, sight in zip(known.sum(axis=0), sights, strict=True))
    if not any(lengths):
        window_length(int(known.sum(axis=0).max()), max(sights))
    later, notes = _later(holdout, n_assets, max(lengths))
    kept = np.where(known, history, np.nan)[rows]
    found = SeriesData(labels, tuple(kinds or ["return"] * n_assets), rows, kept, whole, seen, lengths, later, ())
    return replace(found, notes=(*_notes(found), *notes))


def _fitting(n_rows: int, n_steps: int) -> int:
    """Steps of the windows to score on; 0 where they would be too short."""
    length = min(n_steps, n_rows // PERIODS)
    return length if length >= SHORTEST else 0


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


def _check_moving(real: FloatArray, known: BoolArray, names: Sequence[str]) -> None:
    for j, name in enumerate(names):
        own = real[known[:, j], j]
        if not len(own):
            raise DataError(f"no return of {name!r} is known: nothing can be scored; leave it out", column=name)
        if np.ptp(own) == 0:
            raise DataError(
                f"all {len(own)} returns of {name!r} are {own[0]:g}: nothing can be scored; leave it out",
                column=name,
                value=float(own[0]),
            )


def _later(holdout: Any, n_assets: int, length: int) -> tuple[FloatArray | None, tuple[str, ...]]:
    """What came after the history, and what there is to say about it."""
    if holdout is None:
        return None, ()
    later = _array(holdout, 2, "the held-out steps")
    if later.shape[1] != n_assets:
        raise DataError(f"the held-out steps have {later.shape[1]} assets, the history has {n_assets}; give the same")
    n_known = int(np.isfinite(later).sum(axis=0).max())
    if n_known < length:
        return None, (f"The {n_known:,} held-out steps are fewer than the {length} of a window: they are left out.",)
    return later, ()


def _notes(data: SeriesData) -> list[str]:
    notes = ragged_notes(data.known, data.rows, data.names, data.lengths)
    n_paths, n_steps, _ = data.whole.shape
    n_known = int(data.known.sum(axis=0).max())
    if n_known // PERIODS < n_steps:
        notes.append(
            f"The history holds {n_known:,} steps, fewer than four paths of {n_steps}: paths are cut into "
            f"pieces of {data.length} steps, and what takes longer is not scored."
        )
    if not data.is_complete and data.n_assets > 1:
        notes.append(_together_note(data))
    shortened = [f"{data.names[j]} ({data.lengths[j]})" for j in data.alone if data.seen[j] is not None]
    if shortened:
        notes.append(
            "Where the history has holes, paths are seen through such holes: windows are shorter, in steps, of "
            f"{listed(shortened, MOST_NAMED)}."
        )
    if n_paths < 100:
        notes.append(f"{n_paths} paths are few: read the intervals; with 500 or more they are narrow.")
    return notes


def _together_note(data: SeriesData) -> str:
    """Say what is measured on steps in which several assets are known."""
    whole = data.together
    if whole is None or whole.n_assets == 1:
        return "Too few steps are known of several assets at once: the common movement (PC1) is not measured."
    return (
        f"The common movement (PC1) and the closeness to the history are those of {whole.n_assets} of {data.n_assets} "
        f"assets, on the {len(whole.real):,} steps in which all of these are known."
    )
