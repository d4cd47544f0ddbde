"""Settings of a fit of series: presets, and what a model directory records of them."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from synthdiff.errors import ConfigError
from synthdiff.models.config import MOST_WIDTH, Rate, Size
from synthdiff.record import Count, Record, Share, TupleOfParts

MIN_WINDOW, MAX_WINDOW = 16, 256
UNFOLLOWED = "none"
"""The choice of those whose series have no volatility to speak of."""
WINDOWS_IN_HISTORY = 6
"""How many windows a history must hold, one after another, for the longest that it can be learnt with."""


WIDER, WIDEST = 5, 128
"""Width of a U-Net's first scale for each channel of series without volatility, and at most."""
COARSEST = 12
"""Steps of a window at the coarsest scale of such a network, at least."""


MOST_DEPTH = 64
MOST_HALVINGS = 10
"""Number of halvings of the steps by a U-Net: shorter windows are filled up to a multiple of two to this power."""
LogSize = Annotated[float, Field(ge=-20, le=20)]


class SeriesConfig(Record):
    """How series are learnt.

    Attributes
    ----------
    network : {"unet", "transformer"}
    width, depth : int
        Of the U-Net: channels of its first scale, and how often it halves the steps; of the transformer: of a patch,
        and layers.
    dropout : float
    max_steps : int
        Optimiser steps, unless the user says otherwise.
    batch_size : int
        Windows.
    learning_rate, weight_decay, ema_decay : float
    log_sigma : (float, float)
        Mean and deviation of the logarithm of noise over signal in training: returns are nearly white, so what can be
        predicted of them shows where noise and signal are alike.
    solver_steps : int
        Evaluations of the network for a window.
    calibration_windows : int
        Drawn after training.
    """

    network: Literal["unet", "transformer"] = "unet"
    width: Annotated[int, Field(ge=8, le=MOST_WIDTH, multiple_of=8)] = 24
    depth: Annotated[int, Field(ge=0, le=MOST_DEPTH)] = 4
    dropout: Rate = 0.5
    max_steps: Count
    batch_size: Size = 64
    learning_rate: Share = 1e-3
    weight_decay: Share = 0.05
    ema_decay: Share = 0.999
    log_sigma: Annotated[tuple[LogSize, LogSize], TupleOfParts[0]] = (-0.2, 1.0)
    solver_steps: Annotated[int, Field(ge=1, le=100)] = 16
    calibration_windows: Size = 2_048


SERIES_PRESETS: dict[str, SeriesConfig] = {
    "fast": SeriesConfig(width=16, depth=3, max_steps=600, calibration_windows=512),
    "balanced": SeriesConfig(max_steps=2_500),
    "best": SeriesConfig(width=32, max_steps=6_000, solver_steps=24),
}


TRANSFORMER_WIDTH = 3
"""Width of a transformer's patches, in widths of a U-Net's first scale that costs as much."""


def series_config(name: str, network: str = "unet") -> SeriesConfig:
    """Settings of a preset.

    Raises
    ------
    ConfigError
        There is no such preset, or network.
    """
    if network not in ("unet", "transformer"):
        raise ConfigError(f"network {network!r} is not known; say unet or transformer")
    if name not in SERIES_PRESETS:
        raise ConfigError(f"preset {name!r} is not known; say {', '.join(SERIES_PRESETS)}")
    preset = SERIES_PRESETS[name]
    if network == "unet":
        return preset
    return preset.model_copy(update={"network": network, "width": TRANSFORMER_WIDTH * preset.width})


def unfollowed(config: SeriesConfig, n_channels: int, window: int) -> SeriesConfig:
    """The same for series that are divided by no volatility.

    There is far more to learn in them than in what volatility leaves of a market: less dropout is needed, low noise
    tells more, and a network that is wide enough for all channels, if only as deep as the window is long.
    """
    changes: dict[str, object] = {"dropout": 0.1, "log_sigma": (-0.6, 1.3), "learning_rate": 2e-3}
    if config.network == "unet":
        wide = min(max(config.width, WIDER * n_channels), WIDEST)
        scales = int(np.log2(max(window / COARSEST, 1)))
        changes |= {"width": wide // 8 * 8, "depth": min(max(scales, 2), config.depth)}
    return config.model_copy(update=changes)


def choose_window(n_steps: int, asked: int | None) -> int:
    """Steps of a window, a multiple of 16 that the history is long enough for.

    Raises
    ------
    ConfigError
        The window that is asked for is too short, or longer than half of the history.
    """
    if asked is not None:
        if not MIN_WINDOW <= asked <= n_steps // 2:
            raise ConfigError(f"window is {asked}; it must be from {MIN_WINDOW} to half of the {n_steps} steps")
        return asked // MIN_WINDOW * MIN_WINDOW
    longest = n_steps // WINDOWS_IN_HISTORY // MIN_WINDOW * MIN_WINDOW
    return min(max(longest, MIN_WINDOW), MAX_WINDOW)


def choose_scaling(volatility: str, n_followed: int) -> Literal["start", "running"]:
    """How returns are divided by volatility.

    One asset leaves it to the network how volatility goes on; several need the filter, as their common volatility is a
    thin thread among many noisy channels.

    Raises
    ------
    ConfigError
        There is no such choice.
    """
    if volatility == "auto":
        return "start" if n_followed == 1 else "running"
    if volatility == "start":
        return "start"
    if volatility in ("running", UNFOLLOWED):
        return "running"
    raise ConfigError(f"volatility is {volatility!r}; say auto, start, running or none")
