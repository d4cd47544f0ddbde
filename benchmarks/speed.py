"""How fast: the scores that a time budget buys, and the seconds and memory that many rows take.

python -m benchmarks.speed                                  # adult, 60 s of training, 100,000 and 1,000,000 rows
python -m benchmarks.speed --dataset magic --budgets 30s,60s,5m --rows 100000 --device cuda
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

import click
import pandas as pd

from benchmarks.dataset import Dataset, suite
from benchmarks.judge import brief, judge
from benchmarks.machine import describe, machine_name, summary, synthdiff
from benchmarks.result import RESULTS, save
from benchmarks.table import amount, render, score

_SCORES = ("shape", "trend", "xgb_c2st", "gbt_auc", "mle")
_LEGEND = """\
s and MB: wall clock and peak memory of the whole command, start-up included. rows/s: while it draws and writes.
xgb: against train, 1 is best. gbt: against held-out rows, .5 is best."""


def measure_fit(train: Path, model: Path, budget: str, words: tuple[str, ...]) -> dict[str, Any]:
    """Fit within a budget."""
    fit = synthdiff("fit", train, "-o", model, "--max-time", budget, "--seed", "0", "--force", "--json", *words)
    return {"budget": budget, "seconds": fit.seconds, "peak_mb": fit.peak_mb, "summary": json.loads(fit.output)}


def measure_draws(model: Path, counts: list[int], words: tuple[str, ...], folder: Path) -> list[dict[str, Any]]:
    """Draw rows into a parquet file, each number of them in a process of its own."""
    draws = []
    for n_rows in counts:
        rows = folder / "rows.parquet"
        draw = synthdiff("sample", model, "-n", str(n_rows), "-o", rows, "--seed", "0", "--force", "--json", *words)
        drawing = float(json.loads(draw.output)["seconds"])
        record = {"rows": n_rows, "seconds": draw.seconds, "drawing_seconds": drawing, "peak_mb": draw.peak_mb}
        draws.append(record | {"rows_per_second": n_rows / drawing, "file_mb": rows.stat().st_size / 1e6})
    return draws


def measure_scores(dataset: Dataset, model: Path, words: tuple[str, ...], folder: Path) -> dict[str, Any]:
    """Score as many rows as train."""
    rows = folder / "scored.parquet"
    train, held_out = dataset.split()
    synthdiff("sample", model, "-n", str(len(train)), "-o", rows, "--seed", "0", "--force", *words)
    return brief(judge(dataset, train, pd.read_parquet(rows), held_out))


def tables(record: dict[str, Any]) -> str:
    """The fits and the draws, a table each."""
    fits = [
        [
            fit["budget"],
            amount(fit["seconds"]),
            amount(fit["peak_mb"]),
            *(score(fit["scores"].get(name, {}).get("value")) for name in _SCORES),
        ]
        for fit in record["fits"]
    ]
    draws = [
        [
            f"{draw['rows']:,} rows",
            *(amount(draw[name]) for name in ("seconds", "rows_per_second", "peak_mb", "file_mb")),
        ]
        for draw in record["draws"]
    ]
    fit_table = render(["budget", "fit s", "MB", *(name.split("_")[0] for name in _SCORES)], fits)
    return fit_table + "\n\n" + render(["sample", "s", "rows/s", "MB", "file MB"], draws)


@click.command()
@click.option("--dataset", "name", default="adult", show_default=True, help="One of the suite.")
@click.option("--budgets", default="60s", show_default=True, metavar="A,B", help="Times of training; rows of the last.")
@click.option("--rows", default="100000,1000000", show_default=True, metavar="N,M", help="How many to draw.")
@click.option("--device", default="auto", show_default=True)
@click.option("--preset", default="balanced", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Without ending; default: after the machine.")
def main(name: str, budgets: str, rows: str, device: str, preset: str, output: Path | None) -> None:
    """Measure fits and draws; write the results to benchmarks/results/speed-MACHINE.json and .md."""
    known = suite()
    if name not in known or not known[name].path.exists():
        raise click.UsageError(f"no data set {name}; there are {', '.join(known)}, under $SYNTHDIFF_DATA")
    facts = describe()
    record: dict[str, Any] = {"date": time.strftime("%Y-%m-%d"), "dataset": name, "device": device, "preset": preset}
    record |= {"machine": facts, "fits": [], "draws": []}
    dataset = known[name]
    train, _ = dataset.split()
    words = ("--device", device)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        train.to_parquet(folder / "train.parquet", index=False)
        model = folder / "model.synthdiff"
        for budget in budgets.split(","):
            fit = measure_fit(folder / "train.parquet", model, budget.strip(), (*words, "--preset", preset))
            record["fits"].append(fit | {"scores": measure_scores(dataset, model, words, folder)})
        record["draws"] = measure_draws(model, [int(count) for count in rows.split(",")], words, folder)
    stem = output or RESULTS / f"speed-{machine_name(facts)}"
    title = f"{name}, {len(train):,} rows, {len(train.columns)} columns; device {device}; {record['date']}."
    text = "\n\n".join(["# Speed", title, tables(record), _LEGEND, summary(facts)])
    save(stem, record, text)
    click.echo(text)


if __name__ == "__main__":
    main()
