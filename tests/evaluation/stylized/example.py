"""Markets whose facts are known, and paths that have them, or lack one."""

import numpy as np

from synthdiff.evaluation.stylized.evaluate import score_paths

EVIL = "<script>alert(1)</script>"
L = 100


def make_market(n_paths, n_steps, n_assets=1, seed=0, memory=0.97, leverage=-0.6, common=0.7, size=0.25):
    """Stochastic volatility, (n_paths, n_steps, n_assets): log volatility is an AR(1) that falls of the market raise.

    ``memory`` 0 gives independent steps, ``common`` is the share of the variance that assets have in common.
    """
    rng = np.random.default_rng(seed)
    out = np.empty((n_paths, n_steps + 200, n_assets))
    state = np.zeros((n_paths, 1))
    shocks = rng.normal(size=(n_paths, n_steps + 200, n_assets + 2))
    for t in range(n_steps + 200):
        market, own, noise = shocks[:, t, :1], shocks[:, t, 1:-1], shocks[:, t, -1:]
        out[:, t] = 0.01 * np.exp(state) * (np.sqrt(common) * market + np.sqrt(1 - common) * own)
        state = memory * state + size * (leverage * market + np.sqrt(1 - leverage**2) * noise)
    return out[:, 200:]


def make_history(n_steps=3_000, n_assets=1, seed=1, **options):
    return make_market(1, n_steps, n_assets, seed, **options)[0]


def make_paths(n_paths=200, n_assets=1, seed=2, **options):
    return make_market(n_paths, L, n_assets, seed, **options)


def shuffled(history, n_paths=200, seed=3):
    """Steps of a history in random order."""
    return history[np.random.default_rng(seed).integers(0, len(history), (n_paths, L))]


def example_report():
    """Two assets, one of which is called as markup is; with volume, the clock, and a holdout."""
    history, paths = make_history(2_000, 2), make_paths(60, 2)
    rng = np.random.default_rng(0)
    volume = tuple(np.exp(5 + 30 * np.abs(x) + 0.3 * rng.normal(size=x.shape)) for x in (history, paths))
    days = np.datetime64("2000-01-03", "ns") + np.arange(2_000) * np.timedelta64(1, "D")
    return score_paths(
        history,
        paths,
        names=["A", EVIL],
        draws=10,
        volume=volume,
        dates=days,
        path_dates=days[-L:],
        holdout=make_history(400, 2, seed=9),
    )
