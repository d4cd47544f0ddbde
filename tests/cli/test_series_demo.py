import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synthdiff.cli import series_demo
from synthdiff.cli.series_law import market_numbers, numbers_table, years
from synthdiff.datasets.market import simulate
from synthdiff.models.artifact import is_finished
from tests.cli.shop import run

NAMES = ("market.parquet", "market.synthdiff", "market_paths.parquet", "market.png", "market.html")


def test_numbers_are_those_of_the_law():
    """The unconditional deviation and correlation of returns are known; of 400 years the errors are some percent."""
    truth = simulate(400 * 252, 3, random_state=5)
    found = market_numbers(years(truth.returns))
    covariance = truth.law.covariance
    assert found["volatility a year"] == pytest.approx(np.sqrt(252 * np.diag(covariance)).mean(), rel=0.04)
    pairs = truth.law.correlation[np.triu_indices(3, 1)]
    assert found["correlation of two assets"] == pytest.approx(pairs.mean(), abs=0.03)
    # Given the evening's state, a day's loss is beyond the 99 % value at risk with probability 1 %; of all days
    # together the quantile lies near the mean of the daily ones.
    var = found["one-day value at risk, 99%"]
    daily = simulate(256, 3, random_state=6).value_at_risk(0.99)
    assert 0.5 * daily.mean() < var < 2 * daily.mean()
    assert found["one-day expected shortfall, 97.5%"] == pytest.approx(var, rel=0.15)
    assert 0.3 < found["years with a fall of 20% or more"] < 0.7
    assert found["correlation of |returns| over 1 to 10 days"] > 0.1
    assert found["correlation of a return and later volatility"] < -0.02


def test_independent_normal_days_have_no_memory():
    returns = np.random.default_rng(0).normal(size=(200, 252, 2)) / 100
    found = market_numbers(returns)
    # 100,000 pairs a lag and asset: standard error .0007 of the mean over 20 of them.
    assert found["correlation of |returns| over 1 to 10 days"] == pytest.approx(0, abs=0.003)
    assert found["correlation of a return and later volatility"] == pytest.approx(0, abs=0.003)
    assert found["one-day value at risk, 99%"] == pytest.approx(0.02326, rel=0.03)
    table = numbers_table({"history": found, "paths": found})
    assert [column.header for column in table.columns] == ["", "history", "paths"]
    assert table.row_count == len(found)


def test_whole_years_are_cut_from_the_end():
    returns = np.arange(600.0)[:, None]
    assert years(returns).shape == (2, 252, 1)
    assert years(returns)[0, 0, 0] == 600 - 504
    assert years(returns[:100]).shape == (1, 100, 1)


def test_the_demo_leaves_prices_model_paths_a_picture_and_a_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(series_demo, "YEAR", 24)
    monkeypatch.setattr(series_demo, "N_PATHS", 40)
    monkeypatch.setattr(series_demo, "N_TRUE_YEARS", 200)
    words = ("demo", "--series", "--rows", "300", "--max-time", "1s", "-o", "here")
    result = run(*words)
    assert result.exit_code == 0, result.stderr
    folder = tmp_path / "here"
    real, paths = pd.read_parquet(folder / "market.parquet"), pd.read_parquet(folder / "market_paths.parquet")
    assert real.shape == (300, 3)
    assert list(paths.columns) == ["path", "date", *real.columns]
    assert len(paths) == 40 * 24
    assert is_finished(folder / "market.synthdiff")
    assert (folder / "market.png").stat().st_size > 10_000
    assert "<html" in (folder / "market.html").read_text(encoding="utf-8")
    assert "the law" in result.stdout
    assert "Facts of single assets" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    for name in NAMES:
        assert f"here/{name}" in result.stderr

    again = run(*words)
    assert again.exit_code == 3
    assert "finished model already" in again.stderr


@pytest.mark.parametrize("name", [name for name in NAMES if name != "market.synthdiff"])
def test_the_demo_does_not_write_over_other_files(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    pq.write_table(pa.table({"mine": [1, 2]}), name)
    result = run("demo", "--series", "--rows", "100", "-o", ".")
    assert result.exit_code == 3
    assert f"{name} exists" in result.stderr
    assert pq.read_table(name).to_pydict() == {"mine": [1, 2]}
    assert [path.name for path in tmp_path.iterdir()] == [name]
