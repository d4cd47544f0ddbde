"""A transformer over the steps of a window: every patch of steps looks at every other.

Positions are relative: an attention score falls with the distance of two patches, faster in some heads than in others
([1]_), so a window may be longer or shorter than those of the training. Noise level and state scale and shift each
layer ([2]_).

References
----------
.. [1] Press, Smith and Lewis, "Train Short, Test Long: Attention with Linear Biases Enables Input Length
   Extrapolation", ICLR 2022.
.. [2] Peebles and Xie, "Scalable Diffusion Models with Transformers", ICCV 2023.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from synthdiff.networks.unet1d import pad

PATCH = 4
N_HEADS = 4
EXPANSION = 2


class Transformer1d(nn.Module):
    """Windows of channels to windows of channels, of any number of steps.

    Parameters
    ----------
    n_in, n_out : int
        Channels.
    level : int
        Width of what scales and shifts inside.
    width : int
        Of a patch; a multiple of 8.
    depth : int
        Layers.
    dropout : float
    """

    def __init__(self, n_in: int, n_out: int, level: int, *, width: int, depth: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.stem = nn.Conv1d(n_in, width, PATCH, stride=PATCH)
        self.near = nn.Conv1d(n_in, width, 5, padding=2)
        self.layers = nn.ModuleList(AttentionLayer(width, level, dropout) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.spread = nn.ConvTranspose1d(width, width, PATCH, stride=PATCH)
        self.head = nn.Conv1d(width, n_out, 3, padding=1)
        for parameter in self.head.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor, level: Tensor) -> Tensor:
        """(B, n_in, L), (B, level) -> (B, n_out, L)."""
        padded = pad(x, PATCH)
        y = self._patches(padded)
        bias = distance_bias(y.shape[1], y.device, y.dtype)
        for layer in self.layers:
            y = layer(y, level, bias)
        steps = self.spread(self.norm(y).transpose(1, 2)) + self.near(padded)
        out: Tensor = self.head(nn.functional.silu(steps))
        return out[..., : x.shape[-1]]

    def _patches(self, x: Tensor) -> Tensor:
        """(B, n_in, P * PATCH) -> (B, P, width).

        The strided convolution that `stem` is, as a product of matrices: in bfloat16 some processors get the former
        wrong (torch 2.13 with AMX).
        """
        cut = x.reshape(*x.shape[:2], -1, PATCH).transpose(1, 2).flatten(2)
        return nn.functional.linear(cut, self.stem.weight.flatten(1), self.stem.bias)


class AttentionLayer(nn.Module):
    """Attention and a two-layer network, each around a residual."""

    def __init__(self, width: int, level: int, dropout: float) -> None:
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(width, elementwise_affine=False) for _ in range(2))
        self.modulate = nn.Linear(level, 4 * width)
        self.qkv, self.mix = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, EXPANSION * width), nn.Linear(EXPANSION * width, width)
        self.dropout = nn.Dropout(dropout)
        for output in (self.mix, self.down):
            nn.init.zeros_(output.weight)
            nn.init.zeros_(output.bias)

    def forward(self, x: Tensor, level: Tensor, bias: Tensor) -> Tensor:
        """(B, P, width), (B, level), (heads, P, P) -> (B, P, width)."""
        scale1, shift1, scale2, shift2 = self.modulate(nn.functional.silu(level))[:, None].chunk(4, dim=2)
        y = self.norm1(x) * (1 + scale1) + shift1
        q, k, v = (self._heads(part) for part in self.qkv(y).chunk(3, dim=2))
        seen = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=bias.to(q.dtype))
        x = x + self.dropout(self.mix(seen.transpose(1, 2).reshape(x.shape)))
        y = self.norm2(x) * (1 + scale2) + shift2
        out: Tensor = x + self.dropout(self.down(nn.functional.gelu(self.up(y))))
        return out

    def _heads(self, x: Tensor) -> Tensor:
        return x.reshape(*x.shape[:2], N_HEADS, -1).transpose(1, 2)


def distance_bias(n: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    """What distance takes from the attention between n patches, (heads, n, n)."""
    at = torch.arange(n, device=device)
    distance = (at[:, None] - at[None]).abs().to(dtype)
    slopes = 2.0 ** -(2.0 * torch.arange(1, N_HEADS + 1, device=device, dtype=dtype))
    return -slopes[:, None, None] * distance
