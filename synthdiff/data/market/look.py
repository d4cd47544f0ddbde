"""What stands out in prices before a model learns them: splits, prices that stand still, assets that ended early.

Only findings are made here; no value is changed.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from synthdiff.data.market.finding import Finding
from synthdiff.data.market.moment import DateArray, name_row
from synthdiff.data.market.outlier import LEAST_JUMP, PRICE_DEVIATIONS
from synthdiff.data.market.stock_split import find_splits

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

STALE_STEPS = 10
"""Least length of a run of unchanged prices that is worth telling."""
STALE_CHANCE = 1e-4
"""Chance of so long a run, given how often the column stands still, below which it is told."""
PEGGED_SHARE = 0.5
"""Share of unchanged prices from which on a column is called pegged or hardly traded."""
EARLY_STEPS = 20
"""Least number of steps between an asset's last price and the end of the data that is told."""
SHORT_STEPS = 250
"""Observed steps, a year of days, below which it is told how little they say."""
TYPICAL_KURTOSIS = 6.0
"""Kurtosis of daily returns by which the error of a volatility is told."""
MOST_SAID = 5
_NEAR = 20
_WAITS = 3
_TO_DEVIATION = 1.4826
_NOT_TRADED = "make these rows missing if nothing was traded"


def split_findings(name: str, x: FloatArray, dates: DateArray | None, is_adjusted: bool = False) -> list[Finding]:
    """Name the jumps of a price that look like splits.

    Parameters
    ----------
    name : str
        Name of the column.
    x : (T,) float64
        Prices without outliers; NaN where not observed.
    dates : (T,) datetime64[ns] or None
        Dates of the rows.
    is_adjusted : bool
        Whether the prices before each split are divided by its ratio; default: False.
    """
    found = []
    for split in find_splits(x):
        text, remedy = f"the price jumps as by a {split} split", "if it is one, use --adjust-splits"
        if is_adjusted:
            text += "; earlier prices are adjusted for it"
            remedy = "if it is a real move of the price, leave out --adjust-splits"
        found.append(Finding(name, name_row(dates, split.row), text, remedy))
    return found


def edge_findings(name: str, x: FloatArray, dates: DateArray | None) -> list[Finding]:
    """Name a first or last price that is out of line: nothing before or after it says whether it is right.

    Parameters
    ----------
    name : str
        Name of the column.
    x : (T,) float64
        Prices without outliers; NaN where not observed.
    dates : (T,) datetime64[ns] or None
        Dates of the rows.
    """
    seen = np.flatnonzero(~np.isnan(x))
    steps = np.diff(np.log(x[seen]))
    usual = np.abs(steps[steps != 0.0])
    if len(usual) < STALE_STEPS:
        return []
    found = []
    for step, row, near in ((steps[0], seen[0], steps[1 : 1 + _NEAR]), (steps[-1], seen[-1], steps[-1 - _NEAR : -1])):
        deviation = _TO_DEVIATION * max(float(np.median(np.abs(near))), float(np.median(usual)))
        if abs(step) >= max(PRICE_DEVIATIONS * deviation, LEAST_JUMP):
            which = "first" if row == seen[0] else "last"
            text = f"the {which} price, {x[row]:g}, is out of line with the one next to it, and is kept"
            found.append(Finding(name, name_row(dates, int(row)), text, "correct it in the data if it is wrong"))
    return found


def stillness_findings(name: str, x: FloatArray, dates: DateArray | None) -> list[Finding]:
    """Name runs of unchanged prices that are longer than the column's habit.

    Parameters
    ----------
    name : str
        Name of the column.
    x : (T,) float64
        Prices; NaN where not observed.
    dates : (T,) datetime64[ns] or None
        Dates of the rows.
    """
    seen = np.flatnonzero(~np.isnan(x))
    is_still = np.diff(x[seen]) == 0.0
    share = float(is_still.mean()) if len(is_still) else 0.0
    firsts, lengths = _runs(is_still)
    if share >= PEGGED_SHARE:
        text = f"unchanged in {share:.0%} of the steps, as a pegged or hardly traded price is"
        return [Finding(name, None, text, "leave the column out if it is no market price")]
    habit = _habit(is_still, lengths)
    is_long = (lengths >= STALE_STEPS) & (len(seen) * habit**lengths < STALE_CHANCE)
    found = []
    for first, length in list(zip(firsts[is_long], lengths[is_long], strict=True))[:MOST_SAID]:
        is_end = first + length == len(is_still)
        text = f"the price stands still for {length:,} steps"
        text += ", up to the end, as one that is filled forward after the last trade" if is_end else ""
        found.append(Finding(name, name_row(dates, int(seen[first])), text, _NOT_TRADED))
    more = int(is_long.sum()) - MOST_SAID
    if more > 0:
        found.append(Finding(name, None, f"the price stands still for long {more:,} more times", _NOT_TRADED))
    return found


def short_findings(names: list[str], values: FloatArray) -> list[Finding]:
    """Tell how uncertain it is what a short history says.

    Parameters
    ----------
    names : list of str
        Names of the columns.
    values : (T, C) float64
        NaN where not observed.
    """
    counts = (~np.isnan(values)).sum(axis=0)
    short = np.flatnonzero(counts < SHORT_STEPS)
    remedy = "give a longer history if there is one"
    if len(short) and len(short) == len(names):
        return [Finding(None, None, _uncertainty(int(counts.min())), remedy)]
    shortest = short[np.argsort(counts[short], kind="stable")][:MOST_SAID]
    return [Finding(names[k], None, _uncertainty(int(counts[k])), remedy) for k in shortest]


def _uncertainty(n_observed: int) -> str:
    volatility = np.sqrt((TYPICAL_KURTOSIS - 1) / (4 * n_observed))
    return (
        f"a history of {n_observed} values is short: by chance the volatility is off by about {volatility:.0%}, a "
        f"correlation by {1 / np.sqrt(n_observed):.2f}, and losses beyond its worst step are guessed"
    )


def early_findings(names: list[str], values: FloatArray, dates: DateArray | None) -> list[Finding]:
    """Name the columns that end long before the others.

    Parameters
    ----------
    names : list of str
        Names of the C columns.
    values : (T, C) float64
        NaN where not observed.
    dates : (T,) datetime64[ns] or None
        Dates of the rows.
    """
    found = []
    n_rows = len(values)
    for name, column in zip(names, values.T, strict=True):
        seen = np.flatnonzero(~np.isnan(column))
        last = int(seen[-1])
        # A monthly column among daily ones is between two of its values.
        if n_rows - 1 - last >= max(EARLY_STEPS, _WAITS * int(np.diff(seen).max(initial=1))):
            text = (
                f"the last value is here, {n_rows - 1 - last:,} steps before the end of the data, as of an asset that "
            )
            text += "was delisted; paths go on from it"
            found.append(Finding(name, name_row(dates, last), text, "leave the column out if it is no longer traded"))
    return found


def _runs(flags: BoolArray) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """First place and length of each run of True."""
    edges = np.diff(np.concatenate([[0], flags.astype(np.int8), [0]]))
    firsts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return firsts, ends - firsts


def _habit(is_still: BoolArray, lengths: npt.NDArray[np.int64]) -> float:
    """How often a step without a move follows another one, without the longest run."""
    if not len(lengths):
        return 0.0
    usual = int(is_still.sum() - lengths.max())
    moves = int((~is_still).sum())
    after = usual - (len(lengths) - 1)  # still steps that follow still ones
    return max(usual / max(usual + moves, 1), after / max(usual, 1), 0.01)
