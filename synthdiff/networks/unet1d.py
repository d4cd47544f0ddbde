"""A 1-D U-Net over the steps of a window: convolutions at each of several time scales."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

GROUPS = 8
KERNEL, FIRST_KERNEL = 3, 5


class UNet1d(nn.Module):
    """Windows of channels to windows of channels, of any number of steps.

    Parameters
    ----------
    n_in, n_out : int
        Channels.
    level : int
        Width of what scales and shifts inside.
    width : int
        Of the first scale; a multiple of 8.
    depth : int
        How often the number of steps is halved.
    growth : float
        Width of a scale, in widths of the one above.
    dropout : float
    """

    def __init__(
        self, n_in: int, n_out: int, level: int, *, width: int, depth: int, growth: float = 1.5, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.depth = depth
        widths = [GROUPS * max(round(width * growth**i / GROUPS), 1) for i in range(depth + 1)]
        self.stem = nn.Conv1d(n_in, widths[0], FIRST_KERNEL, padding=FIRST_KERNEL // 2)
        self.down = nn.ModuleList(ConvBlock(w, w, level, dropout) for w in widths[:-1])
        self.shrink = nn.ModuleList(nn.Conv1d(a, b, KERNEL, stride=2, padding=1) for a, b in pairwise(widths))
        self.middle = ConvBlock(widths[-1], widths[-1], level, dropout)
        self.grow = nn.ModuleList(nn.Conv1d(b, a, KERNEL, padding=1) for a, b in pairwise(widths))
        self.up = nn.ModuleList(ConvBlock(2 * w, w, level, dropout) for w in widths[:-1])
        self.norm = nn.GroupNorm(GROUPS, widths[0])
        self.head = nn.Conv1d(widths[0], n_out, KERNEL, padding=1)
        for parameter in self.head.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor, level: Tensor) -> Tensor:
        """(B, n_in, L), (B, level) -> (B, n_out, L)."""
        y = self.stem(pad(x, 2**self.depth))
        kept = []
        for block, shrink in zip(self.down, self.shrink, strict=True):
            y = block(y, level)
            kept.append(y)
            y = shrink(y)
        y = self.middle(y, level)
        for block, grow in zip(reversed(self.up), reversed(self.grow), strict=True):
            y = grow(nn.functional.interpolate(y, scale_factor=2.0, mode="nearest"))
            y = block(torch.cat([y, kept.pop()], dim=1), level)
        out: Tensor = self.head(nn.functional.silu(self.norm(y)))
        return out[..., : x.shape[-1]]


class ConvBlock(nn.Module):
    """Two convolutions around a residual; what is known of the whole window scales and shifts between them."""

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


def pad(x: Tensor, multiple: int) -> Tensor:
    """Repeat the last step of (B, C, L) until their number is a multiple."""
    missing = -x.shape[-1] % multiple
    return nn.functional.pad(x, (0, missing), mode="replicate") if missing else x
