"""The search for all rules of a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from synthdiff.codecs.column import ColumnCodec
from synthdiff.constraints.draft import Draft
from synthdiff.constraints.lookup import Lookup
from synthdiff.constraints.lookup_search import Determination, find_determinations
from synthdiff.constraints.rule import Near, Rule
from synthdiff.constraints.rules import NO_RULES, RuleSet

MIN_ROWS = 20
MAX_NEAR = 50


@dataclass(frozen=True)
class Findings:
    """What was found in a table.

    Attributes
    ----------
    rules : RuleSet
        What holds in every row, and is kept.
    near : tuple of Near
        What nearly holds, and is only shown.
    """

    rules: RuleSet = NO_RULES
    near: tuple[Near, ...] = ()


def find_rules(table: pa.Table, codecs: Mapping[str, ColumnCodec], seed: int = 0) -> Findings:
    """Find the rules that all rows keep, and those that nearly all keep.

    Parameters
    ----------
    table : pa.Table
        The real rows.
    codecs : mapping of str to ColumnCodec
        Fitted on it, one a column.
    seed : int
        Of the rows that are looked at first.
    """
    if table.num_rows < MIN_ROWS:
        return Findings()
    draft = Draft(table, codecs)
    graph = _Graph()
    names = [name for name in codecs if draft.is_level(name) or draft.is_number(name)]
    found = find_determinations(draft, names, seed)
    rules = _lookups(draft, [one for one in found if not one.n_broken], graph)
    near = [one.near(draft) for one in _news(found)]
    return Findings(RuleSet(tuple(graph.sort(rules))), tuple(near[:MAX_NEAR]))


def _lookups(draft: Draft, found: Iterable[Determination], graph: _Graph) -> list[Rule]:
    """Give each column that is determined the key with the fewest values."""
    targets: dict[str, list[str]] = defaultdict(list)
    for one in found:
        if graph.add((one.key,), one.target):
            targets[one.key].append(one.target)
    return [Lookup.learn(draft, key, tuple(names)) for key, names in targets.items()]


def _news(found: list[Determination]) -> list[Determination]:
    """Those that do not hold everywhere, and follow from none that does."""
    exact = {(one.key, one.target) for one in found if not one.n_broken}
    near = {(one.key, one.target) for one in found if one.n_broken}
    through = exact | near
    middle = {name for pair in through for name in pair}
    return [
        one
        for one in found
        if one.n_broken
        and not any(
            (one.key, m) in through and (m, one.target) in through and {(one.key, m), (m, one.target)} & near
            for m in middle - {one.key, one.target}
        )
    ]


class _Graph:
    """Which columns follow from which: every one from one rule at most, and none from itself."""

    def __init__(self) -> None:
        self.sources: dict[str, tuple[str, ...]] = {}

    def add(self, sources: tuple[str, ...], target: str) -> bool:
        """Let a column follow from others; False where it follows already, or they follow from it."""
        if target in self.sources or any(target in self._above(name) for name in sources):
            return False
        self.sources[target] = sources
        return True

    def _above(self, name: str) -> set[str]:
        """A column and all that it follows from."""
        seen, left = set(), [name]
        while left:
            one = left.pop()
            if one not in seen:
                seen.add(one)
                left += self.sources.get(one, ())
        return seen

    def sort(self, rules: list[Rule]) -> list[Rule]:
        """Put rules behind those that change what they start from."""
        out, left, waiting = list[Rule](), list(rules), {name for rule in rules for name in rule.targets}
        while left:
            ready = [rule for rule in left if not waiting & set(rule.sources)]
            assert ready, "rules go round in a circle"
            for rule in ready:
                left.remove(rule)
                waiting -= set(rule.targets)
            out += ready
        return out
