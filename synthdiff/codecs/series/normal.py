"""Any distribution as a standard normal, by one monotone table, with the tails of extreme value theory.

Between the 2.5 % quantiles at both ends the table follows the data; beyond them a generalised Pareto distribution
([1]_). Its shape and scale are known but roughly, so the tail is the mean of all those that could have brought the data
([2]_): a new value is beyond the largest as often as one of them was. Where there are few data, a tail begins further
inside. Quantiles end where one value in twenty times the data would: an estimated tail without an end draws days that
no market has had.

References
----------
.. [1] McNeil and Frey, "Estimation of Tail-Related Risk Measures for Heteroscedastic Financial Time Series: an Extreme
   Value Approach", Journal of Empirical Finance, 2000.
.. [2] Coles and Powell, "Bayesian Methods in Extreme Value Modelling: a Review and New Developments", International
   Statistical Review, 1996.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Self

import numpy as np
from scipy.special import ndtr, ndtri

from synthdiff.codecs.series.channel import FloatArray
from synthdiff.record import LARGEST, numbers, require, restore

N_KNOTS = 800
MOST_KNOTS = 1 << 12
"""More than a table can have."""
TAIL = 0.025
N_TAIL_KNOTS = 40
REACH = 20.0
MIN_TAIL = 25
"""Values in a tail: with fewer, it begins further inside."""
WIDEST_TAIL = 0.1
LEAST = 5
"""Values in a tail below which there is none."""
SHAPES, SCALES = np.linspace(0.001, 0.5, 13), np.geomspace(0.3, 3.0, 31)
"""Shapes of tails that are looked at, and scales over the mean excess."""
USUAL_SHAPE, SHAPE_SPREAD = 0.2, 0.15
"""Mean and deviation of the shape before the data are seen; returns of most markets have 0.1 to 0.3."""
EXCESSES = np.concatenate([[0.0], np.geomspace(1e-3, 1e3, 200)])
MATCH_GRID = np.linspace(-4.5, 4.5, 181)
FAR = 4.0
N_END = 4
"""Stretches of the grid that tell how steep a table is at its end."""
MAX_DISTINCT = 200
"""Values up to which those of a level are told apart."""
APART = 1e-9
"""Between the scores of one value and those of the next."""


@dataclass(frozen=True, eq=False)
class NormalScore:
    """A monotone map of one channel.

    Attributes
    ----------
    values : (n,) float64
        Increasing, not strictly: a value that many rows share takes a stretch of scores.
    scores : (n,) float64
        Strictly increasing.
    """

    values: Annotated[FloatArray, numbers(most=MOST_KNOTS, low=-LARGEST, high=LARGEST, rising=False)]
    scores: Annotated[FloatArray, numbers(most=MOST_KNOTS, low=-1e6, high=1e6, rising=False)]

    @classmethod
    def fit(cls, values: FloatArray, n_distinct: float | None = None, tail: float = TAIL) -> Self:
        """Fit to (n,) values.

        Parameters
        ----------
        values : (n,) float64
            NaN are left out.
        n_distinct : float or None
            How many independent values they are worth, where windows overlap; None: all.
        tail : float
            Share of the values at each end that the table does not follow one by one, if those are `MIN_TAIL`; 0: it
            follows all of them, and ends where they do.
        """
        ordered = np.sort(values[~np.isnan(values)])
        n = float(len(ordered)) if n_distinct is None else n_distinct
        reach = ndtri(0.5 / len(ordered))
        share = ndtr(np.linspace(reach, -reach, min(N_KNOTS, len(ordered))))
        body = np.interp(share, (np.arange(len(ordered)) + 0.5) / len(ordered), ordered)
        tail = min(max(tail, MIN_TAIL / max(n, 1.0)), WIDEST_TAIL) if tail else 0.0
        if n * tail >= LEAST:
            low, high = _tail(-ordered[::-1], n, tail), _tail(ordered, n, tail)
            inside = (share > tail) & (share < 1 - tail)
            share = np.concatenate([low[0][::-1], share[inside], 1 - high[0]])
            body = np.concatenate([-low[1][::-1], body[inside], high[1]])
        return cls(np.maximum.accumulate(body), ndtri(share))

    @classmethod
    def bounded(cls, values: FloatArray) -> Self:
        """Fit to (n,) values that end where they end; one of a few values comes back as one of them.

        Parameters
        ----------
        values : (n,) float64
            NaN are left out.
        """
        found, counts = np.unique(values[~np.isnan(values)], return_counts=True)
        if len(found) > min(MAX_DISTINCT, counts.sum() // 2):
            return cls.fit(values, tail=0.0)
        share = np.concatenate([[0.0], counts.cumsum() / counts.sum()])
        edge = ndtri(share.clip(0.5 / counts.sum(), 1 - 0.5 / counts.sum()))
        first = edge[:-1].copy()
        first[1:] += APART
        return cls(np.repeat(found, 2), np.stack([first, edge[1:]], axis=1).ravel())

    @classmethod
    def match(cls, values: FloatArray) -> Self:
        """Fit to many drawn (n,) values, none of them special: as they are, and as steep beyond as at their ends."""
        share = ndtr(MATCH_GRID)
        share = share[(share > 1 / len(values)) & (share < 1 - 1 / len(values))]
        inner = np.quantile(values, share)
        scores = ndtri(share)
        slopes = np.diff(inner) / np.diff(scores)
        low, high = (FAR * max(np.median(slopes), end.mean()) for end in (slopes[:N_END], slopes[-N_END:]))
        body = np.concatenate([[inner[0] - low], inner, [inner[-1] + high]])
        return cls(np.maximum.accumulate(body), np.concatenate([[scores[0] - FAR], scores, [scores[-1] + FAR]]))

    def encode(self, values: FloatArray, place: FloatArray | float = 0.5) -> FloatArray:
        """Scores of values of any shape; NaN stays.

        A value that many rows share has a stretch of scores: `place`, from 0 to 1, says where in it.
        """
        between = np.interp(values, self.values, self.scores)
        if (self.values[1:] > self.values[:-1]).all():
            return np.asarray(between)
        first = np.searchsorted(self.values, values, "left").clip(max=len(self.values) - 1)
        last = (np.searchsorted(self.values, values, "right") - 1).clip(min=0)
        among = self.scores[first] + place * (self.scores[last] - self.scores[first])
        return np.where(last > first, among, between)

    def decode(self, scores: FloatArray) -> FloatArray:
        """Values of scores of any shape; nothing lies beyond the ends of the table."""
        return np.interp(scores, self.scores, self.values)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"values": self.values.tolist(), "scores": self.scores.tolist()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote."""
        return restore(cls, data)

    def check(self) -> None:
        """Refuse tables that are empty, or of two lengths."""
        require(len(self.values) == len(self.scores) > 0, "as many values as scores are expected")


def _tail(ordered: FloatArray, n: float, tail: float) -> tuple[FloatArray, FloatArray]:
    """Upper tail of sorted values: shares above, from `tail` down to 1 / (REACH n), and the values there."""
    threshold = float(np.quantile(ordered, 1 - tail))
    beyond = ordered[ordered > threshold] - threshold
    share = np.geomspace(tail, 1 / (REACH * n), N_TAIL_KNOTS)
    if len(beyond) < LEAST or beyond.max() <= 0:
        return share[:1], np.array([threshold])
    survival = _survival(beyond / beyond.mean())
    excess = np.interp(np.log(share / tail), np.log(survival[::-1]), EXCESSES[::-1])
    return share, threshold + excess * beyond.mean()


def _survival(beyond: FloatArray) -> FloatArray:
    """Probability that a new value is beyond each of `EXCESSES`, given (n,) values of mean 1: the mean of all tails."""
    shape, scale = (x.ravel() for x in np.meshgrid(SHAPES, SCALES, indexing="ij"))
    log_density = -len(beyond) * np.log(scale) - (1 + 1 / shape) * _logs(beyond, shape / scale).sum(axis=0)
    weights = log_density - 0.5 * ((shape - USUAL_SHAPE) / SHAPE_SPREAD) ** 2
    weights = np.exp(weights - weights.max())
    return np.asarray(np.exp(-_logs(EXCESSES, shape / scale) / shape) @ (weights / weights.sum()))


def _logs(excess: FloatArray, rate: FloatArray) -> FloatArray:
    return np.asarray(np.log1p(np.outer(excess, rate)))
