"""The search for columns that determine others: candidates on a few rows, then all rows.

What is found must be far less likely by chance than not, see `synthdiff.codecs.agreement`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthdiff.codecs.agreement import agrees, evidence
from synthdiff.codecs.column import IntArray
from synthdiff.constraints.draft import Draft
from synthdiff.constraints.rule import Near

SCREEN_ROWS = 600
MAX_KEYS, MAX_NUMBER_KEYS = 50_000, 1_000
ROWS_PER_KEY, ROWS_PER_NUMBER = 2, 5
"""Rows that a key must have on average; more where keys are numbers, which repeat by chance."""
EVIDENCE = 30.0
"""Nats by which a rule must be less likely by chance than not."""
TOLERANCE = 0.01
"""Share of rows that may break what is still shown."""
LIFT = 0.1
MAX_WORK = 1_000_000_000
"""Cells that are looked at beyond the screening."""


@dataclass(frozen=True)
class Determination:
    """A column that determines another, in all rows or nearly all.

    Attributes
    ----------
    key, target : str
    n_keys : int
    n_broken : int
        Rows that break it.
    row : int
        The first of them; -1 where there is none.
    """

    key: str
    target: str
    n_keys: int
    n_broken: int
    row: int

    def near(self, draft: Draft) -> Near:
        """What is shown of one that does not hold everywhere."""
        value = (
            f"{self.key} is {draft.words(self.key, self.row)} and {self.target} {draft.words(self.target, self.row)}"
        )
        return Near(f"{self.key} determines {self.target}", (self.key, self.target), self.n_broken, self.row, value)


def find_determinations(draft: Draft, names: Sequence[str], seed: int) -> list[Determination]:
    """Find which columns determine which others.

    Parameters
    ----------
    draft : Draft
        All real rows.
    names : sequence of str
        Columns of levels and of numbers.
    seed : int
        Of the rows that are looked at first.

    Returns
    -------
    list of Determination
        Those with the fewest keys first.
    """
    n_rows = len(draft)
    n_distinct = {name: _count(draft, name) for name in names}
    keys = [name for name in names if _may_determine(draft, name, n_distinct[name])]
    targets = [name for name in names if n_distinct[name] > 1]
    if not keys or len(targets) < 2:
        return []
    found: list[Determination] = []
    budget = MAX_WORK
    candidates = _screen(draft, keys, targets, n_distinct, seed)
    for key in sorted(candidates, key=lambda name: (n_distinct[name], draft.is_number(name), names.index(name))):
        for target in candidates[key]:
            budget -= n_rows
            if budget < 0:
                return found
            one = _verify(draft, key, target, n_distinct[key], len(names))
            found += [one] if one is not None else []
    return found


def _may_determine(draft: Draft, name: str, n_distinct: int) -> bool:
    most, each = (MAX_NUMBER_KEYS, ROWS_PER_NUMBER) if draft.is_number(name) else (MAX_KEYS, ROWS_PER_KEY)
    return 2 <= n_distinct <= min(most, len(draft) / each)


def _count(draft: Draft, name: str) -> int:
    """Distinct cells of a column, a missing one among them; so far as it matters."""
    return int(draft.codes(name).max(initial=-1)) + 1


def _screen(
    draft: Draft, keys: Sequence[str], targets: Sequence[str], n_distinct: dict[str, int], seed: int
) -> dict[str, list[str]]:
    """The targets of each key that few enough of some rows break."""
    rows = draft.some_rows(np.random.default_rng(seed), SCREEN_ROWS)
    codes = np.stack([draft.codes(name)[rows] for name in targets], axis=1).astype(np.int32)
    sizes = np.array([n_distinct[name] for name in targets])
    out = {}
    for key in keys:
        _, first, own = np.unique(draft.codes(key)[rows], return_index=True, return_inverse=True)
        broken = (codes != codes[first[own]]).sum(axis=0)
        # A key whose first row is a breaking one breaks in its other rows too.
        passed = (broken <= 10 * TOLERANCE * len(rows)) & (sizes <= n_distinct[key] * (1 + TOLERANCE) + 1)
        out[key] = [name for name, ok in zip(targets, passed, strict=True) if ok and name != key]
    return out


def _verify(draft: Draft, key: str, target: str, n_keys: int, n_columns: int) -> Determination | None:
    """Look at all rows."""
    own, other = draft.codes(key), draft.codes(target)
    if evidence(n_keys, other) < EVIDENCE + 2 * np.log(n_columns):
        return None
    if agrees(own, n_keys, other):
        return Determination(key, target, n_keys, 0, -1)
    usual = _usual(own, other, n_keys)
    broken = other != usual[own]
    n_broken = int(broken.sum())
    if n_broken > min(TOLERANCE * len(own), LIFT * (len(own) - np.bincount(other).max())):
        return None
    return Determination(key, target, n_keys, n_broken, int(np.argmax(broken)))


def _usual(own: IntArray, other: IntArray, n_keys: int) -> IntArray:
    """The most frequent code of the other column, for each key."""
    pairs, counts = np.unique(own * (other.max() + 1) + other, return_counts=True)
    order = np.argsort(counts, kind="stable")
    out = np.zeros(n_keys, dtype=np.int64)
    out[pairs[order] // (other.max() + 1)] = pairs[order] % (other.max() + 1)
    return out
