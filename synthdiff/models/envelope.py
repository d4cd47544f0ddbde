"""The outer layer of a model's manifest, typed and bounded: the format, and the files that belong to the model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from synthdiff.errors import ArtifactError, CorruptError, VersionError
from synthdiff.restore import in_fields
from synthdiff.storage import from_json, is_sealed

FORMAT = "synthdiff model"
FORMAT_VERSION = 2
"""Nothing older was ever released, so nothing older is read."""
MANIFEST = "manifest.json"
CODECS = "codecs.json"
WEIGHTS = "model.safetensors"
HISTORY = "training.jsonl"
LIMITS = {CODECS: 1 << 30, WEIGHTS: 1 << 30, HISTORY: 64 << 20}
"""Each file beside the manifest, and the most bytes that are read, and written, of it."""
MANIFEST_LIMIT = 16 << 20
SIGNATURE = "signature.json"
"""Beside the manifest that it signs, where somebody has signed it."""
SIGNATURE_LIMIT = 4_096

_Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class FileMark(BaseModel):
    """What a manifest says about one file: the hash of its content, and its size in bytes."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    sha256: _Hash
    bytes: int = Field(ge=0)


class Envelope(BaseModel):
    """The fields that every manifest has; those of the kind of model are beside them."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    format: Literal["synthdiff model"]
    format_version: int
    files: dict[str, FileMark]
    sha256: _Hash
    model: str | None = Field(default=None, min_length=1, max_length=100)

    @field_validator("files")
    @classmethod
    def _names_all(cls, files: dict[str, FileMark]) -> dict[str, FileMark]:
        for name in LIMITS:
            if name not in files:
                raise ValueError(f"{name} is not named in {MANIFEST}")
        strange = sorted(files.keys() - LIMITS.keys())
        if strange:
            raise ValueError(f"{strange[0][:50]!r} is no file of a model")
        for name, limit in LIMITS.items():
            if files[name].bytes > limit:
                raise ValueError(f"{name} has {files[name].bytes:,} bytes; at most {limit:,} are read")
        return files


def parse_manifest(text: bytes, file: Path) -> tuple[dict[str, Any], Envelope]:
    """Read a manifest and check its envelope and its seal.

    Parameters
    ----------
    text : bytes
        Its content.
    file : Path
        Where it lies, for errors.

    Raises
    ------
    ArtifactError
        It is not of a model of synthdiff.
    VersionError
        It has another format.
    CorruptError
        It is truncated, edited, or malformed; the message names the field.
    """
    try:
        manifest = from_json(text)
    except ValueError as error:
        raise CorruptError(f"{file} is truncated or edited: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ArtifactError(f"{file.parent} is not a model: {file.name} is not from synthdiff")
    version = manifest.get("format_version")
    if type(version) is not int:
        raise CorruptError(f"{file} was edited: format_version is {str(version)[:50]!r}, not a whole number")
    if version > FORMAT_VERSION:
        raise VersionError(
            f"{file.parent} has format {version}; this version of synthdiff reads up to {FORMAT_VERSION}: update it"
        )
    if version < FORMAT_VERSION:
        raise VersionError(f"{file.parent} has format {version}, which this version no longer reads: fit it again")
    try:
        envelope = Envelope.model_validate(manifest)
    except ValidationError as error:
        raise CorruptError(f"{file} was edited: {in_fields(error.errors())}") from error
    if not is_sealed(manifest):
        raise CorruptError(f"{file} was edited: its content does not match its hash")
    return manifest, envelope
