"""The names that people have, by locale: Mimesis' lists, read once."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any


@dataclass(frozen=True)
class Lexicon:
    """Names, folded as `fold` does.

    Attributes
    ----------
    first, last : frozenset of str
        Given names and family names.
    """

    first: frozenset[str]
    last: frozenset[str]


def fold(text: str) -> str:
    """Drop accents and case, so that the spelling of a name does not matter.

    Examples
    --------
    >>> fold("Zoë"), fold("STRAßE")
    ('zoe', 'strasse')
    """
    folded = text.casefold()
    if folded.isascii():
        return folded
    return "".join(sign for sign in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(sign))


@cache
def _lists() -> Traversable:
    return resources.files("mimesis") / "datasets"


@cache
def locales() -> tuple[str, ...]:
    """The locales that have lists, in alphabetical order."""
    return tuple(sorted(folder.name for folder in _lists().iterdir() if (folder / "person.json").is_file()))


@cache
def read_list(locale: str, part: str) -> dict[str, Any]:
    """Read one of Mimesis' files: ``person``, ``address`` or ``finance`` of a locale; empty where there is none."""
    place = _lists() / locale / f"{part}.json"
    found: dict[str, Any] = json.loads(place.read_text("utf-8")) if place.is_file() else {}
    return found


def flatten(entry: Any) -> list[str]:
    """All texts of an entry that is a list, or lists by gender; sorted, each once."""
    if isinstance(entry, dict):
        return sorted({text for part in entry.values() for text in flatten(part)})
    return sorted({text for text in entry or () if isinstance(text, str)})


@cache
def lexicon(locale: str | None = None) -> Lexicon:
    """The names of a locale, or of all locales."""
    if locale is None:
        parts = [lexicon(one) for one in locales()]
        return Lexicon(frozenset().union(*(p.first for p in parts)), frozenset().union(*(p.last for p in parts)))
    person = read_list(locale, "person")
    return Lexicon(
        frozenset(map(fold, flatten(person.get("names")))), frozenset(map(fold, flatten(person.get("surnames"))))
    )
