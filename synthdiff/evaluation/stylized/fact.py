"""What a stylised fact is: a vector of estimates, and the words that say in which way it can be off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

import numpy as np

from synthdiff.codecs.token import FloatArray

S = TypeVar("S")

ABSENT = 0.25
"""Share of the history's number below which an effect is not weak but absent."""


def _same(value: float) -> float:
    return value


@dataclass(frozen=True)
class Gauge:
    """A number made of a fact's vector, that tells in which way a fact is off.

    Attributes
    ----------
    words : str
        What the number is.
    of : callable
        The number from the vector (K,).
    low, high : str
        What is wrong, in words, where it is lower or higher than in the history.
    shown : callable
        The number as people read it, such as the exponential of a logarithm.
    absent : str
        What is wrong, in words, where next to nothing of it is left; empty where low and high say enough.
    """

    words: str
    of: Callable[[FloatArray], float]
    low: str
    high: str
    shown: Callable[[float], float] = _same
    absent: str = ""

    def fault(self, real: float, synthetic: float) -> str:
        """What is wrong, in words, of paths that have one number where the history has another."""
        if self.absent and abs(synthetic) <= abs(real) and synthetic / (real or 1.0) < ABSENT:
            return self.absent
        return self.low if synthetic < real else self.high


@dataclass(frozen=True)
class Axis:
    """What the elements of a fact's vector stand for.

    Attributes
    ----------
    words : str
        Title of the axis.
    places : callable
        Places of the elements for windows of a length, (K,).
    values : str
        Title of the axis of the elements themselves.
    """

    words: str
    places: Callable[[int], Sequence[float | str]]
    values: str = "correlation"


@dataclass(frozen=True)
class Telling:
    """How a single asset, or pair, whose paths leave the history is told by its name.

    Attributes
    ----------
    words : tuple of str
        What each element of the fact's vector is, (K,); a single one of all of them.
    text : callable
        An element with its unit.
    material : float
        Difference of an element below which nothing is said, however clear it is.
    level : {"bad", "warning"}
        How grave it is.
    alone : bool
        Whether the fact is judged by single assets only, and not by its mean score over all of them.
    """

    words: tuple[str, ...]
    text: Callable[[float], str]
    material: float
    level: Literal["bad", "warning"] = "bad"
    alone: bool = True


@dataclass(frozen=True)
class Fact(Generic[S]):
    """A stylised fact.

    Attributes
    ----------
    name : str
        For programs and gates.
    what : str
        What is measured, in a sentence.
    right : str
        What is right where it is met, in a few words.
    measure : callable
        The vector of estimates (K,) of a sample; of equal length for all samples of windows of the same length.
    gauges : tuple of Gauge
        The first one is shown; the one furthest off says what is wrong. They are in the same unit.
    axis : Axis or None
        None where there is no curve to draw.
    telling : Telling or None
        None where single assets are not told.
    """

    name: str
    what: str
    right: str
    measure: Callable[[S], FloatArray]
    gauges: tuple[Gauge, ...]
    axis: Axis | None = None
    telling: Telling | None = None


def measured(facts: Sequence[Fact[S]], sample: S) -> dict[str, FloatArray]:
    """The vectors of all facts of a sample, by name."""
    return {fact.name: np.asarray(fact.measure(sample), dtype=np.float64) for fact in facts}


def mean(vector: FloatArray) -> float:
    """Mean of a vector's elements."""
    return float(vector.mean())


def at(place: float) -> Callable[[FloatArray], float]:
    """The element at a share of the way along a vector of quantiles."""
    return lambda vector: float(vector[round(place * (len(vector) - 1))])


def element(place: int) -> Callable[[FloatArray], float]:
    """One element of a vector."""
    return lambda vector: float(vector[place])


def spread(low: float, high: float) -> Callable[[FloatArray], float]:
    """Distance between two elements of a vector of quantiles, given as shares of the way along it."""
    return lambda vector: float(at(high)(vector) - at(low)(vector))


def half(second: bool) -> Callable[[FloatArray], float]:
    """Mean of the first or the second half of a vector."""
    return lambda vector: float(vector[len(vector) // 2 :].mean() if second else vector[: len(vector) // 2].mean())
