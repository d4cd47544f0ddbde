"""Columns of a table as the values that tokens are made of."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from synthdiff.codecs.column import ColumnCodec, LevelCodec, NumberCodec
from synthdiff.codecs.token import FloatArray, IntArray
from synthdiff.errors import DataError, SchemaError


def table_values(
    table: pa.Table, codecs: Mapping[str, ColumnCodec], learnt: tuple[str, ...], words: Mapping[str, IntArray]
) -> FloatArray:
    """Values of the learnt columns of a table, (n, D) float64; NaN where missing.

    Raises
    ------
    SchemaError, DataError
        A column is missing, or holds what the fitted one could not; with its name.
    """
    out = np.empty((table.num_rows, len(learnt)))
    for j, name in enumerate(learnt):
        if name not in table.column_names:
            raise SchemaError(f"there is no column {name!r}; give all columns that were fitted", column=name)
        try:
            out[:, j] = column_values(codecs[name], table.column(name), words.get(name))
        except pa.ArrowException as error:
            message = f"column {name!r} holds what the fitted one could not: {error}"
            raise DataError(message, column=name) from error
    return out


def column_values(codec: ColumnCodec, array: pa.ChunkedArray, words: IntArray | None) -> FloatArray:
    """Values of the cells of a column, (n,) float64; `words` are the numbers that stand for levels."""
    if isinstance(codec, NumberCodec):
        return codec.encode(array)
    if isinstance(codec, LevelCodec):
        codes = codec.encode(array)
        assert words is not None
        return np.where(codes < 0, np.nan, words[np.maximum(codes, 0)])
    return np.where(array.is_null().to_numpy(), np.nan, 1.0)
