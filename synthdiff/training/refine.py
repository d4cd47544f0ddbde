"""Train the stage within bins, and find the columns in which it wins.

The main network stays as it is. A cell's position within its token is learnt along the preferred order: the row is
seen up to the cell, and the token is the real one. On held-out rows each column's gain in log-density over the uniform
position is then measured by the I-MMSE relation (`synthdiff.diffusion.gaussian`), and only columns that clearly gain
are *refined*: a stage that is not better is worse, and costs time.

Everything random in a step comes from generators seeded with (seed, step), so that a fit that was killed and resumed
ends with the same weights.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from synthdiff.batch import Cells
from synthdiff.diffusion.gaussian import GaussianProcess
from synthdiff.diffusion.masked import MaskedProcess, RevealTimes
from synthdiff.networks.mlp import MLPDenoiser
from synthdiff.networks.refiner import CellRefiner
from synthdiff.runtime import autocast, generator
from synthdiff.training.ema import averaged_copy, update_average
from synthdiff.training.position import PositionTable
from synthdiff.training.schedule import Budget, learning_rate

MIN_GAIN = 0.01
ERRORS = 2.0
MIN_SHARE = 0.02
LEVELS = 4
LOG_SNR = (-8.0, 8.0)
MEASURED_LEVELS = 32
MEASURED_BATCH = 512


@dataclass(frozen=True)
class RefineConfig:
    """How to train a refiner.

    Attributes
    ----------
    budget : Budget
    batch_size : int
    learning_rate : float
        At its peak.
    weight_decay, decay : float
        Of AdamW, and of the moving average a step.
    precision : torch.dtype
        Of the main network's matrix products.
    seed : int
    """

    budget: Budget
    batch_size: int = 512
    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    decay: float = 0.99
    precision: torch.dtype = torch.float32
    seed: int = 0


@dataclass(frozen=True)
class ColumnGain:
    """What refining one column gains on held-out rows.

    Attributes
    ----------
    column : int
    gain, error : float
        Nats a cell that has a position, and its standard error.
    n_cells : int
    """

    column: int
    gain: float
    error: float
    n_cells: int

    @property
    def wins(self) -> bool:
        """Whether the gain is above `MIN_GAIN` by more than `ERRORS` standard errors."""
        return self.gain - ERRORS * self.error > MIN_GAIN


def candidate_columns(positions: PositionTable) -> list[int]:
    """Columns of which at least `MIN_SHARE` of the cells have a position."""
    return [j for j, share in enumerate((~positions.low.isnan()).float().mean(0).tolist()) if share >= MIN_SHARE]


class RefinerTrainer:
    """Train a refiner of a frozen network.

    Parameters
    ----------
    network : MLPDenoiser
        Its weights do not change.
    refiner : CellRefiner
        Trained in place; ends as the moving average of its weights.
    process : MaskedProcess
    train : Cells
    positions : PositionTable
        Of the same rows.
    columns : list of int
        The candidates.
    config : RefineConfig
    """

    def __init__(
        self,
        network: MLPDenoiser,
        refiner: CellRefiner,
        process: MaskedProcess,
        train: Cells,
        positions: PositionTable,
        columns: list[int],
        config: RefineConfig,
    ) -> None:
        self.network, self.refiner, self.process, self.config = network, refiner, process, config
        self.train, self.positions, self.columns = train, positions, torch.tensor(columns)
        self.gaussian = GaussianProcess()
        self.device = network.head.bias.device
        self.average = averaged_copy(refiner)
        self.optimizer = torch.optim.AdamW(refiner.parameters(), weight_decay=config.weight_decay, betas=(0.9, 0.99))

    def run(self) -> Iterator[float]:
        """Train to the end of the budget; yields the share of it that is spent after each step."""
        began, step = time.monotonic(), 0
        while True:
            progress = self.config.budget.progress(step, time.monotonic() - began)
            if progress >= 1.0:
                break
            self._step(step, progress)
            step += 1
            yield progress
        self.refiner.load_state_dict(self.average.state_dict())

    def _step(self, step: int, progress: float) -> None:
        config = self.config
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(config.learning_rate, step, progress)
        draw = generator(config.seed, "refine", step)
        rows = torch.randint(len(self.train), (config.batch_size,), generator=draw)
        column = self.columns[torch.randint(len(self.columns), (config.batch_size,), generator=draw)].to(self.device)
        uniform = torch.rand(config.batch_size, generator=draw)
        levels = torch.rand(config.batch_size, LEVELS, generator=draw)
        noise = torch.randn(config.batch_size, LEVELS, generator=draw)
        rows = rows.to(self.device)
        cells, positions = self.train.take(rows), self.positions.take(rows)
        z, context = self._cells(cells, positions, column, uniform.to(self.device))
        t = self.gaussian.time(training_log_snr(levels)).to(self.device)
        errors = self._squared_errors(z, context, t, noise.to(self.device))[0]
        present = ~z.isnan()
        loss = torch.where(present[:, None], errors * self.gaussian.loss_weight(t), 0.0).sum() / (
            LEVELS * present.sum().clamp_min(1)
        )
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.refiner.parameters(), 1.0)
        self.optimizer.step()
        update_average(self.average, self.refiner, step, config.decay)

    def _cells(self, cells: Cells, positions: PositionTable, column: Tensor, uniform: Tensor) -> tuple[Tensor, Tensor]:
        """Normal scores (B,), NaN without a position, and contexts (B, width) of one cell a row."""
        place = self.process.order.argsort().to(self.device)
        n_seen = place[column][:, None]
        times = RevealTimes(place[None].expand(len(column), -1), n_seen, torch.ones_like(n_seen, dtype=torch.bool))
        noisy = self.process.perturb(cells, times)
        token = noisy.tokens.gather(1, column[:, None])[:, 0]
        with autocast(self.device, self.config.precision):
            with torch.no_grad():
                x = self.network.embed(noisy)
                h = self.network.hidden(x)
                odds = self.refiner.odds(self.network.logits(h, noisy.closed), token)
            context = self.refiner.context(h, x, odds, token, column)
        return positions.scores(column, uniform), context

    def _squared_errors(self, z: Tensor, context: Tensor, t: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Squared errors of the refiner and of the standard normal's posterior, (B, levels)."""
        clean = z.nan_to_num(0.0)[:, None]
        noisy = self.gaussian.perturb(clean, t, noise)
        with autocast(self.device, self.config.precision):
            estimate = self.refiner(noisy, self.gaussian.log_snr(t), context[:, None])
        return (estimate - clean) ** 2, (self.gaussian.alpha(t) * noisy - clean) ** 2

    @torch.no_grad()
    def measure(self, valid: Cells, positions: PositionTable) -> list[ColumnGain]:
        """Gain of each candidate on held-out rows."""
        return [self._measure(int(j), valid, positions) for j in self.columns]

    def _measure(self, j: int, valid: Cells, positions: PositionTable) -> ColumnGain:
        draw = generator(self.config.seed, "gain", j)
        rows = (~positions.low[:, j].isnan()).nonzero()[:, 0]
        low, high = LOG_SNR
        parts = [torch.empty(0, dtype=torch.float64)]
        for start in range(0, len(rows), MEASURED_BATCH):
            some = rows[start : start + MEASURED_BATCH]
            n = len(some)
            uniform, shift = torch.rand(n, generator=draw), torch.rand(n, 1, generator=draw)
            noise = torch.randn(n, MEASURED_LEVELS, generator=draw).to(self.device)
            # Stratified levels: the integral's error is that of the noise.
            strata = (torch.arange(MEASURED_LEVELS) + shift) / MEASURED_LEVELS
            t = self.gaussian.time(low + (high - low) * strata).to(self.device)
            column = torch.full((n,), j, device=self.device)
            z, context = self._cells(valid.take(some), positions.take(some), column, uniform.to(self.device))
            model, reference = self._squared_errors(z, context, t, noise)
            nats = (high - low) * (self.gaussian.gain_weight(t) * (reference - model)).mean(1)
            parts.append(nats.double().cpu())
        gains = torch.cat(parts)
        error = float(gains.std() / len(gains) ** 0.5) if len(gains) > 1 else float("inf")
        return ColumnGain(j, float(gains.mean()) if len(gains) else 0.0, error, len(gains))


def training_log_snr(uniform: Tensor) -> Tensor:
    """Levels of noise to train at: ``log(sigma_t / alpha_t)`` normal around -0.8, from uniforms."""
    out: Tensor = 1.6 - 2.8 * torch.special.ndtri(uniform.clamp(1e-4, 1 - 1e-4))
    return out
