"""Models from anybody: one guard around all that is made of their files, and networks that are built last.

Hashes tell what was damaged, not who wrote it. So what a file says is checked before it is used, and whatever goes
wrong all the same is the file's fault: a `CorruptError` that names the model and, where it is known, the field.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import torch
from pydantic import ValidationError
from torch import nn

from synthdiff.errors import ArtifactError, CorruptError
from synthdiff.record import require

Module = TypeVar("Module", bound=nn.Module)
_SHOWN = 200
META = torch.device("meta")


@contextlib.contextmanager
def restoring(path: str | Path, part: str = "") -> Iterator[None]:
    """Turn whatever goes wrong into a `CorruptError`.

    Parameters
    ----------
    path : str or Path
        The model's folder, for the message.
    part : str
        The file and the field that is read, such as ``"codecs.json: table"``.

    Raises
    ------
    CorruptError
        Anything but an `ArtifactError` was raised inside.
    """
    try:
        yield
    except ArtifactError:
        raise
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        what = fault["msg"].removeprefix("Value error, ")
        raise CorruptError(_message(path, part + _place(fault["loc"], part), what)) from error
    except Exception as error:
        what = str(error) if isinstance(error, ValueError) else f"{type(error).__name__} {error}"
        raise CorruptError(_message(path, part, what)) from error


def _place(loc: tuple[int | str, ...], part: str) -> str:
    """A field as one would write it: ``.columns[3].digits``."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{_shown(key)}" for key in loc)
    return text if part.partition(": ")[2] else text.replace(".", ": ", 1)


def _shown(key: str) -> str:
    return (key if key.isprintable() else ascii(key))[:_SHOWN]


def _message(path: str | Path, place: str, what: str) -> str:
    shown = what if len(what) <= _SHOWN else f"{what[:_SHOWN]}..."
    return f"{path} is damaged, or was not written by synthdiff: {place}{': ' if place else ''}{shown}"


def build_network(make: Callable[[bool], Module], weights: Mapping[str, torch.Tensor], n_layers: int = 0) -> Module:
    """Build a network once its weights are known to fit.

    Parameters
    ----------
    make : callable
        Builds the network; called on PyTorch's meta device, where weights take no memory. True asks for buffers there
        as well, False for real ones.
    weights : mapping of str to torch.Tensor
        All of its weights, on the CPU.
    n_layers : int
        Layers that have a name of their own for each of their weights; refused where there are fewer weights.

    Returns
    -------
    torch.nn.Module
        With a copy of the weights, in evaluation mode; nothing of it learns.

    Raises
    ------
    ValueError
        A tensor is missing or left over, has another shape or type, or holds infinite values or NaN.
    """
    require(n_layers <= len(weights), f"{n_layers:,} layers are more than {len(weights):,} tensors can be")
    with META:
        expected = make(True).state_dict()
    check_tensors(weights, {name: (tuple(x.shape), x.dtype) for name, x in expected.items()})
    with META:
        network = make(False)
    network.load_state_dict({name: tensor.clone() for name, tensor in weights.items()}, assign=True)
    return network.eval().requires_grad_(False)


def check_tensors(
    tensors: Mapping[str, torch.Tensor], expected: Mapping[str, tuple[tuple[int, ...], torch.dtype]]
) -> None:
    """Refuse tensors of other names, shapes or types, and those that are not finite.

    Raises
    ------
    ValueError
        The first of them, by name.
    """
    for name in sorted(expected.keys() ^ tensors.keys()):
        require(name in tensors, f"the tensor {name!r} is missing")
        require(name in expected, f"there is a tensor {name[:_SHOWN]!r} too many")
    for name, (shape, dtype) in expected.items():
        tensor = tensors[name]
        found, wanted = f"{list(tensor.shape)} of {tensor.dtype}", f"{list(shape)} of {dtype}"
        require(found == wanted, f"the tensor {name!r} has the shape {found}, not {wanted}")
        require(bool(tensor.isfinite().all()), f"the tensor {name!r} holds numbers that are infinite, or none")
