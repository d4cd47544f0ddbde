"""What the name of a column says of its numbers: prices, returns or levels.

A word that is sure decides alone: nobody calls a yield ``Close``. A name that only looks like a ticker, capital letters
alone, is a hint: the numbers must not contradict it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from synthdiff.data.market.kind import Values


@dataclass(frozen=True)
class Hint:
    """What a name says.

    Attributes
    ----------
    kind : {"price", "return", "level"} or None
        What the numbers are; None: the name is silent.
    word : str
        The part of the name that says so.
    is_sure : bool
        Whether the name decides alone.
    is_maturity : bool
        Whether it is the name of a bond's maturity, such as ``US10Y``: its yield, but its price where it is near 100.
    is_log, is_simple, is_percent : bool
        Of returns: whether the name calls them logarithmic, simple, or percent.
    """

    kind: Values | None = None
    word: str = ""
    is_sure: bool = False
    is_maturity: bool = False
    is_log: bool = False
    is_simple: bool = False
    is_percent: bool = False


SILENT = Hint()


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_RETURNS = _set("""
    ret rets return returns logret logrets logreturn logreturns lret lrets pctchange pctchg change chg dlog
    performance
""")
_DIFFERENCES = frozenset({"change", "chg", "performance"})
_LOGS = frozenset({"log", "ln", "logret", "logrets", "logreturn", "logreturns", "lret", "lrets", "dlog"})
_PERCENTS = frozenset({"pct", "percent", "percentage", "%"})
_LEVELS = _set("""
    yield yields ytm rate rates spread spreads oas basis zscore vix vxn vxo vvix rvx ovx gvz vxd vstoxx vdax
    vixcls volatility vol vols iv ivol implied hv temperature temp temperatures tavg tmin tmax tmean tdewpoint
    dewpoint humidity rh pe pb ps cape ratio ratios unemployment unrate inflation libor sofr euribor eonia estr
    ester sonia saron tona fedfunds effr dff cds load demand consumption passengers wind windspeed precipitation
    rain rainfall pressure visibility solar radiation irradiance pmi sentiment correlation corr beta mortgage
    deposit delinquency occupancy difference diff yoy mom qoq
""")
_PRICES = _set("""
    close closing adj adjclose price prices px last settle settlement mid bid ask nav quote quotes fixing spot tri
""")
_MARKETS = _set("""
    sp500 spx spy gspc snp500 dji djia dowjones dow nasdaq nasdaq100 nasdaqcomposite ndx ixic rut russell
    russell2000 dax dax40 gdaxi mdax tecdax ftse ftse100 cac cac40 fchi nikkei nikkei225 n225 nky hsi hangseng
    stoxx stoxx50 stoxx600 eurostoxx eurostoxx50 sx5e estoxx smi ssmi ibex ibex35 mib ftsemib aex bel20 omx kospi
    topix sensex nifty nifty50 bovespa ibovespa asx asx200 tsx msci msciworld csi300 shanghai bitcoin btc ethereum
    eth gold silver platinum palladium copper oil crude wti brent natgas xau xag
""")
_CURRENCIES = _set("""
    USD EUR GBP JPY CHF AUD CAD NZD CNY CNH HKD SGD SEK NOK DKK PLN CZK HUF TRY ZAR MXN BRL INR KRW TWD THB RUB
    ILS XAU XAG BTC ETH USDT USDC
""")
_MATURITY = re.compile(
    r"(?:[a-z]{2,8}[ _-]?)?\d{1,2}[ _-]?(?:y|yr|yrs|year|years)(?:[ _-]?(?:treasury|bond|note|govt|cmt))?"
    r"|(?:us|de|uk|gb|jp|tb|ust)[ _-]?\d{1,2}[ _-]?(?:m|mo|mos|month|months)",
    re.I,
)
_CODES = re.compile(
    r"dgs\d+(?:mo)?|gs\d+|dtb\d+|tb\d+ms|d?fii\d+|t\d+y(?:ie|\d+[ym]|iem|ier)|bamlh\w+|\^?(?:irx|fvx|tnx|tyx)|ted(?:rate)?"
    r"|\^(?:vix|vxn|vvix|rvx|ovx|gvz|skew)\w*|[vv]i?xcls|irlt\w+|mortgage\d+us|baa10y|aaa10y",
    re.I,
)
_TICKERS = re.compile(r"\^?[A-Z]{1,5}|[A-Z]{1,5}[.-][A-Z]{1,4}|\^[A-Z0-9]{2,9}|\d{4,6}\.[A-Z]{1,2}|[A-Z0-9]{1,6}=[FX]")
_VOLUMES = frozenset({"volume", "volumes", "vol", "vols", "umsatz", "turnover", "volumen"})
_EVENTS = frozenset({"dividends", "dividend", "stocksplits", "stocksplit", "splits", "capitalgains", "splitratio"})
_VOLATILITY = frozenset({"implied", "realized", "realised", "historical", "atm", "iv", "annualized", "annualised"})


def hint_of(*names: str) -> Hint:
    """Say what names tell of a column's numbers.

    Parameters
    ----------
    *names : str
        The name of the asset, and that of the table's column, where there are both; a name that is sure of a level
        comes before one that is sure of a price.

    Returns
    -------
    Hint

    Examples
    --------
    >>> [hint_of(name).kind for name in ("Adj Close", "^VIX", "DGS10", "EURUSD", "log_ret", "x0")]
    ['price', 'level', 'level', 'price', 'return', None]
    >>> hint_of("AAPL").is_sure, hint_of("VIX", "close").kind
    (False, 'level')
    """
    found = [_hint(name) for name in dict.fromkeys(names)]
    sure = [hint for hint in found if hint.is_sure]
    said = [hint for hint in found if hint.kind is not None]
    order = {"level": 0, "return": 1, "price": 2}
    return min(sure or said, key=lambda hint: order[str(hint.kind)], default=SILENT)


def is_volume(name: str) -> bool:
    """Whether a name is that of a traded volume; ``vol`` may be a volatility as well.

    Examples
    --------
    >>> is_volume("SPX Volume"), is_volume("Vol."), is_volume("implied vol"), is_volume("Close")
    (True, True, False, False)
    """
    words = set(_words(name))
    return bool(words & _VOLUMES) and not words & _VOLATILITY


def is_event(name: str) -> bool:
    """Whether a name is that of dividends, splits or other payments, as Yahoo's histories have them.

    Examples
    --------
    >>> is_event("Stock Splits"), is_event("AAPL Dividends"), is_event("Close")
    (True, True, False)
    """
    words = _words(name)
    return bool({*words, "".join(words), "".join(words[-2:])} & _EVENTS)


def _hint(name: str) -> Hint:
    words = _words(name)
    said = set(words)
    if hint := _return_hint(said):
        return hint
    if _CODES.fullmatch(name.strip()) or "".join(words) in _LEVELS:
        return Hint("level", name, is_sure=True)
    is_currency = _is_pair(name) or bool(said & {"exchange", "fx", "forex"})
    level = next((word for word in words if word in _LEVELS), None)
    price = next((word for word in words if word in _PRICES), None)
    if {"return", "index"} <= said:
        return Hint("price", "index", is_sure=True)
    if said & _LOGS and price is not None:
        return Hint("level", f"log {price}", is_sure=True)
    if level is not None and not (level in ("rate", "rates") and is_currency):
        return Hint("level", level, is_sure=True)
    if is_currency:
        return Hint("price", name, is_sure=True)
    if _MATURITY.fullmatch(name.strip()):
        return Hint("level", name, is_sure=True, is_maturity=True)
    if price is not None:
        return Hint("price", price, is_sure=True)
    if "".join(words) in _MARKETS or said & _MARKETS:
        return Hint("price", name, is_sure=True)
    return Hint("price", name) if _TICKERS.fullmatch(name.strip()) else SILENT


def _return_hint(said: set[str]) -> Hint | None:
    """The hint of names of returns; a total return index is a price."""
    word = next((word for word in sorted(said) if word in _RETURNS), None)
    if word is None or said & {"index", "tri", "exchange"}:
        return None
    is_percent = bool(said & _PERCENTS)
    is_sure = is_percent or word not in _DIFFERENCES  # a change may be one in points
    is_simple = bool(said & {"simple", "arithmetic", "pctchange"}) or {"pct", "change"} <= said
    return Hint("return", word, is_sure, is_log=bool(said & _LOGS), is_simple=is_simple, is_percent=is_percent)


def _is_pair(name: str) -> bool:
    """Whether a name is a pair of currencies, such as ``EURUSD``, ``BTC-USD`` or ``USDJPY=X``."""
    letters = re.sub(r"[^A-Z]", "", re.sub(r"=X$", "", name.strip().upper()))
    if not name.strip().isascii() or not 6 <= len(letters) <= 8:
        return _is_quoted(name)
    halves = ((letters[:3], letters[3:]), (letters[:-3], letters[-3:]))
    return any(set(half) <= _CURRENCIES for half in halves) or _is_quoted(name)


def _is_quoted(name: str) -> bool:
    """Whether a name is anything in a currency, such as ``SOL-USD`` or ``ADA/USDT``."""
    first, mark, second = name.strip().upper().partition("-" if "-" in name else "/")
    return bool(mark and first.isalnum() and second in _CURRENCIES)


def _words(name: str) -> Sequence[str]:
    """Words of a name in lower case; ``S&P 500`` is ``sp500``."""
    text = re.sub(r"s\s*&\s*p\s*-?\s*500", "sp500", name, flags=re.I)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return [word.lower() for word in re.findall(r"[^\W_]+|%", text)]
