"""Names are looked at before anything is drawn: a misspelt asset does not cost the paths that come before it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from synthdiff import SeriesDiffusion
from synthdiff.errors import ConditioningError, ConfigError, DataError
from synthdiff.finance.stress import StressTest
from synthdiff.sampling.path import PathSampler
from tests.models.markets import quick, with_covariates


@pytest.fixture(scope="module")
def model() -> SeriesDiffusion:
    return quick(with_covariates(), covariates=["regime"])


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing a path fails the test."""
    for name in ("draw", "between"):
        monkeypatch.setattr(PathSampler, name, lambda *_, **__: pytest.fail("paths were drawn"))


BOOK = {"SPX": 1.0}
CASES: dict[str, tuple[Callable[[SeriesDiffusion], Any], type[Exception], str]] = {
    "sample": (lambda m: m.sample(5, 4, {"SPXX": -0.1}), ConditioningError, "'SPXX'.*did you mean 'SPX'"),
    "rows": (lambda m: m.sample(n_samples=5, conditioning={"ZZ": 0}), ConditioningError, "'ZZ'"),
    "forecast": (lambda m: m.forecast(None, 4, 5, conditioning={"SPX.drawdown": 1}), ConditioningError, "drawdown"),
    "regime": (lambda m: m.sample(5, 4, {"regime": "calm"}), ConditioningError, "'regime' is 'calm'"),
    "portfolio": (lambda m: m.sample(5, 4, portfolio={"SPXX": 1}), ConfigError, "'SPXX'.*did you mean 'SPX'"),
    "unused portfolio": (lambda m: m.sample(5, 4, {"SPX": -0.1}, portfolio={"ZZ": 1}), ConfigError, "'ZZ'"),
    "unstressed": (lambda m: StressTest({"SPXX": 1}).unstressed(m, 4, n_paths=5), ConfigError, "mean 'SPX'"),
    "from its end": (lambda m: StressTest({"ZZ": 1}, begin="end").unstressed(m, 4, n_paths=5), ConfigError, "'ZZ'"),
    "shock": (lambda m: StressTest(BOOK).shock(m, {"SPXX": -0.1}, 4, n_paths=5), ConditioningError, "mean 'SPX'"),
    "covariate": (
        lambda m: StressTest(BOOK).shock(m, {}, 4, covariates={"regimes": 1}, n_paths=5),
        ConditioningError,
        "mean 'regime'",
    ),
    "a regime": (lambda m: StressTest(BOOK).regime(m, {"ZZ": 1}, 4), ConditioningError, "'ZZ'"),
    "reverse": (lambda m: StressTest({"ZZ": 1}).reverse(m, 0.1, horizon=4, n_paths=5), ConfigError, "'ZZ'"),
    "a check alone": (lambda m: m.check_conditioning({"ZZ": 1}), ConditioningError, "'ZZ'"),
    "dates that overflow": (lambda m: m.sample(5, 100_000), DataError, "beyond the year 2262"),
}


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("case", CASES)
def test_nothing_is_drawn_for_a_name_that_is_not_there(model: SeriesDiffusion, case: str) -> None:
    ask, error, words = CASES[case]
    with pytest.raises(error) as caught:
        ask(model)
    assert re.search(words, str(caught.value))


def test_what_is_known_passes(model: SeriesDiffusion) -> None:
    model.check_conditioning({"SPX": -0.1, "regime": 1, "max_drawdown": "<=-10%"}, 4, {"SPX": 1.0})
