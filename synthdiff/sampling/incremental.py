"""A denoiser that is shown a row one cell at a time.

The hidden-layer input is a sum over cells, so a cell that is revealed adds one difference to it.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from synthdiff.networks.mlp import MLPDenoiser
from synthdiff.runtime import autocast


class IncrementalDenoiser:
    """One network's view of the rows that are being drawn.

    Parameters
    ----------
    network : MLPDenoiser
        In evaluation mode, on the device that draws.
    precision : torch.dtype
        Of matrix products.

    Attributes
    ----------
    x : (n, width) float32
        Hidden-layer input of the rows as far as they are revealed.
    """

    x: Tensor

    def __init__(self, network: MLPDenoiser, precision: torch.dtype) -> None:
        self.network, self.precision = network, precision
        self.device = network.head.bias.device
        with torch.no_grad():
            weight = network.head_weight().to(precision)
        self.heads = [weight[a:b].clone() for a, b in pairwise(network.layout.offsets)]
        self.number_index = {j: i for i, j in enumerate(network.layout.numbers)}

    def start(self, n_rows: int) -> None:
        """Begin with rows whose cells are all hidden."""
        self.x = self.network.embed_nothing(n_rows)

    def predict(self, j: int) -> tuple[Tensor, Tensor]:
        """Representation of each row, (n, width), and logits of column j's tokens, (n, n_tokens) float32."""
        a, b = self.network.layout.offsets[j : j + 2]
        with autocast(self.device, self.precision):
            h = self.network.hidden(self.x)
        return h, nn.functional.linear(h.to(self.precision), self.heads[j]).float() + self.network.head.bias[a:b]

    def reveal(self, j: int, token: Tensor, coordinates: Tensor | None) -> None:
        """Show column j.

        Parameters
        ----------
        j : int
        token : (n,) int64
            Counted from the column's first token.
        coordinates : (n, n_coordinates) float32 or None
            Of the exact values, for a number.
        """
        network, offsets = self.network, self.network.layout.offsets
        self.x += network.embedding.weight[token + offsets[j]] - network.embedding.weight[offsets[-1] + j]
        if coordinates is not None:
            self.x += network.features(coordinates) @ network.value_weight(self.number_index[j]).T
