"""How far apart rows of numbers and categories are, and which of many rows is nearest.

Every distance here is a sum over columns of ``min(|a - b|, cap)`` between coordinates. Codes of categories lie so far
apart that two different ones always meet the cap, and so does a missing value: one operation compares numbers,
categories and missing values alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import torch

from synthdiff.privacy.rows import BoolArray, FloatArray, IntArray

N_QUERIES, N_REFERENCES = 128, 4096  # at a time: their distances stay within the processor's cache
FAR = 1e4  # ranges; numbers further out are put there, as float32 would lose the small differences beside them
CODE_STEP = 4.0  # caps between two codes
TABSYN_CATEGORY = 2.0  # a different category is two different cells of its one-hot code


@dataclass(frozen=True)
class MixedDistance:
    """A distance between rows of numbers and categories, D columns.

    Attributes
    ----------
    low, scale : (D,) float64
        A value's coordinate is ``(value - low) / scale``.
    limit : (D,) float64
        Coordinates are cut at plus and minus this.
    cap : (D,) float64
        The most that a column adds.
    missing : (D,) float64
        Coordinate of a missing value.
    """

    low: FloatArray
    scale: FloatArray
    limit: FloatArray
    cap: FloatArray
    missing: FloatArray

    @classmethod
    def gower(cls, real: FloatArray, is_category: BoolArray) -> Self:
        """Mean over columns of dissimilarities from 0 to 1.

        Numbers: the difference over the real range, at most 1. Categories: whether they differ. Missing: 0 from another
        missing value, 1 from all else. SDMetrics takes this one for its distances to the closest record.

        References
        ----------
        Gower, J. C. (1971). A general coefficient of similarity and some of its properties. Biometrics 27, 857-871.
        """
        low, span = _range(real, is_category)
        one = np.full(len(low), 1 / len(low))
        scale = np.where(span > 0, span, np.finfo(np.float64).tiny)  # any difference from a constant is beyond the cap
        scale = np.where(is_category, 1 / CODE_STEP, scale) / one
        limit = np.where(is_category, np.inf, FAR * one)
        return cls(np.where(is_category, 0.0, low), scale, limit, one, -2 * FAR * one)

    @classmethod
    def tabsyn(cls, real: FloatArray, is_category: BoolArray) -> Self:
        """Sum of differences over the real range, and 2 for each category that differs, as published scores have it.

        Numbers have no cap. A missing number lies one range below the lowest.

        References
        ----------
        Zhang, H. et al. (2024). Mixed-type tabular data synthesis with score-based diffusion in latent space. ICLR.
        """
        low, span = _range(real, is_category)
        scale = np.where(is_category, 1 / (CODE_STEP * TABSYN_CATEGORY), np.where(span > 0, span, 1.0))
        limit = np.where(is_category, np.inf, FAR)
        cap = np.where(is_category, TABSYN_CATEGORY, np.inf)
        return cls(np.where(is_category, 0.0, low), scale, limit, cap, np.where(is_category, -1e8, -1.0))

    def columns(self, keep: IntArray) -> Self:
        """The part of the sum that some columns make."""
        return type(self)(*(getattr(self, field.name)[keep] for field in fields(self)))

    def coordinates(self, rows: FloatArray) -> FloatArray:
        """Coordinates of rows, (n, D)."""
        with np.errstate(over="ignore"):
            out = np.clip((rows - self.low) / self.scale, -self.limit, self.limit)
        return np.where(np.isnan(out), self.missing, out)

    def between(self, left: FloatArray, right: FloatArray) -> FloatArray:
        """Distances between rows of two sets that broadcast, (..., D) to (...)."""
        gaps = np.abs(self.coordinates(left) - self.coordinates(right))
        return np.asarray(np.minimum(gaps, self.cap).sum(-1), dtype=np.float64)


def _range(real: FloatArray, is_category: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Lowest known value and range of each column; 0 and 0 of one that has none."""
    known = np.isfinite(real) & ~is_category
    low = np.where(known, real, np.inf).min(0, initial=np.inf)
    high = np.where(known, real, -np.inf).max(0, initial=-np.inf)
    some = known.any(0)
    return np.where(some, low, 0.0), np.where(some, high, 0.0) - np.where(some, low, 0.0)


def nearest(
    distance: MixedDistance, queries: FloatArray, references: FloatArray, k: int = 1
) -> tuple[FloatArray, IntArray]:
    """Distances and positions of the nearest reference rows of each query.

    All pairs are compared in float32, in pieces that bound the memory; the distances of those found are then computed
    in float64, so that ties are ties.

    Parameters
    ----------
    distance : MixedDistance
    queries, references : (n, D), (m, D) float64
    k : int
        At most m.

    Returns
    -------
    distances, positions : (n, k) float64, (n, k) int64
        The nearest first.
    """
    left, right = (
        torch.from_numpy(np.ascontiguousarray(distance.coordinates(rows).T, dtype=np.float32))
        for rows in (queries, references)
    )
    caps = [float(cap) for cap in distance.cap]
    with _workers() as pool:
        parts = (left[:, start : start + N_QUERIES, None] for start in range(0, len(queries), N_QUERIES))
        found = pool.map(lambda part: _nearest(part, right, caps, k).numpy(), parts)
        positions = np.concatenate(list(found))
    distances = np.stack([distance.between(queries, references[found]) for found in positions.T], axis=1)
    order = np.argsort(distances, axis=1, kind="stable")
    return np.take_along_axis(distances, order, 1), np.take_along_axis(positions, order, 1)


@contextmanager
def _workers() -> Iterator[ThreadPoolExecutor]:
    """As many threads as torch would take, each with torch to itself.

    Torch's own threads wait for one another after each of thousands of small operations: six times slower where the
    processor has other work too.
    """
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(n_threads) as pool:
            yield pool
    finally:
        torch.set_num_threads(n_threads)


def _nearest(left: torch.Tensor, right: torch.Tensor, caps: list[float], k: int) -> torch.Tensor:
    """Positions of the k nearest of all references to a few queries, (D, n, 1) and (D, m)."""
    best = torch.full((left.shape[1], k), torch.inf)
    found = torch.zeros((left.shape[1], k), dtype=torch.int64)
    for start in range(0, right.shape[1], N_REFERENCES):
        piece = right[:, start : start + N_REFERENCES].contiguous()
        total, gap = torch.zeros(2, left.shape[1], piece.shape[1])
        for j, cap in enumerate(caps):
            torch.sub(left[j], piece[j], out=gap)
            gap.abs_()
            if cap < torch.inf:
                gap.clamp_(max=cap)
            total += gap
        for _ in range(min(k, piece.shape[1])):
            value, position = total.min(1, keepdim=True)
            total.scatter_(1, position, torch.inf)
            best, found = torch.cat([best, value], 1), torch.cat([found, position + start], 1)
        best, order = best.sort(dim=1, stable=True)
        best, found = best[:, :k], found.gather(1, order)[:, :k]
    return found
