"""What each column is taken for: every codec is asked, the first that claims a column gets it, and says why.

It lives here rather than beside the schema because it asks codecs, and imports only point down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import pyarrow as pa

from synthdiff.codecs.column import ColumnFacts
from synthdiff.codecs.key import find_keys
from synthdiff.codecs.personal.infer import Pii, say_personal
from synthdiff.codecs.registry import ORDINARY, find_codec, fit_codec, may_serve
from synthdiff.data.schema import ColumnSchema, Kind, Schema, near_match
from synthdiff.errors import SchemaError

# What else may be meant by a kind: metadata written without the types of the columns say it loosely.
_MEANT: dict[str, tuple[Kind, ...]] = {
    "numeric": ("integer", "duration"),
    "integer": ("numeric",),
    "datetime": ("date", "time"),
    "date": ("datetime",),
    "boolean": ("categorical",),
    "text": ("identifier",),
}


def infer_schema(
    table: pa.Table,
    categorical: Sequence[str] = (),
    text: Literal["null", "resample", "lorem"] = "null",
    given: Schema | None = None,
    pii: Pii = "regenerate",
    keys: bool = True,
) -> Schema:
    """Say what each column of a table is.

    Parameters
    ----------
    table : pa.Table
        The real data, null where missing.
    categorical : sequence of str
        Columns whose values are labels, even where they are numbers.
    text : {"null", "resample", "lorem"}
        Whether free text is left empty, drawn from the real values, or placeholder text.
    given : Schema or None
        What is known beforehand, about all columns or some.
    pii : {"regenerate", "keep", "null"}
        What becomes of personal data.
    keys : bool
        Whether keys that repeat are identifiers; default: True.

    Returns
    -------
    Schema
        All columns of the table, in its order.

    Raises
    ------
    SchemaError
        A column is named that the table lacks, or cannot be of the kind that is declared.

    Examples
    --------
    >>> table = pa.table({"id": [1, 2, 3, 4], "size": ["S", "M", "M", "S"]})
    >>> [(column.kind, column.why) for column in infer_schema(table)]
    [('identifier', 'distinct consecutive numbers'), ('categorical', 'strings that repeat, 2 levels')]
    """
    declared = {} if given is None else {column.name: column for column in given}
    for name in (*categorical, *declared):
        if name not in table.column_names:
            hint = near_match(name, table.column_names)
            raise SchemaError(f"the table has no column {name!r}{hint}", column=name)
    columns = []
    for name, array in zip(table.column_names, table.columns, strict=True):
        said = declared.get(name)
        column = infer_column(
            name, array, text, said.pii or pii if said else pii, said.personal if said else None, table.column_names
        )
        if said is not None:
            column = _declare(column, said, array, given is not None and given.is_loose)
        if name in categorical:
            column = _declare(column, ColumnSchema(name=name, kind="categorical"), array)
        columns.append(column)
    if keys:
        chosen = {name: ColumnSchema(name=name, kind="categorical") for name in categorical}
        columns = _with_keys(table, columns, declared | chosen)
    return Schema(columns=tuple(columns), primary_key=None if given is None else given.primary_key)


def _with_keys(
    table: pa.Table, columns: list[ColumnSchema], declared: Mapping[str, ColumnSchema]
) -> list[ColumnSchema]:
    """Make identifiers of the keys that repeat."""
    found = {key.name: key for key in find_keys(table, columns, declared)}
    out = []
    for column in columns:
        if column.name in found and column.kind != "identifier":
            n_keys = found[column.name].n_keys
            why = f"{n_keys:,} keys that repeat, {table.num_rows / n_keys:.1f} rows each, and determine other columns"
            column = column.model_copy(update={"kind": "identifier", "why": why})
        out.append(column)
    return out


def infer_column(
    name: str,
    array: pa.ChunkedArray,
    text: Literal["null", "resample", "lorem"] = "null",
    pii: Pii = "keep",
    personal: str | None = None,
    beside: Sequence[str] = (),
) -> ColumnSchema:
    """Say what one column is.

    Parameters
    ----------
    name : str
    array : pa.ChunkedArray
        Null where missing.
    text, pii
        As of `infer_schema`.
    personal : str or None
        The kind of personal data, where somebody said so; None looks for it.
    beside : sequence of str
        Names of all columns of the table, where they are known.
    """
    facts = ColumnFacts(name, array, beside)
    for codec in ORDINARY:
        claim = codec.claim(facts)
        if claim.mine:
            break
    facts_found = {"type": str(array.type), "nullable": array.null_count > 0, "why": claim.why}
    options = {"text": text} if codec.kind == "text" else {}
    column = ColumnSchema.model_validate({"name": name, "kind": codec.kind, **facts_found, **options})
    return say_personal(column, facts, pii, personal)


def _declare(
    inferred: ColumnSchema, declared: ColumnSchema, array: pa.ChunkedArray, is_loose: bool = False
) -> ColumnSchema:
    """Overrule what was inferred; what comes from the data stays.

    Parameters
    ----------
    inferred, declared : ColumnSchema
    array : pa.ChunkedArray
        The column.
    is_loose : bool
        Whether a kind may stand for another that is nearly the same, see `_MEANT`; False by default.

    Raises
    ------
    SchemaError
        The column cannot be of the kind that is declared, and why.
    """
    if inferred.kind == "empty":
        if declared.kind == "empty":
            return inferred
        return inferred.model_copy(update={"why": f"declared {declared.kind}, but {inferred.why}"})
    kind: Kind = declared.kind
    if is_loose:
        kind = _meant_kind(inferred, kind, array.type)
    if find_codec(kind, array.type) is None:
        raise SchemaError(
            f"column {declared.name!r} is declared {kind}, but holds {array.type}; {inferred.kind} would fit",
            column=declared.name,
        )
    if inferred.pii and declared.pii is None and declared.kind not in ("categorical", "identifier", "text"):
        # Whoever declares numbers or dates says that there are no persons in them.
        inferred = inferred.model_copy(update={"pii": None, "personal": None})
    options = declared.model_dump(include={"text", "min_count", "others", "format"}, exclude_none=True)
    if kind == inferred.kind:
        return inferred.model_copy(update=options)
    why = f"declared; without that it would be {inferred.kind}: {inferred.why}"
    column = inferred.model_copy(update={"kind": kind, "why": why, **options})
    if column.pii in ("regenerate", "null"):
        return column
    try:
        codec = fit_codec(array, column)
        if not may_serve(codec, kind):
            raise SchemaError(f"column {declared.name!r} is declared {kind}, but its values are {codec.kind}")
    except SchemaError as error:
        words = str(error) if "would fit" in str(error) else f"{error}; {inferred.kind} would fit"
        raise SchemaError(words, column=declared.name, row=error.row, value=error.value) from error
    return column


def _meant_kind(inferred: ColumnSchema, kind: Kind, dtype: pa.DataType) -> Kind:
    """The kind that may be meant by one that is said loosely."""
    if inferred.pii and kind == "text":
        return inferred.kind
    meant = (kind, *_MEANT.get(kind, ()))
    may_be = (other for other in meant if find_codec(other, dtype))
    return inferred.kind if inferred.kind in meant else next(may_be, kind)
