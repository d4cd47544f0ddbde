# ruff: noqa: D102 (what the methods do is said once, by the interface in column.py)
"""Exact integers behind a column: every value of an integer, decimal or temporal type is a whole number of *ticks*.

A tick is the smallest step of the type: 1 of an integer, 0.01 of a ``decimal(8, 2)``, a nanosecond of a
``timestamp[ns]``. Ticks are int64; those of unsigned 64-bit integers are shifted down by 2**63 to fit (`tick_zero`).
All kinds of column that have ticks share one codec, `TickCodec`: they differ in what they claim.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.codecs.column import BoolArray, FloatArray, IntArray
from synthdiff.codecs.lattice import Lattice, LatticeCodec
from synthdiff.data.schema import ColumnSchema
from synthdiff.errors import DataError
from synthdiff.record import require

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_SIGN_BIT = np.uint64(1 << 63)


def tick_zero(dtype: pa.DataType) -> int:
    """Tick that stands for the value 0."""
    return -(1 << 63) if pt.is_uint64(dtype) else 0


def ticks_per_unit(dtype: pa.DataType) -> int:
    """Ticks in one encoded unit: 1 of a number, a day of a date, a second of a timestamp, a time or a duration."""
    if pt.is_decimal(dtype):
        return int(10 ** max(dtype.scale, 0))
    if pt.is_date(dtype):
        return 86_400_000 if pt.is_date64(dtype) else 1
    return _PER_SECOND[dtype.unit] if pt.is_temporal(dtype) else 1


def find_lattice(array: pa.ChunkedArray | pa.Array) -> Lattice:
    """Find the ticks that can occur from those of cells without nulls, at least one."""
    per = ticks_per_unit(array.type)
    natural = [per // 10**digits for digits in range(19) if per % 10**digits == 0]
    if pt.is_temporal(array.type) and not pt.is_date(array.type):
        natural = [seconds * per for seconds in (86_400, 3_600, 60)] + natural
    return Lattice.fit(to_ticks(array)[0], per, tick_zero(array.type), natural)


def to_ticks(array: pa.ChunkedArray | pa.Array) -> tuple[IntArray, BoolArray]:
    """Read the ticks of cells.

    Parameters
    ----------
    array : pa.ChunkedArray or pa.Array
        n cells of an integer, decimal or temporal type.

    Returns
    -------
    ticks : (n,) int64
        0 where missing.
    valid : (n,) bool
        False where missing.

    Raises
    ------
    DataError
        A decimal does not fit into 64 bits.
    """
    valid = np.asarray(
        array.is_valid().to_numpy(zero_copy_only=False) if array.null_count else np.ones(len(array), bool)
    )
    if pt.is_decimal(array.type):
        return _decimal_ticks(array), valid
    if pt.is_uint64(array.type):
        unsigned = array.fill_null(0).to_numpy().astype(np.uint64)
        return (unsigned ^ _SIGN_BIT).view(np.int64), valid
    narrow = pa.int32() if pt.is_date32(array.type) or pt.is_time32(array.type) else pa.int64()
    ticks = array.cast(narrow).fill_null(0).to_numpy()
    return np.asarray(ticks, dtype=np.int64), valid


def from_ticks(ticks: IntArray, valid: BoolArray, dtype: pa.DataType) -> pa.Array:
    """Make cells of ticks, the inverse of `to_ticks`."""
    if pt.is_decimal(dtype):
        words = np.stack([ticks, ticks >> 63], axis=1)
        wide = pa.decimal128(38, max(dtype.scale, 0))
        cells = pa.Array.from_buffers(wide, len(ticks), [None, pa.py_buffer(words.tobytes())])
        return _masked(cells, valid).cast(dtype)
    numbers: Any = ticks.view(np.uint64) ^ _SIGN_BIT if pt.is_uint64(dtype) else ticks
    if pt.is_date32(dtype) or pt.is_time32(dtype):
        numbers = ticks.astype(np.int32)
    return pa.array(numbers, mask=None if valid.all() else ~valid).cast(dtype)


def _decimal_ticks(array: pa.ChunkedArray | pa.Array) -> IntArray:
    wide = array.cast(pa.decimal128(38, max(array.type.scale, 0)))
    chunks = wide.chunks if isinstance(wide, pa.ChunkedArray) else [wide]
    parts = [np.zeros((0, 2), np.int64)]
    for chunk in chunks:
        words = np.frombuffer(chunk.buffers()[1], np.int64).reshape(-1, 2)[chunk.offset : chunk.offset + len(chunk)]
        is_null = chunk.is_null().to_numpy(zero_copy_only=False)
        parts.append(np.where(is_null[:, None], 0, words))
    low, high = np.concatenate(parts).T
    if (high != low >> 63).any():
        row = int(np.argmax(high != low >> 63))
        raise DataError(f"row {row} holds {array[row].as_py()}: over 18 digits; use fewer decimals, or floats", row=row)
    return np.ascontiguousarray(low)


def _masked(cells: pa.Array, valid: BoolArray) -> pa.Array:
    if valid.all():
        return cells
    missing = pa.array(np.zeros(len(valid), bool), mask=~valid)
    return pc.if_else(missing.is_valid(), cells, pa.scalar(None, cells.type))


@dataclass(frozen=True, eq=False)
class TickCodec(LatticeCodec):
    """A column of ticks; encoded in units (`ticks_per_unit`), decoded without rounding."""

    @classmethod
    def fit(cls, array: pa.ChunkedArray, column: ColumnSchema) -> Self:
        return cls(column.name, array.type, find_lattice(array.drop_null()))

    def encode(self, array: pa.ChunkedArray | pa.Array) -> FloatArray:
        ticks, valid = to_ticks(array)
        return np.where(valid, self.lattice.to_values(ticks), np.nan)

    def decode(self, values: FloatArray, rng: np.random.Generator | None = None) -> pa.Array:
        valid = ~np.isnan(values)
        ticks = self.lattice.to_ticks(np.where(valid, values, self.minimum))
        return from_ticks(ticks, valid, self.type)

    def to_dict(self) -> dict[str, Any]:
        return {**self.head(), "lattice": self.lattice.to_dict()}

    def check(self) -> None:
        super().check()
        require(self.lattice.per == ticks_per_unit(self.type), f"{self.type} has other ticks a unit")
