import errno
import json
import os
import signal
import socket
import threading

import pytest

from synthdiff import flock, lock
from synthdiff.errors import ArtifactError, ConfigError, CorruptError
from synthdiff.lock import LockedError, clear_lock, lock_file, locked
from tests.faults import running


@pytest.fixture
def target(tmp_path):
    return tmp_path / "adult.synthdiff"


@pytest.fixture
def no_locks(monkeypatch):
    def refuse(*args):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(flock.fcntl, "flock", refuse)


@pytest.fixture
def no_naps(monkeypatch):
    naps = []
    monkeypatch.setattr(lock.time, "sleep", naps.append)
    return naps


def take(target, **options):
    """Hold a lock until the process is killed."""
    kept = []

    def work(number):
        if number:
            signal.pause()
        kept.append(locked(target, **options))
        kept[-1].__enter__()

    return running(work)


def elsewhere(target):
    """What another thread finds: None, or why it is refused."""
    found = []

    def enter():
        try:
            with locked(target):
                found.append(None)
        except LockedError as error:
            found.append(str(error))

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    return found[0]


def record(target, **changes):
    start = "2001-01-01T00:00:00+00:00"
    known = {"user": "ann", "pid": 1, "host": socket.gethostname(), "start": start, "command": None}
    lock_file(target).write_text(json.dumps(known | changes))


def dead_process():
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return child


class TestLock:
    def test_says_who_where_and_since_when_and_leaves_nothing(self, target):
        with locked(target, command="synthdiff fit a.csv"):
            found = json.loads(lock_file(target).read_text())
            assert lock_file(target).name == ".adult.synthdiff.lock"
            assert (found["pid"], found["host"]) == (os.getpid(), socket.gethostname())
            assert found["start"].endswith("+00:00")
            refusal = elsewhere(target)
        assert refusal.startswith(f"{target} is being written by process {os.getpid()} of ")
        for words in (socket.gethostname(), found["start"], "(synthdiff fit a.csv)", "choose another name", "--wait"):
            assert words in refusal
        assert "delete" not in refusal
        assert os.listdir(target.parent) == []
        assert elsewhere(target) is None

    def test_refusal_is_a_setting_that_makes_no_sense(self, target):
        assert issubclass(LockedError, ConfigError)
        with locked(target, nested=False), pytest.raises(LockedError) as caught, locked(target, nested=False):
            pass
        assert caught.value.owner.pid == os.getpid()

    def test_same_thread_may_go_on_and_keeps_the_lock(self, target):
        with locked(target):
            with locked(target):
                assert elsewhere(target) is not None
            assert elsewhere(target) is not None
        assert elsewhere(target) is None

    def test_a_forked_child_does_not_hold_its_parents_lock(self, target):
        with locked(target):
            child = os.fork()
            if child == 0:
                code = 1
                try:
                    with locked(target):
                        pass
                except LockedError:
                    code = 0
                finally:
                    os._exit(code)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    def test_another_process_is_refused_until_the_owner_is_killed(self, target):
        with take(target, command="x") as pipe:
            assert os.read(pipe, 1) == b"."
            with pytest.raises(LockedError, match=r"written by process \d+ of .* \(x\): choose"), locked(target):
                pass
            assert not clear_lock(lock_file(target))
        os.close(pipe)
        assert lock_file(target).exists()
        with locked(target):
            pass
        assert os.listdir(target.parent) == []

    def test_equal_process_ids_exclude_one_another(self, target, monkeypatch):
        with take(target) as pipe:
            assert os.read(pipe, 1) == b"."
            pid = json.loads(lock_file(target).read_text())["pid"]
            monkeypatch.setattr(os, "getpid", lambda: pid)
            with pytest.raises(LockedError), locked(target):
                pass
            monkeypatch.undo()
        os.close(pipe)

    def test_waits_saying_so_once(self, target, no_naps, monkeypatch):
        said = []
        other = locked(target, nested=False)
        other.__enter__()

        def nap(seconds):
            no_naps.append(seconds)
            if len(no_naps) == 3:
                other.__exit__(None, None, None)

        monkeypatch.setattr(lock.time, "sleep", nap)
        with locked(target, seconds=None, waiting=said.append):
            assert len(no_naps) == 3
        assert len(said) == 1
        assert said[0].startswith("waiting for adult.synthdiff, which is being written by process")

    def test_waits_no_longer_than_asked(self, target, no_naps, monkeypatch):
        clock = iter(range(100))
        monkeypatch.setattr(lock.time, "monotonic", lambda: next(clock))
        with locked(target, nested=False), pytest.raises(LockedError), locked(target, seconds=3.0, nested=False):
            pass
        assert len(no_naps) == 2

    def test_a_wait_can_be_interrupted(self, target, monkeypatch):
        def interrupt(seconds):
            raise KeyboardInterrupt

        monkeypatch.setattr(lock.time, "sleep", interrupt)
        with (
            locked(target, nested=False),
            pytest.raises(KeyboardInterrupt),
            locked(target, seconds=None, nested=False),
        ):
            pass
        assert os.listdir(target.parent) == []

    def test_lock_that_was_replaced_meanwhile_is_taken_again(self, target, monkeypatch):
        at = iter([False, False])
        monkeypatch.setattr(lock, "is_at", lambda *of: next(at, True))
        with locked(target):
            pass
        assert next(at, "used up") == "used up"

    def test_gives_up_on_a_lock_that_is_replaced_for_ever(self, target, monkeypatch):
        monkeypatch.setattr(lock, "is_at", lambda *of: False)
        with pytest.raises(ArtifactError, match="again and again"), locked(target):
            pass

    def test_file_that_comes_and_goes(self, target, monkeypatch):
        def never(path, flags=0, mode=0):
            raise FileExistsError if flags & os.O_EXCL else FileNotFoundError

        monkeypatch.setattr(lock, "open_regular", never)
        with pytest.raises(ArtifactError, match="again and again"), locked(target):
            pass

    def test_record_that_cannot_be_written_does_not_matter(self, target, monkeypatch):
        def full(*args):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "ftruncate", full)
        with locked(target):
            assert "written by another process" in elsewhere(target)

    def test_folder_that_is_missing(self, target):
        with pytest.raises(FileNotFoundError), locked(target / "none"):
            pass

    def test_users_without_a_name(self, target, monkeypatch):
        def nameless():
            raise KeyError("getpwuid(): uid not found: 4321")

        monkeypatch.setattr(lock.getpass, "getuser", nameless)
        with locked(target):
            assert json.loads(lock_file(target).read_text())["user"] == str(os.getuid())


class TestStrangersFiles:
    @pytest.mark.parametrize("content", ["years of work", "{}", "[1]", '{"pid": "x"}', "[" * 100_000])
    def test_file_that_is_no_lock_stays(self, target, content):
        lock_file(target).write_text(content)
        with pytest.raises(ArtifactError, match=r"adult.synthdiff.lock stands where a lock belongs"), locked(target):
            pass
        assert not clear_lock(lock_file(target))
        assert lock_file(target).read_text() == content

    def test_links_fifos_and_folders_are_refused(self, target, tmp_path):
        (tmp_path / "thesis").write_text("years")
        path = lock_file(target)
        for make in (lambda: path.symlink_to("thesis"), lambda: os.mkfifo(path), path.mkdir):
            make()
            with pytest.raises(CorruptError, match="not a regular file"), locked(target):
                pass
            assert not clear_lock(path)
            path.rmdir() if path.is_dir() else path.unlink()
        assert (tmp_path / "thesis").read_text() == "years"

    def test_what_a_record_says_cannot_reach_the_terminal(self, target):
        record(target, user="\x1b[2J" + "x" * 1000, command="a\nb")
        with open(lock_file(target)) as file:
            flock.try_lock(file.fileno())
            refusal = elsewhere(target)
        assert refusal.isprintable()
        assert len(refusal) < 800

    def test_dead_lock_of_another_user_makes_way(self, target, monkeypatch):
        record(target)
        opened = []

        def theirs(path, flags=os.O_RDONLY, mode=0o666):
            if not opened and flags == os.O_RDWR:
                opened.append(flags)
                raise PermissionError(13, "Permission denied")
            return flock.open_regular(path, flags, mode)

        access = os.access
        monkeypatch.setattr(lock, "open_regular", theirs)
        monkeypatch.setattr(os, "access", lambda *of: len(opened) > 1 or (opened.append(0), False)[1])
        with locked(target):
            assert json.loads(lock_file(target).read_text())["pid"] == os.getpid()
        assert access(target.parent, os.W_OK)


class TestClear:
    def test_dead_ones_go(self, target):
        record(target)
        assert clear_lock(lock_file(target), dry_run=True)
        assert lock_file(target).exists()
        assert clear_lock(lock_file(target))
        assert not lock_file(target).exists()
        assert not clear_lock(lock_file(target))

    def test_empty_ones_go_only_where_the_name_is_ours(self, target, tmp_path):
        lock_file(target).touch()
        (tmp_path / ".package.lock").touch()
        assert clear_lock(lock_file(target))
        assert not clear_lock(tmp_path / ".package.lock")

    def test_live_ones_stay(self, target):
        with locked(target):
            assert not clear_lock(lock_file(target))

    def test_what_cannot_be_removed_stays(self, target, monkeypatch):
        record(target)

        def fail(*args):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "unlink", fail)
        assert not clear_lock(lock_file(target))

    def test_without_locks_the_record_decides(self, target, no_locks):
        record(target, pid=os.getpid(), start="2100-01-01T00:00:00+00:00")
        assert not clear_lock(lock_file(target))
        record(target, pid=dead_process())
        assert clear_lock(lock_file(target))


@pytest.mark.usefixtures("no_locks")
class TestWithoutKernelLocks:
    def test_file_is_the_lock(self, target):
        with locked(target):
            with locked(target):
                pass
            refusal = elsewhere(target)
            assert f"if that process is gone, delete {lock_file(target)}" in refusal
            assert f"process {os.getpid()}" in refusal
        assert os.listdir(target.parent) == []

    def test_dead_owner(self, target):
        record(target, pid=dead_process())
        with locked(target):
            assert json.loads(lock_file(target).read_text())["pid"] == os.getpid()
        assert os.listdir(target.parent) == []

    def test_process_that_began_after_the_lock_is_another(self, target):
        record(target, pid=os.getpid())
        with locked(target):
            pass

    @pytest.mark.parametrize(
        "changes", [{"host": "elsewhere"}, {"pid": 0}, {"pid": 1 << 80}, {"start": "long ago", "pid": os.getpid()}]
    )
    def test_who_cannot_be_told_dead_is_alive(self, target, changes):
        record(target, **changes)
        assert elsewhere(target) is not None

    def test_empty_record_is_alive(self, target):
        lock_file(target).touch()
        assert "written by another process" in elsewhere(target)

    def test_another_users_process_is_alive(self, target, monkeypatch):
        def refuse(*args):
            raise PermissionError(1, "Operation not permitted")

        record(target, pid=12345)
        monkeypatch.setattr(os, "kill", refuse)
        assert elsewhere(target) is not None

    def test_systems_that_do_not_tell_when_a_process_began(self, target, monkeypatch):
        record(target, pid=os.getpid())
        monkeypatch.setattr(lock, "_process_start", lambda pid: None)
        assert elsewhere(target) is not None
        monkeypatch.undo()
        assert lock._process_start(-1) is None

    def test_new_owner_whose_file_was_moved_gets_it_back(self, target, monkeypatch):
        record(target, pid=dead_process())
        rename = os.rename

        def another_was_faster(source, to):
            lock_file(target).unlink()
            record(target, pid=os.getpid(), start="2100-01-01T00:00:00+00:00")
            rename(source, to)

        monkeypatch.setattr(os, "rename", another_was_faster)
        with pytest.raises(LockedError), locked(target):
            pass
        assert json.loads(lock_file(target).read_text())["pid"] == os.getpid()
        assert os.listdir(target.parent) == [lock_file(target).name]

    def test_owner_that_has_gone_meanwhile(self, target, monkeypatch):
        record(target, pid=dead_process())
        rename = os.rename

        def gone(source, to):
            monkeypatch.setattr(os, "rename", rename)
            os.unlink(source)
            rename(source, to)

        monkeypatch.setattr(os, "rename", gone)
        with locked(target):
            pass

    def test_full_disk_leaves_no_lock(self, target, monkeypatch):
        def full(*args):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space left"), locked(target):
            pass
        assert os.listdir(target.parent) == []
