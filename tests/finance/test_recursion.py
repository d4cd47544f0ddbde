from dataclasses import replace

import numpy as np
import pytest

from synthdiff.finance.estimate import fit_volatility
from synthdiff.finance.recursion import BLOCK_CELLS, EgarchRecursion, GarchRecursion, filter_returns, simulate
from tests.finance.history import returns

PARAMETERS = {
    "garch": (GarchRecursion, (0.02, 0.08, 0.0, 0.9), 1.0),
    "gjr": (GarchRecursion, (0.02, 0.03, 0.1, 0.9), 1.0),
    "egarch": (EgarchRecursion, (-0.01, 0.15, -0.08, 0.97), 0.0),
}


def recursion(kind, mean=0.05):
    cls, parameters, start = PARAMETERS[kind]
    return cls(*(np.array([value]) for value in (mean, *parameters, start, np.inf)))


def process(kind):
    """The same recursion in arch, and its parameters in arch's order."""
    univariate = pytest.importorskip("arch.univariate")
    _, (omega, alpha, gamma, beta), start = PARAMETERS[kind]
    if kind == "egarch":
        return univariate.EGARCH(1, 1, 1), np.array([omega, alpha, gamma, beta]), start
    if kind == "gjr":
        return univariate.GARCH(1, 1, 1), np.array([omega, alpha, gamma, beta]), start
    return univariate.GARCH(1, 0, 1), np.array([omega, alpha, beta]), start


def variance(kind, states):
    return np.exp(states) if kind == "egarch" else states


@pytest.mark.parametrize("kind", PARAMETERS)
def test_same_returns_as_arch_from_the_same_innovations(kind):
    shocks = np.random.default_rng(0).standard_t(6, size=300)
    volatility, parameters, start = process(kind)
    data, variances = volatility.simulate(parameters, 300, lambda n: shocks[:n].copy(), burn=0, initial_value=start)
    ours = simulate(recursion(kind), np.array([[start]]), shocks[None, :, None].copy())[0, :, 0] - 0.05
    np.testing.assert_allclose(ours, data, rtol=1e-10)
    states, residuals = filter_returns(recursion(kind), (data + 0.05)[:, None])
    np.testing.assert_allclose(variance(kind, states[:-1, 0]), variances, rtol=1e-10)
    np.testing.assert_allclose(residuals[:, 0], shocks, rtol=1e-10)


@pytest.mark.parametrize("kind", PARAMETERS)
def test_same_variances_as_arch_in_an_estimate(kind):
    arch_model = pytest.importorskip("arch").arch_model
    y = returns()[:, 0]
    fit, scale = fit_volatility(returns()[:, :1], kind), y.std()
    ours = fit.recursion
    states, _ = filter_returns(ours, y[:, None])
    omega = ours.omega - (1 - ours.beta) * 2 * np.log(scale) if kind == "egarch" else ours.omega / scale**2
    asymmetry = [] if kind == "garch" else [ours.gamma]
    parameters = np.concatenate([ours.mean / scale, omega, ours.alpha, *asymmetry, ours.beta, fit.dof])
    name = "EGARCH" if kind == "egarch" else "GARCH"
    model = arch_model(y / scale, vol=name, p=1, o=len(asymmetry), q=1, dist="t", rescale=False)
    result = model.fix(parameters)
    theirs = (np.asarray(result.conditional_volatility) * scale) ** 2
    np.testing.assert_allclose(variance(kind, states[:-1, 0]), theirs, rtol=1e-8)
    one_step = result.forecast(horizon=1).variance.to_numpy()[-1, 0] * scale**2
    assert variance(kind, states[-1, 0]) == pytest.approx(one_step, rel=1e-8)
    assert np.asarray(model.fit(disp="off").params) == pytest.approx(parameters, abs=1e-3)


@pytest.mark.parametrize("kind", ["garch", "gjr"])
def test_variance_of_paths_is_archs_forecast(kind):
    arch_model = pytest.importorskip("arch").arch_model
    y = returns()[:, 0] / returns()[:, 0].std()
    _, parameters, _ = process(kind)
    model = arch_model(y, mean="Constant", vol="GARCH", p=1, o=int(kind == "gjr"), q=1, rescale=False)
    theirs = model.fix([0.05, *parameters]).forecast(horizon=8).variance.to_numpy()[-1]
    state = np.full((40_000, 1), theirs[0])
    paths = simulate(recursion(kind), state, np.random.default_rng(0).standard_normal((40_000, 8, 1))) - 0.05
    squares = paths[..., 0] ** 2
    error = squares.std(axis=0) / np.sqrt(len(squares))
    assert (np.abs(squares.mean(axis=0) - theirs) < 4 * error).all()


@pytest.mark.parametrize("kind", PARAMETERS)
def test_paths_do_not_depend_on_those_beside_them(kind):
    n = BLOCK_CELLS + 3
    shocks = np.random.default_rng(0).standard_normal((n, 2, 1))
    state = np.full((n, 1), 0.5)
    paths = simulate(recursion(kind), state, shocks.copy())
    np.testing.assert_array_equal(paths[-2:], simulate(recursion(kind), state[-2:], shocks[-2:].copy()))
    assert (state == 0.5).all()


@pytest.mark.parametrize("kind", PARAMETERS)
def test_volatility_has_a_limit(kind):
    limited = replace(recursion(kind, mean=0.0), limit=np.array([2.0]))
    shocks = np.array([[[1e6], [1.0], [1.0]]])
    paths = simulate(limited, limited.start[None], shocks)
    assert variance(kind, np.float64(2.0)) ** 0.5 == pytest.approx(paths[0, 1, 0])
