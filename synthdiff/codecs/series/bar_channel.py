"""Channels of bars by what they say, and what they are where an asset is shut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthdiff.codecs.series.bar import BarCodec
from synthdiff.codecs.series.channel import BoolArray, FloatArray
from synthdiff.codecs.series.price import PriceCodec


@dataclass(frozen=True)
class BarPlaces:
    """Where among the channels of a market those of a bar are.

    Attributes
    ----------
    bar : BarCodec
    asset : int
        Position among the assets, which is that of its return.
    shapes : tuple of int
        Gap and wicks; none where the bar has no open, high and low.
    adjustment, volume : int or None
    level : int or None
        Position in a start, as of `PriceCodec.start`, of the trailing level of its volume.
    """

    bar: BarCodec
    asset: int
    shapes: tuple[int, ...]
    adjustment: int | None
    volume: int | None
    level: int | None


def bar_places(codec: PriceCodec) -> tuple[BarPlaces, ...]:
    """Find the channels of all bars of a market."""
    found, level = [], len(codec.names)
    for asset, bar in enumerate(codec.series):
        if isinstance(bar, BarCodec):
            rest = [codec.channels.index(channel) for channel in bar.channels[1:]]
            volume = rest.pop() if "volume" in bar.parts else None
            adjustment = rest.pop() if len(rest) in (1, 4) else None
            found.append(BarPlaces(bar, asset, tuple(rest), adjustment, volume, None if volume is None else level))
        level += bar.n_states
    return tuple(found)


def shut_bars(places: tuple[BarPlaces, ...], steps: FloatArray, is_open: BoolArray) -> FloatArray:
    """Make bars flat where their asset is shut: all prices are the close, which stays, and nothing is traded.

    Parameters
    ----------
    places : tuple of BarPlaces
    steps : (n, L, K) float64
        Changed in place.
    is_open : (L, n_assets) bool

    Returns
    -------
    (n, L, K) float64
        The volume is NaN, so that what is usual for it stays.
    """
    for place in places:
        shut = ~is_open[:, place.asset]
        flat = [*place.shapes, *([] if place.adjustment is None else [place.adjustment])]
        steps[:, shut, place.asset] = -place.bar.mean
        for k in flat:
            steps[:, shut, k] = 0.0
        if place.volume is not None:
            steps[:, shut, place.volume] = np.nan
    return steps
