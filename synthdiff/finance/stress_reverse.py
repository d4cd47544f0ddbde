"""Paths on which a portfolio loses so much: among those that are there, else among such as are drawn to do it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from synthdiff.data.paths import Event, Paths
from synthdiff.errors import ConditioningError, TooFewRowsError
from synthdiff.finance.reverse import ReverseStress

ENOUGH = 100
"""Losing paths below which others are drawn to lose so much: tails of fewer say nothing."""
GUIDED = "Few free paths lose so much, so these were drawn to do it; the ways are shares of them."


@dataclass(frozen=True, eq=False)
class Losing:
    """What was found.

    Attributes
    ----------
    paths : Paths
        Those that lose so much.
    found : ReverseStress
        Their groups, with probabilities by themselves.
    event : Event
    notes : tuple of str
    """

    paths: Paths
    found: ReverseStress
    event: Event
    notes: tuple[str, ...]


def find_losing(
    paths: Paths, text: str, find: Callable[[Paths], ReverseStress], draw: Callable[[], Paths] | None
) -> Losing:
    """Look for losing paths.

    Parameters
    ----------
    paths : Paths
    text : str
        What they do, in words.
    find : callable
        `reverse_stress` with all its settings.
    draw : callable or None
        Draws paths that lose so much, for where there are too few.

    Returns
    -------
    Losing

    Raises
    ------
    TooFewRowsError
        There are too few, and none can be drawn.
    """
    try:
        found = find(paths)
    except TooFewRowsError:
        if draw is None:
            raise
        return _led(draw(), text, find)
    if draw is not None and len(found.rows) < ENOUGH:
        with contextlib.suppress(ConditioningError, TooFewRowsError):  # those that are there are few, but some
            return _led(draw(), text, find)
    losing = _those(paths, found)
    event = Event(text, found.probability, found.interval, len(paths), losing.effective_size)
    return Losing(losing, found, event, (f"All of this is given: {found.given}.",) if found.given else ())


def _led(paths: Paths, text: str, find: Callable[[Paths], ReverseStress]) -> Losing:
    """Of paths that were drawn to lose so much."""
    found, event = find(paths), paths.event
    if event is None:
        raise ConditioningError("the guide draws paths that lose so much without saying how probable that is")
    event = replace(event, text=text)
    return Losing(_those(paths, found), _scaled(found, event), event, (GUIDED,))


def _those(paths: Paths, found: ReverseStress) -> Paths:
    return paths.take(np.sort(found.rows))


def _scaled(found: ReverseStress, event: Event) -> ReverseStress:
    """Probabilities by themselves of what was found on paths that all do the event.

    Those of the ways are products, and so are the bounds of their intervals: too wide rather than too narrow.
    """
    (low, high), chance = event.interval, event.probability

    def scaled(part: Any) -> Any:
        interval = (low * part.interval[0], high * part.interval[1])
        return replace(part, probability=chance * part.probability, interval=interval)

    parts = tuple(map(scaled, found.scenarios))
    return replace(found, probability=chance, interval=event.interval, scenarios=parts, given="")
