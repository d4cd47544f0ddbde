"""What the figures of a report show, as plain JSON: they can be drawn later, without the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from synthdiff.codecs.token import FloatArray
from synthdiff.evaluation.association import associations
from synthdiff.evaluation.histogram import column_histogram
from synthdiff.evaluation.pair import pair_pictures
from synthdiff.evaluation.tables import EvaluationTables
from synthdiff.score import Score

MAX_ROWS = 100_000
DIGITS = 5
TAILS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999)
OUTER = 0.05
N_TAILS = 6
MAX_RECORDS = 200
NORMAL_SPREAD = 3.2897
"""Standard deviations between the 5 % and the 95 % quantile of a normal distribution."""


def pictures(
    tables: EvaluationTables, scores: Sequence[Score], history: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """Gather what the figures show.

    Distances between rows, and what gives the synthetic ones away, are not repeated: their scores' details hold them.

    Parameters
    ----------
    tables : EvaluationTables
    scores : sequence of Score
        ``trend`` names the pairs to draw: ``details["pairs"]``, ``[a, b, score]`` each, the worst first.
    history : list of dict or None
        The generator's training: ``step``, ``seconds``, ``train_loss``, ``valid_loss``, ``learning_rate``, ``members``
        and ``columns`` (the held-out loss of each) of each validation.

    Returns
    -------
    dict
        ``columns`` (see `column_histogram`), ``associations`` (``names``, and ``real`` and ``synthetic`` as rows of
        [0, 1]), ``pairs`` (see `pair_pictures`), ``tails`` (quantiles at ``levels``) and ``training``; numbers have
        five significant digits, NaN is None. What there is nothing to show of is left out.
    """
    parts = {
        key: tables.some(rows, MAX_ROWS, "pictures", key)
        for key, rows in (("real", tables.real), ("synthetic", tables.synthetic), ("holdout", tables.holdout))
    }
    found = {
        "columns": [
            column_histogram(column, {key: rows[:, j] for key, rows in parts.items()})
            for j, column in enumerate(tables.columns)
        ],
        "associations": _associations(tables, parts["real"], parts["synthetic"]),
        "pairs": pair_pictures(tables, _worst_pairs(scores)),
        "tails": _tails(tables, parts),
        "training": _training(history or []),
    }
    return {key: compact(value) for key, value in found.items() if value}


def compact(value: Any) -> Any:
    """Plain JSON values with five significant digits, of arrays as many as tell their values apart as well.

    Examples
    --------
    >>> compact({"share": 1 / 3, "years": np.array([2010.5, 2010.75]), "none": float("nan")})
    {'share': 0.33333, 'years': [2010.5, 2010.75], 'none': None}
    """
    if isinstance(value, np.ndarray):
        if value.ndim > 1:
            return [compact(row) for row in value]
        known = value[np.isfinite(value)].astype(np.float64)
        spread = float(np.ptp(known)) if len(known) else 0.0
        size = float(np.abs(known).max(initial=0.0))
        digits = DIGITS + (int(np.log10(size / spread)) if spread and size > spread else 0)
        return [_number(x, digits) for x in value.tolist()]
    if isinstance(value, Mapping):
        return {key: compact(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [compact(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return _number(value, DIGITS) if isinstance(value, float) else value


def _number(value: float, digits: int) -> float | int | None:
    if not np.isfinite(value):
        return None
    short = float(f"{value:.{digits}g}")
    return int(short) if short.is_integer() else short


def _worst_pairs(scores: Sequence[Score]) -> list[tuple[str, str, float]]:
    """Pairs and their scores, the most different first."""
    trend = next((score for score in scores if score.name == "trend"), None)
    return [(a, b, score) for a, b, score in (trend.details.get("pairs", []) if trend else [])]


def _associations(tables: EvaluationTables, real: FloatArray, synthetic: FloatArray) -> dict[str, Any]:
    if len(tables.columns) < 2:
        return {}
    matrices = {"real": associations(tables, real), "synthetic": associations(tables, synthetic)}
    return {"names": tables.names} | {key: np.round(matrix, 3) for key, matrix in matrices.items()}


def _tails(tables: EvaluationTables, parts: Mapping[str, FloatArray]) -> dict[str, Any]:
    """Quantiles of the columns of numbers whose tails differ most, in units of the real spread."""
    outer = np.array([level <= OUTER or level >= 1 - OUTER for level in TAILS])
    found = []
    for j in np.flatnonzero([column.scale == "number" for column in tables.columns]):
        values = {key: rows[np.isfinite(rows[:, j]), j] for key, rows in parts.items()}
        if not all(map(len, values.values())) or np.ptp(values["real"]) == 0:
            continue
        quantiles = {key: np.quantile(known, TAILS) for key, known in values.items()}
        low, centre, high = np.quantile(values["real"], [0.05, 0.5, 0.95])
        unit = (high - low) / NORMAL_SPREAD or float(values["real"].std())
        gap = float(np.abs(quantiles["synthetic"] - quantiles["real"])[outer].max() / unit)
        found.append({"name": tables.names[j], "centre": centre, "unit": unit, "gap": gap} | quantiles)
    found.sort(key=lambda tail: -tail["gap"])
    return {"levels": TAILS, "columns": found[:N_TAILS]} if found else {}


def _training(history: list[dict[str, Any]]) -> dict[str, Any]:
    """The records as one list a quantity, thinned where there are very many."""
    if len(history) < 2:
        return {}
    places = np.unique(np.linspace(0, len(history) - 1, min(len(history), MAX_RECORDS)).round().astype(int))
    records = [history[place] for place in places]
    keys = ("step", "seconds", "train_loss", "valid_loss", "learning_rate", "members")
    names = sorted({name for record in records for name in record.get("columns", {})})
    curves = {key: [record.get(key) for record in records] for key in keys}
    return curves | {"columns": {name: [record.get("columns", {}).get(name) for record in records] for name in names}}
