"""Where a computation runs and where its randomness comes from: device, precision, seeds."""

from __future__ import annotations

import hashlib
import operator
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch

from synthdiff.errors import ConfigError

_PRECISIONS: dict[str, torch.dtype] = {"float32": torch.float32, "bfloat16": torch.bfloat16}
_GLOBAL_GENERATOR = threading.Lock()
_THREADS_ARE_FIXED = ContextVar("threads_are_fixed", default=False)
_SEED_BITS = 63  # fits torch's int64 seeds and stays positive everywhere


def choose_device(name: str = "auto") -> torch.device:
    """Turn a device's name into a device that is present on this machine.

    Parameters
    ----------
    name : str
        ``"auto"`` (a CUDA GPU if there is one, else Apple's, else the CPU), ``"cpu"``, ``"cuda"``, ``"cuda:1"``,
        ``"mps"``.

    Returns
    -------
    torch.device

    Raises
    ------
    ConfigError
        The name is not a device's, or this machine has no such device.

    Examples
    --------
    >>> choose_device("cpu")
    device(type='cpu')
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    if device is None or device.type not in _AVAILABLE:
        raise ConfigError(f"device {name!r} is not known; say auto, cpu, cuda, cuda:0 or mps")
    if (device.index or 0) >= _AVAILABLE[device.type]():
        found = ", ".join(f"{kind} ({count()})" for kind, count in _AVAILABLE.items() if count())
        raise ConfigError(f"device {name!r} is not available; this machine has {found}; say auto to take the best")
    return device


def _count_mps() -> int:
    return int(torch.backends.mps.is_available())


def _count_cpu() -> int:
    return 1


_AVAILABLE = {"cuda": torch.cuda.device_count, "mps": _count_mps, "cpu": _count_cpu}


def choose_precision(name: str, device: torch.device) -> torch.dtype:
    """Choose the dtype of matrix products; weights and sums stay float32.

    Parameters
    ----------
    name : str
        ``"auto"`` (bfloat16 where the hardware multiplies it natively, else float32), ``"float32"`` or ``"bfloat16"``.
    device : torch.device
        Where the products are computed.

    Returns
    -------
    torch.dtype
        For ``torch.autocast``; ``torch.float32`` means no autocast.

    Raises
    ------
    ConfigError
        The name is none of the three.

    Examples
    --------
    >>> choose_precision("float32", torch.device("cpu"))
    torch.float32
    """
    if name == "auto":
        return torch.bfloat16 if _multiplies_bfloat16(device) else torch.float32
    if name not in _PRECISIONS:
        raise ConfigError(f"precision {name!r} is not known; say auto, {' or '.join(_PRECISIONS)}")
    return _PRECISIONS[name]


def autocast(device: torch.device, precision: torch.dtype) -> torch.autocast:
    """Context in which matrix products run in a precision, as `choose_precision` gives it; float32 changes nothing."""
    return torch.autocast(device.type, precision, enabled=precision != torch.float32)


def _multiplies_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        # Releases of torch that cannot say what the CPU has are answered with float32: slower, never wrong.
        capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
        return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
    return False


def spawn_seed(seed: int, *keys: int | str) -> int:
    """Derive a seed for one named use of randomness from the seed of the whole.

    The same arguments give the same seed in every version and on every machine; any other arguments give one that has
    nothing to do with it. So a chunk of rows or a training step draws the same numbers whoever computes it.

    Parameters
    ----------
    seed : int
        Seed of the whole; any integer.
    *keys : int or str
        What the numbers are for, such as ``"chunk", 7``. ``1`` and ``"1"`` are different keys.

    Returns
    -------
    int
        In [0, 2**63).

    Raises
    ------
    TypeError
        A key is neither an integer nor a string.

    Examples
    --------
    >>> spawn_seed(0, "chunk", 7) == spawn_seed(0, "chunk", 7)
    True
    >>> spawn_seed(0, "chunk", 7) == spawn_seed(0, "chunk", 8)
    False
    """
    digest = hashlib.sha256()
    for key in (seed, *keys):
        word = f"s{key}" if isinstance(key, str) else f"i{operator.index(key)}"
        data = word.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big") + data)  # the length keeps ("ab", "c") apart from ("a", "bc")
    return int.from_bytes(digest.digest()[:8], "big") >> (64 - _SEED_BITS)


def generator(seed: int, *keys: int | str, device: torch.device | str = "cpu") -> torch.Generator:
    """Make a generator of random numbers for one named use; see :func:`spawn_seed`.

    Parameters
    ----------
    seed : int
        Seed of the whole.
    *keys : int or str
        What the numbers are for.
    device : torch.device or str
        Where the numbers are drawn. Devices draw different numbers from the same seed: what must not depend on the
        device is drawn on the CPU.

    Returns
    -------
    torch.Generator
    """
    return torch.Generator(device=device).manual_seed(spawn_seed(seed, *keys))


@contextmanager
def global_seed(seed: int, *keys: int | str, device: torch.device | None = None) -> Iterator[None]:
    """Seed torch's global generators for a block of code, and give them back as they were.

    Initial weights and torch's own dropout know no other generator. One thread at a time is let in, since a second one
    would draw from the same sequence: fits in several threads are the fits that each would be alone.

    Parameters
    ----------
    seed : int
        Seed of the whole.
    *keys : int or str
        Name of the use; see :func:`spawn_seed`.
    device : torch.device or None
        Device whose generator is seeded too, if it is a GPU. Default: the CPU's alone.
    """
    devices = [device] if device is not None and device.type == "cuda" else []
    with _GLOBAL_GENERATOR, torch.random.fork_rng(devices=devices):
        torch.manual_seed(spawn_seed(seed, *keys))
        yield


@contextmanager
def limit_threads(n_threads: int | None) -> Iterator[None]:
    """Compute with a number of CPU threads within a block: torch's, and those of NumPy's and SciPy's libraries.

    Sums are split among threads, so their last digits depend on how many there are, and so do trained weights.

    Parameters
    ----------
    n_threads : int or None
        Number of threads, at least 1. None changes nothing.
    """
    if n_threads is None:
        yield
        return
    import scipy.linalg  # noqa: F401 (a library that is loaded later would not be limited)
    from threadpoolctl import threadpool_limits

    before, fixed = torch.get_num_threads(), _THREADS_ARE_FIXED.set(True)
    with threadpool_limits(n_threads):
        torch.set_num_threads(n_threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)
            _THREADS_ARE_FIXED.reset(fixed)


def threads_are_fixed() -> bool:
    """Say whether the number of threads was asked for, by `limit_threads`."""
    return _THREADS_ARE_FIXED.get()


def count_threads() -> int:
    """Return the number of CPU threads that torch computes with in this thread."""
    return torch.get_num_threads()
