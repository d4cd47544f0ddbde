import json
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import synthdiff
from synthdiff.cli.gate import SCORES
from synthdiff.errors import DataError
from synthdiff.evaluation.report import Report
from synthdiff.score import GROUPS
from tests.cli.shop import run, shop_table
from tests.evaluation import card

N_ROWS, N_BAD = 700, 300


def customers(seed, n_rows=N_ROWS):
    """Columns that hang together closely."""
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 80, n_rows)
    income = np.round(age * 900 + rng.normal(0, 4_000, n_rows))
    tenure = np.clip(age - 18 - rng.exponential(8, n_rows), 0, None)
    level = np.where(income + rng.normal(0, 3_000, n_rows) > 45_000, "gold", "plain")
    return pa.table({"age": age, "income": income, "tenure": tenure, "level": level, "saver": tenure * 2 > age})


def shuffled(table, seed=9):
    rng = np.random.default_rng(seed)
    return pa.table({name: table[name].take(rng.permutation(table.num_rows)) for name in table.column_names})


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Real rows, held-out ones, and synthetic ones of several kinds, as files."""
    folder = tmp_path_factory.mktemp("tables")
    real = customers(0)
    rows = customers(3, N_BAD)
    income = rows["income"].cast(pa.string())
    broken = pa.table({"age": [40] * N_BAD, "income": income, "level": rows["level"], "saver": rows["saver"]})
    made = {"good": customers(2), "shuffled": shuffled(real)[:N_BAD], "copied": real[:N_BAD], "broken": broken}
    for name, table in {"real": real, "holdout": customers(1), **made}.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return folder


@pytest.fixture
def stub(shop, monkeypatch):
    """`synthdiff.evaluate`, replaced by one that notes what it is given and returns a report made by hand."""
    calls = []

    def evaluate(real, synthetic, holdout=None, target=None, schema=None, **settings):
        settings["progress"]("fidelity", 0.25)
        calls.append({"real": real, "synthetic": synthetic, "holdout": holdout, "target": target, "schema": schema})
        calls[-1].update(settings)
        return card.report()

    monkeypatch.setattr(synthdiff, "evaluate", evaluate)
    return calls


def test_the_report_goes_to_stdout_and_what_is_being_done_to_stderr(stub):
    result = run("evaluate", "shop.parquet", "shop.parquet")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("✓ Use these rows as they are")
    assert max(map(len, result.stdout.splitlines())) <= 100
    assert "\x1b" not in result.stdout
    for words in ("read", "shop.parquet", "fidelity  25%"):
        assert words in result.stderr
    (call,) = stub
    assert call["real"].equals(shop_table())
    assert (call["holdout"], call["target"], call["schema"], call["model"]) == (None, None, None, None)
    assert (call["attacks"], call["random_state"], call["categorical"]) == (True, 0, ())


def test_options_are_passed_on(stub, shop, fitted):
    assert run("inspect", "shop.parquet").exit_code == 0
    (shop / "parts").mkdir()
    pq.write_table(shop_table(40, seed=1), "parts/a.parquet")
    pq.write_table(shop_table(50, seed=2), "parts/b.parquet")
    words = ["--holdout", "parts/*.parquet", "--target", "size", "--schema", "schema.json", "--categorical", "rating"]
    result = run("evaluate", "shop.parquet", "parts", *words, "--model", fitted, "--no-attacks", "--seed", 7)
    assert result.exit_code == 0, result.stderr
    (call,) = stub
    assert call["synthetic"].num_rows == call["holdout"].num_rows == 90
    assert call["schema"]["size"].kind == "categorical"
    assert callable(call["model"].log_prob)
    assert call["model"].history_
    assert (call["target"], call["attacks"], call["random_state"]) == ("size", False, 7)
    assert call["categorical"] == ("rating",)


def test_json_on_stdout_is_the_report_that_is_saved(stub):
    result = run("evaluate", "shop.parquet", "shop.parquet", "--json", "-o", "report.json")
    assert result.exit_code == 0, result.stderr
    assert Report.from_dict(json.loads(result.stdout)) == card.report() == Report.load("report.json")
    assert result.stderr.splitlines()[-1] == "Wrote report.json."


def test_the_page_is_written(stub, shop):
    result = run("evaluate", "shop.parquet", "shop.parquet", "--html", "report.html", "-o", "report.json")
    assert result.exit_code == 0, result.stderr
    assert result.stderr.splitlines()[-1] == "Wrote report.json and report.html."
    assert "<html" in (shop / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("option", ["-o", "--html"])
def test_an_existing_file_is_kept_without_force(stub, shop, option):
    (shop / "mine").write_text("precious")
    refused = run("evaluate", "shop.parquet", "shop.parquet", option, "mine")
    assert refused.exit_code == 3
    assert "mine exists; choose another name, or replace it with --force" in refused.stderr
    assert stub == []
    assert (shop / "mine").read_text() == "precious"
    assert run("evaluate", "shop.parquet", "shop.parquet", option, "mine", "--force").exit_code == 0
    assert (shop / "mine").read_text(encoding="utf-8") != "precious"


def test_places_that_cannot_be_written_to_are_refused_before_the_work(stub, shop):
    (shop / "folder").mkdir()
    places = {"no/such/report.json": "there is no folder no/such", "folder": "folder is a folder; name a file"}
    for place, words in places.items():
        result = run("evaluate", "shop.parquet", "shop.parquet", "-o", place, "--force")
        assert result.exit_code == 3
        assert words in result.stderr
    both = run("evaluate", "shop.parquet", "shop.parquet", "-o", "report", "--html", "./report")
    assert both.exit_code == 2
    assert "choose two files" in both.stderr
    assert stub == []


def test_a_file_that_cannot_be_written_is_a_plain_error(stub, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    result = run("evaluate", "shop.parquet", "shop.parquet", "-o", "report.json")
    assert result.exit_code == 3
    assert result.stderr.splitlines()[-1].startswith("Error: cannot write report.json: No space left on device")
    assert not os.path.exists("report.json")


def test_a_gate_that_fails_exits_with_5_after_all_is_written(stub, shop):
    gates = "gbt_auc=0.52,fidelity=0.5,shape=0.999"
    words = ("-o", "report.json", "--html", "report.html", "--fail-under", gates)
    result = run("evaluate", "shop.parquet", "shop.parquet", *words)
    assert result.exit_code == 5
    assert result.stderr.splitlines()[-1] == (
        "Error: the quality gate failed: gbt_auc is 0.540, above 0.52; shape is 0.992, below 0.999"
    )
    assert (shop / "report.json").exists()
    assert (shop / "report.html").exists()
    assert result.stdout.startswith("✓")


def test_gates_that_are_reached_are_silent(stub):
    words = ("--target", "size", "--fail-under", "gbt_auc=0.6,fidelity=0.8,mle=0.9")
    result = run("evaluate", "shop.parquet", "shop.parquet", *words)
    assert result.exit_code == 0, result.stderr
    assert "gate" not in result.stderr


@pytest.mark.parametrize("gates", ["fidelity", "fidelity=a", "fidelity=1.5"])
def test_a_gate_that_is_written_wrong_is_wrong_usage(stub, gates):
    result = run("evaluate", "shop.parquet", "shop.parquet", "--fail-under", gates)
    assert result.exit_code == 2
    assert stub == []


@pytest.mark.parametrize("gates", ["fidelty=0.9", "mle=0.9", "membership_likelihood=0.6"])
def test_a_gate_for_what_is_not_measured_exits_with_3_before_the_work(stub, gates):
    result = run("evaluate", "shop.parquet", "shop.parquet", "--fail-under", gates)
    assert result.exit_code == 3
    assert stub == []


@pytest.mark.parametrize("words", [(), ("shop.parquet",), ("shop.parquet", "shop.parquet", "--seed", "-1")])
def test_missing_arguments_are_wrong_usage(stub, words):
    assert run("evaluate", *words).exit_code == 2


def test_files_that_are_not_there_exit_with_3_and_a_missing_model_with_6(stub):
    for words in (["shop.parqet", "shop.parquet"], ["shop.parquet", "shop.parquet", "--holdout", "none.csv"]):
        result = run("evaluate", *words)
        assert result.exit_code == 3
        assert "there is no file" in result.stderr
    assert run("evaluate", "shop.parquet", "shop.parquet", "--model", "none.synthdiff").exit_code == 6


def test_an_evaluation_that_fails_leaves_no_file(shop, monkeypatch):
    def evaluate(*tables, **settings):
        raise DataError("the real table has 2 rows; give more, or a holdout")

    monkeypatch.setattr(synthdiff, "evaluate", evaluate)
    result = run("evaluate", "shop.parquet", "shop.parquet", "-o", "report.json", "--html", "report.html")
    assert result.exit_code == 3
    assert result.stderr.splitlines()[-1] == "Error: the real table has 2 rows; give more, or a holdout"
    assert [path.name for path in shop.iterdir()] == ["shop.parquet"]


def evaluated(tables, name, *words):
    real, rows = tables / "real.parquet", tables / f"{name}.parquet"
    result = run("evaluate", real, rows, "--holdout", tables / "holdout.parquet", "--json", *words)
    assert result.exit_code in (0, 5), result.stderr
    return result, Report.from_dict(json.loads(result.stdout))


def test_good_rows_pass_and_every_gate_names_a_score(tables):
    gates = "fidelity=0.8,gbt_auc=0.6,mle=0.85,copies=0.01"
    result, report = evaluated(tables, "good", "--target", "level", "--fail-under", gates)
    assert result.exit_code == 0, result.stderr
    assert report.verdict[0].level == "good", report.verdict
    assert {score.name for score in report.scores} == set(SCORES) - {"membership_likelihood"}
    assert {score.group for score in report.scores} == set(GROUPS)
    for phase in ("read", "fidelity", "detection", "utility", "privacy", "attacks"):
        assert f"\n{phase} " in f"\n{result.stderr}"


def test_shuffled_rows_are_recognised_and_fail_the_gates(tables):
    result, report = evaluated(tables, "shuffled", "--no-attacks", "--fail-under", "trend=0.97,gbt_auc=0.6")
    assert result.exit_code == 5
    assert "trend is " in result.stderr
    assert "gbt_auc is " in result.stderr
    assert "as if each had been shuffled" in report.verdict[0].text


def test_copied_rows_are_recognised(tables):
    result, report = evaluated(tables, "copied", "--no-attacks")
    assert result.exit_code == 0
    assert "they are copies of training rows" in report.verdict[0].text


def test_a_broken_table_is_named(tables):
    result, report = evaluated(tables, "broken", "--no-attacks")
    assert result.exit_code == 0, result.stderr
    assert report.verdict[0].text.startswith("Do not use these rows: columns are missing or broken")
    assert "Column 'tenure' is missing; column 'age' is constant" in report.verdict[1].text
    assert any("'income' holds string" in finding.text for finding in report.verdict)
