"""Which made-up cell each row has: one of its own, or one that it shares with other rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from synthdiff.codecs.column import BoolArray, FreeCodec, IntArray

CHUNK = 4096
"""Rows of a sample that are drawn at once, from a seed of their own."""


@dataclass(frozen=True, eq=False)
class Numbering:
    """Cells of a column that is made up, as rows have them.

    Attributes
    ----------
    start : int
        Position of the first cell within the whole sample.
    rank : (n,) int64
        Which cell each row has, counted from the first; it never falls, and leaves none out.
    """

    start: int
    rank: IntArray

    def generate(self, codec: FreeCodec, present: BoolArray | None, rng: np.random.Generator) -> pa.Array:
        """Make up the cells of all rows.

        Parameters
        ----------
        codec : FreeCodec
        present : (n,) bool or None
            Which cells are not missing, by the first of the rows that share one; None draws it.
        rng : np.random.Generator
        """
        n_cells = int(self.rank[-1]) + 1 if len(self.rank) else 0
        if n_cells == len(self.rank):
            return codec.generate(self.start, n_cells, rng, present)
        first = np.searchsorted(self.rank, np.arange(n_cells))
        cells = codec.generate(self.start, n_cells, rng, None if present is None else present[first])
        return cells.take(pa.array(self.rank))
