"""A cell that comes out could have gone in: what a fitted model must hold for any sample of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff import TabularDiffusion
from synthdiff.codecs.column import FloatArray, FreeCodec, LevelCodec, NumberCodec
from synthdiff.codecs.infer import infer_column, infer_schema
from synthdiff.codecs.personal.codec import DisguisedCodec, MadeUpCodec
from synthdiff.codecs.table import TableCodec
from synthdiff.data.frame import to_table
from synthdiff.errors import SynthdiffError

N_SAMPLES = 50
SETTLED = {"datetime", "date", "time", "duration", "identifier", "numeric", "integer", "boolean"}
"""Kinds that a sample of many distinct cells is taken for again."""
_MANY = 60
PERSONAL = (DisguisedCodec, MadeUpCodec)


def faults(frame: Any, seed: int, has_network: bool = True) -> Iterator[str]:
    """Fit two steps, draw, and say what is wrong with the sample.

    Parameters
    ----------
    frame : pandas.DataFrame, polars.DataFrame or pyarrow.Table
    seed : int
        Seed of the fit and of the sample.
    has_network : bool
        Whether a network draws; False takes real values and others of the range, column by column, which is faster.

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
    elif hasattr(frame, "iloc"):
        kept = [name for name in frame if name not in made_up]
        names = list(map(str, drawn.dtypes)) == list(map(str, frame.dtypes))
        if not names or not drawn.dtypes[kept].equals(frame.dtypes[kept]):
            yield f"dtypes {drawn.dtypes.to_dict()} instead of {frame.dtypes.to_dict()}"
    elif drawn.schema != frame.schema:
        yield f"schema {drawn.schema} instead of {frame.schema}"


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
    present = drawn.drop_null()
    if len(pc.unique(present)) < len(present):
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
