"""Real, synthetic and held-out rows on one footing: float matrices with shared codes, whoever made the frames.

Identifiers, free text and empty columns have no place in the matrices; all columns are examined, cell by cell.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.codecs.infer import infer_schema
from synthdiff.codecs.token import FloatArray
from synthdiff.data.frame import to_table
from synthdiff.data.schema import ColumnSchema, Schema
from synthdiff.data.split import independent_columns, split_rows
from synthdiff.errors import DataError
from synthdiff.evaluation.cells import texts_of, whole
from synthdiff.evaluation.check import Pair, Purpose
from synthdiff.evaluation.examine import Examination, examine
from synthdiff.evaluation.problem import Problem, column_problems
from synthdiff.evaluation.reader import Reader, Scale, scale_of
from synthdiff.runtime import spawn_seed

MISSING = "<missing>"
HOLDOUT_SHARE, MIN_HOLDOUT = 0.2, 50
_GREAT, _GREAT_UNIT = 1e100, 2.0**600


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
    examination : Examination or None
        What was found in all columns, those too that cannot be compared; None where nobody looked.
    """

    columns: tuple[EvaluationColumn, ...]
    real: FloatArray
    synthetic: FloatArray
    holdout: FloatArray
    holdout_given: bool
    problems: tuple[Problem, ...] = ()
    seed: int = 0
    examination: Examination | None = None

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

    @cached_property
    def bounded(self) -> EvaluationTables:
        """The tables with infinities as missing, and columns so great that squares overflow in smaller units."""
        parts = [np.where(np.isinf(rows), np.nan, rows) for rows in (self.real, self.synthetic, self.holdout)]
        real, synthetic, holdout = (rows / np.where(self.is_great, _GREAT_UNIT, 1.0) for rows in parts)
        return replace(self, real=real, synthetic=synthetic, holdout=holdout)

    @cached_property
    def is_great(self) -> npt.NDArray[np.bool_]:
        """Which columns hold numbers so great that their squares overflow, (D,)."""
        parts = [rows for rows in (self.real, self.synthetic, self.holdout) if len(rows)]
        peaks = [np.where(np.isfinite(rows), np.abs(rows), 0.0).max(axis=0) for rows in parts]
        return np.asarray(np.max(peaks, axis=0) > _GREAT)

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
        moments = np.where(np.isnan(values), np.nan, np.round(values * 1e6))
        known = np.isfinite(moments)
        out = np.full(len(values), np.datetime64("NaT"), dtype="datetime64[us]")
        out[known] = moments[known].astype(np.int64).view("datetime64[us]")
        return pd.Series(out)
    levels = np.array([None if level == MISSING else level for level in column.levels], dtype=object)
    return levels[values.astype(np.int64)]


def make_tables(
    real: Any,
    synthetic: Any,
    holdout: Any = None,
    schema: Schema | None = None,
    categorical: tuple[str, ...] = (),
    seed: int = 0,
    empty: tuple[str, ...] = (),
    kept: tuple[str, ...] = (),
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
    empty, kept : tuple of str
        Columns that the generator leaves empty on purpose, and those whose real values it gives out on purpose.

    Raises
    ------
    DataError
        A frame cannot be used, or no column is shared.
    """
    parts = {"real": _table("real table", real), "synthetic": _table("synthetic table", synthetic)}
    if holdout is not None:
        parts["holdout"] = _table("holdout", holdout)
    learnt, drawn = parts["real"], parts["synthetic"]
    kinds = infer_schema(learnt, categorical=categorical, given=schema)
    if holdout is not None:
        _check_holdout(kinds, parts["holdout"])
    columns, values, pairs = [], [], []
    for kind in kinds:
        if kind.name in drawn.column_names:
            cells = [table.column(kind.name) for table in parts.values()]
            pair, column, numbers = _compare(kind, cells, Purpose(kind.name in empty, kind.name in kept))
            pairs.append(pair)
            if column is not None:
                columns.append(column)
                values.append(numbers)
    if not columns:
        raise DataError("the real and the synthetic table share no column that can be compared")
    found = examine(pairs, drawn.num_rows, np.random.default_rng(spawn_seed(seed, "examine")))
    rows, made, *unseen = (np.column_stack(parts) for parts in zip(*values, strict=True))
    rows, held_out = (rows, unseen[0]) if unseen else _split(rows, seed)
    problems = (*column_problems(learnt, drawn), *found.problems)
    return EvaluationTables(tuple(columns), rows, made, held_out, bool(unseen), problems, seed, found)


def _table(what: str, frame: Any) -> pa.Table:
    """A frame as a table; errors say which one it was."""
    shape = getattr(frame, "shape", None)
    if isinstance(shape, tuple) and shape[:1] == (0,):
        raise DataError(f"the {what} has no rows; there is nothing to compare")
    try:
        return to_table(frame)[0]
    except DataError as error:
        words = f"the {what}: {error}"
        raise type(error)(words, column=error.column, row=error.row, value=error.value) from error


def _split(real: FloatArray, seed: int) -> tuple[FloatArray, FloatArray]:
    """Split a holdout off the real rows, where there are enough."""
    share = HOLDOUT_SHARE if len(real) * HOLDOUT_SHARE >= MIN_HOLDOUT else 0.5
    if len(real) < 4:
        few = "a single row" if len(real) == 1 else f"{len(real)} rows"
        raise DataError(f"the real table has {few}, which is too few to hold any back; give more rows, or a holdout")
    kept, held_out = split_rows(len(real), share, spawn_seed(seed, "holdout"))
    return real[kept], real[held_out]


def _check_holdout(kinds: Schema, holdout: pa.Table) -> None:
    for name in kinds.names:
        if name not in holdout.column_names:
            raise DataError(f"the holdout has no column {name!r}; it must be rows of the real table", column=name)


def _compare(
    column: ColumnSchema, cells: list[pa.ChunkedArray], purpose: Purpose
) -> tuple[Pair, EvaluationColumn | None, list[FloatArray]]:
    """One column of the real, the synthetic and perhaps the held-out table: to be examined, and as numbers."""
    arrays = [whole(array) for array in cells]
    real, made, *unseen = arrays
    scale = scale_of(column, real.type)
    if scale == "category" and column.personal is not None and not purpose.is_kept:
        scale = None  # made-up persons are none of the real ones
    pair = Pair(column, scale, real, made, unseen=unseen[0] if unseen else None, purpose=purpose)
    if scale is None:
        return pair, None, []
    if scale == "category":
        levels, codes = _level_codes(arrays)
        return pair, EvaluationColumn(column.name, scale, levels), codes
    reader = Reader.fit(cells[0], column, scale)
    readings = [reader.read(array) for array in arrays]
    pair = replace(pair, reader=reader, real_reading=readings[0], made_reading=readings[1])
    return pair, EvaluationColumn(column.name, scale), [reading.values for reading in readings]


def _level_codes(arrays: list[pa.Array]) -> tuple[tuple[str, ...], list[FloatArray]]:
    """Levels in their order, and where each table has them."""
    texts = [pc.fill_null(texts_of(array), MISSING) for array in arrays]
    levels = sorted(set().union(*(pc.unique(text).to_pylist() for text in texts)))
    known = pa.array(levels, pa.large_string())
    codes = [pc.index_in(text, value_set=known).to_numpy(zero_copy_only=False) for text in texts]
    return tuple(levels), [np.asarray(code, dtype=np.float64) for code in codes]
