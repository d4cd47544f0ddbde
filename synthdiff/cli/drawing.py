"""Rows from a model into a file or stdout, chunk by chunk."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from synthdiff.cli.progress import Bar, draw_facts
from synthdiff.codecs.numbering import CHUNK
from synthdiff.data.io import open_writer

if TYPE_CHECKING:
    from synthdiff.models.tabular import TabularDiffusion


def draw(
    model: TabularDiffusion,
    rows: int,
    target: str,
    bar: Bar,
    *,
    seed: int,
    batch_size: int | None = None,
    fmt: str | None = None,
    force: bool = False,
) -> float:
    """Draw `rows` rows and write them to `target` ("-" is stdout).

    Returns
    -------
    float
        Seconds that drawing and writing took.
    """
    start, done = time.monotonic(), 0
    with open_writer(target, fmt=fmt, kind=model.frame_kind_, force=force) as writer:
        bar.show("sample", 0.0, draw_facts(0, rows, 0.0))
        for chunk in model.iter_tables(rows, random_state=seed, batch_size=batch_size or CHUNK):
            writer.write(chunk)
            done += chunk.num_rows
            bar.show("sample", done / rows, draw_facts(done, rows, time.monotonic() - start))
    return time.monotonic() - start
