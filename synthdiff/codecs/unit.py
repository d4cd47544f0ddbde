"""What may stand before and behind the digits of a number: currencies, units, and what they are worth beside others."""

from __future__ import annotations

import re
from collections.abc import Sequence

SYMBOLS = "$€£¥￥₹₽₩₺₪฿₫₴₦₱₡₲₵₸₼₾¢"
_CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
    "CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG "
    "HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA "
    "MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD "
    "RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX "
    "USD UYU UZS VES VND VUV WST XAF XAG XAU XCD XOF XPF YER ZAR ZMW ZWL BTC ETH"
).replace(" ", "|")
_UNITS = (
    "k|K|m|M|mn|Mn|MN|mm|b|B|bn|Bn|BN|tn|T|G|kg|g|mg|µg|μg|t|lbs?|oz|km|cm|ft|mi|in|ml|mL|cl|l|L|kB|KB|MB|GB|TB|W|kW|"
    "kWh|MWh|V|mAh|Hz|kHz|MHz|GHz|s|ms|min|h|hrs?|d|yrs?|x|px|pts?|bps?|pp|m²|m³|m2|sqft|C[Rr]|D[Rr]"
)
"""Units that may follow the digits at once; a unit behind a space may be any word."""
_SPACE = "[ \u00a0\u202f]?"
_ABOUT = r"[~≈≃<>≤≥±]{1,2}[ ]?|(?:approx|ca|circa|about|over|under|from|ab|bis)\.?[ ]"
_BEFORE = rf"(?:(?:[A-Z]{{1,3}}\$|[{SYMBOLS}]|{_CODES}|kr\.?|Rs\.?|Rp\.?|RM|S/|zł|%){_SPACE}|{_ABOUT})"
_AFTER = rf"(?:{_SPACE}(?:[%％‰°℃℉{SYMBOLS}]|[°º][CF]|{_CODES}|kr\.?|zł|Kč|[^\W\dA-Za-z_]{{1,4}})|(?:{_UNITS}|\+))"
BEFORE = rf"(?:{_BEFORE}|[^\W\d_]{{2,8}}[.:]?[ ]?|[^\W\d_]\.[ ])"
AFTER = (
    rf"(?:{_AFTER}|[ \u00a0\u202f/][^\W\d_][^\d()]{{0,15}}|(?:[ ][a-z]{{2,3}} |/)[1-9][0-9]{{0,2}}(?![0-9])|"
    r"[.,]-{1,2}|/-|[ ][-+]|[A-Za-z*†‡]{1,2}|\[[0-9a-z]{1,3}\])"
)
"""What is tried; more than what is known to be a currency or a unit."""
_KNOWN_AFTER = re.compile(rf"{_AFTER}|[ \u00a0\u202f/].+")
_KNOWN_BEFORE = re.compile(_BEFORE)

_COUNTS = {"": 1.0, "k": 1e3, "K": 1e3, "thousand": 1e3, "m": 1e6, "M": 1e6, "mn": 1e6, "Mn": 1e6, "mio": 1e6}
_COUNTS |= {"Mio": 1e6, "Mio.": 1e6, "million": 1e6, "b": 1e9, "B": 1e9, "bn": 1e9, "Bn": 1e9, "G": 1e9, "Mrd.": 1e9}
_COUNTS |= {"billion": 1e9, "t": 1e12, "T": 1e12, "tn": 1e12, "trillion": 1e12}
FAMILIES: tuple[dict[str, float], ...] = (
    _COUNTS,
    {"": 1, "K": 1e3, "L": 1e5, "Lac": 1e5, "Lacs": 1e5, "Lakh": 1e5, "Lakhs": 1e5, "Cr": 1e7, "Crore": 1e7},
    {"": 1, "千": 1e3, "万": 1e4, "萬": 1e4, "억": 1e8, "億": 1e8, "亿": 1e8, "만": 1e4, "천": 1e3},
    {
        "B": 1,
        "bytes": 1,
        "kB": 1024,
        "KB": 1024,
        "K": 1024,
        "KiB": 1024,
        "M": 1024**2,
        "MB": 1024**2,
        "MiB": 1024**2,
        "G": 1024**3,
        "GB": 1024**3,
        "GiB": 1024**3,
        "TB": 1024**4,
        "TiB": 1024**4,
    },
    {"µg": 1, "μg": 1, "mcg": 1, "mg": 1e3, "g": 1e6, "kg": 1e9, "t": 1e12},
    {"mm": 1, "cm": 10, "m": 1e3, "km": 1e6},
    {"ml": 1, "mL": 1, "cl": 10, "l": 1e3, "L": 1e3},
    {"ms": 1, "s": 1e3, "sec": 1e3, "min": 6e4, "mins": 6e4, "h": 36e5, "hr": 36e5, "hrs": 36e5},
    {"Hz": 1, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9},
    {"W": 1, "kW": 1e3, "MW": 1e6, "GW": 1e9},
    {"oz": 1, "lb": 16, "lbs": 16},
    *({one: 1.0, other: -1.0} for one, other in (("CR", "DR"), ("Cr", "Dr"), ("C", "D"), ("H", "S"), ("+", "-"))),
    *({"": 1.0, other: -1.0} for other in ("CR", "Cr", "DR", "Dr", "D")),
)
"""Units of one kind, and how many of the smallest each is; -1 marks what stands for a minus."""


def is_known(before: str, after: str) -> bool:
    """Say whether what stands around digits is a currency or a unit, so that whole numbers in it are no codes."""
    known = (not before.strip() or _KNOWN_BEFORE.fullmatch(before.lstrip())) and (
        not after.strip() or _KNOWN_AFTER.fullmatch(after.rstrip())
    )
    return bool(known)


def find_scales(units: Sequence[str]) -> list[float] | None:
    """Find what units are worth in the smallest of their kind; None where they are of no kind that is known."""
    for family in FAMILIES:
        if all(unit.strip() in family for unit in units):
            return [family[unit.strip()] for unit in units]
    return None
