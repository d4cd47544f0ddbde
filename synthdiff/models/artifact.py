"""A fitted model on disk: a folder of JSON and safetensors that is replaced in one step and cannot run code.

``NAME.synthdiff/`` holds ``manifest.json``, ``codecs.json``, ``model.safetensors`` and ``training.jsonl``; during a fit
also, or only, ``checkpoint/``. A model is finished when its manifest is there: the folder is staged beside its name and
renamed into place. A folder that is not empty cannot be replaced by one rename, so the previous model first steps aside
to ``.NAME.synthdiff.old``; readers look there too, and :func:`recover` puts it back after a kill between the renames.
One process at a time writes a model; any number read it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from synthdiff.errors import ArtifactError, ConfigError, CorruptError, VersionError
from synthdiff.storage import (
    digest,
    from_json,
    is_sealed,
    pack_tensors,
    plain_errors,
    seal,
    sync_folder,
    to_json,
    unpack_tensors,
    write_file,
)

FORMAT = "synthdiff model"
FORMAT_VERSION = 2
"""Nothing older was ever released, so nothing older is read."""
CHECKPOINT = "checkpoint"
_MANIFEST = "manifest.json"
_CODECS = "codecs.json"
_WEIGHTS = "model.safetensors"
_HISTORY = "training.jsonl"
_FILES = (_CODECS, _WEIGHTS, _HISTORY)
_LOOKS = 4
"""So often the files of one manifest must be wrong: the model may just have been replaced by an equal one."""


@dataclass(frozen=True)
class Artifact:
    """What a model folder holds.

    Attributes
    ----------
    manifest : dict
        What was given to :func:`write_artifact`, with ``format``, ``format_version``, ``files`` (hash and size of each
        other file) and ``sha256`` (hash of the manifest's own content).
    codecs : dict
        Everything that turns tokens and values into columns.
    weights : dict of str to torch.Tensor
        On the device that was asked for.
    history : list of dict
        One record a validation, in order.
    """

    manifest: dict[str, Any]
    codecs: dict[str, Any]
    weights: dict[str, torch.Tensor]
    history: list[dict[str, Any]]


def write_artifact(
    path: str | Path,
    manifest: Mapping[str, Any],
    codecs: Mapping[str, Any],
    weights: Mapping[str, torch.Tensor],
    history: Iterable[Mapping[str, Any]] = (),
    force: bool = False,
) -> None:
    """Write a model folder in one step; it is durable when this returns.

    An unfinished fit's checkpoint in that folder goes with the folder that is replaced.

    Parameters
    ----------
    path : str or Path
        The folder, ``NAME.synthdiff``. Parents are made.
    manifest, codecs : mapping
        What JSON can hold; NaN and infinities are kept.
    weights : mapping of str to torch.Tensor
        Any dtype, shape and device.
    history : iterable of mapping
        One record a validation.
    force : bool
        Replace a finished model. It stays readable until the new one is in its place.

    Raises
    ------
    ConfigError
        A finished model is there and ``force`` is not given, or something is there that is no model.
    ArtifactError
        The folder cannot be written, or the disk is full. What was there before stands.
    TypeError
        JSON cannot hold what was given.
    """
    target = _resolve(path)
    contents = {
        _CODECS: to_json(dict(codecs)).encode(),
        _WEIGHTS: pack_tensors(weights),
        _HISTORY: "".join(to_json(dict(record)) + "\n" for record in history).encode(),
    }
    files = {name: {"sha256": digest(data), "bytes": len(data)} for name, data in contents.items()}
    marks = {"format": FORMAT, "format_version": FORMAT_VERSION, "files": files}
    contents[_MANIFEST] = to_json(seal({**manifest, **marks}), indent=2).encode()
    recover(target)
    check_target(target, force=force)
    with plain_errors("write the model", target):
        stage = _stage(target, contents)
        try:
            _replace(target, stage)
        finally:
            shutil.rmtree(stage, ignore_errors=True)


def read_artifact(path: str | Path, device: torch.device | str = "cpu") -> Artifact:
    """Read a model folder and check every file against its hash.

    Parameters
    ----------
    path : str or Path
        The folder, ``NAME.synthdiff``.
    device : torch.device or str
        Where the weights go.

    Returns
    -------
    Artifact

    Raises
    ------
    VersionError
        A newer version wrote it, or one too old.
    CorruptError
        A file is missing, truncated or edited.
    ArtifactError
        There is no finished model, or the operating system refuses to read it.
    """
    target = _resolve(path)
    with plain_errors("read the model", target):
        manifest, contents = _read_whole(target)
    return Artifact(
        manifest,
        from_json(contents[_CODECS]),
        unpack_tensors(contents[_WEIGHTS], device),
        [from_json(line) for line in contents[_HISTORY].splitlines()],
    )


def model_kind(path: str | Path) -> str:
    """What model a folder holds, such as ``"TabularDiffusion"``; the files are not checked, :func:`read_artifact` does.

    Raises
    ------
    ArtifactError
        There is no finished model.
    """
    target = _resolve(path)
    with plain_errors("read the model", target):
        found = _find_manifest(target)
    if found is None:
        raise ArtifactError(_why_not(target))
    return str(_parse_manifest(found[1], found[0] / _MANIFEST).get("model"))


def is_finished(path: str | Path) -> bool:
    """Say whether a finished model is there; its files are not checked, :func:`read_artifact` does that."""
    target = _resolve(path)
    with plain_errors("read the model", target):
        return _find_manifest(target) is not None


def check_target(path: str | Path, *, force: bool = False) -> None:
    """Refuse a place where a model may not be written; call it before a fit, not after.

    Parameters
    ----------
    path : str or Path
        The folder, ``NAME.synthdiff``.
    force : bool
        A finished model may be replaced.

    Raises
    ------
    ConfigError
        A finished model is there and ``force`` is not given, or a file, or a folder that holds anything else than a
        model: that is never replaced, so that a mistyped name cannot remove a folder of documents.
    """
    target = _resolve(path)
    if target.exists() and not target.is_dir():
        raise ConfigError(f"{target} is a file; a model is a folder: choose another name")
    names = {entry.name for entry in target.iterdir()} if target.exists() else set()
    strange = sorted(names - {*_FILES, _MANIFEST, CHECKPOINT})
    if strange:
        raise ConfigError(f"{target} holds {', '.join(strange[:3])}, which is no part of a model: choose another name")
    if is_finished(target) and not force:
        raise ConfigError(f"{target} is a finished model already: choose another name, or replace it with force")


def recover(path: str | Path) -> None:
    """Put in order what a kill while a model was written has left; where there is nothing to do, do nothing.

    A previous model that had stepped aside comes back, staged files are removed. Call it before a fit that writes to
    this path; :func:`write_artifact` does so itself.

    Parameters
    ----------
    path : str or Path
        The folder, ``NAME.synthdiff``; it need not exist.

    Raises
    ------
    ArtifactError
        The operating system refuses.
    """
    target = _resolve(path)
    with plain_errors("recover the model", target):
        if not target.parent.is_dir():
            return
        _bring_back(target)
        for leftover in target.parent.glob("*"):
            if leftover.name.startswith(_stage_prefix(target)):
                shutil.rmtree(leftover)


def _resolve(path: str | Path) -> Path:
    return Path(path).expanduser().resolve()  # a link to a model folder stays; what it points to is replaced


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}.old")


def _stage_prefix(target: Path) -> str:
    return f".{target.name}.new-"


def _find_manifest(target: Path) -> tuple[Path, bytes] | None:
    """Where the finished model lies: in its place, or aside between the two renames of a replacement."""
    for folder in (target, _aside(target)) * 4:  # it may step aside, or back, between one look and the next
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            return folder, (folder / _MANIFEST).read_bytes()
    return None


def _stage(target: Path, contents: Mapping[str, bytes]) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    stage = target.with_name(f"{_stage_prefix(target)}{os.getpid()}-{secrets.token_hex(4)}")
    stage.mkdir()
    try:
        for name, data in contents.items():
            write_file(stage / name, data)
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        raise
    return stage


def _replace(target: Path, stage: Path) -> None:
    if target.exists():
        os.rename(target, _aside(target))
    try:
        os.rename(stage, target)
    except BaseException:
        if _aside(target).exists():
            os.rename(_aside(target), target)
        raise
    sync_folder(target.parent)
    if _aside(target).exists():
        with contextlib.suppress(OSError):  # the new model is in its place; the next write removes the old one
            _discard(_aside(target))


def _bring_back(target: Path) -> None:
    aside = _aside(target)
    if not aside.exists():
        return
    useful = (aside / _MANIFEST).is_file() or (aside / CHECKPOINT).is_dir()
    if (target / _MANIFEST).is_file() or not useful:
        _discard(aside)
        return
    if (target / CHECKPOINT).exists():  # a fit that began meanwhile keeps its checkpoint
        shutil.rmtree(aside / CHECKPOINT, ignore_errors=True)
        os.rename(target / CHECKPOINT, aside / CHECKPOINT)
    if target.exists():
        target.rmdir()
    os.rename(aside, target)
    sync_folder(target.parent)


def _discard(folder: Path) -> None:
    (folder / _MANIFEST).unlink(missing_ok=True)  # first: half a folder must not look like a finished model
    shutil.rmtree(folder)


def _why_not(target: Path) -> str:
    if not target.exists():
        return f"there is no model {target}"
    if (target / CHECKPOINT).is_dir():
        return f"{target} is an unfinished fit: the command that began it goes on from its checkpoint"
    return f"{target} is not a model: it has no {_MANIFEST}"


def _read_whole(target: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Manifest and files of one and the same model, though others may take its place meanwhile."""
    damaged = 0
    while True:
        found = _find_manifest(target)
        if found is None:
            raise ArtifactError(_why_not(target))
        try:
            return _read_folder(*found)
        except CorruptError:
            damaged += _find_manifest(target) == found
            if damaged == _LOOKS:
                raise


def _read_folder(folder: Path, text: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    manifest = _parse_manifest(text, folder / _MANIFEST)
    return manifest, {name: _read_checked(folder / name, manifest["files"].get(name)) for name in _FILES}


def _parse_manifest(text: bytes, file: Path) -> dict[str, Any]:
    try:
        manifest = from_json(text)
    except ValueError as error:
        raise CorruptError(f"{file} is truncated or edited: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ArtifactError(f"{file.parent} is not a model: {file.name} is not from synthdiff")
    version = manifest.get("format_version")
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise VersionError(
            f"{file.parent} has format {version}; this version of synthdiff reads up to {FORMAT_VERSION}: update it"
        )
    if isinstance(version, int) and version < FORMAT_VERSION:
        raise VersionError(f"{file.parent} has format {version}, which this version no longer reads: fit it again")
    if not is_sealed(manifest):
        raise CorruptError(f"{file} was edited: its content does not match its hash")
    return manifest


def _read_checked(file: Path, mark: Mapping[str, Any] | None) -> bytes:
    try:
        data = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CorruptError(f"{file} is missing") from error
    if mark is None:
        raise CorruptError(f"{file} is not named in {_MANIFEST}")
    if len(data) < mark["bytes"]:
        raise CorruptError(f"{file} is truncated: {len(data):,} bytes of {mark['bytes']:,}")
    if digest(data) != mark["sha256"]:
        raise CorruptError(f"{file} was edited: its content does not match its hash in {_MANIFEST}")
    return data
