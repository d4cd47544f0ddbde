"""Every public parameter is checked first: a bad value is a plain error that names it, before any work is done."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import synthdiff
from synthdiff import SeriesDiffusion, TabularDiffusion, evaluate
from synthdiff.data import fan, pathplot, tail
from synthdiff.datasets import make_customers, make_market
from synthdiff.errors import ConfigError, DataError
from synthdiff.evaluation.stylized import conditioned, market, matched
from synthdiff.evaluation.stylized.evaluate import score_paths
from synthdiff.finance import backtest, contrast, contribution, drawdown, pooling, reverse, risk, validate, worst
from synthdiff.finance.stress import StressTest
from synthdiff.finance.view import View
from synthdiff.models import series_parameters, tabular_parameters
from synthdiff.parameter import RULES
from synthdiff.rule import COUNT, MOST_SEED, OrNone, Rule

BAD: tuple[Any, ...] = (
    math.nan,
    math.inf,
    -math.inf,
    -1,
    0,
    -0.5,
    10**30,
    10**400,
    2**200,
    True,
    np.bool_(False),
    np.float64("nan"),
    "x\x1b",
    "",
    "nan",
    "١٠s",
    "a\0b",
    b"x",
    object(),
    ["x", "x"],
    [math.nan],
    {"x"},
    {"x": "y\x1b"},
    {1: 2},
    10**5000,
    np.zeros((2, 2)),
)
"""Values that hardly any parameter allows; each is tried where the rule refuses it."""
FRAME = pd.DataFrame({"x": np.arange(60.0), "code": ["a", "b", "c"] * 20})
PRICES = make_market(100, 2, random_state=0)
MODELS = {
    "table": (TabularDiffusion, tabular_parameters, FRAME),
    "series": (SeriesDiffusion, series_parameters, PRICES),
}
T, S = TabularDiffusion, SeriesDiffusion
CALLS: dict[str, Callable[..., Any]] = {
    "T.sample": T().sample,
    "T.iter_samples": T().iter_samples,
    "T.iter_tables": T().iter_tables,
    "T.fit_steps": T().fit_steps,
    "T.save": T().save,
    "T.load": T.load,
    "S.sample": S().sample,
    "S.forecast": S().forecast,
    "S.iter_paths": S().iter_paths,
    "S.infill": S().infill,
    "S.fit_steps": S().fit_steps,
    "S.save": S().save,
    "S.load": S.load,
    "load": synthdiff.load,
    "evaluate": evaluate,
    "make_customers": make_customers,
    "make_market": make_market,
    "evaluate_series": market.evaluate_series,
    "evaluate_conditioned": market.evaluate_conditioned,
    "score_paths": score_paths,
    "score_conditioned": conditioned.score_conditioned,
    "matched_windows": matched.matched_windows,
    "tail_risk": tail.tail_risk,
    "Fan.of": fan.Fan.of,
    "plot_paths": pathplot.plot_paths,
    "measure_risk": risk.measure_risk,
    "worst_paths": worst.worst_paths,
    "es_contribution": contribution.es_contribution,
    "drawdown_risk": drawdown.drawdown_risk,
    "compare_paths": contrast.compare_paths,
    "reverse_stress": reverse.reverse_stress,
    "pool_views": pooling.pool_views,
    "validate_steps": validate.validate_steps,
    "backtest": backtest.backtest,
    **{f"StressTest.{name}": getattr(StressTest({"SPX": 1.0}), name) for name in ("unstressed", "shock", "reverse")},
    "StressTest.views": StressTest({"SPX": 1.0}).views,
    "StressTest.regime": StressTest({"SPX": 1.0}).regime,
}
OF_DATA = {
    "X", "history", "before", "after", "real", "synthetic", "holdout", "conditioning", "paths", "dates", "path_dates",
    "volume", "bars", "losses", "weights", "values", "history_dates", "unstressed", "stressed", "scenarios", "views",
    "levels", "simulators", "simulator", "returns", "since", "source", "name", "names", "options", "effort",
    "covariates",
}  # fmt: skip
"""Parameters that are data, or conditions on them: what reads these says what is wrong with them."""


def refused(rule: Rule) -> list[Any]:
    """Those of `BAD` that a rule does not allow."""
    found = []
    for value in BAD:
        try:
            rule.read(value)
        except (TypeError, ValueError, OverflowError):
            found.append(value)
    return found


@pytest.fixture
def untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading a table, or training, fails the test."""
    for place in ("models.tabular.to_table", "models.tabular.run_fit", "models.series.read_market"):
        monkeypatch.setattr(f"synthdiff.{place}", lambda *_, **__: pytest.fail("work has begun"))


@pytest.mark.parametrize("kind", MODELS)
def test_every_parameter_of_a_model_has_a_rule(kind: str) -> None:
    cls, table, _ = MODELS[kind]
    assert set(cls().get_params()) == set(table.FITTING)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, (_, table, _) in MODELS.items() for name in table.FITTING]
)
def test_a_fit_checks_its_parameters_before_it_reads_the_data(kind: str, name: str) -> None:
    cls, table, data = MODELS[kind]
    values = refused(table.FITTING[name])
    assert len(values) >= 8
    for value in values:
        model = cls(**{name: value})  # constructors only assign
        assert model.get_params()[name] is value
        with pytest.raises(ConfigError, match=f"^{name} is "):
            model.fit(data)
        with pytest.raises(ConfigError, match=f"^{name} is "):
            next(model.fit_steps(data))


@pytest.mark.parametrize("call", CALLS)
def test_every_parameter_of_a_call_has_a_rule_or_is_data(call: str) -> None:
    rules = getattr(CALLS[call], RULES)
    names = set(inspect.signature(CALLS[call]).parameters)
    assert names - set(rules) <= OF_DATA


@pytest.mark.parametrize("call", CALLS)
def test_a_call_checks_its_parameters_first(call: str) -> None:
    """Even where nothing is fitted, and where there is no data: the rest of the arguments is never looked at."""
    function = CALLS[call]
    rules = getattr(function, RULES)
    signature = inspect.signature(function)
    required = [
        name
        for name, parameter in signature.parameters.items()
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
    ]
    for name, rule in rules.items():
        values = refused(rule)
        assert values
        others = {other: None for other in required if other not in rules}
        for value in values:
            good = {other: fitting(rules[other]) for other in required if other in rules}
            with pytest.raises(ConfigError, match=f"^{name} is "):
                function(**{**others, **good, name: value})


def fitting(rule: Rule) -> Any:
    """A value that a rule allows."""

    class Drawn:
        sample = forecast = log_prob = __call__ = lambda self: None

    paths = synthdiff.data.paths.Paths.of(np.zeros((2, 2, 1)), ["SPX"])
    for value in (1, 0.5, "x", [0.5], ["x"], {"SPX": 1.0}, True, "end", paths, Drawn(), [View.mean("SPX", "=", 0.0)]):
        try:
            rule.read(value)
        except (TypeError, ValueError, OverflowError):
            continue
        return value
    raise AssertionError(rule)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"portfolio": "SPX"}, "portfolio is 'SPX'; give a mapping"),
        ({"rebalance": "weekly"}, "rebalance is 'weekly'; say daily or hold"),
        ({"levels": 0.99}, "levels is 0.99; give a list"),
        ({"levels": (0.99, math.nan)}, "levels is "),
        ({"begin": "now"}, "begin is 'now'; say anywhere or end"),
        ({"watch": 3}, "watch is 3"),
    ],
)
def test_a_stress_test_checks_its_own(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        StressTest(**{"portfolio": {"SPX": 1.0}, **options})


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("table", {"categorical": ["Code"]}, "no column 'Code'; did you mean 'code'"),
        ("series", {"covariates": ["zz"]}, "'zz'"),
        ("series", {"value_columns": ["zz"]}, "'zz'"),
        ("series", {"id_column": "zz"}, "'zz'"),
        ("series", {"time_column": "zz"}, "'zz'"),
        ("series", {"values": {"zz": "price"}}, "values names 'zz', which is no series"),
    ],
)
def test_columns_that_are_not_there_are_found_before_training(
    monkeypatch: pytest.MonkeyPatch, kind: str, options: dict[str, Any], message: str
) -> None:
    for place in ("models.preparation.Trainer", "models.series_fit.SeriesTrainer"):
        monkeypatch.setattr(f"synthdiff.{place}", lambda *_, **__: pytest.fail("training has begun"))
    cls, _, data = MODELS[kind]
    with pytest.raises(DataError, match=message):
        cls(**options).fit(data)


def test_integers_of_numpy_are_integers() -> None:
    model = TabularDiffusion(preset="fast", max_steps=np.int64(2), random_state=np.uint8(3)).fit(FRAME)
    assert (model.n_steps_, model.seed_) == (2, 3)
    assert len(model.sample(np.int32(4), random_state=np.int64(MOST_SEED), batch_size=np.int16(2))) == 4


@pytest.mark.parametrize("value", [np.random, -1, MOST_SEED + 1, 1.0, "0"])
def test_a_seed_is_an_integer_or_drawn_from_a_generator(value: Any) -> None:
    with pytest.raises(ConfigError, match="random_state is .*from 0 to 9,223,372,036,854,775,807, or a Generator or"):
        TabularDiffusion(random_state=value).fit(FRAME)


def test_none_is_allowed_where_a_rule_says_so() -> None:
    assert OrNone(COUNT).words.endswith(", or None")
    with pytest.raises(ConfigError, match="n_samples is None"):
        TabularDiffusion().sample(None)  # type: ignore[arg-type]
