"""Conditions, as users write them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthdiff.data.request import Subjects, read_request, split_condition
from synthdiff.data.target import Target
from synthdiff.errors import ConditioningError, ConfigError

SUBJECTS = Subjects(
    ("SPX", "BRK.B", "US10Y"),
    ("return", "return", "difference"),
    covariates=("regime", "VIX"),
    labels={"regime": ("calm", "crisis")},
)


def read(conditioning: dict[Any, Any], n_steps: int = 5, subjects: Subjects = SUBJECTS) -> Target:
    target = read_request(conditioning, subjects, n_steps).target
    assert target is not None
    return target


def bounds(value: Any, key: str = "SPX") -> tuple[float, float]:
    target = read({key: value})
    assert target.low.shape == (1, 1)
    return float(target.low[0, 0]), float(target.high[0, 0])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (-0.1, (-0.1, -0.1)),
        (np.float32(0.5), (0.5, 0.5)),
        (0, (0.0, 0.0)),
        ((-0.2, -0.1), (-0.2, -0.1)),
        ((None, -0.1), (-math.inf, -0.1)),
        ((-0.1, math.inf), (-0.1, math.inf)),
        (("<=", -0.3), (-math.inf, -0.3)),
        ((">", 0.1), (0.1, math.inf)),
        ("<=-0.30", (-math.inf, -0.3)),
        ("< -30%", (-math.inf, -0.3)),
        (">=5e-2", (0.05, math.inf)),
        ("-30 %", (-0.3, -0.3)),
        ("=0.1", (0.1, 0.1)),
        ("-0.35..-0.25", (-0.35, -0.25)),
        ("..-10%", (-math.inf, -0.1)),
        ("0.1..", (0.1, math.inf)),
        ([-0.1], (-0.1, -0.1)),
    ],
)
def test_values(value: Any, expected: tuple[float, float]) -> None:
    assert bounds(value) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("key", "text", "is_level"),
    [
        ("SPX", "return of SPX", False),
        (0, "return of SPX", False),
        ("BRK.B", "return of BRK.B", False),
        ("BRK.B.volatility", "annual volatility of BRK.B", False),
        ("US10Y", "return of US10Y", True),
        ("market", "return of market", False),
        ("market.max_drawdown", "maximum drawdown of market", False),
        ("volatility", "annual volatility of portfolio", False),
        ("portfolio", "return of portfolio", False),
    ],
)
def test_keys(key: Any, text: str, is_level: bool) -> None:
    (measure,) = read({key: (None, 0.0)}).measures
    assert (measure.text, measure.is_level) == (text, is_level)


def test_portfolios() -> None:
    assert read({"return": -0.1}).measures[0].weights.tolist() == [0.5, 0.5, 0.0]
    own = Subjects(SUBJECTS.assets, SUBJECTS.kinds, portfolio={"SPX": 0.6}, market=np.array([0.7, 0.3, 0.0]))
    assert read({"return": -0.1}, subjects=own).measures[0].weights.tolist() == [0.6, 0.0, 0.0]
    assert read({"market": -0.1}, subjects=own).measures[0].weights.tolist() == [0.7, 0.3, 0.0]
    with pytest.raises(ConfigError, match="US10Y"):
        read({"return": -0.1}, subjects=Subjects(SUBJECTS.assets, SUBJECTS.kinds, portfolio={"US10Y": 1.0}))
    with pytest.raises(ConfigError, match="none of the assets"):
        read({"market": -0.1}, subjects=Subjects(("US10Y",), ("difference",)))


def test_lists_go_together_and_repeated_values_count() -> None:
    target = read({"SPX": np.array([-0.1, 0.0, 0.0, 0.1]), "BRK.B": pd.Series([0.2, 0.3, 0.3, 0.2]), "market": "<=0.5"})
    assert target.low.tolist() == [[-0.1, 0.2, -math.inf], [0.0, 0.3, -math.inf], [0.1, 0.2, -math.inf]]
    assert target.high[:, 2].tolist() == [0.5] * 3
    assert target.share.tolist() == [0.25, 0.5, 0.25]
    with pytest.raises(ConditioningError, match="2 and 3 values"):
        read({"SPX": [0.1, 0.2], "BRK.B": [0.1, 0.2, 0.3]})


def test_covariates() -> None:
    request = read_request({"regime": "crisis", "VIX": [1, 2, 3, 4, 5]}, SUBJECTS, 5)
    assert request.target is None
    assert request.covariates["regime"].tolist() == [1.0] * 5
    assert request.covariates["VIX"].tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert read_request({"regime": True, "SPX": 0.0}, SUBJECTS, 5).covariates["regime"].tolist() == [1.0] * 5


@pytest.mark.parametrize(
    ("conditioning", "words"),
    [
        ({"SPy": -0.1}, "did you mean 'SPX'"),
        ({"SPX.drawdown": -0.1}, "did you mean 'SPX.max_drawdown'"),
        ({"NDX.volatility": 0.1}, "'NDX', which is nothing here"),
        ({7: -0.1}, "there is no asset 7; they are numbered from 0 to 2"),
        ({"SPX": -30}, r"between -1 and inf; write fractions, -0.3 for -30 %"),
        ({"SPX": "<=-100%"}, "between -1 and inf"),
        ({"SPX.max_drawdown": 0.3}, "between -1 and 0; write fractions"),
        ({"volatility": "<=-0.1"}, "between 0 and inf"),
        ({"US10Y.max_drawdown": 1.0}, "between -inf and 0"),
        ({"SPX": (0.2, 0.1)}, "lower bound is above its upper"),
        ({"SPX": math.nan}, "give a number"),
        ({"SPX": math.inf}, "between -1 and inf"),
        ({"SPX": True}, "give a number"),
        ({"SPX": "low"}, "give a number"),
        ({"SPX": "<=low"}, "give a number"),
        ({"SPX": (1, 2, 3)}, "give a number"),
        ({"SPX": []}, "give a number"),
        ({"SPX": [[0.1]]}, "give a number"),
        ({"SPX": ["a"]}, "give a number"),
        ({"SPX": None}, "give a number"),
        ({"regime": "boom"}, "'regime' never was 'boom' in the history; it was 'calm', 'crisis'"),
        ({"VIX": [1.0, 2.0]}, "has 2 values; give one, or one for each of the 5 steps"),
        ({"VIX": math.nan}, "give a finite number"),
        ("SPX", "must be a mapping"),
    ],
)
def test_what_cannot_be(conditioning: Any, words: str) -> None:
    with pytest.raises(ConditioningError, match=words):
        read_request(conditioning, SUBJECTS, 5)


def test_errors_can_be_read_by_programs() -> None:
    with pytest.raises(ConditioningError) as caught:
        read({"SPX.max_drawdown": 0.3})
    assert (caught.value.column, caught.value.value, caught.value.support) == ("SPX.max_drawdown", 0.3, (-1.0, 0.0))


def test_conditions_of_a_command_line() -> None:
    assert split_condition("SPX=-0.3") == ("SPX", "-0.3")
    assert split_condition(" BRK.B.max_drawdown <= -30% ") == ("BRK.B.max_drawdown", "<=-30%")
    assert split_condition("regime=crisis") == ("regime", "crisis")
    assert split_condition("SPX=-0.35..-0.25") == ("SPX", "-0.35..-0.25")
    for text in ("SPX", "=3", "SPX=", "<=1"):
        with pytest.raises(ConditioningError, match="is no condition"):
            split_condition(text)


fractions = st.floats(-0.9, 5.0, allow_nan=False)


@given(low=fractions, high=fractions, percent=st.booleans())
def test_ranges_in_words_are_ranges(low: float, high: float, percent: bool) -> None:
    low, high = min(low, high), max(low, high)
    text = f"{100 * low!r}%..{100 * high!r}%" if percent else f"{low!r}..{high!r}"
    assert bounds(text) == pytest.approx(bounds((low, high)))


@given(value=fractions, relation=st.sampled_from(["<=", ">=", "<", ">", "="]))
def test_relations_in_words_are_pairs(value: float, relation: str) -> None:
    key, words = split_condition(f"SPX{relation}{value!r}")
    assert bounds(words, key) == bounds((relation, value) if relation != "=" else value)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), lambda x: st.lists(x, max_size=3)))
def test_anything_is_read_or_refused_in_plain_words(value: Any) -> None:
    for asked in (value, tuple(value) if isinstance(value, list) else value):
        try:
            target = read({"SPX": asked})
        except ConditioningError as error:
            assert "SPX" in str(error)
        else:
            assert (target.low <= target.high).all()
            assert target.share.sum() == pytest.approx(1)
