"""Tables of every kind of column, and reports about them."""

import numpy as np
import pandas as pd

from synthdiff.evaluation.picture import pictures
from synthdiff.evaluation.problem import Problem
from synthdiff.evaluation.report import Finding, Report
from synthdiff.evaluation.tables import make_tables
from synthdiff.score import Score

EVIL = "<script>alert(1)</script>"
EVIL_LEVEL = '</script><img src=x onerror="alert(2)">'


def example_frame(n_rows=600, seed=0):
    """Numbers, whole numbers, long tails, days, levels, missing cells, and texts that are markup."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n_rows)
    return pd.DataFrame(
        {
            "x": x,
            "y": x + rng.normal(size=n_rows),
            "age": rng.integers(18, 90, n_rows),
            "gain": np.where(rng.random(n_rows) < 0.9, 0, np.round(rng.lognormal(7, 1, n_rows))),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 400, n_rows), unit="D"),
            EVIL: rng.choice(["a", "b", EVIL_LEVEL], n_rows, p=[0.6, 0.3, 0.1]),
            "color": np.where(rng.random(n_rows) < 0.2, None, rng.choice(["--real", "blue"], n_rows)),
            "score": np.where(rng.random(n_rows) < 0.3, np.nan, rng.normal(size=n_rows)),
        }
    )


def example_tables(n_rows=600):
    return make_tables(*(example_frame(n_rows, seed) for seed in range(3)))


def example_scores():
    """Scores with all details that figures are made of."""
    steps = np.linspace(0, 1, 21)
    shares = np.full(20, 0.05).tolist()
    telling = {"column": EVIL, "importance": 0.1, "alone_auc": 0.6, "where": EVIL_LEVEL, "real": 0.1, "synthetic": 0.2}
    detection = {
        "columns": [telling],
        "roc": {"false_positive": steps.tolist(), "true_positive": np.sqrt(steps).tolist()},
        "histogram": {"edges": steps.tolist(), "real": shares, "synthetic": shares},
    }
    distances = ("synthetic_to_train", "synthetic_to_holdout", "holdout_to_train")
    histogram = {"edges": steps.tolist(), **dict.fromkeys(distances, shares)}
    pairs = [["x", "y", 0.7], ["x", EVIL, 0.8], ["day", "gain", 0.85], [EVIL, "color", 0.9]]
    return [
        Score("shape", "fidelity", "Columns", "Alike.", 0.97, "higher", (0.96, 0.98), 0.999, 0.98, 0.0),
        Score("trend", "fidelity", "Pairs", "Alike.", 0.95, floor=0.9, ceiling=0.99, details={"pairs": pairs}),
        Score("gbt_auc", "detection", "Trees", "Told.", 0.6, "lower", (0.58, 0.62), 0.8, 0.5, details=detection),
        Score("mle", "utility", "Downstream", "Useful.", None, note=f"not measured: {EVIL}"),
        Score(
            "dcr", "privacy", "Distance", "Far.", 1.0, floor=2.0, ceiling=1.0, bad=0.0, details={"histogram": histogram}
        ),
    ]


def example_history(n_records=12):
    return [
        {
            "step": 50 * k,
            "seconds": 6.0 * k,
            "train_loss": 20 + 8 * np.exp(-k / 6) if k else None,
            "valid_loss": 21 + 8 * np.exp(-k / 6),
            "learning_rate": 1e-3 / (k + 1),
            "members": 1,
            "columns": {"x": 1.0 / (k + 1), "y": float("nan")},
        }
        for k in range(n_records)
    ]


def example_report():
    scores = example_scores()
    return Report(
        tuple(scores),
        (Problem("error", f"column {EVIL!r} is odd", EVIL), Problem("warning", "the columns are in another order")),
        (
            Finding("warning", f"Use with care: {EVIL}."),
            Finding("good", "Columns are right."),
            Finding("bad", "Told apart."),
        ),
        {"rows": {"real": 600, "synthetic": 600, "holdout": 600}, "target": EVIL, "seed": 0, "holdout_given": True},
        pictures(example_tables(), scores, example_history()),
    )
