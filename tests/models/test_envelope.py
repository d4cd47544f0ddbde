"""Models that a stranger has made, with hashes that agree: every field is checked, nothing is waited for."""

import json
import os

import pytest

from synthdiff.errors import ArtifactError, CorruptError
from synthdiff.models import artifact
from synthdiff.models.artifact import is_finished, model_kind, read_artifact
from synthdiff.storage import seal
from tests.models.numbered import FILES, write


@pytest.fixture
def path(tmp_path):
    return tmp_path / "adult.synthdiff"


def reseal(path, **changes):
    manifest = json.loads((path / "manifest.json").read_text()) | changes
    (path / "manifest.json").write_text(json.dumps(seal({k: v for k, v in manifest.items() if v != "LEFT OUT"})))


def replace_file(path, name, data):
    """Put other bytes into a model, with the hashes that belong to them, as whoever can write the folder can."""
    (path / name).write_bytes(data)
    files = json.loads((path / "manifest.json").read_text())["files"]
    reseal(path, files=files | {name: {"sha256": artifact.digest(data), "bytes": len(data)}})


HASH = "0" * 64
MARK = {"sha256": HASH, "bytes": 1}
BAD_JSON = [b"[" * 50_000, b'{"a": 1, "a": 2}', b"[]", b"3", b"1" * 9999, b"\xff", b"", b"NaN"]
BAD_MANIFESTS = [b"[" * 100_000, b'{"format": "synthdiff model", "format": 1}', b"\xff", b"", b"9" * 5000]
BAD_HEADERS = [b'{"a":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4]}}', b"{", b"[]"]


class TestStrangersManifests:
    @pytest.mark.parametrize("version", [None, "2", 2.0, 2.5, True, [], {}, "LEFT OUT"])
    def test_version_is_a_whole_number(self, path, version):
        write(path, 1)
        reseal(path, format_version=version)
        with pytest.raises(CorruptError, match="format_version"):
            read_artifact(path)
        with pytest.raises(CorruptError, match="format_version"):
            model_kind(path)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"files": None}, "files"),
            ({"files": []}, "files"),
            ({"files": {}}, "codecs.json is not named"),
            ({"files": {"codecs.json": 1}}, "files.codecs.json"),
            ({"files": dict.fromkeys(FILES, MARK)}, "is no file of a model"),
            ({"files": {"../../etc/passwd": MARK}}, "not named|no file of a model"),
            ({"files": {"codecs.json": MARK | {"bytes": -1}}}, "files.codecs.json.bytes"),
            ({"files": {"codecs.json": MARK | {"bytes": 1.0}}}, "files.codecs.json.bytes"),
            ({"files": {"codecs.json": MARK | {"bytes": True}}}, "files.codecs.json.bytes"),
            ({"files": {"codecs.json": MARK | {"bytes": 10**99}}}, "not named|files.codecs.json.bytes"),
            ({"files": {"codecs.json": MARK | {"sha256": "x" * 64}}}, "files.codecs.json.sha256"),
            ({"files": {"codecs.json": MARK | {"sha256": HASH + "0"}}}, "files.codecs.json.sha256"),
            ({"files": {"codecs.json": MARK | {"sha256": HASH + "\n"}}}, "files.codecs.json.sha256"),
            ({"files": {"codecs.json": MARK | {"more": 1}}}, "files.codecs.json.more"),
            ({"model": 3}, "model"),
            ({"model": ""}, "model"),
            ({"model": "x" * 1000}, "model"),
        ],
    )
    def test_fields_are_checked_and_named(self, path, changes, field):
        write(path, 1)
        reseal(path, **changes)
        with pytest.raises(CorruptError, match=field):
            read_artifact(path)

    def test_sizes_have_a_limit(self, path):
        write(path, 1)
        with open(path / "model.safetensors", "wb") as stream:
            stream.truncate(20 << 30)
        files = json.loads((path / "manifest.json").read_text())["files"]
        reseal(path, files=files | {"model.safetensors": {"sha256": HASH, "bytes": 20 << 30}})
        with pytest.raises(CorruptError, match="model.safetensors has 21,474,836,480 bytes; at most"):
            read_artifact(path)

    def test_what_could_not_be_read_is_not_written(self, path, monkeypatch):
        monkeypatch.setitem(artifact.LIMITS, "codecs.json", 10)
        with pytest.raises(ArtifactError, match="codecs.json would have .* bytes"):
            write(path, 1)
        monkeypatch.undo()
        monkeypatch.setattr(artifact, "MAX_VALUES", 2)
        with pytest.raises(ArtifactError, match="codecs.json would hold more than 2 values; free text"):
            write(path, 1)
        assert not path.exists()

    def test_kind_must_be_said(self, path):
        write(path, 1)
        with pytest.raises(CorruptError, match="does not say which model"):
            model_kind(path)
        reseal(path, model="TabularDiffusion")
        assert model_kind(path) == "TabularDiffusion"

    @pytest.mark.parametrize("name", FILES)
    @pytest.mark.parametrize("kind", ["FIFO", "link", "folder"])
    def test_only_regular_files_are_read(self, path, name, kind):
        write(path, 1)
        (path / name).rename(path.with_name("kept"))
        if kind == "FIFO":
            os.mkfifo(path / name)
        elif kind == "link":
            (path / name).symlink_to(path.with_name("kept"))
        else:
            (path / name).mkdir()
        with pytest.raises(CorruptError, match=f"{name} is a {kind}, not a regular file"):
            read_artifact(path)
        assert is_finished(path) == (name != "manifest.json")

    @pytest.mark.parametrize(
        "data", [b"[" * 50_000, b'{"a": 1, "a": 2}', b"[]", b"3", b"1" * 9999, b"\xff", b"", b"NaN"]
    )
    def test_json_of_strangers(self, path, data):
        for name in ("codecs.json", "training.jsonl"):
            if not data and name == "training.jsonl":
                continue
            write(path, 1)
            replace_file(path, name, data)
            with pytest.raises(CorruptError, match=f"is damaged.*{name}"):
                read_artifact(path)

    @pytest.mark.parametrize(
        "data", [b"[" * 100_000, b'{"format": "synthdiff model", "format": 1}', b"\xff", b"", b"9" * 5000]
    )
    def test_manifests_of_strangers(self, path, data):
        write(path, 1)
        (path / "manifest.json").write_bytes(data)
        for ask in (read_artifact, model_kind):
            with pytest.raises(CorruptError, match="manifest.json is truncated or edited"):
                ask(path)
        assert is_finished(path)

    @pytest.mark.parametrize(
        "header", [b'{"a":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4]}}', b"{", b"[]"]
    )
    def test_tensors_of_strangers(self, path, header):
        write(path, 1)
        replace_file(path, "model.safetensors", len(header).to_bytes(8, "little") + header + b"0000")
        with pytest.raises(CorruptError, match="model.safetensors: the tensors cannot be read"):
            read_artifact(path)
