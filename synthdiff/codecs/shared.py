"""Columns that hold the same large numbers, fitted together: a value has the same float in all of them.

Numbers that floats hold exactly are encoded as themselves in every column, and copies are found and kept by comparing
floats. Those that are counted from the lowest of their column, or that own a float (`synthdiff.codecs.exact`), are
encoded alike only where the columns agree on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.codecs.column import ColumnCodec
from synthdiff.codecs.tick import NO_DIGITS, TickCodec, fit_ticks, tick_zero, to_ticks

MAX_ROWS = 4_000
"""Rows that are compared."""
MAX_LARGE = 128
"""Columns of large numbers that are compared with the others."""
MIN_SHARE = 0.01
"""Share of the rows that must be equal, as for a relation between two columns."""


def share_floats(codecs: Mapping[str, ColumnCodec], table: pa.Table) -> dict[str, ColumnCodec]:
    """Fit columns of large numbers anew with those that they often equal.

    Parameters
    ----------
    codecs : mapping of str to ColumnCodec
        As each column was fitted alone.
    table : pa.Table
        The real data.

    Returns
    -------
    dict of str to ColumnCodec
        In the same order.
    """
    ticks = {name: codec for name, codec in codecs.items() if isinstance(codec, TickCodec)}
    large = [name for name, codec in ticks.items() if _is_large(codec)][:MAX_LARGE]
    out = dict(codecs)
    if not large:
        return out
    rows = pa.array(np.unique(np.linspace(0, table.num_rows - 1, MAX_ROWS).astype(np.int64)))
    sample = table.select(list(ticks)).take(rows)
    for names in _groups(large, ticks, sample):
        out.update(_fit_together({name: ticks[name] for name in names}, table))
    return out


def _is_large(codec: TickCodec) -> bool:
    """Whether floats of the column mean something else in another column."""
    is_shifted = codec.lattice.zero != tick_zero(codec.type)
    return is_shifted or codec.exact is not None or codec.digits != NO_DIGITS


def _groups(large: list[str], ticks: Mapping[str, TickCodec], sample: pa.Table) -> Iterable[list[str]]:
    """Columns that equal one another in enough rows, directly or through others; each in one group."""
    group = {name: [name] for name in ticks}
    for name in large:
        for other, codec in ticks.items():
            if codec.type == ticks[name].type and group[other] is not group[name]:
                equal = pc.sum(pc.equal(sample.column(name), sample.column(other))).as_py() or 0
                if equal >= MIN_SHARE * sample.num_rows:
                    joined = group[name] + group[other]
                    group.update(dict.fromkeys(joined, joined))
    return {id(names): names for names in group.values() if len(names) > 1}.values()


def _fit_together(codecs: Mapping[str, TickCodec], table: pa.Table) -> dict[str, TickCodec]:
    columns = {name: table.column(name).drop_null() for name in codecs}
    ends = {name: pa.chunked_array([_ends(column)]) for name, column in columns.items()}
    lattice, digits, exact = fit_ticks(
        pa.chunked_array([chunk for column in columns.values() for chunk in column.chunks]),
        pa.chunked_array([chunk for pair in ends.values() for chunk in pair.chunks]),
    )
    out = {}
    for name, codec in codecs.items():
        low, high = (int(tick) for tick in to_ticks(ends[name], digits)[0])
        own = replace(lattice, low=low, high=high)
        near = np.array([own.minimum, own.maximum])
        inside = None if exact is None else exact.between(*exact.encode(ends[name], near))
        out[name] = replace(codec, lattice=own, digits=digits, exact=inside)
    return out


def _ends(column: pa.ChunkedArray) -> pa.Array:
    """The lowest and the highest cell; Arrow compares no durations, but their numbers."""
    plain = column.cast(pa.int64()) if pa.types.is_duration(column.type) else column
    ends = pc.min_max(plain)
    return pa.array([ends["min"], ends["max"]], plain.type).cast(column.type)
