"""The verdict: what scores and problems mean, in plain words, the first sentence summing up."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from synthdiff.evaluation.evidence import Evidence, Symptom
from synthdiff.evaluation.exposure import memory, open_model, risks, safety
from synthdiff.evaluation.problem import Problem
from synthdiff.evaluation.report import Finding
from synthdiff.evaluation.symptom import (
    broken,
    coverage,
    detection,
    few_rows,
    links,
    marginals,
    odd,
    utility,
)
from synthdiff.score import Score

MOST_FINDINGS, MOST_REASONS = 8, 3
RECOGNISERS: tuple[Callable[[Evidence], Iterator[Symptom]], ...] = (
    broken,
    memory,
    links,
    marginals,
    risks,
    detection,
    utility,
    coverage,
    open_model,
    safety,
    few_rows,
    odd,
)
"""In the order of how much they matter where they find the same degree of bad."""
LEVELS = ("bad", "warning", "good")
NEEDED = {"shape": "single columns", "trend": "links between columns", "gbt_auc": "how easily they are told apart"}
NEEDED_OF_UNSEEN = {"dcr_share": "privacy"}
"""Without these, beside what real rows score, nobody can say that rows are fit for use."""


def judge(scores: Sequence[Score], problems: Sequence[Problem], facts: dict[str, Any]) -> tuple[Finding, ...]:
    """Say what a report means.

    Parameters
    ----------
    scores : sequence of Score
        Those of a report; any may be absent or have no value.
    problems : sequence of Problem
    facts : dict
        Of the report. Read are ``holdout_given``, ``target`` and ``rows`` (how many, by table).

    Returns
    -------
    tuple of Finding
        The first one sums up in a sentence: use as is, use with care or do not use, and why. Then what is bad, what
        needs care and what is good, at most eight; nothing is praised that was not measured.
    """
    known = {s.name: s for s in scores if s.value is not None and math.isfinite(s.value)}
    evidence = Evidence(known, problems, facts)
    symptoms = [symptom for recognise in RECOGNISERS for symptom in recognise(evidence)]
    if any(True for symptom in memory(evidence) if symptom.level == "bad"):
        # A copy of the training rows is right about everything else: that is no merit.
        symptoms = [symptom for symptom in symptoms if symptom.level != "good"]
    symptoms.sort(key=lambda symptom: LEVELS.index(symptom.level))
    findings = [Finding(symptom.level, symptom.text) for symptom in symptoms[:MOST_FINDINGS]]
    return _summary(symptoms, evidence), *findings


def _summary(symptoms: Sequence[Symptom], evidence: Evidence) -> Finding:
    """The sentence that sums up."""
    reasons = {level: [s.reason for s in symptoms if s.level == level] for level in LEVELS}
    if reasons["bad"]:
        return Finding("bad", f"Do not use these rows: {_joined(reasons['bad'])}.")
    needed = NEEDED | (NEEDED_OF_UNSEEN if evidence.is_unseen else {})
    unknown = [words for name, words in needed.items() if not evidence.is_referenced(name)]
    if len(unknown) == len(needed):
        return Finding("warning", "Nothing can be said of these rows: no score that decides was measured.")
    care = list(reasons["warning"])
    if unknown:
        care.append(f"{', '.join(unknown)}: not measured")
    if care:
        return Finding("warning", f"Use these rows with care: {_joined(care)}.")
    return Finding("good", "Use these rows as they are: in what was measured, they come close to unseen real rows.")


def _joined(reasons: Sequence[str]) -> str:
    return "; ".join(reasons[:MOST_REASONS])
