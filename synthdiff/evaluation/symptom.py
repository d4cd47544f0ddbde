"""What scores of fidelity, detection and utility say, in plain words.

One recogniser a kind of fault, with the praise that its absence earns.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from synthdiff.evaluation.culprit import lagging_columns, lagging_pairs, telling_columns
from synthdiff.evaluation.evidence import Evidence, Symptom, beside, listed, may_reach, number
from synthdiff.score import Score

MISPLACED, BADLY_MISPLACED = 0.02, 0.06
"""Share of the values that lie in the wrong place, beyond real rows: good generators stay below 1 %, and 6 % is more
than often lies between two years of the same source."""
NOISE = 1.63
"""Largest difference between two empirical distributions that chance explains, in sqrt(1/n + 1/m): Kolmogorov's 1 %."""
LINKED, HARDLY_LINKED, UNLINKED = 0.9, 0.6, 0.25
"""Standings of the links: good generators reach .9 and more; below a quarter of the way from independent columns to
real rows there is next to nothing left."""
LINKS_WORTH = 0.005
"""How far real rows must lie above independent columns before anything can be said of links at all."""
TOLD_APART, PERHAPS_TOLD_APART, GIVEN_AWAY = 0.6, 0.65, 0.9
"""Areas under the ROC curve: .6 is right in 60 of 100 cases, hardly better than a coin, unless the interval ends beyond
.65; at .9 few rows pass."""
USEFUL, USELESS = 0.9, 0.5
"""Standings of downstream quality: a tenth lost shows in practice; of half, little is left to use."""
COVERED = 0.8
"""Standing of tails, rare levels, missing values and limits below which somebody will notice."""
COVERAGE = {
    "rare_levels": "rare levels are lost or too frequent",
    "tails": "extreme values are lost or overdone",
    "missingness": "values are missing in other places than in the real rows",
    "bounds": "values pile up at the limits of the real ones",
}
ONE_COLUMN = ("rare_levels", "tails", "bounds")
"""Of these, only what concerns one column at a time: independent columns have them as real rows do."""


def broken(evidence: Evidence) -> Iterator[Symptom]:
    """Columns that are missing, constant or unreadable."""
    texts = [problem.text for problem in evidence.problems if problem.severity == "error"]
    if texts:
        yield Symptom("bad", "columns are missing or broken", _sentence(f"{listed(texts, between='; ')}."))


def odd(evidence: Evidence) -> Iterator[Symptom]:
    """Columns of another type, with values that the real ones lack, and the like."""
    texts = [problem.text for problem in evidence.problems if problem.severity == "warning"]
    if texts:
        reason = "some columns differ in type or values"
        yield Symptom("warning", reason, _sentence(f"{listed(texts, between='; ')}."))


def marginals(evidence: Evidence) -> Iterator[Symptom]:
    """Each column on its own."""
    score, gap = evidence.scores.get("shape"), _shape_gap(evidence)
    if score is None or gap is None:
        return
    chance = _chance(evidence)
    lagging = lagging_columns(score, max(BADLY_MISPLACED, chance))
    if gap <= MISPLACED and not lagging:
        yield Symptom("good", "", f"Each column on its own is right: agreement {beside(score)}.")
        return
    names = listed([f"{name!r} ({value:.0%})" for name, value in lagging or lagging_columns(score, MISPLACED)])
    where = f" Agreement is lowest in {names}." if names else ""
    yield Symptom(
        "bad" if gap > BADLY_MISPLACED else "warning",
        "the values of single columns are off" if gap > MISPLACED else "the values of some columns are off",
        f"Single columns do not have the real distribution: agreement {beside(score)}.{where}",
    )


def links(evidence: Evidence) -> Iterator[Symptom]:
    """How columns hang together; right columns without links are shuffled ones."""
    known = [evidence.scores[name] for name in ("trend", "threeway") if _has_links(evidence.scores.get(name))]
    if not known:
        return
    score = min(known, key=lambda s: s.standing or 0.0)
    lowest, highest = score.standing or 0.0, max(s.standing or 0.0 for s in known)
    gap = _shape_gap(evidence)
    figures = f"agreement of {score.title.lower()} {beside(score)}, shuffled columns {number(score.floor)}"
    if highest < UNLINKED and gap is not None and gap <= MISPLACED:
        yield Symptom(
            "bad",
            "each column is right, but the links between columns are gone, as if each had been shuffled",
            f"The columns do not hang together: {figures}. Nothing that depends on two columns at once can be learnt "
            "from these rows.",
        )
    elif lowest < LINKED and not may_reach(score):
        pairs = listed([f"{a!r} with {b!r}" for a, b, _ in lagging_pairs(evidence.scores.get("trend"), MISPLACED)])
        where = f" Furthest off: {pairs}." if pairs else ""
        yield Symptom(
            "bad" if lowest < HARDLY_LINKED else "warning",
            "the links between columns are not the real ones",
            f"The links between columns are weaker than the real ones, or others: {figures}.{where}",
        )
    else:
        yield Symptom("good", "", f"The links between columns are kept: {figures}.")


def detection(evidence: Evidence) -> Iterator[Symptom]:
    """Whether boosted trees tell the rows from real ones, and by what."""
    score, auc = evidence.scores.get("gbt_auc"), evidence.value("gbt_auc")
    if score is None or auc is None:
        return
    upper = auc if score.interval is None else score.interval[1]
    unseen = "real rows that the generator has not seen" if evidence.is_unseen else "real rows"
    fact = f"shown one of each, they are right in {max(auc, 0.5):.0%} of the cases (guessing: 50%)"
    if auc <= TOLD_APART and upper <= PERHAPS_TOLD_APART:
        yield Symptom("good", "", f"Boosted trees can hardly tell the rows from {unseen}: {fact}.")
        return
    if auc <= TOLD_APART:
        text = f"Boosted trees tell the rows from {unseen} hardly, or well: {fact}, but it may be {upper:.0%}."
        yield Symptom("warning", "it is uncertain whether they can be told from real rows", text)
        return
    telling = listed([repr(column["column"]) for column in telling_columns(score)])
    easily = auc > GIVEN_AWAY
    yield Symptom(
        "bad" if easily else "warning",
        f"boosted trees {'easily ' if easily else ''}tell them from real rows",
        f"Boosted trees tell the rows from {unseen}: {fact}.{f' Mostly by {telling}.' if telling else ''}",
    )


def utility(evidence: Evidence) -> Iterator[Symptom]:
    """Whether models that learn from the rows work on real ones."""
    score = evidence.scores.get("mle")
    if score is None or score.standing is None or score.floor is None or _way(score) <= 0:
        return
    target = evidence.facts.get("target")
    what = f"predict {target!r}" if target else "predict the target"
    measure = "area under the ROC curve" if score.direction == "higher" else "root mean squared error"
    figures = f"{measure} {beside(score)}"
    if score.standing >= USEFUL or may_reach(score):
        text = f"Models trained on the rows {what} about as well as models trained on real ones: {figures}."
        yield Symptom("good", "", text)
        return
    useless = score.standing < USELESS
    yield Symptom(
        "bad" if useless else "warning",
        "models trained on them learn little" if useless else "models trained on them are worse than on real rows",
        f"Models trained on the rows {what} worse than models trained on real ones: {figures}, shuffled columns "
        f"{number(score.floor)}.",
    )


def coverage(evidence: Evidence) -> Iterator[Symptom]:
    """Rare levels, tails, missing values, limits."""
    left_out = ONE_COLUMN if evidence.few_rows() else ()
    known = {name: evidence.scores[name] for name in COVERAGE if name in evidence.scores and name not in left_out}
    lags = {name: _lag(score) for name, score in known.items() if not may_reach(_fair(name, score))}
    lost = sorted((name for name in lags if lags[name] > 1 - COVERED), key=lambda name: -lags[name])
    if lost:
        facts = "; ".join(f"{COVERAGE[name]} ({beside(known[name])})" for name in lost)
        yield Symptom("warning", " and ".join(COVERAGE[name] for name in lost[:2]), _sentence(f"{facts}."))


def few_rows(evidence: Evidence) -> Iterator[Symptom]:
    """Too few rows to say much."""
    few = [f"{n:,} {'held-out' if table == 'holdout' else table}" for table, n in evidence.few_rows().items()]
    if few:
        text = f"There are only {listed(few)} rows: small faults cannot be seen, and the intervals are wide."
        yield Symptom("warning", "there are too few rows to be sure", text)


def _shape_gap(evidence: Evidence) -> float | None:
    """How far the columns lie below those of real rows, as a share of the values; 0 where that may be chance."""
    score = evidence.scores.get("shape")
    if score is None or score.value is None:
        return None
    if may_reach(score):
        return 0.0
    return (1.0 if score.ceiling is None else score.ceiling) - score.value


def _chance(evidence: Evidence) -> float:
    """What of a single column's disagreement chance explains."""
    counts = [evidence.n_rows("synthetic"), evidence.n_rows("holdout")]
    return NOISE * math.sqrt(sum(1 / n for n in counts if n))


def _fair(name: str, score: Score) -> Score:
    """The score with the worse of its references as the ceiling, where independent columns are right but for chance."""
    if name not in ONE_COLUMN or score.floor is None or score.ceiling is None:
        return score
    worse = min if score.direction == "higher" else max
    return replace(score, ceiling=worse(score.floor, score.ceiling))


def _way(score: Score) -> float:
    """How far real rows lie above independent columns, in the score's own direction."""
    if score.ceiling is None or score.floor is None:
        return 0.0
    return (score.ceiling - score.floor) * (1 if score.direction == "higher" else -1)


def _has_links(score: Score | None) -> bool:
    """Whether there is a value, and real rows differ enough from independent columns."""
    return score is not None and score.standing is not None and _way(score) > LINKS_WORTH


def _lag(score: Score) -> float:
    """Share of the way to real rows that is missing.

    Columns in an order of their own are right in what concerns one column: where a score says nothing of what is bad,
    the way begins at zero.
    """
    if score.bad is not None and score.standing is not None:
        return 1 - score.standing
    if score.direction == "lower" or score.value is None or not score.ceiling:
        return 0.0
    return 1 - score.value / score.ceiling


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
