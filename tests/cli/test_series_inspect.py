import json

import numpy as np
import pandas as pd
import pytest

from synthdiff.cli.series_inspect import gap_in_words, longest_gap, series_facts
from synthdiff.data.market import read_market
from tests.cli.market import market_table
from tests.cli.shop import run


@pytest.mark.parametrize("width", [80, 120])
def test_each_column_gets_its_role_and_the_reason_within_the_screen(market, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    result = run("inspect", "market.parquet", "--series")
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= width
    found = {words[0]: words[1:4] for words in map(str.split, lines) if words and words[0] in ("A1", "A2")}
    assert found == {"A1": ["price", "log", "return"], "A2": ["price", "log", "return"]}
    text = " ".join(result.stdout.split())
    assert "dates 2010-01-04 to 2011-02-25, business days, 252 a year" in text
    assert "gaps none that is unusual; the longest is 3 days, after 2010-01-08" in text
    assert result.stderr.splitlines()[-1] == (
        "300 rows, 2 columns, 2 assets. Next: synthdiff fit market.parquet --series"
    )
    assert [path.name for path in market.iterdir()] == ["market.parquet"]


def test_what_was_said_of_columns_is_kept_in_the_next_command_and_in_the_reason(market):
    result = run("inspect", "market.parquet", "--series", "--values", "A2=level", "--json")
    facts = json.loads(result.stdout)
    assert [(column["role"], column["why"][:9]) for column in facts["columns"]] == [
        ("price", "positive,"),
        ("level", "as --valu"),
    ]
    assert facts["columns"][1]["learnt"] == "difference"
    assert result.stderr.rstrip().endswith("Next: synthdiff fit market.parquet --series --values A2=level")


def test_gaps_missing_values_and_covariates_are_told():
    frame = market_table().to_pandas()
    frame = frame.drop(frame.index[100:120])
    frame.iloc[:30, 1] = np.nan
    frame["mood"] = np.where(np.arange(len(frame)) % 2 == 0, "calm", "wild")
    frame["noise"] = np.random.default_rng(0).normal(size=len(frame)) / 100
    facts = series_facts(read_market(frame, covariates=["mood"]))
    assert (facts["rows"], facts["rows_with_missing"]) == (280, 30)
    assert facts["gap"]["days"] == 31
    assert facts["gap"]["after"] == "2010-05-21"
    assert gap_in_words(facts["gap"]) == "1 gap; the longest is 31 days, after 2010-05-21"
    by_name = {column["name"]: column for column in facts["columns"]}
    assert by_name["A2"]["missing"] == pytest.approx(30 / 280)
    assert (by_name["mood"]["role"], by_name["mood"]["why"]) == ("covariate", "of 2 labels: calm, wild")
    assert by_name["noise"]["why"] == "both signs around zero, hardly autocorrelated"
    assert by_name["mood"]["drift"] is None


def test_levels_and_numbered_rows_are_told(market):
    rng = np.random.default_rng(0)
    steps = rng.normal(size=(300, 2))
    level = np.zeros(300)
    for t in range(1, 300):
        level[t] = 0.5 * level[t - 1] + steps[t, 0]
    pd.DataFrame({"rate": steps[:, 1].cumsum() / 10, "warm": 20 + level}).to_csv("levels.csv", index=False)
    result = run("inspect", "levels.csv", "--series", "--json")
    facts = json.loads(result.stdout)
    assert [column["role"] for column in facts["columns"]] == ["level", "level"]
    assert facts["columns"][1]["why"].startswith("positive, but comes back to its mean")
    assert facts["columns"][1]["learnt"].startswith("as it is")
    assert facts["first_date"] is None
    assert "none: rows are taken in their order" in run("inspect", "levels.csv", "--series").stdout


def test_even_dates_have_no_gap():
    hours = np.datetime64("2024-01-01", "ns") + np.arange(50) * np.timedelta64(1, "h")
    assert gap_in_words(longest_gap(hours)) == "none: each date is as long after the one before"
    uneven = np.delete(hours, 7)
    assert gap_in_words(longest_gap(uneven)) == (
        "none that is unusual; the longest is 2 h 00 min, after 2024-01-01 06:00"
    )


@pytest.mark.parametrize("words", [["-o", "schema.json"], ["--categorical", "A1"], ["--force"]])
def test_options_of_tables_are_wrong_usage_and_the_other_way_round(market, words):
    result = run("inspect", "market.parquet", "--series", *words)
    assert result.exit_code == 2
    assert "is for tables" in " ".join(result.stderr.split())
    other = run("inspect", "market.parquet", "--values", "price")
    assert other.exit_code == 2
    assert "--values is for market series: add --series" in " ".join(other.stderr.split())
