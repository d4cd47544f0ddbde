"""``synthdiff sample``: rows from a model of a table, paths from a model of market series."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from synthdiff.cli.option import FILE, ROWS, SEED, STEPS, AutoOr, device_option, force_option, json_option
from synthdiff.cli.series_option import condition_option, once, refuse_options
from synthdiff.visible import shown

if TYPE_CHECKING:
    from synthdiff.cli.progress import Bar
    from synthdiff.data.paths import Event, Paths
    from synthdiff.models.series import SeriesDiffusion
    from synthdiff.models.tabular import TabularDiffusion

STDOUT = "-"
FORMATS = ("parquet", "csv", "csv.gz", "tsv", "tsv.gz", "jsonl", "jsonl.gz", "arrow")
TEXT_FORMATS = (None, "csv", "tsv", "jsonl")
TABLE_ONLY = ("batch_size",)
NO_GAP = ("begin", "conditions", "raw")
NO_HOLES = (*NO_GAP, "then", "horizon", "plot")
SERIES_ONLY = ("horizon", "begin", "history", "then", "fill", "conditions", "returns", "raw", "plot", "plot_column")


@click.command("sample")
@click.argument("model", type=FILE, required=False, metavar="[MODEL]")
@click.option("-n", "--rows", "--paths", "number", type=ROWS, required=True, metavar="N", help="How many.")
@click.option("-o", "--output", metavar="FILE", help="Default: after the model, in the current folder; - is stdout.")
@click.option("--seed", type=SEED, metavar="N", help="Same seed, same rows; default: a new one.")
@click.option(
    "--batch-size",
    type=AutoOr(ROWS),
    default="auto",
    show_default=True,
    metavar="N",
    help="Rows drawn at once.",
)
@click.option("--horizon", type=STEPS, metavar="N", help="Series: steps of a path; default: 252.")
@click.option(
    "--from",
    "begin",
    type=click.Choice(["anywhere", "end"]),
    default="anywhere",
    show_default=True,
    help="Series: start in states of the whole history, or forecast from its end.",
)
@click.option("--history", metavar="FILE", help="Series: forecast from the end of this history.")
@click.option("--then", metavar="FILE", help="Series: what came later; paths fill the gap between --history and it.")
@click.option("--fill", is_flag=True, help="Series: fill the holes of --history instead, given the other assets.")
@condition_option("Series: what every path does: SPX=-30%, 'SPX.max_drawdown<=-0.3', regime=2. Repeat for more.")
@click.option("--returns", is_flag=True, help="Series: log returns (differences of levels), not prices.")
@click.option("--raw", is_flag=True, help="Series: do not give returns the history's own distribution.")
@click.option("--plot", type=FILE, metavar="FILE", help="Series: also draw a fan chart (png, svg, pdf).")
@click.option("--plot-column", metavar="NAME", help="Series: what it shows; default: the first column.")
@device_option
@click.option("--format", "fmt", type=click.Choice(FORMATS), help="Default: the file's ending; csv on stdout.")
@force_option("Replace an existing file.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    model: Path | None,
    number: int,
    output: str | None,
    seed: int | None,
    device: str,
    fmt: str | None,
    force: bool,
    as_json: bool,
    **settings: Any,
) -> None:
    """Draw rows, or paths of market series, from a fitted model.

    MODEL is a folder that fit has written; without it, the newest finished one in the current folder. The columns,
    their order and their types are those of the fitted data. Rows are written as they are drawn, so memory does not
    grow with -n, and a file appears only when it is complete.

    Paths of market series are in the units that went in, a row a path and step: path, date (or step), then a column a
    series. Prices start from the last ones of the history, and each path in a state in which the market once was;
    --from end and --history forecast from where it is. With --then, paths are what may have happened in between; with
    --fill, the rows of --history from its first hole to its last one, without holes. Where a --condition is rare, or
    what came later tells paths apart, a column weight says how much each path counts; it adds up to 1.
    """
    from synthdiff import load
    from synthdiff.cli.location import check_outputs, newest_model
    from synthdiff.cli.progress import open_bar
    from synthdiff.cli.screen import messages, print_json
    from synthdiff.data.writer import check_writer
    from synthdiff.models.series import SeriesDiffusion

    refuse_on_stdout(output, fmt, as_json)
    if output not in (None, STDOUT):
        check_writer(output, fmt, force)
    if settings["plot"] is not None:
        check_outputs({"-o": None if output == STDOUT else output, "--plot": settings["plot"]}, force)
    console = messages()
    if model is None:
        model = newest_model(Path())
        console.print(f"Sampling from {shown(model)}, the newest finished model here.", soft_wrap=True)
    refuse_other_kind(ctx, model)
    seed = secrets.randbelow(2**32) if seed is None else seed
    places: dict[str, Any] = {"fmt": fmt, "force": force}
    with open_bar(messages(quiet=output == STDOUT and sys.stdout.isatty())) as bar:
        bar.show("load", 0.0, str(model))
        fitted = load(model, device=device)
        if isinstance(fitted, SeriesDiffusion):
            facts = sample_paths(fitted, number, output or default_paths(model, fmt), bar, seed, settings, **places)
        else:
            target = output or default_output(model, fmt, fitted)
            facts = sample_rows(fitted, number, target, bar, seed, settings["batch_size"], **places)
    console.print(summary(facts), soft_wrap=True)
    if as_json:
        print_json({"model": model, **facts})


def refuse_other_kind(ctx: click.Context, model: Path) -> None:
    """Refuse options that models of tables, or models of series, do not have.

    Raises
    ------
    click.UsageError
        One was given for a model of the other kind.
    ArtifactError
        There is no finished model.
    """
    from synthdiff.models.artifact import model_kind
    from synthdiff.models.series_artifact import MODEL

    if model_kind(model) == MODEL:
        refuse_options(ctx, TABLE_ONLY, f"is for models of tables; {model} is one of market series")
        if ctx.params["history"] is not None:
            refuse_options(ctx, ("begin",), "goes with the fitted history; --history is where its paths begin")
        if ctx.params["then"] is not None:
            if ctx.params["history"] is None:
                raise click.UsageError("--then is the end of a gap; say with --history where it begins")
            refuse_options(ctx, NO_GAP, "does not go with --then, whose paths are led by what came later")
        if ctx.params["fill"]:
            if ctx.params["history"] is None:
                raise click.UsageError("--fill fills holes; say with --history what has them")
            refuse_options(ctx, NO_HOLES, "does not go with --fill, whose paths are those of the history")
        if ctx.params["plot"] is None:
            refuse_options(ctx, ("plot_column",), "says what --plot shows; name the picture by --plot FILE")
    else:
        refuse_options(ctx, SERIES_ONLY, f"is for models of market series; {model} is one of a table")


def sample_rows(
    model: TabularDiffusion, rows: int, target: str, bar: Bar, seed: int, batch_size: int | None, **places: Any
) -> dict[str, Any]:
    """Draw rows of a table into `target`; the facts for programs."""
    from synthdiff.cli.drawing import draw

    seconds = draw(model, rows, target, bar, seed=seed, batch_size=batch_size, **places)
    return {"file": target, "rows": rows, "seconds": round(seconds, 3), "seed": seed}


def sample_paths(
    model: SeriesDiffusion,
    n_paths: int,
    target: str,
    bar: Bar,
    seed: int,
    settings: dict[str, Any],
    *,
    fmt: str | None,
    force: bool,
) -> dict[str, Any]:
    """Draw paths of series into `target`, and the picture that was asked for; the facts for programs."""
    from synthdiff.cli.location import check_outputs
    from synthdiff.cli.series_plot import Plot, check_ending, choose_column
    from synthdiff.cli.series_sample import HORIZON, Request, draw_paths, event_words
    from synthdiff.data.io import read_table

    picture, history, horizon = settings["plot"], settings["history"], settings["horizon"]
    plot = None
    if picture is not None:
        check_ending(picture)
        check_outputs({"-o": None if target == STDOUT else target, "--plot": picture}, force)
        plot = Plot(picture, choose_column(model, settings["plot_column"]))
    if horizon is None and settings["then"] is None and not settings["fill"]:
        bar.say(f"Paths have {HORIZON} steps; --horizon says how many.")
    table, then = (None if place is None else read_table([place]) for place in (history, settings["then"]))
    conditions = once("--condition", settings["conditions"])
    request = Request(
        n_paths, horizon, settings["begin"], table, settings["raw"], seed, conditions, then, settings["fill"]
    )
    model.check_conditioning(conditions, request.n_steps)
    events: list[Event] = []

    def keep(part: Paths) -> None:
        nonlocal horizon
        horizon = part.n_steps
        if part.event is not None:
            events.append(part.event)
        if plot is not None:
            plot.add(part)

    seconds = draw_paths(model, request, target, bar, returns=settings["returns"], fmt=fmt, force=force, keep=keep)
    facts = {"file": target, "paths": n_paths, "horizon": horizon, "seconds": round(seconds, 3), "seed": seed}
    for event in events:
        facts["event"] = asdict(event)
        bar.say(event_words(event))
    if plot is not None:
        bar.show("draw", 1.0, str(picture))
        plot.draw(model, table, force)
        facts["plot"] = picture
    return facts


def summary(facts: Mapping[str, Any]) -> str:
    """What was drawn, in a line."""
    from synthdiff.cli.screen import counted
    from synthdiff.models.duration import format_duration

    place = "stdout" if facts["file"] == STDOUT else shown(facts["file"])
    if "paths" in facts:
        what = f"{counted(facts['paths'], 'path')} of {counted(facts['horizon'], 'step')}"
    else:
        what = counted(facts["rows"], "row")
    drawn = f", and drew {shown(facts['plot'])}" if "plot" in facts else ""
    return f"Wrote {what} to {place} in {format_duration(facts['seconds'])}, seed {facts['seed']}{drawn}."


def default_output(path: Path, fmt: str | None, model: TabularDiffusion) -> str:
    """The model's name in the current folder, in the format asked for, or that of the data: CSV, else parquet."""
    from synthdiff.cli.location import default_rows
    from synthdiff.data.form import is_from_csv

    own = "csv" if is_from_csv(model.frame_kind_.template.schema) else "parquet"
    return str(default_rows(path, fmt or own))


def default_paths(path: Path, fmt: str | None) -> str:
    """The same of paths."""
    from synthdiff.cli.location import default_rows

    return str(default_rows(path, fmt or "parquet", "paths"))


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
