"""One process that draws for as long as it may: memory and open files stay as they are."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.attack.outcome import Outcome
from benchmarks.attack.thread import ThreadAttack

REST = 2.0
"""Time that the process sleeps after a draw, in times of that draw: other attacks need the cores."""
MAX_GROWTH = 20e6
"""Bytes that the memory may grow by over the whole time after the warm-up, beyond what chance allows."""


class SamplingAttack:
    """Watch memory while rows, paths and likelihoods are drawn."""

    def __init__(self, seconds: float = 30.0) -> None:
        self.draw_seconds = seconds
        self.seconds = 2 * seconds + 60.0

    def prepare(self, folder: Path) -> None:
        """Fit the models."""
        self.models = ThreadAttack()
        self.models.prepare(folder)

    def attempt(self, rng: np.random.Generator, folder: Path) -> Outcome:
        """Draw until the time is over; the first fifth is the warm-up."""
        import synthdiff

        table: Any = synthdiff.load(self.models.folder / "table.synthdiff", device="cpu")
        prices: Any = synthdiff.load(self.models.folder / "prices.synthdiff", device="cpu")
        end = time.monotonic() + self.draw_seconds
        memory, handles = [], []
        while time.monotonic() < end:
            began = time.monotonic()
            seed = int(rng.integers(2**31))
            rows = table.sample(int(rng.integers(1, 20_000)), random_state=seed)
            table.log_prob(rows[:100])
            prices.sample(int(rng.integers(1, 300)), 20, random_state=seed)
            table.save(folder / "m.synthdiff", force=True)
            memory.append(resident())
            handles.append(len(os.listdir("/proc/self/fd")))
            time.sleep(min(REST * (time.monotonic() - began), 5.0))
        return judge(np.array(memory[len(memory) // 5 :], float), handles)


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def judge(memory: np.ndarray[Any, Any], handles: list[int]) -> Outcome:
    """Tell growth from chance: a straight line through all draws, and the standard error of its slope."""
    if max(handles) > handles[len(handles) // 5] + 2:
        return Outcome("wrong", f"open files grew from {handles[0]} to {max(handles)}")
    n = len(memory)
    if n < 8:
        return Outcome("held", f"{n} draws, too few for a slope")
    draw = np.arange(n) - (n - 1) / 2
    slope = float(draw @ memory / (draw @ draw))
    residual = memory - memory.mean() - slope * draw
    error = float(np.sqrt(residual @ residual / (n - 2) / (draw @ draw)))
    said = f"{n} draws, {memory.mean() / 1e6:.0f} MB, {slope * n / 1e6:+.1f} MB (standard error {error * n / 1e6:.1f})"
    return Outcome("wrong" if (slope - 3 * error) * n > MAX_GROWTH else "held", said)
