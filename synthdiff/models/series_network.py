"""The networks that can denoise series, by name."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from synthdiff.models.series_config import SeriesConfig
from synthdiff.networks.series import SeriesDenoiser, SeriesLayout
from synthdiff.networks.transformer1d import Transformer1d
from synthdiff.networks.unet1d import UNet1d

LEVEL_WIDTH = 128

NETWORKS: dict[str, Callable[..., nn.Module]] = {"unet": UNet1d, "transformer": Transformer1d}


def series_network(layout: SeriesLayout, config: SeriesConfig) -> SeriesDenoiser:
    """An untrained network."""
    shape = {"width": config.width, "depth": config.depth, "dropout": config.dropout}
    body = NETWORKS[config.network](layout.n_inputs, layout.n_outputs, LEVEL_WIDTH, **shape)
    return SeriesDenoiser(layout, body, LEVEL_WIDTH)
