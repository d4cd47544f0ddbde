"""All rules of a table: found together, kept in an order in which none undoes another, applied to what is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import pyarrow as pa

from synthdiff.codecs.column import BoolArray, ColumnCodec
from synthdiff.constraints.combination import Combination
from synthdiff.constraints.draft import Draft
from synthdiff.constraints.formula import Formula
from synthdiff.constraints.lookup import Lookup
from synthdiff.constraints.order import Order
from synthdiff.constraints.rule import Rule
from synthdiff.record import choose, require

MAX_RULES = 1 << 14
RULES: dict[str, type[Rule]] = {rule.word: rule for rule in (Lookup, Order, Formula, Combination)}


@dataclass(frozen=True)
class RuleSet:
    """The rules of a table.

    Attributes
    ----------
    rules : tuple of Rule
        As they are applied: no rule changes what an earlier one started from or changed.
    """

    rules: tuple[Rule, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.rules)

    def describe(self) -> list[str]:
        """All rules in words."""
        return [words for rule in self.rules for words in rule.describe()]

    def apply(self, table: pa.Table, codecs: Mapping[str, ColumnCodec], rng: np.random.Generator) -> pa.Table:
        """Make rows keep the rules, as far as they can."""
        draft = Draft(table, codecs)
        for rule in self.rules:
            rule.apply(draft, rng)
        return draft.table

    def holds(self, table: pa.Table, codecs: Mapping[str, ColumnCodec]) -> BoolArray:
        """Say in which rows all rules hold, (n,) bool.

        Parameters
        ----------
        table : pa.Table
            As it was decoded.
        codecs : mapping of str to ColumnCodec
        """
        draft = Draft(table, codecs)
        holds = np.ones(len(draft), dtype=np.bool_)
        for rule in self.rules:
            holds &= rule.holds(draft)
        return holds

    def to_dict(self) -> list[dict[str, Any]]:
        """Plain JSON values that `from_dict` restores exactly."""
        return [rule.to_dict() for rule in self.rules]

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Restore what `to_dict` wrote.

        Raises
        ------
        ValueError
            It is nothing that `to_dict` writes; pydantic's ValidationError says where.
        """
        require(isinstance(data, list) and len(data) <= MAX_RULES, "a list of rules is expected")
        found = cls(tuple(choose(RULES, part, "rule", "rule").from_dict(part) for part in data))
        require(is_acyclic(found.rules), "rules undo each other")
        return found

    def check_columns(self, codecs: Mapping[str, ColumnCodec]) -> None:
        """Refuse rules between columns that are not there, or not of their kinds.

        Raises
        ------
        ValueError
            The first of them.
        """
        for rule in self.rules:
            rule.check_columns(codecs)


NO_RULES = RuleSet()


def is_acyclic(rules: Sequence[Rule]) -> bool:
    """Say whether no rule changes what an earlier one started from or changed."""
    fixed: set[str] = set()
    for rule in rules:
        if fixed & set(rule.targets) or set(rule.sources) & set(rule.targets):
            return False
        fixed |= {*rule.sources, *rule.targets}
    return True
