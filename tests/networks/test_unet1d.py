"""The body of convolutions at several time scales."""

import pytest
import torch

from synthdiff.networks.unet1d import UNet1d, pad


def make(depth=2, width=16):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = UNet1d(5, 3, 8, width=width, depth=depth)
        network.head.weight.data.normal_()
    return network.eval()


@pytest.mark.parametrize("depth", [1, 3, 4])
@pytest.mark.parametrize("length", [1, 15, 16, 17])
def test_lengths_that_cannot_be_halved(depth, length):
    out = make(depth)(torch.randn(2, 5, length, generator=torch.Generator().manual_seed(0)), torch.zeros(2, 8))
    assert out.shape == (2, 3, length)
    assert torch.isfinite(out).all()


def test_one_window_of_one_step():
    assert make(4)(torch.ones(1, 5, 1), torch.zeros(1, 8)).shape == (1, 3, 1)


def test_zero_at_the_start():
    network = UNet1d(5, 3, 8, width=16, depth=2)
    assert not network(torch.ones(2, 5, 9), torch.ones(2, 8)).any()


def test_padding_repeats_the_last_step():
    x = torch.arange(6.0).reshape(1, 2, 3)
    assert pad(x, 3) is x
    assert pad(x, 4)[0].tolist() == [[0, 1, 2, 2], [3, 4, 5, 5]]


def test_widths_grow_and_are_whole_groups():
    network = UNet1d(5, 3, 8, width=20, depth=3)
    assert [block.conv1.out_channels for block in network.down] == [16, 32, 48]
    assert network.middle.conv1.out_channels == 64


def test_a_coarser_scale_sees_further():
    """The step that a single input moves furthest away, before the norms, which know of all steps."""
    reach = []
    for depth in (1, 3):
        network = make(depth)
        for module in network.modules():
            if isinstance(module, torch.nn.GroupNorm):
                module.forward = lambda x: x  # type: ignore[method-assign]
        x = torch.zeros(1, 5, 128)
        base = network(x, torch.zeros(1, 8))
        x[0, 0, 64] = 1.0
        moved = (network(x, torch.zeros(1, 8)) - base).abs().amax(dim=1)[0] > 1e-9
        reach.append(int((moved.nonzero().flatten() - 64).abs().max()))
    assert reach[1] > 2 * reach[0]
