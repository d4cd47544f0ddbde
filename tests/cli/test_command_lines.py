"""Command lines that must end in their documented exit code, in words, with nothing left behind."""

import os
import socket
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.cli.market import market_table
from tests.cli.shop import run, shop_table

DEEP = b"[" * 100_000
LONG = "a" * 300


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder of data files and of things that are none; made once, and the same after every command."""
    folder = tmp_path_factory.mktemp("files")
    pq.write_table(shop_table(), folder / "shop.parquet")
    pq.write_table(market_table(), folder / "market.parquet")
    contents = {
        "shop.csv": b"a,b\n" + b"1,x\n2,y\n" * 50,
        "header.csv": b'"a\nb",a\n' + b"1,x\n2,y\n" * 50,
        "twice.csv": b"a,a\n1,2\n",
        "empty.csv": b"",
        "utf16.csv": "a,b\n1,2\n".encode("utf-16"),
        "ragged.csv": b"a,b\n1,2,3\n",
        "long.csv": b"a" * 2_000_000 + b",b\n1,2\n",
        "cell.csv": b"a,b\n" + b"1" * 3_000_000 + b",2\n",
        "half.parquet": (folder / "shop.parquet").read_bytes()[:500],
        "junk.arrow": b"ARROW1 and no more",
        "junk.csv.gz": b"\x1f\x8bjunk",
        "deep.jsonl": b'{"a":' + DEEP + b"\n",
        "bytes.jsonl": b'{"a": "\xff"}\n',
        "deep.json": DEEP,
        "digits.json": b'{"columns": [{"name": "a", "kind": "text", "min_count": ' + b"9" * 5000 + b"}]}",
        "nan.json": b'{"columns": NaN}',
        "sdv.json": b'{"METADATA_SPEC_VERSION": 7, "columns": {}}',
        "paths.npy": b"\x93NUMPY junk",
        "old.csv": b"precious",
        "old.json": b"precious",
        "notes.doc": b"",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    np.save(folder / "words.npy", np.array(["x"]))
    (folder / "empty").mkdir()
    os.mkfifo(folder / "fifo.csv")
    (folder / "dangling.csv").symlink_to("nothing.csv")
    (folder / "loop.csv").symlink_to("loop.csv")
    (folder / "zero.csv").symlink_to("/dev/zero")
    here = os.getcwd()
    os.chdir(folder)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket.csv")
    os.chdir(here)
    return folder


@pytest.fixture
def inside(files, monkeypatch):
    """Run within the folder, and see that it stays as it is."""
    monkeypatch.chdir(files)
    before = {name: os.lstat(name).st_mtime_ns for name in sorted(os.listdir())}
    yield files
    assert {name: os.lstat(name).st_mtime_ns for name in sorted(os.listdir())} == before
    assert Path("old.csv").read_bytes() == Path("old.json").read_bytes() == b"precious"


INPUTS = [
    ("/dev/zero", "it is a device"),
    ("zero.csv", "it is a device"),
    ("fifo.csv", "it is a FIFO"),
    ("socket.csv", "it is a socket"),
    ("dangling.csv", "which does not exist"),
    ("loop.csv", "the links lead to each other"),
    ("/", "the root of the file system"),
    ("empty", "a folder without data files"),
    ("none.csv", "there is no file none.csv"),
    ("shop.csv/x.csv", "there is no file shop.csv/x.csv"),
    (LONG, "File name too long"),
    ("~nosuchuser/x.csv", "no home folder of a user 'nosuchuser'"),
    ("x\0.csv", "is no path"),
    ("notes.doc", "does not name a format"),
    ("twice.csv", "twice.csv: two columns are called 'a'"),
    ("empty.csv", "does not begin with the names"),
    ("ragged.csv", "Expected 2 columns, got 3"),
    ("long.csv", "cannot be read as CSV"),
    ("cell.csv", "a row has more than 1,048,576 bytes"),
    ("half.parquet", "cannot read half.parquet"),
    ("junk.arrow", "cannot read junk.arrow"),
    ("junk.csv.gz", "cannot read junk.csv.gz"),
    ("deep.jsonl", "more than 500 levels deep"),
    ("bytes.jsonl", "column 'a' is damaged"),
]


@pytest.mark.parametrize(("path", "words"), INPUTS, ids=[path[:20].replace("\0", "NUL") for path, _ in INPUTS])
@pytest.mark.parametrize("command", ["inspect", "fit", "evaluate"])
def test_inputs_that_cannot_be_read(inside, command, path, words):
    more = {"inspect": ["-o", "new.json"], "fit": ["-o", "new.synthdiff"], "evaluate": ["shop.parquet"]}[command]
    refused(run(command, path, *more), 3, words)


def refused(result, code, words):
    assert result.exit_code == code, result.stderr
    assert words in result.stderr
    assert result.stderr.count("Error: ") == 1
    assert not any(sign in result.stderr for sign in ("Traceback", "Unexpected error"))
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ("/dev/zero", "no regular file"),
        ("empty", "it is a folder"),
        ("none.json", "cannot read the schema none.json: No such file"),
        (LONG, "File name too long"),
        ("loop.csv", "Too many levels of symbolic links"),
        ("deep.json", "deep.json is not usable JSON: it is nested too deeply"),
        ("digits.json", "digits.json is not JSON"),
        ("nan.json", "nan.json: the schema has 'columns': NaN"),
        ("sdv.json", "METADATA_SPEC_VERSION is 7"),
        ("utf16.csv", "is not UTF-8 text"),
        ("~nosuchuser/s.json", "no home folder"),
    ],
)
@pytest.mark.parametrize("command", ["fit", "evaluate"])
def test_schemas_that_cannot_be_read(inside, command, schema, words):
    more = {"fit": ["-o", "new.synthdiff"], "evaluate": ["shop.parquet"]}[command]
    refused(run(command, "shop.parquet", *more, "--schema", schema), 3, words)


OUTPUTS = [
    ("old", 3, "exists; choose another name, or replace it with --force"),
    ("none/new", 3, "there is no folder none; make it first"),
    ("shop.csv/new", 3, "a part of the path is a file"),
    ("empty", 3, "empty is a folder; name a file"),
    ("/", 3, "/ is a folder"),
    ("dangling.csv", 3, "dangling.csv is a link to"),
    ("loop.csv", 3, "the links lead to each other"),
    ("socket.csv", 3, "is a socket"),
    (LONG, 3, "File name too long; choose a shorter name"),
    ("~nosuchuser/new", 3, "no home folder of a user"),
    ("x\0", 3, "is no path"),
    ("/dev/fd/999", 3, "no such file is open"),
    ("/proc/nothing", 3, "cannot write /proc/nothing"),
]


@pytest.mark.parametrize(
    ("path", "code", "words"), OUTPUTS, ids=[path[:20].replace("\0", "NUL") for path, *_ in OUTPUTS]
)
@pytest.mark.parametrize("command", ["inspect", "evaluate", "html", "sample"])
def test_outputs_are_checked_before_anything_is_read(inside, command, path, code, words):
    if command == "sample":
        place = "old.csv" if path == "old" else path
        refused(run("sample", "no.synthdiff", "-n", "5", "-o", place, "--format", "csv"), code, words)
        return
    place = "old.json" if path == "old" else path
    line = {
        "inspect": ["inspect", "none.csv", "-o", place],
        "evaluate": ["evaluate", "none.csv", "none.csv", "-o", place],
        "html": ["evaluate", "none.csv", "none.csv", "--html", place],
    }[command]
    refused(run(*line), code, words)


@pytest.mark.parametrize("path", ["dangling.csv", "loop.csv", "socket.csv", "empty"])
def test_force_replaces_files_only(inside, path):
    refused(run("inspect", "shop.csv", "-o", path, "--force"), 3, path)


@pytest.mark.parametrize(
    "line",
    [
        ["evaluate", "a.csv", "b.csv", "-o", "x", "--html", "x"],
        ["evaluate", "a.csv", "b.csv", "-o", "x", "--html", "./x", "--force"],
        ["stress", "m", "-o", "x", "--html", "empty/../x"],
        ["validate", "m", "a.csv", "-o", "old.json", "--html", "old.json", "--force"],
        ["sample", "m", "-n", "5", "-o", "x.png", "--plot", "x.png", "--format", "csv"],
        ["sample", "m", "-n", "5", "-o", "-", "--json"],
        ["sample", "m", "-n", "5", "-o", "-", "--format", "parquet"],
    ],
    ids=" ".join,
)
def test_two_outputs_in_one_place_are_wrong_usage(inside, line):
    result = run(*line)
    assert result.exit_code == 2
    assert "Usage: " in result.stderr


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["sample", "m", "-n", "5", "-o", "fifo.csv", "--format", "parquet"], "parquet cannot be streamed"),
        (["evaluate", "a.csv", "b.csv", "-o", "-"], "-o cannot write to the standard output"),
        (["evaluate", "a.csv", "b.csv", "--html", "-"], "--html cannot write to the standard output"),
        (["inspect", "shop.csv", "-o", "-"], "-o cannot write to the standard output"),
        (["evaluate", "market.parquet", "paths.npy", "--series"], "cannot read paths.npy"),
        (["evaluate", "market.parquet", "words.npy", "--series"], "words.npy holds <U1"),
        (["evaluate", "market.parquet", "none.npy", "--series"], "there is no file none.npy"),
        (["inspect", "market.parquet", "--series", "--values", "ZZ=price"], "ZZ"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else " ".join(value),
)
def test_other_lines_that_are_refused(inside, line, words):
    refused(run(*line), 3, words)


@pytest.mark.parametrize(
    "command", ["fit", "sample", "evaluate", "inspect", "info", "stress", "validate", "demo", "clean"]
)
def test_help_of_each_command(command):
    result = run(command, "--help")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("Usage: ")


class TestInspect:
    @pytest.fixture
    def here(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        Path("t.csv").write_bytes(b"a,b\n" + b"1,x\n2,y\n" * 50)
        return tmp_path

    def test_a_link_is_followed(self, here):
        Path("real.json").write_text("old")
        Path("s.json").symlink_to("real.json")
        refused(run("inspect", "t.csv", "-o", "s.json"), 3, "s.json exists")
        assert run("inspect", "t.csv", "-o", "s.json", "--force").exit_code == 0
        assert Path("s.json").is_symlink()
        assert '"columns"' in Path("real.json").read_text()

    @pytest.mark.parametrize("place", ["/dev/null", "/dev/full"])
    @pytest.mark.parametrize("force", [[], ["--force"]])
    def test_devices_are_written_through(self, here, place, force):
        before = os.stat(place).st_rdev
        result = run("inspect", "t.csv", "-o", place, *force)
        assert result.exit_code == (3 if place == "/dev/full" else 0)
        assert ("No space left on device; free some space" in result.stderr) is (place == "/dev/full")
        assert os.stat(place).st_rdev == before

    def test_a_default_that_is_there_stays(self, here):
        Path("schema.json").symlink_to("nothing")
        assert run("inspect", "t.csv").exit_code == 0
        assert os.readlink("schema.json") == "nothing"

    def test_the_home_folder(self, here, monkeypatch):
        monkeypatch.setenv("HOME", str(here))
        assert run("inspect", "~/t.csv", "-o", "~/s.json").exit_code == 0
        assert Path("s.json").exists()

    def test_a_full_disk_leaves_nothing(self, here, monkeypatch):
        def full(*args):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        refused_late = run("inspect", "t.csv", "-o", "s.json")
        assert refused_late.exit_code == 3
        assert refused_late.stderr.endswith(
            "cannot write s.json: No space left on device; free some space, or name a file on another disk\n"
        )
        assert os.listdir() == ["t.csv"]

    def test_a_name_that_is_not_utf8(self, here):
        name = os.fsdecode(b"caf\xe9.csv")
        os.rename("t.csv", name)
        result = run("inspect", name, "-o", os.fsdecode(b"\xe9.json"))
        assert result.exit_code == 0
        assert b"\xe9.json" in os.listdir(b".")

    def test_a_header_over_lines(self, here):
        Path("t.csv").write_bytes(b'"a\nb",a\n' + b"1,x\n2,y\n" * 50)
        assert run("inspect", "t.csv", "-o", "s.json").exit_code == 0
        assert '"a\\nb"' in Path("s.json").read_text()

    def test_what_a_reader_does_not_take_is_no_error(self, here, monkeypatch):
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "w") as broken:
            monkeypatch.setattr(sys, "stdout", broken)
            from synthdiff.cli.main import cli

            with pytest.raises(SystemExit) as end:
                cli(["inspect", "t.csv", "-o", "s.json"])
            assert end.value.code == 0
        assert Path("s.json").exists()


def test_a_table_for_the_null_device(fitted, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("sample", fitted, "-n", "20", "-o", "/dev/null").exit_code == 0
    refused_late = run("sample", fitted, "-n", "20", "-o", "/dev/full", "--format", "csv.gz")
    assert refused_late.exit_code == 3
    assert "cannot write /dev/full: No space left on device" in refused_late.stderr
    assert os.listdir() == []


@pytest.mark.parametrize("series", [[], ["--series"]])
@pytest.mark.parametrize("place", ["shop.csv/x", "fifo.csv", "loop.csv", LONG])
def test_a_demo_needs_a_folder(inside, place, series):
    refused(run("demo", "-o", place, *series), 3, "cannot make the folder")
