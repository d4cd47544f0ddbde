"""What goes in comes back, or is refused by name: one real row at fault is enough."""

import datetime
import uuid
import zoneinfo
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from synthdiff.codecs.infer import infer_schema
from synthdiff.codecs.table import TableCodec
from synthdiff.data import frame
from synthdiff.data.frame import FrameKind, to_table
from synthdiff.errors import DataError, SchemaError

UTC = datetime.UTC
EAST = datetime.timezone(datetime.timedelta(hours=5))


def objects(*values):
    cells = np.empty(len(values), dtype=object)
    cells[:] = values
    return pd.Series(cells, dtype=object)


def decoded(frame):
    """Fit the codecs on a frame, and draw it again without a model."""
    table, kind = to_table(frame)
    codec, values = TableCodec.fit(table, infer_schema(table))
    table = TableCodec.from_dict(codec.to_dict()).decode(values, 0, np.random.default_rng(0))
    return FrameKind.from_dict(kind.to_dict()).restore(table)


@pytest.mark.parametrize(
    ("cells", "row"),
    [
        ((datetime.datetime(2020, 1, 1, tzinfo=UTC), datetime.datetime(2020, 1, 1, tzinfo=EAST)), 1),
        ((pd.Timestamp("2020"), pd.Timestamp("2020") + pd.Timedelta(1, "ns")), 1),
        ((datetime.time(1, tzinfo=UTC), datetime.time(2, tzinfo=UTC)), 0),
        ((bytearray(b"a"), bytearray(b"b")), 0),
        ((Decimal("1.5"), Decimal("NaN")), 1),
        ((1, 2.5), 1),
        ((True, None, 2), 2),
        ((datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1)), 1),
        ((Decimal(10) ** 40, Decimal(1)), 0),
    ],
)
def test_objects_that_would_change_are_refused_with_their_place(cells, row):
    with pytest.raises(DataError, match=f"'x'.* row {row} ") as caught:
        to_table(pd.DataFrame({"x": objects(*cells)}))
    assert (caught.value.column, caught.value.row) == ("x", row)
    assert type(caught.value.value) is type(cells[row])


def test_a_row_far_down_is_seen():
    cells = [pd.Timestamp("2020")] * 5_000 + [pd.Timestamp("2020") + pd.Timedelta(1, "ns")]
    with pytest.raises(SchemaError, match="row 5000"):
        to_table(pd.DataFrame({"x": objects(*cells)}))


@pytest.mark.parametrize(
    "cells",
    [
        (pd.Timestamp("2020-01-01"), pd.Timestamp("2021-02-03"), pd.NaT),
        (pd.Timestamp("2020-06-01", tz="Europe/Paris"), None),
        (datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31)),
        (datetime.datetime(2020, 1, 1, tzinfo=EAST),),
        (datetime.timedelta(days=3), datetime.timedelta(seconds=-5), None),
        (pd.Timedelta("1D"), pd.Timedelta("2h")),
        (datetime.date(1, 1, 1), datetime.date(9999, 12, 31), float("nan")),
        (datetime.time(1, 2, 3, 4), datetime.time(5)),
        (1, 2, pd.NA),
        (1.5, None),
        (True, False, None),
    ],
)
def test_objects_come_back_as_objects_of_their_type(cells):
    before = objects(*cells * 3)
    after = decoded(pd.DataFrame({"x": before}))["x"]
    assert after.dtype == object
    assert [(type(value), str(value)) for value in after] == [(type(value), str(value)) for value in before]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_moments_of_pandas_keep_their_unit(unit):
    frame = pd.DataFrame(
        {
            "moment": objects(pd.Timestamp("2020-01-01").as_unit(unit), pd.Timestamp("2021-01-01").as_unit(unit)),
            "zoned": objects(*[pd.Timestamp("2020-01-01", tz="Europe/Paris").as_unit(unit)] * 2),
        }
    )
    after = decoded(frame)
    assert {cell.unit for name in frame for cell in after[name]} == {unit}


@pytest.mark.parametrize("unit", ["us", "ns"])
def test_durations_of_pandas_keep_their_unit(unit):
    cells = objects(pd.Timedelta("1D").as_unit(unit), pd.Timedelta("2D").as_unit(unit))
    assert [cell.unit for cell in decoded(pd.DataFrame({"x": cells}))["x"]] == [unit, unit]


@pytest.mark.parametrize("values", [pa.array(["x", "y"], pa.string_view()), pa.array([b"x", b"y"], pa.binary_view())])
def test_what_came_back_may_be_restored_again(values):
    before = pa.table({"x": pa.DictionaryArray.from_arrays(pa.array([0, 1, None]), values)})
    table, kind = to_table(before)
    assert kind.restore(kind.restore_table(table)).equals(before)


def test_moments_of_several_units_come_back_in_the_finest():
    after = decoded(pd.DataFrame({"x": objects(pd.Timestamp("2020").as_unit("s"), pd.Timestamp("2021").as_unit("ms"))}))
    assert [cell.unit for cell in after["x"]] == ["ms", "ms"]


def test_cells_that_a_pandas_dtype_cannot_hold_are_schema_errors():
    _, kind = to_table(pd.DataFrame({"x": [1, 2]}))
    with pytest.raises(SchemaError, match="'x' does not fit"):
        kind.restore(pa.table({"x": pa.array([1, None])}))


@pytest.mark.parametrize(
    ("dtype", "storage"),
    [
        (pa.decimal32(5, 2), None),
        (pa.decimal64(12, 3), None),
        (pa.decimal128(38, 2), None),
        (pa.decimal256(76, 2), None),
        (pa.date32(), pa.int32()),
        (pa.date64(), pa.int64()),
        (pa.timestamp("s"), pa.int64()),
        (pa.timestamp("us", "Europe/Paris"), pa.int64()),
        (pa.timestamp("ns", "+05:30"), pa.int64()),
        (pa.duration("s"), pa.int64()),
        (pa.time32("s"), pa.int32()),
        (pa.time64("ns"), pa.int64()),
        (pa.float16(), pa.float32()),
        (pa.string_view(), pa.string()),
        (pa.large_string(), pa.string()),
    ],
)
def test_arrow_types_come_back_constant_or_not_plain_or_coded(dtype, storage):
    def make(*numbers):
        storage_type = storage or pa.decimal128(5, 2)
        cells = [Decimal(n) for n in numbers] if storage is None else [str(n) for n in numbers]
        return pa.array(cells).cast(storage_type).cast(dtype)

    for cells in (make(3, 1, 2), make(3, 3, 3)):
        coded = pa.DictionaryArray.from_arrays(pa.array([0, 1, None], pa.int8()), cells)
        before = pa.table({"x": cells, "coded": coded})
        after = decoded(before)
        assert after.schema.equals(before.schema, check_metadata=True)
        assert after["x"].combine_chunks().equals(cells)
        assert after["coded"].null_count == 1


@pytest.mark.parametrize("days", [10**7, -(10**6), 2**31 - 1])
def test_dates_beyond_those_of_python_come_back(days):
    for values in ([days] * 4, [days, 0, 3, days]):
        cells = pa.array(values, pa.int32()).cast(pa.date32())
        codes = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, 1], pa.uint8()), cells)
        after = decoded(pa.table({"x": cells, "coded": codes}))
        assert after["x"].combine_chunks().equals(cells)
        assert after["coded"].type == codes.type


@pytest.mark.parametrize("levels", [["a", None, "b"], ["a", "b", "a"], [1.5, float("nan"), 2.5], [True, None, False]])
def test_levels_that_are_missing_or_repeated_are_cells_like_others(levels):
    coded = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, 1, 0], pa.int8()), pa.array(levels))
    table, _ = to_table(pa.table({"x": coded}))
    after = decoded(pa.table({"x": coded}))["x"]
    assert after.type == coded.type
    expected = [None if level != level else level for level in (levels[code] for code in (0, 1, 2, 1, 0))]
    assert table["x"].to_pylist() == after.to_pylist() == expected


def test_more_levels_than_their_indices_count_are_refused():
    parts = [
        pa.DictionaryArray.from_arrays(pa.array(range(90), pa.int8()), [f"{c}{i}" for i in range(90)]) for c in "ab"
    ]
    with pytest.raises(SchemaError, match="'x'.*180 levels are more than int8"):
        to_table(pa.table({"x": pa.chunked_array(parts)}))


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (pa.array([Decimal(10) ** 40], pa.decimal256(60, 0)), "row 0 is 1000.* over 38 digits"),
        (pa.array([Decimal(1200)], pa.decimal128(5, -2)), "from 0 to 38 digits"),
        (pa.array([Decimal(1)], pa.decimal256(60, 40)), "from 0 to 38 digits"),
        (pa.array([1]).cast(pa.timestamp("s", "a]b")), "not supported"),
        (pa.array([b"a" * 70_000], pa.binary(70_000)), "not supported"),
        (pa.array([(1, 2, 3)], pa.month_day_nano_interval()), "not supported"),
        (pa.array([uuid.UUID(int=1).bytes], pa.uuid()), "not supported"),
        (pa.RunEndEncodedArray.from_arrays(pa.array([1], pa.int32()), pa.array(["a"])), "nested|not supported"),
        (pa.array([[1]]), "nested"),
        (pa.DictionaryArray.from_arrays(pa.array([0]), pa.array(["a"]).dictionary_encode()), "not supported"),
        (pa.DictionaryArray.from_arrays(pa.array([0]), pa.nulls(1)), "not supported"),
        (pa.DictionaryArray.from_arrays(pa.array([0]), pa.array([float("inf")])), "level inf"),
    ],
)
def test_arrow_types_without_a_codec_are_refused_by_name(cells, words):
    with pytest.raises(DataError, match=f"'x'.*({words})") as caught:
        to_table(pa.table({"x": cells}))
    assert caught.value.column == "x"


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (pd.CategoricalIndex(["a", "b"]), "dtype category"),
        (pd.Index(["a", "b"], dtype="string"), "dtype string"),
        (pd.Index([float("nan"), 1.0]), "label nan"),
        (pd.Index(["a", "b"], name=pd.Timestamp("2020")), "named Timestamp"),
        (pd.date_range("2020", periods=2), "label Timestamp"),
        (pd.Index([("a", float("nan")), "b"], tupleize_cols=False), "neither a plain string"),
        (pd.Index([("a", (1, 2)), "b"], tupleize_cols=False), "neither a plain string"),
        (pd.Index(["\ud800", "b"]), "neither a plain string"),
        (pd.Index([10**400, "b"], dtype=object), "an integer of 1,329 bits"),
    ],
)
def test_labels_that_would_change_are_refused(labels, words):
    with pytest.raises(SchemaError, match=words):
        to_table(pd.DataFrame([[1, 2]]).set_axis(labels, axis=1))


@pytest.mark.parametrize("name", [np.str_("k"), "\ud800", 10**400])
def test_index_names_that_would_change_are_refused(name):
    with pytest.raises(SchemaError, match="index name"):
        to_table(pd.DataFrame({"x": [1, 2]}, index=pd.Index([3, 4], name=name)))


@pytest.mark.parametrize(
    "labels", [pd.Index([1, 2], dtype="int8"), pd.Index([1, 2], dtype=object), pd.Index([None, "a"])]
)
def test_labels_keep_their_dtype(labels):
    after = decoded(pd.DataFrame([[1, 2], [3, 4]]).set_axis(labels, axis=1))
    assert after.columns.dtype == labels.dtype
    assert list(after.columns) == list(labels)


@pytest.mark.parametrize("zone", [zoneinfo.ZoneInfo("Asia/Tokyo"), EAST, UTC, "Europe/Paris"])
def test_time_zones_come_back_from_the_module_that_they_are_of(zone):
    frame = pd.DataFrame({"x": pd.date_range("2020-10-24", periods=30, freq="h", tz=zone)})
    pd.testing.assert_frame_equal(decoded(frame), frame)


def test_an_index_of_objects_stays_one():
    index = pd.Index(objects(datetime.datetime(2020, 1, 1), datetime.datetime(2021, 1, 1)), dtype=object, name="when")
    after = decoded(pd.DataFrame({"x": [1, 2]}, index=index))
    assert type(after.index) is pd.Index
    assert after.index.dtype == object
    assert list(after.index) == list(index)


def test_what_is_noted_about_a_frame_is_not_kept():
    frame = pd.DataFrame({"x": [1, 2]})
    frame.attrs = {"owner": object()}
    assert decoded(frame).attrs == {}
    assert "owner" in frame.attrs


@pytest.mark.parametrize("metadata", [b"{bad", b"[]", b'{"index_columns": 3}', b"\xff"])
def test_metadata_that_pandas_did_not_write_stay(metadata):
    before = pa.table({"x": [1, 2, 2]}).replace_schema_metadata({b"pandas": metadata})
    assert decoded(before).schema.equals(before.schema, check_metadata=True)


def test_polars_types_without_a_codec_are_refused_by_name():
    for cells in (pl.Series([object()], dtype=pl.Object), pl.Series([1], dtype=pl.UInt128), pl.Series([[1]])):
        with pytest.raises(SchemaError, match="'x' holds"):
            to_table(pl.DataFrame({"x": cells}))


PRIMITIVES = [
    *(pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()),
    *(pa.float16(), pa.float32(), pa.float64(), pa.bool_(), pa.date32(), pa.date64(), pa.time32("s"), pa.time64("us")),
    *(pa.timestamp("ms"), pa.timestamp("us", "UTC"), pa.duration("ms"), pa.duration("ns")),
]


@pytest.mark.parametrize("dtype", PRIMITIVES, ids=str)
def test_extremes_of_long_columns_are_looked_at(dtype):
    numbers = np.arange(frame._MAX_ROWS + 50) % 97
    if pa.types.is_temporal(dtype):
        factor = 86_400_000 if dtype == pa.date64() else 1
        cells = pa.array(factor * numbers, f"int{dtype.bit_width}").view(dtype)
    else:
        cells = pa.array(numbers.astype(dtype.to_pandas_dtype()))
    table = pa.table({"a": pa.concat_arrays([cells, pa.array([None], dtype)])})
    _, kind = to_table(table)
    assert kind.restore(kind.restore_table(table)).schema == table.schema


@pytest.mark.parametrize("dtype", [pa.string_view(), pa.binary_view(), pa.binary(), pa.binary(2), pa.large_string()])
def test_rows_of_long_columns_of_every_text_are_looked_at(dtype):
    plain = pa.string() if "string" in str(dtype) else pa.binary()
    cells = pa.array([b"ab", None, b"cd"] * frame._MAX_ROWS, pa.binary()).cast(plain).cast(dtype)
    table = pa.table({"a": cells, "n": range(len(cells))})
    working, kind = to_table(table)
    assert kind.restore(kind.restore_table(working)) == table
