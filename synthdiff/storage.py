"""Bytes that survive a kill: files replaced in one step, hashed content, JSON and tensors that cannot run code."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.torch
import torch

from synthdiff.errors import ArtifactError, CorruptError
from synthdiff.partial import create_partial, put_in_place, remove_quietly
from synthdiff.partial import sync_folder as sync_folder

_NON_FINITE = "$float"
_SEAL = "sha256"


def to_json(value: Any, *, indent: int | None = None) -> str:
    """Write strict JSON; infinities and NaN, which JSON lacks, become ``{"$float": "inf"}``.

    Parameters
    ----------
    value : Any
        Nested dicts with string keys, lists, tuples, strings, numbers (NumPy's scalars too), booleans, None.
    indent : int or None
        Spaces a level; None puts everything on one line.

    Returns
    -------
    str
        ASCII, the keys in their own order; :func:`from_json` gives equal values back, floats to the last bit.

    Raises
    ------
    TypeError
        Something else is in it; the message says where.

    Examples
    --------
    >>> to_json({"edges": [0.5, float("inf")]})
    '{"edges": [0.5, {"$float": "inf"}]}'
    """
    return json.dumps(_plain(value, "value"), indent=indent, allow_nan=False)


def from_json(text: str | bytes) -> Any:
    """Read what :func:`to_json` wrote.

    Raises
    ------
    ValueError
        The text is not JSON.

    Examples
    --------
    >>> from_json('{"edges": [0.5, {"$float": "inf"}]}')
    {'edges': [0.5, inf]}
    """
    return json.loads(text, object_hook=_revive)


def _plain(value: Any, place: str) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return {_NON_FINITE: str(value)}
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{place}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _plain(item, f"{place}[{key!r}]") for key, item in value.items()}
    raise TypeError(f"{place} is {type(value).__name__} {value!r}, which JSON cannot hold")


def _revive(pairs: dict[str, Any]) -> Any:
    if pairs.keys() == {_NON_FINITE} and pairs[_NON_FINITE] in ("inf", "-inf", "nan"):
        return float(pairs[_NON_FINITE])
    return pairs


def digest(data: bytes) -> str:
    """SHA-256 as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def seal(content: Mapping[str, Any]) -> dict[str, Any]:
    """Add the hash of the content to it, under ``"sha256"``.

    Parameters
    ----------
    content : mapping
        What :func:`to_json` can write. The layout of the file does not count, only the content does.
    """
    open_content = {key: value for key, value in content.items() if key != _SEAL}
    return open_content | {_SEAL: _content_digest(open_content)}


def is_sealed(content: Mapping[str, Any]) -> bool:
    """Say whether the content is the one that was sealed."""
    return content.get(_SEAL) == _content_digest({key: value for key, value in content.items() if key != _SEAL})


def _content_digest(content: Mapping[str, Any]) -> str:
    return digest(json.dumps(_plain(content, "value"), sort_keys=True, separators=(",", ":")).encode())


def pack_tensors(tensors: Mapping[str, torch.Tensor]) -> bytes:
    """Write tensors in the safetensors format; any device and layout, also views of one another."""
    # A copy each: safetensors refuses tensors that share memory, such as tied weights.
    own = {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}
    return safetensors.torch.save(own)


def unpack_tensors(data: bytes, device: torch.device | str = "cpu") -> dict[str, torch.Tensor]:
    """Read tensors in the safetensors format onto a device.

    Raises
    ------
    CorruptError
        The bytes are not in that format.
    """
    try:
        tensors = safetensors.torch.load(data)
    except (safetensors.SafetensorError, ValueError) as error:
        raise CorruptError(f"the tensors cannot be read: {error}") from error
    return {name: tensor.to(device) for name, tensor in tensors.items()}


def write_file(path: Path, data: bytes) -> None:
    """Put a file in its place in one step: whoever looks, even after a kill or a power cut, sees all of it or the old.

    Raises
    ------
    OSError
        As the operating system says; nothing is left behind.
    """
    stream, partial = create_partial(path)
    try:
        with stream:
            stream.write(data)
            put_in_place(stream, partial, path)
    except BaseException:
        remove_quietly(partial)
        raise
    sync_folder(path.parent)


@contextlib.contextmanager
def plain_errors(action: str, path: Path) -> Iterator[None]:
    """Turn the operating system's errors into an :class:`ArtifactError` that says what was tried, where, and why not.

    Parameters
    ----------
    action : str
        A verb and its object: "write the model".
    path : Path
        What the user named.
    """
    try:
        yield
    except ArtifactError:
        raise
    except OSError as error:
        where = f" ({error.filename})" if error.filename and str(error.filename) != str(path) else ""
        raise ArtifactError(f"cannot {action} {path}: {error.strerror or error}{where}") from error
