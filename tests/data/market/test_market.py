import datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from synthdiff.data.io import read_table
from synthdiff.data.market import MIN_ROWS, read_market
from synthdiff.errors import ConfigError, DataError, SchemaError, UnseenCategoryError, WindowError

T = 64
DAYS = pd.bdate_range("2024-01-01", periods=T)
STAMPS = DAYS.to_numpy().astype("datetime64[ns]")


def prices(n_assets=2, n_rows=T, seed=0):
    return 100.0 * np.exp(np.random.default_rng(seed).normal(0.0, 0.01, (n_rows, n_assets)).cumsum(0))


WIDE = pd.DataFrame(prices(), index=DAYS, columns=["SPX", "NDX"])
LONG = pd.DataFrame({"unique_id": np.repeat(["SPX", "NDX"], T), "ds": np.tile(DAYS, 2), "y": WIDE.to_numpy().T.ravel()})


def bars(seed=0, n_rows=T):
    rng = np.random.default_rng(seed)
    close = prices(1, n_rows, seed)[:, 0]
    opened = close * np.exp(rng.normal(0.0, 0.005, n_rows))
    high = np.maximum(opened, close) * np.exp(rng.exponential(0.003, n_rows) * (rng.random(n_rows) < 0.8))
    low = np.minimum(opened, close) * np.exp(-rng.exponential(0.003, n_rows))
    columns = {"open": opened, "high": high, "low": low, "close": close, "adjclose": close}
    return pd.DataFrame({**columns, "volume": rng.integers(0, 10**9, n_rows)})


def named(index_name):
    return WIDE.rename_axis(index_name)


@pytest.mark.parametrize(
    "frame",
    [
        WIDE,
        named("Date"),
        WIDE.tz_localize("America/New_York"),
        named("day").reset_index(),
        named("date").reset_index().astype({"date": str}),
        named("date").reset_index().assign(date=lambda x: x.date.dt.strftime("%d/%m/%Y")),
        named("date").reset_index().assign(date=lambda x: x.date.dt.strftime("%m/%d/%Y")),
        named("date").reset_index().assign(date=lambda x: x.date.dt.strftime("%b %d, %Y")),
        named("date").reset_index().assign(date=lambda x: x.date.dt.strftime("%Y%m%d").astype(int)),
        named("date").reset_index().assign(date=lambda x: x.date.dt.date),
        named("date").reset_index().assign(date=lambda x: x.date.astype("datetime64[s]").astype("int64")),
        named("date").reset_index().assign(date=lambda x: x.date.dt.strftime("%Y-%m-%d 00:00:00-05:00")),
        named("date").reset_index().assign(**{"Unnamed: 0": range(T)}),
        named("date").reset_index().sample(frac=1.0, random_state=0),
        pd.concat([WIDE, WIDE.iloc[3:9]]),
        pl.from_pandas(named("date").reset_index()),
        pl.from_pandas(named("date").reset_index()).lazy(),
        pa.Table.from_pandas(named("date").reset_index()),
        pa.Table.from_pandas(WIDE),
    ],
)
def test_wide_frames_of_any_kind_are_the_same_market(frame):
    market = read_market(frame)
    assert market.names == market.assets == ("SPX", "NDX")
    assert market.roles == ("price", "price")
    assert market.dates.dtype == "datetime64[ns]"
    np.testing.assert_array_equal(market.dates, STAMPS)
    np.testing.assert_array_equal(market.values, WIDE.to_numpy())


@pytest.mark.parametrize(
    ("frame", "names"),
    [
        (LONG, {}),
        (LONG.rename(columns={"unique_id": "item_id", "ds": "timestamp", "y": "target"}), {}),
        (LONG.sample(frac=1.0, random_state=0).sort_values("unique_id", ascending=False), {}),
        (LONG.rename(columns={"unique_id": "who", "ds": "when", "y": "what"}), {}),
        (
            LONG.rename(columns={"unique_id": "who", "ds": "when", "y": "what"}).assign(note="x", n=range(2 * T)),
            {"id_column": "who", "time_column": "when", "value_columns": ["what"]},
        ),
        (LONG.astype({"unique_id": "category"}), {}),
        (pl.from_pandas(LONG), {}),
        (LONG.set_index(["unique_id", "ds"]), {}),
        (pd.concat([LONG, LONG.iloc[5:7]]), {}),
    ],
)
def test_long_panels_are_the_same_market(frame, names):
    market = read_market(frame, **names)
    assert market.names == ("SPX", "NDX")
    np.testing.assert_array_equal(market.dates, STAMPS)
    np.testing.assert_array_equal(market.values, WIDE.to_numpy())


def test_panels_are_aligned_on_the_union_of_their_dates():
    short = LONG.drop(index=[0, 1, 2, 30]).drop(index=[T + 7, T + 30])
    market = read_market(short)
    assert np.isnan(market.values[:3, 0]).all()
    assert np.isnan(market.values[7, 1])
    assert len(market.dates) == T - 1  # the day on which neither was observed is no step
    np.testing.assert_array_equal(market.values[3:7], WIDE.to_numpy()[3:7])


def test_integer_items_are_names():
    market = read_market(LONG.assign(unique_id=LONG.unique_id.map({"SPX": 500, "NDX": 100})))
    assert market.names == ("500", "100")


def test_several_columns_of_a_panel_are_assets_of_their_own():
    market = read_market(LONG.assign(z=-LONG.y + 100.0), values={"SPX z": "level", "NDX z": "level"})
    assert market.names == ("SPX y", "SPX z", "NDX y", "NDX z")
    assert market.assets == market.names
    assert market.roles == ("price", "level", "price", "level")


@pytest.mark.parametrize(
    "style", [str, str.title, str.upper, lambda name: name.title().replace("Adjclose", "Adj Close")]
)
def test_bars_of_one_asset(style):
    frame = bars().rename(columns=style).set_index(DAYS)
    market = read_market(frame)
    assert market.names == tuple(frame.columns)
    assert market.assets == (style("close"),) * 6
    assert market.roles == ("open", "high", "low", "close", "price", "volume")
    np.testing.assert_array_equal(market.values, frame.to_numpy())


def test_numbered_steps_are_no_series():
    market = read_market(WIDE.reset_index(drop=True).assign(time=range(T)))
    assert (market.names, market.dates) == (("SPX", "NDX"), None)


def test_bars_without_dates_keep_their_order():
    market = read_market(bars())
    assert market.dates is None
    np.testing.assert_array_equal(market.values, bars().to_numpy())


def test_a_panel_of_bars():
    frame = pd.concat([bars(seed).assign(Ticker=name, Date=DAYS) for seed, name in enumerate(["AAPL", "KO"])])
    market = read_market(frame)
    assert market.names[:2] == ("AAPL open", "AAPL high")
    assert market.assets == ("AAPL",) * 6 + ("KO",) * 6
    assert market.roles[6:] == ("open", "high", "low", "close", "price", "volume")
    again = read_market(pd.DataFrame(market.values, columns=market.names, index=market.dates))
    assert (again.assets, again.roles) == (market.assets, market.roles)


def test_a_close_with_its_volume_is_one_asset_beside_others():
    frame = bars()[["close", "volume"]].assign(VIX=prices(1, seed=5)[:, 0])
    market = read_market(frame)
    assert market.assets == ("close", "close", "VIX")
    assert market.roles == ("close", "volume", "level")


def test_bars_can_be_read_as_plain_levels():
    market = read_market(bars().drop(columns="volume"), values="level")
    assert set(market.roles) == {"level"}
    assert market.assets == market.names


def test_roles_are_inferred_and_can_be_said():
    rng = np.random.default_rng(3)
    n = 500
    yields = np.empty(n)
    yields[0] = 0.5
    for t in range(1, n):
        yields[t] = yields[t - 1] + rng.normal(0.0, 0.05)
    frame = pd.DataFrame(
        {
            "SPX": prices(1, n)[:, 0],
            "ret": rng.standard_t(4, n) * 0.01,
            "spread": yields - yields.mean(),
            "load": 50.0 + 10.0 * np.sin(np.arange(n) / 4.0) + rng.normal(0.0, 3.0, n),
        }
    )
    assert read_market(frame).roles == ("price", "return", "level", "level")
    assert read_market(frame, values={"load": "price"}).roles == ("price", "return", "level", "price")
    assert read_market(frame, values="level").roles == ("level",) * 4


def test_a_price_that_fails_the_test_by_chance_goes_with_the_others():
    stationary = 100.0 + np.random.default_rng(0).normal(0.0, 1.0, MIN_ROWS)
    assert read_market(pd.DataFrame({"x": stationary})).roles == ("level",)
    assert read_market(WIDE.iloc[:MIN_ROWS].assign(x=stationary)).roles == ("price",) * 3


def test_covariates_come_along():
    regime = np.where(np.arange(T) < 20, "crisis", "calm")
    market = read_market(WIDE.assign(regime=regime, open_day=True), covariates=["regime", "open_day"])
    assert market.names == ("SPX", "NDX", "regime", "open_day")
    assert market.roles == ("price", "price", "covariate", "covariate")
    assert market.labels == {"regime": ("calm", "crisis")}
    np.testing.assert_array_equal(market.values[:, 2], regime == "crisis")
    np.testing.assert_array_equal(market.values[:, 3], 1.0)


def test_a_covariate_that_all_items_share_is_one_column():
    frame = LONG.assign(vix=np.tile(np.arange(T), 2), rating=np.repeat(["A", "B"], T))
    market = read_market(frame, covariates=["vix", "rating"])
    assert market.names == ("SPX", "SPX rating", "NDX", "NDX rating", "vix")
    assert market.labels == {"SPX rating": ("A", "B"), "NDX rating": ("A", "B")}
    np.testing.assert_array_equal(market.values[:, -1], np.arange(T))


def test_like_takes_the_same_columns_for_the_same():
    frame = WIDE.assign(regime=np.where(np.arange(T) < 20, "crisis", "calm"))
    market = read_market(frame, covariates=["regime"])
    few = read_market(frame.iloc[-5:, ::-1].assign(extra=1.0), like=market.rows(0, 0))
    assert (few.names, few.roles, few.labels) == (market.names, market.roles, market.labels)
    np.testing.assert_array_equal(few.values, market.values[-5:])
    np.testing.assert_array_equal(few.dates, market.dates[-5:])
    with pytest.raises(SchemaError, match="no series 'SPX', which the fit had"):
        read_market(frame.drop(columns="SPX"), like=market)
    with pytest.raises(UnseenCategoryError, match="'boom', which was not there"):
        read_market(frame.assign(regime="boom"), like=market)


def test_rows_are_a_slice_of_all():
    market = read_market(WIDE).rows(10, 20)
    np.testing.assert_array_equal(market.values, WIDE.to_numpy()[10:20])
    np.testing.assert_array_equal(market.dates, STAMPS[10:20])


def with_cell(frame, row, column, value):
    frame = frame.astype({column: object}) if isinstance(value, str) else frame.copy()
    frame.loc[frame.index[row], column] = value
    return frame


@pytest.mark.parametrize(
    ("frame", "arguments", "error", "words"),
    [
        (WIDE.iloc[: MIN_ROWS - 1], {}, WindowError, "59 rows; a market needs at least 60"),
        (WIDE.assign(NDX=WIDE.NDX.where(np.arange(T) > 40)), {}, WindowError, "'NDX' has 23 observed"),
        (WIDE.assign(note="x"), {}, SchemaError, "'note' holds string such as 'x', which is no number"),
        (WIDE.assign(ok=True), {}, SchemaError, "'ok' holds bool such as True"),
        (WIDE.assign(none=None), {}, SchemaError, "'none' has no values"),
        (WIDE.assign(flat=3.0), {}, DataError, "'flat' is 3 in all rows"),
        (named("date").reset_index()[["date"]], {}, SchemaError, "no column holds the numbers"),
        (with_cell(WIDE, 4, "SPX", np.inf), {}, DataError, "'SPX', row 4 is inf"),
        (WIDE.assign(SPX=WIDE.SPX.where(np.arange(T) % 4 != 0, -1.0)), {"values": "price"}, DataError,
         "price -1 at 2024-01-01, .*16 such values.*values='level'"),
        (WIDE, {"values": "prize"}, ConfigError, "got 'prize'"),
        (WIDE, {"values": {"SPY": "price"}}, SchemaError, "'SPY', which is no series"),
        (WIDE, {"time_column": "when"}, SchemaError, "no column 'when'"),
        (WIDE, {"time_column": "SPX"}, DataError, "'SPX' holds double, which is no date"),
        (WIDE, {"covariates": ["vix"]}, SchemaError, "no column 'vix'"),
        (WIDE.assign(other=DAYS), {}, SchemaError, "'other' and '__index_level_0__' hold dates"),
        (pd.concat([WIDE, WIDE.iloc[[3]] * 1.1]), {}, DataError, "two rows at 2024-01-04 have different numbers"),
        (pd.concat([LONG, LONG.iloc[[3]].assign(y=1.0)]), {}, DataError, "two rows of 'SPX' at 2024-01-04"),
        (LONG.drop(columns="ds"), {}, SchemaError, "no column tells when"),
        (LONG.assign(ds=range(2 * T)), {"time_column": "ds"}, DataError, "'ds' holds int64, which is no date"),
        (LONG.assign(unique_id=LONG.unique_id.where(LONG.index != 5)), {}, DataError, "row 5 does not tell whose"),
        (LONG.assign(sector="x", unique_id=LONG.unique_id), {}, SchemaError, "'sector' holds string"),
        (named("date").reset_index().astype({"date": str}).pipe(with_cell, 40, "date", "2024-13-01"), {}, DataError,
         "row 40: '2024-13-01' is not written like the other dates"),
        (named("date").reset_index().pipe(with_cell, 5, "date", pd.NaT), {}, DataError, "'date', row 5 has no date"),
        (WIDE.assign(date="someday"), {}, DataError, "'date' holds 'someday', which is no date"),
        (WIDE.set_axis(["a", "b"], axis=1).pct_change().dropna() * 100.0, {}, DataError,
         "if these are percent, divide by 100"),
        (bars().assign(volume=-1.0), {}, DataError, "volume -1 at row 0"),
        (bars().drop(columns="high"), {}, SchemaError, "lack their high"),
        (bars().assign(Close=1.0), {}, SchemaError, "'close' and 'Close' are both a close"),
        (bars().assign(Rating=np.arange(T)), {}, SchemaError, "'Rating' stand beside the bars"),
        (with_cell(bars(), 7, "high", 90.0), {}, DataError, "'high' is 90 at row 7, below open or close"),
        (with_cell(bars(), 7, "low", 110.0), {}, DataError, "'low' is 110 at row 7, above open or close"),
        ([1.0, 2.0], {}, DataError, "got list"),
        (WIDE.assign(when=datetime.time(9, 30)), {}, SchemaError, "'when' holds time64"),
    ],
)  # fmt: skip
def test_what_is_no_market_is_refused_in_plain_words(frame, arguments, error, words):
    with pytest.raises(error, match=words):
        read_market(frame, **arguments)


def test_ranges_that_miss_by_rounding_are_widened():
    frame = bars()
    frame["high"] = np.maximum(frame.open, frame.close) * (1.0 - 5e-5)
    market = read_market(frame)
    np.testing.assert_array_equal(market.values[:, 1], np.maximum(frame.open, frame.close))


def test_a_csv_file_is_a_market(tmp_path):
    named("Date").to_csv(tmp_path / "prices.csv")
    market = read_market(read_table([tmp_path / "prices.csv"]))
    np.testing.assert_array_equal(market.dates, STAMPS)
    np.testing.assert_allclose(market.values, WIDE.to_numpy(), rtol=1e-12)


def test_an_hour_that_comes_twice_is_told_apart_by_universal_time():
    hours = pd.date_range("2024-11-02", periods=T, freq="h", tz="America/New_York")
    market = read_market(WIDE.set_index(hours))
    assert (np.diff(market.dates) == np.timedelta64(1, "h")).all()
    wall = pd.date_range("2024-06-03 09:30", periods=T, freq="30min", tz="America/New_York")
    assert read_market(WIDE.set_index(wall)).dates[0] == np.datetime64("2024-06-03T09:30")
