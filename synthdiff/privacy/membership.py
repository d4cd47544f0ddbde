"""Who was in the training data: attacks that tell training rows from held-out ones.

A generator that learnt the population and no single row tells nothing: fresh rows lie as close to a training row as to
an unseen one, and the area under the ROC curve is .5. That is the ceiling of both scores.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np

from synthdiff.privacy.distance import MixedDistance, nearest
from synthdiff.privacy.risk import EITHER_Z
from synthdiff.privacy.roc import tell_apart
from synthdiff.privacy.rows import UNSEEN_NEEDED, FloatArray, IntArray, PrivacyRows
from synthdiff.score import CONFIDENCE_Z, Score

LogProb = Callable[[Literal["real", "holdout"], IntArray], FloatArray]
"""Log-likelihoods, or bounds of them, of the rows of a table at some positions, (n,) int64 to (n,)."""

MAX_ATTACKED, MAX_LIKELIHOOD, MAX_FLOOR = 3_000, 2_000, 1_000  # training rows, and as many held-out ones
MAX_SYNTHETIC, MAX_REFERENCE = 50_000, 20_000
SMALL = 1e-3  # of the median distance: distances below are alike

_DISTANCE = "How well closeness to a synthetic row tells training rows from held-out ones (area under the ROC curve)."
_LIKELIHOOD = "How well the model's likelihood tells training rows from held-out ones (area under the ROC curve)."


def distance_membership(rows: PrivacyRows) -> Score:
    """Score how well closeness to the synthetic rows tells training rows from held-out ones.

    Two attacks: the distance to the closest synthetic row, and that distance relative to the one to the closest of
    other held-out rows, so that rows in dense places are not taken for members. The value is the stronger one's, in an
    interval wide enough for that choice.

    References
    ----------
    van Breugel, B. et al. (2023). Membership inference attacks against synthetic data through overfitting detection.
    AISTATS: densities relative to a reference table's.
    """
    score = Score(
        "membership_distance", "privacy", "Membership by distance", _DISTANCE, None, "lower", ceiling=0.5, bad=1.0
    )
    n = min(len(rows.real), len(rows.holdout) // 2, MAX_ATTACKED)
    if not rows.holdout_given or n == 0:
        return replace(score, note="needs two held-out rows" if rows.holdout_given else UNSEEN_NEEDED)
    distance = MixedDistance.gower(rows.real, rows.is_category)
    holdout = rows.some(rows.holdout, len(rows.holdout), "membership", "holdout")
    members, others, reference = (
        rows.some(rows.real, n, "membership", "real"),
        holdout[:n],
        holdout[n:][:MAX_REFERENCE],
    )
    synthetic = rows.some(rows.synthetic, MAX_SYNTHETIC, "membership", "synthetic")
    near = [nearest(distance, part, synthetic)[0][:, 0] for part in (members, others)]
    usual = [nearest(distance, part, reference)[0][:, 0] for part in (members, others)]
    least = SMALL * float(np.median(np.concatenate(usual))) or SMALL
    attacks = {
        "distance": tell_apart(*(-part for part in near)),
        "relative": tell_apart(*((u + least) / (d + least) for d, u in zip(near, usual, strict=True))),
    }
    name, best = max(attacks.items(), key=lambda attack: attack[1].auc)
    independent = rows.some(rows.independent, len(synthetic), "membership", "independent")
    floor = tell_apart(*(-nearest(distance, part[:MAX_FLOOR], independent)[0][:, 0] for part in (members, others)))
    return replace(
        score,
        value=best.auc,
        interval=best.interval(EITHER_Z),
        floor=floor.auc,
        details=best.to_dict()
        | {"interval": list(best.interval(EITHER_Z)), "attack": name, "n_members": n, "n_synthetic": len(synthetic)}
        | {"attacks": {key: roc.to_dict() for key, roc in attacks.items()}},
    )


def likelihood_membership(rows: PrivacyRows, log_prob: LogProb) -> Score:
    """Score how well the likelihood under the model tells training rows from held-out ones.

    This attacker holds the model itself: stronger than whoever holds synthetic rows alone.
    """
    score = Score(
        "membership_likelihood", "privacy", "Membership by likelihood", _LIKELIHOOD, None, "lower", ceiling=0.5, bad=1.0
    )
    if not rows.holdout_given:
        return replace(score, note=UNSEEN_NEEDED)
    n = min(len(rows.real), len(rows.holdout), MAX_LIKELIHOOD)
    members = log_prob("real", rows.positions(len(rows.real), n, "likelihood", "real"))
    others = log_prob("holdout", rows.positions(len(rows.holdout), n, "likelihood", "holdout"))
    found = tell_apart(*(np.where(np.isnan(part), -np.inf, part) for part in (members, others)))
    return replace(
        score, value=found.auc, interval=found.interval(CONFIDENCE_Z), details=found.to_dict() | {"n_members": n}
    )
