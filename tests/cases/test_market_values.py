"""Values of market series that are wrong, or can be read in several ways: what is made of them, and what is said."""

import json

import numpy as np
import pandas as pd
import pytest

from synthdiff import SeriesDiffusion
from synthdiff.codecs.series.price import PriceCodec
from synthdiff.data.market import read_market
from synthdiff.data.portfolio import resolve_weights
from synthdiff.errors import ConfigError, DataError
from synthdiff.finance.stress import StressTest
from tests.cli.shop import run

T, AT = 700, 300
DAYS = pd.bdate_range("2021-01-04", periods=T)
WHEN = str(DAYS[AT])[:10]
RNG = np.random.default_rng(11)
STEPS = 0.012 * RNG.standard_t(5, (T, 5))
PRICES = pd.DataFrame(100.0 * np.exp(STEPS.cumsum(axis=0)), index=DAYS, columns=["AAPL", "MSFT", "JNJ", "KO", "XOM"])
RETURNS = PRICES.pct_change().dropna()


def reverting(pull, seed=0):
    """The logarithm of something that comes back to its mean."""
    noise, y = np.random.default_rng(seed).normal(0.0, 0.05, T), np.zeros(T)
    for t in range(1, T):
        y[t] = (1.0 - pull) * y[t - 1] + noise[t]
    return y


def one(name, values=None):
    return pd.DataFrame({name: PRICES["AAPL"].to_numpy() if values is None else values}, index=DAYS)


def with_cells(frame, rows, value, column=0):
    frame = frame.copy()
    frame.iloc[rows, column] = value(frame.iloc[rows, column]) if callable(value) else value
    return frame


def said(market, *words):
    return [f for f in market.findings if all(word in str(f) for word in words)]


class TestOneBadCell:
    @pytest.mark.parametrize("name", ["Close", "AAPL", "x0", "value", "S&P 500"])
    @pytest.mark.parametrize(
        "value", [0.0, -1.0, -99.0, 9_999.0, lambda x: 10 * x, lambda x: x / 100, lambda x: 1_000 * x, lambda x: x / 2]
    )
    def test_of_a_price_is_missing_and_said(self, name, value):
        market = read_market(with_cells(one(name), AT, value))
        assert market.roles == ("price",)
        assert np.flatnonzero(np.isnan(market.values[:, 0])).tolist() == [AT]
        (finding,) = [f for f in market.findings if f.column == name]
        assert finding.when == WHEN
        assert "taken for missing" in finding.text

    @pytest.mark.parametrize(
        "value", [0.0, -1.0, 99_999.0, lambda x: 100 * x, lambda x: x.to_numpy() * [10, 10, 10, 10]]
    )
    def test_a_stretch_of_them(self, value):
        market = read_market(with_cells(PRICES, slice(AT, AT + 4), value))
        assert market.roles == ("price",) * 5
        assert np.argwhere(np.isnan(market.values)).tolist() == [[AT + k, 0] for k in range(4)]
        assert said(market, WHEN, "4 values from", "missing")

    @pytest.mark.parametrize("sentinel", [0.0, -1.0, 9_999.0])
    def test_a_sentinel_again_and_again(self, sentinel):
        rows = np.arange(20, T, 50)
        market = read_market(with_cells(one("x0"), rows, sentinel))
        assert market.roles == ("price",)
        assert np.flatnonzero(np.isnan(market.values[:, 0])).tolist() == rows.tolist()
        assert said(market, "9 more such values")

    def test_cells_that_changed_places(self):
        frame = PRICES.assign(MSFT=3.0 * PRICES.MSFT)
        frame.iloc[AT, [0, 1]] = frame.iloc[AT, [1, 0]].to_numpy()
        market = read_market(frame)
        assert np.argwhere(np.isnan(market.values)).tolist() == [[AT, 0], [AT, 1]]

    def test_crashes_and_rebounds_stay(self):
        steps = STEPS[:, 0].copy()
        steps[AT] = -0.228  # October 1987
        steps[500:510] = [-0.1, 0.09, -0.13, 0.09, -0.12, 0.06, 0.09, -0.05, 0.06, 0.05]  # March 2020
        frame = one("SPX", 100.0 * np.exp(steps.cumsum()))
        assert not np.isnan(read_market(frame).values).any()
        wild = 0.06 * np.random.default_rng(5).standard_t(3, T)
        wild[AT : AT + 2] = -0.5, 0.4
        assert not np.isnan(read_market(one("BTC-USD", 1e4 * np.exp(wild.cumsum()))).values).any()

    def test_a_last_price_out_of_line_is_kept_and_said(self):
        market = read_market(with_cells(one("AAPL"), T - 1, lambda x: 10 * x))
        assert not np.isnan(market.values).any()
        assert said(market, str(DAYS[-1])[:10], "last price", "out of line")

    def test_zeros_before_the_listing_and_after_the_end(self):
        frame = with_cells(with_cells(PRICES, slice(0, 100), 0.0), slice(600, T), 0.0, column=1)
        market = read_market(frame)
        assert np.isnan(market.values[:100, 0]).all()
        assert np.isnan(market.values[600:, 1]).all()
        assert np.isnan(market.values).sum() == 200
        assert said(market, "100 zeros before the first price")
        assert said(market, "100 zeros after the last price")

    def test_many_are_refused_with_date_and_count(self):
        with pytest.raises(DataError, match=f"100 of its 700 values are not positive, the first one 0 at {WHEN}"):
            read_market(with_cells(one("Close"), slice(AT, AT + 100), 0.0))

    def test_many_in_a_column_without_a_name_make_a_level_of_which_it_is_not_sure(self):
        market = read_market(with_cells(one("x0"), slice(AT, AT + 100), 0.0))
        assert market.roles == ("level",)
        assert said(market, "not sure", "100 values are 0", "--values x0=price")

    def test_of_a_level(self):
        frame = one("DGS10", 3.5 * np.exp(0.3 * reverting(0.02)))
        for value in (0.0, -99.0, 350.0):
            market = read_market(with_cells(frame, AT, value))
            assert np.flatnonzero(np.isnan(market.values[:, 0])).tolist() == [AT]
            assert said(market, "DGS10", WHEN)
        kept = read_market(with_cells(frame, AT, 0.0), values={"DGS10": "level"})
        assert not np.isnan(kept.values).any()

    def test_of_bars(self):
        close = PRICES["AAPL"].to_numpy()
        bars = pd.DataFrame({"Open": close, "High": 1.01 * close, "Low": 0.99 * close, "Close": close}, index=DAYS)
        market = read_market(with_cells(bars, AT, 0.0, column=3))
        assert np.isnan(market.values[AT]).all()
        assert np.isnan(market.values).sum() == 4
        assert np.isnan(read_market(with_cells(bars, AT, 1e4, column=1)).values).sum() == 1

    @pytest.mark.parametrize("name", ["ret", "x0", "SPX"])
    @pytest.mark.parametrize("value", [-1.0, 9.0, -9_999.0])
    def test_of_returns(self, name, value):
        frame = RETURNS[["AAPL"]].set_axis([name], axis=1)
        market = read_market(with_cells(frame, AT, value))
        assert market.roles == ("return",)
        assert np.flatnonzero(np.isnan(market.values[:, 0])).tolist() == [AT]
        assert said(market, name, str(RETURNS.index[AT])[:10], "out of all proportion")

    def test_of_log_returns(self):
        frame = with_cells(np.log1p(RETURNS[["AAPL"]]).set_axis(["log_ret"], axis=1), AT, -1.0)
        market = read_market(frame)
        assert market.conventions == {"log_ret": "log"}
        assert np.flatnonzero(np.isnan(market.values[:, 0])).tolist() == [AT]

    def test_of_the_prices_that_returns_were_made_of(self):
        frame = with_cells(one("x0"), AT, lambda x: 10 * x).pct_change().dropna()
        market = read_market(frame)
        assert np.flatnonzero(np.isnan(market.values[:, 0])).tolist() == [AT - 1, AT]

    def test_infinite_returns_are_refused(self):
        with pytest.raises(DataError, match="'x0', row 300 is inf; replace"):
            read_market(with_cells(RETURNS[["AAPL"]].set_axis(["x0"], axis=1), 300, np.inf))

    @pytest.mark.parametrize("word", ["inf", "-inf", "Infinity", "#DIV/0!", "n/t", "suspended"])
    def test_of_words_among_numbers(self, word):
        market = read_market(with_cells(PRICES.astype({"AAPL": str}), AT, word))
        assert np.argwhere(np.isnan(market.values)).tolist() == [[AT, 0]]
        assert said(market, "AAPL", WHEN, repr(word))

    def test_a_forecast_reads_its_history_the_same_way(self):
        market = read_market(PRICES)
        again = read_market(with_cells(PRICES, AT, 0.0), like=market.rows(0, 0))
        assert np.argwhere(np.isnan(again.values)).tolist() == [[AT, 0]]
        model = SeriesDiffusion(preset="fast", max_steps=2, random_state=0).fit(PRICES)
        with pytest.warns(UserWarning, match=f"the history: AAPL, {WHEN}: the value 0 is not positive"):
            paths = model.forecast(with_cells(PRICES, AT, 0.0), horizon=3, n_paths=2)
        assert np.isfinite(paths.values).all()


class TestRows:
    def test_repeated_rows_are_counted(self):
        market = read_market(pd.concat([PRICES, PRICES.iloc[5:9]]))
        assert len(market.values) == T
        assert said(market, "4 rows that repeat others are dropped")

    def test_order_is_said(self):
        assert said(read_market(PRICES.iloc[::-1]), "from the newest to the oldest")
        assert said(read_market(PRICES.sample(frac=1.0, random_state=0)), "dated before the row above")
        assert not read_market(PRICES).findings


class TestPriceOrLevel:
    @pytest.mark.parametrize("name", ["MTUM", "Close", "price", "px_last", "nav", "BRK.B", "EURUSD", "S&P 500", "Gold"])
    def test_what_is_named_like_a_price_is_one_though_it_came_back(self, name):
        frame = one(name, 100.0 * np.exp(0.2 * reverting(0.04)))
        market = read_market(frame)
        assert market.roles == ("price",)
        assert market.reasons[name].certainty != "unsure"
        silent = read_market(one("x0", frame[name].to_numpy()))
        assert silent.roles == ("level",)
        assert said(silent, "not sure", "--values x0=price")

    @pytest.mark.parametrize(
        "name", ["VIX", "US10Y", "DGS10", "T10Y2Y", "10Y yield", "SOFR", "implied vol", "PE ratio", "unemployment"]
    )
    def test_a_level_beside_five_prices_stays_one(self, name):
        market = read_market(PRICES.assign(**{name: 18.0 * np.exp(reverting(0.03))}))
        assert market.roles == ("price",) * 5 + ("level",)
        assert market.reasons[name].text.startswith("by its name")

    def test_yields_that_wander_are_levels(self):
        market = read_market(PRICES.assign(US10Y=3.5 + 0.03 * RNG.normal(size=T).cumsum()))
        assert market.roles[-1] == "level"

    def test_reasons_reach_inspect(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        frame = one("x0", 100.0 * np.exp(0.2 * reverting(0.04))).assign(
            Close=PRICES["KO"], VIX=20.0 + RNG.normal(size=T)
        )
        frame.rename_axis("date").to_csv("data.csv")
        facts = json.loads(run("inspect", "data.csv", "--series", "--json").stdout)
        assert [(c["role"], c["certainty"]) for c in facts["columns"]] == [
            ("level", "unsure"),
            ("price", "certain"),
            ("level", "certain"),
        ]
        shown = " ".join(run("inspect", "data.csv", "--series").stdout.split())
        assert "not sure" in shown
        assert "--values x0=price" in shown


class TestConventions:
    def test_returns_are_simple_unless_something_says_otherwise(self):
        for name, convention in (("ret", "simple"), ("x0", "simple"), ("log_ret", "log"), ("pct_change", "simple")):
            market = read_market(RETURNS[["AAPL"]].set_axis([name], axis=1))
            assert market.conventions == {name: convention}
            assert len(said(market, "simple returns")) == (name in ("ret", "x0"))
        assert read_market(RETURNS, returns="log").conventions == dict.fromkeys(RETURNS.columns, "log")
        assert not read_market(RETURNS, returns="simple").findings

    def test_the_option_says_so(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        RETURNS.rename_axis("date").to_csv("returns.csv")
        for word, learnt in ((), "hold simple returns"), (("--returns", "log"), "log return"):
            facts = json.loads(run("inspect", "returns.csv", "--series", "--json", *word).stdout)
            assert facts["columns"][0]["learnt"].endswith(learnt)
            assert bool(facts["findings"]) is not bool(word)
        assert "--returns is for market series" in " ".join(
            run("inspect", "returns.csv", "--returns", "log").stderr.split()
        )

    @pytest.mark.parametrize("name", ["ret", "AAPL", "Change %"])
    def test_percent_is_told_by_its_size(self, name):
        market = read_market(100.0 * RETURNS[["AAPL"]].set_axis([name], axis=1))
        assert market.conventions == {name: "percent"}
        assert said(market, "percent", "--returns simple")

    def test_percent_without_a_name_is_refused_and_can_be_said(self):
        frame = 100.0 * RETURNS[["AAPL"]].set_axis(["x0"], axis=1)
        with pytest.raises(DataError, match="divide by 100 or say returns='percent'"):
            read_market(frame)
        assert read_market(frame, values="return", returns="percent").conventions == {"x0": "percent"}

    @pytest.mark.parametrize(("returns", "scale"), [("simple", 1.0), ("log", 1.0), ("percent", 100.0)])
    def test_values_come_back_as_they_went_in(self, returns, scale):
        frame = scale * RETURNS
        market = read_market(frame, values="return", returns=returns)
        codec = PriceCodec.fit(market, "historical")
        codec = PriceCodec.from_dict(json.loads(json.dumps(codec.to_dict())))
        steps = codec.encode(market.values)[None]
        np.testing.assert_allclose(codec.decode(steps, np.full(5, np.nan))[0], frame.to_numpy(), atol=1e-12)
        logs = frame.to_numpy() / scale
        np.testing.assert_allclose(codec.returns(steps)[0], logs if returns == "log" else np.log1p(logs), atol=1e-12)
        assert codec.layout.conventions == dict.fromkeys(frame.columns, returns)

    def test_older_files_hold_log_returns(self):
        record = PriceCodec.fit(read_market(RETURNS, returns="log"), "historical").to_dict()
        for series in record["series"]:
            del series["convention"]
        assert set(PriceCodec.from_dict(record).layout.conventions.values()) == {"log"}

    def test_a_simple_return_of_a_total_loss_is_refused_if_there_are_many(self):
        frame = with_cells(RETURNS[["AAPL"]].set_axis(["ret"], axis=1), slice(AT, AT + 100), -1.0)
        with pytest.raises(DataError, match=r"return -1 at .*100 such values.*returns='log'"):
            read_market(frame)

    def test_a_model_keeps_the_convention(self, tmp_path):
        model = SeriesDiffusion(preset="fast", max_steps=2, values="return", returns="simple", random_state=0)
        model.fit(RETURNS).save(tmp_path / "m.synthdiff")
        again = SeriesDiffusion.load(tmp_path / "m.synthdiff")
        assert again.returns == "simple"
        paths = again.sample(4, 5, random_state=0)
        np.testing.assert_allclose(paths.values, np.expm1(paths.returns))
        rows = again.sample(n_samples=20, random_state=0)
        assert rows.shape == (20, 5)
        assert rows.min() > -1.0

    def test_weights_of_60_and_40_are_percent(self):
        assets, kinds = ("SPX", "GOLD"), ("return", "return")
        np.testing.assert_allclose(resolve_weights({"SPX": 60, "GOLD": 40}, assets, kinds), [0.6, 0.4])
        np.testing.assert_allclose(resolve_weights([130, -30], assets, kinds), [1.3, -0.3])
        np.testing.assert_allclose(resolve_weights([1.3, -0.3], assets, kinds), [1.3, -0.3])
        assert StressTest({"SPX": 60, "GOLD": 40}).portfolio == {"SPX": 0.6, "GOLD": 0.4}
        with pytest.raises(ConfigError, match="add up to 60.*write 60 % as 0.6"):
            resolve_weights({"SPX": 60}, assets, kinds)


class TestLooks:
    @pytest.mark.parametrize(
        ("factor", "word"), [(2.0, "2:1"), (3.0, "3:1"), (1.5, "3:2"), (4.0, "4:1"), (10.0, "10:1"), (0.05, "1:20")]
    )
    def test_splits_are_named_and_adjusted_on_request(self, factor, word):
        frame = with_cells(PRICES, slice(0, AT), lambda x: factor * x)
        market = read_market(frame)
        assert said(market, "AAPL", WHEN, f"a {word} split", "--adjust-splits")
        np.testing.assert_array_equal(market.values, frame.to_numpy())
        adjusted = read_market(frame, adjust_splits=True)
        np.testing.assert_allclose(adjusted.values, PRICES.to_numpy())
        assert said(adjusted, "adjusted")

    def test_the_option_to_adjust_splits_is_kept_with_the_model(self, tmp_path):
        frame = with_cells(PRICES, slice(0, AT), lambda x: 2.0 * x)
        model = SeriesDiffusion(preset="fast", max_steps=2, adjust_splits=True, random_state=0).fit(frame)
        model.save(tmp_path / "m.synthdiff")
        assert SeriesDiffusion.load(tmp_path / "m.synthdiff").adjust_splits
        assert any("adjusted" in warning for warning in model.warnings_)

    def test_a_crash_is_no_split(self):
        steps = STEPS[:, 0].copy()
        steps[AT], steps[AT + 1 : AT + 30] = -0.68, 5.0 * steps[AT + 1 : AT + 30]
        assert not said(read_market(one("AAPL", 100.0 * np.exp(steps.cumsum()))), "split")

    def test_bars_are_adjusted_as_a_whole(self):
        close = PRICES["AAPL"].to_numpy()
        bars = pd.DataFrame({"Open": close, "High": 1.01 * close, "Low": 0.99 * close, "Close": close}, index=DAYS)
        bars = bars.assign(Volume=1e6 + np.arange(T))
        split = bars.copy()
        split.iloc[:AT, :4] *= 2.0
        split.iloc[:AT, 4] /= 2.0
        np.testing.assert_allclose(read_market(split, adjust_splits=True).values, bars.to_numpy())

    def test_prices_that_stand_still(self):
        frame = with_cells(PRICES, slice(AT, AT + 20), PRICES.iloc[AT, 0])
        assert said(read_market(frame), "AAPL", WHEN, "stands still for 19 steps")
        frame = with_cells(PRICES, slice(600, T), PRICES.iloc[600, 1], column=1)
        assert said(read_market(frame), "MSFT", "filled forward after the last trade")
        pegged = PRICES.assign(HKD=np.where(np.arange(T) % 5 == 0, 7.8 + 0.001 * RNG.normal(size=T), np.nan))
        assert said(read_market(pegged.ffill()), "HKD", "pegged or hardly traded")

    def test_an_asset_that_ended_early(self):
        assert said(read_market(with_cells(PRICES, slice(500, T), np.nan)), "AAPL", "200 steps before the end")

    @pytest.mark.parametrize(
        "name", ["Volume", "AAPL Volume", "Vol.", "Umsatz", "Turnover", "Dividends", "Stock Splits"]
    )
    def test_what_is_no_asset_is_left_out(self, name):
        market = read_market(PRICES.assign(**{name: RNG.integers(10**6, 10**7, T)}))
        assert market.names == tuple(PRICES.columns)
        assert said(market, name, "no asset")
        given = read_market(PRICES.assign(**{name: RNG.integers(10**6, 10**7, T)}), values={name: "level"})
        assert given.names[-1] == name

    def test_a_history_of_yahoo(self):
        close = PRICES["AAPL"].to_numpy()
        frame = pd.DataFrame({"Open": close, "High": close, "Low": close, "Close": close}, index=DAYS)
        market = read_market(frame.assign(Volume=10**6, Dividends=0.0, **{"Stock Splits": 0.0}))
        assert market.names == ("Open", "High", "Low", "Close", "Volume")
        said = " ".join(map(str, market.findings))
        assert "'Dividends'" in said
        assert "'Stock Splits'" in said
