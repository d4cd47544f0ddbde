"""Everybody is judged by the scores that users see."""

import pytest

from benchmarks.dataset import Dataset
from benchmarks.judge import NAMES, at_ceiling, brief, judge
from synthdiff.datasets import make_customers
from synthdiff.score import Score


def test_scores_of_the_tables_are_among_the_evaluations():
    table = make_customers(360)[["age", "plan", "n_orders", "segment"]]
    parts = [table.iloc[start : start + 120].reset_index(drop=True) for start in (0, 120, 240)]
    scores = brief(judge(Dataset("c", "none", "segment"), *parts))
    assert set(NAMES) <= set(scores)
    assert 0 <= scores["shape"]["value"] <= 1


def test_held_out_rows_score_what_the_ceiling_says():
    score = Score("trend", "fidelity", "", "", 0.9, interval=(0.8, 1.0), ceiling=0.95, note="of some rows")
    assert brief(at_ceiling([score])) == {"trend": {"value": 0.95, "interval": None, "ceiling": 0.95, "note": ""}}
    assert score.value == pytest.approx(0.9)
