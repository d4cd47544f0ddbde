"""Returns with a known truth, and simulators fitted to them."""

from functools import cache

import numpy as np
import pytest

from synthdiff.finance.challengers import CHALLENGERS, make_challenger
from synthdiff.finance.recursion import EgarchRecursion, simulate

N_ROWS = 800
WORDS = tuple(CHALLENGERS)
BOOTSTRAPS = ("iid_bootstrap", "stationary_bootstrap")


@cache
def returns():
    """Two assets with volatility of about 1 % and 2 % a day, a correlation of .6, fat tails and leverage: (800, 2)."""
    rng = np.random.default_rng(11)
    scale = np.array([0.01, 0.02])
    recursion = EgarchRecursion(
        mean=np.array([3e-4, 5e-4]),
        omega=0.05 * 2 * np.log(scale),
        alpha=np.array([0.2, 0.15]),
        gamma=np.array([-0.1, -0.05]),
        beta=np.array([0.95, 0.95]),
        start=2 * np.log(scale),
        limit=np.full(2, np.inf),
    )
    normal = rng.standard_normal((N_ROWS, 2)) @ np.linalg.cholesky([[1, 0.6], [0.6, 1]]).T
    shocks = normal * np.sqrt(6 / rng.chisquare(8, size=(N_ROWS, 1)))  # t with 8 degrees of freedom, variance 1
    out = simulate(recursion, recursion.start[None], shocks[None])[0]
    out.setflags(write=False)
    return out


@cache
def fitted(word):
    """A challenger, fitted to the first 600 rows."""
    require(word)
    return make_challenger(word).fit(returns()[:600])


def require(word):
    """Skip the test where the library that fits a challenger is not installed."""
    if word not in BOOTSTRAPS:
        pytest.importorskip("arch")
    if word == "vine_copula":
        pytest.importorskip("pyvinecopulib")
