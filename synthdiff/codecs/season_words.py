"""What a season says, in words: from Monday to Friday, on the first day of a month, from 09:00 to 17:30."""

from __future__ import annotations

import numpy as np

from synthdiff.codecs.season import PARTS, IntArray, Season

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FIRST_HALF = ("January", "February", "March", "April", "May", "June")
_MONTHS = (*_FIRST_HALF, "July", "August", "September", "October", "November", "December")
_ENDS = {
    "day": "the first day of a month",
    "days left": "the last day of a month",
    "working day": "the first working day of a month",
    "working days left": "the last working day of a month",
}
_FEW = 6
_SHORT = 0.9
"""Share of a day that times of the day lie in, below which it is worth a word."""


def days_in_words(season: Season) -> str:
    """Say on which days values lie; empty where they lie on all."""
    said = [words for part in season.weights if (words := _part_in_words(season, part))]
    return ", ".join(said)


def season_in_words(season: Season) -> str:
    """Say on which days, and at what times, values lie; empty where they lie anywhere."""
    return ", ".join(words for words in (days_in_words(season), _times_in_words(season)) if words)


def _part_in_words(season: Season, part: str) -> str:
    weights = np.array(season.weights[part])
    used = np.flatnonzero(weights > 0)
    if len(used) == len(weights):
        return ""
    if part in _ENDS and used.tolist() == [0]:
        return f"on {_ENDS[part]}"
    if part in _ENDS and (_days_of_months(season) == 0).all():
        return f"on {_ENDS['day']}"
    names = {"weekday": _WEEKDAYS, "month": _MONTHS}.get(part)
    if names is None:
        days = [str(day + 1) for day in used] if part == "day" else []
        return f"on {_listed(days)} of a month" if 0 < len(days) <= _FEW else "on some days of a month only"
    is_run = len(used) > 2 and (np.diff(used) == 1).all()
    words = f"{names[used[0]]} to {names[used[-1]]}" if is_run else _listed([names[k] for k in used])
    return f"{'on ' if part == 'weekday' and not is_run else 'in ' if part == 'month' else ''}{words}"


def _days_of_months(season: Season) -> IntArray:
    """Days of the month, from 0, of the days that occur."""
    return PARTS["day"][1](season.first + np.flatnonzero(season.lengths))


def _times_in_words(season: Season) -> str:
    inside = (season.levels > 0) & (season.levels < 1)
    first = season.clock[np.flatnonzero(season.levels > 0)[0] - 1]
    last = season.clock[np.flatnonzero(season.levels >= 1 - 1e-12)[0]]
    if not inside.any() or last - first > _SHORT:
        return ""
    return f"from {_clock(first)} to {_clock(last)}"


def _clock(share: float) -> str:
    minutes = round(share * 1_440)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _listed(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]
