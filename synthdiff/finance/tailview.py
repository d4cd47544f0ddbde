"""Views on expected shortfall, which no weighted mean expresses: exact by a few means that do.

ES is the least of ``v + E[max(L - v, 0)] / (1 - a)`` over all v, and VaR is the v that attains it (Rockafellar and
Uryasev 2000). So *at most* c is one inequality, at the best v: v and the weights are found in turn. *At least* c is one
inequality for every v, of which only those are needed that the solution so far breaks (cutting planes, Kelley 1960);
this set of weights is convex, so what is found is the optimum. *Equal* is the one of both that does not hold by itself.

References
----------
Rockafellar and Uryasev (2000), Journal of Risk 2(3), 21, theorem 1. Meucci, Ardia and Keel (2011), Fully flexible
extreme views, Journal of Risk 14(2), 39: the same views, by a recursion over the number of tail scenarios.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthdiff.data.split import FloatArray
from synthdiff.data.tail import Tail
from synthdiff.finance.entropy import TOLERANCE, Demands, Relation, Tilt, tilt

MAX_CUTS, MAX_STEPS = 60, 60
STARTS = (0.95, 0.99, 0.75, 0.5, 0.25)
"""Where VaR is looked for first, until demands can be met there: quantiles of the losses that are small enough."""


@dataclass(frozen=True, eq=False)
class TailDemand:
    """What expected shortfall is asked to be.

    Attributes
    ----------
    losses : (n,) float64
    relation : {"=", ">=", "<="}
    target : float
    level : float
    source : int
        The view that it comes from.
    """

    losses: FloatArray
    relation: Relation
    target: float
    level: float
    source: int

    def at(self, place: float, relation: Relation) -> Demands:
        """ES at least or at most the target as far as one place of VaR tells."""
        excess = np.maximum(self.losses - place, 0.0)
        return Demands.none(len(excess)).add(excess, relation, (self.target - place) * (1 - self.level), self.source)

    def es(self, found: Tilt) -> float:
        """ES under weights."""
        return Tail.of(self.losses, found.weights).es(self.level)

    def var(self, found: Tilt) -> float:
        """VaR under weights."""
        return Tail.of(self.losses, found.weights).var(self.level)

    @property
    def unit(self) -> float:
        """Standard deviation of the losses."""
        return float(self.losses.std()) or 1.0


def tilt_tails(prior: FloatArray, demands: Demands, tails: Sequence[TailDemand]) -> tuple[Tilt, Demands]:
    """Find the weights closest to a prior that meet demands on means and on tails.

    Parameters
    ----------
    prior : (n,) float64
        Above 0; sums to 1.
    demands : Demands
    tails : sequence of TailDemand
        Each between the least and the largest loss.

    Returns
    -------
    found : Tilt
    asked : Demands
        All that was asked in the end; where it is not met, what cannot be.
    """
    found = tilt(prior, demands)
    if not found.is_met or not tails:
        return found, demands
    floors = [tail for tail in tails if tail.relation == ">="]
    caps = [tail for tail in tails if tail.relation == "<="]
    for tail in tails:
        if tail.relation == "=":  # the side that does not hold by itself
            (floors if tail.es(found) < tail.target else caps).append(tail)
    search = _Search(prior, demands, floors)
    found, asked = search.solve([])
    broken = [cap for cap in caps if cap.es(found) > cap.target + TOLERANCE * cap.unit]
    if not found.is_met or not broken:
        return found, asked
    return search.place(broken)


class _Search:
    """Solutions for one place of VaR after another; cuts that one of them needed hold for all."""

    def __init__(self, prior: FloatArray, demands: Demands, floors: Sequence[TailDemand]) -> None:
        self.prior = prior
        self.demands = demands
        self.floors = floors

    def solve(self, caps: Sequence[Demands]) -> tuple[Tilt, Demands]:
        """Meet all floors, with caps at given places."""
        for _ in range(MAX_CUTS):
            asked = self.demands.join(caps)
            found = tilt(self.prior, asked)
            if not found.is_met:
                break
            low = [floor for floor in self.floors if floor.es(found) < floor.target - TOLERANCE * floor.unit]
            if not low:
                break
            self.demands = self.demands.join([floor.at(floor.var(found), ">=") for floor in low])
        return found, asked

    def place(self, caps: Sequence[TailDemand]) -> tuple[Tilt, Demands]:
        """Find the places of VaR and the weights in turn; no step takes either away from the prior."""
        for start in STARTS:
            found, asked = self._at(caps, [_quantile_below(cap, start) for cap in caps])
            if found.is_met:
                break
        for _ in range(MAX_STEPS if found.is_met else 0):
            # the best place of VaR for given weights is their own
            better, more = self._at(caps, [cap.var(found) for cap in caps])
            if not better.is_met or better.divergence > found.divergence - TOLERANCE**2:
                break
            found, asked = better, more
        return found, asked

    def _at(self, caps: Sequence[TailDemand], places: Sequence[float]) -> tuple[Tilt, Demands]:
        return self.solve([cap.at(place, "<=") for cap, place in zip(caps, places, strict=True)])


def _quantile_below(cap: TailDemand, level: float) -> float:
    """A quantile of the losses below the target: the paths up to it could meet the demand by themselves."""
    return float(np.quantile(cap.losses[cap.losses < cap.target], level))
