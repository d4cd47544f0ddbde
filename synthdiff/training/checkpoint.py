"""Checkpoints of an unfinished fit: what a kill at any moment leaves is the previous one or the new one, never half.

The tensors lie in a file that is named by the hash of its content; ``checkpoint.json`` names that file and holds the
rest. So replacing ``checkpoint.json``, one rename, is the step that counts: a kill before it leaves the old pair (and a
file of tensors that nothing names, cleared by the next save), a kill after it the new one. Beside them lies
``command.txt``, the command that goes on with the fit, where somebody noted it.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from synthdiff.errors import CorruptError, SynthdiffError, VersionError
from synthdiff.flock import what_is
from synthdiff.lock import locked
from synthdiff.partial import PARTIAL, discard, hidden_files, is_abandoned
from synthdiff.restore import in_fields, restoring
from synthdiff.runtime import count_threads
from synthdiff.storage import (
    digest,
    from_json,
    is_sealed,
    pack_tensors,
    plain_errors,
    read_file,
    seal,
    to_json,
    unpack_tensors,
    write_file,
)

FORMAT_VERSION = 1
COMMAND = "command.txt"
_INDEX = "checkpoint.json"
_TENSORS = "tensors-{}.safetensors"
_TENSORS_PATTERN = r"tensors-[0-9a-f]{64}\.safetensors"
_INDEX_LIMIT, _TENSORS_LIMIT, _COMMAND_LIMIT = 64 << 20, 8 << 30, 1 << 16


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

    def part(self, name: str) -> dict[str, Any]:
        """Return a part of ``meta`` that is an object.

        Raises
        ------
        CorruptError
            It is missing, or something else.
        """
        found = self.meta.get(name)
        if not isinstance(found, dict):
            what = "missing" if found is None else f"{type(found).__name__}, not an object"
            raise CorruptError(f"the checkpoint is damaged: meta.{name} is {what}; delete it to fit afresh")
        return found

    def other_threads(self) -> str:
        """Say what follows from another number of threads than the fit began with; nothing where it is the same."""
        before, now = self.meta.get("threads"), count_threads()
        if type(before) is not int or before == now:
            return ""
        return f"; it began with {before} CPU threads and now has {now}, so the last digits of its weights will differ"

    @property
    def seed(self) -> int:
        """Seed of the fit.

        Raises
        ------
        CorruptError
            It is missing, or no seed.
        """
        seed = self.part("identity").get("seed")
        if type(seed) is not int or seed < 0:
            raise CorruptError("the checkpoint is damaged: meta.identity.seed is no seed; delete it to fit afresh")
        return seed


class _Index(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    format_version: int
    tensors: Annotated[str, Field(pattern=f"^{_TENSORS_PATTERN}$")]
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
        A file is missing, truncated or edited, or no regular file.
    VersionError
        A newer version wrote it.
    ArtifactError
        The operating system refuses to read it.
    """
    with plain_errors("read the checkpoint in", folder):
        try:
            text = read_file(folder / _INDEX, _INDEX_LIMIT)
        except (FileNotFoundError, NotADirectoryError):
            return None
        index = _parse_index(text, folder / _INDEX)
        file = folder / index.tensors
        try:
            data = read_file(file, _TENSORS_LIMIT)
        except FileNotFoundError:
            data = b""
    if _TENSORS.format(digest(data)) != index.tensors:
        raise CorruptError(f"{file} is missing, truncated or edited; delete {folder} to fit afresh")
    return Checkpoint(unpack_tensors(data), index.meta)


def remove_checkpoint(folder: Path) -> None:
    """Remove the checkpoint, and its folder when nothing else is in it; where there is none, do nothing.

    Raises
    ------
    ArtifactError
        The operating system refuses.
    """
    if what_is(folder) == "a link":  # what lies there is somebody else's
        return
    with plain_errors("remove the checkpoint in", folder), contextlib.suppress(NotADirectoryError):
        _remove_regular(folder / _INDEX)  # first: tensors that nothing names are no checkpoint
    _clear(folder)
    with contextlib.suppress(OSError):
        _remove_regular(folder / COMMAND)
    with contextlib.suppress(OSError):
        os.rmdir(folder)


@contextlib.contextmanager
def fitting_in(folder: Path | None) -> Iterator[None]:
    """Keep other fits out of a checkpoint's folder; without a folder, do nothing.

    Raises
    ------
    LockedError
        Another fit, of this process or another, uses the folder.
    ArtifactError
        The operating system refuses.
    """
    if folder is None:
        yield
        return
    with plain_errors("lock the checkpoint in", folder):
        place = folder.expanduser().resolve()
        is_new = not place.parent.exists()
        place.parent.mkdir(parents=True, exist_ok=True)
        lock = locked(place, nested=False)
        lock.__enter__()
    try:
        yield
    finally:
        lock.__exit__(None, None, None)
        if is_new:
            with contextlib.suppress(OSError):  # a fit that left no checkpoint leaves no folder
                os.rmdir(place.parent)


@contextlib.contextmanager
def resuming(folder: Path | None) -> Iterator[None]:
    """Turn what goes wrong while a fit is restored from a checkpoint into CorruptError with the folder's name."""
    with restoring(f"the checkpoint in {folder}", advice=f"delete {folder} to fit afresh"):
        yield


def what_is_not_ours(folder: Path) -> str | None:
    """Say what in a checkpoint's folder no fit has written, judged by content; None where everything is ours.

    Parameters
    ----------
    folder : Path
        It exists.

    Raises
    ------
    OSError
        It cannot be read.
    """
    named = ""
    names = sorted(os.listdir(folder))
    if _INDEX in names:
        try:
            named = _parse_index(read_file(folder / _INDEX, _INDEX_LIMIT), folder / _INDEX).tensors
        except SynthdiffError as error:
            return f"a checkpoint that is damaged, or not of synthdiff ({error})"
    return next((f"{folder.name}/{name}" for name in names if not _is_ours(folder / name, named)), None)


def leftovers(folder: Path) -> list[Path]:
    """List the partial files in a checkpoint's folder that nobody alive is writing."""
    return [path for path in hidden_files(folder, PARTIAL) if _is_own_partial(path) and is_abandoned(path)]


def _is_ours(file: Path, named: str) -> bool:
    if what_is(file):
        return False
    if file.name in (_INDEX, named) or _is_own_partial(file):
        return True
    with contextlib.suppress(CorruptError):
        if file.name == COMMAND:
            return read_file(file, _COMMAND_LIMIT).startswith(b"cd ")
        if re.fullmatch(_TENSORS_PATTERN, file.name):  # what a kill before the index left is named by its content
            return _TENSORS.format(digest(read_file(file, _TENSORS_LIMIT))) == file.name
    return False


def _is_own_partial(file: Path) -> bool:
    target = file.name[1:].rpartition(f".{PARTIAL}")[0]
    is_known = target in (_INDEX, COMMAND) or re.fullmatch(_TENSORS_PATTERN, target) is not None
    return is_known and file in hidden_files(file.parent, PARTIAL)


def _parse_index(text: bytes, file: Path) -> _Index:
    advice = f"delete {file.parent} to fit afresh"
    try:
        index = from_json(text)
    except ValueError as error:
        raise CorruptError(f"{file} is truncated or edited: {error}; {advice}") from error
    version = index.get("format_version") if isinstance(index, dict) else None
    if type(version) is int and version > FORMAT_VERSION:
        raise VersionError(f"{file} has format {version}, newer than {FORMAT_VERSION}: update synthdiff to resume")
    if not isinstance(index, dict) or (type(version), version) != (int, FORMAT_VERSION) or not is_sealed(index):
        raise CorruptError(f"{file} was edited; {advice}")
    try:
        return _Index.model_validate(index)
    except ValidationError as error:
        raise CorruptError(f"{file} was edited: {in_fields(error.errors())}; {advice}") from error


def _remove_regular(file: Path) -> None:
    if what_is(file) is None:
        file.unlink(missing_ok=True)


def _clear(folder: Path, keep: str = "") -> None:
    """Remove what earlier saves and kills left; what cannot be removed costs space, never the checkpoint."""
    with contextlib.suppress(OSError):
        for path in leftovers(folder):
            discard(path)
        for name in os.listdir(folder):
            if re.fullmatch(_TENSORS_PATTERN, name) and name != keep:
                _remove_regular(folder / name)
