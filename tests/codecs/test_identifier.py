import json
import uuid

import numpy as np
import pyarrow as pa
import pytest

from synthdiff.codecs.codes.code import Code
from synthdiff.codecs.codes.counter import Counter
from synthdiff.codecs.codes.text_counter import TextCounter
from synthdiff.codecs.identifier import NumberIdentifierCodec, names_identifier
from synthdiff.codecs.infer import infer_column
from synthdiff.codecs.registry import fit_codec
from synthdiff.data.schema import ColumnSchema
from synthdiff.errors import SchemaError

INT64 = -(2**63), 2**63 - 1
RNG = np.random.default_rng(6)
N = 200


def uuids(n):
    return [str(uuid.UUID(bytes=RNG.bytes(16), version=4)) for _ in range(n)]


def rows(start, n):
    return np.arange(start, start + n, dtype=np.uint64)


def codes(n, *alphabets):
    return ["".join(RNG.choice(list(alphabet)) for alphabet in alphabets) for _ in range(n)]


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("row", range(1, N + 1), "identifier"),
        ("row", RNG.permutation(N), "identifier"),
        ("year", range(1990, 2020), "integer"),
        ("year_id", range(1990, 2020), "identifier"),
        ("x", range(5), "integer"),
        ("id", range(5), "identifier"),
        ("price", RNG.choice(10**6, N, replace=False), "integer"),
        ("customer_id", RNG.choice(10**6, N, replace=False), "identifier"),
        ("customer_id", RNG.choice(10**6, N, replace=False).astype(float), "identifier"),
        ("customer_id", RNG.integers(0, 50, N), "integer"),
        ("id", RNG.normal(size=N), "numeric"),
        ("area", np.arange(N) * 0.5, "numeric"),
        ("x", uuids(N), "identifier"),
        ("x", [f"C{i:05d}" for i in range(N)], "identifier"),
        ("x", codes(N, *["ABCDEFGHIJ0123456789"] * 8), "identifier"),
        ("email", [f"{'x' * (i % 9)}{i * i}@mail{i}.com" for i in range(N)], "text"),
        ("name", [f"{'Ann' if i % 2 else 'Bo'} Smith {i}" for i in range(N)], "text"),
        ("case_no", [f"{'N' * (i % 3 == 0)}{i}" for i in range(N)], "identifier"),
        ("", [f"{'abcu'[i % 4]}{i // 4 + 1}" for i in range(N)], "identifier"),
        ("limit", [f"{'>' * (i % 9 == 0)}{i}" for i in range(N)], "numeric"),
        ("city", [f"city {i % 20}" for i in range(N)], "categorical"),
        ("zip", codes(N, "12", "01", "0", "1", "3"), "categorical"),
        ("code", ["a1", "b2", "c3"], "categorical"),
    ],
)
def test_which_columns_are_identifiers(name, values, kind):
    column = infer_column(name, pa.chunked_array([pa.array(values)]))
    assert column.kind == kind, column.why


@pytest.mark.parametrize(
    "name", ["id", "ID", "PassengerId", "customerID", "user_uuid", "Order No", "sku", "__index_level_0__"]
)
def test_names_of_identifiers(name):
    assert names_identifier(name)


@pytest.mark.parametrize(
    "name", ["paid", "idea", "width", "number_of_rooms", "no_show", "code_lines", "PAY_0", "Lot Area"]
)
def test_names_of_something_else(name):
    assert not names_identifier(name)


@pytest.mark.parametrize(
    "values", [uuids(N), codes(N, *["0123456789abcdef"] * 32), codes(N, "AB", "-", *["0123456789"] * 7)]
)
def test_codes_look_like_the_real_ones(values):
    code = Code.fit(pa.array(values))
    made = code.write(rows(0, 5_000), np.random.default_rng(0)).to_pylist()
    assert len(set(made)) == 5_000
    assert not set(made) & set(values)
    for at in range(len(values[0])):
        assert {code[at] for code in made} == {value[at] for value in values}
    if len(values[0]) == 36:
        assert all(uuid.UUID(code).version == 4 for code in made)


def test_codes_do_not_depend_on_the_cut():
    code = Code.fit(pa.array(codes(N, *["ABCDEFGHIJ"] * 6)))
    rng = np.random.default_rng(0)
    whole = code.write(rows(0, 1_000), rng).to_pylist()
    parts = [
        cell
        for start in range(0, 1_000, 77)
        for cell in code.write(rows(start, min(77, 1_000 - start)), rng).to_pylist()
    ]
    assert whole == parts


def test_codes_are_used_up():
    real = [f"{letter}{digit}-{sign}" for letter in "ABCDE" for digit in range(4) for sign in "XYZ"][::2]
    code = Code.fit(pa.array(real))
    made = code.write(rows(0, code.room), RNG).to_pylist()
    assert code.room == len(set(made)) == 150
    assert not set(made[: code.fresh]) & set(real)


@pytest.mark.parametrize(
    ("values", "first"),
    [
        (["INV-2020-00017", "INV-2020-00018"], "INV-2020-00019"),
        (["u9", "u10"], "u11"),
        (["007", "008"], "009"),
        (["7@x.de", "9@x.de"], "10@x.de"),
        (["a1b", "a2b"], "a3b"),
    ],
)
def test_numbers_inside_text_go_on(values, first):
    counter = TextCounter.fit(pa.array(values))
    made = counter.write(rows(0, 3), np.random.default_rng(1)).to_pylist()
    assert made[0] == first
    assert not set(made) & set(values)


@pytest.mark.parametrize("values", [["a1", "b2"], ["01", "2"], ["x", "y"], ["1" * 19, "2" * 19]])
def test_text_without_a_number_to_count(values):
    assert TextCounter.fit(pa.array(values)) is None


def test_a_counter_uses_what_is_free_and_then_the_real_numbers():
    counter = Counter.fit(np.arange(100, 121), -128, 127)
    numbers = counter.write(rows(0, 28)).view(np.int64).tolist()
    assert counter.sequence.size == 28
    assert numbers[:7] == [121, 122, 123, 124, 125, 126, 127]
    assert sorted(numbers) == list(range(100, 128))


def test_a_counter_of_rare_numbers_spreads_like_them():
    real = np.sort(RNG.choice(10**9, 1_000, replace=False))
    made = np.sort(Counter.fit(real, *INT64).write(rows(0, 1_000)).view(np.int64))
    assert not set(made) & set(real)
    assert real[0] < made[0] < made[-1] < real[-1]
    assert np.diff(made).mean() == pytest.approx(np.diff(real).mean(), rel=0.05)


def test_declared_identifiers_without_a_format_get_the_name_of_the_column():
    cells = pa.chunked_array([["ann@x.de", "robert@yy.com", None]])
    codec = fit_codec(cells, ColumnSchema(name="mail", kind="identifier"))
    made = codec.generate(0, 3_000, np.random.default_rng(0))
    assert made[:3].drop_null()[0].as_py().startswith("mail_00000")
    # A third is missing; the standard error of the share is sqrt(2 / 9 / 3000) = .009.
    assert made.null_count / 3_000 == pytest.approx(1 / 3, abs=0.04)


def test_numbers_with_decimals_are_no_identifiers():
    with pytest.raises(SchemaError, match="'x' is declared identifier, but its numbers have decimals"):
        fit_codec(pa.chunked_array([[1.5, 2.5]]), ColumnSchema(name="x", kind="identifier"))


def test_text_is_left_empty_or_drawn_from_the_real_values():
    cells = pa.chunked_array([["one", "two", None, "two"]])
    rng = np.random.default_rng(0)
    empty = fit_codec(cells, ColumnSchema(name="x", kind="text"))
    assert empty.generate(0, 5, rng).null_count == 5
    assert "'one'" not in str(empty.to_dict())
    drawn = fit_codec(cells, ColumnSchema(name="x", kind="text", text="resample")).generate(0, 4_000, rng)
    assert set(drawn.drop_null().to_pylist()) == {"one", "two"}
    # The standard error of the shares is at most sqrt(.25 / 4000) = .008.
    assert drawn.null_count / 4_000 == pytest.approx(0.25, abs=0.03)
    assert drawn.to_pylist().count("two") / 4_000 == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("dtype", [pa.int8(), pa.int64(), pa.float64(), pa.decimal128(10, 0)])
def test_negative_numbers_stay_negative(dtype):
    cells = pa.chunked_array([pa.array(range(-1, -61, -1)).cast(pa.int32()).cast(dtype)])
    codec = NumberIdentifierCodec.fit(cells, ColumnSchema(name="id", kind="identifier"))
    codec = NumberIdentifierCodec.from_dict(json.loads(json.dumps(codec.to_dict())))
    drawn = codec.generate(0, 3, np.random.default_rng(0))
    assert drawn.type == dtype
    assert drawn.cast(pa.float64()).to_pylist() == [-61, -62, -63]
