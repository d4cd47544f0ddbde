"""The boosted trees behind detection and utility: one setting for all, so that scores compare across tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from synthdiff.codecs.token import FloatArray

N_TREES = 200
Predictions = TypeVar("Predictions")


def fit_trees(rows: FloatArray, target: Any, *, regression: bool = False, n_trees: int = N_TREES) -> Any:
    """Boosted trees that predict a target: 200 rounds at a rate of 0.1, 31 leaves, never stopped early.

    Parameters
    ----------
    rows : (n, D) float64
        NaN where missing, which trees split on like on a value.
    target : (n,) array
    regression : bool
        Whether the target is a number; otherwise its values are classes.
    n_trees : int
        Rounds of boosting.

    Returns
    -------
    sklearn.ensemble.HistGradientBoostingClassifier or HistGradientBoostingRegressor
    """
    kind = HistGradientBoostingRegressor if regression else HistGradientBoostingClassifier
    trees = kind(max_iter=n_trees, learning_rate=0.1, max_leaf_nodes=31, early_stopping=False, random_state=0)
    # scikit-learn cannot cut a column without a single value; as a constant, no tree ever asks for it.
    return trees.fit(np.where(np.isnan(rows).all(axis=0), 0.0, rows), target)


def shuffled(
    predict: Callable[[FloatArray], Predictions], rows: FloatArray, rng: np.random.Generator
) -> Iterator[Predictions]:
    """Predictions for rows with one column after another shuffled: what is lost without the column is its importance.

    References
    ----------
    Breiman (2001), Machine Learning 45, 5, section 10; Fisher, Rudin and Dominici (2019), JMLR 20(177).
    """
    changed = rows.copy()
    for j in range(rows.shape[1]):
        changed[:, j] = rng.permutation(rows[:, j])
        yield predict(changed)
        changed[:, j] = rows[:, j]
