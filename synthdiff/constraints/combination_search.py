"""The search for what two columns determine together, and what parts of dates do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from synthdiff.codecs.agreement import agrees, evidence
from synthdiff.codecs.column import IntArray
from synthdiff.constraints.combination import Combination, View
from synthdiff.constraints.draft import Draft
from synthdiff.constraints.order import family_of

SCREEN_ROWS = 600
MAX_LEVELS, MAX_VIEWS, MAX_MOMENTS = 400, 30, 8
ROWS_PER_KEY = 4
EVIDENCE = 40.0
WORDED = ("weekday", "month", "quarter", "year")
"""Parts of dates that have names."""


def find_combinations(draft: Draft, names: Sequence[str], targets: Sequence[str], seed: int) -> Iterator[Combination]:
    """Find columns that follow from a part of a date, then those that follow from two columns.

    Parameters
    ----------
    draft : Draft
        All real rows.
    names : sequence of str
        Columns of levels and of numbers.
    targets : sequence of str
        Those that nothing else determines so far.
    seed : int
        Of the rows that are looked at first.
    """
    sizes = {name: int(draft.codes(name).max(initial=-1)) + 1 for name in names}
    levels = [name for name in targets if draft.is_level(name) and 2 <= sizes[name] <= MAX_LEVELS]
    moments = [name for name in names if family_of(draft.codecs[name])[0] == "moment"][:MAX_MOMENTS]
    for moment in moments if levels else ():
        for part in WORDED:
            view = View.learn(draft, moment, part)
            values, codes = np.unique(view.codes(draft), return_inverse=True)
            for name in levels:
                own = draft.codes(name)
                if agrees(codes, len(values), own) and evidence(len(values), own) >= EVIDENCE:
                    yield Combination.learn(draft, (view,), name)
    few = [name for name in names if _is_key(draft, name, sizes[name])][:MAX_VIEWS]
    yield from _pairs(draft, few, [name for name in targets if sizes[name] > 2], seed)


def _is_key(draft: Draft, name: str, size: int) -> bool:
    is_discrete = draft.is_level(name) or draft.codecs[name].kind == "integer"
    return is_discrete and 2 <= size <= min(MAX_LEVELS, len(draft) / ROWS_PER_KEY)


def _pairs(draft: Draft, names: Sequence[str], targets: Sequence[str], seed: int) -> Iterator[Combination]:
    """What two columns determine, and neither of them alone."""
    if not targets or len(names) < 2:
        return
    rows = draft.some_rows(np.random.default_rng(seed), SCREEN_ROWS)
    head = np.stack([draft.codes(name)[rows] for name in targets], axis=1)
    for one, other in combinations(names, 2):
        a, b = draft.codes(one), draft.codes(other)
        _, first, own = np.unique(a[rows] * (b.max() + 1) + b[rows], return_index=True, return_inverse=True)
        agree = (head == head[first[own]]).all(axis=0)
        for k in np.flatnonzero(agree):
            name = targets[int(k)]
            if name not in (one, other) and _holds(a, b, draft.codes(name), len(draft.codecs)):
                yield Combination.learn(draft, (View.learn(draft, one), View.learn(draft, other)), name)


def _holds(a: IntArray, b: IntArray, target: IntArray, n_columns: int) -> bool:
    """Look at all rows: the pair must say far more than each of its columns."""
    values, joint = np.unique(a * (b.max() + 1) + b, return_inverse=True)
    if len(values) > len(joint) / ROWS_PER_KEY or not agrees(joint, len(values), target):
        return False
    least = EVIDENCE + 3 * np.log(n_columns)
    return all(_evidence_within(joint, target, within) >= least for within in (a, b))


def _evidence_within(codes: IntArray, target: IntArray, within: IntArray) -> float:
    """Nats by which agreement is less likely by chance, given the shares of the target within groups."""
    n_groups, n_targets = int(within.max()) + 1, int(target.max()) + 1
    counts = np.bincount(within, minlength=n_groups)
    pairs, sizes = np.unique(within * n_targets + target, return_counts=True)
    alike = np.bincount(pairs // n_targets, weights=sizes.astype(float) ** 2, minlength=n_groups)
    n_keys = np.bincount(np.unique(np.stack([within, codes]), axis=1)[0], minlength=n_groups)
    with np.errstate(all="ignore"):
        nats = -np.log(np.where(counts > 0, alike / counts.astype(float) ** 2, 1.0))
    return float(((counts - n_keys) * nats).sum())
