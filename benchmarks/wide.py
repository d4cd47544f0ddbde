"""Wide tables: whether a fit keeps to its time limit, and whether its rows beat independent columns.

python -m benchmarks.wide                                    # 10, 150 and 500 columns in 30 s each
python -m benchmarks.wide --tables 500x20000,2000x2000 --max-time 10m
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from benchmarks.machine import describe, machine_name, summary, synthdiff
from benchmarks.result import RESULTS, save
from benchmarks.table import amount, render, score
from synthdiff.models.duration import parse_duration

MOST_JUDGED = 2_000
_LEGEND = """\
total: wall clock of the whole command over its limit, start-up, reading and saving included. gap: mean absolute
difference of rank correlations to held-out rows, over all pairs. AUC: boosted trees tell the rows from held-out ones,
.5 is best. Beside both what independent columns and other real rows reach."""


def make_table(n_rows: int, n_columns: int, seed: int = 0) -> pd.DataFrame:
    """Make columns of five kinds that share common factors; a twentieth of the columns are factors."""
    rng = np.random.default_rng(seed)
    factors = rng.standard_normal((n_rows, max(3, n_columns // 20)))
    columns: dict[str, Any] = {}
    for j in range(n_columns):
        weights = rng.standard_normal(factors.shape[1]) * (rng.random(factors.shape[1]) < 0.3)
        x = factors @ weights + 0.5 * rng.standard_normal(n_rows)
        columns[f"c{j}"] = _column(x, j % 5)
    return pd.DataFrame(columns)


def _column(x: np.ndarray[Any, Any], kind: int) -> np.ndarray[Any, Any]:
    if kind == 0:
        return np.asarray(np.array(list("abcdefgh"))[np.clip(((x + 3) * 1.2).astype(int), 0, 7)])
    if kind == 1:
        return np.round(x * 100).astype(int)
    if kind == 2:
        return np.asarray(np.exp(x))
    return np.asarray(np.where(x < 0, 0.0, np.round(x, 2)) if kind == 3 else x > 0.5)


def as_numbers(frame: pd.DataFrame) -> np.ndarray[Any, Any]:
    """Give every column as numbers, (n, D); letters in the order of the alphabet."""
    return np.column_stack([frame[name].rank(method="average").to_numpy() for name in frame])


def correlation_gap(rows: np.ndarray[Any, Any], held_out: np.ndarray[Any, Any]) -> float:
    """Mean absolute difference of rank correlations."""
    gaps = np.corrcoef(rows, rowvar=False) - np.corrcoef(held_out, rowvar=False)
    return float(np.abs(np.nan_to_num(gaps)[np.triu_indices(gaps.shape[0], 1)]).mean())


def told_apart(rows: pd.DataFrame, held_out: pd.DataFrame) -> float:
    """Area under the ROC curve of boosted trees that tell rows from held-out ones."""
    n = min(len(rows), len(held_out), MOST_JUDGED)
    both = pd.concat([rows.head(n), held_out.head(n)])
    x = np.column_stack([both[c].astype("category").cat.codes if both[c].dtype == object else both[c] for c in both])
    y = np.repeat([1, 0], n)
    trees = HistGradientBoostingClassifier(max_iter=60, random_state=0)
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    return float(roc_auc_score(y, cross_val_predict(trees, x, y, cv=folds, method="predict_proba")[:, 1]))


def measure(n_rows: int, n_columns: int, limit: str, folder: Path) -> dict[str, Any]:
    """Fit a table within a limit, draw as many rows, and compare them with held-out ones."""
    table = make_table(n_rows + max(n_rows // 4, 500), n_columns)
    train, held_out = table.head(n_rows), table.tail(len(table) - n_rows).reset_index(drop=True)
    train.to_parquet(folder / "train.parquet", index=False)
    model, drawn = folder / "m.synthdiff", folder / "rows.parquet"
    fit = synthdiff("fit", folder / "train.parquet", "-o", model, "--max-time", limit, "--seed", "0", "--json")
    count = str(len(held_out))
    draw = synthdiff("sample", model, "-n", count, "-o", drawn, "--seed", "0", "--json", "--force")
    rows = pd.read_parquet(drawn)
    rng = np.random.default_rng(0)
    n = len(held_out)
    shuffled = pd.DataFrame({c: rng.permutation(train[c].to_numpy())[:n] for c in train})
    real = train.head(n)
    known = json.loads(fit.output)
    record: dict[str, Any] = {
        "rows": n_rows,
        "columns": n_columns,
        "limit": parse_duration(limit),
        "seconds": fit.seconds,
    }
    record |= {"peak_mb": fit.peak_mb, "steps": known["steps"], "warnings": known["warnings"]}
    record["drawing_seconds"] = draw.seconds
    reference = as_numbers(held_out)
    for name, frame in (("synthetic", rows), ("independent", shuffled), ("real", real)):
        record[name] = {"gap": correlation_gap(as_numbers(frame), reference), "auc": told_apart(frame, held_out)}
    return record


def table_of(records: list[dict[str, Any]]) -> str:
    """One line a table."""
    header = ["columns x rows", "limit s", "total", "steps", "MB", "gap", "indep.", "real", "AUC", "indep.", "real"]
    lines = [
        [
            f"{record['columns']:,} x {record['rows']:,}",
            amount(record["limit"]),
            f"{record['seconds'] / record['limit']:.0%}",
            f"{record['steps']:,}",
            amount(record["peak_mb"]),
            *(score(record[name]["gap"]) for name in ("synthetic", "independent", "real")),
            *(score(record[name]["auc"]) for name in ("synthetic", "independent", "real")),
        ]
        for record in records
    ]
    return render(header, lines)


@click.command()
@click.option("--tables", default="10x5000,150x1000,500x5000", show_default=True, metavar="CxR,...")
@click.option("--max-time", "limit", default="30s", show_default=True, help="Time limit of each fit.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Without ending; default: after the machine.")
def main(tables: str, limit: str, output: Path | None) -> None:
    """Measure wide tables; write the results to benchmarks/results/wide-LIMIT-MACHINE.json and .md."""
    facts, records = describe(), []
    for words in tables.split(","):
        n_columns, n_rows = (int(word) for word in words.split("x"))
        with tempfile.TemporaryDirectory() as scratch:
            records.append(measure(n_rows, n_columns, limit, Path(scratch)))
        click.echo(table_of(records[-1:]))
    stem = output or RESULTS / f"wide-{limit}-{machine_name(facts)}"
    text = "\n\n".join(["# Wide tables", f"Measured {time.strftime('%Y-%m-%d')}.", table_of(records), _LEGEND])
    save(stem, {"machine": facts, "tables": records}, f"{text}\n\n{summary(facts)}")


if __name__ == "__main__":
    main()
