"""Everything that makes rows from rows: synthdiff through its command line, rivals through their scripts, real rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.environment import python_of
from benchmarks.machine import run, synthdiff
from benchmarks.rivals.job import Job

OURS = "synthdiff"
_PATIENCE = 3.0  # times the budget, after which a fit has failed
_GRACE = 900.0  # seconds for start-up, timing an epoch and drawing
_NO_BUDGET = 4 * 3600.0
_RESULT = "made.json"

Costs = dict[str, Any]
"""``fit_seconds``, ``rows_seconds``, ``many_seconds``, ``peak_mb``; ``facts`` and ``versions``."""


@dataclass(frozen=True)
class Place:
    """Where and how generators run.

    Attributes
    ----------
    environments : Path
        Folder of the rivals' virtual environments.
    device : str
        Of synthdiff; rivals run on the CPU.
    preset : str
        Of synthdiff.
    """

    environments: Path
    device: str = "cpu"
    preset: str = "balanced"


def make_ours(job: Job, place: Place) -> Costs:
    """Fit and sample with this checkout's command line; the seconds are of whole commands, start-up included."""
    folder = Path(job.folder)
    model, call = folder / "model.synthdiff", partial(synthdiff, limit=_limit(job), log=folder / "log.txt")
    words = ("--seed", str(job.seed), "--device", place.device, "--force", "--json")
    budget = ("--max-time", f"{job.seconds:.0f}s") if job.seconds is not None else ()
    fit = call("fit", job.train, "-o", model, "--preset", place.preset, *budget, *words)
    draws = [
        call("sample", model, "-n", str(n_rows), "-o", path, *words)
        for n_rows, path in ((job.n_rows, job.rows), (job.n_many, job.many))
    ]
    return {
        "fit_seconds": fit.seconds,
        "rows_seconds": draws[0].seconds,
        "many_seconds": draws[1].seconds,
        "peak_mb": max(command.peak_mb for command in (fit, *draws)),
        "facts": json.loads(fit.output),
        "versions": {},
    }


def make_rival(name: str, environment: str, job: Job, place: Place) -> Costs:
    """Run a rival's script in its environment; the seconds are without start-up, reading and writing."""
    folder = Path(job.folder)
    file = folder / "job.json"
    job.write(file)
    script = (python_of(environment, place.environments), "-W", "ignore", "-m", f"benchmarks.rivals.{name}", file)
    done = run(script, limit=_limit(job), log=folder / "log.txt")
    report: Costs = json.loads(job.report.read_text())
    return report | {"peak_mb": done.peak_mb}


def _limit(job: Job) -> float:
    return _NO_BUDGET if job.seconds is None else _PATIENCE * job.seconds + _GRACE


GENERATORS: dict[str, Callable[[Job, Place], Costs]] = {
    OURS: make_ours,
    "argn": partial(make_rival, "argn", "mostlyai"),
    "tvae": partial(make_rival, "tvae", "sdv"),
    "ctgan": partial(make_rival, "ctgan", "sdv"),
    "copula": partial(make_rival, "copula", "sdv"),
}


def generate(name: str, job: Job, place: Place) -> Costs:
    """Let a generator do a job; what lies in the job's folder from the same job is taken as it is.

    Raises
    ------
    RuntimeError
        It failed, or its fit took more than three times the seconds it had.
    """
    folder = Path(job.folder)
    made, asked = folder / _RESULT, {"job": asdict(job), "device": place.device, "preset": place.preset}
    if made.exists() and (known := json.loads(made.read_text()))["asked"] == asked:
        return dict(known["costs"])
    folder.mkdir(parents=True, exist_ok=True)
    costs = GENERATORS[name](job, place)
    job.many.unlink()  # only their time counts
    if job.seconds is not None and costs["fit_seconds"] > _PATIENCE * job.seconds:
        raise RuntimeError(f"the fit took {costs['fit_seconds']:.0f} s of {job.seconds:.0f} s")
    made.write_text(json.dumps({"asked": asked, "costs": costs}, indent=1))
    return costs


Parts = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
"""Rows that count as real, as synthetic, as held out."""


def marginals(train: pd.DataFrame, held_out: pd.DataFrame, seed: int) -> Parts:
    """Independent marginals: each column of train in an order of its own."""
    rng = np.random.default_rng(seed)
    shuffled = {name: train[name].to_numpy()[rng.permutation(len(train))] for name in train.columns}
    return train, pd.DataFrame(shuffled), held_out


def halves(train: pd.DataFrame, held_out: pd.DataFrame, seed: int) -> Parts:
    """One half of train as the real rows, the other as the synthetic ones: nothing to tell them apart."""
    order = np.random.default_rng(seed).permutation(len(train))
    first, second = (train.iloc[part].reset_index(drop=True) for part in np.array_split(order, 2))
    return first, second, held_out


HELD_OUT = "held-out"  # held-out rows in the synthetic rows' place: every score's own ceiling
REFERENCES: dict[str, Callable[[pd.DataFrame, pd.DataFrame, int], Parts]] = {
    "marginals": marginals,
    "half/half": halves,
    HELD_OUT: marginals,
}
