"""Whether synthetic rows can be told from real ones, and by what.

The harder the test, the more it says: a logistic regression sees single columns only, boosted trees see every link.
Against held-out rows they cannot be fooled by copies, which against learnt rows look perfect.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedKFold

from synthdiff.codecs.token import FloatArray
from synthdiff.evaluation.c2st import c2st, xgb_c2st
from synthdiff.evaluation.tables import EvaluationTables
from synthdiff.evaluation.teller import Fold, telling_columns
from synthdiff.evaluation.tree import fit_trees
from synthdiff.roc import area, area_error, curve
from synthdiff.score import Score, normal_interval, within

MOST_ROWS, LEAST_ROWS = 20_000, 20
N_FOLDS, N_REFERENCE_FOLDS = 5, 2
"""References are judged on two of the five folds: the same test with fewer rows judged, so the same figure, less exact;
fewer rows to learn from would give another figure."""
N_BINS = 20


def detection_scores(tables: EvaluationTables) -> list[Score]:
    """How well classifiers tell synthetic rows from real ones.

    Parameters
    ----------
    tables : EvaluationTables

    Returns
    -------
    list of Score
        ``c2st``, ``xgb_c2st`` (no value where XGBoost is not installed), ``gbt_auc``, ``gbt_auc_train``.
    """
    return [c2st(tables), xgb_c2st(tables), *gbt_scores(tables)]


def gbt_scores(tables: EvaluationTables) -> list[Score]:
    """Boosted trees against held-out rows, with what they tell synthetic rows by, and against learnt rows.

    Both on equally many rows, as more show more: what ``gbt_auc`` lies above ``gbt_auc_train`` is memorised.
    """
    unseen, learnt = _unmeasured(tables)
    n = min(len(tables.holdout), len(tables.synthetic), MOST_ROWS)
    n_learnt = min(n, len(tables.real))
    if n_learnt < LEAST_ROWS:
        note = f"not measured: it takes {LEAST_ROWS} real, held-out and synthetic rows"
        return [replace(score, note=note) for score in (unseen, learnt)]
    synthetic, holdout = (tables.some(rows, n, "detection") for rows in (tables.synthetic, tables.holdout))
    fewer, other, real, independent = (
        tables.some(rows, n_learnt, "detection") for rows in (synthetic, holdout, tables.real, tables.independent)
    )
    against_unseen, against_learnt = separate(holdout, synthetic), separate(real, fewer)
    # The same two tables are the ceiling of both: real rows that were learnt from, and real rows that were not.
    ceiling = separate(other, real, N_REFERENCE_FOLDS).value
    floors = [separate(rows, independent, N_REFERENCE_FOLDS).value for rows in (other, real)]
    details = {
        "columns": telling_columns(tables, against_unseen.folds, holdout, synthetic),
        "roc": roc_picture(against_unseen.folds),
        "histogram": score_picture(against_unseen.folds),
        **_sizes(n),
    }
    return [
        replace(against_unseen.fill(unseen).beside(floors[0], ceiling), details=details),
        replace(against_learnt.fill(learnt).beside(floors[1], ceiling), details=_sizes(n_learnt)),
    ]


def _unmeasured(tables: EvaluationTables) -> tuple[Score, Score]:
    what = "Area under the ROC curve of boosted trees that tell synthetic rows from {}: 0.5 = a coin, 1 = every row"
    note = "" if tables.holdout_given else "the held-out rows were split off the real ones: a generator may know them"
    return (
        Score(
            "gbt_auc",
            "detection",
            "Boosted trees against held-out rows",
            what.format("real ones that nobody learnt from"),
            None,
            "lower",
            note=note,
        ),
        Score(
            "gbt_auc_train",
            "detection",
            "Boosted trees against learnt rows",
            what.format("the real ones that were learnt from") + "; memorised rows lower it",
            None,
            "lower",
        ),
    )


def _sizes(n: int) -> dict[str, int]:
    return {"n_rows_each": n, "n_folds": N_FOLDS, "n_reference_folds": N_REFERENCE_FOLDS}


@dataclass(frozen=True)
class Separation:
    """How well boosted trees tell two tables apart, by rows that they were not fitted on.

    Attributes
    ----------
    folds : sequence of Fold
    """

    folds: Sequence[Fold]

    @property
    def value(self) -> float:
        """Mean of the folds' areas under the ROC curve."""
        return float(np.mean([area(fold.is_synthetic, fold.score) for fold in self.folds]))

    @property
    def error(self) -> float:
        """Standard error of the value, other rows to judge and other rows to fit on included.

        The judged rows alone would give the variance of a fold's area over the number of folds (LeDell et al.). As
        folds are fitted on much the same rows, the ratio of judged to fitted rows is added to the inverse of that
        number (Nadeau and Bengio). Measured on the Adult data: .0046 between seeds; .0032 and .0048 by the two.

        References
        ----------
        LeDell, Petersen and van der Laan (2015), Electronic Journal of Statistics 9, 1583. Nadeau and Bengio (2003),
        Machine Learning 52, 239.
        """
        variance = float(np.mean([area_error(fold.is_synthetic, fold.score) ** 2 for fold in self.folds]))
        return math.sqrt((1 / len(self.folds) + 1 / (N_FOLDS - 1)) * variance)

    def fill(self, score: Score) -> Score:
        """A score with this value and its interval."""
        return replace(score, value=self.value, interval=within(normal_interval(self.value, self.error)))


def separate(real: FloatArray, synthetic: FloatArray, n_folds: int = N_FOLDS) -> Separation:
    """Let boosted trees tell two tables apart, each fifth of the rows by trees fitted on the other four.

    Parameters
    ----------
    real, synthetic : (n, D) float64
    n_folds : int
        How many of the five fifths are judged.
    """
    rows = np.concatenate([real, synthetic])
    is_synthetic = np.repeat([False, True], [len(real), len(synthetic)])
    splits = StratifiedKFold(N_FOLDS, shuffle=True, random_state=0).split(rows, is_synthetic)
    folds = []
    for fitted, judged in itertools.islice(splits, n_folds):
        trees = fit_trees(rows[fitted], is_synthetic[fitted])
        score = trees.predict_proba(rows[judged])[:, 1]
        folds.append(Fold(trees, rows[judged], is_synthetic[judged], score))
    return Separation(folds)


def roc_picture(folds: Sequence[Fold]) -> dict[str, list[float]]:
    """The ROC curve: shares of synthetic rows found, at shares of real rows taken for synthetic; mean of the folds.

    References
    ----------
    Fawcett (2006), Pattern Recognition Letters 27, 861, section 8: vertical averaging.
    """
    found = np.mean([curve(fold.is_synthetic, fold.score) for fold in folds], axis=0)
    return {"false_positive": np.linspace(0, 1, len(found)).tolist(), "true_positive": found.tolist()}


def score_picture(folds: Sequence[Fold]) -> dict[str, list[float]]:
    """Shares of real and of synthetic rows by how probably synthetic they look, in twenty steps from 0 to 1."""
    edges = np.linspace(0, 1, N_BINS + 1)
    score = np.concatenate([fold.score for fold in folds])
    is_synthetic = np.concatenate([fold.is_synthetic for fold in folds])
    shares: dict[str, Any] = {"edges": edges.tolist()}
    for name, chosen in (("real", ~is_synthetic), ("synthetic", is_synthetic)):
        shares[name] = (np.histogram(score[chosen], edges)[0] / chosen.sum()).tolist()
    return shares
