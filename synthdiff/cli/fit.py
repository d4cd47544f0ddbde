"""``synthdiff fit``: a model from data files."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

from synthdiff.cli.option import (
    FILE,
    SEED,
    DurationType,
    categorical_option,
    device_option,
    force_option,
    json_option,
)


@click.command("fit")
@click.argument("data", nargs=-1, required=True, metavar="DATA...")
@click.option("-o", "--output", type=FILE, metavar="FOLDER", help="Default: NAME.synthdiff, after the data file.")
@click.option("--schema", type=FILE, metavar="FILE", help="A schema.json (see inspect) or SDV metadata.")
@categorical_option
@click.option(
    "--preset",
    type=click.Choice(["fast", "balanced", "best"]),
    default="balanced",
    show_default=True,
    help="How large and how long.",
)
@click.option("--max-time", type=DurationType(), metavar="TIME", help="Train no longer than this (90s, 5m, 1h30m).")
@click.option("--max-steps", type=click.IntRange(min=1), metavar="N", help="Train no more steps than this.")
@click.option(
    "--seed", "random_state", type=SEED, default=0, show_default=True, metavar="N", help="Same seed, same model."
)
@device_option
@click.option(
    "--precision",
    type=click.Choice(["auto", "float32", "bfloat16"]),
    default="auto",
    show_default=True,
    help="Of matrix products in training.",
)
@click.option(
    "--text",
    type=click.Choice(["null", "resample"]),
    default="null",
    show_default=True,
    help="Free text: missing, or drawn from the real values.",
)
@click.option("--track", is_flag=True, help="Show now and then how well drawn rows can be told from held-out ones.")
@force_option("Replace a finished model or another unfinished fit.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    data: tuple[str, ...],
    output: Path | None,
    force: bool,
    as_json: bool,
    **settings: Any,
) -> None:
    """Fit a model to tables in files.

    DATA is one or more files with the same columns (parquet, csv, csv.gz, arrow, feather, jsonl), a folder of parquet
    files, or a quoted glob. No setting is needed: kinds of columns are inferred, the size follows the table, and
    training stops when held-out rows are no longer predicted better.

    A fit that was interrupted or killed is continued by the same command, and ends in the very same model unless
    --max-time decides when it ends.
    """
    from synthdiff.cli.location import default_model
    from synthdiff.cli.progress import open_bar
    from synthdiff.cli.screen import messages, print_json
    from synthdiff.cli.summary import fit_record, print_fit_summary
    from synthdiff.cli.training import command_line, train
    from synthdiff.data.io import read_table
    from synthdiff.models.artifact import check_target, recover
    from synthdiff.models.tabular import TabularDiffusion

    target = output or default_model(data)
    recover(target)
    check_target(target, force=force)
    model = TabularDiffusion(**settings)
    console = messages()
    with open_bar(console) as bar:
        bar.show("read", 0.0, data[0])
        train(model, read_table(data), target, bar, command=command_line(ctx), force=force)
        model.save(target, force=force)
    record = fit_record(model, target)
    print_fit_summary(console, record, model.schema_)
    console.print(f"Next: synthdiff sample {shlex.quote(str(target))} -n {record['rows']}", soft_wrap=True)
    if as_json:
        print_json(record)
