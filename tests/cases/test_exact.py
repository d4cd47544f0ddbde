"""Integers, decimals and moments that a float cannot tell from their neighbours, as keys and as numbers."""

from __future__ import annotations

import decimal
import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from synthdiff.codecs.column import NumberCodec
from synthdiff.codecs.infer import infer_schema
from synthdiff.codecs.table import TableCodec
from synthdiff.data.check import check_table
from synthdiff.data.frame import to_table
from synthdiff.data.io import read_table
from synthdiff.errors import SchemaError, SynthdiffError
from tests.cases.walk import walk, walk_csv

N = 600
INT64, UINT64 = np.iinfo(np.int64), np.iinfo(np.uint64)
RNG = np.random.default_rng(11)


def wide(value: int, scale: int = 0) -> decimal.Decimal:
    """A decimal of any number of digits; arithmetic on decimals would round it to 28."""
    return decimal.Decimal((int(value < 0), tuple(map(int, str(abs(value)))), -scale))


def long_decimals(n: int, scale: int, dtype: pa.DataType) -> pa.Array:
    """Distinct decimals of 37 digits."""
    pairs = zip(RNG.integers(-(10**18), 10**18, n), RNG.integers(0, 10**18, n), strict=True)
    return pa.array([wide(int(a) * 10**19 + int(b), scale) for a, b in pairs], dtype)


def dates(ticks: np.ndarray, unit: str = "ns") -> pa.Array:
    return pa.array(ticks).cast(pa.timestamp(unit))


# Keys: what repeats comes out exactly, whatever its size.
KEYS = {
    "fifty ids up to 1.5e18": pa.array(RNG.integers(0, 15 * 10**17, 50)),
    "twenty ids in 2^60 to 2^62": pa.array(RNG.integers(2**60, 2**62, 20)),
    "snowflakes of one millisecond": pa.array(1_541_815_603_606_036_480 + np.arange(40)),
    "snowflakes and a guest 0": pa.array(np.append(1_541_815_603_606_036_480 + np.arange(40), 0)),
    "the ends of int64 and their neighbours": pa.array(
        np.concatenate([INT64.max - np.arange(12), INT64.min + np.arange(12), [-1, 0, 1, 2**53 + 1]])
    ),
    "the end of uint64": pa.array(np.append(UINT64.max - np.arange(30, dtype=np.uint64), np.uint64(3)), pa.uint64()),
    "hashes of 64 bits, signed": pa.array(RNG.integers(INT64.min, INT64.max, 300)),
    "hashes of 64 bits, unsigned": pa.array(RNG.integers(0, UINT64.max, 200, dtype=np.uint64)),
    "account numbers of 17 digits": pa.array(RNG.integers(10**16, 10**17, 60)),
    "just beyond 2^53": pa.array(2**53 + np.arange(-20, 20)),
    "multiples of 1024 near 2^62, and 7": pa.array(np.append(2**62 + 1024 * np.arange(15), 7)),
    "decimals of 37 digits": long_decimals(60, 0, pa.decimal128(38, 0)),
    "decimals of 37 digits with a point": long_decimals(60, 12, pa.decimal128(38, 12)),
    "decimals of 37 digits in 256 bits": long_decimals(60, 4, pa.decimal256(60, 4)),
    "the ends of decimal(38)": pa.array([wide(10**38 - 1), wide(1 - 10**38), wide(7)], pa.decimal128(38, 0)),
    "moments in nanoseconds": dates(RNG.integers(10**18, 17 * 10**17, 60)),
    "the ends of timestamps": dates(np.array([INT64.min + 1, INT64.max, 17 * 10**17 + 1])),
    "durations in nanoseconds": pa.array(RNG.integers(-(10**18), 10**18, 40)).cast(pa.duration("ns")),
}


def coded(table: pa.Table) -> tuple[TableCodec, np.ndarray]:
    check_table(table)
    codec, values = TableCodec.fit(table, infer_schema(table))
    again = TableCodec.from_dict(json.loads(json.dumps(codec.to_dict(), allow_nan=False)))
    assert np.array_equal(again.values(table), values, equal_nan=True)
    return again, values


def repeat(keys: pa.Array, n: int = N) -> pa.Array:
    return keys.take(pa.array(RNG.integers(0, len(keys), n)))


@pytest.mark.parametrize("name", KEYS)
def test_keys_that_repeat_come_back_and_nothing_else(name):
    keys = KEYS[name] if not pa.types.is_decimal256(KEYS[name].type) else KEYS[name].cast(pa.decimal128(38, 4))
    table = pa.table({"x": repeat(keys)})
    codec, values = coded(table)
    rng = np.random.default_rng(0)
    assert codec.decode(values, 0, rng).column("x").equals(table.column("x"))
    tokens = codec.alphabet.columns[0]
    assert len(np.unique(values)) == len(np.unique(tokens.encode(values[:, 0]))) <= len(keys) or len(keys) > 128


@pytest.mark.parametrize("name", ["fifty ids up to 1.5e18", "the ends of int64 and their neighbours"])
def test_keys_come_out_of_a_model(name, tmp_path):
    out = walk(pa.table({"key": repeat(KEYS[name]), "other": RNG.normal(size=N)}), tmp_path)
    assert pc.all(pc.is_in(out.column("key"), value_set=KEYS[name])).as_py()


def test_a_key_of_every_library(tmp_path):
    cells = repeat(KEYS["hashes of 64 bits, unsigned"])
    for frame in (pl.DataFrame({"x": cells}), pd.DataFrame({"x": cells.to_numpy()}), pa.table({"x": cells})):
        out = walk(frame, tmp_path, n_samples=50, max_steps=2)
        assert set(np.asarray(out["x"]).tolist()) <= set(KEYS["hashes of 64 bits, unsigned"].to_pylist())


@pytest.mark.parametrize("name", [name for name, keys in KEYS.items() if len(keys) >= 15])
def test_a_copy_has_the_same_number_in_both_columns(name):
    keys = KEYS[name] if not pa.types.is_decimal256(KEYS[name].type) else KEYS[name].cast(pa.decimal128(38, 4))
    first = repeat(keys, 1000)
    # The lowest key is only in one of them: alone, they would be counted from different ends.
    low = keys.take(pc.array_sort_indices(keys)).slice(0, 1)
    second = pc.if_else(pc.is_in(first, value_set=low), keys.take(pc.array_sort_indices(keys)).slice(5, 1)[0], first)
    codec, values = coded(pa.table({"a": first, "b": second}))
    same = np.asarray(pc.equal(first, second))
    assert np.array_equal(values[:, 0] == values[:, 1], same)
    assert any(r.equal and r.reference.operation == "same" for r in codec.alphabet.relations)
    swapped = codec.decode(values[:, ::-1], 0, np.random.default_rng(0))
    assert pc.all(pc.equal(swapped.column("a"), second).filter(pa.array(same))).as_py()


def test_a_copy_comes_out_of_a_model(tmp_path):
    cells = repeat(KEYS["snowflakes and a guest 0"])
    out = walk(pa.table({"buyer": cells, "payer": cells}), tmp_path)
    assert np.mean(np.asarray(pc.equal(out.column("buyer"), out.column("payer")))) > 0.95


MIXED = {
    "a frequent id among hashes": (
        np.where(RNG.random(N) < 0.3, 1_234_567_890_123_456_789, RNG.integers(INT64.min, INT64.max, N)),
        [1_234_567_890_123_456_789],
    ),
    "amounts and the largest int64 for none": (
        np.where(RNG.random(N) < 0.1, INT64.max, RNG.integers(0, 10**6, N)),
        [INT64.max],
    ),
    "amounts and two markers side by side": (
        np.where(RNG.random(N) < 0.2, INT64.max - RNG.integers(0, 2, N), RNG.integers(0, 10**6, N)),
        [INT64.max, INT64.max - 1],
    ),
    "nanoseconds since 1970 and 0": (
        np.where(RNG.random(N) < 0.1, 0, RNG.integers(16 * 10**17, 17 * 10**17, N)),
        [0],
    ),
}


@pytest.mark.parametrize("name", MIXED)
def test_what_is_frequent_is_exact_and_the_rest_is_in_between(name):
    cells, frequent = MIXED[name]
    codec, values = coded(pa.table({"x": cells}))
    back = codec.decode(values, 0, np.random.default_rng(0)).column("x").to_numpy()
    is_frequent = np.isin(cells, frequent)
    assert np.array_equal(back[is_frequent], cells[is_frequent])
    assert set(codec.alphabet.columns[0].atoms) == set(values[is_frequent, 0])
    small = np.abs(cells) < 2**53
    assert np.array_equal(back[small], cells[small])
    anywhere = np.random.default_rng(1).uniform(values.min(), values.max(), (N, 1))
    between = codec.decode(anywhere, 0, np.random.default_rng(0)).column("x").to_numpy()
    assert cells.min() <= between.min() <= between.max() <= cells.max()
    assert len(np.unique(between)) > N // 2


def test_numbers_in_between_stay_on_the_lattice_and_in_the_range():
    cells = np.append(RNG.integers(-(2**43), 2**43, N) * 10**6 + 7, [INT64.min // 10**6 * 10**6 + 10**6 + 7, 7])
    codec, values = coded(pa.table({"x": cells}))
    anywhere = np.random.default_rng(1).uniform(values.min(), values.max(), (N, 1))
    between = codec.decode(anywhere, 0, np.random.default_rng(0)).column("x").to_numpy()
    assert set(between % 10**6) == {7}
    assert cells.min() <= between.min() <= between.max() <= cells.max()


DECIMALS = {
    "money in decimal(38, 18)": (pa.array([wide(int(x), 2) for x in RNG.integers(0, 10**9, N)]), 38, 18),
    "a million units in the thirtieth place": (pa.array([wide(int(x), 30) for x in RNG.integers(0, 10**6, N)]), 38, 30),
    "weights of one unit near 9e37": (pa.array([wide(9 * 10**37 + int(x)) for x in RNG.integers(0, 999, N)]), 38, 0),
    "wei": (pa.array([wide(int(x), 18) for x in RNG.integers(0, 10**18, N)]), 38, 18),
}


@pytest.mark.parametrize("name", DECIMALS)
def test_decimals_are_taken_by_the_digits_in_use(name):
    cells, *digits = DECIMALS[name]
    table = pa.table({"x": cells.cast(pa.decimal128(*digits))})
    codec, values = coded(table)
    assert isinstance(codec.codecs["x"], NumberCodec)
    back = codec.decode(values, 0, np.random.default_rng(0)).column("x")
    assert back.type == table.column("x").type
    assert back.equals(table.column("x")) or name == "wei"
    anywhere = np.random.default_rng(1).uniform(values.min(), values.max(), (N, 1))
    between = codec.decode(anywhere, 0, np.random.default_rng(0)).column("x")
    ends = pc.min_max(table.column("x"))
    assert pc.all(pc.and_(pc.greater_equal(between, ends["min"]), pc.less_equal(between, ends["max"]))).as_py()


def test_a_decimal_of_too_many_digits_is_named():
    with pytest.raises(SchemaError, match="column 'total', row 1 is .*over 38 digits"):
        to_table(pa.table({"total": pa.array([wide(1), wide(10**45)], pa.decimal256(60, 0))}))


OBJECTS = {
    "beyond int64": ([2**63, 5, None], int),
    "scalars of NumPy": ([np.uint64(2**63), np.uint64(1)], int),
    "beyond uint64": ([2**70, -1, 3], int),
    "both signs beyond int64": ([2**63, -5], int),
    "decimals of 30 digits": ([wide(10**29 + 1), wide(7)], decimal.Decimal),
    "decimals with 25 places": ([wide(10**29 + 1, 25), wide(7, 25)], decimal.Decimal),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_objects_in_pandas_come_out_as_such(name, tmp_path):
    cells, kind = OBJECTS[name]
    column = pd.Series(np.array(cells * 40, dtype=object))
    out = walk(pd.DataFrame({"x": column}), tmp_path, n_samples=60, max_steps=2)["x"]
    assert set(out) <= set(column)
    assert {type(cell) for cell in out if cell is not None} == {kind}


@pytest.mark.parametrize("cells", [[10**40, 1], [True, 2**64], [2**63, 0.5]])
def test_objects_that_cannot_come_back_are_refused(cells):
    with pytest.raises(SynthdiffError, match="'x'.* row [01] "):
        to_table(pd.DataFrame({"x": pd.Series(np.array(cells, dtype=object))}))


LINES = {
    "large only": ([2**63 + 1, 2**64 - 1, 2**63], pa.uint64()),
    "large and small": ([2**63 + 1, 7, 0], pa.uint64()),
    "large and missing": ([2**63 + 1, None, 2**64 - 3], pa.uint64()),
    "up to the end of int64": ([2**63 - 1, -(2**63)], pa.int64()),
    "beyond uint64": ([2**64 + 5, 1, None], pa.decimal128(38, 0)),
    "both signs": ([2**64 - 1, -7], pa.decimal128(38, 0)),
    "below int64": ([-(2**63) - 1, 7], pa.decimal128(38, 0)),
    "thirty digits": ([10**30 + 1, 10**29 + 7], pa.decimal128(38, 0)),
    "whole floats": ([1e30, 2e25], pa.float64()),
    "floats of that size": ([2.0**63, 0.5], pa.float64()),
}


@pytest.mark.parametrize("name", LINES)
def test_large_integers_in_json_lines(name, tmp_path):
    cells, dtype = LINES[name]
    lines = [json.dumps({"word": "a", "x": cell}) for cell in cells]
    (tmp_path / "x.jsonl").write_text("\n".join(lines) + "\n")
    column = read_table([tmp_path / "x.jsonl"]).column("x")
    assert column.type == dtype
    assert column.to_pylist() == cells


def test_a_file_of_large_keys(tmp_path):
    keys = [str(key) for key in KEYS["fifty ids up to 1.5e18"].to_pylist()]
    rows = RNG.integers(0, len(keys), N)
    out = walk_csv("x,y\n" + "".join(f"{keys[row]},{row % 7}\n" for row in rows), tmp_path)
    assert set(out["x"]) <= set(keys)


def test_integers_beyond_2_53_are_levels_of_their_own():
    keys = pa.array(2**60 + np.arange(30)).dictionary_encode()
    table = pa.table({"x": pa.chunked_array([keys.take(pa.array(RNG.integers(0, 30, N)))])})
    codec, values = coded(table)
    assert len(np.unique(values)) == 30
    assert (
        codec.decode(values, 0, np.random.default_rng(0))
        .column("x")
        .cast(pa.int64())
        .equals(table.column("x").cast(pa.int64()))
    )
