"""Number tokens: what kind of value a numeric cell holds, and the exact value back from its token.

A numeric column's alphabet is, in this order: *missing* (only when the column has nulls), *atoms* (values frequent
enough to be their own category) and *bins* (quantile intervals of the other values, finer in the tails). Every token is
an inverse distribution function of `N_PIECES` linear pieces: decoding draws a position ``u`` in [0, 1) and reads the
value off; an atom's pieces are all the same value. The knots of all bins together are about a thousand quantiles a
column: the raw values are never kept.

People heap the numbers they enter on round values. Each bin therefore carries, for each *grid* (10, 50, 100, ...
times the column's resolution), the share of its values that lie on that grid beyond what chance puts there, and
decoding snaps that share.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field, PlainValidator

from synthdiff.codecs.season import Calendar, Season
from synthdiff.codecs.season_search import find_season
from synthdiff.record import numbers, require, restore

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

N_PIECES = 16
MAX_ATOMS = 128
MAX_BINS = 64
ROWS_PER_BIN = 40
MAX_LATTICE = 1_000
MIN_HEAPED = 0.02
FINEST_STEP, FRACTIONS = 1e-3, {1 / 2, 1 / 3, 1 / 4, 1 / 6}
TAIL_LEVELS = (0.001, 0.004, 0.996, 0.999)
MOST_TOKENS = 1 << 12
"""More atoms, bins or knots than a column can have."""
MOST_LEVELS = 1 << 20

Increasing = Annotated[FloatArray, numbers(most=MOST_TOKENS, rising=True)]
Sorted = Annotated[FloatArray, numbers(most=MOST_TOKENS, rising=False)]
Knots = Annotated[FloatArray, numbers(2, most=MOST_TOKENS * (N_PIECES + 1))]
Shares = Annotated[FloatArray, numbers(2, most=MOST_TOKENS * 64, low=0.0, high=1.0)]


def _restore_season(data: Any) -> Season | None:
    return None if data is None else Season.from_dict(data)


@dataclass(frozen=True)
class NumberTokens:
    """The alphabet of one numeric column.

    Attributes
    ----------
    missing : bool
        Whether token 0 stands for a missing value.
    atoms : (A,) float64
        Values that are their own token, increasing.
    edges : (K + 1,) float64
        Bin edges, increasing; empty when every value is an atom.
    knots : (K, N_PIECES + 1) float64
        Inverse distribution function of each bin at ``u = 0, 1/16, ..., 1``.
    grids : (G,) float64
        Steps that values heap on, coarsest first.
    heaps : (K, G) float64
        Share of a bin's values to snap to each grid.
    lattice : (M,) float64
        All distinct values outside the atoms when there are at most `MAX_LATTICE` of them; empty otherwise.
    rank_values, rank_levels : (R,) float64
        Knots of the distribution function of the whole column (atoms at their mid-rank).
    scale : float
        Unit of the signed-log coordinate: the median absolute value.
    resolution : float or None
        Step between representable values; None for continuous values.
    season : Season or None
        Of moments outside the atoms: the axis on which positions within a bin count; None for one that is straight.
    """

    missing: bool
    atoms: Increasing
    edges: Increasing
    knots: Knots
    grids: Annotated[FloatArray, numbers(most=64, low=1e-300)]
    heaps: Shares
    lattice: Increasing
    rank_values: Increasing
    rank_levels: Annotated[FloatArray, numbers(most=MOST_TOKENS, low=0.0, high=1.0, rising=False)]
    scale: Annotated[float, Field(gt=0)]
    resolution: Annotated[float, Field(gt=0)] | None
    season: Annotated[Season | None, PlainValidator(_restore_season)] = None

    @property
    def n_bins(self) -> int:
        """Number of bins."""
        return len(self.knots)

    @property
    def n_tokens(self) -> int:
        """Size of the alphabet."""
        return int(self.missing) + len(self.atoms) + self.n_bins

    @property
    def first_bin(self) -> int:
        """Token of the first bin."""
        return int(self.missing) + len(self.atoms)

    def encode(self, values: FloatArray) -> IntArray:
        """Give each value (NaN = missing) its token; values outside the seen range take the outermost bin."""
        out = np.zeros(len(values), dtype=np.int64)
        present = ~np.isnan(values)
        x = values[present]
        if self.n_bins:
            token = self.first_bin + np.clip(np.searchsorted(self.edges, x, side="right") - 1, 0, self.n_bins - 1)
        else:
            token = int(self.missing) + nearest(self.atoms, x)
        if len(self.atoms) and self.n_bins:
            at = np.clip(np.searchsorted(self.atoms, x), 0, len(self.atoms) - 1)
            token = np.where(self.atoms[at] == x, int(self.missing) + at, token)
        out[present] = token
        return out

    def rank(self, values: FloatArray) -> FloatArray:
        """Distribution function of the column at `values`, in [0, 1]; NaN where missing."""
        if len(self.rank_values) == 0:
            return np.where(np.isnan(values), np.nan, 0.5)
        return np.asarray(np.interp(values, self.rank_values, self.rank_levels), dtype=np.float64)

    def token_ranks(self) -> FloatArray:
        """Rank of each token's middle value, (n_tokens,); NaN for *missing*."""
        middle = np.concatenate([self.atoms, self.knots[:, N_PIECES // 2]]) if self.n_bins else self.atoms
        return np.concatenate([np.full(int(self.missing), np.nan), self.rank(middle)])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        plain = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in self.__dict__.items() if k != "season"}
        return plain if self.season is None else plain | {"season": self.season.to_dict()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> NumberTokens:
        """Restore what `to_dict` wrote."""
        found = restore(cls, data)
        # A table without rows is written without its width.
        knots, heaps = found.knots, found.heaps
        return replace(
            found,
            knots=knots if len(knots) else np.empty((0, N_PIECES + 1)),
            heaps=heaps if len(heaps) else np.empty((0, len(found.grids))),
        )

    def check(self) -> None:
        """Refuse arrays that do not belong together."""
        require(len(self.atoms) + self.n_bins > 0, "a column needs an atom or a bin")
        require(len(self.edges) == (self.n_bins + 1 if self.n_bins else 0), "bins and edges do not fit")
        require(not self.n_bins or self.knots.shape[1] == N_PIECES + 1, f"a bin has {N_PIECES + 1} knots")
        require((np.diff(self.knots, axis=1) >= 0).all(), "knots must increase")
        shape = (self.n_bins, len(self.grids) if self.n_bins else 0)
        require(self.heaps.shape == shape, f"shares of shape {shape} are expected")
        require((self.heaps.sum(axis=1) <= 1 + 1e-9).all(), "shares must add up to 1 at most")
        require(len(self.rank_values) == len(self.rank_levels) > 0, "ranks and their values do not fit")
        require(np.abs(self.rank_values).max() / self.scale < 1e300, "the scale is too small for the values")


@dataclass(frozen=True)
class LevelTokens:
    """The alphabet of a column of levels: one token a level, after *missing* when the column has nulls.

    Attributes
    ----------
    missing : bool
        Whether token 0 stands for a missing value.
    codes : (L,) float64
        The number that stands for each level in tables of values, increasing; columns that hold the same words share
        them.
    """

    missing: bool
    codes: Annotated[FloatArray, numbers(most=MOST_LEVELS, low=0.0, high=1 << 53, rising=True)]

    @property
    def n_levels(self) -> int:
        """Number of levels."""
        return len(self.codes)

    @property
    def n_tokens(self) -> int:
        """Size of the alphabet."""
        return int(self.missing) + self.n_levels

    def encode(self, values: FloatArray) -> IntArray:
        """Token of each value (NaN = missing)."""
        return np.where(np.isnan(values), 0, int(self.missing) + nearest(self.codes, np.nan_to_num(values)))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        return {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in self.__dict__.items()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> LevelTokens:
        """Restore what `to_dict` wrote."""
        return restore(cls, data)

    def check(self) -> None:
        """Refuse a column without a level."""
        require(len(self.codes), "a column of levels needs a level")


def fit_level_tokens(values: FloatArray) -> LevelTokens:
    """Learn the alphabet of a column of levels from the numbers that stand for them (NaN = missing), (n,)."""
    codes = np.unique(values[~np.isnan(values)])
    return LevelTokens(bool(np.isnan(values).any()), codes)


def nearest(grid: FloatArray, x: FloatArray) -> IntArray:
    """Index of the nearest element of the increasing array `grid` for each of `x`."""
    if len(grid) < 2:
        return np.zeros(len(x), dtype=np.int64)
    return np.searchsorted((grid[1:] + grid[:-1]) / 2, x)


def fit_number_tokens(
    values: FloatArray,
    resolution: float | None,
    calendar: Calendar | None = None,
    *,
    max_bins: int = MAX_BINS,
) -> NumberTokens:
    """Learn a column's alphabet.

    Parameters
    ----------
    values : (n,) float64
        NaN = missing; at least one value must be present.
    resolution : float or None
        Step between representable values, None for continuous ones.
    calendar : Calendar or None
        Of moments: how they are encoded.
    max_bins : int
        Quantile bins, before the tails are refined.
    """
    x = np.sort(values[~np.isnan(values)])
    sizes = np.abs(x[x != 0])
    distinct, counts = np.unique(x, return_counts=True)
    atoms = choose_atoms(distinct, counts)
    rest = x[~np.isin(x, atoms)]
    lattice = np.unique(rest)
    lattice = lattice if len(lattice) <= min(MAX_LATTICE, max(len(rest) // 2, 1)) else np.empty(0)
    season = find_season(rest, resolution, calendar) if calendar and resolution else None
    smooth = spread(rest, lattice if season is None else lattice[:0], resolution)
    edges = bin_edges(smooth, max_bins)
    tokens = NumberTokens(
        missing=len(x) < len(values),
        atoms=atoms,
        edges=edges,
        knots=bin_knots(smooth, edges),
        grids=np.empty(0),
        heaps=np.empty((max(len(edges) - 1, 0), 0)),
        lattice=lattice,
        **rank_knots(distinct, counts),
        # A scale that the largest value could not be divided by would make it infinite.
        scale=float(max(np.median(sizes), sizes.max() * 1e-299)) if len(sizes) else 1.0,
        resolution=resolution,
        season=season,
    )
    if len(rest) and not len(lattice) and season is None:
        grids = find_grids(rest, resolution)
        heaps = heap_shares(rest, tokens.encode(rest) - tokens.first_bin, tokens.n_bins, grids, resolution)
        return replace(tokens, grids=grids, heaps=heaps)
    return tokens


def choose_atoms(distinct: FloatArray, counts: IntArray) -> FloatArray:
    """All values when they are few and repeat; else those that hold at least 0.3 % of the rows (and 20 rows)."""
    n = int(counts.sum())
    if len(distinct) <= MAX_ATOMS and n >= 8 * len(distinct):
        return distinct
    frequent = counts >= max(20, 0.003 * n)
    if frequent.sum() > MAX_ATOMS:
        frequent &= counts >= np.sort(counts)[-MAX_ATOMS]
    # A value between neighbours as frequent as itself is part of a coarse lattice, not a spike: still an atom,
    # exactly kept.
    return distinct[frequent] if n else distinct[:0]


def spread(rest: FloatArray, lattice: FloatArray, resolution: float | None) -> FloatArray:
    """Spread ties evenly over their cell, so that quantiles are defined and rounding gives the value back."""
    if not len(rest):
        return rest
    if len(lattice) > 1:
        middle = (lattice[1:] + lattice[:-1]) / 2
        low = np.concatenate([[2 * lattice[0] - middle[0]], middle])
        high = np.concatenate([middle, [2 * lattice[-1] - middle[-1]]])
        at = np.searchsorted(lattice, rest)
        low, high = low[at], high[at]
    else:
        half = 0.0 if resolution is None else resolution / 2
        low, high = rest - half, rest + half
    _, first, counts = np.unique(rest, return_index=True, return_counts=True)
    position = (np.arange(len(rest)) - np.repeat(first, counts) + 0.5) / np.repeat(counts, counts)
    return np.asarray(low + (high - low) * position)


def bin_edges(smooth: FloatArray, max_bins: int) -> FloatArray:
    """Quantile edges; the outermost bins are cut again where the rows allow."""
    if not len(smooth):
        return np.empty(0)
    n_bins = int(np.clip(len(smooth) // ROWS_PER_BIN, 1, max_bins))
    levels = np.linspace(0, 1, n_bins + 1)
    if n_bins == max_bins:
        levels = np.union1d(levels, [p for p in TAIL_LEVELS if min(p, 1 - p) * len(smooth) >= ROWS_PER_BIN / 2])
    edges = np.unique(np.quantile(smooth, levels))
    return edges if len(edges) > 1 else np.array([edges[0], np.nextafter(edges[0], np.inf)])


def bin_knots(smooth: FloatArray, edges: FloatArray) -> FloatArray:
    """Inverse distribution function within each bin, (n_bins, N_PIECES + 1)."""
    if not len(edges):
        return np.empty((0, N_PIECES + 1))
    cuts = np.searchsorted(smooth, edges, side="left")
    cuts[0], cuts[-1] = 0, len(smooth)
    u = np.linspace(0, 1, N_PIECES + 1)
    rows = []
    for low, high, a, b in zip(edges[:-1], edges[1:], cuts[:-1], cuts[1:], strict=True):
        inside = smooth[a:b]
        row = np.quantile(inside, u) if len(inside) else low + (high - low) * u
        row[0], row[-1] = low, high
        rows.append(row)
    return np.array(rows)


def rank_knots(distinct: FloatArray, counts: IntArray, n_knots: int = 1_000) -> dict[str, FloatArray]:
    """Knots of the mid-rank distribution function: at most `n_knots`, evenly spread over the mass."""
    total = np.cumsum(counts)
    middle = (total - counts / 2) / total[-1]
    if len(distinct) > n_knots:
        at = np.unique(np.searchsorted(middle, np.linspace(middle[0], middle[-1], n_knots)))
        distinct, middle = distinct[at], middle[at]
    return {"rank_values": distinct, "rank_levels": middle}


def on_grid(x: FloatArray, step: float) -> BoolArray:
    """Whether each value is a multiple of `step`, but for rounding in the ninth digit.

    What is nearly 0 beside the step is none, nor is what is so large that floats are hardly closer than the step.
    """
    nearest = np.round(x / step)
    can_tell = ((nearest != 0) | (x == 0)) & (np.spacing(np.abs(x)) < 1e-3 * step)
    return np.asarray((np.abs(x - nearest * step) < 1e-6 * step) & can_tell)


def find_grids(rest: FloatArray, resolution: float | None) -> FloatArray:
    """Round steps that hold clearly more values than chance, coarsest first.

    Rounded values heap on 5 and 10 times powers of ten of their resolution, values without one also on simple
    fractions: averages of a few whole numbers are.
    """
    finest = FINEST_STEP if resolution is None else resolution
    steps = {finest * m * 10.0**k for k in range(10) for m in (5, 10)} | (FRACTIONS if resolution is None else set())
    widest = np.quantile(rest, 0.9) - np.quantile(rest, 0.1)
    chance = 0.0 if resolution is None else resolution
    keep: list[float] = []
    left = np.ones(len(rest), dtype=bool)
    for step in sorted((s for s in steps if s < widest), reverse=True):
        hit = on_grid(rest, step) & left
        if hit.mean() > chance / step * left.mean() + MIN_HEAPED:
            keep.append(step)
            left &= ~hit
    return np.array(keep)


def heap_shares(
    rest: FloatArray, token: IntArray, n_tokens: int, grids: FloatArray, resolution: float | None
) -> FloatArray:
    """Share of each token's values to snap to each grid: those on it beyond chance and on no coarser one, (K, G)."""
    out = np.zeros((n_tokens, len(grids)))
    rows = np.maximum(np.bincount(token, minlength=n_tokens), 1)
    left = np.ones(len(rest), dtype=bool)
    remaining = np.ones(n_tokens)
    for g, step in enumerate(grids):
        hit = on_grid(rest, step) & left
        chance = 0.0 if resolution is None else resolution / step
        share = np.bincount(token[hit], minlength=n_tokens) / rows
        out[:, g] = np.clip((share - chance * remaining) / (1 - chance), 0, remaining)
        remaining = remaining - out[:, g]
        left &= ~hit
    return out
