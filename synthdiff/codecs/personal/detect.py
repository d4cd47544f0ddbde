"""Which columns hold personal data, told from the pattern of the values, the column's name, and lists of names.

A kind that has a pattern of its own (an e-mail address, an IBAN with its check digits) is told from the values. One
that has not needs the column's name or lists of names to agree: a column of cities, products or job titles is none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.codecs.column import ColumnFacts, is_text
from synthdiff.codecs.personal import evidence
from synthdiff.codecs.personal.evidence import share
from synthdiff.codecs.personal.heading import describes_persons, named_kinds, names_code, names_other

PersonalKind = Literal[
    "email",
    "phone",
    "name",
    "first_name",
    "last_name",
    "address",
    "company",
    "url",
    "ip",
    "user_name",
    "iban",
    "card",
    "national_id",
    "account",
    "plate",
    "device",
]
WORDS: dict[PersonalKind, str] = {
    "email": "e-mail addresses",
    "phone": "telephone numbers",
    "name": "names of persons",
    "first_name": "given names",
    "last_name": "family names",
    "address": "postal addresses",
    "company": "names of companies",
    "url": "web addresses",
    "ip": "IP addresses",
    "user_name": "user names",
    "iban": "IBANs",
    "card": "card numbers",
    "national_id": "national ids",
    "account": "numbers of accounts or records",
    "plate": "licence plates",
    "device": "addresses of devices",
}
"""Each kind in words."""
MOST_LOOKED_AT = 1_000
"""Distinct values that are looked at."""
_MIN_NAMES = 10
_MOST, _MANY, _SOME = 0.8, 0.5, 0.25
_CERTAIN = 1.8
"""How many times more values must look like names where the column is only called a name, whose it does not say."""


Test = Callable[[str], object]
_PARTS: tuple[PersonalKind, ...] = ("first_name", "last_name")
# Kind, test of a value, share of the values that must pass, and how many there must be.
_PATTERNS: tuple[tuple[PersonalKind, Test, float, int], ...] = (
    ("email", evidence.holds_emails, _SOME, 1),
    ("iban", evidence.is_iban, _MANY, 1),
    ("card", evidence.is_card, _MOST, 5),
    ("ip", evidence.is_public_ip, _MANY, 2),
    ("url", evidence.is_url, _MOST, 1),
    ("national_id", evidence.SSN.fullmatch, _MOST, 5),
    ("phone", evidence.is_phone, _MOST, 5),
    ("address", evidence.STREET.fullmatch, _MANY, 5),
    ("company", evidence.is_company, _MANY, 10),
    ("device", evidence.MAC.fullmatch, _MOST, 2),
    ("user_name", evidence.HANDLE.fullmatch, _MOST, 2),
)
# What the column's name announces, kind, test of a value, and share of the values that must pass.
_HEADINGS: tuple[tuple[str, PersonalKind, Test, float], ...] = (
    ("email", "email", lambda value: "@" in value, _SOME),
    ("phone", "phone", evidence.is_phone_like, _MANY),
    ("iban", "iban", evidence.MASKED_IBAN.fullmatch, _MANY),
    ("card", "card", evidence.CARD_LIKE.fullmatch, _MANY),
    ("ip", "ip", evidence.is_ip, _MANY),
    ("national_id", "national_id", evidence.NUMBER_LIKE.fullmatch, _MANY),
    ("url", "url", evidence.is_url, _MANY),
    ("street", "address", evidence.STREET_LIKE.fullmatch, _MANY),
    ("account", "account", evidence.NUMBER_LIKE.fullmatch, _MOST),
    ("plate", "plate", evidence.PLATE.fullmatch, _MOST),
    ("device", "device", evidence.DEVICE.fullmatch, _MOST),
)


@dataclass(frozen=True)
class Personal:
    """What personal data a column holds.

    Attributes
    ----------
    kind : str
        One of `PersonalKind`.
    why : str
        What that was concluded from.
    """

    kind: PersonalKind
    why: str


def find_personal(table: pa.Table) -> dict[str, Personal]:
    """Find the columns of a table that hold personal data.

    Parameters
    ----------
    table : pa.Table
        Null where missing.

    Returns
    -------
    dict of str to Personal
        By column, in the order of the table; columns without personal data are absent.

    Examples
    --------
    >>> table = pa.table({"mail": ["ann@web.de", "bob@gmx.de"], "city": ["Paris", "Sofia"]})
    >>> {name: found.kind for name, found in find_personal(table).items()}
    {'mail': 'email'}
    """
    names = table.column_names
    found = {name: detect(ColumnFacts(name, table.column(name), names)) for name in names}
    return {name: personal for name, personal in found.items() if personal is not None}


def detect(facts: ColumnFacts) -> Personal | None:
    """Say what personal data a column holds; None where it holds none."""
    named = named_kinds(facts.name)
    value_type = facts.type.value_type if pt.is_dictionary(facts.type) else facts.type
    if pt.is_integer(value_type) or pt.is_floating(value_type):
        return _numbers(facts, named)
    if not is_text(value_type) or not facts.n_values:
        return None
    values = _some_values(facts)
    return _by_pattern(values, facts.name) or _by_heading(facts, values, named) or _by_names(facts, values, named)


def _some_values(facts: ColumnFacts) -> list[str]:
    """Distinct values, evenly from all of them, without blanks."""
    distinct = facts.distinct
    step = max(len(distinct) // MOST_LOOKED_AT, 1)
    chosen = distinct.take(pa.array(np.arange(0, len(distinct), step)[:MOST_LOOKED_AT]))
    return [value.strip() for value in chosen.to_pylist() if value.strip()]


def _numbers(facts: ColumnFacts, named: set[str]) -> Personal | None:
    """Numbers without a pattern: the name of the column must say it, and their length must agree."""
    kinds: dict[str, tuple[PersonalKind, int, int]] = {
        "phone": ("phone", 7, 15),
        "card": ("card", 12, 19),
        "national_id": ("national_id", 6, 19),
        "account": ("account", 5, 19),
        "device": ("device", 14, 16),
    }
    for word, (kind, low, high) in kinds.items():
        if word in named and facts.n_values:
            bounds = pc.min_max(facts.values)
            least, most = bounds["min"].as_py(), bounds["max"].as_py()
            if least == least and 10 ** (low - 1) <= least <= most < 10**high and float(least).is_integer():
                return Personal(
                    kind, f"the name of the column, and whole numbers of up to {len(str(int(most)))} digits"
                )
    return None


def _by_pattern(values: list[str], name: str) -> Personal | None:
    """Kinds that are told from the values alone, unless the column's name says that they are others."""
    ruled_out = {"phone"} if names_code(name) else set()
    if (names_other(name) or names_code(name)) and "url" not in named_kinds(name):
        ruled_out |= {"address", "url"}
    for kind, test, least, enough in _PATTERNS:
        if kind in ruled_out and not (kind == "url" and share(values, evidence.has_scheme) >= _MANY):
            continue
        found = share(values, test)
        if found < least or len(values) < enough:
            continue
        if kind == "ip" and share(values, evidence.has_large_octet) < _MANY:
            continue  # versions of software
        if kind == "company" and share(values, evidence.COMPANY.search) < _SOME:
            continue
        return Personal(kind, f"{found:.0%} of the values are written so")
    return None


def _by_heading(facts: ColumnFacts, values: list[str], named: set[str]) -> Personal | None:
    """Kinds that the name of the column announces and the values could be."""
    for word, kind, test, least in _HEADINGS:
        if word in named and share(values, test) >= least:
            return Personal(kind, "the name of the column, and values that could be")
    if (
        "company" in named
        and len(values) >= 2 * _MIN_NAMES
        and share(values, lambda value: value[0].isalpha()) >= _MANY
    ):
        return Personal("company", "the name of the column")
    if "user" in named and len(values) >= _MIN_NAMES and _looks_like_user_names(values):
        return Personal("user_name", "the name of the column")
    return None


def _by_names(facts: ColumnFacts, values: list[str], named: set[str]) -> Personal | None:
    """Names of persons: by lists of names, by the name of the column, mostly by both."""
    of_things = names_other(facts.name)
    announced = "name" in named or (not {"weak_name", "role"}.isdisjoint(named) and not of_things)
    are_words = share(values, evidence.is_name_word) >= _MOST and len(values) >= 2
    for kind in _PARTS:
        if kind in named and are_words and not of_things:
            return Personal(kind, "the name of the column, and values that could be")
    full, similar = share(values, evidence.is_full_name), share(values, evidence.may_be_full_name)
    of_roles = "name" in named or "role" in named or describes_persons(facts.beside)
    least = 1.0 if of_roles else _CERTAIN
    if announced and (full >= least * _SOME or similar >= least * _MANY):
        return Personal("name", f"the name of the column, and {similar:.0%} of the values begin with a given name")
    of_person = "name" in named or ("weak_name" in named and describes_persons(facts.beside))
    if of_person and not of_things and share(values, evidence.is_formed_like_name) >= _MOST:
        return Personal("name", "the name of the column, and values that could be")
    unspaced = evidence.is_unspaced if "name" in named else evidence.is_unspaced_name
    if announced and len(values) >= (2 if of_roles else _MIN_NAMES) and share(values, unspaced) >= _MOST:
        return Personal("name", "the name of the column, and family names that are in lists of names")
    if not of_things and (
        (full >= 0.6 and len(values) >= _MIN_NAMES) or (similar >= 0.9 and len(values) >= 3 * _MIN_NAMES)
    ):
        return Personal("name", f"{similar:.0%} of the values begin with a given name that is in lists of names")
    if not of_things and (found := _initialled(values, announced)) is not None:
        return found
    if are_words and not of_things:
        return _single_names(values, announced, of_roles) or _logins(values, named)
    return _logins(values, named)


def _initialled(values: list[str], announced: bool) -> Personal | None:
    """Family names with initials."""
    known = share(values, evidence.has_initials)
    if share(values, evidence.is_initialled) >= _MOST and known >= (_SOME if announced else _MANY) and len(values) >= 2:
        return Personal("name", f"initials, and {known:.0%} of the family names are in lists of names")
    return None


def _logins(values: list[str], named: set[str]) -> Personal | None:
    """Short names of accounts in a column of persons, most of which hold a family name."""
    if "role" in named and share(values, evidence.LOGIN.fullmatch) >= _MOST:
        known = share(values, evidence.holds_last_name)
        if known >= 0.6 and len(values) >= 3:
            return Personal("user_name", f"the name of the column, and {known:.0%} of the values hold a family name")
    return None


def _single_names(values: list[str], announced: bool, of_roles: bool) -> Personal | None:
    """Single words of which most are names that people have."""
    shares: dict[PersonalKind, float] = {
        "first_name": share(values, evidence.is_first_name),
        "last_name": share(values, evidence.is_last_name),
    }
    kind = max(shares, key=lambda one: shares[one])
    least, enough = (0.85, 3 * _MIN_NAMES) if not announced else (0.6, _MIN_NAMES) if of_roles else (0.85, _MIN_NAMES)
    few = of_roles and announced and shares[kind] >= _MOST and share(values, evidence.is_capital) >= _MOST
    if (shares[kind] >= least and len(values) >= enough) or few:
        return Personal(kind, f"{shares[kind]:.0%} of the values are in lists of names")
    return None


def _looks_like_user_names(values: list[str]) -> bool:
    """Single words, of which many hold a digit, a dot or no capital, and which are not ids."""
    one_word = share(values, evidence.USER.fullmatch)
    letters = share(values, lambda value: sum(map(str.isalpha, value)) >= len(value) / 2)
    return one_word >= _MOST and letters >= _MOST
