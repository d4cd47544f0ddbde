"""What a checkpoint holds, checked before a trainer goes on from it: types, bounds, shapes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import torch
from pydantic import TypeAdapter
from torch import Tensor

from synthdiff.training.schedule import Plan
from synthdiff.training.state import TrainerState

_STATE = TypeAdapter(TrainerState)
_MAX_STEPS, _MAX_MEMBERS = 10**12, 1000


def restore_state(state: dict[str, Any]) -> TrainerState:
    """Build the state of a trainer from a checkpoint's record.

    Parameters
    ----------
    state : dict
        What ``dataclasses.asdict`` made of it, as JSON holds it.

    Raises
    ------
    ValueError
        A field is missing, of another type (pydantic's ValidationError), or out of its bounds; the message names it.
    """
    missing = {field.name for field in fields(TrainerState)} - state.keys()
    if missing:
        raise ValueError(f"state.{min(missing)} is missing")
    out = _STATE.validate_python(state)
    plans = [(name, plan) for name, plan in (("plan", out.plan), ("fade", out.fade)) if plan is not None]
    _within("step", out.step, _MAX_STEPS)
    _within("best_step", out.best_step, _MAX_STEPS)
    _within("n_members", out.n_members, _MAX_MEMBERS)
    for name in ("elapsed", "fade_rate", "next_evaluation"):
        _within(name, getattr(out, name), math.inf)
    for name, plan in plans:
        _check_plan(name, plan)
    for place, record in enumerate(out.history):
        if type(record.get("step")) is not int or not isinstance(record.get("valid_loss"), (int, float)):
            raise ValueError(f"state.history[{place}] does not say step and valid_loss")
    return out


def restore_optimizer(optimizer: torch.optim.Optimizer, moments: dict[int, dict[str, Tensor]]) -> None:
    """Give an optimiser the moments of a checkpoint, if their shapes are those of its parameters.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        Over the network that was restored.
    moments : dict of int to dict
        Tensors of each parameter, by its number.

    Raises
    ------
    ValueError
        A parameter is unknown, or a moment has another shape.
    """
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for number, found in moments.items():
        if not 0 <= number < len(parameters):
            raise ValueError(f"optimizer.{number} is of no parameter")
        for name, moment in found.items():
            if moment.numel() != 1 and moment.shape != parameters[number].shape:
                raise ValueError(f"optimizer.{number}.{name} has shape {tuple(moment.shape)}")
    optimizer.load_state_dict({**optimizer.state_dict(), "state": moments})


def grouped(tensors: dict[str, Tensor], names: Iterable[str], device: torch.device) -> dict[str, dict[str, Tensor]]:
    """Sort tensors named ``GROUP.NAME`` into their groups, on a device.

    Raises
    ------
    ValueError
        A tensor belongs to no group.
    """
    groups: dict[str, dict[str, Tensor]] = {name: {} for name in names}
    for key, value in tensors.items():
        group, _, name = key.partition(".")
        if group not in groups:
            raise ValueError(f"tensor {key[:50]!r} belongs to nothing that is trained")
        groups[group][name] = value.to(device)
    return groups


def numbered(tensors: dict[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    """Sort tensors named ``NUMBER.NAME`` by number and name."""
    out: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        number, _, name = key.partition(".")
        out.setdefault(int(number), {})[name] = value
    return out


def _check_plan(name: str, plan: Plan) -> None:
    _within(f"{name}.start_step", plan.start_step, _MAX_STEPS)
    _within(f"{name}.n_steps", plan.n_steps, _MAX_STEPS)
    _within(f"{name}.start_progress", plan.start_progress, 1.0)


def _within(name: str, value: float, most: float) -> None:
    if not (0 <= value <= most and math.isfinite(value)):
        raise ValueError(f"state.{name} is {value}, which cannot be")
