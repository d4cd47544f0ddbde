"""Networks of models from anybody: built last, once their tensors are known to fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from synthdiff.record import require

Module = TypeVar("Module", bound=nn.Module)
_SHOWN = 200
META = torch.device("meta")


class _WithoutInitialWeights(TorchFunctionMode):
    """Leaves tensors as they are where a layer would draw its initial weights.

    PyTorch draws on the meta device by way of its compiler, whose import takes two seconds.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(func, "__module__", None) == nn.init.__name__:
            return args[0] if args else kwargs["tensor"]
        return func(*args, **(kwargs or {}))


@contextmanager
def on_meta() -> Iterator[None]:
    """Build layers on the meta device, where weights take no memory and have no values."""
    with META, _WithoutInitialWeights():
        yield


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
    with on_meta():
        expected = make(True).state_dict()
    check_tensors(weights, {name: (tuple(x.shape), x.dtype) for name, x in expected.items()})
    with on_meta():
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
