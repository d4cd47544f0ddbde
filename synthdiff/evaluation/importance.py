"""Which columns matter to a model, and whether two models agree on it."""

from __future__ import annotations

import numpy as np

from synthdiff.codecs.token import FloatArray
from synthdiff.evaluation.downstream import Learner
from synthdiff.evaluation.tree import shuffled


def importances(learner: Learner, features: FloatArray, weights: FloatArray, rng: np.random.Generator) -> FloatArray:
    """By how much a model's predictions change when one column after another is shuffled.

    A loss of quality would say the same of a good model. Of a bad one it says nothing: shuffling a column that a model
    wrongly relies on costs nothing.

    Parameters
    ----------
    learner : Learner
    features : (n, D) float64
    weights : (R, n) float64
        Of the rows, one weighting after another.
    rng : numpy.random.Generator

    Returns
    -------
    (R, D) float64
        Half the mean squared change, of a number, or summed over the probabilities of classes: how much of the
        predictions' variance vanishes where the column is fixed, if columns were independent.

    References
    ----------
    Jansen (1999), Computer Physics Communications 117, 35: this estimate of Sobol's total effect. Breiman (2001),
    Machine Learning 45, 5, section 10: shuffling.
    """
    whole = learner.predict(features)
    squares = [((prediction - whole) ** 2).sum(axis=1) for prediction in shuffled(learner.predict, features, rng)]
    mean_square: FloatArray = weights @ np.stack(squares, axis=1) / weights.sum(axis=1, keepdims=True)
    return 0.5 * mean_square


def agreement(first: FloatArray, second: FloatArray) -> FloatArray:
    """Cosine of the angle between importances, row by row.

    It is led by the columns that matter; a correlation of ranks would be led by the order of those that do not.

    Parameters
    ----------
    first, second : (R, D) float64
        At least 0.

    Returns
    -------
    (R,) float64
        In [0, 1]; 0 where nothing matters to one of the two.

    Examples
    --------
    >>> agreement(np.array([[3.0, 4.0], [1.0, 0.0]]), np.array([[6.0, 8.0], [0.0, 1.0]])).tolist()
    [1.0, 0.0]
    """
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    out = np.zeros(len(first))
    np.divide((first * second).sum(axis=1), lengths, out=out, where=lengths > 0)
    return np.minimum(out, 1.0)
