"""Prices of a small market in a file, a short fit of them, and paths that need no model."""

import numpy as np
import pyarrow as pa

from synthdiff.datasets import make_market

FIT = (
    "--series",
    "--preset",
    "fast",
    "--max-steps",
    "10",
    "--window",
    "32",
    "--device",
    "cpu",
    "--precision",
    "float32",
)
N_DAYS, ASSETS = 300, ("A1", "A2")


def market_table(n_days=N_DAYS, n_assets=2, **options):
    return pa.Table.from_pandas(make_market(n_days, n_assets, random_state=0, **options))


def prices():
    """The values of `market_table` as (N_DAYS, 2) array."""
    table = market_table()
    return np.column_stack([table[name].to_numpy() for name in ASSETS])


def paths_table(n_paths=60, n_steps=40, seed=1, start=None, key="step"):
    """Paths whose returns are those of the history, in random order, as a table."""
    rng = np.random.default_rng(seed)
    moves = np.diff(np.log(prices()), axis=0)[rng.integers(0, N_DAYS - 1, (n_paths, n_steps))]
    start = prices()[-1] if start is None else start
    values = (start * np.exp(moves.cumsum(axis=1))).reshape(-1, 2)
    when = np.tile(np.arange(1, n_steps + 1), n_paths)
    if key == "date":
        when = np.datetime64("2030-01-01", "ns") + when * np.timedelta64(1, "D")
    path = np.repeat(np.arange(n_paths), n_steps)
    return pa.table({"path": path, key: when, **dict(zip(ASSETS, values.T, strict=True))})
