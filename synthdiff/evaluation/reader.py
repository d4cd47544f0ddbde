"""How a column is read: by the codec that would learn the real one, so that judging and learning read the same way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.codecs.column import BoolArray, ColumnCodec, FloatArray, NumberCodec, is_text
from synthdiff.codecs.lattice import LatticeCodec
from synthdiff.codecs.marked import MarkedCodec
from synthdiff.codecs.registry import fit_codec
from synthdiff.codecs.tick import tick_zero
from synthdiff.data.schema import ColumnSchema
from synthdiff.errors import DataError
from synthdiff.evaluation.cells import (
    DAY,
    MOST_WHOLE,
    Reading,
    is_moment,
    is_number,
    missing_cells_of,
    read_moments,
    read_numbers,
    whole,
)

Scale = Literal["number", "datetime", "category"]
_MOST_BLOCKS = 10_000
"""Blocks of cells that are tried on a codec; what is left then counts as unreadable."""


def scale_of(column: ColumnSchema, dtype: pa.DataType) -> Scale | None:
    """How a column is compared; None: by its form and its repetitions only."""
    if column.kind in ("identifier", "text", "empty"):
        return None
    if column.kind in ("datetime", "date"):
        return "datetime"
    if column.kind in ("numeric", "integer", "duration", "time"):
        return "number"
    return "number" if column.kind == "constant" and is_number(dtype) else "category"


@dataclass(frozen=True)
class Reader:
    """Reads cells of a column that holds numbers or moments.

    Attributes
    ----------
    scale : {"number", "datetime"}
    dtype : pa.DataType
        The real column's type, without a dictionary.
    codec : NumberCodec or None
        What would learn the column; None where there is nothing to learn.
    is_plain : bool
        Whether the type says it all; otherwise the codec reads numbers or moments that are written in their own way.
    """

    scale: Scale
    dtype: pa.DataType
    codec: NumberCodec | None
    is_plain: bool

    @classmethod
    def fit(cls, real: pa.ChunkedArray, column: ColumnSchema, scale: Scale) -> Reader:
        """Find out how the real column is read.

        Raises
        ------
        SchemaError
            It is declared to be of a kind that its cells are not.
        """
        dtype = whole(real.slice(0, 0)).type
        is_plain = _is_plain(scale, dtype)
        codec: ColumnCodec | None = None
        try:
            codec = fit_codec(real, column)
        except DataError:
            if not is_plain:
                raise
        return cls(scale, dtype, codec if isinstance(codec, NumberCodec) else None, is_plain)

    def read(self, cells: pa.ChunkedArray) -> Reading:
        """Read cells of any type: as the real ones are read where they could stand among them, else as what they are.

        Returns
        -------
        Reading
            Numbers, lengths of time in seconds, moments in seconds since 1970.
        """
        array = whole(cells)
        plain = read_moments if self.scale == "datetime" else read_numbers
        if self.codec is None or self.is_plain or (array.type != self.dtype and _is_plain(self.scale, array.type)):
            return plain(array)
        return self._read_by(self.codec, array)

    @property
    def step(self) -> float | None:
        """Step between values that can occur, in the unit of readings; None where any can."""
        step = None if self.codec is None else self.codec.resolution
        return None if step is None else step * self._unit

    def off_the_grid(self, values: FloatArray) -> BoolArray | None:
        """Which values lie between those that can occur, (n,); None where any can, or floats cannot tell."""
        step = self.step
        if self.codec is None or step is None:
            return None
        origin = (_origin(self.codec) + self.codec.minimum) * self._unit
        steps = (values - origin) / step
        peak = np.nanmax(np.abs(values), initial=abs(origin)) / step
        slack = 1e-6 + 8 * np.finfo(np.float64).eps * peak
        return None if slack > 0.1 else np.asarray(np.abs(steps - np.rint(steps)) > slack)

    @property
    def _unit(self) -> float:
        """What the codec's numbers are to be multiplied by."""
        return DAY if self.codec is not None and self.codec.kind == "date" else 1.0

    def _read_by(self, codec: NumberCodec, array: pa.Array) -> Reading:
        missing = missing_cells_of(array)
        cells = stored_as(array, self.dtype)
        known = readable_cells(codec, cells) & (missing_cells_of(cells) == missing)
        encoded = codec.encode(pc.if_else(pa.array(known), cells, pa.scalar(None, cells.type)))
        return Reading((encoded + _origin(codec)) * self._unit, known)


def _is_plain(scale: Scale, dtype: pa.DataType) -> bool:
    """Whether cells of a type are numbers, or moments, whatever they hold."""
    return is_moment(dtype) if scale == "datetime" else not is_text(dtype)


def stored_as(array: pa.Array, dtype: pa.DataType) -> pa.Array:
    """Cells in a type; null where they do not fit."""
    try:
        return array.cast(dtype)
    except pa.ArrowException:  # text and floats in the place of integers that write moments
        values = read_numbers(array).values
        fits = ~np.isnan(values) & (values == np.floor(values)) & (np.abs(values) < MOST_WHOLE)
        return pa.array(np.where(fits, values, 0).astype(np.int64), mask=~fits).cast(dtype, safe=False)


def _origin(codec: NumberCodec) -> float:
    """What is encoded as 0: some codecs count from the lowest value."""
    if not isinstance(codec, LatticeCodec):
        return 0.0
    return (codec.lattice.zero - tick_zero(codec.type)) / codec.lattice.per


def readable_cells(codec: NumberCodec, cells: pa.Array) -> BoolArray:
    """Say which cells of a codec's type it reads, (n,); True where missing, or where a word says that a number is.

    Blocks of distinct cells that hold one that it does not read are halved.
    """
    coded = cells.dictionary_encode()
    distinct = coded.dictionary
    known = np.append(np.zeros(len(distinct), np.bool_), True)
    blocks, n_tried = [(0, len(distinct))], 0
    while blocks and n_tried < _MOST_BLOCKS:
        first, n_cells = blocks.pop()
        n_tried += 1
        if _encodes(codec, distinct.slice(first, n_cells)):
            known[first : first + n_cells] = True
        elif n_cells > 1:
            half = n_cells // 2
            blocks += [(first + half, n_cells - half), (first, half)]
    if isinstance(codec, MarkedCodec):
        whole_numbers = distinct.cast(pa.int64(), safe=False) if pt.is_floating(distinct.type) else distinct
        known[:-1] |= codec.are_words(whole_numbers.cast(pa.string()))
    return np.asarray(known[coded.indices.fill_null(len(distinct)).to_numpy(zero_copy_only=False)])


def _encodes(codec: NumberCodec, cells: pa.Array) -> bool:
    try:
        values = codec.encode(cells)
    except (DataError, pa.ArrowException):
        return False
    return not np.isnan(values).any()
