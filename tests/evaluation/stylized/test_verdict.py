from dataclasses import replace

import pytest

from synthdiff.evaluation.stylized.drawdown import Drawdown
from synthdiff.evaluation.stylized.fact import Gauge
from synthdiff.evaluation.stylized.verdict import judge
from synthdiff.score import Score

GAUGE = {"words": "mean thing", "real": 0.5, "synthetic": 0.1, "fault": "things are too small"}


def fact(name="volatility clustering", value=1.0, half=0.1, assets=None, **gauge):
    details = {"assets": assets or {"A": value}, "gauge": GAUGE | gauge, "right": f"right {name}"}
    interval = (value - half, value + half)
    return Score(name, "fidelity", name, "", value, "lower", interval, details=details)


def memory(copies=0.0, novelty=0.3, real=0.3, half=0.01):
    near = Score("novelty", "privacy", "", "", novelty, "lower", (novelty - half, novelty + half), ceiling=real)
    return {"copies": Score("copies", "privacy", "", "", copies, "lower"), "novelty": near}


def judged(*facts, cross=(), drawdown=None, **of_memory):
    by_name = [{one.name: one for one in some} for some in (facts, cross)]
    return judge(*by_name, {}, memory(**of_memory), drawdown or {})


def test_right_paths_are_said_to_be_right():
    first, *others = judged(fact(), fact("leverage", 1.4))
    assert first.level == "good"
    assert first.text.startswith("Use these paths as they are")
    assert [finding.level for finding in others] == ["good"]
    assert "right volatility clustering, right leverage (2 of 2 facts)" in others[0].text


@pytest.mark.parametrize(
    ("value", "half", "level"), [(1.5, 0.1, "good"), (1.6, 0.1, "warning"), (3.0, 1.6, "warning"), (3.0, 1.4, "bad")]
)
def test_levels_follow_from_score_and_interval(value, half, level):
    assert judged(fact(value=value, half=half))[0].level == level


def test_faults_have_their_numbers_and_assets():
    first, second, *_ = judged(fact(value=4.0, assets={"A": 1.0, "B": 6.0, "C": 5.0}))
    assert first.text == "Do not use these paths: things are too small."
    assert second.text == (
        "Things are too small (volatility clustering 4.00). Mean thing: 0.100, in the history 0.500. "
        "In 2 of 3 assets: B, C."
    )


def test_what_matters_most_comes_first():
    clustering = fact("volatility clustering", 4.0, fault="no clusters")
    other, falls = fact("skewness", 9.0, fault="skewed"), fact("joint tails", 5.0, fault="apart")
    assert judged(other, clustering, cross=[falls])[0].text == "Do not use these paths: no clusters; apart; skewed."


def test_copies_come_before_all_and_are_praised_for_nothing():
    findings = judged(fact(), fact("skewness", 9.0), copies=0.02)
    assert findings[0].text.startswith("Do not use these paths: paths repeat history to the digit")
    assert not [finding for finding in findings if finding.level == "good"]
    assert judged(fact(), copies=0.001)[0].level == "warning"


def test_paths_that_come_too_close_are_named_unless_it_may_be_chance():
    assert judged(fact(), novelty=0.38)[0].level == "warning"
    assert judged(fact(), novelty=0.45)[0].level == "bad"
    assert judged(fact(), novelty=0.38, half=0.04)[0].level == "good"
    assert judged(fact(), novelty=1.0, half=0.0)[0].level == "bad"


def test_drawdowns_at_several_depths_are_named():
    one = Drawdown((0.1, 0.2), (0.9, 0.5), (0.5, 0.3), (0.4, 0.2), (0.6, 0.4), ((0.89, 0.91), (0.38, 0.6)))
    assert judged(fact(), drawdown={"A": one})[0].level == "good"
    both = replace(one, intervals=((0.89, 0.91), (0.45, 0.55)))
    finding = judged(fact(), drawdown={"A": both})[1]
    assert "A falls by 10% or more with probability 90.0%, in the history 40.0% to 60.0%" in finding.text


def test_nothing_is_praised_that_was_not_measured():
    first, *others = judge({"x": Score("x", "fidelity", "", "", None)}, {}, {}, {}, {})
    assert first.text.startswith("Nothing can be said")
    assert not others


def test_an_effect_that_is_next_to_gone_is_called_absent():
    gauge = Gauge("", float, "too little", "too much", absent="none")
    assert [gauge.fault(0.2, x) for x in (0.15, 0.3, 0.01, -0.1)] == ["too little", "too much", "none", "none"]
    negative = Gauge("", float, "too strong", "too weak", absent="none")
    assert [negative.fault(-0.2, x) for x in (-0.3, -0.1, -0.01, 0.1)] == ["too strong", "too weak", "none", "none"]
    assert Gauge("", float, "low", "high").fault(0.0, 0.1) == "high"
    assert [gauge.fault(-0.02, x) for x in (0.01, 0.8, -0.8)] == ["none", "too much", "too little"]
