"""The bent axis of a season on a device: from moments to places on it, and back to moments that can occur."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from synthdiff.codecs.season import FloatArray, Season

_LAST = 1 - 1e-9
"""The end of a day, but for rounding."""


class BentAxis:
    """Moments <-> places, in float64.

    Parameters
    ----------
    season : Season
    device : torch.device
        Must have float64.
    """

    def __init__(self, season: Season, device: torch.device) -> None:
        self.season = season
        lengths = season.lengths
        self._ends = torch.tensor(np.concatenate([[0.0], np.cumsum(lengths)]), device=device)
        self._last_used = int(np.flatnonzero(lengths)[-1])
        self._clock = torch.tensor(season.clock, device=device)
        self._levels = torch.tensor(season.levels, device=device)
        shifts = season.shifts if len(season.shifts) else np.zeros(1)
        self._shifts = torch.tensor(shifts, device=device)
        self._changes = torch.tensor(season.changes, device=device)
        # On the clock of the place an hour occurs twice, or never: the later shift holds from the earlier moment on.
        self._local_changes = torch.tensor(season.changes + shifts[1:], device=device)

    def bend(self, values: Tensor) -> Tensor:
        """Where encoded values lie on the bent axis, float64 of the same shape; anywhere where they are missing."""
        values = values.nan_to_num()
        values = values + self._shifts[torch.searchsorted(self._changes, values.contiguous(), right=True)]
        along = ((values - self.season.start) / self.season.unit - self.season.first).clamp(0, len(self._ends) - 1)
        day = along.floor().long().clamp(max=len(self._ends) - 2)
        share = _interpolate(along - day, self._clock, self._levels)
        return self._ends[day] + (self._ends[day + 1] - self._ends[day]) * share

    def straighten(self, places: Tensor) -> Tensor:
        """Encoded values at places of the bent axis, float64 of the same shape: only such that can occur."""
        season = self.season
        day = (torch.searchsorted(self._ends, places.contiguous(), right=True) - 1).clamp(0, self._last_used)
        share = (places - self._ends[day]) / (self._ends[day + 1] - self._ends[day])
        time = _interpolate(share.clamp(0, 1), self._levels, self._clock).clamp(max=_LAST)
        step = ((season.first + day + time) * season.unit / season.step).floor()
        values = season.start + (step + 0.5) * season.step
        return values - self._shifts[torch.searchsorted(self._local_changes, values.contiguous(), right=True)]

    def bend_array(self, values: FloatArray) -> FloatArray:
        """As `bend`, of an array."""
        device = self._ends.device
        return np.asarray(self.bend(torch.tensor(values, device=device)).cpu().numpy())


def _interpolate(x: Tensor, knots: Tensor, levels: Tensor) -> Tensor:
    """A function of linear pieces through knots that never decrease."""
    at = torch.searchsorted(knots, x.contiguous()).clamp(1, len(knots) - 1)
    width = knots[at] - knots[at - 1]
    share = torch.where(width > 0, (x - knots[at - 1]) / width, 1.0).clamp(0, 1)
    return levels[at - 1] + share * (levels[at] - levels[at - 1])
