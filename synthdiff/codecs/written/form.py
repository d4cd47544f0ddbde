"""The ways of writing dates and times that are recognised; a new one is one more line.

A form may hold codes of the distance from UTC (``%z``, ``%:z``, ``%Z``): patterns have the distance in their place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product

from synthdiff.codecs.written.code import CODES, ZONES
from synthdiff.codecs.written.pattern import Pattern
from synthdiff.codecs.written.words import put_into_english

_NUMBER_DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%m/%d/%Y", "%d/%m/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y",
    "%-m/%-d/%Y", "%-d/%-m/%Y", "%-d.%-m.%Y", "%-m-%-d-%Y", "%-d-%-m-%Y", "%Y/%-m/%-d", "%Y-%-m-%-d", "%Y.%-m.%-d",
    "%m/%d/%y", "%d/%m/%y", "%-m/%-d/%y", "%-d/%-m/%y", "%d.%m.%y", "%-d.%-m.%y", "%d-%m-%y", "%m-%d-%y",
    "%y-%m-%d", "%y/%m/%d", "%y.%m.%d", "%d. %m. %Y", "%-d. %-m. %Y", "%Y. %-m. %-d.", "%Y %m %d", "%d %m %Y",
    "%Y年%-m月%-d日", "%Y年%m月%d日", "%Y년 %-m월 %-d일", "%Y년 %m월 %d일", "%Y年%-m月%-d号",
    "%Y_%m_%d", "%d_%m_%Y", "%m_%d_%Y",
    "%-d/%m/%Y", "%-m/%d/%Y", "%-d/%m/%y", "%-m/%d/%y", "%-d.%m.%Y", "%-d-%m-%Y",
)  # fmt: skip
_NAME_DATES = (
    "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%B %d, %Y", "%-d %b %Y", "%-d-%b-%Y", "%-d-%b-%y", "%b %-d, %Y",
    "%B %-d, %Y", "%d %B %Y", "%-d %B %Y", "%-d. %B %Y", "%d. %B %Y", "%d%b%Y", "%d%b%y", "%d/%b/%Y", "%d.%b.%Y",
    "%b %d %Y", "%b %-d %Y", "%B %d %Y", "%B %-d %Y", "%Y-%b-%d", "%Y %b %d", "%b-%d-%Y", "%d %b %y", "%d-%B-%Y",
    "%a, %d %b %Y", "%a, %-d %b %Y", "%a %d %b %Y", "%a %-d %b %Y", "%a %b %d %Y", "%a %b %e %Y", "%a, %b %-d, %Y",
    "%A, %B %-d, %Y", "%A, %B %d, %Y", "%A, %d %B %Y", "%A, %-d %B %Y", "%A %d %B %Y", "%A, %d-%b-%y",
    "%-d de %B de %Y", "%d de %B de %Y", "%-d %B, %Y", "%d %B, %Y", "%-d de %b de %Y", "%-d %b, %Y", "%d %b, %Y",
    "%-d. %b %Y", "%d. %b %Y", "%-d/%b/%Y", "%-d/%b/%y", "%d/%b/%y", "%-d.%b.%Y", "%d-%b.-%Y", "%-d de %b. de %Y",
    "%(fr)d %B %Y", "%A %(fr)d %B %Y", "%(fr)d %b %Y", "%A %-d %B %Y", "%A, %-d. %B %Y", "%A, %d. %B %Y",
    "%A, %-d de %B de %Y", "%a, %d.%m.%Y", "%a %d.%m.%Y", "%a. %d.%m.%Y", "%A, %d.%m.%Y", "%A %d/%m/%Y", "%A %Y-%m-%d",
    "%A, %d/%m/%Y", "%A, %m/%d/%Y", "%a, %m/%d/%Y", "%a, %d/%m/%Y", "%a, %-d. %b %Y", "%a %-d. %b %Y", "%a. %-d. %b %Y",
    "%B %o, %Y", "%B %o %Y", "%b %o, %Y", "%b %o %Y", "%o %B %Y", "%o %b %Y", "%o of %B %Y", "%o of %B, %Y",
    "%A, %B %o, %Y", "%A %o %B %Y", "%A, %o %B %Y", "%a, %b %o, %Y",
    "%a %Y-%m-%d", "%a %d/%m/%Y", "%a %m/%d/%Y", "%a, %Y-%m-%d", "%Y-%m-%d %a",
)  # fmt: skip
_NAME_ORDERS = (("%d", "%b", "%Y"), ("%b", "%d", "%Y"), ("%Y", "%b", "%d"), ("%d", "%b", "%y"), ("%b", "%d", "%y"))
_MORE_NAME_DATES = tuple(
    text
    for order, mark in product(_NAME_ORDERS, " -/._")
    for day, name in product(("%d", "%-d"), ("%b", "%B"))
    if (text := mark.join(order).replace("%d", day).replace("%b", name)) not in _NAME_DATES
)
"""Orders and separators that are rare, but that somebody uses."""
_WEEK_DATES = ("%G-W%V-%u", "%GW%V%u", "%GW%V-%u", "%Y-%j", "%Y/%j")
_COMPACT_DATES = ("%Y%m%d",)
_PERIODS = (
    "%Y-%m", "%Y/%m", "%m/%Y", "%-m/%Y", "%m-%Y", "%b %Y", "%B %Y", "%b-%Y", "%b-%y", "%Y-%b", "%b/%Y", "%B-%Y", "%b%Y",
    "%b %y", "%B %y", "%B, %Y", "%b, %Y", "%b'%y", "%b. %Y", "%B de %Y", "%b/%y", "%Y %b", "%Y %B", "%Y/%b",
    *(SHORT_MONTHS := ("%m/%y", "%-m/%y")),
    "%Y年%-m月", "%Y年%m月", "%Y년 %-m월", "%YM%m", "%Ym%-m", "%Y-M%m", "%Y M%m", "%m.%Y", "%-m-%Y", "%Y.%m",
    "%G-W%V", "%GW%V", "%G W%V", "W%V %G", "W%V-%G", "W%V/%G", "%G/W%V", "%GW%-V", "%G-W%-V", "%Gw%-V", "%V/%G",
    "%-V/%G", "%V-%G", "%-V, %G", "%V, %G",
    "%Yq%q", "%qq%y", "%qQ%y", "%qQ %Y", "%qQ %y", "Q%q %y", "Q%q-%y", "Q%q'%y", "Q%q/%y", "Q%q%y", "%YQ0%q",
    "%y-Q%q", "%yQ%q", "%y Q%q",
    "%d-%b", "%-d-%b", "%d %b", "%-d %b", "%b %d", "%b %-d", "%d %B", "%-d %B", "%B %d", "%B %-d", "%-d. %B", "%d. %B",
    "%-d de %B", "%b %o", "%B %o", "%o %B",
    "%YQ%q", "%Y-Q%q", "%Y Q%q", "%Y/Q%q", "Q%q %Y", "Q%q-%Y", "Q%q/%Y", "Q%q%Y", "%qQ%Y",
)  # fmt: skip
_CLOCKS = (
    "%H:%M:%S", "%H:%M", "%H:%M:%S.%3f", "%H:%M:%S.%f", "%H:%M:%S.%9f",
    *(f"%H:%M:%S.%{digits}f" for digits in (1, 2, 4, 5, 7, 8)),
    *(f"%H:%M:%S,%{digits}f" for digits in (3, 6)), "%-H:%M", "%-H:%M:%S",
    "%I:%M:%S %p", "%I:%M %p", "%-I:%M %p", "%-I:%M:%S %p", "%-I:%M%p", "%I:%M%p", "%-I:%M:%S%p", "%-I %p", "%-I%p",
    "%I:%M:%S.%3f %p", "%Hh%M", "%-Hh%M",
)  # fmt: skip
_LATE_CLOCKS = ("24:00:00", "24:00", "%H.%M", "%H.%M.%S", "%H-%M-%S", "%H")
_COMPACT_CLOCKS = ("%H%M%S", "%H%M", *(f"%H%M%S.%{digits}f" for digits in (3, 6)), "%H")
_SHORT_CLOCKS = ("%H%M", "%H")
_SURE_GAPS = ("", "T", "t", " ")
_GAPS = ("T", " ", ", ", "  ", "_", " - ", "-", " at ", "t", ",", ";", "/", " | ", " à ", " um ", ":", " @ ")
_ZONES = (
    "",
    "Z",
    "%:z",
    "%z",
    " %z",
    " %:z",
    " %Z",
    "%-z",
    "%:z%K",
    "Z%K",
    "z",
    " Z",
    " %z %N",
    " %z %Z",
    " UTC%:z",
    " UTC%-z",
    " GMT%z",
    " GMT%:z",
    " GMT%-z",
    " GMT%z %N",
    " %L",
    "%:z %L",
    " %:z %L",
    " (%Z)",
    "%Z",
    " %-z",
    "%L",
)
_WHOLE = (
    "%a %b %e %H:%M:%S %Y", "%a %b %d %H:%M:%S %Y", "%a %b %e %H:%M:%S %Z %Y", "%a %b %d %H:%M:%S %Z %Y",
    "%a %b %d %H:%M:%S %z %Y", "%d/%b/%Y:%H:%M:%S %z", "%d/%b/%Y:%H:%M:%S", "%a %b %d %Y %H:%M:%S GMT%z",
    "%H:%M:%S %d/%m/%Y", "%H:%M %d/%m/%Y", "%H:%M %d.%m.%Y", "%H:%M:%S %m/%d/%Y", "%H:%M %Y-%m-%d", "%H:%M:%S %Y-%m-%d",
    "%Y:%m:%d %H:%M:%S", "%Y-%m-%dZ", "%Y-%m-%d%:z", "%d%b%Y:%H:%M:%S", "%d%b%y:%H:%M:%S",
    *(f"%d%b{year}:%H:%M:%S.%{digits}f" for year in ("%Y", "%y") for digits in (1, 2, 3, 6)),
    "%d%H%MZ %b %y", "%d%H%MZ %b %Y", "%d%H%MZ%b%y", "%d %H%MZ %b %y",
    "%b %e %H:%M:%S", "%b %d %H:%M:%S", "%b %-d %H:%M:%S", "%d %b %H:%M", "%-d %b %H:%M", "%b %d %H:%M", "%b %-d %H:%M",
    "%H:%M %d %b", "%H:%M, %d %b", "%-d-%b %H:%M", "%b %e %H:%M", "%b %e %Y", "%b %e %Y %H:%M:%S",
    "%H:%M:%S %d.%m.%Y", "%I:%M %p %m/%d/%Y", "%-I:%M %p %-m/%-d/%Y", "%H:%M %m/%d/%Y", "%H:%M, %d %B %Y",
    "%H:%M, %-d %B %Y",
    "%-I:%M %p - %b %-d, %Y", "%-I:%M %p · %b %-d, %Y", "%-I:%M %p, %b %-d, %Y",
)  # fmt: skip
PARTIAL = ("%Y",)
"""Forms that are dates only beside other dates."""

DIGITS = {
    "%Y%m%d%H%M%S": 3, "%Y%m%d%H%M": 4, "%Y%m%d": 12, "%Y%m": 12, "%Y%m%d%H": 12, "%Y%m%d%H%M%S%3f": 3,
    "%Y%m%d%H%M%S%f": 3, "%y%m%d%H%M%S": 12, "%Y%j": 12, "%G%V": 12, "%d%m%Y": 12, "%m%d%Y": 12, "%0%d%m%Y": 12,
    "%0%m%d%Y": 12, "%y%m%d": 30, "%0%y%m%d": 30, "%d%m%y": 30, "%0%d%m%y": 30, "%m%d%y": 30, "%0%m%d%y": 30,
    "%0%H%M": 30, "%H%M": 30, "%0%H%M%S": 30, "%H%M%S": 30,
}  # fmt: skip
"""Forms without a separator, and how many distinct values make sure that they are not numbers."""

_AMONG_DATES = (*(form for form in DIGITS if form.startswith("%Y%m")), *PARTIAL)

YEARS = (1900, 2100)
"""Years of which plain digits are dates."""
NUMBERLIKE = (*DIGITS, "%m.%Y", "%Y.%m")
"""Forms that other numbers may have, too."""
SEASONS = ("%Y-%m", "%Y/%m")
"""Forms of months that two years in turn are written in, too: ``2009-10``."""

_AREA = "[A-Z][A-Za-z_]*(?:/[A-Za-z_+-]+)"
_REGEXES = {
    **ZONES, "%K": rf"\[{_AREA}*\]", "%L": f"{_AREA}+|[ECMP]T|[A-IK-Y](?![A-Za-z])", "%N": r"\([A-Z][A-Za-z ]+\)",
}  # fmt: skip
_CODE = re.compile(r"%(?:[-^~]?(?:\([a-z]{2}[0-9]?\))?[A-Za-z]|:z|[1-9]f)")
_BARE = "%0"
_YEAR = {"%Y", "%y", "%G"}
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
        parts = re.split(f"({_CODE.pattern})", text.removeprefix(_BARE))
        return cls(text, re.compile("".join(map(_to_regex, parts))))

    def match(self, cell: str) -> tuple[str, str] | None:
        """The pattern of a text that begins like this, and what is left of the text."""
        if self.text.startswith(_BARE):
            fits = cell.zfill(Pattern(self.text).width) if cell == "0" or cell[:1] != "0" else ""
            return (self.text, "") if self.regex.fullmatch(fits) else None
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
    yield from _find_plain(cell)
    if not cell.isdecimal():
        for english, localise in put_into_english(cell):
            yield from map(localise, _find_plain(english))


def find_digits(cell: str) -> Iterator[str]:
    """Find the patterns of digits in a column of digits."""
    yield from (pattern for form in _forms(tuple(DIGITS)) if (pattern := _whole(form, cell)))


@lru_cache(1024)
def _find_plain(cell: str) -> tuple[str, ...]:
    """The patterns of a text whose names are English."""
    if cell.isdecimal():
        return tuple(pattern for form in _forms(_AMONG_DATES) if (pattern := _whole(form, cell)))
    found = [pattern for form in _forms(_PERIODS, _CLOCKS, _WHOLE) if (pattern := _whole(form, cell))]
    for form in _forms(_NUMBER_DATES, _NAME_DATES, _WEEK_DATES, _COMPACT_DATES, _MORE_NAME_DATES):
        if begin := form.match(cell):
            date, rest = begin
            found += [date] if not rest else _find_clocks(date, rest, is_compact=form.text in _COMPACT_DATES)
    return tuple(found)


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


def find_within(cells: list[str]) -> Callable[[str], Iterator[str]]:
    """Find patterns behind and before letters that all cells have in common: ``[``, ``KW ``, `` Uhr``.

    Parameters
    ----------
    cells : list of str
        Some cells, at least one.

    Returns
    -------
    callable
        What `find_patterns` is for cells without such letters; dates with digits alone are none.
    """
    before, after = _common(cells), _common([cell[::-1] for cell in cells])[::-1]
    before, after = re.split("[0-9%{]", before)[0], re.split("[0-9%}]", after)[-1]

    def find(cell: str) -> Iterator[str]:
        core = cell.removeprefix(before).removesuffix(after)
        if len(cell) != len(before) + len(core) + len(after) or core == cell or core.isdecimal():
            return
        for pattern in find_patterns(core):
            if not _YEAR.isdisjoint(_CODE.findall(pattern)):
                yield f"{before}{pattern}{after}"

    return find


def _common(cells: list[str]) -> str:
    """The letters that all texts begin with."""
    first, last = min(cells), max(cells)
    return first[: next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))]


def list_patterns() -> list[str]:
    """List the patterns of all forms with UTC, or no distance from it."""
    zones = ("", "Z", "+00:00", " UTC")
    dates = (*_NUMBER_DATES, *_NAME_DATES, *_WEEK_DATES)
    whole = [date + gap + clock + zone for date, gap, clock, zone in product(dates, "T ", _CLOCKS, zones)]
    return [*dates, *_MORE_NAME_DATES, *_PERIODS, *_CLOCKS, *whole]
