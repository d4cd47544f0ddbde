"""A table of which nobody's data can come out: personal columns made up, or learnt with made-up values in them.

A column whose values repeat is learnt like categories, once each real value has been replaced by a made-up one: the
model never sees, or stores, the real ones. The same person is replaced by the same one in all columns. A column whose
values do not repeat is made up row by row. Where a column is written from the name beside it, so is the made-up one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.codecs.column import ColumnCodec, ColumnFacts, is_text, plain_values
from synthdiff.codecs.identifier import TextIdentifierCodec
from synthdiff.codecs.personal.codec import DisguisedCodec, MadeUpCodec
from synthdiff.codecs.personal.evidence import is_initialled, share
from synthdiff.codecs.personal.infer import CODES, made_as_code
from synthdiff.codecs.personal.lexicon import fold
from synthdiff.codecs.personal.link import Link, find_links
from synthdiff.codecs.personal.made import OF_NAMES, OF_PERSONS, as_text, person_recipe, root_recipe
from synthdiff.codecs.personal.people import Cast, find_cast
from synthdiff.codecs.personal.recipe import TEXT, People, Recipe
from synthdiff.codecs.personal.script import email_form, first_address, name_form, name_parts, user_form, word_form
from synthdiff.data.schema import ColumnSchema, Schema

_NEARLY, _MANY = 0.98, 0.5
_LOOKED_AT = 100


@dataclass(frozen=True)
class Disguise:
    """A table to learn from instead of the real one.

    Attributes
    ----------
    table : pa.Table
        The same columns; those of personal data that repeat have made-up values.
    codecs : dict of str to ColumnCodec
        Codecs of the columns of personal data, fitted.
    """

    table: pa.Table
    codecs: dict[str, ColumnCodec]


def disguise(table: pa.Table, schema: Schema, seed: int) -> Disguise:
    """Replace personal data.

    Parameters
    ----------
    table : pa.Table
        The real rows.
    schema : Schema
        Which columns are personal (``pii: regenerate``), and of which kind.
    seed : int
    """
    chosen = [c for c in schema if c.pii == "regenerate" and table.column(c.name).null_count < table.num_rows]
    chosen = [column for column in chosen if not made_as_code(column)]
    return _Work.begin(table, chosen, seed).run() if chosen else Disguise(table, {})


@dataclass
class _Work:
    """What is known while the columns of a table are replaced one after the other."""

    table: pa.Table
    columns: dict[str, ColumnSchema]
    facts: dict[str, ColumnFacts]
    cast: Cast
    links: dict[str, Link]
    rng: np.random.Generator
    firsts: dict[str, str] = field(default_factory=dict)
    lasts: dict[str, str] = field(default_factory=dict)
    persons: dict[tuple[str, str], int] = field(default_factory=dict)
    made: dict[str, dict[str, str]] = field(default_factory=dict)
    domains: dict[str, str] = field(default_factory=dict)
    codecs: dict[str, ColumnCodec] = field(default_factory=dict)

    @classmethod
    def begin(cls, table: pa.Table, chosen: Sequence[ColumnSchema], seed: int) -> _Work:
        rng = np.random.default_rng(seed)
        facts = {column.name: ColumnFacts(column.name, table.column(column.name)) for column in chosen}
        of_persons = [c for c in chosen if c.personal in OF_PERSONS and is_text(facts[c.name].values.type)]
        texts = {c.name: plain_values(table.column(c.name)).cast(TEXT) for c in of_persons}
        links = find_links(pa.table(texts), {c.name: str(c.personal) for c in of_persons})
        learnt = [c for c in of_persons if c.kind == "categorical" and c.name not in links]
        needed = [max((facts[c.name].n_distinct for c in learnt if c.personal == kind), default=0) for kind in _PARTS]
        alone = any(c.personal != "name" for c in of_persons)
        named = [c for c in chosen if c.personal in OF_NAMES and is_text(facts[c.name].values.type)]
        cells = [facts[column.name].distinct.cast(TEXT) for column in named]
        cast = find_cast(cells, rng, alone, (2 * needed[0], max(2 * needed[1], table.num_rows // 500)))
        return cls(table, {column.name: column for column in chosen}, facts, cast, links, rng)

    def run(self) -> Disguise:
        """Replace all columns: single names first, which whole names are put together from."""
        order = sorted(self.columns.values(), key=self._rank)
        for column in order:
            linked = column.name in self.links and not pt.is_dictionary(self.facts[column.name].type)
            if linked:
                self.codecs[column.name] = self._linked(column, self.links[column.name])
            elif column.kind == "categorical":
                self._replace(column)
            else:
                self.codecs[column.name] = self._made_up(column)
        return Disguise(self.table, self.codecs)

    def _rank(self, column: ColumnSchema) -> tuple[int, bool]:
        """Which columns are replaced first: those with the most of a person's name."""
        kind = str(column.personal)
        some = self.facts[column.name].distinct[:_LOOKED_AT].to_pylist() if kind == "name" else []
        initials = share([text for text in some if isinstance(text, str)], is_initialled)
        return _RANK.get(kind, 9), initials > _MANY

    def _linked(self, column: ColumnSchema, link: Link) -> MadeUpCodec:
        """Write a column from the names beside it."""
        facts, kind = self.facts[column.name], str(column.personal)
        if kind == "user_name" and self.columns[link.sources[0]].personal == "email":
            recipe = Recipe(("{first}",), (1.0,), {"first": self.cast.first, "last": self.cast.last})
        else:
            recipe = person_recipe(kind, link.known, self.cast, self.rng, self.domains)
        steady = self._is_steady(column.name, link.sources)
        distinct = facts.n_distinct >= _NEARLY * facts.n_values and kind not in ("name", *_PARTS) and not steady
        distinct = distinct or column.kind == "identifier"
        codec = MadeUpCodec(column.name, facts.type, recipe, self._missing(column), kind)
        return replace(codec, sources=link.sources, steady=steady, distinct=distinct)

    def _is_steady(self, name: str, sources: tuple[str, ...]) -> bool:
        """Say whether the sources repeat, and each always goes with the same value."""
        keys = pa.table({str(j): plain_values(self.facts[other].array) for j, other in enumerate((*sources, name))})
        n_sources = len(keys.select([str(j) for j in range(len(sources))]).group_by(_keys(len(sources))).aggregate([]))
        n_both = len(keys.group_by(_keys(len(sources) + 1)).aggregate([]))
        return n_sources < 0.9 * len(keys) and n_both <= 1.02 * n_sources

    def _made_up(self, column: ColumnSchema) -> MadeUpCodec:
        """Make up a column that nothing is known of but its form."""
        facts, kind = self.facts[column.name], str(column.personal)
        letters = is_text(facts.values.type)
        recipe = root_recipe(kind, as_text(facts.distinct), self.cast, self.rng, letters, self.domains)
        is_key = column.kind == "identifier"
        again = 0.0 if kind in _PARTS or is_key else 1 - facts.n_distinct / facts.n_values
        codec = MadeUpCodec(column.name, facts.type, recipe, self._missing(column), kind)
        return replace(codec, again=again, distinct=is_key or (again == 0 and kind in ("email", "user_name")))

    def _missing(self, column: ColumnSchema) -> float:
        facts = self.facts[column.name]
        return 1 - facts.n_values / max(facts.n_rows, 1)

    def _replace(self, column: ColumnSchema) -> None:
        """Put made-up values in place of the real ones, and learn those."""
        array = self.table.column(column.name)
        if pt.is_dictionary(array.type):
            whole = array.unify_dictionaries().combine_chunks()
            whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
            levels, at = whole.dictionary, whole.indices
        else:
            encoded = plain_values(array).combine_chunks().dictionary_encode()
            encoded = encoded.chunk(0) if isinstance(encoded, pa.ChunkedArray) else encoded
            levels, at = encoded.dictionary, encoded.indices
        made = self._fakes(column, as_text(plain_values(levels)), is_text(plain_values(levels).type))
        typed = made if is_text(plain_values(levels).type) else made.cast(pa.int64())
        typed = typed.cast(levels.type)
        if pt.is_dictionary(array.type):
            new = pa.DictionaryArray.from_arrays(at, typed, ordered=array.type.ordered)
        else:
            new = typed.take(at).cast(array.type)
        place = self.table.column_names.index(column.name)
        field_ = self.table.schema.field(place)
        self.table = self.table.set_column(place, field_, pa.chunked_array([new], array.type))
        plain = DisguisedCodec.fit(self.table.column(column.name), column)
        self.codecs[column.name] = replace(plain, personal=str(column.personal))

    def _fakes(self, column: ColumnSchema, real: pa.Array, letters: bool) -> pa.Array:
        """Distinct made-up values, as many as real ones and none of them."""
        known = self.made.setdefault(str(column.personal), {})
        new = pa.array([text for text in real.to_pylist() if text not in known], TEXT)
        if len(new):
            made = self._new_fakes(column, new, letters, set(real.to_pylist()) | set(known.values()))
            known |= dict(zip(new.to_pylist(), made.to_pylist(), strict=True))
        return pa.array([known[text] for text in real.to_pylist()], TEXT)

    def _new_fakes(self, column: ColumnSchema, real: pa.Array, letters: bool, taken: set[str]) -> pa.Array:
        """Distinct made-up values in place of those that no other column has had, and none that is taken."""
        kind = str(column.personal)
        if kind in OF_PERSONS and letters:
            known = [(text, "", "") for text in real.to_pylist()]
            recipe = person_recipe(kind, known, self.cast, self.rng, self.domains)
            made = self._of_persons(kind, real.to_pylist(), recipe)
        elif kind in CODES and letters and (codes := self._codes(column, real)) is not None:
            return codes
        else:
            recipe = root_recipe(kind, real, self.cast, self.rng, letters, self.domains)
            made = recipe.write(self.rng.permutation(len(real)))
        return _settled(made, taken, recipe)

    def _codes(self, column: ColumnSchema, real: pa.Array) -> pa.Array | None:
        """Codes as the identifier's codec makes them, with its check digits; None where it finds no form."""
        facts = ColumnFacts("id", pa.chunked_array([real]))
        if not TextIdentifierCodec.claim(facts).mine:
            return None
        codec = TextIdentifierCodec.fit(facts.array, column)
        made = codec.generate(0, len(real), self.rng, np.ones(len(real), np.bool_)).cast(TEXT)
        is_new = len(pc.unique(made)) == len(real) and not pc.any(pc.is_in(made, value_set=real)).as_py()
        return made.take(pa.array(self.rng.permutation(len(real)))) if is_new else None

    def _of_persons(self, kind: str, real: list[str], recipe: Recipe) -> pa.Array:
        """Each value in its own form, with the names of the person who takes the real one's place."""
        people = self._people(kind, real)
        known = list(zip(real, *(names.to_pylist() for names in self._real_names(kind, real)), strict=True))
        forms = [_form(kind, value, first, last) for value, first, last in known]
        ranked = {form: place for place, form in enumerate(dict.fromkeys(forms))}
        wide = _Wide(tuple(ranked), (1 / max(len(ranked), 1),) * len(ranked), recipe.pools, recipe.salt)
        return wide.write(people.identity, people, np.array([ranked[form] for form in forms], np.int64))

    def _real_names(self, kind: str, real: list[str]) -> tuple[pa.Array, pa.Array]:
        none = ["" for _ in real]
        return pa.array(none, TEXT), pa.array(none, TEXT)

    def _people(self, kind: str, real: list[str]) -> People:
        """Who takes the place of each real person."""
        if kind in _PARTS:
            known, pool = (self.firsts, self.cast.first) if kind == "first_name" else (self.lasts, self.cast.last)
            words = sorted({fold(value) for value in real} - known.keys())
            free = [name for name in pool if name not in known.values()]
            known |= dict(zip(words, self.rng.permutation(free).tolist(), strict=False))
            names = pa.array([known.get(fold(value), "") for value in real], TEXT)
            return People(names, names, np.arange(len(real), dtype=np.int64))
        keys = self._same_persons([_key(kind, value) for value in real])
        new = sorted(set(keys) - self.persons.keys())
        first_free = len(self.persons)
        self.persons |= {new[place]: first_free + i for i, place in enumerate(self.rng.permutation(len(new)))}
        numbers = np.array([self.persons[key] for key in keys], np.int64)
        recipe = Recipe(("{first}",), (1.0,), {"first": self.cast.first, "last": self.cast.last}, 1)
        people = recipe.people(numbers)
        first = [self.firsts.get(key[0], name) for key, name in zip(keys, people.first.to_pylist(), strict=True)]
        last = [self.lasts.get(key[1], name) for key, name in zip(keys, people.last.to_pylist(), strict=True)]
        return People(pa.array(first, TEXT), pa.array(last, TEXT), numbers)

    def _same_persons(self, keys: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Persons of whom an initial is known, found among those of whom the name is."""
        whole: dict[tuple[str, str], set[tuple[str, str]]] = {}
        for key in self.persons:
            whole.setdefault((key[0][:1], key[1]), set()).add(key)
        single = {short: keys.pop() for short, keys in whole.items() if len(keys) == 1}
        return [single.get(key, key) for key in keys]


_PARTS = ("first_name", "last_name")
_RANK = {"first_name": 0, "last_name": 1, "name": 2, "email": 3, "user_name": 4}


class _Wide(Recipe):
    """A recipe of any number of forms, which is never stored."""


def _keys(n: int) -> list[str]:
    return [str(j) for j in range(n)]


def _key(kind: str, value: str) -> tuple[str, str]:
    """What tells persons apart: both names, or the whole value where there are none."""
    if kind == "name":
        first, last = name_parts(value)
        return (first, last) if first and last else (fold(value), "")
    words = first_address(value).partition("@")[0].replace("_", ".").replace("-", ".").split(".")
    return (fold(words[0]), fold(words[1])) if len(words) == 2 else (fold(value), "")


def _form(kind: str, value: str, first: str, last: str) -> str:
    if kind == "name":
        return name_form(value)
    if kind == "email":
        return email_form(value, first, last)
    return user_form(value, first, last) if kind == "user_name" else word_form(value, kind.removesuffix("_name"))


def _settled(made: pa.Array, taken: set[str], recipe: Recipe) -> pa.Array:
    """Draw again what is taken, by a real value or another one; where lists are too short, add a number."""
    texts = made.to_pylist()
    number = len(texts)
    for place, text in enumerate(texts):
        tries = 0
        while text in taken or not text:
            tries += 1
            number += 1
            text = recipe.write(np.array([number]))[0].as_py()
            if tries > 20:
                head, sign, tail = text.partition("@")
                text = f"{head}{number}{sign}{tail}"
        taken.add(text)
        texts[place] = text
    return pa.array(texts, TEXT)
