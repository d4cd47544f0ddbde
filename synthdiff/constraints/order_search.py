"""The search for columns that never lie above others: pairs on a few rows, then all rows.

A bound is believed where rows that are shuffled would break it often, and where it is hard: a column that is never
less than another is never less by a given distance only if rows crowd at that distance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthdiff.codecs.column import FloatArray, NumberCodec
from synthdiff.constraints.draft import Draft
from synthdiff.constraints.order import SECONDS, SLACK, family_of
from synthdiff.constraints.rule import Near

SCREEN_ROWS = 600
MIN_BROKEN, MIN_BROKEN_NUMBERS = 0.005, 0.005
"""Share of shuffled rows that must break a bound that says something; numbers may be of different things."""
EVIDENCE, EVIDENCE_TIMES = 15.0, 4.0
"""Nats by which a bound must be less likely by chance; of dates few suffice, which mostly have an order."""
CROWD = 10
"""Rows at the least or the greatest difference that make it a bound."""
MAX_GAPS = 400
"""Distinct differences at most where the greatest one is a bound."""
TOLERANCE, LIFT = 0.01, 0.1
MAX_PAIRS = 2_000


@dataclass(frozen=True, eq=False)
class Pair:
    """Two columns of which one is never less than the other.

    Attributes
    ----------
    x, y : str
        The greater one, and the lesser one.
    scale : float
        The unit of y in units of x.
    unit : str
        What differences are counted in.
    low, high : float or None
        Of x minus y.
    n_broken : int
    row : int
        The first row that breaks it; -1 where there is none.
    """

    x: str
    y: str
    scale: float
    unit: str
    low: float
    high: float | None
    n_broken: int
    row: int

    def near(self, draft: Draft) -> Near:
        """What is shown of one that does not hold everywhere."""
        value = f"{self.x} is {draft.words(self.x, self.row)} and {self.y} {draft.words(self.y, self.row)}"
        return Near(f"{self.x} >= {self.y}", (self.y, self.x), self.n_broken, self.row, value)


def find_orders(draft: Draft, names: Sequence[str], seed: int) -> list[Pair]:
    """Find which columns are never less than which others.

    Parameters
    ----------
    draft : Draft
        All real rows.
    names : sequence of str
        Columns of numbers.
    seed : int
        Of the rows that are looked at first.
    """
    rng = np.random.default_rng(seed)
    rows = draft.some_rows(rng, SCREEN_ROWS)
    head = draft.take(rows)
    pairs = []
    families = {name: family_of(draft.codecs[name]) for name in names}
    for family in sorted({word for word, _ in families.values() if word}):
        own = [name for name in names if families[name][0] == family]
        values = np.stack([head.numbers(name) * families[name][1] for name in own], axis=1)
        pairs += [(own[i], own[j]) for i, j in _screen(values, values[rng.permutation(len(values))])]
    found = [_verify(draft, x, y, rng) for x, y in pairs[:MAX_PAIRS]]
    return _reduce([pair for pair in found if pair is not None])


def _screen(values: FloatArray, shuffled: FloatArray) -> list[tuple[int, int]]:
    """The pairs of columns, (greater, lesser), that few rows break and many shuffled ones do."""
    out = []
    with np.errstate(invalid="ignore"):
        for j in range(values.shape[1]):
            y = values[:, j : j + 1]
            n_broken, n_both = (values < y).sum(axis=0), np.maximum((~np.isnan(values + y)).sum(axis=0), 1)
            by_chance = (shuffled < y).sum(axis=0) / np.maximum((~np.isnan(shuffled + y)).sum(axis=0), 1)
            passed = (n_broken / n_both <= 2 * TOLERANCE) & (by_chance > 0) & (n_both >= 5)
            out += [(int(i), j) for i in np.flatnonzero(passed) if i != j]
    return out


def _verify(draft: Draft, x: str, y: str, rng: np.random.Generator) -> Pair | None:
    """Look at all rows."""
    codec = draft.codecs[x]
    assert isinstance(codec, NumberCodec)
    own, other = (family_of(draft.codecs[name]) for name in (x, y))
    scale = other[1] / own[1]
    first = slice(0, 4 * SCREEN_ROWS)
    with np.errstate(invalid="ignore"):
        gap = draft.numbers(x)[first] - scale * draft.numbers(y)[first]
        if (gap < 0).sum() > 2 * TOLERANCE * max(int((~np.isnan(gap)).sum()), SCREEN_ROWS):
            return None
    gap = draft.numbers(x) - scale * draft.numbers(y)
    present = ~np.isnan(gap)
    rows, gaps = np.flatnonzero(present), gap[present]
    if not len(gaps) or not gaps.any():
        return None
    slack = SLACK * max(float(np.abs(draft.numbers(x)[present]).max()), 1.0)
    broken = gaps < -slack
    by_chance = _by_chance(draft.numbers(x)[present], scale * draft.numbers(y)[present], rng)
    evidence = len(gaps) * -np.log1p(-min(by_chance, 1 - 1e-9))
    n_broken = int(broken.sum())
    if own[0] == "number":
        is_empty = by_chance < MIN_BROKEN_NUMBERS or evidence < EVIDENCE + 2 * np.log(len(draft.codecs))
    else:
        is_empty = by_chance < MIN_BROKEN or evidence < EVIDENCE_TIMES
    if is_empty:
        return None
    if n_broken > min(TOLERANCE, LIFT * by_chance) * len(gaps):
        return None
    unit = "" if own[0] == "number" else "days" if own[1] == SECONDS else "seconds"
    if n_broken:
        return Pair(x, y, scale, unit, 0.0, None, n_broken, int(rows[np.argmax(broken)]))
    low, high = _hard_limits(gaps, codec.resolution, own[0] != "number")
    return Pair(x, y, scale, unit, low, high, 0, -1)


def _by_chance(x: FloatArray, y: FloatArray, rng: np.random.Generator) -> float:
    some = rng.integers(len(x), size=(2, 4_000))
    return float((x[some[0]] < y[some[1]]).mean())


def _hard_limits(gaps: FloatArray, step: float | None, is_time: bool) -> tuple[float, float | None]:
    """The least and the greatest difference, as far as rows crowd there; otherwise none is negative, or zero."""
    least = float(gaps.min())
    if step is None:
        return 0.0, None
    if not is_time:
        return (step if least >= step * (1 - SLACK) else 0.0), None
    values, counts = np.unique(gaps, return_counts=True)
    low = max(least, 0.0) if counts[0] >= CROWD else min(step, max(least, 0.0))
    is_bounded = len(values) <= MAX_GAPS and counts[-1] >= max(CROWD, 0.1 * len(gaps) / len(values))
    return low, float(values[-1]) if is_bounded and len(values) > 1 else None


def _reduce(pairs: list[Pair]) -> list[Pair]:
    """Leave out those that follow from two others."""
    kept = {(pair.x, pair.y): pair for pair in pairs}
    names = {name for key in kept for name in key}
    return [
        pair
        for (x, y), pair in kept.items()
        if pair.high is not None or not any(_implies(kept.get((x, m)), kept.get((m, y)), pair) for m in names - {x, y})
    ]


def _implies(first: Pair | None, second: Pair | None, pair: Pair) -> bool:
    """Whether two bounds give a third one; of bounds that hold both ways, the pair of equal columns stays."""
    if first is None or second is None:
        return False
    return pair.n_broken >= max(first.n_broken, second.n_broken) and first.low + second.low * first.scale >= pair.low
