import os

import pytest

from synthdiff.content import parse_json, read_content
from synthdiff.errors import ConfigError, DataError


class TestReadContent:
    def test_files_and_fifos(self, tmp_path):
        (tmp_path / "x").write_bytes(b"abc")
        assert read_content(tmp_path / "x") == b"abc"
        read, write = os.pipe()
        os.write(write, b"def")
        os.close(write)
        assert read_content(f"/dev/fd/{read}") == b"def"
        os.close(read)

    @pytest.mark.parametrize(
        ("path", "words"),
        [
            ("/dev/zero", "cannot read /dev/zero: it is no regular file"),
            (".", "it is a folder; name a file"),
            ("none", "cannot read none: No such file or directory"),
            ("x/y", "Not a directory; a part of the path is a file"),
            ("a" * 300, "File name too long"),
        ],
    )
    def test_what_cannot_be_read(self, tmp_path, monkeypatch, path, words):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "x").touch()
        with pytest.raises(DataError, match=words):
            read_content(path)

    def test_what_is_no_path(self):
        with pytest.raises(ConfigError, match="is no path"):
            read_content("x\0")

    def test_what_is_too_large(self, tmp_path):
        with open(tmp_path / "x", "wb") as stream:
            stream.truncate(1 << 40)
        with pytest.raises(DataError, match="cannot read the schema .*x: it has more than 1,000 bytes"):
            read_content(tmp_path / "x", "read the schema", most_bytes=1000)


class TestParseJson:
    def test_with_and_without_a_mark(self):
        assert parse_json(b'{"a": 1}', "x") == parse_json(b'\xef\xbb\xbf{"a": 1}', "x") == {"a": 1}

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"", "x is not JSON: Expecting value"),
            (b"\xff", "x is not UTF-8 text: byte 0 is invalid"),
            (b"[" * 100_000, "x is not usable JSON: it is nested too deeply"),
            (b"9" * 5000, "x is not JSON: a number has too many digits|x is not JSON: Exceeds the limit"),
        ],
    )
    def test_what_is_not_json(self, data, words):
        with pytest.raises(DataError, match=words):
            parse_json(data, "x")
