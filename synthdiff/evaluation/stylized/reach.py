"""Whether paths stay above zero where the history always did."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthdiff.codecs.token import FloatArray


def below_zero(names: Sequence[str], real: FloatArray, paths: FloatArray) -> dict[str, float]:
    """Find the assets that were always above zero, and are not in some paths.

    Parameters
    ----------
    names : sequence of str
    real : (T, d) float64
        Values in their own units; NaN where not known.
    paths : (n, L, d) float64
        NaN of assets that have no values.

    Returns
    -------
    dict of str to float
        Share of the paths that reach zero or fall below it, by asset; only of those that have such paths.
    """
    found = {}
    for j, name in enumerate(names):
        known = real[np.isfinite(real[:, j]), j]
        share = float((paths[:, :, j] <= 0).any(axis=1).mean())
        if len(known) and known.min() > 0 and share > 0:
            found[name] = share
    return found
