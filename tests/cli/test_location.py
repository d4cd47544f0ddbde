import os

import pytest

from synthdiff.cli.location import default_model, default_rows, newest_model, refuse_existing
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


def test_existing_files_are_refused(tmp_path):
    refuse_existing(tmp_path / "new.csv")
    with pytest.raises(ConfigError, match="exists; choose another name, or replace it with --force"):
        refuse_existing(tmp_path)
