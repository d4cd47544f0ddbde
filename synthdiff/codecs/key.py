"""Keys that repeat: orders of several lines, patients who come again. They are made up anew, as identifiers are.

A key that repeats is told from a category by its name or its format, by how many keys there are, and by what it
determines: other columns agree in all rows of a key. Of several keys those are taken that lie in one another, the
finest first: an order belongs to one customer. What is no such key stays a category, like a product in many orders.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from synthdiff.codecs.agreement import agrees, codes_of, evidence
from synthdiff.codecs.codes.whole import holds_whole, read_whole
from synthdiff.codecs.column import IntArray, is_text, plain_values
from synthdiff.codecs.identifier import (
    NumberIdentifierCodec,
    TextIdentifierCodec,
    find_form,
    names_code,
    names_identifier,
)
from synthdiff.data.schema import ColumnSchema

MIN_KEYS, MANY_KEYS, MIN_SHARE, SURE_SHARE = 20, 1_000, 0.05, 0.2
"""Keys that there must be; enough of them at any share of the rows; a share that is enough, with and without a name."""
FINEST_SHARE = 0.1
"""A share that is enough for the finest key: of products of which there are many rows each, the real ones stay."""
MOST_DISTINCT = 0.97
EVIDENCE = 40.0
"""Nats by which what a key determines must be less likely by chance."""
AMPLE = 4
"""Times as many keys as there are that the format must have room for."""


@dataclass(frozen=True, eq=False)
class Key:
    """A column of keys that repeat.

    Attributes
    ----------
    name : str
    codes : (n,) int64
        Which key each row has.
    n_keys : int
    """

    name: str
    codes: IntArray
    n_keys: int


def find_keys(table: pa.Table, columns: Sequence[ColumnSchema], declared: Mapping[str, ColumnSchema]) -> list[Key]:
    """Find the keys that repeat, the finest first; each determines the next.

    Parameters
    ----------
    table : pa.Table
        The real rows.
    columns : sequence of ColumnSchema
        What its columns are taken for.
    declared : mapping of str to ColumnSchema
        Columns whose kind a person has said: only identifiers among them may be keys.
    """
    candidates = []
    for column in columns:
        if column.name not in declared or declared[column.name].kind == "identifier":
            key = _candidate(column, table.column(column.name))
            candidates += [] if key is None else [key]
    candidates.sort(key=lambda key: -key.n_keys)
    names = {key.name for key in candidates}
    others = [
        column.name for column in columns if column.name not in names and column.kind not in ("constant", "empty")
    ]
    for at, finest in enumerate(candidates):
        if finest.n_keys < FINEST_SHARE * table.num_rows and finest.n_keys <= MANY_KEYS:
            break
        if any(determines(finest, codes_of(table.column(name))) for name in others):
            chain = [finest]
            chain += [key for key in candidates[at + 1 :] if determines(finest, key.codes)]
            return [key for k, key in enumerate(chain) if all(determines(chain[i], key.codes) for i in range(k))]
    return []


def _candidate(column: ColumnSchema, array: pa.ChunkedArray) -> Key | None:
    """A column as a key, if there are as many keys as there are of such, and room for more."""
    codec = TextIdentifierCodec if is_text(array.type) else NumberIdentifierCodec
    is_named = names_identifier(column.name)
    if column.kind not in ("categorical", "integer", "numeric", "identifier") or array.null_count:
        return None
    if names_code(column.name):
        return None
    if column.kind in ("integer", "numeric") and not is_named:  # amounts in text repeat by chance, too
        return None
    if not is_text(array.type) and not (is_named and holds_whole(array.type)):
        return None
    codes = codes_of(array)
    n_keys = int(codes.max(initial=-1)) + 1
    least = MIN_SHARE if is_named else SURE_SHARE
    if not MIN_KEYS <= n_keys <= MOST_DISTINCT * len(array):
        return None
    if n_keys < least * len(array) and not (is_named and n_keys > MANY_KEYS):
        return None
    if not is_named and not all(any(map(str.isdigit, cell)) for cell in array.slice(0, 100).to_pylist()):
        return None
    distinct = plain_values(array).unique()
    if (find_form(distinct) if is_text(array.type) else read_whole(distinct)) is None:
        return None
    room = codec.fit(array, column).room
    return Key(column.name, codes, n_keys) if room >= AMPLE * n_keys else None


def determines(key: Key, other: IntArray) -> bool:
    """Say whether all rows of a key agree in another column, and not by chance."""
    return agrees(key.codes, key.n_keys, other) and evidence(key.n_keys, other) >= EVIDENCE
