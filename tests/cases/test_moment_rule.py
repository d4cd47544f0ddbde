"""What is taken for a moment and what is not, which cells stand apart, and what a declared format promises."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synthdiff import TabularDiffusion
from synthdiff.codecs.infer import infer_column
from synthdiff.codecs.registry import codec_from_dict, fit_codec
from synthdiff.data.schema import ColumnSchema
from synthdiff.errors import DataError, SchemaError
from tests.cases.walk import N_ROWS, walk, walk_csv

RNG = np.random.default_rng(11)
DAYS = pd.Series(pd.date_range("2012-01-01", "2022-12-31", freq="D")).sample(N_ROWS, random_state=1)


def days(code):
    return DAYS.dt.strftime(code).tolist()


def infer(cells):
    array = pa.chunked_array([pa.array(cells)])
    column = infer_column("x", array)
    return column, fit_codec(array, column)


def draw(codec, n=2_000):
    """Cells from anywhere in the range, a tenth of them missing."""
    rng = np.random.default_rng(3)
    values = rng.uniform(codec.minimum, codec.maximum, n)
    again = codec_from_dict(json.loads(json.dumps(codec.to_dict())))
    return again.decode(np.where(rng.random(n) < 0.1, np.nan, values), rng).to_pylist()


NO_MOMENTS = {
    "numbers within the year": [f"2021-{i:04d}" for i in range(N_ROWS)],
    "files of the year": [f"2021-{i:03d}" for i in range(1, 150)],
    "receipts of the day": [f"20210718-{i:04d}" for i in range(N_ROWS)],
    "customers": RNG.integers(10**7, 10**8, N_ROWS).tolist(),
    "amounts": RNG.integers(190_000, 230_000, N_ROWS).tolist(),
    "account numbers": RNG.integers(10**13, 10**14, N_ROWS).tolist(),
    "versions": [f"{i % 9}.{i % 13}.{i % 40}" for i in range(N_ROWS)],
    "decimals": [f"{i / 7:.2f}" for i in range(N_ROWS)],
    "years": RNG.integers(1950, 2020, N_ROWS).astype(str).tolist(),
    "scores": [f"{i % 7}:{i % 5}" for i in range(N_ROWS)],
    "ratios": [f"{i % 30}/{i % 50}" for i in range(N_ROWS)],
    "sizes": [f"{i % 40}x{i % 30}x{i % 20}" for i in range(N_ROWS)],
    "telephones": [f"030-{i % 90 + 10}-{i:04d}" for i in range(N_ROWS)],
    "words": [f"word {i % 37}" for i in range(N_ROWS)],
    "months": ["March", "May", "June"] * 50,
}


@pytest.mark.parametrize("name", NO_MOMENTS)
def test_what_could_be_read_as_a_moment_but_is_none(name):
    column, _ = infer(NO_MOMENTS[name])
    assert column.kind not in ("date", "datetime", "time", "duration"), column.why


def test_words_that_repeat_come_out_as_often_and_others_are_named():
    cells = [*days("%Y-%m-%d"), *["0000-00-00"] * 30, *["unknown"] * 10, "approx. 2010", None]
    column, codec = infer(cells)
    assert column.kind == "date"
    assert any("row 440 is 'approx. 2010'" in note and "missing" in note for note in codec.notes)
    assert any("'0000-00-00', 'unknown'" in note for note in codec.notes)
    made = pd.Series(draw(codec))
    words = made[made.isin(["0000-00-00", "unknown"])].value_counts(normalize=True)
    assert words["0000-00-00"] == pytest.approx(0.75, abs=0.1)
    assert 0 < made.isna().mean() < 0.03
    pd.to_datetime(made[~made.isin(words.index)].dropna(), format="%Y-%m-%d")
    with pytest.raises(DataError, match=r"column 'y', row 0 is 'soon', which is not written %Y"):
        fit_codec(pa.chunked_array([days("%Y-%m-%d")]), ColumnSchema(name="y", kind="date")).encode(pa.array(["soon"]))


def test_words_and_strays_on_the_way_of_a_table(tmp_path):
    cells = ["soon", *["n/a"] * 40, *days("%d.%m.%Y")]
    frame = pd.DataFrame({"day": cells, "x": range(len(cells))})
    made = walk(frame, tmp_path)["day"]
    assert (made == "n/a").any()
    pd.to_datetime(made[made != "n/a"].dropna(), format="%d.%m.%Y")
    schema = {"columns": [{"name": "day", "kind": "date", "others": "null"}]}
    made = walk(frame, tmp_path, schema=schema)["day"]
    assert made.isna().any()
    pd.to_datetime(made.dropna(), format="%d.%m.%Y")


def test_a_column_that_must_not_be_null_is_refused_before_the_fit():
    strict = pa.schema([pa.field("day", pa.string(), nullable=False), pa.field("x", pa.int64())])
    table = pa.table({"day": ["soon", *days("%Y-%m-%d")], "x": range(N_ROWS + 1)}, schema=strict)
    with pytest.raises(SchemaError, match="row 0 is 'soon', but 'day' is declared not null"):
        TabularDiffusion(max_steps=2, device="cpu").fit(table)


def test_integers_with_a_number_that_stands_for_none():
    column, codec = infer([*map(int, days("%Y%m%d")), *[0] * 20, *[99_999_999] * 20])
    assert column.kind == "date"
    made = draw(codec)
    assert {0, 99_999_999} < set(made)
    pd.to_datetime(pd.Series([cell for cell in made if cell not in (0, 99_999_999)]).astype(str), format="%Y%m%d")


def test_whole_floats_with_gaps_are_days():
    column, codec = infer([*map(float, days("%Y%m%d")), None])
    assert column.kind == "date"
    pd.to_datetime(pd.Series(draw(codec)).dropna().astype(int).astype(str), format="%Y%m%d")


DAY_ORDERS = {
    "a day above 12": (["01/02/2020", "25/02/2020"], "%d/%m/%Y", 0),
    "a day above 12 in second place": (["01/02/2020", "02/25/2020"], "%m/%d/%Y", 0),
    "first of each month": ([f"01/{m:02}/{y}" for y in range(2000, 2020) for m in range(1, 13)], "%d/%m/%Y", 0),
    "first of each month, month first": (
        [f"{m:02}/01/{y}" for y in range(2000, 2020) for m in range(1, 13)],
        "%m/%d/%Y",
        0,
    ),
    "nothing decides": ([f"{d:02}/{m:02}/2020" for d in range(1, 13) for m in RNG.permutation(12) + 1], "%m/%d/%Y", 1),
    "another form of the column decides": (
        [*(f"{d:02}.{d:02}.2020" for d in range(1, 13)), *(f"{d}.03.2020 10:30" for d in range(13, 29))],
        "%d.%m.%Y",
        0,
    ),
}


@pytest.mark.parametrize("name", DAY_ORDERS)
def test_day_or_month_first(name):
    cells, code, n_notes = DAY_ORDERS[name]
    _, codec = infer(cells)
    ways = [codec.pattern.text, *(codec.mixture.others if codec.mixture else ())]
    assert code in ways
    assert len(codec.notes) == n_notes
    assert all("may be written" in note and "format" in note for note in codec.notes)


KEPT = {
    "%Y-%m-%dT%H:%M:%S%z": ["2021-07-18T22:33:11+02:00", "2021-01-18T22:33:11+01:00"],
    "%Y-%m-%d %H:%M:%S%z": ["2021-07-18 22:33:11+0200", "2021-01-18 22:33:11Z"],
    "%G-W%V": ["2021-W28", "2020-W01"],
    "%d%b%Y": ["18JUL2021", "19AUG2021"],
    "%d %B %Y": ["5 May 2021", "12 June 2021"],
    "%m/%d/%Y": ["1/2/2021", "10/12/2021"],
    "%F %T": ["2021-01-01 10:00:00", "2022-02-28 00:00:00"],
    "%y%m%d": ["210718", "690101"],
    "%Y-%m-%d %H:%M:%S.%f": ["2021-01-01 10:00:00.12", "2021-01-01 10:00:00.123456"],
    "%Y-%m-%d %H:%M:%S %Z": ["2021-01-01 10:00:00 EST", "2021-07-01 10:00:00 EDT"],
    "%I:%M %p": ["10:00 pm", "9:01 am"],
    "%A, %d. %B %Y": ["Sunday, 18. July 2021", "Monday, 19. July 2021"],
}


@pytest.mark.parametrize("code", KEPT)
def test_a_declared_format_keeps_every_value_to_the_letter(code):
    cells = pa.chunked_array([KEPT[code]])
    kind = "time" if code == "%I:%M %p" else "datetime"
    codec = fit_codec(cells, ColumnSchema(name="x", kind=kind, format=code))
    values = codec.encode(cells)
    drawn = {cell for seed in range(30) for cell in codec.decode(values, np.random.default_rng(seed)).to_pylist()}
    assert {cell for cell in drawn if cell in KEPT[code]} == set(KEPT[code])


REFUSED = {
    ("%U-%Y", "28-2021"): "the code %U of the format '%U-%Y' is not supported",
    ("%c", "Sun Jul 18"): "the code %c of the format",
    ("%d/%H", "28/12"): "does not say which day is meant",
    ("%H:%M %Y", "10:00 2021"): None,
    ("yyyy-MM-dd", "2020-01-01"): "has no code of a date or a time",
    ("%Y-%", "2020-"): "the code % of the format",
    ("%d/%m/%Y", "31/02/2021"): "column 'x', row 1: '31/02/2021' is not written %d/%m/%Y",
    ("%a %d.%m.%Y", "Mon 18.07.2021"): "row 1: 'Mon 18.07.2021' .* it would come back as 'Sun 18.07.2021'",
    ("%Y-%m-%d", "2020-01-01 10:00"): "row 1: '2020-01-01 10:00' is not written %Y-%m-%d",
    ("%Y-%m-%d", "n/a"): "row 1: 'n/a' is not written %Y-%m-%d",
    ("%H:%M", "37:15"): "row 1: '37:15' is not written %H:%M",
}


@pytest.mark.parametrize(("code", "cell"), REFUSED)
def test_a_declared_format_that_cannot_be_kept_is_refused(code, cell):
    message = REFUSED[code, cell]
    column = ColumnSchema(name="x", kind="datetime", format=code)
    cells = pa.chunked_array([[None, cell]])
    if message is None:
        assert fit_codec(cells, column).decode(fit_codec(cells, column).encode(cells)).to_pylist() == [None, cell]
        return
    with pytest.raises(SchemaError, match=message) as caught:
        fit_codec(cells, column)
    assert caught.value.column == "x"


def written(code, n=200):
    return pd.Series(pd.date_range("2018-01-01", periods=n, freq="997min")).dt.strftime(code).tolist()


REPORTED = {
    "digits with slips of the century": ([*map(int, days("%Y%m%d")), 15550217, 16560130], "date", 0),
    "twenty digits": (written("%Y%m%d%H%M%S%f"), "datetime", 0),
    "offsets after a blank": ([*written("%Y-%m-%d %H:%M -0500"), *written("%Y-%m-%d %H:%M -0400")], "datetime", 0),
    "a blank or a T": (
        [*written("%Y-%m-%d %H:%M:%S.805829-08:00"), *written("%Y-%m-%dT%H:%M:%S.158966-07:00")],
        "datetime",
        0,
    ),
    "with and without an offset": (
        [*written("%Y-%m-%dT%H:%M:%S.111+01:00"), *written("%Y-%m-%dT%H:%M:%S.111")],
        "datetime",
        0,
    ),
    "midnight at the end of a day": ([*written("%Y-%m-%dT%H:%M:%S"), *written("%Y-%m-%dT24:00:00", 20)], "datetime", 0),
    "compact without a zone": (written("%Y%m%dT%H%M%S"), "datetime", 0),
    "day without and month with a zero": ([f"{cell[1:]}" for cell in written("0%d/%m/%Y %I:%M %p")], "datetime", 0),
    "a fraction without digits": (
        [*written("%Y-%m-%d %H:%M:%S UTC"), *written("%Y-%m-%d %H:%M:%S.1 UTC"), "2022-04-03 17:38:20. UTC"],
        "datetime",
        1,
    ),
    "never": ([*written("%a, %d %b %Y %H:%M:%S GMT"), *["Fri, 31 Dec 9999 23:59:59 GMT"] * 30], "datetime", 0),
    "stop watch": ([f"{'-' * (i % 5 == 0)}{i % 130 + 20:02d}:{i % 60:02d}:00" for i in range(300)], "duration", 0),
    "stop watch with hundredths": ([f"{i + 200}:09:{i % 60:02d}.{i % 97:02d}" for i in range(300)], "duration", 0),
}


@pytest.mark.parametrize("name", REPORTED)
def test_forms_that_users_report(name):
    cells, kind, n_notes = REPORTED[name]
    column, codec = infer(cells)
    assert column.kind == kind, column.why
    assert len(codec.notes) == n_notes
    values = codec.encode(pa.array(cells))
    assert np.isnan(values).sum() == n_notes
    # What is drawn between real values is written like them: letters and signs stay, digits change.
    between = np.sort(values)[: len(values) - n_notes]
    made = codec.decode(np.interp(RNG.random(500), np.linspace(0, 1, len(between)), between), RNG).to_pylist()
    shapes = [
        {"".join("9" if sign.isdigit() else sign for sign in str(cell)) for cell in part} for part in (cells, made)
    ]
    no_words = [
        {"".join(sign for sign in shape if not sign.isalpha() or sign in "TZ") for shape in part} for part in shapes
    ]
    assert no_words[1] <= no_words[0]


def test_the_command_line_keeps_offsets_markers_and_digits(tmp_path):
    rows = []
    for i, day in enumerate(DAYS):
        moment = f"{day.isoformat()}+0{1 + (4 <= day.month <= 10)}:00"
        rows.append(f"{moment},{'n/a' if i % 9 == 0 else day.strftime('%d/%m/%Y')},{day:%Y%m%d%H%M%S}")
    made = walk_csv("\n".join(["at,day,stamp", *rows]) + "\n", tmp_path)
    assert set(pd.to_datetime(made["at"], utc=True).dt.year) <= set(range(2011, 2023))
    assert set(made["at"].str[-6:]) == {"+01:00", "+02:00"}
    assert (made["day"] == "n/a").any()
    pd.to_datetime(made["day"][~made["day"].isin(["n/a", ""])], format="%d/%m/%Y")
    pd.to_datetime(made["stamp"], format="%Y%m%d%H%M%S")
