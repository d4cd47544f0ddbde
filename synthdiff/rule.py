"""Rules that a parameter's value must meet, as data: what is allowed in words, and the plain value of what is."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Set
from dataclasses import dataclass
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Protocol

MOST_ROWS = 10**12
"""Largest number of rows, paths, steps of training or draws that may be asked for."""
MOST_STEPS = 10**6
"""Largest number of steps of a path."""
MOST_DRIFT = 10.0
"""Largest log return a year, up or down, that may be asked for."""
MOST_SEED = 2**63 - 1
"""Largest seed: that of torch's generators, and of seeds that are derived from another."""


class Rule(Protocol):
    """Says which values are allowed."""

    @property
    def words(self) -> str:
        """What is allowed, as it goes on after "say" or "give": ``"a number above 0"``."""
        ...

    def read(self, value: Any) -> Any:
        """Return the value as a plain one.

        Raises
        ------
        ValueError, TypeError, OverflowError
            The value is not allowed.
        """
        ...


@dataclass(frozen=True)
class Choice:
    """One of some words."""

    options: tuple[str, ...]

    def __init__(self, *options: str) -> None:
        object.__setattr__(self, "options", options)

    @property
    def words(self) -> str:
        """All words."""
        *first, last = self.options
        return f"{', '.join(first)} or {last}" if first else last

    def read(self, value: Any) -> str:
        """Return the word."""
        return self.options[self.options.index(_as(str, plain(value)))]


@dataclass(frozen=True)
class Integer:
    """A whole number between two bounds, both allowed: numpy's and ``1e2`` too, but no bool and no text."""

    least: int | None = None
    most: int | None = None

    @property
    def words(self) -> str:
        """The bounds."""
        if self.least is None:
            return "an integer" if self.most is None else f"an integer of at most {self.most:,}"
        if self.most is None:
            return f"an integer of at least {self.least:,}"
        return f"an integer from {self.least:,} to {self.most:,}"

    def read(self, value: Any) -> int:
        """Return a Python int."""
        number = _real(value)
        found: int = int(number)
        if found != number:
            raise ValueError
        if (self.least is not None and found < self.least) or (self.most is not None and found > self.most):
            raise ValueError
        return found


@dataclass(frozen=True)
class Number:
    """A finite real number between two bounds; numpy's too, but no bool and no text.

    Attributes
    ----------
    above, below : float or None
        Bounds that are not allowed themselves; None: no such bound.
    least, most : float or None
        Bounds that are allowed; None: no such bound.
    """

    above: float | None = None
    below: float | None = None
    least: float | None = None
    most: float | None = None

    @property
    def words(self) -> str:
        """The bounds."""
        named = (("above", self.above), ("of at least", self.least), ("below", self.below), ("of at most", self.most))
        bounds = " and ".join(f"{word} {bound:g}" for word, bound in named if bound is not None)
        return f"a finite number {bounds}".rstrip()

    def read(self, value: Any) -> float:
        """Return a Python int or float."""
        number = _real(value)
        found: float = int(number) if isinstance(number, Integral) else float(number)
        if not (
            math.isfinite(found)
            and (self.above is None or found > self.above)
            and (self.below is None or found < self.below)
            and (self.least is None or found >= self.least)
            and (self.most is None or found <= self.most)
        ):
            raise ValueError
        return found


@dataclass(frozen=True)
class Flag:
    """True or False; numpy's too, but neither 0 nor "no"."""

    words: str = "True or False"

    def read(self, value: Any) -> bool:
        """Return a Python bool."""
        return bool(_as(bool, plain(value)))


@dataclass(frozen=True)
class Text:
    """A text that is not empty."""

    words: str = "a text that is not empty"

    def read(self, value: Any) -> str:
        """Return the text."""
        return _filled(value)


@dataclass(frozen=True)
class Label:
    """The name of a column: a text, or a number or tuple as pandas' labels may be."""

    words: str = "the name of a column"

    def read(self, value: Any) -> str:
        """Return it as the table inside the library has it."""
        return _name(value)


@dataclass(frozen=True)
class Names:
    """Distinct names in a list, tuple, set, array or index: texts, or numbers or tuples as pandas' labels may be.

    A single text is no list. A set has no order of its own and is sorted.
    """

    words: str = "a list of different names, such as ['a', 'b']"

    def read(self, value: Any) -> tuple[str, ...]:
        """Return a tuple of them."""
        found = tuple(map(_name, sorted(value, key=str) if isinstance(value, Set) else _listed(value)))
        if len(set(found)) < len(found):
            raise ValueError
        return found


@dataclass(frozen=True)
class Several:
    """Values of one rule in a list, tuple or array.

    Attributes
    ----------
    rule : Rule
        Of each value.
    least : int
        Number of values at least; default: 1.
    """

    rule: Rule
    least: int = 1

    @property
    def words(self) -> str:
        """What each is."""
        return f"a list{' that is not empty' if self.least else ''}, each item {self.rule.words}"

    def read(self, value: Any) -> tuple[Any, ...]:
        """Return a tuple of plain values."""
        found = tuple(map(self.rule.read, _listed(value)))
        if len(found) < self.least:
            raise ValueError
        return found


@dataclass(frozen=True)
class Named:
    """A mapping from names to values of one rule."""

    rule: Rule

    @property
    def words(self) -> str:
        """What each is."""
        return f"a mapping of names, each to {self.rule.words}"

    def read(self, value: Any) -> dict[str, Any]:
        """Return a dictionary of plain values."""
        return {_name(name): self.rule.read(item) for name, item in dict(_as(Mapping, value)).items()}


@dataclass(frozen=True)
class Folder:
    """The place of a file or folder: a text or a path, without NUL characters."""

    words: str = "a path that is not empty"

    def read(self, value: Any) -> Any:
        """Return it as it is."""
        value = plain(value)
        path = _filled(os.fspath(_as((str, os.PathLike), value)))
        if "\0" in path:
            raise ValueError
        return value


@dataclass(frozen=True)
class Instance:
    """An object of given types, or what has given methods.

    Attributes
    ----------
    words : str
        What it is, in words.
    types : tuple of type
        Its types; empty: any.
    methods : tuple of str
        Names of what must be callable on it.
    """

    words: str
    types: tuple[type, ...] = ()
    methods: tuple[str, ...] = ()

    def read(self, value: Any) -> Any:
        """Return it as it is."""
        if self.types and not isinstance(value, self.types):
            raise TypeError
        if not all(callable(getattr(value, name, None)) for name in self.methods):
            raise TypeError
        return value


CALLBACK = Instance("a function", methods=("__call__",))
"""Anything that can be called."""


@dataclass(frozen=True)
class Either:
    """What one of some rules allows; the first that does reads it."""

    rules: tuple[Rule, ...]

    def __init__(self, *rules: Rule) -> None:
        object.__setattr__(self, "rules", rules)

    @property
    def words(self) -> str:
        """Those of all rules."""
        return ", or ".join(rule.words for rule in self.rules)

    def read(self, value: Any) -> Any:
        """Return what the first rule makes of it."""
        for rule in self.rules:
            try:
                return rule.read(value)
            except (TypeError, ValueError, OverflowError):
                continue
        raise ValueError


@dataclass(frozen=True)
class OrNone:
    """None, or what a rule allows."""

    rule: Rule

    @property
    def words(self) -> str:
        """Those of the rule."""
        return f"{self.rule.words}, or None"

    def read(self, value: Any) -> Any:
        """Return None as it is."""
        return None if value is None else self.rule.read(value)


@dataclass(frozen=True)
class Seed:
    """An integer, or one of NumPy's generators, from which a seed is drawn: the same state gives the same seed.

    A generator that is given goes on to its next state, as everywhere in scikit-learn. None draws any seed.
    """

    words: str = f"an integer from 0 to {MOST_SEED:,}, or a Generator or RandomState of NumPy"

    def read(self, value: Any) -> int:
        """Return a Python int, which can be repeated and written into a model."""
        value = plain(value)
        if isinstance(value, Integral):
            return Integer(0, MOST_SEED).read(value)
        # Imported late: the command line shows its help without NumPy.
        from numpy.random import BitGenerator, Generator, RandomState, SeedSequence, default_rng

        if isinstance(value, RandomState):
            return int(value.randint(0, MOST_SEED, dtype="int64"))
        if value is not None:
            _as((Generator, BitGenerator, SeedSequence), value)
        return int(default_rng(value).integers(MOST_SEED))


SEED = Seed()
"""A seed, or what one is drawn from."""
if TYPE_CHECKING:
    import numpy as np

    RandomState = int | np.integer[Any] | np.random.Generator | np.random.RandomState | np.random.SeedSequence | None
else:
    RandomState = Any
"""What `SEED` reads."""
COUNT = Integer(1, MOST_ROWS)
"""A number of rows, paths or draws."""
STEPS = Integer(1, MOST_STEPS)
"""A number of steps of a path."""
SHARE = Number(above=0, below=1)
"""A level of a quantile, or a share."""


def plain(value: Any) -> Any:
    """Return what a scalar of NumPy or an array without dimensions holds as Python has it; anything else as it is.

    Examples
    --------
    >>> plain(1.5), plain([2])
    (1.5, [2])
    """
    return value.item() if getattr(value, "shape", None) == () and hasattr(value, "item") else value


def _as(kind: Any, value: Any) -> Any:
    """Return the value, if it is of a kind."""
    if not isinstance(value, kind):
        raise TypeError
    return value


def _real(value: Any) -> Any:
    """Return a number that is no bool."""
    value = plain(value)
    if isinstance(value, bool):
        raise TypeError
    return _as(Real, value)


def _filled(value: Any) -> str:
    value = plain(value)
    if not _as(str, value):
        raise ValueError
    return str(value)


def _name(value: Any) -> str:
    """Return the name of a column; numbers and tuples are labels of pandas."""
    if isinstance(value, tuple) and value:
        return str(value)
    return str(_real(value)) if isinstance(value, Real) else _filled(value)


def _listed(value: Any) -> list[Any]:
    """Return the items of what is ordered and not a text."""
    if isinstance(value, (str, bytes, Mapping, Set)) or not hasattr(value, "__len__"):
        raise TypeError
    return list(value)
