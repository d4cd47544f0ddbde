"""Several denoisers of the same table, whose probabilities are averaged.

Members differ in their initial weights and in the order of the rows. Where rows are few their errors differ too, and
the average is closer to the truth than any one of them (Lakshminarayanan, Pritzel and Blundell 2017, deep ensembles).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from synthdiff.batch import NoisyCells
from synthdiff.networks.mlp import MLPDenoiser


class DenoiserEnsemble(nn.Module):
    """The mixture of its members' distributions, cell by cell.

    Parameters
    ----------
    members : sequence of MLPDenoiser
        One or more, of the same layout.
    """

    def __init__(self, members: Sequence[MLPDenoiser]) -> None:
        super().__init__()
        self.layout = members[0].layout
        self._members = nn.ModuleList(members)

    @property
    def members(self) -> list[MLPDenoiser]:
        """The denoisers."""
        return [member for member in self._members if isinstance(member, MLPDenoiser)]

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return self.members[0].head.bias.device

    def forward(self, noisy: NoisyCells) -> Tensor:
        """Log-probabilities of all tokens of all columns, (B, T) float32."""
        return self.mix([member(noisy) for member in self.members])

    def mix(self, logits: Sequence[Tensor]) -> Tensor:
        """Log of the mean probability, (B, T), of each member's logits, (B, T)."""
        parts = [mean_log_softmax([x[:, a:b] for x in logits]) for a, b in pairwise(self.layout.offsets)]
        return torch.cat(parts, dim=1)


def mean_log_softmax(logits: Sequence[Tensor]) -> Tensor:
    """Log of the members' mean probability of one column's tokens, (B, n), from their logits, each (B, n)."""
    if len(logits) == 1:
        return logits[0].log_softmax(1)
    return torch.stack([x.log_softmax(1) for x in logits]).logsumexp(0) - math.log(len(logits))
