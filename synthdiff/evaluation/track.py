"""Where a score stands on the way from independent columns to real rows, as places on a bar."""

from __future__ import annotations

from dataclasses import dataclass

from synthdiff.score import Score

MARGIN = 0.04


@dataclass(frozen=True)
class Track:
    """A bar whose left end is worse and whose right end is better; places are percentages of its width.

    Attributes
    ----------
    value : float
    floor, ceiling, bad : float or None
        None where it is not known; `bad` also where it is the floor.
    low, high : float
        Ends of the interval, left to right; the value where it is not known.
    """

    value: float
    floor: float | None
    ceiling: float | None
    bad: float | None
    low: float
    high: float

    @property
    def start(self) -> float | None:
        """Where the way to the ceiling begins."""
        return self.floor if self.bad is None else self.bad


def score_track(score: Score) -> Track | None:
    """Lay a score and its references out on a bar; None where there is nothing to compare it with."""
    references = [x for x in (score.floor, score.ceiling, score.bad) if x is not None]
    if score.value is None or not references:
        return None
    interval = score.interval or (score.value, score.value)
    points = [score.value, *interval, *references]
    worst, best = (min(points), max(points)) if score.direction == "higher" else (max(points), min(points))
    way = best - worst

    def place(x: float) -> float:
        along = (x - worst) / way if way else 0.5
        return round(100 * (MARGIN + (1 - 2 * MARGIN) * along), 2)

    def known(x: float | None) -> float | None:
        return None if x is None else place(x)

    bad = None if score.bad == score.floor else known(score.bad)
    low, high = sorted(place(x) for x in interval)
    return Track(place(score.value), known(score.floor), known(score.ceiling), bad, low, high)
