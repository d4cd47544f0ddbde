import decimal

import numpy as np
import pyarrow as pa
import pytest

from synthdiff.codecs.column import ColumnFacts
from synthdiff.codecs.numeric import DecimalCodec, FloatCodec, IntegerCodec
from synthdiff.data.schema import ColumnSchema

RNG = np.random.default_rng(3)


def fit(codec, values, dtype=None):
    cells = pa.chunked_array([pa.array(values, dtype)])
    return codec.fit(cells, ColumnSchema(name="x", kind=codec.kind)), cells


@pytest.mark.parametrize(
    ("values", "resolution", "why"),
    [
        (RNG.normal(size=500), None, "floats, 500 distinct"),
        (np.round(RNG.normal(size=500) * 100, 2), 0.01, "floats with 2 decimals"),
        (np.round(RNG.normal(size=500) * 1000) / 4, 0.25, "floats with 2 decimals in steps of 0.25"),
        (np.round(RNG.normal(size=500) * 1000, 1), 0.1, "floats with a decimal"),
        (np.round(RNG.normal(size=500) * 1000), 1.0, "whole numbers stored as floats"),
        (np.round(RNG.normal(size=500) * 1000) * 50, 50.0, "whole numbers stored as floats"),
        ([0.0, 50.0, 100.0], 1.0, "whole numbers stored as floats, 3 distinct"),
        ([1e300, 1.5], None, "floats, 2 distinct"),
    ],
)
def test_the_resolution_of_floats(values, resolution, why):
    codec, cells = fit(FloatCodec, values)
    assert codec.resolution == resolution
    assert codec.claim(ColumnFacts("x", cells)).why.startswith(why)
    assert codec.decode(codec.encode(cells)).equals(cells.combine_chunks())


def test_noise_of_sums_is_rounded_away():
    codec, cells = fit(FloatCodec, [0.1 + 0.2, *np.round(RNG.normal(size=99), 2)])
    assert codec.resolution == 0.01
    assert codec.decode(codec.encode(cells))[0].as_py() == 0.3


def test_float32_decimals_are_decimals():
    codec, cells = fit(FloatCodec, np.float32([0.1, 0.2, 7.3]))
    assert codec.resolution == pytest.approx(0.1)
    assert codec.decode(np.array([0.1, 7.2])).equals(pa.array([0.1, 7.2], pa.float32()))
    assert codec.decode(codec.encode(cells)).equals(cells.combine_chunks())


def test_numbers_keep_no_value_but_the_extremes():
    codec, cells = fit(FloatCodec, RNG.normal(size=1000))
    stored = {value for value in codec.to_dict().values() if isinstance(value, float)}
    assert stored == {min(cells.to_pylist()), max(cells.to_pylist())}


@pytest.mark.parametrize(
    ("values", "dtype", "resolution", "origin"),
    [
        (RNG.integers(-5, 5, 100), pa.int8(), 1.0, 0),
        (RNG.integers(1, 100, 300) * 10_000, pa.int64(), 10_000.0, 0),
        ([10, 20, 30], pa.int64(), 1.0, 0),
        (2**60 + RNG.integers(0, 10**9, 300), pa.int64(), 1.0, 2**60),
        (RNG.integers(2**63, 2**63 + 999, 300, dtype=np.uint64), pa.uint64(), 1.0, 2**63),
    ],
)
def test_integers_are_exact_where_a_float_is_not(values, dtype, resolution, origin):
    codec, cells = fit(IntegerCodec, values, dtype)
    assert codec.resolution == resolution
    encoded = codec.encode(cells)
    assert codec.decode(encoded).equals(cells.combine_chunks())
    if origin == 0:
        assert np.array_equal(encoded, np.asarray(values, dtype=np.float64))
    else:
        assert encoded.max() < 2**53


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_integers_over_the_whole_range_come_back_as_near_as_a_float_is(dtype):
    limits = np.iinfo(dtype)
    values = RNG.integers(limits.min, limits.max, 1000, dtype=dtype, endpoint=True)
    codec, cells = fit(IntegerCodec, values)
    assert codec.resolution == 1.0
    back = codec.decode(codec.encode(cells)).to_pylist()
    assert max(abs(a - b) for a, b in zip(back, cells.to_pylist(), strict=True)) <= 2**10
    assert (min(back), max(back)) == (min(cells.to_pylist()), max(cells.to_pylist()))


def test_the_two_ends_of_a_type_are_exact():
    for dtype in (pa.int64(), pa.uint64()):
        limits = np.iinfo(dtype.to_pandas_dtype())
        codec, cells = fit(IntegerCodec, [int(limits.min), None, int(limits.max)], dtype)
        assert codec.decode(codec.encode(cells)).equals(cells.combine_chunks())


def test_values_outside_the_range_seen_can_be_encoded():
    codec, _ = fit(IntegerCodec, [5, 6, 9])
    assert codec.encode(pa.array([-3, 100, None]))[:2].tolist() == [-3.0, 100.0]
    assert codec.decode(np.array([-3.0, 100.0])).to_pylist() == [5, 9]


def test_decimals_are_exact():
    values = [decimal.Decimal("0.10"), None, decimal.Decimal("-123456789012345.67")]
    for dtype in (pa.decimal128(38, 2), pa.decimal256(60, 2)):
        codec, cells = fit(DecimalCodec, values, dtype)
        assert codec.decode(codec.encode(cells)).to_pylist() == values
    codec, cells = fit(DecimalCodec, [values[0], decimal.Decimal("0.25")], pa.decimal128(5, 2))
    assert codec.resolution == 0.01
    assert codec.encode(cells)[0] == 0.1


def test_decimals_of_up_to_38_digits_that_repeat_are_exact():
    values = [decimal.Decimal("123456789012345678901234567890.12345678"), decimal.Decimal(1), decimal.Decimal("-0.5")]
    codec, cells = fit(DecimalCodec, values * 20, pa.decimal128(38, 8))
    assert codec.decode(codec.encode(cells)).equals(cells.combine_chunks())


def test_slices_of_decimals_are_read_at_their_offset():
    cells = pa.array([decimal.Decimal(i) / 4 for i in range(10)], pa.decimal128(10, 2)).slice(3, 4)
    codec, _ = fit(DecimalCodec, cells)
    assert codec.encode(cells).tolist() == [0.75, 1.0, 1.25, 1.5]
