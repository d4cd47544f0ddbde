"""Cells that are written from the cells beside them: personal data from names, codes from what they hold."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from synthdiff.codecs.column import ColumnCodec
from synthdiff.codecs.composed.codec import ComposedCodec
from synthdiff.codecs.composed.view import LevelView, MomentView, has_text
from synthdiff.codecs.personal import beside as personal
from synthdiff.record import require


def sources_of(codec: ColumnCodec) -> tuple[str, ...]:
    """The columns that a column is written from."""
    return codec.sources if isinstance(codec, ComposedCodec) else personal.sources_of(codec)


def describe_codes(codecs: Mapping[str, ColumnCodec]) -> list[str]:
    """Say in words what codes hold of other columns."""
    return [words for codec in composed_in_order(codecs) for words in codec.describe()]


def write_beside(table: pa.Table, codecs: Mapping[str, ColumnCodec], start: int, seed: int = 0) -> pa.Table:
    """Write the columns that are written from others, once those are final.

    Parameters
    ----------
    table : pa.Table
        Rows as they were decoded; which cells are missing stays.
    codecs : mapping of str to ColumnCodec
        Of all columns.
    start : int
        Position of the first row within the whole sample.
    seed : int
        Of what nothing determines.
    """
    table = personal.write_beside(table, codecs, start)
    rng = np.random.default_rng(seed)
    for codec in composed_in_order(codecs):
        cells = pa.chunked_array([codec.compose(table, codecs, start, rng)], codec.type)
        table = table.set_column(table.column_names.index(codec.name), codec.name, cells)
    return table


def composed_in_order(codecs: Mapping[str, ColumnCodec]) -> list[ComposedCodec]:
    """Codes that are composed, each behind those that it follows from.

    Raises
    ------
    ValueError
        They follow from each other.
    """
    left = {name: codec for name, codec in codecs.items() if isinstance(codec, ComposedCodec)}
    out: list[ComposedCodec] = []
    while left:
        ready = [codec for codec in left.values() if not left.keys() & set(codec.sources)]
        require(ready, "codes follow from each other")
        out += ready
        left = {name: codec for name, codec in left.items() if codec not in ready}
    return out


def check_sources(codecs: Mapping[str, ColumnCodec]) -> None:
    """Refuse columns that are written from others which are not there, or not of their kind.

    Raises
    ------
    ValueError
        The first of them.
    """
    personal.check_sources(codecs)
    for codec in composed_in_order(codecs):
        for piece in codec.pieces:
            source = codecs.get(piece.source)
            require(source is not None, f"there is no column {piece.source!r}")
            assert source is not None
            is_moment = source.kind in ("date", "datetime") and source.face == "number"
            may = is_moment if isinstance(piece.view, MomentView) else has_text(source.type)
            may = may or isinstance(piece.view, LevelView)
            require(may, f"column {codec.name!r} cannot follow from {piece.source!r}, which is {source.kind}")
