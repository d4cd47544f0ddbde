"""Checkpoints of an unfinished fit: what a kill at any moment leaves is the previous one or the new one, never half.

The tensors lie in a file that is named by the hash of its content; ``checkpoint.json`` names that file and holds the
rest. So replacing ``checkpoint.json``, one rename, is the step that counts: a kill before it leaves the old pair (and a
file of tensors that nothing names, cleared by the next save), a kill after it the new one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from synthdiff.errors import CorruptError, VersionError
from synthdiff.storage import (
    digest,
    from_json,
    is_sealed,
    pack_tensors,
    plain_errors,
    seal,
    to_json,
    unpack_tensors,
    write_file,
)

FORMAT_VERSION = 1
_INDEX = "checkpoint.json"
_TENSORS = "tensors-{}.safetensors"


@dataclass(frozen=True)
class Checkpoint:
    """State of an unfinished fit.

    Attributes
    ----------
    tensors : dict of str to torch.Tensor
        On the CPU: weights, optimiser and generator states.
    meta : dict
        Everything else, as JSON holds it.
    """

    tensors: dict[str, torch.Tensor]
    meta: dict[str, Any]


def save_checkpoint(folder: Path, tensors: Mapping[str, torch.Tensor], meta: Mapping[str, Any]) -> None:
    """Replace the checkpoint in a folder in one step that is durable when this returns.

    Parameters
    ----------
    folder : Path
        Made if absent.
    tensors : mapping of str to torch.Tensor
        Any dtype, shape and device, also views of one another.
    meta : mapping
        What JSON can hold; NaN and infinities are kept.

    Raises
    ------
    ArtifactError
        The folder cannot be written, or the disk is full. The previous checkpoint stands.
    TypeError
        JSON cannot hold ``meta``.
    """
    data = pack_tensors(tensors)
    name = _TENSORS.format(digest(data))
    text = to_json(seal({"format_version": FORMAT_VERSION, "tensors": name, "meta": dict(meta)}), indent=1)
    with plain_errors("save a checkpoint in", folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_file(folder / name, data)
        write_file(folder / _INDEX, text.encode())
    _clear(folder, keep=name)


def load_checkpoint(folder: Path) -> Checkpoint | None:
    """Read the checkpoint in a folder.

    Parameters
    ----------
    folder : Path
        Where :func:`save_checkpoint` wrote.

    Returns
    -------
    Checkpoint or None
        None if there is none.

    Raises
    ------
    CorruptError
        A file is missing, truncated or edited.
    VersionError
        A newer version wrote it.
    ArtifactError
        The operating system refuses to read it.
    """
    with plain_errors("read the checkpoint in", folder):
        try:
            text = (folder / _INDEX).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        index = _parse_index(text, folder / _INDEX)
        file = folder / index["tensors"]
        data = file.read_bytes() if file.is_file() else b""
    if _TENSORS.format(digest(data)) != index["tensors"]:
        raise CorruptError(f"{file} is missing, truncated or edited; delete {folder} to fit afresh")
    return Checkpoint(unpack_tensors(data), index["meta"])


def remove_checkpoint(folder: Path) -> None:
    """Remove the checkpoint, and its folder when nothing else is in it; where there is none, do nothing.

    Raises
    ------
    ArtifactError
        The operating system refuses.
    """
    with plain_errors("remove the checkpoint in", folder):
        (folder / _INDEX).unlink(missing_ok=True)  # first: tensors that nothing names are no checkpoint
    _clear(folder)
    with contextlib.suppress(OSError):
        folder.rmdir()


def _parse_index(text: bytes, file: Path) -> dict[str, Any]:
    try:
        index = from_json(text)
    except ValueError as error:
        raise CorruptError(f"{file} is truncated or edited: {error}; delete {file.parent} to fit afresh") from error
    version = index.get("format_version") if isinstance(index, dict) else None
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise VersionError(f"{file} has format {version}, newer than {FORMAT_VERSION}: update synthdiff to resume")
    if not isinstance(index, dict) or not is_sealed(index):
        raise CorruptError(f"{file} was edited; delete {file.parent} to fit afresh")
    return index


def _clear(folder: Path, keep: str = "") -> None:
    """Remove what earlier saves and kills left; what cannot be removed costs space, never the checkpoint."""
    with contextlib.suppress(OSError):
        for pattern in (_TENSORS.format("*"), ".*.partial-*"):
            for file in folder.glob(pattern):
                if file.name != keep:
                    file.unlink(missing_ok=True)
