"""Whether a table that is fitted as a table looks like market prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from synthdiff.data.market import read_market
from synthdiff.data.market.layout import find_layout
from synthdiff.errors import SynthdiffError

if TYPE_CHECKING:
    import pyarrow as pa

MOST_ROWS = 2_000
"""Rows that are looked at: the last ones of a wide table."""
LEAST_ROWS = 60
PRICES = frozenset({"price", "open", "high", "low", "close"})


def looks_like_prices(table: pa.Table) -> bool:
    """Say whether a table holds dates, and beside them columns of which most wander like prices.

    Rows must be in order of time, each date once, in a long table once a series: a table of customers has dates, too.
    """
    try:
        layout = find_layout(table)
        if layout.dates is None or len(layout.dates) < LEAST_ROWS:
            return False
        if layout.item is None:
            if not (np.diff(layout.dates) > np.timedelta64(0)).all():
                return False
            table = table.slice(max(table.num_rows - MOST_ROWS, 0))
        roles = read_market(table).roles
    except SynthdiffError:
        return False
    return 2 * sum(role in PRICES for role in roles) > len(roles)
