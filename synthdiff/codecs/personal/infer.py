"""What a column is taken for once personal data were found in it, and what cannot be promised of it."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.types as pt

from synthdiff.codecs.column import ColumnFacts, is_text
from synthdiff.codecs.personal.codec import personal_why, repeats
from synthdiff.codecs.personal.detect import WORDS, Personal, detect
from synthdiff.data.schema import ColumnSchema, Schema
from synthdiff.errors import SchemaError

Pii = Literal["regenerate", "keep", "null"]
CODES = frozenset({"iban", "card", "national_id", "account", "plate", "device"})
"""Kinds that are made up like any identifier: in the same format, with the same check digits."""
_FEW, _MIN_LEVELS = 5, 20


def say_personal(column: ColumnSchema, facts: ColumnFacts, pii: Pii, personal: str | None = None) -> ColumnSchema:
    """Say whether a column holds personal data, and what will become of them.

    Parameters
    ----------
    column : ColumnSchema
        What it is taken for otherwise.
    facts : ColumnFacts
    pii : {"regenerate", "keep", "null"}
        What becomes of personal data.
    personal : str or None
        The kind of personal data, where somebody said so; None looks for it.

    Raises
    ------
    SchemaError
        There is no such kind.
    """
    if personal is not None and personal not in WORDS and personal != "other":
        known = ", ".join([*WORDS, "other"])
        raise SchemaError(f"column {column.name!r}: there is no personal kind {personal!r}; {known} are known")
    if column.kind == "empty" or not _may_be(facts.values.type):
        return column
    found = Personal(personal, "declared") if personal in WORDS else detect(facts)
    kind = personal or (found.kind if found else None)
    if kind is None:
        return column
    update: dict[str, object] = {"pii": pii, "personal": kind}
    if pii == "regenerate":
        update |= {"kind": _kind(column, facts, kind), "text": None}
        update["why"] = personal_why(found, facts) if found else "declared personal: made up anew"
    else:
        words = WORDS[found.kind] if found else "personal data"
        # What is left missing is not quoted either.
        update["why"] = f"{column.why}; {words}: real values come out" if pii == "keep" else f"{words}: left missing"
    return column.model_copy(update=update)


def made_as_code(column: ColumnSchema) -> bool:
    """Say whether the codec of identifiers makes a column up."""
    return column.kind == "identifier" and (column.personal in CODES or not _is_text_name(column.type))


def personal_notes(table: pa.Table, schema: Schema) -> dict[str, tuple[str, ...]]:
    """What cannot be promised of columns whose real values come out: they may tell who somebody is.

    Parameters
    ----------
    table : pa.Table
    schema : Schema

    Returns
    -------
    dict of str to tuple of str
        Sentences by column; columns without any are absent.
    """
    out: dict[str, tuple[str, ...]] = {}
    for column in schema:
        if column.pii == "keep" and column.kind not in ("identifier", "empty"):
            words = WORDS.get(column.personal, "personal data")  # type: ignore[call-overload]
            if column.kind != "text" or column.text == "resample":
                out[column.name] = (f"column {column.name!r} holds {words}, and its real values come out (pii: keep)",)
        elif column.kind == "categorical" and column.pii is None:
            facts = ColumnFacts(column.name, table.column(column.name))
            if is_text(facts.values.type) and facts.n_distinct >= _MIN_LEVELS:
                rare = int(np.count_nonzero(facts.counts < _FEW))
                if rare > facts.n_distinct / 2:
                    out[column.name] = (
                        f"column {column.name!r}: {rare:,} of its {facts.n_distinct:,} values occur in fewer than "
                        f"{_FEW} rows each, and real values come out (pii: regenerate makes values up)",
                    )
    return out


def _kind(column: ColumnSchema, facts: ColumnFacts, personal: str) -> str:
    """The kind of a column whose personal data are made up."""
    if repeats(facts):
        return "categorical"
    if not is_text(facts.values.type) or (personal in CODES and column.kind == "identifier"):
        return "identifier"
    return "text"


def _may_be(dtype: pa.DataType) -> bool:
    return bool(is_text(dtype) or pt.is_integer(dtype) or pt.is_floating(dtype))


def _is_text_name(dtype: str | None) -> bool:
    return dtype is None or "string" in dtype
