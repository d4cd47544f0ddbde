"""The training of series: what it learns, when it ends, and that it goes on where it was stopped."""

from __future__ import annotations

import itertools
import json
from dataclasses import asdict, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from synthdiff.errors import DivergedError
from synthdiff.networks.series import SeriesDenoiser, SeriesLayout
from synthdiff.networks.unet1d import UNet1d
from synthdiff.runtime import generator
from synthdiff.training import series
from synthdiff.training.schedule import Budget, Plan
from synthdiff.training.series import EVALUATE_EVERY, MIN_PATIENCE, SEARCH_SHARE, SeriesTrainer
from synthdiff.training.state import TrainerConfig
from synthdiff.training.window import WindowSource
from tests.training.history import autoregression, clusters, source

WINDOW, FIRST = 16, 60


def make_trainer(
    returns: np.ndarray | None = None, max_steps: int = 80, scaling: str = "start", **settings: Any
) -> SeriesTrainer:
    given = source(autoregression(500, 0.8) if returns is None else returns, scaling, WINDOW)
    layout = SeriesLayout(given.codec.n_series, 0, given.track.summary.shape[1])

    def build(member: int) -> SeriesDenoiser:
        with torch.random.fork_rng():
            torch.manual_seed(member)
            body = UNet1d(layout.n_inputs, layout.n_outputs, 16, width=16, depth=1, dropout=0.1)
            return SeriesDenoiser(layout, body, 16)

    config = TrainerConfig(budget=Budget(max_steps), batch_size=24, learning_rate=4e-3, decay=0.98)
    return SeriesTrainer(build, given, FIRST, replace(config, **settings))


def weights(trainer: SeriesTrainer) -> list[torch.Tensor]:
    return [value.detach().clone() for value in trainer.network.state_dict().values()]


def same(a: SeriesTrainer, b: SeriesTrainer) -> bool:
    return all(torch.equal(x, y) for x, y in zip(weights(a), weights(b), strict=True))


@pytest.fixture(scope="module")
def trained() -> tuple[SeriesTrainer, list[Any]]:
    """Returns of which a step explains two thirds of the next."""
    trainer = make_trainer(autoregression(900, 0.8), max_steps=260)
    return trainer, list(trainer.run())


class TestLearning:
    def test_what_follows_from_the_past_is_predicted(self, trained: tuple[SeriesTrainer, list[Any]]) -> None:
        """Held-out losses of the same windows and noise: white noise has 1 with a standard error of .02."""
        trainer, _ = trained
        white = trainer.state.history[0]["white_loss"]
        assert white == pytest.approx(1.0, abs=0.1)
        assert trainer.state.best < white - 0.1
        assert trainer.state.plan is not None
        assert trainer.state.plan.n_steps > 0

    def test_the_last_network_is_better_than_white_noise_as_well(
        self, trained: tuple[SeriesTrainer, list[Any]]
    ) -> None:
        trainer, _ = trained
        other = source(autoregression(900, 0.8, seed=5), "start", WINDOW)
        batch = other.batch(np.random.default_rng(1).integers(FIRST, 880, 300), np.random.default_rng(2))
        network = trainer.network.eval()
        with torch.no_grad():
            loss = float(trainer.loss(network, batch, generator(0, "test")).mean())
            white = float(trainer.loss(trainer.build(0).eval(), batch, generator(0, "test")).mean())
        assert loss < white - 0.1

    def test_volatility_clusters_that_the_start_does_not_tell(self) -> None:
        trainer = make_trainer(clusters(900), max_steps=260)
        list(trainer.run())
        assert trainer.state.best < trainer.state.history[0]["white_loss"] - 0.01

    def test_the_network_that_is_left_is_the_average(self, trained: tuple[SeriesTrainer, list[Any]]) -> None:
        trainer, _ = trained
        assert all(
            torch.equal(a, b)
            for a, b in zip(trainer.network.state_dict().values(), trainer.average.state_dict().values(), strict=True)
        )

    def test_progress_goes_up_to_1(self, trained: tuple[SeriesTrainer, list[Any]]) -> None:
        trainer, progress = trained
        fractions = [p.fraction for p in progress]
        assert fractions == sorted(fractions)
        assert fractions[-1] == 1.0
        assert [p.step for p in progress] == sorted(p.step for p in progress)
        assert progress[-1].step == trainer.state.step <= 260
        assert {p.phase for p in progress} == {"train", "validate"}
        assert sum("so long is trained" in p.message for p in progress) == 1


class TestSearch:
    def test_a_search_that_is_not_over_goes_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(series, "MIN_PATIENCE", 50)
        trainer = make_trainer(autoregression(900, 0.8), max_steps=150)
        before: list[torch.Tensor] = []
        messages = []
        for progress in trainer.run():
            if trainer.state.plan is None:
                before = weights(trainer)
            elif progress.message:
                messages.append(progress.message)
                assert all(torch.equal(a, b) for a, b in zip(before, weights(trainer), strict=True))
        assert messages == ["later time is predicted better and better: training goes on, on all of the history"]
        assert trainer.state.plan is not None
        assert (trainer.state.plan.start_step, trainer.state.step) == (60, 150)

    def test_a_search_of_a_few_steps_looks_once_and_says_that_it_was_short(self) -> None:
        trainer = make_trainer(max_steps=10)
        list(trainer.run())
        assert [record["step"] for record in trainer.state.history] == [4]
        assert trainer.doubts[0].startswith("there was time for 4 steps only")

    def test_a_long_search_has_no_doubts(self) -> None:
        trainer = make_trainer(max_steps=1000)
        trainer.state.plan = Plan(MIN_PATIENCE, 200, 0.2)
        assert trainer.doubts == []

    def test_it_ends_within_its_share_and_a_second_network_follows(
        self, trained: tuple[SeriesTrainer, list[Any]]
    ) -> None:
        trainer, _ = trained
        plan, history = trainer.state.plan, trainer.state.history
        assert plan is not None
        assert plan.start_step <= round(SEARCH_SHARE * 260)
        looks = {*range(EVALUATE_EVERY, plan.start_step, EVALUATE_EVERY), plan.start_step}
        assert [record["step"] for record in history] == sorted(looks)
        assert trainer.state.best == min(record["valid_loss"] for record in history)
        assert min(history, key=lambda record: record["valid_loss"])["step"] == trainer.state.best_step

    def test_later_time_is_held_out_until_then(self, monkeypatch: pytest.MonkeyPatch) -> None:
        trainer = make_trainer()
        seen: list[tuple[bool, int, int]] = []
        batch = WindowSource.batch

        def record(self: WindowSource, starts: Any, rng: Any) -> Any:
            seen.append((trainer.state.plan is None, starts.min(), starts.max() + WINDOW))
            return batch(self, starts, rng)

        monkeypatch.setattr(WindowSource, "batch", record)
        steps = list(trainer.run())
        searching = [(low, high) for early, low, high in seen if early]
        fitted = [(low, high) for low, high in searching if high <= trainer.cut]
        looked = [(low, high) for low, high in searching if high > trainer.cut]
        assert len(fitted) >= EVALUATE_EVERY
        assert all(low >= FIRST for low, _ in fitted)
        assert all(low >= trainer.cut and high <= 500 for low, high in looked)
        assert max(high for early, _, high in seen if not early) > trainer.cut
        assert steps[-1].step == trainer.state.step

    def test_where_nothing_helps_the_network_stays_as_it_starts(self) -> None:
        trainer = make_trainer(max_steps=10, learning_rate=0.0)
        progress = list(trainer.run())
        assert trainer.state.plan == Plan(4, 0, 0.4)
        assert same(trainer, make_trainer_like(trainer, member=1))
        assert progress[-1].fraction == 1.0
        assert any("nothing else is used" in p.message for p in progress)

    def test_white_returns_teach_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The search is over when later time has not been predicted better for so long."""
        monkeypatch.setattr(series, "MIN_PATIENCE", 50)
        returns = 0.01 * np.random.default_rng(0).standard_normal((700, 1))
        trainer = make_trainer(returns, max_steps=1_000, learning_rate=2e-2, decay=0.5, weight_decay=0.0)
        list(trainer.run())
        assert trainer.state.best > 0.97 * trainer.state.history[0]["white_loss"]
        assert trainer.state.step < 1_000

    def test_a_history_of_two_windows_is_learnt_without_a_search(self) -> None:
        trainer = make_trainer(autoregression(100, 0.5), max_steps=12)
        progress = list(trainer.run())
        assert trainer.doubts[0].startswith("the history is too short")
        assert not trainer.searches
        assert trainer.state.history == []
        assert trainer.state.step == 12
        assert progress[-1].fraction == 1.0
        assert not same(trainer, make_trainer_like(trainer, member=1))


def make_trainer_like(trainer: SeriesTrainer, member: int) -> SeriesTrainer:
    """The same with the untrained weights of a member."""
    fresh = SeriesTrainer(trainer.build, trainer.source, trainer.first, trainer.config)
    fresh.network = trainer.build(member)
    return fresh


@pytest.fixture(scope="module")
def whole() -> SeriesTrainer:
    trainer = make_trainer()
    list(trainer.run())
    return trainer


class TestStopping:
    @pytest.mark.parametrize(
        ("step", "phase"),
        [
            (0, "train"),
            (1, "train"),
            (25, "train"),
            (25, "validate"),
            (26, "train"),
            (32, "train"),
            (33, "train"),
            (80, "train"),
        ],
    )
    def test_it_goes_on_where_it_was_stopped(self, whole: SeriesTrainer, step: int, phase: str) -> None:
        """To the last bit, wherever it was."""
        first = make_trainer()
        if step:
            for progress in first.run():
                if (progress.step, progress.phase) == (step, phase):
                    break
            assert (progress.step, progress.phase) == (step, phase)
        tensors = {name: value.clone() for name, value in first.tensors().items()}
        second = make_trainer()
        second.restore(tensors, json.loads(json.dumps(asdict(first.state))))
        list(second.run())
        assert same(whole, second)
        assert second.state.step == whole.state.step
        drop = ("seconds",)
        assert [{k: v for k, v in r.items() if k not in drop} for r in second.state.history] == [
            {k: v for k, v in r.items() if k not in drop} for r in whole.state.history
        ]

    def test_the_global_generator_is_left_alone(self) -> None:
        trainer = make_trainer(max_steps=5)
        torch.manual_seed(123)
        expected = torch.rand(3)
        torch.manual_seed(123)
        list(trainer.run())
        assert torch.equal(torch.rand(3), expected)

    def test_another_seed_is_another_network(self, whole: SeriesTrainer) -> None:
        other = make_trainer(seed=1)
        list(other.run())
        assert not same(whole, other)

    def test_a_time_budget_ends_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """By a clock on which every step takes a hundredth of a second: .4 of the time is for the search."""
        clock = itertools.count()
        monkeypatch.setattr(series, "time", SimpleNamespace(monotonic=lambda: next(clock) / 100))
        trainer = make_trainer(max_steps=10**9)
        trainer.config = replace(trainer.config, budget=Budget(10**9, max_time=1.0))
        progress = list(trainer.run())
        assert trainer.state.plan is not None
        assert trainer.state.plan.start_step == pytest.approx(40, abs=2)
        assert trainer.state.step == pytest.approx(100, abs=2)
        assert trainer.state.elapsed == pytest.approx(1.0, abs=0.03)
        fractions = [p.fraction for p in progress]
        assert fractions == sorted(fractions)
        assert fractions[-1] == 1.0

    def test_a_loss_that_is_not_a_number(self) -> None:
        trainer = make_trainer()
        with torch.no_grad():
            trainer.network.state.bias[0] = float("nan")
        with pytest.raises(DivergedError, match="look at the series") as caught:
            list(trainer.run())
        assert caught.value.step == 0


class TestLoss:
    def test_it_is_1_of_white_noise_where_nothing_is_known(self) -> None:
        """16 steps of 600 windows, half of them hidden or so: the standard error is about .02."""
        returns = 0.01 * np.random.default_rng(0).standard_normal((700, 1))
        trainer = make_trainer(returns, scaling="running")
        batch = trainer.source.batch(np.random.default_rng(1).integers(FIRST, 680, 600), np.random.default_rng(2))
        with torch.no_grad():
            loss = trainer.loss(trainer.network.eval(), batch, generator(0, "x"))
        assert loss.shape == (1,)
        assert float(loss) == pytest.approx(1.0, abs=0.1)

    def test_what_does_not_count_does_not_move_it(self) -> None:
        trainer = make_trainer()
        batch = trainer.source.batch(np.arange(60, 90), np.random.default_rng(0))
        moved = replace(batch, z=torch.where(batch.counted, batch.z, batch.z + 7.0))
        with torch.no_grad():
            network = trainer.network.eval()
            losses = [trainer.loss(network, part, generator(0, "x")) for part in (batch, moved)]
        torch.testing.assert_close(*losses)

    def test_a_channel_that_is_never_observed_is_left_out(self) -> None:
        trainer = make_trainer()
        batch = trainer.source.batch(np.arange(60, 90), np.random.default_rng(0))
        none = replace(batch, counted=torch.zeros_like(batch.counted))
        with torch.no_grad():
            assert float(trainer.loss(trainer.network, none, generator(0, "x"))) == 0.0
