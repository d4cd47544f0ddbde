import datetime
import decimal

import numpy as np
import pyarrow as pa
import pytest

from synthdiff.codecs.boolean import BooleanCodec
from synthdiff.codecs.categorical import MAX_LEVELS, CategoricalCodec
from synthdiff.codecs.registry import codec_from_dict
from synthdiff.data.schema import ColumnSchema
from synthdiff.errors import SchemaError, UnseenCategoryError


def fit(values, dtype=None, codec=CategoricalCodec, **options):
    cells = pa.chunked_array([values if isinstance(values, pa.Array) else pa.array(values, dtype)])
    return codec.fit(cells, ColumnSchema(name="x", kind=codec.kind, **options)), cells


def test_levels_are_sorted_and_missing_is_minus_one():
    codec, cells = fit(["b", None, "a", "b"])
    assert codec.level_names == ["a", "b"]
    assert codec.counts.tolist() == [1, 2]
    assert codec.encode(cells).tolist() == [1, -1, 0, 1]


def test_rare_levels_share_a_code_and_come_back_by_their_frequencies():
    codec, cells = fit(["a"] * 50 + ["b"] * 50 + ["c"] * 3 + ["d"], min_count=5)
    assert codec.level_names == ["a", "b", "2 rare levels"]
    codes = codec.encode(cells)
    assert codes[-4:].tolist() == [2, 2, 2, 2]
    drawn = codec.decode(np.full(4_000, 2), np.random.default_rng(0)).to_pylist()
    # 3 in 4 are "c"; the standard error of the share is sqrt(.75 * .25 / 4000) = .007.
    assert drawn.count("c") / 4_000 == pytest.approx(0.75, abs=0.03)
    assert set(drawn) == {"c", "d"}


def test_a_single_rare_level_keeps_its_code():
    codec, _ = fit(["a"] * 9 + ["b"], min_count=5)
    assert codec.level_names == ["a", "b"]


def test_only_the_most_frequent_levels_have_a_code_of_their_own():
    values = [f"l{i}" for i in range(3 * MAX_LEVELS) for _ in range(1 + (i < 500))]
    codec, cells = fit(values)
    assert codec.n_levels == 501
    assert set(codec.decode(codec.encode(cells), np.random.default_rng(0)).to_pylist()) <= set(values)


def test_unused_levels_of_a_dictionary_have_no_code_but_stay():
    cells = pa.DictionaryArray.from_arrays(pa.array([2, 0], pa.int8()), pa.array(["S", "M", "L"]), ordered=True)
    codec, _ = fit(cells)
    assert codec.level_names == ["S", "L"]
    assert codec.ordered
    assert codec.encode(cells).tolist() == [1, 0]
    assert codec.decode(np.array([1, -1]), np.random.default_rng(0)).dictionary.to_pylist() == ["S", "M", "L"]


@pytest.mark.parametrize("value", ["B", "M"])
def test_an_unseen_level_is_named_with_its_place(value):
    codec, _ = fit(["S", "L", "b"])
    with pytest.raises(UnseenCategoryError, match=f"column 'x', row 2 is '{value}'") as caught:
        codec.encode(pa.array(["S", None, value]))
    assert (caught.value.column, caught.value.row, caught.value.value) == ("x", 2, value)
    assert ("did you mean 'b'" in str(caught.value)) == (value == "B")


@pytest.mark.parametrize(
    "values",
    [
        [3, 1, None],
        [0.1, -2.5, None],
        [datetime.date(2020, 1, 1), None],
        [datetime.datetime(2020, 1, 1, 3), None],
        [datetime.time(3), None],
        [decimal.Decimal("1.20"), None],
        [b"\xff", b"", None],
        [True, False, None],
        ["☂", "", None],
    ],
    ids=lambda values: type(values[0]).__name__,
)
def test_levels_of_any_type_survive_json(values):
    codec, cells = fit(values)
    again = codec_from_dict(codec.to_dict())
    assert again.decode(again.encode(cells), np.random.default_rng(0)).equals(cells.combine_chunks())


def test_words_for_true_and_false():
    codec, cells = fit(["False", "True", None], codec=BooleanCodec)
    assert codec.encode(cells).tolist() == [0, 1, -1]
    with pytest.raises(UnseenCategoryError, match="row 1 is 'yes', neither False nor True"):
        codec.encode(pa.array(["True", "yes"]))
    with pytest.raises(SchemaError, match=r"declared boolean, but holds \['yes', 'no'\]; make it categorical"):
        fit(["yes", "no"], codec=BooleanCodec)
