"""How well a boosted tree can tell synthetic rows from real ones: fit, sample and score through the command line.

    python -m benchmarks.fidelity --suite --minutes 5 --seed 0
    python -m benchmarks.fidelity --data bank=bank.parquet --target churned --categorical branch

Beside synthdiff stand what needs no model (independent marginals: each train column shuffled by itself) and what no
model can beat (held-out real rows).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd

from benchmarks.dataset import Dataset, suite
from benchmarks.machine import describe, summary, synthdiff
from benchmarks.result import RESULTS, save
from benchmarks.scoring import NAMES, Scorer, Scores
from benchmarks.table import amount, render, score

_HEADER = ("data", "shape", "trend", "c2st", "xgb", "gbt", "mle", "dcr", "copies", "fit s", "draw s", "MB")
_LEGEND = """\
shape, trend, c2st, xgb: against train, 1 is best. gbt: against held-out rows, .5 is best. mle: trees trained on the
rows, scored on held-out rows: AUC, or RMSE of a number. dcr: .5 is best, more is copying. copies: share equal to a
train row. fit s, draw s: wall clock of the commands, start-up included, for as many rows as train. MB: their peak
memory."""


@dataclass(frozen=True)
class Settings:
    """What a run was asked for."""

    minutes: float
    seed: int
    device: str
    preset: str
    yardstick: Path | None


def shuffled(train: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Independent marginals: each column in an order of its own."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({name: train[name].to_numpy()[rng.permutation(len(train))] for name in train.columns})


def measure(dataset: Dataset, settings: Settings, folder: Path) -> dict[str, Any]:
    """Fit, sample and score one table; everything that is written stays in `folder`."""
    train, held_out = dataset.split()
    files = {part: folder / f"{dataset.name}-{part}.parquet" for part in ("train", "test", "synthetic")}
    train.to_parquet(files["train"], index=False)
    held_out.to_parquet(files["test"], index=False)
    model = folder / f"{dataset.name}.synthdiff"
    words = ("--seed", str(settings.seed), "--device", settings.device, "--force")
    limits = ("--max-time", f"{60 * settings.minutes:.0f}s", "--preset", settings.preset)
    fit = synthdiff("fit", files["train"], "-o", model, *limits, *words, "--json")
    draw = synthdiff("sample", model, "-n", str(len(train)), "-o", files["synthetic"], *words, "--json")
    synthetic = pd.read_parquet(files["synthetic"])
    scorer = Scorer(train, held_out, dataset.categorical, dataset.target)
    return {
        "rows": len(train),
        "held_out_rows": len(held_out),
        "columns": len(train.columns),
        "same_schema": bool(synthetic.dtypes.equals(train.dtypes)),
        "fit": {"wall_seconds": fit.seconds, "peak_mb": fit.peak_mb, **json.loads(fit.output)},
        "sample": {"wall_seconds": draw.seconds, "peak_mb": draw.peak_mb, **json.loads(draw.output)},
        "scores": {
            "synthdiff": scorer.synthetic(synthetic),
            "marginals": scorer.synthetic(shuffled(train, settings.seed)),
            "held-out": scorer.real(),
        },
        "yardstick": judge(settings.yardstick, dataset, files) if settings.yardstick else None,
    }


def judge(yardstick: Path, dataset: Dataset, files: dict[str, Path]) -> Any:
    """What another scoring script says of the same files: it takes these options and prints a JSON object."""
    parts = ["--train", files["train"], "--test", files["test"], "--synth", files["synthetic"]]
    words = [*parts, "--categorical", ",".join(dataset.categorical)]
    words += ["--target", dataset.target] if dataset.target else []
    command = [sys.executable, str(yardstick), *map(str, words)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def table(results: dict[str, dict[str, Any]]) -> str:
    """The results as a table of a terminal's width."""
    rows = []
    for name, result in results.items():
        for generator, scores in result["scores"].items():
            costs = ["", "", ""]
            if generator == "synthdiff":
                fit, draw = result["fit"], result["sample"]
                peak = max(fit["peak_mb"], draw["peak_mb"])
                costs = [amount(value) for value in (fit["wall_seconds"], draw["wall_seconds"], peak)]
            rows.append([f"{name} {generator}", *_cells(scores), *costs])
    return render(_HEADER, rows)


def _cells(scores: Scores) -> list[str]:
    return [score(scores[name]) for name in NAMES]


def write(stem: Path, record: dict[str, Any]) -> str:
    """Write a record as JSON and as Markdown; return the Markdown."""
    settings, results = record["settings"], record["results"]
    asked = f"{settings['minutes']:g} minutes a fit, preset {settings['preset']}, seed {settings['seed']}"
    text = "\n\n".join(
        ["# Fidelity", f"{asked}; {record['date']}.", table(results), _LEGEND, summary(record["machine"])]
    )
    save(stem, record, text)
    return text


def chosen(from_suite: bool, names: str, data: tuple[str, ...], **options: Any) -> list[Dataset]:
    """The data sets that the options name."""
    datasets = []
    if from_suite or names:
        known = suite()
        wanted = [name.strip() for name in names.split(",")] if names else list(known)
        if unknown := set(wanted) - set(known):
            raise click.UsageError(f"no data set {', '.join(sorted(unknown))}; there are {', '.join(known)}")
        datasets = [known[name] for name in wanted]
    for item in data:
        name, _, path = item.rpartition("=")
        datasets.append(Dataset(name or Path(path).stem, Path(path).resolve(), **options))
    if not datasets:
        raise click.UsageError("name tables: --suite, --datasets adult,magic or --data NAME=PATH")
    if absent := [str(dataset.path) for dataset in datasets if not dataset.path.exists()]:
        raise click.UsageError(f"there is no {', '.join(absent)}; set SYNTHDIFF_DATA to the folder of the data")
    return datasets


def names_of(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    """Names between commas."""
    return tuple(name.strip() for name in value.split(",") if name.strip())


@click.command()
@click.option("--suite", "from_suite", is_flag=True, help="The five public tables under $SYNTHDIFF_DATA.")
@click.option("--datasets", "names", default="", metavar="A,B", help="These of the five.")
@click.option("--data", multiple=True, metavar="NAME=PATH", help="A table of your own; the next five are for it.")
@click.option("--target", metavar="COLUMN", help="What downstream models predict.")
@click.option("--categorical", callback=names_of, default="", metavar="A,B", help="Numbers that are categories.")
@click.option("--split-row", type=int, metavar="N", help="Rows before N train; default: a random fifth is held out.")
@click.option("--drop", callback=names_of, default="", metavar="A,B", help="Columns to leave out.")
@click.option("--drop-null", callback=names_of, default="", metavar="A,B", help="Leave out rows where these are null.")
@click.option("--minutes", default=5.0, show_default=True, help="Of training, a fit.")
@click.option("--seed", default=0, show_default=True)
@click.option("--device", default="auto", show_default=True)
@click.option("--preset", default="balanced", show_default=True)
@click.option(
    "--yardstick", type=click.Path(path_type=Path, exists=True), help="Another scoring script to ask as well."
)
@click.option("--keep", type=click.Path(path_type=Path), help="Keep models and rows in this folder.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=RESULTS / "fidelity", help="Without ending.")
def main(
    from_suite: bool,
    names: str,
    data: tuple[str, ...],
    minutes: float,
    seed: int,
    device: str,
    preset: str,
    yardstick: Path | None,
    keep: Path | None,
    output: Path,
    **options: Any,
) -> None:
    """Fit, sample and score tables; write the results to benchmarks/results/fidelity.json and .md."""
    datasets = chosen(from_suite, names, data, **options)
    settings = Settings(minutes, seed, device, preset, yardstick and yardstick.resolve())
    asked = {"minutes": minutes, "seed": seed, "device": device, "preset": preset}
    record: dict[str, Any] = {
        "date": time.strftime("%Y-%m-%d"),
        "settings": asked,
        "machine": describe(),
        "results": {},
    }
    with tempfile.TemporaryDirectory() as scratch:
        folder = keep.resolve() if keep else Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for dataset in datasets:
            click.echo(f"{dataset.name} ...", err=True)
            record["results"][dataset.name] = measure(dataset, settings, folder)
            text = write(output, record)  # after each table: hours of work survive a kill
    click.echo(text)


if __name__ == "__main__":
    main()
