"""Strings that are written in several ways, each way for its rows, as one column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from synthdiff.codecs.column import IntArray


def interleave(parts: Sequence[pa.Array], rows: Sequence[IntArray]) -> pa.Array:
    """Put parts of a column together.

    Parameters
    ----------
    parts : sequence of pa.Array
        Strings.
    rows : sequence of (k,) int64
        For each part, the rows that it fills; together all rows from 0 on, each once.

    Returns
    -------
    pa.Array
        n strings.

    Examples
    --------
    >>> interleave([pa.array(["b"]), pa.array(["a", "c"])], [np.array([1]), np.array([0, 2])]).to_pylist()
    ['a', 'b', 'c']
    """
    order = np.argsort(np.concatenate([np.zeros(0, np.int64), *rows]))
    return pa.concat_arrays([pa.array([], pa.string()), *parts]).take(pa.array(order))
