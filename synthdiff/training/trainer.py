"""The training loop: a generator of steps whose whole state can be saved and restored.

Everything random in step k is drawn from generators seeded with (seed, k), so a fit that was killed and resumed takes
the very steps that an unkilled one takes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from synthdiff.batch import Cells
from synthdiff.errors import DivergedError
from synthdiff.networks.ensemble import DenoiserEnsemble
from synthdiff.networks.mlp import MLPDenoiser
from synthdiff.runtime import autocast, generator
from synthdiff.training.ema import averaged_copy, update_average
from synthdiff.training.objective import Objective
from synthdiff.training.resume import grouped, numbered, restore_optimizer, restore_state
from synthdiff.training.schedule import Budget, Plan, half_cosine, learning_rate
from synthdiff.training.state import FitProgress, TrainerConfig, TrainerState
from synthdiff.training.threads import ThreadChooser, choosing_threads, may_choose_threads

EVALUATIONS = 48
"""A budget's, when nothing comes between; the first ones come faster."""
PLANNED_EVALUATIONS = 16
EVALUATION_SHARE = 0.08
"""Share of a time limit that evaluations may take."""
MONITORED_ROWS, MONITORED_DRAWS = 2048, 6
MIN_MONITORED_ROWS, MIN_MONITORED_DRAWS = 512, 2
MONITORED_COLUMNS = 100
"""Columns from which on fewer rows and draws are looked at: each says more about the loss, and costs more."""
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
RECOGNITION_WORK = 10_000
"""Columns times evaluations of a row at most, where it has more than a hundred columns."""
MIN_RECOGNITION_POINTS = 8
RECOGNITION_EPOCHS = 30
"""Before, sharp predictions alone tell training rows apart, and overfitting would still show in the held-out loss."""
LOSS_MEMORY = 0.99


class Trainer:
    """Train a denoiser on encoded rows.

    Parameters
    ----------
    build : callable
        Makes the network of a member, 0 for the first, with its initial weights on the device that trains.
    objective : Objective
    train, valid : Cells
        On the network's device.
    names : list of str
        The learnt columns, for the log and for errors.
    config : TrainerConfig
    """

    def __init__(
        self,
        build: Callable[[int], MLPDenoiser],
        objective: Objective,
        train: Cells,
        valid: Cells,
        names: list[str],
        config: TrainerConfig,
    ) -> None:
        self.build, self.objective, self.config, self.names = build, objective, config, names
        self.train = train
        n_rows, self.n_draws = _monitored(len(names))
        self.valid = valid.take(slice(0, n_rows))
        self.state = TrainerState()
        self.finished: list[MLPDenoiser] = []
        self._begin_member()
        self._rows = torch.empty(0, dtype=torch.int64)
        self._epoch = -1
        self._evaluation_seconds = 0.0
        self.n_threads = torch.get_num_threads()

    @property
    def device(self) -> torch.device:
        """Where the weights and the rows lie."""
        return self.network.head.bias.device

    def run(self) -> Iterator[FitProgress]:
        """Train to the end of the budget; yields after each step.

        When overfitting shows before, and enough of the budget is left, training starts afresh with a schedule as long
        as these rows can bear, and what is then left goes to further members.
        """
        with choosing_threads(may_choose_threads(self.config.budget.max_time, self.device)) as threads:
            yield from self._run(threads)
            self.n_threads = threads.count

    def _run(self, threads: ThreadChooser) -> Iterator[FitProgress]:
        state = self.state
        last = time.monotonic()
        while not state.is_finished:
            now = time.monotonic()
            state.elapsed += now - last
            last = now
            spent = self._budget.progress(state.step, state.elapsed)
            course = state.fade or state.plan
            if course is None:
                progress = self._budget.trained(state.step, state.elapsed)
            else:
                progress = max(course.progress(state.step), float(spent >= 1.0))
            if progress >= state.next_evaluation or progress >= 1.0:
                yield self._report("validate", spent)
                self._evaluate(progress)
                message = self._change_course(spent, progress) if progress < 1.0 else self._next_member(spent)
                if progress >= 1.0 and not message:
                    break
                yield self._report("train", spent, message)
                continue
            with threads.step():
                self._step(progress)
            yield self._report("train", spent)
        if not state.is_finished:
            self._end()
            state.elapsed += time.monotonic() - last
        yield self._report("train", 1.0)

    def _end(self) -> None:
        """Keep the averaged weights, and record what all members are worth together."""
        self.network.load_state_dict(self.average.state_dict())
        if self.finished:
            together = self.ensemble()
            self._record(self._held_out(together), 0.0, len(together.members))
        self.state.is_finished = True

    def ensemble(self) -> DenoiserEnsemble:
        """All members at the end of `run`; one that time has cut short does not count."""
        plan = self.state.plan
        whole = plan is None or plan.progress(self.state.step) >= 1.0
        return DenoiserEnsemble([*self.finished, self.network] if whole or not self.finished else self.finished)

    def tensors(self) -> dict[str, Tensor]:
        """Everything that a checkpoint must hold as tensors."""
        out = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        out |= {f"average.{k}": v for k, v in self.average.state_dict().items()}
        for i, member in enumerate(self.finished):
            out |= {f"finished.{i}.{k}": v for k, v in member.state_dict().items()}
        for i, moments in self.optimizer.state_dict()["state"].items():
            out |= {f"optimizer.{i}.{k}": v for k, v in moments.items()}
        return out

    def restore(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Go back to what `tensors` and the state were."""
        groups = grouped(tensors, ("network", "average", "optimizer", "finished"), self.device)
        members = numbered(groups["finished"])
        if sorted(members) != list(range(len(members))):
            raise ValueError(f"members {sorted(members)[:5]} are finished, which cannot be")
        self.finished = [averaged_copy(self.network) for _ in members]
        for i, weights in members.items():
            self.finished[i].load_state_dict(weights)
        self.network.load_state_dict(groups["network"])
        self.average.load_state_dict(groups["average"])
        restore_optimizer(self.optimizer, numbered(groups["optimizer"]))
        self.state = restore_state(state)

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

    def _held_out(self, network: MLPDenoiser | DenoiserEnsemble) -> Tensor:
        """Held-out loss of a network by column, (D,), in nats a row."""
        draw = generator(self.config.seed, "monitor")
        with autocast(self.device, self.config.precision):
            return self.objective.monitor(network, self.valid, draw, self.n_draws)

    def _evaluate(self, progress: float) -> None:
        state, began = self.state, time.monotonic()
        self._record(self._held_out(self.average), self._rate(progress), 1)
        self._evaluation_seconds = time.monotonic() - began
        if state.fade is not None or state.plan is not None:
            state.next_evaluation = progress + 1 / PLANNED_EVALUATIONS
            return
        pause = min(1, max(0.1, progress * EVALUATIONS / 8)) / EVALUATIONS
        state.next_evaluation = progress + max(pause, self._rest(self._evaluation_seconds))

    def _rest(self, seconds: float) -> float:
        """Share of the budget in which nothing is evaluated after an evaluation of some seconds."""
        limit = self.config.budget.max_time
        return 0.0 if limit is None else seconds / (EVALUATION_SHARE * limit)

    @property
    def _budget(self) -> Budget:
        """The budget, less the time of the evaluation that ends it."""
        return self.config.budget.less(self._evaluation_seconds)

    def _record(self, columns: Tensor, rate: float, n_members: int) -> None:
        """Write a held-out loss into the history."""
        state, loss = self.state, float(columns.sum())
        if loss < state.best:
            state.best, state.best_step = loss, state.step
        state.history.append(
            {
                "step": state.step,
                "seconds": round(state.elapsed, 3),
                "train_loss": state.loss,
                "valid_loss": loss,
                "learning_rate": rate,
                "members": n_members,
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
        size = min(self.config.batch_size, len(self.train))
        long = state.step * size >= RECOGNITION_EPOCHS * len(self.train)
        if long and len(state.history) % RECOGNITION_EVERY == 0 and self._recognition() > RECOGNISED:
            n_steps = max(round(RECOGNISED_FACTOR * state.step), MIN_PLAN)
            why = "training rows begin to be recognised"
            return self._start_afresh(n_steps, spent, why) or self._fade_out(progress, spent, why)
        return ""

    def _recognition(self) -> float:
        """Probability that a training row is more likely under the model than a held-out one."""
        pair = (self.train.take(slice(0, RECOGNITION_ROWS)), self.valid.take(slice(0, RECOGNITION_ROWS)))
        n_points = max(MIN_RECOGNITION_POINTS, RECOGNITION_WORK // len(self.names))
        began = time.monotonic()
        with autocast(self.device, self.config.precision):
            train, valid = (self.objective.row_bound(self.average, rows, n_points=n_points).sum(1) for rows in pair)
        self.state.next_evaluation += self._rest(time.monotonic() - began)
        return float((train[:, None] < valid).float().mean())

    def _overfits(self) -> bool:
        state = self.state
        allowed = TOLERANCE * (state.history[0]["valid_loss"] - state.best) + SLACK * len(self.names)
        return bool(state.history[-1]["valid_loss"] > state.best + allowed)

    def _start_afresh(self, n_steps: int, spent: float, why: str) -> str:
        """Start again with a plan, where the budget still has room for it; says so."""
        state = self.state
        room = self._room(n_steps, spent)
        if room < 1:
            return ""
        state.n_members = min(room, self.config.max_members)
        state.plan = Plan(state.step, n_steps, spent)
        self._begin_member()
        members = "" if state.n_members == 1 else f", {state.n_members} times"
        return f"{why} at step {state.step:,}: starting afresh for {n_steps:,} steps{members}"

    def _next_member(self, spent: float) -> str:
        """Keep the member whose plan has ended and begin the next, where there is one; says so."""
        state, plan = self.state, self.state.plan
        if plan is None or len(self.finished) + 1 >= state.n_members or not self._room(plan.n_steps, spent):
            return ""
        state.plan = Plan(state.step, plan.n_steps, self._fraction(spent))
        self.finished.append(self.average)
        self._begin_member()
        return f"member {len(self.finished)} of {state.n_members} is trained"

    def _room(self, n_steps: int, spent: float) -> int:
        """How often that many steps fit into what is left of the budget, at the present speed."""
        return int((1.0 - spent) / (n_steps * spent / max(self.state.step, 1)))

    def _begin_member(self) -> None:
        self.network = self.build(len(self.finished))
        self.average = averaged_copy(self.network)
        self.optimizer = self._make_optimizer()
        self.state.next_evaluation = 0.0

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

    def _fraction(self, spent: float) -> float:
        """Share of the whole fit that is done, when so much of its budget is spent."""
        course = self.state.fade or self.state.plan
        if course is None:
            return spent
        done = course.progress(self.state.step) / self._members_left
        return max(spent, course.start_progress + (1 - course.start_progress) * done)

    @property
    def _members_left(self) -> int:
        """The one that is trained included."""
        return self.state.n_members - len(self.finished)

    def _report(self, phase: str, spent: float, message: str = "") -> FitProgress:
        state, budget, course = self.state, self.config.budget, self.state.fade or self.state.plan
        total = None if budget.max_time is not None else budget.max_steps
        if course is not None:
            total = course.start_step + course.n_steps * self._members_left
        return FitProgress(
            phase,
            state.step,
            total,
            state.elapsed,
            budget.max_time,
            state.loss,
            state.history[-1]["valid_loss"] if state.history else None,
            state.best if state.history else None,
            self._fraction(spent),
            message,
        )


def _monitored(n_columns: int) -> tuple[int, int]:
    """Held-out rows of an evaluation, and draws of each."""
    share = min(1.0, MONITORED_COLUMNS / max(n_columns, 1))
    n_draws = max(MIN_MONITORED_DRAWS, round(MONITORED_DRAWS * share))
    share = min(1.0, share * MONITORED_DRAWS / n_draws)
    return max(MIN_MONITORED_ROWS, round(MONITORED_ROWS * share)), n_draws
