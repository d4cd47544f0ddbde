import numpy as np
import pytest

from synthdiff.privacy.risk import design_effect, excess_risk


def test_formula_of_the_paper():
    # Centres (k + z²/2) / (n + z²), half widths z / (n + z²) sqrt(k (n - k) / n + z²/4).
    z2, n = 1.959964**2, 500
    p, c = ((k + z2 / 2) / (n + z2) for k in (300, 100))
    p_half, c_half = (z2**0.5 / (n + z2) * (k * (n - k) / n + z2 / 4) ** 0.5 for k in (300, 100))
    value = (p - c) / (1 - c)
    half = ((p_half / (1 - c)) ** 2 + (c_half * (1 - p) / (1 - c) ** 2) ** 2) ** 0.5
    risk = excess_risk(300, 100, n, n)
    assert risk.value == pytest.approx(value)
    assert risk.interval == pytest.approx((value - half, value + half))
    assert risk.value == pytest.approx(0.5, abs=0.01)


def test_strangers_found_out_as_often_are_no_risk():
    risk = excess_risk(200, 210, 500, 500)
    assert risk.value == 0.0
    assert risk.interval[0] == 0.0


def test_little_is_left_to_give_away_where_strangers_are_found_out_entirely():
    assert excess_risk(10, 10, 10, 10).interval == (0.0, 1.0)


def test_interval_covers_the_true_risk():
    rng = np.random.default_rng(0)
    truth = (0.6 - 0.3) / (1 - 0.3)
    risks = [excess_risk(*rng.binomial(300, (0.6, 0.3)), 300, 300) for _ in range(500)]
    assert 0.92 < np.mean([r.interval[0] <= truth <= r.interval[1] for r in risks]) < 0.98


def test_observations_of_one_row_count_as_one():
    assert design_effect(np.arange(7)) == 1.0
    assert design_effect(np.repeat([3, 8], 5)) == 5.0
    # Shares of 60 observations of 30 rows, each of which is a hit or not as a whole.
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 30, 60)
    shares = (rng.random((20_000, 30)) < 0.5)[:, rows].mean(1)
    assert np.var(shares) == pytest.approx(0.25 / 60 * design_effect(rows), rel=0.03)
