"""``synthdiff sample``: rows from a model."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from synthdiff.cli.option import FILE, SEED, AutoOr, device_option, force_option, json_option

if TYPE_CHECKING:
    from synthdiff.models.tabular import TabularDiffusion

STDOUT = "-"
FORMATS = ("parquet", "csv", "csv.gz", "jsonl", "jsonl.gz", "arrow")
TEXT_FORMATS = (None, "csv", "jsonl")


@click.command("sample")
@click.argument("model", type=FILE, required=False, metavar="[MODEL]")
@click.option("-n", "--rows", type=click.IntRange(min=1), required=True, metavar="N", help="How many rows.")
@click.option("-o", "--output", metavar="FILE", help="Default: MODEL_synthetic and the data's ending; - is stdout.")
@click.option("--seed", type=SEED, metavar="N", help="Same seed, same rows; default: a new one.")
@click.option(
    "--batch-size",
    type=AutoOr(click.IntRange(min=1)),
    default="auto",
    show_default=True,
    metavar="N",
    help="Rows drawn at once.",
)
@device_option
@click.option("--format", "fmt", type=click.Choice(FORMATS), help="Default: the file's ending; csv on stdout.")
@force_option("Replace an existing file.")
@json_option
def command(
    model: Path | None,
    rows: int,
    output: str | None,
    seed: int | None,
    batch_size: int | None,
    device: str,
    fmt: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Draw rows from a fitted model.

    MODEL is a folder that fit has written; without it, the newest finished one in the current folder. The columns,
    their order and their types are those of the fitted data. Rows are written as they are drawn, so memory does not
    grow with -n, and a file appears only when it is complete.
    """
    from synthdiff import load
    from synthdiff.cli.drawing import draw
    from synthdiff.cli.location import newest_model, refuse_existing
    from synthdiff.cli.progress import open_bar
    from synthdiff.cli.screen import messages, print_json

    refuse_on_stdout(output, fmt, as_json)
    if output not in (None, STDOUT) and not force:
        refuse_existing(Path(output))
    console = messages()
    if model is None:
        model = newest_model(Path())
        console.print(f"Sampling from {model}, the newest finished model here.", soft_wrap=True)
    seed = secrets.randbelow(2**32) if seed is None else seed
    with open_bar(messages(quiet=output == STDOUT and sys.stdout.isatty())) as bar:
        bar.show("load", 0.0, str(model))
        fitted = load(model, device=device)
        target = output or default_output(model, fmt, fitted)
        seconds = draw(fitted, rows, target, bar, seed=seed, batch_size=batch_size, fmt=fmt, force=force)
    console.print(summary(rows, target, seconds, seed), soft_wrap=True)
    if as_json:
        print_json({"file": target, "model": model, "rows": rows, "seconds": round(seconds, 3), "seed": seed})


def summary(rows: int, target: str, seconds: float, seed: int) -> str:
    """What was drawn, in a line."""
    from synthdiff.cli.screen import counted
    from synthdiff.models.duration import format_duration

    place = "stdout" if target == STDOUT else target
    return f"Wrote {counted(rows, 'row')} to {place} in {format_duration(seconds)}, seed {seed}."


def default_output(path: Path, fmt: str | None, model: TabularDiffusion) -> str:
    """The model's name in the current folder, in the format asked for, or that of the data: CSV, else parquet."""
    from synthdiff.cli.location import default_rows
    from synthdiff.data.delimited import is_from_csv

    own = "csv" if is_from_csv(model.frame_kind_.template.schema) else "parquet"
    return str(default_rows(path, fmt or own))


def refuse_on_stdout(output: str | None, fmt: str | None, as_json: bool) -> None:
    """Refuse what cannot go to stdout, or not together.

    Raises
    ------
    click.UsageError
        For parquet, whose index comes last; for two things at once; for bytes on a terminal.
    """
    if output != STDOUT:
        return
    if as_json:
        raise click.UsageError("'-o -' and '--json' both write to stdout; choose one")
    if fmt == "parquet":
        raise click.UsageError("parquet cannot be streamed; for '-o -' choose csv, jsonl or arrow")
    if fmt not in TEXT_FORMATS and sys.stdout.isatty():
        raise click.UsageError(f"{fmt} is not text; send it to a file or a program")
