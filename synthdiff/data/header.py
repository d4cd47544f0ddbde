"""Where the rows of a CSV file begin, what separates their cells, and what its columns are called.

Told from the first hundred records: the delimiter is the one that gives most of them as many cells. Above the header
there may be a line ``sep=;``, titles and comments.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from dataclasses import dataclass, field

from synthdiff.data.header_level import count_levels, join_levels
from synthdiff.errors import DataError

DELIMITERS = ",;\t|"
_RARE = "^~\x01\x1f¦: "
"""Tried where none of the others parts the records, and only where all have as many cells."""
_COLUMNS = re.compile(r"\S+(?: \S+)*(?: {2,}\S+(?: \S+)*)+ *")
_RECORDS = 100
_SEPARATOR = re.compile(r'"?sep=(.)"?[ \t]*')
_NO_NAME = re.compile(r"[-+]?(?:[0-9.,:/ ]*(?:[eE][-+]?[0-9]+)?|[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}[0-9:.TZ+ -]*)")
"""Numbers, dates and times."""
_SINGLE = re.compile(r"(?:^|[,;\t|] ?)'")
_SURE = 0.8
_CELL = re.compile(r"[-+]?[0-9]+(?:[.,][0-9]+)?")
_YEARS = (1000, 2999)
_SPACED = 0.9
_SHOWN = 60


@dataclass(frozen=True)
class Header:
    """How a CSV file begins.

    Attributes
    ----------
    delimiter : str
    names : list of str
        The names of the columns; the last may be empty where lines end with a delimiter.
    offset : int
        Characters before the first row.
    line : int
        Lines before the first row.
    quote : str
        What stands around cells that hold a delimiter.
    spaced : bool
        Whether a space follows each delimiter.
    newline : str
        How lines end.
    escape : str
        What stands before a quote that is a part of the cell; nothing by default, where it is doubled.
    first : str
        A line that names the delimiter; nothing by default.
    trailing : bool
        Whether lines end with a delimiter; False by default.
    notes : tuple of str
        What was passed over.
    """

    delimiter: str
    names: list[str]
    offset: int
    line: int
    quote: str = '"'
    spaced: bool = False
    newline: str = "\n"
    escape: str = ""
    first: str = ""
    trailing: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Records:
    """The first records as one delimiter parts them, without blank ones; `ends` are the lines read behind each."""

    delimiter: str
    quote: str
    escape: str
    cells: list[list[str]]
    ends: list[int]
    width: int = field(init=False)
    share: float = field(init=False)
    share_of_all: float = field(init=False)

    def __post_init__(self) -> None:
        wide = [any(cell.strip() for cell in record[1:]) for record in self.cells]
        body = self.cells[wide.index(True) :] if any(wide) else self.cells
        widths = Counter(map(len, body))
        width, count = max(widths.items(), key=lambda pair: (pair[1], pair[0]), default=(1, 0))
        object.__setattr__(self, "width", width)
        object.__setattr__(self, "share", count / len(body) if width > 1 else 0.0)
        object.__setattr__(self, "share_of_all", count / max(len(self.cells), 1) if width > 1 else 0.0)

    @property
    def lacks_a_name(self) -> bool:
        """Whether the first record alone has one cell less than all others, as where rows have names of their own."""
        widths = [len(record) for record in self.cells]
        return len(widths) > 2 and set(widths[1:]) == {widths[0] + 1}


def find_header(text: str, is_all: bool, delimiter: str | None = None) -> Header:
    """Find the header of a CSV file.

    Parameters
    ----------
    text : str
        How the file begins.
    is_all : bool
        Whether that is the whole file; otherwise its last line is not looked at.
    delimiter : str or None
        What separates cells; None finds it out.

    Raises
    ------
    DataError
        There is no header, or its names are not as many as a row has cells.
    """
    lines = list(io.StringIO(text, newline=""))
    said = _SEPARATOR.fullmatch(lines[0].rstrip("\r\n")) if lines else None
    start = 1 if said else 0
    if said and delimiter is None:
        delimiter = said[1]
    body = lines[start:] if is_all or len(lines) < 3 else lines[start:-1]
    records = _parted(body, delimiter)
    if not records.cells:
        raise DataError("does not begin with the names of its columns")
    _check_parted(records)
    at = _header_at(records)
    given = [cell.strip() for cell in records.cells[at]]
    last = at + count_levels(records.cells[at:])
    if last > at:
        given = join_levels(records.cells[at : last + 1])
    names = _fitted(given, records, last, start)
    n_lines = start + records.ends[last]
    rest = records.cells[last + 1 :]
    spaced = [all(cell[:1] == " " for cell in record[1:]) for record in rest if len(record) > 1]
    if at == 0 and not rest and len(names) > 1:
        spaced = [all(cell[:1] == " " for cell in records.cells[0][1:])]
    skipped = (f"{records.ends[at - 1]} lines above the header were passed over",) if at else ()
    return Header(
        records.delimiter,
        names,
        sum(len(line) for line in lines[:n_lines]),
        n_lines,
        records.quote,
        bool(spaced) and sum(spaced) >= _SPACED * len(spaced),
        next((end for end in ("\r\n", "\r") if lines[n_lines - 1].endswith(end)), "\n"),
        records.escape,
        lines[0].rstrip("\r\n") if said else "",
        len(names) > 1 and not names[-1] and all(not record[-1].strip() for record in rest),
        skipped + _doubts(names),
    )


def _parted(body: list[str], delimiter: str | None) -> _Records:
    """The records by the delimiter that parts most of them into as many cells."""
    quotes = "\"'" if any(_SINGLE.search(line) for line in body) else '"'
    escapes = ("", "\\") if any('\\"' in line for line in body) else ("",)
    tried = itertools.product(quotes, delimiter or DELIMITERS, escapes)
    found = [_parse(body, mark, quote, escape) for quote, mark, escape in tried]
    records = max(
        found, key=lambda found: (found.share > 0, round(found.share, 1), found.quote == '"', found.share_of_all)
    )
    if delimiter is None and 0 < records.share < _SURE and _is_prose(records, body):
        return _parse(body, "\t", '"')
    if delimiter is None and records.width == 1:
        rare = [_parse(body, mark, '"') for mark in _RARE]
        sure = (other for other in rare if other.share_of_all == 1 and len(other.cells) > 1)
        short = (other for other in rare if other.lacks_a_name)
        return next((other for other in (*sure, *short) if other.width > 2 or other.delimiter != " "), records)
    return records


def _is_prose(records: _Records, body: list[str]) -> bool:
    """Whether a delimiter is a comma of a sentence, in a file of one column."""
    text = "".join(body)
    return len(records.cells[0]) == 1 and text.count(records.delimiter) == text.count(records.delimiter + " ")


def _check_parted(records: _Records) -> None:
    """Refuse one column where there are more.

    Raises
    ------
    DataError
        Each line is quoted as a whole, or columns are parted by several spaces.
    """
    if records.width > 1 or len(records.cells) < 2:
        return
    lines = [record[0] for record in records.cells if record]
    counts = {line.count(",") for line in lines}
    if len(counts) == 1 and counts != {0}:
        raise DataError("has lines that are in quotes as a whole; take these quotes away")
    if all(_COLUMNS.fullmatch(line.strip()) for line in lines):
        raise DataError(
            "has columns that are parted by several spaces or have a fixed width; save it with commas, such as by "
            "pandas.read_fwf(...).to_csv(...)"
        )


def _doubts(names: list[str]) -> tuple[str, ...]:
    """Say that some names are numbers, as in a first row; years and columns that are counted may be names."""
    numbers = [name for name in names if _CELL.fullmatch(name)]
    whole = [int(name) for name in numbers if name.isdecimal()]
    is_run = whole == list(range(whole[0], whole[0] + len(whole))) if whole else True
    if len(whole) == len(numbers) and (is_run or all(_YEARS[0] <= number <= _YEARS[1] for number in whole)):
        return ()
    shown = ", ".join(map(repr, numbers[:3]))
    return (f"names of columns such as {shown} are numbers; if the first line is a row, add a line of names above it",)


def check_header(names: list[str]) -> None:
    """Refuse numbers that stand where names are expected.

    A first column without a name is one of labels, as programs write it: numbers behind it are names.

    Raises
    ------
    DataError
        All names are numbers, and not such as count the columns.
    """
    if not names or not all(name and _NO_NAME.fullmatch(name) for name in names):
        return
    if all(name.isdecimal() for name in names):
        numbers = [int(name) for name in names]
        if numbers == list(range(numbers[0], numbers[0] + len(numbers))):
            return
    shown = ", ".join(names)[:_SHOWN]
    raise DataError(f"begins with numbers ({shown}) where the names of its columns are expected; add a line of names")


def _parse(lines: list[str], delimiter: str, quote: str, escape: str = "") -> _Records:
    cells: list[list[str]] = []
    ends: list[int] = []
    reader = csv.reader(lines, delimiter=delimiter, quotechar=quote, escapechar=escape or None)
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                cells.append(record)
                ends.append(reader.line_num)
            if len(cells) == _RECORDS:
                break
    except csv.Error:  # a cell of over 131,072 characters, which Arrow reads
        if not cells:
            raise
    return _Records(delimiter, quote, escape, cells, ends)


def _header_at(records: _Records) -> int:
    """The first record that is no title and no comment."""
    if records.width == 1:
        return next((at for at, record in enumerate(records.cells) if not record[0].startswith("#")), 0)
    for at, record in enumerate(records.cells):
        if not _is_above(record, records.width):
            # Titles are followed by names; where numbers follow, the first line holds the names after all.
            return at if at == 0 or any(not _NO_NAME.fullmatch(cell.strip()) for cell in record) else 0
    return 0


def _is_above(record: list[str], width: int) -> bool:
    """Whether a record is a title or a comment: it has few cells."""
    n_cells = sum(bool(cell.strip()) for cell in record)
    if record[0].strip().startswith("#") and len(record) != width:
        return True
    return n_cells <= max(1, width // 2) and not (width == 2 and len(record) == 2 and not record[0])


def _fitted(names: list[str], records: _Records, at: int, start: int) -> list[str]:
    """As many names as rows have cells; lines of either may end with a delimiter."""
    rows = records.cells[at + 1 :]
    widths = Counter(map(len, rows))
    width = max(widths, key=lambda width: (widths[width], width)) if rows else len(names)
    if width == len(names):
        return names
    if width == len(names) + 1 and all(not row[-1].strip() for row in rows if len(row) == width):
        return [*names, ""]
    if width == len(names) - 1 and not names[-1]:
        return names[:-1]
    if widths[width] * 2 <= len(rows) or len(rows) < 2:
        return names  # the rows differ; whoever reads them says which
    line = start + records.ends[at]
    raise DataError(
        f"has {len(names)} names in line {line}, but {width} cells in most rows; write one name a column in the line "
        "above the rows"
    )
