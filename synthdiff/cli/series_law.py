"""The demo's market in a few numbers: its history, the paths of a model of it, and the law that it was drawn from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from rich import box
from rich.table import Table

from synthdiff.data.drawdown import deepest_drawdowns

FloatArray = npt.NDArray[np.float64]

YEAR = 252
LAGS = range(1, 11)
FALL = 0.2
ES_LEVEL, VAR_LEVEL = 0.975, 0.99
STYLES = {"paths": "cyan"}


def market_numbers(returns: FloatArray) -> dict[str, float]:
    """What returns of some years come to, mean over assets.

    Parameters
    ----------
    returns : (n_years, 252, n_assets) float64
        Log returns.
    """
    flat = returns.reshape(-1, returns.shape[2])
    low = np.quantile(flat, 1 - VAR_LEVEL, axis=0)
    tail = np.quantile(flat, 1 - ES_LEVEL, axis=0)
    shortfall = [float(-x[x <= limit].mean()) for x, limit in zip(flat.T, tail, strict=True)]
    falls = deepest_drawdowns(returns, ("return",) * returns.shape[2])
    pairs = np.atleast_2d(np.corrcoef(flat.T))[np.triu_indices(returns.shape[2], 1)]
    return {
        "volatility a year": float(np.sqrt(YEAR) * flat.std(axis=0).mean()),
        f"one-day value at risk, {VAR_LEVEL:.0%}": float(-low.mean()),
        f"one-day expected shortfall, {ES_LEVEL:.1%}": float(np.mean(shortfall)),
        f"years with a fall of {FALL:.0%} or more": float((falls <= -FALL).mean()),
        "correlation of two assets": float(pairs.mean()),
        "correlation of |returns| over 1 to 10 days": clustering(returns),
        "correlation of a return and later volatility": leverage(returns),
    }


def clustering(returns: FloatArray) -> float:
    """Mean autocorrelation of absolute returns at lags of 1 to 10 days, over the whole, within paths."""
    sizes = np.abs(returns)
    return _lagged(sizes, sizes)


def leverage(returns: FloatArray) -> float:
    """Mean correlation of a return with squared returns 1 to 10 days later: below 0 where falls raise volatility."""
    return _lagged(returns, np.abs(returns))


def numbers_table(columns: Mapping[str, Mapping[str, float]]) -> Table:
    """One line a number, one column a market."""
    table = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        padding=(0, 1, 0, 0),
        title="The market in numbers, mean over assets",
        title_style="bold",
        title_justify="left",
    )
    table.add_column("", no_wrap=True, min_width=16)
    for name in columns:
        table.add_column(name, justify="right", style=STYLES.get(name, ""))
    for row in next(iter(columns.values())):
        values = (column[row] for column in columns.values())
        table.add_row(row, *(f"{value:.2f}" if row.startswith("correlation") else f"{value:.1%}" for value in values))
    return table


def years(returns: FloatArray) -> FloatArray:
    """(T, d) returns cut into whole years, the last ones, or what there is as one; (n_years, n_days, d)."""
    n_days = min(YEAR, len(returns))
    n_years = len(returns) // n_days
    return returns[len(returns) - n_years * n_days :].reshape(n_years, n_days, -1)


def _lagged(x: FloatArray, y: FloatArray) -> float:
    """Mean correlation of x with y some days later, over lags and assets."""
    x, y = ((z - z.mean(axis=(0, 1))) / z.std(axis=(0, 1)) for z in (x, y))
    return float(np.mean([(x[:, :-lag] * y[:, lag:]).mean() for lag in LAGS]))
