"""Paths from a model of market series into a file or stdout."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.cli.progress import Bar, draw_facts
from synthdiff.data.io import open_writer
from synthdiff.data.writer import is_text_format

if TYPE_CHECKING:
    from synthdiff.data.paths import Event, Paths
    from synthdiff.models.series import SeriesDiffusion
    from synthdiff.sampling.steering import Watch

HORIZON = 252
"""Steps of a path where nobody says how many: a year of trading days."""


@dataclass(frozen=True)
class Request:
    """Which paths to draw.

    Attributes
    ----------
    n_paths : int
    horizon : int or None
        None: `HORIZON`, with `then` as many steps as are missing.
    begin : {"anywhere", "end"}
        Whether each path starts in some state of the fitted history, or all at its end.
    history : pyarrow.Table or None
        What paths go on from instead.
    raw : bool
        Leave returns as they are drawn.
    seed : int
    conditioning : mapping
        What every path shall do; see `synthdiff.data.request`.
    then : pyarrow.Table or None
        What comes after the paths, which fill the gap between `history` and it.
    fill : bool
        Whether paths are those of `history`, its holes filled.
    """

    n_paths: int
    horizon: int | None
    begin: str
    history: pa.Table | None
    raw: bool
    seed: int
    conditioning: Mapping[str, Any] = field(default_factory=dict)
    then: pa.Table | None = None
    fill: bool = False

    @property
    def n_steps(self) -> int:
        """Steps of a path that leads nowhere."""
        return HORIZON if self.horizon is None else self.horizon


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
    is_text = is_text_format(target, fmt)

    def watch(found: int, wanted: int) -> None:
        bar.show("sample", found / wanted, draw_facts(found, wanted, time.monotonic() - began, "paths"))

    with open_writer(target, fmt=fmt, force=force) as writer:
        watch(0, asked)
        for part in drawn(model, request, watch):
            writer.write(path_table(part, done, returns, is_text))
            if keep is not None:
                keep(part)
            done += len(part)
            watch(done, asked)
    return time.monotonic() - began


def drawn(model: SeriesDiffusion, request: Request, watch: Watch | None = None) -> Iterator[Paths]:
    """The paths, some at a time, so that memory does not grow with their number; those with weights all at once."""
    if request.fill:
        yield model.infill(request.history, n_paths=request.n_paths, random_state=request.seed)
        return
    if request.then is not None:
        yield model.infill(request.history, request.then, request.horizon, request.n_paths, random_state=request.seed)
        return
    if request.conditioning:
        yield conditioned(model, request, watch)
        return
    yield from model.iter_paths(
        request.n_paths,
        request.n_steps,
        history=request.history,
        from_end=request.begin == "end",
        recalibrate=not request.raw,
        random_state=request.seed,
    )


def conditioned(model: SeriesDiffusion, request: Request, watch: Watch | None = None) -> Paths:
    """Paths that do what was asked for, with weights.

    Raises
    ------
    ConditioningError
        What is asked for is not known, or no path comes there.
    TooFewRowsError
        Too few come there.
    """
    horizon, asked, seed = request.n_steps, request.conditioning, request.seed
    if request.history is None and request.begin == "end":
        return model.forecast(None, horizon, request.n_paths, conditioning=asked, watch=watch, random_state=seed)
    return model.sample(
        request.n_paths,
        horizon,
        asked,
        history=request.history,
        recalibrate=not request.raw,
        watch=watch,
        random_state=seed,
    )


def path_table(paths: Paths, first: int, returns: bool, is_text: bool) -> pa.Table:
    """The rows of some paths, numbered from `first` on; dates without a time are written so in text."""
    table = paths.to_table(returns=returns)
    table = table.set_column(0, "path", pc.add(table["path"], first))
    if is_text and paths.dates is not None and (paths.dates.astype("datetime64[D]") == paths.dates).all():
        table = table.set_column(1, "date", table["date"].cast(pa.date32()))
    return table


def event_words(event: Event) -> str:
    """What was asked for, how likely that is by itself, and what the paths are worth."""
    from synthdiff.finance.stress_summary import percent

    if math.isnan(event.probability):
        return " ".join([f"All of it {event.text}.", *event.notes])
    low, high = (percent(bound) for bound in event.interval)
    words = (
        f"{event.text[:1].upper()}{event.text[1:]}: {percent(event.probability)} of {event.n_unguided:,} paths that "
        f"nothing steers do so (95 %: {low} to {high}). By their weights these are worth {event.effective_size:,.0f}."
    )
    return " ".join([words, *event.notes])
