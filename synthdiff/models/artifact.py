"""A fitted model on disk: a folder of JSON and safetensors that is replaced in one step and cannot run code.

``NAME.synthdiff/`` holds ``manifest.json``, ``codecs.json``, ``model.safetensors`` and ``training.jsonl``; during a fit
also, or only, ``checkpoint/``. A model is finished when its manifest is there: the folder is staged beside its name and
renamed into place. A folder that is not empty cannot be replaced by one rename, so the previous model first steps aside
to ``.NAME.synthdiff.old``; readers look there too, and the next writer puts it back after a kill between the renames.
One process at a time writes a model, the one that holds ``.NAME.synthdiff.lock``; any number read it. Only a folder
whose content is a model's, or an unfinished fit's, is ever replaced, and only files of theirs are removed.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from synthdiff.errors import ArtifactError, ConfigError, CorruptError, SynthdiffError
from synthdiff.models.envelope import (
    CODECS,
    FORMAT,
    FORMAT_VERSION,
    HISTORY,
    LIMITS,
    MANIFEST,
    MANIFEST_LIMIT,
    SIGNATURE,
    SIGNATURE_LIMIT,
    WEIGHTS,
    parse_manifest,
)
from synthdiff.models.folder import aside, has_manifest, is_unfinished, read_folder, resolve, what_is_strange
from synthdiff.models.replacement import replace_folder, writing
from synthdiff.models.signature import check, trusted_by_environment
from synthdiff.restore import restoring
from synthdiff.storage import (
    MAX_VALUES,
    count_values,
    digest,
    from_json,
    pack_tensors,
    plain_errors,
    read_file,
    seal,
    to_json,
    unpack_tensors,
)

_LOOKS = 4
"""So often the files of one manifest must be wrong: the model may just have been replaced by an equal one."""


@dataclass(frozen=True)
class Files:
    """The files of one and the same model, as they were read.

    Attributes
    ----------
    manifest : dict
        Content of ``manifest.json``.
    text : bytes
        The same as it stands in the file, which is what a signature signs.
    contents : dict of str to bytes
        The other files, which agree with the manifest.
    signature : bytes or None
        Content of ``signature.json``; None where there is none.
    """

    manifest: dict[str, Any]
    text: bytes
    contents: dict[str, bytes]
    signature: bytes | None


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
        The folder cannot be written, the disk is full, or a file would be larger than those that are read. What was
        there before stands.
    TypeError
        JSON cannot hold what was given.
    """
    contents = {
        CODECS: to_json(dict(codecs)).encode(),
        WEIGHTS: pack_tensors(weights),
        HISTORY: "".join(to_json(dict(record)) + "\n" for record in history).encode(),
    }
    files = {name: {"sha256": digest(data), "bytes": len(data)} for name, data in contents.items()}
    marks = {"format": FORMAT, "format_version": FORMAT_VERSION, "files": files}
    contents[MANIFEST] = to_json(seal({**manifest, **marks}), indent=2).encode()
    refuse_too_large(contents)
    with writing(path) as target:
        check_target(path, force=force)
        with plain_errors("write the model", target):
            replace_folder(target, contents)


def refuse_too_large(contents: Mapping[str, bytes]) -> None:
    """Refuse to write files that would not be read.

    Parameters
    ----------
    contents : mapping of str to bytes
        Content of some files, by name.

    Raises
    ------
    ArtifactError
        One of them is too large.
    """
    advice = "free text that is drawn from real values takes most of it: leave that empty, or drop those columns"
    for name, limit in (LIMITS | {MANIFEST: MANIFEST_LIMIT}).items():
        size = len(contents.get(name, b""))
        if size > limit:
            raise ArtifactError(f"{name} would have {size:,} bytes, of {limit:,} at most; {advice}")
    if count_values(contents[CODECS].decode()) > MAX_VALUES:
        raise ArtifactError(f"{CODECS} would hold more than {MAX_VALUES:,} values; {advice}")


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
    SignatureError
        ``SYNTHDIFF_TRUSTED_KEYS`` is set, and none of its keys has signed the model.
    """
    target = resolve(path)
    trusted = trusted_by_environment()
    files = read_files(target)
    manifest, contents = files.manifest, files.contents
    if trusted is not None:
        check(files.text, files.signature, trusted, target)
    with restoring(target, CODECS):
        codecs = from_json(contents[CODECS])
        if not isinstance(codecs, dict):
            raise ValueError("it is no JSON object")
    with restoring(target, HISTORY):
        history = [from_json(line) for line in contents[HISTORY].splitlines()]
        if not all(isinstance(record, dict) for record in history):
            raise ValueError("a line of it is no JSON object")
    try:
        weights = unpack_tensors(contents[WEIGHTS], device)
    except CorruptError as error:
        raise CorruptError(f"{target / WEIGHTS}: {error}") from error
    return Artifact(manifest, codecs, weights, history)


def read_files(path: str | Path) -> Files:
    """Read the files of one and the same model, though others may take its place meanwhile.

    Parameters
    ----------
    path : str or Path
        The folder, ``NAME.synthdiff``.

    Raises
    ------
    VersionError, CorruptError, ArtifactError
        As of `read_artifact`.
    """
    target, damaged = resolve(path), 0
    with plain_errors("read the model", target):
        while True:
            found = _find_manifest(target)
            if found is None:
                raise ArtifactError(_why_not(target))
            try:
                manifest, _, contents = read_folder(*found)
                return Files(manifest, found[1], contents, _read_signature(found[0]))
            except CorruptError:
                damaged += _find_manifest(target) == found
                if damaged == _LOOKS:
                    raise


def _read_signature(folder: Path) -> bytes | None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        return read_file(folder / SIGNATURE, SIGNATURE_LIMIT)
    return None


def model_kind(path: str | Path) -> str:
    """What model a folder holds, such as ``"TabularDiffusion"``; the files are not checked, :func:`read_artifact` does.

    Raises
    ------
    ArtifactError
        There is no finished model.
    """
    target = resolve(path)
    with plain_errors("read the model", target):
        found = _find_manifest(target)
        if found is None:
            raise ArtifactError(_why_not(target))
    kind = parse_manifest(found[1], found[0] / MANIFEST)[1].model
    if kind is None:
        raise CorruptError(f"{found[0] / MANIFEST} was edited: it does not say which model this is")
    return kind


def is_finished(path: str | Path) -> bool:
    """Say whether a finished model is there; its files are not checked, :func:`read_artifact` does that."""
    target = resolve(path)
    with plain_errors("read the model", target):
        return any(has_manifest(folder) for folder in (target, aside(target)) * 4)


def finished_models(folder: Path, suffix: str) -> list[Path]:
    """List the finished models in a folder, the one that was written last at the end.

    Parameters
    ----------
    folder : Path
        Whatever else stands in it, in whatever state, is passed over.
    suffix : str
        How their names end.

    Returns
    -------
    list of Path
        Also damaged ones, so that an older one does not silently stand in for them.

    Raises
    ------
    ArtifactError
        The folder cannot be read.
    """
    with plain_errors("read the folder", folder):
        names = sorted(name for name in os.listdir(folder) if name.endswith(suffix))
    found = []
    for path in (folder / name for name in names):
        with contextlib.suppress(SynthdiffError, OSError):
            if is_finished(path) and _is_ours(path):
                found.append((_written(path), path))
    return [path for _, path in sorted(found)]


def _is_ours(path: Path) -> bool:
    try:
        model_kind(path)
    except ArtifactError as error:
        return type(error) is not ArtifactError  # damaged, or of another version
    return True


def _written(path: Path) -> float:
    target = resolve(path)
    try:
        return (target / MANIFEST).stat().st_mtime
    except FileNotFoundError:  # stepped aside between two renames
        return (aside(target) / MANIFEST).stat().st_mtime


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
        A finished model is there and ``force`` is not given; or what is there is neither a whole model nor an
        unfinished fit of this package: that is never replaced, so that a mistyped name cannot remove anything else.
    ArtifactError
        The folder cannot be read.
    """
    target = resolve(path)
    with plain_errors("read the model", target):
        if Path(path).expanduser().is_symlink() and not target.exists():
            raise ConfigError(f"{path} is a link to {target}, which does not exist: choose another name")
        strange = what_is_strange(target)
    if strange is not None:
        raise ConfigError(f"{target} {strange}: choose another name, or move it away")
    if is_finished(target) and not force:
        raise ConfigError(f"{target} is a finished model already: choose another name, or replace it with force")


def _find_manifest(target: Path) -> tuple[Path, bytes] | None:
    """Where the finished model lies: in its place, or aside between the two renames of a replacement."""
    for folder in (target, aside(target)) * 4:  # it may step aside, or back, between one look and the next
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            return folder, read_file(folder / MANIFEST, MANIFEST_LIMIT)
    return None


def _why_not(target: Path) -> str:
    if not target.exists():
        return f"there is no model {target}"
    if is_unfinished(target):
        return f"{target} is an unfinished fit: the command that began it goes on from its checkpoint"
    return f"{target} is not a model: it has no {MANIFEST}"
