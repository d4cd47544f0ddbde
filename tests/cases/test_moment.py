"""Moments and lengths of time in text and in integers: every cell that comes out is read by somebody else's reader."""

from __future__ import annotations

import email.utils
import re
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from dateutil import parser

from synthdiff.codecs.written.find import find_writing
from tests.cases.walk import N_ROWS, walk

RNG = np.random.default_rng(7)
FIRST, LAST = datetime(2015, 3, 1), datetime(2024, 11, 30)
MOMENTS = [FIRST + timedelta(seconds=int(s)) for s in RNG.integers(0, int((LAST - FIRST).total_seconds()), N_ROWS)]
SECONDS = RNG.integers(0, 400_000, N_ROWS).tolist()


def each(code):
    return [moment.strftime(code) for moment in MOMENTS]


def by_strptime(code):
    """Read with the standard library, and write again."""

    def read(cell):
        moment = datetime.strptime(cell, code)
        assert moment.strftime(code) == cell
        return moment

    return read


def by_iso(cell):
    return datetime.fromisoformat(cell)


def by_mail(cell):
    moment = email.utils.parsedate_to_datetime(cell)
    assert cell.startswith(f"{moment:%a}, ")
    return moment


def by_dateutil(cell):
    return parser.parse(cell)


def by_day_first(cell):
    return parser.parse(cell, dayfirst=True)


def by_quarter(cell):
    return pd.Period(cell.replace("-", ""), freq="Q").start_time.to_pydatetime()


def by_week(cell):
    return datetime.fromisoformat(cell if cell.count("-") > 1 else f"{cell}-1")


def by_offset(*offsets):
    def read(cell):
        moment = datetime.fromisoformat(cell)
        assert moment.strftime("%z") in offsets
        return moment

    return read


def by_summer_time(cell):
    moment = datetime.fromisoformat(cell)
    summer = 4 <= moment.month <= 10
    if moment.month not in (3, 4, 10, 11):  # a change is placed between the two moments around it
        assert moment.utcoffset() == timedelta(hours=1 + summer)
    return moment


def in_summer_time(moment):
    return f"{moment:%Y-%m-%dT%H:%M:%S}{'+02:00' if 4 <= moment.month <= 10 else '+01:00'}"


def by_capitals(code):
    def read(cell):
        assert cell == cell.upper()
        return datetime.strptime(cell, code)

    return read


def by_one_of(*codes):
    def read(cell):
        return next(moment for code in codes if (moment := try_strptime(cell, code)))

    return read


def try_strptime(cell, code):
    try:
        moment = datetime.strptime(cell, code)
    except ValueError:
        return None
    return moment if moment.strftime(code) == cell else None


def integers(code, dtype=np.int64):
    return pd.Series(each(code)).astype(np.int64).astype(dtype)


def by_digits(code):
    def read(cell):
        assert isinstance(cell, int)
        return datetime.strptime(str(cell), code)

    return read


def unpadded(moment):
    return f"{moment.month}/{moment.day}/{moment.year} {moment.hour}:{moment:%M}"


def fractions(moment):
    digits = moment.second % 4 * 3
    return f"{moment:%Y-%m-%dT%H:%M:%S}" + (f".{moment.minute * 7:0{digits}d}" if digits else "") + "Z"


def by_pandas(cell):
    return pd.Timestamp(cell).to_pydatetime(warn=False).replace(tzinfo=None)


FORMS = {
    "offset": (each("%Y-%m-%dT%H:%M:%S+02:00"), by_offset("+0200")),
    "offset without a colon": (each("%Y-%m-%d %H:%M:%S-0530"), by_offset("-0530")),
    "offsets by season": ([in_summer_time(moment) for moment in MOMENTS], by_summer_time),
    "offsets by row": (
        [f"{moment.isoformat()}{('+02:00', '-05:00', 'Z')[i % 3]}" for i, moment in enumerate(MOMENTS)],
        by_offset("+0200", "-0500", "+0000"),
    ),
    "fractions of 0 to 9 digits": ([fractions(moment) for moment in MOMENTS], by_pandas),
    "a fraction now and then": (
        [(moment + timedelta(microseconds=i % 2 * 250_000)).isoformat() for i, moment in enumerate(MOMENTS)],
        by_iso,
    ),
    "fraction of one digit": (each("%Y-%m-%d %H:%M:%S.5"), by_dateutil),
    "fraction after a comma": ([f"{m:%Y-%m-%d %H:%M:%S},{m.minute:03d}" for m in MOMENTS], by_dateutil),
    "compact": (each("%Y%m%dT%H%M%SZ"), by_strptime("%Y%m%dT%H%M%SZ")),
    "fourteen digits": (each("%Y%m%d%H%M%S"), by_strptime("%Y%m%d%H%M%S")),
    "twelve digits": (each("%Y%m%d%H%M"), by_strptime("%Y%m%d%H%M")),
    "mail": (each("%a, %d %b %Y %H:%M:%S +0000"), by_mail),
    "web": (each("%a, %d %b %Y %H:%M:%S GMT"), by_mail),
    "ctime": ([moment.ctime() for moment in MOMENTS], by_dateutil),
    "access log": (each("%d/%b/%Y:%H:%M:%S +0000"), by_strptime("%d/%b/%Y:%H:%M:%S +0000")),
    "long date": ([f"{m:%A}, {m:%B} {m.day}, {m.year}" for m in MOMENTS], by_dateutil),
    "capitals": ([cell.upper() for cell in each("%d%b%Y")], by_capitals("%d%b%Y")),
    "small letters": ([cell.lower() for cell in each("%d-%b-%Y")], lambda cell: datetime.strptime(cell, "%d-%b-%Y")),
    "iso week": (each("%G-W%V"), by_week),
    "iso week and day": (each("%G-W%V-%u"), by_week),
    "ordinal day": (each("%Y-%j"), by_strptime("%Y-%j")),
    "quarter": ([f"{m.year}Q{(m.month + 2) // 3}" for m in MOMENTS], by_quarter),
    "quarter after a dash": ([f"{m.year}-Q{(m.month + 2) // 3}" for m in MOMENTS], by_quarter),
    "half a day": (each("%m/%d/%Y %I:%M:%S %p"), by_strptime("%m/%d/%Y %I:%M:%S %p")),
    "pm in small letters": ([f"{m:%d.%m.%Y} {m:%I:%M} {'ap'[m.hour // 12]}m" for m in MOMENTS], by_day_first),
    "unpadded": ([unpadded(moment) for moment in MOMENTS], by_dateutil),
    "day first": (each("%d/%m/%Y"), by_strptime("%d/%m/%Y")),
    "month first": (each("%m/%d/%Y %H:%M"), by_strptime("%m/%d/%Y %H:%M")),
    "years of two digits": (each("%d.%m.%y"), by_strptime("%d.%m.%y")),
    "with and without time": (
        [f"{m:%Y-%m-%d}" if i % 3 else f"{m:%Y-%m-%d %H:%M:%S}" for i, m in enumerate(MOMENTS)],
        by_one_of("%Y-%m-%d", "%Y-%m-%d %H:%M:%S"),
    ),
    "partial dates": (
        [m.strftime(("%Y", "%Y-%m", "%Y-%m-%d")[i % 3]) for i, m in enumerate(MOMENTS)],
        by_one_of("%Y", "%Y-%m", "%Y-%m-%d"),
    ),
    "years before 1900": ([f"{1500 + 2 * i:04d}-{i % 12 + 1:02d}-28" for i in range(250)] * 2, date.fromisoformat),
    "years up to 9999": ([f"{9999 - i // 2:04d}-12-{31 - i % 28:02d}" for i in range(N_ROWS)], date.fromisoformat),
    "zone by name": (each("%Y-%m-%d %H:%M:%S UTC"), by_strptime("%Y-%m-%d %H:%M:%S UTC")),
    "zone in brackets": (
        each("%Y-%m-%dT%H:%M:%S+01:00[Africa/Lagos]"),
        by_strptime("%Y-%m-%dT%H:%M:%S+01:00[Africa/Lagos]"),
    ),
    "social media": (each("%a %b %d %H:%M:%S +0000 %Y"), by_strptime("%a %b %d %H:%M:%S +0000 %Y")),
    "camera": (each("%Y:%m:%d %H:%M:%S"), by_strptime("%Y:%m:%d %H:%M:%S")),
    "digits to the second": (integers("%Y%m%d%H%M%S"), by_digits("%Y%m%d%H%M%S")),
    "digits to the minute": (integers("%Y%m%d%H%M"), by_digits("%Y%m%d%H%M")),
    "digits to the day": (integers("%Y%m%d", np.int32), by_digits("%Y%m%d")),
    "digits to the month": (integers("%Y%m", np.uint32), by_digits("%Y%m")),
}


def by_clock(cell):
    sign, hours, minutes, seconds = re.fullmatch(r"(-?)(\d{2,3}):([0-5]\d):([0-5]\d)", cell).groups()
    size = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds))
    return -size if sign else size


def by_timedelta(cell):
    size = pd.Timedelta(cell)
    assert size == pd.Timedelta(0) or cell in (str(size.to_pytimedelta()), str(size))
    return size.to_pytimedelta()


def by_iso_length(cell):
    found = re.fullmatch(r"P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", cell)
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def iso_length(seconds):
    parts = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
    clock = "".join(f"{number}{unit}" for number, unit in zip(parts[1:], "HM", strict=True) if number)
    return f"P{f'{parts[0]}D' if parts[0] else ''}{'T' + clock if clock else ''}" if any(parts) else "PT0S"


LENGTHS = {
    "over a day": ([f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in SECONDS], by_clock),
    "negative": ([f"{'-' * (s % 3 == 0)}00:{s // 60 % 60:02d}:{s % 60:02d}" for s in SECONDS], by_clock),
    "of the standard library": ([str(timedelta(seconds=s - 100_000)) for s in SECONDS], by_timedelta),
    "of pandas": ([str(pd.Timedelta(seconds=s - 9_000)) for s in SECONDS], by_timedelta),
    "of iso 8601": ([iso_length(s) for s in SECONDS], by_iso_length),
    "in words": ([f"{s // 3600}h {s // 60 % 60}m" for s in SECONDS], lambda cell: pd.Timedelta(cell).to_pytimedelta()),
}


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    """What comes out of one table with all forms as columns."""
    columns = {name: list(cells)[:N_ROWS] for name, (cells, _) in (FORMS | LENGTHS).items()}
    frame = pd.DataFrame(columns)
    for name, (cells, _) in FORMS.items():
        if isinstance(cells, pd.Series):
            frame[name] = cells
    return frame, walk(frame, tmp_path_factory.mktemp("moments"))


@pytest.mark.parametrize("name", FORMS)
def test_every_moment_is_read_and_lies_in_the_range(samples, name):
    real, made = samples
    read = FORMS[name][1]
    assert made[name].dtype == real[name].dtype
    before, after = (sorted(naive(read(cell)) for cell in frame[name].tolist()) for frame in (real, made))
    assert before[0] - after[0] <= timedelta(days=1)
    assert after[-1] - before[-1] <= timedelta(days=1)
    assert len(set(after)) > min(20, len(set(before)) / 4)
    assert len({len(cell) for cell in made[name].astype(str)} - {len(cell) for cell in real[name].astype(str)}) <= 1


def naive(moment):
    if isinstance(moment, datetime):
        return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    return datetime(moment.year, moment.month, moment.day)


@pytest.mark.parametrize("name", LENGTHS)
def test_every_length_of_time_is_read_and_lies_in_the_range(samples, name):
    real, made = samples
    read = LENGTHS[name][1]
    before, after = ([read(cell) for cell in frame[name]] for frame in (real, made))
    assert min(before) <= min(after) <= max(after) <= max(before)
    assert len(set(after)) > 50


@pytest.mark.parametrize("since", ["2001-03-01", "2010-01-01", "2019-01-01"])
@pytest.mark.parametrize("time", ["", " %H:%M", " %H:%M:%S"])
@pytest.mark.parametrize("form", ["%y/%m/%d", "%y-%m-%d", "%y.%m.%d", "%d/%m/%y", "%d.%m.%y", "%d-%m-%y", "%m/%d/%y"])
def test_years_of_two_digits_are_not_taken_for_days(form, time, since):
    """21/07/09 can be read in two ways: days that all lie between 19 and 23 are years."""
    r = np.random.default_rng(8)
    days = pd.Timestamp(since) + pd.to_timedelta(r.integers(0, 1_500 * 86_400, 300), "s")
    cells = pa.array(sorted({day.strftime(form + time) for day in days}, key=lambda _: r.random()))
    found = find_writing(cells)
    assert [way.text for way in found.ways] == [form + time]
    assert not found.odd.any()
