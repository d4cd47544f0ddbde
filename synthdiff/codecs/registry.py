"""All column codecs, in the order in which they are asked whose a column is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from synthdiff.codecs.boolean import BooleanCodec
from synthdiff.codecs.categorical import CategoricalCodec
from synthdiff.codecs.column import ColumnCodec, ColumnFacts, NumberCodec
from synthdiff.codecs.composed.codec import ComposedCodec
from synthdiff.codecs.constant import ConstantCodec, EmptyCodec
from synthdiff.codecs.coordinate.codec import CoordinateCodec
from synthdiff.codecs.datetime import DateCodec, DatetimeCodec, DurationCodec, TimeCodec
from synthdiff.codecs.identifier import NumberIdentifierCodec, TextIdentifierCodec
from synthdiff.codecs.numeral import NumeralCodec
from synthdiff.codecs.numeric import DecimalCodec, FloatCodec, IntegerCodec
from synthdiff.codecs.parts.codec import PartsCodec
from synthdiff.codecs.personal.codec import DisguisedCodec, MadeUpCodec
from synthdiff.codecs.text import TextCodec
from synthdiff.codecs.written.codec import (
    WrittenDateCodec,
    WrittenDatetimeCodec,
    WrittenDurationCodec,
    WrittenTimeCodec,
)
from synthdiff.data.schema import ColumnSchema
from synthdiff.errors import SchemaError
from synthdiff.record import choose

CODECS: dict[str, type[ColumnCodec]] = {
    codec.word: codec
    for codec in (
        EmptyCodec,
        DisguisedCodec,
        MadeUpCodec,
        ConstantCodec,
        BooleanCodec,
        DatetimeCodec,
        DateCodec,
        TimeCodec,
        DurationCodec,
        WrittenDateCodec,
        WrittenDatetimeCodec,
        WrittenTimeCodec,
        WrittenDurationCodec,
        NumeralCodec,
        CoordinateCodec,
        NumberIdentifierCodec,
        TextIdentifierCodec,
        IntegerCodec,
        DecimalCodec,
        FloatCodec,
        PartsCodec,
        TextCodec,
        CategoricalCodec,
    )
}
"""Codecs by their word; the first that claims a column gets it, and the last takes what is left."""
ORDINARY = tuple(codec for codec in CODECS.values() if codec not in (DisguisedCodec, MadeUpCodec))
"""Those that give real values back, or learn nothing of them."""

_STORED: dict[str, type[ColumnCodec]] = {**CODECS, ComposedCodec.word: ComposedCodec}

_NUMBERS = ("integer", "numeric")
"""Kinds that share their codecs: an integer column may be declared numeric, and whole numbers of any type integer."""


def find_codec(kind: str, dtype: pa.DataType) -> type[ColumnCodec] | None:
    """Find the codec of a kind for an Arrow type; None where such a column cannot be of that kind."""
    return next(iter(_find_codecs(kind, dtype)), None)


def _find_codecs(kind: str, dtype: pa.DataType) -> list[type[ColumnCodec]]:
    kinds = (kind, *(other for other in _NUMBERS if kind in _NUMBERS))
    return [codec for own in kinds for codec in ORDINARY if codec.kind == own and codec.accepts(dtype)]


def may_serve(codec: ColumnCodec, kind: str) -> bool:
    """Say whether a codec serves columns of a kind; days are moments too."""
    return codec.kind == kind or {codec.kind, kind} <= set(_NUMBERS) or (codec.kind, kind) == ("date", "datetime")


def fit_codec(array: pa.ChunkedArray, column: ColumnSchema) -> ColumnCodec:
    """Fit the codec of a column.

    Parameters
    ----------
    array : pa.ChunkedArray
        The real column, null where missing.
    column : ColumnSchema
        Its name, its kind and the user's options.

    Raises
    ------
    SchemaError
        The column cannot be of that kind.
    """
    # What has no value has nothing to fit, whatever it was declared.
    kind = column.kind if array.null_count < len(array) and column.pii != "null" else "empty"
    able = _find_codecs(kind, array.type)
    if not able:
        raise SchemaError(f"column {column.name!r} holds {array.type}, which cannot be {kind}", column=column.name)
    found = able[0]
    facts = ColumnFacts(column.name, array)
    if len(able) > 1:  # text that is numbers or coordinates, for one
        found = next((candidate for candidate in able if candidate.claim(facts).mine), found)
    codec = found.fit_facts(facts, column)
    if kind == "integer" and codec.kind != kind and isinstance(codec, NumberCodec):
        _check_whole(array, column.name, codec)
    return codec


def _check_whole(array: pa.ChunkedArray, name: str, codec: NumberCodec) -> None:
    """Refuse numbers with decimals where integers are declared."""
    values = codec.encode(array)
    broken = ~np.isnan(values) & (values != np.rint(values))
    if broken.any():
        row = int(np.argmax(broken))
        value = array[row].as_py()
        message = f"column {name!r} is declared integer, but row {row:,} is {value!r}; numeric would fit"
        raise SchemaError(message, column=name, row=row, value=value)


def codec_from_dict(data: dict[str, Any]) -> ColumnCodec:
    """Restore a codec from what its `to_dict` wrote.

    Raises
    ------
    ValueError
        There is no such codec, or it did not write that; pydantic's ValidationError says where it fails.
    """
    return choose(_STORED, data, "codec", "codec").from_dict(data)
