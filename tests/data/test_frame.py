import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse

from synthdiff.data.frame import FrameKind, to_table
from synthdiff.errors import DataError, SchemaError


def reload(kind):
    return FrameKind.from_dict(json.loads(json.dumps(kind.to_dict())))


@pytest.mark.parametrize(
    ("frame", "error", "words"),
    [
        (pd.DataFrame({"x": [1, 2]}).iloc[:0], DataError, "1 columns but no rows"),
        (pd.DataFrame(), SchemaError, "no columns"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), SchemaError, "two columns are called 'a'"),
        (pd.DataFrame({1: [1], "1": [2]}), SchemaError, "two columns are called '1'"),
        (pd.DataFrame({("a", "b"): [1]}), SchemaError, "the columns have 2 levels of labels; flatten them"),
        (pd.DataFrame({"x": [[1]]}), SchemaError, "'x' holds list"),
        (pl.DataFrame({"x": [{"a": 1}]}), SchemaError, "'x' holds struct"),
        (pd.DataFrame({"x": [1 + 2j]}), SchemaError, "'x' has dtype complex128"),
        (pd.DataFrame({"x": pd.interval_range(0, 2)}), SchemaError, "'x' has dtype interval"),
        (pd.DataFrame({"x": pd.interval_range(0, 3)}), SchemaError, "'x' has dtype interval"),
        (pl.DataFrame({"x": pl.Series([1], dtype=pl.Int128)}), SchemaError, "'x' holds Int128"),
        ([1, 2], DataError, "got list; give pandas.DataFrame"),
        ({"x": [1]}, DataError, "got dict; give pandas.DataFrame"),
        ("data.csv", DataError, "got str; read the file first"),
        (None, DataError, "got NoneType"),
        (np.zeros(2), DataError, r"shape \(2,\).*reshape"),
        (np.zeros((2, 0)), DataError, "0 feature"),
        (np.zeros((2, 2)) * 1j, DataError, "Complex data not supported"),
        (np.array([["1", "a"]]), DataError, "<U1; give a DataFrame"),
        (np.ma.zeros((2, 2)), DataError, "without names and masks"),
        (np.float64(2), DataError, "got NumPy's float64"),
        (scipy.sparse.csr_array(np.eye(2)), DataError, "sparse data are not supported: give X.toarray"),
        (pl.LazyFrame({"x": [1]}).select("z"), DataError, "lazy frame cannot be collected"),
        (pa.array([1]), DataError, "got pyarrow's Int64Array"),
        (pl.Series([1]), DataError, "to_frame"),
        (pd.Series([1]), DataError, "to_frame"),
    ],
)
def test_what_cannot_be_learnt_is_refused_in_plain_words(frame, error, words):
    with pytest.raises(error, match=words):
        to_table(frame)


def test_infinite_values_are_refused_with_their_place():
    with pytest.raises(DataError, match="'x', row 2 is -inf") as caught:
        to_table(pd.DataFrame({"x": [0.0, np.nan, -np.inf]}))
    assert (caught.value.column, caught.value.row, caught.value.value) == ("x", 2, -np.inf)


def test_mixed_types_are_refused_with_their_place():
    with pytest.raises(DataError, match="'x' mixes types: row 1 holds str 'a' among int values") as caught:
        to_table(pd.DataFrame({"x": [1, "a"]}))
    assert (caught.value.column, caught.value.row, caught.value.value) == ("x", 1, "a")


def test_missing_values_of_object_columns_come_back_as_they_were():
    frame = pd.DataFrame({name: pd.Series(["x", value], dtype=object) for name, value in MISSING.items()})
    table, kind = to_table(frame)
    assert all(column.null_count == 1 for column in table.columns)
    back = reload(kind).restore(table)
    assert back["None"][1] is None
    assert isinstance(back["nan"][1], float)
    assert back["NA"][1] is pd.NA
    assert back["NaT"][1] is pd.NaT


MISSING = {"None": None, "nan": float("nan"), "NA": pd.NA, "NaT": pd.NaT}


def test_nan_and_null_of_polars_are_kept_apart_by_column():
    frame = pl.DataFrame({"nan": [1.0, float("nan")], "null": [1.0, None]})
    table, kind = to_table(frame)
    assert [column.null_count for column in table.columns] == [1, 1]
    assert reload(kind).restore(table).equals(frame)


@pytest.mark.parametrize(
    "index",
    [
        pd.Index(["r", "s"], name="key"),
        pd.Index(["r", "s"]),
        pd.Index([7, 8], name="id"),
        pd.DatetimeIndex(["2020-01-01", "2020-01-05"]),
        pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["first", None]),
    ],
)
def test_an_index_that_says_something_is_a_column(index):
    frame = pd.DataFrame({"x": [1, 2]}, index=index)
    table, kind = to_table(frame)
    assert table.num_columns == 1 + index.nlevels
    pd.testing.assert_frame_equal(reload(kind).restore(table), frame)


@pytest.mark.parametrize("index", [pd.RangeIndex(5, 7), pd.Index([9, 3])])
def test_an_index_that_only_counts_starts_afresh(index):
    frame = pd.DataFrame({"x": [1, 2]}, index=index)
    table, kind = to_table(frame)
    assert table.column_names == ["x"]
    pd.testing.assert_frame_equal(kind.restore(table), frame.reset_index(drop=True))


def test_labels_that_are_not_strings_come_back():
    frame = pd.DataFrame({0: [1, 2], 2.5: ["a", "b"], "x": [True, False]})
    table, kind = to_table(frame)
    assert table.column_names == ["0", "2.5", "x"]
    back = reload(kind).restore(table.select(["x", "0", "2.5"]))
    pd.testing.assert_frame_equal(back, frame)


def test_levels_keep_their_order_and_unused_ones_stay():
    frame = pd.DataFrame({"size": pd.Categorical(["S", None], categories=["S", "M", "L"], ordered=True)})
    table, kind = to_table(frame)
    back = reload(kind).restore(pa.table({"size": ["S", "L", None]}))
    assert back["size"].dtype == frame["size"].dtype
    assert list(back["size"].cat.categories) == ["S", "M", "L"]
    assert table.column("size").null_count == 1


def test_a_level_that_the_frame_lacks_is_not_made_missing():
    _, kind = to_table(pd.DataFrame({"size": pd.Categorical(["S", "M"])}))
    with pytest.raises(SchemaError, match="'XL' is not one of its 2 levels"):
        kind.restore(pa.table({"size": ["XL"]}))


def test_restoring_needs_every_column_and_values_that_fit():
    _, kind = to_table(pa.table({"x": pa.array([1, 2], pa.int8())}))
    with pytest.raises(SchemaError, match="no column 'x'"):
        kind.restore(pa.table({"y": [1]}))
    with pytest.raises(SchemaError, match="'x' does not fit int8"):
        kind.restore(pa.table({"x": [1000]}))


def test_a_column_that_is_declared_not_null_may_not_get_nulls():
    schema = pa.schema([pa.field("x", pa.int64(), nullable=False)])
    _, kind = to_table(pa.table([[1, 2]], schema=schema))
    assert kind.restore(pa.table({"x": [3]})).schema.equals(schema)
    with pytest.raises(SchemaError, match="declared not null"):
        kind.restore(pa.table({"x": pa.array([None], pa.int64())}))


def test_pandas_metadata_of_a_file_lose_the_length_of_the_index():
    stored = pa.Table.from_pandas(pd.DataFrame({"x": pd.array([1, None], dtype="Int8")}))
    assert b'"stop": 2' in stored.schema.metadata[b"pandas"]
    _, kind = to_table(stored)
    assert b'"stop"' not in kind.template.schema.metadata[b"pandas"]
    assert kind.restore(stored).to_pandas().dtypes["x"] == "Int8"


def test_lazy_frames_and_record_batches():
    assert to_table(pl.LazyFrame({"x": [1]}))[1].library == "polars"
    assert to_table(pa.record_batch({"x": [1]}))[0].num_rows == 1


def test_dictionaries_that_differ_between_chunks_are_joined():
    chunks = [pa.array(["a", "b"]).dictionary_encode(), pa.array(["c"]).dictionary_encode()]
    table, kind = to_table(pa.table({"x": pa.chunked_array(chunks)}))
    assert kind.template.column(0).dictionary.to_pylist() == ["a", "b", "c"]
    assert kind.restore(table).column("x").to_pylist() == ["a", "b", "c"]
