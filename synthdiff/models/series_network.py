"""The networks that can denoise series, by name."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from synthdiff.models.series_config import MOST_HALVINGS, SeriesConfig
from synthdiff.networks.series import SeriesDenoiser, SeriesLayout
from synthdiff.networks.transformer1d import Transformer1d
from synthdiff.networks.unet1d import UNet1d
from synthdiff.record import require

LEVEL_WIDTH = 128

NETWORKS: dict[str, Callable[..., nn.Module]] = {"unet": UNet1d, "transformer": Transformer1d}


def series_network(layout: SeriesLayout, config: SeriesConfig) -> SeriesDenoiser:
    """An untrained network.

    Raises
    ------
    ValueError
        A U-Net would halve the steps too often.
    """
    require(config.network != "unet" or config.depth <= MOST_HALVINGS, f"a depth of {config.depth} is too much")
    shape = {"width": config.width, "depth": config.depth, "dropout": config.dropout}
    body = NETWORKS[config.network](layout.n_inputs, layout.n_outputs, LEVEL_WIDTH, **shape)
    return SeriesDenoiser(layout, body, LEVEL_WIDTH)
