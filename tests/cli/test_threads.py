"""``fit --threads``: what a model depends on, recorded and said."""

import json

import pandas as pd
import pytest
import torch
from click.testing import CliRunner

from synthdiff.cli.main import cli
from synthdiff.runtime import count_threads, limit_threads
from synthdiff.training.checkpoint import Checkpoint
from tests.models.markets import prices


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pd.DataFrame({"a": [1, 2, 3, 4] * 30, "b": list("xyzx") * 30}).to_parquet("t.parquet")
    prices().to_parquet("p.parquet")
    return tmp_path


def run(*words):
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 0, result.stderr
    return result


@pytest.mark.parametrize("kind", [["t.parquet"], ["p.parquet", "--series", "--preset", "fast", "--window", "16"]])
def test_the_number_of_threads_is_used_given_back_and_recorded(here, kind):
    before = torch.get_num_threads()
    for threads in (1, 2):
        run("fit", *kind, "-o", f"{threads}.synthdiff", "--max-steps", "2", "--threads", str(threads))
        assert torch.get_num_threads() == before
        manifest = json.loads((here / f"{threads}.synthdiff" / "manifest.json").read_text())
        assert manifest["threads"] == threads
    assert json.loads(run("info", "2.synthdiff", "--json").stdout)["threads"] == 2
    assert "2 CPU threads" in run("info", "2.synthdiff").stdout


def test_fits_with_the_same_number_of_threads_agree(here):
    for name in ("a", "b"):
        run("fit", "t.parquet", "-o", name, "--max-steps", "12", "--threads", "2")
    first, second = ((here / name / "model.safetensors").read_bytes() for name in ("a", "b"))
    assert first == second


@pytest.mark.parametrize("words", ["0", "-1", "x", "1025", "2.5"])
def test_what_is_no_number_of_threads(here, words):
    result = CliRunner().invoke(cli, ["fit", "t.parquet", "--threads", words])
    assert result.exit_code == 2
    assert "--threads" in result.stderr


def test_a_resumed_fit_says_that_its_threads_are_others():
    with limit_threads(2):
        assert Checkpoint({}, {"threads": count_threads()}).other_threads() == ""
        assert "began with 1 CPU threads and now has 2" in Checkpoint({}, {"threads": 1}).other_threads()
    assert Checkpoint({}, {}).other_threads() == ""
