"""Which column of a table of series is what: the time, the name of a series, numbers, covariates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.data.market.finding import Finding
from synthdiff.data.market.moment import TIME_NAMES, DateArray, Moments, read_dates
from synthdiff.data.schema import near_match
from synthdiff.errors import SchemaError

_ITEMS = (
    "item_id unique_id id ticker symbol asset name instrument series isin permno gvkey cusip sedol figi ric tic code "
    "stock coin ts_code secid instrument_id"
)
ITEM_NAMES = frozenset(_ITEMS.split())
"""Names, in lower case, of columns that tell whose a row is."""
_LONG_NAMES = frozenset({"name", "series", "instrument", "stock"})

_COUNTER_NAMES = frozenset(
    {"", "unnamed: 0", "__index_level_0__", "index", "id", "no", "row", "t", "time", "step", "ds", "timestamp"}
)


@dataclass(frozen=True)
class Layout:
    """Which column is what.

    Attributes
    ----------
    dates : (N,) datetime64[ns] or None
        Of the rows of the table; None where no column holds any.
    item : str or None
        The column that tells whose a row is; None in a wide table.
    values, covariates : tuple of str
        The columns of numbers to learn, and those that come along.
    findings : tuple of Finding
        What is doubtful.
    """

    dates: DateArray | None
    item: str | None
    values: tuple[str, ...]
    covariates: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


def find_layout(
    table: pa.Table,
    id_column: str | None = None,
    time_column: str | None = None,
    value_columns: Sequence[str] = (),
    covariates: Sequence[str] = (),
    date_format: str | None = None,
) -> Layout:
    """Find out which column is what.

    Parameters
    ----------
    table : pa.Table
        N rows, null where missing.
    id_column, time_column : str or None
        The columns that tell whose a row is, and when; None finds them: the time is the column that holds dates, and
        whose a row is, is told by a column called as in `ITEM_NAMES`, or by the only text whose dates repeat.
    value_columns : sequence of str
        The columns of numbers; none: all that are not something else. Others are left out.
    covariates : sequence of str
        Columns that come along.
    date_format : str or None
        How dates are written, as `read_dates` takes it; None: found out.

    Raises
    ------
    SchemaError
        A column is named that the table lacks; two columns hold dates; a column is neither a number nor anything
        known; nothing is left to learn.
    DataError
        A date cannot be read.
    """
    for name in (id_column, time_column, *value_columns, *covariates):
        if name is not None and name not in table.column_names:
            raise SchemaError(f"the table has no column {name!r}{near_match(name, table.column_names)}", column=name)
    taken = {id_column, *value_columns, *covariates}
    open_ones = [name for name in table.column_names if name not in taken or name == time_column]
    time, held = _find_time(table, open_ones, time_column, date_format)
    dates, findings = (None, ()) if time is None else (held[time].dates, held[time].findings)
    # Openings and closings of a bar have dates of their own, which cannot be numbers of a series.
    beside = [name for name in held if name != time and not is_number(table.column(name).type)]
    if beside:
        words = ", ".join(map(repr, beside))
        text = f"{words} hold dates beside {time!r} and are left out"
        findings = (*findings, Finding(None, None, text, "name the one to go by with --time-column"))
    others = {time, *beside, *taken}
    free = [name for name in table.column_names if name not in others and not _is_counter(table, name)]
    item = id_column if id_column is not None else _find_item(table, free, dates)
    if item is not None and dates is None:
        raise SchemaError(
            f"column {item!r} tells whose a row is, but no column tells when; name it by time_column", column=item
        )
    free = [name for name in free if name != item and not _names_item(table, name, item)]
    values = tuple(value_columns) or tuple(free)
    for name in values:
        _check_number(name, table.column(name))
    if not values:
        raise SchemaError("no column holds the numbers of a series; a market needs one at least")
    return Layout(dates, item, values, tuple(covariates), findings)


def _find_time(
    table: pa.Table, names: list[str], given: str | None, date_format: str | None
) -> tuple[str | None, dict[str, Moments]]:
    """The column to go by, and all columns that hold dates."""
    # Once the time is given, other text may be anything.
    looked = [name for name in names if given in (None, name) or pt.is_temporal(table.column(name).type)]
    found = {name: read_dates(name, table.column(name), name == given, date_format) for name in looked}
    held = {name: moments for name, moments in found.items() if moments is not None}
    if given is not None:
        return given, held
    # An integer is a date only where nothing else is.
    best = [name for name in held if not pt.is_integer(table.column(name).type)] or list(held)
    best = [name for name in best if _plain(name) in TIME_NAMES] or best
    if len(best) > 1:
        words = " and ".join(map(repr, best))
        raise SchemaError(f"columns {words} hold dates; name the one to go by as time_column", column=best[0])
    return (best[0] if best else None), held


def _find_item(table: pa.Table, names: list[str], dates: DateArray | None) -> str | None:
    repeats = dates is not None and len(np.unique(dates)) < len(dates)
    texts = [name for name in names if is_text(table.column(name).type)]
    known = [name for name in names if _plain(name) in ITEM_NAMES and (name in texts or _is_code(table, name, repeats))]
    if known:
        return min(known, key=lambda name: _plain(name) in _LONG_NAMES)
    if not repeats:
        return None
    # Sectors and currencies are text, too, but do not tell two rows of a day apart.
    telling = [name for name in texts if _tells_apart(table.column(name), dates)]
    return telling[0] if len(telling) == 1 else None


def _names_item(table: pa.Table, name: str, item: str | None) -> bool:
    """Whether a column of text only calls each item by another name."""
    if item is None or _plain(name) not in ITEM_NAMES or not is_text(table.column(name).type):
        return False
    pairs = table.select([item, name]).group_by([item, name]).aggregate([])
    return bool(pairs.num_rows == len(pc.unique(table.column(item))))


def _plain(name: str) -> str:
    """A name as it is compared: without case, and the brackets of some programs."""
    return name.strip("<> ").lower()


def _is_code(table: pa.Table, name: str, repeats: bool) -> bool:
    return repeats and bool(pt.is_integer(table.column(name).type))


def _tells_apart(column: pa.ChunkedArray, dates: DateArray | None) -> bool:
    """Whether no two rows share both text and date; duplicated rows may."""
    assert dates is not None
    codes = column.cast(pa.string()).combine_chunks().dictionary_encode().indices.fill_null(-1).to_numpy()
    n_distinct = len(np.unique(np.column_stack([codes.astype(np.int64), dates.view(np.int64)]), axis=0))
    return 10 * n_distinct > 9 * len(dates)


def is_text(dtype: pa.DataType) -> bool:
    """Whether a type holds text, as a dictionary or not."""
    if pt.is_dictionary(dtype):
        dtype = dtype.value_type
    return bool(pt.is_string(dtype) or pt.is_large_string(dtype) or pt.is_string_view(dtype))


def is_number(dtype: pa.DataType) -> bool:
    """Whether a type holds numbers."""
    return bool(pt.is_integer(dtype) or pt.is_floating(dtype) or pt.is_decimal(dtype))


def _is_counter(table: pa.Table, name: str) -> bool:
    """Whether a column only counts rows, as an index that was written to a file does."""
    column = table.column(name)
    if name.lower() not in _COUNTER_NAMES or not pt.is_integer(column.type) or column.null_count or len(column) < 2:
        return False
    return bool((np.diff(column.to_numpy().astype(np.int64)) == 1).all())


def _check_number(name: str, column: pa.ChunkedArray) -> None:
    if column.null_count == len(column):
        raise SchemaError(f"column {name!r} has no values; leave it out", column=name)
    if is_number(column.type):
        return
    value = pc.drop_null(column)[0].as_py()
    raise SchemaError(
        f"column {name!r} holds {column.type} such as {value!r}, which is no number; make numbers of it, leave it out, "
        "or name it as id_column or as one of the covariates",
        column=name,
        value=value,
    )
