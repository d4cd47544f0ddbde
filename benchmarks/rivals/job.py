"""What a rival is asked, and how its script answers: fit once, sample twice, write rows and seconds."""

from __future__ import annotations

import importlib.metadata
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

Sampler = Callable[[int], pd.DataFrame]
ROWS, MANY, REPORT = "rows.parquet", "many.parquet", "report.json"


@dataclass(frozen=True)
class Job:
    """One fit and what is drawn from it.

    Attributes
    ----------
    train : str
        Parquet file of the rows to learn.
    folder : str
        Where ``rows.parquet``, ``many.parquet`` and ``report.json`` go.
    seed : int
        For whoever takes one.
    seconds : float or None
        Time for the fit; None: the generator's own settings decide.
    n_rows, n_many : int
        Rows to score, and rows to time.
    """

    train: str
    folder: str
    seed: int
    seconds: float | None
    n_rows: int
    n_many: int

    @property
    def rows(self) -> Path:
        """The rows to score."""
        return Path(self.folder) / ROWS

    @property
    def many(self) -> Path:
        """The rows whose drawing is timed."""
        return Path(self.folder) / MANY

    @property
    def report(self) -> Path:
        """Seconds and what else the script tells, as JSON."""
        return Path(self.folder) / REPORT

    def write(self, path: Path) -> None:
        """Write the job as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1))

    @classmethod
    def read(cls, path: Path) -> Job:
        """Read what `write` wrote."""
        return cls(**json.loads(path.read_text()))


@dataclass(frozen=True)
class Fitted:
    """A fitted generator.

    Attributes
    ----------
    sample : callable
        Draws a number of rows.
    facts : dict
        What the fit has to tell: epochs.
    seconds : float or None
        Of the fit, where not all that was done counts: a trial that sets the number of epochs does not.
    """

    sample: Sampler
    facts: dict[str, Any]
    seconds: float | None = None


def carry_out(fit: Callable[[pd.DataFrame, Job], Fitted], package: str, words: list[str] | None = None) -> None:
    """Do the job that the command line names; start-up, reading and writing are not timed.

    Parameters
    ----------
    fit : callable
        Fits train rows.
    package : str
        Whose version is reported.
    words : list of str or None
        The command line: the file of the job.
    """
    (file,) = sys.argv[1:] if words is None else words
    job = Job.read(Path(file))
    train = pd.read_parquet(job.train)
    start = time.perf_counter()
    fitted = fit(train, job)
    fit_seconds = time.perf_counter() - start if fitted.seconds is None else fitted.seconds
    sample_seconds = []
    for n_rows, path in ((job.n_rows, job.rows), (job.n_many, job.many)):
        start = time.perf_counter()
        rows = fitted.sample(n_rows)
        sample_seconds.append(time.perf_counter() - start)
        if len(rows) != n_rows:
            raise RuntimeError(f"{package} drew {len(rows)} rows where {n_rows} were asked for")
        rows.to_parquet(path, index=False)
    report = {"fit_seconds": fit_seconds, "rows_seconds": sample_seconds[0], "many_seconds": sample_seconds[1]}
    versions = {name: importlib.metadata.version(name) for name in (package, "torch", "pandas")}
    job.report.write_text(json.dumps(report | {"versions": versions, "facts": fitted.facts}, indent=1))
