"""A training that has ended is not evaluated again: resuming it goes straight on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
import torch

from synthdiff.training.series import SeriesTrainer
from synthdiff.training.trainer import Trainer
from tests.training.test_series import make_trainer as make_series_trainer
from tests.training.test_trainer import MEMBERS, make_trainer

AnyTrainer = Trainer | SeriesTrainer
Snapshot = tuple[dict[str, torch.Tensor], dict[str, Any]]
MAKERS: dict[str, Callable[[], AnyTrainer]] = {
    "table": make_trainer,
    "members": lambda: make_trainer(**MEMBERS),  # type: ignore[arg-type]
    "series": make_series_trainer,
}


def snapshot(trainer: AnyTrainer) -> Snapshot:
    """What a checkpoint at this moment would hold."""
    tensors = {name: value.clone() for name, value in trainer.tensors().items()}
    return tensors, json.loads(json.dumps(asdict(trainer.state)))


def history(trainer: AnyTrainer) -> list[dict[str, Any]]:
    return [{k: v for k, v in record.items() if k != "seconds"} for record in trainer.state.history]


def weights(trainer: AnyTrainer) -> dict[str, torch.Tensor]:
    network = trainer.network if isinstance(trainer, SeriesTrainer) else trainer.ensemble()
    return {name: value.clone() for name, value in network.state_dict().items()}


@pytest.mark.parametrize("kind", MAKERS)
def test_resuming_at_the_last_step_repeats_nothing(kind: str) -> None:
    whole = MAKERS[kind]()
    taken = [(progress.step, snapshot(whole)) for progress in whole.run() if progress.fraction > 0.98]
    late = [kept for step, kept in taken if step == whole.state.step]
    assert len(late) >= 2
    assert [state["is_finished"] for _, state in late] == [False] * (len(late) - 1) + [True]
    for tensors, state in late:
        again = MAKERS[kind]()
        again.restore(tensors, state)
        assert list(again.run())[-1].fraction == 1.0
        assert history(again) == history(whole)
        assert again.state.is_finished
        found, expected = weights(again), weights(whole)
        assert found.keys() == expected.keys()
        assert all(torch.equal(found[name], expected[name]) for name in expected)


@pytest.mark.parametrize("kind", ["table", "series"])
def test_a_finished_training_takes_no_step(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = MAKERS[kind]()
    list(trainer.run())
    for name in ("_step", "_evaluate"):
        monkeypatch.setattr(type(trainer), name, lambda *_: pytest.fail("trained or evaluated again"))
    assert [progress.phase for progress in trainer.run()] == ["train"]
