"""Whether one column determines another: rows that agree in the first agree in the second, and not by chance.

Of two unrelated columns one determines the other in a short table by chance. Each row whose key was there before agrees
by chance as often as two rows of the other column do; the evidence is the logarithm of that, summed over these rows.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from synthdiff.codecs.column import IntArray, plain_values


def codes_of(array: pa.ChunkedArray) -> IntArray:
    """Number the distinct cells of a column as they appear, (n,) int64; null is one of them."""
    cells = plain_values(array)
    cells = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    indices = cells.dictionary_encode(null_encoding="encode").indices
    return np.asarray(indices.to_numpy(zero_copy_only=False), dtype=np.int64)


def first_rows(codes: IntArray, n_codes: int) -> IntArray:
    """Find the first row of each code, (n_codes,) int64.

    Parameters
    ----------
    codes : (n,) int64
        From 0 to `n_codes` - 1, each of which occurs.
    n_codes : int
    """
    first = np.empty(n_codes, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return first


def agrees(codes: IntArray, n_codes: int, other: IntArray) -> bool:
    """Say whether all rows of one code have one code of another column.

    Parameters
    ----------
    codes : (n,) int64
        From 0 to `n_codes` - 1, each of which occurs.
    n_codes : int
    other : (n,) int64
        From 0 on.
    """
    return bool((other == other[first_rows(codes, n_codes)][codes]).all())


def evidence(n_codes: int, other: IntArray) -> float:
    """Nats by which agreement is less likely by chance, of a column with `n_codes` codes with `other`, (n,) int64."""
    shares = np.bincount(other) / len(other)
    return float((len(other) - n_codes) * -np.log(max(float((shares**2).sum()), 1e-300)))
