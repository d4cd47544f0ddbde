"""Markets with holes, zero returns, hours and levels; paths of their own blocks, and paths that are damaged."""

import numpy as np

from tests.evaluation.stylized.example import make_market

DAY, QUARTER = np.timedelta64(1, "D"), np.timedelta64(15, "m")
N_SLOTS = 26
"""Quarters of an hour of a session."""


def blocks(history, length, size, n_paths=200, seed=0):
    """Paths of blocks of a history, (n_paths, length, d), that begin where a multiple of their size does."""
    rng = np.random.default_rng(seed)
    starts = size * rng.integers(0, len(history) // size, (n_paths, -(-length // size)))
    rows = (starts[:, :, None] + np.arange(size)).reshape(n_paths, -1)[:, :length]
    return history[rows]


def make_steps(n_steps, n_assets=2, seed=0, common=0.05):
    """Assets of 1 % volatility that share a part of their variance, (n_steps, n_assets)."""
    return make_market(1, n_steps, n_assets, seed, common=common, size=0.1)[0]


def make_ragged(n_steps=1_600, seed=0):
    """An asset with scattered holes, and one that is known on the last 300 steps; and both without a hole."""
    whole = make_steps(n_steps, 2, seed)
    ragged = whole.copy()
    ragged[:-300, 1] = np.nan
    ragged[np.random.default_rng(seed).random(n_steps) < 0.03, 0] = np.nan
    return ragged, whole


def make_peg(n_steps=2_000, seed=0, share=0.7, drift=-0.006):
    """A price that rests in a share of the steps, and moves a little in the others, (n_steps, 1)."""
    rng = np.random.default_rng(seed)
    moves = rng.normal(0, 4e-4, n_steps) * (rng.random(n_steps) >= share)
    moving = moves != 0
    moves[moving] += (drift / 252 * n_steps - moves.sum()) / moving.sum()
    return moves[:, None]


def make_weeks(n_weeks=200, seed=0):
    """A coin, and a stock that rests at weekends, (7 n_weeks, 2), with dates from a Monday on."""
    history = make_steps(7 * n_weeks, 2, seed, common=0.5)
    history[np.arange(7 * n_weeks) % 7 >= 5, 1] = 0
    return history, np.datetime64("2015-01-05", "ns") + np.arange(7 * n_weeks) * DAY


def make_sessions(n_days=100, seed=0, opening=6.0):
    """Quarters of an hour of business days, (26 n_days, 1), the first of each day wilder, with dates."""
    history = make_market(1, N_SLOTS * n_days, 1, seed, size=0.05)[0]
    history[::N_SLOTS] *= opening
    days = np.busday_offset("2020-01-06", np.arange(n_days)).astype("datetime64[ns]")
    return history, (days[:, None] + (38 + np.arange(N_SLOTS)) * QUARTER).ravel()


def outlying(report):
    """Facts with the assets or pairs that they name."""
    rows = {name: score.details.get("outlying", []) for name, score in {**report.cross, **report.extra}.items()}
    return {name: [row["name"] for row in found] for name, found in rows.items() if found}


def text(report):
    """The verdict in a line."""
    return " ".join(finding.text for finding in report.verdict)
