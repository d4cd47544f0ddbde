"""Tables that read the same in a terminal and in Markdown."""

from __future__ import annotations

from collections.abc import Sequence


def render(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Align a table; the first column is of words, the others of numbers.

    >>> print(render(["data", "xgb"], [["adult", ".943"], ["magic", "1"]]))
    | data  |  xgb |
    |:------|-----:|
    | adult | .943 |
    | magic |    1 |
    """
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    rule = [":" + "-" * (widths[0] + 1), *("-" * (width + 1) + ":" for width in widths[1:])]
    lines = [_line(header, widths), "|" + "|".join(rule) + "|", *(_line(row, widths) for row in rows)]
    return "\n".join(lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = (f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
    return "| " + " | ".join([f"{first.strip():<{widths[0]}}", *rest]) + " |"


def score(value: float | None) -> str:
    """Three decimals without the leading zero; a dash for what was not measured.

    >>> score(0.9432), score(1.0), score(61.52), score(None)
    ('.943', '1.000', '61.5', '-')
    """
    if value is None:
        return "-"
    if abs(value) >= 10:
        return f"{value:.1f}"
    text = f"{value:.3f}"
    return text[1:] if text.startswith("0.") else text


def amount(value: float | None) -> str:
    """Whole numbers from 10 on, with thousands marked; a dash for what was not measured.

    >>> amount(3.14), amount(314.15), amount(31_415.9), amount(None)
    ('3.1', '314', '31,416', '-')
    """
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.1f}"
