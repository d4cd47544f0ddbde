"""Which columns are the parts of price bars: open, high, low, close, adjusted close, volume.

Parts are known by their names, in any case, alone (``Close``, ``Adj_Close``) or with the name of the asset before or
behind (``SPX close``, ``Close_SPX``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from synthdiff.data.market.moment import DateArray, name_row
from synthdiff.errors import DataError, SchemaError

FloatArray = npt.NDArray[np.float64]
Part = Literal["open", "high", "low", "close", "price", "volume"]

_PARTS: dict[str, Part] = {
    "open": "open",
    "high": "high",
    "low": "low",
    "close": "close",
    "closelast": "close",
    "adjclose": "price",
    "adjustedclose": "price",
    "closeadj": "price",
    "volume": "volume",
    "vol": "volume",
}
_WORD = r"(?P<part>adj(?:usted)?[ _.]?close|open|high|low|close|volume|vol)"
_NAMES = (re.compile(rf"(?P<asset>.+?)[ _.:|/-]{_WORD}", re.I), re.compile(rf"{_WORD}[ _.:|/-](?P<asset>.+)", re.I))
_RANGE = ("open", "high", "low")
ROUNDING = 1e-4
"""Share of the price by which the high may lie below open or close, and the low above, before it is a mistake."""


def find_bars(names: Sequence[str], item: str | None = None) -> dict[str, tuple[str, Part]]:
    """Find the columns that belong to bars.

    Parameters
    ----------
    names : sequence of str
        Of the columns of numbers.
    item : str or None
        Name of the asset, where it is known; None: it is in the names, or is the name of the close.

    Returns
    -------
    dict of str to (asset, part)
        Of a column of bars, to whom it belongs and what it is; "price" is the adjusted close. Other columns are absent.
        A close with a volume or an adjusted close is a bar as well, though it has no range.

    Raises
    ------
    SchemaError
        A bar has two columns of a part, or some of open, high and low but not all, or stands beside other columns.

    Examples
    --------
    >>> find_bars(["Close", "Volume", "VIX"])
    {'Close': ('Close', 'close'), 'Volume': ('Close', 'volume')}
    """
    groups: dict[str, dict[str, Part]] = {}
    for name in names:
        asset, part = _split(name)
        if part is not None:
            groups.setdefault(asset, {})[name] = part
    found: dict[str, tuple[str, Part]] = {}
    alone: dict[str, Part] = {}
    for asset, parts in groups.items():
        if "close" not in parts.values() or len(parts) == 1:
            continue
        _check_group(parts)
        if not asset and set(_RANGE) <= set(parts.values()):
            alone = parts
        close = next(name for name, part in parts.items() if part == "close")
        found |= {name: (asset or item or close, part) for name, part in parts.items()}
    _check_alone(alone, [name for name in names if name not in found])
    return found


def _split(name: str) -> tuple[str, Part | None]:
    """Asset and part that a name tells; no asset where it is the part alone."""
    whole = _PARTS.get(_letters(name))
    if whole is not None:
        return "", whole
    for pattern in _NAMES:
        if match := pattern.fullmatch(name):
            return match["asset"], _PARTS[_letters(match["part"])]
    return "", None


def _letters(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _check_group(parts: dict[str, Part]) -> None:
    seen: dict[str, str] = {}
    for name, part in parts.items():
        if part in seen:
            raise SchemaError(f"columns {seen[part]!r} and {name!r} are both a {part}; leave one out", column=name)
        seen[part] = name
    missing = [part for part in _RANGE if part not in seen]
    if 0 < len(missing) < len(_RANGE):
        has = ", ".join(repr(name) for name in parts)
        raise SchemaError(
            f"the bars of {has} lack their {' and '.join(missing)}; add the columns, or name the ones to take by "
            "value_columns",
            column=seen["close"],
        )


def _check_alone(parts: dict[str, Part], others: list[str]) -> None:
    if parts and others:
        raise SchemaError(
            f"columns {', '.join(repr(name) for name in others)} stand beside the bars of "
            f"{', '.join(repr(name) for name in parts)}; name them as covariates, or name the ones to take by "
            "value_columns",
            column=others[0],
        )


def mend_bars(values: FloatArray, parts: Sequence[str], names: Sequence[str], dates: DateArray | None) -> FloatArray:
    """See that each bar's range holds its open and close.

    Parameters
    ----------
    values : (T, C) float64
        Columns of one asset.
    parts, names : C strings
        What the columns are, and are called.
    dates : (T,) datetime64[ns] or None
        Of the rows, for messages.

    Returns
    -------
    (T, C) float64
        The range is widened where it misses open or close by a rounding error, `ROUNDING` at most.

    Raises
    ------
    DataError
        It misses by more.
    """
    if not set(_RANGE) <= set(parts):
        return values
    mended = values.copy()
    at = {part: position for position, part in enumerate(parts)}
    body = values[:, [at["open"], at["close"]]]
    for part, extreme, sign in (("high", np.fmax, 1.0), ("low", np.fmin, -1.0)):
        bound = extreme(body[:, 0], body[:, 1])
        missed = sign * (bound - values[:, at[part]])
        wrong = np.flatnonzero(missed > ROUNDING * np.abs(bound))
        if len(wrong):
            row, name = int(wrong[0]), names[at[part]]
            word = "below" if part == "high" else "above"
            raise DataError(
                f"column {name!r} is {values[row, at[part]]:g} at {name_row(dates, row)}, {word} open or close "
                f"({bound[row]:g}); {len(wrong):,} such bars; correct them or make them missing",
                column=name,
                row=row,
                value=float(values[row, at[part]]),
            )
        mended[:, at[part]] = np.where(missed > 0.0, bound, values[:, at[part]])
    return mended
