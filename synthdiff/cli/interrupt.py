"""Stopping between two steps: the first Ctrl-C, polite kill or hang-up waits until the work can be saved."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

Item = TypeVar("Item")

STOPPING_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT") if hasattr(signal, name)
)
"""Ctrl-C, a polite kill, the terminal that is closed, Ctrl-\\; those that the operating system has."""


def heeded_signals() -> list[int]:
    """List the stopping signals that this process does not ignore, as one that ``nohup`` started ignores a hang-up."""
    if threading.current_thread() is not threading.main_thread():
        return []  # only the main thread may handle signals
    return [number for number in STOPPING_SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]


def interrupt_on_signals() -> None:
    """Let each stopping signal end a command as Ctrl-C does: nothing half-written stays behind."""
    for number in heeded_signals():
        signal.signal(number, signal.default_int_handler)


def stop_between(
    steps: Generator[Item, None, None], too_late: Callable[[Item], bool] = lambda item: False
) -> Iterator[Item]:
    """The items of `steps`, whose generator meets a stopping signal at a yield and nowhere else.

    Parameters
    ----------
    steps : generator
        Work in steps; a KeyboardInterrupt thrown into it makes it save what it has and raise it again.
    too_late : callable
        Items after which there is nothing left to stop.

    Raises
    ------
    KeyboardInterrupt
        After the generator saved its work; or, after a second signal, at once.
    """
    with _first_signal_waits() as requests:
        for item in steps:
            # Before the caller shows anything: the terminal may be gone.
            if requests and not too_late(item):
                steps.throw(KeyboardInterrupt())
            yield item
            if requests and not too_late(item):
                steps.throw(KeyboardInterrupt())


@contextmanager
def _first_signal_waits() -> Iterator[list[int]]:
    """Collect the first stopping signal in the list that is yielded; the second one interrupts at once."""
    requests: list[int] = []

    def request(number: int, frame: FrameType | None) -> None:
        if requests:
            raise KeyboardInterrupt
        requests.append(number)

    before = {number: signal.signal(number, request) for number in heeded_signals()}
    try:
        yield requests
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
