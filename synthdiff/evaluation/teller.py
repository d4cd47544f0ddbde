"""What gives synthetic rows away: the columns that a model tells them by, and where those differ."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthdiff.codecs.token import FloatArray
from synthdiff.evaluation.quick import quick_auc
from synthdiff.evaluation.reader import Scale
from synthdiff.evaluation.tables import MISSING, EvaluationColumn, EvaluationTables
from synthdiff.evaluation.tree import shuffled
from synthdiff.roc import BoolArray, area

MOST_COLUMNS = 8
ROWS_PER_FOLD = 2_000
ROWS_ALONE = 5_000


@dataclass(frozen=True)
class Fold:
    """Rows that a model was not fitted on, and what it says of them.

    Attributes
    ----------
    trees : sklearn.ensemble.HistGradientBoostingClassifier
        Fitted on the other folds to tell synthetic rows (class 1) from real ones.
    rows : (n, D) float64
    is_synthetic : (n,) bool
    score : (n,) float64
        Probability of being synthetic.
    """

    trees: Any
    rows: FloatArray
    is_synthetic: BoolArray
    score: FloatArray


def telling_columns(
    tables: EvaluationTables, folds: Sequence[Fold], real: FloatArray, synthetic: FloatArray
) -> list[dict[str, Any]]:
    """The columns by which synthetic rows are told, the most telling first.

    Parameters
    ----------
    tables : EvaluationTables
        For the columns' names and scales, and the seed.
    folds : sequence of Fold
    real, synthetic : (n, D) float64
        The rows that are told apart.

    Returns
    -------
    list of dict
        At most eight: ``column``; ``importance``, by how much the area under the ROC curve drops when the column is
        shuffled; ``alone_auc``, the area that a small model reaches with this column alone; and ``where`` it differs
        most, with the shares of ``real`` and ``synthetic`` rows there. A column that tells nothing alone tells by its
        links with others.
    """
    importance = column_importance(folds, tables.generator("detection", "importance"))
    found = []
    for j in np.argsort(-importance)[:MOST_COLUMNS]:
        if importance[j] <= 0:
            break
        alone = [table[:, [j]] for table in (real, synthetic)]
        found.append(
            {
                "column": tables.names[j],
                "importance": float(importance[j]),
                "alone_auc": quick_auc(alone[0], alone[1], tables.seed, ROWS_ALONE),
                **largest_difference(tables.columns[j], real[:, j], synthetic[:, j]),
            }
        )
    return found


def column_importance(folds: Sequence[Fold], rng: np.random.Generator) -> FloatArray:
    """By how much the mean area under the folds' ROC curves drops when a column is shuffled, (D,)."""
    drops = []
    for fold in folds:
        some = rng.permutation(len(fold.rows))[:ROWS_PER_FOLD]
        positive, whole = fold.is_synthetic[some], area(fold.is_synthetic[some], fold.score[some])
        without = shuffled(fold.trees.predict_proba, fold.rows[some], rng)
        drops.append([whole - area(positive, probability[:, 1]) for probability in without])
    return np.asarray(np.mean(drops, axis=0))


def largest_difference(column: EvaluationColumn, real: FloatArray, synthetic: FloatArray) -> dict[str, Any]:
    """Where a column's shares differ most: a level, a range of values, or missing values.

    Of a number, three places are looked at: the single value with the largest difference, the range with the largest
    excess of synthetic rows, and the one with their largest lack; ranges run between extremes of the difference of the
    two distribution functions, as in Kuiper's test. What is too much in one place is missing elsewhere, so that the
    differences are much the same: the place counts where it is largest for so few rows.

    Parameters
    ----------
    column : EvaluationColumn
    real, synthetic : (n,) float64

    Returns
    -------
    dict
        ``where``, and the shares of ``real`` and ``synthetic`` rows there.

    References
    ----------
    Kuiper (1960), Indagationes Mathematicae 63, 38.
    """
    tables = {"real": real, "synthetic": synthetic}
    if column.scale == "category":
        n_levels = len(column.levels)
        counts = {key: np.bincount(x.astype(np.int64), minlength=n_levels) / len(x) for key, x in tables.items()}
        top = int(np.argmax(np.abs(counts["real"] - counts["synthetic"])))
        where = "missing" if column.levels[top] == MISSING else column.levels[top]
        return {"where": where, **{key: float(shares[top]) for key, shares in counts.items()}}
    found: list[dict[str, Any]] = [{"where": "missing", **{k: float(np.isnan(x).mean()) for k, x in tables.items()}}]
    for low, high in _largest_gaps(real, synthetic):
        ends = [_show(value, column.scale) for value in (low, high)]
        shares = {key: float(((x >= low) & (x <= high)).mean()) for key, x in tables.items()}
        found.append({"where": ends[0] if low == high else f"{ends[0]} to {ends[1]}", **shares})
    return max(found, key=lambda place: _contrast(place["real"], place["synthetic"]))


def _contrast(first: float, second: float) -> float:
    """Difference of two shares in units of how much such shares vary."""
    mean = (first + second) / 2
    return abs(first - second) / math.sqrt(mean * (1 - mean)) if 0 < mean < 1 else 0.0


def _largest_gaps(real: FloatArray, synthetic: FloatArray) -> Iterator[tuple[float, float]]:
    """Where shares of values differ most: a value, and two ranges, ends included."""
    values, place = np.unique(np.concatenate([real, synthetic]), return_inverse=True)
    values = values[~np.isnan(values)]
    if not len(values):
        return
    counts = [np.bincount(codes, minlength=len(values))[: len(values)] for codes in np.split(place, [len(real)])]
    # In whole numbers, so that equal heights are equal: of equally high ends the nearest make the narrowest range.
    excess = counts[1] * len(real) - counts[0] * len(synthetic)
    value = float(values[np.abs(excess).argmax()])
    yield value, value
    gap = np.r_[0, np.cumsum(excess)]
    for rise in (gap, -gap):
        end = int(np.argmax(rise - np.minimum.accumulate(rise)))
        start = end - int(np.argmin(rise[end::-1]))
        if start < end:
            yield float(values[start]), float(values[end - 1])


def _show(value: float, scale: Scale) -> str:
    """A number or a moment for people."""
    if scale == "datetime":
        moment = np.datetime64(round(value), "s")
        return str(moment).removesuffix("T00:00:00")
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.6g}"
