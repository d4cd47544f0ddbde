"""Which columns of persons belong together in a row: an address or a user name that holds the name beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.codecs.personal.latin import to_latin
from synthdiff.codecs.personal.lexicon import fold
from synthdiff.codecs.personal.script import first_address, name_parts

_LOOKED_AT = 2_000
_NAMES, _OTHERS, _SURE = 0.8, 0.5, 0.95
_REPEATED = 0.9
_MIN_ROWS = 3


@dataclass(frozen=True)
class Link:
    """Columns that a column is written from.

    Attributes
    ----------
    sources : tuple of str
        One column with whole names, or those of the given and the family names, or one of addresses.
    known : list of tuple
        Real cells with the given and the family name beside them, folded; some rows.
    """

    sources: tuple[str, ...]
    known: list[tuple[str, str, str]]


def find_links(table: pa.Table, kinds: Mapping[str, str]) -> dict[str, Link]:
    """Find the columns of persons that are written from others.

    Parameters
    ----------
    table : pa.Table
        The real columns, as text.
    kinds : mapping of str to str
        The kind of personal data of each column.
    """
    by_kind = {kind: [name for name, one in kinds.items() if one == kind] for kind in _ORDER}
    links = _parts_of_names(table, by_kind, kinds)
    pairs = [(first, last) for first in by_kind["first_name"] for last in by_kind["last_name"]]
    for kind in ("name", "email", "user_name"):
        for name in by_kind[kind]:
            candidates: list[tuple[str, ...]] = [*pairs, *((other,) for other in by_kind["name"] if other != name)]
            if kind != "name":
                candidates += [(other,) for part in ("first_name", "last_name") for other in by_kind[part]]
            if kind == "user_name":
                candidates += [(other,) for other in by_kind["email"]]
            taken = {source for link in links.values() for source in link.sources}
            # Columns that others are written from are written from none.
            roots = [one for one in candidates if links.keys().isdisjoint(one)] if name not in taken else []
            link = _best(table, name, roots, kinds)
            if link is not None:
                links[name] = link
    return links


def _parts_of_names(table: pa.Table, by_kind: Mapping[str, list[str]], kinds: Mapping[str, str]) -> dict[str, Link]:
    """Given and family names beside whole names that repeat: those are learnt, and the parts are written from them."""
    links: dict[str, Link] = {}
    for name in by_kind["name"]:
        if len(pc.unique(table.column(name))) > _REPEATED * max(len(table) - table.column(name).null_count, 1):
            continue
        for first in by_kind["first_name"]:
            for last in by_kind["last_name"]:
                rows = _some_rows(table, (name, first, last))
                held = [_holds(cell, *_parts(others, (first, last), kinds), "name") for cell, *others in rows]
                if not links.keys() & {first, last} and len(rows) >= _MIN_ROWS and sum(held) >= _SURE * len(rows):
                    for part in (first, last):
                        known = [(row[1 if part == first else 2], *name_parts(row[0])) for row in rows]
                        links[part] = Link((name,), known)
    return links


_ORDER = ("name", "first_name", "last_name", "email", "user_name")


def _best(table: pa.Table, name: str, candidates: Sequence[tuple[str, ...]], kinds: Mapping[str, str]) -> Link | None:
    """The first of the candidates whose names most cells hold."""
    best, most = None, _NAMES if kinds[name] == "name" else _OTHERS
    for sources in candidates:
        rows = _some_rows(table, (name, *sources))
        known = [(cell, *_parts(others, sources, kinds)) for cell, *others in rows]
        found = sum(_holds(*one, kinds[name]) for one in known) / max(len(known), 1)
        if len(known) >= _MIN_ROWS and found >= most and (best is None or found > most + 0.05):
            best, most = Link(sources, known), found
    return best


def _some_rows(table: pa.Table, names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Rows without a missing cell, evenly from all of them."""
    chosen = table.select(list(dict.fromkeys(names)))
    present = pc.and_(pc.is_valid(chosen.column(0)), pc.is_valid(chosen.column(chosen.num_columns - 1)))
    at = np.flatnonzero(present.to_numpy())
    at = at[:: max(len(at) // _LOOKED_AT, 1)][:_LOOKED_AT]
    columns = [chosen.column(name).take(pa.array(at)).to_pylist() for name in names]
    return [row for row in zip(*columns, strict=True) if all(row)]


def _parts(cells: Sequence[str], sources: tuple[str, ...], kinds: Mapping[str, str]) -> tuple[str, str]:
    """The folded given and family name that cells of sources hold."""
    first = last = ""
    for cell, source in zip(cells, sources, strict=True):
        if kinds[source] == "first_name":
            first = fold(cell.strip())
        elif kinds[source] == "last_name":
            last = fold(cell.strip().split()[-1]) if cell.strip() else ""
        elif kinds[source] == "email":
            first = fold(first_address(cell).partition("@")[0])
        else:
            first, last = name_parts(cell)
    return first, last


def _holds(cell: str, first: str, last: str, kind: str) -> bool:
    """Say whether a cell holds a name: both parts in a name, where an initial will do; one of them elsewhere."""
    if kind == "name":
        words = fold(cell)
        given = first in words or first[:1] == name_parts(cell)[0]
        is_whole = len(first) > 1 or not first.isascii()
        return bool(first) and is_whole and given and (last in words if last else True)
    local = fold(first_address(cell).partition("@")[0])
    parts = [part for name in (first, last) for part in {name, to_latin(name)} if len(part) > 2]
    return any(part in local for part in parts)
