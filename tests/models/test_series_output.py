"""Returns of paths given the distributions of the history: of assets, of the market, of pairs."""

import numpy as np
import pytest

from synthdiff.codecs.series.channel import FloatArray
from synthdiff.models.series_output import Output, RealReturns, dependence

WINDOWS, STEPS, HISTORY = 200, 50, 4_000


def normal(n: int, correlation: float, n_assets: int = 3, seed: int = 0) -> FloatArray:
    rng = np.random.default_rng(seed)
    common = np.sqrt(correlation) * rng.standard_normal((n, 1))
    return 0.01 * (common + np.sqrt(1 - correlation) * rng.standard_normal((n, n_assets)))


def fitted(drawn: FloatArray, real: FloatArray, **options: object) -> tuple[Output, FloatArray, FloatArray]:
    """The maps, what they make of windows, and of them again once they are asked."""
    n_assets = real.shape[1]
    windows = drawn.reshape(WINDOWS, STEPS, n_assets)
    weights = np.full(n_assets, 1 / n_assets) if n_assets > 1 else np.empty(0)
    loadings = np.ones(n_assets) if n_assets > 1 else np.empty(0)
    rests = np.zeros(real.shape, dtype=bool)
    market = real @ weights if n_assets > 1 else np.empty(0)
    found = RealReturns(real, rests, market)
    output, mapped = Output.fit(windows, np.zeros(windows.shape, dtype=bool), found, weights, loadings)
    return output, mapped, output.apply(windows)


def off_diagonal(matrix: FloatArray) -> FloatArray:
    return matrix[np.triu_indices(len(matrix), 1)]


def test_correlations_become_those_of_the_history() -> None:
    drawn, real = normal(WINDOWS * STEPS, 0.2), normal(HISTORY, 0.5, seed=1)
    _, mapped, again = fitted(drawn, real)
    found = dependence(mapped.reshape(-1, 3))
    # what is drawn is moved to the correlations of the history, up to the noise of 10,000 steps, .008
    np.testing.assert_allclose(off_diagonal(found), off_diagonal(dependence(real)), atol=0.03)
    np.testing.assert_allclose(again, mapped, atol=1e-12)
    np.testing.assert_allclose(mapped.std(axis=(0, 1)), real.std(axis=0), rtol=0.03)


def test_few_steps_change_little() -> None:
    """Of 60 steps a correlation has an error of .13: a fifth of the difference counts."""
    rng = np.random.default_rng(2)
    copies = 0.01 * rng.standard_normal((60, 1)) + 0.001 * rng.standard_normal((60, 3))
    _, mapped, _ = fitted(normal(WINDOWS * STEPS, 0.1), copies)
    found = off_diagonal(dependence(mapped.reshape(-1, 3)))
    assert (found < 0.8).all()  # those of the history are .99


def test_pairs_that_never_trade_together_are_left_as_they_are_drawn() -> None:
    real = normal(HISTORY, 0.6, seed=3)
    real[: HISTORY // 2, 1] = real[HISTORY // 2 :, 0] = np.nan
    _, mapped, _ = fitted(normal(WINDOWS * STEPS, 0.2), real)
    found = dependence(mapped.reshape(-1, 3))
    assert found[0, 2] > 0.4
    assert found[1, 2] > 0.4
    assert np.isfinite(found).all()


def test_the_market_gets_the_tails_that_it_had() -> None:
    """Calm assets that crash together: each is as it was, and so is their portfolio."""
    rng = np.random.default_rng(4)
    crash = np.where(rng.random((HISTORY, 1)) < 0.02, -0.05, 0.0)
    real = normal(HISTORY, 0.1, 5, seed=5) + crash
    _, mapped, _ = fitted(normal(WINDOWS * STEPS, 0.1, 5), real)
    portfolio, before = mapped.reshape(-1, 5).mean(axis=1), normal(WINDOWS * STEPS, 0.1, 5).mean(axis=1)
    goal = np.quantile(real.mean(axis=1), 0.005)
    assert np.quantile(before, 0.005) > 0.5 * goal
    assert np.quantile(portfolio, 0.005) == pytest.approx(goal, rel=0.25)


def test_copies_of_an_asset_stay_copies() -> None:
    def with_copy(x: FloatArray) -> FloatArray:
        return np.column_stack([x, x[:, 0]])

    drawn, real = (
        with_copy(normal(n, rho, 2, seed)) for n, rho, seed in ((WINDOWS * STEPS, 0.2, 0), (HISTORY, 0.5, 6))
    )
    _, mapped, _ = fitted(drawn, real)
    np.testing.assert_allclose(mapped[..., 2], mapped[..., 0], atol=2e-4)


def test_a_single_asset_has_its_own_table_alone() -> None:
    drawn, real = normal(WINDOWS * STEPS, 0.0, 1), 2 * normal(HISTORY, 0.0, 1, seed=7)
    output, mapped, _ = fitted(drawn, real)
    assert output.market is None
    np.testing.assert_array_equal(output.coupling, [[1.0]])
    assert mapped.std() == pytest.approx(real.std(), rel=0.03)
    assert np.abs(mapped).max() <= output.largest[0]
