"""Columns as histograms that real, synthetic and held-out rows share, as plain JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from synthdiff.codecs.token import FloatArray
from synthdiff.evaluation.tables import MISSING, EvaluationColumn

N_BINS = 40
N_LEVELS = 15
RANGE = (0.001, 0.999)
"""Quantiles of the real values between which the bins lie; what is outside is counted below and above."""
UNITS = {"number": (1.0,), "datetime": (86_400.0, 3600.0, 60.0, 1.0)}
CROWDED = 3.0
"""Equal bins are given up where the middle four fifths of the real values fall into fewer of them than this."""


def column_histogram(column: EvaluationColumn, parts: Mapping[str, FloatArray]) -> dict[str, Any]:
    """A column's distribution in each table.

    Parameters
    ----------
    column : EvaluationColumn
    parts : mapping of str to (n,) float64
        The column in each table; ``"real"`` decides the bins.

    Returns
    -------
    dict
        ``name``, ``scale``, ``missing`` (share in each table), ``shares`` (of the rows, in each table) and either
        ``levels`` with ``n_other`` (how many levels the last share gathers) or what `bin_edges` says; of numbers the
        first and the last share are what lies below and above all bins. Arrays where there are many numbers.
    """
    picture: dict[str, Any] = {"name": column.name, "scale": column.scale}
    if column.scale == "category":
        return picture | _level_histogram(column, parts)
    edges, even, unit = bin_edges(parts["real"], UNITS[column.scale], may_widen=column.scale == "number")
    shares = {key: _binned(values, edges) for key, values in parts.items()}
    missing = {key: float(np.isnan(values).mean()) if len(values) else 0.0 for key, values in parts.items()}
    return picture | {"missing": missing, "shares": shares, "edges": edges, "even": even, "unit": unit}


def bin_edges(
    values: FloatArray, units: Sequence[float] = (1.0,), may_widen: bool = True
) -> tuple[FloatArray, bool, float | None]:
    """Edges of some 40 bins over all but the outermost values.

    Multiples of a unit lie in the middle of their bins, as many in each. Long tails get bins that widen away from zero,
    evenly in asinh(x / s), where s is the small end of the values.

    Parameters
    ----------
    values : (n,) float64
    units : sequence of float
        From the largest.
    may_widen : bool
        Whether zero means something, so that bins may widen away from it.

    Returns
    -------
    edges : (B + 1,) float64
    even : bool
        Whether the bins are equally wide.
    unit : float or None
        The largest of the units that all values are multiples of.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return np.array([0.0, 1.0]), True, None
    low, inner_low, inner_high, high = np.quantile(known, [RANGE[0], 0.1, 0.9, RANGE[1]], method="nearest")
    unit = next((u for u in units if high - low < u * 2**40 and not np.any(known % u)), None)
    if high == low:
        half = unit / 2 if unit else max(abs(low), 1.0) / 2
        return np.array([low - half, low + half]), True, unit
    width = (high - low) / N_BINS if unit is None else unit * max(1.0, np.ceil((high - low + unit) / unit / N_BINS))
    if may_widen and inner_high - inner_low < CROWDED * width and width != unit:
        return _widening(known, low, high, unit), False, unit
    if unit is None:
        return np.linspace(low, high, N_BINS + 1), True, unit
    n_bins = int(np.ceil((high - low + unit) / width - 1e-9))
    return low - unit / 2 + width * np.arange(n_bins + 1), True, unit


def _widening(known: FloatArray, low: float, high: float, unit: float | None) -> FloatArray:
    scale = float(np.quantile(np.abs(known[known != 0]), 0.1))
    edges = scale * np.sinh(np.linspace(np.arcsinh(low / scale), np.arcsinh(high / scale), N_BINS + 1))
    if unit is None:
        edges[0], edges[-1] = low, high  # to the last bit
        return np.unique(edges)
    return np.unique(unit * (np.append(np.round(edges / unit), high / unit + 1) - 0.5))


def _binned(values: FloatArray, edges: FloatArray) -> FloatArray:
    """Shares of all rows: below, in each bin, above; (B + 2,). A bin holds its lower edge, the last one both."""
    known = values[~np.isnan(values)]
    place = np.searchsorted(edges, known, side="right")
    place[known == edges[-1]] -= 1
    return np.bincount(place, minlength=len(edges) + 1) / max(len(values), 1)


def _level_histogram(column: EvaluationColumn, parts: Mapping[str, FloatArray]) -> dict[str, Any]:
    """The most frequent levels, real ones first; what is left is one share."""
    counts = {
        key: np.bincount(values.astype(np.int64), minlength=len(column.levels)) / max(len(values), 1)
        for key, values in parts.items()
    }
    kept = _frequent(counts["real"], counts.get("synthetic", counts["real"]))
    rest = np.setdiff1d(np.flatnonzero(np.any(list(counts.values()), axis=0)), kept)
    shares = {key: np.append(share[kept], share[rest].sum() if len(rest) else []) for key, share in counts.items()}
    absent = column.levels.index(MISSING) if MISSING in column.levels else None
    missing = {key: 0.0 if absent is None else float(share[absent]) for key, share in counts.items()}
    levels = [column.levels[code] for code in kept]
    return {"missing": missing, "shares": shares, "levels": levels, "n_other": len(rest)}


def _frequent(real: FloatArray, synthetic: FloatArray) -> npt.NDArray[np.int64]:
    """Codes of the levels to show: frequent in either table, in the order of the real shares."""
    either = np.maximum(real, synthetic)
    top = np.argsort(-either, kind="stable")[:N_LEVELS]
    top = top[either[top] > 0]
    return top[np.lexsort((-synthetic[top], -real[top]))]
