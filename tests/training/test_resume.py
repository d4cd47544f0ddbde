import math
from dataclasses import asdict

import pytest
import torch

from synthdiff.errors import CorruptError
from synthdiff.restore import restoring
from synthdiff.storage import from_json, to_json
from synthdiff.training.checkpoint import resuming
from synthdiff.training.resume import grouped, numbered, restore_optimizer, restore_state
from synthdiff.training.schedule import Plan
from synthdiff.training.state import TrainerState

RECORD = {"step": 5, "valid_loss": 1.5, "columns": {"a": 1.5}}
STATE = asdict(TrainerState(step=7, loss=None, plan=Plan(1, 5, 0.1), history=[RECORD]))


def test_a_state_comes_back():
    for state in (
        TrainerState(),
        TrainerState(3, 1.5, 0.2, 0.1, 2, Plan(1, 2, 0.5), 3, Plan(0, 0, 0.0), 0.1, 0.2, [RECORD]),
    ):
        assert restore_state(from_json(to_json(asdict(state)))) == state


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"step": -1}, "state.step"),
        ({"step": "many"}, "step"),
        ({"step": None}, "step"),
        ({"step": 10**30}, "step"),
        ({"elapsed": math.nan}, "state.elapsed"),
        ({"elapsed": math.inf}, "state.elapsed"),
        ({"loss": []}, "loss"),
        ({"best": "x"}, "best"),
        ({"n_members": 10**9}, "state.n_members"),
        ({"plan": []}, "plan"),
        ({"plan": {}}, "plan.start_step"),
        ({"plan": {"start_step": -1, "n_steps": 1, "start_progress": 0.1}}, "state.plan.start_step"),
        ({"fade": {"start_step": 1, "n_steps": 1, "start_progress": 7.0}}, "state.fade.start_progress"),
        ({"next_evaluation": math.nan}, "state.next_evaluation"),
        ({"history": {}}, "history"),
        ({"history": [3]}, "history.0"),
        ({"history": [RECORD, {}]}, r"state.history\[1\]"),
        ({"history": [{"step": True, "valid_loss": 1.0}]}, r"state.history\[0\]"),
    ],
)
def test_fields_are_checked_and_named(changes, field):
    with pytest.raises(CorruptError, match=field), restoring("m"):
        restore_state(STATE | changes)


@pytest.mark.parametrize("name", sorted(STATE))
def test_fields_that_are_missing(name):
    with pytest.raises(ValueError, match=f"state.{name} is missing"):
        restore_state({key: value for key, value in STATE.items() if key != name})


def test_moments_have_the_shapes_of_their_parameters():
    weight = torch.nn.Parameter(torch.ones(2, 3))
    optimizer = torch.optim.AdamW([weight])
    good = {"step": torch.tensor(3.0), "exp_avg": torch.ones(2, 3), "exp_avg_sq": torch.ones(2, 3)}
    restore_optimizer(optimizer, {0: good})
    assert optimizer.state_dict()["state"][0]["exp_avg"].sum() == 6
    with pytest.raises(ValueError, match="optimizer.1 is of no parameter"):
        restore_optimizer(optimizer, {1: good})
    with pytest.raises(ValueError, match=r"optimizer.0.exp_avg has shape \(3, 2\)"):
        restore_optimizer(optimizer, {0: good | {"exp_avg": torch.ones(3, 2)}})


def test_tensors_are_sorted_by_their_names():
    tensors = {"network.0.weight": torch.ones(1), "optimizer.3.step": torch.ones(1)}
    groups = grouped(tensors, ("network", "optimizer"), torch.device("cpu"))
    assert list(groups["network"]) == ["0.weight"]
    assert list(numbered(groups["optimizer"])[3]) == ["step"]
    with pytest.raises(ValueError, match="'optimizer.3.step' belongs to nothing"):
        grouped(tensors, ("network",), torch.device("cpu"))
    with pytest.raises(CorruptError, match="delete here to fit afresh"), resuming("here"):
        numbered({"x.step": torch.ones(1)})
