"""How returns are written: simple or logarithmic, as fractions or in percent.

A price that halves has a simple return of -0.5, a log return of -0.693, and -50 in percent. Most tables hold simple
returns, as pandas' ``pct_change`` makes them; what is learnt are log returns, which add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from synthdiff.data.market.finding import Finding
from synthdiff.data.market.moment import DateArray, name_row
from synthdiff.data.market.vocabulary import SILENT, Hint
from synthdiff.errors import ConfigError, DataError

FloatArray = npt.NDArray[np.float64]
Convention = Literal["log", "simple", "percent", "log percent"]
Returns = Literal["auto", "simple", "log", "percent"]

PERCENT_DEVIATION = 0.25
"""Robust standard deviation of a step beyond which returns are no fractions: 25 % a step."""
MOST_PERCENT = 15.0
"""The same beyond which they are no percent either."""
_NAMED_DEVIATION = 0.1
_TO_DEVIATION = 1.4826
WORDS = {
    "log": "log returns",
    "simple": "simple returns",
    "percent": "simple returns in percent",
    "log percent": "log returns in percent",
}


def to_log(x: FloatArray, convention: str) -> FloatArray:
    """Turn returns of a convention into log returns.

    Parameters
    ----------
    x : float64 array
        Simple returns above -1, or -100 in percent; NaN stays.
    convention : {"log", "simple", "percent", "log percent"}

    Examples
    --------
    >>> to_log(np.array([-0.5]), "simple").round(3).tolist(), to_log(np.array([-50.0]), "percent").round(3).tolist()
    ([-0.693], [-0.693])
    """
    fraction = x / 100.0 if convention.endswith("percent") else x
    return np.asarray(fraction if convention.startswith("log") else np.log1p(fraction))


def from_log(x: FloatArray, convention: str) -> FloatArray:
    """Turn log returns into returns of a convention: the inverse of `to_log`."""
    fraction = x if convention.startswith("log") else np.expm1(x)
    return np.asarray(100.0 * fraction if convention.endswith("percent") else fraction)


def deviation_of(x: FloatArray) -> float:
    """Robust standard deviation of returns around zero; NaN and steps without a move count not."""
    moved = np.abs(x[~np.isnan(x) & (x != 0.0)])
    return float(_TO_DEVIATION * np.median(moved)) if len(moved) else 0.0


def infer_convention(x: FloatArray, hint: Hint = SILENT) -> Convention:
    """Say how the returns of a column are written.

    Parameters
    ----------
    x : (T,) float64
        Returns; NaN where not observed.
    hint : Hint
        What the column's name says; default: nothing.

    Returns
    -------
    {"log", "simple", "percent", "log percent"}
        Percent where a step would be more than 25 % otherwise, or where the name says so and the numbers allow it.
        Simple unless the name says otherwise.
    """
    deviation = deviation_of(x)
    impossible = int((x < -1.0).sum())
    least = _NAMED_DEVIATION if hint.is_percent or impossible > 1 else PERCENT_DEVIATION
    if least < deviation <= MOST_PERCENT:
        return "log percent" if hint.is_log else "percent"
    return "log" if hint.is_log else "simple"


def given_convention(returns: str, x: FloatArray, hint: Hint) -> Convention:
    """The convention that the parameter `returns` asks for.

    Raises
    ------
    ConfigError
        The word is not known.
    """
    if returns not in get_args(Returns):
        raise ConfigError(f"returns must be 'auto', 'simple', 'log' or 'percent', got {returns!r}")
    if returns == "auto":
        return infer_convention(x, hint)
    if returns == "percent":
        return "log percent" if hint.is_log else "percent"
    return "log" if returns == "log" else "simple"


def check_returns(name: str, x: FloatArray, convention: str, dates: DateArray | None) -> None:
    """Refuse simple returns that lose all or more.

    Parameters
    ----------
    name : str
        Name of the column.
    x : (T,) float64
        Returns; NaN where not observed.
    convention : str
        How they are written.
    dates : (T,) datetime64[ns] or None
        Dates of the rows, for messages.

    Raises
    ------
    DataError
        Some are -1 (-100 in percent) or less.
    """
    if convention.startswith("log"):
        return
    least = -100.0 if convention == "percent" else -1.0
    rows = np.flatnonzero(x <= least)
    if len(rows):
        row = int(rows[0])
        raise DataError(
            f"column {name!r} has the return {x[row]:g} at {name_row(dates, row)}, and a simple return is above "
            f"{least:g}; {len(rows):,} such values; correct them, or say returns='log' or returns='percent' "
            "(--returns) if that is what they are",
            column=name,
            row=row,
            value=float(x[row]),
        )


def convention_findings(silent: Sequence[str], percents: Sequence[str]) -> list[Finding]:
    """What must be said of conventions that nobody has named.

    Parameters
    ----------
    silent : sequence of str
        Columns that are taken for simple returns because nothing says otherwise.
    percents : sequence of str
        Columns that are taken for percent.
    """
    found = []
    for names, convention, others in ((silent, "simple", "log"), (percents, "percent", "simple or --returns log")):
        if names:
            column = names[0] if len(names) == 1 else None
            number = "the returns" if len(names) == 1 else f"the returns of {len(names)} columns"
            text = f"{number} are taken for {WORDS[convention]}, and paths hold them so"
            found.append(Finding(column, None, text, f"if they are not, use --returns {others}"))
    return found
