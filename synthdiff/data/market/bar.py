"""Which columns are the parts of price bars: open, high, low, close, adjusted close, volume.

Parts are known by their names, in any case and several languages, alone (``Close``, ``Schlusskurs``) or with the name
of the asset before or behind (``SPX close``, ``Close_SPX``); see `bar_name`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from synthdiff.data.market.bar_name import Part, is_derived, plain_name, split_name, weak_part
from synthdiff.data.market.moment import DateArray, name_row
from synthdiff.errors import DataError, SchemaError

FloatArray = npt.NDArray[np.float64]

_PIECES = ("stuck", "stucke", "stuecke", "tickvol")
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
    found: dict[str, tuple[str, Part]] = {}
    alone: dict[str, Part] = {}
    for asset, parts in _group(names).items():
        if not _is_bar(parts):
            continue
        _check_group(parts)
        if not asset and set(_RANGE) <= set(parts.values()):
            alone = parts
        close = next(name for name, part in parts.items() if part == "close")
        found |= {name: (asset or item or close, part) for name, part in parts.items()}
    _check_alone(alone, [name for name in names if name not in found])
    return found


def beside_bars(names: Sequence[str]) -> list[str]:
    """Find the columns that only come along with bars: changes, dividends, numbers of trades, a second volume.

    Parameters
    ----------
    names : sequence of str
        Of the columns of numbers.

    Returns
    -------
    list of str
        Names of columns that are no series of their own.

    Examples
    --------
    >>> beside_bars(["Open", "High", "Low", "Price", "Vol.", "Change %"])
    ['Change %']
    """
    groups = {asset: parts for asset, parts in _group(names).items() if _is_bar(parts)}
    alone = set(groups.get("", {}).values())
    has_range = set(_RANGE) <= alone
    taken = {name for parts in groups.values() for name in parts}
    rest = [name for name in names if name not in taken]
    volumes = [name for name in rest if split_name(name)[1] == "volume"] if has_range and "volume" in alone else []
    derived = [name for name in rest if is_derived(name, groups, has_range) or (has_range and weak_part(name))]
    return [name for name in rest if name in volumes or name in derived]


def _group(names: Sequence[str]) -> dict[str, dict[str, Part]]:
    """Parts by asset; "" is that of parts alone, which may have weaker names and one volume."""
    groups: dict[str, dict[str, Part]] = {}
    for name in names:
        asset, part = split_name(name)
        if part is not None:
            groups.setdefault(asset, {})[name] = part
    alone = groups.setdefault("", {})
    weak = {name: part for name in names if name not in alone and (part := weak_part(name)) is not None}
    if set(_RANGE) <= {*alone.values(), *weak.values()}:
        alone |= {name: part for name, part in weak.items() if part not in alone.values()}
    volumes = [name for name, part in alone.items() if part == "volume"]
    if not volumes and set(_RANGE) <= set(alone.values()):
        # Exchanges of crypto give the volume in both currencies: Volume BTC, Volume USD.
        others = [asset for asset, parts in groups.items() if asset and list(parts.values()) == ["volume"]]
        for asset in others[:1]:
            alone |= groups.pop(asset)
    # One is in pieces, one in money; or one in ticks, which is all that currencies have.
    best = next((name for name in volumes if plain_name(name) in _PIECES), volumes[0] if volumes else None)
    for name in volumes:
        if plain_name(name) != plain_name(best or ""):
            del alone[name]
    return groups


def _is_bar(parts: dict[str, Part]) -> bool:
    return "close" in parts.values() and len(parts) > 1


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
