"""The training loop: a generator of steps whose whole state can be saved and restored.

Everything random in step k is drawn from generators seeded with (seed, k), so a fit that was killed and resumed takes
the very steps that an unkilled one takes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from synthdiff.batch import Cells
from synthdiff.errors import DivergedError
from synthdiff.networks.mlp import MLPDenoiser
from synthdiff.runtime import autocast, generator
from synthdiff.training.ema import averaged_copy, update_average
from synthdiff.training.objective import Objective
from synthdiff.training.schedule import Budget, Plan, half_cosine, learning_rate

EVALUATIONS = 48
"""A budget's, when nothing comes between; the first ones come faster."""
PLANNED_EVALUATIONS = 16
MONITORED_ROWS, MONITORED_DRAWS = 2048, 6
TOLERANCE, SLACK = 0.05, 0.01
"""Overfitting is when the held-out loss gives back this share of what was learnt, and this many nats a column."""
PLAN_FACTOR = 2.75
"""Length of the training that follows, in steps to the lowest held-out loss at a constant learning rate.

Longer than the likelihood asks for: boosted trees tell rows from held-out real ones less and less until well after the
held-out likelihood is best (magic: AUC .594 at the best likelihood, .561 after giving back 12 % of the gain, .556 after
40 %, where rows come closer to training rows than to held-out ones).
"""
MIN_PLAN = 200
RECOGNISED = 0.62
"""Chance that a training row is more likely than a held-out one, above which the fit has gone on for long enough.

Rows that depend on keys of their own (a date and an hour) are learnt one by one while the held-out loss still falls:
beijing after 11,700 steps, .78, and .552 of the rows closest to a training row.
"""
RECOGNITION_ROWS, RECOGNITION_EVERY, RECOGNISED_FACTOR, FADE_SHARE = 512, 2, 1.25, 0.1
RECOGNITION_EPOCHS = 30
"""Before, sharp predictions alone tell training rows apart, and overfitting would still show in the held-out loss."""
LOSS_MEMORY = 0.99


@dataclass(frozen=True)
class FitProgress:
    """What a fit is doing.

    Attributes
    ----------
    phase : str
        ``"encode"``, ``"train"``, ``"validate"``, ``"refine"``, ``"calibrate"`` or ``"done"``.
    step : int
        Optimiser steps done.
    total_steps : int or None
        Planned ones; None when the time decides.
    elapsed, budget : float
        Seconds since the fit began, those of an interrupted run included; planned ones, or None.
    train_loss, valid_loss, best_valid_loss : float or None
        Nats a row; the first of tokens, the others of values along the preferred order.
    fraction : float
        Of the whole fit, 0 to 1.
    message : str
        Something worth a line.
    """

    phase: str
    step: int = 0
    total_steps: int | None = None
    elapsed: float = 0.0
    budget: float | None = None
    train_loss: float | None = None
    valid_loss: float | None = None
    best_valid_loss: float | None = None
    fraction: float = 0.0
    message: str = ""


@dataclass(frozen=True)
class TrainerConfig:
    """How to train.

    Attributes
    ----------
    budget : Budget
    batch_size : int
    learning_rate : float
        At its peak.
    weight_decay, decay : float
        Of AdamW, and of the moving average a step.
    precision : torch.dtype
        Of matrix products.
    seed : int
    """

    budget: Budget
    batch_size: int = 512
    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    decay: float = 0.999
    precision: torch.dtype = torch.float32
    seed: int = 0


@dataclass
class TrainerState:
    """What a checkpoint must hold besides tensors."""

    step: int = 0
    elapsed: float = 0.0
    loss: float | None = None
    best: float = float("inf")
    best_step: int = 0
    plan: Plan | None = None
    fade: Plan | None = None
    fade_rate: float = 0.0
    next_evaluation: float = 0.0
    history: list[dict[str, Any]] = field(default_factory=list)


class Trainer:
    """Train a denoiser on encoded rows.

    Parameters
    ----------
    network : MLPDenoiser
        Trained in place.
    objective : Objective
    train, valid : Cells
        On the network's device.
    names : list of str
        The learnt columns, for the log and for errors.
    config : TrainerConfig
    """

    def __init__(
        self,
        network: MLPDenoiser,
        objective: Objective,
        train: Cells,
        valid: Cells,
        names: list[str],
        config: TrainerConfig,
    ) -> None:
        self.network, self.objective, self.config, self.names = network, objective, config, names
        self.train = train
        self.valid = valid.take(slice(0, MONITORED_ROWS))
        self.average = averaged_copy(network)
        self.initial = {k: v.clone() for k, v in network.state_dict().items()}
        self.state = TrainerState()
        self.device = network.head.bias.device
        self.optimizer = self._make_optimizer()
        self._rows = torch.empty(0, dtype=torch.int64)
        self._epoch = -1

    def run(self) -> Iterator[FitProgress]:
        """Train to the end of the budget; yields after each step.

        When overfitting shows before, and enough of the budget is left, training starts afresh with a schedule as long
        as these rows can bear.
        """
        state, budget = self.state, self.config.budget
        last = time.monotonic()
        while True:
            now = time.monotonic()
            state.elapsed += now - last
            last = now
            spent = budget.progress(state.step, state.elapsed)
            course = state.fade or state.plan
            progress = spent if course is None else max(course.progress(state.step), float(spent >= 1.0))
            if progress >= state.next_evaluation or progress >= 1.0:
                yield self._report("validate", spent)
                self._evaluate(progress)
                if progress >= 1.0:
                    break
                yield self._report("train", spent, self._change_course(spent, progress))
                continue
            self._step(progress)
            yield self._report("train", spent)
        self.network.load_state_dict(self.average.state_dict())
        yield self._report("train", 1.0)

    def tensors(self) -> dict[str, Tensor]:
        """Everything that a checkpoint must hold as tensors."""
        out = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        out |= {f"average.{k}": v for k, v in self.average.state_dict().items()}
        for i, moments in self.optimizer.state_dict()["state"].items():
            out |= {f"optimizer.{i}.{k}": v for k, v in moments.items()}
        return out

    def restore(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Go back to what `tensors` and the state were."""
        groups: dict[str, dict[str, Tensor]] = {"network": {}, "average": {}, "optimizer": {}}
        for key, value in tensors.items():
            group, name = key.split(".", 1)
            groups[group][name] = value.to(self.device)
        self.network.load_state_dict(groups["network"])
        self.average.load_state_dict(groups["average"])
        moments: dict[int, dict[str, Tensor]] = {}
        for key, value in groups["optimizer"].items():
            index, name = key.split(".")
            moments.setdefault(int(index), {})[name] = value
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": moments})
        courses = {name: state[name] and Plan(**state[name]) for name in ("plan", "fade")}
        self.state = TrainerState(**{**state, **courses})

    def _step(self, progress: float) -> None:
        config, state = self.config, self.state
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate(progress)
        draw = generator(config.seed, "noise", state.step)
        dropout = generator(config.seed, "dropout", state.step, device=self.device)
        cells = self.train.take(self._batch_rows())
        with autocast(self.device, self.config.precision):
            losses = self.objective.loss(self.network, cells, draw, dropout)
        loss = losses.sum()
        self.optimizer.zero_grad(set_to_none=True)
        (loss / len(self.names)).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        if state.step % 10 == 0:  # reading a loss waits for the device
            self._record_loss(losses.detach())
        self.optimizer.step()
        update_average(self.average, self.network, self._own_step, config.decay)
        state.step += 1

    def _record_loss(self, losses: Tensor) -> None:
        values = losses.tolist()
        total = sum(values)
        if total != total or total in (float("inf"), float("-inf")):
            column = next((n for n, v in zip(self.names, values, strict=True) if not abs(v) < float("inf")), None)
            raise DivergedError(
                f"the loss of column {column!r} is {total} at step {self.state.step}; "
                "look at its values with `synthdiff inspect`, or train with --precision float32",
                step=self.state.step,
                column=column,
            )
        old = self.state.loss
        self.state.loss = total if old is None else old * LOSS_MEMORY**10 + total * (1 - LOSS_MEMORY**10)

    def _batch_rows(self) -> Tensor:
        """Rows of this step: each epoch goes through all rows in an order of its own."""
        n, size = len(self.train), min(self.config.batch_size, len(self.train))
        per_epoch = n // size
        epoch, batch = divmod(self.state.step, per_epoch)
        if epoch != self._epoch:
            shuffle = generator(self.config.seed, "epoch", epoch)
            self._rows = torch.randperm(n, generator=shuffle).to(self.device)
            self._epoch = epoch
        return self._rows[batch * size : (batch + 1) * size]

    def _evaluate(self, progress: float) -> None:
        state = self.state
        draw = generator(self.config.seed, "monitor")
        with autocast(self.device, self.config.precision):
            columns = self.objective.monitor(self.average, self.valid, draw, MONITORED_DRAWS)
        loss = float(columns.sum())
        if loss < state.best:
            state.best, state.best_step = loss, state.step
        if state.fade is not None or state.plan is not None:
            state.next_evaluation = progress + 1 / PLANNED_EVALUATIONS
        else:
            state.next_evaluation = progress + min(1, max(0.1, progress * EVALUATIONS / 8)) / EVALUATIONS
        state.history.append(
            {
                "step": state.step,
                "seconds": round(state.elapsed, 3),
                "train_loss": state.loss,
                "valid_loss": loss,
                "learning_rate": self._rate(progress),
                "columns": dict(zip(self.names, columns.tolist(), strict=True)),
            }
        )

    @property
    def _own_step(self) -> int:
        """Steps since the current start."""
        return self.state.step - (self.state.plan.start_step if self.state.plan else 0)

    def _rate(self, progress: float) -> float:
        """Learning rate at this point of the current course."""
        if self.state.fade is not None:
            return self.state.fade_rate * half_cosine(progress)
        return learning_rate(self.config.learning_rate, self._own_step, progress)

    def _change_course(self, spent: float, progress: float) -> str:
        """Look for overfitting while the budget alone decides; says what follows from it."""
        state = self.state
        if state.plan is not None or state.fade is not None:
            return ""
        if self._overfits():
            n_steps = max(round(PLAN_FACTOR * state.best_step), MIN_PLAN)
            return self._start_afresh(n_steps, spent, "held-out rows are predicted worse")
        long = state.step * self.config.batch_size >= RECOGNITION_EPOCHS * len(self.train)
        if long and len(state.history) % RECOGNITION_EVERY == 0 and self._recognition() > RECOGNISED:
            n_steps = max(round(RECOGNISED_FACTOR * state.step), MIN_PLAN)
            why = "training rows begin to be recognised"
            return self._start_afresh(n_steps, spent, why) or self._fade_out(progress, spent, why)
        return ""

    def _recognition(self) -> float:
        """Probability that a training row is more likely under the model than a held-out one."""
        pair = (self.train.take(slice(0, RECOGNITION_ROWS)), self.valid.take(slice(0, RECOGNITION_ROWS)))
        with autocast(self.device, self.config.precision):
            train, valid = (self.objective.row_bound(self.average, rows).sum(1) for rows in pair)
        return float((train[:, None] < valid).float().mean())

    def _overfits(self) -> bool:
        state = self.state
        allowed = TOLERANCE * (state.history[0]["valid_loss"] - state.best) + SLACK * len(self.names)
        return bool(state.history[-1]["valid_loss"] > state.best + allowed)

    def _start_afresh(self, n_steps: int, spent: float, why: str) -> str:
        """Start again with a plan, where the budget still has room for it; says so."""
        state = self.state
        if spent + n_steps * spent / max(state.step, 1) > 1.0:
            return ""
        state.plan = Plan(state.step, n_steps, spent)
        state.next_evaluation = 0.0
        self.network.load_state_dict(self.initial)
        self.average.load_state_dict(self.initial)
        self.optimizer = self._make_optimizer()
        return f"{why} at step {state.step:,}: starting afresh for {n_steps:,} steps"

    def _fade_out(self, progress: float, spent: float, why: str) -> str:
        """Bring the learning rate to zero soon; says so."""
        state = self.state
        state.fade_rate = self._rate(progress)
        state.fade = Plan(state.step, max(round(FADE_SHARE * state.step), 1), spent)
        state.next_evaluation = 0.0
        return f"{why} at step {state.step:,}: fading out"

    def _make_optimizer(self) -> torch.optim.AdamW:
        return torch.optim.AdamW(
            self.network.parameters(),
            weight_decay=self.config.weight_decay,
            betas=(0.9, 0.99),
            fused=self.device.type != "mps",
        )

    def _report(self, phase: str, spent: float, message: str = "") -> FitProgress:
        state, budget, plan = self.state, self.config.budget, self.state.fade or self.state.plan
        total = None if budget.max_time is not None else budget.max_steps
        if plan is not None:
            total = plan.start_step + plan.n_steps
            spent = max(spent, plan.start_progress + (1 - plan.start_progress) * plan.progress(state.step))
        return FitProgress(
            phase,
            state.step,
            total,
            state.elapsed,
            budget.max_time,
            state.loss,
            state.history[-1]["valid_loss"] if state.history else None,
            state.best if state.history else None,
            spent,
            message,
        )
