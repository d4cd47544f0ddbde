import sys
from functools import cache

import numpy as np
import pytest
from scipy.stats import kendalltau, norm

from synthdiff.errors import DataError, MissingExtraError
from synthdiff.finance import vine
from synthdiff.finance.bootstrap import IidBootstrap
from synthdiff.finance.challengers import CHALLENGERS, make_challenger, usual_challengers
from synthdiff.finance.validate import validate
from synthdiff.finance.vine import VineCopula
from tests.finance.history import fitted, returns

pytest.importorskip("arch")
pytest.importorskip("pyvinecopulib")


def taus(values):
    i, j = np.triu_indices(values.shape[1], 1)
    return np.array([kendalltau(values[:, a], values[:, b]).statistic for a, b in zip(i, j, strict=True)])


def together(values, share=0.05):
    """How often the second column is low where the first is, and high where it is high."""
    low, high = values < np.quantile(values, share, axis=0), values > np.quantile(values, 1 - share, axis=0)
    return low.all(axis=1).mean() / share, high.all(axis=1).mean() / share


@cache
def clayton(n_rows=2000, theta=2.0):
    """Returns of two assets that fall together and rise apart: normal margins, a Clayton copula."""
    uniform = np.random.default_rng(3).random((n_rows, 2))
    first = uniform[:, 0]
    second = (1 + first**-theta * (uniform[:, 1] ** (-theta / (1 + theta)) - 1)) ** (-1 / theta)
    return 0.01 * norm.ppf(np.stack([first, second], axis=1))


@cache
def four():
    """Four assets with all sorts of normal links, negative ones too: the links of the third tree are not chosen."""
    links = np.array([[1, 0.7, 0.4, -0.3], [0.7, 1, 0.5, 0.2], [0.4, 0.5, 1, 0.3], [-0.3, 0.2, 0.3, 1]])
    return 0.01 * np.random.default_rng(0).standard_normal((1500, 4)) @ np.linalg.cholesky(links).T


def test_links_are_those_of_the_history():
    simulator = VineCopula().fit(four())
    # Kendall's tau of n rows has an error of at most 2 / (3 sqrt(n)) times some 1.5: .026 with 1,500.
    np.testing.assert_allclose(taus(simulator.pool_[:6000]), taus(simulator.residuals_), atol=3 * 0.026)
    drawn = simulator._innovations(np.empty((100, 0)), 60, np.random.default_rng(0)).reshape(-1, 4)
    np.testing.assert_allclose(taus(drawn), taus(simulator.residuals_), atol=3 * 0.026)


def test_losses_that_come_together_do_so_in_paths():
    simulator = VineCopula().fit(clayton())
    low, high = together(simulator.pool_)
    expected = together(simulator.residuals_)
    # Of 100 rows in a tail: errors of sqrt(.7 * .3 / 100) = .046 and less. Clayton's limits are 2^(-1/2) = .71 and 0.
    assert low == pytest.approx(expected[0], abs=3 * 0.046)
    assert high == pytest.approx(expected[1], abs=3 * 0.046)
    assert low > 0.6
    assert high < 0.3


def test_each_asset_has_its_own_distribution():
    simulator = fitted("vine_copula")
    residuals = simulator.residuals_
    for share in (0.02, 0.1, 0.5, 0.9, 0.98):
        below = (residuals < np.quantile(simulator.pool_, share, axis=0)).mean(axis=0)
        # The table follows the ranks of the residuals, up to half of one and to what tails smooth.
        np.testing.assert_allclose(below, share, atol=0.01)
    # A new day is worse than all 600 with probability 1 / 600.
    worse = (simulator.pool_ < residuals.min(axis=0)).mean(axis=0)
    assert ((worse > 0.2 / 600) & (worse < 5 / 600)).all()


def test_one_asset_has_no_links():
    simulator = VineCopula().fit(returns()[:600, :1])
    assert simulator.pool_.shape == (vine.POOL, 1)
    assert simulator.sample(10, 5, 0).shape == (10, 5, 1)


def test_fits_repeat_and_truncated_vines_leave_the_last_trees_out(monkeypatch):
    places = norm.cdf(100 * four())
    uniform = np.random.default_rng(0).random((4000, 4))
    whole = vine._draw(places, uniform)
    np.testing.assert_array_equal(whole, vine._draw(places, uniform))
    monkeypatch.setattr(vine, "N_TREES", 1)
    monkeypatch.setattr(vine, "N_CHOSEN", 1)
    cut = vine._draw(places, uniform)
    kept = np.abs(taus(cut) - taus(places)) < 0.05
    assert np.sort(np.abs(taus(cut) - taus(places)))[:3].max() < 0.05  # three pairs are in the first tree
    assert not kept.all()


def test_assets_that_are_the_same_or_hardly_move_stop_nothing():
    odd = np.stack([four()[:500, 0], four()[:500, 0], np.where(np.arange(500) % 90, 0.0, 0.01)], axis=1)
    simulator = VineCopula().fit(odd)
    assert np.isfinite(simulator.sample(200, 20, 0)).all()
    assert np.corrcoef(simulator.pool_[:, :2].T)[0, 1] > 0.99
    odd[:, 2] = 0
    with pytest.raises(DataError, match="asset 2 never varies"):
        VineCopula().fit(odd)


class TestWithoutPyvinecopulib:
    @pytest.fixture(autouse=True)
    def absent(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "pyvinecopulib", None)

    def test_asked_for_it_says_what_to_install(self):
        for use in (lambda: VineCopula().fit(returns()), lambda: make_challenger("vine_copula")):
            with pytest.raises(MissingExtraError, match=r"pip install synthdiff\[vine\]") as caught:
                use()
            assert caught.value.extra == "vine"

    def test_it_is_left_out_where_no_challengers_are_named(self, monkeypatch):
        words, (note,) = usual_challengers()
        assert set(CHALLENGERS) - set(words) == {"vine_copula"}
        assert note.startswith("vine copula is left out: vine copulas are fitted by pyvinecopulib")
        for word in ("garch_t", "egarch_t", "filtered_historical", "dcc_garch", "stationary_bootstrap"):
            monkeypatch.delitem(CHALLENGERS, word)
        few = {"seeds": 1, "horizon": 40, "n_paths": 50, "draws": 10, "backtest_days": 0}
        result = validate({"ours": IidBootstrap()}, returns(), **few)
        assert [candidate.name for candidate in result.candidates] == ["ours", "iid bootstrap"]
        assert note in result.notes


def test_with_everything_installed_nothing_is_left_out():
    assert usual_challengers() == (tuple(CHALLENGERS), ())
