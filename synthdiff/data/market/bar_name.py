"""What columns of prices are called: by providers of data, and in the languages of their pages.

Names are compared without case, accents, signs, numbers in front (``1. open``) and units behind (``close (USD)``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Literal

Part = Literal["open", "high", "low", "close", "price", "volume"]

_WORDS: dict[Part, str] = {
    "open": (
        "open opening startday pxopen openprc openprice eröffnung eröffnungskurs eröffn erster anfangskurs "
        "ouverture ouv apertura aperturas otwarcie abertura откр открытие 始値 开盘 開盤 开盘价 開盤價 시가 açılış "
        "öppen öppningskurs åbning åpning openingskoers"
    ),
    "high": (
        "high pxhigh askhi highprice hoch tageshoch höchst höchstkurs plushaut haut máximo massimo najwyższy máxima "
        "hoog hoogste макс максимум 高値 高 最高 最高价 最高價 고가 yüksek högst högstakurs max"
    ),
    "low": (
        "low pxlow bidlo lowprice tief tagestief tiefst tiefstkurs plusbas bas mínimo minimo najniższy mínima laag "
        "laagste мин минимум 安値 低 最低 最低价 最低價 저가 düşük lägst lägstakurs min"
    ),
    "close": (
        "close closing trdprc pxlast closelast prc closeprice closingprice schlusskurs schluss letzter zuletzt dernier "
        "clôture cierre último ultimo chiusura zamknięcie ostatnio fechamento slotkoers laatste закрытие 終値 收盘 "
        "收盤 收盘价 收盤價 종가 şimdi senaste slutkurs settle settlement settlementprice"
    ),
    "price": "adjclose adjustedclose closeadj adjustedcloseprice closeadjusted adjprc bereinigterschlusskurs",
    "volume": (
        "volume vol pxvolume volumen volumes stück stücke stuecke wolumen wol объём объем 出来高 交易量 成交量 "
        "거래량 acvoluns numberofshares hac volymen totalvolume tickvol tickvolume volumi"
    ),
}
_ONLY_IN_BARS: dict[Part, str] = {
    "open": "o",
    "high": "h",
    "low": "l",
    "close": "c price last lastprice цена preis kurs prix cours precio prezzo preço koers cena 现价 当前价",
    "volume": "v",
}
_DERIVED = (
    "change chg changepercent changepct pctchange variation var varpct variazione verschil zmiana изм изменение "
    "変化率 前日比 涨跌幅 漲跌幅 涨跌额 fark 변동 dividends dividend dividendamount exdividend divcash stocksplits "
    "splits split splitratio splitfactor splitcoefficient capitalgains quoteassetvolume quotevolume quotevol "
    "quotassetvolume numberoftrades nooftrades trades tradecount ntrades count takerbuybaseassetvolume "
    "takerbuyquoteassetvolume takerbuybasevolume takerbuyquotevolume takerbuybase takerbuyquote ignore closetime "
    "unix vwap vw n wap average barcount openint openinterest oi spread ret retx prevclose previousclose "
    "vorherigerschluss umsatz turnover amount 成交额 adjopen adjhigh adjlow adjvolume adjustedopen adjustedhigh "
    "adjustedlow adjustedvolume repaired shrout cfacpr cfacshr marketcap "
    "marketcapitalization value wh wl ltp tradedvalue deliveryqty"
)
_ACTIONS = (
    "change chg changepercent changepct pctchange dividends stocksplits capitalgains divcash splitfactor "
    "dividendamount splitcoefficient ret retx shrout cfacpr cfacshr"
)
_ENGLISH = (
    "open high low close volume vol adjclose adjustedclose pxopen pxhigh pxlow pxlast pxvolume trdprc openprc acvoluns"
)
_NO_ASSETS = frozenset({"time", "date", "interest"})
_NUMBER = re.compile(r"^\s*\d+[a-z]?\.\s+")
_UNIT = re.compile(r"\(.*?\)\s*$")
_SEPARATOR = re.compile(r"[ _.:|/-]+")
CRSP = frozenset({"prc", "bidlo", "askhi", "openprc", "altprc", "dlyprc"})
"""Prices of CRSP, whose sign says that they are averages of bid and ask, and whose zero says that there is none."""


def plain_name(name: str) -> str:
    """Give the letters of a name.

    Parameters
    ----------
    name : str
        Name of a column.

    Returns
    -------
    str
        Lower case, without accents, signs, numbers in front and units behind.

    Examples
    --------
    >>> plain_name("4a. Close (USD)"), plain_name("Eröffn."), plain_name("<TICKVOL>")
    ('close', 'eroffn', 'tickvol')
    """
    spread = unicodedata.normalize("NFKD", _UNIT.sub("", _NUMBER.sub("", name)).lower().replace("ı", "i"))
    return "".join(sign for sign in spread.replace("ł", "l").replace("ø", "o") if sign.isalpha())


def _table(words: dict[Part, str]) -> dict[str, Part]:
    return {plain_name(word): part for part, text in words.items() for word in text.split()}


_PARTS = _table(_WORDS)
_WEAK = _table(_ONLY_IN_BARS)
_BESIDE = frozenset(plain_name(word) for word in _DERIVED.split())
_SURE = frozenset(_ACTIONS.split())
_COMPOUND = frozenset(_ENGLISH.split())


def split_name(name: str) -> tuple[str, Part | None]:
    """Find the asset and the part of a bar that a name tells.

    Parameters
    ----------
    name : str
        Name of a column.

    Returns
    -------
    asset : str
        "" where the name is the part alone.
    part : str or None
        None where the name is no part.

    Examples
    --------
    >>> split_name("Close"), split_name("SPX_Adj_Close"), split_name("Schlusskurs"), split_name("VIX")
    (('', 'close'), ('SPX', 'price'), ('', 'close'), ('', None))
    """
    whole = _PARTS.get(plain_name(name))
    if whole is not None:
        return "", whole
    for asset, word in _pieces(name):
        if word in _COMPOUND and asset.lower() not in _NO_ASSETS:
            return asset, _PARTS[word]
    return "", None


def weak_part(name: str) -> Part | None:
    """Find the part that a name means among open, high and low, such as "price" or "last"; None if none."""
    return _WEAK.get(plain_name(name))


def is_derived(name: str, assets: Collection[str], has_range: bool = True) -> bool:
    """Tell whether a column only says what bars say, or belongs to their making: changes, dividends, trades.

    Parameters
    ----------
    name : str
        Name of a column.
    assets : collection of str
        Assets that have bars, which may stand beside the word; "" is the asset of parts alone.
    has_range : bool
        Whether the parts alone have open, high and low; then nothing else can be a series beside them. Default: True.

    Examples
    --------
    >>> is_derived("Change %", [""]), is_derived("+/- %", [""]), is_derived("Dividends KO", ["KO"])
    (True, True, True)
    """
    plain = plain_name(name)
    if "" in assets and (plain in (_BESIDE if has_range else _SURE) or (not plain and "%" in name)):
        return True
    return any(asset in assets and word in _SURE for asset, word in _pieces(name))


def _pieces(name: str) -> list[tuple[str, str]]:
    """Each way to part a name in an asset and letters, the longest word first."""
    cuts = [(found.start(), found.end()) for found in _SEPARATOR.finditer(name)]
    behind = [(name[:start], plain_name(name[end:])) for start, end in cuts if name[:start]]
    before = [(name[end:], plain_name(name[:start])) for start, end in reversed(cuts) if name[end:]]
    return behind + before
