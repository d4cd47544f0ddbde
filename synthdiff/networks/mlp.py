"""A residual multilayer perceptron over a row's cells.

Every cell enters the hidden layer by itself: the embedding of its token (or of *hidden*) plus, for a number, a linear
map of its exact value as Fourier features of the rank, normal score and signed log. So revealing a cell changes the
input by one difference, and sampling adds columns up instead of reading the row again. A token's output weight is a
free vector plus a smooth function of the token's rank in its column: neighbouring bins share what they learn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from synthdiff.batch import NoisyCells

N_FREQUENCIES = 7
RULED_OUT = -1e4


@dataclass(frozen=True)
class CellLayout:
    """What a network must know of a table's alphabet.

    Attributes
    ----------
    offsets : list of int
        First token of each column, and the number of tokens at the end.
    numbers : list of int
        Positions of the number columns.
    n_coordinates : int
        Coordinates of a number cell.
    log_frequencies : (T,) float32
        Log frequency of each token, the initial output bias.
    token_ranks : (T,) float32
        Rank of each token's value in its column, in [0, 1]; NaN where it has none.
    relation_of : (T,) int64
        Which relation a token belongs to; the number of relations where none.
    n_relations : int
    """

    offsets: list[int]
    numbers: list[int]
    n_coordinates: int
    log_frequencies: Tensor
    token_ranks: Tensor
    relation_of: Tensor
    n_relations: int

    @property
    def n_columns(self) -> int:
        """Number of columns."""
        return len(self.offsets) - 1

    def to(self, device: torch.device) -> CellLayout:
        """The same on a device."""
        names = ("log_frequencies", "token_ranks", "relation_of")
        return replace(self, **{name: getattr(self, name).to(device) for name in names})

    # Sums on the meta device would import PyTorch's compiler, which takes two seconds, and nothing has a value there.

    def ruled_out(self) -> Tensor:
        """Weights of closed relations in the logits of tokens, (T, n_relations)."""
        if self.relation_of.is_meta:
            return self.token_ranks.new_empty(len(self.relation_of), self.n_relations)
        relations = torch.arange(self.n_relations, device=self.relation_of.device)
        return (self.relation_of[:, None] == relations) * RULED_OUT

    def basis(self) -> Tensor:
        """Sines and cosines of the ranks of tokens, (T, 2 * N_FREQUENCIES); zero where a token has no rank."""
        if self.token_ranks.is_meta:
            return self.token_ranks.new_empty(len(self.token_ranks), 2 * N_FREQUENCIES)
        known = ~self.token_ranks.isnan()
        return fourier(2 * self.token_ranks.nan_to_num(0.5) - 1) * known[:, None]


def fourier(rank: Tensor, n_frequencies: int = N_FREQUENCIES) -> Tensor:
    """Sines and cosines of a coordinate in [-1, 1] at octaves of pi/2, (..., 2 * n_frequencies)."""
    angle = rank[..., None] * (2.0 ** torch.arange(n_frequencies, device=rank.device) * (math.pi / 2))
    return torch.cat([angle.sin(), angle.cos()], dim=-1)


def linear(n_in: int, n_out: int) -> nn.Linear:
    """A linear layer that may have no inputs or outputs, where torch's own would warn."""
    layer = nn.Linear(max(n_in, 1), max(n_out, 1))
    if not n_in or not n_out:
        layer.weight, layer.bias = nn.Parameter(torch.zeros(n_out, n_in)), nn.Parameter(torch.zeros(n_out))
    return layer


class ResidualBlock(nn.Module):
    """``x + W2 dropout(gelu(W1 norm(x)))``; starts as the identity."""

    def __init__(self, width: int, expansion: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, expansion * width)
        self.down = nn.Linear(expansion * width, width)
        self.keep = 1.0 - dropout
        nn.init.zeros_(self.down.weight)
        nn.init.zeros_(self.down.bias)

    def forward(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Refine a representation, (B, width); without a generator there is no dropout."""
        inner = nn.functional.gelu(self.up(self.norm(x)), approximate="tanh")
        if generator is not None and self.keep < 1.0:
            # Torch's own dropout draws from the global generator, which no checkpoint of ours may touch.
            inner = inner * torch.empty_like(inner).bernoulli_(self.keep, generator=generator).div_(self.keep)
        out: Tensor = x + self.down(inner)
        return out


class MLPDenoiser(nn.Module):
    """Partly hidden cells -> log-probabilities of every token of every column.

    Parameters
    ----------
    layout : CellLayout
    width, n_blocks, expansion : int
        Hidden width, residual blocks, and how much wider their inner layer is.
    dropout : float
        Inside the blocks.
    """

    ruled_out: Tensor
    basis: Tensor

    def __init__(self, layout: CellLayout, width: int, n_blocks: int, expansion: int = 2, dropout: float = 0.0) -> None:
        super().__init__()
        self.layout = layout
        n_tokens, d, n = layout.offsets[-1], layout.n_columns, len(layout.numbers)
        self.n_features = 2 * N_FREQUENCIES + layout.n_coordinates
        self.embedding = nn.Embedding(max(n_tokens + d, 1), width)
        nn.init.normal_(self.embedding.weight, std=1 / math.sqrt(max(d, 1)))
        self.value = linear(n * self.n_features, width)
        self.blocks = nn.ModuleList([ResidualBlock(width, expansion, dropout) for _ in range(n_blocks)])
        self.norm = nn.LayerNorm(width)
        self.head = linear(width, n_tokens)
        with torch.no_grad():
            self.head.weight.zero_()
            self.value.bias.zero_()
            self.head.bias.copy_(layout.log_frequencies)
        self.smooth = nn.Parameter(torch.zeros(max(n, 1), 2 * N_FREQUENCIES, width))
        self.register_buffer("ruled_out", layout.ruled_out(), persistent=False)
        self.register_buffer("basis", layout.basis(), persistent=False)

    def features(self, coordinates: Tensor) -> Tensor:
        """Features of number cells, (..., n_features), from their coordinates (..., n_coordinates)."""
        return torch.cat([coordinates, fourier(coordinates[..., 0])], dim=-1)

    def embed(self, noisy: NoisyCells) -> Tensor:
        """Hidden-layer input, (B, width)."""
        d = self.layout.n_columns
        mask_tokens = self.layout.offsets[-1] + torch.arange(d, device=noisy.tokens.device)
        tokens = torch.where(noisy.seen, noisy.tokens, mask_tokens)
        x = nn.functional.embedding_bag(tokens, self.embedding.weight, mode="sum")
        if self.layout.numbers:
            shown = noisy.seen[:, self.layout.numbers, None]
            x = x + self.value((self.features(noisy.coordinates) * shown).flatten(1))
        return x

    def embed_nothing(self, n_rows: int) -> Tensor:
        """Hidden-layer input of rows with every cell hidden, (n_rows, width)."""
        x = self.embedding.weight[self.layout.offsets[-1] :].sum(0) + self.value.bias
        return x.detach().repeat(n_rows, 1)

    def value_weight(self, number: int) -> Tensor:
        """How the features of one number column enter the hidden layer, (width, n_features)."""
        return self.value.weight[:, number * self.n_features : (number + 1) * self.n_features]

    def hidden(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Embedded rows -> representation that the heads read, (B, width).

        Parameters
        ----------
        x : (B, width)
        generator : torch.Generator or None
            Draws the dropout, on the network's device; None for no dropout.
        """
        for block in self.blocks:
            x = block(x, generator)
        out: Tensor = self.norm(x)
        return out

    def head_weight(self) -> Tensor:
        """Output weight of every token: free plus smooth in the token's rank, (T, width)."""
        parts = [self.head.weight[:0]]
        # Taken apart at once: the gradient of one index is as large as the whole.
        smooth = dict(zip(self.layout.numbers, self.smooth.unbind(), strict=False))
        for j in range(self.layout.n_columns):
            a, b = self.layout.offsets[j : j + 2]
            if j in smooth:
                parts.append(self.basis[a:b] @ smooth[j])
            else:
                parts.append(self.basis.new_zeros(b - a, self.smooth.shape[2]))
        out: Tensor = self.head.weight + torch.cat(parts)
        return out

    def logits(self, h: Tensor, closed: Tensor) -> Tensor:
        """Unnormalised log-probabilities of all tokens, (B, T); those of closed relations are ruled out."""
        # Closed relations are inputs of the head with a fixed, prohibitive weight: one product instead of a gather.
        weight = torch.cat([self.head_weight(), self.ruled_out], dim=1)
        out: Tensor = nn.functional.linear(torch.cat([h, closed.to(h.dtype)], dim=1), weight, self.head.bias)
        return out.float()

    def forward(self, noisy: NoisyCells, generator: torch.Generator | None = None) -> Tensor:
        """Logits of all tokens, (B, T); see `hidden` and `logits`."""
        return self.logits(self.hidden(self.embed(noisy), generator), noisy.closed)
