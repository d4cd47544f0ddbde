"""Relative tokens: values that are exactly, or very nearly, a simple function of other columns.

A quantile bin is too coarse for "this bill is 3-5 % above last month's", and no continuous model reproduces "this
payment equals that bill to the cent". A `Relation` says that a numeric cell lies in a narrow *window* around a
*reference* made of one or two other columns (``x_k``, ``x_k + x_l``, ``x_k - x_l``, ``x_k * x_l``), as a ratio or as
a difference; its tokens are quantiles inside that window, or the single token *equal*. `find_relations` keeps a
window when it codes its rows in clearly fewer nats than the column's own bins do, and clearly more often than when
the reference is shuffled.

A column of levels can only *equal* another one; its values are then numbers that stand for the levels of both.

A relation's tokens exist only where the reference is seen: which token codes a value depends on what is revealed
before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations
from typing import Any

import numpy as np

from synthdiff.codecs.token import (
    N_PIECES,
    BoolArray,
    FloatArray,
    IntArray,
    LevelTokens,
    NumberTokens,
    heap_shares,
)

OUTSIDE, UNDEFINED = -1, -2
"""What a relation's token is where the value is outside its window, and where the reference has no value."""

MAX_ROWS = 4_000
MAX_WINDOWS = 6
WINDOW_TOKENS = 32
MIN_SHARE = 0.02
MIN_GAIN = 0.02
SHORTLIST = 10
MAX_PAIR_COLUMNS = 24
MIN_COPIED_LEVELS, MIN_COPIED_SHARE = 16, 0.1
SHARPNESS = 3.0
MAX_NATS = 6.0
NATS_OF_EQUAL = 5.0
PAIR_MARGIN = 1.15

OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "same": lambda a, b: a,
    "sum": lambda a, b: a + b,
    "difference": lambda a, b: a - b,
    "product": lambda a, b: a * b,
}
"""How a reference is made of its partners; works on numpy arrays and torch tensors alike."""


@dataclass(frozen=True)
class Reference:
    """A function of one or two other numeric columns.

    Attributes
    ----------
    operation : str
        Key of `OPERATIONS`.
    partners : tuple of int
        Positions of the columns; the first twice for ``same``.
    """

    operation: str
    partners: tuple[int, int]

    def evaluate(self, values: FloatArray) -> FloatArray:
        """Reference values, (n,), from the values of all columns, (n, D)."""
        a, b = self.partners
        return np.asarray(OPERATIONS[self.operation](values[:, a], values[:, b]))


@dataclass(frozen=True)
class Relation:
    """One window of one column around one reference.

    Attributes
    ----------
    target : int
        Position of the column.
    reference : Reference
    ratio : bool
        Whether the coordinate is ``log(x / q)`` (else ``x - q``).
    low, high : float
        The window in that coordinate.
    equal : bool
        The single token "equals the reference".
    before_atoms : bool
        Whether it codes values that are also atoms (only where equality is the rule).
    edges : (T + 1,) float64
        Token edges inside the window.
    knots : (T, N_PIECES + 1) float64
        Inverse distribution function of each token, in the coordinate.
    heaps : (T, G) float64
        Shares to snap to the column's grids.
    gain : float
        Nats a row that the relation is estimated to save.
    """

    target: int
    reference: Reference
    ratio: bool
    low: float
    high: float
    equal: bool
    before_atoms: bool
    edges: FloatArray
    knots: FloatArray
    heaps: FloatArray
    gain: float

    @property
    def n_tokens(self) -> int:
        """Size of its alphabet."""
        return len(self.knots)

    def encode(self, values: FloatArray, resolution: float | None) -> IntArray:
        """Token within the relation of each row of values (n, D), or `OUTSIDE` its window, or `UNDEFINED`."""
        x, q = values[:, self.target], self.reference.evaluate(values)
        missing = np.where(np.isfinite(q) & ((q != 0) | (not self.ratio)), OUTSIDE, UNDEFINED)
        if self.equal:
            return np.where(equals(x, q, resolution), 0, missing)
        c = coordinate(x, q, self.ratio)
        with np.errstate(invalid="ignore"):
            inside = (c >= self.low) & (c <= self.high)
        token = np.clip(np.searchsorted(self.edges, np.nan_to_num(c), side="right") - 1, 0, self.n_tokens - 1)
        return np.where(inside, token, missing)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        out = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in self.__dict__.items()}
        return out | {"reference": [self.reference.operation, *self.reference.partners], "grids": self.heaps.shape[1]}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Relation:
        """Restore what `to_dict` wrote."""
        fields = {k: v for k, v in data.items() if k != "grids"}
        operation, a, b = fields["reference"]
        fields["reference"] = Reference(operation, (int(a), int(b)))
        fields["edges"] = np.asarray(fields["edges"], dtype=np.float64)
        fields["knots"] = np.asarray(fields["knots"], dtype=np.float64).reshape(-1, N_PIECES + 1)
        fields["heaps"] = np.asarray(fields["heaps"], dtype=np.float64).reshape(len(fields["knots"]), data["grids"])
        return cls(**fields)


def equals(x: FloatArray, q: FloatArray, resolution: float | None) -> BoolArray:
    """Equality to a thousandth of the resolution, or to 1e-9 relative for continuous values."""
    tolerance = 1e-9 * np.abs(x) if resolution is None else np.maximum(resolution * 1e-3, 1e-12 * np.abs(x))
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(x - q) <= tolerance)


def coordinate(x: FloatArray, q: FloatArray, ratio: bool) -> FloatArray:
    """``log(x / q)`` where both have the same sign (NaN elsewhere), or ``x - q``."""
    if not ratio:
        return x - q
    with np.errstate(divide="ignore", invalid="ignore"):
        r = x / q
        return np.where(r > 0, np.log(np.where(r > 0, r, 1.0)), np.nan)


@dataclass(frozen=True)
class _Target:
    """A column being coded: its values, which rows its bins code, and how finely."""

    index: int
    x: FloatArray
    resolution: float | None
    in_bin: BoolArray
    log_width: FloatArray  # log of the width of the row's bin, in x units
    partners: list[int]  # columns it may be related to


@dataclass(frozen=True)
class _Window:
    reference: Reference
    ratio: bool
    low: float
    high: float
    gain: float


def find_relations(values: FloatArray, columns: Sequence[NumberTokens | LevelTokens], seed: int = 0) -> list[Relation]:
    """Discover the relations of every column, best first within a column.

    Parameters
    ----------
    values : (n, D) float64
        Numbers, and for columns of levels numbers that stand for the levels; NaN = missing.
    columns : sequence of NumberTokens or LevelTokens
        Their alphabets, in the same order.
    seed : int
        Seed of the row sample and of the shuffles.

    Notes
    -----
    A window's gain is the nats a row that it saves over the column's bins, less what a shuffled reference saves too.
    """
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(values))[:MAX_ROWS]
    sample, shuffle = values[rows], rng.permutation(len(rows))
    out: list[Relation] = []
    for j, alphabet in enumerate(columns):
        partners = [k for k, c in enumerate(columns) if k != j and type(c) is type(alphabet)]
        if not isinstance(alphabet, NumberTokens):
            many = alphabet.n_levels >= MIN_COPIED_LEVELS
            target = _Target(j, sample[:, j], 1.0, np.zeros(len(sample), dtype=bool), np.zeros(len(sample)), partners)
            out += _find_equal(target, sample, shuffle, levels=True) if many else []
            continue
        target = _describe(j, sample[:, j], alphabet, partners)
        equal = _find_equal(target, sample, shuffle)
        covered = np.zeros(len(sample), dtype=bool)
        for relation in equal:
            covered |= relation.encode(sample, alphabet.resolution) >= 0
        windows = _find_windows(replace(target, in_bin=target.in_bin & ~covered), sample, shuffle)
        fitted = [_fit_window(w, target, values, alphabet, equal) for w in windows]
        out += equal + [r for r in fitted if r is not None]
    return out


def _describe(j: int, x: FloatArray, alphabet: NumberTokens, partners: list[int]) -> _Target:
    """Describe what the bins of number column j code."""
    in_bin, width = np.zeros(len(x), dtype=bool), np.ones(len(x))
    if alphabet.n_bins:
        token = alphabet.encode(x)
        in_bin = (token >= alphabet.first_bin) & ~np.isnan(x)
        width = np.diff(alphabet.edges)[np.clip(token - alphabet.first_bin, 0, alphabet.n_bins - 1)]
    return _Target(j, x, alphabet.resolution, in_bin, np.log(np.maximum(width, 1e-300)), partners)


def _references(partners: list[int], pairs: bool) -> Iterator[Reference]:
    yield from (Reference("same", (k, k)) for k in partners)
    if not pairs or len(partners) > MAX_PAIR_COLUMNS:
        return
    yield from (Reference("sum", pair) for pair in combinations(partners, 2))
    yield from (Reference("product", pair) for pair in combinations(partners, 2))
    yield from (Reference("difference", pair) for pair in permutations(partners, 2))


def _find_equal(target: _Target, sample: FloatArray, shuffle: IntArray, levels: bool = False) -> list[Relation]:
    """References that the column equals in clearly more rows than chance, until no more rows are explained."""
    x, usable = target.x, ~np.isnan(target.x)
    needed = MIN_COPIED_SHARE if levels else MIN_SHARE / 2
    found: list[tuple[float, Reference, BoolArray]] = []
    for reference in _references(target.partners, pairs=not levels):
        q = reference.evaluate(sample)
        hit = equals(x, q, target.resolution) & usable
        if hit.mean() < needed:
            continue
        chance = (equals(x, q[shuffle], target.resolution) & usable).mean()
        single = reference.operation == "same"
        if hit.mean() - chance >= (needed if single else 2 * needed):
            found.append((float(hit.mean() + 1e-3 * single), reference, hit))
    out, left = [], usable.copy()
    for _, reference, hit in sorted(found, key=lambda f: -f[0])[:SHORTLIST]:
        new = hit & left
        rule = levels or hit.sum() >= 0.9 * (usable & ~np.isnan(reference.evaluate(sample))).sum()
        if (new if rule else new & target.in_bin).mean() < needed:
            continue
        out.append(_equal_relation(target.index, reference, bool(rule), NATS_OF_EQUAL * float(new.mean())))
        left &= ~hit
    return out


def _equal_relation(target: int, reference: Reference, before_atoms: bool, gain: float) -> Relation:
    zero = np.zeros((1, N_PIECES + 1))
    return Relation(target, reference, False, 0.0, 0.0, True, before_atoms, np.zeros(2), zero, np.zeros((1, 0)), gain)


def _find_windows(target: _Target, sample: FloatArray, shuffle: IntArray) -> list[_Window]:
    """Greedy choice of windows: the best, then the best on the rows that it leaves."""
    alive = target.in_bin.copy()
    if alive.mean() < MIN_SHARE:
        return []
    scored: list[_Window] = []
    for reference in _shortlist_references(target, sample, shuffle):
        scored += _best_windows(target, sample, shuffle, reference, alive)
    shortlist = sorted(scored, key=lambda w: -w.gain)[:SHORTLIST]
    out: list[_Window] = []
    while shortlist and len(out) < MAX_WINDOWS:
        best = max(shortlist, key=lambda w: w.gain / (1.0 if w.reference.operation == "same" else PAIR_MARGIN))
        if best.gain < MIN_GAIN:
            break
        out.append(best)
        c = coordinate(target.x, best.reference.evaluate(sample), best.ratio)
        with np.errstate(invalid="ignore"):
            alive &= ~((c >= best.low) & (c <= best.high))
        pairs = dict.fromkeys((w.reference, w.ratio) for w in shortlist)
        shortlist = [w for r, ratio in pairs for w in _best_windows(target, sample, shuffle, r, alive, (ratio,))]
    return out


def _shortlist_references(target: _Target, sample: FloatArray, shuffle: IntArray) -> list[Reference]:
    """All single columns, and the pairs that come within a bin's width far more often than when shuffled."""
    width, scored = np.exp(target.log_width), []
    singles = []
    for reference in _references(target.partners, pairs=True):
        if reference.operation == "same":
            singles.append(reference)
            continue
        q = reference.evaluate(sample)
        with np.errstate(invalid="ignore"):
            near = ((np.abs(target.x - q) < width) & target.in_bin).mean()
            if near < MIN_SHARE:
                continue
            chance = ((np.abs(target.x - q[shuffle]) < width) & target.in_bin).mean()
        scored.append((near - chance, reference))
    scored.sort(key=lambda s: -s[0])
    return singles + [r for excess, r in scored[:SHORTLIST] if excess >= MIN_SHARE]


def _best_windows(
    target: _Target,
    sample: FloatArray,
    shuffle: IntArray,
    reference: Reference,
    alive: BoolArray,
    ratios: tuple[bool, ...] = (True, False),
) -> list[_Window]:
    q = reference.evaluate(sample)
    out = []
    for ratio in ratios:
        c = coordinate(target.x, q, ratio)
        ok = alive & np.isfinite(c)
        if ok.mean() < MIN_SHARE:
            continue
        chance = coordinate(target.x, q[shuffle], ratio)
        chance = np.sort(chance[alive & np.isfinite(chance)])
        # A token's width in x units is |x| times its width in log-ratio.
        log_width = target.log_width - (np.log(np.maximum(np.abs(target.x), 1e-300)) if ratio else 0.0)
        order = np.argsort(c[ok])
        window = _scan(c[ok][order], log_width[ok][order], chance, len(sample))
        if window is not None:
            out.append(_Window(reference, ratio, *window))
    return out


def _scan(c: FloatArray, log_width: FloatArray, chance: FloatArray, n_rows: int) -> tuple[float, float, float] | None:
    """Best window (low, high, gain) of sorted coordinates; None when nothing gains.

    The coordinates are cut into segments of equal mass. A segment gains where its density beats that of a third of a
    bin (the network learns smooth densities well enough by itself); the window is the run of segments with the
    largest sum.
    """
    m = max(n_rows // 200, 10)
    cuts = np.arange(0, len(c) - m + 1, m)
    if len(cuts) < 2:
        return None
    cuts = np.append(cuts, len(c) - 1)
    low, high = c[cuts[:-1]], c[cuts[1:]]
    mean_log_width = np.add.reduceat(log_width[: cuts[-1]], cuts[:-1]) / np.diff(cuts)
    by_chance = np.searchsorted(chance, high) - np.searchsorted(chance, low)
    share = np.diff(cuts) / n_rows
    with np.errstate(divide="ignore"):
        nats = np.log(SHARPNESS * share) + mean_log_width - np.log(high - low)
    gain = share * np.minimum(nats, MAX_NATS) * np.where(nats > 0, np.clip(1 - by_chance / np.diff(cuts), 0, 1), 1.0)
    total = np.concatenate([[0.0], np.cumsum(gain)])
    before = np.minimum.accumulate(total)
    end = int(np.argmax(total - before))
    start = int(np.argmin(total[: end + 1]))
    if end <= start or total[end] - total[start] < MIN_GAIN:
        return None
    return float(low[start]), float(high[end - 1]), float(total[end] - total[start])


def _fit_window(
    window: _Window, target: _Target, values: FloatArray, alphabet: NumberTokens, equal: list[Relation]
) -> Relation | None:
    """Token edges and knots of a window from all rows."""
    x = values[:, target.index]
    c = coordinate(x, window.reference.evaluate(values), window.ratio)
    with np.errstate(invalid="ignore"):
        ok = (c >= window.low) & (c <= window.high) & (alphabet.encode(x) >= alphabet.first_bin)
    for relation in equal:
        ok &= relation.encode(values, alphabet.resolution) < 0
    inside = np.sort(c[ok])
    if len(inside) < 20:
        return None
    n_tokens = int(np.clip(len(inside) // 40, 1, WINDOW_TOKENS))
    edges = np.unique(np.quantile(inside, np.linspace(0, 1, n_tokens + 1)))
    if len(edges) < 2:
        return None
    u = np.linspace(0, 1, N_PIECES + 1)
    token = np.clip(np.searchsorted(edges, inside, side="right") - 1, 0, len(edges) - 2)
    cells = [inside[token == t] for t in range(len(edges) - 1)]
    knots = np.array(
        [
            np.quantile(v, u) if len(v) else np.linspace(a, b, N_PIECES + 1)
            for v, a, b in zip(cells, edges[:-1], edges[1:], strict=True)
        ]
    )
    heaps = np.zeros((len(knots), len(alphabet.grids)))
    if len(alphabet.grids) and alphabet.resolution is not None:
        at = np.clip(np.searchsorted(edges, c[ok], side="right") - 1, 0, len(edges) - 2)
        heaps = heap_shares(x[ok], at, len(knots), alphabet.grids, alphabet.resolution)
    return Relation(
        target.index,
        window.reference,
        window.ratio,
        window.low,
        window.high,
        False,
        False,
        edges,
        knots,
        heaps,
        window.gain,
    )
