"""The search for relations between columns.

For each column: which references it *equals* in clearly more rows than when they are shuffled; then, among the rows
that its bins code, which *windows* around a reference code them in clearly fewer nats than the bins do. References of
one column are all looked at; those of two are screened on a few rows first.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations

import numpy as np

from synthdiff.codecs.partner import MAX_PAIRS, equal_partners, is_wide, likely_partners
from synthdiff.codecs.relation import Reference, Relation, coordinate, equals
from synthdiff.codecs.token import (
    N_PIECES,
    BoolArray,
    FloatArray,
    IntArray,
    LevelTokens,
    NumberTokens,
    heap_shares,
)

MAX_ROWS = 4_000
"""Rows that the search looks at; `SCREEN_ROWS` for references of two columns at first."""
SCREEN_ROWS = 500
PAIR_PARTNERS = 10
"""Partners of a column, in a wide table, of which references of two are made."""
MIN_SHARE = 0.02
"""Share of the rows, beyond chance, that makes a relation worth its tokens; half of it for a plain copy."""
MIN_COPIED_LEVELS, MIN_COPIED_SHARE = 16, 0.1
RULE = 0.9
"""Agreement beyond chance (Cohen's kappa) above which equality comes before a column's own atoms."""
SHORTLIST = 10
PAIR_MARGIN = 1.15
"""How much more than one column a reference of two must gain."""
MAX_WINDOWS, MAX_FALLBACKS = 6, 2
WINDOW_TOKENS, ROWS_PER_TOKEN = 32, 40
MIN_GAIN = 0.02
SHARPNESS = 3.0
"""A window's rows must be denser than one row in this part of a bin; wider ones the network learns by itself."""
SMOOTHING = 9
MAX_NATS = 6.0
NATS_OF_EQUAL = 5.0


@dataclass(frozen=True)
class _Sample:
    """Rows to search in, and an order that breaks every link between columns."""

    values: FloatArray
    shuffle: IntArray

    def head(self, n_rows: int) -> _Sample:
        return _Sample(self.values[:n_rows], self.shuffle[self.shuffle < n_rows])

    def reference(self, reference: Reference) -> FloatArray:
        return reference.evaluate(self.values)


@dataclass(frozen=True)
class _Target:
    """A column being coded: its values, which rows its bins code, and how finely."""

    index: int
    x: FloatArray
    resolution: float | None
    in_bin: BoolArray
    log_width: FloatArray  # log of the width of the row's bin, in x units

    def head(self, n_rows: int) -> _Target:
        return replace(self, x=self.x[:n_rows], in_bin=self.in_bin[:n_rows], log_width=self.log_width[:n_rows])


@dataclass(frozen=True)
class _Window:
    reference: Reference
    ratio: bool
    low: float
    high: float
    gain: float

    @property
    def rank(self) -> float:
        return self.gain / (1.0 if self.reference.single else PAIR_MARGIN)


def search_relations(
    values: FloatArray, columns: Sequence[NumberTokens | LevelTokens], seed: int = 0, n_pairs: int = MAX_PAIRS
) -> Generator[float, None, list[Relation]]:
    """Discover the relations of every column, best first within a column; yields the share of columns that are done.

    Parameters
    ----------
    values : (n, D) float64
        Numbers, and for columns of levels numbers that stand for the levels; NaN = missing.
    columns : sequence of NumberTokens or LevelTokens
        Their alphabets, in the same order.
    seed : int
        Seed of the row sample and of the shuffle.
    n_pairs : int
        Pairs of columns to look at closely, where the table is wide (`likely_partners`).

    Notes
    -----
    A window's gain is the nats a row that it saves over the column's bins, less what a shuffled reference saves too.
    """
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(values))[:MAX_ROWS]
    sample = _Sample(values[rows], rng.permutation(len(rows)))
    numbers = [j for j, column in enumerate(columns) if isinstance(column, NumberTokens)]
    levels = [j for j, column in enumerate(columns) if isinstance(column, LevelTokens)]
    partners = likely_partners(sample.values, numbers, n_pairs)
    partners |= equal_partners(sample.values, levels, MIN_COPIED_SHARE / 2)
    out: list[Relation] = []
    for j, column in enumerate(columns):
        if isinstance(column, NumberTokens):
            target = _describe(j, sample, column)
            pairs = _pairs(partners[j][:PAIR_PARTNERS] if is_wide(numbers) else partners[j])
            references = [Reference(operation, (k, k)) for operation in ("same", "negative") for k in partners[j]]
            references += _screen(target.head(SCREEN_ROWS), pairs, sample.head(SCREEN_ROWS))
            out += _relations_of_number(target, references, sample, values, column)
        elif column.n_levels >= MIN_COPIED_LEVELS:
            nothing = np.zeros(len(rows))
            target = _Target(j, sample.values[:, j], 1.0, nothing > 0, nothing)
            singles = [Reference("same", (k, k)) for k in partners[j]]
            out += _find_equal(target, singles, sample, MIN_COPIED_SHARE, always=True)
        yield (j + 1) / len(columns)
    return out


def _relations_of_number(
    target: _Target, references: list[Reference], sample: _Sample, values: FloatArray, column: NumberTokens
) -> list[Relation]:
    equal = _find_equal(target, references, sample, MIN_SHARE)
    windows = _find_windows(_without(target, equal, sample), references, sample, MAX_WINDOWS)
    fitted = [_fit_window(w, target, values, column, equal) for w in windows]
    out = equal + [r for r in fitted if r is not None]
    # Where a relation to two columns holds but only one of them is seen, that one may still say almost all.
    alone = [r for r in out if r.reference.single]
    singles = [r for r in references if r.single]
    fallback = _find_windows(_without(target, alone, sample), singles, sample, MAX_FALLBACKS)
    fitted = [_fit_window(w, target, values, column, [r for r in alone if r.equal]) for w in fallback]
    return out + [r for r in fitted if r is not None]


def _without(target: _Target, relations: list[Relation], sample: _Sample) -> _Target:
    """Leave out the rows that relations code already."""
    left = target.in_bin.copy()
    for relation in relations:
        left &= relation.encode(sample.values, target.resolution) < 0
    return replace(target, in_bin=left)


def _describe(j: int, sample: _Sample, column: NumberTokens) -> _Target:
    """Describe what the bins of number column j code."""
    x = sample.values[:, j]
    in_bin, width = np.zeros(len(x), dtype=bool), np.ones(len(x))
    if column.n_bins:
        token = column.encode(x)
        in_bin = (token >= column.first_bin) & ~np.isnan(x)
        width = np.diff(column.edges)[np.clip(token - column.first_bin, 0, column.n_bins - 1)]
    return _Target(j, x, column.resolution, in_bin, np.log(np.maximum(width, 1e-300)))


def _pairs(partners: list[int]) -> Iterator[Reference]:
    yield from (Reference("sum", pair) for pair in combinations(partners, 2))
    yield from (Reference("product", pair) for pair in combinations(partners, 2))
    yield from (Reference("difference", pair) for pair in permutations(partners, 2))


def _screen(target: _Target, references: Iterator[Reference], sample: _Sample) -> list[Reference]:
    """Keep the references that come within a bin's width, or equal an atom, far more often than when shuffled."""
    tolerance = 1e-9 * np.abs(target.x) if target.resolution is None else target.resolution * 1e-3
    reach = np.where(target.in_bin, np.exp(target.log_width), tolerance)
    scored: list[tuple[float, int, Reference]] = []
    for reference in references:
        q = sample.reference(reference)
        with np.errstate(invalid="ignore"):
            near = np.mean(np.abs(target.x - q) <= reach)
            if near < MIN_SHARE:
                continue
            excess = near - np.mean(np.abs(target.x - q[sample.shuffle]) <= reach)
        if excess >= MIN_SHARE:
            scored.append((-float(excess), len(scored), reference))
    return [reference for _, _, reference in sorted(scored)[: 2 * SHORTLIST]]


def _find_equal(
    target: _Target, references: list[Reference], sample: _Sample, min_share: float, always: bool = False
) -> list[Relation]:
    """References that the column equals in clearly more rows than chance, until no more rows are explained."""
    usable = ~np.isnan(target.x)
    found: list[tuple[float, int, Reference, BoolArray, bool]] = []
    for i, reference in enumerate(references):
        q = sample.reference(reference)
        hit = equals(target.x, q, target.resolution) & usable
        needed = min_share / 2 if reference.single else min_share
        if hit.mean() < needed:
            continue
        by_chance = equals(target.x, q[sample.shuffle], target.resolution) & usable
        both = max(int((usable & ~np.isnan(q)).sum()), 1)
        agreement, chance = hit.sum() / both, min(by_chance.sum() / both, 1 - 1e-9)
        rule = always or (agreement - chance) / (1 - chance) >= RULE
        coded = usable if rule else target.in_bin
        if (hit & coded).mean() - (by_chance & coded).mean() >= needed:
            found.append((-float(hit.mean()), i, reference, hit & coded, bool(rule)))
    out, left = [], usable.copy()
    for _, _, reference, hit, rule in sorted(found, key=lambda f: f[:2])[:SHORTLIST]:
        share = float((hit & left).mean())
        if share >= min_share / 2:
            out.append(_equal_relation(target.index, reference, rule, NATS_OF_EQUAL * share))
            left &= ~hit
    return out


def _equal_relation(target: int, reference: Reference, before_atoms: bool, gain: float) -> Relation:
    knots, heaps = np.zeros((1, N_PIECES + 1)), np.zeros((1, 0))
    return Relation(target, reference, False, 0.0, 0.0, True, before_atoms, np.zeros(2), knots, heaps, gain)


def _find_windows(target: _Target, references: list[Reference], sample: _Sample, most: int) -> list[_Window]:
    """Greedy choice of windows: the best, then the best on the rows that it leaves."""
    if target.in_bin.mean() < MIN_SHARE:
        return []
    scored = [w for r in references for ratio in (True, False) if (w := _best_window(target, r, ratio, sample))]
    shortlist = sorted(scored, key=lambda w: -w.rank)[:SHORTLIST]
    out: list[_Window] = []
    alive = target.in_bin.copy()
    while shortlist and len(out) < most:
        best = max(shortlist, key=lambda w: w.rank)
        out.append(best)
        c = coordinate(target.x, sample.reference(best.reference), best.ratio)
        with np.errstate(invalid="ignore"):
            alive &= ~((c >= best.low) & (c <= best.high))
        rest = replace(target, in_bin=alive)
        again = [_best_window(rest, w.reference, w.ratio, sample) for w in shortlist]
        shortlist = [w for w in again if w is not None]
    return out


def _best_window(target: _Target, reference: Reference, ratio: bool, sample: _Sample) -> _Window | None:
    """Best window of the rows that are still coded by bins; None when nothing gains."""
    q, alive = sample.reference(reference), target.in_bin
    c = coordinate(target.x, q, ratio)
    ok = alive & np.isfinite(c)
    if ok.mean() < MIN_SHARE:
        return None
    chance = coordinate(target.x, q[sample.shuffle], ratio)
    chance = np.sort(chance[alive & np.isfinite(chance)])
    # A token's width in x units is |x| times its width in log-ratio.
    log_width = target.log_width - (np.log(np.maximum(np.abs(target.x), 1e-300)) if ratio else 0.0)
    order = np.argsort(c[ok])
    found = _scan(c[ok][order], log_width[ok][order], chance, len(target.x))
    return None if found is None else _Window(reference, ratio, *found)


def _scan(c: FloatArray, log_width: FloatArray, chance: FloatArray, n_rows: int) -> tuple[float, float, float] | None:
    """Best window (low, high, gain) of sorted coordinates; None when nothing gains.

    The coordinates are cut into segments of equal mass. A segment gains where its density beats `SHARPNESS`; the window
    is the run of segments with the largest sum.
    """
    m = max(n_rows // 200, 10)
    cuts = np.arange(0, len(c) - m + 1, m)
    if len(cuts) < 2:
        return None
    cuts = np.append(cuts, len(c) - 1)
    low, high, mass = c[cuts[:-1]], c[cuts[1:]], np.diff(cuts)
    by_chance = np.searchsorted(chance, high) - np.searchsorted(chance, low)
    with np.errstate(divide="ignore"):
        nats = np.log(SHARPNESS * mass / n_rows) - np.log(high - low)
    nats += np.add.reduceat(log_width[: cuts[-1]], cuts[:-1]) / mass
    # A few rows a segment: what chance puts there is known better from the segments around.
    around = np.ones(min(SMOOTHING, len(mass)))
    by_chance_around = np.convolve(by_chance, around, "same") / np.convolve(mass, around, "same")
    beyond = np.where(nats > 0, np.clip(1 - by_chance_around, 0, 1), 1.0)
    total = np.concatenate([[0.0], np.cumsum(mass / n_rows * np.minimum(nats, MAX_NATS) * beyond)])
    end = int(np.argmax(total - np.minimum.accumulate(total)))
    start = int(np.argmin(total[: end + 1]))
    gain = float(total[end] - total[start])
    excess = (mass[start:end] - by_chance[start:end]).sum()
    if gain < MIN_GAIN or excess < MIN_SHARE * n_rows:
        return None
    return float(low[start]), float(high[end - 1]), gain


def _fit_window(
    window: _Window, target: _Target, values: FloatArray, column: NumberTokens, equal: list[Relation]
) -> Relation | None:
    """Token edges and knots of a window from all rows; None when too few rows are left in it."""
    x = values[:, target.index]
    c = coordinate(x, window.reference.evaluate(values), window.ratio)
    # A constant offset is a window without width, but for the rounding of the difference.
    slack = 1e-9 if window.ratio or column.resolution is None else column.resolution * 1e-3
    low, high = window.low - slack, window.high + slack
    is_wide = high - low > 4 * slack
    if low == high:  # so far from zero that the slack is lost in rounding
        low, high = float(np.nextafter(low, -np.inf)), float(np.nextafter(high, np.inf))
    with np.errstate(invalid="ignore"):
        ok = (c >= low) & (c <= high) & (column.encode(x) >= column.first_bin)
    for relation in equal:
        ok &= relation.encode(values, column.resolution) < 0
    c, x = c[ok], x[ok]
    if len(c) < ROWS_PER_TOKEN // 2:
        return None
    n_tokens = int(np.clip(len(c) // ROWS_PER_TOKEN, 1, WINDOW_TOKENS))
    inner = np.quantile(c, np.linspace(0, 1, n_tokens + 1)[1:-1]) if is_wide else c[:0]
    edges = np.unique(np.concatenate([[low], inner, [high]]))
    token = np.clip(np.searchsorted(edges, c, side="right") - 1, 0, len(edges) - 2)
    u = np.linspace(0, 1, N_PIECES + 1)
    cells = [c[token == t] if (token == t).any() else edges[t : t + 2] for t in range(len(edges) - 1)]
    knots = np.array([np.quantile(cell, u) for cell in cells])
    heaps = np.zeros((len(knots), len(column.grids)))
    if len(column.grids):
        heaps = heap_shares(x, token, len(knots), column.grids, column.resolution)
    return Relation(
        target=target.index,
        reference=window.reference,
        ratio=window.ratio,
        low=low,
        high=high,
        equal=False,
        before_atoms=False,
        edges=edges,
        knots=knots,
        heaps=heaps,
        gain=window.gain,
    )
