"""Which columns and pairs are furthest off, and which give synthetic rows away: read from the details of scores."""

from __future__ import annotations

from typing import Any

from synthdiff.score import Score


def lagging_columns(score: Score | None, limit: float) -> list[tuple[str, float]]:
    """Columns and their agreement, where it is more than `limit` below what real rows show; the worst first."""
    columns: dict[str, float] = _details(score, "columns") or {}
    return sorted((c for c in columns.items() if c[1] < _expected(score) - limit), key=lambda c: c[1])


def lagging_pairs(score: Score | None, limit: float) -> list[tuple[str, str, float]]:
    """Pairs of columns and their agreement, where it is more than `limit` below what real rows show; the worst first.

    A score names only its worst pairs.
    """
    pairs: list[list[Any]] = _details(score, "pairs") or []
    return sorted(((a, b, s) for a, b, s in pairs if s < _expected(score) - limit), key=lambda pair: pair[2])


def telling_columns(score: Score | None) -> list[dict[str, Any]]:
    """Columns by which trees recognise synthetic rows, the most important first.

    Returns
    -------
    list of dict
        ``column``, ``importance``, ``alone_auc``, ``where``, and the shares of ``real`` and ``synthetic`` rows there.
    """
    return list(_details(score, "columns") or [])


def _details(score: Score | None, key: str) -> Any:
    return None if score is None else score.details.get(key)


def _expected(score: Score | None) -> float:
    """What real rows show on average."""
    return 1.0 if score is None or score.ceiling is None else score.ceiling
