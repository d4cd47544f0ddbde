"""Classifier two-sample tests as they are published, with SDMetrics' own pipeline around the classifier.

References
----------
Lopez-Paz and Oquab (2017), "Revisiting classifier two-sample tests", ICLR; Zhang et al. (2024), "Mixed-type tabular
data synthesis with score-based diffusion in latent space", ICLR, whose tables report the logistic one.
"""

from __future__ import annotations

import importlib.util
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from synthdiff.codecs.token import FloatArray
from synthdiff.evaluation.tables import EvaluationTables
from synthdiff.roc import approximate_error
from synthdiff.runtime import spawn_seed
from synthdiff.score import Score, normal_interval, within

Classifier = Literal["logistic", "xgboost"]
MOST_ROWS, REFERENCE_ROWS, LEAST_ROWS = 50_000, 10_000, 10
N_FOLDS = 3  # SDMetrics'
MOST_CELLS = 20_000_000
"""SDMetrics gives each level a column of its own and holds the table several times: a few hundred megabytes."""


def c2st(tables: EvaluationTables) -> Score:
    """SDMetrics' LogisticDetection against the rows that the generator learnt from; 1: not told apart."""
    score = Score(
        "c2st",
        "detection",
        "Logistic regression",
        "How little a logistic regression can tell synthetic rows from the real ones that were learnt from: 1 = not at "
        "all, 0 = every row (SDMetrics' LogisticDetection)",
        None,
        # Independent columns reach nearly 1, since a linear rule sees no links: they are no measure of what is bad.
        bad=0.0,
    )
    return _measure(score, tables, "logistic")


def xgb_c2st(tables: EvaluationTables) -> Score:
    """The same with XGBoost in the place of the logistic regression; None where XGBoost is not installed."""
    score = Score(
        "xgb_c2st",
        "detection",
        "XGBoost",
        "How little XGBoost can tell synthetic rows from the real ones that were learnt from: 1 = not at all, 0 = "
        "every row (SDMetrics' detection around XGBoost); memorised rows raise it, too",
        None,
    )
    if not importlib.util.find_spec("xgboost"):
        return replace(score, note="not measured: XGBoost is not installed (pip install xgboost-cpu)")
    return _measure(score, tables, "xgboost")


def _measure(score: Score, tables: EvaluationTables, classifier: Classifier) -> Score:
    """Fill in the value, its interval and its references."""
    if min(map(len, (tables.real, tables.synthetic, tables.holdout))) < LEAST_ROWS:
        return replace(score, note=f"not measured: it takes {LEAST_ROWS} real, held-out and synthetic rows")
    n_most = min(MOST_ROWS, most_rows(tables))
    real, synthetic = (tables.some(rows, n_most, "c2st") for rows in (tables.real, tables.synthetic))
    value = detection(tables, real, synthetic, classifier)
    # The score is twice what the area under the ROC curve lacks of 1; what the folds share counts as in `Separation`.
    error = 2 * approximate_error(1 - value / 2, len(synthetic), len(real)) * math.sqrt(1 + N_FOLDS / (N_FOLDS - 1))
    n_reference = min(n_most, REFERENCE_ROWS)
    learnt = tables.some(real, n_reference, "c2st", "reference")
    ceiling, floor = (
        detection(tables, learnt, tables.some(rows, n_reference, "c2st", "reference"), classifier)
        for rows in (tables.holdout, tables.independent)
    )
    sampled = len(real) < len(tables.real) or len(synthetic) < len(tables.synthetic)
    return replace(
        score,
        value=value,
        interval=within(normal_interval(value, error)),
        floor=floor,
        ceiling=ceiling,
        note=f"on {len(real):,} real and {len(synthetic):,} synthetic rows" if sampled else "",
        details={"n_real": len(real), "n_synthetic": len(synthetic), "n_reference": n_reference},
    )


def most_rows(tables: EvaluationTables) -> int:
    """How many rows of each table SDMetrics can hold once each level is a column."""
    width = sum(max(len(column.levels), 1) for column in tables.columns)
    return max(MOST_CELLS // (2 * width), 1_000)


def detection(tables: EvaluationTables, real: FloatArray, rows: FloatArray, classifier: Classifier) -> float:
    """SDMetrics' detection score.

    Three folds of a pipeline of means for missing values, robust scaling and a classifier; 1 less the mean of
    ``max(0, 2 AUC - 1)``.

    Parameters
    ----------
    tables : EvaluationTables
        For the columns and the seed.
    real, rows : (n, D) float64
    classifier : {"logistic", "xgboost"}

    Returns
    -------
    float
        In [0, 1]; 1 where the rows cannot be told from the real ones.
    """
    known = rows.copy()
    for j in np.flatnonzero(tables.is_category):
        counts = np.bincount(real[:, j].astype(np.int64), minlength=len(tables.columns[j].levels))
        # SDMetrics refuses levels that the real rows lack: they become the commonest.
        known[counts[known[:, j].astype(np.int64)] == 0, j] = counts.argmax()
    metadata = {
        "columns": {
            str(j): {"sdtype": "categorical" if is_category else "numerical"}
            for j, is_category in enumerate(tables.is_category)
        }
    }
    with _seeded(spawn_seed(tables.seed, "c2st", "folds")), warnings.catch_warnings():
        # Constant columns, and regressions that take more than a hundred steps: the score says it all.
        warnings.simplefilter("ignore")
        metric = _logistic_detection() if classifier == "logistic" else _xgboost_detection()
        # A regression on narrow rows: with several threads, linear algebra waits for itself (35 s instead of 5).
        with threadpool_limits(1 if classifier == "logistic" else None):
            return float(metric.compute(_frame(tables, real), _frame(tables, known), metadata))


def _frame(tables: EvaluationTables, rows: FloatArray) -> pd.DataFrame:
    """Rows as SDMetrics takes them: levels as text; columns by number, since its own names could meet theirs."""
    return pd.DataFrame(
        {
            str(j): np.array(column.levels, dtype=object)[rows[:, j].astype(np.int64)] if column.levels else rows[:, j]
            for j, column in enumerate(tables.columns)
        }
    )


def _logistic_detection() -> Any:
    from sdmetrics.single_table import LogisticDetection  # takes seconds to import

    return LogisticDetection


def _xgboost_detection() -> Any:
    from sdmetrics.single_table.detection.sklearn import ScikitLearnClassifierDetectionMetric
    from xgboost import XGBClassifier

    make = staticmethod(lambda: XGBClassifier(eval_metric="logloss", enable_categorical=True, random_state=0))
    return type("XGBDetection", (ScikitLearnClassifierDetectionMetric,), {"_get_classifier": make})


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Numpy's global random state for the time of a call: SDMetrics splits its folds by it."""
    state = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed % 2**32)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002
