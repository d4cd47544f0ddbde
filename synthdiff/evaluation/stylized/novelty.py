"""Whether paths repeat the history: how close they come to any stretch of it, and what they copy to the digit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.fft import irfft, next_fast_len, rfft

from synthdiff.codecs.token import FloatArray, IntArray

MOST_PATHS = 200
CHUNK = 10
"""Steps of a stretch that is looked for in the history."""
UNIT = 1e-7
"""Digit to which stretches are compared."""
BLOCK = 4_000_000
"""Numbers that are held at once."""


def chosen(n: int) -> IntArray:
    """Up to 200 of n paths, evenly spread over them."""
    return np.unique(np.linspace(0, n - 1, min(n, MOST_PATHS)).round().astype(np.int64))


def closeness(history: FloatArray, paths: FloatArray, own: IntArray | None = None) -> FloatArray:
    """Highest correlation of each path with any window of the history, (n,).

    All correlations of a path come from one product of Fourier transforms. Steps of all assets count as one long
    vector, in their own units.

    Parameters
    ----------
    history : (T, d) float64
    paths : (n, L, d) float64
    own : (n,) int64 or None
        Starts in the history, of paths that are windows of it: windows that overlap them do not count.
    """
    n_rows, n_assets = history.shape
    length = paths.shape[1]
    history = history - history.mean()  # changes no correlation, and keeps the sums below small
    size = int(next_fast_len(n_rows, real=True))
    spectrum, norms = rfft(history, size, axis=0), _norms(history, length)
    unit = paths - paths.mean(axis=(1, 2), keepdims=True)
    unit = unit / np.maximum(np.linalg.norm(unit.reshape(len(unit), -1), axis=1), 1e-12)[:, None, None]
    count = max(1, BLOCK // (len(spectrum) * n_assets))
    place, best = np.arange(len(norms)), []
    for start in range(0, len(paths), count):
        block = rfft(unit[start : start + count], size, axis=1)
        products = irfft(np.einsum("nfd,fd->nf", block.conj(), spectrum), size, axis=1)[:, : len(norms)] / norms
        if own is not None:
            products[np.abs(place - own[start : start + count, None]) < length] = -1.0
        best.append(products.max(axis=1))
    return np.concatenate(best)


def own_closeness(history: FloatArray, length: int, rng: np.random.Generator) -> FloatArray:
    """The same of up to 200 windows of the history with those that do not overlap them."""
    n_windows = len(history) - length + 1
    starts = rng.choice(n_windows, min(n_windows, MOST_PATHS), replace=False)
    windows = sliding_window_view(history, length, axis=0)[starts].transpose(0, 2, 1)
    return closeness(history, windows, starts)


def copied(history: Sequence[FloatArray], paths: FloatArray) -> FloatArray:
    """Share of each path's stretches of 10 steps that occur to the digit in the history, (n,), mean over assets.

    Stretches of one repeated value, such as holidays without a trade, are no copies and do not count. The history is
    that of each asset, (T_j,); an asset known on fewer than 10 steps does not count.
    """
    shares = []
    for j, own in enumerate(history):
        if len(own) < CHUNK:
            continue
        unit = min(UNIT, 1e-5 * float(own.std()))
        seen, steps = (np.rint(values / unit).astype(np.int64) for values in (own, paths[:, :, j]))
        known = _hashes(sliding_window_view(seen, CHUNK))
        stretches = steps[:, : steps.shape[1] // CHUNK * CHUNK].reshape(len(steps), -1, CHUNK)
        moving = (stretches != stretches[..., :1]).any(axis=2)
        found = np.isin(_hashes(stretches), known) & moving
        shares.append(found.sum(axis=1) / np.maximum(moving.sum(axis=1), 1))
    return np.asarray(np.mean(shares, axis=0))


def _hashes(stretches: IntArray) -> IntArray:
    """One number for a stretch, (..., 10) -> (...): two equal ones of different stretches are 1e-11 probable."""
    factors = np.random.default_rng(0).integers(-(2**63), 2**63 - 1, CHUNK, dtype=np.int64) | 1
    return np.asarray((stretches * factors).sum(axis=-1))


def _norms(history: FloatArray, length: int) -> FloatArray:
    """Root of the summed squares of each window around its own mean, over all assets, (T - L + 1,)."""
    sums = np.vstack([np.zeros(2), np.stack([history.sum(axis=1), (history**2).sum(axis=1)], axis=1).cumsum(axis=0)])
    first, second = (sums[length:] - sums[:-length]).T
    squares = second - first**2 / (length * history.shape[1])
    return np.asarray(np.sqrt(np.maximum(squares, 1e-24)))
