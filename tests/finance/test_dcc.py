from functools import cache

import numpy as np
import pytest

from synthdiff.errors import ConfigError, DataError
from synthdiff.finance.correlation import CorrelationRecursion
from synthdiff.finance.correlation_fit import CorrelationFit
from synthdiff.finance.dcc import DccGarch
from synthdiff.finance.garch import EgarchT
from tests.finance.history import fitted, returns

pytest.importorskip("arch")


@cache
def single():
    """The same asset by itself: DCC-GARCH and EGARCH-t."""
    return DccGarch().fit(returns()[:600, :1]), EgarchT().fit(returns()[:600, :1])


def test_one_asset_is_the_univariate_model():
    ours, theirs = single()
    assert ours.correlation_.dof == theirs.fit_.dof[0]
    np.testing.assert_array_equal(ours.fit_.recursion.beta, theirs.fit_.recursion.beta)
    np.testing.assert_array_equal(ours.states_, theirs.states_)
    first, second = (np.abs(s.sample(20_000, 1, 0)).ravel() for s in single())
    # Quantiles of 20,000 draws: the share below the other's has an error of sqrt(2 p (1 - p) / 20,000), at most .005.
    for share in (0.1, 0.5, 0.9, 0.99):
        error = np.sqrt(2 * share * (1 - share) / 20_000)
        assert (first < np.quantile(second, share)).mean() == pytest.approx(share, abs=4 * error)


def known(dof, a=0.0, b=0.0, rho=0.0):
    """Shocks of two assets with parameters that nobody estimated, and their day-after-day correlations."""
    simulator = DccGarch()
    target = np.array([[1.0, rho], [rho, 1.0]])
    simulator.correlation_ = CorrelationFit(CorrelationRecursion(target, np.ones(2), a, b), dof, ())
    start = np.repeat(target[None], 20_000, axis=0)
    return simulator._innovations(start, 5, np.random.default_rng(0)).reshape(-1, 2)


def test_shocks_have_variance_1_and_tails_of_their_degrees_of_freedom():
    shocks = known(6.0)
    # The fourth moment of a t variable with 6 degrees of freedom and variance 1 is 6: errors of the variance
    # sqrt(5 / 100,000) = .007. 99 % quantile: t's, error sqrt(.01 * .99 / 100,000) of the share.
    np.testing.assert_allclose(shocks.var(axis=0), 1, atol=4 * 0.007)
    beyond = (shocks > 3.142668 * np.sqrt(4 / 6)).mean(axis=0)
    np.testing.assert_allclose(beyond, 0.01, atol=4 * 0.00032)


def test_tails_are_joint_even_without_correlation():
    shocks = known(4.0)
    assert np.corrcoef(shocks.T)[0, 1] == pytest.approx(0, abs=0.02)
    low = shocks < np.quantile(shocks, 0.01, axis=0)
    together = low.all(axis=1).mean() / 0.01
    # Independent assets: .01, with an error of sqrt(.01 / 1,000) = .003. Uncorrelated t with 4 degrees of freedom have
    # a tail dependence of 2 t_5(-sqrt(5)) = .076 in the limit, and more before.
    assert together > 0.07
    independent = known(200.0)
    low = independent < np.quantile(independent, 0.01, axis=0)
    assert low.all(axis=1).mean() / 0.01 < 0.03


def test_forecasts_start_from_the_correlations_at_the_end_of_the_history():
    simulator = fitted("dcc_garch")
    moves = 2 * returns().std(axis=0)
    together, apart = returns()[:700].copy(), returns()[:700].copy()
    sides = np.where(np.arange(30) % 2, 1.0, -1.0)[:, None]  # of one sign alone, EGARCH would take them for no news
    together[-30:], apart[-30:] = sides * moves, sides * moves * [1, -1]
    recursion = simulator.correlation_.recursion
    stronger = CorrelationRecursion(recursion.target, recursion.scale, 0.05, 0.9)
    simulator = DccGarch().fit(returns()[:600])
    simulator.correlation_ = CorrelationFit(stronger, 8.0, ())
    found = [np.corrcoef(simulator.forecast(h, 1, 2000, 0)[:, 0].T)[0, 1] for h in (together, apart)]
    # Errors of .02. 30 days leave .95^30 or a fifth of the state before them, whose correlation is about .6.
    assert found[0] > 0.8
    assert found[1] < 0


def test_samples_start_from_correlations_of_the_history():
    simulator = DccGarch().fit(returns()[:300])
    recursion = simulator.correlation_.recursion
    simulator.correlation_ = CorrelationFit(CorrelationRecursion(recursion.target, recursion.scale, 0.2, 0.75), 8.0, ())
    rows = np.arange(0, 300, 10)
    starts = simulator._start(simulator.residuals_, rows + 1)
    links = starts[:, 0, 1] / np.sqrt(starts[:, 0, 0] * starts[:, 1, 1])
    assert links.std() > 0.1
    np.testing.assert_allclose(simulator._start(simulator.residuals_, np.array([0]))[0], recursion.target)


@pytest.mark.parametrize("kind", ["garch", "gjr"])
def test_other_volatilities(kind):
    simulator = DccGarch(kind).fit(returns()[:400])
    assert type(simulator.fit_.recursion).__name__ == "GarchRecursion"
    assert np.isfinite(simulator.sample(50, 20, 0)).all()


def test_what_cannot_be_done_is_said():
    with pytest.raises(ConfigError, match="volatility 'ewma' is not known; say egarch, garch or gjr"):
        DccGarch("ewma").fit(returns())
    still = returns().copy()
    still[:, 1] = 0
    with pytest.raises(DataError, match="asset 1 never varies"):
        DccGarch().fit(still)


def test_an_asset_that_hardly_ever_moves_stops_nothing():
    still = returns()[:500].copy()
    still[:, 1] = 0
    still[::90, 1] = 0.01
    simulator = DccGarch().fit(still)
    assert np.isfinite(simulator.sample(200, 50, 0)).all()
    assert np.isfinite(simulator.forecast(still, 50, 50, 0)).all()
    assert simulator.notes
