import contextlib
import os
import sys
import threading

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pytest

from synthdiff.data.io import open_writer
from synthdiff.data.writer import check_writer, is_text_format
from synthdiff.errors import ConfigError, DataError


@contextlib.contextmanager
def size_limit(n_bytes):
    import resource
    import signal

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def piped(path):
    """What somebody reads from a FIFO that a table is written to."""
    os.mkfifo(path)
    found = []
    reader = threading.Thread(target=lambda: found.append(path.read_bytes()), daemon=True)
    reader.start()
    write(path, pa.table({"x": [1]}))
    reader.join(10)
    return found[0]


def write(path, table, **options):
    with open_writer(path, **options) as writer:
        for start in range(table.num_rows):
            writer.write(table.slice(start, 1))
    return path


class TestErrorsWhileWriting:
    @pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.jsonl", "t.jsonl.gz", "t.arrow", "t.parquet"])
    @pytest.mark.parametrize("n_rows", [1, 200_000])
    def test_a_full_disk_leaves_nothing(self, tmp_path, name, n_rows):
        """The limit on the size of a file stands for a full disk, a quota or a failing one."""
        table = pa.table({"x": np.random.default_rng(0).normal(size=n_rows)})
        limit = 16 if n_rows == 1 else 100_000
        with (
            size_limit(limit),
            pytest.raises(DataError, match=f"cannot write .*{name}: File too large; the file would"),
        ):
            write(tmp_path / name, table)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("fmt", ["csv", "csv.gz", "jsonl", "arrow"])
    @pytest.mark.parametrize("n_rows", [1, 100_000])
    def test_a_full_device(self, fmt, n_rows):
        table = pa.table({"x": np.arange(n_rows) / 7})
        with pytest.raises(DataError, match="cannot write /dev/full: No space left on device; free some space"):
            write("/dev/full", table, fmt=fmt)

    def test_a_full_standard_output(self, monkeypatch):
        with open("/dev/full", "wb", buffering=0) as full:
            monkeypatch.setattr(sys, "stdout", type("Stdout", (), {"buffer": full}))
            with pytest.raises(DataError, match="cannot write the standard output: No space left on device"):
                write("-", pa.table({"x": [1]}))

    def test_a_closed_standard_output(self, monkeypatch):
        monkeypatch.setattr(sys, "stdout", None)
        with pytest.raises(ConfigError, match="cannot write the standard output: it is closed; name a file"):
            write("-", pa.table({"x": [1]}))

    def test_a_reader_that_goes_away(self):
        read, write_end = os.pipe()
        os.close(read)
        try:
            with pytest.raises(BrokenPipeError):
                write(f"/dev/fd/{write_end}", pa.table({"x": [1]}))
        finally:
            os.close(write_end)


class TestStreams:
    def test_csv_is_meant_where_no_ending_says_more(self, tmp_path):
        assert piped(tmp_path / "fifo") == b"x\n1\n"
        assert piped(tmp_path / "fifo.jsonl") == b'{"x": 1}\n'

    def test_arrow_is_streamed(self, tmp_path):
        assert pa.ipc.open_stream(piped(tmp_path / "fifo.arrow")).read_all().to_pydict() == {"x": [1]}

    def test_parquet_cannot_be(self, tmp_path):
        os.mkfifo(tmp_path / "fifo.parquet")
        with pytest.raises(
            ConfigError, match="is a stream, and parquet cannot be streamed; name a file, or choose csv"
        ):
            check_writer(tmp_path / "fifo.parquet")
        with pytest.raises(ConfigError, match="is a stream"):
            write(tmp_path / "fifo.parquet", pa.table({"x": [1]}))

    def test_the_null_device_takes_everything(self):
        check_writer(os.devnull)
        write(os.devnull, pa.table({"x": [1]}))

    def test_texts_are_known(self, tmp_path):
        assert is_text_format("-")
        assert is_text_format(tmp_path / "x.csv.gz")
        assert not is_text_format(tmp_path / "x.arrow")
        assert not is_text_format(tmp_path / "x.csv", "parquet")

    def test_what_is_checked_first(self, tmp_path):
        check_writer("-")
        check_writer(tmp_path / "x.csv")
        (tmp_path / "x.csv").touch()
        with pytest.raises(ConfigError, match="exists"):
            check_writer(tmp_path / "x.csv")
        check_writer(tmp_path / "x.csv", force=True)
