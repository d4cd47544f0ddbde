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
    del las los le du des da do dos room rm building bldg flat bis ter house annex bypass center centre common corner
    crossing drives estate extension field forge freeway garden gardens gateway glen green grove harbor haven hill
    hollow junction knoll landing mall manor meadow mill mission motorway orchard oval park pass passage plain point
    ranch rapid rest row shore skyway spring spur stream summit trace track turnpike underpass valley viaduct view
    village vista walk route stravenue parade wharf rise quay business estate industrial gewerbegebiet
    vicolo strada largo praca ronda glorieta prom promenade bd av avda cl c platz plads vej katu tie utca caddesi cad
    sokak sokagi mahallesi mah bulvari ulice namesti trida nam улица ул проспект просп пр переулок пер аллея шоссе ш
    бульвар бул набережная наб площадь пл дом д кв корп корпус стр г
    usa us uk united kingdom states america germany deutschland france italia italy espana spain schweiz switzerland
    suisse svizzera osterreich austria nederland netherlands belgie belgium polska poland sverige sweden danmark denmark
    norge norway suomi finland portugal brasil brazil canada australia india japan china ireland mexico turkiye россия
    e w s
"""
_KNOWN = frozenset(_KNOWN_WORDS.split())
_RUN = re.compile(
    r"\d+(?:st|nd|rd|th)\b|(?=\w*\d)(?=\w*[A-Za-z])\w+|[^\W\d_]+(?:['’.-][^\W\d_]+)*\.?|\d+|\s*\n\s*|\s+|[^\w\s]|_"
)
_STATE = re.compile(r"[A-Z]{2}")


def address_form(value: str) -> str:
    """The form of a postal address: words that all addresses share stay, others are a street, then a town.

    Examples
    --------
    >>> address_form("12 Main Street, Springfield, IL 62704")
    '{n1}{d1} {street} Street, {city}, {region} {n2}{d4}'
    >>> address_form("Lindenweg 5")
    '{street} {n1}'
    >>> address_form("7 Mill Road, York YO1 9QL")
    '{n1} Mill Road, {city} {a90:u}{a91:u}{n92} {n110}{a111:u}{a112:u}'
    """
    out: list[str] = []
    place, n_numbers, is_named, begin = "street", 0, False, 0
    for run in _RUN.findall(value.strip()):
        if not run.isdigit() and run[0].isalnum() and any(map(str.isdigit, run)):
            out.append(_code_token(run, len(out)))
        elif run.isdigit():
            n_numbers += 1
            out.append(f"{{n{n_numbers}}}" + (f"{{d{min(len(run) - 1, 9)}}}" if len(run) > 1 else ""))
        elif run[0].isalpha():
            token, is_named = _word_token(run, place), True
            if token == f"{{{place}}}" and token in out[begin:]:
                del out[out.index(token, begin) + 1 :]  # further words of the same name
            else:
                out.append(token)
        elif run.isspace() and "\n" not in run:
            out.append(" ")
        else:
            out.append("\n" if "\n" in run else run if run in ",./#()-&;:" else "")
            if "\n" in run or run == ",":
                place, begin = ("city" if is_named else place), len(out)
    if not any(token.startswith("{") for token in out):
        out.insert(0, "{street} ")
    return re.sub(" +", " ", "".join(out)).strip()


def _code_token(run: str, place: int) -> str:
    """The form of digits and letters together: a number of a house, or a part of a postcode."""
    if run[-2:].lower() in _ORDINALS:
        ahead = f"{{p{place}}}" if len(run) > 3 else ""
        return ahead + (f"{{q{place}}}" if run[-2:].lower() == "th" else run[-3]) + run[-2:]
    signs = (
        f"{{n{place}{i}}}" if sign.isdigit() else f"{{a{place}{i}{':u' if sign.isupper() else ''}}}"
        for i, sign in enumerate(run[:8])
    )
    return "".join(signs)


_ORDINALS = ("st", "nd", "rd", "th")


def _word_token(run: str, place: str) -> str:
    bare = fold(run.rstrip("."))
    if _STATE.fullmatch(run) and place == "city":
        return "{region}"
    return run if bare in _KNOWN and len(bare) > 0 and (run[0].isupper() or len(bare) < 5) else f"{{{place}}}"


def company_form(value: str) -> str:
    """The form of a company's name; its legal form stays.

    Examples
    --------
    >>> company_form("Miller Tools GmbH & Co. KG"), company_form("Lee, Cox and Hall"), company_form("ООО «Рога»")
    ('{last} {trade} GmbH & Co. KG', '{last}, {name2} and {name3}', 'ООО «{last}»')
    >>> company_form("MCGINLEYS PUB"), company_form("VILLAGE INN #12"), company_form("Nestor")
    ('{last:u} {trade:u}', '{last:u} {trade:u} #{d2}', '{last}')
    """
    text = value.strip()
    if COMPANY_OF_NAMES.fullmatch(text):
        return "{last}-{name2}" if "-" in text else "{last}, {name2} and {name3}"
    found = COMPANY.search(text)
    ahead, behind = (found["ahead"] or "", found["behind"] or found["glued"] or "") if found else ("", "")
    name = text[len(ahead) : len(text) - len(behind)]
    bare = name.strip(_AROUND_NAMES)
    head, tail = name.partition(bare)[::2] if bare else ("", " ")
    return f"{ahead}{head}{_name_tokens(bare) if bare else '{last}'}{tail if found else ''}{behind}"


def _name_tokens(name: str) -> str:
    """A family name for what a company is called, and a trade where it has several words; its case and number stay."""
    words, number = _WORDS.findall(name), _BRANCH.search(name)
    case = ":u" if len(name) > 1 and name.isupper() else ""
    trade = f" {{trade{case}}}" if len(words) > 1 and name.isascii() else ""
    branch = f" {number[1]}{{d{min(len(number[2]), 9)}}}" if number else ""
    return f"{{last{case}}}{trade}{branch}"


_WORDS = re.compile(r"[^\W\d_]{2,}")
_BRANCH = re.compile(r" ([#№]?(?:No\. ?)?)([0-9]+)$")
_TRADE_WORDS = """
    Agro Audio Catering Cargo Data Design Digital Energy Export Film Finance Forum Garden Gastro Hotel Import Invest
    Logistics Marina Market Media Metal Mobile Motors Optics Palace Partners Pharma Pizza Plaza Portal Print Radio
    Retail Rental Salon Service Solar Sport Station Studio Style Systems Tech Textil Trade Transport Travel Union
    Ventures Video
"""
TRADES = _TRADE_WORDS.split()
"""What companies do, in words that many languages have."""
_AROUND_NAMES = " ,\"'«»„“”()"
