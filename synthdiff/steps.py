"""Long work as a generator: it yields how far it is, and returns what it made."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Generic, TypeVar

P = TypeVar("P")
R = TypeVar("R")


class Steps(Generic[P, R]):
    """Iterate over the progress of some work, and keep its result.

    Attributes
    ----------
    result
        What the work returned; there once the iteration has ended.

    Examples
    --------
    >>> def work():
    ...     yield 0.5
    ...     return "made"
    >>> steps = Steps(work())
    >>> list(steps), steps.result
    ([0.5], 'made')
    """

    result: R

    def __init__(self, work: Generator[P, None, R]) -> None:
        self._work = work

    def __iter__(self) -> Iterator[P]:
        self.result = yield from self._work


def drained(work: Generator[P, None, R]) -> R:
    """What some work returns, whatever it yields."""
    steps = Steps(work)
    for _ in steps:
        pass
    return steps.result
