"""Codes of which a part follows from other columns: it does in every row that comes out, and codes stay distinct."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synthdiff.codecs.agreement import codes_of
from synthdiff.codecs.beside import describe_codes, write_beside
from synthdiff.codecs.infer import infer_schema
from synthdiff.codecs.personal.disguise import disguise
from synthdiff.codecs.table import TableCodec
from synthdiff.data.frame import to_table
from synthdiff.datasets import make_orders
from tests.cases.walk import walk

N = 900
RNG = np.random.default_rng(7)
DAYS = pd.Series(pd.Timestamp("2021-01-01") + pd.to_timedelta(np.sort(RNG.integers(0, 900, N)), unit="D"))
BORN = pd.Series(pd.Timestamp("1950-01-01") + pd.to_timedelta(RNG.integers(0, 18_000, N), unit="D"))
NUMBERS = RNG.choice(90_000, N, replace=False) + 10_000
X = RNG.normal(size=N)
CITIES = {"M": "München", "B": "Berlin", "HH": "Hamburg", "KS": "Kassel"}
COLOURS = {"BLK": "Black", "WHT": "White", "NVY": "Navy Blue"}


def luhn(digits):
    total = 0
    for place, digit in enumerate(reversed(digits)):
        twice = int(digit) * (2 - place % 2)
        total += twice - 9 * (twice > 9)
    return str(-total % 10)


def iban(number):
    return f"DE{98 - int(number + '131400') % 97:02d}{number}"


def swedish(day, number):
    digits = f"{day:%y%m%d}{number:03d}"
    return f"{digits[:6]}-{digits[6:]}{luhn(digits)}"


def pick(levels):
    return RNG.choice(list(levels), N)


SIZE, COLOUR, CITY = pick(["S", "M", "XL"]), pick(COLOURS), pick(CITIES)
BANK = pick(["37040044", "50010517", "20050550"])
LETTERS = [f"{a}{b}" for a, b in zip(pick("ABCDEFG"), pick("KLMNOP"), strict=True)]


def table(code, **others):
    return pd.DataFrame({"code_id": code, **others, "x": X})


CASES = {
    "a month of an invoice": (
        table([f"INV-{d:%Y%m}-{k:05d}" for k, d in enumerate(DAYS)], day=DAYS),
        lambda row: row.code_id[4:10] == f"{row.day:%Y%m}",
    ),
    "a day that is written, and a counter for each": (
        table(
            [f"{d:%d%m%y}{k:03d}" for d, k in zip(DAYS, DAYS.groupby(DAYS).cumcount() + 1, strict=True)],
            day=DAYS.dt.strftime("%d.%m.%Y"),
        ),
        lambda row: row.code_id[:6] == row.day[:2] + row.day[3:5] + row.day[8:],
    ),
    "a year behind a counter": (
        table(
            [f"{k:04d}/{d:%y}" for d, k in zip(DAYS, DAYS.groupby(DAYS.dt.year).cumcount() + 1, strict=True)], day=DAYS
        ),
        lambda row: row.code_id[-2:] == f"{row.day:%y}",
    ),
    "a month's name": (
        table([f"{d:%d%b%Y}-{k}".upper() for d, k in zip(DAYS, NUMBERS, strict=True)], day=DAYS),
        lambda row: row.code_id[:9] == f"{row.day:%d%b%Y}".upper(),
    ),
    "a birth date under a check digit": (
        table([swedish(d, k) for d, k in zip(BORN, RNG.integers(1, 999, N), strict=True)], born=BORN),
        lambda row: row.code_id == swedish(row.born, int(row.code_id[7:10])),
    ),
    "a year in a whole number": (
        table([int(f"{d.year}{k}") for d, k in zip(DAYS, NUMBERS, strict=True)], year=DAYS.dt.year),
        lambda row: row.code_id // 10**5 == row.year,
    ),
    "a year in a float, some missing": (
        table([float(f"{d.year}{k}") if k % 7 else None for d, k in zip(DAYS, NUMBERS, strict=True)], day=DAYS),
        lambda row: np.isnan(row.code_id) or row.code_id // 10**5 == row.day.year,
    ),
    "a day of another zone's clock": (
        table([f"{d:%Y%m%d}-{k}" for d, k in zip(DAYS, NUMBERS, strict=True)], day=DAYS.dt.tz_localize("Asia/Tokyo")),
        lambda row: row.code_id[:8] == f"{row.day:%Y%m%d}",
    ),
    "a month that tells the century": (
        table(
            [
                f"{d:%y}{d.month + 20 * (d.year >= 2000):02d}{d:%d}{k}"
                for d, k in zip(BORN + pd.Timedelta(days=9_000), NUMBERS, strict=True)
            ],
            born=BORN + pd.Timedelta(days=9_000),
        ),
        lambda row: int(row.code_id[2:4]) == row.born.month + 20 * (row.born.year >= 2000),
    ),
    "a colour and a size": (
        table(
            [f"{c}-{s}-{k}" for c, s, k in zip(COLOUR, SIZE, NUMBERS, strict=True)],
            size=SIZE,
            colour=[COLOURS[c] for c in COLOUR],
        ),
        lambda row: COLOURS[row.code_id[:3]] == row.colour and row.code_id.split("-")[1] == row["size"],
    ),
    "a town of letters of two widths": (
        table([f"{c}-{a} {k}" for c, a, k in zip(CITY, LETTERS, NUMBERS, strict=True)], city=[CITIES[c] for c in CITY]),
        lambda row: CITIES[row.code_id.split("-")[0]] == row.city,
    ),
    "a branch in an account": (
        table([iban(f"{b}{k:010d}") for b, k in zip(BANK, NUMBERS, strict=True)], branch=BANK),
        lambda row: row.code_id == iban(row.code_id[4:]) and row.code_id[4:12] == str(row.branch),
    ),
    "an order in its line": (
        pd.DataFrame(
            {
                "order_id": [f"SO{100_000 + 7 * (k // 3)}" for k in range(N)],
                "line_id": [f"SO{100_000 + 7 * (k // 3)}-{k % 3 + 1:02d}" for k in range(N)],
                "x": X,
            }
        ),
        lambda row: row.line_id[:8] == row.order_id and row.line_id[8] == "-",
    ),
}


def fit(frame):
    """The codecs of a frame, through JSON, and what they see of it."""
    real, _ = to_table(frame)
    schema = infer_schema(real)
    hidden = disguise(real, schema, 0)
    codec, _ = TableCodec.fit(real, schema, hidden=hidden)
    found = codec.composed(real, hidden, {}).to_dict()
    return TableCodec.from_dict(json.loads(json.dumps(found))).codecs, hidden.table


def draw(codecs, real, number):
    """Real rows with new identifiers, as those of a chunk come out."""
    out = real
    for at, (name, codec) in enumerate(codecs.items()):
        if codec.kind == "identifier":
            codes = codes_of(real.column(name))
            first = np.unique(codes, return_index=True)[1][codes]
            present = real.column(name).is_valid().to_numpy()
            cells = codec.generate(number * 4096, len(real), np.random.default_rng(number), present)
            out = out.set_column(at, name, pa.chunked_array([cells.take(pa.array(first))], codec.type))
    return write_beside(out, codecs, number * 4096, number)


@pytest.mark.parametrize("case", CASES)
def test_a_part_follows_in_every_row(case):
    frame, holds = CASES[case]
    codecs, real = fit(frame)
    assert describe_codes(codecs)
    drawn = pa.concat_tables([draw(codecs, real, number) for number in range(2)])
    assert drawn.schema.types == real.schema.types
    out = drawn.to_pandas()
    assert all(holds(row) for _, row in out.iterrows())
    name = "line_id" if "line_id" in out else "code_id"
    assert out[name].dropna().is_unique
    assert set(out[name].astype(str).str.len()) <= set(frame[name].astype(str).str.len())
    assert out[name].dropna().isin(frame[name]).mean() < 0.01


def test_an_independent_code_stays_as_it_is():
    codecs, _ = fit(table([f"K-{k}" for k in NUMBERS], day=DAYS, colour=COLOUR, age=RNG.integers(18, 90, N)))
    assert not describe_codes(codecs)


def test_a_date_that_is_missing_gets_some_month():
    frame = table([f"INV-{d:%Y%m}-{k:05d}" for k, d in enumerate(DAYS)], day=DAYS.where(DAYS.dt.day > 3))
    codecs, real = fit(frame)
    out = draw(codecs, real, 0).to_pandas()
    assert out.code_id.str.fullmatch(r"INV-20\d\d(0[1-9]|1[012])-\d{5}").all()
    known = out[out.day.notna()]
    assert (known.code_id.str[4:10] == known.day.dt.strftime("%Y%m")).all()


def test_a_code_that_is_another_one_is_missing_with_it():
    ids = pd.Series([f"INV-{533_577 + 2 * k}" for k in range(N)]).where(RNG.random(N) < 0.5)
    codecs, real = fit(pd.DataFrame({"code_id": ids, "ref_id": ids, "size": RNG.normal(size=N).round(2)}))
    composed = next(name for name in ("code_id", "ref_id") if type(codecs[name]).__name__ == "ComposedCodec")
    out = draw(codecs, real, 0).to_pandas()  # where values are missing is drawn for each column alone
    both = out.dropna(subset=["code_id", "ref_id"])
    assert len(both) > N / 8
    assert (both.code_id == both.ref_id).all()
    assert out[composed].dropna().is_unique


def test_room_is_that_under_a_part():
    years = DAYS.dt.year
    codes = [f"C{year}-{k:03d}" for year, k in zip(years, years.groupby(years).cumcount(), strict=True)]
    codecs, real = fit(table(codes, year=years))
    assert N <= codecs["code_id"].room <= 3 * 1000
    assert draw(codecs, real, 0).column("code_id").to_pandas().is_unique
    assert "has room for" in codecs["code_id"].notes[0]


def test_a_part_that_there_is_no_room_to_keep_is_said():
    years, codes = zip(*[(year, f"C{year}-{k:03d}") for year in (2021, 2022) for k in range(900)], strict=True)
    codecs, _ = fit(pd.DataFrame({"code_id": codes, "year": years, "size": RNG.normal(size=1_800).round(2)}))
    assert not describe_codes(codecs)
    assert "code_id holds year in all real rows; in new ones it does not" in " ".join(codecs["code_id"].notes)


@pytest.mark.long
def test_orders_hold_their_year_and_customers_their_initials(tmp_path):
    out = walk(make_orders(600, random_state=3), tmp_path, max_steps=2)
    assert (out.order_id.str[3:7] == out.order_date.dt.year.astype(str)).all()
    assert (out.customer_id.str[0] == out.customer_name.str[0]).all()
    assert (out.groupby("order_id")["customer_id"].nunique() == 1).all()
