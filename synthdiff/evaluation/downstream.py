"""Boosted trees that predict one column from the others: what synthetic rows are good for is measured by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from synthdiff.codecs.token import FloatArray
from synthdiff.evaluation.tree import N_TREES, fit_trees
from synthdiff.roc import areas

MOST_TREES = 1_400
"""Each round of boosting grows a tree for every class; with more than seven classes there are fewer rounds."""


@dataclass(frozen=True)
class Learner:
    """Trees that predict a target, fitted.

    Attributes
    ----------
    trees : object or None
        None where the fitted rows hold one class only: nothing was learnt.
    classes : (K,) float64
        Codes of the classes; empty for a number.
    """

    trees: Any
    classes: FloatArray

    def predict(self, features: FloatArray) -> FloatArray:
        """Probabilities of the classes, (n, K), or values, (n, 1)."""
        if self.trees is None:
            return np.ones((len(features), 1))
        if len(self.classes):
            return np.asarray(self.trees.predict_proba(features))
        return np.asarray(self.trees.predict(features))[:, None]

    def quality(self, y: FloatArray, prediction: FloatArray, weights: FloatArray | None = None) -> FloatArray:
        """Area under the ROC curve of classes, or minus the root mean squared error of a number: more is better.

        With two classes it is the area of the second one; with more, the mean over those that occur of one class
        against the rest, among rows of classes that were learnt.

        Parameters
        ----------
        y : (n,) float64
        prediction : (n, K) float64
        weights : (R, n) float64 or None
            One quality for each weighting of the rows; None: one, each row once.

        Returns
        -------
        (R,) float64
            NaN where all rows are of one class.
        """
        weights = np.ones((1, len(y))) if weights is None else weights
        if not len(self.classes):
            mean_square: FloatArray = weights @ (y - prediction[:, 0]) ** 2 / weights.sum(axis=1)
            return -np.sqrt(mean_square)
        if len(self.classes) < 2:
            return np.full(len(weights), 0.5)
        if len(self.classes) == 2:
            return areas(y == self.classes[1], prediction[:, 1], weights)
        known = np.isin(y, self.classes)
        of_class = np.stack(
            [areas(y[known] == label, prediction[known, k], weights[:, known]) for k, label in enumerate(self.classes)]
        )
        counted = ~np.isnan(of_class)
        out, number = np.full(len(weights), np.nan), counted.sum(axis=0)
        np.divide(np.where(counted, of_class, 0.0).sum(axis=0), number, out=out, where=number > 0)
        return out


def learn(rows: FloatArray, target: int, *, is_category: bool, n_trees: int = N_TREES) -> Learner:
    """Fit trees that predict a column from the others.

    Parameters
    ----------
    rows : (n, D) float64
        At least one of them with a known target.
    target : int
        Place of the column.
    is_category : bool
        Whether it holds classes; otherwise rows whose target is missing are left out.
    n_trees : int
        Rounds of boosting, at most.
    """
    features, y = split_target(rows, target)
    if not is_category:
        return Learner(fit_trees(features, y, regression=True, n_trees=n_trees), np.empty(0))
    classes = np.unique(y)
    if len(classes) < 2:
        return Learner(None, classes)
    trees = fit_trees(features, y, n_trees=min(n_trees, n_rounds(len(classes))))
    return Learner(trees, classes)


def n_rounds(n_classes: int) -> int:
    """Rounds of boosting that many classes leave."""
    return min(N_TREES, max(MOST_TREES // n_classes, 1)) if n_classes > 2 else N_TREES


def split_target(rows: FloatArray, target: int) -> tuple[FloatArray, FloatArray]:
    """The other columns and the target, of the rows whose target is known: a level always is."""
    rows = rows[~np.isnan(rows[:, target])]
    return np.delete(rows, target, axis=1), rows[:, target]
