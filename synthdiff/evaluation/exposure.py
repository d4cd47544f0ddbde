"""What privacy scores say, in plain words: copies, memorised rows, and what attacks learn beyond their control."""

from __future__ import annotations

from collections.abc import Iterator

from synthdiff.evaluation.evidence import Evidence, Level, Symptom, beside, may_reach
from synthdiff.score import Score

COPIED, BADLY_COPIED = 0.01, 0.05
"""Share of rows that equal a training row, beyond what unseen rows do: one in a hundred is no accident any more."""
EXPOSED, BADLY_EXPOSED = 0.95, 0.8
"""Standings between the worst case and unseen rows: of a share or an area of which .5 is right, .525 and .6."""
RECOGNISED = 0.03
"""How far the area under the ROC curve may fall below chance, for trees that tell rows from training ones: a row that
is in both classes is one that they get wrong."""
ATTACKS = {
    "membership_distance": "tell from the distance to synthetic rows who was in the training data",
    "attribute_inference": "infer what is secret about training rows",
    "singling_out": "single out training rows",
}


def memory(evidence: Evidence) -> Iterator[Symptom]:
    """Whether training rows come out again, whole or nearly."""
    signs = [*_copying(evidence), *_likeness(evidence)]
    if not signs:
        return
    facts = "; ".join(text for _, text in signs)
    if all(level == "warning" for level, _ in signs):
        text = f"There are slight signs of memorised training rows: {facts}."
        yield Symptom("warning", "there are slight signs of memorised training rows", text)
        return
    copied = (evidence.value("copies") or 0.0) >= 0.5 and signs[0][0] == "bad"
    yield Symptom(
        "bad",
        "they are copies of training rows" if copied else "training rows come out again, whole or nearly",
        f"Training rows come out again: {facts}. What else looks good here may be only that: a copy is right about "
        "everything.",
    )


def risks(evidence: Evidence) -> Iterator[Symptom]:
    """What attacks with the rows learn about training rows beyond what they learn about unseen ones."""
    tried = {name: evidence.scores[name] for name in ATTACKS if name in evidence.scores}
    levels = {name: _level(score) for name, score in tried.items()}
    open_ones = [name for name, level in levels.items() if level != "good"]
    if open_ones:
        facts = "; ".join(
            f"{ATTACKS[name]} ({tried[name].title.lower()} {beside(tried[name], 'knowing nothing')})"
            for name in open_ones
        )
        yield Symptom(
            "bad" if "bad" in levels.values() else "warning",
            "an attacker learns about training rows",
            f"With these rows, an attacker can {facts}.",
        )


def open_model(evidence: Evidence) -> Iterator[Symptom]:
    """What the model tells whoever holds it: that concerns how it is kept, not its rows."""
    score = evidence.scores.get("membership_likelihood")
    if score is not None and _level(score) != "good":
        yield Symptom(
            "warning",
            "the model tells who was in the training data",
            "Whoever holds the model itself can tell from its likelihood who was in the training data (area under the "
            f"ROC curve {beside(score, 'knowing nothing')}): give away rows, not the model.",
        )


def safety(evidence: Evidence) -> Iterator[Symptom]:
    """What may be said where nothing was found: no more than was tried."""
    if not evidence.is_unseen:
        yield Symptom(
            "warning",
            "privacy could not be judged without a holdout",
            "No holdout was given: whether training rows were memorised cannot be judged, and the real rows that these "
            "are compared with are rows that the generator has seen. Hold some rows back, fit without them, and name "
            "them as the holdout.",
        )
        return
    if any(True for _ in memory(evidence)) or any(True for _ in risks(evidence)):
        return
    share = evidence.value("dcr_share")
    if share is None:
        return
    tried = [name for name in ATTACKS if name in evidence.scores]
    attacks = f" {len(tried)} attacks learn no more about training rows than about unseen ones." if tried else ""
    yield Symptom(
        "good",
        "",
        f"No sign of memorised rows: {share:.1%} lie nearer to a training row than to an unseen one (50% is right)."
        f"{attacks} This is no proof: other attacks may do better.",
    )


def _copying(evidence: Evidence) -> Iterator[tuple[Level, str]]:
    score = evidence.scores.get("copies")
    if score is None or score.value is None or may_reach(score):
        return
    excess = score.value - (score.ceiling or 0.0)
    if excess > COPIED:
        of_unseen = "" if score.ceiling is None else f" (of unseen real rows {score.ceiling:.1%})"
        level: Level = "bad" if excess > BADLY_COPIED else "warning"
        yield level, f"{score.value:.1%} of the rows equal a training row in every column{of_unseen}"


def _likeness(evidence: Evidence) -> Iterator[tuple[Level, str]]:
    score = evidence.scores.get("dcr_share")
    if score is not None and score.value is not None and _level(score) != "good":
        yield _level(score), f"{score.value:.1%} lie nearer to a training row than to an unseen one (50% is right)"
    trees = evidence.scores.get("gbt_auc_train")
    if trees is None or trees.value is None:
        return
    upper = trees.value if trees.interval is None else trees.interval[1]
    if upper < 0.5 - RECOGNISED:
        fact = f"trees that tell them from training rows do worse than chance (area {trees.value:.2f})"
        yield "bad", f"{fact}, as the same rows are on both sides"


def _level(score: Score) -> Level:
    """How bad a privacy score is; good where unseen rows may score the same."""
    standing = score.standing
    if standing is None or standing >= EXPOSED or may_reach(score):
        return "good"
    return "bad" if standing < BADLY_EXPOSED else "warning"
