import numpy as np
import pytest

from synthdiff.finance.estimate import VolatilityFit
from synthdiff.finance.garch import EgarchT, GarchT
from synthdiff.finance.recursion import EgarchRecursion, GarchRecursion
from tests.finance.history import fitted, returns


def known(simulator, cls, parameters, start, dof=5.0):
    """A simulator with parameters that nobody estimated, on a quiet day."""
    values = [np.array([value]) for value in (0.0, *parameters, start, np.inf)]
    simulator.fit_ = VolatilityFit(cls(*values), np.array([dof]), ())
    simulator.states_ = np.array([[start]])
    simulator.residuals_ = np.zeros((1, 1))
    return simulator


def test_first_day_has_the_variance_of_its_state():
    simulator = known(GarchT(), GarchRecursion, (0.02, 0.08, 0.0, 0.9), 4.0, dof=8.0)
    first = simulator.sample(40_000, 1, 0)
    # The fourth moment of a t variable with 8 degrees of freedom and variance 1 is 4.5.
    assert np.var(first) == pytest.approx(4.0, abs=4 * 4 * np.sqrt(3.5 / 40_000))


def test_losses_raise_volatility_in_egarch_only():
    def leverage(simulator):
        paths = simulator.sample(20_000, 2, 0)[..., 0]
        return np.corrcoef(np.sign(paths[:, 0]), np.log(np.abs(paths[:, 1])))[0, 1]

    error = 1 / np.sqrt(20_000)
    assert leverage(known(EgarchT(), EgarchRecursion, (0.0, 0.2, -0.3, 0.95), 0.0)) < -10 * error
    assert abs(leverage(known(GarchT(), GarchRecursion, (0.02, 0.1, 0.0, 0.88), 1.0))) < 4 * error


def test_forecasts_start_from_the_volatility_at_the_end_of_the_history():
    simulator = fitted("egarch_t")
    calm, wild = returns()[:700].copy(), returns()[:700].copy()
    wild[-5:] = 5 * returns().std(axis=0) * np.array([[-1], [1], [-1], [1], [-1]])
    spread = [simulator.forecast(history, 1, 2000, 0).std(axis=(0, 1)) for history in (calm, wild)]
    assert (spread[1] > 1.5 * spread[0]).all()


def test_samples_start_from_days_of_the_history():
    simulator = fitted("garch_t")
    first = np.abs(simulator.sample(20_000, 1, 0)[:, 0, 0])
    expected = np.sqrt(simulator.states_[:, 0].mean())
    assert np.sqrt(np.mean(first**2)) == pytest.approx(expected, rel=0.1)
