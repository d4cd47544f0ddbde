import pytest
import torch

from synthdiff.networks.mlp import CellLayout, MLPDenoiser
from synthdiff.networks.refiner import make_refiner
from synthdiff.sampling.heun import PositionSampler

OFFSETS = [0, 6, 9]


@pytest.fixture
def refiner():
    layout = CellLayout(
        offsets=OFFSETS,
        numbers=[0],
        n_coordinates=3,
        log_frequencies=torch.zeros(9),
        token_ranks=torch.full((9,), float("nan")),
        relation_of=torch.tensor([1, 1, 1, 1, 0, 0, 1, 1, 1]),
        n_relations=1,
    )
    torch.manual_seed(0)
    return make_refiner(MLPDenoiser(layout, width=16, n_blocks=1))


def normal(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def context(refiner, n):
    token = torch.arange(n) % 6
    return refiner.context(normal(1, n, 16), normal(2, n, 16), normal(3, n, 4), token, torch.zeros(n).long())


def test_untrained_is_the_posterior_of_a_standard_normal(refiner):
    z, log_snr = normal(4, 32, 5), torch.linspace(-9, 9, 5)
    expected = log_snr.sigmoid().sqrt() * z
    assert torch.equal(refiner(z, log_snr, context(refiner, 32)[:, None]), expected)


def test_untrained_leaves_positions_as_they_are(refiner):
    uniform = torch.rand(64, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    sampler = PositionSampler(refiner.eval(), [0], OFFSETS, torch.float32)
    with torch.inference_mode():
        out = sampler.draw(0, uniform, normal(6, 64, 16), normal(7, 64, 16), normal(8, 64, 6), torch.arange(64) % 6)
    assert out.dtype == torch.float64
    assert torch.allclose(out, uniform, atol=1e-5)


def test_columns_that_are_not_refined_are_not_touched(refiner):
    uniform = torch.rand(8, dtype=torch.float64, generator=torch.Generator().manual_seed(9))
    sampler = PositionSampler(refiner.eval(), [0], OFFSETS, torch.float32)
    out = sampler.draw(1, uniform, normal(6, 8, 16), normal(7, 8, 16), normal(8, 8, 3), torch.zeros(8).long())
    assert out is uniform


def test_odds_are_of_neighbours_in_the_column_and_in_the_relation(refiner):
    logits = torch.arange(9.0)[None].expand(5, -1)
    token = torch.tensor([0, 2, 3, 4, 8])
    thirds = torch.tensor([[0, 0, 1, 2], [-2, -1, 1, 1], [-2, -1, 0, 0], [0, 0, 1, 1], [-2, -1, 0, 0]]) / 3
    assert torch.allclose(refiner.odds(logits, token), thirds)
    assert torch.allclose(refiner.odds(logits[:, 6:], token[4:].expand(5), 6), thirds[4:].expand(5, -1))
