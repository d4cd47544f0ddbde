"""Markets: synthdiff beside every challenger, on the same history, seeds and days, by `synthdiff.finance.validate`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.dataset import data_folder
from synthdiff.codecs.series.channel import FloatArray
from synthdiff.data.io import read_table
from synthdiff.data.market import Market, read_market
from synthdiff.errors import SynthdiffError
from synthdiff.evaluation.stylized.conditioned import score_conditioned
from synthdiff.finance.challengers import CHALLENGERS
from synthdiff.finance.validate import find_row, validate_steps
from synthdiff.models.artifact import is_finished
from synthdiff.models.series import SeriesDiffusion
from synthdiff.models.series_simulator import FittedSimulator, real_returns
from synthdiff.steps import Steps

OURS, RAW = "synthdiff", "synthdiff, raw"
CRASH = {"max_drawdown": "<=-0.3"}
"""What conditioned paths shall do: the portfolio of all assets in equal weights falls by 30 %."""
N_CRASHES = 500


@dataclass(frozen=True)
class MarketTask:
    """A history and what is asked of it.

    Attributes
    ----------
    name : str
        For the results.
    path : Path
        Prices.
    minutes : float
        Of each fit.
    since : float or None
        Share of the rows that are fitted to, where the rest is scored and backtested; None: all are both.
    fits : int
        How many, from as many seeds.
    """

    name: str
    path: Path
    minutes: float
    since: float | None = None
    fits: int = 1


def markets() -> dict[str, MarketTask]:
    """The markets that results are quoted of, by name."""
    folder = data_folder() / "series"
    tasks = (
        MarketTask("sp500", folder / "sp500_index.csv", 6.0),
        MarketTask("sp500 later", folder / "sp500_index.csv", 6.0, since=0.7, fits=3),
        MarketTask("stocks20", folder / "stocks20_daily.parquet", 15.0),
    )
    return {task.name: task for task in tasks}


@dataclass(frozen=True)
class Effort:
    """How much is drawn and tested.

    Attributes
    ----------
    seeds : int
        Of paths, where there is one fit; else there are as many as fits.
    days : int
        Of the backtest, of tasks with later days.
    backtest_paths, n_paths, horizon, draws : int
        As of `synthdiff.finance.validate.validate_steps`.
    preset, device : str
        Of synthdiff.
    challengers : tuple of str
    """

    seeds: int = 5
    days: int = 1000
    backtest_paths: int = 1000
    n_paths: int = 1000
    horizon: int = 252
    draws: int = 100
    preset: str = "balanced"
    device: str = "cpu"
    challengers: tuple[str, ...] = tuple(CHALLENGERS)


def measure_market(task: MarketTask, effort: Effort, folder: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Fit, sample, score and backtest: one row of the results.

    Parameters
    ----------
    task : MarketTask
    effort : Effort
    folder : Path
        Keeps the models, for a run that goes on after this one was stopped.
    say : callable
        Is told what is being done.
    """
    market = read_market(read_table([str(task.path)]), values="price")
    known = np.flatnonzero(np.isfinite(np.diff(np.log(market.values), axis=0)).all(axis=1))
    cut = find_row(task.since, None, len(known))
    past = market.rows(0, int(known[cut - 1]) + 2)  # a return needs the price before it
    models = [fit(task, seed, past, effort, folder, say) for seed in range(task.fits)]
    ours = [FittedSimulator(model) for model in models]
    simulators: dict[str, Any] = {OURS: ours if len(ours) > 1 else ours[0]}
    if task.since is None:
        simulators[RAW] = FittedSimulator(models[0], RAW, recalibrate=False)
    returns = real_returns(models[0].codec_, market.values)[known]
    work = validate_steps(
        simulators,
        returns,
        names=models[0].assets_,
        dates=None if market.dates is None else market.dates[1:][known],
        since=task.since,
        challengers=effort.challengers,
        seeds=task.fits if task.fits > 1 else effort.seeds,
        horizon=effort.horizon,
        n_paths=effort.n_paths,
        draws=effort.draws,
        backtest_days=0 if task.since is None else effort.days,
        backtest_paths=effort.backtest_paths,
    )
    for progress in (steps := Steps(work)):
        say(f"{task.name}: {progress.phase} {progress.what} ({progress.fraction:.0%})")
    row = {"fits": [facts(model) for model in models], **brief(steps.result)}
    return row if task.since is not None else row | {"crash": crash(models[0], returns, effort)}


def crash(model: SeriesDiffusion, returns: FloatArray, effort: Effort) -> dict[str, Any]:
    """Paths on which the portfolio falls, beside the windows of the history on which it did."""
    start = time.perf_counter()
    row: dict[str, Any] = {}
    try:
        paths = model.sample(min(N_CRASHES, effort.n_paths), effort.horizon, CRASH, random_state=0)
        assert paths.event is not None
        row["event"] = {"seconds": time.perf_counter() - start, "paths": len(paths), **asdict(paths.event)}
        scores = score_conditioned(returns, paths, CRASH, draws=effort.draws)
    except SynthdiffError as error:
        return row | {"failed": str(error)}
    found = {"mean": scores.mean, "right": scores.n_right, "cross_mean": scores.cross_mean, **asdict(scores)}
    return row | {"scores": found}


def fit(
    task: MarketTask, seed: int, market: Market, effort: Effort, folder: Path, say: Callable[[str], None]
) -> SeriesDiffusion:
    """Fit a model and keep it, or load the one that is kept."""
    place = folder / f"{task.name.replace(' ', '-')}-{seed}.synthdiff"
    if is_finished(place):
        return SeriesDiffusion.load(place, effort.device)
    say(f"{task.name}: fit {OURS}, seed {seed}, {task.minutes:g} minutes")
    model = SeriesDiffusion(
        preset=effort.preset, max_time=60 * task.minutes, device=effort.device, values="price", random_state=seed
    )
    model.fit(as_table(market))
    model.save(place)
    return model


def as_table(market: Market) -> pa.Table:
    """The prices of a market, with their dates where they have some."""
    dates = {} if market.dates is None else {"date": market.dates}
    return pa.table({**dates, **dict(zip(market.names, market.values.T, strict=True))})


def facts(model: SeriesDiffusion) -> dict[str, Any]:
    """What a fit was."""
    training = model.fitted_.training
    names = ("seed", "seconds", "n_steps", "n_rows", "best_valid_loss", "window", "last_date")
    return {"parameters": model.n_parameters_, **{name: training[name] for name in names}}


def brief(validation: Any) -> dict[str, Any]:
    """A validation's numbers without the reports on every seed's paths, and its tables as text."""
    found = validation.to_dict()
    for candidate, own in zip(found["candidates"], validation.candidates, strict=True):
        del candidate["reports"]
        candidate["values"] = {name: own.values(name).tolist() for name in candidate["scores"]}
    found["drift"] = found["drift"] and {"mean": found["drift"]["mean"], "cross_mean": found["drift"]["cross_mean"]}
    return {"validation": found, "text": str(validation)}
