"""How a column writes its numbers: the notation under which most of its cells come back to the letter."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.codecs.notation import GROUPS, SIGNS, Notation
from synthdiff.data.cell import CellStyle

_SAMPLE = 400
_MIN_LIKELY = 0.1
"""Share of the cells that must look like numbers before notations are tried."""
_SYMBOLS = "$€£¥₹₽₩₺₪฿₫₴₦₱₡₲₵₸₼₾¢"
_CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
    "CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG "
    "HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA "
    "MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD "
    "RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX "
    "USD UYU UZS VES VND VUV WST XAF XAG XAU XCD XOF XPF YER ZAR ZMW ZWL BTC ETH"
).replace(" ", "|")
_UNITS = (
    "k|K|m|M|mn|Mn|MN|mm|b|B|bn|Bn|BN|tn|T|G|kg|g|mg|t|lbs?|oz|km|cm|ft|mi|in|ml|mL|cl|l|L|kB|KB|MB|GB|TB|W|kW|kWh|"
    "MWh|V|mAh|Hz|kHz|MHz|GHz|s|ms|min|h|hrs?|d|yrs?|x|px|pts?|bps?|pp|m²|m³|m2|sqft"
)
"""Units that may follow the digits at once; a unit behind a space may be any word."""
_SPACE = "[ \u00a0\u202f]?"
_BEFORE = rf"(?:(?:[A-Z]{{1,3}}\$|[{_SYMBOLS}]|{_CODES}|kr\.?|Rs\.?|zł){_SPACE})"
_AFTER = (
    rf"(?:{_SPACE}(?:[%‰°{_SYMBOLS}]|°[CF]|{_CODES}|kr\.?|zł|Kč)|(?:{_UNITS}|\+)|[ \u00a0\u202f][A-Za-zµ°/²³]{{1,8}})"
)
_PARTS = "".join(re.escape(group) for group in GROUPS)
_LOOKS = re.compile(
    rf"\s*(?P<lead>[-−+(]?)(?P<before>{_BEFORE}?)(?P<inner>[-−+(]?)"
    rf"(?P<digits>[0-9]+(?:[{_PARTS}][0-9]+)*|[.,][0-9]+)(?P<exponent>(?:[eE][-+]?[0-9]+)?)"
    rf"(?P<tail>[-)]?)(?P<after>{_AFTER}?)(?P<last>[-)]?)\s*"
)


def find_notation(cells: pa.Array) -> Notation | None:
    """Find how most of a column's cells write numbers.

    Parameters
    ----------
    cells : pa.Array of string
        Its distinct cells.

    Returns
    -------
    Notation or None
        The one that gives back most of the cells as they are; None where hardly any looks like a number.
    """
    sample = _sample(cells)
    looks = [found for cell in sample.to_pylist() if (found := _LOOKS.fullmatch(cell))]
    if not looks or len(looks) < _MIN_LIKELY * len(sample):
        return None
    return max(_candidates(looks), key=lambda notation: count_same(notation, sample))


def number_type(notation: Notation, cells: pa.Array) -> pa.DataType:
    """Say whether all cells that a notation reads are whole numbers of 64 bits: int64, else float64."""
    point = f"[{re.escape(notation.decimal)}]|[0-9][eE]"
    readable = cells.filter(notation.reads(cells))
    if not notation.style.exponent and not pc.any(pc.match_substring_regex(readable, point)).as_py():
        try:
            notation.read(readable, pa.int64())
        except pa.ArrowInvalid:
            return pa.float64()
        return pa.int64()
    return pa.float64()


def count_same(notation: Notation, cells: pa.Array) -> int:
    """Count the cells that a notation gives back to the letter."""
    return int(pc.sum(are_same(notation, cells)).as_py() or 0)


def are_same(notation: Notation, cells: pa.Array) -> pa.Array:
    """Say which cells a notation gives back to the letter, but for padding."""
    written = notation.write(notation.read(cells, number_type(notation, cells)))
    return pc.fill_null(pc.equal(written, pc.utf8_trim_whitespace(cells)), False)


def _sample(cells: pa.Array) -> pa.Array:
    """Some cells from everywhere, and some more of those with a sign, which may be rare."""
    signed = np.flatnonzero(pc.match_substring_regex(cells, r"[-−+(]").to_numpy(zero_copy_only=False))
    rows = np.arange(len(cells))
    picked = [part[:: -(-len(part) // _SAMPLE) or 1] for part in (rows, signed)]
    return cells.take(pa.array(np.unique(np.concatenate(picked))))


def _candidates(looks: list[re.Match[str]]) -> Iterator[Notation]:
    """Notations to try, the more usual first: of two that fit alike, the first is taken."""
    before, after = (_most_frequent(look[key] for look in looks) for key in ("before", "after"))
    looks = [look for look in looks if (look["before"], look["after"]) == (before, after)]
    if not looks:
        return
    signs = [sign for sign in map(_sign, looks) if sign]
    negative = _most_frequent(sign for sign in signs if "+" not in sign) if signs else ""
    positive = _most_frequent(sign for sign in signs if "+" in sign) if signs else ""
    basis = Notation(before, after, False, CellStyle(), negative=negative or "B-#A", positive=positive or "B#A")  # type: ignore[arg-type]
    for marks in _marks("".join(look["digits"] for look in looks)):
        notation = replace(basis, **marks)
        for style in _styles(looks, notation.decimal):
            yield replace(notation, style=style)


def _sign(look: re.Match[str]) -> str:
    """Where the sign of a number stands; nothing where it has none."""
    lead, inner, tail, last = (look[key] for key in ("lead", "inner", "tail", "last"))
    if lead == "(" and tail and not (look["after"] and look["before"]):  # what is not there may stand anywhere
        lead, inner, tail, last = ("(", "", "", ")") if not look["after"] else ("", "(", ")", "")
    form = f"{lead}B{inner}#{tail}A{last}"
    return form if form in SIGNS and form != "B#A" else ""


def _marks(digits: str) -> Iterator[dict[str, Any]]:
    """Decimal mark and what parts thousands, of what stands between digits."""
    found = [group for group in GROUPS if group in digits]
    yield {}
    for decimal in ".,":
        if decimal == "," and decimal in found:
            yield {"decimal": ",", "group": "."}
        for group in found:
            if group != decimal:
                yield {"decimal": decimal, "thousands": True, "group": group}
                yield {"decimal": decimal, "thousands": True, "group": group, "indian": True}


def _styles(looks: list[re.Match[str]], decimal: str) -> Iterator[CellStyle]:
    """How decimals may be written: as many as it takes, always as many, or with an exponent."""
    yield CellStyle(point=False)
    places = Counter(len(look["digits"].rpartition(decimal)[2]) for look in looks if decimal in look["digits"])
    if not places:
        return
    decimals = places.most_common(1)[0][0]
    exponent = _most_frequent(look["exponent"][:1] for look in looks)
    if 1 <= decimals <= 15:
        yield CellStyle(decimals=decimals, exponent=exponent)  # type: ignore[arg-type]
    yield CellStyle()


def _most_frequent(words: Iterator[str]) -> str:
    found = Counter(words).most_common(1)
    return found[0][0] if found else ""
