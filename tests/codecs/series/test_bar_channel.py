"""Channels of bars among those of a market, and bars of assets that are shut."""

import numpy as np
import pandas as pd

from synthdiff.codecs.series.bar_channel import bar_places, shut_bars
from synthdiff.codecs.series.price import PriceCodec
from synthdiff.data.market import read_market
from tests.models.markets import bars, dates, walk


def fitted():
    frame = bars().add_prefix("X ").set_axis(dates(len(bars())), axis=0)
    frame["Y close"] = walk(len(frame))
    frame["X adj close"] = frame["X close"] * np.where(np.arange(len(frame)) < 100, 0.9, 1.0)
    market = read_market(pd.DataFrame(frame))
    return PriceCodec.fit(market), market


def test_channels_are_found_by_what_they_say():
    codec, _ = fitted()
    (x,) = bar_places(codec)  # the other asset is a price alone
    names = [channel.name for channel in codec.channels]
    assert [names[k] for k in x.shapes] == ["X gap", "X upper wick", "X lower wick"]
    assert (names[x.adjustment], names[x.volume]) == ("X adjustment", "X volume")
    assert x.level == len(codec.names)
    assert x.bar is codec.series[x.asset]


def test_bars_are_flat_while_their_asset_is_shut():
    codec, market = fitted()
    steps = codec.encode(market.values)[None, 50:60].copy()
    start = codec.start(market.values[:51])
    is_open = np.ones((10, 2), dtype=bool)
    is_open[3:5, 0] = False
    usual = codec.decode(steps, start)
    values = codec.decode(shut_bars(bar_places(codec), steps, is_open), start)[0]
    columns = [codec.names.index(f"X {part}") for part in ("open", "high", "low", "close")]
    np.testing.assert_allclose(values[3:5, columns], values[2, columns[3]], rtol=1e-14)
    assert np.isnan(values[3:5, codec.names.index("X volume")]).all()
    other = codec.names.index("Y close")
    np.testing.assert_array_equal(values[:, other], usual[0, :, other])
