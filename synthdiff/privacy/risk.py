"""How much more an attack finds out about rows that were learnt from than about rows that were not.

References
----------
Giomi, M., Boenisch, F., Wehmeyer, C. and Tasnádi, B. (2023). A unified framework for quantifying privacy risk in
synthetic data. Proceedings on Privacy Enhancing Technologies 2023(2), 312-328.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from synthdiff.privacy.rows import IntArray
from synthdiff.score import share_interval

EITHER_Z = 2.241403
"""Half width of intervals of the stronger of two attacks: 97.5 % of each are at least 95 % of it."""


@dataclass(frozen=True)
class Risk:
    """A risk from 0, nothing more than about strangers, to 1, everything.

    Attributes
    ----------
    value : float
    interval : pair of float
        95 %.
    """

    value: float
    interval: tuple[float, float]


def excess_risk(main: float, control: float, n_main: int, n_control: int) -> Risk:
    """Risk from successes of the same attack on rows that were learnt from and on others.

    ``(p - c) / (1 - c)``, where p and c are the success rates at the centres of their Wilson intervals, and the
    interval by propagation of their half widths; both cut to [0, 1].

    Parameters
    ----------
    main, control : float
        Numbers of successes.
    n_main, n_control : int
        Numbers of attacks.
    """
    p, p_half = _centre(main, n_main)
    c, c_half = _centre(control, n_control)  # below 1 for any number of attacks
    value = (p - c) / (1 - c)
    half = math.hypot(p_half / (1 - c), c_half * (1 - p) / (1 - c) ** 2)
    return Risk(_cut(value), (_cut(value - half), _cut(value + half)))


def design_effect(positions: IntArray) -> float:
    """How many observations count as one, where those of the same row are all right or all wrong.

    ``sum(c ** 2) / sum(c)`` of the numbers c of observations of each row.

    Parameters
    ----------
    positions : (n,) int64
        The row that each observation hangs on.

    References
    ----------
    Kish, L. (1965). Survey sampling. Wiley: variances of clusters of unequal size.

    Examples
    --------
    >>> design_effect(np.array([4, 4, 9, 9]))
    2.0
    """
    counts = np.bincount(positions) if len(positions) else np.ones(1)
    return float((counts.astype(np.float64) ** 2).sum() / counts.sum())


def _centre(n_hits: float, n: int) -> tuple[float, float]:
    """Centre and half width of a share's interval."""
    low, high = share_interval(n_hits, n)
    return (low + high) / 2, (high - low) / 2


def _cut(value: float) -> float:
    return min(max(value, 0.0), 1.0)
