"""Every codec of the registry through the same laws."""

import datetime
import decimal
import json

import numpy as np
import pyarrow as pa
import pytest

from synthdiff.codecs.column import ColumnFacts, FreeCodec, LevelCodec, NumberCodec
from synthdiff.codecs.registry import CODECS, codec_from_dict, find_codec, fit_codec
from synthdiff.data.schema import KINDS, ColumnSchema
from synthdiff.errors import SchemaError

N = 60
RNG = np.random.default_rng(5)
DAY = datetime.date(2020, 2, 28)
MOMENT = datetime.datetime(2020, 2, 28, 23, 59)


def holes(values):
    """The values with a hole in every seventh place."""
    return [None if place % 7 == 3 else value for place, value in enumerate(values)]


EXAMPLES = {
    "empty": [pa.nulls(N, pa.int8()), pa.nulls(N, pa.dictionary(pa.int8(), pa.string()))],
    "disguised": [
        pa.array(holes([f"{name}@mail.example" for name in ("ann", "bob", "eve", "ann")] * (N // 4))),
        pa.array(holes(["ann@mail.example", "bob@mail.example"] * (N // 2))).dictionary_encode(),
    ],
    "made_up": [
        pa.array([f"ann.lee{i}@mail.example" for i in range(N)]),
        pa.array([f"(415) 555-{i:04d}" for i in range(N)], pa.large_string()),
    ],
    "constant": [pa.array([3] * N, pa.int16()), pa.array(["x"] * N).dictionary_encode(), pa.array([DAY] * N)],
    "boolean": [pa.array(holes([True, False] * (N // 2))), pa.array(holes(["TRUE", "FALSE"] * (N // 2)))],
    "datetime": [
        pa.array(
            holes([MOMENT + datetime.timedelta(minutes=7 * i) for i in range(N)]), pa.timestamp("ns", "Europe/Paris")
        ),
        pa.array(holes([MOMENT + datetime.timedelta(days=7 * i) for i in range(N)]), pa.timestamp("s")),
    ],
    "date": [
        pa.array(holes([DAY + datetime.timedelta(i) for i in range(N)]), dtype) for dtype in (pa.date32(), pa.date64())
    ],
    "time": [
        pa.array(holes([datetime.time(i % 24, i) for i in range(N)]), pa.time64("ns")),
        pa.array(range(N), pa.time32("ms")),
    ],
    "duration": [pa.array(holes([datetime.timedelta(seconds=i * i) for i in range(N)]), pa.duration("us"))],
    "written_date": [
        pa.array([int(f"{DAY + datetime.timedelta(i):%Y%m%d}") for i in range(N)], pa.int32()),
        pa.array(holes([(DAY + datetime.timedelta(i)).strftime("%d.%m.%Y") for i in range(N)])),
    ],
    "written_datetime": [
        pa.array([f"{MOMENT + datetime.timedelta(hours=i):%Y-%m-%dT%H:%M:%S.}{i:03d}Z" for i in range(N)])
    ],
    "written_time": [pa.array(holes([f"{i % 12 + 1}:{i:02d} {'AP'[i % 2]}M" for i in range(N)]), pa.large_string())],
    "written_duration": [pa.array(holes([f"{i * 7}:{i % 60:02d}:00" for i in range(N)]))],
    "numeral": [
        pa.array(holes([f"${i * i * 1000 / 8:,.3f}" for i in range(N)])),
        pa.array([f"{i * 7} kg" for i in range(N)], pa.large_string()),
    ],
    "coordinate": [
        pa.array(holes([f"{i * i / 100 - 20:.2f}, {i * 7 % 90 / 100:.2f}" for i in range(N)])),
        pa.array([f"POINT({i / 10 - 2:.1f} {i * i / 100:.2f})" for i in range(N)], pa.large_string()),
        pa.array([f"{i}°{i * 7 % 60:02d}'{i * 11 % 60:02d}\"N" for i in range(N)]),
    ],
    "number_identifier": [
        pa.array(range(7, 7 + N), pa.uint64()),
        pa.array(RNG.permutation(N).astype(float)),
        pa.array([decimal.Decimal(i) for i in range(N)], pa.decimal128(38, 0)),
    ],
    "text_identifier": [
        pa.array([f"INV-{i:04d}/A" for i in range(N)]),
        pa.array(["".join(RNG.choice(list("0123456789abcdef"), 12)) for _ in range(N)], pa.string_view()),
    ],
    "integer": [
        pa.array(holes(RNG.integers(-128, 127, N).tolist()), pa.int8()),
        pa.array(RNG.integers(0, 90, N) * 25),
        pa.array(RNG.integers(2**63, 2**63 + 99, N, dtype=np.uint64)),
    ],
    "decimal": [pa.array(holes([decimal.Decimal(i * i) / 8 for i in range(N)]), pa.decimal128(20, 3))],
    "float": [
        pa.array(holes(RNG.normal(size=N).tolist())),
        pa.array(RNG.normal(size=N).astype(np.float32)),
        pa.array(RNG.normal(size=N).astype(np.float16)),
        pa.array(holes((RNG.integers(-99, 99, N) / 4).tolist())),
    ],
    "parts": [
        pa.array(holes([f"{i % 48}:{i % 48 * 7 % 11}" for i in range(N)])),
        pa.array([f"{i % 40 * i % 19} of {i % 7}{'%' * (i % 2)}" for i in range(N)], pa.large_string()),
    ],
    "text": [pa.array([f"{'word ' * (i % 5)}{i}" for i in range(N)]), pa.array([bytes([i]) for i in range(N)])],
    "categorical": [
        pa.array(holes(["a", "b", "c", "a"] * (N // 4))),
        pa.array(holes(["a", "b", "c", "a"] * (N // 4))).dictionary_encode(),
        pa.DictionaryArray.from_arrays(
            pa.array(holes([0, 2] * (N // 2)), pa.int8()), pa.array([3, 1, 2]), ordered=True
        ),
    ],
}


def cases(*faces):
    return [
        pytest.param(word, array, id=f"{word}-{array.type}")
        for word, arrays in EXAMPLES.items()
        for array in arrays
        if CODECS[word].face in faces
    ]


CASES = cases("number", "level", "none")


def fitted(word, array):
    """The codec that claims the array, through JSON."""
    cells = pa.chunked_array([array.slice(0, 20), array.slice(20)])
    codec = CODECS[word]
    column = ColumnSchema(name="id", kind=codec.kind)
    assert type(fit_codec(cells, column)).kind == codec.kind
    data = json.loads(json.dumps(codec.fit(cells, column).to_dict(), allow_nan=False))
    again = codec_from_dict(data)
    assert type(again) is codec
    assert again.to_dict() == data
    return again, cells


def test_every_codec_has_examples_and_every_kind_a_codec():
    assert list(EXAMPLES) == list(CODECS)
    assert {codec.kind for codec in CODECS.values()} == set(KINDS)


@pytest.mark.parametrize(("word", "array"), CASES)
def test_a_column_is_claimed_by_its_codec_and_no_other_before(word, array):
    facts = ColumnFacts("id" if "identifier" in word else "x", pa.chunked_array([array]))
    claims = {other: codec.claim(facts) for other, codec in CODECS.items()}
    assert next(other for other, claim in claims.items() if claim.mine) == word
    assert all(claim.why for claim in claims.values())


@pytest.mark.parametrize(("word", "array"), cases("number", "level"))
def test_numbers_and_levels_come_back(word, array):
    codec, cells = fitted(word, array)
    if isinstance(codec, NumberCodec):
        values = codec.encode(cells)
        assert values.dtype == np.float64
        assert codec.minimum == np.nanmin(values)
        assert codec.maximum == np.nanmax(values)
        back = codec.decode(values)
    else:
        assert isinstance(codec, LevelCodec)
        codes = codec.encode(cells)
        assert codes.dtype == np.int64
        assert len(codec.level_names) == codec.n_levels == codes.max() + 1
        back = codec.decode(codes, np.random.default_rng(0))
    assert back.type == array.type
    assert back.equals(array)


@pytest.mark.parametrize(("word", "array"), cases("number"))
def test_any_number_becomes_a_cell_inside_the_range_and_on_the_grid(word, array):
    codec, _ = fitted(word, array)
    assert isinstance(codec, NumberCodec)
    wild = np.concatenate(
        [np.random.default_rng(1).uniform(codec.minimum, codec.maximum, 200), [-1e300, 1e300, np.nan]]
    )
    cells = codec.decode(wild)
    assert cells.null_count == 1
    again = codec.encode(cells)
    assert np.array_equal(codec.encode(codec.decode(again)), again, equal_nan=True)
    assert np.nanmin(again) == codec.minimum
    assert np.nanmax(again) == codec.maximum
    if codec.resolution is not None:
        inside = np.clip(wild, codec.minimum, codec.maximum)
        # Ticks are rounded first, and then to the grid.
        tick = 1 / codec.lattice.per if hasattr(codec, "lattice") else 1e-6 * codec.resolution
        assert np.nanmax(np.abs(again - inside)) <= (codec.resolution + tick) / 2


@pytest.mark.parametrize(("word", "array"), cases("none"))
def test_what_is_made_up_has_the_type_and_does_not_depend_on_the_cut(word, array):
    codec, cells = fitted(word, array)
    assert isinstance(codec, FreeCodec)
    rng = np.random.default_rng(2)
    made = codec.generate(0, 50, rng)
    assert made.type == array.type
    assert len(made) == 50
    assert made.null_count == 50 * (codec.null_rate == 1.0)
    assert 0.0 <= codec.null_rate <= 1.0
    if codec.kind == "identifier":
        more = codec.generate(50, 50, rng)
        both = pa.concat_arrays([made, more])
        assert len(set(both.to_pylist())) == 100
        assert not set(both.to_pylist()) & set(cells.to_pylist())
        present = np.arange(50) % 3 > 0
        assert codec.generate(0, 50, rng, present).is_valid().to_pylist() == present.tolist()


@pytest.mark.parametrize(("word", "array"), CASES)
def test_no_cells_are_cells_too(word, array):
    codec, _ = fitted(word, array)
    none = array.slice(0, 0)
    rng = np.random.default_rng(0)
    if isinstance(codec, NumberCodec):
        back = codec.decode(codec.encode(none))
    elif isinstance(codec, LevelCodec):
        back = codec.decode(codec.encode(none), rng)
    else:
        back = codec.generate(3, 0, rng)
    assert back.type == array.type
    assert len(back) == 0


def test_a_kind_that_does_not_fit_is_refused():
    cells = pa.chunked_array([[1.5, 2.5]])
    with pytest.raises(SchemaError, match="'x' holds double, which cannot be date"):
        fit_codec(cells, ColumnSchema(name="x", kind="date"))
    assert find_codec("date", pa.string()) is CODECS["written_date"]


def test_a_column_without_values_is_empty_whatever_it_is_called():
    codec = fit_codec(pa.chunked_array([pa.nulls(3, pa.string())]), ColumnSchema(name="x", kind="date"))
    assert codec.kind == "empty"


def test_a_codec_that_does_not_exist():
    with pytest.raises(ValueError, match="codec 'nonsense'"):
        codec_from_dict({"codec": "nonsense"})
