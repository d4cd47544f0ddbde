"""A whole table between Arrow and arrays: which columns are learnt, and every column back from a sample.

Columns with the face of a number or of levels become one column of *values* each (levels that are the same words
share a number across columns, so that one column can be found to copy another). Columns that are made up, not learnt,
are still asked which of their cells are missing: that is a column of values with a single level.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.types as pt
from pydantic import Field, PlainValidator, model_validator

from synthdiff.codecs.alphabet import MOST_RELATIONS, Column, TableAlphabet
from synthdiff.codecs.beside import check_sources
from synthdiff.codecs.column import ColumnCodec, FreeCodec, LevelCodec, NumberCodec
from synthdiff.codecs.composed.fit import compose_codes
from synthdiff.codecs.constant import EmptyCodec
from synthdiff.codecs.discovery import search_relations
from synthdiff.codecs.numbering import Numbering
from synthdiff.codecs.partner import MAX_PAIRS
from synthdiff.codecs.personal.codec import DisguisedCodec
from synthdiff.codecs.personal.disguise import Disguise, disguise
from synthdiff.codecs.registry import codec_from_dict, fit_codec
from synthdiff.codecs.relation import Relation
from synthdiff.codecs.shared import share_floats
from synthdiff.codecs.table_values import table_values
from synthdiff.codecs.token import (
    MOST_LEVELS,
    FloatArray,
    IntArray,
    LevelTokens,
    NumberTokens,
    fit_level_tokens,
    fit_number_tokens,
)
from synthdiff.data.schema import Schema
from synthdiff.errors import DataError, SchemaError
from synthdiff.record import MAX_COLUMNS, Name, Names, Record, numbers, read_as, require
from synthdiff.steps import Steps, drained

MIN_SIZE, MAX_SIZE = 1e-290, 1e300
"""Sizes that the largest number of a column may have, so that sums, ratios and densities stay finite."""


class TableRecord(Record):
    """What a file holds of a `TableCodec`."""

    columns: Annotated[list[Annotated[ColumnCodec, PlainValidator(codec_from_dict)]], Field(max_length=MAX_COLUMNS)]
    learnt: Names
    words: dict[Name, Annotated[IntArray, numbers(most=MOST_LEVELS, low=0, high=1 << 53, whole=True)]]
    alphabet: Annotated[TableAlphabet, read_as(TableAlphabet)]

    @model_validator(mode="before")
    @classmethod
    def _check_counts(cls, data: Any) -> Any:
        """Refuse what is there too often before any of it is restored, which would take long."""
        columns, learnt, alphabet = (_part(data, key) for key in ("columns", "learnt", "alphabet"))
        names = [name for column in columns or () if isinstance(name := _part(column, "name"), str)]
        require(len(set(names)) == len(names), "two columns have one name")
        n_tokens, n_relations = len(_part(alphabet, "columns") or ()), len(_part(alphabet, "relations") or ())
        require(max(n_tokens, len(learnt or ())) <= len(names), "more columns are learnt than there are")
        require(n_relations <= MOST_RELATIONS * max(n_tokens, 1), f"{n_relations:,} relations are too many")
        return data


@dataclass(frozen=True)
class EncodingProgress:
    """How far the encoding of a table is.

    Attributes
    ----------
    phase : {"reading", "dividing", "comparing"}
        Columns are read, divided into tokens, and compared with each other.
    n_done, n_columns : int
        Columns that this phase is through with, and all of its columns.
    """

    phase: str
    n_done: int
    n_columns: int


@dataclass(frozen=True)
class TableCodec:
    """All columns of a table.

    Attributes
    ----------
    codecs : dict of str to ColumnCodec
        In the table's order.
    learnt : tuple of str
        The columns that have values, in order.
    words : dict of str to (L,) int64
        For columns of levels, the number that stands for each code.
    alphabet : TableAlphabet
        The tokens of the learnt columns.
    """

    codecs: dict[str, ColumnCodec]
    learnt: tuple[str, ...]
    words: dict[str, IntArray]
    alphabet: TableAlphabet

    @classmethod
    def fit(
        cls, table: pa.Table, schema: Schema, seed: int = 0, hidden: Disguise | None = None
    ) -> tuple[TableCodec, FloatArray]:
        """Learn how to encode a table.

        Parameters
        ----------
        table : pa.Table
        schema : Schema
            One record for each of its columns.
        seed : int
            Of the search for relations between columns.
        hidden : Disguise or None
            The table with made-up values in place of personal ones; None makes it.

        Returns
        -------
        codec : TableCodec
        values : (n, D) float64
            The values of the learnt columns: what `encode` gives for this table.

        Raises
        ------
        SchemaError
            A column that is declared not null would be left empty.
        DataError
            Numbers of a column are beyond what sums and ratios of columns can be computed of.
        """
        return drained(cls.fit_steps(table, schema, seed, hidden=hidden))

    @classmethod
    def fit_steps(
        cls,
        table: pa.Table,
        schema: Schema,
        seed: int = 0,
        n_pairs: int = MAX_PAIRS,
        hidden: Disguise | None = None,
    ) -> Generator[EncodingProgress, None, tuple[TableCodec, FloatArray]]:
        """Fit as a generator, for callers that show progress; see `fit`.

        Parameters
        ----------
        table, schema, seed, hidden
            As of `fit`.
        n_pairs : int
            Pairs of columns to search for relations, where the table is wide.

        Yields
        ------
        EncodingProgress
            After every column, of each phase.
        """
        hidden = disguise(table, schema, seed) if hidden is None else hidden
        table, alone = hidden.table, dict(hidden.codecs)
        for i, column in enumerate(schema):
            if column.name not in alone:
                alone[column.name] = fit_codec(table.column(column.name), column)
            yield EncodingProgress("reading", i + 1, len(schema))
        codecs = share_floats({name: alone[name] for name in schema.names}, table)
        for name, codec in codecs.items():
            _check_not_null(table.schema.field(name), codec)
        learnt = tuple(name for name, codec in codecs.items() if _has_values(codec))
        words = share_words({n: c.level_names for n, c in codecs.items() if isinstance(c, LevelCodec)})
        values = table_values(table, codecs, learnt, words)
        for j, name in enumerate(learnt):
            if isinstance(codecs[name], NumberCodec):
                _check_sizes(name, values[:, j])
        columns: list[Column] = []
        for j, codec in enumerate(codecs[name] for name in learnt):
            x = values[:, j]
            columns.append(_fit_tokens(codec, x))
            yield EncodingProgress("dividing", j + 1, len(learnt))
        relations = yield from _searched(values, columns, seed, n_pairs)
        return cls(codecs, learnt, words, TableAlphabet(tuple(columns), tuple(relations))), values

    def composed(self, table: pa.Table, hidden: Disguise, most: Mapping[str, int]) -> TableCodec:
        """Let identifiers hold what they hold of other columns in all rows of the real table; see `compose_codes`."""
        return replace(self, codecs=compose_codes(table, hidden.table, self.codecs, most))

    @property
    def notes(self) -> list[str]:
        """What the columns' codecs cannot promise, in the order of the columns."""
        return [note for codec in self.codecs.values() for note in codec.notes]

    def hidden_levels(self, schema: Schema) -> dict[str, pa.Array]:
        """Levels in place of those of the real table, of columns whose real ones must not be stored anywhere."""
        out: dict[str, pa.Array] = {}
        for name, codec in self.codecs.items():
            if pt.is_dictionary(codec.type):
                if isinstance(codec, DisguisedCodec):
                    out[name] = codec.levels
                elif isinstance(codec, EmptyCodec) and schema[name].kind != "empty":
                    out[name] = pa.array([], codec.type.value_type)
        return out

    def values(self, table: pa.Table) -> FloatArray:
        """Values of the learnt columns of a table, (n, D) float64; NaN where missing.

        Raises
        ------
        SchemaError, DataError
            A column is missing, or holds what the fitted one cannot; with its name.
        """
        return table_values(table, self.codecs, self.learnt, self.words)

    def decode(
        self,
        values: FloatArray,
        start: int,
        rng: np.random.Generator,
        numberings: Mapping[str, Numbering] = MappingProxyType({}),
    ) -> pa.Table:
        """Turn values into a table.

        Parameters
        ----------
        values : (n, D) float64
        start : int
            Position of the first row within the whole sample.
        rng : np.random.Generator
            Draws what is not learnt.
        numberings : mapping of str to Numbering
            Columns whose cells rows share, and which each row has.
        """
        at = {name: j for j, name in enumerate(self.learnt)}
        columns = {}
        for name, codec in self.codecs.items():
            if isinstance(codec, FreeCodec):
                present = ~np.isnan(values[:, at[name]]) if name in at else None
                numbering = numberings.get(name, Numbering(start, np.arange(len(values))))
                columns[name] = numbering.generate(codec, present, rng)
            else:
                columns[name] = self.decode_column(name, values[:, at[name]], rng)
        return pa.table(columns)

    def decode_column(self, name: str, values: FloatArray, rng: np.random.Generator) -> pa.Array:
        """Turn values of a column of numbers or levels, (n,) float64, into its cells."""
        codec = self.codecs[name]
        if isinstance(codec, LevelCodec):
            return codec.decode(self._codes(name, values, rng), rng)
        assert isinstance(codec, NumberCodec)
        return codec.decode(values, rng)

    def _codes(self, name: str, values: FloatArray, rng: np.random.Generator) -> IntArray:
        """Level codes of the numbers that stand for levels; -1 where missing."""
        words = self.words[name]
        order = np.argsort(words)
        at = np.searchsorted(words[order], np.nan_to_num(values)).clip(max=len(words) - 1)
        codes = order[at]
        known = words[codes] == values
        # A copy may bring a level that this column never had: it is drawn from those it had.
        drawn = rng.integers(len(words), size=len(values))
        return np.where(np.isnan(values), -1, np.where(known, codes, drawn))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        return {
            "columns": [codec.to_dict() for codec in self.codecs.values()],
            "learnt": list(self.learnt),
            "words": {name: words.tolist() for name, words in self.words.items()},
            "alphabet": self.alphabet.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> TableCodec:
        """Restore what `to_dict` wrote.

        Raises
        ------
        ValueError
            It is nothing that `to_dict` writes; pydantic's ValidationError says where.
        """
        found = TableRecord.model_validate(data)
        named = {codec.name: codec for codec in found.columns}
        codec = cls(named, found.learnt, found.words, found.alphabet)
        codec.check()
        return codec

    def check(self) -> None:
        """Refuse columns, words and tokens that do not belong together.

        Raises
        ------
        ValueError
            The first column of which they do not.
        """
        learnt = tuple(name for name, codec in self.codecs.items() if _has_values(codec))
        require(self.learnt == learnt, "the columns that are learnt are others")
        require(len(self.alphabet.columns) == len(learnt), f"{len(learnt):,} columns need tokens")
        levels = {name for name, codec in self.codecs.items() if isinstance(codec, LevelCodec)}
        require(self.words.keys() == levels, "words are of other columns than those of levels")
        check_sources(self.codecs)
        for name, tokens in zip(learnt, self.alphabet.columns, strict=True):
            try:
                self._check_column(self.codecs[name], tokens)
            except ValueError as error:
                raise ValueError(f"column {name!r}: {error}") from None

    def _check_column(self, codec: ColumnCodec, tokens: Column) -> None:
        if isinstance(codec, NumberCodec):
            require(isinstance(tokens, NumberTokens), "a number needs tokens of numbers")
            assert isinstance(tokens, NumberTokens)
            require(tokens.resolution == codec.resolution, "tokens have another resolution")
            return
        require(isinstance(tokens, LevelTokens), "levels need tokens of levels")
        assert isinstance(tokens, LevelTokens)
        words = self.words[codec.name] if isinstance(codec, LevelCodec) else np.ones(1, np.int64)
        require(len(np.unique(words)) == len(words), "two levels have one number")
        require(len(words) == (codec.n_levels if isinstance(codec, LevelCodec) else 1), "each level needs a number")
        require(np.isin(tokens.codes, words).all(), "tokens are of other levels")


def _fit_tokens(codec: ColumnCodec, values: FloatArray) -> Column:
    if isinstance(codec, NumberCodec):
        return fit_number_tokens(values, codec.resolution, codec.calendar)
    return fit_level_tokens(values)


def _searched(
    values: FloatArray, columns: list[Column], seed: int, n_pairs: int
) -> Generator[EncodingProgress, None, list[Relation]]:
    search = Steps(search_relations(values, columns, seed, n_pairs))
    for share in search:
        yield EncodingProgress("comparing", round(share * len(columns)), len(columns))
    return search.result


def share_words(levels: Mapping[str, list[str]]) -> dict[str, IntArray]:
    """Number the levels of all columns so that the same words have the same number.

    Examples
    --------
    >>> {k: v.tolist() for k, v in share_words({"from": ["Rome", "Oslo"], "to": ["Oslo", "Bern"]}).items()}
    {'from': [0, 1], 'to': [1, 2]}
    """
    known: dict[str, int] = {}
    out = {}
    for name, words in levels.items():
        out[name] = np.array([known.setdefault(word, len(known)) for word in words], dtype=np.int64)
    return out


def _check_not_null(field: pa.Field, codec: ColumnCodec) -> None:
    """Refuse a column that must not be null and is not learnt: only a sample would say so otherwise."""
    if not field.nullable and isinstance(codec, FreeCodec) and codec.null_rate > 0:
        message = f"column {field.name!r} is declared not null, but its {codec.kind} is not learnt and left empty"
        hint = "use text='resample' (--text resample) to draw real values, declare it nullable, or drop it"
        raise SchemaError(f"{message}; {hint}", column=field.name)
    if not field.nullable and codec.drops_cells and codec.notes:
        message = f"{codec.notes[-1]}, but {field.name!r} is declared not null"
        raise SchemaError(f"{message}; correct the cells, or declare the column nullable", column=field.name)


def _check_sizes(name: str, values: FloatArray) -> None:
    """Refuse numbers so large or so small that arithmetic on them overflows: the model could not be loaded again."""
    sizes = np.abs(np.nan_to_num(values))
    row = int(np.argmax(sizes))
    value = float(values[row])
    if MIN_SIZE <= sizes[row] <= MAX_SIZE or not sizes[row]:
        return
    if sizes[row] > MAX_SIZE:
        message = f"column {name!r}, row {row} is {value}; numbers up to {MAX_SIZE:g} in size are supported"
        hint = "write missing values as null, or use a larger unit"
    else:
        message = f"column {name!r}: no number is larger in size than {value}, in row {row}"
        hint = f"use a smaller unit, so that the largest is {MIN_SIZE:g} at least"
    raise DataError(f"{message}; {hint}", column=name, row=row, value=value)


def _part(data: Any, key: str) -> Any:
    """What a dictionary from a file holds under a key, if it has a length."""
    found = data.get(key) if isinstance(data, Mapping) else None
    return found if isinstance(found, list | dict | str) else None


def _has_values(codec: ColumnCodec) -> bool:
    return not isinstance(codec, FreeCodec) or 0.0 < codec.null_rate < 1.0
