"""Draw rows by revealing one column at a time, the reverse of the absorbing process.

With one column a call there is no factorisation error: every draw conditions on the exact values of all that is
revealed. The hidden-layer input of a row is a sum over its cells, so a reveal adds one difference to it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from synthdiff.codecs.alphabet import TableAlphabet
from synthdiff.codecs.decoder import column_decoders, number_coordinates
from synthdiff.codecs.token import NumberTokens
from synthdiff.networks.mlp import RULED_OUT, MLPDenoiser
from synthdiff.runtime import autocast
from synthdiff.sampling.heun import PositionSampler

CHUNK = 4096
"""Rows drawn at once."""


class UnmaskSampler:
    """The reverse of the absorbing process for whole rows.

    Parameters
    ----------
    network : MLPDenoiser
        In evaluation mode, on the device that draws.
    alphabet : TableAlphabet
    order : list of int
        Columns as they are revealed.
    precision : torch.dtype
        Of matrix products.
    positions : PositionSampler or None
        Draws positions within tokens; None leaves them uniform.
    """

    def __init__(
        self,
        network: MLPDenoiser,
        alphabet: TableAlphabet,
        order: list[int],
        precision: torch.dtype,
        positions: PositionSampler | None = None,
    ) -> None:
        self.network, self.alphabet, self.order, self.positions = network, alphabet, order, positions
        self.device = network.head.bias.device
        # Exact values need float64, which Apple's GPUs lack: there they live on the CPU.
        self.exact = torch.device("cpu") if self.device.type == "mps" else self.device
        self.decoders = column_decoders(alphabet, self.exact)
        self.precision = precision
        with torch.no_grad():
            weight = network.head_weight().to(precision)
        self.heads = [weight[a:b].clone() for a, b in zip(alphabet.offsets[:-1], alphabet.offsets[1:], strict=True)]
        self.number_index = {j: i for i, j in enumerate(alphabet.numbers)}

    @torch.inference_mode()
    def draw(self, n_rows: int, generator: torch.Generator) -> Tensor:
        """Draw rows.

        Parameters
        ----------
        n_rows : int
        generator : torch.Generator
            On the CPU: the numbers are the same on every device.

        Returns
        -------
        (n_rows, D) float64
            Values of the learnt columns, NaN where missing.
        """
        values = torch.full((n_rows, len(self.order)), float("nan"), dtype=torch.float64, device=self.exact)
        x = self.network.embed_nothing(n_rows)
        for j in self.order:
            uniforms = torch.rand(3, n_rows, generator=generator, dtype=torch.float64)
            choice, position, heap = uniforms.to(self.exact)
            h, logits = self._predict(j, x, values)
            token = self._choose(logits, choice)
            if self.positions is not None:
                position = self.positions.draw(j, position, h, x, logits, token)
            values[:, j] = self.decoders[j].decode(token, position, heap, values)
            self._reveal(j, x, token, values[:, j])
        return values

    def _predict(self, j: int, x: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Representation of each row, and logits of column j's tokens."""
        a, b = self.alphabet.offsets[j], self.alphabet.offsets[j + 1]
        with autocast(self.device, self.precision):
            h = self.network.hidden(x)
        logits = nn.functional.linear(h.to(self.precision), self.heads[j]).float() + self.network.head.bias[a:b]
        undefined = self.decoders[j].undefined(values)
        if undefined.shape[1]:
            logits = logits + undefined.to(self.device) * RULED_OUT
        return h, logits

    def _choose(self, logits: Tensor, uniform: Tensor) -> Tensor:
        """Draw a token for each row by inverting the distribution function, (n_rows,) int64."""
        total = logits.softmax(1).cumsum(1)
        token = torch.searchsorted(total, (uniform.to(total) * total[:, -1])[:, None], right=True)
        return token[:, 0].clamp_(max=logits.shape[1] - 1).to(self.exact)

    def _reveal(self, j: int, x: Tensor, token: Tensor, value: Tensor) -> None:
        """Show column j to the network: update its input in place."""
        column, network = self.alphabet.columns[j], self.network
        shown = network.embedding.weight[(token + self.alphabet.offsets[j]).to(self.device)]
        x += shown - network.embedding.weight[self.alphabet.offsets[-1] + j]
        if isinstance(column, NumberTokens):
            coordinates = number_coordinates(column, value).to(self.device)
            x += network.features(coordinates) @ network.value_weight(self.number_index[j]).T
