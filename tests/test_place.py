import os
import socket
import stat

import pytest

from synthdiff.errors import ConfigError
from synthdiff.place import can_write, expand_home, find_place, is_same


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestFindPlace:
    def test_a_new_file_and_one_that_is_there(self, here):
        (here / "old").touch()
        assert (find_place("new").kind, find_place("old").kind) == ("new", "file")
        assert find_place("old").path == here / "old"
        assert find_place("old").name == "old"

    def test_links_are_followed_to_the_file(self, here):
        (here / "folder").mkdir()
        (here / "folder" / "old").touch()
        (here / "two").symlink_to("one")
        (here / "one").symlink_to("folder/old")
        place = find_place("two")
        assert (place.kind, place.path) == ("file", here / "folder" / "old")

    @pytest.mark.parametrize("path", ["/dev/null", "fifo", "link"])
    def test_devices_and_fifos_are_streams(self, here, path):
        os.mkfifo("fifo")
        os.symlink("fifo", "link")
        assert find_place(path).is_stream
        assert find_place(path).descriptor is None

    @pytest.mark.parametrize("spelt", ["/dev/fd/{}", "/proc/self/fd/{}", "link"])
    def test_open_files_are_streams_even_of_regular_files(self, here, spelt):
        with open("log", "w") as log:
            os.symlink(f"/dev/fd/{log.fileno()}", "link")
            place = find_place(spelt.format(log.fileno()))
            assert (place.kind, place.descriptor) == ("stream", log.fileno())

    def test_a_file_that_another_process_has_open_is_written_through(self, here):
        with open("log", "w") as log:
            other = f"/proc/{os.getppid()}/fd/1"
            if os.access(other, os.W_OK):
                assert find_place(other).is_stream
            assert not find_place(here / "log").is_stream
            assert log.writable()

    def test_a_file_open_for_reading_only_is_refused(self, here):
        (here / "x").touch()
        with open("x") as stream, pytest.raises(ConfigError, match="it is open for reading only"):
            find_place(f"/dev/fd/{stream.fileno()}")

    @pytest.mark.parametrize("number", [999, 10**30])
    def test_a_number_that_is_not_open_is_refused(self, number):
        with pytest.raises(ConfigError, match="no such file is open"):
            find_place(f"/dev/fd/{number}")

    def test_an_open_folder_is_refused(self, here):
        handle = os.open(".", os.O_RDONLY)
        try:
            with pytest.raises(ConfigError, match="is a folder"):
                find_place(f"/dev/fd/{handle}")
        finally:
            os.close(handle)

    @pytest.mark.parametrize(
        ("path", "words"),
        [
            (".", "is a folder; name a file"),
            ("", "is a folder; name a file"),
            ("/", "/ is a folder; name a file"),
            ("..", "is a folder; name a file"),
            ("folder/", "is a folder; name a file"),
            ("socket", "is a socket"),
            ("dangling", "dangling is a link to .*nothing, which does not exist; remove the link"),
            ("loop", "Too many levels of symbolic links; the links lead to each other"),
            ("none/x", "there is no folder none; make it first"),
            ("file/x", "Not a directory; a part of the path is a file"),
            ("a" * 256, "File name too long; choose a shorter name"),
            ("é" * 128, "File name too long"),
            ("x\0y", "is no path"),
            ("x\ud800y", "is no path"),
            (
                "~nosuchuser/x",
                "there is no home folder of a user 'nosuchuser'; a file of that name is written ./~nosuch",
            ),
        ],
    )
    def test_what_is_no_place_for_a_file(self, here, path, words):
        (here / "folder").mkdir()
        (here / "file").touch()
        (here / "dangling").symlink_to("nothing")
        (here / "loop").symlink_to("loop")
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("socket")
        with pytest.raises(ConfigError, match=words):
            find_place(path)

    def test_a_disk_is_refused(self, here):
        try:
            os.mknod("disk", stat.S_IFBLK | 0o600, os.makedev(240, 240))
        except PermissionError:
            pytest.skip("only the superuser makes devices")
        with pytest.raises(ConfigError, match="is a disk, which would be destroyed"):
            find_place("disk")

    def test_a_stream_without_permission_is_refused(self, here, monkeypatch):
        os.mkfifo("fifo")
        monkeypatch.setattr(os, "access", lambda *of: False)
        with pytest.raises(ConfigError, match="cannot write fifo: Permission denied; change the permissions"):
            find_place("fifo")


class TestExpandHome:
    def test_the_home_folder(self, monkeypatch):
        monkeypatch.setenv("HOME", "/home/ann")
        assert str(expand_home("~/x.csv")) == "/home/ann/x.csv"
        assert str(expand_home("./~/x.csv")) == "~/x.csv"

    def test_a_file_of_such_a_name_may_be_there(self, here):
        (here / "~nosuchuser").touch()
        assert str(expand_home("~nosuchuser")) == "~nosuchuser"

    def test_nobody_is_at_home(self, monkeypatch):
        monkeypatch.setattr(os.path, "expanduser", lambda text: text)
        with pytest.raises(ConfigError, match="there is no home folder;"):
            expand_home("~/x")


class TestIsSame:
    @pytest.mark.parametrize(
        ("first", "second", "same"),
        [
            ("x", "./x", True),
            ("x", "y", False),
            ("x", "link", True),
            ("x", "hard", True),
            ("new", "folder/../new", True),
            ("new", "newer", False),
            ("/dev/null", "/dev/null", False),
            ("/dev/full", "/dev/full", True),
        ],
    )
    def test_however_it_is_spelt(self, here, first, second, same):
        (here / "x").touch()
        (here / "y").touch()
        (here / "folder").mkdir()
        (here / "link").symlink_to("x")
        os.link("x", "hard")
        assert is_same(first, second) is same


def test_where_the_system_does_not_tell_writing_is_tried(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "fcntl", None)
    assert can_write(0)
