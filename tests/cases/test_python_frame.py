"""Frames of every make that Python users hand over: they come back as they were, or a plain error says what to do."""

from __future__ import annotations

import datetime as dt
import enum
import fractions
import json
import pathlib
import uuid
import zoneinfo
from decimal import Decimal
from typing import Any

import dateutil.tz
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import pytz

from synthdiff import TabularDiffusion
from synthdiff.codecs.infer import infer_schema
from synthdiff.codecs.table import TableCodec
from synthdiff.data.frame import FrameKind, to_table
from synthdiff.data.pandas_object import plain_cell
from synthdiff.errors import SynthdiffError


class Sub(pd.DataFrame):  # as those of geopandas and others
    _metadata = ["source"]  # noqa: RUF012

    @property
    def _constructor(self) -> Any:
        return Sub


class PolarsSub(pl.DataFrame):
    pass


class Stream:  # any library that speaks Arrow
    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return pa.table({"x": [1, 2]}).__arrow_c_stream__(requested_schema)


def objects(*cells: Any) -> pd.DataFrame:
    column = np.empty(len(cells), dtype=object)
    column[:] = cells
    return pd.DataFrame({"x": pd.Series(column, dtype=object)})


def category(*cells: Any, **settings: Any) -> pd.DataFrame:
    return pd.DataFrame({"x": pd.Categorical(list(cells), **settings)})


MOMENTS = pd.to_datetime(["2020-01-01 10:00", "2020-07-01 11:00", "2021-01-01 00:30"])


def zoned(zone: Any, unit: str = "ns") -> pd.DataFrame:
    return pd.DataFrame({"x": MOMENTS.tz_localize(zone).as_unit(unit)})


EAST = dt.timedelta(hours=5, minutes=30)
PARIS = zoneinfo.ZoneInfo("Europe/Paris")
ZONES = {
    "zoneinfo": PARIS,
    "pytz": pytz.timezone("Europe/Paris"),
    "utc": dt.UTC,
    "pytz-utc": pytz.utc,
    "zoneinfo-utc": zoneinfo.ZoneInfo("UTC"),
    "dateutil-utc": dateutil.tz.tzutc(),
    "offset": dt.timezone(EAST),
    "offset-west": dt.timezone(-EAST),
    "offset-named": dt.timezone(EAST, "IST"),
    "pytz-offset": pytz.FixedOffset(330),
    "dateutil-offset": dateutil.tz.tzoffset(None, EAST),
    "dateutil-offset-named": dateutil.tz.tzoffset("IST", EAST),
    "etc": zoneinfo.ZoneInfo("Etc/GMT+5"),
    "pytz-eastern": pytz.timezone("US/Eastern"),
}
DICTIONARY = pa.DictionaryArray.from_arrays
SAME: dict[str, Any] = {
    **{f"zone-{name}": zoned(zone) for name, zone in ZONES.items()},
    **{f"zone-{name}-index": zoned(zone).assign(y=1).set_index("x") for name, zone in ZONES.items()},
    **{f"zone-{name}-category": category(*zoned(zone)["x"]) for name, zone in ZONES.items()},
    **{f"zone-{unit}": zoned(PARIS, unit) for unit in ("s", "ms", "us")},
    "zone-missing": pd.DataFrame({"x": zoned(PARIS)["x"].where([True, False, True])}),
    "zones-of-columns": zoned(PARIS).assign(y=zoned("Asia/Tokyo")["x"], z=zoned(dt.timezone(-EAST))["x"]),
    "labels-int": pd.DataFrame([[1, "a"], [2, "b"]]),
    "labels-mixed": pd.DataFrame([[1, "a", 0.5]], columns=[1, "1b", 2.5]),
    "labels-tuples": pd.DataFrame([[1, 2]], columns=pd.Index([("a", 1), ("b", None)], tupleize_cols=False)),
    "labels-tuple-and-text": pd.DataFrame([[1, 2]], columns=pd.Index([("a", 1), "b"], tupleize_cols=False)),
    "labels-numpy": pd.DataFrame([[1, 2]], columns=pd.Index([np.str_("a"), np.int64(3)], dtype=object)),
    "labels-bool": pd.DataFrame([[1, 2]], columns=[True, False]),
    "labels-none": pd.DataFrame([[1, 2]], columns=[None, "b"]),
    "labels-named": pd.DataFrame([[1, 2]], columns=pd.Index(["a", "b"], name=7)),
    "label-empty": pd.DataFrame({"": [1, 2]}),
    "index-named": pd.DataFrame({"x": [1, 2]}, index=pd.Index([5, 6], name="key")),
    "index-repeated": pd.DataFrame({"x": [1, 2]}, index=pd.Index(["r", "r"], name="key")),
    "index-text": pd.DataFrame({"x": [1, 2]}, index=["r", "s"]),
    "index-levels": pd.DataFrame({"x": [1, 2]}, index=pd.MultiIndex.from_tuples([("r", 1), ("s", 2)], names=["p", 4])),
    "index-intervals": pd.DataFrame({"x": [1, 2]}, index=pd.CategoricalIndex(pd.cut([1, 2], 2), name="bin")),
    **{
        f"period-{frequency}": pd.DataFrame({"x": pd.period_range("2020-02", periods=3, freq=frequency)})
        for frequency in ("Y", "Q-JAN", "M", "W", "W-WED", "D", "h", "2M", "s")
    },
    "period-missing": pd.DataFrame({"x": pd.PeriodIndex(["2020-01", None], freq="M")}),
    "period-index": pd.DataFrame({"x": [1, 2]}, index=pd.period_range("2020", periods=2, freq="M", name="p")),
    "category-periods": category(*pd.period_range("2020", periods=2, freq="M")),
    **{
        f"big-endian-{dtype}": pd.DataFrame({"x": np.arange(1_200).astype(f">{dtype}"), "y": 1})
        for dtype in ("i2", "u4", "i8", "f2", "f4", "f8")
    },
    "sparse": pd.DataFrame({"x": pd.arrays.SparseArray([0, 1])}),
    "sparse-index": pd.DataFrame({"x": [1, 2]}, index=pd.Index(pd.arrays.SparseArray([0, 1]), name="s")),
    "sparse-fill": pd.DataFrame({"x": pd.arrays.SparseArray([7, 1, 7], fill_value=7)}),
    "sparse-bool": pd.get_dummies(pd.Series(["a", "b"]), sparse=True),
    "sparse-missing": pd.DataFrame({"x": pd.arrays.SparseArray([np.nan, 1.5])}),
    "sparse-zero-and-missing": pd.DataFrame({"x": pd.arrays.SparseArray([np.nan, 1.5, 0.0], fill_value=0.0)}),
    "objects-uuid": objects(uuid.UUID(int=1), uuid.UUID(int=2), None),
    "objects-uuid-nan": objects(uuid.UUID(int=1), uuid.UUID(int=2), np.nan),
    "index-uuid": objects(1, 2).set_index(pd.Index([uuid.UUID(int=1), uuid.UUID(int=2)], name="u")),
    "category-uuid": category(uuid.UUID(int=1), uuid.UUID(int=2)),
    "category-mixed": category(1, "a", 1, None, categories=[1, "a"]),
    "category-mixed-unused": category("b", "a", categories=["a", "b", 3]),
    "category-mixed-alike": category(1, "1", 2, "2"),
    "category-mixed-ordered": category(True, "no", 2.5, categories=["no", 2.5, True], ordered=True),
    "category-dates": category(dt.date(2020, 1, 1), dt.date(2021, 1, 1)),
    "category-moments": category(*MOMENTS),
    "category-durations": category(pd.Timedelta("1D"), pd.Timedelta("2h")),
    "category-bools": category(True, False, None),
    "category-intervals": pd.DataFrame({"x": pd.cut([1, 2, 3.5, np.nan], 3)}),
    "category-intervals-open": pd.DataFrame({"x": pd.cut([1, 2, 30], [-np.inf, 1, 9, np.inf], right=False)}),
    "category-intervals-int": category(*pd.interval_range(0, 3)),
    "category-intervals-moments": category(*pd.interval_range(pd.Timestamp("2020"), periods=3, freq="D")),
    "category-quantiles": pd.DataFrame({"x": pd.qcut(np.arange(9), 4)}),
    "category-decimals": category(Decimal("1.5"), Decimal("2.25")),
    "category-bytes": category(b"a", b"b"),
    "category-numpy-text": category(*np.array(["a", "b"], dtype=np.str_)),
    "category-nullable": pd.DataFrame({"x": pd.Categorical(pd.array([1, 2, None], dtype="Int64"))}),
    "category-empty": category(None, None),
    "category-arrow": pd.DataFrame({"x": pd.Categorical(pd.array(["a", "b"], dtype=pd.ArrowDtype(pa.string())))}),
    "category-all-missing": category(None, None, categories=["a"]),
    "string-python": pd.DataFrame({"x": pd.array(["a", None], dtype="string[python]")}),
    "string-pyarrow": pd.DataFrame({"x": pd.array(["a", None], dtype="string[pyarrow]")}),
    "string-nan": pd.DataFrame({"x": pd.array(["a", None], dtype=pd.StringDtype("python", na_value=np.nan))}),
    "nullable-int": pd.DataFrame({"x": pd.array([1, None], dtype="UInt8")}),
    "nullable-bool": pd.DataFrame({"x": pd.array([True, None], dtype="boolean")}),
    "arrow-date": pd.DataFrame({"x": pd.array([dt.date(2020, 1, 1), None], dtype=pd.ArrowDtype(pa.date32()))}),
    "arrow-dictionary": pd.DataFrame(
        {"x": pd.array(["a", None], dtype=pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string())))}
    ),
    "objects-decimal": objects(Decimal("1.50"), Decimal("2.25"), None),
    "objects-bytes": objects(b"a", b"\x00b"),
    "objects-bool": objects(True, None, False),
    "objects-missing": objects(None, None),
    "dictionary-null": pa.table({"x": DICTIONARY(pa.array([0, 2, 2]), pa.array(["a", None, "b"]))}),
    "dictionary-null-cells": pa.table({"x": DICTIONARY(pa.array([0, 1, 1]), pa.array(["a", None]))}),
    "dictionary-unsigned": pa.table({"x": DICTIONARY(pa.array([0, None, 1], pa.uint32()), pa.array(["a", "b"]))}),
    "dictionary-of-polars": pl.DataFrame({"x": pl.Series(["x", "y"], dtype=pl.Categorical)}).to_arrow(),
    "dictionary-empty": pa.table({"x": DICTIONARY(pa.array([None, None], pa.int8()), pa.array([], pa.string()))}),
    "polars-enum": pl.DataFrame({"x": pl.Series(["a", None], dtype=pl.Enum(["b", "a"]))}),
    "polars-categorical": pl.DataFrame({"x": pl.Series(["a", None], dtype=pl.Categorical)}),
    "polars-decimal": pl.DataFrame({"x": pl.Series(["1.50", None]).cast(pl.Decimal(9, 2))}),
    "polars-duration": pl.DataFrame({"x": [dt.timedelta(1), None]}),
    "polars-time": pl.DataFrame({"x": [dt.time(1, 2, 3), None]}),
    "polars-null": pl.DataFrame({"x": [None, None]}),
    "polars-zone": pl.DataFrame({"x": pl.Series([dt.datetime(2020, 1, 1)]).dt.replace_time_zone("Europe/Paris")}),
    "arrow-large": pa.table({"x": pa.array(["a"], pa.large_string()), "y": pa.array([b"a"], pa.large_binary())}),
    "arrow-views": pa.table(
        {"x": pa.array(["a", None], pa.string_view()), "y": pa.array([b"a", b""], pa.binary_view())}
    ),
}


def decoded(frame: Any) -> Any:
    """Fit the codecs on a frame, write and read them, and draw it again without a model."""
    table, kind = to_table(frame)
    codec, values = TableCodec.fit(table, infer_schema(table))
    table = TableCodec.from_dict(json.loads(json.dumps(codec.to_dict()))).decode(values, 0, np.random.default_rng(0))
    return FrameKind.from_dict(json.loads(json.dumps(kind.to_dict()))).restore(table)


def same(before: Any, after: Any) -> None:
    assert type(before) is type(after)
    if isinstance(before, pd.DataFrame):
        pd.testing.assert_frame_equal(after, before, check_freq=False)
        pairs = zip(before.to_numpy(object).ravel(), after.to_numpy(object).ravel(), strict=True)
        assert all(left is right or pd.isna(left) or left == right for left, right in pairs)
    elif isinstance(before, pl.DataFrame):
        assert before.equals(after)
        assert before.schema == after.schema
    else:
        assert before.schema.equals(after.schema, check_metadata=True)
        assert before.to_pylist() == after.to_pylist()


@pytest.mark.parametrize("frame", SAME.values(), ids=SAME)
def test_a_frame_comes_back_as_it_was(frame: Any) -> None:
    _, kind = to_table(frame)
    same(frame, kind.restore(to_table(frame)[0]))
    again = FrameKind.from_dict(json.loads(json.dumps(kind.to_dict())))
    same(frame, again.restore(to_table(frame)[0]))


def test_what_fills_a_sparse_index_stays_a_plain_number() -> None:
    frame = SAME["sparse-index"]
    table, kind = to_table(frame)
    assert str(kind.restore(table).index.dtype) == str(frame.index.dtype)


@pytest.mark.parametrize("cell", [pd.Timedelta(1, "h"), pd.Timestamp("2020-01-01"), 7])
def test_objects_of_an_array_stay_objects(cell: Any) -> None:
    array = np.array([[cell], [None]], dtype=object)
    table, kind = to_table(array)
    back = kind.restore(table)
    assert back.dtype == object
    assert type(back[0, 0]) is type(cell)


@pytest.mark.parametrize("frame", SAME.values(), ids=SAME)
def test_a_sample_has_the_schema_and_cells_that_could_have_gone_in(frame: Any) -> None:
    rows = decoded(frame)
    if isinstance(frame, pd.DataFrame):
        assert list(rows.dtypes) == list(frame.dtypes)
        assert list(rows.columns) == list(frame.columns)
        assert rows.index.names == frame.index.names
        for j in range(frame.shape[1]):
            kinds = {type(plain_cell(cell)) for cell in frame.iloc[:, j]} | {type(None), type(pd.NA), float}
            assert {type(plain_cell(cell)) for cell in rows.iloc[:, j]} <= kinds
    else:
        assert rows.schema == frame.schema
    to_table(rows)


READ_AS: dict[str, tuple[Any, Any]] = {
    "subclass": (Sub({"x": [1, 2], "y": ["a", "b"]}), pd.DataFrame({"x": [1, 2], "y": ["a", "b"]})),
    "subclass-of-polars": (PolarsSub({"x": [1, 2]}), pl.DataFrame({"x": [1, 2]})),
    "lazy": (pl.LazyFrame({"x": [1, 2]}), pl.DataFrame({"x": [1, 2]})),
    "batch": (pa.record_batch({"x": [1, 2]}), pa.table({"x": [1, 2]})),
    "reader": (pa.table({"x": [1, 2]}).to_reader(), pa.table({"x": [1, 2]})),
    "stream": (Stream(), pa.table({"x": [1, 2]})),
    "index-that-counts": (pd.DataFrame({"x": [1, 2]}, index=[0, 0]), pd.DataFrame({"x": [1, 2]})),
    "objects-numpy-text": (objects(np.str_("a"), "b", None), objects("a", "b", None)),
    "objects-numpy-int": (objects(np.int64(1), np.int32(2), 3), objects(1, 2, 3)),
    "objects-numpy-float": (objects(np.float64(1.5), np.float32(0.5), np.float64("nan")), objects(1.5, 0.5, np.nan)),
    "objects-numpy-bool": (objects(np.True_, False), objects(True, False)),
    "objects-numpy-bytes": (objects(np.bytes_(b"a")), objects(b"a")),
    "objects-zones": (objects(*zoned(dt.timezone(EAST))["x"]), objects(*zoned(pytz.FixedOffset(330))["x"])),
}


@pytest.mark.parametrize(("frame", "expected"), READ_AS.values(), ids=READ_AS)
def test_a_frame_comes_back_as_the_plain_one(frame: Any, expected: Any) -> None:
    table, kind = to_table(frame)
    same(expected, kind.restore(table))


ARRAYS = {
    "float": np.array([[1.5, 2.0], [np.nan, 3.0]]),
    "float32": np.array([[1.5, 2.0], [0.25, 3.0]], np.float32),
    "int": np.array([[1, 2], [3, 4]]),
    "uint8": np.array([[1, 2], [3, 4]], np.uint8),
    "bool": np.array([[True, False], [False, False]]),
    "objects": np.array([[1, "a"], [2, None]], dtype=object),
    "fortran": np.asfortranarray([[1.5, 2.0], [0.5, 3.0]]),
    "big-endian": np.array([[1.5, 2.0], [3.0, 4.0]], ">f8"),
    "slice": np.arange(16.0).reshape(4, 4)[::2, ::2],
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_an_array_comes_back_as_an_array(array: Any) -> None:
    array.flags.writeable = False
    table, kind = to_table(array)
    back = FrameKind.from_dict(kind.to_dict()).restore(table)
    assert table.column_names == ["x0", "x1"]
    assert back.dtype == array.dtype
    assert back.flags.writeable
    np.testing.assert_array_equal(back, array)


REFUSED: dict[str, tuple[Any, str]] = {
    "series": (pd.Series([1]), "to_frame"),
    "polars-series": (pl.Series([1]), "to_frame"),
    "dict": ({"x": [1]}, "pandas.DataFrame"),
    "records": ([{"x": 1}], "pandas.DataFrame"),
    "path": (pathlib.Path("x.csv"), "read the file first"),
    "class": (pd.DataFrame, "DataFrame, a class; give a frame of it"),
    "class-of-polars": (pl.DataFrame, "DataFrame, a class; give a frame of it"),
    "groups": (pd.DataFrame({"x": [1]}).groupby("x"), "DataFrameGroupBy$"),
    "expression": (pl.col("x"), "Expr$"),
    "none": (None, "got NoneType"),
    "array-1d": (np.ones(3), "reshape"),
    "array-text": (np.array([["1", "a"]]), "give a DataFrame"),
    "array-complex": (np.ones((2, 2)) * 1j, "Complex data"),
    "array-records": (np.rec.array([(1, "a")]), "pandas.DataFrame"),
    "array-mixed": (np.array([[1], ["a"]], dtype=object), "row 1 holds str 'a' among int"),
    "labels-levels": (pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])), "flatten"),
    "labels-alike": (pd.DataFrame({1: [1], "1": [2]}), "two columns are called '1'"),
    "labels-moments": (pd.DataFrame([[1]], columns=pd.to_datetime(["2020"])), "rename"),
    "period-far": (pd.DataFrame({"x": pd.PeriodIndex(["0900-01"], freq="M")}), "before 1678"),
    "interval": (pd.DataFrame({"x": pd.interval_range(0, 2)}), "interval"),
    "sparse-text": (pd.DataFrame({"x": pd.arrays.SparseArray(np.array(["a"], dtype=object))}), "Sparse"),
    "complex": (pd.DataFrame({"x": [1j]}), "complex"),
    "zone-seconds": (zoned(dt.timezone(dt.timedelta(seconds=18_007))), "whole number of minutes"),
    "category-tuples": (category(("a", 1), ("b", 2)), "'x'"),
    "category-infinite": (category(1.5, np.inf), "inf"),
    **{
        f"objects-{name}": (objects(*cells), "'x'")
        for name, cells in {
            "uuid-and-text": (uuid.UUID(int=1), "a"),
            "path": (pathlib.Path("a"),),
            "fraction": (fractions.Fraction(1, 3),),
            "enum": (enum.Enum("Colour", "RED").RED,),
            "date-and-moment": (dt.date(2020, 1, 1), dt.datetime(2020, 1, 1)),
            "int-and-text": (1, "a"),
            "lists": ([1], [2]),
            "dicts": ({"a": 1}, {"a": 2}),
            "arrays": (np.ones(2), np.ones(2)),
            "complex": (1j,),
            "moments-of-numpy": (np.datetime64("2020-01-01"),),
            "durations-of-numpy": (np.timedelta64(1, "ns"),),
            "decimal-nan": (Decimal(1), Decimal("NaN")),
            "infinite": (1.5, np.inf),
            "huge": (10**39, 1),
            "surrogate": ("\ud800",),
            "zone-named": (dt.datetime(2020, 1, 1, tzinfo=dateutil.tz.tzoffset("IST", EAST)),),
            "zones-of-moments": (*zoned(dt.timezone(EAST))["x"], *zoned(dt.timezone(-EAST))["x"]),
            "zones-mixed": (dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2020, 1, 1, tzinfo=PARIS)),
        }.items()
    },
    "polars-list": (pl.DataFrame({"x": [[1]]}), "nested"),
    "polars-struct": (pl.DataFrame({"x": [{"a": 1}]}), "nested"),
    "polars-object": (pl.DataFrame({"x": pl.Series([object()], dtype=pl.Object)}), "Object"),
    "polars-lazy": (pl.LazyFrame({"x": [1]}).select("z"), "cannot be collected"),
    "arrow-runs": (pa.table({"x": pa.RunEndEncodedArray.from_arrays([1, 2], ["a", "b"])}), "run_end_encoded"),
    "arrow-uuid": (pa.table({"x": pa.array([b"a" * 16], pa.uuid())}), "uuid"),
    "arrow-json": (pa.table({"x": pa.array(["{}"], pa.json_())}), "json"),
    "arrow-bool8": (pa.table({"x": pa.array([1], pa.int8()).cast(pa.bool8())}), "bool8"),
    "arrow-map": (pa.table({"x": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64()))}), "nested"),
    "arrow-array": (pa.array([1]), "expected a pyarrow Table"),
}


@pytest.mark.parametrize(("frame", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_learnt_is_a_plain_error(frame: Any, words: str) -> None:
    with pytest.raises(SynthdiffError, match=words):
        TabularDiffusion(max_steps=2).fit(frame)
