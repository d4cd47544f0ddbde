"""The training loop: schedule, moving average, resuming, stopping, failing."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from synthdiff.batch import Cells
from synthdiff.codecs.alphabet import TableAlphabet
from synthdiff.codecs.token import fit_level_tokens, fit_number_tokens
from synthdiff.diffusion.masked import MaskedProcess
from synthdiff.errors import DivergedError
from synthdiff.models.layout import cell_layout
from synthdiff.networks.mlp import MLPDenoiser
from synthdiff.training.ema import averaged_copy, update_average
from synthdiff.training.objective import Objective
from synthdiff.training.schedule import Budget, Plan, learning_rate
from synthdiff.training.state import TrainerConfig
from synthdiff.training.trainer import Trainer

CPU = torch.device("cpu")


def make_trainer(n_rows: int = 600, max_steps: int = 40, **settings: float) -> Trainer:
    rng = np.random.default_rng(0)
    number = rng.normal(size=n_rows)
    values = np.column_stack([number, (number > 0).astype(float), rng.integers(4, size=n_rows)])
    columns = (fit_number_tokens(number, None), fit_level_tokens(values[:, 1]), fit_level_tokens(values[:, 2]))
    alphabet = TableAlphabet(columns, ())
    encoded = alphabet.encode(values)
    cells = encoded.cells(CPU)

    def build(member: int) -> MLPDenoiser:
        torch.manual_seed(member)
        return MLPDenoiser(cell_layout(alphabet, encoded), width=16, n_blocks=1, dropout=0.1)

    objective = Objective(MaskedProcess(alphabet, [0, 1, 2], CPU), alphabet.offsets)
    valid = n_rows // 4
    config = TrainerConfig(budget=Budget(max_steps), batch_size=64, learning_rate=1e-2)
    return Trainer(
        build,
        objective,
        cells.take(slice(valid, None)),
        cells.take(slice(0, valid)),
        ["x", "sign", "noise"],
        replace(config, **settings),  # type: ignore[arg-type]
    )


def weights(trainer: Trainer) -> list[torch.Tensor]:
    return [parameter.detach().clone() for parameter in trainer.network.parameters()]


def test_it_learns_what_can_be_learnt() -> None:
    trainer = make_trainer(max_steps=300)
    last = list(trainer.run())[-1]
    first, final = trainer.state.history[0], trainer.state.history[-1]
    assert last.fraction == 1.0
    assert trainer.state.step == 300
    assert final["columns"]["sign"] < 0.1 < 0.6 < first["columns"]["sign"]
    assert final["columns"]["noise"] == pytest.approx(np.log(4), abs=0.08)


@pytest.mark.parametrize("stop", [1, 13, 39])
def test_resuming_ends_in_the_same_weights(stop: int) -> None:
    whole = make_trainer()
    list(whole.run())
    first = make_trainer()
    for progress in first.run():
        if progress.step == stop:
            break
    state = json.loads(json.dumps(asdict(first.state)))
    second = make_trainer()
    second.restore({k: v.clone() for k, v in first.tensors().items()}, state)
    list(second.run())
    assert all(torch.equal(a, b) for a, b in zip(weights(whole), weights(second), strict=True))
    assert [r["valid_loss"] for r in whole.state.history] == [r["valid_loss"] for r in second.state.history]


def test_the_global_generator_is_left_alone() -> None:
    trainer = make_trainer(max_steps=5)
    torch.manual_seed(123)
    expected = torch.rand(3)
    torch.manual_seed(123)
    list(trainer.run())
    assert torch.equal(torch.rand(3), expected)


def test_overfitting_starts_afresh_with_a_plan() -> None:
    trainer = make_trainer(n_rows=120, max_steps=3_000, weight_decay=0.0)
    progress = list(trainer.run())
    plan = trainer.state.plan
    assert plan is not None
    assert plan.start_step + plan.n_steps == trainer.state.step < 3_000
    assert any("starting afresh" in p.message for p in progress)
    fractions = [p.fraction for p in progress]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    afresh = [r for r in trainer.state.history if r["step"] > plan.start_step]
    assert afresh[-1]["learning_rate"] < 1e-6 < afresh[0]["learning_rate"]


@pytest.mark.parametrize("stop_after_plan", [0, 50])
def test_resuming_a_plan_ends_in_the_same_weights(stop_after_plan: int) -> None:
    settings = {"n_rows": 120, "max_steps": 3_000, "weight_decay": 0.0}
    whole = make_trainer(**settings)  # type: ignore[arg-type]
    list(whole.run())
    assert whole.state.plan is not None
    stop = whole.state.plan.start_step + stop_after_plan
    first = make_trainer(**settings)  # type: ignore[arg-type]
    for progress in first.run():
        if progress.step == stop and first.state.plan is not None:
            break
    second = make_trainer(**settings)  # type: ignore[arg-type]
    tensors = {k: v.clone() for k, v in first.tensors().items()}
    second.restore(tensors, json.loads(json.dumps(asdict(first.state))))
    list(second.run())
    assert all(torch.equal(a, b) for a, b in zip(weights(whole), weights(second), strict=True))


@pytest.mark.parametrize("max_steps", [900, 400])
def test_rows_that_are_recognised_end_the_fit(monkeypatch: pytest.MonkeyPatch, max_steps: int) -> None:
    """With room for it a plan of the right length follows, without it the learning rate fades out."""
    monkeypatch.setattr("synthdiff.training.trainer.RECOGNISED", 0.4)
    trainer = make_trainer(max_steps=max_steps)
    messages = [p.message for p in trainer.run() if p.message]
    course = trainer.state.plan if max_steps == 900 else trainer.state.fade
    assert len(messages) == 1
    assert messages[0].startswith("training rows begin to be recognised")
    assert course is not None
    assert trainer.state.step == course.start_step + course.n_steps < max_steps
    assert trainer.state.history[-1]["learning_rate"] == pytest.approx(0.0, abs=1e-9)


MEMBERS = {"n_rows": 120, "max_steps": 3_000, "weight_decay": 0.0, "max_members": 3}


def test_what_is_left_of_the_budget_goes_to_further_members() -> None:
    trainer = make_trainer(**MEMBERS)  # type: ignore[arg-type]
    progress = list(trainer.run())
    plan, ensemble = trainer.state.plan, trainer.ensemble()
    assert plan is not None
    assert len(ensemble.members) == 3
    assert plan.start_step + plan.n_steps == trainer.state.step < 3_000
    fractions = [p.fraction for p in progress]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    *alone, together = trainer.state.history
    assert together["members"] == 3
    at_end = [r["valid_loss"] for r in alone if (r["step"] - alone[-1]["step"]) % plan.n_steps == 0][-3:]
    assert together["valid_loss"] < sum(at_end) / 3


def test_there_are_no_more_members_than_the_budget_has_room_for() -> None:
    whole = make_trainer(**MEMBERS)  # type: ignore[arg-type]
    list(whole.run())
    plan = whole.state.plan
    assert plan is not None
    max_steps = whole.state.step - plan.n_steps // 2
    tight = make_trainer(**MEMBERS | {"max_steps": max_steps})  # type: ignore[arg-type]
    list(tight.run())
    assert len(tight.ensemble().members) == 2
    assert tight.state.step < max_steps


def test_resuming_a_later_member_ends_in_the_same_weights() -> None:
    whole = make_trainer(**MEMBERS)  # type: ignore[arg-type]
    list(whole.run())
    first = make_trainer(**MEMBERS)  # type: ignore[arg-type]
    for _ in first.run():
        if len(first.finished) == 1 and first.state.plan and first.state.plan.progress(first.state.step) > 0.3:
            break
    second = make_trainer(**MEMBERS)  # type: ignore[arg-type]
    second.restore({k: v.clone() for k, v in first.tensors().items()}, json.loads(json.dumps(asdict(first.state))))
    list(second.run())
    pairs = zip(whole.ensemble().state_dict().items(), second.ensemble().state_dict().items(), strict=True)
    assert all(a == b and torch.equal(x, y) for (a, x), (b, y) in pairs)


def test_a_member_that_time_cuts_short_does_not_count() -> None:
    trainer = make_trainer(**MEMBERS)  # type: ignore[arg-type]
    trainer.config = replace(trainer.config, budget=Budget(3_000, max_time=10_000.0))
    for _ in trainer.run():
        if len(trainer.finished) == 2:
            trainer.state.elapsed = 20_000.0
    assert len(trainer.ensemble().members) == 2


def test_a_time_budget_ends_the_fit() -> None:
    trainer = make_trainer(max_steps=10**9)
    trainer.config = replace(trainer.config, budget=Budget(10**9, max_time=1.0))
    list(trainer.run())
    # A fifth may be kept for the evaluation that ends it.
    assert 0.8 <= trainer.state.elapsed < 3.0
    assert trainer.state.step > 10


def test_evaluations_take_a_small_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = make_trainer(max_steps=10**9)
    trainer.config = replace(trainer.config, budget=Budget(10**9, max_time=2.0))
    looked, held_out = [], trainer._held_out

    def slow(network: MLPDenoiser) -> torch.Tensor:
        began = time.monotonic()
        while time.monotonic() - began < 0.05:
            pass
        looked.append(time.monotonic())
        return held_out(network)

    monkeypatch.setattr(trainer, "_held_out", slow)
    list(trainer.run())
    assert len(looked) < 12


def test_a_loss_that_is_not_a_number_names_the_column() -> None:
    trainer = make_trainer()
    with torch.no_grad():
        a, b = trainer.network.layout.offsets[1:3]
        trainer.network.head.bias[a:b] = float("nan")
    with pytest.raises(DivergedError, match="'sign'") as caught:
        list(trainer.run())
    assert caught.value.column == "sign"
    assert caught.value.step == 0


def test_every_epoch_sees_every_row_once() -> None:
    trainer = make_trainer(n_rows=600)
    seen = []
    for step in range(len(trainer.train) // 64):
        trainer.state.step = step
        seen += trainer._batch_rows().tolist()
    assert len(seen) == len(set(seen)) == 448
    trainer.state.step += 1
    assert sorted(trainer._batch_rows().tolist()) != sorted(seen[:64])


def test_learning_rate() -> None:
    rates = [learning_rate(1.0, step, step / 1000) for step in range(1001)]
    assert rates[0] == pytest.approx(0.01, rel=1e-3)
    assert max(rates) == pytest.approx(0.976, abs=0.01)
    assert rates[-1] == pytest.approx(0.0, abs=1e-12)
    plan = Plan(start_step=100, n_steps=50, start_progress=0.2)
    assert [plan.progress(step) for step in (100, 125, 150, 200)] == [0.0, 0.5, 1.0, 1.0]


def test_moving_average() -> None:
    network = torch.nn.Linear(2, 1)
    average = averaged_copy(network)
    with torch.no_grad():
        network.weight.fill_(1.0)
        average.weight.fill_(0.0)
    update_average(average, network, step=10**6, decay=0.9)
    assert torch.allclose(average.weight, torch.full((1, 2), 0.1))
    update_average(average, network, step=0, decay=0.9)
    assert torch.allclose(average.weight, torch.full((1, 2), 0.91))


def test_few_evaluations_estimate_which_rows_are_likely() -> None:
    trainer = make_trainer(max_steps=150)
    list(trainer.run())
    d = len(trainer.names)
    exact = trainer.objective.row_bound(trainer.average, trainer.valid).sum(1)
    torch.testing.assert_close(trainer.objective.row_bound(trainer.average, trainer.valid, n_points=d).sum(1), exact)
    estimate = trainer.objective.row_bound(trainer.average, trainer.valid, n_points=d - 1).sum(1)
    # Correlations of 100 or more rows have a standard error of .1 at most.
    assert len(exact) >= 100
    assert torch.corrcoef(torch.stack([exact, estimate]))[0, 1] > 0.5


def test_recognition_takes_few_evaluations_of_wide_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = make_trainer()
    asked = []

    def row_bound(network: MLPDenoiser, cells: Cells, n_points: int) -> torch.Tensor:
        asked.append(n_points)
        return torch.zeros(len(cells), 1)

    monkeypatch.setattr(Objective, "row_bound", lambda self, *args, **options: row_bound(*args, **options))
    for n_columns in (10, 100, 500, 5_000):
        trainer.names = ["x"] * n_columns
        trainer._recognition()
    assert asked[::2] == asked[1::2] == [1_000, 100, 20, 8]
