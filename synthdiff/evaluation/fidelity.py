"""Fidelity: how well synthetic rows agree with the real ones in columns, pairs, triples, gaps, rarities and tails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from synthdiff.codecs.token import FloatArray
from synthdiff.evaluation.association import trend_agreement
from synthdiff.evaluation.coverage import bound_excess, rare_level_agreement, tail_agreement
from synthdiff.evaluation.quality import quality_scores
from synthdiff.evaluation.resample import Agreement, WeightedRows
from synthdiff.evaluation.shape import missing_cells, missingness_agreement, shape_agreement
from synthdiff.evaluation.tables import EvaluationTables
from synthdiff.evaluation.threeway import threeway_agreement
from synthdiff.score import Direction, Score, bootstrap_interval, within

MAX_ROWS = 50_000


@dataclass(frozen=True)
class Measure:
    """A score of fidelity, before it is measured.

    Attributes
    ----------
    name, title, what, direction
        As of a `Score`.
    function : callable
        From the tables and rows in the place of the synthetic ones to their agreement with the real rows.
    bad : float, "plain" or None
        What counts as nothing: None the floor, where links are measured. Independent columns are perfect one by one, so
        that these are held against plain ones, which know next to nothing, or against a value.
    all_real : bool
        Whether all real rows are looked at, rather than `MAX_ROWS` of them.
    """

    name: str
    title: str
    what: str
    function: Callable[[EvaluationTables, WeightedRows], Agreement]
    bad: float | Literal["plain"] | None = None
    direction: Direction = "higher"
    all_real: bool = False


MEASURES = (
    Measure(
        "shape",
        "Columns",
        "How well the distribution of each column agrees with the real one; the mean over columns.",
        shape_agreement,
        bad="plain",
    ),
    Measure(
        "trend",
        "Pairs of columns",
        "How well each pair of columns goes together as in the real rows; the mean over all pairs.",
        trend_agreement,
    ),
    Measure(
        "threeway",
        "Triples of columns",
        "Share of the joint distribution of three columns that agrees with the real one; the mean over triples.",
        threeway_agreement,
    ),
    Measure(
        "missingness",
        "Missing cells",
        "Share of rows whose pattern of missing cells is as frequent as in the real rows.",
        missingness_agreement,
        bad="plain",
    ),
    Measure(
        "rare_levels",
        "Rare levels",
        "How well the frequencies of levels that hold less than 1 % of the real rows agree; 0: none of them occurs.",
        rare_level_agreement,
        bad=0.0,
    ),
    Measure(
        "tails",
        "Tails",
        "How well numbers beyond the real 1 % and 99 % quantiles agree, in their share and their spread.",
        tail_agreement,
        bad=0.0,
    ),
    Measure(
        "bounds",
        "Stuck at the limits",
        "Share of numbers that are exactly the real minimum or maximum, beyond the share of real rows that are.",
        bound_excess,
        bad=0.1,
        direction="lower",
        all_real=True,
    ),
)


def fidelity_scores(tables: EvaluationTables) -> list[Score]:
    """Score how well the synthetic rows agree with the real ones.

    Everything is measured against `tables.real`, the rows that the generator learnt from, on at most `MAX_ROWS` rows of
    each table; the floor likewise, with independent columns in the synthetic rows' place, and the ceiling with the
    held-out rows.

    A sample of n rows departs from the real ones by chance alone, by about 1/sqrt(n), and commonly fewer rows are held
    out than synthetic: what they score lies too low for a ceiling, by a little for columns and by a lot for triples,
    rare levels and tails. So the synthetic rows are also scored in disjoint parts of as many rows as are held out; what
    they lose by that is added to what the held-out rows score. Their plain score is in the details, as ``holdout``.

    The intervals are bootstrapped over the synthetic rows; see `synthdiff.evaluation.resample`.

    Parameters
    ----------
    tables : EvaluationTables

    Returns
    -------
    list of Score
        Those of `MEASURES`, and SDMetrics' own two. What the tables do not have (missing cells, rare levels) has no
        value, and a note that says so.
    """
    known = tables.bounded
    n_holdout = min(MAX_ROWS, len(known.synthetic))
    looked_at = replace(
        known,
        real=known.some(known.real, MAX_ROWS, "fidelity", "real"),
        synthetic=known.some(known.synthetic, MAX_ROWS, "fidelity", "synthetic"),
        holdout=known.some(known.holdout, n_holdout, "fidelity", "holdout"),
    )
    references = {"independent": looked_at.independent, "holdout": looked_at.holdout, "plain": _plain(looked_at)}
    scores = [_score(m, replace(looked_at, real=known.real) if m.all_real else looked_at, references) for m in MEASURES]
    note = _sampling_note(tables)
    scores = [replace(score, note="; ".join(filter(None, (score.note, note)))) for score in scores]
    return [*scores, *quality_scores(tables)]


def _sampling_note(tables: EvaluationTables) -> str:
    """What was drawn from what, in words."""
    sizes = (("real", len(tables.real)), ("synthetic", len(tables.synthetic)))
    drawn = [f"{MAX_ROWS:,} of {n:,} {name} rows" for name, n in sizes if n > MAX_ROWS]
    return f"measured on {' and '.join(drawn)}" if drawn else ""


def _score(measure: Measure, tables: EvaluationTables, references: dict[str, FloatArray]) -> Score:
    rng, n_holdout = tables.generator("bootstrap", measure.name), len(tables.holdout)
    part = n_holdout if len(tables.synthetic) > n_holdout else None
    found = measure.function(tables, WeightedRows.drawn(tables.synthetic, rng, part))
    score = Score(
        name=measure.name,
        group="fidelity",
        title=measure.title,
        what=measure.what,
        value=found.value,
        direction=measure.direction,
        note=found.note,
        details=found.details,
    )
    if found.value is None:
        return score

    def reference(name: str) -> float | None:
        return measure.function(tables, WeightedRows.once(references[name])).value

    holdout = reference("holdout")
    return replace(
        score,
        interval=within(bootstrap_interval(found.replicates, found.value)),
        floor=reference("independent"),
        ceiling=None if holdout is None else min(max(holdout + found.size_effect, 0.0), 1.0),
        bad=reference("plain") if measure.bad == "plain" else measure.bad,
        details=found.details | {"holdout": {"rows": n_holdout, "score": holdout}},
    )


def _plain(tables: EvaluationTables) -> FloatArray:
    """Columns that know next to nothing, (n, D): bell curves of the right mean and width, levels equally frequent.

    Nothing is missing, unless all of a column is.
    """
    rng, real = tables.generator("plain"), tables.real
    missing = missing_cells(tables, real)
    plain = real.copy()
    for j in np.flatnonzero(~missing.all(axis=0)):
        known = real[~missing[:, j], j]
        if tables.is_category[j]:
            plain[:, j] = rng.choice(np.unique(known), len(real))
        else:
            plain[:, j] = known.mean() + known.std() * rng.standard_normal(len(real))
    return plain
