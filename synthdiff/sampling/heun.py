"""Heun's method for positions within tokens: from uniform noise to a position that the row calls for.

The deterministic path from noise to data is ``dz = -v d(angle)`` (`synthdiff.diffusion.gaussian`); a step goes to its
end with the slope at its start, and is then repeated with the mean of both ends' slopes ([1]_, algorithm 1). Where the
refiner knows nothing, v is 0 and the uniform that went in comes out.

References
----------
.. [1] Karras et al., "Elucidating the Design Space of Diffusion-Based Generative Models", NeurIPS 2022.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from itertools import pairwise

import torch
from torch import Tensor

from synthdiff.diffusion.gaussian import GaussianProcess
from synthdiff.networks.refiner import CellRefiner
from synthdiff.runtime import autocast

STEPS = 8
BEND = 2.0
"""Steps get shorter towards the data, where narrow positions are decided."""
EDGE = 1e-6


def heun(posterior: Callable[[Tensor, Tensor], Tensor], z: Tensor, steps: int = STEPS) -> Tensor:
    """Follow the deterministic path from z_1 to z_0.

    Parameters
    ----------
    posterior : callable
        ``(z_t, log_snr) -> E[z_0 | z_t]``; the log-SNR is a scalar tensor.
    z : Tensor
        z_1: standard normal.
    steps : int
        Each but the last evaluates the posterior twice.
    """
    process = GaussianProcess()
    times = torch.linspace(1, 0, steps + 1, dtype=torch.float64).pow(BEND).to(z)

    def velocity(at: Tensor, t: Tensor) -> Tensor:
        # At t = 1 the log-SNR is minus infinity; any very noisy level says the same.
        return process.velocity(at, posterior(at, process.log_snr(t.clamp(max=0.999))), t.clamp(max=0.999))

    for t, s in pairwise(times):
        angle = math.pi / 2 * (t - s)
        slope = velocity(z, t)
        ahead = z + angle * slope
        # The last step ends without noise, where the velocity is not defined.
        z = z + angle / 2 * (slope + velocity(ahead, s)) if s > 0 else ahead
    return z


class PositionSampler:
    """Draw positions within the tokens of refined columns.

    Parameters
    ----------
    refiner : CellRefiner
        In evaluation mode.
    columns : collection of int
        The refined ones.
    offsets : list of int
        First token of each column.
    precision : torch.dtype
        Of matrix products.
    """

    def __init__(
        self, refiner: CellRefiner, columns: Collection[int], offsets: list[int], precision: torch.dtype
    ) -> None:
        self.refiner, self.columns, self.offsets, self.precision = refiner, frozenset(columns), offsets, precision

    def draw(self, j: int, uniform: Tensor, h: Tensor, x: Tensor, logits: Tensor, token: Tensor) -> Tensor:
        """Positions of column j, (n,) float64; the uniforms themselves where the column is not refined.

        Parameters
        ----------
        j : int
        uniform : (n,) float64
            The noise.
        h, x : (n, width)
            The main network's representation of the rows, and its input.
        logits : (n, n_tokens) float32
            Of the column's tokens.
        token : (n,) int64
            Counted from the column's first token.
        """
        if j not in self.columns:
            return uniform
        offset, device = self.offsets[j], x.device
        chosen = token.to(device) + offset
        column = torch.full_like(chosen, j)
        with autocast(device, self.precision):
            context = self.refiner.context(h, x, self.refiner.odds(logits, chosen, offset), chosen, column)
            z = torch.special.ndtri(uniform.clamp(EDGE, 1 - EDGE)).float().to(device)
            z = heun(lambda at, log_snr: self.refiner(at, log_snr, context), z)
        position: Tensor = torch.special.ndtr(z.to(uniform))
        return position
