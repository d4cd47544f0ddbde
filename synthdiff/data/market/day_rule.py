"""Rules that the days of a series follow: days of the week, days of the month, even steps.

Each kind of rule is learnt from the last days and compared with them: its score is the number of days that are both
expected and there, as a share of those that are either. Holidays cost a rule a little, another rule costs far more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from synthdiff.data.market.month_day import DAY, WEEKDAYS, DateArray, MonthDay, find_month_day, weekday

_WEEK = 7
_RECENT = 130
"""Last days that a rule is learnt from: exchanges have changed their weeks."""
_HALF = 0.5
"""Least score of a rule, and share of the weeks in which a weekday must occur to be open."""
_MIN_SPAN = 14
"""Days that show which days of the week are free; less may be a week with a holiday."""
_MOST_A_MONTH = 4
_LATE = 5
"""Days by which a holiday moves a date of a month at most; of a week, half of it."""
DAYS_A_YEAR = 365.2425
_ORDINALS = {2: "second", 3: "third", 4: "fourth", 5: "fifth", 6: "sixth"}
_MONTHS = {1: "months", 3: "quarters", 6: "half-years", 12: "years"}


class DayRule(Protocol):
    """A rule that days follow."""

    @property
    def words(self) -> str:
        """The rule in words."""

    @property
    def per_year(self) -> float:
        """Days a year that the field reckons with."""

    def between(self, first: np.datetime64, last: np.datetime64) -> DateArray:
        """All days of the rule from one day to another, both included, increasing."""


@dataclass(frozen=True)
class WeekRule:
    """Days of the week, every week or every few weeks.

    Attributes
    ----------
    open_days : tuple of bool
        From Monday to Sunday.
    stride : int
        Weeks from one to the next.
    start : datetime64[D]
        A Monday of a week that counts.
    """

    open_days: tuple[bool, ...]
    stride: int
    start: np.datetime64

    @property
    def words(self) -> str:
        """The rule in words.

        Examples
        --------
        >>> WeekRule((True, False, True, False, True, False, False), 1, np.datetime64("2024-01-01")).words
        'Mondays, Wednesdays and Fridays'
        """
        if self.stride == 1 and all(self.open_days):
            return "every day"
        if self.stride == 1 and self.open_days == (True,) * 5 + (False,) * 2:
            return "business days"
        names = _day_names(self.open_days)
        if self.stride > 1:
            return f"every {_ordinal(self.stride)} week, on {names}"
        return f"weeks, on {names}" if sum(self.open_days) == 1 else names

    @property
    def per_year(self) -> float:
        """365 of every day, 252 of five days a week, else 52 weeks."""
        n_days = sum(self.open_days)
        return {7: 365.0, 5: 252.0}.get(n_days, 52.0 * n_days) if self.stride == 1 else 52.0 * n_days / self.stride

    def between(self, first: np.datetime64, last: np.datetime64) -> DateArray:
        """All days of the rule from one day to another."""
        days = np.arange(first, last + DAY)
        weeks = (days - self.start).astype(np.int64) // _WEEK
        return np.asarray(days[np.array(self.open_days)[weekday(days)] & (weeks % self.stride == 0)])


@dataclass(frozen=True)
class MonthRule:
    """Days of the month, every month or every few months.

    Attributes
    ----------
    places : tuple of MonthDay
        Days of a month.
    stride : int
        Months from one to the next.
    start : datetime64[M]
        A month that counts.
    """

    places: tuple[MonthDay, ...]
    stride: int
    start: np.datetime64

    @property
    def words(self) -> str:
        """The rule in words.

        Examples
        --------
        >>> MonthRule((MonthDay("day", 1), MonthDay("day", 15)), 1, np.datetime64("2024-01")).words
        'months, on the 1st and the 15th'
        """
        unit = _MONTHS.get(self.stride) or f"every {_ordinal(self.stride)} month"
        return f"{unit}, on the {' and the '.join(place.words for place in self.places)}"

    @property
    def per_year(self) -> float:
        """Twelve months."""
        return 12.0 * len(self.places) / self.stride

    def between(self, first: np.datetime64, last: np.datetime64) -> DateArray:
        """All days of the rule from one day to another."""
        # A working day may lie in the month beside.
        months = np.arange(first.astype("datetime64[M]") - 1, last.astype("datetime64[M]") + 2)
        months = months[(months - self.start).astype(np.int64) % self.stride == 0]
        if not len(months):
            return np.empty(0, "datetime64[D]")
        days = np.unique(np.concatenate([place.of(months) for place in self.places]))
        return np.asarray(days[(days >= first) & (days <= last)])


@dataclass(frozen=True)
class EvenRule:
    """Steps of as many days each.

    Attributes
    ----------
    step : int
        Days from one to the next.
    start : datetime64[D]
        A day that counts.
    """

    step: int
    start: np.datetime64

    @property
    def words(self) -> str:
        """The rule in words."""
        return f"every {self.step} days"

    @property
    def per_year(self) -> float:
        """Steps in a mean year."""
        return DAYS_A_YEAR / self.step

    def between(self, first: np.datetime64, last: np.datetime64) -> DateArray:
        """All days of the rule from one day to another."""
        begin = first + ((self.start - first).astype(np.int64) % self.step) * DAY
        return np.asarray(np.arange(begin, last + DAY, self.step * DAY))


def find_rule(days: DateArray) -> tuple[DayRule | None, float]:
    """Find the rule that days follow best.

    Parameters
    ----------
    days : (T,) datetime64[D]
        At least two, increasing.

    Returns
    -------
    rule : DayRule or None
        None where no rule has a score of a half.
    score : float
        Share of the days that are expected and there, of those that are either.

    Examples
    --------
    >>> rule, score = find_rule(np.array(["2024-01-19", "2024-02-16", "2024-03-15"], "datetime64[D]"))
    >>> rule.words, score
    ('months, on the third Friday', 1.0)
    """
    days = days[-_RECENT:]
    step = max(int(np.median(np.diff(days).astype(np.int64))), 1)
    week, month = _find_week_rule(days), _find_month_rule(days)
    # A few months of third Fridays are every fourth week as well.
    first: tuple[DayRule | None, ...] = (week, month) if week is None or week.stride == 1 else (month, week)
    rules = [*first, EvenRule(step, days[-1])]
    scores = [0.0 if rule is None else _score(rule, days) for rule in rules]
    best = int(np.argmax(scores))
    return (rules[best] if scores[best] >= _HALF else None), scores[best]


def follow_rule(rule: DayRule, days: DateArray, n: int) -> DateArray:
    """Continue days by their rule.

    Parameters
    ----------
    rule : DayRule
        The rule.
    days : (T,) datetime64[D]
        At least two, increasing.
    n : int
        Number of days to give.

    Returns
    -------
    (n,) datetime64[D]
        The days of the rule after the last one. Where a holiday moved the last one before its day, that day is over.
    """
    last = days[-1]
    span = int(np.ceil((n + 2) * 1.1 * DAYS_A_YEAR / rule.per_year)) + 400
    expected = rule.between(last - 400 * DAY, last + span * DAY)
    ahead = expected[expected > last]
    if last not in expected and len(expected) > 1:
        gap = float(np.median(np.diff(expected).astype(np.int64)))
        free = expected[~np.isin(expected, days)]
        waits = (free - last).astype(np.int64)
        nearest = int(waits[np.abs(waits).argmin()]) if len(waits) else 0
        if 0 < nearest <= min(gap / 2.0, _LATE):
            ahead = ahead[ahead > last + nearest * DAY]
    return np.asarray(ahead[:n])


def _score(rule: DayRule, days: DateArray) -> float:
    expected = rule.between(days[0], days[-1])
    both = len(np.intersect1d(expected, days, assume_unique=True))
    return both / (len(expected) + len(days) - both)


def _find_week_rule(days: DateArray) -> WeekRule | None:
    monday = days - weekday(days) * DAY
    weeks = np.unique(monday)
    if len(weeks) == 1:
        stride = 1
    else:
        strides = np.bincount(np.diff(weeks).astype(np.int64) // _WEEK)
        stride = int(strides.argmax())
    start = weeks[-1]
    if stride > 1:
        phases = (weeks - weeks[-1]).astype(np.int64) // _WEEK % stride
        start = weeks[-1] + int(np.bincount(phases).argmax()) * _WEEK * DAY
    open_days = _open_days(days, stride)
    return WeekRule(open_days, stride, start) if any(open_days) else None


def _open_days(days: DateArray, stride: int) -> tuple[bool, ...]:
    """Days of the week that occur in half of the weeks; those that a short span does not show are guessed."""
    span = np.arange(days[0], days[-1] + DAY)
    n_there = np.bincount(weekday(days), minlength=_WEEK)
    n_could = np.bincount(weekday(span), minlength=_WEEK)
    if len(span) > _MIN_SPAN:
        return tuple((n_there >= _HALF * np.maximum(n_could / stride, 1.0)).tolist())
    open_days = n_there > 0
    if not (stride == 1 and np.median(np.diff(days).astype(np.int64)) == 1):
        return tuple(open_days.tolist())
    # One free working day is a holiday; a weekend that is not shown is as the other half of it, or free.
    open_days[:5] |= n_could[:5] < 2
    open_days[5:] |= (n_could[5:] == 0) & n_there[5:].any()
    return tuple(open_days.tolist())


def _find_month_rule(days: DateArray) -> MonthRule | None:
    months, counts = np.unique(days.astype("datetime64[M]"), return_counts=True)
    if len(months) < 2:
        return None
    # The first and the last month may be parts.
    n_places = int(np.median(counts[1:-1] if len(months) > 2 else counts))
    whole = months[counts == n_places]
    if n_places > _MOST_A_MONTH or not len(whole):
        return None
    rows = days[np.isin(days.astype("datetime64[M]"), whole)].reshape(len(whole), n_places)
    stride = int(np.bincount(np.diff(months).astype(np.int64)).argmax())
    phases = (months - months[-1]).astype(np.int64) % stride
    start = months[-1] + int(np.bincount(phases).argmax())
    return MonthRule(tuple(find_month_day(column) for column in rows.T), stride, start)


def _ordinal(number: int) -> str:
    return _ORDINALS.get(number, f"{number}th")


def _day_names(open_days: tuple[bool, ...]) -> str:
    """Names of days of the week: a run from its first to its last, else each."""
    places = [place for place, is_open in enumerate(open_days) if is_open]
    first = next((place for place in places if not open_days[place - 1]), 0)
    run = [(first + step) % _WEEK for step in range(len(places))]
    if len(places) > 2 and sorted(run) == places:
        return f"{WEEKDAYS[run[0]]}s to {WEEKDAYS[run[-1]]}s"
    names = [f"{WEEKDAYS[place]}s" for place in places]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
