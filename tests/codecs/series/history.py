"""Histories of returns that the tests of volatilities and windows share."""

import functools

import numpy as np

from synthdiff.codecs.series.imputation import ObservedReturns, ReturnImputation
from synthdiff.datasets import make_market


@functools.cache
def market(n_steps, n_assets, seed=0):
    """Log returns around zero, (n_steps, n_assets), and what they were made from."""
    _, truth = make_market(n_steps, n_assets, random_state=seed, return_truth=True)
    return truth.returns - truth.returns.mean(axis=0), truth


def with_gaps(returns, seed=0):
    """Holidays of one asset or all, and an asset that comes late."""
    rng = np.random.default_rng(seed)
    gaps = returns.copy()
    gaps[rng.random(returns.shape) < 0.05] = np.nan
    gaps[rng.random(len(returns)) < 0.02] = np.nan
    gaps[: len(returns) // 3, -1] = np.nan
    return gaps


def completed(returns):
    """Returns without holes, and where they were observed."""
    observed = ObservedReturns(
        returns, np.ones(returns.shape, int), np.zeros(returns.shape, bool), np.ones(returns.shape)
    )
    return ReturnImputation.fit(observed).complete(observed), ~np.isnan(returns)
