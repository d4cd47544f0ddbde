"""Falls from the highest value so far."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthdiff.data.split import FloatArray


def drawdown_paths(values: FloatArray, start: float = 1.0) -> FloatArray:
    """Fall below the highest value so far, as a fraction of it.

    Parameters
    ----------
    values : (n_paths, n_steps) float64
        What something is worth after each step.
    start : float
        What it was worth before the first; above 0.

    Returns
    -------
    (n_paths, n_steps) float64
        0 or below: -0.3 is 30 % below the highest value.
    """
    peak = np.maximum(np.maximum.accumulate(values, axis=1), start)
    return np.asarray(values / peak - 1)


def deepest_drawdowns(returns: FloatArray, kinds: Sequence[str]) -> FloatArray:
    """The deepest fall of each asset on each path, the start included.

    Parameters
    ----------
    returns : (n_paths, n_steps, n_assets) float64
        Log returns, or differences of levels.
    kinds : sequence of str
        ``"return"`` or ``"difference"`` of each asset.

    Returns
    -------
    (n_paths, n_assets) float64
        0 or below; fractions of the highest value so far, for differences in units of the level.
    """
    total, peak, deepest = (np.zeros((len(returns), returns.shape[2])) for _ in range(3))
    for step in range(returns.shape[1]):
        total += returns[:, step]
        np.maximum(peak, total, out=peak)
        np.minimum(deepest, total - peak, out=deepest)
    compounds = np.array([kind == "return" for kind in kinds])
    return np.where(compounds, np.expm1(deepest), deepest)
