"""Paths from a model of market series into a file or stdout."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.cli.progress import Bar, draw_facts
from synthdiff.data.io import open_writer
from synthdiff.data.writer import STDOUT, format_of

if TYPE_CHECKING:
    from synthdiff.data.paths import Paths
    from synthdiff.models.series import SeriesDiffusion

HORIZON = 252
"""Steps of a path where nobody says how many: a year of trading days."""
TEXT = ("csv", "csv.gz", "jsonl", "jsonl.gz")


@dataclass(frozen=True)
class Request:
    """Which paths to draw.

    Attributes
    ----------
    n_paths, horizon : int
    begin : {"anywhere", "end"}
        Whether each path starts in some state of the fitted history, or all at its end.
    history : pyarrow.Table or None
        What paths go on from instead.
    raw : bool
        Leave returns as they are drawn.
    seed : int
    """

    n_paths: int
    horizon: int
    begin: str
    history: pa.Table | None
    raw: bool
    seed: int


def draw_paths(
    model: SeriesDiffusion,
    request: Request,
    target: str,
    bar: Bar,
    *,
    returns: bool = False,
    fmt: str | None = None,
    force: bool = False,
    keep: Callable[[Paths], None] | None = None,
) -> float:
    """Draw paths and write them to `target` ("-" is stdout): a row a path and step.

    Parameters
    ----------
    model : SeriesDiffusion
    request : Request
    target : str
    bar : Bar
        Shows the progress.
    returns : bool
        Write log returns, not values in the units that went in.
    fmt : str or None
        As `open_writer` takes it.
    force : bool
        Replace an existing file.
    keep : callable or None
        Is given the paths, some at a time, after they are written.

    Returns
    -------
    float
        Seconds that drawing and writing took.
    """
    began, done, asked = time.monotonic(), 0, request.n_paths
    is_text = (fmt or ("csv" if target == STDOUT else format_of(target))) in TEXT
    with open_writer(target, fmt=fmt, force=force) as writer:
        bar.show("sample", 0.0, draw_facts(0, asked, 0.0, "paths"))
        for part in drawn(model, request):
            writer.write(path_table(part, done, returns, is_text))
            if keep is not None:
                keep(part)
            done += len(part)
            bar.show("sample", done / asked, draw_facts(done, asked, time.monotonic() - began, "paths"))
    return time.monotonic() - began


def drawn(model: SeriesDiffusion, request: Request) -> Iterator[Paths]:
    """The paths, some at a time, so that memory does not grow with their number."""
    return model.iter_paths(
        request.n_paths,
        request.horizon,
        history=request.history,
        from_end=request.begin == "end",
        recalibrate=not request.raw,
        random_state=request.seed,
    )


def path_table(paths: Paths, first: int, returns: bool, is_text: bool) -> pa.Table:
    """The rows of some paths, numbered from `first` on; dates without a time are written so in text."""
    table = paths.to_table(returns=returns)
    table = table.set_column(0, "path", pc.add(table["path"], first))
    if is_text and paths.dates is not None and (paths.dates.astype("datetime64[D]") == paths.dates).all():
        table = table.set_column(1, "date", table["date"].cast(pa.date32()))
    return table
