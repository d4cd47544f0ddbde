import errno
import os
import signal
import stat

import pytest

from synthdiff import flock, partial
from synthdiff.errors import ArtifactError, CorruptError
from synthdiff.flock import NoLocksError, open_regular, try_lock, what_is
from synthdiff.partial import (
    PARTIAL,
    clear_partials,
    create_partial,
    hidden_beside,
    hidden_files,
    is_abandoned,
    is_hidden,
    put_in_place,
    random_beside,
)
from tests.faults import running


@pytest.fixture
def target(tmp_path):
    return tmp_path / "rows.parquet"


def leftover(target, data=b"half"):
    """What a kill in the midst of writing leaves."""
    stream, path = create_partial(target)
    stream.write(data)
    stream.close()
    return path


def no_locks(*args):
    raise OSError(errno.ENOLCK, "No locks available")


class TestNames:
    def test_are_hidden_random_and_recognised(self, target):
        names = {random_beside(target, PARTIAL).name for _ in range(50)}
        assert len(names) == 50
        assert all(name.startswith(".rows.parquet.partial-") and is_hidden(name, PARTIAL) for name in names)

    @pytest.mark.parametrize(
        "name", ["rows.partial-0123456789abcdef", ".a.partial-12", ".a.partial-0123456789ABCDEF", ".a"]
    )
    def test_others_are_not_ours(self, name):
        assert not is_hidden(name, PARTIAL)

    @pytest.mark.parametrize("name", ["a" * 255, "é" * 127, "日本" * 42 + "abc", "\udcff" * 250, "a" * 224, "b" * 221])
    def test_of_long_names_fit_and_stay_apart(self, tmp_path, name):
        target = tmp_path / name
        stream, path = create_partial(target)
        assert len(os.fsencode(path.name)) <= 255
        os.fsencode(path.name).decode(errors="surrogateescape")
        assert clear_partials(target) == []
        stream.close()
        assert clear_partials(tmp_path / (name[:-1] + "x")) == []
        assert clear_partials(target) == [path]

    def test_the_system_says_how_long_a_name_may_be(self, target, monkeypatch):
        monkeypatch.setattr(os, "pathconf", lambda *of: 60)
        assert len(random_beside(target.with_name("a" * 60), PARTIAL).name) <= 60
        monkeypatch.delattr(os, "pathconf")
        assert hidden_beside(target, "lock").name == ".rows.parquet.lock"


class TestCreate:
    def test_file_takes_the_place_of_the_target(self, target):
        target.write_bytes(b"old")
        stream, path = create_partial(target)
        with stream:
            stream.write(b"new")
            assert target.read_bytes() == b"old"
            put_in_place(stream, path, target)
        assert target.read_bytes() == b"new"
        assert os.listdir(target.parent) == [target.name]

    def test_permissions_are_the_usual_ones(self, target):
        stream, path = create_partial(target)
        stream.close()
        (target.parent / "usual").touch()
        assert path.stat().st_mode == (target.parent / "usual").stat().st_mode

    def test_equal_process_ids_make_different_files(self, target, monkeypatch):
        monkeypatch.setattr(os, "getpid", lambda: 1)
        (first, one), (second, two) = create_partial(target), create_partial(target)
        first.write(b"1" * 100)
        second.write(b"2" * 100)
        put_in_place(first, one, target)
        assert target.read_bytes() == b"1" * 100
        put_in_place(second, two, target)
        assert target.read_bytes() == b"2" * 100

    def test_a_name_that_is_taken_is_not_used(self, target, monkeypatch):
        names = iter(["0" * 16, "0" * 16, "1" * 16])
        monkeypatch.setattr(partial.secrets, "token_hex", lambda n: next(names))
        (first, one), (second, two) = create_partial(target), create_partial(target)
        first.close()
        second.close()
        assert one.name.endswith("0" * 16)
        assert two.name.endswith("1" * 16)

    def test_somebody_who_cleans_up_is_avoided(self, target, monkeypatch):
        """The file is removed, or locked, between its creation and its lock: another name is taken."""
        calls = []

        def first_times_taken(handle):
            calls.append(handle)
            if len(calls) == 1:
                return False
            if len(calls) == 2:
                os.unlink(sorted(target.parent.iterdir())[-1])
            return try_lock(handle)

        names = iter(f"{k:016x}" for k in range(9))
        monkeypatch.setattr(partial.secrets, "token_hex", lambda n: next(names))
        monkeypatch.setattr(partial, "try_lock", first_times_taken)
        stream, path = create_partial(target)
        assert path.name.endswith("2")
        stream.close()

    def test_gives_up_when_every_name_is_taken(self, target, monkeypatch):
        monkeypatch.setattr(partial.secrets, "token_hex", lambda n: "0" * 16)
        create_partial(target)[0].close()
        with pytest.raises(ArtifactError, match="100 random names are all taken"):
            create_partial(target)

    def test_a_failure_leaves_nothing(self, target, monkeypatch):
        def fail(*args):
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(partial, "try_lock", fail)
        with pytest.raises(OSError, match="Input/output"):
            create_partial(target)
        assert os.listdir(target.parent) == []

    def test_works_without_locks(self, target, monkeypatch):
        monkeypatch.setattr(flock.fcntl, "flock", no_locks)
        stream, path = create_partial(target)
        with stream:
            stream.write(b"new")
            put_in_place(stream, path, target)
        assert target.read_bytes() == b"new"


class TestClear:
    def test_leftovers_go_and_what_is_written_stays(self, target):
        dead = [leftover(target), leftover(target)]
        other = leftover(target.with_name("rows.csv"))
        stream, alive = create_partial(target)
        assert sorted(clear_partials(target)) == sorted(dead)
        assert sorted(target.parent.iterdir()) == sorted([alive, other])
        stream.write(b"whole")
        put_in_place(stream, alive, target)
        assert target.read_bytes() == b"whole"

    def test_a_file_of_another_process_stays_until_it_is_killed(self, target):
        kept = []
        with running(lambda number: signal.pause() if number else kept.append(create_partial(target))) as pipe:
            assert os.read(pipe, 1) == b"."
            assert clear_partials(target) == []
            (alive,) = hidden_files(target.parent, PARTIAL)
            assert not is_abandoned(alive)
        os.close(pipe)
        assert is_abandoned(alive)
        assert clear_partials(target) == [alive]
        assert os.listdir(target.parent) == []

    def test_what_is_no_file_is_never_touched(self, target):
        (target.parent / "thesis").write_text("years")
        places = [random_beside(target, PARTIAL) for _ in range(3)]
        places[0].mkdir()
        places[1].symlink_to("thesis")
        os.mkfifo(places[2])
        assert clear_partials(target) == []
        assert (target.parent / "thesis").read_text() == "years"
        assert all(os.path.lexists(place) for place in places)

    def test_a_folder_that_cannot_be_read_holds_nothing(self, target):
        assert clear_partials(target.parent / "none" / "x") == []

    def test_without_locks_a_day_decides(self, target, monkeypatch):
        path = leftover(target)
        monkeypatch.setattr(flock.fcntl, "flock", no_locks)
        assert clear_partials(target) == []
        os.utime(path, (1, 1))
        assert clear_partials(target) == [path]

    def test_a_lock_that_fails_counts_as_held(self, target, monkeypatch):
        leftover(target)

        def fail(*args):
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(flock.fcntl, "flock", fail)
        assert clear_partials(target) == []

    def test_what_cannot_be_removed_stays(self, target, monkeypatch):
        path = leftover(target)

        def fail(*args):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "unlink", fail)
        assert clear_partials(target) == []
        assert path.exists()


class TestOpenRegular:
    def make(self, path, kind):
        if kind == "a FIFO":
            os.mkfifo(path)
        elif kind == "a folder":
            path.mkdir()
        elif kind == "a link":
            path.symlink_to(path.with_name("elsewhere"))
            path.with_name("elsewhere").write_text("x")
        elif kind == "a device":
            os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))
        else:
            import socket

            with socket.socket(socket.AF_UNIX) as made:
                made.bind(str(path))

    @pytest.mark.parametrize("kind", ["a FIFO", "a folder", "a link", "a device", "a socket"])
    @pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_RDWR, os.O_WRONLY])
    def test_refuses_everything_else_at_once(self, tmp_path, monkeypatch, kind, flags):
        monkeypatch.chdir(tmp_path)
        path = tmp_path / "x"
        try:
            self.make(path.relative_to(tmp_path) if kind == "a socket" else path, kind)
        except PermissionError:
            pytest.skip("only the superuser makes devices")
        assert what_is(path) == kind
        with pytest.raises(CorruptError, match=f"x is {kind}, not a regular file"):
            open_regular(path, flags)

    def test_other_errors_are_the_systems(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            open_regular(tmp_path / "none")
        assert what_is(tmp_path / "none") is None

    def test_no_locks_on_windows(self, monkeypatch):
        monkeypatch.setattr(flock, "fcntl", None)
        with pytest.raises(NoLocksError):
            try_lock(0)
