"""What the scores of market paths mean, in plain words, the first sentence summing up."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from synthdiff.evaluation.evidence import Level, Symptom, listed, number
from synthdiff.evaluation.report import Finding
from synthdiff.evaluation.stylized.drawdown import Drawdown
from synthdiff.evaluation.stylized.tally import BAD, GOOD
from synthdiff.score import Score

MOST_FINDINGS, MOST_REASONS, MOST_RIGHT = 12, 4, 8
LEVELS: tuple[Level, ...] = ("bad", "warning", "good")
WEIGHTY = ("volatility clustering", "tail quantiles", "joint tails", "correlation", "leverage", "max drawdown")
"""Facts whose faults come first, in this order."""
COPIED, COPIED_BAD = 0.0, 0.01
"""Shares of copied stretches: any is worth a word, from a hundredth on paths are made of the history."""
ASKED = " That is right only where another drift was asked for."
CLOSE, CLOSE_BAD = 0.05, 0.1
"""How much closer than real windows (in units of Fisher's transform of the correlation) paths may be to the history."""


def judge(
    facts: Mapping[str, Score],
    cross: Mapping[str, Score],
    extra: Mapping[str, Score],
    memory: Mapping[str, Score],
    drawdown: Mapping[str, Drawdown],
    below_zero: Mapping[str, float] = MappingProxyType({}),
) -> tuple[Finding, ...]:
    """Say what scores mean.

    A fact is right up to 1.5 times the distance of another history, needs care above, and is wrong from 3 on where its
    95 % interval lies above 1.5 as well. Single assets and pairs are named where they leave the history's noise.
    Copies, and paths that are closer to the history than real windows are, come first: who copies is right about
    everything else, and that is no merit.

    Returns
    -------
    tuple of Finding
        The first one sums up in a sentence; then what is bad, what needs care and what is right.
    """
    symptoms = [*_memory(memory)]
    copies = any(symptom.level == "bad" for symptom in symptoms)
    symptoms += _below_zero(below_zero)
    for score in sorted({**facts, **cross, **extra}.values(), key=_weight):
        symptoms += _fault(score)
    symptoms += _depths(drawdown)
    symptoms.sort(key=lambda symptom: LEVELS.index(symptom.level))
    findings = [Finding(symptom.level, symptom.text) for symptom in symptoms[:MOST_FINDINGS]]
    right = [] if copies else _right([*facts.values(), *cross.values(), *extra.values()])
    return _summary(symptoms, facts), *findings, *right


def _weight(score: Score) -> tuple[int, float]:
    """Where a fact's fault stands among others of its level: what matters most to risk first, then the worst."""
    place = WEIGHTY.index(score.name) if score.name in WEIGHTY else len(WEIGHTY)
    return place, -(score.value or 0.0)


def _memory(scores: Mapping[str, Score]) -> Iterator[Symptom]:
    copies, novelty = scores.get("copies"), scores.get("novelty")
    if copies is not None and copies.value is not None and copies.value > COPIED:
        level: Level = "bad" if copies.value > COPIED_BAD else "warning"
        text = f"Paths repeat history: {copies.value:.1%} of their ten-step stretches occur in it to the digit."
        yield Symptom(level, "paths repeat history to the digit", text)
    elif novelty is not None and novelty.value is not None and novelty.ceiling is not None:
        low = novelty.interval[0] if novelty.interval else novelty.value
        excess = math.atanh(min(low, 1 - 1e-9)) - math.atanh(min(novelty.ceiling, 1 - 1e-9))
        if excess > CLOSE:
            level = "bad" if excess > CLOSE_BAD else "warning"
            text = (
                f"Paths come close to history: their highest correlation with a window of it is {novelty.value:.2f} on "
                f"average, where real windows reach {novelty.ceiling:.2f} with other parts of the history."
            )
            yield Symptom(level, "paths come closer to history than real ones", text)


def _below_zero(shares: Mapping[str, float]) -> Iterator[Symptom]:
    """Paths at zero or below, of what was always above."""
    if not shares:
        return
    names = sorted(shares, key=lambda name: -shares[name])
    said = listed([f"{name} in {shares[name]:.1%} of the paths" for name in names])
    yield Symptom(
        "bad",
        f"{listed(names)} {'falls' if len(names) == 1 else 'fall'} to zero or below",
        f"What was always above zero in the history reaches zero or falls below it: {said}.",
    )


def _fault(score: Score) -> Iterator[Symptom]:
    """What is wrong in one fact, over all assets and in single ones."""
    if score.value is None:
        return
    outlying: list[dict[str, Any]] = score.details.get("outlying", [])
    edge = score.details.get("edge", GOOD)
    if score.value <= edge or score.details.get("alone"):
        yield from _alone(score.name, outlying)
        return
    low = score.interval[0] if score.interval else score.value
    gauge = score.details["gauge"]
    fault, assets = gauge["fault"], score.details["assets"]
    numbers = f"{gauge['words']}: {number(gauge['synthetic'])}, in the history {number(gauge['real'])}"
    where = ""
    if len(assets) > 1:
        off = sorted((name for name, value in assets.items() if value > GOOD), key=lambda name: -assets[name])
        where = f" In {len(off)} of {len(assets)} assets: {listed(off)}." if off else ""
    text = (
        f"{fault[:1].upper()}{fault[1:]} ({score.name} {score.value:.2f}). {numbers[:1].upper()}{numbers[1:]}.{where}"
    )
    level: Level = "bad" if score.value >= BAD / GOOD * edge and low > edge else "warning"
    yield Symptom(level, fault, " ".join([text, *(row["text"] for row in outlying[:1])]))


def _alone(fact: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[Symptom]:
    """The assets, or pairs, that are furthest off in a fact, told by their names."""
    if not rows:
        return
    first, others = rows[0], [row["name"] for row in rows[1:]]
    also = f" The same is off for {listed(others)}." if others else ""
    text = f"{first['text']}{also}{ASKED if fact.startswith('drift') else ''}"
    yield Symptom(first["level"], f"the {first['words']} of {first['name']} is not that of the history", text)


def _depths(drawdown: Mapping[str, Drawdown]) -> Iterator[Symptom]:
    """Drawdowns that are more or less probable than the history allows for."""
    off = {name: item for name, item in drawdown.items() if item.outside}
    if not off:
        return
    name, worst = max(off.items(), key=lambda item: len(item[1].outside))
    depth = worst.outside[0]
    place = worst.depths.index(depth)
    shares = f"{worst.synthetic[place]:.1%}, in the history {worst.low[place]:.1%} to {worst.high[place]:.1%}"
    where = "" if len(drawdown) == 1 else f" in {len(off)} of {len(drawdown)} assets"
    fall = worst.depth_text(depth)
    text = (
        f"Drawdowns lie outside of what the history's own noise allows for{where}: {name} falls by {fall} or more "
        f"with probability {shares}; outside at {len(worst.outside)} of {len(worst.depths)} depths."
    )
    # One depth of several at the edge of a 90 % band is what chance does.
    if len(worst.outside) > 1 or len(off) > max(1, len(drawdown) // 4):
        yield Symptom("warning", "drawdowns are not as probable as in the history", text)


def _right(scores: list[Score]) -> list[Finding]:
    right = [score.details["right"] for score in scores if _is_right(score)]
    if not right:
        return []
    words = listed(right, MOST_RIGHT)
    return [Finding("good", f"As in the history, within its own noise: {words} ({len(right)} of {len(scores)} facts).")]


def _is_right(score: Score) -> bool:
    if score.value is None or score.details.get("outlying"):
        return False
    return score.value <= score.details.get("edge", GOOD) or bool(score.details.get("alone"))


def _summary(symptoms: list[Symptom], facts: Mapping[str, Score]) -> Finding:
    reasons: dict[Level, list[str]] = {}
    for symptom in symptoms:
        reasons.setdefault(symptom.level, []).append(symptom.reason)
    first = {level: "; ".join(dict.fromkeys(found[:MOST_REASONS])) for level, found in reasons.items()}
    if "bad" in first:
        return Finding("bad", f"Do not use these paths: {first['bad']}.")
    if "warning" in first:
        return Finding("warning", f"Use these paths with care: {first['warning']}.")
    if not any(score.value is not None for score in facts.values()):
        return Finding("warning", "Nothing can be said of these paths: no fact could be measured.")
    return Finding(
        "good", "Use these paths as they are: they differ from the history no more than another history would."
    )
