"""Steps of a history, and what is known of them beside their size: whether an asset traded, how long it had not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from synthdiff.codecs.series.channel import BoolArray, FloatArray, IntArray
from synthdiff.data.market.moment import DateArray


@dataclass(frozen=True, eq=False)
class StepHistory:
    """A history as K channels.

    Attributes
    ----------
    values : (T, K) float64
        As of `PriceCodec.encode`; NaN where not observed.
    spans : (T, K) int64
        Open steps that a value covers, itself included: more than 1 after a hole.
    is_open : (T, K) bool
        Steps in which the channel's asset trades.
    means : (K,) float64
        What has been taken away of each step; the value of an unchanged price is minus that.
    moments : (T + 1,) datetime64 or None
        Dates of the steps, after the one before the first of them; None: not known.
    """

    values: FloatArray
    spans: IntArray
    is_open: BoolArray
    means: FloatArray
    moments: DateArray | None = None

    @classmethod
    def plain(cls, values: FloatArray, means: FloatArray | None = None) -> Self:
        """Return (T, K) steps of assets that always trade; of means 0 unless they are given."""
        shape = values.shape
        means = np.zeros(shape[1]) if means is None else means
        return cls(values, np.ones(shape, dtype=np.int64), np.ones(shape, dtype=bool), means)

    @property
    def is_zero(self) -> BoolArray:
        """Steps in which the price did not change, (T, K)."""
        return np.asarray(self.values == -self.means)

    @property
    def known(self) -> BoolArray:
        """Steps in which it was observed whether the asset moves, (T, K)."""
        return np.asarray(self.is_open & ~np.isnan(self.values) & (self.spans == 1))

    @property
    def totals(self) -> FloatArray:
        """Values less the means of all steps that they cover, (T, K)."""
        return np.asarray(self.values - (self.spans - 1) * self.means)

    def take(self, channels: list[int]) -> Self:
        """Return the history of some of the channels."""
        return type(self)(
            self.values[:, channels],
            self.spans[:, channels],
            self.is_open[:, channels],
            self.means[channels],
            self.moments,
        )

    def rows(self, first: int, stop: int) -> Self:
        """Return some of the steps."""
        moments = None if self.moments is None else self.moments[first : stop + 1]
        part = slice(first, stop)
        return type(self)(self.values[part], self.spans[part], self.is_open[part], self.means, moments)

    def __len__(self) -> int:
        return len(self.values)


def spans_of(observed: BoolArray, is_open: BoolArray) -> IntArray:
    """Count the open steps since each series was observed last, at least 1.

    Parameters
    ----------
    observed, is_open : (T, K) bool

    Returns
    -------
    (T, K) int64

    Examples
    --------
    >>> seen = np.array([[True], [True], [False], [False], [True]])
    >>> spans_of(seen, np.ones_like(seen)).ravel().tolist()
    [1, 1, 1, 2, 3]
    """
    count = is_open.cumsum(axis=0)
    latest = np.maximum.accumulate(np.where(observed, count, 0), axis=0)
    before = np.concatenate([count[:1], latest[:-1]])
    ever = np.concatenate([np.zeros((1, observed.shape[1]), dtype=bool), np.maximum.accumulate(observed, axis=0)[:-1]])
    return np.asarray(np.where(ever, np.maximum(count - before, 1), 1), dtype=np.int64)
