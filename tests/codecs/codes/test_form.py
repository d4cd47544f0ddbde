import datetime
import json

import numpy as np
import pyarrow as pa
import pytest

from synthdiff.codecs.codes.code import Code
from synthdiff.codecs.codes.date import FoundDay, find_days
from synthdiff.codecs.codes.form import Form
from synthdiff.codecs.codes.group import count_distinct, distinct, group
from synthdiff.codecs.codes.part import CIRCLE, Clock, Day, Digits, Letters, Words, part_from_dict, part_to_dict
from synthdiff.codecs.codes.schedule import Schedule
from synthdiff.codecs.codes.sequence import Sequence, Stretch

RNG = np.random.default_rng(4)
SIX, EIGHT = tuple(range(6)), tuple(range(8))
PARTS = [
    Digits((1, 2, 3), 20, 345),
    Letters((0,), "ABXZ"),
    Clock((0, 1, 2, 3, 4, 5), 3_000, 86_399),
    Words((2, 3), ("AA", "BZ", "QQ")),
    Day(EIGHT, "YYYYMMDD", 0, -20_000, 30_000),
    Day(SIX, "DDMMYY", 0, 0, CIRCLE),
    Day(SIX, "YYMMDD", 20, 30_000, 20_000),
]


def matrix(texts):
    return np.frombuffer("".join(texts).encode(), np.uint8).reshape(len(texts), -1).copy()


def rows(n):
    return np.arange(n, dtype=np.uint64)


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_parts_come_back(part):
    assert part_from_dict(json.loads(json.dumps(part_to_dict(part)))) == part
    positions = rows(part.size)
    codes = np.full((part.size, 8), ord("-"), np.uint8)
    part.write(codes, positions)
    assert (part.read(codes) == positions).all()
    assert count_distinct(codes) == part.size


def test_dates_are_dates():
    codes = np.zeros((CIRCLE, 6), np.uint8)
    Day(SIX, "YYMMDD", 0, 0, CIRCLE).write(codes, rows(CIRCLE))
    found = {bytes(code).decode() for code in codes}
    days = [datetime.date(2000, 1, 1) + datetime.timedelta(day) for day in range(36_525)]
    assert found == {f"{day:%y%m%d}" for day in days} - {"000229"}


@pytest.mark.parametrize("order", ["YYYYMMDD", "DDMMYYYY", "MMDDYYYY", "YYMMDD", "DDMMYY"])
def test_dates_are_found_where_they_are(order):
    pattern = order.replace("YYYY", "%Y").replace("YY", "%y").replace("MM", "%m").replace("DD", "%d")
    days = [datetime.date(1975, 1, 1) + datetime.timedelta(int(day)) for day in RNG.integers(0, 10_000, 200)]
    codes = matrix([f"7{day:{pattern}}{RNG.integers(10, 99)}" for day in days])
    found = find_days(codes, [])
    assert found == [FoundDay(tuple(range(1, 1 + len(order))), order, 0)]
    part = found[0].part(codes)
    # Years of two digits go in a circle, from 75 to 02, without 29 February 00.
    assert part.days == (max(days) - min(days)).days + (len(order) == 8)
    assert not find_days(codes, [2, 5, 8])


def test_numbers_are_no_dates():
    assert not find_days(matrix([f"{number:06d}" for number in range(100_101, 100_121)]), [])
    assert not find_days(matrix([f"{number:08d}" for number in RNG.integers(0, 10**8, 200)]), [])


@pytest.mark.parametrize(
    ("weights", "freshes", "rooms"),
    [([1], [100], [200]), ([5, 3, 1], [50, 10, 0], [60, 10, 7]), ([1, 10_000], [10**6, 10**6], [10**7, 10**7])],
)
def test_schedules_use_new_codes_first_and_none_twice(weights, freshes, rooms):
    schedule = Schedule(weights, freshes, rooms)
    n = min(sum(rooms), 50_000)
    forms, ranks = (np.concatenate(parts) for parts in zip(*_pieces(schedule, n), strict=True))
    assert count_distinct(np.stack([forms, ranks.astype(np.int64)], axis=1).view(np.uint8)) == n
    for form, (fresh, room) in enumerate(zip(freshes, rooms, strict=True)):
        mine = ranks[forms == form]
        assert sorted(mine.tolist()) == list(range(len(mine)))
        assert len(mine) <= room
        assert (ranks[: sum(freshes)][forms[: sum(freshes)] == form] < fresh).all()
    if n < sum(freshes):
        assert np.bincount(forms)[0] / n == pytest.approx(weights[0] / sum(weights), abs=0.001)


def _pieces(schedule, n, size=997):
    for start in range(0, n, size):
        yield schedule.assign(np.arange(start, min(start + size, n), dtype=np.uint64))


def test_groups():
    keys = RNG.integers(0, 3, (1_000, 4), dtype=np.uint8)
    n, groups = group(keys, 100)
    assert n == len(np.unique(keys, axis=0)) == count_distinct(keys)
    assert all(len(np.unique(keys[groups == number], axis=0)) == 1 for number in range(n))
    assert group(keys, 5)[0] == 0
    assert distinct(np.array([3, 1, 3])).tolist() == [1, 3]
    assert distinct(np.zeros(0)).tolist() == []


SIMPLE = Form("A00", (Digits((1, 2), 0, 99),), (), "", (), Sequence(100, (Stretch(50, 50),)), 1).to_dict()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"text": ""}, "text"),
        ({"text": "A\n0"}, "text"),
        ({"text": "A"}, "outside the text"),
        ({"weight": 0}, "weight"),
        ({"check_name": "nonsense", "checked": [0]}, "does not exist"),
        ({"check_name": "luhn", "checked": [0, 1]}, "other lengths"),
        ({"check_name": "luhn"}, "needs columns"),
        ({"checked": [1]}, "needs columns"),
        ({"sequence": {"size": 99, "stretches": [], "window": 0, "shuffled": 0}}, "other codes"),
        ({"sequence": {"size": 100, "stretches": [[0, 5]], "window": 0, "shuffled": 0}}, "three numbers"),
        ({"sequence": {"size": 100, "stretches": [[0, 2**70, 1]], "window": 0, "shuffled": 0}}, "outside"),
        ({"sequence": {"size": 2**64, "stretches": [], "window": 0, "shuffled": 0}}, "size"),
        ({"parts": [{"part": "digits", "columns": [1, 2], "low": 5, "high": 1}]}, "other codes|columns"),
        ({"parts": [{"part": "digits", "columns": [1], "low": 0, "high": 99}]}, "more digits"),
        ({"parts": [{"part": "letters", "columns": [1, 2], "alphabet": "AB"}]}, "other codes|one column"),
        ({"parts": [{"part": "clock", "columns": [1, 2], "first": 0, "last": 99}]}, "six digits"),
        ({"parts": [{"part": "nonsense"}]}, "does not exist"),
        ({"parts": [{"part": "words", "columns": [1], "words": ["AB"]}]}, "other codes|as wide"),
        ({"parts": [{"part": "day", "columns": [1], "order": "YYYYYY", "shift": 0, "first": 0, "days": 1}]}, "date"),
    ],
)  # fmt: skip
def test_damaged_forms_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Form.from_dict({**SIMPLE, **change})
    assert Form.from_dict(SIMPLE).to_dict() == SIMPLE


def test_shapes_that_are_no_codes():
    assert Code.fit(pa.array([f"Ann Smith {i}" for i in range(50)])) is None
    assert Code.fit(pa.array([f"ann{i}@example.org" for i in range(50)])) is None
    assert Code.fit(pa.array([f"Grüße-{i}" for i in range(50)])) is None
    assert Code.fit(pa.array(["".join(RNG.choice(list("abcde"), RNG.integers(3, 12))) for _ in range(500)])) is None


@pytest.mark.parametrize("form", ["%Y%m%d", "%d%m%y", "%y%m%d"])
def test_dates_in_codes_are_as_frequent_as_the_real_ones(form):
    days = 17_000 + (1_800 * RNG.beta(5, 2, 2_000)).astype(int)
    dates = days.astype("datetime64[D]").tolist()
    real = [f"C{date.strftime(form)}-{k:05d}" for date, k in zip(dates, RNG.integers(100_000, size=2_000), strict=True)]
    drawn = Code.fit(pa.array(real).unique()).write(np.arange(4_096, dtype=np.uint64), RNG).to_pylist()
    assert len(set(drawn)) == 4_096
    assert not set(drawn) & set(real)
    new = np.array([datetime.datetime.strptime(code[1:-6], form).date() for code in drawn], "datetime64[D]").astype(int)
    levels = np.quantile(days, [0.1, 0.25, 0.5, 0.75, 0.9])
    # Standard error of a share among 2,000: 0.011 at most.
    assert np.abs((new[:, None] <= levels).mean(axis=0) - (days[:, None] <= levels).mean(axis=0)).max() < 0.05
