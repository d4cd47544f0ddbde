"""Returns of several assets without holes: what is not observed is drawn, given what the other assets did.

Assets are observed on different days: one is listed late, another has holes, a third did not trade. A common factor
that is made of those present changes its meaning from day to day, and so do all correlations with it. Here every cell
gets a return instead, by data augmentation ([1]_): asset after asset is drawn given the others from the normal law of
returns, with the volatility of its time, and the correlation is estimated anew from what was drawn. After a hole the
change of the price is known, though not how it came about: the draws of the hole are moved to add up to it, each by
its share of their variance, which is the conditional law of normal draws given their sum. Nothing that is drawn is
ever learnt from as if it had been observed.

References
----------
.. [1] Tanner and Wong, "The Calculation of Posterior Distributions by Data Augmentation", Journal of the American
   Statistical Association, 1987.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Self

import numpy as np
from scipy.signal import lfilter

from synthdiff.codecs.series.channel import BoolArray, FloatArray, IntArray
from synthdiff.codecs.series.missing import estimate_correlation, nearest_correlation
from synthdiff.record import LARGEST, numbers, require, restore

HALF_LIFE = 10.0
"""Steps to both sides after which a return counts half for the volatility of its time."""
EXTREME = 5.0
"""Normalised returns are cut there before correlations are estimated: a broken peg is no correlation."""
NARROWEST = 0.2
"""Volatility of a calm time, at least, in usual ones."""
MEAN_SIZE = 0.8
"""Mean absolute value of a standard normal."""
SPARSE = 0.25
"""Returns of single steps, in steps of holes, below which an asset is known by its holes."""
ROUNDS, SWEEPS = 24, 4
"""Estimates of the correlation, of which the second half is averaged; and draws of all assets once it is known."""


@dataclass(frozen=True, eq=False)
class ObservedReturns:
    """What is known of the returns of A assets in T steps.

    Attributes
    ----------
    values : (T, A) float64
        Around zero times the steps that they cover; NaN where not observed.
    spans : (T, A) int64
        Steps that each return covers, itself included; 1 for most.
    idle : (T, A) bool
        Cells without a return, as the asset did not trade. What is drawn there counts in no sum.
    usual : (T, A) float64
        Volatility that is usual at the time of a step.
    """

    values: FloatArray
    spans: IntArray
    idle: BoolArray
    usual: FloatArray

    @cached_property
    def single(self) -> FloatArray:
        """Returns of one step, (T, A); NaN in all other cells."""
        return np.where(self.idle | (self.spans > 1), np.nan, self.values)

    @cached_property
    def sizes(self) -> FloatArray:
        """Values over the root of the steps that they cover and over what is usual, (T, A); NaN where there is none."""
        return np.asarray(np.where(self.idle, np.nan, self.values) / np.sqrt(self.spans) / self.usual)

    @cached_property
    def seen(self) -> BoolArray:
        """Cells that tell of the size of single returns, (T, A): holes too where an asset hardly has anything else."""
        single, inside = ~np.isnan(self.single), self.holes >= 0
        is_sparse = single.sum(axis=0) < SPARSE * inside.sum(axis=0)
        return np.asarray(single | (inside & is_sparse))

    @cached_property
    def holes(self) -> IntArray:
        """Row in which the sum of each cell's hole is known, (T, A); -1 where the cell is in none."""
        n_rows = len(self.spans)
        rows = np.broadcast_to(np.arange(n_rows)[:, None], self.spans.shape)
        count = (~self.idle).cumsum(axis=0)
        ends = np.where((self.spans > 1) & ~self.idle & ~np.isnan(self.values), rows, n_rows)
        ends = np.minimum.accumulate(ends[::-1], axis=0)[::-1]
        last = np.minimum(ends, n_rows - 1)
        reach, until = (np.take_along_axis(part, last, axis=0) for part in (self.spans, count))
        return np.where((ends < n_rows) & (until - count < reach) & ~self.idle, ends, -1)


@dataclass(frozen=True, eq=False)
class ReturnImputation:
    """Law of the returns of A assets in one step, up to a volatility that all have in common.

    Attributes
    ----------
    scale : (A,) float64
        Standard deviation of each asset's returns over the common volatility.
    correlation : (A, A) float64
    """

    scale: Annotated[FloatArray, numbers(low=0.0, high=LARGEST)]
    correlation: Annotated[FloatArray, numbers(2, low=-1.0 - 1e-9, high=1.0 + 1e-9)]

    @classmethod
    def fit(cls, observed: ObservedReturns) -> Self:
        """Fit to what was observed; the same input gives the same law."""
        sizes = observed.sizes
        scale = _rms(sizes)
        for _ in range(8):  # an asset that was there in calm times only is told from a calm asset
            scale = _rms(sizes / _volatility(sizes / scale)[:, None])
        bare = cls(scale, np.eye(len(scale)))
        if len(scale) < 2:
            return bare
        size = bare.size(observed)
        law = cls(scale, estimate_correlation(np.clip(observed.single / size, -EXTREME, EXTREME)))
        return law._augmented(observed, size) if np.isnan(observed.single).any() else law

    def complete(self, observed: ObservedReturns) -> FloatArray:
        """Fill in all cells, (T, A); the same input gives the same draws."""
        single = observed.single
        if not np.isnan(single).any():
            return single
        size = self.size(observed)
        rng = np.random.default_rng(0)
        filled = _first_draw(single / size, rng)
        for _ in range(SWEEPS):
            self._sweep(filled, observed, size, rng)
        return np.where(np.isnan(single), filled * size, single)

    def _augmented(self, observed: ObservedReturns, size: FloatArray) -> Self:
        """The law that the draws which it leads to have themselves."""
        rng, law = np.random.default_rng(0), self
        filled, total = _first_draw(observed.single / size, rng), np.zeros_like(self.correlation)
        for number in range(ROUNDS):
            law._sweep(filled, observed, size, rng)
            tame = np.clip(filled, -EXTREME, EXTREME)
            found = nearest_correlation(tame.T @ tame)
            total += found * (2 * number >= ROUNDS)
            law = type(self)(self.scale, found)
        return type(self)(self.scale, nearest_correlation(total))

    def size(self, observed: ObservedReturns) -> FloatArray:
        """Return the volatility of each cell, (T, A)."""
        return np.asarray(self.scale * observed.usual * _volatility(observed.sizes / self.scale)[:, None])

    def _sweep(self, filled: FloatArray, observed: ObservedReturns, size: FloatArray, rng: np.random.Generator) -> None:
        """Draw what is missing of each asset given all others, in place, in units of `size`."""
        precision = np.asarray(np.linalg.inv(self.correlation), dtype=np.float64)
        missing, holes = np.isnan(observed.single), observed.holes
        for asset in np.flatnonzero(missing.any(axis=0)).tolist():
            rows = np.flatnonzero(missing[:, asset])
            weights = regression(precision, asset)
            draws = filled[rows] @ weights + rng.standard_normal(len(rows)) / np.sqrt(precision[asset, asset])
            filled[rows, asset] = draws
            inside = rows[holes[rows, asset] >= 0]
            ends, scale = holes[inside, asset], size[inside, asset]
            drawn = np.bincount(ends, filled[inside, asset] * scale, len(filled))
            share = scale / np.bincount(ends, scale**2, len(filled))[ends]
            filled[inside, asset] += share * (observed.values[ends, asset] - drawn[ends])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"scale": self.scale.tolist(), "correlation": self.correlation.tolist()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote."""
        found = restore(cls, data)
        return found if len(found.scale) else cls(found.scale, np.empty((0, 0)))

    def check(self) -> None:
        """Refuse a correlation of other assets, or one that cannot be inverted."""
        n = len(self.scale)
        if n:
            require(self.correlation.shape == (n, n), f"a correlation of {n} assets is expected")
            require((self.scale > 0).all(), "scales must be positive")
            require(np.linalg.eigvalsh(self.correlation).min() > 0, "the correlation cannot be inverted")


def regression(precision: FloatArray, asset: int) -> FloatArray:
    """Return what an asset's score is expected to be of each of the others', (A,); 0 of its own."""
    weights = -precision[asset] / precision[asset, asset]
    weights[asset] = 0.0
    return np.asarray(weights)


def _first_draw(scores: FloatArray, rng: np.random.Generator) -> FloatArray:
    noise = rng.standard_normal(scores.shape)
    return np.where(np.isnan(scores), noise, scores)


def _rms(returns: FloatArray) -> FloatArray:
    """Root of the mean square of each column; 1 where nothing is observed or moves."""
    counts = np.maximum((~np.isnan(returns)).sum(axis=0), 1)
    size = np.sqrt(np.nansum(returns**2, axis=0) / counts)
    return np.where(size > 0, size, 1.0)


def _volatility(scores: FloatArray) -> FloatArray:
    """Size of returns around each of T steps, all assets together, (T,); 1 is that of standard normal ones."""
    observed = ~np.isnan(scores)
    total = np.minimum(np.abs(np.where(observed, scores, 0.0)), EXTREME).sum(axis=1)
    sums, counts = (_smooth(x.astype(np.float64)) for x in (total, observed.sum(axis=1)))
    # one usual return more, so that nothing is divided by nothing
    return np.asarray(np.maximum((sums + MEAN_SIZE) / (counts + 1.0) / MEAN_SIZE, NARROWEST))


def _smooth(x: FloatArray) -> FloatArray:
    """Sums that forget to both sides, each step counted once."""
    keep = 0.5 ** (1 / HALF_LIFE)
    ahead, back = (lfilter([1.0], [1.0, -keep], side) for side in (x, x[::-1]))
    return np.asarray(ahead + back[::-1] - x)
