"""Failures and kills before any chosen file operation of a piece of code."""

import contextlib
import itertools
import os
import signal
import warnings
from collections.abc import Callable, Iterator
from unittest import mock

OPERATIONS = ("mkdir", "open", "fsync", "rename", "replace", "unlink", "rmdir")


class DiskFullError(OSError):
    def __init__(self):
        super().__init__(28, "No space left on device")


class Counter:
    """Counts file operations; calls `strike` before the one numbered `at`, and before every later one if `lasting`."""

    def __init__(self, at: int, strike: Callable[[], None], lasting: bool):
        self.count = 0
        self.at = at
        self.strike = strike
        self.lasting = lasting

    def wrap(self, operation):
        def counted(*args, **kwargs):
            number, self.count = self.count, self.count + 1
            if number == self.at or (self.lasting and number > self.at):
                self.strike()
            return operation(*args, **kwargs)

        return counted


@contextlib.contextmanager
def struck(at: int, strike: Callable[[], None], lasting: bool = False) -> Iterator[Counter]:
    counter = Counter(at, strike, lasting)
    with contextlib.ExitStack() as stack:
        for name in OPERATIONS:
            stack.enter_context(mock.patch.object(os, name, counter.wrap(getattr(os, name))))
        yield counter


def fail() -> None:
    raise DiskFullError


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fork(work: Callable[[], None]) -> int:
    """Run `work` in a process of its own, which exits with 0 when it returns and 1 when it raises; return its id."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the child of a process with threads: it only writes files
        child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return child


def killed_at(at: int, work: Callable[[], None]) -> bool:
    """Run `work` in a process that is killed before its file operation `at`; say whether it got that far."""

    def work_struck():
        with struck(at, kill):
            work()

    _, status = os.waitpid(fork(work_struck), 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL)
    return code != 0


@contextlib.contextmanager
def running(work: Callable[[int], None]) -> Iterator[int]:
    """Call `work(0)`, `work(1)` ... in a process that is killed at the end; it writes a byte after each call."""
    read, write = os.pipe()

    def work_forever():
        for number in itertools.count():
            work(number)
            os.write(write, b".")

    child = fork(work_forever)
    os.close(write)
    try:
        yield read
    finally:
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL


def killed_after(reports: int, work: Callable[[int], None]) -> int:
    """Call `work` in a process that is killed, wherever it is, after `reports` calls; return how many were over."""
    with running(work) as read:
        for _ in range(reports):
            assert os.read(read, 1) == b"."
    rest = os.read(read, 1 << 16)
    os.close(read)
    return reports + len(rest)
