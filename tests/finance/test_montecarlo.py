import math

import numpy as np
import pytest

from synthdiff.finance.montecarlo import monte_carlo_p


def test_ranks_without_ties():
    rng, null = np.random.default_rng(0), np.arange(99.0)
    assert monte_carlo_p(98.5, null, rng) == pytest.approx(1 / 100)
    assert monte_carlo_p(-1.0, null, rng) == pytest.approx(1)
    assert monte_carlo_p(94.5, null, rng) == pytest.approx(5 / 100)
    assert monte_carlo_p(94.5, null, rng, "below") == pytest.approx(96 / 100)


def exact(statistics, rng):
    return monte_carlo_p(statistics[0], statistics[1:], rng)


def test_exact_size_of_a_statistic_that_is_mostly_zero():
    rng = np.random.default_rng(1)
    p = np.array([exact(rng.poisson(0.3, 100).astype(float), rng) for _ in range(4000)])
    for size in (0.05, 0.1, 0.5):
        # Standard error of the share: sqrt(size (1 - size) / 4000), .0034 at 5 %.
        assert (p <= size + 1e-12).mean() == pytest.approx(size, abs=4 * np.sqrt(size * (1 - size) / 4000))


def test_nothing_to_rank():
    rng = np.random.default_rng(0)
    assert math.isnan(monte_carlo_p(math.nan, np.zeros(9), rng))
    assert math.isnan(monte_carlo_p(1.0, np.full(9, np.nan), rng))
    assert monte_carlo_p(1.0, np.array([np.nan, 0.0, 2.0, 0.5]), rng) == pytest.approx(2 / 4)
