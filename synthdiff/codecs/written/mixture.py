"""Columns that are written in several ways: which of them a moment is written in.

The way may depend on the moment: ``+02:00`` in summer and ``+01:00`` in winter, or two ways of writing before a system
was changed, and one after.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Self

import numpy as np
from pydantic import BeforeValidator, Field

from synthdiff.codecs.column import FloatArray, IntArray
from synthdiff.record import Word, as_tuple, numbers, require, restore

MOST_WAYS = 64
_MOST_PERIODS = 128
_MOST_CHANGES = 0.25
_MIN_VALUES = 100


@dataclass(frozen=True, eq=False)
class Mixture:
    """The ways of writing and their shares in each period of time.

    Attributes
    ----------
    others : tuple of str
        Ways of writing besides the most frequent one, which is the first.
    cuts : (P - 1,) float64
        Encoded values at which one period ends and the next begins.
    shares : (P, W) float64
        Share of each way in each period.
    utc : bool
        Whether moments are learnt in UTC rather than on the clock of the place.
    """

    others: Annotated[tuple[Word, ...], BeforeValidator(as_tuple), Field(min_length=1, max_length=MOST_WAYS)]
    cuts: Annotated[FloatArray, numbers(most=_MOST_PERIODS, rising=True)]
    shares: Annotated[FloatArray, numbers(2, most=_MOST_PERIODS * MOST_WAYS, low=0.0, high=1.0)]
    utc: bool

    @classmethod
    def fit(cls, others: tuple[str, ...], values: FloatArray, ways: IntArray, counts: IntArray, *, utc: bool) -> Self:
        """Find out where shares change.

        Parameters
        ----------
        others : tuple of str
            Ways besides the first.
        values : (n,) float64
            Encoded moments.
        ways : (n,) int64
            How each is written.
        counts : (n,) int64
            How often it occurs.
        utc : bool
            What is to be learnt.
        """
        cuts = _changes(values, ways)
        if cuts is None:
            n_periods = np.clip(len(values) // _MIN_VALUES, 1, _MOST_PERIODS // 4)
            cuts = np.unique(np.quantile(values, np.arange(1, n_periods) / n_periods))
        period = np.searchsorted(cuts, values)
        shares = np.zeros((len(cuts) + 1, len(others) + 1))
        np.add.at(shares, (period, ways), counts)
        return cls(others, cuts, shares / shares.sum(axis=1, keepdims=True), utc)

    def choose(self, values: FloatArray, rng: np.random.Generator | None) -> IntArray:
        """Draw how each moment is written, or take the most frequent way; (n,) positions of ways."""
        period = np.searchsorted(self.cuts, values)
        if rng is None:
            return np.asarray(self.shares.argmax(axis=1)[period])
        ends = self.shares.cumsum(axis=1)[period]
        # The last way ends at 1 but for rounding, and one that does not occur is never drawn.
        drawn = (rng.random(len(values))[:, None] * ends[:, -1:] >= ends).sum(axis=1)
        return np.asarray(np.minimum(drawn, ends.shape[1] - 1))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        return {
            "others": list(self.others),
            "cuts": self.cuts.tolist(),
            "shares": self.shares.tolist(),
            "utc": self.utc,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote."""
        return restore(cls, data)

    def check(self) -> None:
        """Refuse shares that are not those of the ways in each period."""
        shape = (len(self.cuts) + 1, len(self.others) + 1)
        require(self.shares.shape == shape, f"shares of shape {shape} are expected")
        require((self.shares.sum(axis=1) > 0).all(), "a period without a way of writing")


def follows_time(values: FloatArray, offsets: IntArray) -> bool:
    """Say whether the distance from UTC is decided by the moment, as summer time is."""
    return _changes(values, offsets) is not None


def _changes(values: FloatArray, labels: IntArray) -> FloatArray | None:
    """Values between which labels change; None where labels do not depend on the value alone."""
    order = np.argsort(values, kind="stable")
    values, labels = values[order], labels[order]
    before = np.flatnonzero(labels[1:] != labels[:-1])
    if len(before) >= min(_MOST_PERIODS, _MOST_CHANGES * len(values)):
        return None
    return np.unique((values[before] + values[before + 1]) / 2)
