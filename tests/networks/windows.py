"""Denoisers of series and what they are shown, for the tests of both bodies."""

import torch

from synthdiff.networks.series import Context, SeriesDenoiser, SeriesLayout
from synthdiff.networks.transformer1d import Transformer1d
from synthdiff.networks.unet1d import UNet1d

BODIES = {"unet": UNet1d, "transformer": Transformer1d}
LAYOUT = SeriesLayout(n_channels=3, n_covariates=2, n_states=2)
LEVEL = 16


def denoiser(body, layout=LAYOUT, *, trained=True, dropout=0.1):
    """One whose weights are random everywhere, as if it had been trained, or as it starts."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        inner = BODIES[body](layout.n_inputs, layout.n_outputs, LEVEL, width=16, depth=2, dropout=dropout)
        network = SeriesDenoiser(layout, inner, LEVEL)
        if trained:
            for parameter in network.parameters():
                parameter.data.add_(0.2 * torch.randn_like(parameter))
    return network.eval()


def windows(n=4, length=24, n_seen=10, layout=LAYOUT, seed=0):
    """x_t, log-SNR and a context in which the first steps are seen."""
    draw = torch.Generator().manual_seed(seed)
    shape = (n, length, layout.n_channels)
    seen = (torch.arange(length) < n_seen)[None, :, None].expand(shape).clone()
    context = Context(
        torch.randn(shape, generator=draw).masked_fill(~seen, 0.0),
        seen,
        torch.randn((n, length, layout.n_covariates), generator=draw),
        torch.randn((n, layout.n_states), generator=draw),
    )
    return torch.randn(shape, generator=draw), torch.linspace(-3, 3, n), context
