"""Any frame that is supported comes back with the same schema, and what is learnt with the same values."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthdiff.codecs.column import FreeCodec, LevelCodec, NumberCodec
from synthdiff.codecs.infer import infer_schema
from synthdiff.codecs.registry import codec_from_dict, fit_codec
from synthdiff.data.frame import FrameKind, to_table
from tests.property.frames import PANDAS, POLARS, SETTINGS, build_pandas, build_polars, frames


def through_codecs(table: pa.Table) -> tuple[pa.Table, list[str]]:
    """Encode and decode, or make up, every column; also the names of those whose values must be the same."""
    rng = np.random.default_rng(0)
    columns, learnt = {}, []
    for column in infer_schema(table):
        array = table.column(column.name)
        codec = codec_from_dict(json.loads(json.dumps(fit_codec(array, column).to_dict(), allow_nan=False)))
        assert codec.kind == column.kind
        if isinstance(codec, NumberCodec):
            values = codec.encode(array)
            assert values.dtype == np.float64
            assert np.array_equal(np.isnan(values), array.is_null().to_numpy())
            columns[column.name] = codec.decode(values)
            learnt.append(column.name)
        elif isinstance(codec, LevelCodec):
            codes = codec.encode(array)
            assert codes.dtype == np.int64
            assert codes.min() >= -1
            assert codes.max() < codec.n_levels
            columns[column.name] = codec.decode(codes, rng)
            learnt.append(column.name)
        else:
            assert isinstance(codec, FreeCodec)
            columns[column.name] = codec.generate(0, len(array), rng)
            if codec.kind in ("constant", "empty"):
                learnt.append(column.name)
        assert columns[column.name].type == array.type
    return pa.table(columns), learnt


def check_pandas(frame: pd.DataFrame) -> None:
    table, kind = to_table(frame)
    table, learnt = through_codecs(table)
    back = FrameKind.from_dict(json.loads(json.dumps(kind.to_dict()))).restore(kind.restore_table(table))
    assert list(back.columns) == list(frame.columns)
    for name in frame.columns:
        assert back[name].dtype == frame[name].dtype
    arrow = [name for name in learnt if isinstance(frame[name].dtype, pd.ArrowDtype)]
    rest = [name for name in learnt if name not in arrow]
    pd.testing.assert_frame_equal(back[rest], frame[rest], check_exact=False, rtol=1e-14, atol=0, check_freq=False)
    for name in rest:
        if frame[name].dtype == object:
            assert set(map(type, back[name])) == set(map(type, frame[name])), name
    for name in arrow:
        left, right = plain_cells(back[name]), plain_cells(frame[name])
        if pa.types.is_float64(left.type):
            np.testing.assert_allclose(left.to_numpy(), right.to_numpy(), 1e-14)
        else:
            assert left.equals(right), name


def plain_cells(column: pd.Series) -> pa.ChunkedArray:
    """The cells of a column of an Arrow type, dictionaries decoded by hand, for pandas compares few types."""
    cells = column.array._pa_array
    if not pa.types.is_dictionary(cells.type):
        return cells
    wide = {pa.string_view(): pa.large_string()}.get(cells.type.value_type, cells.type.value_type)
    chunks = [chunk.dictionary.cast(wide).take(chunk.indices) for chunk in cells.chunks]
    return pa.chunked_array(chunks, wide)


def check_polars(frame: pl.DataFrame) -> None:
    table, kind = to_table(frame)
    table, learnt = through_codecs(table)
    back = FrameKind.from_dict(json.loads(json.dumps(kind.to_dict()))).restore(kind.restore_table(table))
    assert back.schema == frame.schema
    for name in learnt:
        left, right = back[name].to_list(), frame[name].to_list()
        same = (
            np.allclose(np.float64(left), np.float64(right), 1e-14, 0, True)
            if frame[name].dtype.is_float()
            else left == right
        )
        assert same, (name, left, right)


@pytest.mark.parametrize("dtype", sorted(PANDAS))
@given(data=st.data())
@settings(SETTINGS, max_examples=15)
def test_every_pandas_dtype(dtype, data):
    check_pandas(data.draw(frames(PANDAS, build_pandas, dtype)))


@pytest.mark.parametrize("dtype", sorted(POLARS))
@given(data=st.data())
@settings(SETTINGS, max_examples=15)
def test_every_polars_dtype(dtype, data):
    check_polars(data.draw(frames(POLARS, build_polars, dtype)))


@given(frames(PANDAS, build_pandas))
@SETTINGS
def test_pandas_frames(frame):
    check_pandas(frame)


@given(frames(POLARS, build_polars))
@SETTINGS
def test_polars_frames(frame):
    check_polars(frame)
