"""The denoiser of series: what it is shown of a window, and how its posterior is made of what a network returns.

Market innovations are nearly white, so the posterior mean of white noise, ``alpha x_t``, is nearly right already. A
network learns what is left: with the scaling of EDM ([1]_, table 1) for data of unit variance, in variance-preserving
coordinates ``E[x_0] = alpha x_t + sigma F``, and ``F`` starts at 0, where the draws are exactly white noise.

Besides x_t it sees two functions of it that carry what is dependent in markets: its squares (volatility) and its
squashed running sum (trend, drawdown). And ``F`` is not only a shift: a gate on x_t, one a channel and one for all,
says how turbulent a step is, which is what depends most on other steps.

References
----------
.. [1] Karras et al., "Elucidating the Design Space of Diffusion-Based Generative Models", NeurIPS 2022.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from synthdiff.networks.mlp import fourier, linear

N_FREQUENCIES = 4
MAX_LOG_SNR = 12.0


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

    @property
    def n_inputs(self) -> int:
        """Channels that a body is given."""
        return 4 * self.n_channels + 2 + self.n_covariates

    @property
    def n_outputs(self) -> int:
        """Channels that a body returns: a shift and a gate a channel, and a gate for all."""
        return 2 * self.n_channels + 1


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


class SeriesDenoiser(nn.Module):
    """Noisy windows -> posterior means.

    Parameters
    ----------
    layout : SeriesLayout
    body : nn.Module
        ``(B, n_inputs, L), (B, level) -> (B, n_outputs, L)``; returns 0 at the start.
    level : int
        Width of what tells the body the noise level and the state.
    """

    def __init__(self, layout: SeriesLayout, body: nn.Module, level: int) -> None:
        super().__init__()
        self.layout, self.body = layout, body
        self.noise = nn.Sequential(nn.Linear(1 + 2 * N_FREQUENCIES, level), nn.SiLU(), nn.Linear(level, level))
        self.state = linear(layout.n_states, level)

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return self.state.bias.device

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
        hidden = x.masked_fill(context.seen, 0.0)
        level = self.noise(_embed(log_snr)) + self.state(context.state)
        out = self.body(self._features(hidden, context), level).transpose(1, 2).float()
        shift, own, common = out.split([x.shape[2], x.shape[2], 1], dim=2)
        raw = shift + (own + common) * hidden
        share = log_snr[:, None, None]
        mean: Tensor = share.sigmoid().sqrt() * x + (-share).sigmoid().sqrt() * raw
        return mean

    def _features(self, hidden: Tensor, context: Context) -> Tensor:
        """Input channels, (B, n_inputs, L)."""
        both = hidden + context.clean
        trend = torch.tanh(both.cumsum(1) / both.shape[1] ** 0.5)
        seen = context.seen.to(both).mean(2, keepdim=True)
        energy = both.square() - 1
        parts = [hidden, context.clean, energy, energy.mean(2, keepdim=True), trend, seen, context.covariates]
        return torch.cat(parts, dim=2).transpose(1, 2)


def _embed(log_snr: Tensor) -> Tensor:
    level = (log_snr / MAX_LOG_SNR).clamp(-1, 1)
    return torch.cat([level[:, None], fourier(level, N_FREQUENCIES)], dim=1)
