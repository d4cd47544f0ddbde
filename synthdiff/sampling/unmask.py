"""Draw rows by revealing one column at a time, the reverse of the absorbing process.

With one column a call there is no factorisation error: every draw conditions on the exact values of all that is
revealed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from synthdiff.codecs.alphabet import TableAlphabet
from synthdiff.codecs.column import IntArray
from synthdiff.codecs.decoder import column_decoders, number_coordinates
from synthdiff.codecs.token import NumberTokens
from synthdiff.errors import SamplingError
from synthdiff.networks.ensemble import DenoiserEnsemble, mean_log_softmax
from synthdiff.sampling.heun import PositionSampler
from synthdiff.sampling.incremental import IncrementalDenoiser
from synthdiff.sampling.settle import Settlement


class UnmaskSampler:
    """Reverses the absorbing process for whole rows.

    It changes nothing of itself while it draws: any number of threads may draw from one sampler, each with a generator
    of its own, and each gets the rows that it would get alone.

    Parameters
    ----------
    network : DenoiserEnsemble
        In evaluation mode, on the device that draws.
    alphabet : TableAlphabet
    order : list of int
        Columns as they are revealed.
    precision : torch.dtype
        Of matrix products.
    positions : PositionSampler or None
        Draws positions within tokens, by the first member's representation; None leaves them uniform.
    settlement : Settlement or None
        The rules that cells are put right by; None for none.
    """

    def __init__(
        self,
        network: DenoiserEnsemble,
        alphabet: TableAlphabet,
        order: list[int],
        precision: torch.dtype,
        positions: PositionSampler | None = None,
        settlement: Settlement | None = None,
    ) -> None:
        self.alphabet, self.order, self.positions, self.settlement = alphabet, order, positions, settlement
        self.device = network.device
        # Exact values need float64, which Apple's GPUs lack: there they live on the CPU.
        self.exact = torch.device("cpu") if self.device.type == "mps" else self.device
        self.decoders = column_decoders(alphabet, self.exact)
        self.members = [IncrementalDenoiser(member, precision) for member in network.members]

    @torch.inference_mode()
    def draw(
        self,
        n_rows: int,
        generator: torch.Generator,
        tally: Tensor | None = None,
        shared: Mapping[int, IntArray] | None = None,
    ) -> Tensor:
        """Draw rows.

        Parameters
        ----------
        n_rows : int
        generator : torch.Generator
            On the CPU: the numbers are the same on every device.
        tally : (T,) float64 or None
            The probabilities that tokens are drawn by are added to it.
        shared : mapping of int to (n_rows,) int64, or None
            By number of columns drawn, the row that each row then becomes a copy of: rows of a group share
            what is drawn first.

        Returns
        -------
        (n_rows, D) float64
            Values of the learnt columns, NaN where missing.
        """
        values = torch.full((n_rows, len(self.order)), float("nan"), dtype=torch.float64, device=self.exact)
        inputs = [member.start(n_rows) for member in self.members]
        rng = None if self.settlement is None else _numpy_generator(generator)
        for n_seen, j in enumerate(self.order):
            values, inputs = self._share(n_seen, shared, values, inputs)
            uniforms = torch.rand(3, n_rows, generator=generator, dtype=torch.float64)
            choice, position, heap = uniforms.to(self.exact)
            h, log_p = self._predict(j, inputs, values)
            token = self._choose(log_p, choice)
            if tally is not None:
                tally[self.alphabet.offsets[j] : self.alphabet.offsets[j + 1]] += log_p.exp().sum(0).to(tally)
            if self.positions is not None:
                position = self.positions.draw(j, position, h, inputs[0], log_p, token)
            values[:, j] = self.decoders[j].decode(token, position, heap, values)
            if rng is not None:
                token = self._settle_(j, token, values, rng)
            self._reveal(j, inputs, token, values[:, j])
        return self._share(len(self.order), shared, values, inputs)[0]

    @staticmethod
    def _share(
        n_seen: int, shared: Mapping[int, IntArray] | None, values: Tensor, inputs: list[Tensor]
    ) -> tuple[Tensor, list[Tensor]]:
        """Let rows become as others are, if it is time."""
        if not shared or n_seen not in shared:
            return values, inputs
        rows = torch.from_numpy(shared[n_seen])
        return values[rows.to(values.device)], [x[rows.to(x.device)] for x in inputs]

    def _predict(self, j: int, inputs: list[Tensor], values: Tensor) -> tuple[Tensor, Tensor]:
        """Return the first member's representation of each row, and log-probabilities of column j's tokens."""
        parts = (member.predict(j, x) for member, x in zip(self.members, inputs, strict=True))
        representations, logits = zip(*parts, strict=True)
        undefined = self.decoders[j].undefined(values)
        if undefined.shape[1]:
            closed = undefined.to(self.device)
            logits = tuple(x.masked_fill(closed, -math.inf) for x in logits)
        return representations[0], mean_log_softmax(logits)

    def _choose(self, log_p: Tensor, uniform: Tensor) -> Tensor:
        """Draw a token for each row by inverting the distribution function, (n_rows,) int64."""
        total = log_p.exp().cumsum(1)
        if not bool(total[:, -1].isfinite().all()):
            raise SamplingError("the network gives no probabilities: its weights are damaged")
        token = torch.searchsorted(total, (uniform.to(total) * total[:, -1])[:, None], right=True)
        return token[:, 0].clamp_(max=log_p.shape[1] - 1).to(self.exact)

    def _settle_(self, j: int, token: Tensor, values: Tensor, rng: np.random.Generator) -> Tensor:
        """Put column j right where rules make it, in place; returns the tokens of what it then holds, (n,) int64."""
        if self.settlement is None or j not in self.settlement:
            return token
        known = values.cpu().numpy()
        made = self.settlement.settle(j, known, rng)
        settled = torch.from_numpy(made).to(values)
        is_same = (settled == values[:, j]) | (settled.isnan() & values[:, j].isnan())
        if bool(is_same.all()):
            return token
        values[:, j] = settled
        known[:, j] = made  # which is a copy where the values lie on another device
        return torch.where(is_same, token, torch.from_numpy(self.alphabet.column_tokens(j, known)).to(token))

    def _reveal(self, j: int, inputs: list[Tensor], token: Tensor, value: Tensor) -> None:
        """Add column j to every member's input, in place."""
        column, coordinates = self.alphabet.columns[j], None
        if isinstance(column, NumberTokens):
            coordinates = number_coordinates(column, value).to(self.device)
        for member, x in zip(self.members, inputs, strict=True):
            member.reveal_(x, j, token.to(self.device), coordinates)


def _numpy_generator(generator: torch.Generator) -> np.random.Generator:
    """A generator of numpy that follows from one of torch."""
    return np.random.default_rng(int(torch.randint(1 << 62, (1,), generator=generator)))
