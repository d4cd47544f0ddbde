"""What is asked of a market, as clauses of a sentence: "SPX falls 30 %"."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from synthdiff.data.measure import Measure
from synthdiff.data.paths import Paths
from synthdiff.data.portfolio import Holdings
from synthdiff.data.request import Subjects, read_request
from synthdiff.data.target import Target


def describe(asked: Mapping[str, Any], paths: Paths, portfolio: Holdings) -> tuple[str, str]:
    """Say what is asked of paths.

    Parameters
    ----------
    asked : mapping
        Conditions, as `synthdiff.data.request` reads them.
    paths : Paths
        What was drawn.
    portfolio : mapping or array
        Its weights.

    Returns
    -------
    clause : str
        Such as ``"SPX falls 30 % and OIL returns 10 % or more"``.
    name : str
        Such as ``"SPX -30 %, OIL ≥ 10 %"``.

    Raises
    ------
    ConditioningError
        A condition makes no sense.

    Examples
    --------
    >>> import numpy as np
    >>> paths = Paths.of(np.zeros((1, 1, 2)), ["SPX", "US10Y"], kinds=["return", "difference"])
    >>> describe({"SPX": -0.3, "US10Y": "0.5..1"}, paths, {"SPX": 1.0})
    ('SPX falls 30 % and US10Y rises by 0.5 to 1', 'SPX -30 %, US10Y 0.5 to 1')
    """
    known = Subjects(paths.assets, paths.kinds, portfolio)
    parts = []
    for key, value in asked.items():
        target = read_request({key: value}, known, paths.n_steps).target
        if target is not None:
            parts.append(_described(target))
    clauses = [clause for clause, _ in parts]
    joined = f"{', '.join(clauses[:-1])} and {clauses[-1]}" if len(clauses) > 1 else "".join(clauses)
    return joined, ", ".join(name for _, name in parts)


def _described(target: Target) -> tuple[str, str]:
    """The clause of one condition, and its name."""
    measure, low, high = target.measures[0], float(target.low.min()), float(target.high.max())
    whose = f"the {measure.name}" if measure.asset is None else measure.name
    label = measure.name if measure.kind == "return" else measure.text
    name = f"{label} {_range(measure, low, high)}"
    if target.n_cases > 1:
        return f"{target.text}", name
    if measure.kind == "volatility":
        return f"the annual volatility of {whose} is {_range(measure, low, high)}", name
    if measure.kind == "max_drawdown":
        return f"{whose} falls by {_size(measure, low, high)} from its highest value", name
    return f"{whose} {_move(measure, low, high)}", name


def _move(measure: Measure, low: float, high: float) -> str:
    """A return, or the change of a level, as what it does."""
    by = "by " if measure.is_level else ""
    if high < 0:
        return f"falls {by}{_size(measure, low, high)}"
    if low > 0 or low == high:
        return f"rises {by}{_size(measure, low, high)}"
    verb = "changes by" if measure.is_level else "returns"
    return f"{verb} {_range(measure, low, high)}"


def _size(measure: Measure, low: float, high: float) -> str:
    """Two bounds of one sign, without it."""
    least, most = sorted((abs(low), abs(high)))
    if least == most:
        return measure.format(least)
    if math.isinf(most) or (not measure.is_level and low == -1):
        return f"{measure.format(least)} or more"
    return f"{measure.format(least)} to {measure.format(most)}"


def _range(measure: Measure, low: float, high: float) -> str:
    """Bounds with their signs."""
    if low == high:
        sign = "+" if low > 0 and measure.kind == "return" else ""
        return f"{sign}{measure.format(low)}"
    if math.isinf(low):
        return f"≤ {measure.format(high)}"
    return f"≥ {measure.format(low)}" if math.isinf(high) else f"{measure.format(low)} to {measure.format(high)}"
