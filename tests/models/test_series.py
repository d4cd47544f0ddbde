"""`SeriesDiffusion` as its users meet it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone

from synthdiff import SeriesDiffusion
from synthdiff.data.market.calendar import steps_per_year
from synthdiff.errors import ConfigError, NotFittedError, SchemaError, WindowError
from tests.models.markets import (
    OPTIONS,
    QUICK,
    bars,
    bars_model,
    frame,
    prices,
    quick,
    trained,
    walk,
    with_covariates,
)


def log_returns(data: pd.DataFrame) -> np.ndarray:
    return np.diff(np.log(data.to_numpy()), axis=0)


def ks_distance(a: np.ndarray, b: np.ndarray) -> float:
    both = np.sort(np.concatenate([a, b]))
    places = [np.searchsorted(np.sort(x), both, "right") / len(x) for x in (a, b)]
    return float(np.abs(places[0] - places[1]).max())


class TestPaths:
    def test_the_golden_walk(self, tmp_path: Path) -> None:
        """Fit, sample, save, load in a fresh process without the data, draw the same paths."""
        model = trained()
        model.save(tmp_path / "m.synthdiff")
        code = (
            "import sys, numpy, synthdiff; model = synthdiff.load(sys.argv[1], device='cpu');"
            "a, b = model.sample(4, 40, random_state=3), model.forecast(horizon=40, n_paths=4, random_state=3);"
            "numpy.savez(sys.argv[2], a=a.values, b=b.values, dates=a.dates.astype('int64'))"
        )
        subprocess.run([sys.executable, "-c", code, str(tmp_path / "m.synthdiff"), str(tmp_path / "p.npz")], check=True)
        found = np.load(tmp_path / "p.npz")
        a, b = model.sample(4, 40, random_state=3), model.forecast(horizon=40, n_paths=4, random_state=3)
        np.testing.assert_array_equal(found["a"], a.values)
        np.testing.assert_array_equal(found["b"], b.values)
        np.testing.assert_array_equal(found["dates"].astype("datetime64[ns]"), a.dates)

    def test_prices_go_on_from_the_last_ones(self) -> None:
        paths = trained().sample(6, 40, random_state=0)
        last = prices().iloc[-1].to_numpy()
        assert (paths.assets, paths.names) == (("A1", "A2"), ("A1", "A2"))
        assert paths.returns.shape == paths.values.shape == (6, 40, 2)
        assert paths.kinds == ("return", "return")
        np.testing.assert_allclose(paths.start, last)
        np.testing.assert_allclose(paths.values, last * np.exp(paths.returns.cumsum(axis=1)), rtol=1e-10)
        np.testing.assert_allclose(paths.weights, 1 / 6)

    def test_the_horizon_does_not_change_the_days_before_it(self) -> None:
        """Deviations of 2,000 heavy-tailed draws have a standard error of some 4 %."""
        one, more = (trained().forecast(horizon=h, n_paths=2_000, random_state=0).returns[:, 0] for h in (1, 16))
        np.testing.assert_allclose(one.std(axis=0), more.std(axis=0), rtol=0.2)

    def test_dates_go_on_in_the_calendar(self) -> None:
        paths = trained().forecast(horizon=12, n_paths=2, random_state=0)
        expected = pd.bdate_range(prices().index[-1], periods=13)[1:]
        np.testing.assert_array_equal(paths.dates, expected.to_numpy().astype("datetime64[ns]"))

    def test_without_dates_steps_are_numbered(self) -> None:
        data = prices(1, 200).reset_index(drop=True)
        assert quick(data).sample(2, 5).dates is None

    def test_the_same_seed_the_same_paths(self) -> None:
        model = trained()
        one, two = (model.sample(4, 30, random_state=7).values for _ in range(2))
        np.testing.assert_array_equal(one, two)
        assert not np.allclose(one, model.sample(4, 30, random_state=8).values)
        np.testing.assert_array_equal(model.sample(4, 30).values, model.sample(4, 30, random_state=0).values)
        assert not np.allclose(one, model.forecast(horizon=30, n_paths=4, random_state=7).values)

    @pytest.mark.parametrize("draw", ["sample", "forecast"])
    def test_a_path_does_not_depend_on_how_many_are_drawn(self, draw: str) -> None:
        few, many = (getattr(trained(), draw)(n_paths=n, horizon=40, random_state=1).returns for n in (3, 30))
        np.testing.assert_array_equal(few, many[:3])

    def test_more_paths_than_are_drawn_at_once(self) -> None:
        paths = trained().sample(600, 2, random_state=1)
        assert len(paths.returns) == 600
        assert len(np.unique(paths.returns[:, 0, 0])) > 590
        np.testing.assert_array_equal(paths.returns[:5], trained().sample(5, 2, random_state=1).returns)

    def test_a_fit_is_reproducible(self) -> None:
        data = prices(1, 300)
        a, b, c = (
            SeriesDiffusion(max_steps=70, **{**OPTIONS, "window": 16, "random_state": seed}).fit(data)
            for seed in (0, 0, 1)
        )
        expected = a.sample(3, 20, random_state=0).values
        np.testing.assert_array_equal(b.sample(3, 20, random_state=0).values, expected)
        assert not np.allclose(c.sample(3, 20, random_state=0).values, expected)
        assert (a.best_valid_loss_, a.history_[0]["step"]) == (b.best_valid_loss_, 25)

    def test_a_seed_that_is_drawn_is_kept(self) -> None:
        model = quick(prices(1, 100), random_state=None)
        assert isinstance(model.seed_, int)
        np.testing.assert_array_equal(model.sample(2, 3).values, model.sample(2, 3, random_state=model.seed_).values)


class TestLaw:
    @pytest.mark.parametrize("n_assets", [1, 2])
    def test_returns_have_the_distribution_of_the_history(self, n_assets: int) -> None:
        """499 returns against 16,384 drawn: the 1 % critical distance is .074."""
        real, drawn = log_returns(prices(n_assets)), trained(n_assets).sample(512, 32, random_state=1).returns
        for k in range(n_assets):
            assert ks_distance(real[:, k], drawn[..., k].ravel()) < 0.074

    def test_assets_are_correlated_as_they_were(self) -> None:
        """The standard error of a correlation of 499 fat-tailed returns is about .05."""
        real = np.corrcoef(log_returns(prices()).T)[0, 1]
        drawn = np.corrcoef(trained().sample(512, 32, random_state=1).returns.reshape(-1, 2).T)[0, 1]
        assert drawn == pytest.approx(real, abs=0.2)

    def test_volatility_comes_in_clusters(self) -> None:
        """Autocorrelations of absolute returns over 16,000 steps, ten of them: of white noise their mean is 0, with a
        standard error of .0025; that of the history is .05."""
        size = np.abs(trained(1).sample(512, 32, random_state=1).returns[..., 0])
        size = size - size.mean()
        assert np.mean([(size[:, k:] * size[:, :-k]).mean() for k in range(1, 11)]) / size.var() > 0.02

    @pytest.mark.parametrize(("drift", "a_year"), [("historical", None), ("zero", 0.0), (0.5, 0.5)])
    def test_drift(self, drift: Any, a_year: float | None) -> None:
        """Returns are nearly independent: the standard error is their deviation over 128."""
        data = prices(1, 300)
        paths = quick(data, drift=drift).sample(512, 32, random_state=1)
        real = log_returns(data)[:, 0]
        expected = real.mean() if a_year is None else a_year / steps_per_year(data.index.to_numpy())
        assert paths.returns.mean() == pytest.approx(expected, abs=5 * real.std() / 128)

    def test_forecasts_know_of_the_past(self) -> None:
        """From the most turbulent moment of the history and from the calmest, which are a factor of 2.5 apart."""
        data, model = prices(1), trained(1)
        size = pd.Series(np.abs(log_returns(data)).mean(axis=1)).ewm(halflife=15).mean()[100:]
        wild, calm = (
            model.forecast(data.iloc[: int(at) + 2], horizon=10, n_paths=200, random_state=0).returns.std()
            for at in (size.idxmax(), size.idxmin())
        )
        assert wild > 1.3 * calm


class TestHistory:
    def test_the_fitted_history_given_again_changes_nothing(self) -> None:
        model = trained()
        own = model.forecast(horizon=20, n_paths=3, random_state=1)
        given = model.forecast(prices(), 20, 3, random_state=1)
        np.testing.assert_allclose(given.values, own.values, rtol=1e-6)
        np.testing.assert_array_equal(given.dates, own.dates)
        sampled = model.sample(3, 20, history=prices(), random_state=1)
        np.testing.assert_array_equal(sampled.values, given.values)

    def test_a_later_history(self) -> None:
        later = prices(2, 600).iloc[300:] * 3.0
        paths = trained().forecast(later, 5, 3, random_state=1)
        np.testing.assert_allclose(paths.start, later.iloc[-1])
        assert pd.Timestamp(paths.dates[0]) > later.index[-1]

    @pytest.mark.parametrize("n", [3, 10, 40])
    def test_a_short_one(self, n: int) -> None:
        paths = trained().forecast(prices().iloc[-n:], 40, 3, random_state=1)
        assert np.isfinite(paths.values).all()

    def test_one_that_is_too_short(self) -> None:
        with pytest.raises(WindowError, match="the history has 2 rows"):
            trained().forecast(prices().iloc[-2:], 5, 3)

    def test_one_without_a_series(self) -> None:
        with pytest.raises(SchemaError, match="there is no series 'A2'"):
            trained().forecast(prices()[["A1"]], 5, 3)

    def test_columns_in_another_order_and_more_of_them(self) -> None:
        data = prices().assign(more=prices()["A1"] * 2)[["more", "A2", "A1"]]
        expected = trained().forecast(prices(), 5, 3, random_state=1)
        np.testing.assert_array_equal(trained().forecast(data, 5, 3, random_state=1).values, expected.values)

    def test_one_with_holes(self) -> None:
        data = prices().copy()
        data.iloc[-5:, 1] = np.nan
        data.iloc[-40:-30, 0] = np.nan
        paths = trained().forecast(data, 20, 3, random_state=1)
        assert np.isfinite(paths.values).all()
        np.testing.assert_allclose(paths.start, [data["A1"].iloc[-1], data["A2"].iloc[-6]])


class TestKinds:
    def test_yields_may_be_negative(self) -> None:
        rng = np.random.default_rng(0)
        data = frame(0.2 + 0.05 * rng.standard_normal((2, 300)).cumsum(axis=1)[0], names=["DE10Y"])
        paths = quick(data, values="level").sample(200, 60, random_state=0)
        assert paths.kinds == ("difference",)
        assert (paths.values < 0).any()
        np.testing.assert_allclose(paths.values, paths.start + paths.returns.cumsum(axis=1), atol=1e-9)
        moves = np.diff(data["DE10Y"])
        assert paths.returns.std() == pytest.approx(moves.std(), rel=0.3)

    def test_levels_that_return_to_their_mean(self) -> None:
        """No asset is followed: levels are drawn as they are, in the range where they have been."""
        rng = np.random.default_rng(0)
        data = frame(rng.normal(5, 2, 300), rng.normal(-1, 0.1, 300))
        model = quick(data, values="level")
        paths = model.sample(100, 30, random_state=0)
        np.testing.assert_allclose(paths.values.mean(axis=(0, 1)), [5, -1], atol=0.5)
        np.testing.assert_allclose(paths.values.std(axis=(0, 1)), [2, 0.1], rtol=0.2)
        assert paths.kinds == ("difference", "difference")
        assert np.isfinite(model.forecast(horizon=5, n_paths=2).values).all()

    def test_a_level_beside_a_price(self) -> None:
        data = frame(np.random.default_rng(0).normal(5, 2, 300), walk())
        paths = quick(data, values={"s0": "level", "s1": "price"}).sample(50, 30, random_state=0)
        assert paths.kinds == ("difference", "return")
        assert (paths.values[..., 1] > 0).all()
        assert paths.values[..., 0].std() == pytest.approx(2.0, rel=0.3)

    def test_returns(self) -> None:
        data = frame(*log_returns(prices()).T, names=["A1", "A2"])
        paths = quick(data, values="return", returns="log").sample(3, 20, random_state=0)
        np.testing.assert_array_equal(paths.values, paths.returns)
        assert np.isnan(paths.start).all()

    def test_bars_are_bars(self) -> None:
        paths = bars_model().sample(50, 40, random_state=0)
        assert paths.names == tuple(bars().columns)
        part = dict(zip(paths.names, np.moveaxis(paths.values, 2, 0), strict=True))
        assert all((values > 0).all() for values in part.values())
        assert (part["high"] >= np.maximum(part["open"], part["close"])).all()
        assert (part["low"] <= np.minimum(part["open"], part["close"])).all()
        np.testing.assert_allclose(part["close"][:, -1], bars()["close"].iloc[-1] * np.exp(paths.returns.sum((1, 2))))
        real = np.log(bars()["high"] / bars()["low"])
        assert np.log(part["high"] / part["low"]).mean() == pytest.approx(real.mean(), rel=0.3)
        assert np.log(part["volume"]).mean() == pytest.approx(np.log(bars()["volume"]).mean(), abs=1.0)

    def test_covariates_come_along(self) -> None:
        data = with_covariates()
        model = quick(data, covariates=["VIX", "regime"])
        paths = model.sample(5, 20, random_state=0)
        assert paths.names == paths.assets == ("SPX",)
        assert paths.values.shape == (5, 20, 1)
        assert np.isfinite(model.forecast(data, 20, 3, random_state=0).values).all()
        text = data.assign(regime=np.where(data["regime"], "wild", "calm"))
        assert np.isfinite(quick(text, covariates=["VIX", "regime"]).sample(3, 4).values).all()

    @pytest.mark.parametrize("network", ["unet", "transformer"])
    @pytest.mark.parametrize("volatility", ["start", "running"])
    def test_networks_and_ways_to_divide(self, network: str, volatility: str) -> None:
        model = quick(prices(2, 200), network=network, volatility=volatility)
        paths = model.sample(20, 40, random_state=0)
        real = log_returns(prices(2, 200))
        np.testing.assert_allclose(paths.returns.std(axis=(0, 1)), real.std(axis=0), rtol=0.4)


class TestFrames:
    def test_polars(self) -> None:
        data = prices(2, 200)
        given = pl.from_pandas(data.reset_index())
        np.testing.assert_array_equal(
            quick(given).sample(3, 5, random_state=0).values, quick(data).sample(3, 5, random_state=0).values
        )

    def test_an_array(self) -> None:
        paths = quick(log_returns(prices(2, 200)), values="return").sample(3, 5)
        assert paths.assets == ("x0", "x1")

    def test_a_long_panel_of_ragged_series(self) -> None:
        wide = prices(3, 300).copy()
        wide.iloc[:120, 2] = np.nan
        long = wide.reset_index().melt(id_vars="date", var_name="item_id", value_name="target").dropna()
        paths = quick(long.sample(frac=1, random_state=0)).sample(40, 20, random_state=0)
        assert sorted(paths.assets) == ["A1", "A2", "A3"]
        assert np.isfinite(paths.values).all()
        wide = wide[list(paths.assets)]
        real = np.nanstd(np.diff(np.log(wide.to_numpy()), axis=0), axis=0)
        np.testing.assert_allclose(paths.returns.std(axis=(0, 1)), real, rtol=0.4)
        np.testing.assert_allclose(paths.start, wide.iloc[-1])

    @pytest.mark.parametrize(
        "hidden", [(slice(0, 260), 1), (slice(100, None), 1), (slice(50, 250), 0), (slice(None, None, 2), 1)]
    )
    def test_late_dead_and_holed_series(self, hidden: tuple[slice, int]) -> None:
        data = frame(walk(), walk(seed=1), walk(seed=2))
        data.iloc[hidden] = np.nan
        model = quick(data)
        for paths in (model.sample(20, 20, random_state=0), model.forecast(horizon=20, n_paths=20, random_state=0)):
            assert np.isfinite(paths.values).all()
            assert np.abs(paths.returns).max() < 0.5

    @pytest.mark.parametrize("n", [65, 70, 100])
    def test_as_few_rows_as_may_be(self, n: int) -> None:
        assert np.isfinite(quick(prices(2, n)).sample(3, 40).values).all()

    def test_two_columns_that_are_the_same(self) -> None:
        data = frame(walk(), walk())
        paths = quick(data).sample(20, 20, random_state=0)
        # Recalibration alone tells them apart.
        np.testing.assert_allclose(paths.returns[..., 0], paths.returns[..., 1], atol=2e-3)

    def test_months_without_a_trade(self) -> None:
        still = walk()
        still[100:180] = still[100]
        paths = quick(frame(still, walk(seed=1))).sample(200, 40, random_state=0)
        assert np.isfinite(paths.values).all()
        assert np.abs(paths.returns).max() < 0.5

    def test_a_price_that_jumps_ten_thousandfold(self) -> None:
        data = frame(walk() * np.where(np.arange(300) > 150, 1e4, 1.0), walk(seed=1))
        paths = quick(data).sample(50, 100, random_state=0)
        assert np.isfinite(paths.values).all()
        assert (paths.values > 0).all()


class TestRefusals:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"preset": "huge"}, "preset is 'huge'; say fast, balanced or best"),
            ({"network": "mlp"}, "network is 'mlp'; say unet or transformer"),
            ({"volatility": "wild"}, "volatility is 'wild'; say auto, start, running or none"),
            ({"window": 8}, "window is 8; give an integer from 16"),
            ({"window": 64}, "window is 64"),
            ({"drift": "up"}, "drift is 'up'; give historical or zero, or a finite number"),
            ({"values": "money"}, "values is 'money'; give auto, price, return or level"),
            ({"device": "abacus"}, "device 'abacus'"),
            ({"precision": "int4"}, "precision is 'int4'; say auto"),
            ({"max_steps": 0}, "max_steps"),
            ({"max_time": "soon"}, "soon"),
        ],
    )
    def test_options_that_make_no_sense(self, options: dict[str, Any], message: str) -> None:
        with pytest.raises(ConfigError, match=message):
            quick(prices(1, 100), **options)

    @pytest.mark.parametrize("name", ["n_paths", "horizon"])
    def test_no_paths(self, name: str) -> None:
        for draw in (trained().sample, trained().forecast):
            with pytest.raises(ConfigError, match=f"{name} is 0; give an integer from 1 to 1,000,000"):
                draw(**{"n_paths": 2, "horizon": 2, name: 0})

    def test_before_the_fit(self, tmp_path: Path) -> None:
        model = SeriesDiffusion()
        for call in (lambda: model.sample(1, 2), lambda: model.forecast(horizon=1), lambda: model.save(tmp_path / "m")):
            with pytest.raises(NotFittedError, match="not fitted yet"):
                call()


class TestScikitLearn:
    def test_conventions(self) -> None:
        model = trained()
        copy = clone(model)
        assert copy.get_params() == model.get_params()
        assert not hasattr(copy, "fitted_")
        assert copy.set_params(preset="best").preset == "best"
        assert model.preset == "fast"
        assert "max_steps=70" in repr(model)
        assert model.n_features_in_ == 2

    def test_what_a_fit_tells(self) -> None:
        model = trained()
        assert (model.assets_, model.names_) == (("A1", "A2"), ("A1", "A2"))
        assert model.n_rows_ == 500
        assert 28 <= model.n_steps_ <= 70
        assert model.history_[0]["step"] == 25
        assert model.best_valid_loss_ <= model.history_[0]["white_loss"]
        assert model.n_parameters_ > 10_000
        assert model.fit_seconds_ > 0
        json.dumps(model.history_)

    def test_it_survives_cloudpickle(self) -> None:
        back = cloudpickle.loads(cloudpickle.dumps(trained()))
        np.testing.assert_array_equal(
            back.sample(3, 5, random_state=1).values, trained().sample(3, 5, random_state=1).values
        )

    def test_fitting_leaves_the_data_and_the_options_alone(self) -> None:
        data = prices(1, 100).copy()
        before = data.copy()
        model = SeriesDiffusion(**QUICK)
        options = model.get_params()
        model.fit(data)
        pd.testing.assert_frame_equal(data, before)
        assert model.get_params() == options
