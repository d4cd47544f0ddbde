"""Paths of three correlated assets, made in a moment."""

import numpy as np

from synthdiff.data.paths import Paths

ASSETS = ("SPX", "GOLD", "OIL")
VOLATILITY = np.array([0.02, 0.01, 0.03])
CORRELATION = np.array([[1.0, -0.2, 0.5], [-0.2, 1.0, 0.1], [0.5, 0.1, 1.0]])
COVARIANCE = CORRELATION * np.outer(VOLATILITY, VOLATILITY)


def make_paths(n_paths=4_000, n_steps=10, seed=0, **options):
    rng = np.random.default_rng(seed)
    noise = rng.multivariate_normal(np.zeros(3), COVARIANCE, size=(n_paths, n_steps))
    heavy = np.sqrt(5 / rng.chisquare(5, size=(n_paths, n_steps, 1)))
    return Paths.of(noise * heavy, ASSETS, start=[100.0, 50.0, 80.0], **options)
