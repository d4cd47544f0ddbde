"""The checks of all columns as words for tables: what each one holds beside the real one, the faulty ones first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synthdiff.evaluation.check import ASPECTS, ColumnCheck

HEADINGS = {
    "missing": "missing",
    "distinct": "distinct",
    "form": "form",
    "readable": "readable",
    "inside": "in range",
    "rules": "rules kept",
    "real": "real values",
}
"""What the columns of the table are called."""
BESIDE = ("missing", "distinct", "real")
"""Shares that mean something beside those of real cells only; of the others all real cells have nearly all."""


@dataclass(frozen=True)
class CheckCell:
    """A share in words.

    Attributes
    ----------
    text : str
        Of the synthetic cells; "–" where it means nothing.
    real : str
        Of real cells, where that is worth a word.
    is_fault : bool
    """

    text: str
    real: str
    is_fault: bool


@dataclass(frozen=True)
class CheckRow:
    """A column's line.

    Attributes
    ----------
    name, kind : str
    cells : tuple of CheckCell
        One a heading.
    is_fault : bool
        Whether anything is wrong.
    """

    name: str
    kind: str
    cells: tuple[CheckCell, ...]
    is_fault: bool


def check_rows(checks: Sequence[ColumnCheck]) -> list[CheckRow]:
    """Lines of the table, those with faults first."""
    order = sorted(checks, key=lambda check: (not check.faults, -check.invalid))
    return [
        CheckRow(
            check.column,
            check.kind if check.personal is None else f"{check.kind}, {check.personal.replace('_', ' ')}",
            tuple(_cell(check, aspect) for aspect in ASPECTS),
            bool(check.faults),
        )
        for check in order
    ]


def _cell(check: ColumnCheck, aspect: str) -> CheckCell:
    made, real = check.shares.get(aspect, (None, None))
    beside = percent(real) if aspect in BESIDE and real is not None else ""
    return CheckCell(percent(made), beside, aspect in check.faults)


def percent(share: float | None) -> str:
    """A share to read, never 0 % or 100 % unless it is.

    Examples
    --------
    >>> [percent(share) for share in (None, 0.0, 0.0001, 0.25, 0.9999, 1.0)]
    ['–', '0%', '0.01%', '25%', '99.99%', '100%']
    """
    if share is None:
        return "–"
    digits = 0 if share in (0.0, 1.0) or 0.1 <= share <= 0.9 else 1
    text = f"{share:.{digits}%}"
    return f"{share:.2%}" if text in ("0.0%", "100.0%") and digits else text
