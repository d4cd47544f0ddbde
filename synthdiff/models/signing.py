"""Sign the models of a folder, and check who has signed one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from synthdiff.errors import ConfigError
from synthdiff.models.artifact import read_files
from synthdiff.models.envelope import SIGNATURE
from synthdiff.models.folder import resolve
from synthdiff.models.replacement import writing
from synthdiff.models.signature import check, sign
from synthdiff.storage import plain_errors, write_file

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def sign_model(path: str | Path, key: Ed25519PrivateKey, *, force: bool = False) -> None:
    """Check a model's files and put a signature beside them.

    Parameters
    ----------
    path : str or Path
        Folder of the model, ``NAME.synthdiff``.
    key : Ed25519PrivateKey
        Private key of the signer.
    force : bool
        Whether to replace a signature. Default: no.

    Raises
    ------
    ConfigError
        The model is signed already, and `force` is not given.
    VersionError, CorruptError, ArtifactError
        There is no model, its files are damaged, or the signature cannot be written.
    """
    with writing(path) as target:
        files = read_files(target)
        if files.signature is not None and not force:
            raise ConfigError(f"{target} is signed already; replace the signature with --force (force=True)")
        with plain_errors("sign the model", target):
            write_file(target / SIGNATURE, sign(files.text, key))


def verify_model(path: str | Path, trusted: Iterable[Ed25519PublicKey]) -> str:
    """Check a model's files and that a trusted key has signed them.

    Parameters
    ----------
    path : str or Path
        Folder of the model, ``NAME.synthdiff``.
    trusted : iterable of Ed25519PublicKey
        Keys that may have signed; see `synthdiff.models.signature.read_public_keys`.

    Returns
    -------
    str
        Fingerprint of the key that has signed.

    Raises
    ------
    SignatureError
        There is no signature, or none of the keys has made it.
    VersionError, CorruptError, ArtifactError
        There is no model, or its files are damaged.
    """
    files = read_files(path)
    return check(files.text, files.signature, trusted, resolve(path))
