"""Where a score stands on the way from independent columns to real rows, as places on a bar."""

from __future__ import annotations

from dataclasses import dataclass

from synthdiff.score import Score

MARGIN = 0.04


@dataclass(frozen=True)
class Mark:
    """A reference on a bar: what it is (``"floor"``, ``"ceiling"`` or ``"worst"``), its place and its value."""

    kind: str
    place: float
    value: float


@dataclass(frozen=True)
class Track:
    """A bar whose left end is worse and whose right end is better; places are percentages of its width.

    Independent columns that lie off the way from the worst case to real rows stand at an end.

    Attributes
    ----------
    value : float
    marks : tuple of Mark
        The references, from left to right.
    low, high : float
        Ends of the interval; the value where it is not known.
    way : pair of float or None
        Ends of the way from the bad value to the ceiling, whose share is the standing.
    """

    value: float
    marks: tuple[Mark, ...]
    low: float
    high: float
    way: tuple[float, float] | None


def score_track(score: Score) -> Track | None:
    """Lay a score and its references out on a bar; None where there is nothing to compare it with."""
    references = {"worst": score.bad, "floor": score.floor, "ceiling": score.ceiling}
    if score.bad == score.floor:
        del references["worst"]
    known = {kind: x for kind, x in references.items() if x is not None}
    if score.value is None or not known:
        return None
    interval = score.interval or (score.value, score.value)
    start, end = known.get("worst", known.get("floor")), known.get("ceiling")
    points = [score.value, *interval, *(x for x in (start, end) if x is not None)]
    worst, best = (min(points), max(points)) if score.direction == "higher" else (max(points), min(points))

    def place(x: float) -> float:
        along = (x - worst) / (best - worst) if best != worst else 0.5
        return round(100 * min(max(MARGIN + (1 - 2 * MARGIN) * along, 0.0), 1.0), 2)

    marks = sorted((Mark(kind, place(x), x) for kind, x in known.items()), key=lambda mark: mark.place)
    way = None if start is None or end is None else _span(place(start), place(end))
    return Track(place(score.value), tuple(marks), *_span(*map(place, interval)), way)


def _span(a: float, b: float) -> tuple[float, float]:
    return min(a, b), max(a, b)
