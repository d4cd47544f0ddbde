"""The weights that are closest to given ones and make some weighted means what they are asked to be.

Least relative entropy ``sum p log(p / q)`` subject to ``p . f_k = t_k``, or at least, or at most t_k. The solution is
an exponential tilt of the prior, ``p = q exp(f . theta) / Z``, and theta minimises the convex dual
``log Z - theta . t``, with theta_k >= 0 where the mean is to be at least t_k and <= 0 where it is to be at most that.
The gradient of the dual is ``p . f - t``: what is missing.

References
----------
Meucci, A. (2008). Fully flexible views: theory and practice. Risk 21(10), 97-102, appendix A.2: the dual.
Csiszár, I. (1975). I-divergence geometry of probability distributions. Annals of Probability 3, 146.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import OptimizeResult, linprog, minimize

from synthdiff.data.split import FloatArray

Relation = Literal["=", ">=", "<="]
SIGN_BOUNDS: dict[Relation, tuple[float | None, float | None]] = {"=": (None, None), ">=": (0, None), "<=": (None, 0)}
TOLERANCE = 1e-6
"""Means may miss their targets by so many standard deviations."""
EXACT = 1e-8
"""Largest gradient of a dual that counts as solved."""
MAX_STEPS = 1_000


@dataclass(frozen=True, eq=False)
class Demands:
    """What weighted means are asked to be.

    Attributes
    ----------
    features : (n, k) float64
        A case a row.
    targets : (k,) float64
    relations : tuple of {"=", ">=", "<="}
        Of the mean to its target.
    sources : tuple of int
        The view that each comes from.
    """

    features: FloatArray
    targets: FloatArray
    relations: tuple[Relation, ...]
    sources: tuple[int, ...]

    @classmethod
    def none(cls, n: int) -> Demands:
        """Nothing is asked of n cases."""
        return cls(np.empty((n, 0)), np.empty(0), (), ())

    def add(self, feature: FloatArray, relation: Relation, target: float, source: int) -> Demands:
        """One demand more."""
        features = np.column_stack([self.features, feature])
        return Demands(features, np.append(self.targets, target), (*self.relations, relation), (*self.sources, source))

    def join(self, others: Sequence[Demands]) -> Demands:
        """Those of others too."""
        joined = self
        for other in others:
            joined = Demands(
                np.column_stack([joined.features, other.features]),
                np.append(joined.targets, other.targets),
                (*joined.relations, *other.relations),
                (*joined.sources, *other.sources),
            )
        return joined


@dataclass(frozen=True, eq=False)
class Tilt:
    """Weights of least relative entropy.

    Attributes
    ----------
    weights : (n,) float64
        Sum to 1.
    multipliers : (k,) float64
        theta, for features in units of their standard deviations; 0 where an inequality holds by itself.
    divergence : float
        Relative entropy in nats: 0 is the prior.
    is_met : bool
        Whether the demands are met; if not, no weights meet them, or only such as leave next to no path.
    """

    weights: FloatArray
    multipliers: FloatArray
    divergence: float
    is_met: bool


def tilt(prior: FloatArray, demands: Demands) -> Tilt:
    """Find the weights closest to a prior that meet demands.

    Parameters
    ----------
    prior : (n,) float64
        Above 0; sums to 1.
    demands : Demands

    Returns
    -------
    Tilt
    """
    if not demands.relations:
        return Tilt(prior, np.empty(0), 0.0, True)
    dual = _Dual(np.log(prior), _standardised(prior, demands), demands.relations)
    theta = dual.minimise()
    log_total, weights = dual.weigh(theta)
    means = weights @ dual.z
    divergence = max(float(theta @ means) - log_total, 0.0)
    is_met = log_total > dual.lowest and bool((missing(means, demands.relations) <= TOLERANCE).all())
    return Tilt(weights, theta, divergence, is_met)


@dataclass(frozen=True, eq=False)
class _Dual:
    """Logarithm of Z as a function of theta, for features z, (n, k), whose means are to be 0."""

    log_prior: FloatArray
    z: FloatArray
    relations: tuple[Relation, ...]

    @property
    def lowest(self) -> float:
        """No weights are further from the prior than all of it on the least likely case: a dual below has no end."""
        return float(self.log_prior.min())

    def weigh(self, theta: FloatArray) -> tuple[float, FloatArray]:
        """Logarithm of Z, and p."""
        exponent = self.log_prior + self.z @ theta
        highest = float(exponent.max())
        p = np.exp(exponent - highest)
        total = float(p.sum())
        return highest + math.log(total), p / total

    def value_and_gradient(self, theta: FloatArray) -> tuple[float, FloatArray]:
        log_total, p = self.weigh(theta)
        return log_total, p @ self.z

    def minimise(self) -> FloatArray:
        """L-BFGS-B from the prior; where features are nearly collinear it stalls, and SLSQP goes on from there."""

        def stop_below(intermediate_result: OptimizeResult) -> None:
            if intermediate_result.fun < self.lowest:
                raise StopIteration

        bounds = [SIGN_BOUNDS[relation] for relation in self.relations]
        options = {"maxiter": MAX_STEPS, "maxfun": 2 * MAX_STEPS, "maxcor": 20, "ftol": 1e-16, "gtol": 1e-10}
        start = np.zeros(self.z.shape[1])
        function = self.value_and_gradient
        found = minimize(
            function, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options, callback=stop_below
        )
        if found.fun < self.lowest or self._is_least(found.x):
            return np.asarray(found.x)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # it says so when a step left the bounds and was cut
            options = {"maxiter": MAX_STEPS, "ftol": 1e-16}
            refined = minimize(function, found.x, jac=True, method="SLSQP", bounds=bounds, options=options)
        better = np.isfinite(refined.x).all() and refined.fun <= found.fun
        return np.asarray(refined.x if better else found.x)

    def _is_least(self, theta: FloatArray) -> bool:
        """Whether the gradient is 0, or points out of the bounds where theta lies on them."""
        gradient = self.value_and_gradient(theta)[1]
        gap = np.where(theta == 0, missing(gradient, self.relations), np.abs(gradient))
        return bool((gap <= EXACT).all())


def missing(means: FloatArray, relations: Sequence[Relation]) -> FloatArray:
    """By how much means of ``feature - target`` miss what is asked of them, (k,)."""
    below = np.array([relation != "<=" for relation in relations])
    above = np.array([relation != ">=" for relation in relations])
    return np.maximum(np.where(below, -means, 0.0), np.where(above, means, 0.0))


def conflicting(prior: FloatArray, demands: Demands) -> list[int]:
    """The views that must give way so that the others can be met: those of the smallest total violation.

    A linear programme whose slacks are in standard deviations of the features; empty if all can be met.
    """
    z = _standardised(prior, demands)
    n, k = z.shape
    short = np.array([relation != "<=" for relation in demands.relations]) * np.eye(k)
    over = np.array([relation != ">=" for relation in demands.relations]) * np.eye(k)
    cost = np.concatenate([np.zeros(n), np.ones(2 * k)])
    # -slack_over <= p . z <= slack_short is asked of an equality; one side of it of an inequality
    upper, lower = np.hstack([z.T, short, -over]), np.hstack([-z.T, -short, over])
    at_most = np.array([relation != ">=" for relation in demands.relations])
    at_least = np.array([relation != "<=" for relation in demands.relations])
    sides = np.vstack([upper[at_most], lower[at_least]])
    total = np.concatenate([np.ones(n), np.zeros(2 * k)])[None]
    found = linprog(cost, sides, np.zeros(len(sides)), total, [1.0], bounds=(0, None), method="highs")
    slack = found.x[n:].reshape(2, k).sum(axis=0)
    return sorted({demands.sources[j] for j in np.flatnonzero(slack > TOLERANCE)})


def _standardised(prior: FloatArray, demands: Demands) -> FloatArray:
    """Features less their targets, in standard deviations, (n, k): the dual is as steep in every direction."""
    centred = demands.features - demands.targets
    spread = np.sqrt(prior @ (demands.features - prior @ demands.features) ** 2)
    return np.asarray(centred / np.where(spread > 0, spread, 1.0))
