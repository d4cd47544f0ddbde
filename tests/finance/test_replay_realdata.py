"""Windows with a name, on the S&P 500 from 1990 to 2022."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthdiff.data.market import read_market
from synthdiff.finance.replay import replay_window, windows_within

FOLDER = Path(os.environ.get("SYNTHDIFF_DATA", Path(__file__).parents[2].parent / "shared" / "data")) / "series"

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the public data sets are not here"),
]
FALLS = {
    "gulf": 0.199, "dotcom": 0.491, "september": 0.116, "gfc": 0.568, "lehman": 0.399, "euro": 0.188,
    "volmageddon": 0.102, "christmas": 0.198, "covid": 0.339, "rates": 0.254,
}  # fmt: skip


@pytest.fixture(scope="module")
def market():
    return read_market(pd.read_csv(FOLDER / "sp500_index.csv"))


def test_crises_of_equities_cost_what_is_known(market):
    assert {window.key for window in windows_within(market.dates)} == {*FALLS, "bonds", "asia", "ltcm", "china"}
    for name, fall in FALLS.items():
        assert -np.expm1(replay_window(market, name).paths.terminal()[0, 0]) == pytest.approx(fall, abs=0.001), name


@pytest.mark.parametrize("name", ["gulf", "dotcom", "gfc", "covid", "rates"])
def test_a_crisis_is_from_the_highest_close_to_the_lowest(market, name):
    total = replay_window(market, name).paths.returns[0, :, 0].cumsum()
    assert total.max() < 0
    assert total.argmin() == len(total) - 1
