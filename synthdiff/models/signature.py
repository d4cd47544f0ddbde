"""Ed25519 signatures of models: a team can refuse every model that none of its own keys has signed.

The hashes of a manifest show damage; anybody can make them match. A signature needs a private key. It is made of the
bytes of ``manifest.json``, which holds the hash and the size of every other file, and lies beside it in
``signature.json``. The key that is stored there only says whose signature it claims to be: what counts is a list of
public keys that the reader trusts.

References
----------
.. [1] Josefsson and Liusvaara, "Edwards-Curve Digital Signature Algorithm (EdDSA)", RFC 8032, 2017.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from synthdiff.errors import ArtifactError, ConfigError, CorruptError, MissingExtraError, SignatureError
from synthdiff.storage import plain_errors

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

TRUSTED_KEYS = "SYNTHDIFF_TRUSTED_KEYS"
"""Environment variable: a file, or a folder of files, of public keys. Set, it makes every load ask for a signature."""
MAX_KEY_BYTES = 65_536
_PURPOSE = b"synthdiff model manifest, version 1\n"
"""Precedes what is signed, so that no signature made for another purpose can be used here."""


class Signature(BaseModel):
    """Content of ``signature.json``.

    Attributes
    ----------
    format : str
        Always ``"synthdiff signature"``.
    algorithm : str
        Always ``"Ed25519"``.
    public_key : str
        Public key of the signer, 32 bytes in base64.
    signature : str
        Signature of the manifest's bytes, 64 bytes in base64.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Literal["synthdiff signature"] = "synthdiff signature"
    algorithm: Literal["Ed25519"] = "Ed25519"
    public_key: str = Field(pattern=r"^[A-Za-z0-9+/]{43}=$")
    signature: str = Field(pattern=r"^[A-Za-z0-9+/]{86}==$")


def sign(manifest: bytes, key: Ed25519PrivateKey) -> bytes:
    """Sign a manifest.

    Parameters
    ----------
    manifest : bytes
        Content of ``manifest.json``.
    key : Ed25519PrivateKey
        Private key of the signer.

    Returns
    -------
    bytes
        Content of ``signature.json``.
    """
    parts = (key.public_key().public_bytes_raw(), key.sign(_PURPOSE + manifest))
    public_key, signature = (base64.b64encode(part).decode() for part in parts)
    return Signature(public_key=public_key, signature=signature).model_dump_json(indent=2).encode()


def check(manifest: bytes, signature: bytes | None, trusted: Iterable[Ed25519PublicKey], where: Path) -> str:
    """Check that a trusted key has signed a manifest.

    Parameters
    ----------
    manifest : bytes
        Content of ``manifest.json``.
    signature : bytes or None
        Content of ``signature.json``; None: the model has none.
    trusted : iterable of Ed25519PublicKey
        Keys that may have signed.
    where : Path
        Folder of the model, for the messages.

    Returns
    -------
    str
        Fingerprint of the key that has signed.

    Raises
    ------
    SignatureError
        There is no signature, it is not that of this manifest, or its key is not trusted.
    CorruptError
        ``signature.json`` is damaged.
    """
    if signature is None:
        raise SignatureError(f"{where} is not signed; ask its maker to run `synthdiff sign`")
    try:
        found = Signature.model_validate_json(signature)
    except ValidationError as error:
        field = ".".join(map(str, error.errors()[0]["loc"])) or "content"
        raise CorruptError(f"{where / 'signature.json'} is damaged ({field}); sign the model again") from error
    public_key = base64.b64decode(found.public_key)
    signer = next((key for key in trusted if key.public_bytes_raw() == public_key), None)
    if signer is None:
        raise SignatureError(f"{where} is signed by {_fingerprint(public_key)}, which is none of the trusted keys")
    from cryptography.exceptions import InvalidSignature

    try:
        signer.verify(base64.b64decode(found.signature), _PURPOSE + manifest)
    except InvalidSignature as error:
        raise SignatureError(f"{where} was changed after it was signed, or its signature is another model's") from error
    return _fingerprint(public_key)


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return a short name of a public key, as ``ssh-keygen -l`` prints it.

    Returns
    -------
    str
        ``"SHA256:"`` and 43 characters of base64.
    """
    return _fingerprint(key.public_bytes_raw())


def _fingerprint(public_key: bytes) -> str:
    name = b"ssh-ed25519"
    blob = len(name).to_bytes(4, "big") + name + len(public_key).to_bytes(4, "big") + public_key
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def read_private_key(path: Path, password: bytes | None = None) -> Ed25519PrivateKey:
    """Read a private key: PEM, as ``openssl genpkey -algorithm ed25519`` writes it, or OpenSSH's.

    Parameters
    ----------
    path : Path
        File of the key.
    password : bytes or None
        Password of an encrypted key.

    Raises
    ------
    ConfigError
        The file holds no Ed25519 key, or the password is missing or wrong.
    ArtifactError
        The file cannot be read.
    MissingExtraError
        ``cryptography`` is not installed.
    """
    _require()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    data = _read(path)
    openssh = b"BEGIN OPENSSH PRIVATE KEY" in data
    load = serialization.load_ssh_private_key if openssh else serialization.load_pem_private_key
    try:
        key = load(data, password)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        secret = "; is its password right?" if b"ENCRYPTED" in data or password or openssh else ""
        raise ConfigError(f"{path} holds no private key that can be read{secret} {_HOW_TO_MAKE}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(f"{path} holds a key of another kind than Ed25519. {_HOW_TO_MAKE}")
    return key


def read_public_keys(paths: Iterable[Path]) -> list[Ed25519PublicKey]:
    """Read public keys: PEM files, or OpenSSH's files with a key a line (``.pub``, ``authorized_keys``).

    Parameters
    ----------
    paths : iterable of Path
        Files, or folders of files that end in ``.pub`` or ``.pem``.

    Returns
    -------
    list of Ed25519PublicKey
        At least one.

    Raises
    ------
    ConfigError
        A file holds no Ed25519 public key.
    ArtifactError
        A file cannot be read.
    MissingExtraError
        ``cryptography`` is not installed.
    """
    _require()
    files = [file for path in paths for file in (_keys_of(path) if path.is_dir() else [path])]
    keys = [key for file in files for key in _read_public(file)]
    if not keys:
        raise ConfigError("no public key was given to trust; name a file that holds one")
    return keys


def trusted_by_environment() -> list[Ed25519PublicKey] | None:
    """Read the keys that ``SYNTHDIFF_TRUSTED_KEYS`` names; None where it is not set: every model is read."""
    value = os.environ.get(TRUSTED_KEYS)
    if value is None:
        return None
    if not value:
        raise ConfigError(f"{TRUSTED_KEYS} is set but empty; name a file of public keys, or unset it")
    return read_public_keys([Path(part) for part in value.split(os.pathsep)])


_HOW_TO_MAKE = "`ssh-keygen -t ed25519 -f team.key` makes one."


def _require() -> None:
    try:
        import cryptography  # noqa: F401 (asked for here, used below)
    except ImportError as error:
        raise MissingExtraError(
            "signatures need the package cryptography: pip install 'synthdiff[sign]'", extra="sign"
        ) from error


def _keys_of(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.suffix in (".pub", ".pem") and file.is_file())


def _read(path: Path) -> bytes:
    with plain_errors("read the key", path):
        if not path.is_file():
            raise ArtifactError(f"there is no key file {path}")
        with open(path, "rb") as stream:
            return stream.read(MAX_KEY_BYTES)


def _read_public(path: Path) -> list[Ed25519PublicKey]:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    data = _read(path)
    try:
        if b"-----BEGIN" in data:
            found = [serialization.load_pem_public_key(data)]
        else:
            lines = [line for line in map(bytes.strip, data.splitlines()) if line and not line.startswith(b"#")]
            found = [serialization.load_ssh_public_key(line) for line in lines]
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"{path} holds no public key that can be read (is it the private one?)") from error
    keys = [key for key in found if isinstance(key, Ed25519PublicKey)]
    if len(keys) < len(found) or not keys:
        raise ConfigError(f"{path} holds a key that is not an Ed25519 public key. {_HOW_TO_MAKE}")
    return keys
