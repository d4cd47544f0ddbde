import os
import socket

import pytest

from synthdiff.data.find import find_files
from synthdiff.errors import DataError


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_files_folders_and_patterns(here):
    for name in ("b.csv", "a.parquet", "_hidden.csv", ".x.csv", "notes.md", "deep/k=1/c.jsonl", "_deep/d.csv"):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).touch()
    assert [str(file) for file, _ in find_files(".")] == ["a.parquet", "b.csv", "deep/k=1/c.jsonl"]
    assert {str(base) for _, base in find_files("deep")} == {"deep"}
    assert [file.name for file, _ in find_files("b*.csv")] == ["b.csv"]
    assert [file.name for file, _ in find_files("**/*.jsonl")] == ["c.jsonl"]


def test_the_home_folder(here, monkeypatch):
    (here / "x.csv").touch()
    monkeypatch.setenv("HOME", str(here))
    assert find_files("~/x.csv") == [(here / "x.csv", here)]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", "/ is the root of the file system; name a folder of data files"),
        ("/dev/zero", "cannot read /dev/zero: it is a device; name a regular file"),
        ("fifo.csv", "it is a FIFO"),
        ("socket.csv", "it is a socket"),
        ("link.csv", "cannot read link.csv: it is a FIFO"),
        ("dangling.csv", "dangling.csv is a link to nothing, which does not exist"),
        ("loop.csv", "the links lead to each other"),
        ("x.csv/y.csv", "there is no file x.csv/y.csv"),
        ("none/y.csv", "there is no file none/y.csv"),
        ("y.csv", "there is no file y.csv; did you mean 'x.csv'"),
        ("f*.csv", "there is no file f"),
        ("empty", "empty is a folder without data files"),
        ("~nosuchuser", "there is no home folder of a user 'nosuchuser'"),
        ("a" * 300, "File name too long; choose a shorter name"),
        ("x\0", "is no path"),
    ],
)
def test_what_means_no_files(here, path, words):
    (here / "x.csv").touch()
    (here / "empty").mkdir()
    os.mkfifo("fifo.csv")
    os.symlink("fifo.csv", "link.csv")
    os.symlink("nothing", "dangling.csv")
    os.symlink("loop.csv", "loop.csv")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket.csv")
    with pytest.raises(DataError, match=words):
        find_files(path)


def test_a_fifo_in_a_folder_is_left_out(here):
    (here / "x.csv").touch()
    os.mkfifo("y.csv")
    assert [file.name for file, _ in find_files(".")] == ["x.csv"]


def test_a_folder_that_cannot_be_read_is_named(here, monkeypatch):
    (here / "deep").mkdir()
    (here / "x.csv").touch()
    scan = os.scandir

    def refuse(path):
        if str(path).endswith("deep"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(DataError, match="cannot read the folder .*deep: Permission denied; change the permissions"):
        find_files(".")
