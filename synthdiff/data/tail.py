"""Value at risk and expected shortfall of weighted losses, with intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from synthdiff.data.interval import Interval, count_range, effective_size, share_size, skewed_interval
from synthdiff.data.quantile import ROUNDING
from synthdiff.data.split import FloatArray, IntArray
from synthdiff.parameter import checked
from synthdiff.rule import SHARE, Several

LEVELS = (0.95, 0.975, 0.99)
CONFIDENCES = Several(SHARE)
"""Levels of value at risk and expected shortfall: 0.99 for the worst 1 %."""


@dataclass(frozen=True, eq=False)
class TailRisk:
    """Value at risk (VaR) and expected shortfall (ES) of some positions at some levels.

    Attributes
    ----------
    names : tuple of str
        The k positions: assets, or ``"portfolio"``.
    levels : tuple of float
        The m levels, such as 0.99.
    var, es : (k, m) float64
        Losses are positive, as fractions of the start value; in units of the level for assets whose steps are
        differences.
    var_interval, es_interval : (k, m, 2) float64
        95 %. The upper end of VaR is infinite where too few losses lie beyond the level to bound it, less than about
        4; of ES where there are less than 2.
    tail_size : (k, m) float64
        How many paths of equal weight the losses beyond VaR are worth.
    effective_size : float
        How many paths of equal weight all paths are worth.
    """

    names: tuple[str, ...]
    levels: tuple[float, ...]
    var: FloatArray
    es: FloatArray
    var_interval: FloatArray
    es_interval: FloatArray
    tail_size: FloatArray
    effective_size: float

    def to_table(self) -> pa.Table:
        """A row a position and level: ``name, level, var, var_low, var_high, es, es_low, es_high, tail_size``."""
        k, m = self.var.shape
        columns: dict[str, Any] = {"name": np.repeat(np.array(self.names, dtype=object), m)}
        columns["level"] = np.tile(np.array(self.levels), k)
        for name, value, interval in (("var", self.var, self.var_interval), ("es", self.es, self.es_interval)):
            columns[name] = value.ravel()
            columns[f"{name}_low"], columns[f"{name}_high"] = interval[..., 0].ravel(), interval[..., 1].ravel()
        columns["tail_size"] = self.tail_size.ravel()
        return pa.table(columns)

    def to_frame(self) -> Any:
        """`to_table` as a pandas frame."""
        return self.to_table().to_pandas()


@checked(levels=CONFIDENCES)
def tail_risk(
    losses: FloatArray, weights: FloatArray, names: Sequence[str], levels: Sequence[float] = LEVELS
) -> TailRisk:
    """Measure the upper tail of losses.

    VaR at level a is the smallest loss that is not exceeded with probability a. ES is the mean of the worst 1 - a of
    the probability; the path on the edge counts with that part of its weight that falls into it, so ES is the mean of
    VaR over all higher levels whatever the weights are.

    Intervals of VaR are order statistics; those of ES are of the influence function
    ``max(loss - VaR, 0) / (1 - a) - (ES - VaR)``, with its skewness (`skewed_interval`). Both count the weights.

    Parameters
    ----------
    losses : (n, k) float64
        A position a column; losses are positive.
    weights : (n,) float64
        Sum to 1.
    names : sequence of str
        Of the k positions.
    levels : sequence of float
        In (0, 1).

    Returns
    -------
    TailRisk

    Raises
    ------
    ConfigError
        A level is not in (0, 1).

    References
    ----------
    Acerbi and Tasche (2002), Journal of Banking & Finance 26, 1487, definition 2.6. Manistre and Hancock (2005), North
    American Actuarial Journal 9(2), 129: the variance of ES. Woodruff (1952), Journal of the American Statistical
    Association 47, 635: quantiles of weighted samples.
    """
    shape = (losses.shape[1], len(levels))
    var, es, size = (np.empty(shape) for _ in range(3))
    var_interval, es_interval = np.empty((*shape, 2)), np.empty((*shape, 2))
    for j in range(shape[0]):
        tail = Tail.of(losses[:, j], weights)
        for i, level in enumerate(levels):
            var[j, i], es[j, i], size[j, i] = tail.var(level), tail.es(level), tail.size(level)
            var_interval[j, i], es_interval[j, i] = tail.var_interval(level), tail.es_interval(level)
    return TailRisk(tuple(names), tuple(levels), var, es, var_interval, es_interval, size, effective_size(weights))


@dataclass(frozen=True, eq=False)
class Tail:
    """Losses of one position, the largest first.

    Attributes
    ----------
    losses : (n,) float64
        Decreasing.
    weights : (n,) float64
        Above 0; sum to 1.
    reached : (n,) float64
        Their cumulated sum.
    order : (n,) int64
        Which path each is.
    """

    losses: FloatArray
    weights: FloatArray
    reached: FloatArray
    order: IntArray

    @classmethod
    def of(cls, losses: FloatArray, weights: FloatArray) -> Tail:
        """Sort losses, (n,), of weighted paths; those of weight 0 are left out."""
        order = np.argsort(-losses, kind="stable")
        order = order[weights[order] > 0]
        return cls(losses[order], weights[order], np.cumsum(weights[order]), order)

    def var(self, level: float) -> float:
        """The smallest loss that is exceeded with probability 1 - level at most."""
        return self._exceeded(1 - level)

    def es(self, level: float) -> float:
        """Mean of the worst 1 - level of the probability."""
        return float(self.shares(level) @ self.losses)

    def shares(self, level: float) -> FloatArray:
        """How much each loss counts in ES, (n,); they sum to 1."""
        before = self.reached - self.weights
        inside = np.clip((1 - level) - before, 0.0, self.weights)
        return np.asarray(inside / inside.sum())

    def size(self, level: float) -> float:
        """How many paths of equal weight ES rests on."""
        return effective_size(self.shares(level))

    def var_interval(self, level: float) -> Interval:
        """95 % interval of `var`: losses at the ranks between which the true quantile lies."""
        beyond = (self.losses > self.var(level)).astype(np.float64)
        least, most = count_range(1 - level, share_size(beyond, float(beyond @ self.weights), self.weights))
        high = math.inf if least == 0 else self._at(least)
        return self._exceeded(most), high

    def es_interval(self, level: float) -> Interval:
        """95 % interval of `es`."""
        var, es = self.var(level), self.es(level)
        influence = np.maximum(self.losses - var, 0) / (1 - level) - (es - var)
        low, high = skewed_interval(es, self.weights * influence, self.size(level))
        # a mean of losses beyond VaR is not below VaR's own interval, however few they are
        return max(low, min(self.var_interval(level)[0], es)), high

    def _exceeded(self, share: float) -> float:
        """The smallest loss that losses of at most this share of the weight exceed."""
        place = int(np.searchsorted(self.reached, share * (1 + ROUNDING) + ROUNDING, side="right"))
        return float(self.losses[min(place, len(self.losses) - 1)])

    def _at(self, share: float) -> float:
        """The loss at which the weight of it and of all larger ones reaches a share."""
        place = int(np.searchsorted(self.reached, share * (1 - ROUNDING), side="left"))
        return float(self.losses[min(place, len(self.losses) - 1)])
