"""Paths of market series: returns, values in the units that went in, dates and weights; what all risk is read from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthdiff.data.compound import compound
from synthdiff.data.draw import draw_rows
from synthdiff.data.drawdown import deepest_drawdowns, drawdown_paths
from synthdiff.data.fan import LEVELS as FAN_LEVELS
from synthdiff.data.fan import Fan
from synthdiff.data.interval import Interval, effective_size
from synthdiff.data.market.moment import DateArray
from synthdiff.data.pathcheck import as_numbers, check_paths, check_weights
from synthdiff.data.pathframe import Form, paths_frame, paths_table
from synthdiff.data.portfolio import Holdings, Rebalance, asset_losses, portfolio_values, resolve_weights
from synthdiff.data.split import FloatArray, IntArray
from synthdiff.data.tail import LEVELS, TailRisk, tail_risk
from synthdiff.parameter import check
from synthdiff.rule import COUNT, SEED, Integer, RandomState
from synthdiff.runtime import spawn_seed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BoolArray = npt.NDArray[np.bool_]
PORTFOLIO = "portfolio"
"""Name of the whole in tables that have a row an asset."""


@dataclass(frozen=True)
class Event:
    """What conditioned paths were asked for, and how likely that is by itself.

    Attributes
    ----------
    text : str
        In words.
    probability : float
        Share of unconditioned paths that do it.
    interval : pair of float
        95 % of that share.
    n_unguided : int
        How many unconditioned paths it was counted on.
    effective_size : float
        How many independent paths the conditioned ones are worth.
    notes : tuple of str
        What a reader must know besides.
    """

    text: str
    probability: float
    interval: Interval
    n_unguided: int
    effective_size: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Paths:
    """Weighted paths; `of` makes and checks them, the constructor only assigns.

    Attributes
    ----------
    returns : (n_paths, n_steps, n_assets) float64
        Log returns as fractions; differences for levels such as yields.
    assets : tuple of str
        (n_assets,)
    values : (n_paths, n_steps, n_columns) float64
        In the units that went in.
    names : tuple of str
        (n_columns,)
    start : (n_columns,) float64
        The values before the first step; NaN for columns of returns.
    dates : (n_steps,) datetime64[ns] or None
        None: steps are only numbered, from 1.
    weights : (n_paths,) float64
        Sum to 1: importance weights of conditioned paths, else 1 / n_paths.
    kinds : tuple of {"return", "difference"}
        (n_assets,)
    event : Event or None
        What was asked for.
    """

    returns: FloatArray
    assets: tuple[str, ...]
    values: FloatArray
    names: tuple[str, ...]
    start: FloatArray
    dates: DateArray | None
    weights: FloatArray
    kinds: tuple[str, ...]
    event: Event | None = None

    @classmethod
    def of(
        cls,
        returns: npt.ArrayLike,
        assets: Sequence[str],
        *,
        values: npt.ArrayLike | None = None,
        names: Sequence[str] | None = None,
        start: npt.ArrayLike | None = None,
        dates: npt.ArrayLike | None = None,
        weights: npt.ArrayLike | None = None,
        kinds: Sequence[str] | None = None,
        event: Event | None = None,
    ) -> Paths:
        """Make paths, fill in what is left out, and check that all fits together.

        Parameters
        ----------
        returns : (n_paths, n_steps, n_assets) array
            Log returns, or differences of levels.
        assets : sequence of str
            (n_assets,)
        values : (n_paths, n_steps, n_columns) array, optional
            Default: a column an asset, its returns compounded from `start`; the returns where that is NaN.
        names : sequence of str, optional
            (n_columns,); default: the assets.
        start : (n_columns,) array, optional
            Default: NaN, so that what went in were returns.
        dates : (n_steps,) array, optional
            Strictly increasing.
        weights : (n_paths,) array, optional
            At least 0, in any unit: they are made to sum to 1. Default: all the same.
        kinds : sequence of {"return", "difference"}, optional
            (n_assets,); default: all are returns.
        event : Event, optional

        Returns
        -------
        Paths

        Raises
        ------
        DataError
            A shape that does not fit the others, a value that is not finite, dates that do not increase, weights that
            are negative or all 0, a name that occurs twice.

        Examples
        --------
        >>> paths = Paths.of(np.log([[[1.1], [0.5]]]), ["SPX"], start=[100.0])
        >>> paths.values[0, :, 0].round(6).tolist()
        [110.0, 55.0]
        >>> paths.drawdowns().round(6).tolist()
        [[-0.5]]
        """
        steps = as_numbers("returns", returns)
        kinds = ("return",) * len(assets) if kinds is None else tuple(kinds)
        names = tuple(assets) if names is None else tuple(names)
        before = np.full(len(names), np.nan) if start is None else as_numbers("start", start)
        levels = None if values is None else as_numbers("values", values)
        when = None if dates is None else np.asarray(dates).astype("datetime64[ns]")
        given = None if weights is None else as_numbers("weights", weights)
        check_paths(steps, tuple(assets), levels, names, before, when, kinds)
        shares = check_weights(given, len(steps))
        if levels is None:
            levels = compound(steps, before, kinds)
        return cls(steps, tuple(assets), levels, names, before, when, shares, kinds, event)

    def __len__(self) -> int:
        return len(self.returns)

    @property
    def n_steps(self) -> int:
        """Number of steps of each path."""
        return int(self.returns.shape[1])

    @property
    def n_assets(self) -> int:
        """Number of assets."""
        return len(self.assets)

    @property
    def effective_size(self) -> float:
        """How many paths of equal weight these are worth, after Kish: ``1 / sum(weights**2)``."""
        return effective_size(self.weights)

    def to_table(self, form: Form = "long", returns: bool = False) -> pa.Table:
        """Make an Arrow table; see `synthdiff.data.pathframe.paths_table`."""
        return paths_table(self, form, returns)

    def to_frame(self, form: Form = "long", returns: bool = False) -> Any:
        """Make a pandas frame.

        Parameters
        ----------
        form : {"long", "wide"}
            ``"long"``: columns ``path`` (int64), ``date`` or ``step`` (from 1), one a name, and ``weight`` if weights
            differ. ``"wide"``: an index of dates or steps, and a column a (path, name); weights are not in it.
        returns : bool
            Log returns of the assets instead of values in the units that went in.

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        ConfigError
            The form is not known.
        SchemaError
            An asset is called like one of the other columns.
        """
        return paths_frame(self, form, returns)

    def fan(self, levels: Sequence[float] = FAN_LEVELS) -> Fan:
        """Weighted quantiles by step and column, (n_levels, n_steps, n_columns), in the units that went in.

        Parameters
        ----------
        levels : sequence of float
            In [0, 1].

        Returns
        -------
        Fan
            With `quantiles`, and `to_frame`: a row a name and step, a column a level.
        """
        return Fan.of(self.values, self.weights, levels, self.names, self.dates)

    def drawdowns(self, portfolio: Holdings | None = None, rebalance: Rebalance = "daily") -> FloatArray:
        """The deepest fall from the highest value so far on each path, the start included.

        Parameters
        ----------
        portfolio : mapping or array, optional
            Of a portfolio instead of the assets; see `portfolio`.
        rebalance : {"daily", "hold"}

        Returns
        -------
        (n_paths, n_assets) or (n_paths, 1) float64
            0 or below: -0.3 is a loss of 30 %. In units of the level for assets whose steps are differences.
        """
        if portfolio is None:
            return deepest_drawdowns(self.returns, self.kinds)
        falls = drawdown_paths(self.portfolio(portfolio, rebalance))
        return np.asarray(falls.min(axis=1, keepdims=True))

    def portfolio(self, weights: Holdings, rebalance: Rebalance = "daily") -> FloatArray:
        """Value of a portfolio after each step.

        Parameters
        ----------
        weights : mapping of str to float, or (n_assets,) array
            Share of the start value in each asset. What is missing to 1 is cash without interest, what is beyond is
            borrowed.
        rebalance : {"daily", "hold"}
            Whether the weights are restored after every step, or what was bought at the start is kept.

        Returns
        -------
        (n_paths, n_steps) float64
            1 before the first step: 0.8 is a loss of 20 % of the start value.

        Raises
        ------
        ConfigError
            The weights do not fit the assets.
        """
        return portfolio_values(self.returns, resolve_weights(weights, self.assets, self.kinds), rebalance)

    def terminal(self) -> FloatArray:
        """Returns of the whole path, (n_paths, n_assets): log returns, or differences of levels, summed up."""
        return np.asarray(self.returns.sum(axis=1))

    def losses(self, portfolio: Holdings | None = None, rebalance: Rebalance = "daily") -> FloatArray:
        """What each path has lost by its end.

        Parameters
        ----------
        portfolio : mapping or array, optional
            Of a portfolio instead of the assets; see `portfolio`.
        rebalance : {"daily", "hold"}

        Returns
        -------
        (n_paths, n_assets) or (n_paths, 1) float64
            Positive losses, as fractions of the start value; falls in units of the level for assets whose steps are
            differences.
        """
        if portfolio is not None:
            held = resolve_weights(portfolio, self.assets, self.kinds)
            return np.asarray(asset_losses(self.returns, held, rebalance).sum(axis=1, keepdims=True))
        terminal = self.terminal()
        compounds = np.array([kind == "return" for kind in self.kinds])
        return np.where(compounds, -np.expm1(terminal), -terminal)

    def var_es(
        self,
        levels: Sequence[float] = LEVELS,
        portfolio: Holdings | None = None,
        horizon: int | None = None,
        rebalance: Rebalance = "daily",
    ) -> TailRisk:
        """Value at risk and expected shortfall with 95 % intervals.

        Parameters
        ----------
        levels : sequence of float
            In (0, 1).
        portfolio : mapping or array, optional
            Of a portfolio instead of each asset; see `portfolio`.
        horizon : int, optional
            Loss over so many steps; default: all of them.
        rebalance : {"daily", "hold"}

        Returns
        -------
        TailRisk
            With `to_frame`: a row a name and level. Losses are positive, as fractions of the start value.

        Raises
        ------
        ConfigError
            A level, the weights or the horizon make no sense.
        """
        names = self.assets if portfolio is None else (PORTFOLIO,)
        return tail_risk(self.head(horizon).losses(portfolio, rebalance), self.weights, names, levels)

    def head(self, n_steps: int | None) -> Paths:
        """The same paths up to a step; None: all of them.

        Raises
        ------
        ConfigError
            There are not so many steps.
        """
        if n_steps is None or n_steps == self.n_steps:
            return self
        check({"horizon": n_steps}, {"horizon": Integer(1, self.n_steps)})
        dates = None if self.dates is None else self.dates[:n_steps]
        return replace(self, returns=self.returns[:, :n_steps], values=self.values[:, :n_steps], dates=dates)

    def take(self, rows: Sequence[int] | IntArray | BoolArray) -> Paths:
        """Some of the paths, their weights made to sum to 1 again.

        Parameters
        ----------
        rows : (k,) int or (n_paths,) bool
            Positions, or which to keep.

        Raises
        ------
        DataError
            None of them weighs anything.
        """
        chosen = np.asarray(rows, dtype=None if len(rows) else np.int64)
        weights = check_weights(self.weights[chosen], None)
        return replace(self, returns=self.returns[chosen], values=self.values[chosen], weights=weights)

    def reweight(self, weights: npt.ArrayLike) -> Paths:
        """The same paths with other weights, (n_paths,), at least 0 and in any unit.

        What is known of the event that they were drawn for no longer holds and is left out.

        Raises
        ------
        DataError
            A weight is negative or not finite, all are 0, or there are not n_paths of them.
        """
        return replace(self, weights=check_weights(as_numbers("weights", weights), len(self)), event=None)

    def resample(self, n: int, random_state: RandomState = 0) -> Paths:
        """Draw paths of equal weight, as often as their weights say.

        Each path comes n times its weight, rounded up or down at random (`draw_rows`). Paths come more than once, so n
        of them are not worth more than `effective_size` of these: take intervals from the weighted paths.

        Parameters
        ----------
        n : int
        random_state : int, numpy.random.Generator, numpy.random.RandomState or None
            The seed, or what one is drawn from.

        Raises
        ------
        ConfigError
            n is below 1.
        """
        given = check({"n": n, "random_state": random_state}, {"n": COUNT, "random_state": SEED})
        rows = draw_rows(self.weights, given["n"], np.random.default_rng(spawn_seed(given["random_state"], "resample")))
        return replace(self.take(rows), weights=np.full(len(rows), 1 / len(rows)))

    def plot(self, name: str | None = None, **options: Any) -> Figure:
        """Draw a fan chart over a panel of drawdowns; see `synthdiff.data.pathplot.plot_paths`."""
        from synthdiff.data.pathplot import plot_paths

        return plot_paths(self, name, **options)
