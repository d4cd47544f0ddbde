"""Signed models on disk: what is signed, what a signature survives, and who refuses what."""

import json
import os
import shutil

import pytest
from click.testing import CliRunner

from synthdiff.cli.main import cli
from synthdiff.errors import ConfigError, CorruptError, SignatureError
from synthdiff.models.artifact import read_artifact
from synthdiff.models.signature import TRUSTED_KEYS, fingerprint
from synthdiff.models.signing import sign_model, verify_model
from tests.models.numbered import FILES, read, write
from tests.models.test_signature import KEY, OTHER, private_bytes, public_line

PUBLIC = [KEY.public_key()]


@pytest.fixture
def path(tmp_path):
    write(tmp_path / "m.synthdiff", 1)
    return tmp_path / "m.synthdiff"


@pytest.fixture
def trusting(tmp_path, monkeypatch):
    (tmp_path / "team.pub").write_bytes(public_line())
    monkeypatch.setenv(TRUSTED_KEYS, str(tmp_path / "team.pub"))


class TestSign:
    def test_a_signed_model_is_read_as_before(self, path):
        sign_model(path, KEY)
        assert sorted(os.listdir(path)) == sorted([*FILES, "signature.json"])
        assert verify_model(path, PUBLIC) == fingerprint(KEY.public_key())
        assert read(path) == 1

    def test_a_signature_is_replaced_with_force_only(self, path):
        sign_model(path, OTHER)
        with pytest.raises(ConfigError, match="signed already"):
            sign_model(path, KEY)
        sign_model(path, KEY, force=True)
        assert verify_model(path, PUBLIC) == fingerprint(KEY.public_key())

    def test_replacing_a_model_removes_its_signature(self, path):
        sign_model(path, KEY)
        write(path, 2)
        assert sorted(os.listdir(path)) == FILES
        with pytest.raises(SignatureError, match="is not signed"):
            verify_model(path, PUBLIC)

    def test_a_damaged_model_is_not_signed(self, path):
        (path / "codecs.json").write_text("{}")
        with pytest.raises(CorruptError, match=r"codecs\.json"):
            sign_model(path, KEY)
        assert sorted(os.listdir(path)) == FILES


class TestVerify:
    def test_a_moved_signature_does_not_fit(self, path, tmp_path):
        sign_model(path, KEY)
        write(tmp_path / "other.synthdiff", 2)
        shutil.copy(path / "signature.json", tmp_path / "other.synthdiff")
        with pytest.raises(SignatureError, match="changed after it was signed"):
            verify_model(tmp_path / "other.synthdiff", PUBLIC)

    def test_another_layout_of_the_same_manifest_is_not_what_was_signed(self, path):
        sign_model(path, KEY)
        manifest = json.loads((path / "manifest.json").read_text())
        (path / "manifest.json").write_text(json.dumps(manifest))
        assert read(path) == 1
        with pytest.raises(SignatureError, match="changed after it was signed"):
            verify_model(path, PUBLIC)

    def test_a_link_in_place_of_a_signature(self, path, tmp_path):
        sign_model(path, KEY)
        os.rename(path / "signature.json", tmp_path / "s.json")
        (path / "signature.json").symlink_to(tmp_path / "s.json")
        with pytest.raises(CorruptError, match=r"signature\.json"):
            verify_model(path, PUBLIC)


class TestTrustedKeys:
    def test_without_the_variable_every_model_is_read(self, path, monkeypatch):
        monkeypatch.delenv(TRUSTED_KEYS, raising=False)
        assert read_artifact(path).manifest["number"] == 1

    def test_with_it_only_models_of_these_keys(self, path, trusting):
        with pytest.raises(SignatureError, match="is not signed"):
            read_artifact(path)
        sign_model(path, OTHER)
        with pytest.raises(SignatureError, match="none of the trusted keys"):
            read_artifact(path)
        sign_model(path, KEY, force=True)
        assert read_artifact(path).manifest["number"] == 1


class TestCommands:
    @pytest.fixture(autouse=True)
    def keys(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv(TRUSTED_KEYS, raising=False)
        (tmp_path / "team.key").write_bytes(private_bytes(KEY, "openssh"))
        (tmp_path / "team.key.pub").write_bytes(public_line())
        (tmp_path / "other.pub").write_bytes(public_line(OTHER))

    def run(self, *words):
        return CliRunner().invoke(cli, words)

    def test_sign_then_verify(self, path):
        signed = self.run("sign", "m.synthdiff", "--key", "team.key", "--json")
        assert (signed.exit_code, json.loads(signed.stdout)["signer"]) == (0, fingerprint(KEY.public_key()))
        found = self.run("verify", "m.synthdiff", "--key", "team.key.pub", "--json")
        assert (found.exit_code, json.loads(found.stdout)["signer"]) == (0, fingerprint(KEY.public_key()))
        assert "is whole, and signed by SHA256:" in found.stderr

    def test_exit_codes(self, path, monkeypatch):
        assert self.run("verify", "m.synthdiff").exit_code == 2
        assert self.run("verify", "m.synthdiff", "--key", "team.key.pub").exit_code == 6
        assert self.run("verify", "nothing.synthdiff", "--key", "team.key.pub").exit_code == 6
        assert self.run("sign", "m.synthdiff", "--key", "team.key.pub").exit_code == 3
        assert self.run("sign", "m.synthdiff", "--key", "team.key").exit_code == 0
        assert self.run("sign", "m.synthdiff", "--key", "team.key").exit_code == 3
        assert self.run("verify", "m.synthdiff", "--key", "other.pub").exit_code == 6
        assert self.run("info", "m.synthdiff").exit_code == 6  # it is none that can be drawn from
        monkeypatch.setenv(TRUSTED_KEYS, "other.pub")
        refused = self.run("info", "m.synthdiff")
        assert refused.exit_code == 6
        assert "none of the trusted keys" in refused.stderr
