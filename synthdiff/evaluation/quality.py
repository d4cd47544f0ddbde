"""SDMetrics' own two reports, exactly as it makes them, under its own names."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from synthdiff.codecs.token import FloatArray
from synthdiff.evaluation.tables import EvaluationTables
from synthdiff.score import Score

MAX_ROWS, REFERENCE_ROWS = 50_000, 20_000
"""Of more than 50,000 rows SDMetrics draws some, without a seed; ours are drawn before, with one."""
MIN_ROWS, PAIR_ROWS = 2_000, 30_000_000
"""SDMetrics takes its time for each pair of columns: of wide tables fewer rows are looked at."""
_SDTYPES = {"number": "numerical", "datetime": "datetime", "category": "categorical"}


def quality_scores(tables: EvaluationTables) -> list[Score]:
    """Make SDMetrics' QualityReport and DiagnosticReport, as they are by default.

    The quality is the mean of *Column Shapes* (all columns) and *Column Pair Trends* (pairs whose association in the
    real rows is above SDMetrics' thresholds, if there are any). The diagnosis is the mean of *Data Validity* (values
    within the real range, or among the real levels) and *Data Structure*, in which nothing can be wrong here: missing
    columns and other types are among the problems of the tables.

    At most `MAX_ROWS` rows of each table are looked at, and `REFERENCE_ROWS` for the references; by the diagnosis all
    real ones. The ceiling is what the held-out rows score, however few they are.

    Parameters
    ----------
    tables : EvaluationTables

    Returns
    -------
    list of Score
        ``sdmetrics_quality`` and ``sdmetrics_diagnostic``, without intervals: SDMetrics has none. 0 counts as nothing
        where independent columns do no worse than real rows.
    """
    from sdmetrics.reports import DiagnosticReport, QualityReport

    n_rows = min(MAX_ROWS, max(MIN_ROWS, PAIR_ROWS // max(math.comb(len(tables.columns), 2), 1)))
    real, *candidates = (
        tables.some(rows, min(n_rows, n), "sdmetrics", name)
        for name, rows, n in (
            ("real", tables.real, MAX_ROWS),
            ("synthetic", tables.synthetic, MAX_ROWS),
            ("independent", tables.independent, REFERENCE_ROWS),
            ("holdout", tables.holdout, REFERENCE_ROWS),
        )
    )
    drawn = len(candidates[0])
    note = f"measured on {drawn:,} of {len(tables.synthetic):,} rows" if drawn < len(tables.synthetic) else ""
    quality = _score(
        [_generate(QualityReport(), tables, real, rows) for rows in candidates],
        name="sdmetrics_quality",
        title="SDMetrics quality",
        what="Quality report of the SDMetrics library: shapes of all columns, trends of the pairs that it chooses.",
        note=note,
    )
    diagnosis = _score(
        [_generate(DiagnosticReport(), tables, tables.real, rows) for rows in candidates],
        name="sdmetrics_diagnostic",
        title="SDMetrics diagnosis",
        what="Diagnostic report of the SDMetrics library: values within the real ranges and among the real levels.",
        note=note,
    )
    return [quality, diagnosis]


def _score(reports: list[Any], name: str, title: str, what: str, note: str) -> Score:
    value, floor, ceiling = (_number(report.get_score()) for report in reports)
    parts = dict(reports[0].get_properties().itertuples(index=False, name=None))
    return Score(
        name=name,
        group="fidelity",
        title=title,
        what=what,
        value=value,
        floor=floor,
        ceiling=ceiling,
        bad=0.0 if floor is not None and ceiling is not None and floor >= ceiling else None,
        note=note,
        details={part: float(x) for part, x in parts.items() if not math.isnan(x)},
    )


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _generate(report: Any, tables: EvaluationTables, real: FloatArray, rows: FloatArray) -> Any:
    """Make a report of the rows; what SDMetrics warns of, such as constant columns, its score says too."""
    columns = {column.name: {"sdtype": _SDTYPES[column.scale]} for column in tables.columns}
    frames = ({"table": tables.frame(part)} for part in (real, rows))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        report.generate(*frames, {"tables": {"table": {"columns": columns}}}, verbose=False)
    return report
