# ruff: noqa: D102 (what the methods do is said once, by the interface in column.py)
"""Exact integers behind a column: every value of an integer, decimal or temporal type is a whole number of *ticks*.

A tick is the smallest step of the type: 1 of an integer, 0.01 of a ``decimal(8, 2)``, a nanosecond of a
``timestamp[ns]``. Ticks are int64; those of unsigned 64-bit integers are shifted down by 2**63 to fit (`tick_zero`),
and those of decimals with more digits are counted as `synthdiff.codecs.digits` says. All kinds of column that have
ticks share one codec, `TickCodec`: they differ in what they claim.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.codecs.column import BoolArray, FloatArray, IntArray
from synthdiff.codecs.digits import Digits
from synthdiff.codecs.exact import ExactCells, apart
from synthdiff.codecs.lattice import Lattice, LatticeCodec
from synthdiff.data.schema import ColumnSchema
from synthdiff.record import read_as, require

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_SIGN_BIT = np.uint64(1 << 63)
_MAX_DECIMALS = 18
"""Decimals of an encoded unit; numbers with more are encoded in larger units."""
NO_DIGITS = Digits()
"""Ticks are the last decimals of the type."""


def tick_zero(dtype: pa.DataType) -> int:
    """Tick that stands for the value 0."""
    return -(1 << 63) if pt.is_uint64(dtype) else 0


def ticks_per_unit(dtype: pa.DataType, digits: Digits = NO_DIGITS) -> int:
    """Ticks in one encoded unit: 1 of a number, a day of a date, a second of a timestamp, a time or a duration."""
    if pt.is_decimal(dtype):
        return int(10 ** min(max(dtype.scale - digits.shift, 0), _MAX_DECIMALS))
    if pt.is_date(dtype):
        return 86_400_000 if pt.is_date64(dtype) else 1
    return _PER_SECOND[dtype.unit] if pt.is_temporal(dtype) else 1


def find_lattice(array: pa.ChunkedArray | pa.Array, digits: Digits = NO_DIGITS) -> Lattice:
    """Find the ticks that can occur from those of cells without nulls, at least one."""
    per = ticks_per_unit(array.type, digits)
    natural = [per // 10**power for power in range(19) if per % 10**power == 0]
    if pt.is_temporal(array.type) and not pt.is_date(array.type):
        natural = [seconds * per for seconds in (86_400, 3_600, 60)] + natural
    return Lattice.fit(to_ticks(array, digits)[0], per, tick_zero(array.type), natural)


def to_ticks(array: pa.ChunkedArray | pa.Array, digits: Digits = NO_DIGITS) -> tuple[IntArray, BoolArray]:
    """Read the ticks of cells.

    Parameters
    ----------
    array : pa.ChunkedArray or pa.Array
        n cells of an integer, decimal or temporal type.
    digits : Digits
        How decimals are counted.

    Returns
    -------
    ticks : (n,) int64
        0 where missing.
    valid : (n,) bool
        False where missing.
    """
    valid = np.asarray(
        array.is_valid().to_numpy(zero_copy_only=False) if array.null_count else np.ones(len(array), bool)
    )
    if pt.is_decimal(array.type):
        return digits.to_ticks(array), valid
    if pt.is_uint64(array.type):
        unsigned = array.fill_null(0).to_numpy().astype(np.uint64)
        return (unsigned ^ _SIGN_BIT).view(np.int64), valid
    narrow = pa.int32() if pt.is_date32(array.type) or pt.is_time32(array.type) else pa.int64()
    ticks = array.cast(narrow).fill_null(0).to_numpy()
    return np.asarray(ticks, dtype=np.int64), valid


def from_ticks(ticks: IntArray, valid: BoolArray, dtype: pa.DataType, digits: Digits = NO_DIGITS) -> pa.Array:
    """Make cells of ticks, the inverse of `to_ticks`."""
    if pt.is_decimal(dtype):
        return digits.from_ticks(ticks, valid, dtype)
    numbers: Any = ticks.view(np.uint64) ^ _SIGN_BIT if pt.is_uint64(dtype) else ticks
    if pt.is_date32(dtype) or pt.is_time32(dtype):
        numbers = ticks.astype(np.int32)
    return pa.array(numbers, mask=None if valid.all() else ~valid).cast(dtype)


@dataclass(frozen=True, eq=False)
class TickCodec(LatticeCodec):
    """A column of ticks; encoded in units (`ticks_per_unit`), and decoded without rounding.

    Attributes
    ----------
    digits : Digits
        How decimals are counted; no other type needs it.
    exact : ExactCells or None
        The values that own a float; None where every value of the lattice has a float for itself.
    """

    digits: Annotated[Digits, read_as(Digits)] = NO_DIGITS
    exact: Annotated[ExactCells | None, read_as(ExactCells)] = None

    @classmethod
    def fit(cls, array: pa.ChunkedArray, column: ColumnSchema) -> Self:
        return cls(column.name, array.type, *fit_ticks(array.drop_null()))

    @property
    def minimum(self) -> float:
        return self.lattice.minimum if self.exact is None else float(self.exact.points[0])

    @property
    def maximum(self) -> float:
        return self.lattice.maximum if self.exact is None else float(self.exact.points[-1])

    def encode(self, array: pa.ChunkedArray | pa.Array) -> FloatArray:
        ticks, valid = to_ticks(array, self.digits)
        values = self.lattice.to_values(ticks)
        if self.exact is not None:
            values = self.exact.encode(array, values)
        return np.where(valid, values, np.nan)

    def decode(self, values: FloatArray, rng: np.random.Generator | None = None) -> pa.Array:
        valid = ~np.isnan(values)
        inside = np.clip(np.where(valid, values, self.minimum), self.minimum, self.maximum)
        if self.exact is not None and self.exact.closed:
            return self.exact.decode(inside, valid)
        cells = from_ticks(self.lattice.to_ticks(inside), valid, self.type, self.digits)
        return cells if self.exact is None else self.exact.decode(inside, valid, cells)

    def to_dict(self) -> dict[str, Any]:
        digits = {} if self.digits == NO_DIGITS else {"digits": self.digits.to_dict()}
        exact = {} if self.exact is None else {"exact": self.exact.to_dict()}
        return {**self.head(), "lattice": self.lattice.to_dict(), **digits, **exact}

    def check(self) -> None:
        super().check()
        per = ticks_per_unit(self.type, self.digits)
        require(self.lattice.per == per, f"{self.type} has other ticks a unit")
        if pt.is_decimal(self.type):
            self.digits.check_type(self.type, self.lattice.low, self.lattice.high)
        require(pt.is_decimal(self.type) or self.digits == NO_DIGITS, f"{self.type} has no digits to leave out")
        require(self.exact is None or self.exact.cells.type == self.type, f"values of type {self.type} are expected")


def fit_ticks(cells: pa.ChunkedArray, ends: pa.ChunkedArray | None = None) -> tuple[Lattice, Digits, ExactCells | None]:
    """Find how values are encoded.

    Parameters
    ----------
    cells : pa.ChunkedArray
        At least one, without nulls.
    ends : pa.ChunkedArray or None
        Values among them that are kept exactly in any case, where floats do not tell all apart; None: the lowest and
        the highest.
    """
    digits = Digits.fit(cells) if pt.is_decimal(cells.type) else NO_DIGITS
    lattice = find_lattice(cells, digits)
    counted = pc.value_counts(cells)
    order = pc.array_sort_indices(counted.field("values"))
    distinct = counted.field("values").take(order)
    near = lattice.to_values(to_ticks(distinct, digits)[0])
    back = from_ticks(lattice.to_ticks(near), np.ones(len(near), np.bool_), cells.type, digits)
    if back.equals(distinct) and np.array_equal(apart(near), near):
        return lattice, digits, None
    counts = np.asarray(counted.field("counts").take(order).to_numpy(), dtype=np.int64)
    if ends is None:
        ends = pa.chunked_array([distinct.slice(0, 1), distinct.slice(len(distinct) - 1)])
    return lattice, digits, ExactCells.fit(distinct, counts, near, ends)
