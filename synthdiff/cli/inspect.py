"""``synthdiff inspect``: what each column is taken for, and why."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from synthdiff.cli.option import FILE, categorical_option, force_option, json_option, take_text_options, text_options
from synthdiff.cli.series_option import READING, reading_options, refuse_options, returns_option, series_option
from synthdiff.visible import shell_words, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table

    from synthdiff.constraints.search import Findings
    from synthdiff.models.inspection import ColumnReport

DEFAULT_FILE = Path("schema.json")
TABLE_ONLY = ("output", "categorical", "force")


@click.command("inspect")
@click.argument("data", nargs=-1, required=True, metavar="DATA...")
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Default: schema.json, if there is none yet.")
@categorical_option
@force_option("Replace an existing schema file.")
@series_option("Look at the columns as market series.")
@text_options
@reading_options
@returns_option("--returns")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    data: tuple[str, ...],
    output: Path | None,
    categorical: tuple[str, ...],
    force: bool,
    series: bool,
    as_json: bool,
    **reading: Any,
) -> None:
    """Show what each column is taken for, and why.

    The same goes into a schema file. Change kinds there where they are wrong, then fit with --schema schema.json.

    With --series: which columns are prices, returns, levels or parts of bars, what is learnt of each, which dates there
    are, and which are missing. No file is written; the options that say it otherwise are those of fit.
    """
    text = take_text_options(reading)
    if series:
        from synthdiff.cli.series_inspect import show_series

        refuse_options(ctx, TABLE_ONLY, "is for tables: leave it out, or leave out --series")
        show_series(data, reading, as_json, typed_words(ctx), text)
    else:
        refuse_options(ctx, (*READING, "returns"), "is for market series: add --series, or leave it out")
        show_table(data, output, categorical, force, as_json, text)


def show_table(
    data: tuple[str, ...],
    output: Path | None,
    categorical: tuple[str, ...],
    force: bool,
    as_json: bool,
    text: dict[str, Any],
) -> None:
    """Print what the columns of a table are taken for, and write it into a schema file."""
    from dataclasses import asdict

    from synthdiff.cli.location import check_outputs
    from synthdiff.cli.screen import counted, messages, print_json, results
    from synthdiff.codecs.infer import infer_schema
    from synthdiff.data.frame import to_table
    from synthdiff.data.io import read_table
    from synthdiff.models.inspection import inspect_table

    is_kept = output is None and not force and os.path.lexists(DEFAULT_FILE)
    if not is_kept:
        check_outputs({"-o": output or DEFAULT_FILE}, force)
    passed_over: list[str] = []
    table, _ = to_table(read_table(data, say=passed_over.append, **text))
    schema = infer_schema(table, categorical=categorical)
    found = inspect_table(table, schema)
    reports, rules = found.columns, found.findings
    console = messages()
    written = None if is_kept else output or DEFAULT_FILE
    if written is not None:
        schema.write(written, force)
    if as_json:
        columns = [asdict(report) for report in reports]
        kept, near = rules.describe(), [asdict(one) for one in rules.near]
        print_json({"rows": table.num_rows, "schema": written, "columns": columns, "rules": kept, "nearly_rules": near})
    else:
        results().print(columns_table(reports))
        print_rules(results(), rules)
    console.print(f"{counted(table.num_rows, 'row')}, {counted(len(reports), 'column')}.")
    for note in (*passed_over, *(note for report in reports for note in report.notes)):
        console.print(f"Note: {shown(note)}.", soft_wrap=True)
    if written is None:
        console.print(f"{DEFAULT_FILE} was there already and stays as it is; -o or --force writes this one.")
    else:
        console.print(
            f"Wrote {shown(written)}. Next: synthdiff fit {shell_words([*data, '--schema', str(written)])}",
            soft_wrap=True,
        )


def print_rules(console: Console, findings: Findings) -> None:
    """Print what holds between columns in every row and is kept, then what nearly holds."""
    for title, lines in (
        ("Rules that every row keeps, and every row that comes out:", findings.describe()),
        ("Rules that nearly every row keeps; they are not enforced:", [near.describe() for near in findings.near]),
    ):
        if lines:
            console.print(title, style="bold")
        for line in lines:
            console.print(f"- {shown(line)}")


def typed_words(ctx: click.Context) -> list[str]:
    """What was typed behind the command's name, without what only this command has."""
    from synthdiff.cli.main import ARGUMENTS

    words = list(ctx.find_root().meta[ARGUMENTS])
    return [word for word in words[words.index(ctx.info_name) + 1 :] if word != "--json"]


def columns_table(reports: Sequence[ColumnReport]) -> Table:
    """One row a column; what does not fit the console wraps in the last field, the reason."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=0)
    table.add_column("column", overflow="ellipsis", no_wrap=True, max_width=28, style="bold")
    table.add_column("kind", no_wrap=True)
    for name in ("nulls", "distinct", "atoms", "tokens"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("why, and what it copies", style="dim")
    for report in reports:
        nulls = f"{report.null_share:.1%}" if report.null_share else ""
        numbers = (f"{number:,}" if number else "" for number in (report.distinct, report.atoms, report.tokens))
        why = "; ".join(words for words in (report.why, report.copies) if words)
        table.add_row(shown(report.name), report.kind, nulls, *numbers, shown(why))
    return table
