"""The ensemble: the mixture of its members' distributions."""

from __future__ import annotations

import math

import pytest
import torch

from synthdiff.batch import NoisyCells
from synthdiff.networks.ensemble import DenoiserEnsemble, mean_log_softmax
from synthdiff.networks.mlp import CellLayout, MLPDenoiser

LAYOUT = CellLayout(
    offsets=[0, 3, 5],
    numbers=[],
    n_coordinates=3,
    log_frequencies=torch.tensor([0.2, 0.3, 0.5, 0.5, 0.5]).log(),
    token_ranks=torch.full((5,), float("nan")),
    relation_of=torch.zeros(5, dtype=torch.int64),
    n_relations=0,
)
NOTHING_SEEN = NoisyCells(
    torch.tensor([[0, 3]]), torch.zeros(1, 0, 3), torch.zeros(1, 2, dtype=torch.bool), torch.zeros(1, 0)
)


def member(*bias: float) -> MLPDenoiser:
    network = MLPDenoiser(LAYOUT, width=8, n_blocks=1).eval()
    with torch.no_grad():
        network.head.bias.copy_(torch.tensor(bias).log())
    return network


def test_probabilities_are_averaged_column_by_column() -> None:
    both = DenoiserEnsemble([member(0.2, 0.3, 0.5, 0.5, 0.5), member(0.6, 0.3, 0.1, 0.9, 0.1)])
    expected = torch.tensor([[0.4, 0.3, 0.3, 0.7, 0.3]])
    torch.testing.assert_close(both(NOTHING_SEEN).exp(), expected)


def test_a_single_member_is_itself() -> None:
    alone = member(0.2, 0.3, 0.5, 0.4, 0.6)
    torch.testing.assert_close(DenoiserEnsemble([alone])(NOTHING_SEEN), alone(NOTHING_SEEN))


def test_scales_of_logits_do_not_weigh() -> None:
    one, two = torch.tensor([[0.0, math.log(3.0)]]), torch.tensor([[50.0, 50.0]])
    assert mean_log_softmax([one, two])[0, 0].exp().item() == pytest.approx(0.375)
