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
    """Reads one network cell by cell; it holds no rows, so that any number of threads may share it.

    The rows are the caller's: their hidden-layer input ``x``, (n, width) float32, as far as they are revealed.

    Parameters
    ----------
    network : MLPDenoiser
        Network in evaluation mode, on the device that draws.
    precision : torch.dtype
        Dtype of matrix products.
    """

    def __init__(self, network: MLPDenoiser, precision: torch.dtype) -> None:
        self.network, self.precision = network, precision
        self.device = network.head.bias.device
        with torch.no_grad():
            weight = network.head_weight().to(precision)
        self.heads = [weight[a:b].clone() for a, b in pairwise(network.layout.offsets)]
        self.number_index = {j: i for i, j in enumerate(network.layout.numbers)}

    def start(self, n_rows: int) -> Tensor:
        """Return the input of rows whose cells are all hidden, (n_rows, width)."""
        return self.network.embed_nothing(n_rows)

    def predict(self, j: int, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the rows' representation, (n, width), and logits of column j's tokens, (n, n_tokens) float32."""
        a, b = self.network.layout.offsets[j : j + 2]
        with autocast(self.device, self.precision):
            h = self.network.hidden(x)
        return h, nn.functional.linear(h.to(self.precision), self.heads[j]).float() + self.network.head.bias[a:b]

    def reveal_(self, x: Tensor, j: int, token: Tensor, coordinates: Tensor | None) -> None:
        """Add column j to the rows' input, in place.

        Parameters
        ----------
        x : (n, width) float32
            Input of the rows.
        j : int
            Position of the column.
        token : (n,) int64
            Tokens, counted from the column's first one.
        coordinates : (n, n_coordinates) float32 or None
            Coordinates of the exact values; None for a column of levels.
        """
        network, offsets = self.network, self.network.layout.offsets
        x += network.embedding.weight[token + offsets[j]] - network.embedding.weight[offsets[-1] + j]
        if coordinates is not None:
            x += network.features(coordinates) @ network.value_weight(self.number_index[j]).T
