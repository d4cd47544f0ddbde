"""All scores of privacy: distances, which are quick, and attacks, which take longer."""

from __future__ import annotations

from synthdiff.privacy.attribute import attribute_inference
from synthdiff.privacy.closeness import closer_share, copy_share, distance_scores
from synthdiff.privacy.membership import LogProb, distance_membership, likelihood_membership
from synthdiff.privacy.rows import PrivacyRows
from synthdiff.privacy.singling import singling_out
from synthdiff.score import Score


def privacy_scores(rows: PrivacyRows) -> list[Score]:
    """Score closeness to training rows: ``dcr_share``, ``dcr``, ``nndr`` and ``copies``.

    The worst case is a copy of the training rows; the ceiling is what held-out rows score. Without a given holdout
    ``dcr_share`` means nothing and has no value.
    """
    return [closer_share(rows), *distance_scores(rows), copy_share(rows)]


def attack_scores(rows: PrivacyRows, log_prob: LogProb | None = None, target: str | None = None) -> list[Score]:
    """Score attacks: ``membership_distance``, ``membership_likelihood``, ``attribute_inference`` and ``singling_out``.

    Each is measured against the same attack on held-out rows, and has no value without a given holdout. The ceiling is
    what rows score that know nothing of who was learnt from: .5 of an area under a ROC curve, 0 of a risk.

    Parameters
    ----------
    rows : PrivacyRows
    log_prob : callable or None
        The model's log-likelihoods of the rows of ``"real"`` or ``"holdout"`` at some positions. None: that attack is
        left out.
    target : str or None
        A column that attribute inference tries in any case.
    """
    likelihood = [] if log_prob is None else [likelihood_membership(rows, log_prob)]
    return [distance_membership(rows), *likelihood, attribute_inference(rows, target), singling_out(rows)]
