"""Lists that made-up cells are put together from: names, streets, towns, domains; never a word of the real cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence, Set

import numpy as np

from synthdiff.codecs.personal.lexicon import flatten, fold, lexicon, locales, read_list

MOST = 2_000
"""Entries of a list at most."""
FEWEST = 40
"""Entries that a list has at least; where so few are free, more are made of parts of names."""
DEFAULT_LOCALE = "en"
DOMAINS = tuple(f"{name}.example" for name in ("mail", "post", "inbox", "web", "home", "letters"))
_PROVIDERS = """
    gmail.com googlemail.com yahoo.com hotmail.com outlook.com live.com msn.com icloud.com me.com aol.com
    mail.com protonmail.com proton.me gmx.com gmx.net gmx.de web.de t-online.de freenet.de posteo.de yahoo.de
    hotmail.de yahoo.fr orange.fr free.fr wanadoo.fr laposte.net sfr.fr hotmail.fr yahoo.es hotmail.es libero.it
    virgilio.it yahoo.it hotmail.it yahoo.co.uk hotmail.co.uk btinternet.com ziggo.nl wp.pl o2.pl onet.pl
    interia.pl seznam.cz mail.ru yandex.ru qq.com 163.com 126.com naver.com yahoo.co.jp uol.com.br bol.com.br
    bluewin.ch comcast.net verizon.net att.net example.com example.org example.net telia.com hotmail.se
    hotmail.com.br
"""
PROVIDERS = frozenset(_PROVIDERS.split())
"""Domains that anybody may have an address at."""
_STREET = re.compile(
    r"^(?:(?:rua|rúa|calle|avenida|av|avda|travessa|largo|praça|plaza|praza|rue|avenue|boulevard|allée|chemin|place|via|viale|piazza|"
    r"corso|ul|ulica|al|os|pl)\.? (?:d[aeo]s? (?=[^\W\d_a-zà-ÿ]))?)+",
    re.I,
)
_WORDS = re.compile(r"[^\W\d_]+")
_ALSO_LATIN = ("fi", "cs", "et", "hr", "is", "hu", "pt", "sk", "tr")
_LATIN = ("en", "de", "fr", "it", "nl", "da", "es", "sv", "pt-br", "no", "pl")
_VOWELS = "aeiouyäöüáéíóúåæøаеёиоуыэюя"


def guess_locale(words: Iterable[str]) -> str:
    """The locale whose lists of names hold most of some folded words; English where none holds a tenth.

    Examples
    --------
    >>> guess_locale(["jurgen", "horst", "wolfgang", "uwe"]), guess_locale(["james", "smith"]), guess_locale([])
    ('de', 'en', 'en')
    """
    known = set(words)
    hits = {locale: len(known & (lexicon(locale).first | lexicon(locale).last)) for locale in locales()}
    best = max(hits, key=lambda locale: (hits[locale], locale == DEFAULT_LOCALE, -len(locale)))
    # A longer list has more hits; English counts unless another is clearly better.
    clearly = hits[best] > 1.3 * hits[DEFAULT_LOCALE] + 2
    return best if clearly and 10 * hits[best] >= len(known) else DEFAULT_LOCALE


def is_free(taken: Set[str]) -> Callable[[str], bool]:
    """A test whether no word of an entry is among folded words."""
    return lambda entry: taken.isdisjoint((fold(entry), *_WORDS.findall(fold(entry))))


def draw_pool(
    entries: Sequence[str],
    free: Callable[[str], bool],
    rng: np.random.Generator,
    fewest: int = FEWEST,
    more: Sequence[str] = (),
) -> list[str]:
    """Draw entries that are free; where they are too few, others, and then words made of parts of entries.

    Which entries of a list are not drawn says nothing of the real cells: a part of the free ones is left out.

    Parameters
    ----------
    entries : sequence of str
        What there is.
    free : callable
        Whether an entry may be used.
    rng : np.random.Generator
    fewest : int
        How many are needed.
    more : sequence of str
        What else there is.
    """
    pool: list[str] = []
    for part in (entries, more):
        used = set(pool)
        found = [entry for entry in sorted(set(part)) if entry not in used and free(entry)]
        wanted = max(fewest - len(pool), 2 * len(found) // 3 if part is entries else 0)
        pool += [found[place] for place in rng.permutation(len(found))[: min(wanted, max(MOST, fewest))]]
    if len(pool) < fewest:
        pool += _invent(sorted(set(entries)), set(pool), fewest - len(pool), free, rng)
    return pool


def _invent(
    known: list[str], used: set[str], n: int, free: Callable[[str], bool], rng: np.random.Generator
) -> list[str]:
    """Make words of the head of one entry and the tail of another."""
    heads = sorted({head for word in known if (head := _split(word)[0])})
    tails = sorted({tail for word in known if (tail := _split(word)[1])})
    out: list[str] = []
    for _ in range(60 * n if heads and tails else 0):
        word = heads[int(rng.integers(len(heads)))] + tails[int(rng.integers(len(tails)))]
        if word not in used and len(word) <= 14 and free(word):
            used.add(word)
            out.append(word)
        if len(out) == n:
            break
    return out


def _split(word: str) -> tuple[str, str]:
    """A word before and from its second vowel that follows a consonant; empty where it is too short or not one word."""
    if " " in word or "-" in word or len(word) < 4:
        return (word[:1], word[1:]) if len(word) in (2, 3) and not word.isascii() else ("", "")
    low = word.lower()
    places = [i for i in range(2, len(word)) if low[i] in _VOWELS and low[i - 1] not in _VOWELS]
    cut = places[0] if places else len(word) // 2
    return word[:cut], word[cut:]


def first_names(locale: str) -> list[str]:
    """Given names of a locale."""
    return [name for name in flatten(read_list(locale, "person").get("names")) if name.isalpha() and len(name) > 1]


def last_names(locale: str) -> list[str]:
    """Family names of a locale; those of one gender where they differ."""
    names = read_list(locale, "person").get("surnames")
    chosen = names.get("male", names) if isinstance(names, dict) else names
    return [name for name in flatten(chosen) if name.isalpha()]


def borrowed(names: Callable[[str], list[str]], locale: str) -> list[str]:
    """Names of other locales that are written in the same script without accents; none for another script."""
    if locale.partition("-")[0] not in {
        other.partition("-")[0] for other in (*_LATIN, "fi", "cs", "et", "hr", "is", "hu")
    }:
        return []
    return [name for other in _LATIN for name in names(other) if name.isascii() and name.isalpha()]


def streets(locale: str) -> list[str]:
    """Names of streets of a locale, without the word for a street where it stands apart."""
    names = (_STREET.sub("", name) for name in flatten(read_list(locale, "address").get("street", {}).get("name")))
    return sorted({name for name in names if len(name) > 2 and not any(sign.isdigit() for sign in name)})


def cities(locale: str) -> list[str]:
    """Towns of a locale."""
    return [name.strip() for name in flatten(read_list(locale, "address").get("city"))]


def company_kinds(locale: str) -> list[str]:
    """Legal forms of companies of a locale, abbreviated."""
    kinds = read_list(locale, "finance").get("company", {}).get("type", {})
    return flatten(kinds.get("abbr")) or ["Ltd."]
