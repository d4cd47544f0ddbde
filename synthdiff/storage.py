"""Bytes that survive a kill: files replaced in one step, hashed content, JSON and tensors that cannot run code."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch

from synthdiff.errors import ArtifactError, CorruptError, StorageError
from synthdiff.flock import open_regular
from synthdiff.partial import create_partial, put_in_place, remove_quietly, sync_folder
from synthdiff.reason import reason
from synthdiff.restore import describe

MAX_VALUES = 20_000_000
"""Values in one JSON text: as Python objects, one to four gigabytes."""
_MAX_DEPTH, _MAX_DIGITS = 64, 100
_TOO_DEEP = f"it is nested more than {_MAX_DEPTH} levels deep"
_NON_FINITE = "$float"
_SEAL = "sha256"
_PLAIN = {type(None), str, bool, int}


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


def from_json(text: str | bytes, *, max_values: int = MAX_VALUES) -> Any:
    """Read what :func:`to_json` wrote; bounded, so that a stranger's text cannot exhaust the stack or the memory.

    Parameters
    ----------
    text : str or bytes
        Strict JSON in UTF-8: no key twice in one object, no NaN outside ``{"$float": "nan"}``, at most 64 levels, whole
        numbers of at most 100 digits.
    max_values : int
        Largest number of commas and opening brackets, which bounds the number of values.

    Raises
    ------
    ValueError
        The text is not such JSON.

    Examples
    --------
    >>> from_json('{"edges": [0.5, {"$float": "inf"}]}')
    {'edges': [0.5, inf]}
    """
    words = text if isinstance(text, str) else text.decode()
    if count_values(words) > max_values:
        raise ValueError(f"it holds more than {max_values:,} values")
    try:
        value = json.loads(words, object_pairs_hook=_revive, parse_int=_parse_int, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [part for whole in level for part in _parts(whole) if isinstance(part, (dict, list))]
        if not level:
            return value
    raise ValueError(_TOO_DEEP)


def count_values(text: str) -> int:
    """Count the commas and opening brackets of a JSON text, which no number of values exceeds, but for the first."""
    return sum(map(text.count, ",[{"))


def _parts(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _plain(value: Any, place: str) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return {_NON_FINITE: str(value)}
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        if _is_plain(value):
            return value
        return [_plain(item, f"{place}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _plain(item, f"{place}[{key!r}]") for key, item in value.items()}
    raise TypeError(f"{place} is {type(value).__name__} {value!r}, which JSON cannot hold")


def _is_plain(values: Sequence[Any]) -> bool:
    """Say whether JSON holds all values as they are: whole columns of numbers are told without a look at each."""
    kinds = set(map(type, values))
    return kinds <= _PLAIN or (kinds == {float} and all(map(math.isfinite, values)))


def _revive(pairs: list[tuple[str, Any]]) -> Any:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:50]!r} is there twice")
    if found.keys() == {_NON_FINITE} and found[_NON_FINITE] in ("inf", "-inf", "nan"):
        return float(found[_NON_FINITE])
    return found


def _parse_int(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise ValueError(f"a whole number has {len(digits):,} digits; at most {_MAX_DIGITS} are read")
    return int(digits)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


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
    except Exception as error:  # of a dtype that this torch lacks, say: a KeyError
        raise CorruptError(f"the tensors cannot be read: {describe(error)}") from error
    return {name: tensor.to(device) for name, tensor in tensors.items()}


def read_file(path: Path, limit: int, size: int | None = None) -> bytes:
    """Read a regular file, whose size is looked at before anything is read.

    Parameters
    ----------
    path : Path
        No link, FIFO or device.
    limit : int
        Largest size in bytes that is read.
    size : int or None
        What the size must be; None takes any.

    Raises
    ------
    CorruptError
        The file is not regular, too large, or of another size.
    OSError
        As the operating system says.
    """
    with open(open_regular(path), "rb") as stream:
        found = os.fstat(stream.fileno()).st_size
        if found > limit or (size is not None and size > limit):
            raise CorruptError(f"{path} has {max(found, size or 0):,} bytes; at most {limit:,} are read")
        if size is not None and found < size:
            raise CorruptError(f"{path} is truncated: {found:,} bytes of {size:,}")
        if size is not None and found > size:
            raise CorruptError(f"{path} was edited: it has {found:,} bytes, not {size:,}")
        return stream.read(found)


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
    """Turn the operating system's errors into a :class:`StorageError` that says what was tried, where, and why not.

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
        raise StorageError(f"cannot {action} {path}: {reason(error)}{where}") from error
