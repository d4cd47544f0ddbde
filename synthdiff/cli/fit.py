"""``synthdiff fit``: a model from data files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from synthdiff.cli.option import (
    FILE,
    ROWS,
    SEED,
    STEPS,
    DurationType,
    categorical_option,
    device_option,
    force_option,
    json_option,
    take_text_options,
    text_options,
    threads_option,
)
from synthdiff.cli.series_option import (
    READING,
    DriftType,
    reading_options,
    refuse_options,
    returns_option,
    series_option,
)
from synthdiff.visible import shell_words

if TYPE_CHECKING:
    from synthdiff.cli.progress import Bar
    from synthdiff.models.series import SeriesDiffusion
    from synthdiff.models.tabular import TabularDiffusion

TABLE_ONLY = ("schema", "categorical", "text", "pii", "rules", "track")
SERIES_ONLY = (*READING, "returns", "drift", "window", "volatility", "tail")


@click.command("fit")
@click.argument("data", nargs=-1, required=True, metavar="DATA...")
@click.option("-o", "--output", type=FILE, metavar="FOLDER", help="Default: NAME.synthdiff, after the data file.")
@series_option("Learn market series (prices, returns, levels over time), not the rows of a table.")
@click.option("--schema", type=FILE, metavar="FILE", help="A schema.json (see inspect) or SDV metadata.")
@categorical_option
@click.option(
    "--preset",
    type=click.Choice(["fast", "balanced", "best"]),
    default="balanced",
    show_default=True,
    help="How large and how long.",
)
@click.option("--max-time", type=DurationType(), metavar="TIME", help="Take no longer than this (90s, 5m, 1h30m).")
@click.option("--max-steps", type=ROWS, metavar="N", help="Train no more steps than this.")
@click.option(
    "--seed",
    "random_state",
    type=SEED,
    default=0,
    show_default=True,
    metavar="N",
    help="Same seed, same model, see below.",
)
@device_option
@threads_option
@click.option(
    "--precision",
    type=click.Choice(["auto", "float32", "bfloat16"]),
    default="auto",
    show_default=True,
    help="Of matrix products in training.",
)
@click.option(
    "--text",
    type=click.Choice(["null", "resample", "lorem"]),
    default="null",
    show_default=True,
    help="Free text: missing, drawn from the real values, or placeholder text.",
)
@click.option("--rules/--no-rules", default=True, help="Keep what holds between columns in every row, see inspect.")
@click.option(
    "--pii",
    type=click.Choice(["regenerate", "keep", "null"]),
    default="regenerate",
    show_default=True,
    help="Personal data: made up, real values, or missing.",
)
@click.option("--track", is_flag=True, help="Show now and then how well drawn rows can be told from held-out ones.")
@text_options
@reading_options
@returns_option("--returns")
@click.option(
    "--drift",
    type=DriftType(),
    default="historical",
    show_default=True,
    metavar="DRIFT",
    help="Series: mean log return of what is drawn; zero, or so much a year.",
)
@click.option("--window", type=STEPS, metavar="N", help="Series: steps learnt at once; default: by length.")
@click.option(
    "--volatility",
    type=click.Choice(["auto", "start", "running", "none"]),
    default="auto",
    show_default=True,
    help="Series: divide by the volatility at a window's start, or of each step, or not.",
)
@click.option(
    "--tail",
    type=click.Choice(["pareto", "empirical"]),
    default="pareto",
    show_default=True,
    help="Series: steps beyond the largest of the history, as often as an estimated tail says, or never.",
)
@force_option("Replace a finished model or another unfinished fit.")
@click.option("--wait", is_flag=True, help="Wait while another fit writes the same model; default: give up at once.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    data: tuple[str, ...],
    output: Path | None,
    series: bool,
    force: bool,
    wait: bool,
    threads: int | None,
    as_json: bool,
    **settings: Any,
) -> None:
    """Fit a model to tables, or to market series (--series).

    DATA is one or more files with the same columns (parquet, csv, csv.gz, arrow, feather, jsonl), a folder of parquet
    files, or a quoted glob. No setting is needed: kinds of columns are inferred, the size follows the table, and
    training stops when held-out rows are no longer predicted better.

    Series are columns of numbers over dates, a long table of (item_id, timestamp, target) or (unique_id, ds, y), or
    open, high, low, close and volume.

    A fit that was interrupted or killed is continued by the same command, and ends in the very same model unless
    --max-time decides when it ends.

    The same data, options and seed give the same model on one machine with the same versions and the same number of
    CPU threads (--threads; info shows it): sums are split among threads, and other sums have other last digits.
    """
    from synthdiff.cli.location import default_model
    from synthdiff.cli.progress import open_bar
    from synthdiff.cli.screen import messages, print_json
    from synthdiff.cli.training import claimed, command_line, seconds_so_far, train
    from synthdiff.data.io import read_table
    from synthdiff.runtime import limit_threads

    refuse_other_kind(ctx, series)
    target = output or default_model(data)
    words, reading = command_line(ctx), take_text_options(settings)
    with claimed(target, command=words, force=force, wait=wait), limit_threads(threads):
        model = make_model(series, settings)
        with open_bar(messages()) as bar:
            bar.show("read", 0.0, data[0])
            table = read_table(data, say=bar.say, **reading)
            if not series:
                hint_at_series(table, bar)
            train(model, table, target, bar, command=words, force=force, spent=seconds_so_far(ctx))
            model.save(target, force=force)
    record = report(model, target)
    if as_json:
        print_json(record)


def refuse_other_kind(ctx: click.Context, series: bool) -> None:
    """Refuse options that only tables, or only series, have.

    Raises
    ------
    click.UsageError
        One was given for the other kind.
    """
    if series:
        refuse_options(ctx, TABLE_ONLY, "is for tables: leave it out, or leave out --series")
    else:
        refuse_options(ctx, SERIES_ONLY, "is for market series: add --series, or leave it out")


def make_model(series: bool, settings: dict[str, Any]) -> TabularDiffusion | SeriesDiffusion:
    """An unfitted model with those of the settings that are its own."""
    if series:
        from synthdiff.models.series import SeriesDiffusion

        return SeriesDiffusion(**{name: value for name, value in settings.items() if name not in TABLE_ONLY})
    from synthdiff.models.tabular import TabularDiffusion

    return TabularDiffusion(**{name: value for name, value in settings.items() if name not in SERIES_ONLY})


def hint_at_series(table: Any, bar: Bar) -> None:
    """Say so where a table looks like prices over time; it is fitted as a table all the same."""
    from synthdiff.cli.series_hint import looks_like_prices

    if looks_like_prices(table):
        bar.say("These look like prices over time: with --series they are learnt as market series, in order of time.")


def report(model: TabularDiffusion | SeriesDiffusion, target: Path) -> dict[str, Any]:
    """Print what the fit came to, and the next command; the facts for programs."""
    from synthdiff.cli.screen import messages
    from synthdiff.cli.series_summary import print_series_summary, series_record
    from synthdiff.cli.summary import fit_record, print_fit_summary
    from synthdiff.models.series import SeriesDiffusion

    console = messages()
    if isinstance(model, SeriesDiffusion):
        record, asked = series_record(model, target), "-n 1000 --horizon 252"
        print_series_summary(console, record)
    else:
        record = fit_record(model, target)
        asked = f"-n {record['rows']}"
        print_fit_summary(console, record, model.schema_)
    console.print(f"Next: synthdiff sample {shell_words([str(target)])} {asked}", soft_wrap=True)
    return record
