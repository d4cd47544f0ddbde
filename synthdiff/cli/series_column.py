"""What the columns of market series are taken for, and what is learnt of each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from synthdiff.codecs.series.change import DifferenceCodec, LevelCodec
from synthdiff.data.market import Market
from synthdiff.data.market.calendar import steps_per_year
from synthdiff.data.market.role import PRICE_LEVEL
from synthdiff.data.market.unit_root import unit_root_test
from synthdiff.visible import shown

if TYPE_CHECKING:
    from rich.table import Table

    from synthdiff.codecs.series.price import PriceCodec
    from synthdiff.data.market.moment import DateArray

LEARNT = {
    "price": "log return",
    "close": "log return",
    "return": "as it is",
    "open": "gap since the last close",
    "high": "upper wick",
    "low": "lower wick",
    "volume": "logarithm over its trailing mean",
    "covariate": "comes along",
}
"""What is learnt of a column, by its role; of levels and adjusted closes it depends."""
MOST_LABELS = 4


def column_facts(codec: PriceCodec, dates: DateArray | None) -> list[dict[str, Any]]:
    """Name, asset, role, what is learnt, and drift a year of each column; the drift is None where it has none.

    Parameters
    ----------
    codec : PriceCodec
    dates : (T,) datetime64[ns] or None
        Of the history, or of its last part: they tell how many steps a year has.
    """
    layout, a_year = codec.layout, steps_per_year(dates)
    found = {column: series for series in codec.series for column in series.columns}
    out = []
    for place, (name, asset, role) in enumerate(zip(layout.names, layout.assets, layout.roles, strict=True)):
        learnt, series = LEARNT.get(role, ""), found[place]
        if role == "price" and "close" in _roles_of(layout, asset):
            learnt = "share of the close"
        elif isinstance(series, LevelCodec):
            learnt = "as it is: it returns to its mean"
        elif isinstance(series, DifferenceCodec):
            learnt = "difference"
        moves = role in ("close", "return", "level") or learnt == LEARNT["price"]
        drift = getattr(series, "drift", None) if moves else None
        drift = None if drift is None else drift * a_year
        out.append({"name": name, "asset": asset, "role": role, "learnt": learnt, "drift": drift})
    return out


def reasons(market: Market, values: Any) -> list[str]:
    """Why each column is taken for what it is, in a few words.

    Parameters
    ----------
    market : Market
    values : str or dict
        What was said of the columns, as `read_market` takes it.
    """
    said = set(market.names) if isinstance(values, str) and values != "auto" else set(values)
    return [_reason(market, place, name in said) for place, name in enumerate(market.names)]


def columns_table(columns: Sequence[Mapping[str, Any]]) -> Table:
    """One line a column; what else is known of them wraps in the last field, the reason."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("column", overflow="ellipsis", no_wrap=True, max_width=24, style="bold")
    has_bars = any(column["asset"] != column["name"] for column in columns)
    if has_bars:
        table.add_column("asset", overflow="ellipsis", no_wrap=True, max_width=16)
    table.add_column("taken for", no_wrap=True)
    table.add_column("learnt as")
    table.add_column("drift a year", justify="right", no_wrap=True)
    extra = [key for key in ("missing", "why") if any(column.get(key) for column in columns)]
    for key in extra:
        table.add_column(key, style="dim" if key == "why" else "", justify="left" if key == "why" else "right")
    for column in columns:
        asset = [column["asset"]] if has_bars else []
        more = [_share(column[key]) if key == "missing" else column[key] for key in extra]
        table.add_row(*map(shown, (column["name"], *asset, column["role"], column["learnt"], _drift(column), *more)))
    return table


def _roles_of(market: Market, asset: str) -> set[str]:
    return {role for whose, role in zip(market.assets, market.roles, strict=True) if whose == asset}


def _reason(market: Market, place: int, said: bool) -> str:
    name, role = market.names[place], market.roles[place]
    if role == "covariate":
        labels = market.labels.get(name, ())
        more = ", ..." if len(labels) > MOST_LABELS else ""
        return f"of {len(labels)} labels: {', '.join(labels[:MOST_LABELS])}{more}" if labels else ""
    if said:
        return "as --values says"
    if role not in ("price", "return", "level") or "close" in _roles_of(market, market.assets[place]):
        return "by its name"
    if role == "return":
        return "both signs around zero, hardly autocorrelated"
    x = market.values[:, place]
    x = x[~np.isnan(x)]
    if x.min() <= 0.0:
        return f"as low as {x.min():.4g}, and no return"
    test = unit_root_test(np.log(x))
    if role == "level":
        return f"positive, but comes back to its mean (unit root rejected, t {test.statistic:.1f})"
    wanders = f"positive, and wanders (t {test.statistic:.1f} of a unit root)"
    return "positive, and most columns are prices" if test.rejects(PRICE_LEVEL) else wanders


def _drift(column: Mapping[str, Any]) -> str:
    """As a percentage of log returns, in their own units of differences."""
    drift = column["drift"]
    if drift is None or not math.isfinite(drift):
        return ""
    return f"{drift:+.3g}" if column["learnt"] == "difference" else f"{drift:+.1%}"


def _share(value: float) -> str:
    return f"{value:.1%}" if value else ""
