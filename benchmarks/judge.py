"""The scores of rows, whoever made them: those that `synthdiff.evaluate` gives everybody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from benchmarks.dataset import Dataset
from synthdiff.evaluation.evaluate import evaluate
from synthdiff.score import Score

NAMES = ("shape", "trend", "c2st", "xgb_c2st", "gbt_auc", "mle", "dcr_share", "copies")
"""What the tables show: the scores of the published comparisons, and ``gbt_auc`` against rows that nobody has seen."""


def judge(dataset: Dataset, real: pd.DataFrame, rows: pd.DataFrame, held_out: pd.DataFrame) -> list[Score]:
    """Score rows against those that were learnt and those that were held out; privacy is measured, not attacked."""
    report = evaluate(real, rows, held_out, dataset.target, categorical=dataset.categorical, attacks=False)
    return list(report.scores)


def at_ceiling(scores: list[Score]) -> list[Score]:
    """What held-out rows in the synthetic rows' place score."""
    return [replace(score, value=score.ceiling, interval=None, note="") for score in scores]


def brief(scores: list[Score]) -> dict[str, dict[str, Any]]:
    """Of each score what a table or a picture shows, for JSON."""
    return {s.name: {"value": s.value, "interval": s.interval, "ceiling": s.ceiling, "note": s.note} for s in scores}
