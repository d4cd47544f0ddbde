"""What public series are taken for, and that they come back."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from synthdiff.codecs.series.price import PriceCodec
from synthdiff.data.io import read_table
from synthdiff.data.market import read_market
from synthdiff.data.market.calendar import next_dates, steps_per_year

FOLDER = Path(os.environ.get("SYNTHDIFF_DATA", Path(__file__).parents[3].parent / "shared" / "data")) / "series"
BARS = {"open": 1, "high": 1, "low": 1, "close": 1, "price": 1, "volume": 1}
# Roles, steps a year, the date after the last.
EXPECTED = {
    "sp500_index.csv": ({"price": 1}, 252, "2022-12-29"),
    "stocks20_daily.parquet": ({"price": 20}, 252, "2022-12-29"),
    "factor_etfs_daily.csv": ({"price": 5}, 252, "2022-12-29"),
    "exchange_rate.parquet": ({"price": 8}, 252, None),
    "sp500_ohlcv_2000_2020.csv": (BARS, 252, "2020-04-20"),
    "stock_data.csv": (BARS, 252, None),
    "nyc_taxi_30min.csv": ({"level": 1}, 48 * 365, "2015-02-01"),
    "ETTh1.parquet": ({"level": 7}, 24 * 365, "2018-06-26T20:00"),
    # Two of the house's temperatures wander all through their 137 days.
    "energy.parquet": ({"level": 26, "price": 2}, None, "2016-05-27T18:10"),
}
# The yuan at 0.238 dollars for a day, while it was pegged at 0.161.
WRONG = {"exchange_rate.parquet": [("China", "row 6689")]}


@pytest.mark.realdata
@pytest.mark.skipif(not FOLDER.is_dir(), reason="the public data sets are not here")
@pytest.mark.parametrize("name", EXPECTED)
def test_series_are_known_and_come_back(name):
    roles, steps, following = EXPECTED[name]
    market = read_market(read_table([FOLDER / name]))
    assert Counter(market.roles) == roles
    taken = [finding for finding in market.findings if "taken for missing" in finding.text]
    assert [(finding.column, finding.when) for finding in taken] == WRONG.get(name, [])
    assert not any("split" in finding.text for finding in market.findings)
    if steps is not None:
        assert steps_per_year(market.dates) == pytest.approx(steps, rel=0.002)
    if following is not None:
        assert next_dates(market.dates, 1)[0] == np.datetime64(following)
    codec = PriceCodec.fit(market, "historical")
    encoded = codec.encode(market.values)
    assert np.isnan(encoded).sum() == len(taken)
    assert np.abs(np.nanmean(encoded[:, : codec.n_assets], axis=0)).max() < 1e-2 * np.nanstd(encoded)
    back = codec.decode(encoded[None], market.values[0])[0]
    scale = np.nanmax(np.abs(market.values), axis=0) * 1e-15
    is_near = np.abs(back - market.values[codec.lag :]) <= 1e-9 * np.abs(back) + scale
    assert (is_near | np.isnan(market.values[codec.lag :])).all()
