"""How many rows a sample can have: columns of identifiers have no more than they have distinct cells."""

from __future__ import annotations

from collections.abc import Mapping

from synthdiff.codecs.column import ColumnCodec, FreeCodec
from synthdiff.codecs.composed.codec import ComposedCodec
from synthdiff.codecs.numbering import CHUNK
from synthdiff.errors import SamplingError


def check_room(codecs: Mapping[str, ColumnCodec], n_rows: int, most: Mapping[str, int]) -> None:
    """Refuse a sample of more rows than a column has distinct cells for.

    Parameters
    ----------
    codecs : mapping of str to ColumnCodec
        The columns of the table.
    n_rows : int
        Rows of the whole sample.
    most : mapping of str to int
        Of columns whose cells rows share, how many distinct ones a chunk of rows has at most.

    Raises
    ------
    SamplingError
        A column of identifiers has fewer.
    """
    for name, codec in codecs.items():
        room = _rows(codec, most.get(name, CHUNK)) if isinstance(codec, FreeCodec) else None
        if room is not None and n_rows > room:
            raise SamplingError(
                f"column {name!r}: its identifiers have room for {room:,} distinct rows in their format, and "
                f"{n_rows:,} are asked for; draw fewer rows, or declare the column as another kind"
            )


def _rows(codec: FreeCodec, most: int) -> int | None:
    """How many rows a sample can have where a chunk has at most some number of distinct cells."""
    if codec.room is None or isinstance(codec, ComposedCodec):  # which counts rows itself
        return codec.room
    n_chunks, left = divmod(codec.room, most)
    return n_chunks * CHUNK + left
