"""The denoiser of positions: where within its token a number cell lies, given what is seen of the row.

A position ``u`` in (0, 1) is modelled as the normal score ``z = ndtri(u)``. What the network knows of the row becomes a
*context* once, which the noise levels of one cell share: hidden representation, embedded input, token, column, and how
likely the neighbouring tokens are (a row whose next bin is likelier than the previous one lies in the upper half).

The scaling is that of EDM ([1]_, table 1) for data of unit variance, which in variance-preserving coordinates reads
``E[z_0] = alpha z_t + sigma F``: with ``F = 0``, where training starts, it is the posterior of a standard normal, and
the position stays uniform.

References
----------
.. [1] Karras et al., "Elucidating the Design Space of Diffusion-Based Generative Models", NeurIPS 2022.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from synthdiff.networks.mlp import CellLayout, MLPDenoiser, ResidualBlock, fourier

N_FREQUENCIES = 4
MAX_LOG_SNR = 12.0
AROUND = (-2, -1, 1, 2)
MAX_ODDS = 6.0


class CellRefiner(nn.Module):
    """Noisy normal score of a cell's position -> its posterior mean.

    Parameters
    ----------
    layout : CellLayout
    network_width : int
        Of the main network.
    width, noise_width : int
        Of the context, and of the part that is evaluated at every noise level.
    """

    first: Tensor
    last: Tensor

    def __init__(self, layout: CellLayout, network_width: int, width: int = 128, noise_width: int = 64) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(network_width)
        self.row = nn.Linear(2 * network_width + len(AROUND), width)
        self.token = nn.Embedding(layout.offsets[-1], width)
        self.column = nn.Embedding(layout.n_columns, width)
        nn.init.normal_(self.token.weight, std=0.1)
        nn.init.normal_(self.column.weight, std=0.1)
        self.trunk = nn.ModuleList([ResidualBlock(width, 2, 0.0) for _ in range(2)])
        self.summary = nn.Linear(width, noise_width)
        self.noise = nn.Linear(1 + 4 * N_FREQUENCIES, noise_width)
        self.block = ResidualBlock(noise_width, 2, 0.0)
        self.out_norm = nn.LayerNorm(noise_width)
        self.out = nn.Linear(noise_width, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)
        first, last = _groups(layout)
        self.register_buffer("first", first, persistent=False)
        self.register_buffer("last", last, persistent=False)

    def odds(self, logits: Tensor, token: Tensor, offset: int = 0) -> Tensor:
        """Log-odds of the neighbouring tokens against the chosen one, (B, 4), in thirds; 0 where there is none.

        Parameters
        ----------
        logits : (B, T) float32
            Of the whole table, or of the tokens from `offset` on.
        token : (B,) int64
            Counted over the whole table.
        offset : int
        """
        step = torch.tensor(AROUND, device=token.device)
        at = torch.minimum(torch.maximum(token[:, None] + step, self.first[token, None]), self.last[token, None])
        out = logits.gather(1, at - offset) - logits.gather(1, token[:, None] - offset)
        return out.clamp(-MAX_ODDS, MAX_ODDS) / 3

    def context(self, h: Tensor, x: Tensor, odds: Tensor, token: Tensor, column: Tensor) -> Tensor:
        """What is known of each cell before its position, (B, noise_width).

        Parameters
        ----------
        h, x : (B, network_width)
            The main network's representation of the row, and its input: exact values pass more sharply through the
            latter.
        odds : (B, 4)
        token : (B,) int64
            Counted over the whole table.
        column : (B,) int64
        """
        row = torch.cat([h, self.norm(x), odds], dim=1)
        y = self.row(row) + self.token(token) + self.column(column)
        for block in self.trunk:
            y = block(y)
        out: Tensor = self.summary(y)
        return out

    def forward(self, z: Tensor, log_snr: Tensor, context: Tensor) -> Tensor:
        """Posterior mean of z_0, of the shape of `z`.

        Parameters
        ----------
        z : (B, ...) float32
            z_t.
        log_snr : (B, ...) float32
            Broadcasts against `z`.
        context : (B, ..., noise_width)
            Broadcasts against `z[..., None]`.
        """
        level = log_snr.clamp(-MAX_LOG_SNR, MAX_LOG_SNR)
        time = fourier(level / MAX_LOG_SNR, N_FREQUENCIES).expand(*z.shape, -1)
        features = torch.cat([z[..., None], fourier(z / 4, N_FREQUENCIES), time], dim=-1)
        y = self.block(context + self.noise(features))
        raw = self.out(self.out_norm(y))[..., 0].float()
        out: Tensor = log_snr.sigmoid().sqrt() * z + (-log_snr).sigmoid().sqrt() * raw
        return out


def make_refiner(network: MLPDenoiser) -> CellRefiner:
    """An untrained refiner that fits a main network."""
    return CellRefiner(network.layout, network.head.in_features)


def _groups(layout: CellLayout) -> tuple[Tensor, Tensor]:
    """First and last token of each token's neighbourhood: its column's base tokens, or its relation's, (T,) each."""
    starts = torch.zeros_like(layout.relation_of, dtype=torch.bool)
    starts[layout.offsets[:-1]] = True
    starts[1:] |= layout.relation_of[1:] != layout.relation_of[:-1]
    group = starts.long().cumsum(0) - 1
    first = starts.nonzero()[:, 0]
    last = torch.cat([first[1:], first.new_tensor([layout.offsets[-1]])]) - 1
    return first[group], last[group]
