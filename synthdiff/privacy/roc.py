"""How well a number tells members from others: area under the ROC curve, and hits at few false alarms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from synthdiff.privacy.rows import FloatArray
from synthdiff.roc import area, area_error
from synthdiff.score import CONFIDENCE_Z, share_interval, within

FALSE_ALARMS = 0.01
_CURVE = np.concatenate([[0.0], np.geomspace(1e-3, 1.0, 40)])


@dataclass(frozen=True)
class Roc:
    """How well members stand out.

    Attributes
    ----------
    auc, error : float
        Area under the curve, and its standard error.
    tpr : float
        Share of the members that are found when at most 1 % of the others are taken for members.
    tpr_interval : pair of float
        95 %.
    curve : tuple of pair of float
        Shares of others and of members, by the former.
    """

    auc: float
    error: float
    tpr: float
    tpr_interval: tuple[float, float]
    curve: tuple[tuple[float, float], ...]

    def interval(self, z: float = CONFIDENCE_Z) -> tuple[float, float]:
        """Interval of the area, z standard errors to both sides."""
        return within((self.auc - z * self.error, self.auc + z * self.error))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "auc": self.auc,
            "interval": list(self.interval()),
            "tpr_at_1fpr": self.tpr,
            "tpr_interval": list(self.tpr_interval),
            "roc": [list(point) for point in self.curve],
        }


def tell_apart(members: FloatArray, others: FloatArray) -> Roc:
    """Measure how well higher numbers mean members.

    Parameters
    ----------
    members, others : (m,), (n,) float64
        At least one each. Ties count half in the area and nothing in the shares.
    """
    m, n = len(members), len(others)
    is_member, score = np.repeat([True, False], [m, n]), np.concatenate([members, others])
    # Few rows that happen to lie apart have no spread at all: no error is below that of one more row on the other side.
    error = float(np.nanmax([area_error(is_member, score), 1 / (min(m, n) + 1)]))
    shares = _found(members, others, np.append(_CURVE[:-1], FALSE_ALARMS))
    curve = zip([*_CURVE.tolist()], [*shares[:-1].tolist(), 1.0], strict=True)
    tpr = float(shares[-1])
    return Roc(area(is_member, score), error, tpr, share_interval(tpr * m, m), tuple(curve))


def _found(members: FloatArray, others: FloatArray, alarms: FloatArray) -> FloatArray:
    """Shares of members above thresholds that at most some shares, below 1, of the others exceed."""
    highest = np.sort(others)[::-1]
    thresholds = highest[np.floor(alarms * len(others)).astype(np.int64)]
    return 1 - np.searchsorted(np.sort(members), thresholds, side="right") / len(members)
