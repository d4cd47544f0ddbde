"""What the HTML reports are made of: panels with figures, words for numbers, one page that holds all it needs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from synthdiff.evaluation.figure import HIGH, Figure
from synthdiff.evaluation.track import score_track

HOME = "synthdiff.evaluation"
"""The package of the skeleton that all pages extend."""
MARKS = {"good": "✓", "warning": "!", "bad": "✕"}


@dataclass(frozen=True)
class Panel:
    """A figure on the page.

    Attributes
    ----------
    key : str
        Its name on the page.
    title : str
    figure : dict
    value : float or None
        A score to show beside the title.
    group : str
        What figures stand in a row together.
    """

    key: str
    title: str
    figure: Figure
    value: float | None = None
    group: str = ""

    @property
    def height(self) -> int:
        """In CSS pixels."""
        return int(self.figure["layout"]["height"])

    @property
    def is_high(self) -> bool:
        """Whether it takes two rows."""
        return self.height == HIGH


def render_page(template: str, panels: Mapping[str, list[Panel]], *, package: str = HOME, **context: Any) -> str:
    """Render a page that holds all it needs: styles, scripts, data.

    Nothing is fetched, and a policy in the page forbids it. Text from data is escaped.

    Parameters
    ----------
    template : str
        Name of the template, which extends ``base.html.j2``.
    panels : mapping of str to list of Panel
        The figures, by section.
    package : str
        Whose folder ``page`` holds the template.
    **context : Any
        What else the template shows.

    Returns
    -------
    str
        Some 5 MB with figures, almost all of it the library that draws.
    """
    figures = {panel.key: panel.figure for section in panels.values() for panel in section}
    return (
        _environment(package)
        .get_template(template)
        .render(
            panels=panels,
            figures=embeddable(figures) if figures else "",
            plotly=_plotly,
            marks=MARKS,
            **context,
        )
    )


def described(facts: Mapping[str, Any], names: Mapping[str, str] | None = None) -> Iterator[tuple[str, str]]:
    """Facts as pairs of words; those without a value are left out.

    Examples
    --------
    >>> list(described({"rows": {"real": 1200}, "seed": 0, "target": None}))
    [('Rows', 'real 1,200'), ('Seed', '0')]
    """
    for key, value in facts.items():
        if value is not None:
            name = (names or {}).get(key, key.replace("_", " "))
            yield name[:1].upper() + name[1:], _described(value)


def _described(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_described(item)}" for key, item in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return f"{value:,}"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def score_text(value: float | None) -> str:
    """A score to read.

    Examples
    --------
    >>> [score_text(x) for x in (0.98765, 0.00031, 45.87, 12345.6, None)]
    ['0.988', '0.0003', '45.87', '12,346', '–']
    """
    if value is None:
        return "–"
    if 5e-5 <= abs(value) < 0.01:
        return f"{value:.1g}"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:,.4g}"


def embeddable(value: Any) -> str:
    r"""JSON that can stand inside of a script element, whatever texts it holds.

    Examples
    --------
    >>> embeddable({"a": "</script>"})
    '{"a":"\\u003c/script>"}'
    """
    return json.dumps(value, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


@cache
def _plotly() -> str:
    """The source of plotly.js, unable to end the script element that it stands in."""
    from plotly.offline import get_plotlyjs

    return re.sub(r"</(?=script)", r"<\\/", str(get_plotlyjs()), flags=re.IGNORECASE)


@cache
def _environment(package: str) -> Environment:
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(name, "page") for name in dict.fromkeys((package, HOME))]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"score": score_text, "track": score_track}
    return environment
