"""``synthdiff demo``: a table (or a market) whose law is known, a model of it, and both side by side."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from synthdiff.cli.option import FILE, DurationType, force_option
from synthdiff.cli.series_option import series_option

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.console import Console

    from synthdiff.data.schema import Schema

SEED = 0
DATA = "customers.parquet"
MODEL = "customers.synthdiff"
SYNTHETIC = "customers_synthetic.parquet"
PICTURE = "comparison.png"
CUSTOMERS, DAYS = 10_000, 2_520


@click.command("demo")
@click.option("-o", "--output", type=FILE, default="synthdiff-demo", show_default=True, metavar="FOLDER")
@series_option("Make prices of three assets instead, and simulate them.")
@click.option(
    "--rows",
    type=click.IntRange(min=100),
    metavar="N",
    help=f"Of the data; default: {CUSTOMERS:,} customers, or {DAYS:,} days.",
)
@click.option("--max-time", type=DurationType(), default="40s", show_default=True, metavar="TIME", help="Of the fit.")
@force_option("Replace the files of an earlier demo.")
@click.pass_context
def command(ctx: click.Context, /, output: Path, series: bool, rows: int | None, max_time: float, force: bool) -> None:
    """Make a table, fit it, sample from it and compare the two.

    The table is a telephone company's customers, with every kind of column and with rules that hold in it: sums,
    copies, values that are missing for some customers more often. Everything stays in FOLDER.

    With --series, it is ten years of prices, whose volatility comes in clusters and rises when they fall; paths of a
    year are simulated, and stand beside the history and beside the law that it was drawn from.
    """
    if series:
        from synthdiff.cli.series_demo import run_demo

        run_demo(ctx, output, rows or DAYS, max_time, force)
    else:
        run_table_demo(ctx, output, rows or CUSTOMERS, max_time, force)


def run_table_demo(ctx: click.Context, output: Path, rows: int, max_time: float, force: bool) -> None:
    """Make the table of customers, fit it, sample from it and compare the two."""
    from synthdiff.cli.drawing import draw
    from synthdiff.cli.location import check_outputs
    from synthdiff.cli.picture import draw_comparison
    from synthdiff.cli.progress import open_bar
    from synthdiff.cli.screen import messages
    from synthdiff.cli.summary import fit_record, print_fit_summary
    from synthdiff.cli.training import claimed, command_line, train
    from synthdiff.data.io import read_table
    from synthdiff.datasets import make_customers
    from synthdiff.models.tabular import TabularDiffusion

    real_path, model_path, synthetic_path = output / DATA, output / MODEL, output / SYNTHETIC
    make_folder(output)
    check_outputs({"rows": synthetic_path, "picture": output / PICTURE}, force)
    console = messages()
    model = TabularDiffusion(max_time=max_time, random_state=SEED)
    words = command_line(ctx)
    with claimed(model_path, command=words, force=force), open_bar(console) as bar:
        bar.show("make", 0.0, f"{rows:,} customers")
        real = write_data(real_path, make_customers(rows, random_state=SEED), force)
        train(model, real, model_path, bar, command=words, force=force)
        model.save(model_path, force=force)
        draw(model, rows, str(synthetic_path), bar, seed=SEED + 1, force=force)
    print_fit_summary(console, fit_record(model, model_path), model.schema_)
    synthetic = read_table([synthetic_path])
    print_comparison(real, synthetic, model.schema_)
    draw_comparison(real, synthetic, {column.name: column.kind for column in model.schema_}, output / PICTURE, force)
    print_places(console, output, rows)


def write_data(path: Path, frame: Any, force: bool) -> pa.Table:
    """Write what the demo made, the same rows each time, and read it back.

    Raises
    ------
    ConfigError
        If another file of that name is there.
    """
    from synthdiff.data.frame import to_table
    from synthdiff.data.io import open_writer, read_table

    table, kind = to_table(frame)
    if not left_by_an_interrupted_demo(path, table):
        with open_writer(path, kind=kind, force=force) as writer:
            writer.write(table)
    return read_table([path])


def make_folder(folder: Path) -> None:
    """Make the demo's folder, unless it is there.

    Raises
    ------
    ConfigError
        It cannot be made.
    """
    from synthdiff.errors import ConfigError
    from synthdiff.reason import reason

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot make the folder {folder}: {reason(error)}") from error


def left_by_an_interrupted_demo(path: Path, table: pa.Table) -> bool:
    """Say whether a file holds the very rows of a table."""
    from synthdiff.data.frame import to_table
    from synthdiff.data.io import read_table
    from synthdiff.errors import DataError

    try:
        return bool(to_table(read_table([path]))[0].equals(table))
    except DataError:
        return False


def print_comparison(real: pa.Table, synthetic: pa.Table, schema: Schema) -> None:
    """Print first rows, columns in numbers, and how often the known rules hold, real beside synthetic."""
    from synthdiff.cli.beside import columns_table, rows_table, rules_table
    from synthdiff.cli.rules import rule_shares
    from synthdiff.cli.screen import results

    kinds = {column.name: column.kind for column in schema}
    console = results()
    for table in (
        rows_table(real, synthetic),
        columns_table(kinds, real, synthetic),
        rules_table(dict(rule_shares(real)), dict(rule_shares(synthetic))),
    ):
        console.print()
        console.print(table)
    console.print()


def print_places(console: Console, folder: Path, rows: int) -> None:
    """Say what lies where, and which commands would have done the same."""
    from synthdiff.cli.screen import facts_grid

    console.print("Everything is here:", style="bold")
    console.print(
        facts_grid(
            [
                ("real rows", f"{folder / DATA}"),
                ("model", f"{folder / MODEL}"),
                ("synthetic rows", f"{folder / SYNTHETIC}"),
                ("picture", f"{folder / PICTURE}"),
            ]
        )
    )
    console.print(f"More rows: synthdiff sample {shlex.quote(str(folder / MODEL))} -n {10 * rows}", soft_wrap=True)
