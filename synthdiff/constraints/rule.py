"""The interface of a rule: what holds between columns, in words, in every row, and in a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from synthdiff.codecs.column import BoolArray, ColumnCodec
from synthdiff.constraints.draft import Draft
from synthdiff.record import restore, without


class Rule(ABC):
    """What holds between columns in all real rows."""

    word: ClassVar[str]
    """Name of the kind in a file."""

    @property
    @abstractmethod
    def sources(self) -> tuple[str, ...]:
        """The columns that the rule starts from."""

    @property
    @abstractmethod
    def targets(self) -> tuple[str, ...]:
        """The columns that the rule changes where it does not hold."""

    @abstractmethod
    def describe(self) -> list[str]:
        """The rule in plain words, a sentence each."""

    def parts(self) -> tuple[Rule, ...]:
        """The rule as rules of one sentence each, in the order of `describe`."""
        return (self,)

    def single_targets(self) -> tuple[Rule, ...]:
        """The rule as rules that change one column each, or none."""
        return self.parts() if len(self.targets) > 1 else (self,)

    def tells(self, draft: Draft) -> BoolArray:
        """Say of which rows the rule knows anything, (n,) bool: a key that no real row has tells nothing."""
        return np.ones(len(draft), dtype=np.bool_)

    @abstractmethod
    def holds(self, draft: Draft) -> BoolArray:
        """Say in which rows the rule holds, (n,) bool."""

    @abstractmethod
    def apply(self, draft: Draft, rng: np.random.Generator) -> None:
        """Change the targets of the rows where the rule does not hold, in place; it holds in nearly all afterwards."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly; the key ``"rule"`` holds the rule's `word`."""

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Restore what `to_dict` wrote.

        Raises
        ------
        ValueError
            It is nothing that `to_dict` writes; pydantic's ValidationError says where.
        """
        return restore(cls, without(data, "rule"))

    @abstractmethod
    def check_columns(self, codecs: Mapping[str, ColumnCodec]) -> None:
        """Refuse a rule between columns that are not there, or not of its kind.

        Raises
        ------
        ValueError
            The first of them.
        """


@dataclass(frozen=True)
class Near:
    """What nearly holds: shown, not kept.

    Attributes
    ----------
    words : str
        The rule in words.
    columns : tuple of str
        The columns of the rule, those that it starts from first.
    n_broken : int
        Rows that break it.
    row : int
        The first of them.
    value : str
        What the row has there.
    """

    words: str
    columns: tuple[str, ...]
    n_broken: int
    row: int
    value: str

    def describe(self) -> str:
        """Say what nearly holds, and where it does not."""
        rows = f"{self.n_broken:,} rows break" if self.n_broken > 1 else "one row breaks"
        return f"{self.words}, nearly: {rows} it, first row {self.row:,}, where {self.value}"
