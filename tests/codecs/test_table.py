"""Tables: what is refused before anything is learnt."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from synthdiff.codecs.infer import infer_schema
from synthdiff.codecs.table import TableCodec
from synthdiff.errors import DataError, SchemaError

WORDS = [f"word {j}" for j in range(40)]


def not_null(cells: pa.Array) -> pa.Table:
    return pa.table({"x": cells}, schema=pa.schema([pa.field("x", cells.type, nullable=False)]))


@pytest.mark.parametrize(
    "cells", [pa.array([word.encode() for word in WORDS]), pa.array([b"ab%02d" % j for j in range(40)], pa.binary(4))]
)
def test_a_column_that_must_not_be_null_is_not_left_empty(cells):
    table = not_null(cells)
    with pytest.raises(SchemaError, match="'x' is declared not null, but its text") as caught:
        TableCodec.fit(table, infer_schema(table))
    assert caught.value.column == "x"


def test_a_column_that_must_not_be_null_may_draw_real_text():
    table = not_null(pa.array([word.encode() for word in WORDS]))
    codec, values = TableCodec.fit(table, infer_schema(table, text="resample"))
    assert codec.codecs["x"].null_rate == 0
    assert values.shape == (40, 0)


@pytest.mark.parametrize("size", [1.7e308, -1e301, 1e-300, -1e-310])
def test_numbers_that_cannot_be_computed_with_are_refused_with_their_row(size):
    table = pa.table({"x": pa.array([None, *np.linspace(0.1, 0.9, 40) * abs(size), size])})
    with pytest.raises(DataError, match="'x'.* row 41") as caught:
        TableCodec.fit(table, infer_schema(table))
    assert (caught.value.column, caught.value.row, caught.value.value) == ("x", 41, size)


@pytest.mark.parametrize("size", [1e300, 1e-290, 0.0])
def test_large_and_small_numbers_are_learnt_up_to_the_limit(size):
    cells = np.random.default_rng(0).uniform(-1, 1, (2, 60)) * size
    cells[:, 0] = size
    table = pa.table({"x": cells[0], "y": cells[1]})
    codec, values = TableCodec.fit(table, infer_schema(table))
    encoded = codec.alphabet.encode(values)
    assert np.isfinite(encoded.base_density).all()
    assert np.isfinite(encoded.relative_density).all()
    assert np.isfinite(encoded.coordinates).all()
