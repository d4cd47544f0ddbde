"""What a market is made of for a network: channels, one number a step each, and the codecs that make them.

A codec of series turns the columns of one asset into channels and back. Its first channel tells how the asset moves;
the others, what else its columns say. Decoding goes forward from the values before the first step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, Self

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
ChannelKind = Literal["return", "difference", "shape", "volume", "covariate"]


@dataclass(frozen=True)
class Channel:
    """One number a step.

    Attributes
    ----------
    name : str
        Such as ``"SPX"``, ``"SPX gap"``, ``"SPX volume"``.
    asset : str
        Whose it is.
    kind : {"return", "difference", "shape", "volume", "covariate"}
        How the asset moves, as a log return or a difference in its own units; the shape of its bar; its volume; or
        what comes along.
    persistent : bool
        Whether the channel is a level that returns to its mean, rather than the change of one: a difference by its
        kind, as that is what `PriceCodec.returns` makes of it, but strongly autocorrelated.
    """

    name: str
    asset: str
    kind: ChannelKind
    persistent: bool = False


class SeriesCodec(Protocol):
    """Between the columns of one asset (or covariate) and its channels; stationary, one step a row.

    Attributes
    ----------
    word : str
        Its name in a file.
    """

    word: ClassVar[str]

    @property
    def columns(self) -> tuple[int, ...]:
        """Positions of its c columns in the market."""

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Its k channels; of an asset, its own return or difference first."""

    @property
    def lag(self) -> int:
        """Rows before the first step that it needs: 0 or 1."""

    @property
    def n_states(self) -> int:
        """Numbers besides the last values that a start is made of."""

    def encode(self, values: FloatArray) -> FloatArray:
        """(T, c) values to (T, k) channels; the first `lag` rows are NaN, as is what was not observed."""

    def decode(self, steps: FloatArray, start: FloatArray) -> FloatArray:
        """(n, L, k) channels to (n, L, c) values, from a start as of `state`, (n, c) or (n, c + n_states)."""

    def state(self, values: FloatArray) -> FloatArray:
        """What steps after (T, c) values start from: the last observed values, then the states, (c + n_states,)."""

    def moves(self, steps: FloatArray, start: FloatArray) -> FloatArray:
        """(n, L, k) channels to the asset's returns or differences, (n, L), with drift."""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote."""


def fill_forward(x: FloatArray) -> FloatArray:
    """The last observed value at each row of (T,) or (T, C); NaN before the first.

    Examples
    --------
    >>> fill_forward(np.array([np.nan, 1.0, np.nan, 2.0])).tolist()
    [nan, 1.0, 1.0, 2.0]
    """
    rows = np.arange(len(x)).reshape(-1, *[1] * (x.ndim - 1))
    latest = np.maximum.accumulate(np.where(np.isnan(x), 0, rows), axis=0)
    return np.asarray(np.take_along_axis(x, latest, axis=0))


def changes(x: FloatArray) -> FloatArray:
    """Change of (T,) since the value observed last; NaN at the first row and where nothing is observed.

    Examples
    --------
    >>> changes(np.array([1.0, 2.0, np.nan, 5.0])).tolist()
    [nan, 1.0, nan, 3.0]
    """
    out = np.full(len(x), np.nan)
    out[1:] = x[1:] - fill_forward(x)[:-1]
    return out


def add_up(steps: FloatArray, start: FloatArray) -> FloatArray:
    """The inverse of `changes`: (n, L) and (n,) to (n, L); steps that are NaN add nothing and give NaN."""
    missing = np.isnan(steps)
    return np.where(missing, np.nan, start[:, None] + np.cumsum(np.where(missing, 0.0, steps), axis=1))


def drifting(steps: FloatArray, mean: float, drift: float) -> FloatArray:
    """Turn steps into moves: a drift more, but none where the value is unchanged, whose step is minus the mean."""
    return np.where(steps == -mean, 0.0, steps + drift)


def before(levels: FloatArray, start: FloatArray) -> FloatArray:
    """The value observed last before each step: (n, L) and (n,) to (n, L)."""
    both = np.concatenate([start[:, None], levels], axis=1)
    return fill_forward(both.T).T[:, :-1] if np.isnan(levels).any() else both[:, :-1]
