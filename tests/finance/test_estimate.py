import re
import sys

import numpy as np
import pytest

from synthdiff.errors import DataError, MissingExtraError
from synthdiff.finance import estimate
from synthdiff.finance.estimate import STARTS, fit_volatility
from synthdiff.finance.garch import EgarchT
from synthdiff.finance.recursion import GarchRecursion, filter_returns, simulate
from tests.finance.history import returns

KINDS = tuple(STARTS)


def test_parameters_of_a_long_history():
    pytest.importorskip("arch")
    rng = np.random.default_rng(5)
    truth = GarchRecursion(*(np.array([value]) for value in (5e-4, 2e-6, 0.08, 0.0, 0.90, 1e-4, np.inf)))
    shocks = rng.standard_t(6, size=(1, 6000, 1)) * np.sqrt(4 / 6)
    fit = fit_volatility(simulate(truth, truth.start[None], shocks)[0], "garch")
    assert fit.notes == ()
    # Errors of the maximum likelihood estimates of 6,000 returns, as arch says: .01 each, and .5 degrees of freedom.
    assert fit.recursion.alpha[0] == pytest.approx(0.08, abs=0.03)
    assert fit.recursion.beta[0] == pytest.approx(0.90, abs=0.04)
    assert fit.dof[0] == pytest.approx(6, abs=1.5)
    assert fit.recursion.mean[0] == pytest.approx(5e-4, abs=4 * 0.01 / np.sqrt(6000))


@pytest.mark.parametrize("kind", KINDS)
def test_units_do_not_matter(kind):
    pytest.importorskip("arch")
    small, large = (fit_volatility(returns() * unit, kind) for unit in (1.0, 100.0))
    # The optimiser's own noise is about 1e-5: it takes derivatives by differences.
    np.testing.assert_allclose(large.recursion.beta, small.recursion.beta, atol=1e-3)
    residuals = [filter_returns(fit.recursion, returns() * u)[1] for fit, u in ((small, 1.0), (large, 100.0))]
    np.testing.assert_allclose(residuals[1], residuals[0], atol=1e-2)


@pytest.mark.parametrize("kind", KINDS)
def test_an_optimiser_that_always_fails(kind, monkeypatch):
    monkeypatch.setattr(estimate, "_maximise", lambda *_: (np.full(6, np.nan), -np.inf))
    fit = fit_volatility(returns(), kind)
    assert len(fit.notes) == 2
    assert fit.notes[1].startswith("asset 1: its first estimate did not converge, and no other is better; it has usual")
    assert fit.dof.tolist() == [6.0, 6.0]
    _, residuals = filter_returns(fit.recursion, returns())
    assert residuals.std(axis=0) == pytest.approx([1, 1], abs=0.2)


@pytest.mark.parametrize(
    ("first", "why"),
    [
        ((0.0, 0.0, 0.11, 0.0, 0.9, 6.0), r"is not stationary \(persistence 1.0100\)"),
        ((0.0, 1e-9, 1e-6, 0.0, 0.9, 6.0), r"has run away from the returns \(residuals are [\d.e+]+ large instead"),
        ((0.0, 0.02, 0.08, 0.0, 0.9, 2.0), r"has no variance \(2.00 degrees"),
    ],
)
def test_a_first_estimate_of_no_use_is_made_again(first, why, monkeypatch):
    calls = []

    def maximise(_, kind, start):
        calls.append(start)
        return np.array(first if start is None else start), float(-len(calls))

    monkeypatch.setattr(estimate, "_maximise", maximise)
    fit = fit_volatility(returns()[:, :1], "garch")
    assert calls == [None, *STARTS["garch"]]
    assert fit.recursion.beta[0] == STARTS["garch"][0][4]  # the most likely one
    (note,) = fit.notes
    assert re.search(why, note)


@pytest.mark.parametrize(("kind", "beta"), [("garch", 0.889), ("egarch", 0.999)])
def test_estimates_that_are_never_stationary_are_calmed(kind, beta, monkeypatch):
    always = {"garch": (0.0, 0.001, 0.11, 0.0, 0.89, 6.0), "egarch": (0.0, -0.001, 0.1, -0.05, 1.0, 6.0)}[kind]
    monkeypatch.setattr(estimate, "_maximise", lambda *_: (np.array(always), 0.0))
    fit = fit_volatility(returns()[:, 1:], kind)
    assert fit.notes[0].endswith("is not stationary (persistence 1.0000); its persistence is lowered to 0.999")
    assert fit.recursion.beta[0] == pytest.approx(beta)
    _, residuals = filter_returns(fit.recursion, returns()[:, 1:])
    assert residuals.std() == pytest.approx(1, abs=0.25)


def test_too_few_rows_get_usual_parameters():
    fit = fit_volatility(returns()[:60], "garch")
    assert fit.notes[0] == "asset 0: 60 rows are too few to estimate its volatility; it has usual parameters instead"
    np.testing.assert_allclose(fit.recursion.omega, 0.02 * returns()[:60].var(axis=0))


def test_one_return_out_of_this_world_stops_nothing():
    pytest.importorskip("arch")
    wild = returns()[:, :1].copy()
    wild[300] = 0.9
    simulator = EgarchT().fit(wild)
    paths = simulator.sample(200, 50, 0)
    assert np.isfinite(paths).all()
    assert simulator.fit_.recursion.limit[0] == pytest.approx(2 * np.log(0.9), abs=0.01)


def test_an_asset_that_never_moves():
    still = returns().copy()
    still[:, 1] = 0.1
    with pytest.raises(DataError, match="asset 1 never varies"):
        fit_volatility(still, "garch")


def test_without_arch(monkeypatch):
    monkeypatch.setitem(sys.modules, "arch", None)
    with pytest.raises(MissingExtraError, match=r"pip install synthdiff\[finance\]") as caught:
        fit_volatility(returns(), "egarch")
    assert caught.value.extra == "finance"
