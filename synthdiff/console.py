"""A rich console that shows control characters instead of sending them to the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from synthdiff.visible import shown

LINES = "\n"
"""What lays text out and stays; names are shown without it where they are put into a text."""


class VisibleConsole(Console):
    """The last guard before a terminal: only rich's own control codes and line breaks get through.

    Names and values from data, models and paths are written by `synthdiff.visible.shown` where they are put into a
    text; what is forgotten there is caught here.
    """

    def render_str(self, text: str, **options: Any) -> Text:
        """Make a text of a string."""
        return super().render_str(shown(text, LINES), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Make segments of anything that is printed."""
        for segment in super().render(renderable, options):
            if segment.control or segment.text.isprintable():
                yield segment
            else:
                yield Segment(shown(segment.text, LINES), segment.style)
