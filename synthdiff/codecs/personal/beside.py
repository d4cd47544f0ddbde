"""Cells that are written from the cells beside them: an address from a name, a whole name from its parts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from synthdiff.codecs.column import ColumnCodec, is_text
from synthdiff.codecs.personal.codec import DisguisedCodec, MadeUpCodec, joined
from synthdiff.codecs.personal.recipe import People


def sources_of(codec: ColumnCodec) -> tuple[str, ...]:
    """The columns that a column is written from."""
    return codec.sources if isinstance(codec, MadeUpCodec) else ()


def write_beside(table: pa.Table, codecs: Mapping[str, ColumnCodec], start: int) -> pa.Table:
    """Write the columns that are written from others, once those are final.

    Parameters
    ----------
    table : pa.Table
        Rows as they were decoded; which cells are missing stays.
    codecs : mapping of str to ColumnCodec
        Of all columns.
    start : int
        Position of the first row within the whole sample.
    """
    rng = np.random.default_rng(0)  # nothing is drawn: which cells are missing is known
    for name, codec in codecs.items():
        if not isinstance(codec, MadeUpCodec) or not codec.sources:
            continue
        place = table.column_names.index(name)
        present = table.column(place).is_valid().to_numpy()
        people = [_people(codecs[source], table.column(source), start) for source in codec.sources]
        cells = codec.generate_for(joined(people), start, len(table), rng, present)
        table = table.set_column(place, name, pa.chunked_array([cells], codec.type))
    return table


def check_sources(codecs: Mapping[str, ColumnCodec]) -> None:
    """Refuse columns that are written from others which hold no persons, or are written from others themselves.

    Raises
    ------
    ValueError
        The first of them.
    """
    for name, codec in codecs.items():
        for source in sources_of(codec):
            other = codecs.get(source)
            if not isinstance(other, DisguisedCodec | MadeUpCodec) or not is_text(other.type):
                raise ValueError(f"column {name!r} is written from {source!r}, which holds no persons")


def _people(codec: ColumnCodec, cells: pa.ChunkedArray, start: int) -> People:
    if isinstance(codec, DisguisedCodec):
        return codec.people(cells)
    assert isinstance(codec, MadeUpCodec)
    return codec.people(start, len(cells))
