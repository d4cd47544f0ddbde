"""What is said of the rows of a table of series: repeated ones, and their order."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from synthdiff.data.market.finding import Finding
from synthdiff.data.market.layout import Layout
from synthdiff.data.market.moment import name_row


def row_findings(table: pa.Table, layout: Layout) -> list[Finding]:
    """Say which rows were dropped as repetitions, and whether rows were sorted.

    Parameters
    ----------
    table : pa.Table
        N rows.
    layout : Layout
        Which column is what.
    """
    if layout.dates is None:
        return []
    codes = np.zeros(len(layout.dates), dtype=np.int64)
    if layout.item is not None:
        encoded = table.column(layout.item).cast(pa.string()).combine_chunks().dictionary_encode()
        codes = np.asarray(encoded.indices.to_numpy(), dtype=np.int64)
    found = []
    by_item = np.argsort(codes, kind="stable")
    steps, is_same = np.diff(layout.dates[by_item]), np.diff(codes[by_item]) == 0
    is_back = is_same & (steps < np.timedelta64(0))
    if is_back.any():
        if not (is_same & (steps > np.timedelta64(0))).any():
            text = "rows run from the newest to the oldest, and are sorted by date"
            found.append(Finding(None, None, text, "no action is needed if the dates are right"))
        else:
            when = name_row(layout.dates[by_item], int(np.flatnonzero(is_back)[0]) + 1)
            n = int(is_back.sum())
            text = "1 row is" if n == 1 else f"{n:,} rows are"
            text += " dated before the row above; all are sorted by date"
            found.append(Finding(None, when, text, "no action is needed if the dates are right"))
    order = np.lexsort((layout.dates, codes))
    is_twin = (np.diff(codes[order]) == 0) & (layout.dates[order][1:] == layout.dates[order][:-1])
    if is_twin.any():
        when = name_row(layout.dates[order], int(np.flatnonzero(is_twin)[0]))
        n = int(is_twin.sum())
        text = "1 row that repeats another is dropped" if n == 1 else f"{n:,} rows that repeat others are dropped"
        found.append(Finding(None, when, text, "no action is needed if the rows are copies"))
    return found
