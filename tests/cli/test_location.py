import os

import click
import pytest

from synthdiff.cli.location import check_outputs, default_model, default_rows, newest_model
from synthdiff.errors import ArtifactError, ConfigError
from synthdiff.models.artifact import write_artifact


@pytest.mark.parametrize(
    ("data", "model"),
    [
        ("adult.parquet", "adult.synthdiff"),
        ("tables/adult.csv.gz", "adult.synthdiff"),
        ("ADULT.CSV", "ADULT.synthdiff"),
        ("v1.2.parquet", "v1.2.synthdiff"),
        ("tables", "tables.synthdiff"),
        ("tables/part-*.parquet", "tables.synthdiff"),
    ],
)
def test_a_model_is_named_after_the_first_data_file(data, model):
    assert str(default_model((data, "other.csv"))) == model


def test_a_glob_here_is_named_after_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert str(default_model(("*.parquet",))) == f"{tmp_path.name}.synthdiff"


def test_rows_are_named_after_the_model(tmp_path):
    assert str(default_rows(tmp_path / "v1.2.synthdiff", "csv")) == "v1.2_synthetic.csv"


def test_the_newest_finished_model_is_found(tmp_path):
    for age, name in enumerate(["b", "c", "a"]):
        path = tmp_path / f"{name}.synthdiff"
        write_artifact(path, {}, {}, {})
        os.utime(path / "manifest.json", (1000 - age, 1000 - age))
    (tmp_path / "unfinished.synthdiff" / "checkpoint").mkdir(parents=True)
    assert newest_model(tmp_path) == tmp_path / "b.synthdiff"


def test_no_finished_model_is_a_plain_error(tmp_path):
    (tmp_path / "unfinished.synthdiff" / "checkpoint").mkdir(parents=True)
    with pytest.raises(ArtifactError, match=r"no finished model \(\*.synthdiff\) in .*; fit one, or name one"):
        newest_model(tmp_path)


class TestOutputs:
    def test_existing_files_are_refused(self, tmp_path):
        check_outputs({"-o": tmp_path / "new.csv", "--html": None}, force=False)
        (tmp_path / "old.csv").touch()
        with pytest.raises(ConfigError, match="exists; choose another name, or replace it with --force"):
            check_outputs({"-o": tmp_path / "old.csv"}, force=False)
        check_outputs({"-o": tmp_path / "old.csv"}, force=True)

    @pytest.mark.parametrize("second", ["x.json", "./x.json", "folder/../x.json", "link.json"])
    def test_one_file_for_two_outputs_is_refused(self, tmp_path, monkeypatch, second):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "folder").mkdir()
        (tmp_path / "x.json").touch()
        (tmp_path / "link.json").symlink_to("x.json")
        with pytest.raises(click.UsageError, match=f"-o and --html both name .*{second}; choose two files"):
            check_outputs({"-o": "x.json", "--html": second}, force=True)

    def test_two_outputs_may_both_go_nowhere(self):
        check_outputs({"-o": os.devnull, "--html": os.devnull}, force=False)

    def test_the_standard_output_has_another_option(self):
        with pytest.raises(ConfigError, match="--html cannot write to the standard output"):
            check_outputs({"--html": "-"}, force=True)
