import errno
import os
import signal
import stat
import sys
import threading
from pathlib import Path

import pytest

from synthdiff import output
from synthdiff.errors import ConfigError, DataError
from synthdiff.output import check_output, open_output, write_output
from synthdiff.partial import create_partial
from tests.faults import killed_at, struck


def fail_with(number):
    def fail(*args, **kwargs):
        raise OSError(number, os.strerror(number))

    return fail


def reader_of(fifo):
    """Read a FIFO to its end beside the test."""
    found = []
    thread = threading.Thread(target=lambda: found.append(Path(fifo).read_bytes()), daemon=True)
    thread.start()
    return thread, found


def act(target, action, force=False):
    """Open an output and do something before its block ends."""
    with open_output(target, force) as stream:
        action(stream)


def half_way(error, *pieces):
    """What writes some pieces and fails."""

    def write_and_fail(stream):
        for piece in pieces:
            stream.write(piece)
        raise error

    return write_and_fail


class TestWhole:
    @pytest.fixture
    def target(self, tmp_path):
        return tmp_path / "x.json"

    def test_a_file_appears_when_it_is_complete(self, target):
        with open_output(target) as stream:
            stream.write(b"new")
            assert not target.exists()
        assert target.read_bytes() == b"new"
        assert os.listdir(target.parent) == [target.name]

    def test_text_is_written_as_utf8_and_what_it_cannot_hold_is_escaped(self, target):
        write_output(target, "é\udcff")
        assert target.read_bytes() == b"\xc3\xa9\\udcff"

    def test_an_existing_file_is_replaced_only_by_force(self, target):
        target.write_bytes(b"old")
        with pytest.raises(ConfigError, match="exists; choose another name, or replace it with --force"):
            write_output(target, b"new", force=False)
        assert target.read_bytes() == b"old"
        write_output(target, b"new")
        assert target.read_bytes() == b"new"

    def test_a_file_that_appears_meanwhile_is_kept(self, target):
        with pytest.raises(ConfigError, match="exists; choose another name"):
            act(target, lambda stream: (stream.write(b"new"), target.write_bytes(b"somebody's")))
        assert target.read_bytes() == b"somebody's"
        assert os.listdir(target.parent) == [target.name]

    @pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK])
    def test_file_systems_without_hard_links_do(self, target, monkeypatch, number):
        monkeypatch.setattr(os, "link", fail_with(number))
        write_output(target, b"new", force=False)
        assert target.read_bytes() == b"new"
        target.unlink()
        with pytest.raises(ConfigError, match="exists"), open_output(target):
            target.write_bytes(b"somebody's")
        assert target.read_bytes() == b"somebody's"

    def test_a_link_that_fails_otherwise_is_an_error(self, target, monkeypatch):
        monkeypatch.setattr(os, "link", fail_with(errno.EIO))
        with pytest.raises(DataError, match="cannot write .*: Input/output error"):
            write_output(target, b"new", force=False)
        assert os.listdir(target.parent) == []

    @pytest.mark.parametrize("kind", ["folder", "fifo", "link"])
    @pytest.mark.parametrize("force", [True, False])
    def test_what_is_no_file_and_appears_meanwhile_is_kept(self, target, kind, force):
        make = {
            "folder": target.mkdir,
            "fifo": lambda: os.mkfifo(target),
            "link": lambda: target.symlink_to("elsewhere"),
        }
        with pytest.raises(ConfigError, match="has become a (folder|FIFO|link) meanwhile"):
            act(target, lambda stream: make[kind](), force)
        assert os.listdir(target.parent) == [target.name]

    def test_a_link_stays_and_its_file_is_replaced(self, target):
        real = target.with_name("real")
        real.write_bytes(b"old")
        target.symlink_to("real")
        write_output(target, b"new")
        assert target.is_symlink()
        assert real.read_bytes() == b"new"
        with pytest.raises(ConfigError, match="x.json exists"):
            write_output(target, b"newer", force=False)

    @pytest.mark.parametrize("force", [True, False])
    def test_a_link_to_nothing_is_refused(self, target, force):
        target.symlink_to("nothing")
        with pytest.raises(ConfigError, match="which does not exist"):
            write_output(target, b"new", force=force)
        assert os.listdir(target.parent) == [target.name]

    @pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
    def test_permissions_are_the_usual_ones_or_those_of_the_old_file(self, target, umask):
        before = os.umask(umask)
        try:
            write_output(target, b"new")
            assert stat.S_IMODE(target.stat().st_mode) == 0o666 & ~umask
            target.chmod(0o640)
            write_output(target, b"newer")
        finally:
            os.umask(before)
        assert stat.S_IMODE(target.stat().st_mode) == 0o640

    def test_the_owner_is_kept_where_that_is_allowed(self, target, monkeypatch):
        target.write_bytes(b"old")
        if os.geteuid() == 0:
            os.chown(target, 12345, 12345)
            write_output(target, b"new")
            assert (target.stat().st_uid, target.stat().st_gid) == (12345, 12345)
        real = os.fstat

        def as_another(handle):
            found = list(real(handle))
            found[4] = 54321
            return os.stat_result(found)

        monkeypatch.setattr(os, "fstat", as_another)
        monkeypatch.setattr(os, "fchown", fail_with(errno.EPERM))
        write_output(target, b"newer")
        assert target.read_bytes() == b"newer"

    @pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
    def test_an_exception_leaves_nothing(self, target, error):
        target.write_bytes(b"old")
        with pytest.raises(error):
            act(target, half_way(error, b"half"), force=True)
        assert target.read_bytes() == b"old"
        assert os.listdir(target.parent) == [target.name]

    @pytest.mark.parametrize("force", [True, False])
    def test_every_failing_operation_leaves_the_old_or_the_new_file_and_nothing_else(self, tmp_path, force):
        for at in range(40):
            target = tmp_path / str(at) / "x.json"
            target.parent.mkdir()
            if force:
                target.write_bytes(b"old")
            with struck(at, fail_with(errno.ENOSPC)) as counter:
                try:
                    write_output(target, b"new" * 100_000, force)
                except DataError as error:
                    assert "No space left on device; free some space" in str(error)
            files = [name for name in os.listdir(target.parent) if name != target.name]
            assert len(files) <= (counter.count <= at + 2), "a file that cannot be removed may stay"
            if target.exists():
                assert target.read_bytes() in (b"old", b"new" * 100_000)
            if counter.count <= at:
                break
        assert 3 < at < 39

    @pytest.mark.parametrize("force", [True, False])
    def test_kills_leave_whole_files_and_the_next_run_cleans_up(self, tmp_path, force):
        target = tmp_path / "x.json"
        at = 0
        while killed_at(at, lambda: write_output(target, b"new", force=True)):
            at += 1
            assert not target.exists() or target.read_bytes() == b"new"
        assert at > 3
        create_partial(target)[0].close()
        assert len(os.listdir(tmp_path)) > 1
        check_output(target, force=True)
        assert os.listdir(tmp_path) == ["x.json"]
        create_partial(target)[0].close()
        write_output(target, b"newer")
        assert os.listdir(tmp_path) == ["x.json"]

    def test_a_limit_of_the_size_is_said_in_plain_words(self, target):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
        try:
            with pytest.raises(DataError, match="File too large; the file would be larger than the limit here"):
                write_output(target, b"x" * 100_000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, before)
        assert os.listdir(target.parent) == []

    @pytest.mark.parametrize(("number", "raises"), [(errno.EINVAL, False), (errno.EACCES, False), (errno.EIO, True)])
    def test_folders_that_cannot_be_synced(self, target, monkeypatch, number, raises):
        monkeypatch.setattr(output, "sync_folder", fail_with(number))
        if raises:
            with pytest.raises(DataError, match="Input/output error"):
                write_output(target, b"new")
        else:
            write_output(target, b"new")
        assert target.read_bytes() == b"new"


class TestCheck:
    def test_what_can_be_written_leaves_no_trace(self, tmp_path):
        assert check_output(tmp_path / "x").kind == "new"
        assert os.listdir(tmp_path) == []

    def test_what_exists_is_refused(self, tmp_path):
        (tmp_path / "x").touch()
        with pytest.raises(ConfigError, match="exists"):
            check_output(tmp_path / "x")
        assert check_output(tmp_path / "x", force=True).kind == "file"

    @pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.EDQUOT, errno.ENOSPC])
    def test_a_folder_that_takes_no_files_is_refused(self, tmp_path, monkeypatch, number):
        monkeypatch.setattr(output, "create_partial", fail_with(number))
        with pytest.raises(ConfigError, match=f"cannot write .*x: {os.strerror(number)}; "):
            check_output(tmp_path / "x")

    def test_the_longest_names_work(self, tmp_path):
        target = tmp_path / ("é" * 127)
        check_output(target)
        write_output(target, b"x", force=False)
        assert target.read_bytes() == b"x"

    def test_a_fifo_is_not_opened(self, tmp_path):
        os.mkfifo(tmp_path / "fifo")
        assert check_output(tmp_path / "fifo").is_stream


class TestThrough:
    @pytest.fixture
    def fifo(self, tmp_path):
        os.mkfifo(tmp_path / "fifo")
        return tmp_path / "fifo"

    def test_a_fifo_is_written_to_and_stays(self, fifo):
        thread, found = reader_of(fifo)
        with open_output(fifo) as stream:
            stream.write(b"a" * 100_000)
            stream.write(b"b")
            assert not stream.seekable()
        thread.join(10)
        assert found == [b"a" * 100_000 + b"b"]
        assert stat.S_ISFIFO(fifo.stat().st_mode)

    def test_an_empty_output_ends_for_its_reader(self, fifo):
        thread, found = reader_of(fifo)
        write_output(fifo, b"")
        thread.join(10)
        assert found == [b""]

    def test_a_fifo_is_not_opened_where_the_block_fails_before_it_writes_much(self, fifo):
        with pytest.raises(RuntimeError):
            act(fifo, half_way(RuntimeError, b"half"))
        assert stat.S_ISFIFO(fifo.stat().st_mode)

    def test_nothing_more_is_written_after_a_failure(self, fifo):
        thread, found = reader_of(fifo)
        with pytest.raises(RuntimeError):
            act(fifo, half_way(RuntimeError, b"a" * 100_000, b"b"))
        thread.join(10)
        assert found == [b"a" * 100_000]

    def test_the_null_device_stays(self):
        before = os.stat(os.devnull)
        write_output(os.devnull, b"x" * 1000, force=False)
        assert os.stat(os.devnull).st_rdev == before.st_rdev

    def test_a_full_device_is_said_in_plain_words(self):
        with pytest.raises(DataError, match="cannot write /dev/full: No space left on device"):
            write_output("/dev/full", b"x")

    def test_an_open_file_is_written_on_where_it_stands(self, tmp_path):
        with open(tmp_path / "log", "ab") as log:
            log.write(b"before ")
            log.flush()
            write_output(f"/dev/fd/{log.fileno()}", b"after", force=False)
        assert (tmp_path / "log").read_bytes() == b"before after"

    def test_a_reader_that_goes_away_is_no_error_in_words(self):
        read, write = os.pipe()
        os.close(read)
        try:
            with pytest.raises(BrokenPipeError):
                write_output(f"/dev/fd/{write}", b"x")
        finally:
            os.close(write)

    def test_what_was_printed_before_comes_first(self, capfd):
        with os.fdopen(os.dup(1), "w") as printed, pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdout", printed)
            print("first", end=" ")  # noqa: T201
            write_output("/dev/stdout", b"second", force=False)
        assert capfd.readouterr().out == "first second"
