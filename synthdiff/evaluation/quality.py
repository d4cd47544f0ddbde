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
_SDTYPES = {"number": "numerical", "datetime": "datetime", "category": "categorical"}


def quality_scores(tables: EvaluationTables) -> list[Score]:
    """Make SDMetrics' QualityReport and DiagnosticReport, as they are by default.

    The quality is the mean of *Column Shapes* (all columns) and *Column Pair Trends* (pairs whose association in the
    real rows is above SDMetrics' thresholds, if there are any). The diagnosis is the mean of *Data Validity* (values
    within the real range, or among the real levels) and *Data Structure*, in which nothing can be wrong here: missing
    columns and other types are among the problems of the tables.

    At most `MAX_ROWS` rows are looked at, and `REFERENCE_ROWS` for the references; by the diagnosis all real ones.

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

    real = tables.some(tables.real, MAX_ROWS, "sdmetrics", "real")
    candidates = [
        tables.some(rows, n, "sdmetrics", name)
        for name, rows, n in (
            ("synthetic", tables.synthetic, MAX_ROWS),
            ("independent", tables.independent, REFERENCE_ROWS),
            ("holdout", tables.holdout, REFERENCE_ROWS),
        )
    ]
    quality = _score(
        [_generate(QualityReport(), tables, real, rows) for rows in candidates],
        name="sdmetrics_quality",
        title="SDMetrics quality",
        what="Quality report of the SDMetrics library: shapes of all columns, trends of the pairs that it chooses.",
    )
    diagnosis = _score(
        [_generate(DiagnosticReport(), tables, tables.real, rows) for rows in candidates],
        name="sdmetrics_diagnostic",
        title="SDMetrics diagnosis",
        what="Diagnostic report of the SDMetrics library: values within the real ranges and among the real levels.",
    )
    return [quality, diagnosis]


def _score(reports: list[Any], name: str, title: str, what: str) -> Score:
    value, floor, ceiling = (float(report.get_score()) for report in reports)
    parts = dict(reports[0].get_properties().itertuples(index=False, name=None))
    return Score(
        name=name,
        group="fidelity",
        title=title,
        what=what,
        value=value,
        floor=floor,
        ceiling=ceiling,
        bad=None if floor < ceiling else 0.0,
        details={part: float(x) for part, x in parts.items() if not math.isnan(x)},
    )


def _generate(report: Any, tables: EvaluationTables, real: FloatArray, rows: FloatArray) -> Any:
    """Make a report of the rows; what SDMetrics warns of, such as constant columns, its score says too."""
    columns = {column.name: {"sdtype": _SDTYPES[column.scale]} for column in tables.columns}
    frames = ({"table": tables.frame(part)} for part in (real, rows))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        report.generate(*frames, {"tables": {"table": {"columns": columns}}}, verbose=False)
    return report
