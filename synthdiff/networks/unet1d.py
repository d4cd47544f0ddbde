"""The denoiser of series: a 1-D U-Net over the steps of a window.

Market innovations are nearly white, so the posterior mean of white noise, ``alpha x_t``, is nearly right already. The
network learns what is left: with the scaling of EDM ([1]_, table 1) for data of unit variance, in variance-preserving
coordinates ``E[x_0] = alpha x_t + sigma F``, and ``F`` starts at 0, where the draws are exactly white noise.

Besides x_t it sees two functions of it that carry what is dependent in markets: its squares (volatility) and its
squashed running sum (trend, drawdown).

References
----------
.. [1] Karras et al., "Elucidating the Design Space of Diffusion-Based Generative Models", NeurIPS 2022.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from synthdiff.networks.mlp import fourier, linear

N_FREQUENCIES = 4
MAX_LOG_SNR = 12.0
GROUPS = 8
KERNEL = 3


@dataclass(frozen=True)
class SeriesLayout:
    """What the network of a series must know of its channels.

    Attributes
    ----------
    n_channels : int
        D: channels that are denoised.
    n_covariates : int
        Channels that are always shown.
    n_states : int
        Numbers that say where the market stands before the window.
    """

    n_channels: int
    n_covariates: int = 0
    n_states: int = 0


@dataclass(frozen=True)
class Context:
    """What a denoiser is shown beside x_t.

    Attributes
    ----------
    clean : (B, L, D) float32
        x_0 where it is seen, 0 elsewhere.
    seen : (B, L, D) bool
    covariates : (B, L, C) float32
        Zero width where there are none.
    state : (B, S) float32
    """

    clean: Tensor
    seen: Tensor
    covariates: Tensor
    state: Tensor

    def take(self, rows: Tensor | slice) -> Context:
        """The given windows."""
        return Context(self.clean[rows], self.seen[rows], self.covariates[rows], self.state[rows])

    def to(self, device: torch.device) -> Context:
        """The same on a device."""
        return Context(*(part.to(device) for part in (self.clean, self.seen, self.covariates, self.state)))


class SeriesUNet(nn.Module):
    """Noisy windows -> posterior means.

    Parameters
    ----------
    layout : SeriesLayout
    width : int
        Of the first level; a multiple of 8.
    depth : int
        How often the number of steps is halved.
    growth : float
        Width of a level, in widths of the one above.
    dropout : float
    """

    def __init__(
        self, layout: SeriesLayout, width: int = 48, depth: int = 3, growth: float = 1.5, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.layout, self.depth = layout, depth
        widths = [GROUPS * max(round(width * growth**i / GROUPS), 1) for i in range(depth + 1)]
        level = 2 * widths[-1]
        self.noise = nn.Sequential(nn.Linear(1 + 2 * N_FREQUENCIES, level), nn.SiLU(), nn.Linear(level, level))
        self.state = linear(layout.n_states, level)
        self.stem = nn.Conv1d(4 * layout.n_channels + 2 + layout.n_covariates, widths[0], 5, padding=2)
        self.down = nn.ModuleList(ConvBlock(w, w, level, dropout) for w in widths[:-1])
        self.shrink = nn.ModuleList(nn.Conv1d(a, b, KERNEL, stride=2, padding=1) for a, b in pairwise(widths))
        self.middle = ConvBlock(widths[-1], widths[-1], level, dropout)
        self.grow = nn.ModuleList(nn.Conv1d(b, a, KERNEL, padding=1) for a, b in pairwise(widths))
        self.up = nn.ModuleList(ConvBlock(2 * w, w, level, dropout) for w in widths[:-1])
        self.norm = nn.GroupNorm(GROUPS, widths[0])
        self.head = nn.Conv1d(widths[0], 2 * layout.n_channels + 1, KERNEL, padding=1)
        nn.init.zeros_(self.head.weight)
        assert self.head.bias is not None
        nn.init.zeros_(self.head.bias)

    def forward(self, x: Tensor, log_snr: Tensor, context: Context) -> Tensor:
        """Posterior mean of x_0.

        Parameters
        ----------
        x : (B, L, D) float32
            x_t.
        log_snr : (B,) float32
        context : Context

        Returns
        -------
        (B, L, D) float32
        """
        seen = context.seen
        hidden = x.masked_fill(seen, 0.0)
        level = self.noise(_embed(log_snr)) + self.state(context.state)
        y = self.stem(_pad(self._features(hidden, context), 2**self.depth))
        kept = []
        for block, shrink in zip(self.down, self.shrink, strict=True):
            y = block(y, level)
            kept.append(y)
            y = shrink(y)
        y = self.middle(y, level)
        for block, grow in zip(reversed(self.up), reversed(self.grow), strict=True):
            y = grow(nn.functional.interpolate(y, scale_factor=2.0, mode="nearest"))
            y = block(torch.cat([y, kept.pop()], dim=1), level)
        out = self.head(nn.functional.silu(self.norm(y)))[..., : x.shape[1]].transpose(1, 2).float()
        shift, own, common = out.split([x.shape[2], x.shape[2], 1], dim=2)
        raw = shift + (own + common) * hidden
        share = log_snr[:, None, None]
        mean: Tensor = share.sigmoid().sqrt() * x + (-share).sigmoid().sqrt() * raw
        return mean

    def _features(self, hidden: Tensor, context: Context) -> Tensor:
        """Input channels, (B, C, L)."""
        both = hidden + context.clean
        trend = torch.tanh(both.cumsum(1) / both.shape[1] ** 0.5)
        seen = context.seen.to(both).mean(2, keepdim=True)
        energy = both.square() - 1
        parts = [hidden, context.clean, energy, energy.mean(2, keepdim=True), trend, seen, context.covariates]
        return torch.cat(parts, dim=2).transpose(1, 2)


class ConvBlock(nn.Module):
    """Two convolutions around a residual; noise level and state scale and shift between them."""

    def __init__(self, width_in: int, width: int, level: int, dropout: float) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(GROUPS, width_in), nn.GroupNorm(GROUPS, width)
        self.conv1 = nn.Conv1d(width_in, width, KERNEL, padding=1)
        self.conv2 = nn.Conv1d(width, width, KERNEL, padding=1)
        self.modulate = nn.Linear(level, 2 * width)
        self.dropout = nn.Dropout(dropout)
        self.skip = nn.Identity() if width_in == width else nn.Conv1d(width_in, width, 1)
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x: Tensor, level: Tensor) -> Tensor:
        """(B, width_in, L), (B, level) -> (B, width, L)."""
        scale, shift = self.modulate(nn.functional.silu(level))[..., None].chunk(2, dim=1)
        y = self.conv1(nn.functional.silu(self.norm1(x)))
        y = self.norm2(y) * (1 + scale) + shift
        out: Tensor = self.skip(x) + self.conv2(self.dropout(nn.functional.silu(y)))
        return out


def _embed(log_snr: Tensor) -> Tensor:
    level = (log_snr / MAX_LOG_SNR).clamp(-1, 1)
    return torch.cat([level[:, None], fourier(level, N_FREQUENCIES)], dim=1)


def _pad(x: Tensor, multiple: int) -> Tensor:
    """Repeat the last step until the number of steps can be halved often enough."""
    missing = -x.shape[-1] % multiple
    return nn.functional.pad(x, (0, missing), mode="replicate") if missing else x
