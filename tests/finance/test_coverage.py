import numpy as np
import pytest
from scipy.stats import binom, chi2

from synthdiff.finance.coverage import (
    coverage_tests,
    dynamic_quantile,
    independence_ratio,
    traffic_light,
    unconditional_ratio,
)

TESTS = ("kupiec", "independence", "conditional", "dynamic_quantile")


def test_kupiec_is_a_ratio_of_binomial_likelihoods():
    counts = np.array([0, 1, 7, 250])
    ratio = 2 * (binom.logpmf(counts, 250, counts / 250) - binom.logpmf(counts, 250, 0.01))
    np.testing.assert_allclose(unconditional_ratio(counts.astype(float), 250, 0.01), ratio, atol=1e-9)


def test_independence_is_a_ratio_of_chains():
    hits = (np.random.default_rng(0).random((1, 300)) < 0.1).astype(float)
    hits[0, 50:54] = 1

    def likelihood(first, second):
        chance = np.where(hits[0, :-1] == 1, second, first)
        return np.log(np.where(hits[0, 1:] == 1, chance, 1 - chance)).sum()

    before, after = hits[0, :-1], hits[0, 1:]
    free = likelihood(after[before == 0].mean(), after[before == 1].mean())
    assert independence_ratio(hits)[0] == pytest.approx(2 * (free - likelihood(after.mean(), after.mean())))
    np.testing.assert_array_equal(independence_ratio(np.zeros((2, 50))), 0)


def test_dynamic_quantile_is_a_regression():
    rng = np.random.default_rng(1)
    hits, risk = (rng.random((3, 400)) < 0.1).astype(float), rng.gamma(5, 0.01, size=400)
    statistic, dof = dynamic_quantile(hits, risk, 0.1)
    assert dof == 6
    for row, found in zip(hits, statistic, strict=True):
        x = np.column_stack([np.ones(396), risk[4:], *(row[4 - k : -k] for k in range(1, 5))])
        fit = x @ np.linalg.lstsq(x, row[4:] - 0.1, rcond=None)[0]
        assert found == pytest.approx(fit @ (row[4:] - 0.1) / (0.1 * 0.9))


def test_dynamic_quantile_of_a_risk_that_never_moves_has_one_less_to_explain_with():
    hits = (np.random.default_rng(1).random((1, 400)) < 0.1).astype(float)
    assert dynamic_quantile(hits, np.full(400, 0.0123), 0.1)[1] == 5
    assert dynamic_quantile(np.zeros((1, 400)), np.full(400, 0.0123), 0.1)[1] == 1
    assert np.isnan(dynamic_quantile(hits[:, :9], np.ones(9), 0.1)[0]).all()


def rejections(make, n_sets, level, per_set=10, **options):
    """Share of series that each test rejects at 5 %, of Monte Carlo and of asymptotic p-values."""
    rng = np.random.default_rng(0)
    found = []
    for seed in range(n_sets):
        hits = make(rng, per_set)
        found += coverage_tests(hits, rng.gamma(5, 0.01, size=hits.shape), level, seed, **options)
    tests = {name: [getattr(one, name) for one in found] for name in TESTS}
    return {k: (np.mean([t.p_monte_carlo <= 0.05 for t in v]), np.mean([t.p_asymptotic <= 0.05 for t in v]))
            for k, v in tests.items()}  # fmt: skip


def test_exact_size():
    # 40 sets of 10 series of 120 days at 99 %: hardly an exception each. Shares of 400 series at 5 % have an error of
    # .011; the 99 draws that the series of a set share add sqrt(.05 * .95 / 101 / 40) = .003.
    shares = rejections(lambda rng, n: (rng.random((120, n)) < 0.01).astype(float), 40, 0.99, n_replicates=99)
    for name in TESTS:
        assert shares[name][0] == pytest.approx(0.05, abs=3.3 * 0.0115), name
    # That is what they are for: the usual p-value of independence rejects no true hypothesis here.
    assert shares["independence"][1] < 0.01


def clustered(rng, n):
    """1,000 days, 5 % exceptions; after one, 30 %."""
    hits = np.zeros((1000, n))
    for t in range(1, 1000):
        chance = np.where(hits[t - 1] == 1, 0.3, 0.05 * 0.7 / 0.95)
        hits[t] = rng.random(n) < chance
    return hits


def test_power_against_clusters():
    shares = rejections(clustered, 2, 0.95, n_replicates=99)
    assert shares["independence"][0] > 0.9
    assert shares["conditional"][0] > 0.9
    assert shares["dynamic_quantile"][0] > 0.9
    assert shares["kupiec"][0] < 0.5  # their number is right


def test_power_against_too_many():
    shares = rejections(lambda rng, n: (rng.random((500, n)) < 0.1).astype(float), 2, 0.95, n_replicates=99)
    assert shares["kupiec"][0] > 0.9


def test_results_of_a_series():
    hits = np.zeros((250, 1))
    hits[[10, 11, 90, 200, 240]] = 1
    (found,) = coverage_tests(hits, np.full((250, 1), 0.02), 0.99, 0)
    assert (found.n_days, found.n_exceptions, found.n_expected) == (250, 5, pytest.approx(2.5))
    assert found.kupiec.p_asymptotic == pytest.approx(chi2.sf(found.kupiec.statistic, 1))
    assert found.conditional.statistic == pytest.approx(found.kupiec.statistic + found.independence.statistic)
    assert found.conditional.p_asymptotic == pytest.approx(chi2.sf(found.conditional.statistic, 2))
    # P(5 or more of 250) = .108, and none at all, .081, is a little further out: about .11 together with the rest.
    assert found.kupiec.p_monte_carlo == pytest.approx(0.16, abs=0.06)
    assert coverage_tests(hits, np.full((250, 1), 0.02), 0.99, 0) == (found,)


@pytest.mark.parametrize(("count", "zone"), [(0, "green"), (4, "green"), (5, "yellow"), (9, "yellow"), (10, "red")])
def test_traffic_light_of_the_basel_table(count, zone):
    exceptions = np.concatenate([np.ones(30), np.zeros(250 - count), np.ones(count)])
    light = traffic_light(exceptions)
    assert (light.zone, light.n_days, light.n_exceptions) == (zone, 250, count)
    assert light.probability == pytest.approx(binom.cdf(count, 250, 0.01))
