"""Headings of tables of prices that are more than one line of plain names, and cells that are more than numbers.

Two levels of names, as downloads of several tickers have them, become one (``Close AAPL``): of frames, of files whose
names are written as tuples, and of tables whose first rows are names.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.data.market.amount import decimal_mark, fits, is_amount, read_amounts
from synthdiff.data.market.bar import beside_bars
from synthdiff.data.market.bar_name import CRSP, plain_name, split_name
from synthdiff.data.market.date_part import DATES, join_dates
from synthdiff.data.market.finding import Finding
from synthdiff.data.market.written import read_written

_TUPLE = re.compile(r"\((['\"]).*\)")
_AGAIN = re.compile(r"\.\d+$")
_LEVELS = frozenset({"", "ticker", "tickers", "price", "date", "datetime", "symbol", "symbols", "attributes", "field"})
"""What the first cells of rows of names are, which stand above the dates."""
_MOST_LEVELS = 3
_LABELS = frozenset({"per", "currency", "exchange", "interval", "timezone", "mic"})
"""Columns of text that say the same of all rows."""
_SHOWN = 4


def flat_columns(X: Any) -> Any:
    """Join levels of column labels.

    Parameters
    ----------
    X : frame
        Any frame; only pandas has levels.

    Returns
    -------
    frame
        A frame with plain names, ``Close AAPL``; what has a single level is left as it is.
    """
    columns: Any = X.columns if hasattr(X, "set_axis") else None
    if getattr(columns, "nlevels", 1) < 2:
        return X
    return X.set_axis(join_levels([tuple(map(str, label)) for label in columns]), axis=1)


def join_levels(labels: Sequence[tuple[str, ...]]) -> list[str]:
    """Join the parts of labels.

    Parameters
    ----------
    labels : sequence of tuple of str
        The parts of each, some empty.

    Returns
    -------
    list of str
        The parts with a space between; a part of bars that is the same in all labels is left out.

    Examples
    --------
    >>> join_levels([("Close", "AAPL"), ("Close", "KO")]), join_levels([("Date", ""), ("Close", "KO"), ("Open", "KO")])
    (['AAPL', 'KO'], ['Date', 'Close KO', 'Open KO'])
    """
    plain = [tuple("" if part.startswith("Unnamed:") else part.strip() for part in label) for label in labels]
    told = [level for level, parts in enumerate(zip(*plain, strict=True)) if any(parts)]
    plain = [tuple(label[level] for level in told) for label in plain]
    full = [label for label in plain if all(label)]
    for level in range(len(full[0]) if len(full) > 1 else 0):
        word = full[0][level]
        if all(label[level] == word for label in full) and split_name(word) in (("", "close"), ("", "price")):
            plain = [label[:level] + label[level + 1 :] if label in full else label for label in plain]
            break
    return [" ".join(part for part in label if part) for label in plain]


def read_headings(table: pa.Table, said: Collection[str]) -> tuple[pa.Table, tuple[Finding, ...]]:
    """Give a table of prices plain names and numbers.

    Parameters
    ----------
    table : pa.Table
        N rows, null where missing.
    said : collection of str
        Columns that the user names, which are never left out.

    Returns
    -------
    table : pa.Table
        The same dates and numbers.
    findings : tuple of Finding
        What was left out or changed.
    """
    findings: list[Finding] = []
    table = _without_tuples(table)
    table = _without_name_rows(table)
    table = join_dates(table, said)
    table = _with_numbers(table, said, findings)
    numbers = [name for name in table.column_names if _is_number(table.column(name).type)]
    table = _without_signs(table, numbers, findings)
    labels = [name for name in table.column_names if plain_name(name) in _LABELS and _is_one_text(table.column(name))]
    beside = [name for name in (*beside_bars(numbers), *labels) if name not in said]
    if beside:
        words = ", ".join(map(repr, beside[:_SHOWN])) + (f" and {len(beside) - _SHOWN} more" * (len(beside) > _SHOWN))
        text = f"the columns {words} come along with bars and are left out"
        remedy = "name them with --covariates to show them to the network, or with --value-columns to learn them"
        findings.append(Finding(None, None, text, remedy))
    return table.drop_columns(beside), tuple(findings)


def _without_tuples(table: pa.Table) -> pa.Table:
    """Names that were tuples when the file was written, ``('Close', 'AAPL')``."""
    names = [_parts(name) for name in table.column_names]
    if not any(len(parts) > 1 for parts in names):
        return table
    width = max(map(len, names))
    joined = join_levels([parts + ("",) * (width - len(parts)) for parts in names])
    return table.rename_columns(joined) if len(set(joined)) == len(joined) else table


def _parts(name: str) -> tuple[str, ...]:
    if not _TUPLE.fullmatch(name):
        return (name,)
    try:
        found = ast.literal_eval(name)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return (name,)
    return tuple(map(str, found)) if isinstance(found, tuple) else (name,)


def _without_name_rows(table: pa.Table) -> pa.Table:
    """First rows that are names, above the dates in the first column of text."""
    first = table.column(0)
    if not pt.is_string(first.type) and not pt.is_large_string(first.type):
        return table
    head = [str(cell or "").strip() for cell in first.slice(0, _MOST_LEVELS + 1).to_pylist()]
    n_rows = next((row for row, cell in enumerate(head) if cell.lower() not in _LEVELS), 0)
    if not n_rows or read_written(pa.chunked_array([[head[n_rows]]])) is None:
        return table
    labels: list[tuple[str, ...]] = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        cells = [str(cell).strip() if cell is not None else "" for cell in column.slice(0, n_rows).to_pylist()]
        # pandas numbers the names that come twice: Close, Close.1
        labels.append((_AGAIN.sub("", name), *(cells if labels and pt.is_string(column.type) else [])))
    date = next((cell for cell in reversed(head[:n_rows]) if plain_name(cell) in DATES), "Date")
    width = max(map(len, labels))
    joined = [date, *join_levels([label + ("",) * (width - len(label)) for label in labels[1:]])]
    table = table.slice(n_rows)
    table = table.rename_columns(joined) if len(set(joined)) == len(joined) else table
    for place, (name, column) in enumerate(zip(table.column_names, table.columns, strict=True)):
        if place and pt.is_string(column.type) and is_amount(column, plain=True):
            mark = decimal_mark(column)
            mark = mark if mark is not None and fits(column, mark) else "." if fits(column, ".") else ","
            values = pa.array(read_amounts(column, mark), from_pandas=True)
            table = table.set_column(place, name, pa.chunked_array([values]))
    return table


def _with_numbers(table: pa.Table, said: Collection[str], findings: list[Finding]) -> pa.Table:
    """Columns of numbers that are written for people."""
    texts = [
        name
        for name in table.column_names
        if (pt.is_string(table.column(name).type) or pt.is_large_string(table.column(name).type))
        and name not in said
        and is_amount(table.column(name))
        and read_written(pc.utf8_trim_whitespace(table.column(name).drop_null())[:1]) is None
    ]
    marks = {name: decimal_mark(table.column(name)) for name in texts}
    usual = next((mark for mark in marks.values() if mark is not None), None)
    for name in texts:
        column = table.column(name)
        mark = next((mark for mark in (marks[name], usual) if mark is not None and fits(column, mark)), None)
        if mark is None and pc.any(pc.match_substring(column, ",")).as_py():
            text = f"commas are taken for thousands: {column.drop_null()[0].as_py()!r}"
            findings.append(Finding(name, None, text, "say --decimal , if they are decimal"))
        values = pa.array(read_amounts(column, mark or ("." if fits(column, ".") else ",")), from_pandas=True)
        table = table.set_column(table.column_names.index(name), name, pa.chunked_array([values]))
    if usual == ",":
        findings += _read_as_decimals(table, [name for name in table.column_names if name not in texts])
    return table


def _read_as_decimals(table: pa.Table, names: list[str]) -> list[Finding]:
    """Floats that may have been thousands, 1.234 beside 12,50, when the file was read."""
    findings = []
    for name in names:
        column = table.column(name)
        if not pt.is_floating(column.type) or column.null_count == len(column):
            continue
        values = column.drop_null().to_numpy()
        thousands = values * 1_000.0
        has_fraction = values != np.round(values)
        if has_fraction.any() and (np.abs(thousands - np.round(thousands)) < 1e-6 * np.abs(thousands)).all():
            text = "other columns have decimal commas, and this one was read with decimal points"
            findings.append(Finding(name, None, text, "read the file with --decimal , --thousands . if it is wrong"))
    return findings


def _without_signs(table: pa.Table, numbers: list[str], findings: list[Finding]) -> pa.Table:
    """Prices of CRSP: averages of bid and ask are negative there, and what is missing is zero."""
    for name in numbers:
        if plain_name(name) not in CRSP:
            continue
        values = np.asarray(table.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False))
        n_negative, is_zero = int((values < 0.0).sum()), values == 0.0
        if not n_negative and not is_zero.any():
            continue
        values = np.where(is_zero, np.nan, np.abs(values))
        at = table.column_names.index(name)
        table = table.set_column(at, name, pa.chunked_array([pa.array(values, from_pandas=True)]))
        text = f"{n_negative:,} negative prices are averages of bid and ask, and are taken without the sign"
        if is_zero.any():
            text += f"; {int(is_zero.sum()):,} zeros are taken for missing"
        findings.append(Finding(name, None, text, "make them missing if only trades count"))
    return table


def _is_one_text(column: pa.ChunkedArray) -> bool:
    is_text = pt.is_string(column.type) or pt.is_large_string(column.type)
    return bool(is_text) and len(pc.unique(column.drop_null())) == 1


def _is_number(dtype: pa.DataType) -> bool:
    return bool(pt.is_integer(dtype) or pt.is_floating(dtype) or pt.is_decimal(dtype))
