import numpy as np
import pyarrow as pa
import pytest

from synthdiff.cli.series_hint import looks_like_prices
from synthdiff.datasets import make_customers
from tests.cli.market import market_table
from tests.cli.shop import shop_table


def long_prices():
    frame = market_table().to_pandas().rename_axis("ds").reset_index()
    return pa.Table.from_pandas(frame.melt("ds", var_name="unique_id", value_name="y"), preserve_index=False)


@pytest.mark.parametrize(
    "table", [market_table(), long_prices(), market_table(bars=True)], ids=["wide", "long", "bars"]
)
def test_prices_are_recognised(table):
    assert looks_like_prices(table)


def test_other_tables_are_none():
    table, rng = market_table(), np.random.default_rng(0)
    assert not looks_like_prices(shop_table())
    assert not looks_like_prices(pa.Table.from_pandas(make_customers(200)))
    assert not looks_like_prices(table.select(["A1", "A2"]))  # no dates
    assert not looks_like_prices(table.slice(0, 40))
    assert not looks_like_prices(table.take(rng.permutation(table.num_rows)))  # no order
    noise = {name: 100 + rng.normal(size=table.num_rows) for name in ("A1", "A2")}
    assert not looks_like_prices(pa.table({"date": table["date"], **noise}))
