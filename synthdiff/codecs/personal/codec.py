# ruff: noqa: D102 (what the methods do is said once, by the interface in column.py)
"""Columns of personal data: made-up cells, and categories whose levels are made up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.codecs.categorical import CategoricalCodec
from synthdiff.codecs.column import BoolArray, Claim, ColumnFacts, FreeCodec, IntArray, is_text, plain_values
from synthdiff.codecs.personal.detect import WORDS, Personal, detect
from synthdiff.codecs.personal.made import OF_PERSONS, as_text, root_recipe
from synthdiff.codecs.personal.people import find_cast
from synthdiff.codecs.personal.recipe import TEXT, People, Recipe
from synthdiff.codecs.personal.scatter import below, mix, uniform
from synthdiff.codecs.personal.script import first_address, written_parts
from synthdiff.data.schema import ColumnSchema
from synthdiff.record import Names, Share, Word, one_of, read_as, require

_MIN_VALUES = 20
_MIN_ONCE = 0.5
_MAX_FLOAT_DIGITS = 15
Kind = Annotated[Word, one_of(*WORDS, "other")]


def repeats(facts: ColumnFacts) -> bool:
    """Say whether values repeat, so that the column is learnt like categories."""
    if pt.is_dictionary(facts.type):
        return True
    if facts.n_values < _MIN_VALUES:
        return facts.n_distinct < facts.n_values
    return bool(np.count_nonzero(facts.counts == 1) <= _MIN_ONCE * facts.n_values)


def claim_personal(facts: ColumnFacts, repeated: bool) -> Claim:
    """Claim a column of personal data whose values repeat, or do not."""
    found = detect(facts)
    if found is None:
        return Claim(False, "no personal data")
    if repeats(facts) is not repeated:
        return Claim(False, "values repeat" if not repeated else "values do not repeat")
    return Claim(True, personal_why(found, facts))


def personal_why(found: Personal, facts: ColumnFacts) -> str:
    """What a column was taken for, and what becomes of it."""
    words = WORDS[found.kind]
    fate = f"{facts.n_distinct:,} distinct, replaced by made-up ones" if repeats(facts) else "made up anew"
    return f"{words} ({found.why}): {fate}"


@dataclass(frozen=True, eq=False)
class DisguisedCodec(CategoricalCodec):
    """Categories of personal data: whoever fits it has put made-up values in place of the real ones.

    Attributes
    ----------
    personal : str
        The kind of personal data.
    """

    word: ClassVar[str] = "disguised"

    personal: Kind = "other"

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        return claim_personal(facts, repeated=True)

    def encode(self, array: pa.ChunkedArray | pa.Array) -> IntArray:
        """As the interface says; real values, which nobody knows any more, count as the most frequent level."""
        cells = plain_values(array).cast(self.levels.type)
        usual = self.levels[int(np.argmax(self.counts))]
        known = pc.or_kleene(pc.is_in(cells, value_set=self.levels), pc.is_null(cells))
        return super().encode(pc.if_else(known, cells, usual))

    @cached_property
    def _parts(self) -> tuple[pa.Array, pa.Array]:
        return parts_of(self.levels.cast(TEXT), self.personal)

    def people(self, cells: pa.ChunkedArray) -> People:
        """The persons in cells that `decode` made; empty names where missing."""
        plain = plain_values(cells).cast(self.levels.type)
        at = pc.index_in(pa.concat_arrays([pa.array([], plain.type), *plain.chunks]), value_set=self.levels)
        first, last = (pc.fill_null(names.take(at), "") for names in self._parts)
        return People(first, last, np.asarray(pc.fill_null(at, -1).to_numpy(zero_copy_only=False), np.int64) + 1)

    def to_dict(self) -> dict[str, Any]:
        return {**super().to_dict(), "personal": self.personal}


@dataclass(frozen=True, eq=False)
class MadeUpCodec(FreeCodec):
    """Personal data that are made up, row by row.

    Attributes
    ----------
    recipe : Recipe
        How cells are written, and what of.
    missing : float
        Share of missing cells in the real column.
    personal : str
        The kind of personal data.
    again : float
        Share of the cells that another cell near by repeats.
    sources : tuple of str
        Columns with the person's name, from which the cells are written.
    steady : bool
        Whether the same name always gets the same cell.
    distinct : bool
        Whether a cell that occurs for the second time gets a number.
    """

    word: ClassVar[str] = "made_up"
    kind: ClassVar[str] = "text"

    recipe: Annotated[Recipe, read_as(Recipe)]
    missing: Share
    personal: Kind = "other"
    again: Share = 0.0
    sources: Names = ()
    steady: bool = False
    distinct: bool = False

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        value_type = dtype.value_type if pt.is_dictionary(dtype) else dtype
        return bool(is_text(value_type) or pt.is_integer(value_type) or pt.is_floating(value_type))

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        return claim_personal(facts, repeated=False)

    @classmethod
    def fit(cls, array: pa.ChunkedArray, column: ColumnSchema) -> Self:
        facts = ColumnFacts(column.name, array)
        found = detect(facts)
        kind = column.personal or (found.kind if found else "other")
        rng = np.random.default_rng(0)
        cells = as_text(facts.distinct)
        people = find_cast([cells] if kind in OF_PERSONS else [], rng, alone=True)
        recipe = root_recipe(kind, cells, people, rng, is_text(facts.values.type))
        return cls(column.name, array.type, recipe, array.null_count / max(len(array), 1), kind)

    @property
    def null_rate(self) -> float:
        return self.missing

    def numbers(self, start: int, n: int) -> IntArray:
        """Which cell each row gets: its own one, or that of another row of the piece."""
        rows = np.arange(start, start + n, dtype=np.int64)
        if not self.again:
            return rows
        return np.where(
            uniform(rows, self.recipe.salt + 3) < self.again, start + below(rows, self.recipe.salt + 4, n), rows
        )

    def people(self, start: int, n: int) -> People:
        """The persons of rows that `generate` makes without sources."""
        people = self.recipe.people(self.numbers(start, n))
        if self.personal == "email":
            first, _ = parts_of(self.recipe.write(self.numbers(start, n), people), "email")
            return People(first, pa.array([""] * n, TEXT), people.identity)
        return people

    def generate(self, start: int, n: int, rng: np.random.Generator, present: BoolArray | None = None) -> pa.Array:
        return self.generate_for(None, start, n, rng, present)

    def generate_for(
        self, people: People | None, start: int, n: int, rng: np.random.Generator, present: BoolArray | None = None
    ) -> pa.Array:
        """As `generate`, for persons whose names other columns hold."""
        numbers = self.numbers(start, n)
        if people is not None:
            people = _filled(people, self.recipe.people(numbers))
            if self.steady:
                numbers = (mix(people.identity, 0) >> np.uint64(2)).astype(np.int64)
        chosen = self.recipe.choose(numbers)
        cells = self.recipe.write(numbers, people, chosen)
        if self.distinct:
            own = self.recipe.names_both[chosen]
            if people is not None:
                own &= people.identity == numbers
            cells = _numbered(cells, start, np.where(own, numbers // self.recipe.n_people, -1))
        present = rng.random(n) >= self.missing if present is None else present
        if not present.all():
            cells = pc.if_else(pa.array(present), cells, pa.scalar(None, TEXT))
        return _typed(cells, self.type)

    def to_dict(self) -> dict[str, Any]:
        return {
            **self.head(),
            "recipe": self.recipe.to_dict(),
            "missing": self.missing,
            "personal": self.personal,
            "again": self.again,
            "sources": list(self.sources),
            "steady": self.steady,
            "distinct": self.distinct,
        }

    def check(self) -> None:
        super().check()
        require(self.name not in self.sources, "a column cannot be written from itself")


def parts_of(cells: pa.Array, personal: str) -> tuple[pa.Array, pa.Array]:
    """The given and family names in texts; of addresses, what stands before the sign."""
    texts = cells.to_pylist()
    none = pa.array([""] * len(texts), TEXT)
    if personal == "last_name":
        return none, cells
    if personal == "email":
        return pa.array([first_address(text or "").partition("@")[0] for text in texts], TEXT), none
    if personal != "name":
        return cells, none
    pairs = [written_parts(text or "") for text in texts]
    return pa.array([pair[0] for pair in pairs], TEXT), pa.array([pair[1] for pair in pairs], TEXT)


def joined(people: list[People]) -> People:
    """One person of what several columns say."""
    out = people[0]
    for more in people[1:]:
        first = pc.if_else(pc.equal(out.first, ""), more.first, out.first)
        last = pc.if_else(pc.equal(out.last, ""), more.last, out.last)
        out = People(first, last, (mix(out.identity * 1_000_003 + more.identity, 1) >> np.uint64(2)).astype(np.int64))
    return out


def _filled(people: People, others: People) -> People:
    """Persons, others where the name is missing."""
    empty = pc.and_(pc.equal(people.first, ""), pc.equal(people.last, ""))
    if not pc.any(empty).as_py():
        return people
    holes = empty.to_numpy(zero_copy_only=False)
    return People(
        pc.if_else(empty, others.first, people.first),
        pc.if_else(empty, others.last, people.last),
        np.where(holes, others.identity + (1 << 40), people.identity),
    )


def _numbered(cells: pa.Array, start: int, turns: IntArray) -> pa.Array:
    """Give cells that may be elsewhere a number, before the sign of an address or at the end.

    Parameters
    ----------
    cells : pa.Array
        Texts of neighbouring rows.
    start : int
        Position of the first row within the whole sample.
    turns : (n,) int64
        How many persons before have the same names, -1 where nothing is known of the rows of other pieces.
    """
    encoded = cells.dictionary_encode().indices.to_numpy()
    order = np.argsort(encoded, kind="stable")
    first = np.concatenate([[0], np.flatnonzero(np.diff(encoded[order])) + 1])
    count = np.empty(len(encoded), np.int64)
    count[order] = np.arange(len(encoded)) - np.repeat(first, np.diff(np.append(first, len(encoded))))
    number = np.where(turns < 0, start + count, np.where(count > 0, start + count, turns))
    if not number.any():
        return cells
    head = pc.replace_substring_regex(cells, "(?s)@.*$", "")
    tail = pc.replace_substring_regex(cells, "(?s)^[^@]*", "")
    suffix = pc.if_else(pa.array(number > 0), pa.array(number + 1).cast(TEXT), pa.scalar("", TEXT))
    return pc.binary_join_element_wise(head, suffix, tail, pa.scalar("", TEXT))


def _typed(cells: pa.Array, dtype: pa.DataType) -> pa.Array:
    """Texts as cells of a type."""
    if pt.is_dictionary(dtype):
        return cells.cast(dtype.value_type).dictionary_encode().cast(dtype)
    if is_text(dtype):
        return cells.cast(dtype)
    return cells.cast(pa.int64()).cast(dtype)
