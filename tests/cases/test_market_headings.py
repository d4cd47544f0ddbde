"""Headings of prices as providers and programs write them: each column is known for what it is."""

import numpy as np
import pandas as pd
import pytest

from synthdiff.data.io import read_table
from synthdiff.data.market import read_market
from synthdiff.errors import SchemaError

T = 60
DAYS = pd.bdate_range("2024-01-01", periods=T)
STAMPS = DAYS.to_numpy().astype("datetime64[ns]")
PARTS = ("open", "high", "low", "close", "volume")


def bars(seed=0, level=100.0):
    rng = np.random.default_rng(seed)
    close = level * np.exp(rng.normal(0.0, 0.01, T).cumsum())
    opened = close * np.exp(rng.normal(0.0, 0.005, T))
    frame = pd.DataFrame({"open": opened, "high": np.maximum(opened, close) * 1.003}, index=DAYS)
    frame = frame.assign(low=np.minimum(opened, close) * 0.997, close=close).round(2)
    return frame.assign(volume=rng.integers(1_000, 10**6, T) * 1_000)


BARS = bars()


def check(market, frame=BARS, asset=None, rtol=1e-12):
    """The market is the bars, whatever its columns are called."""
    assert sorted(market.roles) == sorted(frame.columns)
    found = market.values[:, [market.roles.index(part) for part in frame.columns]]
    np.testing.assert_allclose(found, frame.to_numpy(), rtol=rtol)
    np.testing.assert_array_equal(market.dates, STAMPS)
    assert len(set(market.assets)) == 1
    assert asset in (None, market.assets[0])


def headed(date, opened, high, low, close, volume):
    return dict(zip(PARTS, (opened, high, low, close, volume), strict=True)) | {"": date}


LANGUAGES = {
    "yahoo": headed("Date", "Open", "High", "Low", "Close", "Volume"),
    "alpha vantage": headed("timestamp", "1. open", "2. high", "3. low", "4. close", "5. volume"),
    "alpha vantage, crypto": headed("date", "1a. open (USD)", "2a. high (USD)", "3a. low (USD)", "4a. close (USD)",
                                    "5. volume"),
    "bloomberg": headed("Dates", "PX_OPEN", "PX_HIGH", "PX_LOW", "PX_LAST", "PX_VOLUME"),
    "quandl": headed("Date", "Open", "High", "Low", "Settle", "Volume"),
    "nasdaq": headed("Date", "Open", "High", "Low", "Close/Last", "Volume"),
    "metatrader": headed("<DATE>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>", "<TICKVOL>"),
    "polygon": headed("t", "o", "h", "l", "c", "v"),
    "crsp": headed("date", "OPENPRC", "ASKHI", "BIDLO", "PRC", "VOL"),
    "last": headed("Date", "Open", "High", "Low", "Last", "Vol"),
    "investing": headed("Date", "Open", "High", "Low", "Price", "Vol."),
    "German, ariva": headed("Datum", "Erster", "Hoch", "Tief", "Schlusskurs", "Stuecke"),
    "German, finanzen": headed("Datum", "Eröffnung", "Tageshoch", "Tagestief", "Schlusskurs", "Volumen"),
    "German, investing": headed("Datum", "Eröffn.", "Hoch", "Tief", "Zuletzt", "Vol."),
    "German, boerse": headed("Datum", "Eröffnung", "Hoch", "Tief", "Schluss", "Stück"),
    "French": headed("Date", "Ouv.", "Plus Haut", "Plus Bas", "Dernier", "Vol."),
    "French, whole words": headed("Date", "Ouverture", "Plus haut", "Plus bas", "Clôture", "Volume"),
    "Spanish": headed("Fecha", "Apertura", "Máximo", "Mínimo", "Último", "Vol."),
    "Spanish, close": headed("Fecha", "Apertura", "Máximo", "Mínimo", "Cierre", "Volumen"),
    "Italian": headed("Data", "Apertura", "Massimo", "Minimo", "Ultimo", "Vol."),
    "Italian, close": headed("Data", "Apertura", "Massimo", "Minimo", "Chiusura", "Volume"),
    "Polish, stooq": headed("Data", "Otwarcie", "Najwyzszy", "Najnizszy", "Zamkniecie", "Wolumen"),
    "Polish, investing": headed("Data", "Otwarcie", "Max.", "Min.", "Ostatnio", "Wol."),
    "Portuguese": headed("Data", "Abertura", "Máxima", "Mínima", "Último", "Vol."),
    "Portuguese, close": headed("Data", "Abertura", "Máxima", "Mínima", "Fechamento", "Volume"),
    "Dutch": headed("Datum", "Open", "Hoog", "Laag", "Laatste", "Vol."),
    "Japanese": headed("日付け", "始値", "高値", "安値", "終値", "出来高"),
    "Chinese": headed("日期", "开盘", "高", "低", "收盘", "交易量"),
    "Chinese, tushare": headed("日期", "开盘", "最高", "最低", "收盘", "成交量"),
    "Korean": headed("날짜", "시가", "고가", "저가", "종가", "거래량"),
    "Russian": headed("Дата", "Откр.", "Макс.", "Мин.", "Цена", "Объём"),
    "Turkish": headed("Tarih", "Açılış", "Yüksek", "Düşük", "Şimdi", "Hac."),
    "Swedish": headed("Datum", "Öppen", "Högst", "Lägst", "Senaste", "Vol."),
}  # fmt: skip


@pytest.mark.parametrize("name", LANGUAGES)
def test_bars_are_known_by_the_names_of_providers_and_languages(name, tmp_path):
    names = LANGUAGES[name]
    frame = BARS.rename(columns=names).rename_axis(names[""]).reset_index()
    file = tmp_path / "prices.csv"
    frame.to_csv(file, index=False)
    market = read_market(read_table(file))
    check(market)
    assert not [found for found in market.findings if "is short" not in found.text]
    assert market.names == tuple(names[part] for part in PARTS)


MORE = {
    "yahoo": {"Dividends": 0.0, "Stock Splits": 0.0, "Capital Gains": 0.0},
    "investing": {"Change %": "0.35%"},
    "German, investing": {"+/- %": "0.35%"},
    "French": {"Variation %": "0.35%"},
    "Japanese": {"変化率 %": "0.35%"},
    "German, ariva": {"Volumen": 12_345_678},
    "alpha vantage": {"7. dividend amount": 0.0, "8. split coefficient": 1.0},
    "metatrader": {"<VOL>": 0, "<SPREAD>": 2},
    "polygon": {"vw": 100.5, "n": 1234},
    "crsp": {"RET": 0.01, "SHROUT": 10_000},
}


@pytest.mark.parametrize("name", MORE)
def test_what_comes_along_with_bars_is_left_out_and_said(name, tmp_path):
    names = LANGUAGES[name]
    frame = BARS.rename(columns=names).rename_axis(names[""]).reset_index()
    for number, (more, value) in enumerate(MORE[name].items()):
        frame.insert(2 + number, more, value)
    frame.to_csv(tmp_path / "prices.csv", index=False)
    market = read_market(read_table(tmp_path / "prices.csv"))
    check(market)
    assert [f for f in market.findings if all(repr(more) in f.text for more in MORE[name])]


def test_what_comes_along_can_be_a_covariate():
    frame = BARS.assign(Dividends=np.arange(T) % 7)
    market = read_market(frame, covariates=["Dividends"])
    assert (market.names[-1], market.roles[-1]) == ("Dividends", "covariate")
    assert not [found for found in market.findings if "is short" not in found.text]
    with pytest.raises(SchemaError, match="'Rating' stand beside the bars"):
        read_market(BARS.assign(Rating=range(T)))


def test_klines_of_binance_have_their_opening_times():
    opened = pd.date_range("2024-01-01", periods=T, freq="h")
    frame = BARS.reset_index(drop=True)
    frame.insert(0, "open_time", opened.as_unit("ms").astype("int64"))
    more = {"close_time": frame.open_time + 3_599_999, "quote_asset_volume": 1.5, "number_of_trades": range(T)}
    frame = frame.assign(**more, taker_buy_base_asset_volume=0.5, taker_buy_quote_asset_volume=0.5, ignore=0)
    market = read_market(frame)
    assert market.roles == PARTS
    np.testing.assert_array_equal(market.dates, opened.to_numpy().astype("datetime64[ns]"))


def test_volumes_of_both_currencies_are_one():
    frame = BARS.drop(columns="volume").assign(**{"Volume BTC": BARS.volume, "Volume USD": BARS.volume * 7})
    frame = frame.assign(tradecount=range(T), symbol="BTC/USD", unix=DAYS.as_unit("s").astype("int64"))
    market = read_market(frame.rename_axis("date").reset_index())
    check(market, asset="BTC/USD")
    assert market.names[-1] == "BTC/USD Volume BTC"


def test_prices_of_crsp_lose_the_sign_that_says_average_of_bid_and_ask():
    frames = []
    for permno in (10107, 14593):
        frame = pd.DataFrame({"PERMNO": permno, "date": DAYS.strftime("%Y%m%d").astype(int), "PRC": bars(permno).close})
        frames.append(frame.assign(VOL=bars(permno).volume))
    frame = pd.concat(frames, ignore_index=True)
    truth = frame.PRC.to_numpy(copy=True).reshape(2, T)
    frame.loc[[3, 4, 70], "PRC"] *= -1.0
    frame.loc[9, "PRC"] = 0.0
    market = read_market(frame)
    assert market.assets == ("10107", "10107", "14593", "14593")
    assert market.roles == ("close", "volume") * 2
    np.testing.assert_allclose(market.values[:9, 0], truth[0, :9])
    np.testing.assert_allclose(market.values[:, 2], truth[1])
    assert np.isnan(market.values[9, 0])
    assert "PRC: 3 negative prices are averages of bid and ask" in str(market.findings[0])
    assert "1 zeros are taken for missing" in market.findings[0].text


def written(numbers, decimal, thousands, digits=2, sign=""):
    swap = {",": thousands, ".": decimal}
    return ["".join(swap.get(c, c) for c in f"{sign}{number:,.{digits}f}") for number in numbers]


@pytest.mark.parametrize("level", [1.0, 100.0, 20_000.0])
@pytest.mark.parametrize(
    ("decimal", "thousands", "sign"),
    [(".", ",", ""), (".", ",", "$"), (",", ".", ""), (",", " ", ""), (",", "\u202f", ""), (".", "'", "")],
)
def test_numbers_as_countries_write_them(decimal, thousands, sign, level, tmp_path):
    frame = bars(level=level)
    out = frame.apply(lambda column: written(column, decimal, thousands, sign=sign))
    out["volume"] = written(frame.volume, decimal, thousands, 0)
    file = tmp_path / "prices.csv"
    out.rename_axis("Date").to_csv(file, sep=";")
    market = read_market(read_table(file))
    check(market, frame)
    assert not [finding for finding in market.findings if "left out" in finding.text]


@pytest.mark.parametrize(("unit", "factor"), [("K", 1e3), ("M", 1e6), ("B", 1e9), (" Mio.", 1e6), ("万", 1e4)])
def test_volumes_in_thousands_and_millions(unit, factor):
    frame = BARS.assign(volume=[f"{number / 1e6:.2f}{unit}" for number in BARS.volume])
    frame.loc[frame.index[5], "volume"] = "-"
    market = read_market(frame.rename_axis("Date").reset_index())
    volume = market.values[:, market.roles.index("volume")]
    assert np.isnan(volume[5])
    truth = [float(f"{number / 1e6:.2f}") * factor for number in BARS.volume]
    np.testing.assert_allclose(np.delete(volume, 5), np.delete(truth, 5))


def test_commas_that_may_be_decimal_are_said():
    frame = pd.DataFrame({"x": [f"1,{number}" for number in range(100, 100 + T)]}, index=DAYS)
    market = read_market(frame)
    assert str(market.findings[0]) == (
        "x: commas are taken for thousands: '1,100'; say --decimal , if they are decimal"
    )


def test_identifiers_and_words_are_no_numbers():
    frame = pd.DataFrame({"ds": np.tile(DAYS, 2), "code": np.repeat(["000001", "600519"], T), "y": 1.0})
    frame["y"] = np.concatenate([bars(1).close, bars(2).close])
    assert read_market(frame).names == ("000001", "600519")
    with pytest.raises(SchemaError, match="'note' holds string such as '1.2M or so'"):
        read_market(BARS.assign(note="1.2M or so"))


TICKERS = {"AAPL": bars(1), "^GSPC": bars(2), "BRK-B": bars(3)}
FIELDS = ["Open", "High", "Low", "Close", "Volume"]


def download(tickers=tuple(TICKERS), fields=tuple(FIELDS), by_ticker=False, index="Date"):
    """A frame as yfinance gives it."""
    frames = {name: TICKERS[name].rename(columns=str.title)[list(fields)] for name in tickers}
    frame = pd.concat(frames, axis=1, names=["Ticker", "Price"]).rename_axis(index)
    return frame if by_ticker else frame.swaplevel(axis=1).sort_index(axis=1)


def from_csv(frame, folder):
    frame.to_csv(folder / "prices.csv")
    return read_table(folder / "prices.csv")


def from_parquet(frame, folder):
    frame.to_parquet(folder / "prices.parquet")
    return read_table(folder / "prices.parquet")


def from_pandas_csv(frame, folder):
    frame.to_csv(folder / "prices.csv")
    return pd.read_csv(folder / "prices.csv")


WAYS = {
    "memory": lambda frame, folder: frame,
    "reset": lambda frame, folder: frame.reset_index(),
    "csv": from_csv,
    "parquet": from_parquet,
    "pandas csv": from_pandas_csv,
    "pandas csv, levels": lambda frame, folder: (
        from_pandas_csv(frame, folder)
        if frame.index.name is None
        else pd.read_csv(folder / "prices.csv", header=[0, 1], index_col=0)
        if not frame.to_csv(folder / "prices.csv")
        else None
    ),
}


@pytest.mark.parametrize("tickers", [("AAPL", "^GSPC", "BRK-B"), ("AAPL",)])
@pytest.mark.parametrize("by_ticker", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_two_levels_of_names_are_bars_of_each_ticker(way, by_ticker, tickers, tmp_path):
    market = read_market(WAYS[way](download(tickers, by_ticker=by_ticker), tmp_path))
    np.testing.assert_array_equal(market.dates, STAMPS)
    assert set(market.assets) == set(tickers)
    for ticker in tickers:
        for part in PARTS:
            at = [k for k, key in enumerate(zip(market.assets, market.roles, strict=True)) if key == (ticker, part)]
            np.testing.assert_allclose(market.values[:, at], TICKERS[ticker][[part]])


@pytest.mark.parametrize("by_ticker", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_closes_of_several_tickers_are_called_as_they_are(way, by_ticker, tmp_path):
    market = read_market(WAYS[way](download(fields=["Close"], by_ticker=by_ticker), tmp_path))
    assert sorted(market.names) == sorted(TICKERS)
    assert set(market.roles) == {"price"}
    np.testing.assert_array_equal(market.dates, STAMPS)


def test_an_index_without_a_name_is_read_as_dates(tmp_path):
    market = read_market(from_csv(download(index=None), tmp_path))
    assert set(market.assets) == set(TICKERS)
    np.testing.assert_array_equal(market.dates, STAMPS)


def test_dividends_of_each_ticker_are_left_out():
    frame = download(by_ticker=True)
    frame[("AAPL", "Dividends")] = 0.0
    frame[("AAPL", "Stock Splits")] = 0.0
    market = read_market(frame)
    assert len(market.names) == 15
    assert "'AAPL Dividends', 'AAPL Stock Splits'" in market.findings[0].text


@pytest.mark.parametrize(
    ("day", "clock"),
    [
        ("%Y.%m.%d", "%H:%M"),
        ("%d/%m/%Y", "%H:%M:%S"),
        ("%Y%m%d", "%H%M"),
        ("%Y%m%d", "%H%M%S"),
        ("%m/%d/%Y", "%I:%M %p"),
    ],
)
@pytest.mark.parametrize("names", [("Date", "Time"), ("<DATE>", "<TIME>"), ("Datum", "Uhrzeit")])
def test_days_and_times_of_the_day_are_moments(names, day, clock, tmp_path):
    moments = pd.DatetimeIndex([d + c for d in DAYS[:10] for c in pd.timedelta_range("9h30min", periods=6, freq="h")])
    frame = BARS.reset_index(drop=True)
    frame.insert(0, names[0], moments.strftime(day))
    frame.insert(1, names[1], moments.strftime(clock))
    frame.to_csv(tmp_path / "bars.csv", index=False)
    market = read_market(read_table(tmp_path / "bars.csv"))
    np.testing.assert_array_equal(market.dates, moments.to_numpy().astype("datetime64[ns]"))
    assert market.roles == PARTS


def dated(form, name="Date", **names):
    """Bars with a first column of dates, under other names."""
    frame = BARS.rename(columns=str.title).rename(columns=names).reset_index(drop=True)
    frame.insert(0, name, DAYS.strftime(form))
    return frame


def stooq_bulk():
    frame = dated("%Y%m%d", "<DATE>").rename(columns=lambda name: f"<{name.strip('<>').upper()}>")
    frame.insert(0, "<TICKER>", "AAPL.US")
    frame.insert(1, "<PER>", "D")
    frame.insert(3, "<TIME>", "000000")
    return frame.assign(**{"<OPENINT>": 0})


def euronext():
    frame = dated("%d/%m/%Y", Volume="Number of Shares")
    return frame.assign(Last=frame.Close, **{"Number of Trades": 5, "Turnover": 1e6, "vwap": 100.0})


def nse():
    frame = dated("%d-%b-%Y", "Date ").rename(columns=str.upper)
    frame.insert(1, "series", "EQ")
    more = dict.fromkeys(["PREV. CLOSE", "ltp", "vwap", "52W H", "52W L", "VALUE", "No of trades"], 1.0)
    return frame.assign(**more)


def coin_market_cap():
    frame = dated("%Y-%m-%dT00:00:00.000Z", "timestamp").rename(columns=str.lower)
    return frame.assign(marketCap=1e9, timeOpen=frame.timestamp, timeHigh=DAYS.strftime("%Y-%m-%dT07:11:00.000Z"))


PROVIDERS = {
    "stooq, bulk": stooq_bulk,
    "euronext": euronext,
    "nse": nse,
    "coinmarketcap": coin_market_cap,
    "dukascopy": lambda: dated("%d.%m.%Y 00:00:00.000", "Gmt time"),
    "barchart": lambda: dated("%m/%d/%Y", "Time", Close="Last").assign(Change=0.1, **{"%Chg": "0.1%"}),
    "interactive brokers": lambda: dated("%Y%m%d  00:00:00 US/Eastern", "date").assign(average=1.0, barCount=3),
    "a time zone": lambda: dated("%Y-%m-%d 00:00:00 EST"),
    "coinbase": lambda: dated("%Y").assign(Date=DAYS.as_unit("s").astype("int64")).rename(columns={"Date": "time"}),
    "quandl, adjusted": lambda: dated("%Y-%m-%d").assign(**{"Ex-Dividend": 0.0, "Split Ratio": 1.0}),
    "year, month, day": lambda: dated("%Y", "Year").assign(Month=DAYS.month, Day=DAYS.day).astype({"Year": int}),
    "name and symbol": lambda: dated("%Y-%m-%d").assign(Name="Apple Inc.", Symbol="AAPL", Currency="USD"),
}


@pytest.mark.parametrize("name", PROVIDERS)
def test_files_of_providers_are_bars(name, tmp_path):
    PROVIDERS[name]().to_csv(tmp_path / "prices.csv", index=False)
    check(read_market(read_table(tmp_path / "prices.csv", say=lambda words: None)))


@pytest.mark.parametrize("suffix", ["_1", ""])
def test_fields_of_refinitiv_and_bloomberg_are_bars_of_each(suffix):
    reuters = ("OPEN_PRC", f"HIGH{suffix}", f"LOW{suffix}", f"TRDPRC{suffix}", "ACVOL_UNS")
    bloomberg = ("PX_OPEN", "PX_HIGH", "PX_LOW", "PX_LAST", "PX_VOLUME")
    for asset, fields in (("AAPL.O", reuters), ("AAPL US Equity", bloomberg)):
        frame = BARS.rename(columns=dict(zip(PARTS, fields, strict=True)))
        check(read_market(pd.concat({asset: frame}, axis=1)), asset=asset)


def test_years_and_months_beside_dates_are_left_alone():
    frame = pd.DataFrame({"date": DAYS, "SPX": bars().close.to_numpy(), "year": DAYS.year, "month": DAYS.month})
    market = read_market(frame, covariates=["month"], value_columns=["SPX"])
    np.testing.assert_array_equal(market.dates, STAMPS)
    assert market.names == ("SPX", "month")


@pytest.mark.parametrize("freq", ["Q", "M", "D"])
def test_periods_are_dates_of_their_beginnings(freq):
    index = pd.period_range("2000-01-01", periods=T, freq=freq)
    market = read_market(pd.DataFrame({"GDP": bars().close.to_numpy()}, index=index))
    np.testing.assert_array_equal(market.dates, index.start_time.to_numpy().astype("datetime64[ns]"))
