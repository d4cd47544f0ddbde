import json
import math

import numpy as np
import pytest
from scipy.stats import norm

from synthdiff.errors import ConfigError, DataError, SamplingError
from synthdiff.finance import rolling
from synthdiff.finance.backtest import SHARES, backtest
from synthdiff.finance.comparison import compare
from synthdiff.finance.simulator import origin_seed

SCALE = np.array([0.01, 0.02])
RETURNS = np.random.default_rng(4).standard_normal((500, 2)) * SCALE


class Normal:
    """Independent normal returns with given standard deviations: the truth about `RETURNS`, or not."""

    name = "normal"
    notes = ("of a bell",)

    def __init__(self, scale=SCALE, shape=(0, 0, 0, 0), bad=None):
        self.scale, self.more, self.bad = np.asarray(scale), np.array(shape), bad
        self.fits, self.seen = [], []

    def fit(self, returns):
        self.fits.append(len(returns))
        return self

    def forecast_many(self, history, origins, n_steps, n_paths, random_state):
        assert origins[-1] == len(history)
        self.seen += origins.tolist()
        size = tuple(np.array((n_paths, n_steps, len(self.scale))) + self.more[1:])
        drawn = [np.random.default_rng(origin_seed(random_state, int(o))).standard_normal(size) for o in origins]
        paths = np.stack(drawn) * self.scale
        if self.bad in origins:
            paths[list(origins).index(self.bad), 0, 0, 0] = np.nan
        return paths


@pytest.fixture(scope="module")
def right():
    return backtest(Normal(), RETURNS, 100, (1, 5), n_paths=200, random_state=2, assets=["A", "B"])


@pytest.fixture(scope="module")
def narrow():
    return backtest(Normal(0.6 * SCALE), RETURNS, 100, (1, 5), n_paths=200, random_state=2, assets=["A", "B"])


def test_the_truth_passes(right):
    for risk in right.risks:
        for test in (risk.coverage.kupiec, risk.coverage.independence, risk.coverage.dynamic_quantile):
            # 18 tests: the least of their p-values is below .001 in 2 % of the seeds.
            assert test.p_monte_carlo > 1e-3
        assert risk.shortfall.z2.p_monte_carlo > 1e-3
    for forecast in right.forecasts:
        assert forecast.p_uniform > 1e-3
        for share, found in zip(SHARES, forecast.coverage, strict=True):
            assert found.value == pytest.approx(share, abs=4 * max(found.standard_error, 0.01))


def test_shortfall_is_right_on_average():
    # Over 3 levels and 8 backtests of 250 days; the standard error of their mean comes from the 8, about .06.
    statistics = []
    for seed in range(8):
        returns = np.random.default_rng(seed).standard_normal((255, 1)) * 0.01
        risks = backtest(Normal([0.01]), returns, 5, (1,), n_paths=200, random_state=seed).risks
        statistics.append(np.mean([risk.shortfall.z2.statistic for risk in risks]))
    assert np.mean(statistics) == pytest.approx(0, abs=3 * np.std(statistics, ddof=1) / np.sqrt(8))


def test_forecasts_that_are_too_narrow_fail(narrow):
    for risk in narrow.risks:
        assert risk.coverage.kupiec.p_monte_carlo <= 0.01
        assert risk.shortfall.z2.statistic < -0.7
        assert risk.shortfall.z2.p_monte_carlo <= 0.01
    assert {risk.traffic_light.zone for risk in narrow.risks if risk.level == 0.99} <= {"yellow", "red"}
    for forecast in narrow.forecasts:
        assert forecast.coverage[2].value < 0.8
    assert [forecast.p_uniform < 0.01 for forecast in narrow.forecasts if forecast.horizon == 1] == [True, True]


def test_numbers_of_each_day(right):
    track = right.track
    assert track.happened.shape == (2, 400, 2)
    np.testing.assert_allclose(track.happened[0], RETURNS[100:])
    np.testing.assert_allclose(track.happened[1, 7], RETURNS[107:112].sum(axis=0))
    assert np.isnan(track.happened[1, -4:]).all()
    assert np.isfinite(track.happened[1, :-4]).all()
    np.testing.assert_allclose(track.losses, -RETURNS[100:])
    assert [(f.name, f.horizon, f.n) for f in right.forecasts] == [
        ("A", 1, 400), ("A", 5, 396), ("B", 1, 400), ("B", 5, 396),
    ]  # fmt: skip
    # Of 200 paths: an error of .15 / 1.645 each day, so of .5 % over 400 days; the rank on the safe side costs 1 %.
    expected = norm.ppf(0.95) * SCALE
    assert track.value_at_risk[..., 0].mean(axis=0) == pytest.approx(expected, rel=0.025)
    np.testing.assert_array_equal(right.exceptions, track.losses[..., None] > track.value_at_risk)
    assert right.risks[2].coverage.n_exceptions == right.exceptions[:, 0, 2].sum()


def test_score_of_the_truth(right):
    # CRPS of a normal distribution for its own draws: sigma / sqrt(pi).
    for forecast in right.forecasts:
        truth = SCALE[int(forecast.name == "B")] * np.sqrt(forecast.horizon / np.pi)
        assert forecast.crps.value == pytest.approx(truth, abs=4 * forecast.crps.standard_error)


def test_origins_see_what_was_known_and_in_order():
    simulator = Normal()
    backtest(simulator, RETURNS, 490, (1,), n_paths=100)
    assert simulator.seen == list(range(490, 500))
    assert simulator.fits == []


def test_refits():
    simulator = Normal()
    backtest(simulator, RETURNS, 480, (1,), n_paths=100, refit_every=8)
    assert simulator.fits == [480, 488, 496]
    assert simulator.seen == list(range(480, 500))


def test_chunks_do_not_matter(monkeypatch, right):
    monkeypatch.setattr(rolling, "CHUNK_CELLS", 200 * 5 * 2 * 70)
    again = backtest(Normal(), RETURNS, 100, (1, 5), n_paths=200, random_state=2, assets=["A", "B"])
    assert again.to_dict() == right.to_dict()


def test_portfolio_is_bought_and_held():
    result = backtest(Normal(), RETURNS, 300, (1, 5), n_paths=100, assets=["A", "B"], weights={"B": 0.5, "A": -0.2})
    assert result.names == ("portfolio",)
    simple = np.expm1(RETURNS[310:315].sum(axis=0))
    assert result.track.happened[1, 10, 0] == pytest.approx(-0.2 * simple[0] + 0.5 * simple[1])
    assert result.track.losses[10, 0] == pytest.approx(-(np.expm1(RETURNS[310]) @ [-0.2, 0.5]))
    assert result.forecasts[0].p_uniform > 1e-3


def test_result_is_plain_data(right):
    data = json.loads(json.dumps(right.to_dict(), allow_nan=False))
    assert data["simulator"] == "normal"
    assert data["days"]["happened"][1][-1] == [None, None]
    assert data["risks"][0]["coverage"]["kupiec"]["p_monte_carlo"] == right.risks[0].coverage.kupiec.p_monte_carlo
    assert "days" not in right.to_dict(days=False)


def test_result_as_text(right):
    lines = str(right).splitlines()
    assert lines[0] == "normal: 400 days from row 100 on, 200 paths each, never fitted again"
    assert lines[3].split()[:5] == ["series", "level", "exceptions", "expected", "Kupiec"]
    assert lines[4].split()[:2] == ["A", "0.95"]
    assert sum(line.startswith("B ") for line in lines) == 3 + 2
    assert lines[-1] == "normal: of a bell"
    assert max(map(len, lines)) <= 120


def test_better_forecasts_are_found_better(right, narrow):
    found = compare(right, narrow)
    assert [(d.name, d.horizon) for d in found.differences] == [(n, h) for n in ("A", "B", "all") for h in (1, 5)]
    for difference in found.differences:
        assert difference.mean.value < 0
        assert -0.2 < difference.relative < 0
    assert found.differences[4].p_value < 0.01
    other = compare(narrow, right)
    assert other.differences[0].mean.value == pytest.approx(-found.differences[0].mean.value)
    json.dumps(found.to_dict(), allow_nan=False)
    assert str(found).startswith("CRPS of normal less that of normal")


def test_nothing_is_better_than_itself(right):
    (first, *_) = compare(right, right).differences
    assert first.mean.interval == (0.0, 0.0)
    assert math.isnan(first.p_value)


def test_other_days_cannot_be_compared(right):
    other = backtest(Normal(), RETURNS, 101, (1, 5), n_paths=100, assets=["A", "B"])
    with pytest.raises(ConfigError, match="different days"):
        compare(right, other)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"first": 0}, "first is 0"),
        ({"first": 500}, "first is 500"),
        ({"horizons": (0, 5)}, "horizons is"),
        ({"levels": (0.95, 1.0)}, r"levels is \(0.95, 1.0\)"),
        ({"n_paths": 99}, "n_paths is 99; 0.99 needs at least 100"),
        ({"refit_every": 0}, "refit_every is 0"),
        ({"assets": ["A"]}, "1 assets are named, the returns have 2"),
        ({"weights": {"C": 1.0}}, "holds 'C'"),
    ],
)
def test_what_makes_no_sense(change, message):
    with pytest.raises(ConfigError, match=message):
        backtest(**{"simulator": Normal(), "returns": RETURNS, "first": 400, "n_paths": 100, **change})


def test_simulators_that_break_their_promise():
    with pytest.raises(SamplingError, match=r"paths of shape \(10, 101, 1, 2\)"):
        backtest(Normal(shape=(0, 1, 0, 0)), RETURNS, 490, (1,), n_paths=100)
    with pytest.raises(SamplingError, match="not finite from row 493 on"):
        backtest(Normal(bad=493), RETURNS, 490, (1,), n_paths=100)
    with pytest.raises(DataError, match="is nan"):
        backtest(Normal(), np.full((5, 1), np.nan), 3)


def test_horizon_longer_than_what_is_left():
    result = backtest(Normal(), RETURNS, 495, (1, 20), n_paths=100)
    far = result.forecasts[1]
    assert far.n == 0
    assert math.isnan(far.crps.value)
    assert "nan" not in json.dumps(result.to_dict(), allow_nan=False).lower()
    assert str(result)
