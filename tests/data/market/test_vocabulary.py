import pytest

from synthdiff.data.market.vocabulary import hint_of, is_event, is_volume


@pytest.mark.parametrize(
    ("kind", "is_sure", "names"),
    [
        ("price", True, "Close|Adj Close|adj_close|price|PX_LAST|last|settle|mid|bid|ask|nav|EURUSD|BTC-USD|USDJPY=X"),
        ("price", True, "^GSPC|S&P 500|DAX|NASDAQ 100|Gold|exchange rate|total return index|EUR/USD"),
        ("price", False, "AAPL|BRK.B|7203.T|GC=F|OT"),
        ("level", True, "yield|rate|spread|VIX|^VIX|VIX Close|implied volatility|temperature|humidity|PE|ratio|SOFR"),
        ("level", True, "US10Y|DGS10|T10Y2Y|TB3MS|10Y|US 10 Year|LIBOR|fed funds|load|demand|Tdewpoint|#Passengers"),
        ("level", True, "bid ask spread|log_price|interest_rate|close_VIX|unemployment|cpi_yoy"),
        ("return", True, "ret|log_ret|lret|pct_change|return_simple|AAPL_return|Change %|close_return"),
        (None, False, "x0|value|y|target|series|Australia|A1|open_day|3M"),
    ],
)
def test_names(kind, is_sure, names):
    for name in names.split("|"):
        hint = hint_of(name)
        assert (name, hint.kind, hint.is_sure) == (name, kind, is_sure)


def test_conventions_in_names():
    assert [hint_of(name).is_log for name in ("log_ret", "lret", "ret")] == [True, True, False]
    assert [hint_of(name).is_simple for name in ("pct_change", "return_simple", "ret")] == [True, True, False]
    assert [hint_of(name).is_percent for name in ("Change %", "ret_pct", "ret")] == [True, True, False]


def test_an_item_that_is_sure_comes_before_the_column():
    assert hint_of("^VIX", "close").kind == "level"
    assert hint_of("AAPL", "y").kind == "price"
    assert hint_of("a", "price").kind == "price"


def test_volumes_and_events():
    assert all(map(is_volume, ["Volume", "Vol.", "Umsatz", "Turnover", "SPX volume"]))
    assert not any(map(is_volume, ["Close", "implied vol", "volatility"]))
    assert all(map(is_event, ["Dividends", "Stock Splits", "Capital Gains", "AAPL Dividends"]))
    assert not any(map(is_event, ["Close", "stock", "gains"]))
