"""How postal addresses and names of companies are written: forms of real cells, with tokens for the words."""

from __future__ import annotations

import re

from synthdiff.codecs.personal.evidence import COMPANY, COMPANY_OF_NAMES
from synthdiff.codecs.personal.lexicon import fold

_KNOWN_WORDS = """
    street st avenue ave road rd lane ln drive dr boulevard blvd court ct place pl square sq way terrace parkway pkwy
    highway hwy circle cir trail alley crescent close plaza loop path rue avenida calle via viale piazza corso rua
    travessa plac ulica ul aleja al allee chemin impasse quai cours camino paseo carrer apt apartment suite ste unit
    floor po p o box c o no nr n north south east west ne nw se sw strasse weg platz gata vagen vej laan straat de la
    del las los le du des da do dos room rm building bldg flat bis ter
"""
_KNOWN = frozenset(_KNOWN_WORDS.split())
_RUN = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*\.?|\d+|\s*\n\s*|\s+|[^\w\s]|_")
_STATE = re.compile(r"[A-Z]{2}")


def address_form(value: str) -> str:
    """The form of a postal address: words that all addresses share stay, others are a street, then a town.

    Examples
    --------
    >>> address_form("12 Main Street, Springfield, IL 62704")
    '{n1}{d1} {street} Street, {city}, {region} {n2}{d4}'
    >>> address_form("Lindenweg 5")
    '{street} {n1}'
    """
    out: list[str] = []
    place, n_numbers = "street", 0
    for run in _RUN.findall(value.strip()):
        if run.isdigit():
            n_numbers += 1
            out.append(f"{{n{n_numbers}}}" + (f"{{d{min(len(run) - 1, 9)}}}" if len(run) > 1 else ""))
        elif run[0].isalpha():
            token = _word_token(run, place)
            if token.startswith("{region"):
                place = "city"
            if not (token == f"{{{place}}}" and _continues(out, token)):
                out.append(token)
            else:
                out.pop()  # the space before a further word of the same name
        elif run.isspace() and "\n" not in run:
            out.append(" ")
        else:
            out.append("\n" if "\n" in run else run if run in ",./#()-&;:" else "")
            if "\n" in run or run == ",":
                place = "city" if f"{{{place}}}" in out else place
    if not {"{street}", "{city}"} & set(out):
        out.insert(0, "{street} ")
    return re.sub(" +", " ", "".join(out)).strip()


def _word_token(run: str, place: str) -> str:
    bare = fold(run.rstrip("."))
    if _STATE.fullmatch(run) and place == "city":
        return "{region}"
    return run if bare in _KNOWN and len(bare) > 0 and (run[0].isupper() or len(bare) < 5) else f"{{{place}}}"


def _continues(out: list[str], token: str) -> bool:
    return len(out) >= 2 and out[-1] == " " and out[-2] == token


def company_form(value: str) -> str:
    """The form of a company's name; its legal form stays.

    Examples
    --------
    >>> company_form("Miller Tools GmbH & Co. KG"), company_form("Lee, Cox and Hall"), company_form("ООО «Рога»")
    ('{last} GmbH & Co. KG', '{last}, {name2} and {name3}', 'ООО «{last}»')
    """
    text = value.strip()
    if COMPANY_OF_NAMES.fullmatch(text):
        return "{last}-{name2}" if "-" in text else "{last}, {name2} and {name3}"
    found = COMPANY.search(text)
    if not found:
        return "{last}"
    ahead, behind = found["ahead"] or "", found["behind"] or found["glued"] or ""
    name = text[len(ahead) : len(text) - len(behind)]
    bare = name.strip(_AROUND_NAMES)
    head, tail = name.partition(bare)[::2] if bare else ("", " ")
    return f"{ahead}{head}{{last}}{tail}{behind}"


_AROUND_NAMES = " ,\"'«»„“”()"
