"""The report on a stress test on a terminal, readable without colour: plain words first, then the numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.constrain import Constrain
from rich.table import Table
from rich.text import Text

from synthdiff.evaluation.text import WIDTH, marked, plain_text
from synthdiff.finance.stress_summary import interval_text, level_text, move_text, percent
from synthdiff.visible import shown

if TYPE_CHECKING:
    from synthdiff.finance.stress_report import StressReport

MOST_ASSETS, MOST_COLUMNS = 8, 4


def render(report: StressReport) -> RenderableType:
    """Lay a report out for a terminal of 80 to 100 columns.

    Parameters
    ----------
    report : StressReport

    Returns
    -------
    rich.console.RenderableType
    """
    return Constrain(Group(*_parts(report)), WIDTH)


def plain(report: StressReport) -> str:
    """The same as plain text, 100 columns wide."""
    return plain_text(render(report))


def _parts(report: StressReport) -> Iterator[RenderableType]:
    for place, sentence in enumerate(report.summary):
        yield Text(shown(sentence), style="bold" if place == 0 else "")
    for note in report.notes:
        yield marked("warning", note)
    if not report.scenarios:
        yield Text("No scenario was run.")
        return
    yield Text("\nThe portfolio's loss at the end; below 0 it gains", style="bold")
    yield _overview(report)
    for scenario in report.stressed or report.scenarios:
        yield from _scenario(scenario)
    yield Text(
        "\nVaR: the loss that is exceeded in so many cases; ES: the mean loss beyond it. Intervals count "
        "the weights of the paths; they know nothing of the model's errors.",
        style="dim",
    )
    yield Text(shown(_about(report.about)), style="dim")


def _overview(report: StressReport) -> Table:
    """A row a scenario."""
    table = _table("scenario", "mean", "90 % of cases", "ES", "95 % interval", "drawdown", "probability")
    for scenario in report.scenarios:
        outcome, event = scenario["outcome"], scenario["event"]
        tail = _middle(scenario["tail"])
        cells = ["", "", ""]
        if scenario["kind"] != "replay":
            usual = f"{percent(outcome['low'])} to {percent(outcome['high'])}"
            cells = [usual, percent(tail["es"]), interval_text((tail["es_low"], tail["es_high"]))]
        table.add_row(
            shown(scenario["name"]),
            percent(outcome["mean"]),
            *cells,
            percent(outcome["drawdown"]),
            "" if event is None else percent(event["probability"]),
        )
    level = level_text(_middle(report.scenarios[0]["tail"])["level"])
    table.columns[3].header = f"ES {level}"
    return table


def _scenario(scenario: dict[str, Any]) -> Iterator[RenderableType]:
    yield Text(f"\n{shown(scenario['name'])}", style="bold")
    for note in scenario["notes"]:
        yield marked("warning", note)
    for note in (scenario["event"] or {}).get("notes", ()):
        yield Text(f"  {shown(note)}", style="dim")
    rows = [row for row in scenario["comparison"] if row["name"] == "portfolio"]
    if rows:
        yield _comparison(rows)
    if scenario["reverse"] is not None:
        yield _ways(scenario)
    yield _contribution(scenario)


def _comparison(rows: list[dict[str, Any]]) -> Table:
    table = _table("portfolio", "unstressed", "95 % interval", "stressed", "95 % interval")
    for row in rows:
        cells = []
        for side in ("unstressed", "stressed"):
            cells.append(percent(row[side], fine=True))
            cells.append(interval_text((row[f"{side}_low"], row[f"{side}_high"]), fine=True))
        table.add_row(row["measure"], *cells)
    return table


def _ways(scenario: dict[str, Any]) -> Table:
    """A row a way; of many assets those that move the loss most."""
    parts, weights = scenario["reverse"]["scenarios"], {row["asset"]: row["weight"] for row in scenario["contribution"]}
    first = parts[0]["mean_returns"]
    names = sorted(first, key=lambda name: -abs(weights.get(name, 0.0) * first[name]))[:MOST_COLUMNS]
    table = _table("way", "of such paths", "probability", "95 % interval", "mean loss", "what the assets do on average")
    table.columns[-1].justify, table.columns[-1].no_wrap = "left", False
    for place, part in enumerate(parts, 1):
        moves = (move_text(name, part["mean_returns"][name], scenario["kinds"].get(name, "return")) for name in names)
        table.add_row(
            str(place),
            percent(part["share"]),
            percent(part["probability"]),
            interval_text(part["interval"]),
            percent(part["mean_loss"]),
            shown(", ".join(moves)),
        )
    return table


def _contribution(scenario: dict[str, Any]) -> Table:
    """What each asset adds to ES, the largest parts first."""
    is_single = scenario["kind"] == "replay"
    title = "part of the loss" if is_single else f"part of ES {level_text(scenario['contribution_level'])}"
    table = _table("asset", "weight", title, *([] if is_single else ["95 % interval"]))
    rows = sorted((row for row in scenario["contribution"] if row["weight"]), key=lambda row: -abs(row["es"]))
    for row in rows[:MOST_ASSETS]:
        interval = [] if is_single else [interval_text((row["es_low"], row["es_high"]), fine=True)]
        table.add_row(shown(row["asset"]), f"{row['weight']:.4g}", percent(row["es"], fine=True), *interval)
    if len(rows) > MOST_ASSETS:
        table.add_row(f"and {len(rows) - MOST_ASSETS} more")
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, show_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(first, overflow="fold")
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _middle(tail: list[dict[str, Any]]) -> dict[str, Any]:
    """The level that stands for all: 97.5 % of the usual three."""
    return tail[len(tail) // 2]


def _about(about: dict[str, Any]) -> str:
    """What was tested, in a line."""
    paths = ", ".join(f"{name} {n:,}" for name, n in about.get("scenarios", {}).items())
    return f"{about['horizon']}; rebalanced {about['rebalanced']}; paths: {paths}" if paths else ""
