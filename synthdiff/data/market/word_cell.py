"""Columns of numbers in which some cells are words, such as ``inf`` or ``#DIV/0!``, and so came in as text."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.data.market.finding import Finding
from synthdiff.data.market.layout import is_text
from synthdiff.data.market.moment import DateArray, name_row
from synthdiff.data.market.outlier import MOST_SHARE

_NUMBER = r"^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$"


@dataclass(frozen=True)
class Words:
    """The words in a column of numbers.

    Attributes
    ----------
    column : str
        Name of the column.
    row : int
        The first row that holds one.
    word : str
        What it holds.
    count : int
        Number of such rows.
    """

    column: str
    row: int
    word: str
    count: int

    def finding(self, dates: DateArray | None) -> Finding:
        """What is said of them; `dates` are those of the table's rows."""
        text = f"the cell {self.word!r} is no number, and is taken for missing"
        if self.count > 1:
            text = f"{self.count:,} cells from {self.word!r} on are no numbers, and are taken for missing"
        return Finding(
            self.column, name_row(dates, self.row), text, "correct it in the data if you know the right value"
        )


def read_words(table: pa.Table, named: Collection[str | None]) -> tuple[pa.Table, list[Words]]:
    """Turn text into numbers where all but few cells are some.

    Parameters
    ----------
    table : pa.Table
        As it came.
    named : collection of (str or None)
        Columns that stay: those that the user named as times, items or covariates.

    Returns
    -------
    table : pa.Table
        Null in place of words.
    words : list of Words
        Of each column that was changed.
    """
    found = []
    for place, name in enumerate(table.column_names):
        if name in named or not is_text(table.column(name).type):
            continue
        text = table.column(name).cast(pa.string()).combine_chunks()
        is_number = pc.match_substring_regex(text, _NUMBER)
        wrong = np.flatnonzero(pc.fill_null(pc.invert(is_number), False).to_numpy(zero_copy_only=False))
        if not 0 < len(wrong) <= MOST_SHARE * (len(text) - text.null_count):
            continue
        numbers = pc.utf8_trim_whitespace(pc.if_else(is_number, text, None)).cast(pa.float64())
        table = table.set_column(place, name, numbers)
        found.append(Words(name, int(wrong[0]), text[int(wrong[0])].as_py(), len(wrong)))
    return table, found
