"""What the columns of market series are taken for, and what is learnt of each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from synthdiff.codecs.series.change import DifferenceCodec, LevelCodec, ReturnCodec
from synthdiff.data.market import Market
from synthdiff.data.market.calendar import steps_per_year
from synthdiff.data.market.convention import WORDS
from synthdiff.data.market.role import Reason
from synthdiff.visible import shown

if TYPE_CHECKING:
    from rich.table import Table

    from synthdiff.codecs.series.price import PriceCodec
    from synthdiff.data.market.moment import DateArray

LEARNT = {
    "price": "log return",
    "close": "log return",
    "return": "log return",
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
        elif isinstance(series, ReturnCodec) and series.convention != "log":
            learnt = f"log return; the data hold {WORDS[series.convention]}"
        elif isinstance(series, LevelCodec):
            learnt = "as it is: it returns to its mean"
        elif isinstance(series, DifferenceCodec):
            learnt = "difference"
        moves = role in ("close", "return", "level") or learnt == LEARNT["price"]
        drift = getattr(series, "drift", None) if moves else None
        drift = None if drift is None else drift * a_year
        out.append({"name": name, "asset": asset, "role": role, "learnt": learnt, "drift": drift})
    return out


def reason_of(market: Market, name: str) -> Reason:
    """Why a column is taken for what it is, and how sure that is.

    Parameters
    ----------
    market : Market
        As it was read.
    name : str
        Name of the column.
    """
    labels = market.labels.get(name, ())
    if labels:
        more = ", ..." if len(labels) > MOST_LABELS else ""
        return Reason(f"of {len(labels)} labels: {', '.join(labels[:MOST_LABELS])}{more}")
    return market.reasons.get(name, Reason(""))


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
        more = [_share(column[key]) if key == "missing" else _why(column) for key in extra]
        table.add_row(*map(shown, (column["name"], *asset, column["role"], column["learnt"], _drift(column), *more)))
    return table


def _roles_of(market: Market, asset: str) -> set[str]:
    return {role for whose, role in zip(market.assets, market.roles, strict=True) if whose == asset}


def _why(column: Mapping[str, Any]) -> str:
    """The reason, and whether it is no more than a guess."""
    return f"not sure: {column['why']}" if column.get("certainty") == "unsure" else str(column["why"])


def _drift(column: Mapping[str, Any]) -> str:
    """As a percentage of log returns, in their own units of differences."""
    drift = column["drift"]
    if drift is None or not math.isfinite(drift):
        return ""
    return f"{drift:+.3g}" if column["learnt"] == "difference" else f"{drift:+.1%}"


def _share(value: float) -> str:
    return f"{value:.1%}" if value else ""
