"""From steps to values: returns compound, differences add up."""

from __future__ import annotations

import numpy as np

from synthdiff.data.split import FloatArray


def compound(steps: FloatArray, start: FloatArray, kinds: tuple[str, ...]) -> FloatArray:
    """Values of assets after each step, from their start.

    Parameters
    ----------
    steps : (n_paths, n_steps, n_assets) float64
        Log returns, or differences of levels.
    start : (n_assets,) float64
        Values before the first step; NaN where there are none.
    kinds : tuple of {"return", "difference"}
        (n_assets,)

    Returns
    -------
    (n_paths, n_steps, n_assets) float64
        The steps themselves where there is no start.
    """
    prices = np.array([kind == "return" for kind in kinds])
    if not np.isnan(start).any() and prices.all():  # in place: there may be gigabytes
        values = np.cumsum(steps, axis=1)
        np.exp(values, out=values)
        values *= start
        return values
    values = steps.copy()
    for j in np.flatnonzero(~np.isnan(start)):
        total = np.cumsum(steps[..., j], axis=1)
        values[..., j] = start[j] * np.exp(total) if prices[j] else start[j] + total
    return values
