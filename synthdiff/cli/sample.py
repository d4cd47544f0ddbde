"""``synthdiff sample``: rows from a model."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

import click

from synthdiff.cli.option import FILE, SEED, AutoOr, device_option, force_option, json_option

STDOUT = "-"
FORMATS = ("parquet", "csv", "csv.gz", "jsonl", "arrow")
STREAMED = ("csv", "jsonl", "arrow")


@click.command("sample")
@click.argument("model", type=FILE, required=False, metavar="[MODEL]")
@click.option("-n", "--rows", type=click.IntRange(min=1), required=True, metavar="N", help="How many rows.")
@click.option("-o", "--output", metavar="FILE", help="Default: MODEL_synthetic.parquet; - is stdout.")
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
    from synthdiff.cli.location import default_rows, newest_model, refuse_existing
    from synthdiff.cli.progress import open_bar
    from synthdiff.cli.screen import counted, messages, print_json
    from synthdiff.models.duration import format_duration

    to_stdout = output == STDOUT
    refuse_on_stdout(to_stdout, fmt, as_json)
    console = messages()
    if model is None:
        model = newest_model(Path.cwd()).relative_to(Path.cwd())
        console.print(f"Sampling from {model}, the newest finished model here.", soft_wrap=True)
    target = output or str(default_rows(model, fmt or "parquet"))
    if not to_stdout and not force:
        refuse_existing(Path(target))
    seed = secrets.randbelow(2**32) if seed is None else seed
    rows_on_screen = to_stdout and sys.stdout.isatty()
    with open_bar(messages(quiet=rows_on_screen)) as bar:
        bar.show("load", 0.0, str(model))
        fitted = load(model, device=device)
        fmt = fmt or ("csv" if to_stdout else None)
        seconds = draw(fitted, rows, target, bar, seed=seed, batch_size=batch_size, fmt=fmt, force=force)
    place = "stdout" if to_stdout else target
    console.print(
        f"Wrote {counted(rows, 'row')} to {place} in {format_duration(seconds)}, seed {seed}.", soft_wrap=True
    )
    if as_json:
        print_json({"file": target, "model": model, "rows": rows, "seconds": round(seconds, 3), "seed": seed})


def refuse_on_stdout(to_stdout: bool, fmt: str | None, as_json: bool) -> None:
    """Refuse what cannot go to stdout, or not together.

    Raises
    ------
    click.UsageError
        For parquet, whose index comes last; for two things at once; for bytes on a terminal.
    """
    if not to_stdout:
        return
    if as_json:
        raise click.UsageError("'-o -' and '--json' both write to stdout; choose one")
    if fmt is not None and fmt not in STREAMED:
        raise click.UsageError(f"{fmt} cannot be streamed to stdout; choose --format {', '.join(STREAMED)}")
    if fmt == "arrow" and sys.stdout.isatty():
        raise click.UsageError("arrow is not text; send it to a file or a program")
