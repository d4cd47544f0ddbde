import json
import random
import shlex
import signal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synthdiff.models.artifact import is_finished, read_artifact
from tests.cli.shop import FIT, python, run, shop_table, weights

# The command line with a checkpoint after every step, sent a signal (argv[1]) in the midst of step argv[2].
STRUCK = """
import os, sys
from synthdiff.cli.main import cli
from synthdiff.models import fit
from synthdiff.training.trainer import Trainer
number, at, step = int(sys.argv[1]), int(sys.argv[2]), Trainer._step
def struck(self, progress):
    step(self, progress)
    if self.state.step == at:
        os.kill(os.getpid(), number)
fit.CHECKPOINT_SECONDS = 0.0
Trainer._step = struck
cli(sys.argv[3:], prog_name="synthdiff")
"""


def test_a_fit_prints_a_summary_that_fits_80_columns_and_the_next_command(shop):
    result = run("fit", "shop.parquet", *FIT)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == ""
    assert is_finished(shop / "shop.synthdiff")
    lines = result.stderr.splitlines()
    summary = lines[lines.index("Fitted shop.synthdiff") :]
    assert max(map(len, summary)) <= 80
    facts = dict(line.split(maxsplit=1) for line in summary[1:-1])
    assert facts["rows"].strip() == "160"
    assert facts["columns"].startswith("6: ")
    assert facts["steps"].strip() == "12"
    assert facts["best"].strip().endswith("nats a row, on held-out rows")
    assert summary[-1] == "Next: synthdiff sample shop.synthdiff -n 160"
    assert [line for line in lines if line.startswith(("read", "encode", "train", "done"))]


def test_json_is_one_object_on_stdout(shop):
    result = run("fit", "shop.parquet", *FIT, "-o", "m.synthdiff", "--json")
    facts = json.loads(result.stdout)
    assert (facts["model"], facts["rows"], facts["columns"], facts["steps"]) == ("m.synthdiff", 160, 6, 12)
    assert facts["seconds"] > 0
    assert facts["best_valid_loss"] == read_artifact("m.synthdiff").manifest["training"]["best_valid_loss"]
    assert facts["peak_memory"] > 10_000_000


def test_several_files_are_one_table(shop):
    pq.write_table(shop_table(60, seed=1), "more.parquet")
    result = run("fit", "shop.parquet", "more.parquet", *FIT, "--json")
    facts = json.loads(result.stdout)
    assert (facts["model"], facts["rows"]) == ("shop.synthdiff", 220)


def test_settings_reach_the_model(shop):
    result = run("fit", "shop.parquet", *FIT, "--seed", "7", "--categorical", "rating,day", "--max-time", "1h")
    assert result.exit_code == 0, result.stderr
    manifest = read_artifact("shop.synthdiff").manifest
    kinds = {column["name"]: column["kind"] for column in manifest["schema"]["columns"]}
    assert (kinds["rating"], kinds["day"]) == ("categorical", "categorical")
    assert manifest["training"]["seed"] == 7
    params = {name: manifest["params"][name] for name in ("preset", "max_steps", "max_time", "device", "precision")}
    assert params == {"preset": "fast", "max_steps": 12, "max_time": 3600.0, "device": "cpu", "precision": "float32"}


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(shop, fitted):
    for seed in (0, 1):
        assert run("fit", "shop.parquet", *FIT, "-o", f"{seed}.synthdiff", "--seed", seed).exit_code == 0
    assert weights(shop / "0.synthdiff") == weights(fitted) != weights(shop / "1.synthdiff")


def test_a_finished_model_is_not_replaced_without_force(shop, fitted):
    result = run("fit", "shop.parquet", "-o", fitted, *FIT)
    assert result.exit_code == 3
    assert "is a finished model already: choose another name, or replace it with" in result.stderr


def test_force_replaces_a_finished_model(shop):
    for seed in (1, 2):
        assert run("fit", "shop.parquet", *FIT, "--seed", seed, "--force").exit_code == 0
    assert read_artifact("shop.synthdiff").manifest["training"]["seed"] == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere.parquet"], "nowhere.parquet"),
        (["shop.parquet", "--categorical", "ratng"], "'ratng'"),
        (["shop.parquet", "--schema", "nowhere.json"], "cannot read the schema nowhere.json"),
        (["shop.parquet", "--device", "abacus"], "abacus"),
        (["shop.parquet", "-o", "shop.parquet"], "is a file"),
    ],
)
def test_bad_data_or_settings_exit_with_3_and_leave_nothing(shop, words, message):
    result = run("fit", *words)
    assert result.exit_code == 3
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert [path.name for path in shop.iterdir()] == ["shop.parquet"]


def test_a_fit_that_was_killed_again_and_again_ends_in_the_same_model(shop, fitted):
    words = ("fit", "shop.parquet", *FIT, "-o", "killed.synthdiff")
    for step in sorted(random.Random(4).sample(range(2, 12), 2)):
        done = python(STRUCK, int(signal.SIGKILL), step, *words)
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert not is_finished("killed.synthdiff")
        info = json.loads(run("info", "killed.synthdiff", "--json").stdout)
        assert (info["finished"], info["steps"]) == (False, step - 1)
        assert info["resume"] == f"cd {shop} && synthdiff {shlex.join(words)}"

    result = run(*words)
    assert result.exit_code == 0, result.stderr
    assert f"resuming from step {step - 1}\n" in result.stderr
    assert weights(shop / "killed.synthdiff") == weights(fitted)
    assert not (shop / "killed.synthdiff" / "checkpoint").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_fit_exits_with_130_and_a_command_that_finishes_it(shop, fitted, number):
    done = python(STRUCK, int(number), 5, "fit", "shop.parquet", *FIT, "-o", "my model.synthdiff")
    assert done.returncode == 130, done.stderr
    *_, message, command = done.stderr.splitlines()
    assert message == "Interrupted; the checkpoint of step 5 is saved. Go on with:"

    program, *words = shlex.split(command)
    assert program == "synthdiff"
    result = run(*words)
    assert result.exit_code == 0, result.stderr
    assert "resuming from step 5" in result.stderr
    assert weights(shop / "my model.synthdiff") == weights(fitted)


def test_an_interrupt_before_there_is_anything_to_keep_leaves_no_folder(shop):
    code = STRUCK.replace(
        "Trainer._step = struck",
        "order = fit.preferred_order\nfit.preferred_order = lambda *of: os.kill(os.getpid(), number) or order(*of)",
    )
    done = python(code, int(signal.SIGINT), 0, "fit", "shop.parquet", *FIT)
    assert done.returncode == 130, done.stderr
    assert done.stderr.splitlines()[-1] == "Interrupted before there was anything to keep."
    assert [path.name for path in shop.iterdir()] == ["shop.parquet"]


def test_an_unfinished_fit_of_other_settings_is_refused_and_given_up_with_force(shop):
    python(STRUCK, int(signal.SIGKILL), 3, "fit", "shop.parquet", *FIT)
    other = ("fit", "shop.parquet", *FIT, "--seed", "9")
    refused = run(*other)
    assert refused.exit_code == 3
    assert "holds an unfinished fit with another seed" in refused.stderr
    assert json.loads(run("info", "shop.synthdiff", "--json").stdout)["seed"] == 0

    wrong = run(*other, "--force", "--device", "abacus")
    assert wrong.exit_code == 3
    assert (shop / "shop.synthdiff" / "checkpoint" / "checkpoint.json").exists()

    forced = run(*other, "--force")
    assert forced.exit_code == 0, forced.stderr
    assert "resuming" not in forced.stderr
    assert read_artifact("shop.synthdiff").manifest["training"]["seed"] == 9


def test_a_forced_fit_that_was_interrupted_goes_on_too(shop):
    assert run("fit", "shop.parquet", *FIT, "--seed", "1").exit_code == 0
    words = ("fit", "shop.parquet", *FIT, "--force")
    assert python(STRUCK, int(signal.SIGINT), 4, *words).returncode == 130
    assert read_artifact("shop.synthdiff").manifest["training"]["seed"] == 1  # the old model still stands
    result = run(*words)
    assert "resuming from step 4" in result.stderr
    assert read_artifact("shop.synthdiff").manifest["training"]["seed"] == 0


def test_a_table_that_cannot_be_learnt_is_refused_in_plain_words(shop):
    pq.write_table(pa.table({"a": [[1], [2]]}), "nested.parquet")
    result = run("fit", "nested.parquet")
    assert result.exit_code == 3
    assert result.stderr.splitlines()[-1].startswith("Error: ")
    assert "'a'" in result.stderr
