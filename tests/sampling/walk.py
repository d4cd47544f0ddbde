"""Paths whose probabilities are known: independent normal steps, from starts that differ in their drift."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from synthdiff.codecs.series.channel import FloatArray, IntArray
from synthdiff.data.request import Subjects, read_request
from synthdiff.data.target import Target
from synthdiff.sampling.pilot import RoughCourse

SUBJECTS = Subjects(("A", "B"), ("difference", "difference"), per_year=1.0)
"""Levels: their change is the sum of the steps, so that what it does is normal."""


@dataclass(frozen=True)
class Walk:
    """Two levels; the first is the sum of the first channel of noise and of a drift that its start gives."""

    n_steps: int = 20
    drifts: tuple[float, ...] = (0.0,)

    n_channels = 2

    @property
    def roughs(self) -> tuple[RoughCourse, ...]:
        return ()

    @property
    def start_summary(self) -> FloatArray:
        return np.array(self.drifts)[:, None]

    def run(self, noise: FloatArray, start: IntArray) -> FloatArray:
        return noise + np.array(self.drifts)[start][:, None, None] * np.array([1.0, 0.0])

    def measure(self, paths: FloatArray, target: Target) -> FloatArray:
        return target.values(paths, SUBJECTS.kinds)


@dataclass(frozen=True)
class Elsewhere(Walk):
    """A walk that goes half as far again, and by chance."""

    error: float = 0.3

    def run(self, noise: FloatArray, start: IntArray) -> FloatArray:
        return 1.5 * noise + self.error * np.random.default_rng(len(noise)).normal(size=noise.shape)


@dataclass(frozen=True)
class RoughWalk(Walk):
    """A walk with a cheap version, which counts its real paths."""

    error: float = 0.3
    seen: list[int] = field(default_factory=list)

    @property
    def roughs(self) -> tuple[RoughCourse, ...]:
        return (RoughCourse(Elsewhere(error=self.error), 0.1),)

    def run(self, noise: FloatArray, start: IntArray) -> FloatArray:
        self.seen.append(len(noise))
        return super().run(noise, start)


def target(**conditioning: object) -> Target:
    """What is asked of a walk."""
    found = read_request({key.replace("_to_", "."): value for key, value in conditioning.items()}, SUBJECTS, 1).target
    assert found is not None
    return found
