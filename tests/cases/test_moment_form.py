"""Ways of writing moments besides those of standards: names in many languages, bare digits, letters around a date."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from synthdiff.codecs.infer import infer_column
from synthdiff.codecs.registry import codec_from_dict, fit_codec
from synthdiff.data.schema import ColumnSchema

RNG = np.random.default_rng(11)
FIRST = datetime(2016, 1, 1)
MOMENTS = [FIRST + timedelta(seconds=int(s)) for s in RNG.integers(0, 8 * 365 * 86_400, 400)]
GERMAN = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
]
FRENCH = ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."]
SPANISH = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
]
ITALIAN = ["gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"]
POLISH = [
    "stycznia",
    "lutego",
    "marca",
    "kwietnia",
    "maja",
    "czerwca",
    "lipca",
    "sierpnia",
    "września",
    "października",
    "listopada",
    "grudnia",
]
DAYS = ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"]
OLD = ["Jan.", "Feb.", "March", "April", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec."]


def ordinal(day):
    return f"{day}{'th' if 10 < day < 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


def half(moment, *words):
    return f"{moment:%m/%d/%Y %I:%M} {words[moment.hour // 12]}"


# Name: how a moment is written, the kind of its column.
FORMS = {
    "german": (lambda m: f"{m.day}. {GERMAN[m.month - 1]} {m.year}", "date"),
    "german weekday": (lambda m: f"{DAYS[m.weekday()]}., {m:%d.%m.%Y, %H:%M} Uhr", "datetime"),
    "french": (lambda m: f"{m.day} {FRENCH[m.month - 1]} {m.year}", "date"),
    "french first": (lambda m: f"{'1er' if m.day == 1 else m.day} {FRENCH[m.month - 1]} {m.year}", "date"),
    "spanish": (lambda m: f"{m.day} de {SPANISH[m.month - 1]} de {m.year}", "date"),
    "italian": (lambda m: f"{m.day:02d}-{ITALIAN[m.month - 1].upper()}-{m.year}", "date"),
    "polish": (lambda m: f"{m.day} {POLISH[m.month - 1]} {m.year}", "date"),
    "japanese": (lambda m: f"{m.year}年{m.month}月{m.day}日", "date"),
    "korean": (lambda m: f"{m:%Y년 %m월 %d일}", "date"),
    "newspaper": (lambda m: f"{OLD[m.month - 1]} {m.day}, {m.year}", "date"),
    "counted day": (lambda m: f"{m:%B} {ordinal(m.day)}, {m.year}", "date"),
    "halves with points": (lambda m: half(m, "a.m.", "p.m."), "datetime"),
    "spanish halves": (lambda m: half(m, "a. m.", "p. m."), "datetime"),
    "month first between hyphens": (lambda m: f"{m:%b}-{m.day}-{m.year}", "date"),
    "month in words between points": (lambda m: f"{m.day}.{m:%B}.{m.year}", "date"),
    "year first between slashes": (lambda m: f"{m:%Y/%B/%d}", "date"),
    "short year behind points": (lambda m: f"{m:%b.%d.%y}", "date"),
    "underscores": (lambda m: f"{m:%d_%m_%Y}", "date"),
    "month and short year": (lambda m: f"{m.month}/{m:%y}", "date"),
    "card": (lambda m: f"{m:%m/%y}", "date"),
    "no year": (lambda m: f"{m:%d-%b}", "date"),
    "system log": (lambda m: f"{m:%b} {m.day:2d} {m:%H:%M:%S}", "datetime"),
    "access log in brackets": (lambda m: f"[{m:%d/%b/%Y:%H:%M:%S} +0100]", "datetime"),
    "mail with a comment": (lambda m: f"{m:%a, %d %b %Y %H:%M:%S} +0200 (CEST)", "datetime"),
    "browser": (lambda m: f"{m:%a %b %d %Y %H:%M:%S} GMT+0100 (Central European Standard Time)", "datetime"),
    "region": (lambda m: f"{m:%Y-%m-%d %H:%M:%S} Europe/Berlin", "datetime"),
    "two regions": (lambda m: f"{m:%Y-%m-%d %H:%M:%S} {('Asia/Tokyo', 'America/New_York')[m.day % 2]}", "datetime"),
    "eastern time": (lambda m: f"{m:%b %d, %Y %I:%M %p} ET", "datetime"),
    "military zone": (lambda m: f"{m:%Y-%m-%dT%H:%M:%S}B", "datetime"),
    "date time group": (lambda m: f"{m:%d%H%MZ %b %y}".upper(), "datetime"),
    "statistics package": (lambda m: f"{m:%d%b%Y:%H:%M:%S}.000".upper(), "datetime"),
    "web server": (lambda m: f"{m:%Y-%m-%d,%H:%M:%S}", "datetime"),
    "month of statistics": (lambda m: f"{m.year}M{m.month:02d}", "date"),
    "short quarter": (lambda m: f"{(m.month + 2) // 3}Q{m:%y}", "date"),
    "fiscal quarter": (lambda m: f"FY{m.year} Q{(m.month + 2) // 3}", "date"),
    "calendar week": (lambda m: f"KW {m.isocalendar()[1]:02d}/{m.isocalendar()[0]}", "date"),
    "week in words": (lambda m: f"Week {m.isocalendar()[1]}, {m.isocalendar()[0]}", "date"),
    "ordinal day": (lambda m: int(f"{m:%Y%j}"), "date"),
    "week in digits": (lambda m: m.isocalendar()[0] * 100 + m.isocalendar()[1], "date"),
    "day first in digits": (lambda m: int(f"{m:%d%m%Y}"), "date"),
    "day first in text": (lambda m: f"{m:%d%m%Y}", "date"),
    "short year in digits": (lambda m: f"{m:%y%m%d}", "date"),
    "clock in digits": (lambda m: m.hour * 100 + m.minute, "time"),
    "clock in floats": (lambda m: float(m.hour * 100 + m.minute), "time"),
    "clock in text": (lambda m: f"{m:%H%M%S}", "time"),
    "clock without zeros": (lambda m: str(m.hour * 100 + m.minute), "time"),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_column_is_read_and_what_comes_out_was_written_by_the_same_hand(name):
    write, kind = FORMS[name]
    array = pa.chunked_array([[write(moment) for moment in MOMENTS]])
    column = infer_column("when", array)
    assert column.kind == kind, column.why
    codec = codec_from_dict(json.loads(json.dumps(fit_codec(array, column).to_dict())))
    values = codec.encode(array)
    if name != "two regions":
        assert codec.decode(values).to_pylist() == array.to_pylist()
    between = np.interp(RNG.random(500), np.linspace(0, 1, len(values)), np.sort(values))
    made = codec.decode(between, np.random.default_rng(1))
    assert made.type == array.type
    # What comes out is read again by the same codec, and is written the same again: no February 30, no minute 60.
    again = fit_codec(pa.chunked_array([[*array.to_pylist(), *made.to_pylist()]]), column)
    assert not again.notes
    unit = {"date": 86_400, "datetime": 1, "time": 1}[kind]
    real = {write(FIRST + timedelta(days=day)) for day in range(8 * 366)} if unit > 1 else None
    if real is not None:
        assert set(made.to_pylist()) <= real


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (list(range(0, 2400, 50)) * 5, "integer"),
        (RNG.integers(0, 2360, 400).tolist(), "integer"),
        ([f"{a}/{b}" for a, b in zip(RNG.integers(1, 13, 400), RNG.choice([10, 16, 32, 64], 400), strict=True)], None),
        ([f"{a}/{b}" for a, b in zip(RNG.integers(1, 13, 400), RNG.integers(10, 99, 400), strict=True)], None),
        ([f"{grade}/10" for grade in RNG.integers(0, 11, 400)], "categorical"),
        (RNG.integers(0, 60, 400).tolist(), "integer"),
        ([floor * 100 + room for floor in range(1, 9) for room in range(1, 40)] * 2, "integer"),
        (RNG.integers(10_000, 99_999, 400).tolist(), "integer"),
        ([f"{year}-{(year + 1) % 100:02d}" for year in RNG.integers(2000, 2012, 400)], "categorical"),
        ([f"/log/app{i % 9 + 1}/{b}" for i, b in enumerate(RNG.integers(2300, 9999, 400))], None),
    ],
    ids=["fifties", "amounts", "fractions", "ratios", "grades", "minutes", "rooms", "zip codes", "seasons", "paths"],
)  # fmt: skip
def test_other_numbers_are_no_moments(cells, kind):
    found = infer_column("value", pa.chunked_array([cells])).kind
    assert found == kind if kind else found not in ("date", "datetime", "time")


def test_midnight_at_the_end_of_a_day_stays_among_clocks_in_digits():
    cells = [2400 if place % 40 == 0 else m.hour * 100 + m.minute for place, m in enumerate(MOMENTS)]
    array = pa.chunked_array([cells])
    codec = fit_codec(array, infer_column("departure", array))
    assert codec.kind == "time"
    assert "'2400' is no moment; it comes out as often" in codec.notes[0]


def test_a_declared_format_holds_for_names_in_another_language():
    array = pa.chunked_array([[f"{m.day}. {GERMAN[m.month - 1]} {m.year}" for m in MOMENTS]])
    codec = fit_codec(array, ColumnSchema(name="when", kind="date", format="%d. %B %Y"))
    assert codec.pattern.text == "%-d. %(de)B %Y"
