import json
import shlex
import signal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synthdiff.models.artifact import is_finished, read_artifact
from tests.cli.market import FIT, market_table
from tests.cli.shop import FIT as TABLE_FIT
from tests.cli.shop import python, run, shop_table, weights

# The command line with a checkpoint after every step, sent a signal (argv[1]) in the midst of step argv[2].
STRUCK = """
import os, sys
from synthdiff.cli.main import cli
from synthdiff.models import series_fit
from synthdiff.training.series import SeriesTrainer
number, at, step = int(sys.argv[1]), int(sys.argv[2]), SeriesTrainer._step
def struck(self, progress):
    step(self, progress)
    if self.state.step == at:
        os.kill(os.getpid(), number)
series_fit.CHECKPOINT_SECONDS = 0.0
SeriesTrainer._step = struck
cli(sys.argv[3:], prog_name="synthdiff")
"""


def test_a_fit_prints_a_summary_that_fits_80_columns_and_the_next_command(market):
    result = run("fit", "market.parquet", *FIT)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == ""
    assert is_finished(market / "market.synthdiff")
    lines = result.stderr.splitlines()
    summary = lines[lines.index("Fitted market.synthdiff") :]
    assert max(map(len, summary)) <= 80
    facts = dict(line.split(maxsplit=1) for line in summary[1:-1] if not line.startswith("     "))
    assert facts["warning"].startswith("there was time for 4 steps only to find out")
    assert facts["assets"].strip() == "2: A1, A2"
    assert facts["rows"].strip() == "300, 2010-01-04 to 2011-02-25"
    assert facts["window"].startswith("32 steps, each divided by its own volatility")
    assert summary[-1] == "Next: synthdiff sample market.synthdiff -n 1000 --horizon 252"
    assert [line for line in lines if line.startswith(("read", "encode", "train", "calibrate", "done"))]
    assert "look like prices" not in result.stderr


def test_json_is_one_object_on_stdout(market):
    result = run("fit", "market.parquet", *FIT, "-o", "m.synthdiff", "--json")
    facts = json.loads(result.stdout)
    assert (facts["model"], facts["rows"], facts["assets"]) == ("m.synthdiff", 300, ["A1", "A2"])
    assert (facts["kinds"], facts["window"], facts["volatility"]) == (["return", "return"], 32, "running")
    assert 0.8 < facts["best_valid_loss"] <= facts["white_loss"] < 1.2
    assert facts["warnings"][0].startswith("there was time for 4 steps only")
    assert facts["peak_memory"] > 10_000_000


def test_settings_reach_the_model(market):
    frame = market_table().to_pandas().rename_axis("day").reset_index()
    long = frame.melt("day", var_name="who", value_name="what").assign(mood=0.5, other=1.0)
    long.loc[::3, "mood"] = 0.1
    long.to_csv("long.csv", index=False)
    own = ["--id-column", "who", "--time-column", "day", "--value-columns", "what", "--covariates", "mood"]
    more = ["--values", "A1=price,A2=level", "--drift", "0.1", "--volatility", "start", "--seed", "7"]
    result = run("fit", "long.csv", *FIT, *own, *more, "--max-time", "1h")
    assert result.exit_code == 0, result.stderr
    params = read_artifact("long.synthdiff").manifest["params"]
    expected = {
        "values": {"A1": "price", "A2": "level"},
        "drift": 0.1,
        "volatility": "start",
        "id_column": "who",
        "time_column": "day",
        "value_columns": ["what"],
        "covariates": ["mood"],
        "random_state": 7,
        "window": 32,
        "max_steps": 10,
        "max_time": 3600.0,
        "device": "cpu",
        "precision": "float32",
    }
    assert {name: params[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--series", "--track"], "--track is for tables: leave it out, or leave out --series"),
        (["--series", "--categorical", "A1"], "--categorical is for tables"),
        (["--series", "--text", "null"], "--text is for tables"),
        (["--series", "--schema", "schema.json"], "--schema is for tables"),
        (["--values", "price"], "--values is for market series: add --series, or leave it out"),
        (["--drift", "historical"], "--drift is for market series"),
        (["--window", "64"], "--window is for market series"),
        (["--volatility", "auto"], "--volatility is for market series"),
        (["--covariates", "A1"], "--covariates is for market series"),
        (["--id-column", "A1"], "--id-column is for market series"),
        (["--time-column", "A1"], "--time-column is for market series"),
        (["--value-columns", "A1"], "--value-columns is for market series"),
    ],
)
def test_options_of_the_other_kind_are_wrong_usage(market, words, message):
    result = run("fit", "market.parquet", *words)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert [path.name for path in market.iterdir()] == ["market.parquet"]


def test_prices_without_the_option_are_fitted_as_a_table_with_a_hint(market):
    result = run("fit", "market.parquet", *TABLE_FIT)
    assert result.exit_code == 0, result.stderr
    assert "These look like prices over time: with --series they are learnt as market series" in result.stderr
    assert read_artifact("market.synthdiff").manifest["model"] == "TabularDiffusion"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--series", "--value-columns", "A3"], "'A3'"),
        (["--series", "--window", "4"], "window is 4"),
        (["--series", "--values", "A3=level"], "'A3'"),
    ],
)
def test_bad_settings_exit_with_3_and_leave_nothing(market, words, message):
    result = run("fit", "market.parquet", *words)
    assert result.exit_code == 3
    assert message in result.stderr
    assert [path.name for path in market.iterdir()] == ["market.parquet"]


def test_negative_prices_are_refused_in_plain_words(market):
    frame = market_table().to_pandas()
    frame.iloc[7:57, 0] = -1.0
    frame.to_parquet("broken.parquet")
    result = run("fit", "broken.parquet", "--series", "--values", "price")
    assert result.exit_code == 3
    assert "column 'A1' has the price -1 at 2010-01-13" in result.stderr
    pq.write_table(shop_table(), "shop.parquet")
    assert run("fit", "shop.parquet", "--series").exit_code == 3


def test_a_fit_that_was_killed_ends_in_the_same_model(market, fitted_market):
    words = ("fit", "market.parquet", *FIT, "-o", "killed.synthdiff")
    done = python(STRUCK, int(signal.SIGKILL), 3, *words)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert not is_finished("killed.synthdiff")
    info = json.loads(run("info", "killed.synthdiff", "--json").stdout)
    assert (info["finished"], info["model"], info["steps"], info["window"]) == (False, "SeriesDiffusion", 2, 32)
    assert info["resume"] == f"cd {market} && synthdiff {shlex.join(words)}"
    text = run("info", "killed.synthdiff").stdout
    assert text.startswith("killed.synthdiff: unfinished\n")
    assert "resume with" in text

    result = run(*words)
    assert result.exit_code == 0, result.stderr
    assert "resuming from step 2\n" in result.stderr
    assert weights(market / "killed.synthdiff") == weights(fitted_market)
    assert not (market / "killed.synthdiff" / "checkpoint").exists()


def test_an_interrupted_fit_exits_with_130_and_a_command_that_finishes_it(market, fitted_market):
    done = python(STRUCK, int(signal.SIGINT), 3, "fit", "market.parquet", *FIT, "-o", "my model.synthdiff")
    assert done.returncode == 130, done.stderr
    *_, message, command = done.stderr.splitlines()
    assert message == "Interrupted; the checkpoint of step 3 is saved. Go on with:"
    refused = run("fit", "market.parquet", *FIT, "-o", "my model.synthdiff", "--seed", "9")
    assert refused.exit_code == 3
    assert "holds an unfinished fit with another seed" in refused.stderr

    program, *words = shlex.split(command)
    assert program == "synthdiff"
    result = run(*words)
    assert result.exit_code == 0, result.stderr
    assert "resuming from step 3" in result.stderr
    assert weights(market / "my model.synthdiff") == weights(fitted_market)


def test_several_files_are_one_history(market):
    table = market_table()
    pq.write_table(table.slice(0, 200), "a.parquet")
    pq.write_table(table.slice(200), "b.parquet")
    facts = json.loads(run("fit", "b.parquet", "a.parquet", *FIT, "--json").stdout)
    assert (facts["rows"], facts["first_date"]) == (300, "2010-01-04T00:00:00")


def test_a_table_without_dates_is_numbered(market):
    pq.write_table(pa.table(market_table().to_pandas().reset_index(drop=True)), "plain.parquet")
    assert "date" not in pd.read_parquet("plain.parquet")
    result = run("fit", "plain.parquet", *FIT)
    assert "300, without dates" in result.stderr
