"""Tables: what is refused before anything is learnt."""

from __future__ import annotations

import pyarrow as pa
import pytest

from synthdiff.codecs.infer import infer_schema
from synthdiff.codecs.table import TableCodec
from synthdiff.errors import SchemaError

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
