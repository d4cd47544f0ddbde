"""Rules of parameters: what they allow, what they make of it, and what they say."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthdiff.errors import ConfigError
from synthdiff.parameter import check, checked, described, read_number
from synthdiff.rule import (
    CALLBACK,
    COUNT,
    MOST_SEED,
    SEED,
    SHARE,
    Choice,
    Either,
    Flag,
    Folder,
    Instance,
    Integer,
    Label,
    Named,
    Names,
    Number,
    OrNone,
    Rule,
    Several,
    Text,
)

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("rule", "value", "plain"),
    [
        (Choice("a", "b"), "b", "b"),
        (Integer(1, 3), np.int8(3), 3),
        (Integer(), 10**30, 10**30),
        (COUNT, 1e2, 100),
        (COUNT, np.float64(100.0), 100),
        (COUNT, np.array(100), 100),
        (Choice("fast"), np.str_("fast"), "fast"),
        (Text(), np.array("cpu"), "cpu"),
        (Label(), "a", "a"),
        (Label(), np.int64(3), "3"),
        (Label(), ("a", 1), "('a', 1)"),
        (Number(above=0), np.float32(0.5), 0.5),
        (Number(least=0, most=1), 0, 0),
        (Flag(), np.bool_(True), True),
        (Names(), np.array(["a", "b"]), ("a", "b")),
        (Names(), pd.Index(["a"]), ("a",)),
        (Names(), [], ()),
        (Names(), {"b", "a"}, ("a", "b")),
        (Names(), {"b": 1, "a": 2}.keys(), ("a", "b")),
        (Names(), pd.RangeIndex(2), ("0", "1")),
        (Names(), [np.str_("a"), 2.5], ("a", "2.5")),
        (Several(SHARE), [0.5, np.float64(0.9)], (0.5, 0.9)),
        (Named(Choice("x")), {"a": "x"}, {"a": "x"}),
        (Named(Number()), {1: 2}, {"1": 2}),
        (Folder(), Path("a"), Path("a")),
        (Folder(), np.str_("a"), "a"),
        (OrNone(COUNT), None, None),
        (Either(Choice("zero"), Number()), 2, 2),
        (CALLBACK, print, print),
        (Instance("a list", (list,)), [1], [1]),
        (SEED, MOST_SEED, MOST_SEED),
    ],
)
def test_what_is_allowed_goes_on_as_a_plain_value(rule: Rule, value: Any, plain: Any) -> None:
    found = check({"x": value}, {"x": rule})["x"]
    assert found == plain
    assert type(found) is type(plain)


@pytest.mark.parametrize(
    ("rule", "values", "words"),
    [
        (Choice("a", "b", "c"), ["d", "", None, 1, ["a"], b"a"], "say a, b or c"),
        (
            Integer(1, 9000),
            [0, 9001, -1, True, np.bool_(True), 1.5, "1", NAN, INF, None, [1]],
            "an integer from 1 to 9,000",
        ),
        (Integer(1), [0], "an integer of at least 1"),
        (Number(above=0, most=1), [0, 1.5, NAN, INF, -INF, True, "0.5", None, 10**400, 1j], "above 0 and of at most 1"),
        (Flag(), [0, 1, "yes", None], "True or False"),
        (Text(), ["", None, 1, b"a"], "a text that is not empty"),
        (
            Names(),
            ["abc", ["a", "a"], [""], [1, "1"], {b"a"}, {"a": 1}, None, 3, iter("ab")],
            "a list of different names",
        ),
        (Several(SHARE), [[], 0.5, [0.5, 1], "0.5", None], "a list that is not empty, each item a finite number above"),
        (Named(Number()), [{"a": "x"}, {None: 2}, ["a"], None], "a mapping of names"),
        (Folder(), ["", "a\0b", 1, None, b"a"], "a path that is not empty"),
        (CALLBACK, [1, None], "a function"),
        (Label(), ["", None, True, b"a", [1], 10**5000], "the name of a column"),
        (SEED, [-1, 2**200, 1.5, 1.0, "0", True, np.random], "or a Generator or RandomState of NumPy"),
    ],
)
def test_what_is_not_allowed_is_named_with_what_is(rule: Rule, values: list[Any], words: str) -> None:
    for value in values:
        with pytest.raises(ConfigError) as caught:
            check({"speed": value}, {"speed": rule})
        assert str(caught.value).startswith(f"speed is {described(value)}; ")
        assert words in str(caught.value)


@pytest.mark.parametrize(
    "make",
    [
        np.random.default_rng,
        np.random.RandomState,
        np.random.PCG64,
        lambda seed: np.random.Generator(np.random.MT19937(seed)),
    ],
)
def test_a_generator_gives_a_seed_and_goes_on(make: Any) -> None:
    source = make(5)
    first, second = SEED.read(source), SEED.read(source)
    again = make(5)
    assert (SEED.read(again), SEED.read(again)) == (first, second)
    assert first != second
    assert type(first) is int
    assert 0 <= first < MOST_SEED


def test_a_seed_sequence_stays_as_it_is_and_none_is_any_seed() -> None:
    source = np.random.SeedSequence(5)
    assert SEED.read(source) == SEED.read(source) != SEED.read(np.random.SeedSequence(6))
    assert SEED.read(None) != SEED.read(None)


def test_a_call_is_checked_before_its_body_runs() -> None:
    @checked(n=COUNT, path=Folder())
    def draw(n: int, path: str = "", *, other: int = 0) -> tuple[int, str, int]:
        """Draw."""
        return n, path, other

    assert draw(np.int64(2), other=5) == (2, "", 5)
    assert draw.__doc__ == "Draw."
    with pytest.raises(ConfigError, match="n is 'x'; give an integer from 1"):
        draw("x")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="path is ''"):
        draw(1, path="")
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'n'"):
        draw()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="has no parameter m"):
        checked(m=COUNT)(draw)


class Rude:
    def __repr__(self) -> str:
        raise RuntimeError


def test_any_value_can_be_described() -> None:
    assert described("\x1b[31m") == r"'\x1b[31m'"
    assert described(np.float64(0.5)) == "0.5"
    assert described(Rude()) == "a value of type Rude"
    assert described([Rude()]) == "a value of type list"
    assert described(10**5000) == "a value of type int"
    assert described(pd.DataFrame({"a": [1]})) == "a value of type DataFrame"
    assert len(described("x" * 10_000)) <= 80


@pytest.mark.parametrize(
    "text", ["", " ", "nan", "inf", "-inf", "1e999", "1_000", "١٠", "0x10", "1,5", "1e", "--1", "1 2"]
)
def test_what_is_no_finite_number(text: str) -> None:
    assert read_number(text) is None


@pytest.mark.parametrize(("text", "number"), [("1", 1.0), (" -1.5e-2 ", -0.015), (".5", 0.5), ("+3.", 3.0)])
def test_a_finite_number(text: str, number: float) -> None:
    assert read_number(text) == number
