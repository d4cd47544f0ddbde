"""Every attack, by name."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.attack.command import CommandAttack
from benchmarks.attack.file import FileAttack
from benchmarks.attack.frame import FrameAttack
from benchmarks.attack.kill import KillAttack
from benchmarks.attack.model import ModelAttack
from benchmarks.attack.outcome import Attack
from benchmarks.attack.sampling import SamplingAttack
from benchmarks.attack.thread import ThreadAttack

ATTACKS: dict[str, Callable[[], Attack]] = {
    "kills": KillAttack,
    "frames": FrameAttack,
    "files": FileAttack,
    "models": ModelAttack,
    "threads": ThreadAttack,
    "sampling": SamplingAttack,
    "commands": CommandAttack,
}

SHARES = {
    "kills": 0.6,
    "frames": 0.09,
    "files": 0.03,
    "models": 0.13,
    "threads": 0.05,
    "sampling": 0.0,
    "commands": 0.1,
}
"""Share of the time that each attack gets. Sampling runs beside the others, in a process of its own."""
