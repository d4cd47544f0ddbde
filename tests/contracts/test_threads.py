"""A fitted estimator is immutable: threads and generators that draw from one model at once get what each gets alone."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from synthdiff import SeriesDiffusion, TabularDiffusion
from synthdiff.finance.stress import StressTest
from synthdiff.finance.view import View
from synthdiff.models import plan
from synthdiff.models.config import NetworkConfig, TabularConfig
from synthdiff.networks.ensemble import DenoiserEnsemble
from synthdiff.sampling.draw import RowSource
from synthdiff.training.refine import ColumnGain
from tests.models.markets import prices, trained, with_covariates

MANY, FEW = 16, 4
"""Threads at once; few where a draw takes long."""


@pytest.fixture(autouse=True, scope="module")
def frequent_switches() -> Iterator[None]:
    """Let threads interrupt each other fifty times as often as usual."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    yield
    sys.setswitchinterval(before)


def frame(n: int = 300) -> pd.DataFrame:
    """Copies, sums, levels, missing values, identifiers and dates: all that a row has."""
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 50, n), np.round(np.exp(rng.normal(2, 1, n)), 2)
    return pd.DataFrame(
        {
            "id": [f"C-{i:06d}" for i in rng.permutation(n)],
            "a": a,
            "again": np.where(rng.random(n) < 0.7, a, rng.integers(0, 50, n)),
            "b": b,
            "total": a + b,
            "grade": rng.choice(["low", "mid", "high"], n),
            "seen": np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n)),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 400, n), unit="D"),
        }
    )


@functools.cache
def table_model() -> TabularDiffusion:
    """Two members, whose probabilities are averaged, and positions that a second network draws."""
    config = TabularConfig(network=NetworkConfig(width=24, n_blocks=1), max_steps=100, batch_size=64, refine=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "preset_config", lambda name: config)
        patch.setattr(ColumnGain, "wins", True)
        model = TabularDiffusion(max_steps=30, precision="float32", device="cpu", random_state=0).fit(frame())
    fitted = model.fitted_
    twice = DenoiserEnsemble([fitted.network.members[0]] * 2)
    positions = fitted.refinement.sampler(fitted.codec.alphabet.offsets, fitted.precision)
    assert positions is not None
    model.source_ = RowSource(twice, fitted.codec, fitted.order, fitted.precision, positions)
    return model


@functools.cache
def covariate_model() -> SeriesDiffusion:
    options: dict[str, Any] = {"preset": "fast", "window": 16, "max_steps": 2, "device": "cpu", "random_state": 0}
    return SeriesDiffusion(covariates=("regime",), values={"VIX": "level"}, **options).fit(with_covariates())


def steered(seed: int) -> np.ndarray:
    return trained().sample(20, 8, random_state=seed, conditioning={"A1": (None, -0.02)}).returns


def stressed(seed: int) -> np.ndarray:
    report = StressTest({"A1": 0.5, "A2": 0.5}).shock(trained(), {"A1": -0.03}, 5, n_paths=20, random_state=seed)
    return np.asarray(report.paths.returns)


def viewed(seed: int) -> np.ndarray:
    test = StressTest({"A1": 0.5, "A2": 0.5})
    usual = test.unstressed(trained(), 10, n_paths=60, random_state=seed)
    return np.asarray(test.views(usual, [View.mean("A1", "<=", -0.001)]).paths.weights)


DRAWS: dict[str, tuple[int, Callable[[int], Any]]] = {
    "rows": (MANY, lambda seed: table_model().sample(200, random_state=seed)),
    "rows in pieces": (FEW, lambda seed: pd.concat(table_model().iter_samples(90, random_state=seed, batch_size=40))),
    "likelihood": (MANY, lambda seed: table_model().log_prob(frame().iloc[seed : seed + 50])),
    "paths": (MANY, lambda seed: trained().sample(8, 20, random_state=seed).returns),
    "forecast": (
        FEW,
        lambda seed: trained().forecast(prices()[: 300 + seed], 10, n_paths=8, random_state=seed).returns,
    ),
    "infill": (
        FEW,
        lambda seed: trained().infill(prices()[:300], prices()[311 + seed :], n_paths=8, random_state=1).returns,
    ),
    "steered paths": (FEW, steered),
    "covariates": (FEW, lambda seed: covariate_model().sample(8, 20, random_state=seed).returns),
    "stress": (FEW, stressed),
    "views": (FEW, viewed),
}


SLOW = ("rows in pieces", "steered paths", "stress")
"""What takes long, and shares its parts with what is tried always."""


def in_threads(n_threads: int, draw: Callable[[int], Any]) -> list[Any]:
    """Draw with one seed a thread; all threads start together."""
    together = threading.Barrier(n_threads)

    def work(seed: int) -> Any:
        together.wait()
        return draw(seed)

    with ThreadPoolExecutor(n_threads) as pool:
        return list(pool.map(work, range(n_threads)))


def assert_same(found: Any, expected: Any) -> None:
    if isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(found, expected)
    else:
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.long) if n in SLOW else n for n in DRAWS])
def test_each_thread_gets_what_it_gets_alone(name: str) -> None:
    n_threads, draw = DRAWS[name]
    expected = [draw(seed) for seed in range(n_threads)]
    assert not np.array_equal(np.asarray(expected[0]), np.asarray(expected[1]))
    for found, wanted in zip(in_threads(n_threads, draw), expected, strict=True):
        assert_same(found, wanted)


def test_generators_of_one_model_may_take_turns() -> None:
    model = table_model()
    pair = [model.iter_samples(9_000, random_state=seed, batch_size=4_096) for seed in (1, 2)]
    pieces = list(zip(*pair, strict=True))
    for i, seed in enumerate((1, 2)):
        together = pd.concat([piece[i] for piece in pieces], ignore_index=True)
        pd.testing.assert_frame_equal(together, model.sample(9_000, random_state=seed))


@pytest.mark.parametrize("draw", ["rows", "likelihood"])
def test_a_draw_changes_nothing_of_the_model(draw: str) -> None:
    DRAWS[draw][1](0)  # what is computed once and kept is there from now on
    before = state_of(table_model())
    DRAWS[draw][1](1)
    assert state_of(table_model()) == before


@pytest.mark.parametrize("draw", ["paths", "forecast", "infill", "steered paths", "stress"])
def test_a_draw_changes_nothing_of_a_model_of_series(draw: str) -> None:
    DRAWS[draw][1](0)
    before = state_of(trained())
    DRAWS[draw][1](1)
    assert state_of(trained()) == before


def test_fits_in_threads_are_the_fits_alone() -> None:
    """Weights are drawn, and the dropout of series, from the global generator: one fit at a time may seed it."""

    def fitted(seed: int) -> list[torch.Tensor]:
        options: dict[str, Any] = {"max_steps": 8, "device": "cpu", "precision": "float32", "random_state": seed}
        if seed % 2:
            network = TabularDiffusion(preset="fast", **options).fit(frame()).network_
        else:
            network = SeriesDiffusion(preset="fast", window=16, **options).fit(prices()).fitted_.sampler.network
        return list(network.state_dict().values())

    expected = [fitted(seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(fitted, range(4)))
    for one, other in zip(found, expected, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def state_of(thing: Any, seen: set[int] | None = None) -> list[Any]:
    """Everything that an object holds, as values that can be compared."""
    seen = set() if seen is None else seen
    if isinstance(thing, torch.Tensor):
        return [thing.detach().numpy().tobytes()]
    if isinstance(thing, np.ndarray):
        return [thing.tobytes()] if thing.dtype != object else [repr(thing.tolist())]
    if isinstance(thing, (str, bytes, int, float, bool, type(None), type)):
        return [thing] if thing == thing else ["nan"]
    if id(thing) in seen:
        return []
    seen.add(id(thing))
    if isinstance(thing, dict):
        return [part for key, value in thing.items() for part in [str(key), *state_of(value, seen)]]
    if isinstance(thing, (list, tuple, set, frozenset)):
        return [part for value in thing for part in state_of(value, seen)]
    inner = getattr(thing, "__dict__", None)
    return state_of(inner, seen) if inner and type(thing).__module__.startswith(("synthdiff", "torch")) else []
