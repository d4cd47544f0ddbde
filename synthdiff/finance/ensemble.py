"""What an ensemble of paths says of a day: its tail, and where in it the truth came to lie.

All estimates are such that a truth drawn like the members behaves as it should for any number of members: it falls
below the p-quantile with probability p, and its place is uniform.
"""

from __future__ import annotations

import numpy as np

from synthdiff.data.split import FloatArray


def value_at_risk(ordered: FloatArray, level: float) -> FloatArray:
    """Loss that is exceeded with probability ``1 - level``.

    The quantile at rank ``(1 - level) (n + 1)``, interpolated: the one that a further member falls below with that
    probability. The usual interpolated quantile, at rank ``1 + (1 - level) (n - 1)``, is exceeded a tenth too often by
    1,000 members at 99 %.

    Parameters
    ----------
    ordered : (..., n) float64
        Returns in ascending order.
    level : float
        In (0, 1).

    Returns
    -------
    (...) float64
        Positive where there is a loss.

    References
    ----------
    Hyndman, R. J. and Fan, Y. (1996). Sample quantiles in statistical packages. American Statistician 50, 361-365:
    definition 6.
    """
    n = ordered.shape[-1]
    place = min(max((1 - level) * (n + 1) - 1, 0.0), n - 1.0)
    low = int(place)
    share = place - low
    return np.asarray(-((1 - share) * ordered[..., low] + share * ordered[..., min(low + 1, n - 1)]))


def expected_shortfall(ordered: FloatArray, level: float) -> FloatArray:
    """Mean loss of the worst ``1 - level`` of an ensemble; the last member counts with the part that is left for it.

    Parameters
    ----------
    ordered : (..., n) float64
        Returns in ascending order.
    level : float
        In (0, 1).

    Returns
    -------
    (...) float64
        Positive where there is a loss.

    References
    ----------
    Acerbi, C. and Tasche, D. (2002). On the coherence of expected shortfall. Journal of Banking & Finance 26,
    1487-1503: proposition 4.1.
    """
    n_worst = (1 - level) * ordered.shape[-1]
    whole = int(n_worst + 1e-9)
    total = ordered[..., :whole].sum(axis=-1) + max(n_worst - whole, 0.0) * ordered[..., whole]
    return np.asarray(-total / n_worst)


def place(ordered: FloatArray, happened: FloatArray, uniform: FloatArray) -> FloatArray:
    """Probability integral transform of what happened: its place in the ensemble.

    Parameters
    ----------
    ordered : (..., n) float64
        In ascending order.
    happened : (...) float64
    uniform : (...) float64
        Random numbers in [0, 1): where between two members, or among equal ones.

    Returns
    -------
    (...) float64
        In [0, 1]; uniform if the truth is drawn like the members.

    References
    ----------
    Dawid, A. P. (1984). Present position and potential developments: some personal views: statistical theory: the
    prequential approach. Journal of the Royal Statistical Society A 147, 278-292.
    """
    truth = happened[..., None]
    below, equal = (ordered < truth).sum(axis=-1), (ordered == truth).sum(axis=-1)
    return np.asarray((below + uniform * (equal + 1)) / (ordered.shape[-1] + 1))
