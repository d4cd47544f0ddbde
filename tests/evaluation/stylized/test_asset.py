"""The facts against their definitions, spelled out, and on processes whose facts are known."""

import numpy as np
import pytest

from synthdiff.evaluation.stylized.asset import (
    BODY_LEVELS,
    FACTS,
    HORIZONS,
    PATH_LEVELS,
    TAIL_LEVELS,
    barrier,
    first_passage,
)
from synthdiff.evaluation.stylized.fact import measured
from synthdiff.evaluation.stylized.order import l_ratios
from synthdiff.evaluation.stylized.sample import Sample, aggregated, worst_falls
from tests.evaluation.stylized.example import make_market
from tests.evaluation.stylized.test_correlation import naive

RETURNS = make_market(40, 252, seed=5)[:, :, 0]
SCALE = float(RETURNS.std())
FOUND = measured(FACTS, Sample(RETURNS, SCALE))


def test_there_are_thirteen_facts_of_distinct_names():
    assert len({fact.name for fact in FACTS}) == len(FACTS) == 13


@pytest.mark.parametrize("length", [20, 21, 63, 100, 252])
def test_vectors_are_finite_and_as_long_for_all_windows_of_a_length(length):
    one = measured(FACTS, Sample(RETURNS[:3, :length], SCALE))
    other = measured(FACTS, Sample(RETURNS[5:, :length], SCALE))
    for name, vector in one.items():
        assert np.isfinite(vector).all(), name
        assert vector.shape == other[name].shape
    curves = [(fact, fact.axis) for fact in FACTS if fact.axis is not None]
    assert all(len(axis.places(length)) == len(one[fact.name]) for fact, axis in curves)


def test_quantiles():
    scaled = RETURNS / SCALE
    assert FOUND["tail quantiles"] == pytest.approx(np.log(np.abs(np.quantile(scaled, TAIL_LEVELS))), abs=1e-6)
    assert FOUND["body quantiles"] == pytest.approx(np.quantile(scaled, BODY_LEVELS))


def test_moments_over_horizons():
    sums = [np.sort(RETURNS[:, : 252 // h * h].reshape(40, -1, h).sum(2).ravel()) for h in HORIZONS]
    assert FOUND["aggregational gaussianity"] == pytest.approx([l_ratios(x)[0] for x in sums])
    assert FOUND["skewness"] == pytest.approx([l_ratios(x)[1] for x in sums])


def test_memory():
    scaled = RETURNS / SCALE
    size = np.minimum(np.abs(scaled), np.quantile(np.abs(scaled), 0.999))
    for name, pair, most in (
        ("autocorrelation", (scaled, scaled), 20),
        ("volatility clustering", (size, size), 100),
        ("leverage", (scaled, size), 40),
    ):
        assert FOUND[name] == pytest.approx([naive(*pair, lag) for lag in range(1, most + 1)], abs=1e-12), name
    coarse, fine = np.abs(aggregated(scaled, 5)), aggregated(size, 5) / 5
    wanted = [naive(coarse, fine, lag) - naive(fine, coarse, lag) for lag in range(1, 9)]
    assert FOUND["time-reversal asymmetry"] == pytest.approx(wanted, abs=1e-12)


def test_whole_paths():
    level = (RETURNS / SCALE).cumsum(axis=1)
    grid = range(5, 253, 5)
    gains = [np.mean([(path[:step] >= 5).any() for path in level]) for step in grid]
    losses = [np.mean([(path[:step] <= -5).any() for path in level]) for step in grid]
    assert FOUND["gain/loss asymmetry"] == pytest.approx([*gains, *losses])
    price = np.exp(np.pad(RETURNS.cumsum(axis=1), ((0, 0), (1, 0))))
    falls = [max(1 - path[t:].min() / path[t] for t in range(252)) for path in price]
    assert worst_falls(RETURNS) == pytest.approx(falls)
    assert FOUND["max drawdown"] == pytest.approx(np.quantile(np.log(np.array(falls) + 1e-6), PATH_LEVELS))
    spread = np.log([path.std() / SCALE for path in RETURNS])
    assert FOUND["realised volatility"] == pytest.approx(np.quantile(spread, PATH_LEVELS))
    assert FOUND["terminal return"] == pytest.approx(np.quantile(level[:, -1] / np.sqrt(252), PATH_LEVELS))


def test_falls_of_differences_are_in_their_unit():
    steps = np.array([[1.0, -3.0, 2.0, -4.0], [1.0, 1.0, 1.0, 1.0]])
    assert worst_falls(steps, "difference").tolist() == [5, 0]
    vectors = [measured(FACTS, Sample(RETURNS * k, SCALE * k, "difference"))["max drawdown"] for k in (1, 1000)]
    assert vectors[0] == pytest.approx(vectors[1])


def test_short_windows_wait_for_less():
    assert barrier(252) == barrier(100) == 5
    assert barrier(36) == 3
    steps = np.ones((1, 20))
    assert first_passage(Sample(steps, 1.0)).tolist() == [1, 1, 1, 1, 0, 0, 0, 0]


def test_known_processes_show_their_facts():
    # 400 windows of 252 steps: standard errors of the mean correlations are below .01.
    clustered = measured(FACTS, Sample(make_market(400, 252, seed=0)[:, :, 0], 0.01))
    plain = measured(FACTS, Sample(make_market(400, 252, seed=0, memory=0.0, leverage=0.0, size=0.0)[:, :, 0], 0.01))
    assert clustered["volatility clustering"][:20].mean() > 0.1 > 0.02 > abs(plain["volatility clustering"][:20].mean())
    assert clustered["leverage"][:10].mean() < -0.05 < -0.02 < plain["leverage"][:10].mean()
    # L-kurtosis of a normal distribution is .1226 at all horizons; the longest has 1,600 values, standard error .01.
    assert plain["aggregational gaussianity"] == pytest.approx([0.1226] * 4, abs=0.03)
    assert clustered["aggregational gaussianity"][0] > 0.2
    assert clustered["tail index"].min() > plain["tail index"].max()
