"""The persons that take the place of the real ones: names, domains and words that are in none of the real cells."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.codecs.personal.latin import to_latin
from synthdiff.codecs.personal.lexicon import fold
from synthdiff.codecs.personal.pool import (
    PROVIDERS,
    borrowed,
    cities,
    draw_pool,
    first_names,
    guess_locale,
    is_free,
    last_names,
    streets,
)
from synthdiff.codecs.personal.script import written_parts

_FEWEST = 400
_LOOKED_AT = 2_000
_LONGEST = 15
_EASTERN = "^[\u3040-\u30ff\u3400-\u9fff\u1100-\u11ff]{2,18}$"
_WORD = re.compile(r"[^\W\d_]+")
_TOP = re.compile(r"\.(?:co\.uk|com\.br|co\.jp|com\.au|[a-z]{2,6})$")
_STREET_WORDS = {
    "en": re.compile(r"\b(street|st|avenue|ave|road|rd|lane|drive|court)\b", re.I),
    "de": re.compile(r"(stra(ß|ss)e|str\.|weg|platz|gasse|allee|ring)\b", re.I),
    "fr": re.compile(r"\b(rue|chemin|impasse|quai)\b", re.I),
    "es": re.compile(r"\b(calle|avenida|paseo|carrer|camino)\b", re.I),
    "it": re.compile(r"\b(via|viale|piazza|corso|vicolo|strada)\b", re.I),
    "pt-br": re.compile(r"\b(rua|travessa|avenida)\b", re.I),
    "nl": re.compile(r"(straat|laan|gracht|plein|kade)\b", re.I),
    "pl": re.compile(r"\b(ul|ulica|al|aleja|plac)\b", re.I),
    "sv": re.compile(r"(gatan?|vägen|gränd)\b", re.I),
    "ru": re.compile(r"\b(ул|пер|пр|ш|бул|наб)\b|[а-яё]{4}", re.I),
    "da": re.compile(r"(vej|gade|plads|allé)\b", re.I),
    "tr": re.compile(r"\b(caddesi|cad|sokağı|sokak|sk|mahallesi|mah)\b", re.I),
    "cs": re.compile(r"\b(ulice|náměstí|nám|třída)\b", re.I),
    "fi": re.compile(r"(katu|tie|polku|kuja)\b", re.I),
    "ja": re.compile("[都道府県ぁ-ヿ]|丁目|番地"),
    "zh": re.compile("[省路街号弄]"),
    "ko": re.compile("[가-힣](로|길|구|동)"),
}
MOST_DOMAINS = 400


@dataclass(frozen=True)
class Cast:
    """Lists of names for one table.

    Attributes
    ----------
    locale : str
        Where the names are from.
    first, last : list of str
        Given and family names of nobody in the table; given names may be shared with somebody where none stands alone.
    """

    locale: str
    first: list[str]
    last: list[str]

    def words(self) -> list[str]:
        """Family names as they are written in addresses on the net."""
        return sorted({word for name in self.last if len(word := to_latin(name)) > 2})


def find_cast(
    cells: Sequence[pa.Array], rng: np.random.Generator, alone: bool, fewest: tuple[int, int] = (0, 0)
) -> Cast:
    """Choose names for a table.

    Parameters
    ----------
    cells : sequence of pa.Array
        Distinct real values of the columns with names of persons, as text.
    rng : np.random.Generator
    alone : bool
        Whether given names stand alone somewhere, so that no real one may come out.
    fewest : tuple of int
        How many given and family names are needed at least.
    """
    runs = _with_parts(word_runs(cells))
    step = max(len(runs) // _LOOKED_AT, 1)
    locale = guess_locale(runs.take(pa.array(np.arange(0, len(runs), step))).to_pylist())
    firsts, lasts = first_names(locale), last_names(locale)
    more = (borrowed(first_names, locale), borrowed(last_names, locale))
    taken = frozenset(runs.to_pylist()) | _glued(runs, {fold(name) for name in (*firsts, *lasts, *more[0], *more[1])})
    return Cast(
        locale,
        draw_pool(firsts, is_free(taken if alone else frozenset()), rng, max(fewest[0], _FEWEST), more[0]),
        draw_pool(lasts, is_free(taken), rng, max(fewest[1], _FEWEST), more[1]),
    )


def word_runs(cells: Sequence[pa.Array]) -> pa.Array:
    """The distinct folded words of letters in some texts."""
    parts = [pa.array([], pa.large_string())]
    for texts in cells:
        plain = pc.replace_substring_regex(
            pc.utf8_normalize(pc.utf8_lower(texts.cast(pa.large_string())), "NFKD"), r"\p{M}", ""
        )
        parts.append(pc.list_flatten(pc.split_pattern_regex(pc.unique(plain), r"[^\p{L}]+")))
    words = pc.unique(pa.concat_arrays(parts))
    return words.filter(pc.not_equal(words, ""))


def _with_parts(runs: pa.Array) -> pa.Array:
    """Words, and the two names in each word of a script that writes no space between them."""
    words = runs.filter(pc.match_substring_regex(runs, _EASTERN)).to_pylist()
    parts = {fold(part) for word in words for part in written_parts(unicodedata.normalize("NFC", word)) if part}
    return pc.unique(pa.concat_arrays([runs, pa.array(sorted(parts), pa.large_string())])) if parts else runs


def _glued(runs: pa.Array, known: Iterable[str]) -> frozenset[str]:
    """Known names that some word begins or ends with: ``jsmith`` holds a Smith."""
    names = pa.array(sorted(known), pa.large_string())
    found: set[str] = set()
    for cut in range(1, _LONGEST + 1):
        for part in (pc.utf8_slice_codeunits(runs, 0, cut), pc.utf8_slice_codeunits(runs, cut)):
            found.update(pc.unique(part.filter(pc.is_in(part, value_set=names))).to_pylist())
    return frozenset(found)


def domain_pool(domains: Iterable[str], cast: Cast, rng: np.random.Generator, known: dict[str, str]) -> list[str]:
    """Domains in place of real ones, as often: providers stay, others get a name that is nobody's.

    Parameters
    ----------
    domains : iterable of str
        Of real addresses, with repetitions.
    cast : Cast
    rng : np.random.Generator
    known : dict of str to str
        What has taken the place of real domains in other columns; what is new is added.
    """
    counts = Counter(domain.lower() for domain in domains)
    used = {made.partition(".")[0] for made in known.values()}
    names = [word for word in cast.words() if not any(domain.startswith(word) for domain in counts)] or ["mail"]
    free = [name for name in rng.permutation(names).tolist() if name not in used] or names
    total, out = sum(counts.values()), []
    for place, (domain, count) in enumerate(counts.most_common(MOST_DOMAINS // 2)):
        top = _TOP.search(domain)
        made = domain if domain in PROVIDERS else free[place % len(free)] + (top[0] if top else ".example")
        share = max(1, round(MOST_DOMAINS // 2 * count / total))
        out += [known.setdefault(domain, made)] * share
    return out or ["mail.example"]


def street_locale(texts: Sequence[str]) -> str:
    """The locale whose word for a street stands in most addresses; English where none does.

    Examples
    --------
    >>> street_locale(["Lindenweg 5", "Am Platz 3"]), street_locale(["3 Main Street"])
    ('de', 'en')
    """
    counts = {locale: sum(1 for text in texts if pattern.search(text)) for locale, pattern in _STREET_WORDS.items()}
    best = max(counts, key=lambda locale: counts[locale])
    return best if counts[best] > 0.1 * len(texts) else "en"


def street_pools(cells: Sequence[pa.Array], texts: Sequence[str], rng: np.random.Generator) -> dict[str, list[str]]:
    """Lists for postal addresses: streets and towns without a word of the real ones, and regions as they are."""
    taken = frozenset(runs for runs in word_runs(cells).to_pylist() if len(runs) > 3)
    locale = street_locale(texts)
    regions = [region for text in texts for region in re.findall(r"\b[A-Z]{2}\b(?= +\d{4,5}|$)", text)]
    return {
        "street": draw_pool(streets(locale) or streets("en"), is_free(taken), rng),
        "city": draw_pool(cities(locale) or cities("en"), is_free(taken), rng),
        "region": regions[:400] or ["CA"],
    }
