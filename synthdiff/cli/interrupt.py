"""Stopping between two steps: the first Ctrl-C, or a polite kill, waits for a point at which the work can be saved."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

Item = TypeVar("Item")

STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM)


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

    before = {number: signal.signal(number, request) for number in STOPPING_SIGNALS}
    try:
        yield requests
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
