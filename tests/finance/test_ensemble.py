import numpy as np
import pytest
from scipy.stats import kstest, norm

from synthdiff.finance.ensemble import expected_shortfall, place, value_at_risk


@pytest.mark.parametrize(("n", "level"), [(99, 0.95), (150, 0.975), (20, 0.95)])
def test_losses_exceed_value_at_risk_as_often_as_they_should_however_few_members(n, level):
    rng = np.random.default_rng(n)
    members, happened = np.sort(rng.standard_t(4, size=(20_000, n)), axis=1), rng.standard_t(4, size=20_000)
    share = (-happened > value_at_risk(members, level)).mean()
    # Standard error below .0016. Interpolation between members costs less than .002 in so heavy a tail.
    assert share == pytest.approx(1 - level, abs=4 * np.sqrt((1 - level) * level / 20_000) + 0.002)


def test_tail_of_many_normal_members():
    members = norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    assert value_at_risk(members, 0.99) == pytest.approx(norm.ppf(0.99), abs=1e-3)
    assert expected_shortfall(members, 0.99) == pytest.approx(norm.pdf(norm.ppf(0.99)) / 0.01, abs=1e-3)


def test_shortfall_of_whole_and_of_broken_numbers_of_members():
    members = np.array([-5.0, -3.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert expected_shortfall(members, 0.8) == pytest.approx(4)
    assert expected_shortfall(members, 0.75) == pytest.approx((5 + 3 + 0.5 * 1) / 2.5)
    assert expected_shortfall(members, 0.95) == pytest.approx(5)
    for level in (0.75, 0.8, 0.9, 0.95):
        assert expected_shortfall(members, level) >= value_at_risk(members, level)


def test_places_are_uniform_for_any_number_of_members_and_with_ties():
    rng = np.random.default_rng(0)
    for draw in (rng.standard_normal, lambda size: rng.poisson(1.0, size).astype(float)):
        places = place(np.sort(draw((5000, 7)), axis=1), draw(5000), rng.random(5000))
        # A correct one fails once in a thousand seeds.
        assert kstest(places, "uniform").pvalue > 1e-3


def test_places_at_the_ends():
    members = np.arange(4.0)
    assert place(members, np.array(-1.0), np.array(0.5)) == pytest.approx(0.1)
    assert place(members, np.array(9.0), np.array(0.5)) == pytest.approx(0.9)
