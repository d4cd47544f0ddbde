"""What is secret about a row: an attacker who knows the rest of it reads the secret off the closest synthetic row.

After the inference attack of Giomi et al. (2023), see `synthdiff.privacy.risk`. That synthetic rows tell how columns
hang together is what they are for; what they tell about training rows beyond strangers is the risk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from synthdiff.privacy.distance import MixedDistance, nearest
from synthdiff.privacy.risk import Risk, excess_risk
from synthdiff.privacy.rows import UNSEEN_NEEDED, BoolArray, FloatArray, PrivacyRows
from synthdiff.score import Score

MAX_SECRETS, MAX_ATTACKED, MAX_SYNTHETIC = 10, 2_000, 50_000
TOLERANCE = 0.05  # of the range that the middle nine tenths of a column span

_WHAT = (
    "How much more of training rows than of held-out rows is found out by who knows all but one column of them: 0 is "
    "nothing, 1 everything."
)


@dataclass(frozen=True)
class Secret:
    """Attacks on one column.

    Attributes
    ----------
    column : int
    main, control, guess : (n,) bool
        Successes on training rows, on held-out rows, and on training rows by a random synthetic row.
    """

    column: int
    main: BoolArray
    control: BoolArray
    guess: BoolArray

    @property
    def risk(self) -> Risk:
        """The risk of this column."""
        return excess_risk(int(self.main.sum()), int(self.control.sum()), len(self.main), len(self.control))


def attribute_inference(rows: PrivacyRows, target: str | None = None) -> Score:
    """Score what synthetic rows tell about columns that an attacker does not know.

    The value pools all secrets: of what is not found out about held-out rows, the share that is found out about
    training rows. The secrets of one row are not independent: the interval is that of as many independent attacks as
    vary as much. Numbers are found out when they are met within 5 % of the column's range, outermost tenth left out.
    Independent columns know no more of training rows than of others: their risk is 0.

    Parameters
    ----------
    rows : PrivacyRows
    target : str or None
        A column that is a secret in any case.
    """
    score = Score(
        "attribute_inference", "privacy", "Attribute inference", _WHAT, None, "lower", floor=0.0, ceiling=0.0, bad=1.0
    )
    if not rows.holdout_given:
        return replace(score, note=UNSEEN_NEEDED)
    columns = _choose(rows, target)
    if not columns:
        return replace(score, note="needs two columns, one of which varies")
    n = min(len(rows.real), len(rows.holdout), MAX_ATTACKED)
    secrets = _attack(rows, columns, n)
    (main, n_main), (control, n_control) = _pool([s.main for s in secrets]), _pool([s.control for s in secrets])
    pooled = excess_risk(main * n_main, control * n_control, n_main, n_control)
    worst = max(secrets, key=lambda secret: secret.risk.interval[0])
    details = {
        "n_attacks": n,
        "main": main,
        "control": control,
        "secrets": [_to_dict(rows.names[secret.column], secret) for secret in secrets],
    }
    note = _worst_note(rows.names[worst.column], worst.risk)
    return replace(score, value=pooled.value, interval=pooled.interval, note=note, details=details)


def _choose(rows: PrivacyRows, target: str | None) -> list[int]:
    """Columns to find out: the target, and others that vary, by chance."""
    if len(rows.names) < 2:
        return []
    varies = [j for j, column in enumerate(rows.real.T) if not _equal(column, column[0]).all()]
    order = rows.generator("attribute", "secrets").permutation(varies).astype(int).tolist()
    order.sort(key=lambda j: rows.names[j] != target)
    return sorted(order[:MAX_SECRETS])


def _attack(rows: PrivacyRows, columns: list[int], n: int) -> list[Secret]:
    """Try to find out each of some columns of n training and n held-out rows."""
    synthetic = rows.some(rows.synthetic, MAX_SYNTHETIC, "attribute", "synthetic")
    attacked = np.concatenate([rows.some(getattr(rows, w), n, "attribute", w) for w in ("real", "holdout")])
    distance = MixedDistance.gower(rows.real, rows.is_category)
    blind = rows.generator("attribute", "guess").integers(0, len(synthetic), n)
    out = []
    for secret in columns:
        known = np.delete(np.arange(len(rows.names)), secret)
        found = nearest(distance.columns(known), attacked[:, known], synthetic[:, known])[1][:, 0]
        truth, read = attacked[:, secret], synthetic[:, secret]
        slack = 0.0 if rows.is_category[secret] else TOLERANCE * _spread(rows.real[:, secret])
        hits = _equal(read[found], truth, slack)
        guessed = _equal(read[blind], truth[:n], slack)
        out.append(Secret(secret, hits[:n], hits[n:], guessed))
    return out


def _pool(hits: list[BoolArray]) -> tuple[float, int]:
    """Success rate over all secrets, and how many independent attacks tell it as exactly."""
    of_rows = np.mean(hits, axis=0)
    rate, variance, n = float(of_rows.mean()), float(of_rows.var()), len(of_rows)
    # That of independent secrets is the least that is believed: few rows may be equal by chance.
    least = rate * (1 - rate) / len(hits)
    return rate, round(n * rate * (1 - rate) / max(variance, least)) if least else n


def _spread(values: FloatArray) -> float:
    """Range of the middle nine tenths of the known values."""
    known = values[np.isfinite(values)]
    return float(np.subtract(*np.quantile(known, [0.95, 0.05]))) if len(known) else 0.0


def _equal(left: FloatArray, right: FloatArray, slack: float = 0.0) -> BoolArray:
    """Whether values are equal up to some slack, or both missing."""
    near = (left == right) | (np.abs(left - right) <= slack)
    return np.asarray(near | (np.isnan(left) & np.isnan(right)))


def _worst_note(name: str, risk: Risk) -> str:
    """Which secret is at risk, if one clearly is."""
    if risk.interval[0] <= 0:
        return ""
    return f"most at risk is {name!r}: {risk.value:.3f} ({risk.interval[0]:.3f} to {risk.interval[1]:.3f})"


def _to_dict(name: str, secret: Secret) -> dict[str, Any]:
    rates = {part: float(getattr(secret, part).mean()) for part in ("main", "control", "guess")}
    return {"column": name, **rates, "risk": secret.risk.value, "interval": list(secret.risk.interval)}
