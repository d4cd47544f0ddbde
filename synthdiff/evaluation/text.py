"""The report on a terminal, readable without colour: the verdict, a table a group of scores, what is furthest off."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.constrain import Constrain
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from synthdiff.console import VisibleConsole
from synthdiff.evaluation.check_table import HEADINGS, CheckCell, check_rows
from synthdiff.evaluation.culprit import lagging_columns, lagging_pairs, telling_columns
from synthdiff.evaluation.evidence import number
from synthdiff.score import GROUPS, Score
from synthdiff.visible import shown

if TYPE_CHECKING:
    from synthdiff.evaluation.report import Finding, Report

WIDTH = 100
MARKS = {"good": ("✓", "green"), "warning": ("!", "yellow"), "bad": ("✗", "red"), "error": ("✗", "red")}
ABOUT = {
    "fidelity": "the same distributions and links as in the real rows",
    "detection": "whether models tell the rows from real ones",
    "utility": "whether models trained on the rows work on real ones",
    "privacy": "whether the rows give away who was in the training data; the worst score counts",
}
BAR = 8
STANDS = ((0.9, "green"), (0.7, "yellow"), (0.0, "red"))
"""Colours of the bars by standing; the figures beside them say the same."""
MOST, MOST_PROBLEMS, MOST_CHECKS = 5, 12, 20


def render(report: Report) -> RenderableType:
    """Lay a report out for a terminal of 80 to 100 columns.

    Parameters
    ----------
    report : Report

    Returns
    -------
    rich.console.RenderableType
    """
    return Constrain(Group(*_parts(report)), WIDTH)


def plain(report: Report) -> str:
    """The same as plain text, 100 columns wide."""
    return plain_text(render(report))


def plain_text(laid_out: RenderableType) -> str:
    """What is laid out for a terminal as plain text, 100 columns wide, wherever this runs."""
    stream = StringIO()
    # Neither colours nor the width of a terminal.
    console = VisibleConsole(file=stream, width=WIDTH, color_system=None, markup=False, highlight=False, emoji=False)
    console.print(laid_out)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()).strip("\n")


def _parts(report: Report) -> Iterator[RenderableType]:
    yield from verdict_lines(report.verdict)
    for group in GROUPS:
        scores = report.group(group)
        if scores:
            yield _heading(group, report.standing(group))
            yield _scores_table(scores)
            yield from _notes(scores)
    yield from _problems(report)
    yield from _checks(report)
    yield from _culprits(report)
    yield from _footnotes(report)


def verdict_lines(findings: tuple[Finding, ...]) -> Iterator[RenderableType]:
    """The sentences of a verdict with their marks, the first one in bold."""
    for position, finding in enumerate(findings):
        yield marked(finding.level, finding.text, "bold" if position == 0 else "")


def marked(level: str, text: str, style: str = "") -> RenderableType:
    """A mark and what it stands for; long text wraps beside the mark."""
    mark, colour = MARKS[level]
    grid = Table.grid(padding=(0, 1))
    grid.add_column(style=f"bold {colour}", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(mark, Text(shown(text), style=f"{style} {colour}" if style else ""))
    return grid


def _heading(group: str, standing: float | None) -> RenderableType:
    title = Text(f"\n{group.capitalize()}", style="bold")
    title.append(f" {standing:.0%}" if standing is not None else "")
    title.append(f"  {ABOUT[group]}", style="dim not bold")
    return title


def _scores_table(scores: list[Score]) -> Table:
    table = Table(box=None, show_edge=False, padding=(0, 1, 0, 0), header_style="dim", expand=True)
    table.add_column("score", ratio=1, min_width=16, overflow="fold")
    for name, width in (("value", 7), ("95% interval", 15), ("floor", 7), ("ceiling", 7)):
        table.add_column(name, justify="right", no_wrap=True, min_width=width)
    table.add_column("standing", no_wrap=True, width=BAR + 5)
    for score in scores:
        interval = "" if score.interval is None else " … ".join(map(number, score.interval))
        value = Text("-", style="dim") if score.value is None else Text(number(score.value), style="bold")
        table.add_row(
            score.title, value, interval, number(score.floor), number(score.ceiling), standing_bar(score.standing)
        )
    return table


def standing_bar(standing: float | None) -> Text:
    """A standing as a bar and in per cent."""
    if standing is None:
        return Text("")
    full = round(standing * BAR)
    bar = Text("█" * full, style=next(colour for limit, colour in STANDS if standing >= limit))
    bar.append("·" * (BAR - full), style="dim")
    bar.append(f" {standing:>4.0%}", style="default")
    return bar


def _notes(scores: list[Score]) -> Iterator[RenderableType]:
    for score in scores:
        if score.note:
            yield Padding(Text(shown(f"{score.title}: {score.note}"), style="dim"), (0, 0, 0, 2))


def _problems(report: Report) -> Iterator[RenderableType]:
    if report.problems:
        yield Text("\nProblems", style="bold")
    for problem in sorted(report.problems, key=lambda problem: problem.severity)[:MOST_PROBLEMS]:
        yield marked(problem.severity, problem.text)
    if len(report.problems) > MOST_PROBLEMS:
        yield Text(f"  and {len(report.problems) - MOST_PROBLEMS:,} more", style="dim")


def _checks(report: Report) -> Iterator[RenderableType]:
    """What the cells of each column are like, the faulty columns first."""
    if not report.checks:
        return
    yield Text("\nCells of each column", style="bold")
    table = Table(box=None, show_edge=False, padding=(0, 1, 0, 0), header_style="dim", expand=True)
    table.add_column("", width=1)
    table.add_column("column", ratio=3, min_width=10, overflow="fold")
    table.add_column("kind", ratio=2, min_width=8, overflow="fold")
    for heading in HEADINGS.values():
        table.add_column(heading, justify="right", min_width=6)
    rows = check_rows(report.checks)
    for row in rows[:MOST_CHECKS]:
        mark, colour = MARKS["warning" if row.is_fault else "good"]
        cells = (_check_cell(cell) for cell in row.cells)
        table.add_row(Text(mark, style=f"bold {colour}"), shown(row.name), row.kind, *cells)
    yield table
    if len(rows) > MOST_CHECKS:
        yield Text(f"  and {len(rows) - MOST_CHECKS:,} more", style="dim")
    yield Text(
        "shares of the cells, those of real cells in brackets; marked with ! where real cells would not have them.",
        style="dim",
    )


def _check_cell(cell: CheckCell) -> Text:
    text = Text(f"{cell.text}!" if cell.is_fault else cell.text, style="bold yellow" if cell.is_fault else "")
    text.append(f" ({cell.real})" if cell.real and cell.real != cell.text else "", style="dim not bold")
    return text


def _culprits(report: Report) -> Iterator[RenderableType]:
    """What is furthest off, as far as it is off at all."""
    scores = {score.name: score for score in report.scores}
    telling = telling_columns(scores.get("gbt_auc"))[:MOST]
    if telling:
        yield Text("\nWhat tells the rows from real ones most", style="bold")
        table = _small_table("column", "weight", "alone", "where", "real", "synthetic")
        for column in telling:
            shares = (f"{column[key]:.1%}" for key in ("real", "synthetic"))
            numbers = (number(column[key]) for key in ("importance", "alone_auc"))
            table.add_row(shown(column["column"]), *numbers, shown(column["where"]), *shares)
        yield table
        yield Text(
            "weight: how much of the area under the ROC curve is lost when the column is shuffled; alone: the area "
            "with this column only, near 0.5 where it tells by its links with others; where it differs most.",
            style="dim",
        )
    columns = lagging_columns(scores.get("shape"), 0.0)[:MOST]
    pairs = [(f"{a}, {b}", value) for a, b, value in lagging_pairs(scores.get("trend"), 0.0)[:MOST]]
    for title, rows in (("Columns that agree least", columns), ("Pairs that agree least", pairs)):
        if rows:
            yield Text(f"\n{title}", style="bold")
            table = _small_table("", "agreement")
            for name, value in rows:
                table.add_row(shown(name), number(value))
            yield table


def _small_table(*names: str) -> Table:
    table = Table(box=None, show_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in names:
        is_text = name in ("", "column", "where")
        table.add_column(name, justify="left" if is_text else "right", no_wrap=not is_text, overflow="fold")
    return table


def _footnotes(report: Report) -> Iterator[RenderableType]:
    yield Text(
        "\nfloor: columns shuffled on their own; ceiling: real held-out rows in the place of the synthetic ones; "
        "standing: how far the value is on the way from the worst to the ceiling.",
        style="dim",
    )
    rows = report.facts.get("rows", {})
    counts = ", ".join(f"{n:,} {name}" for name, n in rows.items() if n is not None)
    seed = report.facts.get("seed")
    facts = [f"Rows: {counts}" if counts else "", "" if seed is None else f"seed {seed}"]
    if any(facts):
        yield Text("; ".join(filter(None, facts)) + ".", style="dim")
