"""The ways of writing dates and times that are recognised; a new one is one more line.

A form may hold codes of the distance from UTC (``%z``, ``%:z``, ``%Z``): patterns have the distance in their place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product

from synthdiff.codecs.written.code import CODES, ZONES

_NUMBER_DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%m/%d/%Y", "%d/%m/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y",
    "%-m/%-d/%Y", "%-d/%-m/%Y", "%-d.%-m.%Y", "%-m-%-d-%Y", "%-d-%-m-%Y", "%Y/%-m/%-d", "%Y-%-m-%-d", "%Y.%-m.%-d",
    "%m/%d/%y", "%d/%m/%y", "%-m/%-d/%y", "%-d/%-m/%y", "%d.%m.%y", "%-d.%-m.%y", "%d-%m-%y", "%m-%d-%y",
    "%y-%m-%d", "%y/%m/%d", "%d. %m. %Y", "%-d. %-m. %Y", "%Y. %-m. %-d.", "%Y %m %d", "%d %m %Y",
    "%-d/%m/%Y", "%-m/%d/%Y", "%-d/%m/%y", "%-m/%d/%y", "%-d.%m.%Y", "%-d-%m-%Y",
)  # fmt: skip
_NAME_DATES = (
    "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%B %d, %Y", "%-d %b %Y", "%-d-%b-%Y", "%-d-%b-%y", "%b %-d, %Y",
    "%B %-d, %Y", "%d %B %Y", "%-d %B %Y", "%-d. %B %Y", "%d. %B %Y", "%d%b%Y", "%d%b%y", "%d/%b/%Y", "%d.%b.%Y",
    "%b %d %Y", "%b %-d %Y", "%B %d %Y", "%B %-d %Y", "%Y-%b-%d", "%Y %b %d", "%b-%d-%Y", "%d %b %y", "%d-%B-%Y",
    "%a, %d %b %Y", "%a, %-d %b %Y", "%a %d %b %Y", "%a %-d %b %Y", "%a %b %d %Y", "%a %b %e %Y", "%a, %b %-d, %Y",
    "%A, %B %-d, %Y", "%A, %B %d, %Y", "%A, %d %B %Y", "%A, %-d %B %Y", "%A %d %B %Y", "%A, %d-%b-%y",
    "%a %Y-%m-%d", "%a %d/%m/%Y", "%a %m/%d/%Y", "%a, %Y-%m-%d", "%Y-%m-%d %a",
)  # fmt: skip
_WEEK_DATES = ("%G-W%V-%u", "%GW%V%u", "%GW%V-%u", "%Y-%j")
_COMPACT_DATES = ("%Y%m%d",)
_PERIODS = (
    "%Y-%m", "%Y/%m", "%m/%Y", "%-m/%Y", "%m-%Y", "%b %Y", "%B %Y", "%b-%Y", "%b-%y", "%Y-%b", "%b/%Y", "%B-%Y", "%b%Y",
    "%G-W%V", "%GW%V", "%G W%V", "W%V %G", "W%V-%G",
    "%YQ%q", "%Y-Q%q", "%Y Q%q", "%Y/Q%q", "Q%q %Y", "Q%q-%Y", "Q%q/%Y", "Q%q%Y", "%qQ%Y",
)  # fmt: skip
_CLOCKS = (
    "%H:%M:%S", "%H:%M", "%H:%M:%S.%3f", "%H:%M:%S.%f", "%H:%M:%S.%9f",
    *(f"%H:%M:%S.%{digits}f" for digits in (1, 2, 4, 5, 7, 8)),
    *(f"%H:%M:%S,%{digits}f" for digits in (3, 6)), "%-H:%M", "%-H:%M:%S",
    "%I:%M:%S %p", "%I:%M %p", "%-I:%M %p", "%-I:%M:%S %p", "%-I:%M%p", "%I:%M%p", "%-I:%M:%S%p", "%-I %p", "%-I%p",
    "%I:%M:%S.%3f %p", "%Hh%M",
)  # fmt: skip
_LATE_CLOCKS = ("24:00:00", "24:00", "%H.%M", "%H.%M.%S", "%H-%M-%S", "%H")
_COMPACT_CLOCKS = ("%H%M%S", "%H%M", *(f"%H%M%S.%{digits}f" for digits in (3, 6)), "%H")
_SHORT_CLOCKS = ("%H%M", "%H")
_SURE_GAPS = ("", "T", "t", " ")
_GAPS = ("T", " ", ", ", "  ", "_", " - ", "-", " at ", "t")
_ZONES = ("", "Z", "%:z", "%z", " %z", " %:z", " %Z", "%-z", "%:z%K", "Z%K", "z", " Z")
_WHOLE = (
    "%a %b %e %H:%M:%S %Y", "%a %b %d %H:%M:%S %Y", "%a %b %e %H:%M:%S %Z %Y", "%a %b %d %H:%M:%S %Z %Y",
    "%a %b %d %H:%M:%S %z %Y", "%d/%b/%Y:%H:%M:%S %z", "%d/%b/%Y:%H:%M:%S", "%a %b %d %Y %H:%M:%S GMT%z",
    "%H:%M:%S %d/%m/%Y", "%H:%M %d/%m/%Y", "%H:%M %d.%m.%Y", "%H:%M:%S %m/%d/%Y", "%H:%M %Y-%m-%d", "%H:%M:%S %Y-%m-%d",
    "%Y:%m:%d %H:%M:%S", "%Y-%m-%dZ", "%Y-%m-%d%:z", "%d%b%Y:%H:%M:%S", "%d%b%y:%H:%M:%S",
)  # fmt: skip
PARTIAL = ("%Y",)
"""Forms that are dates only beside other dates."""

DIGITS = {
    "%Y%m%d%H%M%S": 3, "%Y%m%d%H%M": 4, "%Y%m%d": 12, "%Y%m": 12, "%Y%m%d%H": 12, "%Y%m%d%H%M%S%3f": 3,
    "%Y%m%d%H%M%S%f": 3, "%y%m%d%H%M%S": 12,
}  # fmt: skip
"""Forms without a separator, and how many distinct values make sure that they are not numbers."""

YEARS = ("1900", "2100")
"""Years of which plain digits are dates."""

_REGEXES = {**ZONES, "%K": r"\[[A-Z][A-Za-z_]*(?:/[A-Za-z_+-]+)*\]"}
_CODE = re.compile(r"%(?:[-^~]?[A-Za-z]|:z|[1-9]f)")
_NAMES = re.compile(r"%([aAbBp])")


@dataclass(frozen=True)
class Form:
    """A way of writing, or a part of it.

    Attributes
    ----------
    text : str
        Codes, and other letters as they are.
    regex : re.Pattern
        What is written so, at the beginning of a text; one group for each distance from UTC.
    """

    text: str
    regex: re.Pattern[str]

    @classmethod
    def of(cls, text: str) -> Form:
        """Compile codes."""
        parts = re.split(f"({_CODE.pattern})", text)
        return cls(text, re.compile("".join(map(_to_regex, parts))))

    def match(self, cell: str) -> tuple[str, str] | None:
        """The pattern of a text that begins like this, and what is left of the text."""
        found = self.regex.match(cell)
        if found is None:
            return None
        zones = iter(found.groups())
        return re.sub("|".join(_REGEXES), lambda _: next(zones), self.text), cell[found.end() :]


def _to_regex(part: str) -> str:
    if part in CODES:
        return f"(?:{CODES[part].regex})"
    return f"({_REGEXES[part]})" if part in _REGEXES else re.escape(part)


def in_all_cases(text: str) -> tuple[str, ...]:
    """A form with its words as they are, in capitals, and in small letters."""
    return tuple(dict.fromkeys((text, _NAMES.sub(r"%^\1", text), _NAMES.sub(r"%~\1", text))))


@cache
def _forms(*groups: tuple[str, ...]) -> tuple[Form, ...]:
    return tuple(Form.of(cased) for group in groups for text in group for cased in in_all_cases(text))


def find_patterns(cell: str) -> Iterator[str]:
    """Find the patterns that a text may be written in, those that are preferred first."""
    if cell.isdecimal():
        forms = (*DIGITS, *PARTIAL)
        yield from (pattern for form in _forms(forms) if (pattern := _whole(form, cell)))
        return
    for form in _forms(_PERIODS, _CLOCKS, _WHOLE):
        if pattern := _whole(form, cell):
            yield pattern
    for form in _forms(_NUMBER_DATES, _NAME_DATES, _WEEK_DATES, _COMPACT_DATES):
        if found := form.match(cell):
            date, rest = found
            yield from [date] if not rest else _find_clocks(date, rest, is_compact=form.text in _COMPACT_DATES)


def _find_clocks(date: str, rest: str, *, is_compact: bool) -> Iterator[str]:
    gaps = ("", *_GAPS) if is_compact else _GAPS
    clocks = (_COMPACT_CLOCKS, _CLOCKS, _LATE_CLOCKS) if is_compact else (_CLOCKS, _LATE_CLOCKS)
    for gap, form in product([gap for gap in gaps if rest.startswith(gap)], _forms(*clocks)):
        if form.text in _SHORT_CLOCKS and gap not in _SURE_GAPS:
            continue
        if found := form.match(rest[len(gap) :]):
            clock, left = found
            yield from (
                f"{date}{gap}{clock}{zone}" for form in _forms(_ZONES) if (zone := _whole(form, left)) is not None
            )


def _whole(form: Form, cell: str) -> str | None:
    found = form.match(cell)
    return found[0] if found and not found[1] else None


def list_patterns() -> list[str]:
    """List the patterns of all forms with UTC, or no distance from it."""
    zones = ("", "Z", "+00:00", " UTC")
    dates = (*_NUMBER_DATES, *_NAME_DATES, *_WEEK_DATES)
    whole = [date + gap + clock + zone for date, gap, clock, zone in product(dates, "T ", _CLOCKS, zones)]
    return [*dates, *_PERIODS, *_CLOCKS, *whole]
