"""How well boosted trees can tell synthetic rows from real ones: synthdiff and its rivals, on the same rows and cores.

    python -m benchmarks.fidelity --minutes 5 --seeds 1
    python -m benchmarks.fidelity --suite --generators synthdiff,marginals,half/half,held-out -o results
    python -m benchmarks.fidelity --data bank=bank.parquet --target churned --categorical branch

One after the other, each rival in a virtual environment of its own, which is made on first use. A row of results is
saved as soon as it is there; the same command goes on where it was interrupted. Beside the generators stand what needs
no model (independent marginals: each train column shuffled by itself) and what no model can beat (real rows).
"""

from __future__ import annotations

import signal
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pandas as pd

from benchmarks.comparison import Comparison, Row, cost, half_width, middle
from benchmarks.dataset import Dataset, suite
from benchmarks.dots import draw, title_of
from benchmarks.environment import default_folder
from benchmarks.generator import GENERATORS, HELD_OUT, REFERENCES, Place, generate
from benchmarks.judge import NAMES, at_ceiling, brief, judge
from benchmarks.machine import commit, describe, summary
from benchmarks.result import RESULTS, beside, save
from benchmarks.rivals.job import Job
from benchmarks.table import amount, render, score

_MANY = 100_000
_WITH_INTERVAL = ("xgb_c2st", "gbt_auc")
_COSTS = ("fit_seconds", "many_seconds", "peak_mb")
_HEADER = ("shape", "trend", "c2st", "xgb", "gbt", "mle", "dcr", "copies", "fit s", "100k s", "MB")
_LEGEND = """\
shape, trend, c2st, xgb: against train, 1 is best. gbt: against held-out rows, .5 is best. ±: half of the 95 % interval;
with more seeds than one the means, and half of the span of their values. mle: trees trained on the rows, scored on
held-out rows: AUC, or RMSE of a number. dcr: .5 is best, more is copying. copies: share equal to a train row. fit s,
100k s: wall clock of the fit and of drawing 100,000 rows, of synthdiff with the start-up of the commands, of the others
without; a trial that sets the epochs is not counted. MB: peak memory. real held-out: held-out rows in the synthetic
rows' place; real half: one half of train against the other. `-`: not measured."""


@dataclass(frozen=True)
class Run:
    """What is the same for all rows of a run."""

    seconds: float | None
    place: Place
    folder: Path


def measure(dataset: Dataset, generator: str, seed: int, run: Run) -> dict[str, Any]:
    """Fit, sample and score: one row of the results."""
    train, held_out = dataset.split()
    if make := REFERENCES.get(generator):
        scores = judge(dataset, *make(train, held_out, seed))
        return {"scores": brief(at_ceiling(scores) if generator == HELD_OUT else scores)}
    file = run.folder / f"{dataset.name}-train.parquet"
    train.to_parquet(file, index=False)
    folder = run.folder / f"{dataset.name}-{generator}-{seed}"
    job = Job(str(file), str(folder), seed, run.seconds, len(train), _MANY)
    costs = generate(generator, job, run.place)
    rows = pd.read_parquet(job.rows)
    same = list(rows.columns) == list(train.columns) and bool((rows.dtypes == train.dtypes).all())
    return {"costs": costs, "same_schema": same, "scores": brief(judge(dataset, train, rows, held_out))}


def attempt(dataset: Dataset, generator: str, seed: int, run: Run) -> Row:
    """A row, or why there is none: whatever a rival raises must not end the run."""
    row = {"data": dataset.name, "generator": generator, "seed": seed, "commit": commit()}
    row |= {"date": time.strftime("%Y-%m-%d")}
    try:
        return row | measure(dataset, generator, seed, run)
    except Exception as error:
        return row | {"failed": f"{type(error).__name__}: {error}"}


def table(comparison: Comparison, data: str) -> str:
    """The results of one data set, of a terminal's width."""
    rows = []
    for generator in comparison.names("generator", [*GENERATORS, *REFERENCES]):
        found = comparison.of(data, generator)
        if not found:
            continue
        cells = [_cell(found, name) for name in NAMES]
        rows.append([title_of(generator), *cells, *(amount(cost(found, name)) for name in _COSTS)])
    return render([data, *_HEADER], rows)


def _cell(rows: list[Row], name: str) -> str:
    text, half = score(middle(rows, name)), half_width(rows, name)
    return f"{text} ±{score(half)}" if name in _WITH_INTERVAL and half is not None else text


def write(stem: Path, comparison: Comparison) -> str:
    """Write the results as JSON, Markdown and PNG; return the Markdown."""
    asked, machine = comparison.settings, comparison.machine
    limit = "own settings, no time limit" if asked["minutes"] is None else f"{asked['minutes']:g} minutes a fit"
    rivals = {row["generator"]: row["costs"]["versions"] for row in comparison.rows if row.get("costs")}
    versions = [
        f"{title_of(name)}: {', '.join(f'{package} {version}' for package, version in found.items())}."
        for name, found in rivals.items()
        if found
    ]
    failures = [
        f"{row['data']}, {title_of(row['generator'])}, seed {row['seed']} failed: {row['failed']}"
        for row in comparison.rows
        if "failed" in row
    ]
    seeds = ", ".join(sorted({str(row["seed"]) for row in comparison.rows}))
    commits = ", ".join(dict.fromkeys(row["commit"] for row in comparison.rows))
    dates = sorted({row["date"] for row in comparison.rows})
    parts = ["# Fidelity", f"{limit}, synthdiff's preset {asked['preset']}, seeds {seeds}; {dates[-1]}."]
    parts += [table(comparison, data) for data in comparison.names("data")]
    parts += [*failures, _LEGEND, " ".join(versions), f"{summary(machine)}; rows at {commits}"]
    text = "\n\n".join(part for part in parts if part)
    save(stem, {"settings": asked, "machine": machine, "rows": comparison.rows}, text)
    draw(comparison, beside(stem, "png"))
    return text


def chosen(from_suite: bool, names: str, data: tuple[str, ...], **options: Any) -> list[Dataset]:
    """The data sets that the options name."""
    datasets = []
    if from_suite or not data:
        known = suite()
        wanted = list(known) if from_suite else [name.strip() for name in names.split(",")]
        if unknown := set(wanted) - set(known):
            raise click.UsageError(f"no data set {', '.join(sorted(unknown))}; there are {', '.join(known)}")
        datasets = [known[name] for name in wanted]
    for item in data:
        name, _, path = item.rpartition("=")
        datasets.append(Dataset(name or Path(path).stem, Path(path).resolve(), **options))
    if absent := [str(dataset.path) for dataset in datasets if not dataset.path.exists()]:
        raise click.UsageError(f"there is no {', '.join(absent)}; set SYNTHDIFF_DATA to the folder of the data")
    return datasets


def names_of(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    """Names between commas."""
    return tuple(name.strip() for name in value.split(",") if name.strip())


def generators_of(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    """Names of generators between commas."""
    names, known = names_of(ctx, param, value), [*GENERATORS, *REFERENCES]
    if unknown := set(names) - set(known):
        raise click.BadParameter(f"no {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    return names


@click.command()
@click.option("--suite", "from_suite", is_flag=True, help="All five public tables under $SYNTHDIFF_DATA.")
@click.option(
    "--datasets", "names", default="adult,magic,default", show_default=True, metavar="A,B", help="Of the five."
)
@click.option("--data", multiple=True, metavar="NAME=PATH", help="A table of your own; the next five are for it.")
@click.option("--target", metavar="COLUMN", help="What downstream models predict.")
@click.option("--categorical", callback=names_of, default="", metavar="A,B", help="Numbers that are categories.")
@click.option("--split-row", type=int, metavar="N", help="Rows before N train; default: a random fifth is held out.")
@click.option("--drop", callback=names_of, default="", metavar="A,B", help="Columns to leave out.")
@click.option("--drop-null", callback=names_of, default="", metavar="A,B", help="Leave out rows where these are null.")
@click.option(
    "--generators", callback=generators_of, default=",".join([*GENERATORS, *REFERENCES]), metavar="A,B", help="Of all."
)
@click.option("--minutes", default=5.0, show_default=True, help="Of each fit.")
@click.option("--defaults", is_flag=True, help="No time limit: everybody's own settings.")
@click.option("--seeds", default=1, show_default=True, help="So many of each fit, from 0 on.")
@click.option("--device", default="cpu", show_default=True, help="Of synthdiff; the rivals take the CPU.")
@click.option("--preset", default="balanced", show_default=True, help="Of synthdiff.")
@click.option("--environments", type=click.Path(path_type=Path), default=default_folder, help="The rivals' folder.")
@click.option("--again", is_flag=True, help="Try once more what failed.")
@click.option("--keep", type=click.Path(path_type=Path), help="Keep models and rows here; a later run can score them.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=RESULTS / "rivals", help="Without ending.")
def main(
    from_suite: bool,
    names: str,
    data: tuple[str, ...],
    generators: tuple[str, ...],
    minutes: float,
    defaults: bool,
    seeds: int,
    device: str,
    preset: str,
    environments: Path,
    again: bool,
    keep: Path | None,
    output: Path,
    **options: Any,
) -> None:
    """Fit, sample and score tables; write the results to benchmarks/results/rivals.json, .md and .png."""
    datasets = chosen(from_suite, names, data, **options)
    settings = {"minutes": None if defaults else minutes, "device": device, "preset": preset}
    try:
        comparison = Comparison.resume(output, settings, describe())
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if again:
        comparison.forget_failures()
    with tempfile.TemporaryDirectory() as scratch:
        folder = keep.resolve() if keep else Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        run = Run(None if defaults else 60 * minutes, Place(environments, device, preset), folder)
        work = [
            (d, g, s) for d in datasets for g in generators for s in range(seeds) if not comparison.has(d.name, g, s)
        ]
        for number, (dataset, generator, seed) in enumerate(work, 1):
            click.echo(f"{number} of {len(work)}: {dataset.name}, {generator}, seed {seed} ...", err=True)
            comparison.rows.append(attempt(dataset, generator, seed, run))
            write(output, comparison)  # after each row: hours of work survive a kill
    click.echo(write(output, comparison))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what runs is killed too
    main()
