import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synthdiff.codecs.series.price import PriceCodec
from synthdiff.data.market import Market, read_market
from synthdiff.errors import ConfigError, DataError

SETTINGS = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
DATES = pd.bdate_range("2020-01-01", periods=300).to_numpy().astype("datetime64[ns]")


def market(values, roles, names=None, assets=None, dates=None):
    values = np.asarray(values, dtype=np.float64)
    names = tuple(f"s{c}" for c in range(values.shape[1])) if names is None else names
    return Market(names, values, dates, names if assets is None else assets, tuple(roles))


def reload(codec):
    return PriceCodec.from_dict(json.loads(json.dumps(codec.to_dict())))


def walk(n=300, n_assets=2, seed=0, scale=0.01):
    return 100.0 * np.exp(np.random.default_rng(seed).normal(0.001, scale, (n, n_assets)).cumsum(0))


def stationary(n=300, seed=1):
    return 5.0 + np.random.default_rng(seed).normal(0.0, 2.0, n)


def mixed(n=300):
    """A price, a level that wanders, a return, a level that does not, a covariate."""
    rng = np.random.default_rng(4)
    columns = [walk(n, 1)[:, 0], rng.normal(size=n).cumsum(), rng.normal(0, 0.01, n), stationary(n), rng.random(n)]
    return market(np.column_stack(columns), ("price", "level", "return", "level", "covariate"))


def test_channels_are_log_returns_differences_and_levels_as_they_are():
    given_ = mixed()
    codec = PriceCodec.fit(given_, "historical")
    assert [(c.name, c.kind, c.persistent) for c in codec.channels] == [
        ("s0", "return", False), ("s1", "difference", False), ("s2", "return", False), ("s3", "difference", True),
        ("s4", "covariate", False),
    ]  # fmt: skip
    assert (codec.n_assets, codec.lag, codec.assets) == (4, 1, ("s0", "s1", "s2", "s3"))
    assert codec.kinds == ("return", "difference", "return", "difference")
    x, steps = given_.values, codec.encode(given_.values)
    assert steps.shape == (299, 5)
    raw = np.diff(np.log(x[:, 0]))
    np.testing.assert_allclose(steps[:, 0], raw - raw.mean(), atol=1e-14)
    np.testing.assert_allclose(steps[:, 1], np.diff(x[:, 1]) - np.diff(x[:, 1]).mean(), atol=1e-12)
    np.testing.assert_allclose(steps[:, 2], x[1:, 2] - x[:, 2].mean(), atol=1e-14)
    np.testing.assert_allclose(steps[:, 3], ((x[:, 3] - x[:, 3].mean()) / x[:, 3].std())[1:], atol=1e-12)
    np.testing.assert_array_equal(steps[:, 4], x[1:, 4])


def test_decode_is_the_inverse_of_encode_after_a_reload():
    given_ = mixed()
    codec = reload(PriceCodec.fit(given_, "historical"))
    assert codec.to_dict() == reload(codec).to_dict()
    back = codec.decode(codec.encode(given_.values)[None], given_.values[0])
    np.testing.assert_allclose(back[0], given_.values[1:], rtol=1e-9, atol=1e-12)


def test_covariates_come_last_wherever_they_stood():
    given_ = market(np.column_stack([np.arange(50), walk(50)]), ("covariate", "price", "price"))
    codec = PriceCodec.fit(given_)
    assert [c.kind for c in codec.channels] == ["return", "return", "covariate"]
    back = codec.decode(codec.encode(given_.values)[None], given_.values[0])[0]
    np.testing.assert_allclose(back, given_.values[1:], rtol=1e-9)


def test_a_market_of_returns_loses_no_row():
    returns = np.random.default_rng(0).normal(0, 0.01, (100, 2))
    codec = PriceCodec.fit(market(returns, ("return",) * 2), "historical")
    steps = codec.encode(returns)
    assert steps.shape == (100, 2)
    np.testing.assert_allclose(codec.decode(steps[None], np.full(2, np.nan))[0], returns, atol=1e-15)
    np.testing.assert_allclose(codec.returns(steps[None])[0], returns, atol=1e-15)


def test_returns_cumulate_to_values():
    given_ = mixed()
    codec = PriceCodec.fit(given_, "zero")
    steps = np.random.default_rng(0).normal(0, 0.01, (3, 20, 5))
    start = given_.values[-1]
    moves, values = codec.returns(steps, start), codec.decode(steps, start)
    np.testing.assert_allclose(start[0] * np.exp(moves[..., 0].cumsum(1)), values[..., 0], rtol=1e-12)
    np.testing.assert_allclose(moves[..., 2], values[..., 2], rtol=1e-12)
    for column in (1, 3):
        np.testing.assert_allclose(start[column] + moves[..., column].cumsum(1), values[..., column], rtol=1e-9)
    # Without a start, a level kept as it is begins where it is first.
    first = codec.returns(steps)[:, 0, 3]
    np.testing.assert_array_equal(first, 0.0)


@pytest.mark.parametrize(
    ("drift", "a_year"), [("historical", None), ("zero", 0.0), (0.05, 0.05), (-0.5, -0.5), (0, 0.0), (1, 1.0)]
)
def test_drift_is_the_mean_log_return_of_a_year(drift, a_year):
    given_ = market(walk(), ("price",) * 2, dates=DATES)
    codec = PriceCodec.fit(given_, drift)
    steps = codec.encode(given_.values)
    np.testing.assert_allclose(steps.mean(axis=0), 0.0, atol=1e-15)
    mean = np.diff(np.log(given_.values), axis=0).mean(axis=0) if a_year is None else np.full(2, a_year / 252.0)
    np.testing.assert_allclose(codec.returns(steps[None])[0].mean(axis=0), mean, atol=1e-15)
    last = codec.decode(np.zeros((1, 252, 2)), np.ones(2))[0, -1]
    np.testing.assert_allclose(last, np.exp(252.0 * mean), rtol=1e-12)


def test_steps_a_year_come_from_the_calendar():
    weeks = pd.date_range("2010-01-01", periods=300, freq="W-FRI").to_numpy().astype("datetime64[ns]")
    codec = PriceCodec.fit(market(walk(), ("price",) * 2, dates=weeks), 0.52)
    np.testing.assert_allclose(codec.returns(np.zeros((1, 1, 2))), 0.01, rtol=1e-12)


def test_levels_have_no_drift_of_returns():
    given_ = market(np.random.default_rng(0).normal(0.5, 1.0, 300).cumsum()[:, None], ("level",))
    for drift, expected in (("historical", np.diff(given_.values[:, 0]).mean()), ("zero", 0.0), (0.3, 0.0)):
        moved = PriceCodec.fit(given_, drift).returns(np.zeros((1, 1, 1)))
        assert moved.item() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("drift", ["none", float("nan"), float("inf")])
def test_other_drifts_are_refused(drift):
    with pytest.raises(ConfigError, match="drift must be"):
        PriceCodec.fit(market(walk(), ("price",) * 2), drift)


def test_gaps_are_bridged_and_ragged_starts_stay_missing():
    values = walk(60, 3)
    values[:20, 1] = np.nan
    values[30:33, 0] = np.nan
    codec = PriceCodec.fit(market(values, ("price",) * 3), "historical")
    steps = codec.encode(values)
    assert np.isnan(steps[:20, 1]).all()  # the first observed price has none before it
    assert not np.isnan(steps[20:, 1]).any()
    np.testing.assert_array_equal(np.isnan(steps[:, 0]), np.isnan(values[1:, 0]))
    over_the_gap = np.log(values[33, 0] / values[29, 0])
    assert codec.returns(steps[None])[0, 32, 0] == pytest.approx(over_the_gap, rel=1e-12)
    back = codec.decode(steps[None], values[0])[0]
    np.testing.assert_allclose(back[:, [0, 2]], values[1:, [0, 2]], rtol=1e-9)
    assert np.isnan(back[:, 1]).all()
    late = codec.decode(codec.encode(values[20:])[None], values[20])[0]
    np.testing.assert_allclose(late, values[21:], rtol=1e-9)


def test_the_start_is_what_was_observed_last():
    values = walk(60, 2)
    values[-3:, 1] = np.nan
    codec = PriceCodec.fit(market(values, ("price",) * 2))
    np.testing.assert_array_equal(codec.start(values), [values[-1, 0], values[-4, 1]])


def test_each_path_may_have_a_start_of_its_own():
    codec = PriceCodec.fit(market(walk(), ("price",) * 2))
    steps, starts = np.random.default_rng(0).normal(0, 0.1, (4, 7, 2)), walk(4, seed=9)
    together = codec.decode(steps, starts)
    for path in range(4):
        np.testing.assert_array_equal(together[path], codec.decode(steps[path : path + 1], starts[path])[0])


@st.composite
def histories(draw):
    n = draw(st.integers(3, 12))
    price = st.floats(1e-6, 1e9)
    level = st.floats(-1e6, 1e6)
    columns = [
        draw(st.lists(st.none() | price, min_size=n, max_size=n)),
        draw(st.lists(price, min_size=n, max_size=n)),
        draw(st.lists(level, min_size=n, max_size=n)),
        draw(st.lists(st.floats(-0.5, 0.5), min_size=n, max_size=n)),
        draw(st.lists(st.none() | level, min_size=n, max_size=n)),
    ]
    values = np.array([[np.nan if cell is None else cell for cell in column] for column in columns]).T
    values[[0, -1], 0] = 1.0  # observed twice, and before the first step
    return values


@SETTINGS
@given(histories())
def test_any_history_comes_back(values):
    codec = reload(PriceCodec.fit(market(values, ("price", "price", "level", "return", "covariate")), "historical"))
    back = codec.decode(codec.encode(values)[None], codec.start(values[:1]))[0]
    np.testing.assert_allclose(back[:, :2], values[1:, :2], rtol=1e-9)
    np.testing.assert_allclose(back[:, 2], values[1:, 2], rtol=1e-9, atol=1e-8)  # sums of up to 1e6
    np.testing.assert_allclose(back[:, 3:], values[1:, 3:], rtol=1e-9, atol=1e-12)


def test_what_does_not_fit_is_refused():
    codec = PriceCodec.fit(market(walk(), ("price",) * 2))
    with pytest.raises(DataError, match="2 columns"):
        codec.encode(np.ones((5, 3)))
    with pytest.raises(DataError, match="shape \\(n, L, 2\\)"):
        codec.decode(np.ones((5, 2)), np.ones(2))
    with pytest.raises(DataError, match="start of 2 values"):
        codec.decode(np.ones((1, 5, 2)), np.ones(3))
    with pytest.raises(DataError, match="'s0' is observed less than twice"):
        PriceCodec.fit(market([[1.0], [np.nan]], ("price",)))
    with pytest.raises(ValueError, match="'pickle'"):
        PriceCodec.from_dict({**codec.to_dict(), "series": [{"codec": "pickle"}]})


def test_the_layout_reads_further_histories():
    frame = pd.DataFrame(walk(), columns=["SPX", "NDX"], index=DATES)
    codec = reload(PriceCodec.fit(read_market(frame.assign(regime="calm"), covariates=["regime"])))
    few = read_market(frame.iloc[-3:].assign(regime="calm"), like=codec.layout)
    assert codec.encode(few.values).shape == (2, 3)
    assert few.labels == {"regime": ("calm",)}
