"""Frames of pandas: to Arrow and back, with all that only pandas knows."""

from __future__ import annotations

import datetime
import math
import zoneinfo
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import dateutil.tz
import numpy as np
import pyarrow as pa

from synthdiff.data.check import check_names
from synthdiff.data.come_back import as_series
from synthdiff.data.frame_record import (
    MAX_PARTS,
    ArrowForm,
    CategoryForm,
    Form,
    IntervalForm,
    LabelForm,
    MaskedForm,
    ObjectForm,
    PandasFacts,
    PeriodForm,
    PlainForm,
    SparseForm,
    StringForm,
)
from synthdiff.data.pandas_integer import store_integers
from synthdiff.data.pandas_level import describe_levels, restore_levels
from synthdiff.data.pandas_object import describe_objects, plain_cell, restore_objects
from synthdiff.data.pandas_plain import plain_columns
from synthdiff.data.zone import zone_name
from synthdiff.errors import DataError, SchemaError

if TYPE_CHECKING:
    import pandas as pd

FormT = TypeVar("FormT", StringForm, PlainForm, MaskedForm, PeriodForm, SparseForm)
_LABELS = (str, int, float, bool, type(None))
_ZONES: dict[str, Literal["zoneinfo", "datetime", "dateutil"]] = {
    name: name for name in ("zoneinfo", "datetime", "dateutil")
}
_MAX_BITS = 1024
"""Size of a label that is an integer."""
_FAILURES = (
    pa.ArrowException,
    TypeError,
    ValueError,
    OverflowError,
    NotImplementedError,
    AttributeError,
    ArithmeticError,
    KeyError,
)


def read_pandas(X: Any) -> tuple[pd.DataFrame, pa.Table, PandasFacts]:
    """Read a frame.

    Parameters
    ----------
    X : pandas.DataFrame
        Any frame, of a subclass too; left as it is.

    Returns
    -------
    X : pandas.DataFrame
        The frame without what a subclass adds.
    table : pa.Table
        Its columns, and the levels of an index that says something.
    facts : PandasFacts
        What Arrow does not know.

    Raises
    ------
    DataError
        It is no frame, or a column mixes types.
    SchemaError
        A column's dtype or label is not supported, or two labels are the same.
    """
    import pandas as pd

    if not isinstance(X, pd.DataFrame):
        advice = "; give X.to_frame()" if hasattr(X, "to_frame") else ""
        raise DataError(f"expected a pandas DataFrame, got pandas' {type(X).__name__}{advice}")
    X = X if type(X) is pd.DataFrame else pd.DataFrame(X)
    labels, index = list(map(plain_cell, X.columns)), index_levels(X)
    _check_labels(X, [level.name for level in index])
    frame = plain_columns(X.set_axis([str(label) for label in labels], axis=1))
    frame.index = frame.index.set_names([None if name is None else str(name) for name in frame.index.names])
    frame.attrs = {}  # what somebody noted about the data is neither schema nor cells
    columns = [X.iloc[:, position] for position in range(len(labels))] + [as_series(level) for level in index]
    names = list(frame.columns)
    names += [f"index level {j}" if level.name is None else str(level.name) for j, level in enumerate(index)]
    forms = tuple(_describe(name, column) for name, column in zip(names, columns, strict=True))
    for position, form in enumerate(forms[: len(labels)]):
        if isinstance(form, ObjectForm) and form.cell == "int":
            frame.isetitem(position, store_integers(names[position], frame.iloc[:, position]).array)
    table = _pandas_to_arrow(frame, bool(index))
    labels_name: Any = X.columns.name
    index_names: Any = tuple(level.name for level in index)
    return (
        X,
        table,
        PandasFacts(
            labels=tuple(labels),
            labels_dtype=_labels_dtype(X.columns),
            labels_name=labels_name,
            index=index_names,
            forms=forms,
        ),
    )


def index_levels(X: pd.DataFrame) -> list[pd.Index[Any]]:
    """Find the levels of an index that is data; none where it only counts rows."""
    import pandas as pd

    # Numbers that nobody named only count rows (a shuffle or a filter leaves them behind).
    is_counter = X.index.nlevels == 1 and X.index.name is None and pd.api.types.is_integer_dtype(X.index.dtype)
    return [] if is_counter else [X.index.get_level_values(level) for level in range(X.index.nlevels)]


def restore_pandas(table: pa.Table, facts: PandasFacts) -> pd.DataFrame:
    """Make a frame of a table with the schema of the template.

    Parameters
    ----------
    table : pa.Table
        Its columns have the types and the order of the template.
    facts : PandasFacts
        Of the frame that was read.

    Raises
    ------
    SchemaError
        A column holds cells that its dtype cannot, as missing ones among int64.
    """
    import pandas as pd

    series = [
        pd.Series(_restore_named(name, column, form), pd.RangeIndex(table.num_rows), dtype=_dtype(form), copy=False)
        for name, column, form in zip(table.column_names, table.columns, facts.forms, strict=True)
    ]
    n_columns = len(facts.labels)
    frame = pd.DataFrame(dict(enumerate(series[:n_columns])), index=pd.RangeIndex(table.num_rows), copy=False)
    labels: Any = list(facts.labels)
    frame.columns = pd.Index(labels, dtype=facts.labels_dtype, name=facts.labels_name, tupleize_cols=False)
    levels = [pd.Index(level, dtype=level.dtype) for level in series[n_columns:]]
    if len(levels) == 1:
        frame.index = levels[0].rename(facts.index[0])
    elif levels:
        frame.index = pd.MultiIndex.from_arrays(levels, names=list(facts.index))
    return frame


def _check_labels(X: pd.DataFrame, index: list[Any]) -> None:
    if X.columns.nlevels > 1:
        raise SchemaError(
            f"the columns have {X.columns.nlevels} levels of labels; flatten them: X.columns = "
            "['_'.join(map(str, label)) for label in X.columns]"
        )
    for label in map(plain_cell, X.columns):
        if not (_is_label(label) or (type(label) is tuple and len(label) <= MAX_PARTS and all(map(_is_label, label)))):
            message = f"column label {_show_label(label)} is neither a plain string nor a plain number; rename it"
            raise SchemaError(f"{message}: X.columns = [...]")
    for name in index:
        if not _is_label(name):
            message = f"index name {_show_label(name)} is neither a plain string nor a plain number; rename it"
            raise SchemaError(f"{message}: X.index.names = [...]")
    if not _is_label(X.columns.name):
        raise SchemaError(
            f"the labels are named {_show_label(X.columns.name)}, neither a plain string nor a plain number; rename "
            "them: X.columns.name = ..."
        )
    check_names([str(label) for label in X.columns])
    names = [str(name) for name in index if name is not None]
    check_names([*(str(label) for label in X.columns), *names])


def _is_label(label: Any) -> bool:
    """Whether a label comes back from JSON as it is: subclasses, as those of NumPy, would not."""
    if type(label) not in _LABELS:
        return False
    if isinstance(label, str):
        return _is_text(label)
    return math.isfinite(label) if isinstance(label, float) else not label or label.bit_length() < _MAX_BITS


def _is_text(label: str) -> bool:
    try:
        label.encode()
    except UnicodeEncodeError:
        return False
    return True


def _show_label(label: Any) -> str:
    is_huge = isinstance(label, int) and label.bit_length() >= _MAX_BITS
    return f"an integer of {label.bit_length():,} bits" if is_huge else repr(label)


def _labels_dtype(labels: pd.Index[Any]) -> str | None:
    import pandas as pd

    if not isinstance(labels.dtype, np.dtype):
        inferred = pd.Index(list(labels), tupleize_cols=False)
        if inferred.dtype != labels.dtype:
            raise SchemaError(
                f"the column labels have dtype {labels.dtype}, which could not be given back; use X.columns = "
                "list(X.columns)"
            )
        return None
    if labels.dtype.kind not in "biufO":
        raise SchemaError(f"the column labels have dtype {labels.dtype}, which is not supported; rename the columns")
    return str(labels.dtype)


def _pandas_to_arrow(frame: pd.DataFrame, preserve_index: bool) -> pa.Table:
    try:
        return pa.Table.from_pandas(frame, preserve_index=preserve_index)
    except _FAILURES as error:
        columns = [
            *frame.items(),
            *((str(name), frame.index.get_level_values(j)) for j, name in enumerate(frame.index.names)),
        ]
        for name, column in columns:
            _check_convertible(str(name), column)
        raise DataError(f"the frame cannot be converted to Arrow: {error}") from error


def _check_convertible(name: str, column: Any) -> None:
    try:
        pa.Array.from_pandas(column)
    except _FAILURES as error:
        raise SchemaError(
            f"column {name!r} has dtype {column.dtype}, which is not supported ({error}); convert it, for example to "
            "strings",
            column=name,
        ) from error


def _describe(name: str, column: pd.Series[Any]) -> Form:
    """What a pandas dtype is beyond the Arrow type."""
    import pandas as pd

    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        own = describe_levels(dtype.categories)
        if own is not None:
            return CategoryForm(ordered=bool(dtype.ordered), levels=own)
        try:
            levels = _describe(name, as_series(dtype.categories))
        except DataError as error:
            message = f"column {name!r} has levels that could not be given back: {error}"
            raise SchemaError(message, column=name) from error
        assert not isinstance(levels, (CategoryForm, SparseForm))
        return CategoryForm(ordered=bool(dtype.ordered), levels=levels)
    if isinstance(dtype, pd.ArrowDtype):
        return ArrowForm()
    if isinstance(dtype, pd.PeriodDtype):
        return _form(PeriodForm, name, dtype, frequency=dtype.name[len("period[") : -1])
    if isinstance(dtype, pd.SparseDtype):
        fill = None if pd.isna(dtype.fill_value) else plain_cell(dtype.fill_value)
        return _form(SparseForm, name, dtype, name=str(dtype.subtype), fill=fill)
    if isinstance(dtype, pd.StringDtype):
        na = "nan" if isinstance(dtype.na_value, float) else "NA"
        return _form(StringForm, name, dtype, storage=dtype.storage, missing=na)
    if isinstance(dtype, pd.DatetimeTZDtype):
        return PlainForm(zone=None if zone_name(dtype.tz) == "UTC" else _ZONES.get(_home(dtype.tz)))
    if isinstance(dtype, np.dtype):
        return describe_objects(name, column) if dtype.kind == "O" else _form(PlainForm, name, dtype, name=str(dtype))
    return _form(MaskedForm, name, dtype, name=str(dtype))


def _form(form: type[FormT], column: str, dtype: Any, **facts: Any) -> FormT:
    try:
        return form(**facts)
    except ValueError as error:
        message = f"column {column!r} has dtype {dtype}, which is not supported; convert it, for example to strings"
        raise SchemaError(message, column=column) from error


def _dtype(form: Form) -> Any:
    return object if isinstance(form, ObjectForm) else None


def _restore_named(name: str, column: pa.ChunkedArray, form: Form) -> Any:
    try:
        return _restore(column, form)
    except _FAILURES as error:
        raise SchemaError(f"column {name!r} does not fit its pandas dtype: {error}", column=name) from error


def _restore(column: pa.ChunkedArray, form: Form) -> Any:
    import pandas as pd

    if isinstance(form, CategoryForm):
        return _restore_category(column, form)
    if isinstance(form, ArrowForm):
        return pd.arrays.ArrowExtensionArray(column)
    if isinstance(form, ObjectForm):
        return restore_objects(column, form)
    if isinstance(form, PlainForm):
        series = column.to_pandas()
        if form.zone is not None:
            return series.dt.tz_convert(_zone(form.zone, column.type.tz))
        return series.astype(form.name) if form.name is not None else series
    if isinstance(form, PeriodForm):
        return column.to_pandas().dt.to_period(form.frequency)
    if isinstance(form, SparseForm):
        fill_value = np.nan if form.fill is None else form.fill
        return pd.arrays.SparseArray(column.to_pandas(), fill_value=fill_value, dtype=np.dtype(form.name))
    if isinstance(form, MaskedForm):
        native: Any = pd.api.types.pandas_dtype(form.name)
        return native.__from_arrow__(column)
    # Python rejects na_value in pandas before 2.3, where it is always pd.NA.
    extra: dict[str, Any] = {"na_value": np.nan} if form.missing == "nan" else {}
    text: Any = pd.StringDtype(form.storage, **extra)
    return text.__from_arrow__(column)


def _home(zone: Any) -> str:
    return type(zone).__module__.partition(".")[0]


def _zone(module: str, name: str) -> Any:
    if module == "zoneinfo" or name[:1] not in ("+", "-"):
        known = zoneinfo.ZoneInfo(name)  # which takes no paths, as dateutil does
        return dateutil.tz.gettz(known.key) if module == "dateutil" else known
    offset = datetime.datetime.strptime(name, "%z").utcoffset()
    assert offset is not None
    return datetime.timezone(offset) if module == "datetime" else dateutil.tz.tzoffset(None, offset)


def _restore_category(column: pa.ChunkedArray, form: CategoryForm) -> Any:
    import pandas as pd

    chunks = column.chunks
    dictionary = pa.chunked_array([chunks[0].dictionary])
    levels: pd.Index[Any]
    if isinstance(form.levels, (LabelForm, IntervalForm)):
        levels = restore_levels(form.levels)
        if len(levels) != dictionary.length():
            raise ValueError(f"{len(levels)} levels stand for {dictionary.length()}")
    else:
        levels = pd.Index(_restore(dictionary, form.levels), dtype=_dtype(form.levels))
    codes = pa.chunked_array([chunk.indices for chunk in chunks]).cast(pa.int64()).fill_null(-1).to_numpy()
    return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(levels, ordered=form.ordered))
