import math

import numpy as np
import pandas as pd
import pytest

from synthdiff.data.paths import Event, Paths
from synthdiff.finance.stress_clause import describe
from synthdiff.finance.stress_result import StressResult
from synthdiff.finance.stress_summary import (
    event_sentence,
    interval_text,
    move_text,
    percent,
    span,
    step_word,
)


def result(losses, kind="shock", description="SPX falls 30 % over 63 days", **options):
    """A scenario of one step with these losses of a portfolio of one asset."""
    paths = Paths.of(np.log1p(-np.asarray(losses))[:, None, None], ["SPX"])
    return StressResult.of(kind, "it", description, paths, {"SPX": 1.0}, **options)


def test_the_first_sentence_says_what_it_comes_to():
    # 90 % of 1,001 losses from .1 to .3 lie from .11 to .29; the worst twentieth is .295 on average
    first, second = result(np.linspace(0.1, 0.3, 1_001)).summary
    assert first == (
        "If SPX falls 30 % over 63 days, the portfolio loses 20 % on average (90 % of cases: losses of 11 % to 29 %)."
    )
    assert second == "In one of twenty cases it loses more than 29 %: then 30 % on average."


def test_gains_are_called_gains():
    first, second = result(np.linspace(-0.3, -0.1, 1_001)).summary
    assert "the portfolio gains 20 % on average (90 % of cases: gains of 11 % to 29 %)." in first
    assert second == "In one of twenty cases it gains less than 11 %."
    mixed = result(np.linspace(-0.1, 0.3, 1_001)).summary[0]
    assert "(90 % of cases: from a gain of 8.0 % to a loss of 28 %)" in mixed


def test_a_twentieth_of_few_paths_is_not_told():
    assert len(result(np.linspace(0.1, 0.3, 30)).summary) == 1


@pytest.mark.parametrize(
    ("kind", "description", "start"),
    [
        ("unstressed", "", "Unstressed, the portfolio loses 20 % on average over 1 step ("),
        ("views", "2 views", "Under 2 views, the portfolio loses 20 % on average over 1 step ("),
        ("regime", "regime is 2", "If regime is 2, the portfolio loses 20 % on average ("),
    ],
)
def test_each_kind_has_its_lead(kind, description, start):
    assert result(np.linspace(0.1, 0.3, 101), kind, description).summary[0].startswith(start)


def test_a_replay_tells_what_would_have_been():
    days = pd.bdate_range("2008-09-15", periods=4)
    paths = Paths.of(np.log([[[0.9], [0.8], [1.1], [1.1]]]), ["SPX"], dates=days)
    found = StressResult.of("replay", "x", "Lehman 2008", paths, {"SPX": 1.0})
    assert found.summary == (
        "Lehman 2008 replayed: the portfolio would have lost 13 %; its deepest fall on the way was 28 %, and it was "
        "worth the least on 2008-09-16.",
    )
    risen = Paths.of(np.log([[[1.1], [1.1]]]), ["SPX"])
    assert StressResult.of("replay", "x", "Then", risen, {"SPX": 1.0}).summary == (
        "Then replayed: the portfolio would have gained 21 %, without any fall on the way.",
    )


def test_how_likely_an_event_is_by_itself():
    event = Event("it", 0.004, (0.0017, 0.0079), 1_500, 321.4)
    assert event_sentence(event, 2_000) == (
        "By itself the event (it) has a probability of 0.40 % (95 % interval 0.17 % to 0.79 %), counted on 1,500 free "
        "paths. The 2,000 conditioned paths have an effective sample size of 321."
    )
    none = Event("it", 0.0, (0.0, 0.0025), 1_500, 12.0)
    assert event_sentence(none, 2_000).startswith(
        "By itself the event (it) has a probability of 0.25 % or less, "
        "counted on 1,500 free paths: none of them does it."
    )
    unknown = Event("it", math.nan, (0.0, 1.0), 0, 2_000.0)
    assert event_sentence(unknown, 2_000).startswith("How likely that is by itself the model does not know.")


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        ((0.1, 0.2), "10 % to 20 %"),
        ((0.1, math.inf), "10 % or more"),
        ((-math.inf, 0.2), "20 % or less"),
        ((-math.inf, math.inf), "not known"),
    ],
)
def test_an_end_that_nothing_bounds_is_said(interval, words):
    assert interval_text(interval) == words


def test_numbers_are_short_and_never_lost():
    assert [percent(x) for x in (-0.3, 0.0995, 0.099, 0.0099, 12.0, math.inf)] == [
        "-30 %", "10 %", "9.9 %", "0.99 %", "1200 %", "unbounded",
    ]  # fmt: skip


def test_moves_of_levels_are_in_their_units():
    assert move_text("US10Y", -0.75, "difference") == "US10Y -0.75"


@pytest.mark.parametrize(
    ("asked", "clause", "name"),
    [
        ({"SPX": -0.125}, "SPX falls 12.5 %", "SPX -12.5 %"),
        ({"SPX": "<=-30%"}, "SPX falls 30 % or more", "SPX ≤ -30 %"),
        ({"SPX": (-0.35, -0.25)}, "SPX falls 25 % to 35 %", "SPX -35 % to -25 %"),
        ({"SPX": (-0.1, 0.1)}, "SPX returns -10 % to 10 %", "SPX -10 % to 10 %"),
        ({"SPX": (0.1, None)}, "SPX rises 10 % or more", "SPX ≥ 10 %"),
        ({"SPX": ">=-5%"}, "SPX returns ≥ -5 %", "SPX ≥ -5 %"),
        ({"SPX": 0.0}, "SPX rises 0 %", "SPX 0 %"),
        ({"US10Y": 1.5}, "US10Y rises by 1.5", "US10Y +1.5"),
        ({"US10Y": (-1, -0.5)}, "US10Y falls by 0.5 to 1", "US10Y -1 to -0.5"),
        ({"US10Y": "<=-0.5"}, "US10Y falls by 0.5 or more", "US10Y ≤ -0.5"),
        ({"US10Y": (-1, 1)}, "US10Y changes by -1 to 1", "US10Y -1 to 1"),
        ({"market": -0.2}, "the market falls 20 %", "market -20 %"),
        ({"return": "<=-0.2"}, "the portfolio falls 20 % or more", "portfolio ≤ -20 %"),
        (
            {"SPX.max_drawdown": -0.3},
            "SPX falls by 30 % from its highest value",
            "maximum drawdown of SPX -30 %",
        ),
        (
            {"volatility": ">=40%"},
            "the annual volatility of the portfolio is ≥ 40 %",
            "annual volatility of portfolio ≥ 40 %",
        ),
        (
            {"SPX": -0.3, "GOLD": 0.1, "US10Y": -1.0},
            "SPX falls 30 %, GOLD rises 10 % and US10Y falls by 1",
            "SPX -30 %, GOLD +10 %, US10Y -1",
        ),
        (
            {"SPX": [-0.1, -0.2]},
            "return of SPX one of 2 values between -20 % and -10 %",
            "SPX -20 % to -10 %",
        ),
    ],
)
def test_what_is_asked_is_said(asked, clause, name):
    paths = Paths.of(np.zeros((1, 5, 3)), ["SPX", "GOLD", "US10Y"], kinds=["return", "return", "difference"])
    assert describe(asked, paths, {"SPX": 1.0}) == (clause, name)


@pytest.mark.parametrize(
    ("frequency", "word"),
    [("B", "day"), ("D", "day"), ("W", "week"), ("ME", "month"), ("QE", "quarter"), ("h", "step")],
)
def test_steps_are_called_what_they_are(frequency, word):
    dates = pd.date_range("2024-01-31", periods=12, freq=frequency)
    paths = Paths.of(np.zeros((1, 12, 1)), ["SPX"], dates=dates)
    assert step_word(paths) == word
    assert span(paths) == f"12 {word}s"
    assert span(paths, 1) == f"1 {word}"
    assert step_word(Paths.of(np.zeros((1, 12, 1)), ["SPX"])) == "step"
