"""Durations as people write them: ``90s``, ``5m``, ``1h30m``."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from synthdiff.errors import ConfigError
from synthdiff.parameter import described
from synthdiff.rule import Number

_NUMBER = r"(\d+(?:\.\d*)?|\.\d+)"
_DURATION = re.compile(
    rf" *(?:{_NUMBER} *d)? *(?:{_NUMBER} *h)? *(?:{_NUMBER} *m(?:in)?)? *(?:{_NUMBER} *s?)? *", re.ASCII | re.IGNORECASE
)
_LONGEST = 60
"""Characters of a duration in words; more are a mistake."""
_UNIT_SECONDS = (86_400.0, 3_600.0, 60.0, 1.0)
_SCALES = ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s"))


def parse_duration(value: float | str) -> float:
    """Seconds in a duration.

    Parameters
    ----------
    value : float or str
        Seconds as a number, or text of numbers each followed by ``d``, ``h``, ``m`` (or ``min``) or ``s``, largest
        unit first. A last number without a unit means seconds.

    Returns
    -------
    float
        Seconds, finite and above zero.

    Raises
    ------
    ConfigError
        If the text is not a duration, or the duration is not above zero.

    Examples
    --------
    >>> parse_duration("1h30m"), parse_duration("90s"), parse_duration("2.5 min"), parse_duration(40)
    (5400.0, 90.0, 150.0, 40.0)
    """
    if isinstance(value, str):
        found = _DURATION.fullmatch(value) if len(value) <= _LONGEST else None
        if found is None or not value.strip():
            raise ConfigError(f"{described(value)} is not a duration; write it like 90s, 5m or 1h30m")
        seconds = sum(float(part or 0) * unit for part, unit in zip(found.groups(), _UNIT_SECONDS, strict=True))
    else:
        try:
            seconds = float(Number().read(value))
        except (TypeError, ValueError, OverflowError):
            seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        raise ConfigError(f"a duration must be finite and above zero, not {described(value)}")
    return seconds


@dataclass(frozen=True)
class Duration:
    """A duration as a parameter: seconds, or text that `parse_duration` reads."""

    words: str = "seconds above 0, or a duration such as '90s', '5m' or '1h30m'"

    def read(self, value: Any) -> float | str:
        """Return a number as a float, and text as it is written."""
        seconds = parse_duration(value)
        return str(value) if isinstance(value, str) else seconds


def format_duration(seconds: float) -> str:
    """A duration in at most two units, rounded to the smaller one.

    Examples
    --------
    >>> format_duration(3.14), format_duration(38.4), format_duration(298), format_duration(7500)
    ('3.1 s', '38 s', '4 min 58 s', '2 h 05 min')
    """
    if seconds < 9.95:
        return f"{max(seconds, 0.0):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    size, unit, part, part_unit = next(scale for scale in _SCALES if whole >= scale[0])
    return f"{whole // size} {unit} {whole % size // part:02d} {part_unit}"
