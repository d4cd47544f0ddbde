"""Cells put together from forms and lists, many at once: row i gets what the number i says, and no random draw."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BeforeValidator, Field

from synthdiff.codecs.personal.latin import plain_letters
from synthdiff.codecs.personal.scatter import IntArray, below, scatter, uniform
from synthdiff.record import Share, Word, as_tuple, require, restore

MOST_FORMS, MOST_ENTRIES = 256, 1 << 17
TEXT = pa.large_string()
_PIECE = re.compile(r"\{([a-z]+\d*)((?::\w+)*)\}")
_PERSON = {"first": ("first", False), "last": ("last", False), "f": ("first", True), "l": ("last", True)}
_DIGITS = re.compile(r"d([1-9])")
_SMALL: dict[str, list[str]] = {
    "n": list("23456789"),
    "p": list("123456789"),
    "q": list("456789"),
    "h": list("0123456789abcdef"),
    "a": list("abcdefghijklmnopqrstuvwxyz"),
}
Form = Annotated[str, Field(max_length=1024)]
Forms = Annotated[tuple[Form, ...], BeforeValidator(as_tuple), Field(min_length=1, max_length=MOST_FORMS)]
Shares = Annotated[tuple[Share, ...], BeforeValidator(as_tuple), Field(min_length=1, max_length=MOST_FORMS)]
Entries = Annotated[list[Word], Field(min_length=1, max_length=MOST_ENTRIES)]


@dataclass(frozen=True)
class People:
    """The persons of some rows.

    Attributes
    ----------
    first, last : pa.Array
        Given and family names, (n,) large_string; empty where there is none.
    identity : (n,) int64
        The same for rows of the same person.
    """

    first: pa.Array
    last: pa.Array
    identity: IntArray


@dataclass(frozen=True)
class Recipe:
    """Forms of cells, and the lists that their tokens are taken from.

    Attributes
    ----------
    forms : tuple of str
        Texts with tokens, see `synthdiff.codecs.personal.script`.
    shares : tuple of float
        How often each form occurs; they add up to 1.
    pools : dict of str to list of str
        The entries of each token.
    salt : int
        Chooses who comes first.
    """

    forms: Forms
    shares: Shares
    pools: Annotated[dict[Word, Entries], Field(max_length=64)]
    salt: Annotated[int, Field(ge=0, lt=1 << 31)] = 0

    def write(self, numbers: IntArray, people: People | None = None, chosen: IntArray | None = None) -> pa.Array:
        """Put cells together.

        Parameters
        ----------
        numbers : (n,) int64
            Not negative; the same number gives the same cell, and different ones different cells where the lists are
            long enough.
        people : People or None
            Whose names they are; None takes persons from the lists ``first`` and ``last``.
        chosen : (n,) int64 or None
            The form of each cell; None chooses by `shares`.

        Returns
        -------
        pa.Array
            n texts, large_string.
        """
        if people is None:
            people = self.people(numbers)
        if chosen is None:
            chosen = self.choose(numbers)
        order = np.argsort(chosen, kind="stable")
        parts = [pa.array([], TEXT)]
        ends = np.searchsorted(chosen[order], np.arange(len(self.forms) + 1))
        for form, low, high in zip(self.forms, ends[:-1], ends[1:], strict=True):
            if high > low:
                parts.append(self._write_form(form, numbers[order[low:high]], people, order[low:high]))
        return pa.concat_arrays(parts).take(pa.array(np.argsort(order)))

    def choose(self, numbers: IntArray) -> IntArray:
        """Choose the form of the cell of each number."""
        edges = np.cumsum(self.shares)
        chosen = np.searchsorted(edges, uniform(numbers, self.salt + 11) * edges[-1], side="right")
        return np.asarray(chosen.clip(max=len(self.forms) - 1), np.int64)

    @cached_property
    def names_both(self) -> npt.NDArray[np.bool_]:
        """Which forms hold a family name and a given name, or its initial, (k,)."""
        return np.array(["{last" in form and ("{first" in form or "{f" in form) for form in self.forms])

    @property
    def n_people(self) -> int:
        """How many numbers get persons of whom no two have the same initial and family name."""
        initials = {name[:1].lower() for name in self.pools.get("first", [""])}
        return len(initials) * len(self.pools.get("last", [""]))

    def people(self, numbers: IntArray) -> People:
        """The persons of the numbers: first all pairs of an initial and a family name, then with other given names."""
        first, last = self.pools.get("first", [""]), self.pools.get("last", [""])
        initials = np.array([name[:1].lower() for name in first])
        letters, counts = np.unique(initials, return_counts=True)
        order = np.argsort(initials, kind="stable")
        begins = np.concatenate([[0], np.cumsum(counts)[:-1]])
        size = self.n_people
        (letter, family) = scatter(numbers % size, [len(letters), len(last)], self.salt)
        shift = below(letter * len(last) + family, self.salt + 5, 1 << 30) + numbers // size
        given = order[begins[letter] + shift % counts[letter]]
        take = [pa.array(names, TEXT).take(pa.array(at)) for names, at in ((first, given), (last, family))]
        return People(take[0], take[1], numbers)

    def _write_form(self, form: str, numbers: IntArray, people: People, rows: IntArray) -> pa.Array:
        pieces = list(_split(form))
        names = sorted({name for _, name, _ in pieces if name and name not in _PERSON})
        lists = [self._entries(name) for name in names]
        sizes = [size if isinstance(size, int) else len(size) for size in lists]
        found = dict(zip(names, zip(lists, scatter(numbers, sizes, self.salt + 29), strict=True), strict=True))
        at = pa.array(rows)
        cells: list[Any] = []
        for literal, name, how in pieces:
            if name in _PERSON:
                column, initial = _PERSON[name]
                text = getattr(people, column).take(at)
                cells.append(_styled(pc.utf8_slice_codeunits(text, 0, 1) if initial else text, how))
            elif name:
                entries, place = found[name]
                cells.append(_styled(_pick(entries, place), how))
            else:
                cells.append(pa.scalar(literal, TEXT))
        if not any(isinstance(cell, pa.Array) for cell in cells):
            return pa.array([form] * len(numbers), TEXT)
        return pc.binary_join_element_wise(*cells, pa.scalar("", TEXT))

    def _entries(self, name: str) -> list[str] | int:
        """Entries that a token is taken from: a list, or how many numbers have its digits."""
        digits = _DIGITS.match(name)
        if digits is not None:
            return int(10 ** int(digits[1]))
        bare = name.rstrip("0123456789")
        return self.pools.get(name) or self.pools.get(bare) or _SMALL.get(bare) or [""]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        return {"forms": list(self.forms), "shares": list(self.shares), "pools": self.pools, "salt": self.salt}

    @classmethod
    def from_dict(cls, data: Any) -> Recipe:
        """Restore what `to_dict` wrote."""
        return restore(cls, data)

    def check(self) -> None:
        """Refuse shares that are not those of the forms."""
        require(len(self.forms) == len(self.shares), "each form needs a share")
        require(sum(self.shares) > 0, "shares must add up to 1")


def common_forms(forms: Sequence[str], most: int = 24) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """The most frequent forms and their shares; those that make up less than a hundredth are left out."""
    counts = Counter(forms)
    ranked = sorted(counts, key=lambda form: (-counts[form], form))[:most]
    kept = [form for form in ranked if counts[form] >= 0.01 * len(forms)] or ranked[:1]
    total = sum(counts[form] for form in kept)
    return tuple(kept), tuple(counts[form] / total for form in kept)


def _split(form: str) -> list[tuple[str, str, str]]:
    """A form as literals, tokens and how they are written."""
    out, at = [], 0
    for match in _PIECE.finditer(form):
        if match.start() > at:
            out.append((form[at : match.start()], "", ""))
        out.append(("", match[1], match[2]))
        at = match.end()
    if at < len(form):
        out.append((form[at:], "", ""))
    return out


def _pick(entries: list[str] | int, place: IntArray) -> pa.Array:
    if isinstance(entries, int):
        return pc.utf8_lpad(pa.array(place).cast(TEXT), len(str(entries)) - 1, "0")
    return pa.array(entries, TEXT).take(pa.array(place))


def _styled(cells: pa.Array, how: str) -> pa.Array:
    """Cells in capitals, small letters, small plain letters, or a part of each."""
    words = how.split(":")[1:]
    bounds = [int(word) for word in words if word.isdigit()]
    if len(bounds) == 2:
        cells = pc.utf8_slice_codeunits(cells, bounds[0], bounds[1])
    if "u" in words:
        return pc.utf8_upper(cells)
    if "a" in words:
        return plain_letters(cells)
    return pc.utf8_lower(cells) if "l" in words else cells
