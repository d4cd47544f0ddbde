"""What skfolio asks of an estimator of a distribution, with skfolio itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthdiff import SeriesDiffusion
from synthdiff.datasets import make_market
from tests.models.markets import QUICK

pytest.importorskip("skfolio")
from skfolio import RiskMeasure
from skfolio.optimization import MeanRisk
from skfolio.prior import SyntheticData

N = 400


@pytest.fixture(scope="module")
def returns() -> pd.DataFrame:
    """Simple returns, as skfolio takes them."""
    return make_market(500, 3, random_state=0).pct_change().dropna()


def drawn(returns: pd.DataFrame, **sample_args: Any) -> np.ndarray:
    prior = SyntheticData(SeriesDiffusion(**QUICK), n_samples=N, sample_args=sample_args or None)
    found: np.ndarray = np.asarray(prior.fit(returns).return_distribution_.returns)
    return found


def test_returns_are_simple_and_as_large_as_those_that_went_in(returns: pd.DataFrame) -> None:
    """Deviations of 400 draws with fat tails have a standard error of about a tenth."""
    found = drawn(returns)
    assert found.shape == (N, 3)
    assert found.std(axis=0) / returns.to_numpy().std(axis=0) == pytest.approx(np.ones(3), abs=0.35)
    assert found.min() > -1


@pytest.mark.parametrize("asked", [-0.02, (-0.03, -0.01)])
def test_a_condition_on_an_asset(returns: pd.DataFrame, asked: Any) -> None:
    found = drawn(returns, conditioning={"A2": asked}, tolerance=0.01)
    assert ((found[:, 1] >= -0.03) & (found[:, 1] <= -0.01)).all()
    assert found[:, 0].std() > 0
    assert found[:, 0].mean() < returns["A1"].mean()  # what moves with it falls as well


def test_values_of_an_array_each_as_often(returns: pd.DataFrame) -> None:
    found = drawn(returns, conditioning={"A1": np.repeat([-0.02, 0.01], N // 2)}, tolerance=0.004)
    low = np.abs(found[:, 0] + 0.02) <= 0.004
    assert (low | (np.abs(found[:, 0] - 0.01) <= 0.004)).all()
    assert low.mean() == pytest.approx(0.5, abs=0.1)


def test_a_portfolio_of_least_expected_shortfall(returns: pd.DataFrame) -> None:
    prior = SyntheticData(SeriesDiffusion(**QUICK), n_samples=N)
    portfolio = MeanRisk(risk_measure=RiskMeasure.CVAR, prior_estimator=prior).fit(returns)
    assert portfolio.weights_.sum() == pytest.approx(1)
    equal = returns.mean(axis=1)
    assert portfolio.predict(returns).cvar < 1.05 * -equal[equal <= equal.quantile(0.05)].mean()
