"""Market series: synthdiff beside the classical simulators, and under the protocol that generators are published with.

    python -m benchmarks.series
    python -m benchmarks.series --only markets --data prices.csv --since 0.7 --minutes 5 --fits 3
    python -m benchmarks.series --only windows --windows stocks

Markets are scored by their stylised facts, and, where later days are kept out, by one-day value at risk and by CRPS,
day after day: all simulators on the same days and seeds. A result is saved as soon as it is there; the same command
goes on where it was interrupted, with --keep also with the models that were fitted.
"""

from __future__ import annotations

import json
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from benchmarks.machine import commit, describe, summary
from benchmarks.result import RESULTS, beside, save
from benchmarks.series import protocol
from benchmarks.series.market import Effort, MarketTask, markets, measure_market
from benchmarks.series.protocol import MINUTES, Protocol, measure_windows, read_frame
from benchmarks.table import render, score

MARKETS, WINDOWS = "markets", "windows"
_LEGEND = """\
discriminative: how much better than a coin a recurrent network tells windows from real ones, 0 is best; predictive:
mean absolute error on real windows of a network that was trained on these; means over repetitions of the score and
half of their 95 % interval. synthdiff's windows begin at the values of a random moment of the history, with the steps
before it shown, or (start only) without; those of the others are drawn from nothing. The protocol does not punish
copying: `history drawn again` is real windows, and scores best. Published numbers are as their papers state them."""


@dataclass
class Record:
    """What was asked, where, and what came out; saved after each row.

    Attributes
    ----------
    stem : Path
    settings, machine : dict
    rows : list of dict
        ``part``, ``name``, ``commit``, ``date``; and what was measured, or ``failed`` with the reason.
    """

    stem: Path
    settings: dict[str, Any]
    machine: dict[str, Any]
    rows: list[dict[str, Any]]

    @classmethod
    def resume(cls, stem: Path, settings: dict[str, Any]) -> Record:
        """Go on with what is saved there, or begin.

        Raises
        ------
        click.UsageError
            What is saved there was asked for otherwise.
        """
        file = beside(stem, "json")
        if not file.exists():
            return cls(stem, settings, describe(), [])
        saved = json.loads(file.read_text())
        if saved.get("settings") != json.loads(json.dumps(settings)):
            raise click.UsageError(f"{file} holds results of other settings; name another --output")
        return cls(stem, settings, saved["machine"], saved["rows"])

    def add(self, part: str, name: str, measure: Callable[[], dict[str, Any]]) -> None:
        """Measure what is not there yet; whatever goes wrong must not end the run."""
        if any((row["part"], row["name"]) == (part, name) for row in self.rows):
            return
        row = {"part": part, "name": name, "commit": commit(), "date": time.strftime("%Y-%m-%d")}
        try:
            row |= measure()
        except Exception as error:
            row["failed"] = f"{type(error).__name__}: {error}"
        self.rows.append(row)
        self.write()

    def write(self) -> str:
        """Write the results as JSON and Markdown; return the Markdown."""
        commits = ", ".join(dict.fromkeys(row["commit"] for row in self.rows))
        dates = sorted({row["date"] for row in self.rows})
        parts = ["# Market series", dates[-1] + "." if dates else ""]
        parts += [market_text(row) if row["part"] == MARKETS else windows_text(row) for row in self.rows]
        if any(row["part"] == WINDOWS for row in self.rows):
            parts.append(_LEGEND)
        parts.append(f"{summary(self.machine)}; rows at {commits}")
        text = "\n\n".join(part for part in parts if part)
        save(self.stem, {"settings": self.settings, "machine": self.machine, "rows": self.rows}, text)
        return text


def market_text(row: dict[str, Any]) -> str:
    """One market: its tables as they are on a terminal."""
    title = f"## {row['name']}"
    if "failed" in row:
        return f"{title}\n\nFailed: {row['failed']}"
    task = row["task"]
    seconds = ", ".join(f"{fit['seconds']:.0f} s" for fit in row["fits"])
    span = "all of the history" if task["since"] is None else f"the first {task['since']:.0%}, scored on the rest"
    said = f"Fitted to {span}, {task['minutes']:g} minutes at most ({seconds})."
    text = f"{title}\n\n{said}\n\n```\n{row['text']}\n```"
    return f"{text}\n\n{crash_text(row['crash'])}" if "crash" in row else text


def crash_text(row: dict[str, Any]) -> str:
    """Conditioned paths: how likely, what they are worth, how they compare."""
    if "event" not in row:
        return f"Conditioned paths failed: {row['failed']}"
    event = row["event"]
    low, high = event["interval"]
    said = (
        f"Conditioned on {event['text']}: {event['paths']:,} paths in {event['seconds']:.0f} s, worth "
        f"{event['effective_size']:,.0f} by their weights. Without a condition {event['probability']:.2%} do so (95 %: "
        f"{low:.2%} to {high:.2%})."
    )
    if "failed" in row:
        return f"{said} Not scored: {row['failed']}"
    scores = row["scores"]
    cross = "" if scores["cross_mean"] is None else f", across assets {score(scores['cross_mean'])}"
    return (
        f"{said} Beside the {scores['n_windows']} windows of the history that did the same ({scores['n_apart']} that "
        f"do not overlap) their facts score {score(scores['mean'])}{cross}; {scores['right']} of "
        f"{len(scores['facts'])} at most 1.5."
    )


def windows_text(row: dict[str, Any]) -> str:
    """One series under the protocol: a table, the published scores beside ours."""
    title = f"## Windows of {row['name']}"
    if "failed" in row:
        return f"{title}\n\nFailed: {row['failed']}"
    lines = [
        [found["generator"], _cell(found["discriminative"]), _cell(found["predictive"])]
        for found in [*row["scores"], *protocol.beside(row["name"], row["length"])]
    ]
    (fit, *_) = [found["fit"] for found in row["scores"] if found["fit"]]
    said = f"{row['scores'][0]['windows']:,} windows of {row['length']} steps; fitted in {fit['seconds']:.0f} s."
    return f"{title}\n\n{said}\n\n{render(['generator', 'discriminative', 'predictive'], lines)}"


def _cell(found: dict[str, Any] | None) -> str:
    if found is None:
        return "-"
    interval = found.get("interval")
    half = "" if interval is None else f" ±{score((interval[1] - interval[0]) / 2)}"
    return f"{score(found['mean'])}{half}"


def chosen(data: tuple[str, ...], names: str, since: float | None, fits: int | None) -> list[MarketTask]:
    """The markets that the options name."""
    if data:
        tasks = []
        for item in data:
            name, _, path = item.rpartition("=")
            place = Path(path).resolve()
            tasks.append(MarketTask(name or place.stem, place, 6.0, since, fits or 1))
    else:
        known = markets()
        wanted = [name.strip() for name in names.split(",")] if names else list(known)
        if unknown := set(wanted) - set(known):
            raise click.UsageError(f"no market {', '.join(sorted(unknown))}; there are {', '.join(known)}")
        tasks = [known[name] if fits is None else replace(known[name], fits=fits) for name in wanted]
    if absent := sorted({str(task.path) for task in tasks if not task.path.exists()}):
        raise click.UsageError(f"there is no {', '.join(absent)}; set SYNTHDIFF_DATA to the folder of the data")
    return tasks


def names_of(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    """Names between commas."""
    return tuple(name.strip() for name in value.split(",") if name.strip())


@click.command()
@click.option("--only", type=click.Choice([MARKETS, WINDOWS]), help="One part; default: both.")
@click.option("--markets", "names", default="", metavar="A,B", help="Of sp500, sp500 later, stocks20.")
@click.option("--data", multiple=True, metavar="NAME=PATH", help="Prices of your own instead; with --since, --fits.")
@click.option("--since", type=float, metavar="SHARE", help="Of --data: the share that is fitted to.")
@click.option("--fits", type=click.IntRange(min=1), metavar="N", help="Seeds that are fitted.")
@click.option("--windows", default="stocks,energy", show_default=True, callback=names_of, metavar="A,B")
@click.option("--minutes", type=float, metavar="M", help="Of each fit; default: of each task its own.")
@click.option("--seeds", default=5, show_default=True, help="Of paths, where there is one fit.")
@click.option("--paths", "n_paths", default=1000, show_default=True)
@click.option("--horizon", default=252, show_default=True)
@click.option("--days", default=1000, show_default=True, help="Of the backtest.")
@click.option("--backtest-paths", default=1000, show_default=True)
@click.option("--draws", default=100, show_default=True, help="Resamples of the history for the noise floor.")
@click.option("--challengers", default=",".join(Effort.challengers), callback=names_of, metavar="A,B", help="Of all.")
@click.option("--length", default=24, show_default=True, help="Steps of a window.")
@click.option("--repetitions", default=5, show_default=True, help="Of the windows' scores.")
@click.option("--iterations", default=1.0, show_default=True, metavar="SHARE", help="Of the scores' training.")
@click.option("--preset", default="balanced", show_default=True, help="Of synthdiff.")
@click.option("--device", default="cpu", show_default=True)
@click.option("--keep", type=click.Path(path_type=Path), help="Keep models here; a later run goes on with them.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=RESULTS / "series", help="Without ending.")
def main(
    only: str | None,
    names: str,
    data: tuple[str, ...],
    since: float | None,
    fits: int | None,
    windows: tuple[str, ...],
    minutes: float | None,
    length: int,
    repetitions: int,
    iterations: float,
    preset: str,
    device: str,
    keep: Path | None,
    output: Path,
    **drawn: Any,
) -> None:
    """Fit, sample and score series; write the results to benchmarks/results/series.json and .md."""
    effort = Effort(preset=preset, device=device, **drawn)
    rules = Protocol(length, repetitions, iterations, preset, device)
    tasks = [] if only == WINDOWS else chosen(data, names, since, fits)
    if unknown := set(windows) - set(MINUTES):
        raise click.UsageError(f"no series {', '.join(sorted(unknown))}; there are {', '.join(MINUTES)}")
    settings = {"effort": asdict(effort), "protocol": asdict(rules), "minutes": minutes}
    record = Record.resume(output, settings)
    with tempfile.TemporaryDirectory() as scratch:
        folder = (keep or Path(scratch)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        for task in tasks:
            timed = task if minutes is None else replace(task, minutes=minutes)
            record.add(MARKETS, task.name, partial(run_market, timed, effort, folder))
        for name in () if only == MARKETS else windows:
            limit = MINUTES[name] if minutes is None else minutes
            record.add(WINDOWS, name, partial(run_windows, name, limit, rules, folder))
    click.echo(record.write())


def run_market(task: MarketTask, effort: Effort, folder: Path) -> dict[str, Any]:
    """A row of a market."""
    asked = {**asdict(task), "path": task.path.name}
    return {"task": asked, **measure_market(task, effort, folder, _say)}


def run_windows(name: str, minutes: float, rules: Protocol, folder: Path) -> dict[str, Any]:
    """A row of a series under the protocol."""
    scores = measure_windows(name, read_frame(name), minutes, rules, folder, _say)
    return {"length": rules.length, "minutes": minutes, "scores": scores}


def _say(text: str) -> None:
    click.echo(text, err=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    main()
