"""The scores of conditioned paths on a terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.constrain import Constrain
from rich.table import Table
from rich.text import Text

from synthdiff.evaluation.evidence import number
from synthdiff.evaluation.stylized.matched_scores import RIGHT, MatchedScores
from synthdiff.evaluation.text import WIDTH, marked

FEW = 5
"""Windows apart from each other below which the history hardly knows what such a time is like."""


def render(scores: MatchedScores) -> RenderableType:
    """Lay the scores out for a terminal of 80 to 100 columns."""
    wrong = [name for name, value in {**scores.facts, **scores.cross}.items() if not value <= RIGHT]
    head = f"{scores.n_windows:,} windows of the history did the same, {scores.n_apart:,} of them apart from each other"
    lines = [marked("warning" if scores.n_apart < FEW else "good", f"{head}.")]
    if wrong:
        lines.append(marked("warning", f"Further from them than another such history would be: {', '.join(wrong)}."))
    else:
        lines.append(marked("good", "The paths differ from them no more than those of another history would."))
    parts = [*lines, Text("\nFacts of single assets", style="bold"), _table(scores.facts, scores.mean)]
    if scores.cross_mean is not None:
        parts += [Text("\nFacts across assets", style="bold"), _table(scores.cross, scores.cross_mean)]
    note = (
        "\nscore: distance from the windows of the history that did the same; those of another history of the same "
        f"length would score 1, up to {RIGHT:g} is right."
    )
    return Constrain(Group(*parts, Text(note, style="dim")), WIDTH)


def _table(scores: dict[str, float], mean: float) -> Table:
    table = Table(box=None, show_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("fact", min_width=16, overflow="fold")
    table.add_column("score", justify="right", no_wrap=True, min_width=7)
    for name, value in sorted(scores.items(), key=lambda item: -item[1]):
        table.add_row(name, number(value))
    table.add_row(Text("mean", style="bold"), Text(number(mean), style="bold"))
    return table
