import io
import json
import os
import shutil
import signal
import subprocess
import sys

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from synthdiff.cli.sample import FORMATS
from synthdiff.data.io import read_table
from synthdiff.data.sink import FORMATS as WRITTEN
from synthdiff.errors import TooFewRowsError
from synthdiff.models.tabular import TabularDiffusion
from tests.cli.shop import FIT, python, run, shop_table


@pytest.fixture
def here(tmp_path, monkeypatch, fitted):
    """A folder, made the current one, that holds `shop.synthdiff`."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(fitted, "shop.synthdiff")
    return tmp_path


def test_rows_go_to_a_parquet_file_with_exactly_the_schema_that_was_fitted(here):
    result = run("sample", "shop.synthdiff", "-n", "50", "--seed", "3")
    assert result.exit_code == 0, result.stderr
    table = pq.read_table("shop_synthetic.parquet")
    assert table.schema.equals(shop_table().schema, check_metadata=True)
    assert table.num_rows == 50
    assert set(table["size"].to_pylist()) <= {"S", "M", "L"}
    assert len(set(table["order_id"].to_pylist())) == 50
    assert result.stdout == ""
    assert "Wrote 50 rows to shop_synthetic.parquet in " in result.stderr
    assert result.stderr.rstrip().endswith("seed 3.")


def test_the_newest_model_is_taken_where_none_is_named(here):
    shutil.copytree("shop.synthdiff", "newer.synthdiff")
    for age, name in enumerate(("newer", "shop")):
        os.utime(f"{name}.synthdiff/manifest.json", (1_000_000 - age, 1_000_000 - age))
    result = run("sample", "-n", "5", "--json")
    assert "Sampling from newer.synthdiff, the newest finished model here." in result.stderr
    facts = json.loads(result.stdout)
    assert (facts["file"], facts["model"], facts["rows"]) == ("newer_synthetic.parquet", "newer.synthdiff", 5)
    assert facts["seconds"] > 0


def test_no_model_is_a_plain_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for words in ([], ["nowhere.synthdiff"]):
        result = run("sample", *words, "-n", "5")
        assert result.exit_code == 6
        assert result.stderr.splitlines()[-1].startswith("Error: ")
        assert "nowhere.synthdiff" in result.stderr or "fit one, or name one" in result.stderr


def test_a_damaged_model_exits_with_6(here):
    path = here / "shop.synthdiff" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    result = run("sample", "-n", "5")
    assert result.exit_code == 6
    assert "model.safetensors is truncated" in result.stderr
    assert not (here / "shop_synthetic.parquet").exists()


def test_the_same_seed_gives_the_same_rows_however_they_are_batched(here):
    for name, seed, batch in (("a", 1, "auto"), ("b", 1, 7), ("c", 2, "auto")):
        words = ("-n", 60, "-o", f"{name}.parquet", "--seed", seed, "--batch-size", batch)
        assert run("sample", *words).exit_code == 0
    same, again, other = (pq.read_table(f"{name}.parquet") for name in "abc")
    assert same.equals(again)
    assert not same.equals(other)


def test_a_seed_that_was_drawn_is_told_and_gives_the_rows_again(here):
    facts = json.loads(run("sample", "-n", "20", "-o", "a.parquet", "--json").stdout)
    assert run("sample", "-n", "20", "-o", "b.parquet", "--seed", facts["seed"]).exit_code == 0
    assert pq.read_table("a.parquet").equals(pq.read_table("b.parquet"))
    assert json.loads(run("sample", "-n", "20", "-o", "c.parquet", "--json").stdout)["seed"] != facts["seed"]


@pytest.mark.parametrize("ending", ["parquet", "csv", "csv.gz", "jsonl", "arrow"])
def test_the_format_goes_by_the_ending(here, ending):
    result = run("sample", "-n", "9", "-o", f"rows.{ending}", "--seed", "0")
    assert result.exit_code == 0, result.stderr
    assert run("sample", "-n", "9", "-o", "other", "--format", ending, "--seed", "0").exit_code == 0
    assert (here / f"rows.{ending}").read_bytes() == (here / "other").read_bytes()
    assert read_table([f"rows.{ending}"]).column_names == shop_table().column_names
    assert read_table([f"rows.{ending}"]).num_rows == 9


def test_all_formats_can_be_asked_for():
    assert set(FORMATS) == set(WRITTEN)


def test_csv_streams_to_stdout_and_nothing_else_does(here):
    result = run("sample", "-n", "30", "-o", "-", "--seed", "1")
    table = pa.csv.read_csv(io.BytesIO(result.stdout_bytes))
    assert table.column_names == shop_table().column_names
    assert table.num_rows == 30
    assert "Wrote 30 rows to stdout" in result.stderr


def test_json_lines_and_arrow_stream_to_stdout(here):
    lines = run("sample", "-n", "3", "-o", "-", "--format", "jsonl").stdout.splitlines()
    assert [list(json.loads(line)) for line in lines] == [shop_table().column_names] * 3
    stream = run("sample", "-n", "3", "-o", "-", "--format", "arrow").stdout_bytes
    table = pa.ipc.open_stream(stream).read_all()
    assert table.schema.equals(shop_table().schema)
    assert table.num_rows == 3


@pytest.mark.parametrize("words", [["--format", "parquet"], ["--json"]])
def test_what_cannot_be_streamed_is_wrong_usage(here, words):
    result = run("sample", "-n", "3", "-o", "-", *words)
    assert result.exit_code == 2
    assert result.stdout == ""


def test_an_existing_file_is_kept_without_force(here):
    (here / "mine.csv").write_text("precious")
    refused = run("sample", "-n", "3", "-o", "mine.csv")
    assert refused.exit_code == 3
    assert "mine.csv exists; choose another name, or replace it with --force" in refused.stderr
    assert (here / "mine.csv").read_text() == "precious"
    assert run("sample", "-n", "3", "-o", "mine.csv", "--force").exit_code == 0
    assert len((here / "mine.csv").read_text().splitlines()) == 4


def test_a_draw_that_fails_leaves_no_file(here, monkeypatch):
    def tables(self, n_samples, **_):
        yield shop_table(10)
        raise TooFewRowsError("10 rows came out of 30", asked=30, got=10)

    monkeypatch.setattr(TabularDiffusion, "iter_tables", tables)
    result = run("sample", "-n", "30", "-o", "rows.csv")
    assert result.exit_code == 4
    assert result.stderr.splitlines()[-1] == "Error: 10 rows came out of 30"
    assert [path.name for path in here.iterdir()] == ["shop.synthdiff"]


def test_an_unwritable_place_is_a_plain_error(here):
    result = run("sample", "-n", "3", "-o", "no/such/folder/rows.csv")
    assert result.exit_code == 3
    assert "cannot write no/such/folder/rows.csv" in result.stderr


def test_a_reader_that_has_seen_enough_ends_the_draw_quietly(here):
    words = [sys.executable, "-m", "synthdiff", "sample", "-n", "100000", "-o", "-", "--batch-size", "500"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline().startswith(b"order_id,size,price,paid,day,rating")
        process.stdout.close()
        complaints = process.stderr.read().decode()
    assert process.returncode == 0
    assert "rror" not in complaints
    assert "Broken" not in complaints


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_draw_that_is_stopped_leaves_no_file(here, number):
    words = ("-n", "100000", "-o", "rows.csv", "--batch-size", "500")
    code = f"""
import os, signal, sys
from synthdiff.cli.main import main
from synthdiff.data.writer import TableWriter
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs inherit that it is ignored
TableWriter.write = lambda self, table: os.kill(os.getpid(), {int(number)})
sys.argv = ["synthdiff", "sample", *sys.argv[1:]]
main()
"""
    done = python(code, *words)
    assert done.returncode == 130, done.stderr
    assert done.stderr.splitlines()[-1] == "Interrupted."
    assert [path.name for path in here.iterdir()] == ["shop.synthdiff"]


def test_a_model_of_csv_files_gives_csv(here):
    pa.csv.write_csv(shop_table(), "sold.csv")
    assert run("fit", "sold.csv", *FIT).exit_code == 0
    assert run("sample", "sold.synthdiff", "-n", "4").exit_code == 0
    header, *rows = (here / "sold_synthetic.csv").read_text().splitlines()
    assert header == "order_id,size,price,paid,day,rating"
    assert len(rows) == 4
