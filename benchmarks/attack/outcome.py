"""One try of an attack: made in a child process with limits, and what came of it."""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

Kind = Literal["held", "raw", "wrong", "hang", "crash"]
KINDS: tuple[Kind, ...] = ("held", "raw", "wrong", "hang", "crash")
MEMORY = 6 << 30
"""Bytes of address space that a child may take beyond what its parent holds."""
MAX_DETAIL = 2_000


@dataclass(frozen=True)
class Outcome:
    """What came of one try.

    Attributes
    ----------
    kind : str
        ``"held"``: as documented. ``"raw"``: an error that is not documented. ``"wrong"``: a result that is not the
        right one, or something left behind. ``"hang"``: over its time. ``"crash"``: ended by a signal, or by want of
        memory.
    detail : str
        Description of what was tried and of what happened.
    cases : int
        Kills, frames, files, draws or models that the try was made of.
    """

    kind: Kind
    detail: str = ""
    cases: int = 1


class Attack(Protocol):
    """A kind of attack."""

    seconds: float
    """Time limit of one try."""

    def prepare(self, folder: Path) -> None:
        """Make what all tries share, once, in the parent of all."""

    def attempt(self, rng: np.random.Generator, folder: Path) -> Outcome:
        """Try once, in a child process of its own, with an empty folder."""
        ...


def in_child(work: Callable[[], Outcome], seconds: float, memory: int = MEMORY) -> Outcome:
    """Run a try in a forked child under a limit of time and memory.

    Parameters
    ----------
    work : callable
        Returns the outcome; what it raises is a raw error.
    seconds : float
        Time limit.
    memory : int
        Bytes of address space beyond what the process holds now.
    """
    read, write = os.pipe()
    gc.freeze()  # the child does not touch, and so copy, what the parent holds
    child = os.fork()
    if child == 0:
        os.close(read)
        os.setpgid(0, 0)
        _limit(memory)
        with os.fdopen(write, "w") as stream:
            json.dump(asdict(_outcome(work)), stream)
        os._exit(0)
    os.close(write)
    text, over = _read(read, time.monotonic() + seconds)
    os.close(read)
    for target in (-child, child):
        try:
            os.kill(target, signal.SIGKILL)
        except ProcessLookupError:
            continue
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if text:
        return Outcome(**json.loads(text))
    if over:
        return Outcome("hang", f"not over after {seconds:.0f} s")
    return Outcome("crash", f"the process ended with {status}")


def _outcome(work: Callable[[], Outcome]) -> Outcome:
    try:
        found = work()
    except MemoryError:
        found = Outcome("crash", "out of memory: " + traceback.format_exc())
    except BaseException:
        found = Outcome("raw", traceback.format_exc())
    return replace(found, detail=found.detail[-MAX_DETAIL:])


def _limit(memory: int) -> None:
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + memory, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(pipe: int, until: float) -> tuple[str, bool]:
    """All that a child writes, and whether its time was over before."""
    parts: list[bytes] = []
    while True:
        ready, _, _ = select.select([pipe], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            return "", True
        part = os.read(pipe, 65_536)
        if not part:
            return b"".join(parts).decode("utf-8", "replace"), False
        parts.append(part)
