import pyarrow.parquet as pq
import pytest

from tests.cli.market import FIT as SERIES_FIT
from tests.cli.market import market_table
from tests.cli.shop import FIT, run, shop_table


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A folder, made the current one, that holds `shop.parquet`."""
    monkeypatch.chdir(tmp_path)
    pq.write_table(shop_table(), "shop.parquet")
    return tmp_path


@pytest.fixture(scope="session")
def fitted(tmp_path_factory):
    """A finished model of `shop.parquet`, in a folder of its own; not to be written to."""
    folder = tmp_path_factory.mktemp("fitted")
    pq.write_table(shop_table(), folder / "shop.parquet")
    model = folder / "shop.synthdiff"
    result = run("fit", folder / "shop.parquet", "-o", model, *FIT)
    assert result.exit_code == 0, result.stderr
    return model


@pytest.fixture
def market(tmp_path, monkeypatch):
    """A folder, made the current one, that holds `market.parquet`."""
    monkeypatch.chdir(tmp_path)
    pq.write_table(market_table(), "market.parquet")
    return tmp_path


@pytest.fixture(scope="session")
def fitted_market(tmp_path_factory):
    """A finished model of `market.parquet`, in a folder of its own; not to be written to."""
    folder = tmp_path_factory.mktemp("fitted_market")
    pq.write_table(market_table(), folder / "market.parquet")
    model = folder / "market.synthdiff"
    result = run("fit", folder / "market.parquet", "-o", model, *SERIES_FIT)
    assert result.exit_code == 0, result.stderr
    return model
