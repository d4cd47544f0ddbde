import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synthdiff.codecs.series.price import PriceCodec
from synthdiff.data.market import Market

SETTINGS = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
ROLES = ("open", "high", "low", "close", "price", "volume")


def bars(n=400, seed=0, dividends=False):
    """(n, 6) open, high, low, close, adjusted close, volume; highs and lows often are open or close."""
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(rng.normal(0.0002, 0.01, n).cumsum())
    opened = close * np.exp(rng.normal(0.0, 0.005, n) * (rng.random(n) < 0.9))
    high = np.maximum(opened, close) * np.exp(rng.exponential(0.003, n) * (rng.random(n) < 0.8))
    low = np.minimum(opened, close) * np.exp(-rng.exponential(0.003, n) * (rng.random(n) < 0.8))
    adjusted = close * np.exp(0.005 * ((np.arange(n) // 63) - n // 63)) if dividends else close
    volume = np.where(rng.random(n) < 0.05, 0.0, np.round(np.exp(15.0 + rng.normal(0.0, 0.4, n))))
    return np.column_stack([opened, high, low, close, adjusted, volume])


def market(values, roles=ROLES):
    return Market(tuple(roles), np.asarray(values, dtype=np.float64), None, ("SPX",) * len(roles), tuple(roles))


def reload(codec):
    return PriceCodec.from_dict(json.loads(json.dumps(codec.to_dict())))


def is_valid(values):
    opened, high, low, close, adjusted, volume = np.moveaxis(values, -1, 0)
    inside = (low <= np.minimum(opened, close)) & (np.maximum(opened, close) <= high) & (low > 0)
    return bool((inside & (adjusted > 0) & (volume >= 0) & np.isfinite(values).all(axis=-1)).all())


def test_the_first_channel_is_the_return_of_the_close():
    values = bars()
    codec = PriceCodec.fit(market(values), "historical")
    assert [(c.name, c.kind) for c in codec.channels] == [
        ("SPX", "return"), ("SPX gap", "shape"), ("SPX upper wick", "shape"), ("SPX lower wick", "shape"),
        ("SPX volume", "volume"),
    ]  # fmt: skip
    assert (codec.n_assets, codec.lag) == (1, 1)
    steps, returns = codec.encode(values), np.diff(np.log(values[:, 3]))
    np.testing.assert_allclose(steps[:, 0], returns - returns.mean(), atol=1e-14)
    np.testing.assert_allclose(steps[:, 1], np.log(values[1:, 0] / values[:-1, 3]), atol=1e-14)
    np.testing.assert_allclose(codec.returns(steps[None])[0, :, 0], returns, atol=1e-14)


@pytest.mark.parametrize("dividends", [False, True])
@pytest.mark.parametrize("order", [range(6), [5, 4, 3, 2, 1, 0], [3, 5], [4, 3], [0, 1, 2, 3]])
def test_bars_come_back_with_their_ties(order, dividends):
    values, roles = bars(dividends=dividends)[:, list(order)], [ROLES[column] for column in order]
    codec = reload(PriceCodec.fit(market(values, roles), "historical"))
    back = codec.decode(codec.encode(values)[None], values[0])[0]
    np.testing.assert_allclose(back, values[1:], rtol=1e-9)
    if "volume" in roles:
        np.testing.assert_array_equal(back[:, roles.index("volume")] == 0.0, values[1:, roles.index("volume")] == 0.0)
    if "high" in roles:
        opened, high, low, close = (back[:, roles.index(part)] for part in ROLES[:4])
        share = values[1:, roles.index("high")] == np.fmax(*(values[1:, roles.index(p)] for p in ("open", "close")))
        assert (high == np.maximum(opened, close)).mean() == share.mean() > 0.1
        assert (low == np.minimum(opened, close)).mean() > 0.1


def test_an_adjusted_close_that_is_the_close_is_copied_and_another_has_its_ratio():
    same, other = (PriceCodec.fit(market(bars(dividends=dividends))) for dividends in (False, True))
    assert len(same.channels) == 5
    assert other.channels[4].name == "SPX adjustment"
    start = bars(dividends=True)[-1]
    drawn = same.decode(np.random.default_rng(0).normal(0, 0.01, (2, 9, 5)), bars()[-1])
    np.testing.assert_array_equal(drawn[..., 3], drawn[..., 4])
    steps = other.encode(bars(dividends=True))
    assert np.isclose(steps[:, 4], 0.005).sum() == 6  # quarters that begin in 400 days
    assert np.isclose(steps[:, 4], 0.0).sum() == 393
    drawn = other.decode(np.zeros((1, 3, 6)), start)
    np.testing.assert_allclose(drawn[0, :, 4] / drawn[0, :, 3], start[4] / start[3], rtol=1e-12)


@pytest.mark.parametrize("scale", [0.01, 1.0, 30.0])
def test_any_numbers_make_valid_bars(scale):
    codec = PriceCodec.fit(market(bars(dividends=True)), "zero")
    steps = np.random.default_rng(7).normal(0.0, scale, (50, 20, 6))
    assert is_valid(codec.decode(steps, bars(dividends=True)[-1]))


@SETTINGS
@given(st.lists(st.tuples(*[st.floats(-1e9, 1e9)] * 6), min_size=1, max_size=8))
def test_even_absurd_numbers_make_valid_bars(steps):
    codec = PriceCodec.fit(market(bars(dividends=True)), "zero")
    assert is_valid(codec.decode(np.array([steps]), bars()[-1]))


@st.composite
def histories(draw):
    n = draw(st.integers(3, 10))
    price, wick = st.floats(1e-3, 1e6), st.just(0.0) | st.floats(1e-12, 2.0)
    rows = draw(st.lists(st.tuples(price, price, wick, wick, price), min_size=n, max_size=n))
    opened, close, up, down, adjusted = np.array(rows).T
    volume = draw(st.lists(st.just(0.0) | st.floats(1e-3, 1e15), min_size=n, max_size=n))
    high, low = np.maximum(opened, close) * np.exp(up), np.minimum(opened, close) * np.exp(-down)
    values = np.column_stack([opened, high, low, close, adjusted, volume])
    values[[row for row in range(1, n - 1) if draw(st.integers(0, 4)) == 0]] = np.nan
    return values


@SETTINGS
@given(histories(), histories())
def test_any_history_comes_back_from_a_codec_of_another(values, other):
    other[0, 4] *= 1.5  # no copy of the close
    for codec in (PriceCodec.fit(market(values), "historical"), PriceCodec.fit(market(other), "historical")):
        back = reload(codec).decode(codec.encode(values)[None], codec.start(values[:1]))[0]
        np.testing.assert_allclose(back, values[1:], rtol=1e-9)
        assert is_valid(back[~np.isnan(back).any(axis=1)])


def test_bars_of_a_ragged_start_come_back_from_where_they_begin():
    values = bars()
    values[:50] = np.nan
    values[100:103, 5] = np.nan
    codec = PriceCodec.fit(market(values), "historical")
    assert np.isnan(codec.encode(values)[:50]).all()
    assert np.isnan(codec.decode(codec.encode(values)[None], values[0])).all()
    back = codec.decode(codec.encode(values[50:])[None], values[50])[0]
    np.testing.assert_allclose(back, values[51:], rtol=1e-9)


def test_paths_go_on_where_the_history_ends():
    values = bars(dividends=True)
    codec = PriceCodec.fit(market(values), "historical")
    start, steps = codec.start(values[:300]), codec.encode(values)
    assert start.shape == (7,)
    np.testing.assert_array_equal(start[:6], values[299])
    back = codec.decode(steps[None, 299:], start)[0]
    np.testing.assert_allclose(back, values[300:], rtol=1e-9)
    # Without the trailing level, what is usual for a volume is taken to be the last one.
    alone = codec.decode(steps[None, 299:], values[299])[0]
    np.testing.assert_array_equal(alone[:, :5], back[:, :5])
    assert not np.allclose(alone[:, 5], back[:, 5])


def test_long_paths_of_volume_stay_where_they_began():
    values = bars(2000)
    values[:, 5] *= np.exp(np.linspace(0.0, 2.0, 2000))  # seven times as much at the end
    codec = PriceCodec.fit(market(values), "historical")
    steps = codec.encode(values)
    drawn = steps[np.random.default_rng(0).integers(0, len(steps), (200, 500))]
    volumes = codec.decode(drawn, codec.start(values))[:, -1, 5]
    recent = np.median(values[-100:, 5])
    assert 0.5 < np.median(volumes[volumes > 0]) / recent < 3.0
    assert (volumes == 0).mean() == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 200))


def test_two_assets_of_bars_have_their_returns_first():
    both = np.column_stack([bars(seed=1), bars(seed=2)])
    names = tuple(f"{asset} {role}" for asset in "AB" for role in ROLES)
    codec = PriceCodec.fit(Market(names, both, None, ("A",) * 6 + ("B",) * 6, ROLES * 2), "historical")
    assert [c.name for c in codec.channels[:3]] == ["A", "B", "A gap"]
    assert codec.n_states == 2
    np.testing.assert_allclose(codec.decode(codec.encode(both)[None], both[0])[0], both[1:], rtol=1e-9)
    back = codec.decode(codec.encode(both)[None, 199:], codec.start(both[:200]))[0]
    np.testing.assert_allclose(back, both[200:], rtol=1e-9)
