import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from synthdiff.cli import series_evaluate
from synthdiff.errors import ConfigError
from synthdiff.evaluation.stylized.report import SeriesReport
from tests.cli.market import ASSETS, market_table, paths_table
from tests.cli.shop import run
from tests.evaluation.stylized.example import example_report


@pytest.fixture(scope="module")
def report():
    return example_report()


@pytest.fixture
def files(market):
    """A folder, made the current one, with a history and paths."""
    pq.write_table(paths_table(), "paths.parquet")
    return market


@pytest.fixture
def stub(files, monkeypatch, report):
    """`evaluate_series`, replaced by one that notes what it is given and returns a report made before."""
    calls = []

    def evaluate(real, paths, **settings):
        calls.append({"real": real, "paths": paths, **settings})
        return report

    monkeypatch.setattr(series_evaluate, "evaluate_series", evaluate)
    return calls


def test_the_report_goes_to_stdout_and_what_is_being_done_to_stderr(stub):
    result = run("evaluate", "market.parquet", "paths.parquet", "--series")
    assert result.exit_code == 0, result.stderr
    assert "Facts of single assets" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 100
    assert "\x1b" not in result.stdout
    for words in ("read", "market.parquet", "score     30%  60 paths of 39 steps"):
        assert words in result.stderr
    (call,) = stub
    assert (call["real"].names, call["paths"].assets) == (ASSETS, ASSETS)
    assert (call["holdout"], call["random_state"]) == (None, 0)


def test_options_are_passed_on(stub):
    frame = market_table().to_pandas().rename_axis("day").reset_index()
    frame.melt("day", var_name="who", value_name="what").assign(extra=1.0).to_csv("long.csv", index=False)
    frame.iloc[-90:].melt("day", var_name="who", value_name="what").assign(extra=1.0).to_csv("later.csv", index=False)
    own = ["--id-column", "who", "--time-column", "day", "--value-columns", "what", "--values", "A1=price,A2=level"]
    result = run("evaluate", "long.csv", "paths.parquet", "--series", *own, "--holdout", "later.csv", "--seed", 7)
    assert result.exit_code == 0, result.stderr
    (call,) = stub
    assert call["real"].roles == ("price", "level")
    assert call["paths"].kinds == ("return", "difference")
    assert (len(call["holdout"].values), call["holdout"].roles) == (90, ("price", "level"))
    assert call["random_state"] == 7


def test_paths_of_returns_are_read_when_it_is_said(stub):
    table = paths_table().to_pandas()
    table[list(ASSETS)] = np.log(table[list(ASSETS)]).groupby(table["path"]).diff().fillna(0.001)
    table.to_parquet("returns.parquet")
    assert run("evaluate", "market.parquet", "returns.parquet", "--series", "--returns").exit_code == 0
    assert stub[0]["paths"].n_steps == 40
    np.save("paths.npy", stub[0]["paths"].returns)
    assert run("evaluate", "market.parquet", "paths.npy", "--series").exit_code == 0
    assert stub[1]["paths"].returns == pytest.approx(stub[0]["paths"].returns)


def test_assets_that_the_paths_lack_are_named(stub):
    pq.write_table(paths_table().drop_columns("A2"), "one.parquet")
    result = run("evaluate", "market.parquet", "one.parquet", "--series")
    assert "The paths lack 'A2', which is left out of the history, too." in result.stderr


def test_json_on_stdout_is_the_report_that_is_saved_and_the_page_is_written(stub, report, files):
    words = ("--series", "--json", "-o", "report.json", "--html", "report.html")
    result = run("evaluate", "market.parquet", "paths.parquet", *words)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["kind"] == "series"
    assert SeriesReport.load("report.json").to_dict() == SeriesReport.from_dict(json.loads(result.stdout)).to_dict()
    assert "<html" in (files / "report.html").read_text(encoding="utf-8")
    assert result.stderr.splitlines()[-1] == "Wrote report.json and report.html."


def test_gates_fail_with_5_after_all_is_written(stub, report, files):
    gates = f"mean={report.mean + 1},Volatility-Clustering=0,cross_mean=-1"
    words = ("--series", "-o", "report.json", "--fail-under", gates)
    result = run("evaluate", "market.parquet", "paths.parquet", *words)
    assert result.exit_code == 5
    last = result.stderr.splitlines()[-1]
    assert last.startswith("Error: the quality gate failed: volatility clustering is ")
    assert "above 0; cross_mean is" in last
    assert (files / "report.json").exists()
    reached = run("evaluate", "market.parquet", "paths.parquet", "--series", "--fail-under", "mean=100,novelty=1")
    assert reached.exit_code == 0, reached.stderr


def test_unknown_gates_exit_with_3_before_the_work(stub):
    result = run("evaluate", "market.parquet", "paths.parquet", "--series", "--fail-under", "volatilty_clustering=1")
    assert result.exit_code == 3
    assert "no gate 'volatilty_clustering'; did you mean 'volatility_clustering'?; there are mean, cross_mean" in (
        result.stderr
    )
    assert stub == []


def test_every_score_of_a_report_can_be_a_gate(report):
    names = [name for part in (report.facts, report.cross, report.extra, report.memory) for name in part]
    typed = {name.replace(" ", "_"): 1.0 for name in names}
    assert series_evaluate.check_series_gates(typed) == dict.fromkeys(names, 1.0)
    with pytest.raises(ConfigError, match="no gate 'fidelity'"):
        series_evaluate.check_series_gates({"fidelity": 0.9})


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--series", "--target", "A1"], "--target is for tables: leave it out, or leave out --series"),
        (["--series", "--schema", "schema.json"], "--schema is for tables"),
        (["--series", "--categorical", "A1"], "--categorical is for tables"),
        (["--series", "--model", "m.synthdiff"], "--model is for tables"),
        (["--series", "--no-attacks"], "--attacks/--no-attacks is for tables"),
        (["--returns"], "--returns is for market series: add --series, or leave it out"),
        (["--values", "price"], "--values is for market series"),
        (["--id-column", "A1"], "--id-column is for market series"),
    ],
)
def test_options_of_the_other_kind_are_wrong_usage(stub, words, message):
    result = run("evaluate", "market.parquet", "paths.parquet", *words)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert stub == []


def test_places_are_checked_before_the_work(stub, files):
    (files / "mine").write_text("precious")
    result = run("evaluate", "market.parquet", "paths.parquet", "--series", "-o", "mine")
    assert result.exit_code == 3
    assert stub == []


def test_paths_of_shuffled_days_are_found_out(files):
    result = run("evaluate", "market.parquet", "paths.parquet", "--series", "--json")
    assert result.exit_code == 0, result.stderr
    scores = json.loads(result.stdout)
    assert scores["about"]["paths"] == 60
    assert scores["facts"]["tail quantiles"]["value"] < 1.5  # the days are real ones
    frame = pd.read_parquet("paths.parquet")
    frame["A2"] = frame["A2"].iloc[::-1].to_numpy()
    frame.to_parquet("apart.parquet")
    apart = json.loads(run("evaluate", "market.parquet", "apart.parquet", "--series", "--json").stdout)
    assert apart["cross"]["correlation"]["value"] > 2 * scores["cross"]["correlation"]["value"] + 2


def test_prices_that_fall_to_zero_in_some_paths_are_told_and_in_most_are_no_prices(files):
    frame = pd.read_parquet("paths.parquet")
    frame.loc[(frame["path"] < 6) & (frame["step"] > 30), "A1"] = -1.0
    frame.to_parquet("sunk.parquet")
    result = run("evaluate", "market.parquet", "sunk.parquet", "--series", "--json")
    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["below_zero"] == {"A1": pytest.approx(0.1)}
    assert "A1 in 10.0% of the paths" in report["verdict"][1]["text"]
    frame["A1"] -= 1e6
    frame.to_parquet("sunk.parquet")
    refused = run("evaluate", "market.parquet", "sunk.parquet", "--series")
    assert refused.exit_code == 3
    assert "in the history it is a price" in " ".join(refused.stderr.split())


@pytest.fixture
def crashes(files):
    """What to say to compare paths with the windows that fell by 3 % at some time."""
    return ("evaluate", "market.parquet", "paths.parquet", "--series", "--condition", f"{ASSETS[0]}.max_drawdown<=-3%")


def test_conditioned_paths_are_compared_with_windows_that_did_the_same(crashes):
    result = run(*crashes, "-o", "scores.json")
    assert result.exit_code == 0, result.stderr
    saved = json.loads(Path("scores.json").read_text())
    windows = f"{saved['windows']:,} windows of the history did the same, {saved['windows_apart']:,} of them apart"
    assert windows in " ".join(result.stdout.split())
    assert max(map(len, result.stdout.splitlines())) <= 100
    assert saved["mean"] == pytest.approx(np.mean(list(saved["facts"].values())))
    assert saved["windows"] > saved["windows_apart"] > 0
    assert set(saved["cross"]) >= {"correlation"}
    assert json.loads(run(*crashes, "--json").stdout) == saved


def test_conditioned_paths_have_gates_and_no_page(crashes):
    failed = run(*crashes, "--fail-under", "mean=0.01")
    assert failed.exit_code == 5
    assert "above 0.01" in failed.stderr
    assert run(*crashes, "--fail-under", "mean=99,cross_mean=99").exit_code == 0
    page = run(*crashes, "--html", "page.html")
    assert page.exit_code == 2
    assert "--html is of a whole history" in " ".join(page.stderr.split())


def test_what_the_history_never_did_is_nothing_to_compare_with(files):
    words = ("--series", "--condition", f"{ASSETS[0]}.max_drawdown<=-99%")
    result = run("evaluate", "market.parquet", "paths.parquet", *words)
    assert result.exit_code == 3
    assert "no window of 39 steps of the history meets the conditions" in " ".join(result.stderr.split())
