"""The report as one HTML file that opens anywhere, without a network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from synthdiff.evaluation.check import ASPECTS
from synthdiff.evaluation.check_table import HEADINGS, check_rows
from synthdiff.evaluation.curve import (
    column_loss_figure,
    distance_figure,
    loss_figure,
    missing_figure,
    rate_figure,
    roc_figure,
    suspicion_figure,
    tail_figure,
)
from synthdiff.evaluation.document import Panel, described, render_page
from synthdiff.evaluation.figure import association_figures, level_figure, number_figure, pair_figures
from synthdiff.evaluation.report import Report
from synthdiff.score import GROUPS, Group

N_FIRST = 12
"""Columns drawn at once; the others are drawn when a reader asks for them."""
TELLS_ALONE = 0.53
"""Area under the ROC curve from which a column tells by its own values; below, what differs there is chance."""
QUESTIONS: dict[Group, str] = {
    "fidelity": "Do the columns, and what links them, look like the real ones?",
    "detection": "Can a model tell synthetic rows from real ones?",
    "utility": "Do models trained on synthetic rows work on real ones?",
    "privacy": "Do the rows keep to themselves what they know of single training rows?",
}
ENDS = {"worst": "worst case", "floor": "independent", "ceiling": "real rows"}
"""What the marks on a score's bar are called."""
COUNTS = {"synthetic": "synthetic rows", "real": "real rows", "holdout": "held-out rows"}
FACTS = {"holdout_given": "Held-out rows were given"}


def render_html(report: Report) -> str:
    """Render the report as one HTML page, see `render_page`."""
    return render_page(
        "report.html.j2",
        _panels(report),
        report=report,
        checks=check_rows(report.checks),
        check_words=[(HEADINGS[aspect], what) for aspect, what in ASPECTS.items()],
        groups=GROUPS,
        questions=QUESTIONS,
        n_first=N_FIRST,
        overline=_overline(report.facts),
        facts=list(described(report.facts, FACTS)),
        ends=ENDS,
        tells_alone=TELLS_ALONE,
        telling=_details(report, "gbt_auc").get("columns", []),
    )


def _panels(report: Report) -> dict[str, list[Panel]]:
    """The figures of each section; a section without any is empty."""
    pictures = report.pictures
    columns = pictures.get("columns", [])
    missing = missing_figure(columns)
    return {
        "columns": list(_column_panels(columns, _details(report, "shape").get("columns", {}))),
        "links": [
            Panel(f"links-{key}", _TITLES[key], figure)
            for key, figure in (
                association_figures(pictures["associations"]) if "associations" in pictures else {}
            ).items()
        ],
        "pairs": list(_pair_panels(pictures.get("pairs", []), {column["name"]: column for column in columns})),
        "tails": [
            Panel(f"tail-{k}", tail["name"], tail_figure(pictures["tails"]["levels"], tail))
            for k, tail in enumerate(pictures.get("tails", {}).get("columns", []))
        ],
        "missing": [] if missing is None else [Panel("missing", "Share of missing cells", missing)],
        "distances": list(_distance_panels(report)),
        "detection": list(_detection_panels(_details(report, "gbt_auc"))),
        "training": list(_training_panels(pictures.get("training"))),
    }


_TITLES = {"real": "Real", "synthetic": "Synthetic", "difference": "Synthetic − real"}


def _column_panels(columns: list[dict[str, Any]], scores: dict[str, float]) -> Iterator[Panel]:
    """The columns, the least alike first."""
    order = sorted(columns, key=lambda column: scores.get(column["name"], 1.0))
    for k, column in enumerate(order):
        draw = level_figure if column["scale"] == "category" else number_figure
        yield Panel(f"column-{k}", column["name"], draw(column), scores.get(column["name"]))


def _pair_panels(pairs: list[dict[str, Any]], columns: dict[str, Any]) -> Iterator[Panel]:
    for k, pair in enumerate(pairs):
        for key, figure in pair_figures(pair, columns).items():
            yield Panel(f"pair-{k}-{key}", _TITLES[key], figure, pair["score"], f"{pair['x']} × {pair['y']}")


def _distance_panels(report: Report) -> Iterator[Panel]:
    picture = _details(report, "dcr").get("histogram")
    if picture:
        yield Panel("distances", "Distance to the closest row", distance_figure(picture))


def _detection_panels(details: dict[str, Any]) -> Iterator[Panel]:
    if details.get("roc"):
        yield Panel("roc", "Synthetic rows found, and false alarms", roc_figure(details["roc"]))
    if details.get("histogram"):
        yield Panel("suspicion", "How synthetic the rows look", suspicion_figure(details["histogram"]))


def _training_panels(training: dict[str, Any] | None) -> Iterator[Panel]:
    if not training:
        return
    yield Panel("loss", "Held-out loss", loss_figure(training, "valid_loss"))
    columns = column_loss_figure(training)
    if columns is not None:
        yield Panel("column-loss", "Held-out loss of each column", columns)
    yield Panel("objective", "Training loss", loss_figure(training, "train_loss"))
    yield Panel("rate", "Learning rate", rate_figure(training))


def _details(report: Report, name: str) -> dict[str, Any]:
    return report[name].details if name in report else {}


def _overline(facts: dict[str, Any]) -> str:
    """What was compared, in a line."""
    rows = facts.get("rows", {})
    counts = [f"{rows[key]:,} {words}" for key, words in COUNTS.items() if key in rows]
    return " · ".join(["Synthetic data report", *counts])
