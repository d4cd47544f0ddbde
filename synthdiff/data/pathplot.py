"""A fan chart of paths over their drawdowns: history, median, bands, and a few single paths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from synthdiff import visible
from synthdiff.data.drawdown import drawdown_paths
from synthdiff.data.portfolio import HOLDINGS, REBALANCE, Holdings, Rebalance, named
from synthdiff.data.quantile import weighted_quantiles
from synthdiff.data.split import FloatArray, IntArray
from synthdiff.errors import ConfigError, DataError
from synthdiff.parameter import checked
from synthdiff.rule import MOST_STEPS, SEED, Integer, OrNone, Text
from synthdiff.runtime import spawn_seed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from synthdiff.data.paths import Paths

BANDS = ((0.005, 0.995), (0.05, 0.95), (0.25, 0.75))
SHADES = (0.14, 0.22, 0.36)
PAST, COMING, SINGLE = "#4c566a", "#d08020", "#5e81ac"
PERCENT = 100.0


def label_text(text: str) -> str:
    r"""Write a label that matplotlib draws as it is: control characters shown, ``$`` no mathematics.

    Examples
    --------
    >>> print(label_text("US$ in $"))
    US\$ in \$
    """
    return visible.shown(text).replace("$", r"\$")


@checked(
    name=OrNone(Text()),
    portfolio=OrNone(HOLDINGS),
    rebalance=REBALANCE,
    n_examples=Integer(0, MOST_STEPS),
    title=OrNone(Text()),
    random_state=SEED,
)
def plot_paths(
    paths: Paths,
    name: str | None = None,
    *,
    portfolio: Holdings | None = None,
    rebalance: Rebalance = "daily",
    history: npt.ArrayLike | None = None,
    history_dates: npt.ArrayLike | None = None,
    n_examples: int = 4,
    title: str | None = None,
    random_state: int = 0,
) -> Figure:
    """Draw one column's or a portfolio's paths: bands of 50, 90 and 99 %, the median, single paths, drawdowns below.

    Parameters
    ----------
    paths : Paths
    name : str, optional
        A column; default: the first, or the portfolio if one is given.
    portfolio : mapping or array, optional
        Weights as for `Paths.portfolio`.
    rebalance : {"daily", "hold"}
    history : (T,) array, optional
        What came before the first step, oldest first, in the same unit.
    history_dates : (T,) array, optional
        Its dates. Without them steps are numbered, the last of the history being 0.
    n_examples : int
        Paths drawn at random by their weights.
    title : str, optional
        Default: the name and how many paths there are.
    random_state : int
        Seed of the single paths.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ConfigError
        There is no such column.
    DataError
        The history's shapes do not fit.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = _Line.of(paths, name, portfolio, rebalance)
    past, before, after = _time(paths, history, history_dates)
    figure = Figure(figsize=(9, 6), layout="constrained")
    FigureCanvasAgg(figure)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    examples = _examples(paths, n_examples, random_state)
    _draw(upper, after, shown.values, paths.weights, examples, shown.start)
    if len(past):
        upper.plot(before, past, color=PAST, linewidth=1.2, label="history")
    upper.set_ylabel(label_text(shown.unit))
    upper.set_title(label_text(title or f"{shown.name}: {_count(paths)}"), loc="left", fontsize=11)
    upper.legend(loc="upper left", frameon=False, fontsize=8, ncols=2)
    _draw(lower, after, shown.falls, paths.weights, examples, 0.0, labelled=False)
    lower.set_ylabel(label_text(f"drawdown, {shown.unit_of_falls}"))
    lower.set_xlabel("step" if after.dtype.kind != "M" else "")
    for axis in (upper, lower):
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(labelsize=8)
        axis.grid(axis="y", color="#d8dee9", linewidth=0.6)
        axis.set_axisbelow(True)
    return figure


@dataclass(frozen=True, eq=False)
class _Line:
    """What is drawn: values (n_paths, n_steps), what they start from, and their falls from the highest so far."""

    name: str
    unit: str
    values: FloatArray
    start: float
    falls: FloatArray
    unit_of_falls: str = "%"

    @classmethod
    def of(cls, paths: Paths, name: str | None, portfolio: Holdings | None, rebalance: Rebalance) -> _Line:
        if portfolio is not None:
            return cls._of_prices(name or "portfolio", "value", paths.portfolio(portfolio, rebalance), 1.0)
        name = name or paths.names[0]
        if name not in paths.names:
            raise ConfigError(f"there is no column {name!r}; there are {named(paths.names)}")
        column = paths.names.index(name)
        values, start = paths.values[:, :, column], float(paths.start[column])
        is_level = name in paths.assets and paths.kinds[paths.assets.index(name)] == "difference"
        if not np.isnan(start):
            is_price = not is_level and start > 0 and bool((values > 0).all())
            return cls._of_prices(name, name, values, start) if is_price else cls._of_levels(name, values, start)
        # a column of steps: what they add up to is what spreads and falls
        if is_level:
            return cls._of_levels(name, np.cumsum(values, axis=1), 0.0)
        return cls._of_prices(name, f"{name}, 1 at the start", np.exp(np.cumsum(values, axis=1)), 1.0)

    @classmethod
    def _of_prices(cls, name: str, unit: str, values: FloatArray, start: float) -> _Line:
        return cls(name, unit, values, start, PERCENT * drawdown_paths(values, start))

    @classmethod
    def _of_levels(cls, name: str, values: FloatArray, start: float) -> _Line:
        peak = np.maximum(np.maximum.accumulate(values, axis=1), start)
        return cls(name, name, values, start, values - peak, name)


def _draw(
    axis: Axes,
    when: Any,
    values: FloatArray,
    weights: FloatArray,
    examples: IntArray,
    start: float,
    labelled: bool = True,
) -> None:
    """Bands, median and single paths, all from one start."""
    levels = sorted({0.5, *(level for band in BANDS for level in band)})
    quantiles = dict(zip(levels, weighted_quantiles(values, weights, levels), strict=True))
    for band, shade in zip(BANDS, SHADES, strict=True):
        low, high = (_from(start, quantiles[level]) for level in band)
        label = f"{PERCENT * (band[1] - band[0]):.0f} % of the paths"
        axis.fill_between(when, low, high, color=COMING, alpha=shade, linewidth=0, label=label if labelled else None)
    for i, example in enumerate(examples):
        said = "single paths" if labelled and i == 0 else None
        axis.plot(when, _from(start, values[example]), color=SINGLE, linewidth=0.7, alpha=0.8, label=said)
    axis.plot(when, _from(start, quantiles[0.5]), color=COMING, linewidth=1.6, label="median" if labelled else None)


def _from(start: float, line: FloatArray) -> FloatArray:
    return np.concatenate([[start], line])


def _time(paths: Paths, history: npt.ArrayLike | None, dates: npt.ArrayLike | None) -> tuple[FloatArray, Any, Any]:
    """The history, its places on the axis, and those of the start and of each step."""
    past = np.empty(0) if history is None else np.asarray(history, dtype=np.float64)
    if past.ndim != 1:
        raise DataError(f"the history has the shape {past.shape}; give the (T,) values of one column")
    if dates is not None:
        then = np.asarray(dates).astype("datetime64[ns]")
        if then.shape != past.shape:
            raise DataError(
                f"the history has {past.shape[0]} values and dates of shape {then.shape}; give one for each"
            )
    if paths.dates is not None and (dates is not None or not len(past)):
        last = then[-1] if dates is not None and len(past) else _step_back(paths.dates)
        return past, then if dates is not None else np.empty(0), np.concatenate([[last], paths.dates])
    return past, np.arange(1 - len(past), 1), np.arange(paths.n_steps + 1)


def _step_back(dates: Any) -> Any:
    """Where the start is drawn: as far before the first date as the second is after it."""
    return dates[0] - (dates[1] - dates[0] if len(dates) > 1 else np.timedelta64(1, "D"))


def _examples(paths: Paths, n: int, random_state: int) -> IntArray:
    rng = np.random.default_rng(spawn_seed(random_state, "examples"))
    n = min(n, int(np.count_nonzero(paths.weights)))
    return np.asarray(rng.choice(len(paths), size=n, replace=False, p=paths.weights), dtype=np.int64)


def _count(paths: Paths) -> str:
    count = f"{len(paths):,} paths, {paths.n_steps} steps"
    size = paths.effective_size
    return count if size > 0.999 * len(paths) else f"{count}, worth {size:,.0f} of equal weight"
