"""Entropy pooling: the weights of paths that views ask for, as close to the given ones as can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import numpy.typing as npt
from scipy.special import rel_entr

from synthdiff.data.interval import effective_size
from synthdiff.data.pathcheck import as_numbers, check_weights
from synthdiff.data.paths import Paths
from synthdiff.data.portfolio import Rebalance, named, resolve_weights
from synthdiff.data.split import FloatArray
from synthdiff.errors import ConditioningError, ConfigError, DataError
from synthdiff.finance.entropy import Demands, Relation, conflicting, missing, tilt
from synthdiff.finance.parameters import POOLING
from synthdiff.finance.tailview import TailDemand, tilt_tails
from synthdiff.finance.view import Target, View, name_of
from synthdiff.parameter import checked

OPPOSITE: dict[Relation, Relation] = {"=": "=", ">=": "<=", "<=": ">="}
SLACK = 1e-4
"""A volatility or a shortfall may miss its target by so many standard deviations of the return."""


@dataclass(frozen=True)
class ViewResult:
    """What became of a view.

    Attributes
    ----------
    text : str
        The view in words.
    before, after : float
        What it is about, under the given weights and under the new ones: see `View.measure`.
    """

    text: str
    before: float
    after: float


@dataclass(frozen=True, eq=False)
class Pooled:
    """Weights that meet views.

    Attributes
    ----------
    weights : (n,) float64
        Sum to 1.
    effective_size : float
        How many paths of equal weight they are worth. Where it is a small part of n the views are far from what the
        paths are like: draw more of them, or such as are conditioned on the views.
    divergence : float
        Relative entropy to the given weights in nats; 0: the views were true already.
    results : tuple of ViewResult
        One a view.
    """

    weights: FloatArray
    effective_size: float
    divergence: float
    results: tuple[ViewResult, ...]

    def apply(self, paths: Paths) -> Paths:
        """The paths with these weights."""
        return paths.reweight(self.weights)


@checked(**POOLING)
def pool_views(
    scenarios: Paths | npt.ArrayLike,
    views: Sequence[View],
    *,
    names: Sequence[str] = (),
    weights: npt.ArrayLike | None = None,
    horizon: int | None = None,
    rebalance: Rebalance = "daily",
    confidence: float = 1.0,
) -> Pooled:
    """Find the weights of least relative entropy that meet all views.

    A mean, a quantile and a ranking are linear in the weights. A volatility is made so by holding the mean where the
    views of the first kind put it (Vorobets 2021). A shortfall is met exactly by `tailview.tilt_tails`.

    Parameters
    ----------
    scenarios : Paths or (n, k) array
        Views on paths are about simple returns over the horizon (differences for levels); on an array about its
        columns as they are, and a portfolio is a sum of columns.
    views : sequence of View
    names : sequence of str
        Of the columns of an array.
    weights : (n,) array, optional
        The given ones; default: those of the paths, or all the same.
    horizon : int, optional
        Steps of the returns that views are about; default: all.
    rebalance : {"daily", "hold"}
        Of portfolios.
    confidence : float
        In (0, 1]: the given weights keep the rest (Meucci 2008, section 3). Views are met in full at 1.

    Returns
    -------
    Pooled

    Raises
    ------
    ConditioningError
        No weights meet the views, or only such as leave next to no path; it names the view, or those that contradict
        each other.
    ConfigError
        A view is about something that is not there, or the confidence is not in (0, 1].
    DataError
        The shapes do not fit.

    References
    ----------
    Meucci, A. (2008). Fully flexible views: theory and practice. Risk 21(10), 97-102.
    Vorobets, A. (2021). Sequential entropy pooling heuristics. SSRN 3936392.
    """
    cases = _Cases.of(scenarios, names, weights, horizon, rebalance)
    kept = cases.prior > 0
    returns = [np.column_stack([cases.returns(target) for target in view.of]) for view in views]
    for view, x in zip(views, returns, strict=True):
        _check_reach(view, x[kept], cases.prior[kept])
    pooled = np.zeros(len(kept))
    pooled[kept] = _solve(cases.prior[kept], views, [x[kept] for x in returns])
    pooled = confidence * pooled + (1 - confidence) * cases.prior
    results = tuple(
        ViewResult(view.text, view.measure(x, cases.prior), view.measure(x, pooled))
        for view, x in zip(views, returns, strict=True)
    )
    divergence = float(rel_entr(pooled, cases.prior).sum())
    return Pooled(pooled, effective_size(pooled), max(divergence, 0.0), results)


@dataclass(frozen=True, eq=False)
class _Cases:
    """What views are about: columns (n, k) by name, or paths, and the given weights."""

    prior: FloatArray
    names: tuple[str, ...]
    columns: FloatArray
    paths: Paths | None
    rebalance: Rebalance

    @classmethod
    def of(
        cls,
        scenarios: Paths | npt.ArrayLike,
        names: Sequence[str],
        weights: npt.ArrayLike | None,
        horizon: int | None,
        rebalance: Rebalance,
    ) -> _Cases:
        if isinstance(scenarios, Paths):
            paths = scenarios.head(horizon)
            names, columns, prior = paths.assets, -paths.losses(), paths.weights
        else:
            paths, columns = None, as_numbers("scenarios", scenarios)
            if columns.ndim != 2 or columns.shape[1] != len(names) or not np.isfinite(columns).all():
                raise DataError(
                    f"scenarios have the shape {columns.shape} and {len(names)} names; give finite numbers, (n, k), "
                    "and k names"
                )
            prior = check_weights(None, len(columns))
        if weights is not None:
            prior = check_weights(as_numbers("weights", weights), len(columns))
        return cls(prior, tuple(names), columns, paths, rebalance)

    def returns(self, target: Target) -> FloatArray:
        """Return of an asset or a portfolio in each case, (n,)."""
        if isinstance(target, str):
            if target not in self.names:
                raise ConfigError(f"a view is about {target!r}, which is not here; there are {named(self.names)}")
            return np.asarray(self.columns[:, self.names.index(target)])
        if self.paths is not None:
            return np.asarray(-self.paths.losses(target, self.rebalance)[:, 0])
        return np.asarray(self.columns @ resolve_weights(target, self.names, ["return"] * len(self.names)))


def _solve(prior: FloatArray, views: Sequence[View], returns: Sequence[FloatArray]) -> FloatArray:
    demands = Demands.none(len(prior))
    for j, (view, x) in enumerate(zip(views, returns, strict=True)):
        demands = _linear(demands, view, x, j)
    found = tilt(prior, demands)
    if found.is_met:
        demands = _volatilities(demands, found.weights, views, returns)
    tails = [
        TailDemand(-x[:, 0], view.relation, view.value, view.level, j)
        for j, (view, x) in enumerate(zip(views, returns, strict=True))
        if view.kind == "shortfall"
    ]
    found, asked = tilt_tails(prior, demands, tails)
    if not found.is_met:
        _refuse(views, conflicting(prior, asked), len(prior))
    broken = [j for j, view in enumerate(views) if _is_broken(view, returns[j], found.weights)]
    if broken:
        _refuse(views, broken, len(prior))
    return found.weights


def _linear(demands: Demands, view: View, x: FloatArray, source: int) -> Demands:
    """Demands with those of a view that is linear in the weights."""
    if view.kind == "mean":
        return demands.add(x[:, 0], view.relation, view.value, source)
    if view.kind == "ranking":
        for better, worse in zip(x.T[:-1], x.T[1:], strict=True):
            demands = demands.add(better - worse, ">=", 0.0, source)
    if view.kind == "quantile":  # a low quantile is a high probability to lie below
        below = x[:, 0] < view.value if view.relation == ">=" else x[:, 0] <= view.value
        demands = demands.add(below.astype(np.float64), OPPOSITE[view.relation], view.level, source)
    return demands


def _volatilities(
    demands: Demands, weights: FloatArray, views: Sequence[View], returns: Sequence[FloatArray]
) -> Demands:
    """Demands with those of volatilities that do not hold under the weights of the linear views."""
    for j, (view, x) in enumerate(zip(views, returns, strict=True)):
        if view.kind == "volatility" and _is_broken(view, x, weights):
            mean = float(weights @ x[:, 0])
            demands = demands.add(x[:, 0], "=", mean, j)
            demands = demands.add((x[:, 0] - mean) ** 2, view.relation, view.value**2, j)
    return demands


def _is_broken(view: View, x: FloatArray, weights: FloatArray) -> bool:
    """Whether weights miss a view on volatility or on shortfall; the others are as exact as the dual is."""
    if view.kind not in ("volatility", "shortfall"):
        return False
    gap = np.array([view.measure(x, weights) - view.value])
    return bool(missing(gap, [view.relation])[0] > SLACK * x.std())


def _check_reach(view: View, x: FloatArray, prior: FloatArray) -> None:
    """Refuse a view that no weights of these cases meet by itself; rankings are left to the solver."""
    if view.kind == "ranking":
        return
    reach = {
        "volatility": (0.0, float(np.ptp(x)) / 2),
        "shortfall": (-float(x.max()), -float(x.min())),
    }
    low, high = reach.get(view.kind, (float(x.min()), float(x.max())))
    too_low = view.relation != ">=" and view.value <= low
    too_high = view.relation != "<=" and view.value >= high
    gap = np.array([view.measure(x, prior) - view.value])
    if (too_low or too_high) and missing(gap, [view.relation])[0] > 0:
        raise ConditioningError(
            f"the view {view.text!r} cannot be met: in the {len(x):,} scenarios it could lie between {low:.4g} and "
            f"{high:.4g}; draw more paths, or paths that are conditioned on it",
            column=name_of(view.of[0]),
            value=view.value,
            support=(low, high),
        )


def _refuse(views: Sequence[View], at_fault: Sequence[int], n: int) -> NoReturn:
    """Say which views cannot be met together."""
    if not at_fault:
        raise ConditioningError(
            f"the views leave next to none of the {n:,} scenarios any weight; draw more paths, or paths that are "
            "conditioned on the views, or ask for less"
        )
    texts = " and ".join(repr(views[j].text) for j in at_fault)
    first = views[at_fault[0]]
    raise ConditioningError(
        f"the view {texts} cannot be met together with the others in the {n:,} scenarios; leave one of them "
        "out, ask for less, or draw more paths",
        column=name_of(first.of[0]),
        value=first.value,
    )
