from functools import cache

import numpy as np
import pandas as pd
import pytest

from synthdiff.codecs.series.price import PriceCodec
from synthdiff.data.market import read_market
from synthdiff.datasets import make_market
from synthdiff.errors import ConfigError, DataError, NotFittedError, WindowError
from synthdiff.finance.backtest import backtest
from synthdiff.models.series import SeriesDiffusion
from synthdiff.models.series_simulator import FittedSimulator, plain_series, real_returns

QUICK = {"preset": "fast", "max_steps": 10, "window": 32, "random_state": 0, "precision": "float32", "device": "cpu"}


@cache
def prices():
    return make_market(1_300, 2, random_state=0)


@cache
def fitted():
    """Learnt from the first 1,200 of 1,300 days of two assets."""
    return FittedSimulator(SeriesDiffusion(drift="zero", **QUICK).fit(prices().iloc[:1_200]))


@cache
def returns():
    out = np.diff(np.log(prices().to_numpy()), axis=0)
    out.setflags(write=False)
    return out


def test_real_returns_are_those_of_the_prices_whatever_the_drift():
    codec = fitted().model.codec_
    np.testing.assert_allclose(real_returns(codec, prices().to_numpy()), returns(), atol=1e-12)


def test_samples_are_the_models():
    paths = fitted().sample(7, 5, random_state=3)
    np.testing.assert_array_equal(paths, fitted().model.sample(7, 5, random_state=3).returns)
    raw = FittedSimulator(fitted().model, recalibrate=False).sample(7, 5, random_state=3)
    np.testing.assert_array_equal(raw, fitted().model.sample(7, 5, recalibrate=False, random_state=3).returns)
    assert not np.array_equal(raw, paths)


def test_forecasts_from_many_origins_are_the_single_ones():
    origins = np.array([1_299, 40, 3, 1_220])
    many = fitted().forecast_many(returns(), origins, 4, 6, random_state=3)
    assert many.shape == (4, 6, 4, 2)
    assert np.isfinite(many).all()
    for paths, origin in zip(many, origins, strict=True):
        single = fitted().forecast(returns()[:origin], 4, 6, 3)
        np.testing.assert_allclose(single, paths, rtol=1e-3, atol=1e-6)
    assert not np.allclose(many[0], many[3])


def test_forecasts_do_not_see_what_comes_after_their_origin():
    other = returns().copy()
    other[1_250:] *= -7
    origins = np.array([1_240, 1_250])
    expected = fitted().forecast_many(returns(), origins, 3, 5, 0)
    np.testing.assert_array_equal(fitted().forecast_many(other, origins, 3, 5, 0), expected)
    assert not np.allclose(fitted().forecast(other[:1_253], 3, 5, 0), fitted().forecast(returns()[:1_253], 3, 5, 0))


def test_a_forecast_is_that_of_the_model():
    # The same moment, memory and solver, other noise: deviations of 500 heavy-tailed paths are known to some 5 % each,
    # so that two of them differ by some 7 %.
    simulator = FittedSimulator(fitted().model, memory=None, solver_steps=None)
    ours = simulator.forecast(returns(), 16, 500, 0).std(axis=0)
    model = fitted().model.forecast(prices(), 16, 500, random_state=0).returns.std(axis=0)
    np.testing.assert_allclose(ours.mean(axis=0), model.mean(axis=0), rtol=0.15)
    np.testing.assert_allclose(ours, model, rtol=0.3)


def test_forecasts_are_as_wide_as_the_market_is_wild():
    wild = np.concatenate([returns(), 3 * returns()[-40:]])
    calm = np.concatenate([returns(), returns()[-40:] / 3])
    after = [fitted().forecast(history, 1, 500, 0).std() for history in (wild, calm)]
    assert after[0] > 1.5 * after[1]


def test_the_length_of_a_forecast_does_not_change_its_first_day():
    # Other noise, the same law: deviations of 2,000 heavy-tailed draws are known to some 4 % each.
    one, eight = (fitted().forecast(returns(), n_steps, 2_000, 0)[:, 0] for n_steps in (1, 8))
    np.testing.assert_allclose(one.std(axis=0), eight.std(axis=0), rtol=0.2)


def test_blocks_change_nothing(monkeypatch):
    origins = np.array([1_290, 1_291, 1_292])
    expected = fitted().forecast_many(returns(), origins, 2, 10, 0)
    monkeypatch.setattr("synthdiff.models.series_simulator.BLOCK", 10)
    np.testing.assert_allclose(fitted().forecast_many(returns(), origins, 2, 10, 0), expected, rtol=1e-3, atol=1e-6)


def test_a_simulator_is_fitted_to_returns_like_any_challenger():
    model = SeriesDiffusion(time_column="date", **QUICK)
    simulator = FittedSimulator(model, name="ours")
    assert not simulator.is_fitted
    with pytest.raises(NotFittedError):
        simulator.forecast(returns(), 1, 1, 0)
    result = backtest(simulator, returns()[:399], 385, (1, 2), levels=(0.9,), n_paths=20, refit_every=20)
    assert simulator.is_fitted
    assert not hasattr(model, "fitted_")
    assert result.simulator == "ours"
    assert len(result.track.losses) == 14
    assert simulator.model.get_params()["values"] == "return"
    with pytest.raises(WindowError):
        simulator.fit(returns()[:20])


@pytest.mark.parametrize(
    ("columns", "covariates", "words"),
    [
        (["close", "high", "low", "open"], [], "more than returns"),
        (["a", "regime"], ["regime"], "'regime' is more than returns"),
        (["a", "yield"], [], "'yield' is more than returns"),
    ],
)
def test_what_returns_do_not_tell_is_refused(columns, covariates, words):
    close, rng = prices().to_numpy()[:400, 0], np.random.default_rng(0)
    bar = {"close": close, "open": close, "high": close * 1.01, "low": close * 0.99}
    frame = pd.DataFrame({**bar, "a": close, "regime": np.arange(400) % 2, "yield": 9 + rng.normal(size=400)})
    codec = PriceCodec.fit(read_market(frame[columns], covariates=covariates), "historical")
    with pytest.raises(DataError, match=words):
        plain_series(codec)


def test_what_cannot_be_done_is_said():
    simulator = fitted()
    with pytest.raises(DataError, match="has 1 assets; give the 2"):
        simulator.forecast(returns()[:, :1], 1, 1, 0)
    with pytest.raises(DataError, match="asset 1 in row 2 is nan"):
        simulator.forecast(np.where(np.arange(6).reshape(3, 2) == 5, np.nan, 0.01), 1, 1, 0)
    with pytest.raises(DataError, match="have shape"):
        FittedSimulator(SeriesDiffusion()).fit(np.zeros(5))
    for origin in (0, 1_300):
        with pytest.raises(ConfigError, match=f"origin {origin} is not in a history of 1299 rows"):
            simulator.forecast_many(returns(), np.array([5, origin]), 1, 1, 0)
    with pytest.raises(ConfigError, match="memory is -1"):
        FittedSimulator(simulator.model, memory=-1).forecast(returns(), 1, 1, 0)
    with pytest.raises(ConfigError, match="solver_steps is 0"):
        FittedSimulator(simulator.model, solver_steps=0).forecast(returns(), 1, 1, 0)
    assert len(plain_series(simulator.model.codec_)) == 2
