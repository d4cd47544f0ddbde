"""The search for all rules of a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from synthdiff.codecs.beside import describe_codes
from synthdiff.codecs.column import ColumnCodec
from synthdiff.codecs.key import find_keys
from synthdiff.constraints.combination_search import find_combinations
from synthdiff.constraints.draft import Draft
from synthdiff.constraints.formula import Formula
from synthdiff.constraints.formula_search import find_formulas
from synthdiff.constraints.groups import NO_GROUPS, Groups
from synthdiff.constraints.lookup import Lookup
from synthdiff.constraints.lookup_search import Determination, find_determinations
from synthdiff.constraints.order import Bound, Order, family_of
from synthdiff.constraints.order_search import Pair, find_orders
from synthdiff.constraints.rule import Near, Rule
from synthdiff.constraints.rules import NO_RULES, RuleSet
from synthdiff.data.schema import Schema

MIN_ROWS = 20
MAX_NEAR = 50
_OTHER = {"days": "seconds", "seconds": "days"}


@dataclass(frozen=True)
class Findings:
    """What was found in a table.

    Attributes
    ----------
    rules : RuleSet
        What holds in every row, and is kept.
    near : tuple of Near
        What nearly holds, and is only shown.
    groups : Groups
        The keys that rows share, and what they determine.
    codes : tuple of str
        What codes hold of other columns, in words; their codecs keep it.
    """

    rules: RuleSet = NO_RULES
    near: tuple[Near, ...] = ()
    groups: Groups = NO_GROUPS
    codes: tuple[str, ...] = ()

    def order(self, order: Sequence[int], learnt: Sequence[str]) -> list[int]:
        """Put what rows share first, and each column behind what it follows from; leave the order otherwise.

        Parameters
        ----------
        order : sequence of int
            The learnt columns.
        learnt : sequence of str
            Their names.
        """
        place = {learnt[j]: (at, 0) for at, j in enumerate(self.groups.order(order, learnt))}
        for rule in self.rules.rules:  # sorted: what a rule starts from has its place by then
            for target in rule.targets:
                rank = self.groups.rank(target)
                before = [place[name] for name in rule.sources if self.groups.rank(name) <= rank]
                place[target] = max([place[target], *((at, depth + 1) for at, depth in before)])
        return sorted(order, key=lambda j: place[learnt[j]])

    def describe(self) -> list[str]:
        """All that is kept, in words."""
        return [*self.groups.describe(), *self.rules.describe(), *self.codes]


def find_rules(
    table: pa.Table,
    schema: Schema,
    codecs: Mapping[str, ColumnCodec],
    seed: int = 0,
    groups: Groups | None = None,
) -> Findings:
    """Find the rules that all rows keep, and those that nearly all keep.

    Parameters
    ----------
    table : pa.Table
        The real rows.
    schema : Schema
        What its columns are.
    codecs : mapping of str to ColumnCodec
        Fitted on it, one a column.
    seed : int
        Of the rows that are looked at first.
    groups : Groups or None
        The keys that rows share, as `find_groups` gives them; None finds them.
    """
    if table.num_rows < MIN_ROWS:
        return Findings()
    groups = find_groups(table, schema) if groups is None else groups
    draft = Draft(table, codecs)
    graph = _Graph(groups)
    names = [name for name in codecs if draft.is_level(name) or draft.is_number(name)]
    numbers = [name for name in names if draft.is_number(name)]
    rules, almost = _formulas(draft, numbers, graph, seed)
    found = find_determinations(draft, names, seed)
    rules += _lookups(draft, [one for one in found if not one.n_broken], graph)
    rules += _combinations(draft, names, graph, seed)
    pairs = _within_spans(draft, find_orders(draft, numbers, seed), rules)
    rules += _orders(draft, [pair for pair in pairs if not pair.n_broken], graph)
    near = almost + [one.near(draft) for one in _news(found)]
    near += [pair.near(draft) for pair in pairs if pair.n_broken and not graph.are_tied(pair.x, pair.y)]
    return Findings(RuleSet(tuple(graph.sort(rules))), tuple(near[:MAX_NEAR]), groups, tuple(describe_codes(codecs)))


def find_groups(table: pa.Table, schema: Schema) -> Groups:
    """Find the identifiers that repeat, and what they determine."""
    if table.num_rows < MIN_ROWS:
        return NO_GROUPS
    keys = [key for key in find_keys(table, schema.columns, {}) if schema[key.name].kind == "identifier"]
    names = [column.name for column in schema if column.kind not in ("constant", "empty")]
    return Groups.learn(table, keys, names) if keys else NO_GROUPS


def _formulas(draft: Draft, names: list[str], graph: _Graph, seed: int) -> tuple[list[Rule], list[Near]]:
    """Compute each column by the first formula that holds everywhere, and show those that hold nearly everywhere."""
    rules: list[Rule] = []
    near: dict[str, Near] = {}
    for forms in find_formulas(draft, names, seed) if names else ():
        for form in forms:
            if form.n_broken:
                near.setdefault(form.formula.target, form.near(draft))
            elif graph.add(form.formula.sources, form.formula.target):
                rules.append(form.formula)
                break
    return rules, [
        one for name, one in near.items() if not any(graph.are_tied(name, other) for other in one.columns[:-1])
    ]


def _lookups(draft: Draft, found: Iterable[Determination], graph: _Graph) -> list[Rule]:
    """Give each column that is determined the key with the fewest values."""
    targets: dict[str, list[str]] = defaultdict(list)
    for one in found:
        if graph.add((one.key,), one.target):
            targets[one.key].append(one.target)
    return [Lookup.learn(draft, key, tuple(names)) for key, names in targets.items()]


def _combinations(draft: Draft, names: list[str], graph: _Graph, seed: int) -> list[Rule]:
    """What two columns determine together, or a part of a date, where nothing simpler does."""
    free = [name for name in names if name not in graph.sources]
    found = find_combinations(draft, names, free, seed)
    return [one for one in found if graph.add(one.sources, one.target.name)]


def _orders(draft: Draft, pairs: Iterable[Pair], graph: _Graph) -> list[Rule]:
    """Bound the greater column by the lesser one; the other way round, or not at all, where other rules make it."""
    bounds: dict[tuple[str, bool], list[Bound]] = defaultdict(list)
    units = {}
    down: list[float | None]
    for pair in pairs:
        x, y = draft.numbers(pair.x), draft.numbers(pair.y)
        present = ~np.isnan(x + y)
        x, y = x[present], y[present]
        upward = Bound.learn(pair.y, pair.scale, pair.low, pair.high, y, x - pair.scale * y)
        down = [None if limit is None else -limit / pair.scale for limit in (pair.high, pair.low)]
        units[pair.x], units[pair.y] = pair.unit, pair.unit if pair.scale == 1 else _OTHER[pair.unit]
        if graph.bound(pair.y, pair.x):
            bounds[pair.x, False].append(upward)
        elif graph.bound(pair.x, pair.y):
            bounds[pair.y, False].append(Bound.learn(pair.x, 1 / pair.scale, down[0], down[1], x, y - x / pair.scale))
        elif not graph.are_tied(pair.x, pair.y):
            bounds[pair.x, True].append(upward)
    return [Order(name, tuple(own), units[name], fixed) for (name, fixed), own in bounds.items()]


def _within_spans(draft: Draft, pairs: list[Pair], rules: Iterable[Rule]) -> list[Pair]:
    """Bound two moments from above where a column holds what lies between them, which has a greatest value."""
    sums = [rule for rule in rules if isinstance(rule, Formula) and rule.operation == "sum" and len(rule.terms) == 2]
    spans = {frozenset(rule.sources) for rule in sums if all(_is_moment(draft, name) for name in rule.sources)}
    out = []
    for pair in pairs:
        if pair.high is None and not pair.n_broken and frozenset((pair.x, pair.y)) in spans:
            gap = draft.numbers(pair.x) - pair.scale * draft.numbers(pair.y)
            pair = replace(pair, high=float(np.nanmax(gap)))
        out.append(pair)
    return out


def _is_moment(draft: Draft, name: str) -> bool:
    return family_of(draft.codecs[name])[0] == "moment"


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

    def __init__(self, groups: Groups) -> None:
        self.groups = groups
        self.sources: dict[str, tuple[str, ...]] = {}
        self.bounded: set[str] = set()

    def add(self, sources: tuple[str, ...], target: str) -> bool:
        """Let a column follow from others; False where it follows already, or they follow from it."""
        if target in self.sources or any(target in self._above(name) for name in sources):
            return False
        if any(self.groups.rank(name) > self.groups.rank(target) for name in sources):
            return False
        self.sources[target] = sources
        return True

    def are_tied(self, one: str, other: str) -> bool:
        """Whether one of two columns is made of the other."""
        return one in self._above(other) or other in self._above(one)

    def bound(self, source: str, target: str) -> bool:
        """Let a column be bounded by another one, perhaps by several; False where it follows already, or they do."""
        if (target in self.sources and target not in self.bounded) or target in self._above(source):
            return False
        self.sources[target] = (*self.sources.get(target, ()), source)
        self.bounded.add(target)
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
