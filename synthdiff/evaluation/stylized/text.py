"""The report on market paths on a terminal, readable without colour: the verdict, then the scores in tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.constrain import Constrain
from rich.table import Table
from rich.text import Text

from synthdiff.evaluation.evidence import number
from synthdiff.evaluation.stylized.tally import BAD, GOOD
from synthdiff.evaluation.text import WIDTH, marked, plain_text, standing_bar, verdict_lines
from synthdiff.score import Score
from synthdiff.visible import shown

if TYPE_CHECKING:
    from synthdiff.evaluation.stylized.drawdown import Drawdown
    from synthdiff.evaluation.stylized.report import SeriesReport

MOST_DRAWDOWNS = 3
TITLES = {
    "facts": "Facts of single assets",
    "cross": "Facts across assets",
    "extra": "Drift, zero returns, volume, bars and the clock",
}


def render(report: SeriesReport) -> RenderableType:
    """Lay a report out for a terminal of 80 to 100 columns.

    Parameters
    ----------
    report : SeriesReport

    Returns
    -------
    rich.console.RenderableType
    """
    return Constrain(Group(*_parts(report)), WIDTH)


def plain(report: SeriesReport) -> str:
    """The same as plain text, 100 columns wide."""
    return plain_text(render(report))


def _parts(report: SeriesReport) -> Iterator[RenderableType]:
    yield from verdict_lines(report.verdict)
    for note in report.notes:
        yield marked("warning", note)
    means = {"facts": (report.mean, report.mean_interval), "cross": (report.cross_mean, report.cross_mean_interval)}
    for part, title in TITLES.items():
        scores: dict[str, Score] = getattr(report, part)
        if scores:
            yield Text(f"\n{title}", style="bold")
            yield _table(scores, *means.get(part, (None, None)))
    if report.memory:
        yield Text("\nMemory", style="bold")
        yield _memory(report)
    yield from _drawdowns(report.drawdown)
    yield Text(
        f"\nscore: distance from the history; another history of the same length would score 1, up to {GOOD:g} is "
        f"right, from {BAD:g} on wrong; shuffled: a simulator that knows nothing of the fact; later: what came after "
        "the history.",
        style="dim",
    )
    yield Text(_about(report), style="dim")


def _table(scores: dict[str, Score], mean: float | None = None, interval: tuple[float, float] | None = None) -> Table:
    later = any(score.details.get("later") is not None for score in scores.values())
    table = Table(box=None, show_edge=False, padding=(0, 1, 0, 0), header_style="dim", expand=True)
    table.add_column("fact", ratio=1, min_width=16, overflow="fold")
    names = [("score", 7), ("95% interval", 15), ("shuffled", 8), *([("later", 7)] if later else [])]
    for name, width in names:
        table.add_column(name, justify="right", no_wrap=True, min_width=width)
    table.add_column("standing", no_wrap=True, width=13)
    for score in sorted(scores.values(), key=lambda score: -(score.value or 0.0)):
        value = Text("-", style="dim") if score.value is None else Text(number(score.value), style="bold")
        more = [number(score.details.get("later"))] if later else []
        table.add_row(
            score.title, value, _interval(score.interval), number(score.floor), *more, standing_bar(score.standing)
        )
    if mean is not None:
        table.add_row(Text("mean", style="bold"), Text(number(mean), style="bold"), _interval(interval))
    return table


def _memory(report: SeriesReport) -> Table:
    table = Table(box=None, show_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("", overflow="fold")
    for name in ("value", "95% interval", "real windows"):
        table.add_column(name, justify="right", no_wrap=True)
    for score in report.memory.values():
        table.add_row(score.title, number(score.value), _interval(score.interval), number(score.ceiling))
    return table


def _drawdowns(drawdown: dict[str, Drawdown]) -> Iterator[RenderableType]:
    """How probable falls are; of many assets those that are furthest off."""
    worst = sorted(drawdown, key=lambda name: -len(drawdown[name].outside))[:MOST_DRAWDOWNS]
    if worst:
        yield Text("\nProbability of a maximum drawdown of at least", style="bold")
    for name in worst:
        item = drawdown[name]
        table = Table(box=None, show_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        table.add_column(shown(name), max_width=24, overflow="ellipsis", no_wrap=True)
        for depth in item.depths:
            table.add_column(item.depth_text(depth), justify="right", no_wrap=True)
        shares = (
            f"{share:.1%}{'!' if depth in item.outside else ''}"
            for depth, share in zip(item.depths, item.synthetic, strict=True)
        )
        table.add_row("paths", *shares)
        table.add_row("history", *(f"{share:.1%}" for share in item.real))
        band = zip(item.low, item.high, strict=True)
        table.add_row("its 90% band", *(f"{low:.0%} … {high:.0%}" for low, high in band), style="dim")
        yield table
    if len(drawdown) > len(worst):
        yield Text(f"  and {len(drawdown) - len(worst):,} more assets", style="dim")


def _interval(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else " … ".join(map(number, interval))


def _about(report: SeriesReport) -> str:
    """What was compared, in a line."""
    words = [f"{report.about[key]:,} {key}" for key in ("paths", "steps of a path", "steps") if key in report.about]
    seed = report.about.get("seed")
    return "; ".join([*words, *([] if seed is None else [f"seed {seed}"])])
