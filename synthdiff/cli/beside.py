"""Real beside synthetic on the terminal: first rows, columns in numbers, known rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
from rich import box
from rich.table import Table

from synthdiff.cli.comparison import compare_column
from synthdiff.visible import shown

N_ROWS = 2
CELL_WIDTH = 18
SYNTHETIC_STYLE = "cyan"


def rows_table(real: pa.Table, synthetic: pa.Table) -> Table:
    """The first rows of both tables, one line a column, so that wide tables fit."""
    table = _table("First rows")
    for word, source, style in (("real", real, ""), ("synthetic", synthetic, SYNTHETIC_STYLE)):
        for number in range(min(N_ROWS, source.num_rows)):
            table.add_column(f"{word} {number + 1}", max_width=CELL_WIDTH, no_wrap=True, style=style)
    for name in real.column_names:
        values = [value for source in (real, synthetic) for value in source[name].slice(0, N_ROWS).to_pylist()]
        table.add_row(*map(shown, (name, *map(_cell, values))))
    return table


def columns_table(kinds: Mapping[str, str], real: pa.Table, synthetic: pa.Table) -> Table:
    """One line a column: mean and standard deviation or the top level's share, nulls and different values of both."""
    table = _table("Columns: mean ± standard deviation, or the share of the most frequent level")
    table.add_column("real", max_width=24, no_wrap=True)
    table.add_column("synthetic", max_width=24, no_wrap=True, style=SYNTHETIC_STYLE)
    table.add_column("nulls %", justify="right", no_wrap=True)
    table.add_column("distinct", justify="right", no_wrap=True)
    for name, kind in kinds.items():
        ours, theirs = compare_column(kind, real[name], synthetic[name])
        nulls = f"{100 * ours.null_share:.1f}/{100 * theirs.null_share:.1f}"
        no_nulls = ours.null_share == theirs.null_share == 0
        distinct = f"{ours.distinct:,}/{theirs.distinct:,}"
        table.add_row(*map(shown, (name, ours.centre, theirs.centre, "" if no_nulls else nulls, distinct)))
    return table


def rules_table(real: Mapping[str, float], synthetic: Mapping[str, float]) -> Table:
    """How often each known rule holds in the real and in the synthetic rows."""
    table = _table("Known rules, and the share of the rows that keep them")
    table.add_column("real", justify="right")
    table.add_column("synthetic", justify="right", style=SYNTHETIC_STYLE)
    for rule, share in real.items():
        table.add_row(rule, f"{share:.1%}", f"{synthetic[rule]:.1%}")
    return table


def _table(title: str) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        padding=(0, 1, 0, 0),
        title=title,
        title_style="bold",
        title_justify="left",
    )
    table.add_column("", no_wrap=True, min_width=16)
    return table


def _cell(value: Any) -> str:
    return "" if value is None else _CELLS.get(type(value), str)(value)


_CELLS: dict[type, Callable[[Any], str]] = {
    float: lambda value: f"{value:,.6g}",
    dt.datetime: lambda value: value.strftime("%Y-%m-%d" if value.time() == dt.time() else "%Y-%m-%d %H:%M"),
    dt.timedelta: lambda value: f"{value / dt.timedelta(days=1):g} d",
}
