import math

import numpy as np
import pytest
from scipy import stats

from synthdiff.data.interval import (
    count_range,
    effective_size,
    exact_share_interval,
    share_size,
    skewed_interval,
    weighted_share,
)
from synthdiff.data.tail import LEVELS, Tail, tail_risk
from synthdiff.errors import ConfigError


def uniform(n):
    return np.full(n, 1 / n)


def test_var_and_es_of_a_hundred_losses():
    risk = tail_risk(np.arange(1.0, 101.0)[:, None], uniform(100), ["x"], (0.9, 0.95, 0.99))
    assert risk.var.tolist() == [[90.0, 95.0, 99.0]]
    assert risk.es[0] == pytest.approx([95.5, 98.0, 100.0])
    assert risk.tail_size[0] == pytest.approx([10, 5, 1])


def test_es_is_the_mean_of_var_over_all_higher_levels():
    rng = np.random.default_rng(0)
    losses, weights = rng.normal(size=200), rng.dirichlet(np.ones(200))
    tail = Tail.of(losses, weights)
    levels = 0.93 + 0.07 * (np.arange(200_000) + 0.5) / 200_000
    assert tail.es(0.93) == pytest.approx(np.mean([tail.var(level) for level in levels[::20]]), abs=1e-3)


def test_whole_weights_are_repetitions():
    rng = np.random.default_rng(1)
    losses, counts = rng.standard_t(4, size=300), rng.integers(0, 4, size=300)
    weighted = Tail.of(losses, counts / counts.sum())
    n = int(counts.sum())
    repeated = Tail.of(np.repeat(losses, counts), uniform(n))
    for level in LEVELS:
        assert weighted.var(level) == repeated.var(level)
        assert weighted.es(level) == pytest.approx(repeated.es(level), abs=1e-12)


def test_a_normal_sample_agrees_with_its_formulas():
    n = 40_000
    risk = tail_risk(np.random.default_rng(2).normal(size=(n, 1)), uniform(n), ["x"])
    for i, level in enumerate(LEVELS):
        q = stats.norm.ppf(level)
        es = stats.norm.pdf(q) / (1 - level)
        # standard errors: sqrt(a (1 - a) / n) / density of VaR; of ES less than twice that
        error = math.sqrt(level * (1 - level) / n) / stats.norm.pdf(q)
        assert risk.var[0, i] == pytest.approx(q, abs=4 * error)
        assert risk.es[0, i] == pytest.approx(es, abs=8 * error)
        assert risk.var_interval[0, i, 0] < q < risk.var_interval[0, i, 1]
        assert risk.es_interval[0, i, 0] < es < risk.es_interval[0, i, 1]


@pytest.mark.parametrize("weighted", [False, True])
def test_intervals_cover(weighted):
    """Losses of a Student t with 4 degrees of freedom; 400 samples, so a coverage of .95 has a standard error of .011.

    Weighted samples are drawn from a heavier t with 3 degrees of freedom and weighted back.
    """
    rng = np.random.default_rng(3)
    level, n, runs = 0.95, 1_000, 400
    q = stats.t.ppf(level, 4)
    es = stats.t.pdf(q, 4) / (1 - level) * (4 + q * q) / 3
    covered = np.zeros(2)
    for _ in range(runs):
        losses = rng.standard_t(3 if weighted else 4, size=n)
        weights = np.exp(stats.t.logpdf(losses, 4) - stats.t.logpdf(losses, 3)) if weighted else np.ones(n)
        tail = Tail.of(losses, weights / weights.sum())
        low, high = tail.var_interval(level)
        covered[0] += low <= q <= high
        low, high = tail.es_interval(level)
        covered[1] += low <= es <= high
    assert (covered / runs >= 0.92).all()
    assert covered[0] / runs <= 0.99


def test_weights_widen_intervals():
    rng = np.random.default_rng(4)
    losses = rng.normal(size=2_000)
    weights = np.exp(rng.normal(size=2_000))
    weights /= weights.sum()
    assert effective_size(weights) < 1_000
    even, uneven = Tail.of(losses, uniform(2_000)), Tail.of(losses, weights)
    for interval in ("var_interval", "es_interval"):
        wide, narrow = (np.diff(getattr(tail, interval)(0.95))[0] for tail in (uneven, even))
        assert wide > 1.2 * narrow


def test_too_few_losses_have_no_upper_bound():
    risk = tail_risk(np.arange(50.0)[:, None], uniform(50), ["x"], (0.99,))
    assert risk.var_interval[0, 0, 1] == math.inf
    assert risk.es_interval[0, 0, 1] == math.inf
    assert risk.es_interval[0, 0, 0] <= risk.es[0, 0]


def test_constant_losses():
    risk = tail_risk(np.full((500, 1), 0.1), uniform(500), ["x"])
    assert risk.var.ravel() == pytest.approx(0.1)
    assert risk.es_interval.ravel() == pytest.approx(0.1)


def test_table():
    frame = tail_risk(np.random.default_rng(5).normal(size=(500, 2)), uniform(500), ["a", "b"]).to_frame()
    assert frame["name"].tolist() == ["a"] * 3 + ["b"] * 3
    assert frame["level"].tolist() == [*LEVELS, *LEVELS]
    assert (frame["var_low"] <= frame["var"]).all()
    assert (frame["es"] <= frame["es_high"]).all()


@pytest.mark.parametrize("level", [0, 1, 99])
def test_a_level_is_a_share(level):
    with pytest.raises(ConfigError, match="levels is .* above 0 and below 1"):
        tail_risk(np.ones((3, 1)), uniform(3), ["x"], (level,))


def test_exact_interval_of_a_share():
    expected = stats.binomtest(7, 50).proportion_ci(method="exact")
    assert exact_share_interval(7 / 50, 50) == pytest.approx((expected.low, expected.high))
    assert exact_share_interval(1.0, 20)[1] == 1.0
    assert exact_share_interval(0.0, 20)[0] == 0.0


def test_equal_weights_count_every_case():
    hit = np.r_[np.ones(7), np.zeros(43)]
    share, interval = weighted_share(hit, uniform(50))
    assert share == pytest.approx(0.14)
    assert interval == pytest.approx(exact_share_interval(0.14, 50))
    assert share_size(hit, 0.14, uniform(50)) == pytest.approx(50)
    assert weighted_share(np.zeros(50), uniform(50))[1] == pytest.approx(exact_share_interval(0.0, 50))


def test_ranks_of_a_quantile():
    # of 1,000 losses, between 4 and 17 lie beyond the 99 % quantile in 95 of 100 samples
    assert count_range(0.01, 1000) == (0.004, 0.017)
    assert count_range(0.01, 100)[0] == 0


def test_without_skewness_the_interval_is_students():
    terms = np.tile([1.0, -1.0], 50)
    low, high = skewed_interval(3.0, terms, 100)
    half = stats.t.ppf(0.975, 99) * 10
    assert (low, high) == pytest.approx((3 - half, 3 + half))


def test_skewness_moves_the_interval_towards_the_long_side():
    terms = np.r_[np.full(90, -1.0), np.full(10, 9.0)]
    low, high = skewed_interval(0.0, terms, 100)
    assert high > -1.3 * low > 0
