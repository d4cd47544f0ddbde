"""Cells that are taken for missing, because they cannot be right, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthdiff.data.market.convention import deviation_of, from_log, to_log
from synthdiff.data.market.finding import Finding
from synthdiff.data.market.moment import DateArray, name_row
from synthdiff.data.market.outlier import MOST_SHARE, level_outliers, log_price_outliers, price_outliers

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

FEW = MOST_SHARE
"""Share of prices that may not be positive, and are taken for mistakes."""
MOST_SAID = 5
"""Stretches of a column that are named one by one."""
ABSURD = ((float(np.log(5.0)), 25.0), (float(np.log(2.0)), 60.0))
"""Least sizes of absurd returns: as a log return, and in robust standard deviations. A company's bankruptcy or success
may halve or double its price within a day (GameStop in January 2021: by 28 deviations); an index that does is wrong."""
_ABNORMAL = 12.0
_TO_DEVIATION = 1.4826


@dataclass(frozen=True, eq=False)
class Cleaned:
    """A column without its mistakes.

    Attributes
    ----------
    values : (T,) float64
        NaN where nothing was observed, and in place of mistakes.
    causes : dict of str to (T,) bool
        The rows of the mistakes, by what is wrong: "before", "after", "sign", "jump", "return" or "volume".
    """

    values: FloatArray
    causes: Mapping[str, BoolArray]


def clean_prices(x: FloatArray) -> Cleaned:
    """Take mistakes out of a column of prices.

    Parameters
    ----------
    x : (T,) float64
        NaN where not observed.

    Returns
    -------
    Cleaned
        Without zeros before the first and after the last price, without other values that are not positive if they
        are `FEW`, and without outliers (see `outlier`).
    """
    before, after, rest = _signs(x)
    if rest.sum() > FEW * (x > 0.0).sum():
        rest = np.zeros_like(rest)
    values = np.where(before | after | rest, np.nan, x)
    is_price = not (values <= 0.0).any()
    jumps = price_outliers(values) if is_price else np.zeros_like(rest)
    values = np.where(jumps, np.nan, values)
    return Cleaned(values, {"before": before, "after": after, "sign": rest, "jump": jumps})


def may_be_prices(x: FloatArray) -> bool:
    """Whether a column is positive but for few cells that stand out, as mistakes in prices do.

    A yield that sinks below zero, or rain that begins, does so by steps of its usual size, and is no price.
    """
    _, _, rest = _signs(x)
    return bool(rest.sum() <= FEW * (x > 0.0).sum() and stands_out(x))


def stands_out(x: FloatArray) -> bool:
    """Whether what is not positive in a column lies many usual steps from what is."""
    wrong = x <= 0.0
    seen = np.flatnonzero(~np.isnan(x))
    steps, is_wrong = np.abs(np.diff(x[seen])), wrong[seen]
    between = is_wrong[1:] != is_wrong[:-1]
    usual = steps[~between & (steps > 0.0)]
    if not len(usual):
        return False
    return bool((steps[between] > _ABNORMAL * _TO_DEVIATION * np.median(usual)).all())


def clean_levels(x: FloatArray) -> Cleaned:
    """Take outliers out of a column of levels, (T,) float64 with NaN where not observed."""
    jumps = level_outliers(x)
    return Cleaned(np.where(jumps, np.nan, x), {"jump": jumps})


def clean_returns(x: FloatArray, convention: str) -> Cleaned:
    """Take absurd returns out of a column.

    Parameters
    ----------
    x : (T,) float64
        NaN where not observed.
    convention : {"log", "simple", "percent", "log percent"}
        How the returns are written.

    Returns
    -------
    Cleaned
        Without losses of all or more, and without returns that are out of all proportion to the others, if both
        together are few. Two returns that take back each other, as one wrong price makes them, go together.
    """
    fraction = from_log(to_log(x, "log percent"), "log") if convention.endswith("percent") else x
    is_log = convention.startswith("log")
    total = np.zeros(len(x), dtype=bool) if is_log else fraction <= -1.0
    logs = np.full(len(x), np.nan)
    logs[~total] = to_log(fraction[~total], "log" if is_log else "simple")
    deviation = deviation_of(logs)
    least = min(max(size, deviations * deviation) for size, deviations in ABSURD)
    absurd = total | (np.abs(logs) >= least)
    pairs = log_price_outliers(np.cumsum(np.nan_to_num(np.where(absurd, 0.0, logs))))
    absurd = absurd | pairs | np.concatenate([[False], pairs[:-1]])
    if absurd.sum() > FEW * (~np.isnan(x)).sum():
        absurd = np.zeros(len(x), dtype=bool)
    return Cleaned(np.where(absurd, np.nan, x), {"return": absurd})


def mistake_findings(
    name: str, x: FloatArray, causes: Mapping[str, BoolArray], dates: DateArray | None, in_bar: bool = False
) -> list[Finding]:
    """Say which cells of a column are taken for missing.

    Parameters
    ----------
    name : str
        Name of the column.
    x : (T,) float64
        Its values as they came.
    causes : mapping of str to (T,) bool
        As `Cleaned` has them.
    dates : (T,) datetime64[ns] or None
        Dates of the rows.
    in_bar : bool
        Whether it is a part of a price bar, which can be no level; default: False.
    """
    found = []
    for cause, rows in causes.items():
        firsts = np.flatnonzero(rows & ~np.concatenate([[False], rows[:-1]]))
        lasts = np.flatnonzero(rows & ~np.concatenate([rows[1:], [False]]))
        for first, last in list(zip(firsts, lasts, strict=True))[:MOST_SAID]:
            text = f"{_noun(cause, x, int(first), int(last))} taken for missing"
            found.append(Finding(name, name_row(dates, int(first)), text, _remedy(cause, name, in_bar)))
        if len(firsts) > MOST_SAID:
            more = int(rows[firsts[MOST_SAID] :].sum())
            text = f"{more:,} more such values are taken for missing, up to {name_row(dates, int(lasts[-1]))}"
            found.append(Finding(name, name_row(dates, int(firsts[MOST_SAID])), text, _remedy(cause, name, in_bar)))
    return found


def _signs(x: FloatArray) -> tuple[BoolArray, BoolArray, BoolArray]:
    """Zeros before the first price, zeros after the last one, and what else is not positive."""
    wrong, rows = x <= 0.0, np.arange(len(x))
    positive = np.flatnonzero(x > 0.0)
    if not len(positive):
        return np.zeros_like(wrong), np.zeros_like(wrong), wrong
    early, late = rows < positive[0], rows > positive[-1]
    before = wrong & early & bool((x[early & wrong] == 0.0).all())
    after = wrong & late & bool((x[late & wrong] == 0.0).all())
    return before, after, wrong & ~before & ~after


def _noun(cause: str, x: FloatArray, first: int, last: int) -> str:
    n, value = last - first + 1, f"{x[first]:g}"
    if cause == "before":
        return f"{n:,} zeros before the first price are" if n > 1 else "the zero before the first price is"
    if cause == "after":
        return f"{n:,} zeros after the last price are" if n > 1 else "the zero after the last price is"
    words = {
        "sign": "not positive, and",
        "jump": f"out of line with {_neighbours(x, first, last)}, and",
        "return": "out of all proportion to the others, and",
        "volume": "negative, which no volume is, and",
    }
    if n == 1:
        return f"the value {value} is {words[cause]} is"
    return f"{n:,} values from {value} on are {words[cause]} are"


def _neighbours(x: FloatArray, first: int, last: int) -> str:
    before, after = x[:first][~np.isnan(x[:first])], x[last + 1 :][~np.isnan(x[last + 1 :])]
    known = [f"{part:g}" for part in (*before[-1:], *after[:1])]
    return f"those before and after it ({' and '.join(known)})"


def _remedy(cause: str, name: str, in_bar: bool) -> str:
    if in_bar:
        return "correct it in the data if you know the right value"
    if cause == "return":
        return "correct it in the data, or use --values to say that the column holds no returns"
    return f"correct it in the data, or use --values {name}=level if such values are right"
