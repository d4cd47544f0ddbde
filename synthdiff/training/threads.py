"""How many CPU threads train fastest at this moment, measured on the steps themselves.

Threads share each product of matrices and wait for the slowest of them. On a machine that does other work too, that
wait costs more than the threads save: on two busy cores a step took 5 s with two threads and .26 s with one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

import torch

from synthdiff.runtime import threads_are_fixed

TRIAL_STEPS = 3
"""Steps with each number of threads, of which the median counts."""
SECONDS_BETWEEN_TRIALS = 30.0
CLEARLY_FASTER = 0.9
"""Time of a step, as a share of the present one, below which the number of threads is changed."""
HOPELESS = 2.0
"""Time of a first step, in times of the best so far, above which a number of threads is tried no further."""


class ThreadChooser:
    """Times steps, and now and then tries other numbers of threads.

    Parameters
    ----------
    counts : sequence of int
        Numbers of threads to choose from; the first is the one to begin with.
    clock : callable
        Seconds, increasing.
    """

    def __init__(self, counts: list[int], clock: Callable[[], float] = time.monotonic) -> None:
        self.counts, self.count, self._clock = counts, counts[0], clock
        self._times: dict[int, list[float]] = {}
        self._queue: list[int] = []
        self._next_trial = clock()

    @classmethod
    def of(cls, n_threads: int) -> ThreadChooser:
        """Choose among all threads, a half, a quarter and one."""
        return cls(sorted({n_threads, max(n_threads // 2, 1), max(n_threads // 4, 1), 1}, reverse=True))

    @contextmanager
    def step(self) -> Iterator[None]:
        """Run a step with the number of threads whose turn it is, and time it."""
        count = self._turn()
        torch.set_num_threads(count)
        began = self._clock()
        yield
        if self._queue:
            self._note(count, self._clock() - began)

    def _turn(self) -> int:
        if not self._queue and len(self.counts) > 1 and self._clock() >= self._next_trial:
            others = [count for count in self.counts if count != self.count]
            self._times = {}
            # The first step of a number of threads starts them, and does not count.
            self._queue = [count for count in (self.count, *others) for _ in range(TRIAL_STEPS + 1)]
        return self._queue[0] if self._queue else self.count

    def _note(self, count: int, seconds: float) -> None:
        self._queue.pop(0)
        times = self._times.setdefault(count, [])
        times.append(seconds)
        best = min((median(found[1:]) for found in self._times.values() if len(found) > 1), default=seconds)
        if len(times) > 1 and seconds > HOPELESS * best:
            self._queue = [other for other in self._queue if other != count]
        if not self._queue:
            self._choose()

    def _choose(self) -> None:
        typical = {count: median(times[1:]) for count, times in self._times.items() if len(times) > 1}
        fastest = min(typical, key=lambda count: typical[count])
        if typical[fastest] < CLEARLY_FASTER * typical.get(self.count, float("inf")):
            self.count = fastest
        self._next_trial = self._clock() + SECONDS_BETWEEN_TRIALS


def may_choose_threads(max_time: float | None, device: torch.device) -> bool:
    """Say whether a fit may change its number of threads.

    Other numbers of threads give other last digits. So it may only where the time decides anyway how the fit ends, and
    nobody asked for a number.

    Parameters
    ----------
    max_time : float or None
        Time limit of the fit, in seconds.
    device : torch.device
        Where it trains.
    """
    return max_time is not None and device.type == "cpu" and not threads_are_fixed()


@contextmanager
def using_threads(n_threads: int) -> Iterator[None]:
    """Train with a number of threads within the block, which may change in it, and give back the one before.

    Parameters
    ----------
    n_threads : int
    """
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(n_threads)
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def choosing_threads(is_free: bool) -> Iterator[ThreadChooser]:
    """Give a chooser for the block, and the number of threads back as it was.

    Parameters
    ----------
    is_free : bool
        Whether the number of threads may change; otherwise the chooser keeps the present one.
    """
    present = torch.get_num_threads()
    with using_threads(present):
        yield ThreadChooser.of(present) if is_free else ThreadChooser([present])
