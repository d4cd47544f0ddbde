import datetime

import numpy as np
import pyarrow as pa
import pytest

from synthdiff.codecs.column import ColumnFacts
from synthdiff.codecs.datetime import DateCodec, DatetimeCodec, DurationCodec
from synthdiff.codecs.infer import infer_column
from synthdiff.codecs.registry import fit_codec
from synthdiff.codecs.written.find import find_writing
from synthdiff.codecs.written.form import list_patterns
from synthdiff.codecs.written.pattern import Pattern
from synthdiff.data.schema import ColumnSchema
from synthdiff.errors import DataError, SchemaError

PATTERNS = list_patterns()
RNG = np.random.default_rng(4)
PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def timestamps(seconds, unit, zone=None):
    return pa.chunked_array([pa.array(np.asarray(seconds) * PER_SECOND[unit]).cast(pa.timestamp(unit, zone))])


@pytest.mark.parametrize("unit", PER_SECOND)
@pytest.mark.parametrize(
    ("seconds", "resolution", "why"),
    [
        (1_582_934_400 + RNG.integers(0, 10**6, 99), 1.0, "timestamps in steps of a second"),
        (1_582_934_400 + RNG.integers(0, 999, 99) * 900, 900.0, "timestamps in steps of 15 minutes"),
        (1_582_934_400 + RNG.integers(0, 999, 99) * 86_400, 86_400.0, "timestamps in steps of a day"),
        (1_582_934_400 + np.arange(99) * 604_800, 604_800.0, "timestamps in steps of a week"),
        ([1_582_934_400, 1_582_934_400 + 864_000], 86_400.0, "timestamps in steps of a day"),
        ([1_582_934_460, 1_582_938_120], 60.0, "timestamps in steps of a minute"),
    ],
)
def test_steps_are_found_whatever_the_unit(unit, seconds, resolution, why):
    cells = timestamps(seconds, unit)
    codec = DatetimeCodec.fit(cells, ColumnSchema(name="x", kind="datetime"))
    assert codec.resolution == resolution
    assert codec.claim(ColumnFacts("x", cells)).why == why
    assert np.array_equal(codec.encode(cells), np.asarray(seconds, dtype=np.float64))
    assert codec.decode(codec.encode(cells)).equals(cells.combine_chunks())


@pytest.mark.parametrize("ticks", [10**6, 10**3])
def test_fractions_of_a_second_are_exact(ticks):
    values = 1_582_934_400 * 10**9 + RNG.integers(0, 10**9, 200) * ticks
    cells = pa.chunked_array([pa.array(values).cast(pa.timestamp("ns", "America/New_York"))])
    codec = DatetimeCodec.fit(cells, ColumnSchema(name="x", kind="datetime"))
    assert codec.resolution == ticks / 10**9
    assert codec.decode(codec.encode(cells)).equals(cells.combine_chunks())


def test_nanoseconds_are_exact_within_days_and_rounded_over_years():
    near = pa.chunked_array([pa.array(1_582_934_400 * 10**9 + RNG.integers(0, 10**14, 200)).cast(pa.timestamp("ns"))])
    codec = DatetimeCodec.fit(near, ColumnSchema(name="x", kind="datetime"))
    assert codec.decode(codec.encode(near)).equals(near.combine_chunks())
    far = pa.chunked_array([pa.array(RNG.integers(0, 10**18, 200)).cast(pa.timestamp("ns"))])
    codec = DatetimeCodec.fit(far, ColumnSchema(name="x", kind="datetime"))
    error = np.subtract(codec.decode(codec.encode(far)).cast(pa.int64()), far.combine_chunks().cast(pa.int64()))
    assert np.abs(error).max() <= 256


def test_columns_of_different_units_can_be_compared():
    pickup = timestamps([1_600_000_000, 1_600_000_060], "ns")
    dropoff = timestamps([1_600_000_300, 1_600_000_400], "s")
    encoded = [DatetimeCodec.fit(c, ColumnSchema(name="x", kind="datetime")).encode(c) for c in (pickup, dropoff)]
    assert (encoded[1] - encoded[0]).tolist() == [300.0, 340.0]


def test_extreme_timestamps():
    cells = pa.chunked_array([pa.array([-(2**63) + 1, None, 2**63 - 1]).cast(pa.timestamp("ns"))])
    codec = DatetimeCodec.fit(cells, ColumnSchema(name="x", kind="datetime"))
    assert codec.decode(codec.encode(cells)).equals(cells.combine_chunks())


def test_dates_are_days_and_durations_seconds():
    dates = pa.chunked_array([pa.array([datetime.date(1970, 1, 3), datetime.date(1969, 12, 31)], pa.date64())])
    assert DateCodec.fit(dates, ColumnSchema(name="x", kind="date")).encode(dates).tolist() == [2.0, -1.0]
    spans = pa.chunked_array([pa.array([datetime.timedelta(milliseconds=1_500)], pa.duration("ms"))])
    assert DurationCodec.fit(spans, ColumnSchema(name="x", kind="duration")).encode(spans).tolist() == [1.5]


MOMENTS = RNG.integers(946_684_800, 1_893_456_000, 200)


@pytest.mark.parametrize("text", PATTERNS[:60] + PATTERNS[60::37])
def test_every_pattern_is_read_and_written(text):
    pattern = Pattern(text)
    per = PER_SECOND[pattern.unit]
    written = pattern.write(MOMENTS * per)
    again, valid = pattern.read(written)
    assert valid.all()
    assert pattern.restores(written)
    found = find_writing(written)
    assert found is not None
    assert found.kind == pattern.kind
    assert len(found.ways) == 1
    assert found.ways[0].write(found.ways[0].read(written)[0]).equals(written)
    if pattern.kind == "datetime" and "%S" in text:
        assert np.array_equal(again, MOMENTS * per)


@pytest.mark.parametrize(
    ("values", "kind", "pattern", "seconds"),
    [
        (["2020-01-31", "2019-12-01"], "date", "%Y-%m-%d", None),
        (["1/31/2020", "12/1/2019"], "date", "%-m/%-d/%Y", None),
        (["31/01/2020", "01/12/2019"], "date", "%d/%m/%Y", None),
        (["31.01.20", "01.12.19"], "date", "%d.%m.%y", None),
        (["2020-01-31T10:00:00Z", "2019-12-01T00:00:01Z"], "datetime", "%Y-%m-%dT%H:%M:%SZ", 1.0),
        (["2020-01-31 10:00", "2019-12-01 00:30"], "datetime", "%Y-%m-%d %H:%M", 60.0),
        (["2020-01-31 10:00:00.250", "2019-12-01 00:30:00.000"], "datetime", "%Y-%m-%d %H:%M:%S.%3f", 0.01),
        (["2020-01-31T10:00:00.000001Z", "2019-12-01T00:30:00.000000Z"], "datetime", "%Y-%m-%dT%H:%M:%S.%fZ", 1e-6),
        (["1/31/2020 9:05 PM", "12/1/2019 12:00 AM"], "datetime", "%-m/%-d/%Y %-I:%M %p", 60.0),
        (["09:30", "23:59"], "time", "%H:%M", 60.0),
    ],
)
def test_moments_in_text(values, kind, pattern, seconds):
    cells = pa.chunked_array([pa.array([*values, None], pa.large_string())])
    codec = fit_codec(cells, ColumnSchema(name="x", kind=kind))
    assert codec.pattern.text == pattern
    assert seconds is None or codec.resolution == pytest.approx(seconds)
    assert codec.decode(codec.encode(cells)).to_pylist() == [*values, None]


@pytest.mark.parametrize(
    "values",
    [
        ["2020-01-31", "2020-02-30"],
        ["2020-01-31", "2020-1-31"],
        ["2020-01-31", "unknown"],
        ["2020-01-31", "2020-01-31 10:00"],
        ["1.5", "2.5"],
        ["12-AB", "13-CD"],
        ["", "2020-01-31"],
        ["March", "May"],
    ],
)
def test_text_that_is_not_moments_throughout(values):
    assert find_writing(pa.array(values)) is None


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([20200128 + i for i in range(4)] + [20200201 + i for i in range(20)], "date"),
        ([f"{20200201 + i}" for i in range(20)], "date"),
        ([202001 + i for i in range(12)], "date"),
        ([20200101 + i for i in range(50)] * 2, "integer"),
        ([20200101, 20200102], "integer"),
        ([1201 + i for i in range(12)] * 2, "integer"),
        ([30200101 + i for i in range(20)] * 2, "integer"),
    ],
)
def test_dates_in_digits(values, kind):
    cells = pa.chunked_array([pa.array(values)])
    column = infer_column("day", cells)
    assert column.kind == kind, column.why
    codec = fit_codec(cells, column)
    assert codec.decode(codec.encode(cells)).equals(cells.combine_chunks())


def test_a_declared_pattern_is_taken_at_its_word():
    cells = pa.chunked_array([["01/02/2020", "03/04/2020"]])
    codec = fit_codec(cells, ColumnSchema(name="x", kind="date", format="%d/%m/%Y"))
    assert codec.encode(cells)[0] == (datetime.date(2020, 2, 1) - datetime.date(1970, 1, 1)).days
    with pytest.raises(SchemaError, match="column 'x', row 0: '13/31/2020' is not written %d/%m/%Y; correct"):
        fit_codec(pa.chunked_array([["13/31/2020"]]), ColumnSchema(name="x", kind="date", format="%d/%m/%Y"))
    with pytest.raises(SchemaError, match="declared date, but its values .*'soon'.* in no known way"):
        fit_codec(pa.chunked_array([["soon"]]), ColumnSchema(name="x", kind="date"))


def test_new_text_in_another_pattern_is_named_with_its_place():
    cells = pa.chunked_array([["2020-01-31", "2019-12-01"]])
    codec = fit_codec(cells, ColumnSchema(name="x", kind="date"))
    with pytest.raises(DataError, match="column 'x', row 2 is '31.01.2020', which is not written %Y-%m-%d") as caught:
        codec.encode(pa.array(["2020-01-30", None, "31.01.2020"]))
    assert (caught.value.row, caught.value.value) == (2, "31.01.2020")
