"""What synthetic rows are good for: models that learn from them are judged on real rows that nobody has seen."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score, f1_score, r2_score

from synthdiff.codecs.token import FloatArray
from synthdiff.data.schema import near_match
from synthdiff.errors import DataError
from synthdiff.evaluation.downstream import Learner, learn, n_rounds, split_target
from synthdiff.evaluation.importance import agreement, importances
from synthdiff.evaluation.tables import EvaluationTables
from synthdiff.evaluation.tree import N_TREES
from synthdiff.roc import resamples
from synthdiff.score import Score, bootstrap_interval, within

MOST_ROWS, MOST_CLASSES, LEAST_ROWS = 50_000, 30, 10
"""Rows that are learnt from and judged; classes, of which the rarest are put together; rows of each table."""
MANY_CLASSES_ROWS = 5_000
"""With more than two classes the rows are fewer, as each class takes trees of its own; but never less than this."""
N_RESAMPLES = 50
IMPORTANCE_ROWS, IMPORTANCE_JUDGED, IMPORTANCE_TREES = 10_000, 4_000, 200
"""Which columns matter is plain from fewer rows and trees than the best prediction takes."""


@dataclass(frozen=True)
class Task:
    """A column to predict, and the rows to learn it from and to judge it by.

    Attributes
    ----------
    tables : EvaluationTables
    place : int
        Of the target.
    real, synthetic, independent, holdout : (n, D) float64
        With known targets.
    n_classes : int
        0: the target is a number.
    n_merged : int
        How many of the rarest levels are put together as one class.
    """

    tables: EvaluationTables
    place: int
    real: FloatArray
    synthetic: FloatArray
    independent: FloatArray
    holdout: FloatArray
    n_classes: int
    n_merged: int

    @property
    def target(self) -> str:
        """Name of the column."""
        return self.tables.names[self.place]

    @property
    def n_most(self) -> int:
        """How many rows are learnt from at most."""
        return MOST_ROWS if self.n_classes <= 2 else max(2 * MOST_ROWS // self.n_classes, MANY_CLASSES_ROWS)

    def learn(self, rows: FloatArray, n_trees: int = N_TREES) -> Learner:
        """Trees that predict the target, fitted on some rows."""
        return learn(rows, self.place, is_category=self.n_classes > 0, n_trees=n_trees)


def utility_scores(tables: EvaluationTables, target: str) -> list[Score]:
    """How well what is learnt from synthetic rows holds for real ones.

    Parameters
    ----------
    tables : EvaluationTables
    target : str
        Column that models predict from the others.

    Returns
    -------
    list of Score
        ``mle``, ``importance_agreement``; without values where nothing can be predicted, with a note that says why.

    Raises
    ------
    DataError
        There is no such column among those that are compared.
    """
    if target not in tables.names:
        raise DataError(
            f"the target {target!r} is not among the columns that can be compared{near_match(target, tables.names)}",
            column=target,
        )
    task = make_task(tables, target)
    reason = _hindrance(task)
    if reason:
        return [replace(score, note=f"not measured: {reason}") for score in _unmeasured(task)]
    return [mle(task), importance_agreement(task)]


def make_task(tables: EvaluationTables, target: str) -> Task:
    """The rows whose target is known; the rarest of many classes are one class."""
    place = tables.names.index(target)
    matrices = [tables.real, tables.synthetic, tables.independent, tables.holdout]
    if not tables.is_category[place]:
        real, synthetic, independent, holdout = (rows[~np.isnan(rows[:, place])] for rows in matrices)
        return Task(tables, place, real, synthetic, independent, holdout, n_classes=0, n_merged=0)
    levels = np.unique(np.concatenate([tables.real[:, place], tables.synthetic[:, place]]))
    n_merged = 0
    if len(levels) > MOST_CLASSES:
        counts = np.bincount(tables.real[:, place].astype(np.int64), minlength=len(tables.columns[place].levels))
        rare = np.argsort(-counts, kind="stable")[MOST_CLASSES - 1 :]
        matrices = [_merge(rows, place, rare) for rows in matrices]
        n_merged = len(levels) - (MOST_CLASSES - 1)
    n_classes = min(len(levels), MOST_CLASSES)
    real, synthetic, independent, holdout = matrices
    return Task(tables, place, real, synthetic, independent, holdout, n_classes, n_merged)


def _merge(rows: FloatArray, place: int, rare: Any) -> FloatArray:
    """Rows whose rare levels at a place are one level, -1."""
    rows = rows.copy()
    rows[np.isin(rows[:, place], rare), place] = -1
    return rows


def _hindrance(task: Task) -> str:
    """Why nothing can be predicted; empty if something can."""
    if len(task.tables.columns) < 2:
        return f"there is no column to predict {task.target!r} from"
    for name, rows in (("real", task.real), ("held-out", task.holdout), ("synthetic", task.synthetic)):
        if len(rows) < LEAST_ROWS:
            return f"there are {len(rows)} {name} rows with a known {task.target!r}; it takes {LEAST_ROWS}"
    for name, rows in (("real", task.real), ("held-out", task.holdout)):
        if np.ptp(rows[:, task.place]) == 0:
            return f"{task.target!r} is constant in the {name} rows"
    return ""


def _unmeasured(task: Task) -> tuple[Score, Score]:
    if task.n_classes:
        measure = "Area under the ROC curve" + (", mean of the classes," if task.n_classes > 2 else "")
    else:
        seconds = " (in seconds)" if task.tables.columns[task.place].scale == "datetime" else ""
        measure = f"Root mean squared error{seconds}"
    return (
        Score(
            "mle",
            "utility",
            "Learn from synthetic, predict real",
            f"{measure} of boosted trees that learnt from synthetic rows to predict {task.target!r}, on held-out rows",
            None,
            "higher" if task.n_classes else "lower",
        ),
        Score(
            "importance_agreement",
            "utility",
            "The same columns matter",
            f"Cosine of what matters for predicting {task.target!r} to trees that learnt from synthetic rows and to "
            "trees that learnt from real ones: 1 = the same columns, 0 = none in common",
            None,
        ),
    )


def mle(task: Task) -> Score:
    """Downstream quality; its interval is a bootstrap of the judged rows, the trees being given."""
    tables, n = task.tables, min(task.n_most, len(task.synthetic))
    sources = {"synthetic": task.synthetic, "real": task.real, "independent": task.independent}
    features, y = split_target(tables.some(task.holdout, MOST_ROWS, "utility", "judged"), task.place)
    sign = 1.0 if task.n_classes else -1.0
    quality: dict[str, float] = {}
    parts: dict[str, dict[str, float]] = {}
    replicates = np.empty(0)
    for name, rows in sources.items():
        learner = task.learn(tables.some(rows, n, "utility", name))
        prediction = learner.predict(features)
        quality[name] = sign * float(learner.quality(y, prediction)[0])
        parts[name] = _parts(learner, y, prediction)
        if name == "synthetic":
            weights = resamples(len(y), N_RESAMPLES, tables.generator("utility", "bootstrap"))
            replicates = learner.quality(y, prediction, weights)
    return replace(
        _unmeasured(task)[0],
        value=quality["synthetic"],
        interval=within(bootstrap_interval(replicates, quality["synthetic"]), high=1.0 if task.n_classes else math.inf),
        floor=quality["independent"],
        ceiling=quality["real"],
        note=_note(task, n),
        details={
            "target": task.target,
            "n_rows": n,
            "n_judged": len(y),
            **{part: {name: parts[name][part] for name in ("synthetic", "real")} for part in parts["real"]},
        },
    )


def _parts(learner: Learner, y: FloatArray, prediction: FloatArray) -> dict[str, float]:
    """Other measures of the same prediction."""
    if not len(learner.classes):
        return {"r2": float(r2_score(y, prediction[:, 0]))}
    chosen = learner.classes[prediction.argmax(axis=1)]
    return {
        "accuracy": float(accuracy_score(y, chosen)),
        "f1_macro": float(f1_score(y, chosen, average="macro", zero_division=0)),
    }


def _note(task: Task, n: int) -> str:
    """What was left out."""
    found = [] if task.tables.holdout_given else ["the held-out rows were split off the real ones"]
    if n < len(task.synthetic):
        found.append(f"learnt from {n:,} of {len(task.synthetic):,} synthetic rows")
    if task.n_merged:
        found.append(f"the {task.n_merged} rarest levels are one class")
    if task.n_classes and n_rounds(task.n_classes) < N_TREES:
        found.append(f"{n_rounds(task.n_classes)} rounds of boosting instead of {N_TREES}")
    return "; ".join(found)


def importance_agreement(task: Task) -> Score:
    """Whether the same columns matter to trees that learnt from synthetic rows as to trees that learnt from real ones.

    Two models each learn from half of the real rows: how far they agree with each other is the ceiling, and the value
    is the mean of how far synthetic rows agree with one and with the other. All learn from equally many rows.
    """
    tables = task.tables
    order = tables.generator("utility", "halves").permutation(len(task.real))
    n = min(len(order) // 2, len(task.synthetic), IMPORTANCE_ROWS)
    sources: dict[str, Any] = {
        "first": task.real[order[:n]],
        "second": task.real[order[n : 2 * n]],
        "synthetic": tables.some(task.synthetic, n, "utility", "importance"),
        "independent": tables.some(task.independent, n, "utility", "importance"),
    }
    features, _ = split_target(tables.some(task.holdout, IMPORTANCE_JUDGED, "utility", "importance"), task.place)
    resampled = resamples(len(features), N_RESAMPLES, tables.generator("utility", "importance", "bootstrap"))
    weights = np.concatenate([np.ones((1, len(features))), resampled])
    found = {}
    for name, rows in sources.items():
        learner = task.learn(rows, max(IMPORTANCE_TREES // max(task.n_classes, 2), 10))
        found[name] = importances(learner, features, weights, tables.generator("utility", "importance", "shuffled"))
    values, floors = (
        (agreement(found["first"], found[name]) + agreement(found["second"], found[name])) / 2
        for name in ("synthetic", "independent")
    )
    real, synthetic = (found["first"][0] + found["second"][0]) / 2, found["synthetic"][0]
    names = [name for j, name in enumerate(tables.names) if j != task.place]
    columns = [
        {"column": names[j], "real": float(real[j]), "synthetic": float(synthetic[j])} for j in np.argsort(-real)
    ]
    return replace(
        _unmeasured(task)[1],
        value=float(values[0]),
        interval=within(bootstrap_interval(values[1:], float(values[0]))),
        floor=float(floors[0]),
        ceiling=float(agreement(found["first"], found["second"])[0]),
        details={"target": task.target, "n_rows": n, "n_judged": len(features), "columns": columns},
    )
