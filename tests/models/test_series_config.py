"""Settings of a fit of series that follow from the data."""

import pytest

from synthdiff.errors import ConfigError
from synthdiff.models.series_config import SERIES_PRESETS, choose_scaling, choose_window, series_config, unfollowed


@pytest.mark.parametrize(
    ("n_steps", "window"), [(59, 16), (191, 16), (192, 32), (1_000, 160), (1_536, 256), (9_000, 256)]
)
def test_windows_are_a_sixth_of_the_history_at_most(n_steps: int, window: int) -> None:
    assert choose_window(n_steps, None) == window


@pytest.mark.parametrize(("asked", "window"), [(16, 16), (31, 16), (32, 32), (100, 96), (300, 288)])
def test_a_window_that_is_asked_for_is_cut_to_sixteens(asked: int, window: int) -> None:
    assert choose_window(600, asked) == window


@pytest.mark.parametrize("asked", [0, 15, 301])
def test_a_window_that_cannot_be(asked: int) -> None:
    with pytest.raises(ConfigError, match=f"window is {asked}; it must be from 16 to half of the 600 steps"):
        choose_window(600, asked)


def test_one_asset_leaves_volatility_to_the_network() -> None:
    assert [choose_scaling("auto", n) for n in (0, 1, 2, 30)] == ["running", "start", "running", "running"]
    assert choose_scaling("none", 0) == "running"
    assert [choose_scaling(word, n) for word in ("start", "running") for n in (1, 2)] == ["start"] * 2 + ["running"] * 2
    with pytest.raises(ConfigError, match="say auto, start, running or none"):
        choose_scaling("garch", 1)


def test_series_of_no_volatility_need_less_dropout_and_lower_noise() -> None:
    preset = series_config("balanced")
    found = unfollowed(preset, 2, 256)
    assert found.dropout < preset.dropout
    assert found.log_sigma[0] < preset.log_sigma[0]
    changed = {key for key, value in preset.model_dump().items() if found.model_dump()[key] != value}
    assert changed == {"dropout", "log_sigma", "learning_rate"}


@pytest.mark.parametrize("name", SERIES_PRESETS)
def test_a_transformer_is_a_preset_of_another_width(name: str) -> None:
    unet, transformer = series_config(name), series_config(name, "transformer")
    assert transformer.width % 8 == unet.width % 8 == 0
    changed = {key for key, value in unet.model_dump().items() if transformer.model_dump()[key] != value}
    assert changed == {"network", "width"}


def test_a_network_of_levels_is_as_wide_as_they_are_many_and_as_deep_as_a_window_is_long() -> None:
    base = series_config("balanced")
    sizes = {
        (channels, window): (found.width, found.depth)
        for channels in (2, 12, 28)
        for window in (48, 256)
        for found in [unfollowed(base, channels, window)]
    }
    assert sizes == {
        (2, 48): (24, 2),
        (2, 256): (24, 4),
        (12, 48): (56, 2),
        (12, 256): (56, 4),
        (28, 48): (128, 2),
        (28, 256): (128, 4),
    }
    attentive = series_config("balanced", "transformer")
    found = unfollowed(attentive, 28, 48)
    assert (found.width, found.depth, found.dropout) == (attentive.width, attentive.depth, 0.1)
