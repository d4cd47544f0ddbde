"""Conditioned paths beside the windows of a history that did the same."""

from __future__ import annotations

import numpy as np
import pytest

from synthdiff.data.paths import Paths
from synthdiff.errors import ConfigError, DataError, WindowError
from synthdiff.evaluation.stylized.conditioned import score_conditioned
from synthdiff.evaluation.stylized.matched_scores import MatchedScores

LENGTH, DEPTH = 60, "<=-0.08"


def clustered(n: int, n_steps: int, seed: int, size: float = 0.01, n_assets: int = 1) -> np.ndarray:
    """Returns, (n, n_steps, n_assets), of markets that are calm or turbulent for long."""
    rng = np.random.default_rng(seed)
    level = np.zeros((n, 1))
    out = np.empty((n, n_steps, n_assets))
    for step in range(n_steps):
        level = 0.98 * level + 0.12 * rng.standard_normal((n, 1))
        common = rng.standard_normal((n, 1))
        out[:, step] = size * np.exp(level) * (0.7 * common + 0.7 * rng.standard_normal((n, n_assets)))
    return out


def falls(returns: np.ndarray) -> np.ndarray:
    level = np.concatenate([np.zeros((len(returns), 1)), returns.mean(axis=2).cumsum(axis=1)], axis=1)
    return np.asarray(np.expm1((level - np.maximum.accumulate(level, axis=1)).min(axis=1)))


@pytest.fixture(scope="module")
def history() -> np.ndarray:
    return np.asarray(clustered(1, 4_000, seed=0)[0])


def as_paths(returns: np.ndarray) -> Paths:
    return Paths.of(returns, [f"A{j + 1}" for j in range(returns.shape[2])])


def scored(history: np.ndarray, returns: np.ndarray, **options: object) -> MatchedScores:
    return score_conditioned(history, as_paths(returns), {"A1.max_drawdown": DEPTH}, draws=30, **options)


class TestScores:
    def test_paths_of_the_same_law_that_fell_as_deep_are_within_the_noise(self, history: np.ndarray) -> None:
        many = clustered(3_000, LENGTH, seed=1)
        found = scored(history, many[falls(many) <= -0.08][:300])
        assert found.mean < 1.2
        assert found.n_right >= 11
        assert found.cross_mean is None

    def test_paths_that_did_not_fall_are_far_away(self, history: np.ndarray) -> None:
        many = clustered(3_000, LENGTH, seed=1)
        calm = scored(history, many[falls(many) > -0.05][:300])
        assert calm.facts["max drawdown"] > 3
        assert calm.mean > 2

    def test_windows_are_counted_with_and_without_their_overlap(self, history: np.ndarray) -> None:
        found = scored(history, clustered(50, LENGTH, seed=2))
        every = np.lib.stride_tricks.sliding_window_view(history[:, 0], LENGTH)
        met = np.flatnonzero(falls(every[:, :, None]) <= -0.08)
        assert found.n_windows == np.isin(np.arange(0, len(every), 15), met).sum()
        assert 0 < found.n_apart <= len(met)
        assert found.n_apart <= len(history) / LENGTH

    def test_weights_count(self, history: np.ndarray) -> None:
        """All weight on deep falls is as good as deep falls alone."""
        many = clustered(1_000, LENGTH, seed=3)
        deep = falls(many) <= -0.08
        whole = Paths.of(many, ["A1"], weights=deep / deep.sum())
        found = score_conditioned(history, whole, {"A1.max_drawdown": DEPTH}, draws=30)
        assert found.facts["max drawdown"] < 1.5

    def test_what_assets_do_together_has_scores_too(self) -> None:
        history = clustered(1, 3_000, seed=4, n_assets=2)[0]
        many = clustered(3_000, LENGTH, seed=5, n_assets=2)
        made = many[falls(many) <= -0.08][:300]
        found = score_conditioned(history, as_paths(made), {"max_drawdown": DEPTH}, draws=30)
        assert found.cross_mean is not None
        apart = np.stack([made[:, :, 0], np.roll(made[:, :, 1], 1, axis=0)], axis=2)
        other = score_conditioned(history, as_paths(apart), {"max_drawdown": DEPTH}, draws=30)
        assert other.cross["correlation"] > 3 * found.cross["correlation"]

    def test_the_same_seed_gives_the_same_scores(self, history: np.ndarray) -> None:
        returns = clustered(50, LENGTH, seed=2)
        assert scored(history, returns, random_state=1) == scored(history, returns, random_state=1)
        assert scored(history, returns, random_state=1) != scored(history, returns, random_state=2)


class TestRefusals:
    def test_a_history_that_never_did_it(self, history: np.ndarray) -> None:
        with pytest.raises(DataError, match="no window of 60 steps of the history meets the conditions"):
            score_conditioned(history, as_paths(clustered(20, LENGTH, seed=1)), {"A1.max_drawdown": "<=-0.9"})

    def test_no_condition(self, history: np.ndarray) -> None:
        with pytest.raises(ConfigError, match="no condition is given"):
            score_conditioned(history, as_paths(clustered(20, LENGTH, seed=1)), {})

    def test_paths_that_are_too_short(self, history: np.ndarray) -> None:
        with pytest.raises(WindowError, match="paths have 10 steps; say 20 to the 4000 of the history"):
            score_conditioned(history, as_paths(clustered(20, 10, seed=1)), {"A1": -0.1})
