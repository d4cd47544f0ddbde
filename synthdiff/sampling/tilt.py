"""Noise drawn from another law than the standard normal, and what that makes of its probability, exactly.

A tilt shifts and widens the noise of each channel in a few blocks of time, stretches it along its own shift, and
prefers some of the states that paths start in. The likelihood ratio depends on the noise through sums and sums of
squares over the blocks only, so those are all that is kept of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from synthdiff.data.split import FloatArray, IntArray

N_BLOCKS = 6
BoolArray = npt.NDArray[np.bool_]


def block_edges(n_steps: int) -> IntArray:
    """Where the blocks of a path begin and end, (B + 1,): six of them, fewer of a path that is shorter.

    Examples
    --------
    >>> block_edges(63).tolist(), block_edges(2).tolist()
    ([0, 10, 21, 32, 42, 52, 63], [0, 1, 2])
    """
    return np.linspace(0, n_steps, min(N_BLOCKS, n_steps) + 1).round().astype(np.int64)


@dataclass(frozen=True, eq=False)
class NoiseSummary:
    """What likelihood ratios need of the noise of n paths.

    Attributes
    ----------
    total, square : (n, B, D) float64
        Sums over the steps of each block, of the noise and of its square.
    start : (n,) int64
        Which state each path starts in.
    lengths : (B,) int64
        Steps of the blocks.
    """

    total: FloatArray
    square: FloatArray
    start: IntArray
    lengths: IntArray

    @classmethod
    def of(cls, noise: FloatArray, start: IntArray) -> NoiseSummary:
        """Sum up noise, (n, L, D)."""
        edges = block_edges(noise.shape[1])
        total = np.add.reduceat(noise, edges[:-1], axis=1)
        return cls(total, np.add.reduceat(noise**2, edges[:-1], axis=1), start, np.diff(edges))

    def __len__(self) -> int:
        return len(self.start)

    def take(self, rows: IntArray | BoolArray) -> NoiseSummary:
        """Some of the paths."""
        return NoiseSummary(self.total[rows], self.square[rows], self.start[rows], self.lengths)

    def joined(self, other: NoiseSummary) -> NoiseSummary:
        """These paths, then others."""
        return NoiseSummary(
            np.concatenate([self.total, other.total]),
            np.concatenate([self.square, other.square]),
            np.concatenate([self.start, other.start]),
            self.lengths,
        )


@dataclass(frozen=True, eq=False)
class Tilt:
    """A law of the noise z of a path and of the state it starts in.

    With e standard normal and u a direction::

        z = mean + deviation * (e + (stretch - 1) u <u, e>)

    Attributes
    ----------
    mean, deviation : (B, D) float64
    direction : (B, D) float64
        u, of each step in a block: of length 1 over all steps, or 0.
    stretch : float
    log_start : (N,) float64
        Log probabilities of the starts, over those that they have by themselves: 1 / N.
    """

    mean: FloatArray
    deviation: FloatArray
    direction: FloatArray
    stretch: float
    log_start: FloatArray

    def draw(self, n: int, lengths: IntArray, rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
        """Draw the noise of n paths, (n, L, D), and where they start, (n,)."""
        share = np.cumsum(np.exp(self.log_start))
        start = np.searchsorted(share, rng.random(n) * share[-1], side="right").clip(max=len(share) - 1)
        noise = rng.standard_normal((n, int(lengths.sum()), self.mean.shape[1]))
        block = np.repeat(np.arange(len(lengths)), lengths)
        if self.stretch != 1:
            along = np.einsum("nld,ld->n", noise, self.direction[block])
            noise += (self.stretch - 1) * along[:, None, None] * self.direction[block]
        noise *= self.deviation[block]
        noise += self.mean[block]
        return noise, start.astype(np.int64)

    def log_ratio(self, noise: NoiseSummary) -> FloatArray:
        """Log of how much likelier the tilt makes each of n paths than it is by itself, (n,)."""
        length = noise.lengths[:, None]
        own = (noise.square - 2 * self.mean * noise.total + length * self.mean**2) / self.deviation**2
        along = np.einsum("nbd,bd->n", (noise.total - length * self.mean) / self.deviation, self.direction)
        exponent = 0.5 * (noise.square - own).sum(axis=(1, 2)) - 0.5 * along**2 * (self.stretch**-2 - 1)
        scale = np.log(self.stretch) + float((length * np.log(self.deviation)).sum())
        return np.asarray(exponent - scale + self.log_start[noise.start])


@dataclass(frozen=True, eq=False)
class TiltMixture:
    """Several tilts, each with a share of the draws.

    Attributes
    ----------
    tilts : tuple of Tilt
        At least one.
    share : (K,) float64
        Sum to 1.
    """

    tilts: tuple[Tilt, ...]
    share: FloatArray

    @classmethod
    def union(cls, mixtures: Sequence[TiltMixture], share: Sequence[float] | None = None) -> TiltMixture:
        """All tilts of several mixtures; each of them has its share, or the same."""
        tilts = tuple(tilt for mixture in mixtures for tilt in mixture.tilts)
        parts = [1 / len(mixtures)] * len(mixtures) if share is None else share
        return cls(tilts, np.concatenate([part * m.share for part, m in zip(parts, mixtures, strict=True)]))

    def draw(self, n: int, lengths: IntArray, rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
        """Draw the noise of n paths, (n, L, D), and where they start, (n,); in random order."""
        counts = rng.multinomial(n, self.share)
        drawn = [tilt.draw(int(count), lengths, rng) for tilt, count in zip(self.tilts, counts, strict=True)]
        order = rng.permutation(n)
        noise, start = (np.concatenate(parts)[order] for parts in zip(*drawn, strict=True))
        return noise, start

    def log_ratio(self, noise: NoiseSummary) -> FloatArray:
        """Log of how much likelier the mixture makes each of n paths than it is by itself, (n,)."""
        each = np.stack([tilt.log_ratio(noise) for tilt in self.tilts], axis=1)
        return np.asarray(logsumexp(each, axis=1, b=self.share))


def defended_weights(log_ratio: FloatArray, defence: float) -> FloatArray:
    """Weights of draws of which a share is untilted: at most 1 / defence, and 1 on average.

    Parameters
    ----------
    log_ratio : (n,) float64
        Of the tilt that the others are drawn from.
    defence : float
        Share of untilted draws, in (0, 1].

    Returns
    -------
    (n,) float64

    References
    ----------
    Hesterberg, T. (1995). Weighted average importance sampling and defensive mixture distributions. Technometrics 37,
    185-194, section 2.
    """
    with np.errstate(over="ignore"):
        return np.asarray(1 / (defence + (1 - defence) * np.exp(log_ratio)))
