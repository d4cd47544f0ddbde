"""Attack synthdiff for as long as one likes: kills, frames, files, models, threads, sampling, command lines.

``python -m benchmarks.soak --hours 1`` exits with 0 when everything held. Each try is a process of its own, with
limits of time and memory, and is made from (seed, attack, number) alone: ``--replay kills:0:17`` makes one again.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported: processes with threads are not to be forked

import click
import numpy as np
import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from benchmarks.attack.outcome import KINDS, Attack, in_child
from benchmarks.attack.registry import ATTACKS, SHARES
from benchmarks.attack.sampling import SamplingAttack
from benchmarks.attack.signals import stop_ignoring
from benchmarks.machine import describe

MAX_FINDINGS = 20
"""Findings of an attack that are told in full."""


@dataclass
class Tally:
    """What came of the tries of one attack; a try may be of several cases, such as kills or files."""

    counts: Counter[str] = field(default_factory=Counter)
    cases: int = 0
    seconds: float = 0.0
    last: str = ""
    findings: list[dict[str, Any]] = field(default_factory=list)

    def add(self, record: dict[str, Any]) -> None:
        """Count one try."""
        self.counts[record["kind"]] += 1
        self.cases += record["cases"]
        self.last = record["detail"]
        self.seconds += record["seconds"]
        if record["kind"] != "held" and len(self.findings) < MAX_FINDINGS:
            self.findings.append(record)

    def facts(self) -> dict[str, Any]:
        """Return all of it as plain JSON."""
        counts = {"counts": dict(self.counts), "cases": self.cases}
        return counts | {"seconds": round(self.seconds, 1), "last": self.last, "findings": self.findings}


class Soak:
    """Attacks that are ready to be made.

    Parameters
    ----------
    names : list of str
        Names of the attacks.
    seed : int
        Seed of all tries.
    seconds : float
        Time for all attacks together, after what they prepare.
    folder : Path
        Place for their files.
    """

    def __init__(self, names: list[str], seed: int, seconds: float, folder: Path) -> None:
        self.seed, self.seconds, self.folder = seed, seconds, folder
        self.attacks: dict[str, Attack] = {
            name: SamplingAttack(seconds) if name == "sampling" else ATTACKS[name]() for name in names
        }
        for name, attack in self.attacks.items():
            (folder / name).mkdir()
            attack.prepare(folder / name)

    def attempt(self, name: str, number: int) -> dict[str, Any]:
        """Make one try; returns its record."""
        attack = self.attacks[name]
        rng = np.random.default_rng([self.seed, list(ATTACKS).index(name), number])
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        began = time.monotonic()
        found = in_child(lambda: attack.attempt(rng, folder), attack.seconds)
        shutil.rmtree(folder, ignore_errors=True)
        seconds = round(time.monotonic() - began, 3)
        return {"attack": name, "seed": self.seed, "number": number, "seconds": seconds, **asdict(found)}

    def work(self, worker: int, n_workers: int, end: float) -> Iterator[dict[str, Any]]:
        """Make this worker's tries until the time is over, each attack for its share of it."""
        names = [name for name in self.attacks if SHARES[name] > 0]
        spent, made = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0)
        while names and time.monotonic() < end:
            name = min(names, key=lambda name: spent[name] / SHARES[name])
            record = self.attempt(name, worker + n_workers * made[name])
            spent[name] += max(record["seconds"], 0.001)
            made[name] += 1
            yield record

    def run(self, n_workers: int) -> Iterator[dict[str, Any]]:
        """Make tries in several processes; yields their records."""
        end = time.monotonic() + self.seconds
        pipes = [_forked(self.work(worker, n_workers, end)) for worker in range(n_workers)]
        if "sampling" in self.attacks:
            pipes.append(_forked(iter(lambda: self.attempt("sampling", 0), None), once=True))
        streams = {pipe: os.fdopen(pipe) for pipe in pipes}
        while streams:
            for pipe in select.select(list(streams), [], [])[0]:
                line = streams[pipe].readline()
                if line:
                    yield json.loads(line)
                else:
                    streams.pop(pipe).close()
        while True:
            try:
                os.wait()
            except ChildProcessError:
                return


def _forked(records: Iterator[dict[str, Any]], once: bool = False) -> int:
    """Start a process that writes records, a line each; returns the end of the pipe to read them from."""
    read, write = os.pipe()
    if os.fork():
        os.close(write)
        return read
    os.close(read)
    with os.fdopen(write, "w", buffering=1) as stream:
        for record in records:
            stream.write(json.dumps(record) + "\n")
            if once:
                break
    os._exit(0)


@click.command()
@click.option("--hours", type=click.FloatRange(min=0), default=0.0, metavar="H", help="Hours to go on.")
@click.option("--minutes", type=click.FloatRange(min=0), default=0.0, metavar="M", help="Minutes, added to that.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of all tries.")
@click.option("--only", metavar="A,B", help=f"Some of: {', '.join(ATTACKS)}.")
@click.option("--jobs", type=click.IntRange(min=1), help="Processes. Default: one for each core.")
@click.option("--replay", metavar="ATTACK:SEED:N", help="Make one try again and print what comes of it.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Also write the results as JSON.")
def main(
    hours: float, minutes: float, seed: int, only: str | None, jobs: int | None, replay: str | None, output: Path | None
) -> None:
    """Attack synthdiff until the time is over; exit with 1 if anything did not hold."""
    names = only.split(",") if only else list(ATTACKS)
    if unknown := [name for name in names if name not in ATTACKS]:
        raise click.BadParameter(f"{unknown[0]} is no attack; choose from {', '.join(ATTACKS)}")
    torch.set_num_threads(1)
    stop_ignoring()
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="soak-") as place:
        if replay:
            name, at, number = replay.split(":")
            console.print_json(data=Soak([name], int(at), 60.0, Path(place)).attempt(name, int(number)))
            return
        seconds = 3600 * hours + 60 * minutes
        if not seconds:
            raise click.UsageError("say how long: --hours 1, or --minutes 10")
        console.print(f"Preparing {', '.join(names)} ...", highlight=False)
        tallies = collect(Soak(names, seed, seconds, Path(place)), jobs or os.cpu_count() or 1, console)
    report(tallies)
    if output:
        facts: dict[str, Any] = {"seconds": seconds, "seed": seed, "machine": describe()}
        output.write_text(
            json.dumps(facts | {"attacks": {name: tally.facts() for name, tally in tallies.items()}}, indent=1) + "\n"
        )
    sys.exit(any(tally.counts.total() > tally.counts["held"] for tally in tallies.values()))


def collect(soak: Soak, jobs: int, console: Console) -> dict[str, Tally]:
    """Run the attacks and count, with a bar that tells how long it still takes."""
    tallies = {name: Tally() for name in soak.attacks}
    began = time.monotonic()
    columns = (TextColumn("soak"), BarColumn(), TextColumn("{task.fields[facts]}"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("soak", total=soak.seconds, facts="")
        for record in soak.run(jobs):
            tallies[record["attack"]].add(record)
            total = sum((tally.counts for tally in tallies.values()), Counter[str]())
            facts = f"{total.total():,} tries, {total.total() - total['held']} did not hold"
            bar.update(task, completed=min(time.monotonic() - began, soak.seconds), facts=facts)
            if record["kind"] != "held":
                name = f"{record['attack']}:{record['seed']}:{record['number']}"
                bar.console.print(f"{name} {record['kind']}: {record['detail']}", markup=False, highlight=False)
    return tallies


def report(tallies: dict[str, Tally]) -> None:
    """Print the table of what held, and how to make the rest again."""
    table = Table("attack", *(f"{kind}" for kind in KINDS), "tries", "cases", "seconds", box=None)
    for name, tally in tallies.items():
        counts = [f"{tally.counts[kind]:,}" for kind in KINDS]
        table.add_row(name, *counts, f"{tally.counts.total():,}", f"{tally.cases:,}", f"{tally.seconds:,.0f}")
    Console().print(table)
    for name, tally in tallies.items():
        if not SHARES[name]:
            click.echo(f"{name}: {tally.last}")
    for tally in tallies.values():
        for found in tally.findings:
            click.echo(f"python -m benchmarks.soak --replay {found['attack']}:{found['seed']}:{found['number']}")


if __name__ == "__main__":
    main()
