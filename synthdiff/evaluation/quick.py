"""A two-sample test cheap enough to be run again and again while a model learns."""

from __future__ import annotations

import numpy as np

from synthdiff.codecs.token import FloatArray
from synthdiff.evaluation.tree import fit_trees
from synthdiff.roc import area
from synthdiff.runtime import spawn_seed

N_TREES = 50


def quick_auc(real: FloatArray, synthetic: FloatArray, seed: int, n_rows: int = 2_000) -> float:
    """How well a small boosted model tells two tables apart: each half of the rows is judged by trees from the other.

    Fewer trees and rows see less: compare with other values of this function only, not with ``gbt_auc``.

    Parameters
    ----------
    real, synthetic : (n, D) float64
        Rows as `EvaluationTables` holds them, at least two of each.
    seed : int
        Of the rows that are taken, and of the halves.
    n_rows : int
        At most so many of each, and as many of one as of the other.

    Returns
    -------
    float
        Area under the ROC curve, the mean of both halves: 0.5 where the tables cannot be told apart, 1 where each row
        can. Its standard error is about ``0.4 / sqrt(n_rows)``.

    Raises
    ------
    ValueError
        There are fewer than two rows of one.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> quick_auc(rng.normal(size=(50, 2)), rng.normal(9, size=(50, 2)), seed=0)
    1.0
    """
    n = min(len(real), len(synthetic), n_rows)
    if n < 2:
        raise ValueError(f"two rows of each table at least, not {len(real)} and {len(synthetic)}")
    rng = np.random.default_rng(spawn_seed(seed, "quick"))
    rows = np.concatenate([table[rng.permutation(len(table))[:n]] for table in (real, synthetic)])
    is_synthetic = np.repeat([False, True], n)
    first = np.tile(np.arange(n) % 2 == 0, 2)
    areas = []
    for half in (first, ~first):
        trees = fit_trees(rows[half], is_synthetic[half], n_trees=N_TREES)
        areas.append(area(is_synthetic[~half], trees.predict_proba(rows[~half])[:, 1]))
    return float(np.mean(areas))
