"""Several ways to write the numbers of one column: ``19.7M`` and ``201k``, ``4.99 USD`` and ``5.10 EUR``.

Units of one kind are counted in the smallest. Which way a number is written is drawn from how numbers of its size are
written in the data, so that one that goes by the size is given back exactly.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from pydantic import BeforeValidator, Field

from synthdiff.codecs.column import BoolArray, FloatArray, IntArray
from synthdiff.codecs.notation import Notation
from synthdiff.codecs.notation_search import find_notation, find_others, number_type
from synthdiff.codecs.unit import find_scales
from synthdiff.record import Share, TupleOfParts, as_tuple, read_as, require

_MOST = 12
_BINS = 32
_MOST_DIGITS = 12


@dataclass(frozen=True)
class Variant:
    """A way to write numbers.

    Attributes
    ----------
    notation : Notation
    scale : float
        What one of its units is worth in the numbers of the column; -1 where it stands for a minus.
    digits : int
        Decimals of the longest number.
    """

    notation: Annotated[Notation, read_as(Notation)]
    scale: float
    digits: Annotated[int, Field(ge=0, le=_MOST_DIGITS)]

    def read(self, cells: pa.Array) -> FloatArray:
        """Read cells in the numbers of the column, (n,), NaN where they are not written so."""
        values = self.notation.read(cells, pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False)
        return np.asarray(values * self.scale, dtype=np.float64)

    def write(self, values: FloatArray) -> pa.Array:
        """Write numbers of the column, (n,)."""
        own = np.rint(values / self.scale * 10**self.digits) / 10**self.digits
        if self.digits == 0 and self.notation.style.decimals is None:
            return self.notation.write(pa.array(np.rint(own).astype(np.int64)))
        return self.notation.write(pa.array(own))


@dataclass(frozen=True)
class Variants:
    """All of them, and where each is written.

    Attributes
    ----------
    ways : tuple of Variant
        None, or at least two; the first is the most frequent.
    edges : (b - 1,) tuple of float
        Where one bin of numbers ends and the next begins.
    shares : tuple of b tuples of float
        How often each way is found in a bin.
    are_of_a_kind : bool
        Whether their units are of one kind.
    """

    ways: Annotated[tuple[Annotated[Variant, read_as(Variant)], ...], *TupleOfParts] = ()
    edges: Annotated[tuple[float, ...], *TupleOfParts] = ()
    shares: Annotated[tuple[Annotated[tuple[Share, ...], BeforeValidator(as_tuple)], ...], *TupleOfParts] = ()
    are_of_a_kind: bool = True

    @classmethod
    def fit(cls, cells: pa.Array, counts: IntArray, first: Notation) -> Self | None:
        """Find the ways in which distinct cells write numbers beside the first; None where there are none.

        Parameters
        ----------
        cells : (n,) pa.Array of string
        counts : (n,) int64
            How often each occurs.
        first : Notation
            The most frequent way.
        """
        notations = [first]
        rest = cells.filter(pc.invert(first.reads(cells)))
        for group in find_others(rest)[: _MOST - 1]:
            notation = find_notation(group)
            if notation is None or notation in notations:  # such as whole numbers, of codes with zeros in front
                continue
            if not any(pc.all(known.reads(group)).as_py() for known in notations):
                notations.append(notation)
        scales = _scales(notations)
        if scales is None:  # letters around whole numbers make codes of them
            notations = [known for known in notations if not (known.is_bare and _are_whole(known, cells))]
        if len(notations) < 2 or notations[0] != first:
            return None
        ways = tuple(
            Variant(notation, scale, _digits(notation, cells))
            for notation, scale in zip(notations, scales or [1.0] * len(notations), strict=True)
        )
        return cls(ways)._with_shares(cells, counts, scales is not None)

    def _with_shares(self, cells: pa.Array, counts: IntArray, are_of_a_kind: bool) -> Self:
        values, way = self.read(cells)
        known = way >= 0
        values, way, weights = values[known], way[known], counts[known].astype(np.float64)
        spans = [values[way == j] for j in range(len(self.ways))]
        ends = [end for span in spans if len(span) for end in (span.min(), np.nextafter(span.max(), np.inf))]
        inner = np.quantile(values, np.linspace(0, 1, _BINS + 1)[1:-1])
        signs = [0.0] if any(variant.scale < 0 for variant in self.ways) else []
        edges = np.unique(np.concatenate([inner, ends, signs]))
        found = np.zeros((len(edges) + 1, len(self.ways)))
        np.add.at(found, (np.searchsorted(edges, values, side="right"), way), weights)
        full = np.flatnonzero(found.sum(axis=1))
        nearest = full[np.abs(np.arange(len(found))[:, None] - full).argmin(axis=1)]
        shares = found[nearest] / found[nearest].sum(axis=1, keepdims=True)
        return type(self)(self.ways, tuple(edges.tolist()), tuple(tuple(row) for row in shares.tolist()), are_of_a_kind)

    def read(self, cells: pa.Array) -> tuple[FloatArray, IntArray]:
        """Read cells: their numbers, NaN where there is none, and the way of each, -1 for none."""
        values, way = np.full(len(cells), np.nan), np.full(len(cells), -1)
        for j, variant in enumerate(self.ways):
            own = variant.read(cells)
            mine = np.isnan(values) & ~np.isnan(own)
            values[mine], way[mine] = own[mine], j
        return values, way

    def write(self, values: FloatArray, rng: np.random.Generator | None) -> pa.Array:
        """Write numbers, null where NaN; in the most frequent way for their size without a generator."""
        known = ~np.isnan(values)
        shares = np.array(self.shares)[np.searchsorted(self.edges, np.where(known, values, 0.0), side="right")]
        way = shares.argmax(axis=1)
        if rng is not None:
            way = (rng.random((len(values), 1)) > np.cumsum(shares, axis=1)[:, :-1]).sum(axis=1)
        return self.written(values, np.where(known, way, -1))

    def written(self, values: FloatArray, way: IntArray) -> pa.Array:
        """Write numbers each in its way, null where that is -1."""
        out = pa.nulls(len(values), pa.string())
        for j, variant in enumerate(self.ways):
            mine: BoolArray = way == j
            if mine.any():
                out = pc.replace_with_mask(out, pa.array(mine), variant.write(values[mine]))
        return out

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

    def check(self) -> None:
        """Refuse shares that do not belong to the bins and ways.

        Raises
        ------
        ValueError
            Their numbers differ, or they are no shares.
        """
        if not self.ways:
            require(not self.edges and not self.shares, "shares of no way to write numbers")
            return
        require(len(self.ways) <= _MOST and len(self.shares) == len(self.edges) + 1, "each bin needs shares")
        require(all(len(row) == len(self.ways) for row in self.shares), "each way needs a share of each bin")
        require(all(abs(sum(row) - 1) < 1e-6 for row in self.shares), "the shares of a bin make a whole")
        require(list(self.edges) == sorted(set(self.edges)), "the edges of bins must increase")
        require(all(way.scale != 0 and np.isfinite(way.scale) for way in self.ways), "a unit that is worth nothing")


ONE_WAY = Variants()
"""Numbers that are written in one way."""


def _scales(notations: list[Notation]) -> list[float] | None:
    """What the units of notations are worth, where they are of one kind."""
    if len({notation.before for notation in notations}) > 1:
        return None
    return find_scales([notation.after for notation in notations])


def _are_whole(notation: Notation, cells: pa.Array) -> bool:
    return bool(pt.is_integer(number_type(notation, cells)))


def _digits(notation: Notation, cells: pa.Array) -> int:
    """Decimals of the longest number in a notation."""
    own = notation.read(cells.filter(notation.reads(cells)), number_type(notation, cells))
    text = own.cast(pa.string())
    if pc.any(pc.match_substring(text, "e")).as_py():
        return _MOST_DIGITS
    places = pc.utf8_length(pc.replace_substring_regex(text, r"^[^.]*[.]?", ""))
    return min(int(pc.max(places).as_py() or 0), _MOST_DIGITS)
