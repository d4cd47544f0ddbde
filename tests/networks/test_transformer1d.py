"""The body of attention between patches of steps."""

import pytest
import torch

from synthdiff.networks.transformer1d import N_HEADS, PATCH, Transformer1d, distance_bias


def make(trained=True):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Transformer1d(5, 3, 8, width=16, depth=2)
        if trained:
            for parameter in network.parameters():
                parameter.data.add_(0.3 * torch.randn_like(parameter))
    return network.eval()


@pytest.mark.parametrize("length", [1, PATCH - 1, PATCH, PATCH + 1, 100])
def test_any_length(length):
    out = make()(torch.randn(2, 5, length, generator=torch.Generator().manual_seed(0)), torch.zeros(2, 8))
    assert out.shape == (2, 3, length)
    assert torch.isfinite(out).all()


def test_zero_at_the_start():
    assert not make(trained=False)(torch.ones(2, 5, 9), torch.ones(2, 8)).any()


def test_every_patch_looks_at_every_other():
    x = torch.randn(1, 5, 80, generator=torch.Generator().manual_seed(0))
    other = x.clone()
    other[0, 0, 0] += 3.0
    network = make()
    moved = (network(other, torch.zeros(1, 8)) - network(x, torch.zeros(1, 8))).abs().amax(dim=1)[0]
    assert moved.min() > 0


def test_bias_falls_with_distance_in_each_head_at_its_own_rate():
    bias = distance_bias(6, torch.device("cpu"), torch.float32)
    assert bias.shape == (N_HEADS, 6, 6)
    assert torch.equal(bias, bias.transpose(1, 2))
    assert not bias.diagonal(dim1=1, dim2=2).any()
    ratio = bias[:, 0, 5] / bias[:, 0, 1]
    torch.testing.assert_close(ratio, torch.full((N_HEADS,), 5.0))
    assert bias[:, 0, 1].tolist() == [-(0.25**k) for k in range(1, N_HEADS + 1)]
