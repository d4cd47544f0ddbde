"""Reverse stress: what the market would have to do for a portfolio to lose so much, and how likely each way is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.linalg import pinvh

from synthdiff.data.interval import Interval, weighted_share
from synthdiff.data.paths import Paths
from synthdiff.data.portfolio import Holdings, Rebalance, portfolio_values, resolve_weights
from synthdiff.data.quantile import weighted_quantiles
from synthdiff.data.split import FloatArray, IntArray
from synthdiff.errors import TooFewRowsError
from synthdiff.finance.cluster import find_groups, find_medoid
from synthdiff.finance.parameters import REVERSING
from synthdiff.parameter import checked

When = Literal["end", "trough"]
MIN_PATHS = 10


@dataclass(frozen=True, eq=False)
class Scenario:
    """One way to lose so much: paths that are alike.

    Attributes
    ----------
    probability : float
        Share of all paths, by weight.
    interval : pair of float
        95 %, after Clopper and Pearson with the effective number of paths.
    rows : (m,) int64
        The paths, the most plausible first.
    medoid : int
        The path in the middle of them: the scenario as it may come.
    loss : float
        Of the portfolio on the medoid; a positive fraction of the start value.
    mean_loss : float
        Over all of them, by weight.
    returns : (n_assets,) float64
        Simple returns of the assets on the medoid; differences for levels.
    mean_returns : (n_assets,) float64
        Over all of them, by weight.
    trough : int
        The step, from 1, at which the portfolio is lowest on the medoid.
    trough_range : pair of int
        The steps between which it is lowest on the middle half of the paths.
    distance : float
        Of the medoid: how far from the usual it is, see `ReverseStress.distances`.
    """

    probability: float
    interval: Interval
    rows: IntArray
    medoid: int
    loss: float
    mean_loss: float
    returns: FloatArray
    mean_returns: FloatArray
    trough: int
    trough_range: tuple[int, int]
    distance: float


@dataclass(frozen=True, eq=False)
class ReverseStress:
    """The paths on which a portfolio loses so much.

    Attributes
    ----------
    loss : float
        What was asked for, a positive fraction of the start value.
    probability : float
        Share of all paths that lose as much or more, by weight.
    interval : pair of float
        95 %.
    rows : (k,) int64
        These paths, the most plausible first.
    losses : (k,) float64
        Of the portfolio on them.
    distances : (k,) float64
        Mahalanobis distance of the assets' returns from their mean over all paths: the smaller, the more plausible.
    scenarios : tuple of Scenario
        The most probable first.
    silhouette : float
        How distinct they are, up to 1; NaN for a single one.
    assets : tuple of str
    dates : (n_steps,) datetime64[ns] or None
    given : str
        The event that all probabilities are conditional on; empty if there is none.
    """

    loss: float
    probability: float
    interval: Interval
    rows: IntArray
    losses: FloatArray
    distances: FloatArray
    scenarios: tuple[Scenario, ...]
    silhouette: float
    assets: tuple[str, ...]
    dates: npt.NDArray[np.datetime64] | None
    given: str

    def to_table(self) -> pa.Table:
        """A row a scenario: its numbers, ``trough`` (a date if known), and the return of each asset on its medoid."""
        parts = self.scenarios
        troughs: Any = np.array([part.trough for part in parts])
        columns: dict[str, Any] = {
            "probability": [part.probability for part in parts],
            "low": [part.interval[0] for part in parts],
            "high": [part.interval[1] for part in parts],
            "n_paths": [len(part.rows) for part in parts],
            "path": [part.medoid for part in parts],
            "loss": [part.loss for part in parts],
            "mean_loss": [part.mean_loss for part in parts],
            "trough": troughs if self.dates is None else self.dates[troughs - 1],
        }
        values = [np.array([part.returns[j] for part in parts]) for j in range(len(self.assets))]
        return pa.table([*columns.values(), *values], names=[*columns, *self.assets])

    def to_frame(self) -> Any:
        """`to_table` as a pandas frame."""
        return self.to_table().to_pandas()


@checked(**REVERSING)
def reverse_stress(
    paths: Paths,
    portfolio: Holdings,
    loss: float = 0.2,
    *,
    at: When = "end",
    horizon: int | None = None,
    rebalance: Rebalance = "daily",
    n_scenarios: int | None = None,
    min_paths: int = MIN_PATHS,
    random_state: int = 0,
) -> ReverseStress:
    """Find the most plausible ways in which a portfolio loses so much.

    The paths that lose it are grouped by what all assets have returned, in standard deviations of all paths: k-means
    with the paths' weights, the number of groups by the silhouette. Paths of weight 0 do not count.

    Parameters
    ----------
    paths : Paths
    portfolio : mapping or array
        Weights as for `Paths.portfolio`.
    loss : float
        At least so much of the start value, as a positive fraction.
    at : {"end", "trough"}
        Lost by the end, or at any time: then returns are those up to the portfolio's lowest value.
    horizon : int, optional
        Within so many steps; default: all.
    rebalance : {"daily", "hold"}
    n_scenarios : int, optional
        Default: as many as there are, 5 at most.
    min_paths : int
        Fewer of them are an error: they show no pattern.
    random_state : int
        Seed of the grouping.

    Returns
    -------
    ReverseStress

    Raises
    ------
    TooFewRowsError
        Fewer than `min_paths` lose so much; it says how many do, and the deepest loss.
    ConfigError
        The loss is not above 0, or the weights, the horizon or a word make no sense.
    """
    paths = paths.head(horizon)
    values = portfolio_values(paths.returns, resolve_weights(portfolio, paths.assets, paths.kinds), rebalance)
    troughs = values.argmin(axis=1)
    ends = troughs if at == "trough" else np.full(len(paths), paths.n_steps - 1)
    losses = 1 - values[np.arange(len(paths)), ends]
    hit = (losses >= loss) & (paths.weights > 0)
    rows = np.flatnonzero(hit)
    probability, interval = weighted_share(hit.astype(np.float64), paths.weights)
    if len(rows) < max(min_paths, 1):
        raise _too_few(len(rows), min_paths, loss, losses[paths.weights > 0], paths.n_steps)
    points, distances = _standardised(paths, rows, ends)
    groups = find_groups(points, paths.weights[rows], n_scenarios, random_state)
    made = _Losers(paths, rows, losses, troughs, ends, points, distances)
    scenarios = [made.scenario(np.flatnonzero(groups.labels == label)) for label in range(groups.n_groups)]
    scenarios.sort(key=lambda scenario: -scenario.probability)
    order = np.argsort(distances, kind="stable")
    return ReverseStress(
        loss=loss,
        probability=probability,
        interval=interval,
        rows=rows[order],
        losses=losses[rows[order]],
        distances=distances[order],
        scenarios=tuple(scenarios),
        silhouette=groups.silhouette,
        assets=paths.assets,
        dates=paths.dates,
        given="" if paths.event is None else paths.event.text,
    )


@dataclass(frozen=True, eq=False)
class _Losers:
    """The k paths that lose so much: which, and for all n paths their losses and the step before which each counts."""

    paths: Paths
    rows: IntArray
    losses: FloatArray
    troughs: IntArray
    ends: IntArray
    points: FloatArray
    distances: FloatArray

    def scenario(self, members: IntArray) -> Scenario:
        """What some of them, positions among the k, have in common."""
        members = members[np.argsort(self.distances[members], kind="stable")]
        rows = self.rows[members]
        weights = self.paths.weights[rows]
        middle = int(members[find_medoid(self.points[members], weights)])
        medoid = int(self.rows[middle])
        hit = np.zeros(len(self.paths))
        hit[rows] = 1
        probability, interval = weighted_share(hit, self.paths.weights)
        returns = _simple(self.paths, _reached(self.paths, rows, self.ends))
        early, late = weighted_quantiles(self.troughs[rows].astype(np.float64), weights, (0.25, 0.75))
        return Scenario(
            probability=probability,
            interval=interval,
            rows=rows,
            medoid=medoid,
            loss=float(self.losses[medoid]),
            mean_loss=float(weights @ self.losses[rows] / weights.sum()),
            returns=returns[rows == medoid][0],
            mean_returns=weights @ returns / weights.sum(),
            trough=int(self.troughs[medoid]) + 1,
            trough_range=(int(early) + 1, int(late) + 1),
            distance=float(self.distances[middle]),
        )


def _too_few(n: int, asked: int, loss: float, losses: FloatArray, n_steps: int) -> TooFewRowsError:
    lose = "loses" if n == 1 else "lose"
    return TooFewRowsError(
        f"{n} of {len(losses):,} paths {lose} {100 * loss:.4g} % of the portfolio or more within {n_steps} steps; the "
        f"deepest loss is {100 * losses.max():.4g} %. {asked} are needed to see a pattern: draw more paths, condition "
        "them on a large fall, take a longer horizon, or ask for a smaller loss",
        asked=asked,
        got=n,
    )


def _reached(paths: Paths, rows: IntArray, ends: IntArray) -> FloatArray:
    """Returns of the assets up to the step at which a path counts, (k, n_assets)."""
    total = np.cumsum(paths.returns[rows], axis=1)
    return np.asarray(total[np.arange(len(rows)), ends[rows]])


def _simple(paths: Paths, returns: FloatArray) -> FloatArray:
    """Simple returns of log returns, (k, n_assets); differences stay as they are."""
    compounds = np.array([kind == "return" for kind in paths.kinds])
    return np.where(compounds, np.expm1(returns), returns)


def _standardised(paths: Paths, rows: IntArray, ends: IntArray) -> tuple[FloatArray, FloatArray]:
    """Returns of some paths in standard deviations of all, (k, n_assets), and their Mahalanobis distances, (k,)."""
    terminal = paths.terminal()
    mean = paths.weights @ terminal
    covariance = (paths.weights[:, None] * (terminal - mean)).T @ (terminal - mean)
    spread = np.sqrt(np.diag(covariance))
    unit = np.where(spread > 0, spread, 1.0)
    points = (_reached(paths, rows, ends) - mean) / unit
    # assets that move as one leave the correlation without an inverse: distances are those in the space they span
    inverse = pinvh(covariance / np.outer(unit, unit))
    distances = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", points, inverse, points), 0.0))
    return points, distances
