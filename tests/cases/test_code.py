"""Identifiers and codes: what comes out could have gone in, is distinct, and is no real one."""

import decimal
import json
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synthdiff import TabularDiffusion
from synthdiff.codecs.codes.check import CHECKS
from synthdiff.codecs.column import ColumnFacts
from synthdiff.codecs.identifier import NumberIdentifierCodec, TextIdentifierCodec
from synthdiff.codecs.registry import codec_from_dict
from synthdiff.data.schema import ColumnSchema
from synthdiff.errors import SamplingError
from tests.cases.codes import CODES, closed, date, day, digits, distinct, ean, luhn
from tests.cases.walk import run, walk

N, CHUNK = 400, 4096
RNG = np.random.default_rng(8)
ID = ColumnSchema(name="id", kind="identifier")


def generate(codec, n, start=0):
    """What `n` rows get, chunk by chunk, after the codec went through JSON."""
    codec = codec_from_dict(json.loads(json.dumps(codec.to_dict())))
    parts = [
        codec.generate(at, min(CHUNK, start + n - at), np.random.default_rng(at))
        for at in range(start, start + n, CHUNK)
    ]
    return pa.concat_arrays(parts)


def fitted(values, dtype=None):
    cells = pa.chunked_array([pa.array(values, dtype)])
    codec = TextIdentifierCodec if pa.types.is_string(cells.type) else NumberIdentifierCodec
    claim = codec.claim(ColumnFacts("id", cells))
    assert claim.mine, claim.why
    return codec.fit(cells, ID)


@pytest.mark.parametrize("name", CODES)
def test_codes_are_as_valid_as_the_real_ones(name):
    make, check = CODES[name]
    real = distinct(make, N)
    codec = fitted(real)
    made = generate(codec, min(3 * CHUNK, codec.form.fresh)).to_pylist()
    assert [code for code in made if not check(code)] == []
    assert len(set(made)) == len(made)
    assert not set(made) & set(real)
    # One code of four characters among 400 is too few to learn from.
    assert {len(code) for code in made} <= {len(code) for code in real}


@pytest.mark.parametrize("name", ["british post code", "german plate", "zip and zip+4", "mixed width"])
def test_forms_are_as_frequent_as_in_the_real_codes(name):
    real = distinct(CODES[name][0], 1_000)
    made = generate(fitted(real), CHUNK).to_pylist()
    shares = [pd.Series(codes).str.len().value_counts(normalize=True) for codes in (real, made)]
    # Short plates are used up: 40 of the 2,000 that there are.
    assert abs(shares[0] - shares[1]).max() < 0.06


INTEGERS = {
    "nine digits": (RNG.choice(np.arange(10**8, 10**9, 7), N, replace=False), None),
    "nine digits in 32 bits": (RNG.choice(np.arange(10**8, 10**9, 7), N, replace=False), pa.int32()),
    "ten digits of a telephone": (RNG.integers(2_000_000_000, 9_999_999_999, N), None),
    "counted at the upper end": (np.arange(999_999_600, 10**9), None),
    "nineteen digits": (RNG.integers(10**18, 2**63 - 1, N), None),
    "twenty digits": (RNG.integers(10**19, 2**64 - 1, N, np.uint64), pa.uint64()),
    "five digits as floats": (RNG.choice(np.arange(10_000, 99_999), N, replace=False).astype(float), None),
    "decimals of ten digits": ([decimal.Decimal(int(i)) for i in RNG.integers(10**9, 10**10, N)], pa.decimal128(10)),
    "decimals of 30 digits": ([decimal.Decimal("9" + digits(29)) for _ in range(N)], pa.decimal128(38)),
    "steps of ten": (np.arange(10_000, 10_000 + 10 * N, 10), None),
}


@pytest.mark.parametrize("name", INTEGERS)
def test_numbers_keep_their_width_and_type(name):
    values, dtype = INTEGERS[name]
    values = list(dict.fromkeys(np.asarray(values).tolist() if dtype is None else list(values)))
    codec = fitted(values, dtype)
    made = generate(codec, 2_000)
    assert made.type == codec.type
    cells = made.to_pylist()
    assert {len(str(int(cell))) for cell in cells} == {len(str(int(value))) for value in values}
    assert len(set(cells)) == len(cells)
    assert not set(cells) & {type(cells[0])(value) for value in values}
    if name == "steps of ten":
        assert {int(cell) % 10 for cell in cells} == {0}


@pytest.mark.parametrize(
    ("make", "check", "width"),
    [
        pytest.param(lambda: closed(f"4{digits(14)}", luhn), luhn, None, id="card"),
        pytest.param(lambda: closed(digits(11), ean), ean, 12, id="upc without leading zeros"),
        pytest.param(lambda: f"{day():%Y%m%d}{digits(4)}", date("%Y%m%d", 0, 8), None, id="born on"),
    ],
)
@pytest.mark.parametrize("dtype", [pa.int64(), pa.uint64(), pa.float64(), pa.decimal128(20)], ids=str)
def test_numbers_with_check_digits_and_dates(make, check, width, dtype):
    real = [int(code) for code in distinct(make, N)]
    cells = [decimal.Decimal(number) for number in real] if pa.types.is_decimal(dtype) else real
    made = [int(cell) for cell in generate(fitted(cells, dtype), 2_000).to_pylist()]
    assert all(check(str(number).zfill(width or 0)) for number in made)
    assert not set(made) & set(real)
    assert max(len(str(number)) for number in made) == max(len(str(number)) for number in real)


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_is_kept(name):
    check = CHECKS[name]
    length = next(n for n in reversed(check.lengths) if n < 12 or n == check.lengths[0])
    codes = RNG.choice(np.frombuffer(b"0123456789", np.uint8), (3_000, length))
    codes = codes[check.write(codes)][:N]
    made = generate(fitted([bytes(code).decode() for code in codes]), 1_000).to_pylist()
    assert check.holds(np.frombuffer("".join(made).encode(), np.uint8).reshape(len(made), -1))


def test_counting_goes_on():
    assert generate(fitted([f"INV-{i:05d}" for i in range(1, 401)]), 3).to_pylist() == [
        "INV-00401", "INV-00402", "INV-00403",
    ]  # fmt: skip
    assert generate(fitted([f"u{i}" for i in range(1, 100)]), 2).to_pylist() == ["u100", "u101"]
    yearly = [f"{year}/{i:04d}" for year in (2020, 2021) for i in range(1, 201)]
    made = generate(fitted(yearly), 200).to_pylist()
    for year in ("2020", "2021"):
        numbers = [int(code[5:]) for code in made if code.startswith(year)]
        assert numbers == list(range(201, 201 + len(numbers)))
        assert 60 < len(numbers) < 140


def test_identifiers_do_not_depend_on_how_a_sample_is_cut():
    for name in ("article", "uuid 4", "zip and zip+4", "nhs"):
        codec = fitted(distinct(CODES[name][0], N))
        whole = codec.generate(0, 3_000, np.random.default_rng(0)).to_pylist()
        parts = [cell for at in range(0, 3_000, 100) for cell in generate(codec, 100, at).to_pylist()]
        if name == "uuid 4":  # there are more than can be numbered; the others are drawn
            whole, parts = ([code[19:] for code in codes] for codes in (whole, parts))
        assert len(set(parts)) == 3_000
        assert name == "uuid 4" or whole == parts


@pytest.mark.parametrize(
    ("values", "room"),
    [
        pytest.param(np.arange(100, 128, dtype=np.int8), 28, id="8 bits"),
        pytest.param(RNG.choice(np.arange(1_000, 10_000), 4_000, replace=False), 9_000, id="four digits"),
        pytest.param([f"{i:03d}" for i in RNG.choice(1_000, 400, replace=False)], 1_000, id="zeros before"),
        pytest.param([f"A{i}-{c}" for i in range(10) for c in "VWXYZ"][::2], 50, id="a letter and a digit"),
    ],
)
def test_all_codes_come_before_one_comes_twice(values, room):
    codec = fitted(values)
    made = generate(codec, room).to_pylist()
    assert codec.room == room == len(set(made))
    assert len(set(made[: room - len(values)]) & set(np.asarray(values).tolist())) == 0
    assert any("'id'" in note and "room" in note for note in codec.notes)


def test_a_space_that_is_too_small_is_said_before_anything_is_written(tmp_path):
    frame = pd.DataFrame({"user_id": RNG.choice(np.arange(100, 1000), 400, replace=False)})
    model = TabularDiffusion(preset="fast", max_steps=2, random_state=0, device="cpu").fit(frame)
    drawn = []
    with pytest.raises(SamplingError, match=r"'user_id'.* room for 900 .*2,000 are asked for"):
        drawn.extend(model.iter_samples(2_000, batch_size=10))
    assert drawn == []
    assert model.sample(900)["user_id"].is_unique
    model.save(tmp_path / "m.synthdiff")
    done = run("sample", "m.synthdiff", "-n", "2000", "-o", "out.csv", cwd=tmp_path, code=4)
    assert "room" in done.stderr
    assert not list(tmp_path.glob("out*"))


def test_a_table_of_identifiers(tmp_path):
    names = ["uuid 4", "article", "invoice of a year", "leading zeros", "french plate", "sha1", "many digits"]
    frame = pd.DataFrame({name: distinct(CODES[name][0], N) for name in names})
    frame["number"] = RNG.choice(np.arange(10**8, 10**9, 7), N, replace=False)
    frame["number_id"] = RNG.choice(np.arange(10**8, 10**9, 7), N, replace=False)
    frame.loc[::5, "sha1"] = None
    out = walk(frame, tmp_path, n_samples=CHUNK + 500)
    for name in names:
        cells = out[name].dropna()
        assert cells.map(CODES[name][1]).all()
        assert cells.is_unique
        assert not cells.isin(frame[name]).any()
    assert out["sha1"].isna().mean() == pytest.approx(0.2, abs=0.1)
    assert out["number_id"].is_unique
    assert not out["number_id"].isin(frame["number_id"]).any()
    assert out["number_id"].between(10**8, 10**9 - 1).all()


REPORTED = {
    "three or four digits": (lambda: [123, 456, 1234, 5678, *range(700, 716)], 2_000, "[1-9][0-9]{2,3}"),
    "six digits as integers": (
        lambda: RNG.choice(np.arange(100_000, 10**6), N, replace=False),
        10_000,
        "[1-9][0-9]{5}",
    ),
    "a head and three digits": (lambda: [f"HID_{i:03d}" for i in range(500)], 500, "HID_[0-9]{3}"),
    "more codes than 64 bits": (
        lambda: distinct(lambda: "".join(RNG.choice(list("abcdefghijklmnopqrstuvwxyz0123456789"), 32)), N),
        10_000,
        "[a-z0-9]{32}",
    ),
    "fixed text and a count": (lambda: [f"AXBSAX{i:04d}" for i in range(1, 300)], 5_000, "AXBSAX[0-9]{4}"),
    "a product within an article": (
        lambda: distinct(lambda: f"0{RNG.integers(108_775, 953_763)}0{RNG.integers(1, 50):02d}", N),
        10_000,
        "0[0-9]{9}",
    ),
    "bytes": (lambda: np.arange(20, 90, dtype=np.uint8), 176, "[0-9]{1,3}"),
    "16 bits": (lambda: RNG.choice(np.arange(-(2**15), 2**15), N, replace=False).astype(np.int16), 20_000, "-?[0-9]+"),
    "zero based": (lambda: np.arange(4_500), 4_500, "[0-9]+"),
    "a letter, digits, a check letter": (
        lambda: distinct(lambda: f"S{RNG.integers(0, 10**7):07d}{RNG.choice(list('ABCDEFGHIZJ'))}", N),
        10_000,
        "S[0-9]{7}[A-JZ]",
    ),
    "a few words among codes": (
        lambda: [*distinct(lambda: f"K-{RNG.integers(10**5, 10**6)}", N), "unknown", "n.a.", "see below"],
        5_000,
        "K-[1-9][0-9]{5}",
    ),
    "capitals or small letters": (
        lambda: [c.upper() if i % 2 else c for i, c in enumerate(distinct(lambda: f"{RNG.bytes(8).hex()}", N))],
        5_000,
        "[0-9A-F]{16}|[0-9a-f]{16}",
    ),
}


@pytest.mark.parametrize("name", REPORTED)
def test_what_users_of_such_tools_report(name):
    make, n, pattern = REPORTED[name]
    real = np.asarray(make())
    codec = fitted(real)
    made = generate(codec, n).to_pylist()
    assert [cell for cell in made if not re.fullmatch(pattern, str(cell))] == []
    assert len(set(made)) == n
    assert not set(made) & set(real.tolist())


@pytest.mark.long
def test_a_sample_can_be_appended_and_goes_in_again():
    real = RNG.choice(np.arange(10**8, 10**9), N, replace=False)
    once = generate(fitted(real), N).to_pylist()
    twice = generate(fitted(np.concatenate([real, once])), N).to_pylist()
    assert len({*real.tolist(), *once, *twice}) == 3 * N


def test_numbers_come_in_an_order_like_the_real_ones():
    counted, drawn = np.arange(N), RNG.choice(10**6, N, replace=False)
    assert (np.diff(generate(fitted(counted), N).to_pylist()) > 0).all()
    assert abs(np.mean(np.diff(generate(fitted(drawn), N).to_pylist()) > 0) - 0.5) < 0.1


@pytest.mark.parametrize("name", ["three or four digits", "a head and three digits"])
def test_rows_drawn_one_by_one_are_distinct(name):
    codec = fitted(np.asarray(REPORTED[name][0]()))
    assert len({codec.generate(i, 1, np.random.default_rng(i))[0].as_py() for i in range(50)}) == 50
