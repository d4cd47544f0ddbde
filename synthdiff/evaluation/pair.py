"""Pairs of columns drawn: points where both are numbers, else shares of the rows by levels and bins."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from synthdiff.codecs.token import FloatArray
from synthdiff.evaluation.tables import EvaluationColumn, EvaluationTables

N_PAIRS = 4
N_POINTS = 400
N_LEVELS, N_BINS = 9, 10
FREQUENT = 0.05
"""Share of the real rows from which a number has a bin of its own."""
MAX_ROWS = 100_000
OTHER, ABSENT = "other", "missing"


def pair_pictures(tables: EvaluationTables, pairs: Sequence[tuple[str, str, float]]) -> list[dict[str, Any]]:
    """What to draw of the first few pairs.

    Parameters
    ----------
    tables : EvaluationTables
    pairs : sequence of (str, str, float)
        Two columns and the score of the pair.

    Returns
    -------
    list of dict
        ``x``, ``y`` and ``score``, with ``points`` (of each table at most 400 rows' ``x`` and ``y`` as arrays), or with
        ``x_labels``, ``y_labels`` and ``shares`` (of each table's rows, (n_y, n_x)).
    """
    index = {name: j for j, name in enumerate(tables.names)}
    known = [(index[x], index[y], score) for x, y, score in pairs if x in index and y in index]
    return [_pair(tables, j, k, score) for j, k, score in known[:N_PAIRS]]


def _pair(tables: EvaluationTables, j: int, k: int, score: float) -> dict[str, Any]:
    x, y = tables.columns[j], tables.columns[k]
    picture = {"x": x.name, "y": y.name, "score": score}
    parts = {"real": tables.real, "synthetic": tables.synthetic}
    if "category" not in (x.scale, y.scale):
        return picture | {
            "points": {
                key: _points(tables.some(rows, N_POINTS, "points", key)[:, [j, k]]) for key, rows in parts.items()
            }
        }
    shown = {key: tables.some(rows, MAX_ROWS, "pairs", key) for key, rows in parts.items()}
    x_codes, x_labels = _codes(x, {key: rows[:, j] for key, rows in shown.items()})
    y_codes, y_labels = _codes(y, {key: rows[:, k] for key, rows in shown.items()})
    n_x, n_y = len(x_labels), len(y_labels)
    shares = {
        key: np.bincount(y_codes[key] * n_x + x_codes[key], minlength=n_x * n_y).reshape(n_y, n_x) / len(x_codes[key])
        for key in parts
    }
    return picture | {"x_labels": x_labels, "y_labels": y_labels, "shares": shares}


def _points(rows: FloatArray) -> dict[str, FloatArray]:
    whole = rows[np.isfinite(rows).all(axis=1)]
    return {"x": whole[:, 0], "y": whole[:, 1]}


def _codes(
    column: EvaluationColumn, parts: dict[str, FloatArray]
) -> tuple[dict[str, npt.NDArray[np.int64]], list[str]]:
    """Small codes with the same meaning in each table, and what they mean; no code is without rows."""
    codes, labels = (_level_codes if column.scale == "category" else _bin_codes)(column, parts)
    used = np.unique(np.concatenate(list(codes.values())))
    return {key: np.searchsorted(used, code) for key, code in codes.items()}, [labels[code] for code in used]


def _level_codes(
    column: EvaluationColumn, parts: dict[str, FloatArray]
) -> tuple[dict[str, npt.NDArray[np.int64]], list[str]]:
    counts = np.bincount(parts["real"].astype(np.int64), minlength=len(column.levels))
    top = np.argsort(-counts, kind="stable")[:N_LEVELS]
    place = np.full(len(column.levels), len(top))
    place[top] = np.arange(len(top))
    labels = [*(column.levels[code] for code in top), OTHER]
    return {key: place[values.astype(np.int64)] for key, values in parts.items()}, labels


def _bin_codes(
    column: EvaluationColumn, parts: dict[str, FloatArray]
) -> tuple[dict[str, npt.NDArray[np.int64]], list[str]]:
    """Tenths of the real values; a frequent value, such as zero, has a bin of its own; the last code is missing."""
    known = parts["real"][np.isfinite(parts["real"])]
    tenths = np.linspace(0, 1, N_BINS + 1)[1:-1]
    edges = np.unique(np.quantile(known, tenths, method="nearest")) if len(known) else known
    alone = np.array([(known == edge).mean() >= FREQUENT for edge in edges], dtype=bool)
    # Codes count: below the first edge, at it, between it and the second, ...; a rare edge belongs to what is above it.
    joined = np.arange(2 * len(edges) + 2)
    joined[1:-1:2][~alone] += 1
    codes = {
        key: np.where(
            np.isnan(values),
            len(joined) - 1,
            joined[np.searchsorted(edges, values, side="left") + np.searchsorted(edges, values, side="right")],
        )
        for key, values in parts.items()
    }
    return codes, [*_bin_labels([_text(column, edge) for edge in edges]), ABSENT]


def _bin_labels(edges: list[str]) -> list[str]:
    """Names of the bins below, at and between edges."""
    if not edges:
        return ["any"]
    spans = [*(f"{low} – {high}" for low, high in pairwise(edges)), f"> {edges[-1]}"]
    return [f"< {edges[0]}", *(label for both in zip(edges, spans, strict=True) for label in both)]


def _text(column: EvaluationColumn, value: float) -> str:
    if column.scale == "datetime":
        return str(np.datetime64(round(value), "s")).replace("T00:00:00", "")
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e9 else f"{value:.3g}"
