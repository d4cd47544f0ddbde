"""Batches of windows of a history: which steps a network is shown, and what it must predict."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from synthdiff.codecs.series.channel import FloatArray, IntArray
from synthdiff.codecs.series.window import Track, WindowCodec
from synthdiff.networks.series import Context

FORECAST, INFILL = 0.4, 0.1
"""Shares of the windows whose past is seen, and of which all but a stretch is; nothing is seen of the others."""
STATE_NOISE = 0.15
"""Deviation of the noise on log volatilities and levels that are shown, lest a moment of the history be known by its
own."""
COVARIATE_DROPOUT = 0.2
"""Share of the windows whose covariates are hidden, so that paths can be drawn without any."""
COVARIATE_PAST = 0.3
"""Share of the windows of which something is seen whose covariates are shown in those steps alone, as a forecast does
not know those of later ones."""


@dataclass(frozen=True)
class WindowBatch:
    """Windows to learn from.

    Attributes
    ----------
    z : (B, L, D) float32
        x_0.
    counted : (B, L, D) bool
        Hidden and observed: what the loss is taken over.
    context : Context
    """

    z: Tensor
    counted: Tensor
    context: Context


@dataclass(frozen=True, eq=False)
class WindowSource:
    """A history as batches.

    Attributes
    ----------
    codec : WindowCodec
    track : Track
    covariates : (T, C) float64
        As the network is shown them; zero width where there are none.
    window : int
    device : torch.device
    """

    codec: WindowCodec
    track: Track
    covariates: FloatArray
    window: int
    device: torch.device

    def batch(self, starts: IntArray, rng: np.random.Generator) -> WindowBatch:
        """Windows that begin at the given steps, with random parts of them seen."""
        seen = random_masks(len(starts), self.window, rng)
        references = starts + first_hidden(seen)
        z, observed = self.codec.encode(self.track, starts, references, self.window, rng)
        share = rng.random(len(starts))[:, None]
        is_past = (share < COVARIATE_DROPOUT + COVARIATE_PAST) & seen.any(axis=1, keepdims=True)
        known = (share >= COVARIATE_DROPOUT) & (seen | ~is_past)
        shown = self.covariates[starts[:, None] + np.arange(self.window)] * known[..., None]
        state = self.track.summary[references]
        state = state + STATE_NOISE * rng.standard_normal(state.shape)
        visible = np.broadcast_to(seen[..., None], z.shape)
        context = Context(
            torch.from_numpy(np.where(visible, z, 0.0)).float(),
            torch.from_numpy(visible.copy()),
            torch.from_numpy(shown).float(),
            torch.from_numpy(state).float(),
        )
        counted = torch.from_numpy(observed & ~visible)
        return WindowBatch(
            torch.from_numpy(z).float().to(self.device), counted.to(self.device), context.to(self.device)
        )


def random_masks(n: int, length: int, rng: np.random.Generator) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Which steps of n windows are seen, (n, length) bool."""
    step = np.arange(length)
    kind = rng.random(n)[:, None]
    past = step < rng.integers(1, length, n)[:, None]
    first = rng.integers(0, length - 1, n)
    last = rng.integers(first + 1, length)
    around = (step < first[:, None]) | (step > last[:, None])
    return np.where(kind < FORECAST, past, np.where(kind < FORECAST + INFILL, around, False))


def first_hidden(seen: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> IntArray:
    """The first step of each window that is not seen, (n,) int64."""
    return np.asarray((~seen).argmax(axis=1), dtype=np.int64)
