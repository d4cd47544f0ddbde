"""Numbers that are stored as text: read by majority, written in the same form, and the few other cells named."""

import json
import re
import time

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from synthdiff.codecs.infer import infer_column, infer_schema
from synthdiff.codecs.notation import Notation
from synthdiff.codecs.registry import codec_from_dict, fit_codec
from synthdiff.codecs.table import TableCodec
from synthdiff.data.cell import CellStyle
from synthdiff.data.schema import ColumnSchema
from synthdiff.errors import SchemaError
from tests.cases.walk import run, walk, walk_csv

RNG = np.random.default_rng(11)
N = 400
AMOUNTS = np.round(RNG.normal(2_000.0, 3_000.0, N), 2)
COUNTS = RNG.poisson(300, N)
WIDE = 10 ** RNG.uniform(2, 8, N)
EUROPEAN = str.maketrans(",.", ".,")


def signed(text, value):
    return f"-{text}" if value < 0 else text


def indian(value):
    head, tail = str(value)[:-3], str(value)[-3:]
    while len(head) > 2:
        head, tail = head[:-2], f"{head[-2:]},{tail}"
    return f"{head},{tail}" if head else tail


FORMS = {
    "point": [f"{x:.2f}" for x in AMOUNTS],
    "decimal comma": [f"{x:.2f}".replace(".", ",") for x in AMOUNTS],
    "European": [f"{x:,.2f}".translate(EUROPEAN) for x in AMOUNTS],
    "European, no decimals": [f"{x * 100:,.0f}".translate(EUROPEAN) for x in AMOUNTS],
    "English": [f"{x:,.2f}" for x in AMOUNTS],
    "apostrophe": [f"{x:,.2f}".replace(",", "'") for x in AMOUNTS],
    "typographic apostrophe": [f"{x:,.2f}".replace(",", "’") for x in AMOUNTS],
    "space": [f"{x:,.2f}".replace(",", " ").replace(".", ",") for x in AMOUNTS],
    "narrow no-break space": [f"{x:,.2f}".replace(",", "\u202f").replace(".", ",") + "\u00a0€" for x in AMOUNTS],
    "Indian": ["₹" + indian(int(abs(x) * 1000)) + ".50" for x in AMOUNTS],
    "minus before currency": [signed(f"${abs(x):,.2f}", x) for x in AMOUNTS],
    "minus behind currency": [f"${x:,.2f}" for x in AMOUNTS],
    "typographic minus": [f"{x:.2f}".replace("-", "−") for x in AMOUNTS],
    "parentheses": [f"(${-x:,.2f})" if x < 0 else f"${x:,.2f}" for x in AMOUNTS],
    "currency and parentheses": [f"$({-x:,.2f})" if x < 0 else f"${x:,.2f}" for x in AMOUNTS],
    "trailing minus": [f"{abs(x):.2f}" + "-" * bool(x < 0) for x in AMOUNTS],
    "code before": [f"USD {x:,.2f}" for x in abs(AMOUNTS)],
    "code behind": [f"{x:,.2f} EUR" for x in AMOUNTS],
    "whole dollars": [f"USD {x:.0f}" for x in abs(AMOUNTS)],
    "euro before": ["€ " + f"{x:,.2f}".translate(EUROPEAN) for x in abs(AMOUNTS)],
    "real": ["R$ " + f"{x:,.2f}".translate(EUROPEAN) for x in abs(AMOUNTS)],
    "per cent": [f"{x / 100:.1f}%" for x in AMOUNTS],
    "per cent with a space and a comma": [f"{x / 100:.1f} %".replace(".", ",") for x in AMOUNTS],
    "plus": [f"{x / 100:+.2f}%" for x in AMOUNTS],
    "unit": [f"{abs(x):.0f} kg" for x in AMOUNTS],
    "million": [f"{abs(x) / 10:.1f}M" for x in AMOUNTS],
    "thousand": [f"{abs(x):.0f}k" for x in AMOUNTS],
    "temperature": [f"{x / 50:.1f}°C" for x in AMOUNTS],
    "at least": [f"{abs(x) * 10:,.0f}+" for x in AMOUNTS],
    "two scripts of minus": [f"{x:,.2f}".replace("-", "–") for x in AMOUNTS],
    "figure space": [f"{x:,.2f}".replace(",", "\u2007") for x in AMOUNTS],
    "Arabic": [f"{x:,.2f}".translate(str.maketrans("0123456789.,", "٠١٢٣٤٥٦٧٨٩٫٬")) for x in AMOUNTS],
    "Persian, whole": [f"{x:.0f}".translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")) for x in abs(AMOUNTS)],
    "full width": [
        f"￥{x:,.0f}".translate(str.maketrans("0123456789,", "０１２３４５６７８９，")) for x in abs(AMOUNTS)
    ],
    "no zero before the point": [f"{abs(x) % 1_000 / 1_000:.3f}"[1:] for x in AMOUNTS],
    "yen behind": [f"{x:,.0f}円" for x in abs(AMOUNTS)],
    "ten thousands": [f"{x / 10:.1f}万" for x in abs(AMOUNTS)],
    "ringgit": [f"RM{x:,.2f}" for x in abs(AMOUNTS)],
    "rupiah": ["Rp" + f"{x * 100:,.0f}".translate(EUROPEAN) for x in abs(AMOUNTS)],
    "rupees": [f"Rs.{x:,.0f}/-" for x in abs(AMOUNTS)],
    "francs": [f"CHF {x:,.0f}.-".replace(",", "'") for x in abs(AMOUNTS)],
    "roubles": [f"{x:.2f} руб." for x in abs(AMOUNTS)],
    "price of a unit": [f"${x:.2f}/kg" for x in abs(AMOUNTS)],
    "out of a hundred": [f"{abs(x) % 100:.1f}/100" for x in AMOUNTS],
    "words behind": [f"{x:.0f} days ago" for x in abs(AMOUNTS)],
    "about": [f"~{x:.0f}" for x in abs(AMOUNTS)],
    "whole with a sign": [f"{x:+.0f}" for x in AMOUNTS],
    "as wide as a column": [f"{x:12.2f}" for x in AMOUNTS],
    "accounts of a spreadsheet": [f" $ ({-x:,.2f})" if x < 0 else f" $ {x:,.2f} " for x in AMOUNTS],
    "credit and debit": [f"{abs(x):,.2f} {'DR' if x < 0 else 'CR'}" for x in AMOUNTS],
    "debit marked": [f"{abs(x):,.2f}{'DR' if x < 0 else ''}" for x in AMOUNTS],
    "a side": [f"{abs(x):,.2f}".translate(EUROPEAN) + (" S" if x < 0 else " H") for x in AMOUNTS],
    "sign behind a space": [f"{abs(x):,.2f}" + (" -" if x < 0 else " +") for x in AMOUNTS],
    "short counts": [str(int(x)) if x < 1e3 else f"{x / 1e3:.1f}K" if x < 1e6 else f"{x / 1e6:.1f}M" for x in WIDE],
    "bytes": [f"{x:.0f} B" if x < 1e3 else f"{x / 1e3:.1f} KB" if x < 1e6 else f"{x / 1e6:.1f} MB" for x in WIDE],
    "sizes": [f"{x / 1e6:.1f}M" if x > 1e6 else f"{x / 1e3:.0f}k" for x in WIDE],
    "exponent": [f"{x:.3e}" for x in AMOUNTS],
    "large exponent": [f"{x / 1e9:.2E}" for x in AMOUNTS],
    "as many decimals as it takes": [f"{x:g}" for x in AMOUNTS],
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_read_and_kept(form):
    cells = pa.chunked_array([FORMS[form]])
    column = infer_column("amount", cells)
    assert column.kind == "numeric", column.why
    codec = fit_codec(cells, column)
    assert codec.notes == ()
    again = codec_from_dict(json.loads(json.dumps(codec.to_dict())))
    assert again.decode(again.encode(cells)).to_pylist() == FORMS[form]
    drawn = again.decode(np.random.default_rng(0).uniform(codec.minimum, codec.maximum, 1_000))
    assert not np.isnan(again.encode(drawn)).any()
    assert again.decode(again.encode(drawn)).to_pylist() == drawn.to_pylist()


WAYS = {
    "currencies": ([f"{'$€£'[i % 3]}{x:,.2f}" for i, x in enumerate(abs(AMOUNTS))], r"[$€£]\d{1,3}(,\d{3})*\.\d\d"),
    "codes": ([f"{('USD', 'EUR')[i % 2]} {x:.2f}" for i, x in enumerate(abs(AMOUNTS))], r"(USD|EUR) \d+\.\d\d"),
    "flags of a laboratory": (
        [f"{x / 50:.1f}{'H' * bool(x > 5_000)}" for x in abs(AMOUNTS)],
        r"\d+\.\d|[1-9]\d\d+\.\dH",
    ),
    "above what can be measured": (
        [f">{x:.0f}" if i % 9 == 0 else f"{x:.1f}" for i, x in enumerate(abs(AMOUNTS))],
        r"\d+\.\d|>\d+",
    ),
    "some with groups": ([f"{x:,}" if x % 2 else str(x) for x in (WIDE * 10).astype(int)], r"\d{1,3}(,\d{3})*|\d+"),
}


@pytest.mark.parametrize("ways", WAYS)
def test_several_ways_of_writing_come_out_as_they_are(ways):
    values, pattern = WAYS[ways]
    cells = pa.chunked_array([values])
    codec = fit_codec(cells, infer_column("amount", cells))
    assert codec.word == "numeral"
    assert any("drawn by the size" in note for note in codec.notes) == (ways != "some with groups")
    again = codec_from_dict(json.loads(json.dumps(codec.to_dict())))
    drawn = again.decode(again.encode(cells), np.random.default_rng(0)).to_pylist()
    assert all(re.fullmatch(pattern, cell) for cell in drawn)
    assert {re.sub("[0-9.,]", "", cell) for cell in drawn} == {re.sub("[0-9.,]", "", cell) for cell in values}


def test_debit_is_never_written_with_a_minus():
    values = [f"{abs(x) + 5:,.2f} {'DR' if x < 0 else 'CR'}" for x in AMOUNTS]
    codec = fit_codec(pa.chunked_array([values]), infer_column("balance", pa.chunked_array([values])))
    assert codec.decode(np.array([-1.03, 0, 1.03]), np.random.default_rng(0)).to_pylist() == [
        "1.03 DR",
        "0.00 CR",
        "1.03 CR",
    ]


def test_what_lies_below_a_limit_comes_out_as_often():
    values = ["<0.5" if i % 4 == 0 else f"{x / 100:.1f}" for i, x in enumerate(abs(AMOUNTS))]
    codec = fit_codec(pa.chunked_array([values]), infer_column("lead", pa.chunked_array([values])))
    assert codec.word == "numeral"
    drawn = codec.decode(codec.encode(pa.chunked_array([values])), np.random.default_rng(0)).to_pylist()
    assert drawn == values


OTHERS = {
    "na": "na",
    "two dashes": "--",
    "spreadsheet error": "#DIV/0!",
    "below a limit": "<0.5",
    "infinity": "inf",
    "negative infinity": "-Infinity",
    "unit": "3.0M",
    "footnote": "1,234*",
    "decimal comma": "12,5",
    "word": "not measured",
    "two numbers": "12 / 14",
    "range": "10-20",
    "blank": " ",
    "true": "TRUE",
    "date": "2021-03-04",
    "ditto": '"',
    "two phone numbers": "3122806977 - 3122885930",
    "a stop": "8011-N",
    "a hundred digits": "1" * 100,
    "a comma too many": "1 ,",
    "an SQL null": "\\N",
    "not a number of C": "-1.#IND",
    "hexadecimal": "0x1F",
    "two minus signs": "--5",
    "an interval": "[3, 7)",
    "a formula": "=A1+B1",
}


@pytest.mark.parametrize("numbers", ["counts", "amounts", "dollars"])
@pytest.mark.parametrize("other", OTHERS)
def test_one_cell_does_not_turn_numbers_into_text(other, numbers):
    if (other, numbers) == ("decimal comma", "counts"):
        pytest.skip("whole numbers and 12,5 are numbers with a decimal comma")
    usual = {"counts": [str(x) for x in COUNTS], "amounts": FORMS["point"], "dollars": FORMS["minus before currency"]}
    values = list(usual[numbers])
    values[17] = OTHERS[other]
    cells = pa.chunked_array([values])
    column = infer_column("amount", cells)
    assert column.kind == "numeric", column.why
    codec = fit_codec(cells, column)
    assert f"row 17 is {OTHERS[other]!r}"[:40] in codec.notes[0]
    encoded = codec.encode(cells)
    assert np.flatnonzero(np.isnan(encoded)).tolist() == [17]
    assert codec.decode(encoded, np.random.default_rng(0)).to_pylist()[:17] == values[:17]


def test_cells_that_repeat_come_out_as_often(tmp_path):
    values = ["Varies with device" if i % 8 == 0 else "--" if i % 8 == 1 else f"{x:.2f}" for i, x in enumerate(AMOUNTS)]
    values[5] = "1.234.5"
    out = walk(pd.DataFrame({"size": values, "n": COUNTS}), tmp_path, n_samples=2_000)
    share = out["size"].value_counts(normalize=True, dropna=False)
    assert share["Varies with device"] == pytest.approx(1 / 8, abs=0.05)
    assert share["--"] == pytest.approx(1 / 8, abs=0.05)
    assert out["size"].isna().mean() < 0.02
    numbers = out["size"][~out["size"].isin(["Varies with device", "--"])].dropna()
    assert numbers.str.fullmatch(r"-?\d+\.\d\d").all()


def test_a_few_numbers_keep_their_own_spelling(tmp_path):
    prices = ["0" if i % 3 else f"${x:,.2f}" for i, x in enumerate(abs(AMOUNTS))]
    out = walk(pd.DataFrame({"price": prices}), tmp_path)["price"]
    assert out.str.fullmatch(r"0|\$\d{1,3}(,\d{3})*\.\d\d").all()
    assert (out == "0").mean() == pytest.approx(2 / 3, abs=0.1)


@pytest.mark.long
def test_counts_with_one_other_cell_stay_counts_on_the_command_line(tmp_path):
    values = [str(x) for x in RNG.poisson(4_000, 600)]
    values[472] = "3.0M"
    text = "reviews,stars\n" + "".join(f"{value},{i % 5 + 1}\n" for i, value in enumerate(values))
    out = walk_csv(text, tmp_path)
    assert out["reviews"].str.fullmatch(r"\d{4}|").all()
    assert (out["reviews"] != "").mean() > 0.97
    shown = run("inspect", "data.csv", cwd=tmp_path)
    assert "row 472 is '3.0M'" in shown.stdout + shown.stderr
    kinds = {column["name"]: column["kind"] for column in json.loads((tmp_path / "schema.json").read_text())["columns"]}
    assert kinds == {"reviews": "numeric", "stars": "integer"}


def test_the_schema_may_leave_all_others_missing(tmp_path):
    frame = pd.DataFrame({"x": ["none yet" if i % 4 == 0 else f"{x:.2f}" for i, x in enumerate(AMOUNTS)]})
    schema = {"columns": [{"name": "x", "kind": "numeric", "others": "null"}]}
    out = walk(frame, tmp_path, schema=schema)["x"]
    assert out.isna().mean() == pytest.approx(1 / 4, abs=0.1)
    assert out.dropna().str.fullmatch(r"-?\d+\.\d\d").all()


@pytest.mark.parametrize("frame", ["object", "string", "arrow", "polars"])
def test_every_kind_of_text_column(tmp_path, frame):
    values = [*FORMS["European"][:-1], "n/a"]
    made = {
        "object": lambda: pd.DataFrame({"x": pd.Series(values, dtype=object)}),
        "string": lambda: pd.DataFrame({"x": pd.Series(values, dtype="string")}),
        "arrow": lambda: pa.table({"x": pa.array(values, pa.string_view())}),
        "polars": lambda: pl.DataFrame({"x": values}),
    }[frame]()
    out = walk(made, tmp_path)
    assert type(out) is type(made)
    cells = pa.array(out["x"].to_pylist() if frame == "arrow" else out["x"].to_list(), pa.string())
    cells = pa.array([cell for cell in cells.to_pylist() if cell not in (None, "n/a")])
    assert len(cells) > 350
    assert all(re.fullmatch(r"-?\d{1,3}(\.\d{3})*,\d\d", cell) for cell in cells.to_pylist())


def test_one_decimal_point_among_decimal_commas_is_no_thousands_mark():
    values = [f"{x % 100:.1f}".replace(".", ",") for x in AMOUNTS]
    values[33] = "61.4"
    cells = pa.chunked_array([values])
    codec = fit_codec(cells, infer_column("literacy", cells))
    assert codec.notes[0].startswith("column 'literacy': 1 value is no number like")
    assert "row 33 is '61.4'" in codec.notes[0]
    assert codec.maximum <= 100
    assert not codec.numeral.thousands


def test_amounts_that_determine_a_side_are_no_keys():
    amounts = np.round(RNG.normal(-20, 150, 3_000), 2)
    table = pa.table(
        {
            "amount": [f"{x:,.2f}".translate(EUROPEAN) for x in amounts],
            "side": ["S" if x < 0 else "H" for x in amounts],
        }
    )
    assert [column.kind for column in infer_schema(table)] == ["numeric", "categorical"]


def test_a_list_of_numbers_is_no_number_of_a_hundred_digits():
    notation = Notation("", "", True, CellStyle())
    cells = pa.array(["1,234", "123,456,789,012", ",".join(map(str, range(200, 260)))])
    assert notation.read(cells, pa.float64()).to_pylist() == [1234.0, 123456789012.0, None]


CODES = {
    "leading zeros among others": ["0311", *(str(300 + i % 90) for i in range(N))],
    "post codes, few with zeros": [f"{500 + 137 * i % 99_000:05d}" for i in range(9 * N)],
    "stops": [f"{8_000 + i}-N" if i % 9 == 0 else str(8_000 + i) for i in range(N)],
    "leading zeros": [f"{i % 97:05d}" for i in range(N)],
    "whole numbers": [str(1_000 + i * 7 % 300) for i in range(N)],
    "invoice numbers": [("C" if i % 50 == 0 else "") + str(536_365 + i // 2) for i in range(N)],
    "letters and digits": [f"A{i % 120}" for i in range(N)],
    "apartments": [f"No. {i * 7 % 300}" for i in range(N)],
    "houses": [f"{i % 190}{('', '', '', 'a', 'b')[i % 5]}" for i in range(N)],
    "words and numbers": [f"{('gate', 'hall')[i % 2]} {i % 190}" for i in range(N)],
    "seats": [f"{i % 60 + 1}{'ABCDEF'[i % 6]}" for i in range(N)],
    "versions": [f"{i % 9}.{i % 10}.{i % 11}" for i in range(N)],
    "tickets": [("PC " if i % 4 == 0 else "") + str(17_000 + i * 31 % 5_000) for i in range(N)],
    "ratings": ["1", "2", "3", "3+"] * (N // 4),
    "plain decimals, few": [f"{i % 9 / 2}" for i in range(N)],
}


@pytest.mark.parametrize("codes", CODES)
def test_codes_are_no_numbers(codes):
    column = infer_column("x", pa.chunked_array([CODES[codes]]))
    assert column.kind not in ("numeric", "integer"), column.why


def test_codes_of_a_width_keep_it_where_few_begin_with_zeros():
    cells = [f"{number:05d}" for number in np.random.default_rng(3).choice(90_000, 40_000, replace=False) + 501]
    array = pa.chunked_array([cells])
    for name in ("zip_code", "area"):
        codec = fit_codec(array, infer_column(name, array))
        assert not codec.notes or "left missing" not in codec.notes[0]
        assert codec.kind == "identifier"
        made = codec.generate(0, 500, np.random.default_rng(0))
        assert {len(cell) for cell in made.to_pylist()} == {5}


def test_a_refusal_names_a_cell_that_is_no_number():
    values = ["12.5", "13.5", *(f"word {i}" for i in range(8)), "14.5"]
    with pytest.raises(SchemaError, match=r"declared numeric, but its text \(row 2 is 'word 0'\).*73% of its values"):
        fit_codec(pa.chunked_array([values]), ColumnSchema(name="x", kind="numeric"))


def test_what_does_not_repeat_is_not_kept_in_the_model():
    values = [*FORMS["point"], "call Mrs Smith on 555-0199"]
    codec = fit_codec(pa.chunked_array([values]), ColumnSchema(name="x", kind="numeric"))
    assert "Smith" not in json.dumps(codec.to_dict())
    assert "Smith" in codec.notes[0]


@pytest.mark.long
def test_a_million_cells_take_a_second_or_two():
    values = pa.array(np.round(RNG.normal(0, 1e5, 1_000_000), 2)).cast(pa.string())
    cells = pa.chunked_array([pc.binary_join_element_wise("EUR ", values, "")])
    began = time.process_time()
    column = infer_column("x", cells)
    codec = fit_codec(cells, column)
    encoded = codec.encode(cells)
    codec.decode(encoded)
    assert column.kind == "numeric"
    assert time.process_time() - began < 20


def test_a_table_of_numbers_in_text_comes_back(tmp_path):
    table = pa.table({name: pa.array(values) for name, values in FORMS.items()})
    schema = infer_schema(table)
    codec, values = TableCodec.fit(table, schema)
    assert codec.decode(values, 0, np.random.default_rng(0)).equals(table)
