"""A recipe for each kind of personal data: the forms of the real cells, and lists without anything of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.types as pt

from synthdiff.codecs.personal.mask import code_recipe, common_parts, ip_recipe, url_form
from synthdiff.codecs.personal.people import Cast, domain_pool, street_pools
from synthdiff.codecs.personal.place import TRADES, address_form, company_form
from synthdiff.codecs.personal.recipe import TEXT, Recipe, common_forms
from synthdiff.codecs.personal.script import email_form, first_address, name_form, user_form, word_form

OF_PERSONS = frozenset({"name", "first_name", "last_name", "email", "user_name"})
"""Kinds that tell who a person is."""
OF_NAMES = OF_PERSONS | {"company", "url"}
"""Kinds that are made of the names of persons."""
_LOOKED_AT = 4_000


def as_text(cells: pa.Array) -> pa.Array:
    """Distinct values of a column as text."""
    if pt.is_floating(cells.type):
        cells = cells.cast(pa.float64()).cast(pa.int64())
    return cells.cast(TEXT)


def some(texts: pa.Array) -> list[str]:
    """Texts, evenly from all of them."""
    step = max(len(texts) // _LOOKED_AT, 1)
    return [text for text in texts.take(pa.array(np.arange(0, len(texts), step))).to_pylist() if text and text.strip()]


def root_recipe(
    kind: str,
    texts: pa.Array,
    cast: Cast,
    rng: np.random.Generator,
    letters: bool = True,
    domains: dict[str, str] | None = None,
) -> Recipe:
    """A recipe for a column that no other column says anything of.

    Parameters
    ----------
    kind : str
        The kind of personal data, or ``other``.
    texts : pa.Array
        Its distinct real values, large_string.
    cast : Cast
        Names of persons.
    rng : np.random.Generator
    letters : bool
        Whether the column is text, rather than a number.
    domains : dict of str to str or None
        See `person_recipe`.
    """
    values = some(texts) or ["x"]
    if kind in OF_PERSONS:
        return person_recipe(kind, [(value, "", "") for value in values], cast, rng, domains)
    if kind == "address":
        pools = street_pools([texts], values, rng)
        return _recipe([address_form(value) for value in values], pools, rng)
    if kind == "company":
        pools = {"last": cast.last, "name": cast.last, "trade": TRADES}
        return _recipe([company_form(value) for value in values], pools, rng)
    if kind == "url":
        common = common_parts(values)
        return _recipe([url_form(value, common) for value in values], {"word": cast.words()}, rng)
    if kind == "ip" and letters:
        return ip_recipe([value.strip() for value in texts.to_pylist()], rng)
    return code_recipe(values, texts, rng, letters=letters and kind != "phone")


def person_recipe(
    kind: str,
    known: Sequence[tuple[str, str, str]],
    cast: Cast,
    rng: np.random.Generator,
    domains: dict[str, str] | None = None,
) -> Recipe:
    """A recipe for a column of persons.

    Parameters
    ----------
    kind : str
        ``name``, ``first_name``, ``last_name``, ``email`` or ``user_name``.
    known : sequence of tuple
        Real cells, with the given and the family name of the row, empty where unknown.
    cast : Cast
    rng : np.random.Generator
    domains : dict of str to str or None
        Domains that have taken the place of real ones, to which others are added; None keeps none in mind.
    """
    pools = {"first": cast.first, "last": cast.last}
    if kind in ("name", "first_name"):
        pools |= {"middle": cast.first, "m": sorted({name[0] for name in cast.first})}
    if kind == "name":
        forms = [name_form(value) for value, _, _ in known]
    elif kind == "email":
        real = [first_address(value).partition("@")[2] for value, _, _ in known]
        pools |= {"domain": domain_pool(real, cast, rng, {} if domains is None else domains)}
        forms = [email_form(*one) for one in known]
    elif kind == "user_name":
        forms = [user_form(*one) for one in known]
    else:
        forms = [word_form(value, kind.removesuffix("_name")) for value, _, _ in known]
    return _recipe(forms, pools, rng)


def _recipe(forms: list[str], pools: dict[str, list[str]], rng: np.random.Generator) -> Recipe:
    kept, shares = common_forms(forms)
    used = {name: pool for name, pool in pools.items() if any(f"{{{name}" in form for form in kept) or name in _BASE}
    return Recipe(kept, shares, used, int(rng.integers(1 << 31)))


_BASE = ("first", "last")
