"""Scores made by hand: those of good rows, with changes."""

from dataclasses import replace

from synthdiff.evaluation.report import Report
from synthdiff.evaluation.verdict import judge
from synthdiff.score import Score

FACTS = {
    "rows": {"real": 20_000, "synthetic": 20_000, "holdout": 5_000},
    "holdout_given": True,
    "target": "income",
    "seed": 0,
}


def score(name, group, value, floor, ceiling, direction="higher", **more):
    low_high = (value - 0.004, value + 0.004)
    words = {"title": name.capitalize(), "what": f"What {name} is.", "interval": low_high}
    return Score(name, group, value=value, direction=direction, floor=floor, ceiling=ceiling, **(words | more))


GOOD = [
    score("shape", "fidelity", 0.992, 1.0, 0.994, bad=0.0, details={"columns": {"age": 0.985, "hours": 0.995}}),
    score("trend", "fidelity", 0.984, 0.91, 0.988, details={"pairs": [["age", "hours", 0.96], ["age", "sex", 0.99]]}),
    score("threeway", "fidelity", 0.95, 0.80, 0.955),
    score("rare_levels", "fidelity", 0.97, 0.99, 0.98, bad=0.0),
    score("tails", "fidelity", 0.96, 0.99, 0.97, bad=0.0),
    Score("missingness", "fidelity", "Missing cells", "", None, note="no cell is missing"),
    score(
        "gbt_auc",
        "detection",
        0.54,
        0.93,
        0.5,
        "lower",
        details={
            "columns": [
                {
                    "column": "age",
                    "importance": 0.05,
                    "alone_auc": 0.52,
                    "where": "17 to 19",
                    "real": 0.03,
                    "synthetic": 0.05,
                }
            ]
        },
    ),
    score("gbt_auc_train", "detection", 0.53, 0.93, 0.5, "lower"),
    score("mle", "utility", 0.915, 0.5, 0.925),
    score("dcr_share", "privacy", 0.505, 0.5, 0.5, "lower", bad=1.0),
    score("copies", "privacy", 0.001, 0.0, 0.002, "lower", bad=1.0),
    score("membership_distance", "privacy", 0.503, 0.5, 0.5, "lower", bad=1.0),
    score("attribute_inference", "privacy", 0.002, 0.0, 0.0, "lower", bad=1.0),
]


def scores(**changes):
    """The good scores; of those that are named other fields, or another value, or nothing for None."""
    out = []
    for one in GOOD:
        change = changes.pop(one.name, {})
        if change is None:
            continue
        if not isinstance(change, dict):
            change = {"value": change, "interval": (change - 0.004, change + 0.004)}
        out.append(replace(one, **change))
    assert not changes
    return out


def report(problems=(), facts=None, **changes):
    """A report with its verdict."""
    facts, found = FACTS | (facts or {}), scores(**changes)
    return Report(tuple(found), tuple(problems), judge(found, problems, facts), facts)
