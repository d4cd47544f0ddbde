"""Training on the windows of one history: how long is learnt on held-out later time, then all of it is learnt from.

Markets are short for a network: a few thousand steps, and what can be learnt beyond volatility is little. So the
history is cut in two; a first network shows after how many steps the later part is no longer predicted better, and a
second one is trained for so long on everything. Where the later part is still predicted better when the time for that
is over, the first network goes on, with everything. Where not even the first steps help, the network stays as it
starts: white noise between exact marginals, volatilities and correlations.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from synthdiff.diffusion.gaussian import GaussianProcess
from synthdiff.errors import DivergedError
from synthdiff.networks.series import SeriesDenoiser
from synthdiff.runtime import autocast, generator, global_seed, spawn_seed
from synthdiff.training.ema import averaged_copy, update_average
from synthdiff.training.resume import grouped, numbered, restore_optimizer, restore_state
from synthdiff.training.schedule import Plan, learning_rate
from synthdiff.training.state import FitProgress, TrainerConfig, TrainerState
from synthdiff.training.threads import ThreadChooser, choosing_threads, may_choose_threads
from synthdiff.training.window import WindowBatch, WindowSource

HELD_OUT = 0.15
SEARCH_SHARE = 0.4
"""Of the budget that the first network may take."""
EVALUATE_EVERY, MONITORED = 25, 192
PATIENCE, MIN_PATIENCE = 1.0, 200
"""The search ends when so many times the best step, and at least so many steps, have brought nothing better."""
STILL = 0.9
"""Share of the search's steps after which its best one says that there is more to come."""
LENGTHEN, MIN_PLAN = 2.0, 200
"""The training that follows is so much longer than the search's best: its learning rate comes down to zero."""
LOSS_MEMORY, WARM_UP = 0.99, 50


class SeriesTrainer:
    """Train a denoiser of windows.

    Parameters
    ----------
    build : callable
        Makes network 0, that of the search, or 1, with its initial weights, on the device that trains.
    source : WindowSource
    first : int
        First step that windows may begin at; before, volatilities are not known yet.
    config : TrainerConfig
    """

    def __init__(
        self, build: Callable[[int], SeriesDenoiser], source: WindowSource, first: int, config: TrainerConfig
    ) -> None:
        self.build, self.source, self.first, self.config = build, source, first, config
        self.process = GaussianProcess()
        self.state = TrainerState()
        n = len(source.track)
        self.cut = n - max(round(HELD_OUT * (n - first)), source.window + 1)
        self.searches = self.cut - first >= 2 * source.window
        self._begin(0 if self.searches else 1)
        if not self.searches:
            self.state.plan = Plan(0, self.config.budget.max_steps, 0.0)

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return self.network.device

    @property
    def doubts(self) -> list[str]:
        """What must be said about how long was trained."""
        state = self.state
        if not self.searches:
            return ["the history is too short to find out how long to train on it: look whether paths repeat it"]
        if state.plan is not None and state.plan.start_step < MIN_PATIENCE:
            return [
                f"there was time for {state.plan.start_step:,} steps only to find out what later time agrees with: "
                "give the fit more, or expect volatility and correlation alone"
            ]
        return []

    def begin_at(self, seconds: float) -> None:
        """Plan with the time that is left when the fit has come so far, in seconds since it began."""
        self.config = replace(self.config, budget=replace(self.config.budget, start=seconds))

    def run(self) -> Iterator[FitProgress]:
        """Train to the end; yields after each step."""
        with choosing_threads(may_choose_threads(self.config.budget.max_time, self.device)) as threads:
            yield from self._run(threads)

    def _run(self, threads: ThreadChooser) -> Iterator[FitProgress]:
        state, budget = self.state, self.config.budget
        last = time.monotonic()
        while not state.is_finished:
            now = time.monotonic()
            state.elapsed += now - last
            last = now
            spent = budget.trained(state.step, state.elapsed)
            ends = state.plan is None and self._search_ends(spent)
            if self._evaluation_due(ends):
                yield self._report("validate", spent)
                self._evaluate()
            if ends:
                message = self._start_afresh(spent)
                yield self._report("train", spent, message)
            plan = state.plan
            if plan is not None and (plan.n_steps == 0 or max(plan.progress(state.step), float(spent >= 1)) >= 1):
                break
            with threads.step():
                self._step(0.0 if plan is None else self._course(plan, spent))
            yield self._report("train", spent)
        self.network.load_state_dict(self.average.state_dict())
        state.is_finished = True
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
        groups = grouped(tensors, ("network", "average", "optimizer"), self.device)
        self.network.load_state_dict(groups["network"])
        self.average.load_state_dict(groups["average"])
        restore_optimizer(self.optimizer, numbered(groups["optimizer"]))
        self.state = restore_state(state)

    def loss(self, network: SeriesDenoiser, batch: WindowBatch, draw: torch.Generator) -> Tensor:
        """Squared error of the velocity by channel, (D,): 1 where nothing but white noise is known."""
        n = len(batch.z)
        middle, spread = self.config.log_sigma
        log_sigma = middle + spread * torch.randn(n, generator=draw)
        log_snr = (-2 * log_sigma).to(self.device)
        t = self.process.time(log_snr)[:, None, None]
        noise = torch.randn(batch.z.shape, generator=draw).to(self.device)
        x = self.process.perturb(batch.z, t, noise)
        with autocast(self.device, self.config.precision):
            estimate = network(x, log_snr, batch.context)
        error = (estimate - batch.z).square() * self.process.loss_weight(t) * batch.counted
        losses: Tensor = error.sum((0, 1)) / batch.counted.sum((0, 1)).clamp_min(1)
        return losses

    def _step(self, progress: float) -> None:
        config, state = self.config, self.state
        step = state.step
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(config.learning_rate, self._own_step, progress, WARM_UP)
        rng = np.random.default_rng(spawn_seed(config.seed, "windows", step))
        end = (len(self.source.track) if state.plan else self.cut) - self.source.window
        starts = rng.integers(min(self.first, end), end + 1, config.batch_size)
        with global_seed(config.seed, "dropout", step, device=self.device):
            losses = self.loss(self.network, self.source.batch(starts, rng), generator(config.seed, "noise", step))
        loss = losses.mean()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        if step % 10 == 0:
            self._record_loss(float(loss.detach()))
        self.optimizer.step()
        update_average(self.average, self.network, self._own_step, config.decay)
        state.step += 1

    def _record_loss(self, value: float) -> None:
        if not np.isfinite(value):
            raise DivergedError(
                f"the loss is {value} at step {self.state.step}; look at the series for values that cannot be, "
                "or train with --precision float32",
                step=self.state.step,
            )
        old = self.state.loss
        self.state.loss = value if old is None else old * LOSS_MEMORY**10 + value * (1 - LOSS_MEMORY**10)

    def _evaluation_due(self, ends: bool) -> bool:
        """Whether later time is still to be looked at after this step; a checkpoint may be from just before."""
        state = self.state
        seen = state.history[-1]["step"] if state.history else 0
        return state.plan is None and seen < state.step and (ends or state.step % EVALUATE_EVERY == 0)

    @torch.no_grad()
    def _evaluate(self) -> None:
        """Look at later time, always with the same windows and noise."""
        state, config = self.state, self.config
        rng = np.random.default_rng(spawn_seed(config.seed, "monitor"))
        draw = generator(config.seed, "monitor")
        starts = rng.integers(self.cut, len(self.source.track) - self.source.window + 1, MONITORED)
        parts = [self.source.batch(part, rng) for part in np.array_split(starts, 3)]
        loss = float(np.mean([float(self.loss(self.average, part, draw).mean()) for part in parts]))
        reference = 1.0 if not state.history else state.history[0]["white_loss"]
        if not state.history:
            draw = generator(config.seed, "monitor")
            reference = float(np.mean([float(self.loss(self._white(), part, draw).mean()) for part in parts]))
            state.best = reference
        if loss < state.best:
            state.best, state.best_step = loss, state.step
        state.history.append(
            {
                "step": state.step,
                "seconds": round(state.elapsed, 3),
                "train_loss": state.loss,
                "valid_loss": loss,
                "white_loss": reference,
                "learning_rate": learning_rate(config.learning_rate, state.step - 1, 0.0, WARM_UP),
            }
        )

    def _white(self) -> SeriesDenoiser:
        """A network that knows nothing."""
        return averaged_copy(self.build(0))

    def _search_ends(self, spent: float) -> bool:
        state = self.state
        waited = state.step - state.best_step
        return spent >= SEARCH_SHARE or waited >= max(PATIENCE * state.best_step, MIN_PATIENCE)

    def _start_afresh(self, spent: float) -> str:
        state = self.state
        n_steps = max(round(LENGTHEN * state.best_step), MIN_PLAN) if state.best_step else 0
        state.plan = Plan(state.step, n_steps, spent)
        if state.step >= MIN_PATIENCE and state.best_step > STILL * state.step:
            return "later time is predicted better and better: training goes on, on all of the history"
        self._begin(1)
        if not n_steps:
            return "later time is predicted no better than by volatility and correlation alone: nothing else is used"
        return f"later time is predicted best after {n_steps:,} steps: so long is trained on all of the history"

    def _course(self, plan: Plan, spent: float) -> float:
        """Share of the plan that is done, by steps or by what is left of the budget."""
        left = (spent - plan.start_progress) / max(1 - plan.start_progress, 1e-9)
        return max(plan.progress(self.state.step), min(left, 1.0))

    @property
    def _own_step(self) -> int:
        return self.state.step - (self.state.plan.start_step if self.state.plan else 0)

    def _begin(self, member: int) -> None:
        self.network = self.build(member)
        self.average = averaged_copy(self.network)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), weight_decay=self.config.weight_decay, betas=(0.9, 0.99)
        )

    def _report(self, phase: str, spent: float, message: str = "") -> FitProgress:
        state, plan = self.state, self.state.plan
        total = None if plan is None else plan.start_step + plan.n_steps
        done = spent if plan is None else plan.start_progress + (1 - plan.start_progress) * self._course(plan, spent)
        history = state.history
        return FitProgress(
            phase,
            state.step,
            total,
            state.elapsed,
            self.config.budget.max_time,
            state.loss,
            history[-1]["valid_loss"] if history else None,
            state.best if history else None,
            done,
            message,
        )
