"""Real, synthetic and held-out rows on one footing: float matrices with shared codes, whoever made the frames.

Identifiers, free text and empty columns carry nothing that could be compared and are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from synthdiff.codecs.infer import infer_schema
from synthdiff.codecs.token import FloatArray
from synthdiff.data.frame import to_table
from synthdiff.data.schema import ColumnSchema, Schema
from synthdiff.data.split import independent_columns, split_rows
from synthdiff.errors import DataError
from synthdiff.evaluation.problem import Problem, column_problems, level_problems, number_problems
from synthdiff.runtime import spawn_seed

Scale = Literal["number", "datetime", "category"]
MISSING = "<missing>"
HOLDOUT_SHARE, MIN_HOLDOUT = 0.2, 50


@dataclass(frozen=True)
class EvaluationColumn:
    """A column as it is compared.

    Attributes
    ----------
    name : str
    scale : {"number", "datetime", "category"}
        Datetimes are seconds since 1970.
    levels : tuple of str
        Of a category, in the order of their codes; a missing value is a level of its own.
    """

    name: str
    scale: Scale
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class EvaluationTables:
    """The rows to compare.

    Attributes
    ----------
    columns : tuple of EvaluationColumn
        D of them: those that both tables have, in the real one's order.
    real, synthetic, holdout : (n, D) float64
        Values, NaN where missing, or codes of levels. `real` are the rows that the generator learnt from.
    holdout_given : bool
        Whether the holdout was given, and so unseen by the generator. If not, it is a part of the real table that is no
        longer in `real`.
    problems : tuple of Problem
    seed : int
        Of everything random that is done with the rows.
    """

    columns: tuple[EvaluationColumn, ...]
    real: FloatArray
    synthetic: FloatArray
    holdout: FloatArray
    holdout_given: bool
    problems: tuple[Problem, ...] = ()
    seed: int = 0

    @property
    def names(self) -> list[str]:
        """The columns' names."""
        return [column.name for column in self.columns]

    @cached_property
    def is_category(self) -> npt.NDArray[np.bool_]:
        """Which columns hold levels, (D,)."""
        return np.array([column.scale == "category" for column in self.columns])

    @cached_property
    def independent(self) -> FloatArray:
        """The real rows with each column in an order of its own: right columns, no links; the floor."""
        return independent_columns(self.real, self.generator("independent"))

    def generator(self, *keys: str | int) -> np.random.Generator:
        """Randomness for one named use."""
        return np.random.default_rng(spawn_seed(self.seed, *keys))

    def some(self, rows: FloatArray, n: int, *keys: str | int) -> FloatArray:
        """At most `n` of the rows, drawn without replacement by the seed and the keys."""
        return rows if len(rows) <= n else rows[self.generator(*keys).permutation(len(rows))[:n]]

    def frame(self, rows: FloatArray) -> pd.DataFrame:
        """Rows as pandas shows them: floats, datetimes, and levels as text, missing values None."""
        return pd.DataFrame({c.name: _as_series(c, rows[:, j]) for j, c in enumerate(self.columns)})


def _as_series(column: EvaluationColumn, values: FloatArray) -> Any:
    if column.scale == "number":
        return values
    if column.scale == "datetime":
        return pd.to_datetime(pd.Series(np.round(values * 1e6)), unit="us")
    levels = np.array([None if level == MISSING else level for level in column.levels], dtype=object)
    return levels[values.astype(np.int64)]


def make_tables(
    real: Any,
    synthetic: Any,
    holdout: Any = None,
    schema: Schema | None = None,
    categorical: tuple[str, ...] = (),
    seed: int = 0,
) -> EvaluationTables:
    """Bring frames on one footing.

    Parameters
    ----------
    real, synthetic : pandas.DataFrame, polars.DataFrame or pyarrow.Table
    holdout : frame or None
        Real rows that the generator has not seen; None splits a fifth off the real ones.
    schema : Schema or None
        Kinds of the columns, whole or in part.
    categorical : tuple of str
        Columns of numbers that are codes.
    seed : int

    Raises
    ------
    DataError
        A frame cannot be used, or no column is shared.
    """
    learnt, drawn = to_table(real)[0], to_table(synthetic)[0]
    tables = [learnt, drawn]
    kinds = infer_schema(learnt, categorical=categorical, given=schema)
    problems = list(column_problems(learnt, drawn))
    if holdout is not None:
        tables.append(to_table(holdout)[0])
        _check_holdout(kinds, tables[-1])
    columns, values = [], []
    for kind in kinds:
        scale = _scale(kind, learnt.schema.field(kind.name).type)
        if scale is None or kind.name not in drawn.column_names:
            continue
        column, parts, found = _encode(kind, scale, [table.column(kind.name) for table in tables])
        columns.append(column)
        values.append(parts)
        problems.extend(found)
    if not columns:
        raise DataError("the real and the synthetic table share no column that can be compared")
    rows, made, *unseen = (np.column_stack(parts) for parts in zip(*values, strict=True))
    rows, held_out = (rows, unseen[0]) if unseen else _split(rows, seed)
    return EvaluationTables(tuple(columns), rows, made, held_out, bool(unseen), tuple(problems), seed)


def _split(real: FloatArray, seed: int) -> tuple[FloatArray, FloatArray]:
    """Split a holdout off the real rows, where there are enough."""
    share = HOLDOUT_SHARE if len(real) * HOLDOUT_SHARE >= MIN_HOLDOUT else 0.5
    if len(real) < 4:
        raise DataError(f"the real table has {len(real)} rows; give more, or a holdout")
    kept, held_out = split_rows(len(real), share, spawn_seed(seed, "holdout"))
    return real[kept], real[held_out]


def _check_holdout(kinds: Schema, holdout: pa.Table) -> None:
    for name in kinds.names:
        if name not in holdout.column_names:
            raise DataError(f"the holdout has no column {name!r}; it must be rows of the real table", column=name)


def _scale(column: ColumnSchema, arrow: pa.DataType) -> Scale | None:
    """How a column is compared; None: not at all."""
    if column.kind in ("identifier", "text", "empty"):
        return None
    if column.kind in ("datetime", "date"):
        return "datetime"
    if column.kind in ("numeric", "integer", "duration", "time"):
        return "number"
    numeric = pa.types.is_integer(arrow) or pa.types.is_floating(arrow) or pa.types.is_decimal(arrow)
    return "number" if column.kind == "constant" and numeric else "category"


def _encode(
    column: ColumnSchema, scale: Scale, arrays: list[pa.ChunkedArray]
) -> tuple[EvaluationColumn, list[FloatArray], Iterator[Problem]]:
    """One column of the real, the synthetic and perhaps the held-out table as numbers that mean the same."""
    if scale == "category":
        texts = [level_texts(array) for array in arrays]
        levels = tuple(sorted(set().union(*(set(text) for text in texts))))
        index = pd.Index(levels)
        parts = [index.get_indexer(text).astype(np.float64) for text in texts]
        found = level_problems(column.name, levels, parts[0], parts[1])
        return EvaluationColumn(column.name, scale, levels), parts, found
    parts = [to_numbers(array, scale, column.format) for array in arrays]
    n_lost = int(np.isnan(parts[1]).sum()) - arrays[1].null_count
    return EvaluationColumn(column.name, scale), parts, number_problems(column.name, parts[0], parts[1], n_lost)


def level_texts(array: pa.ChunkedArray) -> npt.NDArray[np.object_]:
    """Levels as text, so that a category and a string, 1 and 1.0, True and "True" are the same."""
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if pa.types.is_floating(array.type):
        whole = array.to_pandas().astype("float64")
        if (whole.dropna() % 1 == 0).all():
            array = pa.chunked_array([pa.Array.from_pandas(whole.astype("Int64"))])
    series = array.to_pandas().astype("object")
    return np.asarray(series.where(series.isna(), series.astype(str)).fillna(MISSING), dtype=object)


def to_numbers(array: pa.ChunkedArray, scale: Scale, pattern: str | None = None) -> FloatArray:
    """Numbers, or moments as seconds since 1970, as float64; NaN where missing or unreadable."""
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if pa.types.is_duration(array.type):
        array = array.cast(pa.int64())
    if pa.types.is_time(array.type):
        array = array.cast(pa.time64("us")).cast(pa.int64())
    if scale == "number" and (pa.types.is_decimal(array.type) or pa.types.is_boolean(array.type)):
        array = array.cast(pa.float64())
    series = array.to_pandas()
    if scale == "number":
        return np.asarray(pd.to_numeric(series, errors="coerce"), dtype=np.float64)
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        moments = pd.to_datetime(series, errors="coerce", utc=True, format=pattern or "mixed")
    else:
        moments = pd.to_datetime(series, errors="coerce", utc=True)
    micro = moments.dt.tz_localize(None).astype("datetime64[us]")
    return np.where(micro.isna(), np.nan, micro.astype("int64").to_numpy() / 1e6)
