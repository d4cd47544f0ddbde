"""Returns of paths given the distributions that the history has: of each asset, of the market, and of pairs.

A volatility filter and a network that predict the next step well still leave the whole of a path a little off: the
market a few percent too calm, and so assets too weakly correlated. Three maps put that right, and keep what depends on
what over time: a monotone one of the market, a linear one across assets that moves correlations as little as is needed
([1]_, the optimal transport between two normal laws), and a monotone one of each asset.

References
----------
.. [1] Peyre and Cuturi, "Computational Optimal Transport", Foundations and Trends in Machine Learning, 2019, remark
   2.31.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.stats import rankdata

from synthdiff.codecs.series.channel import BoolArray, FloatArray
from synthdiff.codecs.series.missing import nearest_correlation
from synthdiff.codecs.series.normal import NormalScore

OUTPUT_TAIL = 0.004
"""Share of an asset's real steps at each end that recalibration replaces by a tail: as few as will do for one."""
ROUNDS = 2
"""Times that correlations are compared: the maps of single assets change them a little."""
N_COMPARED = 1_024
"""Windows that correlations are compared on."""
MIN_COMMON = 30
"""Steps in which both assets of a pair must be observed for its correlation to be compared."""
FEW_COMMON = 250
"""Common steps of which a difference counts half."""
SMALLEST = 1e-3
"""Variance that each direction of assets counts as at least, lest copies of one another be torn apart."""
Table = tuple[NormalScore, NormalScore]
"""What is drawn, and what it should be."""


@dataclass(frozen=True, eq=False)
class RealReturns:
    """Returns of the history of the followed assets.

    Attributes
    ----------
    returns : (T, A) float64
        As of `FollowedReturns.scaled`: over what is usual at their time; NaN where an asset does not move.
    rests : (T, A) bool
        Where an asset traded and did not move.
    market : (T,) float64
        Return of the market, NaN where it is not observed; empty where there is none.
    """

    returns: FloatArray
    rests: BoolArray
    market: FloatArray


@dataclass(frozen=True, eq=False)
class Output:
    """Maps of returns that are drawn, over what is usual at their time.

    Attributes
    ----------
    tables : tuple of (NormalScore, NormalScore)
        Of each followed asset, its drawn returns and its real ones.
    centre : (A,) float64
        Mean of the returns that the maps lead to, which is taken away.
    market : (NormalScore, NormalScore) or None
        Of the market, its drawn returns and its real ones; None: it stays as it is drawn.
    coupling : (A, A) float64
        What the returns of a step are multiplied by, ``returns @ coupling``.
    weights, loadings : (A,) float64
        Of the assets in the market, and on it; see `VolatilityFilter`.
    """

    tables: tuple[Table, ...]
    centre: FloatArray
    market: Table | None
    coupling: FloatArray
    weights: FloatArray
    loadings: FloatArray

    @classmethod
    def fit(
        cls,
        drawn: FloatArray,
        resting: BoolArray,
        real: RealReturns,
        weights: FloatArray,
        loadings: FloatArray,
        is_empirical: bool = False,
    ) -> tuple[Self, FloatArray]:
        """Fit the maps.

        Parameters
        ----------
        drawn : (n, L, A) float64
            Returns of assets that move in each step.
        resting : (n, L, A) bool
            Steps in which they would rest.
        real : RealReturns
        weights, loadings : (A,) float64
            Empty where there is no market.
        is_empirical : bool
            Whether no return goes beyond those of the history; default: False.

        Returns
        -------
        Output, (n, L, A) float64
            The maps, and what they make of the returns.
        """
        n_assets, tail = drawn.shape[2], 0.0 if is_empirical else OUTPUT_TAIL
        targets = [NormalScore.fit(column, tail=tail) for column in real.returns.T]
        market = None
        if len(weights) and (~np.isnan(real.market)).sum() >= MIN_COMMON:
            market = (NormalScore.match((drawn @ weights).ravel()), NormalScore.fit(real.market, tail=tail))
        bare = cls((), np.zeros(n_assets), market, np.eye(n_assets), weights, loadings)
        moves = bare._of_market(drawn)
        if n_assets > 1:
            some = slice(0, N_COMPARED)
            bare = replace(bare, coupling=_coupling(moves[some], resting[some], real, targets))
        moves = moves @ bare.coupling
        pairs = tuple((NormalScore.match(moves[..., a].ravel()), target) for a, target in enumerate(targets))
        mapped = _mapped(moves, pairs)
        output = replace(bare, tables=pairs, centre=mapped.mean(axis=(0, 1)))
        return output, output._centred(mapped)

    def apply(self, returns: FloatArray) -> FloatArray:
        """Map returns of the followed assets, (..., A)."""
        return self._centred(_mapped(self._of_market(returns) @ self.coupling, self.tables))

    @property
    def largest(self) -> FloatArray:
        """Largest absolute return that comes out, (A,)."""
        return np.array([np.abs(real.values[[0, -1]]).max() for _, real in self.tables])

    def _centred(self, mapped: FloatArray) -> FloatArray:
        """Returns without a mean of their own, none beyond the ends of its table."""
        ends = np.array([real.values[[0, -1]] for _, real in self.tables]).reshape(-1, 2)
        return np.asarray(np.clip(mapped - self.centre, ends[:, 0], ends[:, 1]))

    def _of_market(self, returns: FloatArray) -> FloatArray:
        """Returns, (..., A), once the market's own are mapped."""
        if self.market is None:
            return returns
        drawn, real = self.market
        market = returns @ self.weights
        change = real.decode(drawn.encode(market)) - market
        return np.asarray(returns + change[..., None] * self.loadings)


def _mapped(returns: FloatArray, tables: tuple[Table, ...]) -> FloatArray:
    """Each asset's returns, (..., A), by its own table."""
    out = np.empty_like(returns)
    for a, (drawn, real) in enumerate(tables):
        out[..., a] = real.decode(drawn.encode(returns[..., a]))
    return out


def _coupling(moves: FloatArray, resting: BoolArray, real: RealReturns, targets: list[NormalScore]) -> FloatArray:
    """Find what gives (n, L, A) returns the correlations of the history, (A, A)."""
    known = np.where(real.rests, 0.0, real.returns)
    goal, trust = dependence(known), _trust(known)
    coupling, scale = np.eye(moves.shape[2]), moves.std(axis=(0, 1))
    if not (scale > 0).all():
        return coupling
    for _ in range(ROUNDS):
        now = moves @ coupling
        tables = tuple((NormalScore.match(now[..., a].ravel()), target) for a, target in enumerate(targets))
        out = np.where(resting, 0.0, _mapped(now, tables)).reshape(-1, len(targets))
        flat = now.reshape(-1, len(targets))
        step = _transport(np.corrcoef(flat.T), trust * (goal - dependence(out)))
        size = flat.std(axis=0)
        coupling = coupling @ (step * size / size[:, None])
    return np.asarray(coupling)


def dependence(x: FloatArray) -> FloatArray:
    """Mean of the linear and the rank correlation of each pair, (A, A), over the rows of x, (n, A), that have both.

    The former is the portfolio's, and hangs on a few large days; the latter counts all days alike.
    """
    ranks = rankdata(x, axis=0, nan_policy="omit")
    return np.asarray((_correlation(x) + _correlation(ranks)) / 2)


def _correlation(x: FloatArray) -> FloatArray:
    seen = ~np.isnan(x)
    count = np.maximum(seen.sum(axis=0), 1)
    x = np.where(seen, x - np.nansum(x, axis=0) / count, 0.0)
    squares = (x**2).T @ seen.astype(np.float64)
    return np.asarray(x.T @ x / np.sqrt(np.maximum(squares * squares.T, 1e-300)))


def _trust(x: FloatArray) -> FloatArray:
    """How much of a difference of correlations counts, (A, A): the more, the more steps of x, (T, A), have both.

    A pair that shares few of the history's steps says little of the others, in which the market may have been another.
    """
    seen = (~np.isnan(x)).astype(np.float64)
    common = seen.T @ seen
    trust = np.where(common >= MIN_COMMON, common / (common + FEW_COMMON), 0.0) * common / common.max()
    np.fill_diagonal(trust, 0.0)
    return np.asarray(trust)


def _transport(correlation: FloatArray, change: FloatArray) -> FloatArray:
    """Find the symmetric map between normal laws of a correlation and of the changed one, (A, A)."""
    ridge = SMALLEST * np.eye(len(correlation))
    before, after = correlation + ridge, nearest_correlation(correlation + change) + ridge
    root = _power(before, 0.5)
    inverse = _power(before, -0.5)
    return np.asarray(inverse @ _power(root @ after @ root, 0.5) @ inverse)


def _power(matrix: FloatArray, exponent: float) -> FloatArray:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.maximum(values, 1e-12) ** exponent) @ vectors.T)
