"""Signatures of models: made with one key, accepted for that key and that manifest alone."""

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from synthdiff.errors import ArtifactError, ConfigError, CorruptError, SignatureError
from synthdiff.models.signature import (
    TRUSTED_KEYS,
    check,
    fingerprint,
    read_private_key,
    read_public_keys,
    sign,
    trusted_by_environment,
)

KEY, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([byte]) * 32) for byte in (1, 2))
MANIFEST = b'{"format": "synthdiff model"}'
WHERE = Path("m.synthdiff")
PRIVATE_FORMATS = {
    "pem": (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8),
    "openssh": (serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH),
}


def private_bytes(key, form, password=None):
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(*PRIVATE_FORMATS[form], encryption)


def public_line(key=KEY):
    return key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)


def public_pem(key=KEY):
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


class TestCheck:
    def test_the_signer_is_named(self):
        found = check(MANIFEST, sign(MANIFEST, KEY), [OTHER.public_key(), KEY.public_key()], WHERE)
        assert found == fingerprint(KEY.public_key())

    def test_the_fingerprint_is_that_of_openssh(self):
        """What ``ssh-keygen -l`` prints for the public key whose private one is 32 bytes of 1."""
        assert fingerprint(KEY.public_key()) == "SHA256:fe85JkIjo8VPe+XqXJGH5Mau1EMFdK1OdKvJUFicyA8"

    def test_no_signature(self):
        with pytest.raises(SignatureError, match="is not signed"):
            check(MANIFEST, None, [KEY.public_key()], WHERE)

    def test_a_key_that_is_not_trusted(self):
        with pytest.raises(SignatureError, match="none of the trusted keys"):
            check(MANIFEST, sign(MANIFEST, OTHER), [KEY.public_key()], WHERE)

    def test_a_changed_manifest(self):
        with pytest.raises(SignatureError, match="changed after it was signed"):
            check(MANIFEST + b" ", sign(MANIFEST, KEY), [KEY.public_key()], WHERE)

    def test_a_signature_of_the_bare_manifest_is_not_enough(self):
        forged = json.loads(sign(MANIFEST, KEY)) | {"signature": base64.b64encode(KEY.sign(MANIFEST)).decode()}
        with pytest.raises(SignatureError, match="changed after it was signed"):
            check(MANIFEST, json.dumps(forged).encode(), [KEY.public_key()], WHERE)

    def test_the_stored_key_is_not_trusted_for_being_stored(self):
        """A stranger signs with a key of their own and stores the trusted one beside it."""
        forged = json.loads(sign(MANIFEST, OTHER))
        forged["public_key"] = json.loads(sign(MANIFEST, KEY))["public_key"]
        with pytest.raises(SignatureError, match="changed after it was signed"):
            check(MANIFEST, json.dumps(forged).encode(), [KEY.public_key()], WHERE)

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"algorithm": "none"}, "algorithm"),
            ({"signature": ""}, "signature"),
            ({"signature": 7}, "signature"),
            ({"public_key": None}, "public_key"),
            ({"extra": 1}, "extra"),
        ],
    )
    def test_a_damaged_signature(self, change, field):
        damaged = json.dumps(json.loads(sign(MANIFEST, KEY)) | change).encode()
        with pytest.raises(CorruptError, match=rf"signature.json is damaged \({field}\)"):
            check(MANIFEST, damaged, [KEY.public_key()], WHERE)

    @pytest.mark.parametrize("damaged", [b"", b"[]", b"\xff", b"[" * 100_000])
    def test_a_signature_that_is_no_record(self, damaged):
        with pytest.raises(CorruptError, match="is damaged"):
            check(MANIFEST, damaged, [KEY.public_key()], WHERE)


class TestKeys:
    @pytest.mark.parametrize("form", PRIVATE_FORMATS)
    @pytest.mark.parametrize("password", [None, b"secret"])
    def test_private_keys(self, tmp_path, form, password):
        (tmp_path / "key").write_bytes(private_bytes(KEY, form, password))
        assert read_private_key(tmp_path / "key", password).private_bytes_raw() == KEY.private_bytes_raw()
        if password:
            for wrong in (None, b"guess"):
                with pytest.raises(ConfigError, match="is its password right"):
                    read_private_key(tmp_path / "key", wrong)

    @pytest.mark.parametrize("form", PRIVATE_FORMATS)
    def test_private_keys_of_another_kind(self, tmp_path, form):
        (tmp_path / "key").write_bytes(private_bytes(generate_private_key(SECP256R1()), form))
        with pytest.raises(ConfigError, match="another kind"):
            read_private_key(tmp_path / "key")

    @pytest.mark.parametrize(
        "content", [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
    )
    def test_files_without_a_private_key(self, tmp_path, content):
        (tmp_path / "key").write_bytes(content)
        with pytest.raises(ConfigError, match="no private key"):
            read_private_key(tmp_path / "key")

    def test_public_keys_of_files_and_folders(self, tmp_path):
        (tmp_path / "team").mkdir()
        (tmp_path / "team" / "a.pub").write_bytes(
            b"# ours\n" + public_line() + b" anna\n\n" + public_line(OTHER) + b"\n"
        )
        (tmp_path / "team" / "note.txt").write_text("no key")
        (tmp_path / "b.pem").write_bytes(public_pem(OTHER))
        found = read_public_keys([tmp_path / "team", tmp_path / "b.pem"])
        assert [fingerprint(key) for key in found] == [fingerprint(key.public_key()) for key in (KEY, OTHER, OTHER)]

    @pytest.mark.parametrize(
        "content", [b"", b"nonsense", private_bytes(KEY, "pem"), public_pem(generate_private_key(SECP256R1()))]
    )
    def test_files_without_a_public_key(self, tmp_path, content):
        (tmp_path / "key.pub").write_bytes(content)
        with pytest.raises(ConfigError, match="key"):
            read_public_keys([tmp_path / "key.pub"])

    def test_no_file_and_no_key(self, tmp_path):
        with pytest.raises(ArtifactError, match="there is no key file"):
            read_public_keys([tmp_path / "missing.pub"])
        with pytest.raises(ConfigError, match="no public key"):
            read_public_keys([])
        with pytest.raises(ConfigError, match="no public key"):
            read_public_keys([tmp_path])

    def test_the_environment_names_files(self, tmp_path, monkeypatch):
        monkeypatch.delenv(TRUSTED_KEYS, raising=False)
        assert trusted_by_environment() is None
        monkeypatch.setenv(TRUSTED_KEYS, "")
        with pytest.raises(ConfigError, match="set but empty"):
            trusted_by_environment()
        for name, key in (("a.pub", KEY), ("b.pub", OTHER)):
            (tmp_path / name).write_bytes(public_line(key))
        monkeypatch.setenv(TRUSTED_KEYS, f"{tmp_path / 'a.pub'}:{tmp_path / 'b.pub'}")
        assert [fingerprint(key) for key in trusted_by_environment()] == [
            fingerprint(key.public_key()) for key in (KEY, OTHER)
        ]
