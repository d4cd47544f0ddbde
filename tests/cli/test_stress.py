import json
import types

import pandas as pd
import pytest

from synthdiff.cli import stress
from synthdiff.finance.stress import StressTest
from synthdiff.finance.stress_report import StressReport
from tests.cli.shop import run
from tests.finance.market import ASSETS
from tests.finance.stress_case import GaussianModel, make_history

FEW = ("-n", 300, "--horizon", 21)


class FittedModel(GaussianModel):
    """What the command asks of a fitted model."""

    codec_ = types.SimpleNamespace(assets=ASSETS, kinds=("return",) * 3)
    fitted_ = types.SimpleNamespace(covariates=types.SimpleNamespace(names=("regime",)))
    id_column = time_column = date_format = None
    value_columns = ()
    returns, adjust_splits = "auto", False

    def check_conditioning(self, conditioning, horizon=1, portfolio=None):
        """Names are checked by models alone; what is drawn here is known."""


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A model in the place of the one that would be loaded; the current folder holds weights and prices."""
    monkeypatch.chdir(tmp_path)
    pd.DataFrame({"asset": ["SPX", "OIL"], "weight": [0.6, 0.4]}).to_csv("w.csv", index=False)
    make_history().rename_axis("date").to_csv("prices.csv")
    fake = FittedModel()
    monkeypatch.setattr(stress, "load_series", lambda path, device: fake)
    return fake


def test_the_report_goes_to_stdout_and_what_is_being_done_to_stderr(model):
    result = run("stress", "m", "--weights", "w.csv", "--shock", "SPX=-0.2", *FEW)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("If SPX falls 20 % over 21 days, the portfolio loses ")
    assert max(map(len, result.stdout.splitlines())) <= 100
    assert "\x1b" not in result.stdout
    for words in ("load", "unstressed", "SPX=-0.2"):
        assert words in result.stderr
    usual, shocked = model.calls
    assert usual.pop("watch") is not None
    assert usual == {"random_state": 0, "portfolio": {"SPX": 0.6, "OIL": 0.4}}
    assert shocked["conditioning"] == {"SPX": "-0.2"}
    assert shocked["portfolio"] == {"SPX": 0.6, "OIL": 0.4}


def test_weights_in_percent_are_shares_and_it_is_said(model):
    pd.DataFrame({"asset": ["SPX", "OIL"], "weight": [60, 40]}).to_csv("w.csv", index=False)
    result = run("stress", "m", "--weights", "w.csv", "--shock", "SPX=-0.2", *FEW)
    assert result.exit_code == 0, result.stderr
    assert model.calls[0]["portfolio"] == {"SPX": 0.6, "OIL": 0.4}
    assert "The weights add up to 100 and are taken for percent." in " ".join(result.stdout.split())


def test_conditions_hold_together_and_the_others_are_scenarios_of_their_own(model):
    words = ["--shock", "SPX=-20%", "--shock", "OIL<=-10%", "--regime", "regime=crisis", "--max-drawdown", "-0.3"]
    words += ["--reverse", "0.08", "--replay", "gfc", "--replay", "2008-09-12:2008-09-19", "--history", "prices.csv"]
    result = run("stress", "m", *words, "--json", "--seed", 4, "-n", 500, "--horizon", 21)
    assert result.exit_code == 0, result.stderr
    report = StressReport.from_dict(json.loads(result.stdout))
    assert [scenario["kind"] for scenario in report.scenarios] == ["unstressed", "shock", "reverse", "replay", "replay"]
    call, led = [call for call in model.calls if "conditioning" in call]
    assert led["conditioning"] == {"return": ("<=", -0.08)}  # few of 500 paths lose so much by themselves
    assert call["conditioning"] == {
        "SPX": "-20%", "OIL": "<=-10%", "max_drawdown": ("<=", -0.3), "regime": "crisis",
    }  # fmt: skip
    assert call["random_state"] == 4
    assert report.scenarios[-1]["name"] == "2008-09-12 to 2008-09-19"


def test_equal_weights_are_said(model):
    result = run("stress", "m", "--shock", "SPX=-0.2", *FEW)
    assert "No weights were given: they are equal, 0.3333 each of 'SPX', 'GOLD', 'OIL'." in result.stdout
    assert model.calls[1]["portfolio"] == pytest.approx(dict.fromkeys(ASSETS, 1 / 3))


def test_without_a_scenario_what_is_usual_is_measured(model):
    result = run("stress", "m", "--weights", "w.csv", *FEW)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("Unstressed, the portfolio ")


def test_paths_begin_where_it_is_said(model):
    assert run("stress", "m", "--from", "end", *FEW).exit_code == 0
    assert model.calls[-1]["begin"] is None
    assert run("stress", "m", "--from", "history", "--history", "prices.csv", *FEW).exit_code == 0
    assert model.calls[-1]["begin"].num_rows == len(make_history())


def test_files_are_written_and_are_the_report(model, tmp_path):
    result = run("stress", "m", "--weights", "w.csv", "--reverse", "8%", "-o", "r.json", "--html", "r.html", *FEW)
    assert result.exit_code == 0, result.stderr
    assert result.stderr.splitlines()[-1] == "Wrote r.json and r.html."
    assert StressReport.load("r.json")["Loss of 8 %"]["kind"] == "reverse"
    assert "<html" in (tmp_path / "r.html").read_text(encoding="utf-8")
    again = run("stress", "m", "--weights", "w.csv", "-o", "r.json", *FEW)
    assert again.exit_code == 3
    assert "r.json exists" in again.stderr
    assert run("stress", "m", "--weights", "w.csv", "-o", "r.json", "--force", *FEW).exit_code == 0


def test_rebalancing_is_passed_on(model):
    result = run("stress", "m", "--weights", "w.csv", "--rebalance", "hold", "--json", *FEW)
    assert json.loads(result.stdout)["about"]["rebalanced"] == "never"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--shock", "SPX"), "'SPX' is no condition"),
        (("--shock", "SPX=-0.1", "--shock", "SPX=-0.2"), "--shock names 'SPX' twice"),
        (("--regime", "crisis"), "write NAME=VALUE"),
        (("--reverse", "0"), "'0' is no part of a portfolio"),
        (("--max-drawdown", "deep"), "'deep' is no part of a portfolio"),
        (("--replay", "gfc"), "--replay needs prices; name their file by --history"),
        (("--from", "history"), "--from history needs prices"),
        (("--history", "prices.csv"), "--history is for --replay"),
        (("--horizon", "0"), "--horizon"),
    ],
)
def test_wrong_usage_exits_with_2_before_the_work(model, words, said):
    result = run("stress", "m", *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert model.calls == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--shock", "SPX=-0.9"), 4, "no path falls by 80 %"),
        (("--reverse", "95%", "--rebalance", "hold"), 4, "paths lose 95 %"),
        (("--weights", "none.csv"), 3, "there is no file"),
        (("--weights", "prices.csv"), 3, "no column 'asset'"),
        (("--replay", "covid", "--history", "prices.csv"), 3, "Covid 2020 is from 2020-02-19"),
        (("--replay", "gfc", "--history", "none.csv"), 3, "there is no file"),
        (("-o", "nowhere/r.json"), 3, "there is no folder nowhere"),
    ],
)
def test_what_cannot_be_done_has_its_code(model, words, code, said):
    result = run("stress", "m", *words, *FEW)
    assert result.exit_code == code
    assert said in result.stderr


def test_an_unknown_asset_is_refused_before_the_work(model, tmp_path):
    (tmp_path / "x.csv").write_text("asset,weight\nDAX,1\n")
    result = run("stress", "m", "--weights", "x.csv", *FEW)
    assert result.exit_code == 3
    assert "holds 'DAX', which is no asset here" in result.stderr
    assert model.calls == []


def test_a_model_of_a_table_is_refused(fitted):
    result = run("stress", fitted, "--shock", "SPX=-0.2")
    assert result.exit_code == 6
    assert "is a model of a table; stress tests need one of market series" in result.stderr


def test_a_model_that_is_not_there_exits_with_6(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("stress", "none.synthdiff").exit_code == 6
    assert run("stress").exit_code == 6


def test_a_fitted_model_is_stressed(fitted_market, tmp_path):
    words = ("--shock", "A1=-0.03", "--horizon", 5, "-n", 60, "-o", tmp_path / "r.json")
    result = run("stress", fitted_market, *words)
    assert result.exit_code == 0, result.stderr
    scenario = StressReport.load(tmp_path / "r.json")["A1 -3 %"]
    assert scenario["event"]["n_unguided"] >= 60
    assert scenario["n_paths"] == 60
    mean = next(row for row in scenario["comparison"] if (row["name"], row["measure"]) == ("A1", "mean return"))
    assert mean["stressed"] == pytest.approx(-0.03, abs=0.0101)  # all lie within a point of it
    refused = run("stress", fitted_market, "--shock", "A1<=-99%", "--horizon", 5, "-n", 60)
    assert refused.exit_code == 4


def test_paths_are_counted_on_the_bar_while_they_are_drawn():
    shown = []
    bar = types.SimpleNamespace(show=lambda *facts: shown.append(facts))
    test = stress.watched(StressTest({"SPX": 1.0}), bar, "stress", 0.3, "SPX=-0.2")
    test.watch(500, 1_000)
    assert shown == [("stress", 0.3, "SPX=-0.2"), ("stress", 0.4, "SPX=-0.2  500 of 1,000 paths")]
