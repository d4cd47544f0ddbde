import numpy as np
import pandas as pd
import pytest

from synthdiff.data.paths import Event, Paths
from synthdiff.errors import ConfigError, DataError, SchemaError

N_PATHS, N_STEPS = 30, 5
DATES = np.datetime64("2024-01-02") + np.arange(N_STEPS)


def make(n_paths=N_PATHS, **options):
    returns = 0.02 * np.random.default_rng(0).normal(size=(n_paths, N_STEPS, 2))
    return Paths.of(returns, ["SPX", "US10Y"], **{"start": [100.0, 4.0], "kinds": ["return", "difference"], **options})


def test_values_compound_from_the_start():
    paths = make()
    assert paths.values[..., 0] == pytest.approx(100 * np.exp(np.cumsum(paths.returns[..., 0], axis=1)))
    assert paths.values[..., 1] == pytest.approx(4 + np.cumsum(paths.returns[..., 1], axis=1))
    assert len(paths) == N_PATHS
    assert (paths.n_steps, paths.n_assets) == (N_STEPS, 2)


def test_values_of_prices_only_are_the_same():
    mixed = make(start=[100.0, np.nan], kinds=["return", "return"])
    prices = Paths.of(mixed.returns, mixed.assets, start=[100.0, 1.0])
    assert np.array_equal(mixed.values[..., 0], prices.values[..., 0])
    assert np.array_equal(mixed.values[..., 1], mixed.returns[..., 1])


def test_returns_are_their_own_values():
    paths = make(start=None)
    assert np.array_equal(paths.values, paths.returns)
    assert np.isnan(paths.start).all()


def test_weights_are_made_to_sum_to_one():
    paths = make(weights=np.arange(N_PATHS))
    assert paths.weights.sum() == pytest.approx(1)
    assert paths.weights[2] == pytest.approx(2 * paths.weights[1])
    assert make().effective_size == pytest.approx(N_PATHS)
    assert paths.effective_size < N_PATHS


def test_long_frame():
    frame = make(dates=DATES).to_frame()
    assert frame.dtypes.astype(str).to_dict() == {
        "path": "int64",
        "date": "datetime64[ns]",
        "SPX": "float64",
        "US10Y": "float64",
    }
    assert len(frame) == N_PATHS * N_STEPS
    paths = make()
    cell = frame[(frame["path"] == 3) & (frame["date"] == "2024-01-04")]
    assert cell["SPX"].item() == paths.values[3, 2, 0]
    assert cell["US10Y"].item() == paths.values[3, 2, 1]


def test_long_frame_has_steps_and_weights():
    paths = make(weights=np.r_[2.0, np.ones(N_PATHS - 1)])
    frame = paths.to_frame(returns=True)
    assert list(frame) == ["path", "step", "SPX", "US10Y", "weight"]
    assert frame["step"].tolist() == [1, 2, 3, 4, 5] * N_PATHS
    assert np.array_equal(frame[["SPX", "US10Y"]].to_numpy(), paths.returns.reshape(-1, 2))
    assert frame.groupby("path")["weight"].first().tolist() == paths.weights.tolist()
    frame["SPX"] *= 2  # the caller's own copy


@pytest.mark.parametrize("dates", [None, DATES])
def test_wide_frame(dates):
    paths = make(dates=dates)
    frame = paths.to_frame("wide")
    assert frame.shape == (N_STEPS, 2 * N_PATHS)
    assert isinstance(frame.columns, pd.MultiIndex)
    assert frame.columns.names == ["path", "name"]
    assert frame.index.name == ("step" if dates is None else "date")
    assert frame[7, "US10Y"].tolist() == paths.values[7, :, 1].tolist()
    assert paths.to_table("wide").column_names[:3] == [frame.index.name, "0/SPX", "0/US10Y"]


def test_forms_and_names_of_frames():
    with pytest.raises(ConfigError, match="form 'tall' is not known"):
        make().to_frame("tall")
    with pytest.raises(SchemaError, match="two columns are called 'step'"):
        Paths.of(np.zeros((2, 2, 1)), ["step"]).to_frame()


def test_fan_agrees_with_numpy():
    paths = make(1_000, dates=DATES)
    fan = paths.fan((0.1, 0.5))
    assert fan.quantiles.shape == (2, N_STEPS, 2)
    assert np.array_equal(fan.quantiles, np.quantile(paths.values, [0.1, 0.5], axis=0, method="inverted_cdf"))
    frame = fan.to_frame()
    assert list(frame) == ["name", "date", "10%", "50%"]
    row = frame[(frame["name"] == "US10Y") & (frame["date"] == "2024-01-03")]
    assert row["50%"].item() == fan.quantiles[1, 1, 1]


def test_fan_counts_weights():
    paths = make(weights=np.eye(N_PATHS)[4])
    assert np.array_equal(paths.fan((0.05, 0.95)).quantiles, np.stack([paths.values[4]] * 2))


def test_losses_and_drawdowns():
    paths = make()
    losses = paths.losses()
    assert losses[:, 0] == pytest.approx(1 - paths.values[:, -1, 0] / 100)
    assert losses[:, 1] == pytest.approx(4 - paths.values[:, -1, 1])
    assert paths.losses({"SPX": 0.5})[:, 0] == pytest.approx(1 - paths.portfolio({"SPX": 0.5})[:, -1])
    assert paths.losses({"SPX": 1.0}, "hold")[:, 0] == pytest.approx(losses[:, 0])
    assert paths.drawdowns({"SPX": 1.0})[:, 0] == pytest.approx(paths.drawdowns()[:, 0])
    assert paths.terminal() == pytest.approx(paths.returns.sum(axis=1))


def test_var_es_by_asset_and_of_a_portfolio():
    paths = make(2_000)
    risk = paths.var_es()
    assert risk.names == ("SPX", "US10Y")
    assert risk.var[0, 0] == pytest.approx(np.quantile(paths.losses()[:, 0], 0.95), rel=0.02)
    whole = paths.var_es((0.95,), portfolio={"SPX": 0.5}, rebalance="hold")
    assert whole.names == ("portfolio",)
    assert whole.var[0, 0] == pytest.approx(0.5 * risk.var[0, 0])
    day = paths.var_es((0.95,), horizon=1)
    assert day.var[0, 0] == pytest.approx(risk.var[0, 0] / np.sqrt(N_STEPS), rel=0.2)


def test_head_is_the_first_steps():
    short = make(dates=DATES).head(2)
    assert (short.n_steps, short.values.shape, len(short.dates)) == (2, (N_PATHS, 2, 2), 2)
    assert short.head(None) is short
    with pytest.raises(ConfigError, match="horizon is 3; give an integer from 1 to 2"):
        short.head(3)


def test_take_keeps_proportions():
    paths = make(weights=np.arange(N_PATHS))
    some = paths.take([4, 2])
    assert some.weights == pytest.approx([2 / 3, 1 / 3])
    assert np.array_equal(some.values, paths.values[[4, 2]])
    assert len(paths.take(paths.weights > 0)) == N_PATHS - 1
    for nothing in ([0], []):
        with pytest.raises(DataError, match="weight above 0"):
            paths.take(nothing)


def test_reweight_forgets_the_event():
    event = Event("SPX -30 %", 0.01, (0.0, 0.02), 1000, 50.0)
    paths = make(event=event)
    assert paths.take([1, 2]).event is event
    other = paths.reweight(np.arange(N_PATHS))
    assert other.event is None
    assert other.weights[2] == pytest.approx(2 * other.weights[1])
    with pytest.raises(DataError, match="one for each of the 30 paths"):
        paths.reweight(np.ones(3))


def test_resampling_draws_as_often_as_weights_say():
    weights = np.random.default_rng(1).random(N_PATHS)
    weights[3] = 0
    paths = make(weights=weights)
    drawn = paths.resample(1_000, random_state=7)
    counts = np.array([(drawn.returns == path).all(axis=(1, 2)).sum() for path in paths.returns])
    assert (np.abs(counts - 1_000 * paths.weights) < 1).all()  # systematic: up or down by less than one
    assert drawn.weights == pytest.approx(np.full(1_000, 1e-3))
    assert np.array_equal(drawn.returns, paths.resample(1_000, random_state=7).returns)
    assert not np.array_equal(drawn.returns, paths.resample(1_000, random_state=8).returns)
    with pytest.raises(ConfigError, match="n is 0; give an integer from 1"):
        paths.resample(0)


ZEROS = np.zeros((3, N_STEPS, 2))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"returns": np.zeros((3, 2))}, r"returns have the shape \(3, 2\)"),
        ({"returns": np.zeros((0, 5, 2))}, "none of them 0"),
        ({"assets": ["a"]}, "2 columns, but there are 1 assets"),
        ({"assets": ["a", "a"]}, "two of the assets are called 'a'"),
        ({"kinds": ["return", "price"]}, "say return or difference"),
        ({"names": ["a", "b", "c"]}, "give their values too"),
        ({"values": np.zeros((3, 4, 2))}, r"here \(3, 5, n_columns\)"),
        ({"values": np.zeros((3, 5, 1))}, "1 columns, but there are 2 names"),
        ({"start": [1.0]}, r"start has the shape \(1,\)"),
        ({"dates": DATES[:2]}, r"dates have the shape \(2,\)"),
        ({"dates": DATES[[0, 1, 1, 2, 3]]}, "date 2 is .*, not after"),
        ({"weights": [1, 2]}, "one for each of the 3 paths"),
        ({"weights": [1, -1, 1]}, "weight of path 1 is -1.0"),
        ({"weights": [0, 0, 0]}, "none of the 3 paths"),
        ({"weights": [1, np.nan, 1]}, "weight of path 1 is nan"),
    ],
)
def test_parts_that_do_not_fit(change, message):
    parts = {"returns": ZEROS, "assets": ["a", "b"], **change}
    with pytest.raises(DataError, match=message):
        Paths.of(parts.pop("returns"), parts.pop("assets"), **parts)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_the_first_value_that_is_not_finite_is_named(value):
    returns = ZEROS.copy()
    returns[1, 2, 1] = value
    returns[2, 0, 0] = -value
    with pytest.raises(DataError, match=f"returns of 'b' are {value} at step 3 of path 1") as caught:
        Paths.of(returns, ["a", "b"])
    assert (caught.value.column, caught.value.row) == ("b", 1)


@pytest.mark.parametrize("returns", ["x", [["a"]], None, [[1.0], [1.0, 2.0]], [[object()]]])
def test_what_is_no_array_of_numbers(returns):
    with pytest.raises(DataError, match="returns"):
        Paths.of(returns, ["SPX"])
    with pytest.raises(DataError, match="weights are"):
        Paths.of(np.zeros((2, 3, 1)), ["SPX"]).reweight("x")
