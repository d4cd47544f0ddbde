"""What training minimises: the likelihood bound of the absorbing process, column by column."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from synthdiff.batch import Cells, NoisyCells
from synthdiff.diffusion.masked import MaskedProcess, RevealTimes
from synthdiff.networks.mlp import MLPDenoiser

Network = Callable[[NoisyCells], Tensor]
"""A denoiser without dropout."""
PREFERRED_SHARE = 0.6
EMPHASIS = 0.6
MOST_WEIGHT, NARROW = 10.0, 24
"""The greatest weight of a cell in tables of more columns than those.

Held-out loss of 500 columns x 5,000 rows after 60 steps: 1,450 without a limit (1,499 at the start), 1,319 with 24,
1,290 with 10, 1,287 with 4; 2,000 columns x 2,000 rows after 100: 6,848 (6,700 at the start), 6,435 with 30, 6,416 with
10. A table of 24 columns gains nothing.
"""


@dataclass(frozen=True)
class Objective:
    """The masked process' loss.

    Attributes
    ----------
    process : MaskedProcess
    offsets : list of int
        First token of each column, and the number of tokens at the end.
    preferred : float
        Share of training rows that follow the preferred order; the others follow random ones.
    emphasis : float
        In those rows, the share of the weight that goes to the next column alone.
    """

    process: MaskedProcess
    offsets: list[int]
    preferred: float = PREFERRED_SHARE
    emphasis: float = EMPHASIS

    def loss(
        self, network: MLPDenoiser, cells: Cells, draw: torch.Generator, dropout: torch.Generator | None
    ) -> Tensor:
        """Weighted cross-entropy of each column, (D,), in nats a row.

        Parameters
        ----------
        network : MLPDenoiser
        cells : Cells
            A batch of rows.
        draw : torch.Generator
            On the CPU: draws the reveal times.
        dropout : torch.Generator or None
            On the network's device.
        """
        times = self.process.draw_times(len(cells), draw, self.preferred).to(cells.base.device)
        noisy = self.process.perturb(cells, times)
        entropies = self.cross_entropies(network(noisy, dropout), noisy.tokens)
        most = MOST_WEIGHT if self.process.n_columns > NARROW else math.inf
        return (entropies * self.process.weights(times, self.emphasis, most)).mean(0)

    def cross_entropies(self, logits: Tensor, tokens: Tensor) -> Tensor:
        """Cross-entropy of every cell, (B, D)."""
        # The gradient of a slice is as large as the whole; that of a split is put together once.
        parts = torch.split(logits, [b - a for a, b in pairwise(self.offsets)], dim=1)
        own = (tokens - torch.tensor(self.offsets[:-1], device=tokens.device)).unbind(1)
        columns = [
            nn.functional.cross_entropy(part, token, reduction="none") for part, token in zip(parts, own, strict=True)
        ]
        return torch.stack(columns, dim=1)

    @torch.no_grad()
    def bound(self, network: Network, cells: Cells, times: RevealTimes, emphasis: float) -> Tensor:
        """Negative log-density bound of each cell given what is seen, weighted, (B, D), in nats."""
        times = times.to(cells.base.device)
        noisy = self.process.perturb(cells, times)
        entropies = self.cross_entropies(network(noisy), noisy.tokens) - self.process.densities(cells, noisy)
        return entropies * self.process.weights(times, emphasis)

    def monitor(self, network: Network, cells: Cells, generator: torch.Generator, n_draws: int) -> Tensor:
        """Estimate the mean of `row_bound`, (D,) by column, from `n_draws` random times a row: cheap enough to repeat.

        The times are stratified, and the same whenever the generator is.
        """
        d, n = self.process.n_columns, len(cells)
        total = torch.zeros(d, device=cells.base.device)
        for draw in range(n_draws):
            first = (torch.arange(n) + torch.rand(1, generator=generator)) * d / n
            n_seen = ((first + draw * d / n_draws) % d).long().clamp_(max=d - 1)[:, None]
            times = self.process.preferred_times(n, n_seen)
            total += self.bound(network, cells, times, 1.0).mean(0)
        return total / n_draws

    def row_bound(self, network: Network, cells: Cells, batch_size: int = 4096, n_points: int | None = None) -> Tensor:
        """``-log p`` of each row along the preferred order, (n, D) by column, in nats.

        Parameters
        ----------
        network : callable
        cells : Cells
            n rows.
        batch_size : int
            Rows that are looked at at once.
        n_points : int or None
            Evaluations a row: that many numbers of seen cells, for an estimate. None: all D, exact.
        """
        d, parts = self.process.n_columns, []
        is_exact = n_points is None or n_points >= d
        points = [int((i + 0.5) * d / n_points) for i in range(n_points)] if n_points and not is_exact else range(d)
        for start in range(0, len(cells), batch_size):
            batch = cells.take(slice(start, start + batch_size))
            total = torch.zeros(batch.base.shape, device=batch.base.device)
            for n_seen in points:
                times = self.process.preferred_times(len(batch), torch.full((len(batch), 1), n_seen))
                total += self.bound(network, batch, times, float(is_exact)) / len(points)
            parts.append(total)
        return torch.cat(parts)
