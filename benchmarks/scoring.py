"""Scores of synthetic rows against real ones, after the protocol of the TabSyn and TabDiff papers.

================  =====================================================================================================
shape             mean over columns of SDMetrics' KSComplement or TVComplement, against train; 1 is best
trend             mean over all pairs of columns of CorrelationSimilarity (two numeric columns) or
                  ContingencySimilarity (else; numbers cut at ten equal steps of the train column), against train; 1
                  is best
c2st              SDMetrics' LogisticDetection, against train; 1: a logistic regression cannot tell them apart
xgb_c2st          the same with XGBoost; None where it is not installed
gbt_auc           area under the ROC curve of boosted trees that tell them from held-out rows, 5-fold; .5 is best
mle               downstream quality on held-out rows of boosted trees trained on them: AUC, or RMSE of a number
dcr_share         share that lies nearer to a train row than to any of as many held-out rows; .5 is best, more is
                  copying
copies            share that equals a train row in every column
================  =====================================================================================================

>>> kinds_of(pd.DataFrame({"age": [1, 2], "sex": ["f", "m"], "code": [7, 8]}), ("code",))
{'age': 'numerical', 'sex': 'categorical', 'code': 'categorical'}
"""

from __future__ import annotations

import importlib.util
import itertools
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial.distance import cdist
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import roc_auc_score, root_mean_squared_error
from sklearn.model_selection import StratifiedKFold, cross_val_score

Kind = Literal["numerical", "categorical", "datetime"]
Kinds = dict[str, Kind]
Scores = dict[str, float | None]
Floats = npt.NDArray[np.float64]

NAMES = ("shape", "trend", "c2st", "xgb_c2st", "gbt_auc", "mle", "dcr_share", "copies")
_GBT_ROWS = 20_000
_DCR_ROWS = 5_000
_DCR_CHUNK = 256
_TREES = {"max_iter": 200, "learning_rate": 0.1, "max_leaf_nodes": 31, "early_stopping": False, "random_state": 0}


def kinds_of(train: pd.DataFrame, categorical: Sequence[str] = ()) -> Kinds:
    """What each column counts as: strings, booleans, categories and what is named are categorical."""

    def kind(name: str) -> Kind:
        if name in categorical or pd.api.types.is_bool_dtype(train[name]):
            return "categorical"
        if pd.api.types.is_datetime64_any_dtype(train[name]):
            return "datetime"
        return "numerical" if pd.api.types.is_numeric_dtype(train[name]) else "categorical"

    return {name: kind(name) for name in train.columns}


def plain(frame: pd.DataFrame, kinds: Kinds) -> pd.DataFrame:
    """The columns of `kinds`, as float64, datetimes or strings, so that a different dtype is no difference.

    Raises
    ------
    KeyError
        A column is missing.
    """
    columns: dict[str, Any] = {}
    for name, kind in kinds.items():
        column: Any = frame[name]
        if kind == "numerical":
            columns[name] = pd.to_numeric(column, errors="coerce").astype("float64")
        elif kind == "datetime":
            moment = pd.to_datetime(column, errors="coerce", utc=True).dt.tz_localize(None)
            columns[name] = moment.astype("datetime64[us]")  # SDMetrics compares the integers behind
        else:
            text = column.astype("object")
            columns[name] = text.where(text.isna(), text.astype(str)).fillna("<missing>")
    return pd.DataFrame(columns).reset_index(drop=True)


def _as_numbers(column: Any) -> Any:
    """Datetimes as seconds since 1970, numbers as they are; missing stays NaN."""
    if not pd.api.types.is_datetime64_any_dtype(column):
        return column
    return column.astype("datetime64[s]").astype("int64").astype("float64").where(column.notna())


def shape(real: pd.DataFrame, rows: pd.DataFrame, kinds: Kinds) -> float:
    """Mean agreement of single columns."""
    from sdmetrics.single_column import KSComplement, TVComplement

    metrics = {"categorical": TVComplement, "numerical": KSComplement, "datetime": KSComplement}
    return float(np.mean([metrics[kind].compute(real[name], rows[name]) for name, kind in kinds.items()]))


def trend(real: pd.DataFrame, rows: pd.DataFrame, kinds: Kinds) -> float:
    """Mean agreement of all pairs of columns; a pair of numbers of which one never varies in `real` does not count."""
    from sdmetrics.column_pairs import ContingencySimilarity, CorrelationSimilarity

    frames = [frame.apply(_as_numbers) for frame in (real, rows)]
    cut = [frame.copy() for frame in frames]
    for name, kind in kinds.items():
        if kind != "categorical":
            edges = np.histogram_bin_edges(frames[0][name].dropna())
            for frame in cut:
                frame[name] = np.digitize(frame[name], edges)
    scores = []
    for pair in map(list, itertools.combinations(kinds, 2)):
        if any(kinds[name] == "categorical" for name in pair):
            scores.append(ContingencySimilarity.compute(*(frame[pair] for frame in cut)))
        elif (frames[0][pair].nunique() > 1).all():
            varies = bool((frames[1][pair].nunique() > 1).all())
            scores.append(CorrelationSimilarity.compute(*(frame[pair] for frame in frames)) if varies else 0.0)
    return float(np.nanmean(scores))


def detection(real: pd.DataFrame, rows: pd.DataFrame, kinds: Kinds, *, trees: bool) -> float | None:
    """SDMetrics' detection score with its logistic regression, or with XGBoost where that is installed."""
    from sdmetrics.single_table import LogisticDetection
    from sdmetrics.single_table.detection.sklearn import ScikitLearnClassifierDetectionMetric

    if trees and not importlib.util.find_spec("xgboost"):
        return None
    metric: Any = LogisticDetection
    if trees:
        from xgboost import XGBClassifier

        make = staticmethod(lambda: XGBClassifier(eval_metric="logloss", enable_categorical=True, random_state=0))
        metric = type("XGBDetection", (ScikitLearnClassifierDetectionMetric,), {"_get_classifier": make})
    known = rows.copy()
    for name, kind in kinds.items():
        if kind == "categorical":  # SDMetrics refuses levels that the real rows lack: they become the commonest
            known[name] = known[name].where(known[name].isin(set(real[name])), real[name].mode()[0])
    metadata = {"columns": {name: {"sdtype": kind} for name, kind in kinds.items()}}
    np.random.seed(0)  # noqa: NPY002  SDMetrics splits by the global state: without this, no two runs agree
    return float(metric.compute(real, known, metadata))


def encode(frames: Sequence[pd.DataFrame], kinds: Kinds) -> list[Floats]:
    """Matrices for trees and distances: categories as codes that all frames share, datetimes as seconds."""
    columns: list[list[Floats]] = [[] for _ in frames]
    for name, kind in kinds.items():
        if kind == "categorical":
            levels = sorted(set().union(*(frame[name] for frame in frames)))
            codes = [pd.Index(levels).get_indexer(frame[name]) for frame in frames]
        else:
            codes = [_as_numbers(frame[name]) for frame in frames]
        for column, values in zip(columns, codes, strict=True):
            column.append(np.asarray(values, dtype=np.float64))
    return [np.column_stack(column) for column in columns]


def gbt_auc(held_out: pd.DataFrame, rows: pd.DataFrame, kinds: Kinds) -> float:
    """How well boosted trees tell the rows from held-out ones, on equally many of both."""
    rng = np.random.default_rng(0)
    n = min(len(held_out), len(rows), _GBT_ROWS)
    x = np.vstack([matrix[rng.permutation(len(matrix))[:n]] for matrix in encode([held_out, rows], kinds)])
    y = np.repeat([0, 1], n)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    return float(cross_val_score(HistGradientBoostingClassifier(**_TREES), x, y, cv=folds, scoring="roc_auc").mean())


def mle(rows: pd.DataFrame, held_out: pd.DataFrame, kinds: Kinds, target: str) -> float:
    """How well boosted trees that were trained on the rows predict the target of held-out ones."""
    place = list(kinds).index(target)
    (x, y), (x_test, y_test) = (
        (np.delete(matrix, place, axis=1), matrix[:, place]) for matrix in encode([rows, held_out], kinds)
    )
    if kinds[target] != "categorical":
        known, known_test = ~np.isnan(y), ~np.isnan(y_test)
        model = HistGradientBoostingRegressor(**_TREES).fit(x[known], y[known])
        return float(root_mean_squared_error(y_test[known_test], model.predict(x_test[known_test])))
    if len(np.unique(y)) < 2:
        return 0.5
    model = HistGradientBoostingClassifier(**_TREES).fit(x, y)
    return _auc(y_test, model.predict_proba(x_test), model.classes_)


def _auc(y: Floats, probability: Floats, classes: Floats) -> float:
    """Area under the ROC curve, the mean of one class against the rest where there are more than two."""
    if len(classes) == 2:
        return float(roc_auc_score(y == classes[1], probability[:, 1]))
    known = np.isin(y, classes)
    is_class = y[known, None] == classes
    mixed = is_class.any(axis=0) & ~is_class.all(axis=0)
    return float(roc_auc_score(is_class[:, mixed], probability[known][:, mixed], average="macro"))


def dcr_share(train: pd.DataFrame, held_out: pd.DataFrame, rows: pd.DataFrame, kinds: Kinds) -> float:
    """Share of rows whose nearest train row is nearer than the nearest of as many held-out rows; ties count half.

    The distance is the sum of differences in ranges of the train column, and 2 for each category that differs.
    """
    rng = np.random.default_rng(0)
    matrices = encode([train, held_out, rows], kinds)
    number = np.array([kind != "categorical" for kind in kinds.values()])
    span = np.nanmax(matrices[0][:, number], axis=0) - np.nanmin(matrices[0][:, number], axis=0)
    n = min(len(train), len(held_out))
    parts = []
    for matrix, size in zip(matrices, (n, n, _DCR_ROWS), strict=True):
        chosen = matrix[rng.permutation(len(matrix))[:size]]
        scaled = np.nan_to_num(chosen[:, number] / np.where(span > 0, span, 1), nan=-1.0)
        parts.append((scaled, chosen[:, ~number]))
    near_train, near_held_out = (_nearest(parts[2], reference) for reference in parts[:2])
    return float(np.mean(near_train < near_held_out) + 0.5 * np.mean(near_train == near_held_out))


def _nearest(rows: tuple[Floats, Floats], reference: tuple[Floats, Floats]) -> Floats:
    nearest = []
    for start in range(0, len(rows[0]), _DCR_CHUNK):
        numbers, levels = (part[start : start + _DCR_CHUNK] for part in rows)
        distance = cdist(numbers, reference[0], "cityblock") if numbers.shape[1] else 0.0
        if n_levels := levels.shape[1]:
            distance = distance + 2 * n_levels * cdist(levels, reference[1], "hamming")
        nearest.append(np.min(distance, axis=1))
    return np.concatenate(nearest)


def copies(rows: pd.DataFrame, train: pd.DataFrame) -> float:
    """Share of rows that equal a train row in every column."""
    known = set(train.astype(str).itertuples(index=False, name=None))
    return float(np.mean([row in known for row in rows.astype(str).itertuples(index=False, name=None)]))


@dataclass(frozen=True)
class Scorer:
    """Scores one table after another against the same real rows.

    Attributes
    ----------
    train, held_out : pandas.DataFrame
        Real rows: those the generators saw, and those they did not.
    categorical : sequence of str
        Numeric columns that count as categories.
    target : str or None
        Column that downstream models predict; without it there is no ``mle``.
    """

    train: pd.DataFrame
    held_out: pd.DataFrame
    categorical: Sequence[str] = ()
    target: str | None = None

    @cached_property
    def kinds(self) -> Kinds:
        """What each column counts as."""
        return kinds_of(self.train, self.categorical)

    @cached_property
    def _real(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        return plain(self.train, self.kinds), plain(self.held_out, self.kinds)

    def synthetic(self, rows: pd.DataFrame) -> Scores:
        """All the scores of synthetic rows."""
        train, held_out = self._real
        rows = plain(rows, self.kinds)
        return self._measure(rows, rows) | {
            "dcr_share": _quiet(lambda: dcr_share(train, held_out, rows, self.kinds)),
        }

    def real(self) -> Scores:
        """What perfect generalisation gives: held-out rows against train, and train against held-out rows."""
        train, held_out = self._real
        return self._measure(held_out, train)

    def _measure(self, rows: pd.DataFrame, other: pd.DataFrame) -> Scores:
        """`rows` against train, `other` against held-out rows."""
        (train, held_out), kinds, target = self._real, self.kinds, self.target
        scores: dict[str, Callable[[], float | None]] = {
            "shape": lambda: shape(train, rows, kinds),
            "trend": lambda: trend(train, rows, kinds),
            "c2st": lambda: detection(train, rows, kinds, trees=False),
            "xgb_c2st": lambda: detection(train, rows, kinds, trees=True),
            "gbt_auc": lambda: gbt_auc(held_out, other, kinds),
            "mle": lambda: mle(other, held_out, kinds, target) if target else None,
            "dcr_share": lambda: None,
            "copies": lambda: copies(rows, train),
        }
        return {name: _quiet(measure) for name, measure in scores.items()}


def _quiet(measure: Callable[[], float | None]) -> float | None:
    """SDMetrics and scikit-learn warn of constant columns and of rare classes; the score says it all."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return measure()
