import numpy as np
import pytest

from synthdiff.data.market.day_rule import EvenRule, MonthRule, WeekRule, find_rule, follow_rule
from synthdiff.data.market.month_day import MonthDay, find_month_day, weekday


def days(*texts):
    return np.array(texts, "datetime64[D]")


JANUARY = np.datetime64("2024-01")
WORKING = (True,) * 5 + (False,) * 2


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (WeekRule(WORKING, 1, np.datetime64("2024-01-01")), days("2024-03-01", "2024-03-04", "2024-03-05")),
        (WeekRule(WORKING, 2, np.datetime64("2024-02-26")), days("2024-03-01")),
        (EvenRule(3, np.datetime64("2024-01-01")), days("2024-03-01", "2024-03-04")),
        (EvenRule(3, np.datetime64("2024-05-09")), days("2024-03-01", "2024-03-04")),
        (MonthRule((MonthDay("begin"), MonthDay("day", 5)), 1, JANUARY), days("2024-03-01", "2024-03-05")),
        (MonthRule((MonthDay("begin"),), 2, np.datetime64("2024-02")), days()),
    ],
)  # fmt: skip
def test_days_of_a_rule_between_two_days(rule, expected):
    np.testing.assert_array_equal(rule.between(np.datetime64("2024-03-01"), np.datetime64("2024-03-05")), expected)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (MonthDay("end"), "2024-03-31"),
        (MonthDay("end", roll="backward"), "2024-03-29"),
        (MonthDay("day", 31), "2024-03-31"),
        (MonthDay("day", 9, roll="forward"), "2024-03-11"),
        (MonthDay("day", 9, roll="backward"), "2024-03-08"),
        (MonthDay("day", 8, roll="forward", week="1111001"), "2024-03-10"),
        (MonthDay("nth", 3, 4), "2024-03-15"),
        (MonthDay("last", weekday=0), "2024-03-25"),
    ],
)
def test_days_of_a_month(place, expected):
    assert place.of(np.array(["2024-03"], "datetime64[M]")).tolist() == days(expected).tolist()


def test_the_plainest_of_equal_days_of_the_month_is_found():
    assert find_month_day(days("2024-01-31", "2024-05-31", "2024-07-31")) == MonthDay("end")
    assert find_month_day(days("2024-01-01", "2024-04-01", "2024-07-01")) == MonthDay("begin")


def test_weekdays_begin_on_monday():
    assert weekday(days("2024-01-01", "2024-01-07", "1969-12-31")).tolist() == [0, 6, 2]


def test_days_without_a_rule_have_none():
    rng = np.random.default_rng(0)
    found, score = find_rule(np.unique(np.datetime64("2000-01-01") + rng.integers(0, 20_000, 150)))
    assert found is None
    assert score < 0.5


def test_two_days_have_the_plainest_rule():
    for first, second, words in [
        ("2024-03-04", "2024-03-05", "business days"),
        ("2024-03-01", "2024-03-08", "weeks, on Fridays"),
        ("2024-01-31", "2024-02-29", "months, on the last day"),
        ("2024-01-01", "2024-04-01", "quarters, on the first day"),
    ]:
        rule, _ = find_rule(days(first, second))
        assert rule.words == words


def test_a_last_day_beside_the_rule_takes_the_place_of_the_one_after():
    rule, _ = find_rule(days("2024-02-02", "2024-02-09", "2024-02-16", "2024-02-23", "2024-02-29"))
    known = days("2024-02-09", "2024-02-16", "2024-02-23", "2024-02-29")
    np.testing.assert_array_equal(follow_rule(rule, known, 2), days("2024-03-08", "2024-03-15"))
