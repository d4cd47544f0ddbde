"""What a fit would make of a table, without fitting it."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from synthdiff.codecs.beside import sources_of
from synthdiff.codecs.numbering import CHUNK
from synthdiff.codecs.personal.disguise import disguise
from synthdiff.codecs.personal.infer import personal_notes
from synthdiff.codecs.relation import Relation
from synthdiff.codecs.season_words import season_in_words
from synthdiff.codecs.table import TableCodec
from synthdiff.codecs.token import FloatArray, NumberTokens
from synthdiff.codecs.written.codec import WrittenCodec
from synthdiff.constraints.groups import NO_GROUPS
from synthdiff.constraints.search import Findings, find_groups, find_rules
from synthdiff.data.schema import Schema

_WORDS = {"same": "{}", "negative": "-{}", "sum": "{} + {}", "difference": "{} - {}", "product": "{} x {}"}


@dataclass(frozen=True)
class ColumnReport:
    """One column as a fit sees it.

    Attributes
    ----------
    name, kind, why : str
    null_share : float
    distinct : int
        Distinct values, missing not counted.
    atoms : int
        Values that are a token of their own.
    copies : str
        What the column equals, or nearly equals, in many rows.
    tokens : int
        Size of its alphabet, which is what it costs; 0 when it is not learnt.
    notes : tuple of str
        What cannot be promised for the column.
    """

    name: str
    kind: str
    why: str
    null_share: float
    distinct: int
    atoms: int
    copies: str
    tokens: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableReport:
    """A table as a fit sees it.

    Attributes
    ----------
    columns : list of ColumnReport
    findings : Findings
        What holds between columns.
    """

    columns: list[ColumnReport]
    findings: Findings


def inspect_table(table: pa.Table, schema: Schema, rules: bool = True) -> TableReport:
    """Report on every column of a table, and on what holds between columns.

    Parameters
    ----------
    table : pa.Table
    schema : Schema
        As `infer_schema` gives it.
    rules : bool
        Whether to look for what holds between columns.
    """
    hidden = disguise(table, schema, 0)
    codec, values = TableCodec.fit(table, schema, hidden=hidden)
    groups = find_groups(hidden.table, schema) if rules else NO_GROUPS
    codec = codec.composed(table, hidden, groups.most_keys(CHUNK)) if rules else codec
    personal = personal_notes(table, schema)
    at = {name: j for j, name in enumerate(codec.learnt)}
    out = []
    for column in schema:
        array = table.column(column.name)
        j = at.get(column.name)
        out.append(
            ColumnReport(
                name=column.name,
                kind=column.kind,
                why=column.why + _when(codec, j),
                null_share=array.null_count / max(len(array), 1),
                distinct=len(array.drop_null().unique()),
                atoms=0 if j is None else _n_atoms(codec, j),
                copies=_written_from(codec, column.name) or ("" if j is None else _copies(codec, j, values)),
                tokens=0 if j is None else codec.alphabet.sizes[j],
                notes=codec.codecs[column.name].notes + personal.get(column.name, ()),
            )
        )
    return TableReport(out, find_rules(hidden.table, schema, codec.codecs, groups=groups) if rules else Findings())


def _n_atoms(codec: TableCodec, j: int) -> int:
    column = codec.alphabet.columns[j]
    return len(column.atoms) if isinstance(column, NumberTokens) else column.n_levels


def _when(codec: TableCodec, j: int | None) -> str:
    """On which days and at what times moments lie, in words; not of months, which are days when they are counted."""
    column = None if j is None else codec.alphabet.columns[j]
    if j is None or not isinstance(column, NumberTokens) or column.season is None:
        return ""
    source = codec.codecs[codec.learnt[j]]
    words = "" if isinstance(source, WrittenCodec) and not source.has_days else season_in_words(column.season)
    return f", {words}" if words else ""


def _written_from(codec: TableCodec, name: str) -> str:
    """The columns that a column of personal data is written from, in words."""
    sources = sources_of(codec.codecs[name])
    return f"written from {' and '.join(sources)}" if sources else ""


def _copies(codec: TableCodec, j: int, values: FloatArray) -> str:
    """The column's strongest relation in words."""
    found = [r for r in codec.alphabet.relations if r.target == j]
    if not found:
        return ""
    column = codec.alphabet.columns[j]
    resolution = column.resolution if isinstance(column, NumberTokens) else None
    shares = [float((r.encode(values, resolution) >= 0).mean()) for r in found]
    best = max(range(len(found)), key=lambda i: shares[i])
    return f"{'=' if found[best].equal else 'near'} {reference_name(found[best], codec.learnt)} {shares[best]:.0%}"


def reference_name(relation: Relation, names: tuple[str, ...]) -> str:
    """The reference of a relation in words: ``price``, ``net + tax``."""
    a, b = (names[p] for p in relation.reference.partners)
    return _WORDS[relation.reference.operation].format(a, b)
