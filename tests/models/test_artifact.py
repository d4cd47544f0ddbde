import json
import os
import shutil

import pytest
import torch

from synthdiff.errors import ArtifactError, ConfigError, CorruptError, VersionError
from synthdiff.models import artifact
from synthdiff.models.artifact import check_target, is_finished, read_artifact, write_artifact
from synthdiff.storage import seal
from synthdiff.training.checkpoint import save_checkpoint
from tests.models.numbered import FILES, read, write


def edit_manifest(path, **changes):
    manifest = json.loads((path / "manifest.json").read_text()) | changes
    (path / "manifest.json").write_text(json.dumps(manifest))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "adult.synthdiff"


class TestRoundTrip:
    def test_every_part_comes_back(self, path):
        write(path, 1, force=False)
        assert read(path) == 1
        assert sorted(os.listdir(path)) == FILES
        assert os.listdir(path.parent) == [path.name]

    def test_manifest_says_what_is_there(self, path):
        write(path, 1)
        manifest = read_artifact(path).manifest
        assert manifest["format"] == "synthdiff model"
        assert manifest["format_version"] == 2
        assert {name: mark["bytes"] for name, mark in manifest["files"].items()} == {
            name: (path / name).stat().st_size for name in FILES if name != "manifest.json"
        }

    def test_a_model_that_was_read_can_be_written_again(self, path, tmp_path):
        write(path, 1)
        model = read_artifact(path)
        write_artifact(tmp_path / "copy", model.manifest, model.codecs, model.weights, model.history)
        assert read(tmp_path / "copy") == 1

    def test_files_are_plain_text_and_safetensors(self, path):
        write(path, 1)
        assert not any(b"pickle" in (path / name).read_bytes() for name in FILES)
        for name in ("manifest.json", "codecs.json"):
            assert isinstance(json.loads((path / name).read_text()), dict)
        assert len((path / "training.jsonl").read_text().splitlines()) == 3

    def test_folder_has_the_usual_permissions(self, path, tmp_path):
        (tmp_path / "usual").mkdir()
        write(path, 1)
        assert path.stat().st_mode == (tmp_path / "usual").stat().st_mode

    def test_parents_are_made_and_a_string_will_do(self, tmp_path):
        write(str(tmp_path / "a" / "b" / "m.synthdiff"), 1)
        assert read(str(tmp_path / "a" / "b" / "m.synthdiff")) == 1

    def test_link_to_a_model_stays_a_link(self, path, tmp_path):
        write(path, 1)
        (tmp_path / "latest").symlink_to(path)
        write(tmp_path / "latest", 2)
        assert (tmp_path / "latest").is_symlink()
        assert read(path) == 2

    def test_weights_go_to_the_device(self, path):
        write(path, 1)
        assert read_artifact(path, torch.device("cpu")).weights["weight"].device.type == "cpu"
        assert read_artifact(path, "meta").weights["weight"].device.type == "meta"

    def test_empty_model(self, path):
        write_artifact(path, {}, {}, {}, [])
        model = read_artifact(path)
        assert (model.codecs, model.weights, model.history) == ({}, {}, [])

    def test_no_half_model_from_what_json_cannot_hold(self, path):
        with pytest.raises(TypeError):
            write_artifact(path, {}, {"codec": object()}, {})
        assert not path.exists()
        assert os.listdir(path.parent) == []


class TestForce:
    def test_finished_model_is_kept_without_it(self, path):
        write(path, 1)
        with pytest.raises(ConfigError, match=r"adult.synthdiff is a finished model already.*force"):
            write(path, 2, force=False)
        assert read(path) == 1
        assert os.listdir(path.parent) == [path.name]

    def test_finished_model_is_replaced_with_it(self, path):
        write(path, 1)
        write(path, 2)
        assert read(path) == 2
        assert os.listdir(path.parent) == [path.name]

    @pytest.mark.parametrize("force", [False, True])
    @pytest.mark.parametrize("name", FILES)
    def test_damaged_model_is_never_replaced(self, path, name, force):
        """Whoever can no longer tell that it is ours leaves it to the person."""
        write(path, 1)
        (path / name).write_text("{")
        with pytest.raises(ConfigError, match=r"is damaged, or no model of synthdiff .*move it away"):
            write(path, 2, force=force)
        assert sorted(os.listdir(path)) == FILES

    def test_unfinished_fit_is_replaced_without_it(self, path):
        save_checkpoint(path / "checkpoint", {}, {"step": 7})
        assert not is_finished(path)
        check_target(path)
        write(path, 1, force=False)
        assert sorted(os.listdir(path)) == FILES

    def test_empty_folder_is_replaced_without_it(self, path):
        path.mkdir()
        write(path, 1, force=False)
        assert read(path) == 1

    @pytest.mark.parametrize("force", [False, True])
    def test_what_is_no_model_is_never_replaced(self, path, force):
        path.mkdir()
        (path / "thesis.txt").write_text("years of work")
        with pytest.raises(ConfigError, match="holds thesis.txt, which is no part of a model"):
            write(path, 1, force=force)
        assert os.listdir(path) == ["thesis.txt"]

    @pytest.mark.parametrize("force", [False, True])
    def test_a_file_is_never_replaced(self, path, force):
        path.write_text("a,b\n1,2\n")
        with pytest.raises(ConfigError, match="is a file; a model is a folder"):
            write(path, 1, force=force)
        assert path.read_text() == "a,b\n1,2\n"

    def test_during_a_forced_fit_the_old_model_is_read(self, path):
        write(path, 1)
        check_target(path, force=True)
        save_checkpoint(path / "checkpoint", {}, {"step": 7})
        assert is_finished(path)
        assert read(path) == 1
        write(path, 2)
        assert sorted(os.listdir(path)) == FILES


class TestRefusals:
    def test_nothing_there(self, path):
        assert not is_finished(path)
        with pytest.raises(ArtifactError, match="^there is no model .*adult.synthdiff$") as caught:
            read_artifact(path)
        assert type(caught.value) is ArtifactError

    def test_a_file(self, path):
        path.write_text("x")
        assert not is_finished(path)
        with pytest.raises(ArtifactError, match="is not a model"):
            read_artifact(path)

    def test_a_folder_of_something_else(self, path):
        path.mkdir()
        with pytest.raises(ArtifactError, match="is not a model: it has no manifest.json"):
            read_artifact(path)

    @pytest.mark.parametrize("text", ['{"name": "a browser extension"}', "[]", "3"])
    def test_a_manifest_of_something_else(self, path, text):
        path.mkdir()
        (path / "manifest.json").write_text(text)
        with pytest.raises(ArtifactError, match="manifest.json is not from synthdiff") as caught:
            read_artifact(path)
        assert type(caught.value) is ArtifactError

    def test_an_unfinished_fit(self, path):
        save_checkpoint(path / "checkpoint", {}, {"step": 7})
        with pytest.raises(ArtifactError, match="is an unfinished fit: the command that began it goes on"):
            read_artifact(path)

    def test_newer_version(self, path):
        write(path, 1)
        edit_manifest(path, format_version=3, files="laid out otherwise")
        with pytest.raises(VersionError, match="has format 3; this version of synthdiff reads up to 2: update it"):
            read_artifact(path)

    def test_older_version(self, path):
        write(path, 1)
        edit_manifest(path, format_version=1)
        with pytest.raises(VersionError, match="has format 1, which this version no longer reads: fit it again"):
            read_artifact(path)

    def test_version_that_is_no_number(self, path):
        write(path, 1)
        edit_manifest(path, format_version="new")
        with pytest.raises(CorruptError):
            read_artifact(path)


class TestDamage:
    @pytest.mark.parametrize("name", FILES[:1] + FILES[2:])
    def test_file_missing(self, path, name):
        write(path, 1)
        (path / name).unlink()
        with pytest.raises(CorruptError, match=f"{name} is missing"):
            read_artifact(path)

    @pytest.mark.parametrize("name", FILES[:1] + FILES[2:])
    def test_file_truncated(self, path, name):
        write(path, 1)
        data = (path / name).read_bytes()
        for length in (0, 1, len(data) // 2, len(data) - 1):
            (path / name).write_bytes(data[:length])
            with pytest.raises(CorruptError, match=f"{name} is truncated: {length} bytes of {len(data)}"):
                read_artifact(path)

    @pytest.mark.parametrize("name", FILES)
    def test_any_byte_flipped(self, path, name):
        write(path, 1)
        data = (path / name).read_bytes()
        for place in range(0, len(data), 11):
            if not data[place : place + 1].isspace():
                (path / name).write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
                with pytest.raises(ArtifactError, match=r"manifest.json|was edited"):
                    read_artifact(path)
        (path / name).write_bytes(data)
        assert read(path) == 1

    @pytest.mark.parametrize("name", FILES[:1] + FILES[2:])
    def test_file_lengthened(self, path, name):
        write(path, 1)
        with open(path / name, "ab") as stream:
            stream.write(b"\n")
        with pytest.raises(CorruptError, match=f"{name} was edited"):
            read_artifact(path)

    def test_manifest_truncated_anywhere(self, path):
        write(path, 1)
        data = (path / "manifest.json").read_bytes()
        for length in range(len(data)):
            (path / "manifest.json").write_bytes(data[:length])
            with pytest.raises(CorruptError, match="manifest.json is truncated or edited"):
                read_artifact(path)

    def test_manifest_edited(self, path):
        write(path, 1)
        edit_manifest(path, number=2)
        with pytest.raises(CorruptError, match="manifest.json was edited"):
            read_artifact(path)

    def test_manifest_that_names_fewer_files(self, path):
        write(path, 1)
        manifest = json.loads((path / "manifest.json").read_text())
        del manifest["files"]["codecs.json"]
        (path / "manifest.json").write_text(json.dumps(seal(manifest)))
        with pytest.raises(CorruptError, match=r"codecs.json is not named in manifest.json"):
            read_artifact(path)

    def test_files_of_two_models(self, path, tmp_path):
        write(path, 1)
        write(tmp_path / "other", 2)
        shutil.copy(tmp_path / "other" / "model.safetensors", path)
        with pytest.raises(CorruptError, match="model.safetensors was edited"):
            read_artifact(path)

    def test_loading_cannot_run_code(self, path):
        # Hashes are no signature: whoever can write the folder can write matching ones. Even then nothing runs.
        import pickle

        class Bomb:
            def __reduce__(self):
                return os.mkdir, (str(path / "ran"),)

        write(path, 1)
        bomb = pickle.dumps(Bomb())
        (path / "model.safetensors").write_bytes(bomb)
        manifest = json.loads((path / "manifest.json").read_text())
        manifest["files"]["model.safetensors"] = {"sha256": artifact.digest(bomb), "bytes": len(bomb)}
        (path / "manifest.json").write_text(json.dumps(seal(manifest)))
        with pytest.raises(CorruptError, match="the tensors cannot be read"):
            read_artifact(path)
        assert not (path / "ran").exists()


class TestUnwritable:
    def test_parent_that_is_a_file(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(ArtifactError, match=r"cannot write the model .*m.synthdiff: (Not a directory|File exists)"):
            write(tmp_path / "file" / "m.synthdiff", 1)

    def test_read_only_folder(self, path):
        write(path, 1)
        path.parent.chmod(0o500)
        try:
            if os.access(path.parent, os.W_OK):
                pytest.skip("permissions do not bind the superuser")
            with pytest.raises(ArtifactError, match="Permission denied"):
                write(path, 2)
            assert read(path) == 1
        finally:
            path.parent.chmod(0o700)
