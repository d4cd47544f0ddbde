"""How good a fit is while it goes on: now and then rows are drawn and told from held-out ones by a small boosted tree.

The draws have seeds of their own, so that a fit which is watched ends in the same weights as one which is not.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import torch

from synthdiff.codecs.alphabet import TableAlphabet
from synthdiff.codecs.token import FloatArray
from synthdiff.evaluation.quick import quick_auc
from synthdiff.networks.ensemble import DenoiserEnsemble
from synthdiff.runtime import generator
from synthdiff.sampling.settle import Settlement
from synthdiff.sampling.unmask import UnmaskSampler

ROWS = 2_000
SHARE = 0.05
"""Of the time of a fit that may go to looking."""
FIRST_COST = 1.0
"""Seconds that the first look is expected to take."""


@dataclass
class Tracker:
    """Looks at a fit.

    Attributes
    ----------
    alphabet : TableAlphabet
    order : list of int
        Columns as they are revealed.
    held_out : (n, D) float64
        Values of the learnt columns in rows that are not trained on.
    precision : torch.dtype
        Of matrix products.
    seed : int
    settlement : Settlement or None
        The rules that cells are put right by.
    auc : float or None
        What the last look has found: the area under the ROC curve, .5 when the rows cannot be told apart.
    """

    alphabet: TableAlphabet
    order: list[int]
    held_out: FloatArray
    precision: torch.dtype
    seed: int
    settlement: Settlement | None = None
    auc: float | None = None
    _spent: float = field(default=0.0, repr=False)
    _cost: float = field(default=FIRST_COST, repr=False)

    def is_due(self, elapsed: float) -> bool:
        """Whether a look is worth its time, so many seconds after the fit began."""
        return self._spent + self._cost <= SHARE * elapsed

    def look(self, network: DenoiserEnsemble, step: int) -> float:
        """Draw rows from a network in evaluation mode and test them."""
        began = time.monotonic()
        n_rows = min(ROWS, len(self.held_out))
        sampler = UnmaskSampler(network, self.alphabet, self.order, self.precision, settlement=self.settlement)
        rows = sampler.draw(n_rows, generator(self.seed, "track", step)).cpu().numpy()
        self.auc = quick_auc(self.held_out[:n_rows], rows, self.seed)
        self._cost = time.monotonic() - began
        self._spent += self._cost
        return self.auc
