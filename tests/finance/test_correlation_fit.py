from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import multivariate_normal, multivariate_t

from synthdiff.finance import correlation_fit
from synthdiff.finance.correlation import filter_states
from synthdiff.finance.correlation_fit import MAX_PAIRS, fit_correlation

THREE = np.array([[1.0, 0.6, 0.3], [0.6, 1.0, -0.2], [0.3, -0.2, 1.0]])
TWELVE = np.full((12, 12), 0.4) + 0.6 * np.eye(12)


def shocks_of(target, a, b, dof, n_rows, seed):
    """Shocks of a known process, drawn one by one, and the correlations of each."""
    rng = np.random.default_rng(seed)
    state, shocks, correlations = target, [], []
    for _ in range(n_rows):
        size = np.sqrt(np.diag(state))
        correlations.append(state / np.outer(size, size))
        normal = np.linalg.cholesky(correlations[-1]) @ rng.standard_normal(len(target))
        shocks.append(normal * np.sqrt((dof - 2) / rng.chisquare(dof)))
        state = (1 - a - b) * target + a * np.outer(shocks[-1], shocks[-1]) + b * state
    return np.array(shocks), np.array(correlations)


def fit(shocks):
    return fit_correlation(shocks, np.full(shocks.shape[1], 7.0))


# Deviations of the estimates over 30 histories of these processes: of all at once with 3 assets and 3,000 rows, and of
# pairs with 12 assets and 1,200 rows. Their b is .002 and .005 too low on average, as the target is an estimate, too;
# with 6,000 rows, .001.
@pytest.mark.parametrize(
    ("target", "n_rows", "b", "errors"),
    [(THREE, 3000, 0.898, (0.0061, 0.014, 0.68, 0.05)), (TWELVE, 1200, 0.895, (0.0039, 0.0049, 0.79, 0.08))],
)
def test_parameters_of_a_known_process(target, n_rows, b, errors):
    shocks, _ = shocks_of(target, 0.06, 0.9, 8.0, n_rows, seed=1)
    scaled = fit(shocks * np.linspace(0.5, 2, len(target)))
    found = scaled.recursion
    assert scaled.notes == ()
    assert found.a == pytest.approx(0.06, abs=3.5 * errors[0])
    assert found.b == pytest.approx(b, abs=3.5 * errors[1])
    assert scaled.dof == pytest.approx(8, abs=3.5 * errors[2])
    np.testing.assert_allclose(found.target, target, atol=3.5 * errors[3])
    # Standard deviations of 1,200 t shocks of variance 1, whose fourth moment is 4.5: errors of 2.7 %.
    np.testing.assert_allclose(found.scale / np.linspace(0.5, 2, len(target)), 1, atol=4 * 0.027)


def test_constant_correlations_are_found_constant():
    shocks, _ = shocks_of(THREE, 0.0, 0.0, 8.0, 3000, seed=0)
    # Over 30 such histories the estimate of a, which is never negative, has a deviation of .005.
    assert fit(shocks).recursion.a < 0.02


def test_likelihood_is_that_of_scipy():
    shocks, correlations = shocks_of(THREE, 0.06, 0.9, 8.0, 60, seed=0)
    log_det, squares = correlation_fit._joint(shocks.T, THREE, 0.06, 0.9)
    expected = [multivariate_normal(cov=r).logpdf(z) for z, r in zip(shocks, correlations, strict=True)]
    np.testing.assert_allclose(-0.5 * (log_det + squares + 3 * np.log(2 * np.pi)), expected, rtol=1e-10)


def test_degrees_of_freedom_are_those_of_the_largest_likelihood():
    shocks, correlations = shocks_of(THREE, 0.06, 0.9, 5.0, 400, seed=0)
    _, squares = correlation_fit._joint(shocks.T, THREE, 0.06, 0.9)

    def likelihood(dof):
        shapes = correlations * (dof - 2) / dof  # of correlations as covariances
        return sum(multivariate_t(shape=s, df=dof).logpdf(z) for z, s in zip(shocks, shapes, strict=True))

    found = correlation_fit._dof(squares, 3)
    assert likelihood(found) > max(likelihood(0.97 * found), likelihood(1.03 * found))


def test_two_assets_at_once_are_their_pair():
    shocks, _ = shocks_of(THREE, 0.06, 0.9, 8.0, 200, seed=0)
    two = shocks.T[:2], THREE[:2, :2]
    joint = correlation_fit._joint(*two, 0.05, 0.9)
    pair = correlation_fit._pairwise(*two, np.array([0]), np.array([1]), 0.05, 0.9)
    for one, other in zip(joint, pair, strict=True):
        np.testing.assert_allclose(other[0], one, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("n_assets", [2, 3, 11, 12, 40, 2 * MAX_PAIRS])
def test_all_assets_are_in_as_many_pairs(n_assets):
    low, high = correlation_fit._pairs(n_assets)
    assert (low < high).all()
    assert len(set(zip(low.tolist(), high.tolist(), strict=True))) == len(low) <= max(MAX_PAIRS, n_assets)
    assert len(set(np.bincount(np.concatenate([low, high]), minlength=n_assets))) == 1
    if n_assets * (n_assets - 1) // 2 <= MAX_PAIRS:
        assert len(low) == n_assets * (n_assets - 1) // 2


def test_assets_that_are_the_same_do_not_decide():
    shocks, _ = shocks_of(THREE, 0.06, 0.9, 8.0, 1000, seed=0)
    found, alone = fit(shocks[:, [0, 1, 2, 1]]), fit(shocks)
    assert (found.recursion.a, found.recursion.b, found.dof) == pytest.approx(
        (alone.recursion.a, alone.recursion.b, alone.dof), rel=1e-3
    )
    assert found.notes == (
        "correlations are singular (assets that follow from others, or more assets than rows); shrunk by 1e-06",
    )
    same = fit(shocks[:, [0, 0]])
    assert (same.recursion.a, same.recursion.b, same.dof) == (0, 0, 7)
    np.linalg.cholesky(same.recursion.target)


def test_too_few_rows_have_usual_parameters():
    shocks, _ = shocks_of(TWELVE, 0.06, 0.9, 8.0, 10, seed=0)
    found = fit(shocks)
    assert (found.recursion.a, found.recursion.b, found.dof) == (0.01, 0.98, 7)
    assert found.notes[0].startswith("correlations are singular")
    assert found.notes[1].startswith("10 rows are too few to estimate how correlations move")
    np.linalg.cholesky(found.recursion.target)


def test_correlations_that_wander_off_are_said(monkeypatch):
    shocks, _ = shocks_of(THREE, 0.06, 0.9, 8.0, 200, seed=0)
    monkeypatch.setattr(correlation_fit, "_weights", lambda _: (0.0199, 0.98))
    found = fit(shocks)
    assert found.notes == ("correlations hardly return to their average: a + b is 0.9999",)
    np.linalg.cholesky(filter_states(found.recursion, shocks, np.array([200])))


def test_an_optimiser_that_gets_lost_is_not_followed(monkeypatch):
    shocks, _ = shocks_of(THREE, 0.06, 0.9, 8.0, 200, seed=0)
    for nowhere in ([np.nan, 0.5], [0.5, 0.6], [0.0, 0.0]):
        monkeypatch.setattr(correlation_fit, "minimize", lambda *_, x=nowhere, **__: SimpleNamespace(x=np.array(x)))
        found = fit(shocks).recursion
        assert (found.a, found.b) in correlation_fit.STARTS
