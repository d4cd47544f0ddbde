"""Relative tokens: values that are exactly, or very nearly, a simple function of other columns.

A quantile bin is too coarse for "this bill is 3-5 % above last month's", and no continuous model reproduces "this
payment equals that bill to the cent". A `Relation` says that a numeric cell lies in a narrow *window* around a
*reference* made of one or two other columns (``x_k``, ``-x_k``, ``x_k + x_l``, ``x_k - x_l``, ``x_k * x_l``), as a
ratio or as a difference; its tokens are quantiles inside that window, or the single token *equal*.
`synthdiff.codecs.discovery` finds them.

A column of levels can only *equal* another one; its values are then numbers that stand for the levels of both.

A relation's tokens exist only where the reference is seen: which token codes a value depends on what is revealed
before it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import PlainValidator

from synthdiff.codecs.token import N_PIECES, BoolArray, FloatArray, IntArray, Knots, Shares, Sorted
from synthdiff.record import Index, require, restore, without

OUTSIDE, UNDEFINED = -1, -2
"""What a relation's token is where the value is outside its window, and where the reference has no value."""

_LESS_THAN_HALF = 0.49

OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "same": lambda a, b: a,
    "negative": lambda a, b: -a,
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

    @property
    def single(self) -> bool:
        """Whether it is made of one column."""
        return self.partners[0] == self.partners[1]

    def evaluate(self, values: FloatArray) -> FloatArray:
        """Reference values, (n,), from the values of all columns, (n, D)."""
        a, b = self.partners
        return np.asarray(OPERATIONS[self.operation](values[:, a], values[:, b]))

    @classmethod
    def from_list(cls, data: Any) -> Reference:
        """Restore a reference from its operation and its partners.

        Raises
        ------
        ValueError
            It is no operation of one or two columns.
        """
        require(isinstance(data, list) and list(map(type, data)) == [str, int, int], "an operation and two columns")
        operation, a, b = data
        require(operation in OPERATIONS, f"{str(operation)[:40]!r} is no operation")
        require(a >= 0 and b >= 0, "columns are counted from 0")
        require((a == b) == (operation in ("same", "negative")), f"{operation!r} is of other columns")
        return cls(operation, (a, b))


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

    target: Index
    reference: Annotated[Reference, PlainValidator(Reference.from_list)]
    ratio: bool
    low: float
    high: float
    equal: bool
    before_atoms: bool
    edges: Sorted
    knots: Knots
    heaps: Shares
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
        found = restore(cls, without(data, "grids"))
        require(data.get("grids") == found.heaps.shape[1], "shares of another number of grids")
        return found

    def check(self) -> None:
        """Refuse arrays that do not belong together."""
        require(self.low <= self.high, "the window ends before it begins")
        require(self.n_tokens > 0 and self.knots.shape[1] == N_PIECES + 1, f"a token has {N_PIECES + 1} knots")
        require((np.diff(self.knots, axis=1) >= 0).all(), "knots must increase")
        require(len(self.edges) == self.n_tokens + 1, "tokens and edges do not fit")
        require(not self.equal or self.n_tokens == 1, "equality is a single token")
        require(len(self.heaps) == self.n_tokens, "each token needs its shares")
        require((self.heaps.sum(axis=1) <= 1 + 1e-9).all(), "shares must add up to 1 at most")


def equals(x: FloatArray, q: FloatArray, resolution: float | None) -> BoolArray:
    """Equality to a thousandth of the resolution, or to 1e-9 relative for continuous values.

    Sums of large numbers are rounded more than that, but never by half of the resolution: what is so large that floats
    lie further apart is equal only to itself.
    """
    if resolution is None:
        tolerance = 1e-9 * np.abs(x)
    else:
        tolerance = np.clip(1e-12 * np.abs(x), resolution * 1e-3, resolution * _LESS_THAN_HALF)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(x - q) <= tolerance)


def coordinate(x: FloatArray, q: FloatArray, ratio: bool) -> FloatArray:
    """``log(x / q)`` where both have the same sign (NaN elsewhere), or ``x - q``."""
    if not ratio:
        return x - q
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        r = x / q
        is_known = (r > 0) & (r < np.inf)
        return np.where(is_known, np.log(np.where(is_known, r, 1.0)), np.nan)
