"""The MLP denoiser: what it sees, what it rules out, what it starts from."""

from __future__ import annotations

import pytest
import torch

from synthdiff.batch import NoisyCells
from synthdiff.networks.mlp import CellLayout, MLPDenoiser, fourier


@pytest.fixture
def layout() -> CellLayout:
    """A number column of 4 tokens, the last one a relation's, and a level column of 3."""
    return CellLayout(
        offsets=[0, 4, 7],
        numbers=[0],
        n_coordinates=3,
        log_frequencies=torch.tensor([0.1, 0.4, 0.4, 0.1, 0.5, 0.25, 0.25]).log(),
        token_ranks=torch.tensor([float("nan"), 0.25, 0.75, *[float("nan")] * 4]),
        relation_of=torch.tensor([1, 1, 1, 0, 1, 1, 1]),
        n_relations=1,
    )


@pytest.fixture
def network(layout: CellLayout) -> MLPDenoiser:
    torch.manual_seed(0)
    return MLPDenoiser(layout, width=16, n_blocks=2)


def cells(seen: list[bool], closed: bool, tokens: tuple[int, int] = (1, 5), value: float = 0.3) -> NoisyCells:
    return NoisyCells(
        torch.tensor([tokens]), torch.full((1, 1, 3), value), torch.tensor([seen]), torch.tensor([[closed]])
    )


def train_a_little(network: MLPDenoiser) -> None:
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))


def test_it_starts_at_the_frequencies(network: MLPDenoiser, layout: CellLayout) -> None:
    logits = network(cells([True, False], closed=False))
    assert torch.allclose(logits[0, 4:].softmax(0), layout.log_frequencies[4:].exp())


def test_a_hidden_cell_cannot_be_seen(network: MLPDenoiser) -> None:
    train_a_little(network)
    hidden = [network(cells([False, True], False, (token, 5), value)) for token, value in ((1, 0.3), (2, -0.9))]
    shown = [network(cells([True, False], False, (token, 5), value)) for token, value in ((1, 0.3), (2, -0.9))]
    assert torch.equal(hidden[0], hidden[1])
    assert not torch.allclose(shown[0], shown[1])


def test_a_closed_relation_has_no_probability(network: MLPDenoiser) -> None:
    train_a_little(network)
    closed = network(cells([False, True], closed=True))[0, :4].softmax(0)
    open_ = network(cells([False, True], closed=False))[0, :4].softmax(0)
    assert closed[3] == 0
    assert open_[3] > 0


def test_embedding_cell_by_cell_is_embedding_the_row(network: MLPDenoiser) -> None:
    """What sampling adds up is what training reads."""
    train_a_little(network)
    row = cells([True, True], closed=False)
    x = network.embed_nothing(1)
    x = x + network.embedding.weight[[1, 5]].sum(0) - network.embedding.weight[[7, 8]].sum(0)
    x = x + network.features(row.coordinates[:, 0]) @ network.value_weight(0).T
    assert torch.allclose(x, network.embed(row), atol=1e-5)


def test_neighbouring_tokens_share_a_smooth_weight(network: MLPDenoiser) -> None:
    with torch.no_grad():
        network.smooth.normal_()
    weight = network.head_weight() - network.head.weight
    assert weight[0].abs().max() == 0
    assert weight[4:].abs().max() == 0
    assert weight[1].abs().max() > 0


def test_dropout_needs_a_generator_and_follows_it(layout: CellLayout) -> None:
    torch.manual_seed(0)
    network = MLPDenoiser(layout, width=16, n_blocks=2, dropout=0.5)
    train_a_little(network)
    row = cells([True, False], closed=False)
    plain = [network(row) for _ in range(2)]
    dropped = [network(row, torch.Generator().manual_seed(seed)) for seed in (3, 3, 4)]
    assert torch.equal(plain[0], plain[1])
    assert torch.equal(dropped[0], dropped[1])
    assert not torch.equal(dropped[0], dropped[2])


def test_fourier_features_are_octaves() -> None:
    features = fourier(torch.tensor([0.5]), 3)
    angle = 0.5 * torch.pi / 2 * torch.tensor([1.0, 2.0, 4.0])
    assert torch.allclose(features[0], torch.cat([angle.sin(), angle.cos()]))
