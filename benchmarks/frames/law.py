"""A cell that comes out could have gone in: what a fitted model must hold for any sample of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.frames.make import read_back
from synthdiff import TabularDiffusion
from synthdiff.codecs.column import FloatArray, FreeCodec, LevelCodec, NumberCodec
from synthdiff.codecs.infer import infer_column, infer_schema
from synthdiff.codecs.personal.codec import DisguisedCodec, MadeUpCodec
from synthdiff.codecs.table import TableCodec
from synthdiff.data.cell import CellStyle, style_of
from synthdiff.data.frame import to_table
from synthdiff.data.pandas_object import plain_cell
from synthdiff.errors import SynthdiffError

N_SAMPLES = 50
SETTLED = {"datetime", "date", "time", "duration", "identifier", "numeric", "integer", "boolean"}
"""Kinds that a sample of many distinct cells is taken for again."""
_MANY = 60
PERSONAL = (DisguisedCodec, MadeUpCodec)


def faults(frame: Any, seed: int, has_network: bool = True, file: str | None = None) -> Iterator[str]:
    """Fit two steps, draw, and say what is wrong with the sample.

    Parameters
    ----------
    frame : pandas.DataFrame, polars.DataFrame, pyarrow.Table or array
    seed : int
        Seed of the fit and of the sample.
    has_network : bool
        Whether a network draws; False takes real values and others of the range, column by column, which is faster.
    file : str or None
        Format of the file that the frame was read from: the sample is written to such a file and read again.

    Raises
    ------
    SynthdiffError
        The frame is refused.
    """
    real, kind = to_table(frame)
    if has_network:
        model = TabularDiffusion(preset="fast", max_steps=2, device="cpu", precision="float32", random_state=seed)
        model.fit(frame)
        codecs, drawn = model.codec_, model.sample(max(N_SAMPLES, min(len(frame), 200)), random_state=seed)
    else:
        codecs, values = TableCodec.fit(real, infer_schema(real), seed)
        rng = np.random.default_rng(seed)
        drawn = kind.restore(codecs.decode(_any_values(codecs, values, rng), 0, rng))
    made_up = {name for name, codec in codecs.codecs.items() if isinstance(codec, PERSONAL)}
    yield from _schema(frame, drawn, made_up)
    if file is not None:
        yield from _file(file, frame, drawn)
    try:
        table = to_table(drawn)[0]
    except SynthdiffError as error:
        yield f"the sample is refused: {error}"
        return
    for name, codec in codecs.codecs.items():
        try:
            for fault in _column(codec, real.column(name), table.column(name)):
                yield f"column {name!r} ({codec.word}, {codec.type}): {fault}"
        except SynthdiffError as error:
            yield f"column {name!r} ({codec.word}, {codec.type}): a cell is refused: {error}"


def _any_values(codecs: TableCodec, values: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Values in another order, those of numbers partly anything from the lowest to the highest."""
    out = rng.permuted(np.resize(values, (max(N_SAMPLES, min(len(values), 200)), values.shape[1])), axis=0)
    for j, name in enumerate(codecs.learnt):
        if isinstance(codec := codecs.codecs[name], NumberCodec):
            anywhere = rng.uniform(codec.minimum, codec.maximum, len(out))
            out[:, j] = np.where(np.isnan(out[:, j]) | (rng.random(len(out)) < 0.5), out[:, j], anywhere)
    return out


def _schema(frame: Any, drawn: Any, made_up: set[str]) -> Iterator[str]:
    """Compare schemas; categories that stand for persons are others, as they should be."""
    if type(drawn) is not type(frame):
        yield f"{type(drawn).__name__} instead of {type(frame).__name__}"
    elif isinstance(frame, pd.DataFrame):
        yield from _labels(frame, drawn)
        levels = []
        if drawn.index.nlevels == frame.index.nlevels and any(name is not None for name in frame.index.names):
            levels = [each.index.to_frame(index=False, name=range(frame.index.nlevels)) for each in (frame, drawn)]
        for before, after in [(frame, drawn), *([levels] if levels else [])]:
            for j in range(before.shape[1]):
                is_made_up = str(before.columns[j]) in made_up or before is not frame
                yield from _dtype(before.iloc[:, j], after.iloc[:, j], is_made_up)
    elif isinstance(frame, np.ndarray):
        if drawn.dtype != frame.dtype:
            yield f"dtype {drawn.dtype} instead of {frame.dtype}"
    elif drawn.schema != frame.schema:
        yield f"schema {drawn.schema} instead of {frame.schema}"


def _labels(frame: pd.DataFrame, drawn: pd.DataFrame) -> Iterator[str]:
    for own, found in ((frame.columns, drawn.columns), (frame.index.names, drawn.index.names)):
        if list(map(plain_cell, own)) != list(map(plain_cell, found)):
            yield f"labels {list(found)!r} instead of {list(own)!r}"
    if drawn.columns.dtype != frame.columns.dtype:
        yield f"labels of {drawn.columns.dtype} instead of {frame.columns.dtype}"


def _dtype(real: Any, drawn: Any, is_made_up: bool) -> Iterator[str]:
    """Compare the dtype of a column, and the classes of its objects."""
    if str(drawn.dtype) != str(real.dtype) or not (is_made_up or drawn.dtype == real.dtype):
        yield f"column {real.name!r}: dtype {drawn.dtype!r} instead of {real.dtype!r}"
    if real.dtype == object:
        own, found = (set(map(type, map(plain_cell, column.dropna()))) for column in (real, drawn))
        if not found <= own:
            yield f"column {real.name!r}: {found} instead of {own}"


def _file(fmt: str, frame: pa.Table, drawn: pa.Table) -> Iterator[str]:
    """Write a sample of what was read from a file, and read it as the file was read."""
    again = read_back(drawn, fmt, like=frame)
    if fmt == "csv":  # empty rows at the end are no rows, unless there are others
        drawn = drawn.slice(0, max(again.num_rows, _last_filled(drawn)))
    for field, column in zip(frame.schema, drawn.columns, strict=True):
        name, is_text = field.name, fmt != "parquet"
        if is_text and column.null_count == len(column):
            continue  # without a name and a cell it is no column
        if name not in again.column_names:
            yield f"column {name!r} is not read back"
            continue
        cells = again.column(name)
        if cells.type != field.type and not (is_text and _is_whole(field.type, cells)):
            yield f"column {name!r} is read back as {cells.type} instead of {field.type}: {cells[:3].to_pylist()}"
        elif not _is_same(cells, column, style_of(field)):
            pairs = zip(cells.to_pylist(), column.to_pylist(), strict=True)
            first = next((pair for pair in pairs if pair[0] != pair[1]), None)
            yield f"column {name!r} is read back as {first and first[0]!r} instead of {first and first[1]!r}"


def _last_filled(table: pa.Table) -> int:
    """The number of rows to the last one that holds a cell."""
    filled = np.any([column.is_valid().to_numpy() for column in table.columns], axis=0)
    return int(np.flatnonzero(filled)[-1]) + 1 if filled.any() else 0


def _is_whole(dtype: pa.DataType, cells: pa.ChunkedArray) -> bool:
    """Whether cells of a column of numbers are read as integers, since all of them are."""
    return bool(pa.types.is_floating(dtype) and pa.types.is_integer(cells.type))


def _is_same(cells: pa.ChunkedArray, column: pa.ChunkedArray, style: CellStyle) -> bool:
    """Whether cells are read back, to as many digits as are written where a power of ten follows them."""
    plain = _plain(column)
    cells = _plain(cells).cast(plain.type)
    if style.exponent and pa.types.is_floating(plain.type):
        left, right = cells.to_numpy(), plain.to_numpy()
        return bool(np.allclose(left, right, 10.0 ** -(style.decimals or 0), 0, equal_nan=True))
    return bool(cells.equals(plain))


def _column(codec: Any, real: pa.ChunkedArray, drawn: pa.ChunkedArray) -> Iterator[str]:
    if drawn.null_count == len(drawn):
        if codec.kind not in ("text", "empty") and real.null_count < len(real) / 2:
            yield "every cell is missing"
        return
    if real.type != drawn.type:
        yield f"{drawn.type} instead of {real.type}"
        return
    if drawn.null_count and not real.null_count and codec.kind != "text" and not codec.notes:
        yield "cells are missing, and none was"
    if isinstance(codec, NumberCodec):
        yield from _numbers(codec, drawn)
    elif isinstance(codec, LevelCodec):
        codec.encode(drawn)
    elif isinstance(codec, FreeCodec) and codec.kind == "identifier":
        yield from _identifiers(real, drawn)
    yield from _kind(codec, real, drawn)


def _numbers(codec: NumberCodec, drawn: pa.ChunkedArray) -> Iterator[str]:
    values = codec.encode(drawn)
    present = values[~np.isnan(values)]
    if len(present) and not codec.minimum <= present.min() <= present.max() <= codec.maximum:
        yield f"values from {present.min()!r} to {present.max()!r} outside {codec.minimum!r} to {codec.maximum!r}"
    again = codec.encode(codec.decode(values))
    if not np.allclose(values, again, rtol=1e-12, atol=0, equal_nan=True):
        row = int(np.argmax(~np.isclose(values, again, rtol=1e-12, atol=0, equal_nan=True)))
        yield f"{drawn[row]} is not on the lattice"


def _identifiers(real: pa.ChunkedArray, drawn: pa.ChunkedArray) -> Iterator[str]:
    present, known = drawn.drop_null(), real.drop_null()
    if len(pc.unique(present)) < len(present) and len(pc.unique(known)) == len(known):
        yield "identifiers repeat"
    if pa.types.is_string(real.type) or pa.types.is_large_string(real.type):
        widest = pc.max(pc.utf8_length(real)).as_py()
        if len(present) and pc.max(pc.utf8_length(present)).as_py() > widest:
            yield f"{present.to_pylist()[:3]} are wider than {real.drop_null().to_pylist()[:3]}"


def _kind(codec: Any, real: pa.ChunkedArray, drawn: pa.ChunkedArray) -> Iterator[str]:
    """The kind of the sample, where there are distinct cells enough to tell it by."""
    inferred = infer_column(codec.name, real).kind
    many = min(len(pc.unique(column.drop_null())) for column in (_plain(real), _plain(drawn))) >= _MANY
    if inferred == codec.kind and codec.kind in SETTLED and many and not codec.notes:
        found = infer_column(codec.name, drawn)
        if found.kind not in (codec.kind, "identifier"):  # distinct numbers may look like one
            yield f"comes out as {found.kind} ({found.why}): {drawn.drop_null()[:3].to_pylist()}"


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
