"""What Python users hand over: seeds, scalars, frames of every make. It works, or a plain error says what to do."""

from __future__ import annotations

import datetime as dt
import json
import pathlib
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

import synthdiff
from synthdiff import SeriesDiffusion, TabularDiffusion, evaluate
from synthdiff.codecs.infer import infer_schema
from synthdiff.codecs.table import TableCodec
from synthdiff.data.frame import FrameKind, to_table
from synthdiff.data.pandas_object import plain_cell
from synthdiff.datasets import make_customers, make_market
from synthdiff.errors import ConfigError, SynthdiffError
from tests.cases.walk import walk

QUICK: dict[str, Any] = {"preset": "fast", "max_steps": 2, "device": "cpu"}
FRAME = pd.DataFrame({"x": np.arange(60) % 7, "y": np.linspace(0, 1, 60).round(2), "c": ["a", "b", "c"] * 20})


@pytest.fixture(scope="module")
def model() -> TabularDiffusion:
    return TabularDiffusion(random_state=0, **QUICK).fit(FRAME)


# Seeds

SOURCES = {
    "int": lambda: 7,
    "numpy-int": lambda: np.int64(7),
    "zero-dimensional": lambda: np.array(7),
    "RandomState": lambda: np.random.RandomState(7),
    "Generator": lambda: np.random.default_rng(7),
    "MT19937": lambda: np.random.Generator(np.random.MT19937(7)),
    "BitGenerator": lambda: np.random.PCG64(7),
    "SeedSequence": lambda: np.random.SeedSequence(7),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_the_same_source_of_seeds_gives_the_same(model: TabularDiffusion, source: Any) -> None:
    pd.testing.assert_frame_equal(
        model.sample(9, random_state=source()), pd.concat(model.iter_samples(9, random_state=source()))
    )
    pd.testing.assert_frame_equal(make_customers(5, source()), make_customers(5, source()))
    pd.testing.assert_frame_equal(make_market(5, random_state=source()), make_market(5, random_state=source()))


def test_a_fit_repeats_by_the_state_of_its_source() -> None:
    first, second = (TabularDiffusion(random_state=np.random.RandomState(7), **QUICK).fit(FRAME) for _ in range(2))
    assert first.seed_ == second.seed_
    pd.testing.assert_frame_equal(first.sample(9), second.sample(9))


@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
def test_a_source_of_seeds_goes_on_and_stays_the_parameter(model: TabularDiffusion, make: Any) -> None:
    source = make(3)
    first, second = model.sample(20, random_state=source), model.sample(20, random_state=source)
    assert not first.equals(second)
    assert first.equals(model.sample(20, random_state=make(3)))
    estimator = TabularDiffusion(random_state=source, **QUICK)
    seeds = [estimator.fit(FRAME).seed_, estimator.fit(FRAME).seed_]
    assert seeds[0] != seeds[1]
    assert estimator.get_params()["random_state"] is source


def test_any_seed_is_drawn_once_and_kept(tmp_path: pathlib.Path) -> None:
    fitted = TabularDiffusion(random_state=np.random.default_rng(1), **QUICK).fit(FRAME)
    fitted.save(tmp_path / "m.synthdiff")
    loaded = synthdiff.load(tmp_path / "m.synthdiff")
    assert loaded.random_state == loaded.seed_ == fitted.seed_
    pd.testing.assert_frame_equal(loaded.sample(9), fitted.sample(9))


def test_evaluation_takes_them(model: TabularDiffusion) -> None:
    rows = model.sample(60)
    reports = [evaluate(FRAME, rows, attacks=False, random_state=make(5)) for make in (np.random.default_rng,) * 2]
    assert reports[0].to_dict()["scores"] == reports[1].to_dict()["scores"]
    assert evaluate(FRAME, rows, attacks=False, random_state=None)


def test_series_take_them() -> None:
    prices = make_market(200, 2, random_state=0)
    first, second = (SeriesDiffusion(random_state=np.random.RandomState(2), **QUICK).fit(prices) for _ in range(2))
    assert first.seed_ == second.seed_
    paths = [each.sample(3, 5, random_state=np.random.default_rng(4)).returns for each in (first, second)]
    np.testing.assert_array_equal(*paths)


# Scalars

COUNTS = {
    "int": 3,
    "1e0-float": 3.0,
    "numpy-int": np.int64(3),
    "numpy-uint": np.uint8(3),
    "numpy-float": np.float64(3.0),
    "zero-dimensional": np.array(3),
}


@pytest.mark.parametrize("count", COUNTS.values(), ids=COUNTS)
def test_a_whole_number_is_a_count(model: TabularDiffusion, count: Any) -> None:
    pd.testing.assert_frame_equal(
        model.sample(count, random_state=1, batch_size=count), model.sample(3, random_state=1)
    )


def test_powers_of_ten_are_counts(model: TabularDiffusion) -> None:
    assert len(model.sample(1e2)) == 100  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [True, np.True_, "100", 0, -1, 1.5, np.nan, np.inf, None, [3], np.ones(2), 1j])
def test_what_is_no_count_is_said(model: TabularDiffusion, count: Any) -> None:
    with pytest.raises(ConfigError, match="^n_samples is .*; give an integer from 1 to"):
        model.sample(count)


class Place:
    def __init__(self, path: pathlib.Path) -> None:
        self.path = path

    def __fspath__(self) -> str:
        return str(self.path)


@pytest.mark.parametrize("kind", [str, np.str_, pathlib.Path, Place])
def test_a_path_is_a_path(model: TabularDiffusion, tmp_path: pathlib.Path, kind: Any) -> None:
    model.save(kind(tmp_path / "m.synthdiff"), force=np.True_)  # type: ignore[arg-type]
    assert len(synthdiff.load(kind(tmp_path / "m.synthdiff"), device=np.str_("cpu")).sample(2)) == 2


def test_scalars_of_numpy_are_parameters() -> None:
    settings: dict[str, Any] = {
        "preset": np.str_("fast"),
        "text": np.array("null"),
        "max_steps": np.int32(2),
        "max_time": np.float32(50),
        "track": np.False_,
        "device": np.str_("cpu"),
        "random_state": np.uint64(3),
    }
    fitted = TabularDiffusion(**settings).fit(FRAME)
    assert (fitted.n_steps_, fitted.seed_) == (2, 3)
    assert all(fitted.get_params()[name] is value for name, value in settings.items())


CODES = {
    "list": ["x"],
    "tuple": ("x",),
    "set": {"x"},
    "frozenset": frozenset({"x"}),
    "keys": {"x": 1}.keys(),
    "array": np.array(["x"]),
    "objects": np.array(["x"], dtype=object),
    "index": pd.Index(["x"]),
    "series": pd.Series(["x"]),
    "columns": FRAME.columns[:1],
    "numpy-text": [np.str_("x")],
}


@pytest.mark.parametrize("names", CODES.values(), ids=CODES)
def test_names_may_come_in_any_collection(names: Any) -> None:
    fitted = TabularDiffusion(categorical=names, random_state=0, **QUICK).fit(FRAME)
    assert fitted.schema_["x"].kind == "categorical"
    assert set(fitted.sample(50)["x"]) <= set(FRAME["x"])


def test_names_may_be_the_numbers_of_the_labels() -> None:
    frame = FRAME.set_axis(range(3), axis=1)
    fitted = TabularDiffusion(categorical=[0], random_state=0, **QUICK).fit(frame)
    assert fitted.schema_["0"].kind == "categorical"
    assert list(fitted.sample(2).columns) == [0, 1, 2]


@pytest.mark.parametrize("names", ["x", b"x", {"x": 1}, ["x", "x"], None, 1.5])
def test_what_is_no_collection_of_names_is_said(names: Any) -> None:
    with pytest.raises(ConfigError, match="^categorical is "):
        TabularDiffusion(categorical=names, **QUICK).fit(FRAME)


# Frames that come back


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


@pytest.mark.parametrize("frame", SAME.values(), ids=SAME)
def test_a_sample_has_the_schema_and_cells_that_could_have_gone_in(frame: Any) -> None:
    rows = decoded(frame)
    if isinstance(frame, pd.DataFrame):
        assert list(rows.dtypes) == list(frame.dtypes)
        assert list(rows.columns) == list(frame.columns)
        assert rows.index.names == frame.index.names
        for j in range(frame.shape[1]):
            kinds = {type(plain_cell(cell)) for cell in frame.iloc[:, j]} | {type(None), type(pd.NA), float}
            assert {type(cell) for cell in rows.iloc[:, j]} <= kinds
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
    "none": (None, "got NoneType"),
    "array-1d": (np.ones(3), "reshape"),
    "array-text": (np.array([["1", "a"]]), "give a DataFrame"),
    "array-complex": (np.ones((2, 2)) * 1j, "Complex data"),
    "array-records": (np.rec.array([(1, "a")]), "pandas.DataFrame"),
    "array-mixed": (np.array([[1], ["a"]], dtype=object), "row 1 holds str 'a' among int"),
    "labels-levels": (pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])), "flatten"),
    "labels-alike": (pd.DataFrame({1: [1], "1": [2]}), "two columns are called '1'"),
    "labels-moments": (pd.DataFrame([[1]], columns=pd.to_datetime(["2020"])), "rename"),
    "period": (pd.DataFrame({"x": pd.period_range("2020", periods=2, freq="M")}), "period"),
    "interval": (pd.DataFrame({"x": pd.interval_range(0, 2)}), "interval"),
    "sparse": (pd.DataFrame({"x": pd.arrays.SparseArray([0, 1])}), "Sparse"),
    "complex": (pd.DataFrame({"x": [1j]}), "complex"),
    "zone-seconds": (zoned(dt.timezone(dt.timedelta(seconds=18_007))), "whole number of minutes"),
    "category-tuples": (category(("a", 1), ("b", 2)), "'x'"),
    "category-periods": (category(*pd.period_range("2020", periods=2, freq="M")), "period"),
    "category-infinite": (category(1.5, np.inf), "inf"),
    **{
        f"objects-{name}": (objects(*cells), "'x'")
        for name, cells in {
            "uuid": (__import__("uuid").UUID(int=1),),
            "path": (pathlib.Path("a"),),
            "fraction": (__import__("fractions").Fraction(1, 3),),
            "enum": (dt.UTC,),
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
            "huge": (10**30, 1),
            "surrogate": ("\ud800",),
            "zone-named": (dt.datetime(2020, 1, 1, tzinfo=dateutil.tz.tzoffset("IST", EAST)),),
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
        TabularDiffusion(**QUICK).fit(frame)


# The whole way


def test_a_frame_of_all_kinds_goes_the_whole_way(tmp_path: pathlib.Path) -> None:
    n = 60
    frame = Sub(
        {
            0: np.arange(n) % 5,
            ("a", 1): pd.cut(np.arange(n), 4),
            "mixed": pd.Categorical([1, "a", 2.5] * 20),
            "zone": pd.date_range("2020", periods=n, tz=dateutil.tz.tzoffset("IST", EAST)),
            "text": pd.Series([np.str_("u"), "v", None] * 20, dtype=object),
        }
    )
    frame.attrs["note"] = object()
    frame.flags.allows_duplicate_labels = False
    before = frame.copy()
    rows = walk(frame, tmp_path, n_samples=200)
    pd.testing.assert_frame_equal(frame, before)
    assert type(rows) is pd.DataFrame
    assert list(rows.dtypes) == list(frame.dtypes)
    assert list(rows.columns) == list(frame.columns)
    assert set(rows["mixed"]) == {1, "a", 2.5}
    assert {type(cell) for cell in rows["text"]} <= {str, type(None)}


def test_what_is_fitted_stays_as_it_is() -> None:
    frame = FRAME.assign(c=FRAME["c"].astype("category"), m=[np.str_("u"), None] * 30)
    before = frame.copy()
    frame.flags.allows_duplicate_labels = False
    frame.attrs["note"] = 1
    for column in frame:
        if isinstance(frame[column].array, pd.arrays.NumpyExtensionArray):
            frame[column].to_numpy().flags.writeable = False
    TabularDiffusion(random_state=0, **QUICK).fit(frame)
    assert (frame.flags.allows_duplicate_labels, frame.attrs) == (False, {"note": 1})
    assert type(frame["m"][0]) is np.str_
    frame.flags.allows_duplicate_labels = True
    pd.testing.assert_frame_equal(frame, before)


def test_rows_belong_to_whom_they_are_given() -> None:
    frame = FRAME.assign(
        t=pd.date_range("2020", periods=60),
        b=[True, False] * 30,
        k=pd.Categorical(["u", "v"] * 30),
        i=pd.array([1, None] * 30, dtype="Int64"),
        s=pd.array(["a", "b"] * 30, dtype="string[pyarrow]"),
        z=pd.date_range("2020", periods=60, tz="Europe/Paris"),
    )
    model = TabularDiffusion(random_state=0, **QUICK).fit(frame)
    for n in (1, 5, 60):
        rows = model.sample(n)
        expected = rows.copy()
        for name in rows:
            rows[name].array[0] = expected[name].iloc[-1]
            rows.loc[n - 1, name] = expected[name].iloc[0]
            assert rows[name].iloc[n - 1] is pd.NA or rows[name].iloc[n - 1] == expected[name].iloc[0]


def test_an_array_goes_the_whole_way(tmp_path: pathlib.Path) -> None:
    array = FRAME[["x", "y"]].to_numpy()
    rows = walk(array, tmp_path, n_samples=50)
    assert (rows.shape, rows.dtype) == ((50, 2), array.dtype)
    assert set(rows[:, 0]) <= set(range(7))
