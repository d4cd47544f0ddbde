"""Score synthetic rows: everything that can be said about them, in one report."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from synthdiff.codecs.token import FloatArray, IntArray
from synthdiff.data.frame import to_table
from synthdiff.data.schema import Schema, near_match
from synthdiff.errors import DataError
from synthdiff.evaluation.detection import detection_scores
from synthdiff.evaluation.fidelity import fidelity_scores
from synthdiff.evaluation.picture import pictures
from synthdiff.evaluation.report import Report
from synthdiff.evaluation.tables import EvaluationTables, make_tables
from synthdiff.evaluation.utility import utility_scores
from synthdiff.evaluation.verdict import judge
from synthdiff.parameter import Rules, checked
from synthdiff.privacy.membership import LogProb
from synthdiff.privacy.rows import PrivacyRows
from synthdiff.privacy.scores import attack_scores, privacy_scores
from synthdiff.rule import CALLBACK, SEED, Either, Flag, Folder, Instance, Label, Names, OrNone, RandomState
from synthdiff.score import Score
from synthdiff.version import __version__

Progress = Callable[[str, float], None]


EVALUATING: Rules = {
    "target": OrNone(Label()),
    "schema": OrNone(Either(Instance("a Schema, a dictionary or a file", (Schema, dict)), Folder())),
    "categorical": Names(),
    "model": OrNone(Instance("a fitted model of a table, with log_prob", methods=("log_prob",))),
    "attacks": Flag(),
    "random_state": SEED,
    "progress": OrNone(CALLBACK),
}
"""What the parameters of `evaluate` may be."""


class LikelyModel(Protocol):
    """A model that knows how likely rows are, and may know how it was trained (``history_``)."""

    def log_prob(self, X: Any) -> FloatArray:
        """Log-density of each row of a frame, (n,), in nats."""
        ...


@checked(**EVALUATING)
def evaluate(
    real: Any,
    synthetic: Any,
    holdout: Any = None,
    target: str | None = None,
    schema: Schema | dict[str, Any] | str | Path | None = None,
    *,
    categorical: tuple[str, ...] = (),
    model: LikelyModel | None = None,
    attacks: bool = True,
    random_state: RandomState = 0,
    progress: Progress | None = None,
) -> Report:
    """Score synthetic rows against real ones, whoever made them.

    Each score stands beside what real held-out rows score in the synthetic rows' place (its ceiling) and what
    independent columns score (its floor), with a 95 % interval.

    Parameters
    ----------
    real : pandas.DataFrame, polars.DataFrame or pyarrow.Table
        The rows that the generator learnt from.
    synthetic : frame
        The rows to score.
    holdout : frame or None
        Real rows that the generator has not seen. None splits a fifth off the real ones: what needs unseen rows is then
        left out, and the report says so.
    target : str or None
        A column that models are trained to predict, on synthetic and on real rows.
    schema : Schema, dict, path or None
        Kinds of the columns, whole or in part; None infers them from the real rows.
    categorical : tuple of str
        Columns of numbers that are codes.
    model : object or None
        The fitted model, for membership inference by its ``log_prob`` and the training curves.
    attacks : bool
        Whether privacy is attacked; without, distances alone are measured.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None
        Seed, or what one is drawn from; None draws any. The same seed gives the same report on the same machine.
    progress : callable or None
        Told what is being done, and which share of the whole is done.

    Returns
    -------
    Report

    Raises
    ------
    DataError, SchemaError
        A frame or what is said of its columns cannot be used; the message says what to do.
    """
    seed = SEED.read(random_state)
    _check_model(model, real)
    given = Schema.given(schema)
    tables = make_tables(real, synthetic, holdout, given, categorical, seed, *_purposes(model, given))
    if target is not None and target not in tables.names:
        hint = near_match(target, tables.names)
        raise DataError(f"there is no column {target!r} to predict in both tables{hint}", column=target)
    bounded = tables.bounded
    rows = PrivacyRows(
        bounded.real,
        bounded.synthetic,
        bounded.holdout,
        tables.is_category,
        tuple(tables.names),
        tables.holdout_given,
        seed,
    )
    parts: dict[str, Callable[[], list[Score]]] = {
        "fidelity": lambda: [*_validity(tables), *fidelity_scores(tables)],
        "detection": lambda: detection_scores(bounded),
        "utility": lambda: utility_scores(bounded, target) if target is not None else [],
        "privacy": lambda: privacy_scores(rows),
        "attacks": lambda: attack_scores(rows, _likelihood(model, tables, real, holdout), target) if attacks else [],
    }
    scores: list[Score] = []
    for i, (name, measure) in enumerate(parts.items()):
        if progress is not None:
            progress(name, i / (len(parts) + 1))
        scores += measure()
    if progress is not None:
        progress("pictures", len(parts) / (len(parts) + 1))
    facts = _facts(tables, target, seed)
    shown = pictures(bounded, scores, getattr(model, "history_", None))
    checks = () if tables.examination is None else tables.examination.checks
    return Report(tuple(scores), tables.problems, judge(scores, tables.problems, facts), facts, shown, checks)


def _validity(tables: EvaluationTables) -> list[Score]:
    """The score of what was found in all columns."""
    lacking = [problem.column for problem in tables.problems if problem.column and problem.is_absence]
    return [] if tables.examination is None else [tables.examination.score(lacking)]


def _purposes(model: LikelyModel | None, given: Schema | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns that a model, or a schema that says so, leaves empty, and those whose real values it gives out."""
    fitted = getattr(model, "schema_", None)
    known = list(fitted) if isinstance(fitted, Schema) else []
    said = [*known, *(given or ())]
    unsaid = [column.name for column in known if column.kind == "text" and column.text is None]
    empty = [*unsaid, *(column.name for column in said if "null" in (column.text, column.pii))]
    return tuple(empty), tuple(column.name for column in said if column.text == "resample" or column.pii == "keep")


def _check_model(model: LikelyModel | None, real: Any) -> None:
    """Refuse a model of other columns before the long work."""
    schema = getattr(model, "schema_", None)
    if not isinstance(schema, Schema):
        return
    names = to_table(real)[0].column_names
    lacking = [name for name in schema.names if name not in names]
    if lacking:
        hint = near_match(lacking[0], names)
        raise DataError(f"the model has a column {lacking[0]!r} that the real table lacks{hint}", column=lacking[0])


def _likelihood(model: LikelyModel | None, tables: EvaluationTables, real: Any, holdout: Any) -> LogProb | None:
    """Log-densities of real and held-out rows by their positions; None without a model or rows it has not seen.

    NaN where a row holds a level that the model cannot know.
    """
    if model is None or holdout is None:
        return None
    frames = {"real": to_table(real)[0], "holdout": to_table(holdout)[0]}
    matrices = {"real": tables.real, "holdout": tables.holdout}
    levels = {int(j): np.unique(tables.real[:, j]) for j in np.flatnonzero(tables.is_category)}

    def log_prob(which: Literal["real", "holdout"], rows: IntArray) -> FloatArray:
        chosen = matrices[which][rows]
        known = np.ones(len(rows), np.bool_)
        for j, seen in levels.items():
            known &= np.isin(chosen[:, j], seen)
        out = np.full(len(rows), np.nan)
        out[known] = model.log_prob(frames[which].take(rows[known]))
        return out

    return log_prob


def _facts(tables: EvaluationTables, target: str | None, seed: int) -> dict[str, Any]:
    scales = [column.scale for column in tables.columns]
    return {
        "rows": {"real": len(tables.real), "synthetic": len(tables.synthetic), "holdout": len(tables.holdout)},
        "columns": len(tables.columns),
        "scales": {scale: scales.count(scale) for scale in dict.fromkeys(scales)},
        "great_numbers_in_units_of_2^600": [tables.names[j] for j in np.flatnonzero(tables.is_great)] or None,
        "holdout_given": tables.holdout_given,
        "target": target,
        "seed": seed,
        "versions": _versions(),
    }


def _versions() -> dict[str, str]:
    packages = ("sdmetrics", "scikit-learn", "torch", "numpy")
    return {"synthdiff": __version__} | {name: version(name) for name in packages}
