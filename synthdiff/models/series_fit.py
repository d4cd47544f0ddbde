"""The course of a fit of series: follow volatility, train the denoiser, calibrate, keep what sampling needs."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from synthdiff.codecs.series.channel import FloatArray
from synthdiff.codecs.series.covariate import CovariateBlock
from synthdiff.codecs.series.history import StepHistory
from synthdiff.codecs.series.normal import TAIL
from synthdiff.codecs.series.price import PriceCodec
from synthdiff.codecs.series.volatility import burn_in
from synthdiff.codecs.series.window import Track, WindowCodec, WindowState
from synthdiff.data.market import Market
from synthdiff.data.market.moment import DateArray
from synthdiff.errors import ConfigError, DataError
from synthdiff.models.plan import budget
from synthdiff.models.series_calibration import LEAST_WINDOWS, calibrate_paths, seconds_of_windows
from synthdiff.models.series_check import Agreement, check_returns, warnings_of
from synthdiff.models.series_config import (
    UNFOLLOWED,
    SeriesConfig,
    choose_scaling,
    choose_window,
    series_config,
    unfollowed,
)
from synthdiff.models.series_network import series_network
from synthdiff.models.series_output import Output, RealReturns
from synthdiff.networks.series import SeriesDenoiser, SeriesLayout
from synthdiff.runtime import choose_device, choose_precision, count_threads, global_seed, spawn_seed
from synthdiff.sampling.path import PathSampler, PathStart, Sessions
from synthdiff.training.checkpoint import Checkpoint, load_checkpoint, resuming, save_checkpoint
from synthdiff.training.schedule import Budget
from synthdiff.training.series import SeriesTrainer
from synthdiff.training.state import FitProgress, TrainerConfig
from synthdiff.training.window import WindowSource

CHECKPOINT_SECONDS = 20.0
N_STARTS = 1_024
"""Moments of the history that paths may start at, evenly spread."""
CALIBRATION_SHARE = 0.2
"""Share of a time limit that calibration may take."""
KEPT_DATES = 600
"""How many of the last dates are kept, to know the calendar."""
STILL = 1e-12
"""Standard deviation of a return that is nothing but rounding."""


@dataclass(frozen=True, eq=False)
class SeriesFit:
    """A finished fit: all that sampling, saving and reporting need.

    Attributes
    ----------
    starts : WindowState
        Of moments in the history.
    end : PathStart
        Where the history ends.
    start_values : (C + n_states,) float64
        What steps after the end of the history start from.
    dates : (n,) datetime64[ns] or None
        The last ones.
    output : Output
        What makes drawn quantiles real ones.
    """

    params: dict[str, Any]
    config: SeriesConfig
    codec: PriceCodec
    covariates: CovariateBlock
    sampler: PathSampler
    starts: WindowState
    end: PathStart
    start_values: FloatArray
    dates: DateArray | None
    output: Output
    history: list[dict[str, Any]]
    training: dict[str, Any]
    device: torch.device
    threads: int

    def follow(self, history: Market) -> tuple[Track, FloatArray]:
        """Follow a history of the same columns; returns it, and its channels, (T, K)."""
        channels = self.codec.history(history.values, history.dates)
        own, _ = channel_places(self.codec)
        return self.sampler.codec.follow(channels.take(own)), channels.values

    def sessions(self, dates: DateArray | None, before: DateArray | None, n_steps: int) -> Sessions:
        """Say when assets trade in steps that are to be drawn, and what is usual then.

        Parameters
        ----------
        dates : (n_steps,) datetime64 or None
            Of the steps.
        before : (n,) datetime64 or None
            Dates of the history.
        n_steps : int
        """
        followed, returns = list(self.sampler.codec.followed), self.sampler.codec.returns
        is_open = self.codec.is_open(dates, n_steps)[:, followed]
        if dates is None or before is None or self.codec.hours is None:
            moments = None if dates is None or before is None else np.concatenate([before[-1:], dates])
            return Sessions(is_open, returns.log_scale(moments, is_open))
        moments = np.concatenate([before[-KEPT_DATES:], dates])  # when an asset traded last
        whole = self.codec.is_open(moments[1:], len(moments) - 1)[:, followed]
        return Sessions(is_open, returns.log_scale(moments, whole)[-n_steps:])


@dataclass(frozen=True, eq=False)
class _Plan:
    """What a fit was asked for, made definite, and what it works on."""

    params: dict[str, Any]
    config: SeriesConfig
    seed: int
    budget: Budget
    device: torch.device
    precision: torch.dtype
    codec: PriceCodec
    history: StepHistory
    windows: WindowCodec
    track: Track
    known: FloatArray
    covariates: CovariateBlock
    window: int
    fingerprint: str

    @property
    def identity(self) -> dict[str, Any]:
        """What must agree for an unfinished fit to go on."""
        return {
            "config": self.config.model_dump(),
            "data": self.fingerprint,
            "budget": asdict(self.budget),
            "seed": self.seed,
            "window": self.window,
            "scaling": self.windows.scaling,
            "roles": [*self.codec.layout.roles, *self.codec.layout.conventions.values()],
            "precision": str(self.precision),
        }


def run_series_fit(
    params: dict[str, Any], market: Market, folder: Path | None, spent: float = 0.0
) -> Generator[FitProgress, None, SeriesFit]:
    """Fit a market; yields the progress and returns the finished fit.

    Parameters
    ----------
    params : dict
        The estimator's parameters.
    market : Market
    folder : Path or None
        For checkpoints.
    spent : float
        Seconds of the time limit that are over already.
    """
    began = time.monotonic() - spent
    found = None if folder is None else load_checkpoint(folder)
    plan = _plan(params, market, found)
    if found is not None:
        _check_same(plan, found, folder)
    yield FitProgress("encode", budget=plan.budget.max_time)
    trainer = _trainer(plan)
    message = ""
    if found is not None:
        with resuming(folder):
            trainer.restore(dict(found.tensors), found.part("state"))
        message = f"resuming from step {trainer.state.step:,}{found.other_threads()}"
    trainer.state.elapsed += time.monotonic() - began
    trainer.begin_at(trainer.state.elapsed)
    yield FitProgress("encode", trainer.state.step, budget=plan.budget.max_time, message=message)
    last = yield from _train(trainer, plan, folder)
    yield replace(last, phase="calibrate", fraction=0.97)
    fitted = _finish(plan, market, trainer)
    yield replace(last, phase="done", fraction=1.0)
    return fitted


def _plan(params: dict[str, Any], market: Market, found: Checkpoint | None) -> _Plan:
    config, device = series_config(params["preset"], params["network"]), choose_device(params["device"])
    seed = params["random_state"]
    if seed is None:
        seed = found.seed if found else int(np.random.default_rng().integers(2**31))
    is_followed = params["volatility"] != UNFOLLOWED
    codec = PriceCodec.fit(market, params["drift"], wanders=is_followed)
    own, shown = channel_places(codec)
    channels = codec.history(market.values, market.dates)
    history, steps = channels.take(own), channels.values[:, own]
    moving = tuple(k for k in range(codec.n_assets) if not codec.channels[k].persistent)
    levels = tuple(k for k in range(codec.n_assets) if codec.channels[k].persistent)
    window = choose_window(len(steps), params["window"])
    _check_steps(steps, moving, [codec.channels[k].name for k in own])
    followed = moving if is_followed else ()
    scaling = choose_scaling(params["volatility"], len(followed))
    config = config if followed else unfollowed(config, len(own), window)
    rng = np.random.default_rng(spawn_seed(seed, "scores"))
    tail = 0.0 if params["tail"] == "empirical" else TAIL
    windows = WindowCodec.fit(history, followed, scaling, window, rng, levels, tail)
    names = tuple(codec.channels[k].name for k in shown)
    return _Plan(
        params=params,
        config=config,
        seed=int(seed),
        budget=budget(params, config.max_steps),
        device=device,
        precision=choose_precision(params["precision"], device),
        codec=codec,
        history=history,
        windows=windows,
        track=windows.follow(history),
        known=channels.values[:, shown],
        covariates=CovariateBlock.fit(names, channels.values[:, shown]),
        window=window,
        fingerprint=hashlib.sha256(np.ascontiguousarray(market.values).tobytes()).hexdigest(),
    )


def _check_steps(steps: FloatArray, moving: tuple[int, ...], names: list[str]) -> None:
    for k, name in enumerate(names):
        observed = steps[~np.isnan(steps[:, k]), k]
        if k in moving and observed.std() <= STILL:
            raise DataError(f"{name!r} never moves, or always by the same; leave it out", column=name)


def channel_places(codec: PriceCodec) -> tuple[list[int], list[int]]:
    """Channels that are drawn, and those that come along."""
    shown = [k for k, channel in enumerate(codec.channels) if channel.kind == "covariate"]
    return [k for k in range(len(codec.channels)) if k not in shown], shown


def series_layout(windows: WindowCodec, covariates: CovariateBlock) -> SeriesLayout:
    """What the network must know of the channels."""
    return SeriesLayout(windows.n_series, covariates.width, n_states=windows.n_states)


def _trainer(plan: _Plan) -> SeriesTrainer:
    config = plan.config
    source = WindowSource(plan.windows, plan.track, plan.covariates.encode(plan.known), plan.window, plan.device)

    def build(member: int) -> SeriesDenoiser:
        with global_seed(plan.seed, "weights", member):
            return series_network(series_layout(plan.windows, plan.covariates), config).to(plan.device)

    settings = TrainerConfig(
        budget=_training_budget(plan, build(0)),
        batch_size=config.batch_size,
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        decay=config.ema_decay,
        log_sigma=config.log_sigma,
        precision=plan.precision,
        seed=plan.seed,
    )
    return SeriesTrainer(build, source, burn_in(len(plan.history)), settings)


def _training_budget(plan: _Plan, network: SeriesDenoiser) -> Budget:
    """What is left of the time for training: calibration takes a fifth, or as long as its fewest windows take."""
    budget = plan.budget
    if budget.max_time is None:
        return budget
    a_window = seconds_of_windows(_sampler(plan, network), plan.track.states, 1)
    least, most = LEAST_WINDOWS * a_window, plan.config.calibration_windows * a_window
    return replace(budget, max_time=budget.max_time - min(most, max(least, CALIBRATION_SHARE * budget.max_time)))


def _sampler(plan: _Plan, network: SeriesDenoiser) -> PathSampler:
    network = network.eval().requires_grad_(False)
    return PathSampler(network, plan.windows, (), plan.window, plan.precision, plan.config.solver_steps)


def _train(trainer: SeriesTrainer, plan: _Plan, folder: Path | None) -> Generator[FitProgress, None, FitProgress]:
    """Train with checkpoints: now and then, at the end, and on an interrupt; returns the last progress."""
    saved = time.monotonic()
    try:
        for progress in trainer.run():
            yield progress
            if folder is not None and time.monotonic() - saved > CHECKPOINT_SECONDS:
                _save(trainer, plan, folder)
                saved = time.monotonic()
    except KeyboardInterrupt:
        if folder is not None:
            _save(trainer, plan, folder)
        raise
    if folder is not None:  # a fit that is stopped from here on goes straight to calibration
        _save(trainer, plan, folder)
    return progress


def _save(trainer: SeriesTrainer, plan: _Plan, folder: Path) -> None:
    meta = {"identity": plan.identity, "threads": count_threads(), "state": asdict(trainer.state)}
    save_checkpoint(folder, trainer.tensors(), meta)


def _check_same(plan: _Plan, found: Checkpoint, folder: Path | None) -> None:
    """Refuse to go on with a fit of something else."""
    wanted, kept = json.loads(json.dumps(plan.identity)), found.part("identity")
    if kept != wanted:
        changed = [name for name, value in wanted.items() if kept.get(name) != value]
        raise ConfigError(
            f"{folder} holds an unfinished fit with another {' and '.join(changed)}: "
            "give the same data and options to go on with it, or start anew with --force"
        )


def _finish(plan: _Plan, market: Market, trainer: SeriesTrainer) -> SeriesFit:
    began = time.monotonic()
    state, track, most = trainer.state, plan.track, plan.budget.max_time
    rows = np.unique(np.linspace(burn_in(len(track)), len(track), N_STARTS).round().astype(int))
    starts = track.states.take(rows)
    left = None if most is None else most - state.elapsed
    history = plan.history.take(list(plan.windows.followed))
    real = _real_returns(plan, history)
    sampler, output, drawn = _calibrated(plan, trainer, starts, real, left)
    agreement = _compare(plan, history, real, drawn, starts)
    state.elapsed += time.monotonic() - began
    return SeriesFit(
        params=plan.params,
        config=plan.config,
        codec=plan.codec,
        covariates=plan.covariates,
        sampler=sampler,
        starts=starts,
        end=end_of(track, sampler.memory),
        start_values=plan.codec.start(market.values),
        dates=None if market.dates is None else market.dates[-KEPT_DATES:],
        output=output,
        history=state.history,
        training={
            "n_rows": len(market.values),
            "n_steps": state.step,
            "seconds": state.elapsed,
            "seed": plan.seed,
            "fingerprint": plan.fingerprint,
            "best_valid_loss": None if np.isinf(state.best) else state.best,
            "warnings": [*map(str, market.findings), *trainer.doubts, *warnings_of(agreement)],
            "check": ", ".join(map(str, agreement)),
            "window": plan.window,
            "first_date": None if market.dates is None else str(market.dates[0])[:19],
            "last_date": None if market.dates is None else str(market.dates[-1])[:19],
        },
        device=plan.device,
        threads=count_threads(),
    )


def _real_returns(plan: _Plan, history: StepHistory) -> RealReturns:
    """Returns of the history of the followed assets."""
    returns, track = plan.windows.returns, plan.track
    market = np.where(track.observed[:, 0], track.series[:, 0], np.nan) if len(returns.filter.weights) else np.empty(0)
    return RealReturns(returns.scaled(history), returns.zeros.taken(history.is_zero, history.known), market)


def _calibrated(
    plan: _Plan, trainer: SeriesTrainer, starts: WindowState, real: RealReturns, left: float | None
) -> tuple[PathSampler, Output, FloatArray]:
    """Calibrate the trained network in the seconds that are left."""
    is_empirical, n_windows = plan.params["tail"] == "empirical", plan.config.calibration_windows
    sampler = _sampler(plan, trainer.network)
    return calibrate_paths(sampler, starts, real, n_windows, plan.seed, left, is_empirical)


def _compare(
    plan: _Plan, history: StepHistory, real: RealReturns, drawn: FloatArray, starts: WindowState
) -> list[Agreement]:
    """Compare what was drawn for calibration with the history of the followed assets."""
    followed = list(plan.windows.followed)
    names = [plan.codec.assets[k] for k in followed]
    return check_returns(plan.windows, history, real, drawn, starts, plan.codec.drifts[followed], names)


def end_of(track: Track, memory: int) -> PathStart:
    """Where a history ends, for one path."""
    past = np.nan_to_num(track.series[-memory:])
    scale = track.log_volatility[:-1][-memory:]
    return PathStart(track.states.take(slice(-1, None)), past[None], scale[None])
