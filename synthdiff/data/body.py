"""Which rows of a CSV file are rows: not the header again, not units below it, not what stands below the last one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.errors import DataError

Say = Callable[[str], None]
_TOTAL = re.compile(r"(?i)(grand |sub ?)?(total|totals|sum|summe|gesamt|somme|suma|totale|average|mean)\b.*")
_RULE = re.compile(r"[-=+|: ]*[-=]{2}[-=+|: ]*")
_NUMBER = r"^\s*[-+]?[0-9]+([.,][0-9]+)*([eE][-+]?[0-9]+)?\s*$"
_HEAD = 200
_MARK = "\ufeff"
_SHOWN = 60
_FEW = 3


def rows_only(path: Path, table: pa.Table, say: Say) -> pa.Table:
    """Leave out what is no row, and say so; say also where the last one looks like a sum.

    Parameters
    ----------
    path : Path
        For messages.
    table : pa.Table
        All cells as text.
    say : callable
        Is told what was passed over.

    Raises
    ------
    DataError
        A cell has a zero byte.
    """
    _check_bytes(path, table)
    if not table.num_rows or table.num_columns < 2:
        return table
    table = _without_headers(path, table, say)
    table = _without_units(path, table, say)
    table = _without_empty(path, table, say)
    last = [str(column[-1].as_py()) for column in table.columns if table.num_rows and column[-1].is_valid]
    if last and _TOTAL.fullmatch(last[0].strip()):
        say(f"{path}: the last row begins with {last[0]!r}; if it is a sum, delete it, or it is learnt as a row")
    return table


def _check_bytes(path: Path, table: pa.Table) -> None:
    for name, column in zip(table.column_names, table.columns, strict=True):
        row = pc.index(pc.match_substring(column, "\0"), True).as_py()
        if row >= 0:
            raise DataError(
                f"{path}: column {name!r}, row {row:,} has a zero byte; correct it, or write the file again"
            )


def _without_headers(path: Path, table: pa.Table, say: Say) -> pa.Table:
    """Leave out rows that repeat the header, with a byte order mark or without."""
    again = pc.is_in(table.column(0), value_set=pa.array([table.column_names[0], _MARK + table.column_names[0]]))
    if not table.column_names[0] or not pc.any(again).as_py():
        return table
    for name, column in zip(table.column_names[1:], table.columns[1:], strict=True):
        again = pc.and_kleene(again, pc.equal(column, name))
    n_again = pc.sum(again).as_py() or 0
    if n_again:
        say(f"{path}: {n_again:,} rows that repeat the header were passed over")
    return table.filter(pc.invert(pc.fill_null(again, False)))


def _without_units(path: Path, table: pa.Table, say: Say) -> pa.Table:
    """Leave out a first row of units, types, labels or lines: it has words in columns of numbers."""
    first = [column[0].as_py() for column in table.columns] if table.num_rows else []
    given = [cell.strip() for cell in first if cell]
    if not given:
        return table
    is_rule = all(_RULE.fullmatch(cell) for cell in given)
    if not is_rule and not _holds_words(table, first):
        return table
    shown = ", ".join(given)[:_SHOWN]
    say(f"{path}: the line below the header ({shown}) is no row and was passed over")
    return table.slice(1)


def _holds_words(table: pa.Table, first: list[str | None]) -> bool:
    """Whether all columns of numbers, of which there are some, begin with a word or nothing."""
    head = table.slice(1, _HEAD)
    if head.num_rows < _FEW:
        return False
    words: list[bool] = []
    for cell, column in zip(first, head.columns, strict=True):
        values = column.drop_null()
        if len(values) >= _FEW and pc.all(pc.match_substring_regex(values, _NUMBER)).as_py():
            is_word = bool(cell) and not re.fullmatch(_NUMBER, cell or "")  # 9E-18 is a number
            words.append(is_word and any(char.isalpha() or char in "%€$£°[" for char in cell or ""))
            if cell and not words[-1] and cell.strip(" -"):
                return False
    return sum(words) >= 2


def _without_empty(path: Path, table: pa.Table, say: Say) -> pa.Table:
    """Leave out empty rows at the end, unless there are others, which are rows."""
    n_rows = table.num_rows
    while n_rows and not any(column[n_rows - 1].is_valid for column in table.columns):
        n_rows -= 1
    if n_rows < table.num_rows and not _has_empty(table.slice(0, n_rows)):
        say(f"{path}: {table.num_rows - n_rows:,} empty rows at the end were passed over")
        return table.slice(0, n_rows)
    return table


def _has_empty(table: pa.Table) -> bool:
    """Whether all cells of a row are missing."""
    least = min(table.columns, key=lambda column: column.null_count)
    rows = table.filter(least.is_null())
    return bool(np.all([column.is_null().to_numpy() for column in rows.columns], axis=0).any())
