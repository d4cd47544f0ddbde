import json
import shutil

import pytest

from synthdiff import __version__
from synthdiff.models.artifact import read_artifact
from tests.cli.shop import run


@pytest.mark.parametrize("width", [80, 120])
def test_a_model_tells_where_it_comes_from_within_the_screen(fitted, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    result = run("info", fitted)
    assert result.exit_code == 0, result.stderr
    title, *lines = result.stdout.splitlines()
    assert title == f"{fitted}: finished"
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    for fact in ("160", "12 in ", "seed 0", "nats a row", "preset fast", "max_steps 12", "float32", __version__):
        assert fact in text
    manifest = read_artifact(fitted).manifest
    assert manifest["training"]["fingerprint"][:16] in text
    assert f"{manifest['n_parameters']:,}" in text
    assert [line.split()[:2] for line in lines if line.startswith("rating")] == [["rating", "integer"]]


def test_json_tells_the_same_and_losses_of_columns_add_up(fitted):
    facts = json.loads(run("info", fitted, "--json").stdout)
    assert facts["finished"] is True
    assert (facts["rows"], facts["steps"], facts["seed"]) == (160, 12, 0)
    losses = [column["loss"] for column in facts["columns"] if column["loss"] is not None]
    assert len(losses) == 5  # all but the identifier
    assert sum(losses) == pytest.approx(facts["best_valid_loss"], rel=1e-4)
    assert facts["bytes"] == sum(file.stat().st_size for file in fitted.iterdir())


def test_the_newest_model_is_told_about_where_none_is_named(fitted, monkeypatch):
    monkeypatch.chdir(fitted.parent)
    assert run("info").stdout.startswith("shop.synthdiff: finished")


@pytest.mark.parametrize("name", ["nowhere.synthdiff", "."])
def test_what_is_no_model_exits_with_6(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    result = run("info", name)
    assert result.exit_code == 6
    assert result.stderr == f"Error: {name} is neither a model nor an unfinished fit\n"


def test_a_fit_that_was_killed_before_its_first_checkpoint_tells_how_to_begin_again(tmp_path):
    folder = tmp_path / "shop.synthdiff" / "checkpoint"
    folder.mkdir(parents=True)
    (folder / "command.txt").write_text("cd /data && synthdiff fit shop.parquet\n")
    result = run("info", folder.parent)
    assert result.exit_code == 6
    assert result.stderr.endswith("begin again with: cd /data && synthdiff fit shop.parquet\n")


def test_an_edited_model_exits_with_6(tmp_path, fitted):
    copy = tmp_path / "copy.synthdiff"
    shutil.copytree(fitted, copy)
    manifest = copy / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"seed": 0', '"seed": 1'))
    result = run("info", copy)
    assert result.exit_code == 6
    assert "was edited" in result.stderr
