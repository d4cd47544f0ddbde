import json
import math

import pytest

from synthdiff import __version__
from synthdiff.models.artifact import read_artifact
from tests.cli.market import FIT, market_table
from tests.cli.shop import run


@pytest.mark.parametrize("width", [80, 120])
def test_a_model_tells_where_it_comes_from_within_the_screen(fitted_market, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    result = run("info", fitted_market)
    assert result.exit_code == 0, result.stderr
    title, *lines = result.stdout.splitlines()
    assert title == f"{fitted_market}: finished"
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    for fact in (
        "2: A1, A2",
        "300, 2010-01-04 to 2011-02-25",
        "seed 0",
        "32 steps, each divided",
        "float32",
        __version__,
    ):
        assert fact in text
    assert f"{read_artifact(fitted_market).manifest['n_parameters']:,}" in text
    assert [line.split()[:4] for line in lines if line.startswith("A1")] == [["A1", "price", "log", "return"]]


def test_json_tells_the_same(fitted_market):
    facts = json.loads(run("info", fitted_market, "--json").stdout)
    assert (facts["finished"], facts["model"], facts["rows"]) == (True, "SeriesDiffusion", 300)
    assert (facts["assets"], facts["volatility"], facts["window"]) == (["A1", "A2"], "running", 32)
    assert (facts["first_date"], facts["last_date"]) == ("2010-01-04T00:00:00", "2011-02-25T00:00:00")
    frame = market_table().to_pandas()
    assert [column["name"] for column in facts["columns"]] == ["A1", "A2"]
    for column, name in zip(facts["columns"], frame, strict=True):
        yearly = 252 / 299 * math.log(frame[name].iloc[-1] / frame[name].iloc[0])
        assert column["drift"] == pytest.approx(yearly, rel=1e-6)
    assert facts["bytes"] == sum(file.stat().st_size for file in fitted_market.iterdir())


def test_bars_and_a_drift_that_was_set_are_told(market):
    market_table(bars=True).to_pandas().to_parquet("bars.parquet")
    assert run("fit", "bars.parquet", *FIT, "--drift", "0.05").exit_code == 0
    columns = json.loads(run("info", "bars.synthdiff", "--json").stdout)["columns"]
    assert {column["name"]: column["learnt"] for column in columns} == {
        "open": "gap since the last close",
        "high": "upper wick",
        "low": "lower wick",
        "close": "log return",
        "volume": "logarithm over its trailing mean",
    }
    assert [column["drift"] for column in columns] == [None, None, None, pytest.approx(0.05), None]
    assert "+5.0%" in run("info", "bars.synthdiff").stdout
