"""Real beside synthetic on the terminal: first rows, columns in numbers, known rules."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from rich import box
from rich.table import Table

from synthdiff.cli.comparison import compare_column

N_ROWS = 2
CELL_WIDTH = 16


def rows_table(real: pa.Table, synthetic: pa.Table) -> Table:
    """The first rows of both tables, one line a column, so that wide tables fit."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="First rows", title_justify="left")
    table.add_column("column", no_wrap=True, style="bold")
    for source, style in ((real, ""), (synthetic, "cyan")):
        word = "real" if source is real else "synthetic"
        for number in range(min(N_ROWS, source.num_rows)):
            table.add_column(
                f"{word} {number + 1}", max_width=CELL_WIDTH, no_wrap=True, overflow="ellipsis", style=style
            )
    for name in real.column_names:
        values = [value for source in (real, synthetic) for value in source[name].slice(0, N_ROWS).to_pylist()]
        table.add_row(name, *map(_cell, values))
    return table


def columns_table(kinds: Mapping[str, str], real: pa.Table, synthetic: pa.Table) -> Table:
    """One line a column: mean and standard deviation or the top level's share, nulls and different values of both."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Columns, real / synthetic", title_justify="left")
    table.add_column("column", no_wrap=True, style="bold")
    for name, style in (("mean ± sd, or top level", ""), ("", "cyan"), ("nulls %", ""), ("", "cyan")):
        table.add_column(name, no_wrap=True, style=style, overflow="ellipsis")
    table.add_column("distinct", justify="right", no_wrap=True)
    table.add_column("", justify="right", no_wrap=True, style="cyan")
    for name, kind in kinds.items():
        ours, theirs = compare_column(kind, real[name], synthetic[name])
        shares = [f"{100 * facts.null_share:.1f}" if facts.null_share else "" for facts in (ours, theirs)]
        table.add_row(name, ours.centre, theirs.centre, *shares, f"{ours.distinct:,}", f"{theirs.distinct:,}")
    return table


def rules_table(rules: Mapping[str, tuple[float, float]]) -> Table:
    """How often each known rule holds in the real and in the synthetic rows."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="What is known to hold", title_justify="left")
    table.add_column("rule")
    table.add_column("real", justify="right")
    table.add_column("synthetic", justify="right", style="cyan")
    for rule, shares in rules.items():
        table.add_row(rule, *(f"{share:.1%}" for share in shares))
    return table


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.6g}"
    return str(value)
