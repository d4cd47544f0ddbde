"""``synthdiff demo --series``: a market whose law is known, a model of it, and paths beside both."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from synthdiff.cli.demo import SEED, make_folder, write_data
from synthdiff.cli.evaluate import show
from synthdiff.cli.location import check_outputs
from synthdiff.cli.progress import open_bar
from synthdiff.cli.screen import facts_grid, messages, results
from synthdiff.cli.series_law import YEAR, market_numbers, numbers_table, years
from synthdiff.cli.series_picture import draw_market
from synthdiff.cli.series_plot import joined
from synthdiff.cli.series_sample import Request, draw_paths
from synthdiff.cli.series_summary import print_series_summary, series_record
from synthdiff.cli.training import claimed, command_line, train
from synthdiff.data.market import Market, read_market
from synthdiff.datasets import make_market
from synthdiff.datasets.market import simulate
from synthdiff.evaluation.stylized.market import evaluate_series
from synthdiff.models.series import SeriesDiffusion

if TYPE_CHECKING:
    import click
    from rich.console import Console

    from synthdiff.data.paths import Paths

DATA = "market.parquet"
MODEL = "market.synthdiff"
PATHS = "market_paths.parquet"
PICTURE = "market.png"
PAGE = "market.html"
N_ASSETS, N_PATHS = 3, 1_000
N_TRUE_YEARS = 1_000
"""Years drawn from the law itself, to know what it comes to."""


def run_demo(ctx: click.Context, folder: Path, rows: int, max_time: float, force: bool) -> None:
    """Make prices, fit them, simulate a year many times, and compare.

    Parameters
    ----------
    ctx : click.Context
        Of the command, to tell how it is continued.
    folder : Path
        Where everything goes.
    rows : int
        Days.
    max_time : float
        Of the fit, in seconds.
    force : bool
        Replace the files of an earlier demo.
    """
    model_path = folder / MODEL
    make_folder(folder)
    check_outputs({name: folder / name for name in (PATHS, PICTURE, PAGE)}, force)
    console = messages()
    model = SeriesDiffusion(max_time=max_time, random_state=SEED)
    words = command_line(ctx)
    with claimed(model_path, command=words, force=force), open_bar(console) as bar:
        bar.show("make", 0.0, f"{rows:,} days of {N_ASSETS} assets")
        prices = write_data(folder / DATA, make_market(rows, N_ASSETS, random_state=SEED), force)
        train(model, prices, model_path, bar, command=words, force=force)
        model.save(model_path, force=force)
        request = Request(N_PATHS, YEAR, "anywhere", None, False, SEED + 1)
        kept: list[Paths] = []
        draw_paths(model, request, str(folder / PATHS), bar, force=force, keep=kept.append)
        paths, market = joined(kept), read_market(prices)
        bar.show("score", 0.0, f"{len(paths):,} paths beside {rows:,} days")
        report = evaluate_series(market, paths)
        bar.show("draw", 1.0, PICTURE)
        draw_market(market, paths, report, folder / PICTURE, force)
        report.save_html(folder / PAGE, force)
    print_series_summary(console, series_record(model, model_path))
    results().print()
    results().print(numbers_table(side_by_side(market, paths)))
    results().print()
    show(report, as_json=False)
    print_places(console, folder)


def side_by_side(market: Market, paths: Paths) -> dict[str, dict[str, float]]:
    """The same numbers of the history, of the paths, and of the law."""
    history = np.diff(np.log(market.values), axis=0)
    law = simulate(N_TRUE_YEARS * YEAR, N_ASSETS, SEED + 2).returns
    return {
        f"history, {len(history) / YEAR:.0f} years": market_numbers(years(history)),
        "paths": market_numbers(paths.returns),
        "the law": market_numbers(years(law)),
    }


def print_places(console: Console, folder: Path) -> None:
    """Say what lies where, and which commands would have done the same."""
    model = shlex.quote(str(folder / MODEL))
    console.print("\nEverything is here:", style="bold")
    console.print(
        facts_grid(
            [
                ("prices", f"{folder / DATA}"),
                ("model", f"{folder / MODEL}"),
                ("paths", f"{folder / PATHS}"),
                ("picture", f"{folder / PICTURE}"),
                ("report", f"{folder / PAGE}"),
            ]
        )
    )
    console.print(f"More paths: synthdiff sample {model} -n {10 * N_PATHS} --horizon {YEAR}", soft_wrap=True)
    console.print(
        f"A forecast: synthdiff sample {model} -n {N_PATHS} --horizon 21 --from end --plot fan.png", soft_wrap=True
    )
