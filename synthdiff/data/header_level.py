"""Headers of several lines, as pandas writes columns with levels: tickers below prices, the index's name below both.

``Price,Close,Close`` / ``Ticker,AAPL,KO`` / ``Date,,`` / ``2024-01-02,185.6,59.1``
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_NUMBER = re.compile(r"[-+]?[0-9.,]+(?:[eE][-+]?[0-9]+)?")
_MOST = 4
"""Lines below the first one that are looked at."""
_SAME = frozenset({"close", "adj close", "price"})
"""Names that say nothing where all columns have them."""


def count_levels(records: Sequence[Sequence[str]]) -> int:
    """Count the lines below the first line of a header that belong to it.

    Parameters
    ----------
    records : sequence of records
        Cells from the first line of the header on.

    Returns
    -------
    int
        0 for a plain header. Lines of names count where a line with the index's name alone ends them, or where names
        of the first line come twice; and only above a row of numbers.

    Examples
    --------
    >>> count_levels([["Price", "Close", "Open"], ["Ticker", "KO", "KO"], ["Date", "", ""], ["2024-01-02", "5", "6"]])
    2
    """
    width = len(records[0])
    below = [[cell.strip() for cell in record] for record in records[1 : 2 + _MOST] if len(record) == width]
    n_names = 0
    while n_names < len(below) and width > 1 and all(map(_is_name, below[n_names][1:])):
        n_names += 1
    if not n_names or n_names == len(below):
        return 0
    names = [cell.strip() for cell in records[0][1:]]
    has_index = bool(below[n_names][0]) and not any(below[n_names][1:])
    n_levels = n_names + has_index
    is_twice = len(set(names)) < len(names)
    if not (has_index or is_twice) or n_levels == len(below) or not any(map(_NUMBER.fullmatch, below[n_levels][1:])):
        return 0
    return n_levels


def join_levels(records: Sequence[Sequence[str]]) -> list[str]:
    """Join the lines of a header.

    Parameters
    ----------
    records : sequence of records
        All lines, of which the last may be the index's name alone.

    Returns
    -------
    list of str
        One name a column: the levels with a space between, without one that is "Close" in all columns.

    Examples
    --------
    >>> join_levels([["Price", "Close", "Open"], ["Ticker", "KO", "KO"], ["Date", "", ""]])
    ['Date', 'Close KO', 'Open KO']
    """
    lines = [[cell.strip() for cell in record] for record in records]
    first = lines[-1][0] if not any(lines[-1][1:]) else lines[0][0]
    levels = [line[1:] for line in lines if any(line[1:])]
    telling = [level for level in levels if not (len(set(level)) == 1 and level[0].lower() in _SAME)]
    kept = telling if telling and len({*zip(*telling, strict=True)}) == len(levels[0]) else levels
    return [first, *(" ".join(filter(None, parts)) for parts in zip(*kept, strict=True))]


def _is_name(cell: str) -> bool:
    return bool(cell) and not _NUMBER.fullmatch(cell)
