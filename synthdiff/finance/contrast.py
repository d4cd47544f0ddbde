"""The same risk numbers of two sets of paths, side by side: stressed beside unstressed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from synthdiff.data.interval import Interval, skewed_interval, weighted_share
from synthdiff.data.paths import PORTFOLIO, Paths
from synthdiff.data.portfolio import Holdings, Rebalance
from synthdiff.data.split import FloatArray
from synthdiff.data.tail import LEVELS, tail_risk
from synthdiff.errors import ConfigError
from synthdiff.finance.parameters import COMPARING
from synthdiff.parameter import checked

DEPTH = 0.2


@dataclass(frozen=True)
class Measure:
    """One number of a position: its name, its value and the 95 % interval of that."""

    name: str
    value: float
    interval: Interval


@dataclass(frozen=True)
class Comparison:
    """Numbers of some positions in two sets of paths.

    Attributes
    ----------
    names : tuple of str
        ``"portfolio"`` if there is one, then the assets.
    unstressed, stressed : tuple of tuple of Measure
        For each position the same measures, in the same order.
    sizes : pair of float
        How many paths of equal weight the two sets are worth.
    """

    names: tuple[str, ...]
    unstressed: tuple[tuple[Measure, ...], ...]
    stressed: tuple[tuple[Measure, ...], ...]
    sizes: tuple[float, float]

    def to_table(self) -> pa.Table:
        """A row a position and measure: ``name, measure, unstressed, unstressed_low, ..., stressed_high``."""
        columns: dict[str, list[Any]] = {
            "name": [name for name, measures in zip(self.names, self.stressed, strict=True) for _ in measures],
            "measure": [measure.name for measures in self.stressed for measure in measures],
        }
        for label, sides in (("unstressed", self.unstressed), ("stressed", self.stressed)):
            measures = [measure for side in sides for measure in side]
            columns[label] = [measure.value for measure in measures]
            columns[f"{label}_low"] = [measure.interval[0] for measure in measures]
            columns[f"{label}_high"] = [measure.interval[1] for measure in measures]
        return pa.table(columns)

    def to_frame(self) -> Any:
        """`to_table` as a pandas frame."""
        return self.to_table().to_pandas()


@checked(**COMPARING)
def compare_paths(
    unstressed: Paths,
    stressed: Paths,
    portfolio: Holdings | None = None,
    *,
    levels: Sequence[float] = LEVELS,
    horizon: int | None = None,
    rebalance: Rebalance = "daily",
) -> Comparison:
    """Measure two sets of paths of the same assets over the same number of steps.

    Measured are the mean and the standard deviation of the return, the probability of a loss, VaR and ES, the median
    of the deepest drawdown and the probability that it is 20 % or more. For assets whose steps are differences all are
    in units of the level, and the drawdown's probability is left out.

    Parameters
    ----------
    unstressed, stressed : Paths
    portfolio : mapping or array, optional
        Measured too, before the assets.
    levels : sequence of float
        Of VaR and ES.
    horizon : int, optional
        Default: the number of steps of the shorter paths.
    rebalance : {"daily", "hold"}

    Returns
    -------
    Comparison

    Raises
    ------
    ConfigError
        The two have different assets, or the weights, a level or the horizon make no sense.
    """
    if unstressed.assets != stressed.assets or unstressed.kinds != stressed.kinds:
        raise ConfigError(
            f"paths of {', '.join(unstressed.assets)} cannot be compared with paths of {', '.join(stressed.assets)}; "
            "draw both from the same model"
        )
    n_steps = min(unstressed.n_steps, stressed.n_steps) if horizon is None else horizon
    names = stressed.assets if portfolio is None else (PORTFOLIO, *stressed.assets)
    sides = [_measure(paths.head(n_steps), portfolio, levels, rebalance) for paths in (unstressed, stressed)]
    return Comparison(names, sides[0], sides[1], (unstressed.effective_size, stressed.effective_size))


def _measure(
    paths: Paths, portfolio: Holdings | None, levels: Sequence[float], rebalance: Rebalance
) -> tuple[tuple[Measure, ...], ...]:
    losses, falls, kinds = paths.losses(), -paths.drawdowns(), paths.kinds
    if portfolio is not None:
        losses = np.column_stack([paths.losses(portfolio, rebalance), losses])
        falls = np.column_stack([-paths.drawdowns(portfolio, rebalance), falls])
        kinds = ("return", *kinds)
    weights, size = paths.weights, paths.effective_size
    return tuple(
        (
            *_moments(-losses[:, j], weights, size),
            _share("probability of a loss", losses[:, j] > 0, weights),
            *_tails(losses[:, [j]], weights, levels),
            *_falls(falls[:, j], weights, kind),
        )
        for j, kind in enumerate(kinds)
    )


def _moments(returns: FloatArray, weights: FloatArray, size: float) -> tuple[Measure, Measure]:
    """Mean and standard deviation of simple returns."""
    mean = float(weights @ returns)
    centred = returns - mean
    variance = float(weights @ centred**2)
    sd = math.sqrt(variance)
    influence = (centred**2 - variance) / (2 * sd) if sd else np.zeros(len(returns))
    low, high = skewed_interval(sd, weights * influence, size)
    return (
        Measure("mean return", mean, skewed_interval(mean, weights * centred, size)),
        Measure("volatility", sd, (max(low, 0.0), high)),
    )


def _tails(losses: FloatArray, weights: FloatArray, levels: Sequence[float]) -> list[Measure]:
    risk = tail_risk(losses, weights, (PORTFOLIO,), levels)
    found = []
    for i, level in enumerate(levels):
        percent = f"{100 * level:.10g} %"
        found.append(Measure(f"VaR {percent}", float(risk.var[0, i]), _pair(risk.var_interval[0, i])))
        found.append(Measure(f"ES {percent}", float(risk.es[0, i]), _pair(risk.es_interval[0, i])))
    return found


def _falls(falls: FloatArray, weights: FloatArray, kind: str) -> list[Measure]:
    middle = tail_risk(falls[:, None], weights, (PORTFOLIO,), (0.5,))
    median = Measure("median drawdown", float(middle.var[0, 0]), _pair(middle.var_interval[0, 0]))
    if kind != "return":
        return [median]
    return [median, _share(f"probability of a drawdown of {100 * DEPTH:.0f} %", falls >= DEPTH, weights)]


def _share(name: str, hit: Any, weights: FloatArray) -> Measure:
    return Measure(name, *weighted_share(np.asarray(hit, dtype=np.float64), weights))


def _pair(interval: FloatArray) -> Interval:
    return float(interval[0]), float(interval[1])
