"""Real beside synthetic: a table's columns in a few numbers each, and how strongly its columns are associated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.evaluation.association import cramers_v

if TYPE_CHECKING:
    from numpy.typing import NDArray

NUMBER_KINDS = frozenset({"numeric", "integer", "datetime", "date", "time", "duration"})
LEVEL_KINDS = frozenset({"categorical", "boolean"})
N_BINS = 10
N_LEVELS = 12


@dataclass(frozen=True)
class ColumnFacts:
    """One column of one table in numbers.

    Attributes
    ----------
    centre : str
        Mean and standard deviation, or the most frequent level of the real column and its share; "" for columns that
        are not learnt.
    null_share : float
    distinct : int
        Different values, without nulls.
    """

    centre: str
    null_share: float
    distinct: int


def compare_column(kind: str, real: pa.ChunkedArray, synthetic: pa.ChunkedArray) -> tuple[ColumnFacts, ColumnFacts]:
    """The same facts of a column's real and synthetic values."""
    top = next(iter(level_shares(real)), None) if kind in LEVEL_KINDS | {"constant"} else None
    return _facts(kind, real, top), _facts(kind, synthetic, top)


def associations(kinds: dict[str, str], real: pa.Table, synthetic: pa.Table) -> tuple[NDArray[Any], NDArray[Any]]:
    """Cramer's V of every pair of columns, of both tables: 0 for independent columns, 1 where one tells the other.

    Numbers are cut into ten bins at the quantiles of the real column, levels beyond the most frequent ones count as
    one, and missing is a level, so that what is missing where is compared as well.

    Returns
    -------
    tuple of numpy.ndarray
        Two symmetric (n_columns, n_columns) matrices in the order of `kinds`, 1 on the diagonal.
    """
    pairs = [_codes(kind, real[name], synthetic[name]) for name, kind in kinds.items()]
    return _matrix([codes for codes, _ in pairs]), _matrix([codes for _, codes in pairs])


def numbers(array: pa.ChunkedArray) -> NDArray[np.float64]:
    """The values as float64, NaN for missing; times in days."""
    kind = array.type
    per_day = 1.0
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        array, per_day = array.cast(pa.timestamp("us")).cast(pa.int64()), 86_400e6
    elif pa.types.is_time(kind):
        array, per_day = array.cast(pa.time64("us")).cast(pa.int64()), 86_400e6
    elif pa.types.is_duration(kind):
        array, per_day = array.cast(pa.duration("us")).cast(pa.int64()), 86_400e6
    values: NDArray[np.float64] = array.cast(pa.float64(), safe=False).to_numpy().astype(float)
    return values / per_day


def level_texts(array: pa.ChunkedArray) -> pa.ChunkedArray:
    """The values as strings, nulls kept."""
    plain = array.cast(array.type.value_type) if pa.types.is_dictionary(array.type) else array
    return plain.cast(pa.string())


def level_shares(array: pa.ChunkedArray) -> dict[str, float]:
    """Each level as a string and its share of the values that are not missing; the most frequent one first."""
    present = level_texts(array).drop_null()
    counts = sorted((-entry["counts"], entry["values"]) for entry in pc.value_counts(present).to_pylist())
    return {name: -negative / len(present) for negative, name in counts}


def _facts(kind: str, array: pa.ChunkedArray, top: str | None) -> ColumnFacts:
    if kind in NUMBER_KINDS:
        centre = _mean_and_spread(array)
    elif top is not None:
        centre = f"{top} {level_shares(array).get(top, 0.0):.1%}"
    else:
        centre = ""
    return ColumnFacts(centre, array.null_count / max(len(array), 1), len(array.drop_null().unique()))


def _mean_and_spread(array: pa.ChunkedArray) -> str:
    values = numbers(array)
    values = values[np.isfinite(values)]
    if values.size == 0:
        return ""
    mean, spread = float(values.mean()), float(values.std())
    if pa.types.is_date(array.type) or pa.types.is_timestamp(array.type):
        return f"{np.datetime64(0, 'D') + int(mean)} ± {spread:,.0f} d"
    digits = max(0, 2 - int(np.floor(np.log10(spread)))) if spread > 0 else 0
    unit = " d" if pa.types.is_temporal(array.type) else ""
    return f"{mean:,.{digits}f} ± {spread:,.{digits}f}{unit}"


def _codes(kind: str, real: pa.ChunkedArray, synthetic: pa.ChunkedArray) -> tuple[NDArray[Any], NDArray[Any]]:
    """Both columns as small whole numbers with the same meaning; 0 is missing."""
    if kind in NUMBER_KINDS:
        edges = np.unique(np.nanquantile(numbers(real), np.linspace(0, 1, N_BINS + 1)[1:-1]))
        return _binned(real, edges), _binned(synthetic, edges)
    known = pa.array(list(level_shares(real))[:N_LEVELS], pa.string())
    return _indexed(real, known), _indexed(synthetic, known)


def _binned(array: pa.ChunkedArray, edges: NDArray[np.float64]) -> NDArray[Any]:
    # Counting edges below and edges not above gives a value that is an edge, a frequent zero for example, its own bin.
    values = numbers(array)
    below, up_to = np.searchsorted(edges, values, side="left"), np.searchsorted(edges, values, side="right")
    return np.where(np.isnan(values), 0, 1 + below + up_to)


def _indexed(array: pa.ChunkedArray, known: pa.Array) -> NDArray[Any]:
    texts = level_texts(array)
    found = pc.fill_null(pc.index_in(texts, value_set=known), len(known)).to_numpy()
    return np.where(pc.is_null(texts).to_numpy(), 0, 1 + found)


def _matrix(columns: list[NDArray[Any]]) -> NDArray[Any]:
    matrix = np.eye(len(columns))
    codes = [np.unique(column, return_inverse=True)[1] for column in columns]
    for i, first in enumerate(codes):
        for j, second in enumerate(codes[:i]):
            matrix[i, j] = matrix[j, i] = cramers_v(first, second)
    return matrix
